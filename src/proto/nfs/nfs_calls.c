/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nfs_calls - calls and replies of versions 2 and 3, as tables of what they are made of; which data a record carries. */
#include "proto/nfs/nfs.h"

enum { HANDLE2 = 32, ATTRIBUTES2 = 68, SIZE_AT2 = 20, ATTRIBUTES3 = 84 };

static const struct {
    const char *name;
    int number[3];
} procedures[] = {
#define PROC(name, two, three, four) { #name, { two, three, four } },
#include "proto/nfs/nfs_procedures.list"
#undef PROC
};

const char *nfs_procedure_name(unsigned version, uint32_t procedure)
{
    unsigned column = version <= 2 ? 0 : version == 3 ? 1 : 2;

    for (unsigned i = 0; i < ROWS(procedures); i++) {
        if (procedures[i].number[column] >= 0 && (uint32_t)procedures[i].number[column] == procedure) {
            return procedures[i].name;
        }
    }
    return NULL;
}

bool nfs_procedure_named(struct bytes name, uint64_t *numbers)
{
    for (unsigned i = 0; i < ROWS(procedures); i++) {
        if (bytes_is_nocase(name, procedures[i].name)) {
            *numbers = 0;
            for (unsigned k = 0; k < 3; k++) {
                *numbers |= (uint64_t)(uint16_t)(procedures[i].number[k] + 1) << 16 * k;
            }
            return true;
        }
    }
    return false;
}

static bool is(const char *name, unsigned version, uint32_t procedure)
{
    const char *n = nfs_procedure_name(version, procedure);

    return n != NULL && bytes_is(bytes_str(n), name);
}

bool nfs_is_read(unsigned version, uint32_t procedure) { return is("READ", version, procedure); }
bool nfs_is_write(unsigned version, uint32_t procedure) { return is("WRITE", version, procedure); }
bool nfs_is_rename(unsigned version, uint32_t procedure) { return is("RENAME", version, procedure); }

/*
 * What calls begin with, as far as it is wanted: h the handle, H another one, m the handle's name as it is known, n and t names,
 * o an offset, S how stable, w a number, D data follows.  As in Suricata 8, what version 2 writes is no file.
 */
static const char *const calls3[] = { [1] = "hm", [3] = "Hn", [4] = "hm", [6] = "hmo", [7] = "howSD", [8] = "hn", [9] = "hn", [12] = "hn",
                                      [13] = "hn", [14] = "hnHt", [17] = "hm", [21] = "h" };
static const char *const calls2[] = { [1] = "hm", [4] = "hn", [6] = "hmo", [8] = "hm", [9] = "hn", [10] = "hn", [11] = "hnHt", [13] = "hn", [14] = "hn", [15] = "hn" };
enum { COMMIT3 = 21, READDIRPLUS3 = 17, STABLE_FILE = 2 };

struct call_parts {
    struct bytes handle, name, to;
    uint64_t offset;
    uint32_t stable, data_n;
    bool has_data, lookup;
};

static struct bytes handle_of(unsigned version, struct rd *r) { return version == 2 ? rd_bytes(r, HANDLE2) : xdr_opaque(r); }

/* False: it is shorter than it should be. */
static bool read_call(unsigned version, uint32_t procedure, struct rd *r, struct call_parts *p)
{
    const char *at = version == 2 ? (procedure < ROWS(calls2) ? calls2[procedure] : NULL) : procedure < ROWS(calls3) ? calls3[procedure] : NULL;

    *p = (struct call_parts){ .handle = bytes_none(), .name = bytes_none(), .to = bytes_none(), .stable = 0 };
    for (struct rd letters = rd_of(at != NULL ? bytes_str(at) : bytes_none()); rd_left(&letters) != 0;) {
        switch (rd_u8(&letters)) {
        case 'h': p->handle = handle_of(version, r); break;
        case 'H': (void)handle_of(version, r); break;
        case 'm': p->lookup = true; break;
        case 'n': p->name = xdr_opaque(r); break;
        case 't': p->to = xdr_opaque(r); break;
        case 'o': p->offset = version == 2 ? rd_be32(r) : rd_be64(r); break;
        case 'S': p->stable = rd_be32(r); break;
        case 'D':
            p->data_n = rd_be32(r);
            p->has_data = rd_ok(r);
            break;
        default: (void)rd_be32(r); break;
        }
    }
    return rd_ok(r);
}

void nfs_call(const struct nfs_record *m, struct rd r)
{
    const struct rpc_call *call = m->call;
    struct call_parts p;

    if (m->st->version == 0) {
        m->st->version = call->version;
    }
    struct nfs_call *k = nfs_call_new(m);
    if (k == NULL) {
        return;
    }
    if (call->version == 4) {
        nfs4_call(m, k, r);
        return;
    }
    if (!read_call(call->version, call->procedure, &r, &p)) {
        conn_note(m->c, m->side, NFS_MALFORMED);
    }
    nfs_set_handle(&k->handle, p.handle);
    nfs_set_name(&k->name, p.lookup ? nfs_name_of(m->st, p.handle) : p.name);
    k->offset = p.offset;
    struct nfs_piece piece = { .handle = p.handle, .name = nfs_name_of(m->st, p.handle), .version = call->version, .procedure = call->procedure, .xid = call->xid,
                               .offset = p.offset, .n = p.data_n, .last = p.stable == STABLE_FILE };
    if (p.has_data) {
        nfs_file_piece(m, &piece, 0, &r);
    } else if (call->version == 3 && call->procedure == COMMIT3) {
        nfs_file_commit(m, p.handle, true);
    } else if (nfs_is_read(call->version, call->procedure)) {
        if (call->version == 3 && nfs_file_find(m, TO_CLIENT, p.handle) == NULL) {
            (void)nfs_file_new(m, TO_CLIENT, &piece);
        }
    } else if (call->version == 2 || !nfs_is_write(call->version, call->procedure)) {
        struct txn *t = nfs_txn(m, k, call->procedure);
        struct nfs *d = t != NULL ? txn_data(t) : NULL;
        if (d != NULL && p.to.n != 0) {
            d->to = arena_copy(txn_arena(t), p.to);
        }
    }
}

/* ------- replies ------- */

/* post_op_attr */
static void attributes3(struct rd *r)
{
    if (rd_be32(r) != 0) {
        rd_skip(r, ATTRIBUTES3);
    }
}

/* A read's reply up to its data; false: it has none. */
static bool read_reply(unsigned version, struct rd *r, struct nfs_piece *p, uint32_t *status)
{
    uint64_t size = 0;

    *status = rd_be32(r);
    if (version == 2 && *status == 0) {
        rd_skip(r, SIZE_AT2);
        size = rd_be32(r);
        rd_skip(r, ATTRIBUTES2 - SIZE_AT2 - 4);
    } else if (version == 3) {
        attributes3(r);
        if (*status == 0) {
            (void)rd_be32(r);
            p->last = rd_be32(r) != 0;
        }
    }
    p->n = *status == 0 ? rd_be32(r) : 0;
    if (version == 2 && *status == 0) {
        p->last = size == p->offset + p->n;
    }
    return rd_ok(r) && *status == 0;
}

/* RFC 1813 3.3.17: which names have which handles. */
static void read_names(const struct nfs_record *m, struct rd r)
{
    attributes3(&r);
    rd_skip(&r, 8);
    while (rd_be32(&r) != 0 && rd_ok(&r)) {
        rd_skip(&r, 8);
        struct bytes name = xdr_opaque(&r), handle = bytes_none();
        rd_skip(&r, 8);
        attributes3(&r);
        if (rd_be32(&r) != 0) {
            handle = xdr_opaque(&r);
        }
        if (rd_ok(&r)) {
            nfs_name_put(m, handle, name);
        }
    }
    if (!rd_ok(&r)) {
        conn_note(m->c, m->side, NFS_MALFORMED);
    }
}

/* A new object's handle, or the one looked for. */
static struct bytes read_handle(const struct nfs_record *m, const struct nfs_call *k, struct rd r)
{
    bool made = !is("LOOKUP", k->version, k->procedure);
    bool there = k->version == 2 || !made || rd_be32(&r) != 0;
    struct bytes h = there ? handle_of(k->version, &r) : bytes_none();

    if (!rd_ok(&r)) {
        conn_note(m->c, m->side, NFS_MALFORMED);
    }
    return h;
}

void nfs_reply(const struct nfs_record *m, struct rd r)
{
    struct nfs_call *k = nfs_call_find(m->st, m->reply->xid);
    struct bytes handle = bytes_none();
    uint32_t status = 0;

    if (k == NULL) {
        return;
    }
    if (k->version == 4) {
        nfs4_reply(m, k, r);
        nfs_call_drop(m->st, k);
        return;
    }
    if (nfs_is_read(k->version, k->procedure)) {
        struct nfs_piece p = { .handle = nfs_handle_bytes(&k->handle), .name = nfs_name_bytes(&k->name), .version = k->version, .procedure = k->procedure,
                               .xid = k->xid, .offset = k->offset };
        if (read_reply(k->version, &r, &p, &status)) {
            nfs_file_piece(m, &p, status, &r);
        } else if (!rd_ok(&r)) {
            conn_note(m->c, m->side, NFS_MALFORMED);
        }
    } else {
        status = rd_left(&r) >= 4 ? rd_be32(&r) : 0;
        if (status == 0 && k->version == 3 && k->procedure == READDIRPLUS3) {
            read_names(m, r);
        } else if (status == 0 && (is("LOOKUP", k->version, k->procedure) || is("CREATE", k->version, k->procedure))) {
            handle = read_handle(m, k, r);
            nfs_name_put(m, handle, nfs_name_bytes(&k->name));
        }
        nfs_answered(m, status, handle);
    }
    nfs_call_drop(m->st, k);
}

/* ------- data that goes by ------- */

/* Operations up to the one with data; where r stands then. */
static bool data_of_compound(struct rd *r, bool reply)
{
    struct nfs_op op = { .code = 0 };
    uint32_t n = nfs_compound(r, reply);

    while (n-- != 0 && nfs_op_next(r, reply, &op)) {
        if (op.has_data) {
            return true;
        }
    }
    return false;
}

size_t nfs_data_at(struct nfs_state *st, enum side side, struct rd r)
{
    size_t have = rd_left(&r);
    struct rpc_call call;
    struct rpc_reply reply;
    struct call_parts p;
    struct nfs_piece piece = { .n = 0 };
    uint32_t status;
    bool found = false;

    if (side == TO_SERVER) {
        if (rpc_read_call(&r, &call) && call.program == NFS_PROGRAM && call.auth != RPC_AUTH_GSS) {
            found = call.version == 4 ? call.procedure == NFS4_COMPOUND && data_of_compound(&r, false) :
                                        nfs_is_write(call.version, call.procedure) && read_call(call.version, call.procedure, &r, &p);
        }
    } else if (rpc_read_reply(&r, &reply) && reply.status == RPC_ACCEPTED) {
        const struct nfs_call *k = nfs_call_find(st, reply.xid);
        if (k != NULL && !k->integrity) {
            found = k->version == 4 ? data_of_compound(&r, true) : nfs_is_read(k->version, k->procedure) && read_reply(k->version, &r, &piece, &status);
        }
    }
    return found && rd_ok(&r) ? have - rd_left(&r) : 0;
}
