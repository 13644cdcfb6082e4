/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/macro_text.h"

#include "base/rows.h"

#include <zlib.h>

enum { OUT_MAX = 2 << 20, STREAM_MAX = 2 << 20, STREAMS_MAX = 512, MEMBERS_MAX = 512, CHUNK = 4096, ENTRY = 128, NO_SECTOR = 0xfffffffa /* and above */ };

/* ---- MS-OVBA 2.4.1 ---- */

/* A copy token of a chunk that has `made` bytes so far (2.4.1.3.19): how far back, how many. */
static void copy_token(unsigned token, size_t made, size_t *back, size_t *n)
{
    unsigned bits = 4;

    while (bits < 12 && (size_t)1 << bits < made) {
        bits++;
    }
    *n = (token & (0xffffu >> bits)) + 3;
    *back = (token >> (16 - bits)) + 1;
}

static bool chunk_unpack(struct rd *r, struct arena_text *out)
{
    const size_t begin = out->n;

    while (rd_left(r) && out->n - begin < CHUNK) {
        unsigned flags = rd_u8(r);
        for (unsigned i = 0; i < 8 && rd_left(r) && out->n - begin < CHUNK; i++) {
            if ((flags >> i & 1) == 0) {
                arena_text_byte(out, rd_u8(r));
                continue;
            }
            size_t back, n;
            copy_token(rd_le16(r), out->n - begin, &back, &n);
            if (!rd_ok(r) || back > out->n - begin) {
                return false;
            }
            for (; n && out->n - begin < CHUNK && !out->cut; n--) {
                arena_text_byte(out, out->p[out->n - back]);
            }
        }
    }
    return rd_ok(r) && !out->cut;
}

void macro_unpack(struct bytes in, struct arena_text *out)
{
    struct rd r = rd_of(in);

    if (rd_u8(&r) != 1) {
        return;
    }
    while (rd_left(&r) > 2 && !out->cut) {
        unsigned head = rd_le16(&r), size = (head & 0xfff) + 1;
        if ((head >> 12 & 7) != 3) {
            return;
        }
        size_t n = size < rd_left(&r) ? size : rd_left(&r);
        struct rd chunk = rd_sub(&r, n);
        if ((head >> 15) == 0) {
            arena_text_add(out, rd_rest(&chunk));
        } else if (!chunk_unpack(&chunk, out)) {
            return;
        }
    }
}

/* ---- MS-CFB ---- */

struct compound {
    struct arena *arena;
    struct bytes file, mini;       /* the mini stream, once it is put together */
    unsigned shift, mini_shift;
    uint32_t first_dir, first_mini, cutoff;
    uint32_t fat[109];             /* sectors of the table of sectors */
    unsigned fat_n;
};

static struct bytes sector(const struct compound *c, uint32_t i)
{
    uint64_t at = ((uint64_t)i + 1) << c->shift;

    return at >= c->file.n ? bytes_none() : bytes_head(bytes_from(c->file, (size_t)at), (size_t)1 << c->shift);
}

static uint32_t word_at(struct bytes b, size_t at)
{
    struct rd r = rd_of(bytes_from(b, at));
    uint32_t x = rd_le32(&r);

    return rd_ok(&r) ? x : UINT32_MAX;
}

/* The sector behind another in its chain. */
static uint32_t next_sector(const struct compound *c, uint32_t i)
{
    uint32_t of = (uint32_t)1 << (c->shift - 2);

    return i / of < c->fat_n ? word_at(sector(c, c->fat[i / of]), (size_t)(i % of) * 4) : UINT32_MAX;
}

/* The bytes of a chain of sectors, `most` at most. */
static struct bytes chain(const struct compound *c, uint32_t first, size_t most)
{
    struct arena_text t;
    size_t steps = c->file.n >> c->shift;

    arena_text_init(&t, c->arena, most < STREAM_MAX ? most : STREAM_MAX);
    for (uint32_t i = first; i < NO_SECTOR && steps-- != 0 && !t.cut; i = next_sector(c, i)) {
        struct bytes b = sector(c, i);
        if (b.n == 0) {
            break;
        }
        arena_text_add(&t, bytes_head(b, most - t.n));
        if (t.n >= most) {
            break;
        }
    }
    return arena_text_bytes(&t);
}

/* The same of the small sectors within the root's stream. */
static struct bytes mini_chain(const struct compound *c, struct bytes table, uint32_t first, size_t most)
{
    struct arena_text t;
    size_t steps = c->mini.n >> c->mini_shift;

    arena_text_init(&t, c->arena, most < STREAM_MAX ? most : STREAM_MAX);
    for (uint32_t i = first; i < NO_SECTOR && steps-- != 0 && t.n < most; i = word_at(table, (size_t)i * 4)) {
        struct bytes b = bytes_head(bytes_from(c->mini, (size_t)i << c->mini_shift), (size_t)1 << c->mini_shift);
        if (b.n == 0) {
            break;
        }
        arena_text_add(&t, bytes_head(b, most - t.n));
    }
    return arena_text_bytes(&t);
}

static bool compound_open(struct compound *c)
{
    static const struct bytes magic = BYTES("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1");
    struct rd r = rd_of(c->file);

    if (!bytes_equal(rd_bytes(&r, 8), magic)) {
        return false;
    }
    rd_skip(&r, 22);
    c->shift = rd_le16(&r);
    c->mini_shift = rd_le16(&r);
    rd_skip(&r, 10);
    (void)rd_le32(&r); /* how many sectors the table has */
    c->first_dir = rd_le32(&r);
    rd_skip(&r, 4);
    c->cutoff = rd_le32(&r);
    c->first_mini = rd_le32(&r);
    rd_skip(&r, 12);
    for (c->fat_n = 0; c->fat_n < ROWS(c->fat); c->fat_n++) {
        c->fat[c->fat_n] = rd_le32(&r);
        if (c->fat[c->fat_n] >= NO_SECTOR) {
            break;
        }
    }
    return rd_ok(&r) && (c->shift == 9 || c->shift == 12) && c->mini_shift == 6 && c->fat_n != 0;
}

/* A module's stream: somewhere in it its source begins, which says "Attribute" first. */
static void stream_macros(struct bytes b, struct arena_text *out)
{
    static const struct bytes mark = BYTES("\0Attribut");

    for (size_t from = 0, at; !out->cut && (at = bytes_find(bytes_from(b, from), mark)) != SIZE_MAX; from += at + 1) {
        if (from + at >= 3 && b.p[from + at - 3] == 1) {
            macro_unpack(bytes_from(b, from + at - 3), out);
        }
    }
}

static void compound_macros(struct arena *a, struct bytes file, struct arena_text *out)
{
    struct compound c = { .arena = a, .file = file };

    if (!compound_open(&c)) {
        return;
    }
    struct bytes dir = chain(&c, c.first_dir, STREAMS_MAX * ENTRY), table = chain(&c, c.first_mini, STREAM_MAX);
    for (size_t at = 0; at + ENTRY <= dir.n && !out->cut && !a->full; at += ENTRY) {
        struct rd r = rd_of(bytes_head(bytes_from(dir, at), ENTRY));
        rd_skip(&r, 66);
        unsigned kind = rd_u8(&r);
        rd_skip(&r, 49);
        uint32_t first = rd_le32(&r), size = rd_le32(&r);
        if (kind == 5) { /* the root comes first */
            c.mini = chain(&c, first, STREAM_MAX);
        } else if (kind == 2) {
            stream_macros(size < c.cutoff ? mini_chain(&c, table, first, size) : chain(&c, first, size), out);
        }
    }
}

/* ---- zipped documents ---- */

static voidpf zip_take(voidpf arena, uInt items, uInt size)
{
    return arena_take(arena, (size_t)items * size);
}

static void zip_give(voidpf arena, voidpf p)
{
    (void)arena;
    (void)p;
}

static struct bytes zip_inflate(struct arena *a, struct bytes in)
{
    z_stream z = { .zalloc = zip_take, .zfree = zip_give, .opaque = a };
    struct arena_text t;
    uint8_t room[4096];
    int r = inflateInit2(&z, -MAX_WBITS);

    arena_text_init(&t, a, STREAM_MAX);
    z.next_in = (Bytef *)(uintptr_t)in.p;
    z.avail_in = (uInt)(in.n < UINT32_MAX ? in.n : UINT32_MAX);
    while (r == Z_OK && !t.cut) {
        z.next_out = room;
        z.avail_out = sizeof room;
        r = inflate(&z, Z_NO_FLUSH);
        arena_text_add(&t, bytes_of(room, sizeof room - z.avail_out));
    }
    return arena_text_bytes(&t);
}

/* Each member of an archive whose name says that it holds macros (APPNOTE 4.3.7). */
static void zip_macros(struct arena *a, struct bytes file, struct arena_text *out)
{
    static const struct bytes local = BYTES("PK\3\4");
    unsigned members = 0;

    for (size_t from = 0, at; members++ < MEMBERS_MAX && !out->cut && (at = bytes_find(bytes_from(file, from), local)) != SIZE_MAX; from += at + 4) {
        struct rd r = rd_of(bytes_from(file, from + at + 4));
        rd_skip(&r, 4);
        unsigned method = rd_le16(&r);
        rd_skip(&r, 8);
        uint32_t size = rd_le32(&r);
        rd_skip(&r, 4);
        unsigned name_n = rd_le16(&r), extra_n = rd_le16(&r);
        struct bytes name = rd_bytes(&r, name_n);
        rd_skip(&r, extra_n);
        if (!rd_ok(&r) || name.n < 14 || !bytes_is_nocase(bytes_from(name, name.n - 14), "vbaProject.bin")) {
            continue;
        }
        struct bytes data = size && size < rd_left(&r) ? bytes_head(rd_peek(&r), size) : rd_peek(&r);
        compound_macros(a, method == 8 ? zip_inflate(a, data) : data, out);
    }
}

bool macro_text(struct arena *a, struct bytes in, struct bytes *out)
{
    struct arena_text t;

    arena_text_init(&t, a, OUT_MAX);
    if (bytes_starts(in, "PK\3\4")) {
        zip_macros(a, in, &t);
    } else {
        compound_macros(a, in, &t);
    }
    *out = arena_text_bytes(&t);
    return out->n != 0;
}
