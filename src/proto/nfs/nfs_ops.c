/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nfs_ops - operations of version 4's compounds, as a table of what they are made of (RFC 7531; RFC 5662 for version 4.1). */
#include "proto/nfs/nfs.h"

enum { WORDS_MAX = 64, OPS_MAX = 1024 };

/*
 * Letters: w, d, s are 4, 8, 16 bytes; o an opaque; b a bitmap; f attributes (bitmap and opaque); h an opaque that is a handle; n, t names;
 * O an offset; S how stable; E end of file; D data follows; C what a CREATE makes; V how an OPEN creates; N what an OPEN names; L a LOCK's
 * owner; G a delegation; '.' the rest is not read.  NULL: not known.
 */
static const struct {
    const char *call, *reply;
} ops[] = {
    [3] = { "w", "ww" },      [4] = { "ws", "s" },       [5] = { "dw", "d" },     [6] = { "Cnf", "wddb" }, [7] = { "d", "" },
    [8] = { "s", "" },        [9] = { "b", "f" },        [10] = { "", "h" },      [11] = { "n", "wdd" },   [12] = { "wwddL", "s" },
    [13] = { "wddd" "o", "" }, [14] = { "wwsdd", "s" },  [15] = { "n", "" },      [16] = { "", "" },       [17] = { "f", "" },
    [18] = { "wwwdoVN", "swddwbG" }, [19] = { "w", "" }, [20] = { "sw", "s" },    [21] = { "swww", "s" },  [22] = { "h", "" },
    [23] = { "", "" },        [24] = { "", "" },         [25] = { "sOw", "ED" },  [26] = { "ddwwb", "." }, [27] = { "", "o" },
    [28] = { "n", "wdd" },    [29] = { "nt", "wddwdd" }, [30] = { "d", "" },      [31] = { "", "" },       [32] = { "", "" },
    [33] = { "n", "." },      [34] = { "sf", "b" },      [35] = { "dowoow", "dd" }, [36] = { "dd", "" },   [37] = { "f", "" },
    [38] = { "sOSD", "wwd" }, [39] = { "do", "" },       [41] = { "sww", "sww" }, [42] = { "dow.", "." },  [43] = { ".", "." },
    [44] = { "s", "" },       [45] = { "s", "" },        [52] = { "w", "." },     [53] = { "swwww", "swwwww" }, [57] = { "d", "" },
    [58] = { "w", "" },
};

static void bitmap(struct rd *r)
{
    uint32_t n = rd_be32(r);

    if (n > WORDS_MAX) {
        rd_fail(r);
        return;
    }
    rd_skip(r, 4 * (size_t)n);
}

static void attributes(struct rd *r)
{
    bitmap(r);
    (void)xdr_opaque(r);
}

/* createtype4: links have a text, devices two numbers. */
static void what_is_made(struct rd *r)
{
    uint32_t type = rd_be32(r);

    if (type == 5) {
        (void)xdr_opaque(r);
    } else if (type == 3 || type == 4) {
        rd_skip(r, 8);
    }
}

/* openflag4: created with attributes, with a verifier, or both. */
static void how_created(struct rd *r)
{
    if (rd_be32(r) != 1) {
        return;
    }
    uint32_t mode = rd_be32(r);
    if (mode >= 2) {
        rd_skip(r, 8);
    }
    if (mode != 2) {
        attributes(r);
    }
}

/* open_claim4 */
static void what_is_opened(struct rd *r, struct nfs_op *op)
{
    uint32_t claim = rd_be32(r);

    if (claim == 1) {
        rd_skip(r, 4);
    } else if (claim == 2 || claim == 5) {
        rd_skip(r, 16);
    }
    if (claim == 0 || claim == 2 || claim == 3) {
        op->name = xdr_opaque(r);
    }
}

static void lock_owner(struct rd *r)
{
    if (rd_be32(r) == 0) {
        rd_skip(r, 16 + 4);
        return;
    }
    rd_skip(r, 4 + 16 + 4 + 8);
    (void)xdr_opaque(r);
}

/* open_delegation4 */
static void delegation(struct rd *r)
{
    uint32_t type = rd_be32(r);

    if (type == 0) {
        return;
    }
    if (type == 3) { /* why there is none; two reasons say more */
        uint32_t why = rd_be32(r);
        rd_skip(r, why == 1 || why == 2 ? 4 : 0);
        return;
    }
    rd_skip(r, 16 + 4);
    if (type == 2) {
        rd_skip(r, 4 + 8);
    }
    rd_skip(r, 3 * 4);
    (void)xdr_opaque(r);
}

static void read_part(struct rd *r, char letter, struct nfs_op *op)
{
    switch (letter) {
    case 'w': rd_skip(r, 4); break;
    case 'd': rd_skip(r, 8); break;
    case 's': rd_skip(r, 16); break;
    case 'o': (void)xdr_opaque(r); break;
    case 'b': bitmap(r); break;
    case 'f': attributes(r); break;
    case 'h': op->handle = xdr_opaque(r); break;
    case 'n': op->name = xdr_opaque(r); break;
    case 't': op->to = xdr_opaque(r); break;
    case 'O': op->offset = rd_be64(r); break;
    case 'S': op->stable = rd_be32(r); break;
    case 'E': op->eof = rd_be32(r) != 0; break;
    case 'D':
        op->data_n = rd_be32(r);
        op->has_data = rd_ok(r);
        break;
    case 'C': what_is_made(r); break;
    case 'V': how_created(r); break;
    case 'N': what_is_opened(r, op); break;
    case 'L': lock_owner(r); break;
    case 'G': delegation(r); break;
    default: rd_fail(r); break;
    }
}

bool nfs_op_next(struct rd *r, bool reply, struct nfs_op *op)
{
    *op = (struct nfs_op){ .code = rd_be32(r), .handle = bytes_none(), .name = bytes_none(), .to = bytes_none() };
    op->status = reply ? rd_be32(r) : 0;
    if (!rd_ok(r)) {
        return false;
    }
    const char *parts = op->code < ROWS(ops) ? (reply ? ops[op->code].reply : ops[op->code].call) : NULL;
    if (op->status != 0) { /* the operation that fails is the last (RFC 7530 15.2.3) */
        rd_fail(r);
        return true;
    }
    if (parts == NULL) {
        rd_fail(r);
        return false;
    }
    bool all = true;
    struct rd letters = rd_of(bytes_str(parts));
    while (all && rd_left(&letters) != 0) {
        char letter = (char)rd_u8(&letters);
        all = letter != '.';
        if (all) {
            read_part(r, letter, op);
        }
    }
    bool known = rd_ok(r);
    if (!all) {
        rd_fail(r);
    }
    return known;
}

uint32_t nfs_compound(struct rd *r, bool reply)
{
    if (reply) {
        rd_skip(r, 4);
    }
    (void)xdr_opaque(r);
    if (!reply) {
        rd_skip(r, 4);
    }
    uint32_t n = rd_be32(r);
    return n < OPS_MAX ? n : OPS_MAX;
}
