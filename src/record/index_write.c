/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record/index_parts.h"

#include "base/crc32c.h"
#include "base/file.h"
#include "record/bytes.h"
#include "record/vault.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct building {
    const struct index_about *about;
    const struct ledger *l;
    struct text section[SECTION_N];
    uint8_t *rows;
    struct sketch_shape shape;
    uint32_t *kind;              /* by piece */
    struct address_table addresses;
    struct run_codes codes;
    bool cut;                    /* a list on the way into a section found no memory: it would lack flows */
};

static uint64_t zigzag(int64_t v) { return (uint64_t)v << 1 ^ (uint64_t)(v >> 63); }

static void chain_text(const struct ledger *l, const struct chain *c, struct text *to)
{
    for (uint32_t at = c->first; at != 0; at = l->chunk[at - 1].next) {
        text_add(to, l->chunk[at - 1].data, l->chunk[at - 1].n);
    }
}

static void build_about(struct building *b)
{
    struct text *t = &b->section[SECTION_ABOUT];
    const struct index_about *a = b->about;
    uint32_t alerted = 0;
    uint64_t alerted_bytes = 0;

    for (uint32_t i = 0; i < b->l->piece_n; i++) {
        const struct piece *p = &b->l->piece[i];
        bool did = (p->flags & RECORD_ALERTED) != 0;
        alerted += did;
        alerted_bytes += did ? p->bytes[0] + p->bytes[1] : 0;
    }
    text_le64(t, a->run);
    text_le32(t, a->lane);
    text_le32(t, a->segment);
    text_le64(t, b->l->first_ts);
    text_le64(t, b->l->last_ts);
    text_le64(t, b->l->packets);
    text_le64(t, b->l->bytes);
    text_le64(t, b->l->cut_packets);
    text_le64(t, b->l->cut_bytes);
    text_le64(t, b->l->lost_packets);
    text_le32(t, b->l->piece_n);
    text_le32(t, b->l->block_n);
    text_le32(t, alerted);
    text_le32(t, b->shape.units);
    text_le32(t, b->shape.fold);
    text_le32(t, SKETCH_HASH);
    text_le32(t, (b->l->sketched ? 1u : 0) | (a->foreign ? 2u : 0) | (a->packed & 3u) << 2 | (b->l->sketched ? 16u : 0) | (a->packed & 4u) << 3 | (a->live ? 64u : 0));
    text_le64(t, a->foreign_size);
    text_le64(t, a->foreign_time);
    text_le64(t, a->sight);
    text_le16(t, b->l->links.n);
    for (uint16_t i = 0; i < b->l->links.n; i++) {
        text_le16(t, b->l->links.link[i]);
    }
    text_le16(t, a->app_n);
    for (unsigned i = 0; i < a->app_n; i++) {
        text_byte(t, (char)strlen(a->app[i]));
        text_str(t, a->app[i]);
        text_byte(t, '\0');
    }
    size_t n = a->path != NULL ? strlen(a->path) : 0;
    text_le16(t, (uint16_t)n);
    text_add(t, a->path != NULL ? a->path : "", n);
    text_byte(t, '\0');
    text_le64(t, b->l->dropped);
    text_le64(t, alerted_bytes);
}

static void build_blocks(struct building *b)
{
    struct text *t = &b->section[SECTION_BLOCKS];

    for (uint32_t i = 0; i < b->l->block_n; i++) {
        const struct block_row *r = &b->l->block[i];
        text_le64(t, r->ordinal);
        text_le64(t, r->number);
        text_le64(t, r->first_ts);
        text_le64(t, r->last_ts);
        text_le32(t, r->packets);
        text_le32(t, r->used);
        text_le32(t, r->marks);
        text_le32(t, r->stored);
    }
    chain_text(b->l, &b->l->marks, &b->section[SECTION_MARKS]);
}

/* Where they are known of all blocks. */
static void build_stretches(struct building *b)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < b->l->block_n; i++) {
        n += block_stretches(b->l->block[i].packets);
    }
    for (uint32_t i = 0; i < n && n <= b->l->sum_n; i++) {
        text_le32(&b->section[SECTION_STRETCH_SUMS], b->l->sum[i]);
    }
}

static void put_id(struct text *t, uint64_t id)
{
    uint8_t b[8];
    put64(b, id);
    text_add(t, b, ID_BYTES);
}

/* What the flow before it in its group was. */
struct before {
    uint64_t first;
    uint32_t start;
};

/* Puts the runs of a piece away, or counts them; returns the first one's start, which is `start` without any. */
static uint32_t build_runs(struct building *b, const struct piece *p, struct run_packer *pack, uint32_t start)
{
    struct text chain;
    uint64_t end = 0;

    text_init(&chain, b->section[SECTION_RUNS].max);
    chain_text(b->l, &p->runs, &chain);
    b->cut |= chain.cut;
    struct rd r = rd_of(text_bytes(&chain));
    while (rd_left(&r) != 0) {
        uint64_t v = rd_varint(&r), from = end + (v >> 1), n = (v & 1) != 0 ? rd_varint(&r) : 1;
        start = pack->begun ? start : (uint32_t)from;
        runs_put(pack, (uint32_t)from, (uint32_t)n);
        end = from + n;
    }
    runs_end(pack);
    text_fini(&chain);
    return start;
}

static void build_codes(struct building *b)
{
    struct run_census census = { 0 };
    struct run_packer count = { .census = &census };

    for (uint32_t i = 0; i < b->l->piece_n; i++) {
        (void)build_runs(b, &b->l->piece[i], &count, 0);
    }
    run_codes_make(&b->codes, &census);
    run_codes_put(&b->codes, &b->section[SECTION_CODES]);
}

static void build_ends(struct building *b, const struct piece *p)
{
    struct text *t = &b->section[SECTION_FLOWS];
    unsigned width = address_width(&b->addresses);

    for (unsigned side = 0; side < 2 && p->key.family != FAMILY_NONE; side++) {
        uint32_t number = address_number(&b->addresses, &p->key.addr[side], p->key.family);
        for (unsigned i = 0; i < width; i++) {
            text_byte(t, (char)(number >> (8 * i)));
        }
    }
    text_le16(t, p->key.port[0]);
}

static void build_flow(struct building *b, uint32_t i, struct before *before)
{
    enum { MICRO = 1000 };
    const struct piece *p = &b->l->piece[i];
    struct text *t = &b->section[SECTION_FLOWS];
    struct text *units = &b->section[SECTION_UNITS];
    size_t runs = b->section[SECTION_RUNS].n;
    struct run_packer pack = { .codes = &b->codes, .to = &b->section[SECTION_RUNS] };
    uint64_t first = p->first / MICRO, last = (p->last + MICRO - 1) / MICRO;
    uint32_t start = build_runs(b, p, &pack, before->start);

    text_varint(t, b->kind[i]);
    build_ends(b, p);
    put_id(t, p->id);
    if (p->parent != 0) {
        put_id(t, p->parent);
    }
    if (p->cut != 0) {
        text_varint(t, p->cut);
    }
    text_varint(t, zigzag((int64_t)start - before->start));
    text_varint(t, zigzag((int64_t)(first - before->first)));
    text_varint(t, last - first);
    for (unsigned side = 0; side < 2; side++) {
        text_varint(t, p->packets[side]);
        text_varint(t, p->bytes[side]);
    }
    text_varint(t, b->section[SECTION_RUNS].n - runs);
    text_varint(units, p->units.n);
    chain_text(b->l, &p->units, units);
    *before = (struct before){ first, start };
}

static void build_flows(struct building *b)
{
    static const unsigned lists[] = { SECTION_FLOWS, SECTION_RUNS, SECTION_UNITS };
    struct text *groups = &b->section[SECTION_GROUPS];

    for (uint32_t i = 0; i < b->l->piece_n; i += INDEX_GROUP) {
        struct before before = { .first = b->l->first_ts / 1000 };
        size_t from[ROWS(lists)];
        for (unsigned k = 0; k < ROWS(lists); k++) {
            from[k] = b->section[lists[k]].n;
            text_le64(groups, from[k]);
        }
        for (uint32_t f = i; f < b->l->piece_n && f < i + INDEX_GROUP; f++) {
            build_flow(b, f, &before);
        }
        for (unsigned k = 0; k < ROWS(lists); k++) {
            const struct text *t = &b->section[lists[k]];
            text_le32(groups, t->n > from[k] ? crc32c(0, t->p + from[k], t->n - from[k]) : 0);
        }
        text_le32(groups, 0);
    }
}

/* ---- which flows are in a unit ---- */

static bool build_unit_flows(struct building *b)
{
    const struct ledger *l = b->l;
    struct text *t = &b->section[SECTION_UNIT_FLOWS], one;
    struct text *lists = calloc(l->unit_n + 1, sizeof *lists);
    uint32_t *before = calloc(l->unit_n + 1, sizeof *before);
    bool good = lists != NULL && before != NULL;

    text_init(&one, t->max);
    for (uint32_t u = 0; good && u < l->unit_n; u++) {
        text_init(&lists[u], t->max);
    }
    for (uint32_t i = 0; good && i < l->piece_n; i++) {
        uint32_t unit;
        text_clear(&one);
        chain_text(l, &l->piece[i].units, &one);
        struct unit_walk w = { .left = rd_of(text_bytes(&one)) };
        while (unit_next(&w, &unit) && unit < l->unit_n) {
            text_varint(&lists[unit], i - before[unit]);
            before[unit] = i + 1;
        }
        good = !one.cut;
    }
    uint32_t at = (l->unit_n + 1) * 4;
    for (uint32_t u = 0; good && u <= l->unit_n; u++) {
        text_le32(t, at);
        at += u < l->unit_n ? (uint32_t)lists[u].n : 0;
    }
    for (uint32_t u = 0; lists != NULL && u < l->unit_n; u++) {
        good = good && !lists[u].cut;
        text_add(t, lists[u].p, lists[u].n);
        text_fini(&lists[u]);
    }
    text_fini(&one);
    free(lists);
    free(before);
    return good;
}

/* ---- keys ---- */

static int key_compare(const void *a, const void *b)
{
    const struct key_pair *x = a, *y = b;

    return x->hash != y->hash ? (x->hash < y->hash ? -1 : 1) : x->piece < y->piece ? -1 : x->piece > y->piece;
}

struct page {
    uint8_t p[INDEX_PAGE];
    uint32_t n, first, last, entries;
};

static void page_out(struct page *g, struct text *t)
{
    enum { SUM = 8 };

    if (g->entries == 0) {
        return;
    }
    put16(g->p, (uint16_t)g->n);
    put16(g->p + 2, (uint16_t)g->entries);
    put32(g->p + 4, g->first);
    put32(g->p + SUM, 0);
    memset(g->p + g->n, 0, INDEX_PAGE - g->n);
    put32(g->p + SUM, crc32c(0, g->p, INDEX_PAGE));
    text_add(t, g->p, INDEX_PAGE);
    g->entries = 0;
}

/* One entry: hash since the one before, how many flows, the flows.  As many as fit; returns how many. */
static uint32_t page_add(struct page *g, const struct key_pair *k, uint32_t n)
{
    enum { HEAD = 12, ENTRY_HEAD = 10, FLOWS_MAX = 127 };
    uint8_t list[FLOWS_MAX * 5];
    uint32_t used = 0, flows = 0, before = 0;

    if (g->entries == 0) {
        g->n = HEAD;
        g->first = g->last = k->hash;
    }
    while (flows < n && flows < FLOWS_MAX && g->n + ENTRY_HEAD + used + 5 <= INDEX_PAGE) {
        used += varint_put(list + used, k[flows].piece - before);
        before = k[flows].piece;
        flows++;
    }
    if (flows == 0) {
        return 0;
    }
    g->n += varint_put(g->p + g->n, k->hash - g->last);
    g->n += varint_put(g->p + g->n, flows);
    memcpy(g->p + g->n, list, used);
    g->n += used;
    g->last = k->hash;
    g->entries++;
    return flows;
}

/* Of the ends of each flow together, its community id: some bits, by which the few are found that can be it.  The lower ones of all, then the others. */
static void build_tuples(struct building *b)
{
    struct text *t = &b->section[SECTION_TUPLES], more;

    text_init(&more, t->max);
    for (uint32_t i = 0; i < b->l->piece_n; i++) {
        const struct piece *p = &b->l->piece[i];
        struct flow f = { .key = p->key, .icmp_type = { p->icmp[0], p->icmp[2] }, .icmp_code = { p->icmp[1], p->icmp[3] } };
        char community[FLOW_COMMUNITY_MAX];

        flow_community_id(&f, 0, community);
        uint32_t hash = record_key_hash(KEY_TUPLE, bytes_str(community));
        text_le16(t, (uint16_t)hash);
        text_byte(&more, (char)(hash >> 16));
    }
    text_add(t, more.p, more.n);
    b->cut |= more.cut;
    text_fini(&more);
}

static bool build_keys(struct building *b)
{
    const struct ledger *l = b->l;
    struct key_pair *k = malloc((size_t)l->key_n * sizeof *k + 1);
    struct page page = { .entries = 0 };
    uint32_t n = 0, all = l->key_n;

    if (k == NULL) {
        return false;
    }
    memcpy(k, l->key, l->key_n * sizeof *k);
    qsort(k, all, sizeof *k, key_compare);
    for (uint32_t i = 0; i < all; i++) { /* each once */
        if (n == 0 || key_compare(&k[n - 1], &k[i]) != 0) {
            k[n++] = k[i];
        }
    }
    for (uint32_t i = 0; i < n;) {
        uint32_t same = 1;
        while (i + same < n && k[i + same].hash == k[i].hash) {
            same++;
        }
        for (uint32_t done = 0; done < same;) {
            uint32_t put = page_add(&page, k + i + done, same - done);
            if (put == 0) {
                page_out(&page, &b->section[SECTION_KEYS]);
            }
            done += put;
        }
        i += same;
    }
    page_out(&page, &b->section[SECTION_KEYS]);
    free(k);
    return true;
}

/* ---- sketches ---- */

static void sums_text(struct text *t, const uint8_t *p, size_t n)
{
    for (size_t at = 0; at < n; at += SKETCH_CHUNK) {
        text_le32(t, crc32c(0, p + at, n - at < SKETCH_CHUNK ? n - at : SKETCH_CHUNK));
    }
}

static bool build_sketch(struct building *b)
{
    const struct ledger *l = b->l;
    const struct sketch_unit **unit = calloc(l->unit_n + 1, sizeof *unit);
    uint32_t most = 0;

    if (unit == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < l->unit_n; i++) {
        unit[i] = &l->unit[i];
        most = l->unit_bits[i] > most ? l->unit_bits[i] : most;
    }
    b->shape.units = l->sketched ? l->unit_n : 0;
    while (b->shape.fold < 8 && most * 8 < (uint32_t)SKETCH_BITS >> b->shape.fold) { /* all are nearly empty: a small segment */
        b->shape.fold++;
    }
    size_t size = sketch_size(&b->shape);
    b->rows = malloc(size + 1);
    if (b->rows != NULL) {
        sketch_turn(unit, &b->shape, b->rows);
        sums_text(&b->section[SECTION_SKETCH_SUMS], b->rows, size);
    }
    free(unit);
    return b->rows != NULL;
}

static void build_sides(struct building *b)
{
    text_add(&b->section[SECTION_SIDES], b->l->unit_sides, b->l->sketched ? b->l->unit_n : 0);
}

static void build_earlier(struct building *b)
{
    struct text *t = &b->section[SECTION_EARLIER];
    uint32_t before = 0;

    for (uint32_t i = 0; i < b->l->piece_n; i++) {
        const struct piece *p = &b->l->piece[i];
        if (p->before_back != 0) {
            text_varint(t, i - before);
            text_varint(t, p->before_back);
            text_varint(t, p->before);
            before = i + 1;
        }
    }
}

/* ---- filters ---- */

static void build_filters(struct building *b)
{
    struct text *t = &b->section[SECTION_FILTERS], all;
    uint32_t flows = b->l->sketched ? b->l->piece_n : 0;

    text_init(&all, t->max);
    for (uint32_t i = 0; i < flows; i++) {
        text_le32(t, (flows + 1) * 4 + (uint32_t)all.n);
        filter_text(b->l, &b->l->piece[i], &all);
    }
    text_le32(t, (flows + 1) * 4 + (uint32_t)all.n);
    text_add(t, all.p, all.n);
    b->cut |= all.cut;
    text_fini(&all);
    sums_text(&b->section[SECTION_FILTER_SUMS], (const uint8_t *)t->p, t->n);
}

/* ---- the file ---- */

static bool fd_put(int fd, const void *p, size_t n) { return file_write(fd, bytes_of(p, n)) == n; }

/* Where an index goes: as it is, or page by page. */
struct sink {
    int fd;
    struct vault *vault;         /* NULL: as it is */
    uint64_t page;
    size_t n, sealed_n;          /* bytes of the page under way; of pages that are done */
    uint8_t content[VAULT_ROOM], sealed[16 * VAULT_PAGE];
};

static bool sink_page(struct sink *k)
{
    memset(k->content + k->n, 0, VAULT_ROOM - k->n);
    k->n = 0;
    bool good = vault_seal(k->vault, k->page++, k->content, k->sealed + k->sealed_n);
    k->sealed_n += VAULT_PAGE;
    if (k->sealed_n == sizeof k->sealed) {
        good = good && fd_put(k->fd, k->sealed, k->sealed_n);
        k->sealed_n = 0;
    }
    return good;
}

static bool sink_put(struct sink *k, const void *p, size_t n)
{
    struct bytes b = bytes_of(p, n);
    bool good = true;

    if (k->vault == NULL) {
        return fd_put(k->fd, p, n);
    }
    while (good && b.n != 0) {
        size_t part = b.n < VAULT_ROOM - k->n ? b.n : VAULT_ROOM - k->n;
        memcpy(k->content + k->n, b.p, part);
        k->n += part;
        b = bytes_from(b, part);
        good = k->n < VAULT_ROOM || sink_page(k);
    }
    return good;
}

_Static_assert(INDEX_HEAD + (SECTION_N - 1) * INDEX_SECTION_ROW <= INDEX_FIRST, "the rows of the sections have room");

static bool index_put(const struct building *b, struct sink *to)
{
    static const char magic[8] = "PCIDX1\0";
    static const uint8_t zeros[INDEX_FIRST];
    struct bytes part[SECTION_N];
    struct text head;
    uint64_t at = INDEX_FIRST;

    text_init(&head, 0);
    text_add(&head, magic, sizeof magic);
    text_le32(&head, RECORD_VERSION);
    text_le32(&head, SECTION_N - 1);
    text_add(&head, zeros, INDEX_HEAD - head.n);
    for (unsigned i = 1; i < SECTION_N; i++) {
        part[i] = i == SECTION_SKETCH ? bytes_of(b->rows, sketch_size(&b->shape)) : text_bytes(&b->section[i]);
        text_le32(&head, i);
        text_le32(&head, i == SECTION_SKETCH || i == SECTION_FILTERS ? 0 : crc32c(0, part[i].p, part[i].n));
        text_le64(&head, at);
        text_le64(&head, part[i].n);
        at = (at + part[i].n + INDEX_ALIGN - 1) & ~(uint64_t)(INDEX_ALIGN - 1);
    }
    put32((uint8_t *)head.p + INDEX_HEAD - 4, crc32c(0, head.p, head.n));
    bool good = !head.cut && sink_put(to, head.p, head.n) && sink_put(to, zeros, INDEX_FIRST - head.n);
    for (unsigned i = 1; good && i < SECTION_N; i++) {
        good = (i == SECTION_SKETCH || !b->section[i].cut) && sink_put(to, part[i].p, part[i].n) &&
               sink_put(to, zeros, (INDEX_ALIGN - part[i].n % INDEX_ALIGN) % INDEX_ALIGN);
    }
    text_fini(&head);
    return good;
}

static bool file_sealed(const struct building *b, int fd, const uint8_t *key, struct err *err)
{
    struct sink *to = calloc(1, sizeof *to);
    bool good = (to != NULL && (key == NULL || (to->vault = vault_new(key, VAULT_INDEX, err)) != NULL));

    if (good) {
        to->fd = fd;
        vault_head(VAULT_INDEX, to->sealed);
        good = (key == NULL || fd_put(fd, to->sealed, VAULT_PAGE)) && index_put(b, to) && (to->n == 0 || sink_page(to)) && fd_put(fd, to->sealed, to->sealed_n);
        vault_free(to->vault);
    }
    free(to);
    return good;
}

static bool index_replace(const struct building *b, const char *path, const uint8_t *key, struct err *err)
{
    char fresh[PATH_MAX];

    if (snprintf(fresh, sizeof fresh, "%s.new", path) >= (int)sizeof fresh) {
        return err_set(err, "%s: the name is too long", path);
    }
    int fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
    if (fd < 0) {
        return err_sys(err, "create %s", fresh);
    }
    bool good = file_sealed(b, fd, key, err) && fsync(fd) == 0;
    good = (good || err_sys(err, "write %s", fresh));
    good = close(fd) == 0 && good;
    if (good && rename(fresh, path) != 0) {
        good = err_sys(err, "rename %s", fresh);
    }
    if (!good) {
        (void)unlink(fresh);
    }
    return good;
}

static bool build(struct building *b)
{
    const struct ledger *l = b->l;

    b->kind = calloc((size_t)l->piece_n + 1, sizeof *b->kind);
    bool good = b->kind != NULL && kinds_build(l, &b->section[SECTION_KINDS], b->kind) &&
                addresses_build(l, &b->section[SECTION_ADDRESSES]) &&
                addresses_read(text_bytes(&b->section[SECTION_ADDRESSES]), &b->addresses) && build_sketch(b) && build_keys(b) && build_unit_flows(b);
    if (good) {
        build_about(b);
        build_blocks(b);
        build_codes(b);
        build_flows(b);
        build_tuples(b);
        build_filters(b);
        build_earlier(b);
        build_sides(b);
        build_stretches(b);
    }
    return good && !b->cut;
}

static bool write_to(const char *path, int fd, const uint8_t *key, const struct index_about *about, const struct ledger *l, struct err *err)
{
    enum { SECTION_MAX = 1 << 30 };
    struct building b = { .about = about, .l = l };

    for (unsigned i = 1; i < SECTION_N; i++) {
        text_init(&b.section[i], SECTION_MAX);
    }
    bool good = build(&b) || err_set(err, "%s: not enough memory", path);
    if (good) {
        good = fd < 0 ? index_replace(&b, path, key, err) : file_sealed(&b, fd, key, err) || err_sys(err, "write %s", path);
    }
    for (unsigned i = 1; i < SECTION_N; i++) {
        text_fini(&b.section[i]);
    }
    free(b.rows);
    free(b.kind);
    return good;
}

bool index_write(const char *path, const struct index_about *about, const struct ledger *l, const uint8_t *key, struct err *err)
{
    return write_to(path, -1, key, about, l, err);
}

bool index_write_fd(int fd, const char *name, const struct index_about *about, const struct ledger *l, struct err *err)
{
    return write_to(name, fd, NULL, about, l, err);
}
