/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record/index_sums.h"

#include "base/crc32c.h"

#include <endian.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { KEY_PAGE_HEAD = 12 };

static bool bad(const struct index *ix, const char *what, struct err *err) { return err_set(err, "%s: %s", ix->path, what); }

static bool read_names(struct index *ix, struct rd *r)
{
    struct index_about *a = &ix->about;
    uint16_t n = rd_le16(r);

    for (uint16_t i = 0; i < n; i++) {
        struct bytes name = rd_bytes(r, rd_u8(r) + (size_t)1);
        if (!rd_ok(r) || i == INDEX_NAMES_MAX || name.p[name.n - 1] != '\0') {
            return false;
        }
        a->app[a->app_n++] = (const char *)name.p;
    }
    struct bytes path = rd_bytes(r, rd_le16(r) + (size_t)1);
    if (!rd_ok(r) || path.p[path.n - 1] != '\0') {
        return false;
    }
    a->path = path.n > 1 ? (const char *)path.p : NULL;
    return true;
}

static bool read_about(struct index *ix, struct err *err)
{
    struct index_about *a = &ix->about;
    struct rd r = rd_of(ix->section[SECTION_ABOUT]);

    a->run = rd_le64(&r);
    a->lane = rd_le32(&r);
    a->segment = rd_le32(&r);
    a->first_ts = rd_le64(&r);
    a->last_ts = rd_le64(&r);
    a->packets = rd_le64(&r);
    a->bytes = rd_le64(&r);
    a->cut_packets = rd_le64(&r);
    a->cut_bytes = rd_le64(&r);
    a->lost_packets = rd_le64(&r);
    a->flows = rd_le32(&r);
    a->blocks = rd_le32(&r);
    a->alerted = rd_le32(&r);
    a->shape.units = rd_le32(&r);
    a->shape.fold = rd_le32(&r);
    uint32_t hash = rd_le32(&r), flags = rd_le32(&r);
    a->sketched = (flags & 1) != 0;
    a->foreign = (flags & 2) != 0;
    a->packed = (uint8_t)((flags >> 2 & 3) | (flags >> 3 & 4));
    a->coded = (flags & 16) != 0;
    a->live = (flags & 64) != 0;
    a->foreign_size = rd_le64(&r);
    a->foreign_time = rd_le64(&r);
    a->sight = rd_le64(&r);
    uint16_t links = rd_le16(&r);
    for (uint16_t i = 0; i < links && i < RECORD_LINKS_MAX; i++) {
        a->links.link[a->links.n++] = rd_le16(&r);
    }
    if (!read_names(ix, &r) || links > RECORD_LINKS_MAX || a->shape.fold > SKETCH_LOG || a->shape.units > UINT32_MAX / 2) {
        return bad(ix, "what it says of the segment is malformed", err);
    }
    a->dropped = rd_le64(&r); /* 0: older ones do not tell */
    a->alerted_bytes = rd_le64(&r);
    a->alerted_bytes = rd_ok(&r) ? a->alerted_bytes : UINT64_MAX;
    a->sketched &= hash == SKETCH_HASH; /* another hash than ours tells nothing */
    if (a->sketched && ix->section[SECTION_SKETCH].n != sketch_size(&a->shape)) {
        return bad(ix, "its sketches have another size than it says", err);
    }
    return true;
}

static bool read_head(struct index *ix, struct err *err)
{
    static const uint8_t zero[4];
    struct bytes all = index_map_bytes(ix->map);
    struct rd r = rd_of(all);

    if (all.n < INDEX_FIRST || !index_map_have(ix->map, bytes_head(all, INDEX_FIRST)) || !bytes_starts(rd_bytes(&r, 8), "PCIDX1")) {
        return bad(ix, "no index of a segment", err);
    }
    uint32_t version = rd_le32(&r), sections = rd_le32(&r);
    rd_skip(&r, INDEX_HEAD - 20);
    uint32_t sum = rd_le32(&r);
    if (version < RECORD_VERSION_OLDEST || version > RECORD_VERSION) {
        return err_set(err, "%s: version %u of the format, known are %u to %u", ix->path, version, RECORD_VERSION_OLDEST, RECORD_VERSION);
    }
    ix->version = version;
    unsigned known = version > RECORD_VERSION_BLOCKS ? SECTION_N : SECTION_STRETCH_SUMS; /* those that are not there are empty */
    size_t n = INDEX_HEAD + (known - 1) * INDEX_SECTION_ROW;
    uint32_t crc = crc32c(crc32c(0, all.p, INDEX_HEAD - 4), zero, sizeof zero);
    if (sections != known - 1 || crc32c(crc, all.p + INDEX_HEAD, n - INDEX_HEAD) != sum) {
        return bad(ix, "its head is damaged", err);
    }
    for (unsigned i = 1; i < known; i++) {
        uint32_t id = rd_le32(&r);
        ix->sum[i] = rd_le32(&r);
        uint64_t at = rd_le64(&r), size = rd_le64(&r);
        if (id != i || at > all.n || size > all.n - at) {
            return bad(ix, "it is cut", err);
        }
        ix->section[i] = bytes_of(all.p + at, size);
    }
    return true;
}

static bool open_parts(struct index *ix, struct err *err)
{
    if (!index_map_have(ix->map, bytes_head(ix->section[SECTION_ADDRESSES], 8))) {
        return bad(ix, "its addresses are damaged", err);
    }
    (void)addresses_read(ix->section[SECTION_ADDRESSES], &ix->addresses);
    return sums_chunks_init(ix, err);
}

static struct index *open_from(int fd, const char *name, const uint8_t *key, struct err *err)
{
    struct index *ix = calloc(1, sizeof *ix);

    if (ix == NULL || (ix->path = strdup(name)) == NULL) {
        err_sys(err, "%s", name);
        free(ix);
        return NULL;
    }
    (void)pthread_mutex_init(&ix->lock, NULL);
    if ((ix->map = index_map_open(fd, name, key, err)) == NULL || !read_head(ix, err) || (!sums_section(ix, SECTION_ABOUT) && !bad(ix, "what it says of the segment is damaged", err)) || !read_about(ix, err) ||
        !open_parts(ix, err)) {
        index_close(ix);
        return NULL;
    }
    return ix;
}

struct index *index_open_fd(int fd, const char *name, struct err *err) { return open_from(fd, name, NULL, err); }

struct index *index_open(const char *path, const uint8_t *key, struct err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        err_sys(err, "%s", path);
        return NULL;
    }
    struct index *ix = open_from(fd, path, key, err);
    close(fd);
    return ix;
}

void index_close(struct index *ix)
{
    if (ix != NULL) {
        index_map_close(ix->map);
        (void)pthread_mutex_destroy(&ix->lock);
        free(ix->kind);
        free(ix->stretch);
        free((void *)(uintptr_t)ix->path);
        sums_chunks_fini(ix);
        free(ix);
    }
}

/* Looked at when they are first asked for.  NULL: damaged. */
static const struct address_table *addresses_of(const struct index *ix)
{
    _Atomic uint8_t *looked = &((struct index *)(uintptr_t)ix)->addresses_looked;
    uint8_t was = atomic_load_explicit(looked, memory_order_relaxed);

    if (was == 0) {
        was = sums_section(ix, SECTION_ADDRESSES) ? 1 : 2;
        atomic_store_explicit(looked, was, memory_order_relaxed);
    }
    return was == 1 ? &ix->addresses : NULL;
}

const struct index_about *index_about(const struct index *ix) { return &ix->about; }

uint64_t index_bytes(const struct index *ix, bool sketches)
{
    uint64_t s = ix->section[SECTION_SKETCH].n + ix->section[SECTION_SKETCH_SUMS].n + ix->section[SECTION_UNITS].n + ix->section[SECTION_UNIT_FLOWS].n;

    return sketches ? s : index_map_bytes(ix->map).n - s;
}

bool index_block(const struct index *ix, uint32_t i, struct block_row *out)
{
    if (!sums_part(ix, PART_BLOCKS) || i >= ix->about.blocks) {
        return false;
    }
    struct rd r = rd_of(bytes_from(ix->section[SECTION_BLOCKS], (size_t)i * BLOCK_ROW));
    out->ordinal = rd_le64(&r);
    out->number = rd_le64(&r);
    out->first_ts = rd_le64(&r);
    out->last_ts = rd_le64(&r);
    out->packets = rd_le32(&r);
    out->used = rd_le32(&r);
    out->marks = rd_le32(&r);
    out->stored = rd_le32(&r);
    return rd_ok(&r);
}

uint64_t index_end(const struct index *ix)
{
    struct block_row row;

    return !ix->about.foreign ? ix->about.packets : index_block(ix, 0, &row) ? row.ordinal + row.packets : 0;
}

/* Of a capture that lies elsewhere: ordinals and offsets, each from the one before. */
static bool foreign_mark(struct mark_walk *w, uint64_t *ordinal, uint64_t *offset)
{
    if (rd_left(&w->left) == 0) {
        return false;
    }
    *ordinal = w->ordinal += rd_varint(&w->left);
    *offset = w->offset += rd_varint(&w->left);
    return rd_ok(&w->left) && w->offset < 1ull << 62;
}

struct mark_walk index_marks(const struct index *ix, uint32_t block)
{
    struct bytes all = sums_part(ix, PART_MARKS) ? ix->section[SECTION_MARKS] : bytes_none();
    struct mark_walk w = { .left = rd_of(bytes_none()) };
    struct block_row row, next;

    if (ix->about.foreign) {
        w.left = rd_of(all);
    } else if (index_block(ix, block, &row)) {
        uint32_t end = index_block(ix, block + 1, &next) && next.marks >= row.marks ? next.marks : (uint32_t)all.n;
        w = (struct mark_walk){ .left = rd_of(bytes_from(bytes_head(all, end), row.marks)), .ordinal = row.ordinal, .block = block, .packets = row.packets };
    }
    return w;
}

bool index_mark(const struct index *ix, struct mark_walk *w, uint64_t *ordinal, uint64_t *offset)
{
    if (ix->about.foreign) {
        return foreign_mark(w, ordinal, offset);
    }
    if (w->in >= w->packets || (w->in != 0 && rd_left(&w->left) == 0)) {
        return false;
    }
    w->at += w->in != 0 ? (uint32_t)rd_varint(&w->left) * 4 : 0;
    *ordinal = w->ordinal + w->in;
    *offset = RECORD_FILE_HEAD + (uint64_t)w->block * RECORD_BLOCK + w->at;
    w->in += RECORD_MARK;
    return rd_ok(&w->left) && w->at < RECORD_BLOCK;
}

uint32_t index_block_of(const struct index *ix, uint32_t ordinal)
{
    uint32_t low = 0, high = sums_part(ix, PART_BLOCKS) ? ix->about.blocks : 0;
    struct block_row row;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (index_block(ix, middle, &row) && row.ordinal + row.packets <= ordinal) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return index_block(ix, low, &row) && row.ordinal <= ordinal && ordinal - row.ordinal < row.packets ? low : UINT32_MAX;
}

/* ---- flows ---- */

/* A group's part of a list: from its own row to the next one's. */
static bool group_part(const struct index *ix, uint32_t group, unsigned k, unsigned section, struct rd *out)
{
    struct bytes all = ix->section[section];
    uint32_t groups = (uint32_t)(ix->section[SECTION_GROUPS].n / GROUP_ROW);
    struct rd r = rd_of(bytes_from(ix->section[SECTION_GROUPS], (size_t)group * GROUP_ROW));

    rd_skip(&r, k * 8);
    uint64_t from = rd_le64(&r), to = all.n;
    rd_skip(&r, (2 - k) * 8 + k * 4);
    uint32_t sum = rd_le32(&r);
    if (group + 1 < groups) {
        r = rd_of(bytes_from(ix->section[SECTION_GROUPS], (size_t)(group + 1) * GROUP_ROW));
        rd_skip(&r, k * 8);
        to = rd_le64(&r);
    }
    if (!rd_ok(&r) || from > to || to > all.n || !index_map_have(ix->map, bytes_of(all.p + from, to - from)) || crc32c(0, all.p + from, to - from) != sum) {
        return false;
    }
    *out = rd_make(all.p + from, to - from);
    return true;
}

static bool group_begin(const struct index *ix, struct index_cursor *c, uint32_t group, struct err *err)
{
    if (!sums_part(ix, PART_FLOWS) || !group_part(ix, group, 0, SECTION_FLOWS, &c->flows) || !group_part(ix, group, 1, SECTION_RUNS, &c->runs) ||
        !group_part(ix, group, 2, SECTION_UNITS, &c->units)) {
        c->next = 0;
        return err_set(err, "%s: flows %u to %u are damaged", ix->path, group * INDEX_GROUP, group * INDEX_GROUP + INDEX_GROUP - 1);
    }
    c->next = group * INDEX_GROUP + 1;
    c->start = 0;
    c->first = ix->about.first_ts / 1000;
    return true;
}

static uint64_t id_get(struct rd *r)
{
    uint64_t low = rd_le32(r), high = rd_le16(r);

    return low | high << 32 | (uint64_t)rd_u8(r) << 48;
}

static bool flow_ends(const struct index *ix, struct rd *r, struct flow_key *k)
{
    const struct address_table *list = addresses_of(ix);
    unsigned width = list != NULL ? address_width(list) : 0;

    for (unsigned side = 0; side < 2 && k->family != FAMILY_NONE; side++) {
        uint32_t number = 0;
        for (unsigned i = 0; i < width; i++) {
            number |= (uint32_t)rd_u8(r) << (8 * i);
        }
        if (list == NULL || number >= list->n4 + list->n6) {
            return false;
        }
        k->addr[side] = address_at(list, number);
    }
    k->port[0] = rd_le16(r);
    return true;
}

static int64_t zagzig(uint64_t v) { return (int64_t)(v >> 1 ^ -(v & 1)); }

/* What its kind and its ends say. */
static bool flow_head(const struct index *ix, struct rd *r, const struct flow_kind *k, struct flow_part *out)
{
    *out = (struct flow_part){ .flags = k->flags, .app_n = k->app_n };
    out->key = (struct flow_key){ .family = k->family, .proto = k->proto, .level = k->level, .vlan_n = k->vlan_n, .tenant = k->tenant, .port = { 0, k->port } };
    memcpy(out->key.vlan, k->vlan, sizeof k->vlan);
    memcpy(out->app, k->app, sizeof k->app);
    memcpy(out->icmp, k->icmp, sizeof k->icmp);
    return flow_ends(ix, r, &out->key);
}

static bool ends_skip(const struct index *ix, struct rd *r, const struct flow_kind *k)
{
    const struct address_table *list = addresses_of(ix);

    rd_skip(r, (k->family != FAMILY_NONE && list != NULL ? 2 * (size_t)address_width(list) : 0) + 2);
    return k->family == FAMILY_NONE || list != NULL;
}

/* out NULL: it is passed over. */
static bool flow_read(const struct index *ix, struct index_cursor *c, struct flow_part *out)
{
    enum { MICRO = 1000 };
    struct rd *r = &c->flows;
    uint64_t kind = rd_varint(r), packets[2], bytes[2];

    if (kind >= ix->kind_n) {
        return false;
    }
    const struct flow_kind *k = &ix->kind[kind];
    if (out != NULL ? !flow_head(ix, r, k, out) : !ends_skip(ix, r, k)) {
        return false;
    }
    uint64_t id = id_get(r), parent = (k->flags & RECORD_PARENT) != 0 ? id_get(r) : 0, cut = (k->flags & RECORD_CUT) != 0 ? rd_varint(r) : 0;
    c->start += (uint32_t)zagzig(rd_varint(r));
    c->first += (uint64_t)zagzig(rd_varint(r));
    uint64_t took = rd_varint(r);
    for (unsigned side = 0; side < 2; side++) {
        packets[side] = rd_varint(r);
        bytes[side] = rd_varint(r);
    }
    struct rd runs = rd_sub(&c->runs, rd_varint(r));
    struct bytes units = rd_bytes(&c->units, rd_varint(&c->units));
    c->next++;
    if (out != NULL) {
        out->id = id;
        out->parent = parent;
        out->cut = cut;
        out->first = c->first * MICRO;
        out->last = (c->first + took) * MICRO;
        memcpy(out->packets, packets, sizeof packets);
        memcpy(out->bytes, bytes, sizeof bytes);
        out->runs = (struct run_walk){ .codes = &ix->codes, .left = runs, .first = c->start };
        out->units = units;
    }
    return rd_ok(r) && rd_ok(&c->runs) && rd_ok(&c->units);
}

bool index_flow(const struct index *ix, struct index_cursor *c, uint32_t i, struct flow_part *out, struct err *err)
{
    uint32_t group = i / INDEX_GROUP;

    if (i >= ix->about.flows) {
        return err_set(err, "%s: it has no flow %u", ix->path, i);
    }
    if (c->next == 0 || (c->next - 1) / INDEX_GROUP != group || c->next - 1 > i || (c->next - 1) % INDEX_GROUP == 0) {
        if (!group_begin(ix, c, group, err)) {
            return false;
        }
    }
    while (c->next - 1 <= i) {
        if (!flow_read(ix, c, c->next - 1 == i ? out : NULL)) {
            c->next = 0;
            return err_set(err, "%s: flow %u is malformed", ix->path, i);
        }
    }
    return true;
}

bool unit_next(struct unit_walk *w, uint32_t *unit)
{
    if (rd_left(&w->left) == 0) {
        return false;
    }
    uint64_t v = w->before + rd_varint(&w->left);
    if (!rd_ok(&w->left) || v >= UINT32_MAX) {
        return false;
    }
    *unit = (uint32_t)v;
    w->before = (uint32_t)v + 1;
    return true;
}

/* ---- keys ---- */


static bool page_whole(struct bytes page)
{
    static const uint8_t zero[4];
    struct rd r = rd_of(bytes_from(page, 8));

    return crc32c(crc32c(crc32c(0, page.p, 8), zero, 4), page.p + KEY_PAGE_HEAD, INDEX_PAGE - KEY_PAGE_HEAD) == rd_le32(&r);
}

/* A page and the hash it begins with; false: damaged. */
static bool key_page(const struct index *ix, uint32_t number, struct bytes *page, uint32_t *first)
{
    *page = bytes_head(bytes_from(ix->section[SECTION_KEYS], (size_t)number * INDEX_PAGE), INDEX_PAGE);
    bool whole = index_map_have(ix->map, *page) && page_whole(*page);
    struct rd r = rd_of(bytes_from(*page, 4));

    *first = rd_le32(&r);
    return whole;
}

/* Calls f for the flows of `hash` in a page; false: malformed.  *beyond: keys behind it were met. */
static bool page_find(struct bytes page, uint32_t hash, void (*f)(void *ctx, uint32_t flow), void *ctx, bool *beyond)
{
    struct rd r = rd_of(page);
    uint16_t used = rd_le16(&r), entries = rd_le16(&r);
    uint32_t at = rd_le32(&r);

    if (used < KEY_PAGE_HEAD || used > INDEX_PAGE) {
        return false;
    }
    r = rd_make(page.p + KEY_PAGE_HEAD, used - KEY_PAGE_HEAD);
    for (uint16_t i = 0; i < entries && rd_ok(&r); i++) {
        at += (uint32_t)rd_varint(&r);
        uint64_t n = rd_varint(&r);
        uint32_t flow = 0;
        if (at > hash) {
            *beyond = true;
            return rd_ok(&r);
        }
        for (uint64_t k = 0; k < n && rd_ok(&r); k++) {
            flow += (uint32_t)rd_varint(&r);
            if (at == hash && rd_ok(&r)) {
                f(ctx, flow);
            }
        }
    }
    return rd_ok(&r);
}

bool index_find(const struct index *ix, uint32_t hash, void (*f)(void *ctx, uint32_t flow), void *ctx, struct err *err)
{
    uint32_t pages = (uint32_t)(ix->section[SECTION_KEYS].n / INDEX_PAGE), low = 0, high = pages, at = 0, first = 0;
    struct bytes page;
    bool beyond = false, good = true;

    while (good && low < high) { /* the first page that begins with it or behind it */
        at = low + (high - low) / 2;
        good = key_page(ix, at, &page, &first);
        low = first < hash ? at + 1 : low;
        high = first < hash ? high : at;
    }
    for (uint32_t p = low > 0 ? low - 1 : 0; good && p < pages && !beyond; p++) {
        at = p;
        good = key_page(ix, p, &page, &first);
        beyond = first > hash;
        good = good && (beyond || page_find(page, hash, f, ctx, &beyond));
    }
    return good || err_set(err, "%s: page %u of its keys is damaged", ix->path, at);
}

/* Some flows at a time: the compiler compares them side by side. */
bool index_find_tuple(const struct index *ix, uint32_t hash, void (*f)(void *ctx, uint32_t flow), void *ctx, struct err *err)
{
    enum { AT_ONCE = 64 };
    const uint32_t flows = ix->about.flows;
    struct bytes all = ix->section[SECTION_TUPLES], more = bytes_from(all, 2 * (size_t)flows);
    uint16_t part[AT_ONCE], low = le16toh((uint16_t)hash);

    if (!sums_section(ix, SECTION_TUPLES) || all.n != (ix->version == RECORD_VERSION_OLDEST ? 2 : 3) * (size_t)flows) {
        return bad(ix, "its ends of flows are damaged", err);
    }
    for (uint32_t i = 0; i < flows; i += AT_ONCE) {
        uint32_t n = flows - i < AT_ONCE ? flows - i : AT_ONCE;
        uint16_t any = 0;
        memset(part, 0, sizeof part);
        memcpy(part, all.p + 2 * (size_t)i, 2 * (size_t)n);
        for (unsigned k = 0; k < AT_ONCE; k++) {
            any |= (uint16_t)(part[k] == low);
        }
        for (uint32_t k = 0; any != 0 && k < n; k++) {
            if (part[k] == low && (more.n == 0 || more.p[i + k] == (uint8_t)(hash >> 16))) {
                f(ctx, i + k);
            }
        }
    }
    return true;
}

bool index_may_have_address(const struct index *ix, const struct addr *a)
{
    const struct address_table *list = addresses_of(ix);

    return list == NULL || address_number(list, a, FAMILY_4) != UINT32_MAX || address_number(list, a, FAMILY_6) != UINT32_MAX;
}

bool index_may_have(const struct index *ix, bool (*fits)(void *ctx, const struct flow_part *p), void *ctx)
{
    bool any = !sums_part(ix, PART_FLOWS);

    for (uint32_t i = 0; i < ix->kind_n && !any; i++) {
        const struct flow_kind *k = &ix->kind[i];
        struct flow_part p = { .flags = k->flags, .app_n = k->app_n, .key = { .family = k->family, .proto = k->proto, .port = { 0, k->port } } };
        memcpy(p.app, k->app, sizeof k->app);
        any = fits(ctx, &p);
    }
    return any;
}

/* ---- sketches ---- */

bool index_units(const struct index *ix, unsigned sides, const uint32_t *bit, unsigned n, uint8_t *columns, struct err *err)
{
    const struct sketch_shape *s = &ix->about.shape;
    size_t stride = sketch_stride(s);

    for (unsigned i = 0; i < n; i++) {
        if (!sums_chunks(ix, CHECKED_SKETCHES, (size_t)(bit[i] & ((SKETCH_BITS >> s->fold) - 1)) * stride, stride)) {
            return err_set(err, "%s: its sketches are damaged", ix->path);
        }
        if (!sketch_narrow(ix->section[SECTION_SKETCH].p, s, bit[i], columns)) {
            return true;
        }
    }
    for (uint32_t u = 0; sums_part(ix, PART_SIDES) && sides != 3 && u < s->units; u++) {
        columns[u / 8] &= (uint8_t) ~((ix->section[SECTION_SIDES].p[u] & sides) == 0 ? 1u << (u & 7) : 0);
    }
    return true;
}

bool index_unit_flows(const struct index *ix, uint32_t unit, void (*f)(void *ctx, uint32_t flow), void *ctx, struct err *err)
{
    struct bytes all = sums_part(ix, PART_UNIT_FLOWS) ? ix->section[SECTION_UNIT_FLOWS] : bytes_none();
    struct rd r = rd_of(bytes_from(all, (size_t)unit * 4));
    uint32_t from = rd_le32(&r), to = rd_le32(&r);

    if (!rd_ok(&r) || unit >= ix->about.shape.units || from > to || to > all.n) {
        return err_set(err, "%s: its list of flows by sketch is damaged", ix->path);
    }
    struct unit_walk w = { .left = rd_make(all.p + from, to - from) };
    for (uint32_t flow; unit_next(&w, &flow);) {
        f(ctx, flow);
    }
    return rd_ok(&w.left) || err_set(err, "%s: its list of flows by sketch is damaged", ix->path);
}

bool index_filters(const struct index *ix, uint32_t flow, struct bytes *out, struct err *err)
{
    struct bytes all = ix->section[SECTION_FILTERS];
    bool there = flow < ix->about.flows && (size_t)flow * 4 + 8 <= all.n && sums_chunks(ix, CHECKED_FILTERS, (size_t)flow * 4, 8);
    struct rd r = rd_of(there ? bytes_from(all, (size_t)flow * 4) : bytes_none());
    uint32_t from = rd_le32(&r), to = rd_le32(&r);

    if (!rd_ok(&r) || from > to || to > all.n || !sums_chunks(ix, CHECKED_FILTERS, from, to - from)) {
        return err_set(err, "%s: its filters are damaged", ix->path);
    }
    *out = bytes_of(all.p + from, to - from);
    return true;
}

bool index_earlier(const struct index *ix, index_link f, void *ctx, struct err *err)
{
    struct rd r = rd_of(ix->section[SECTION_EARLIER]);
    uint64_t flow = 0;

    if (!sums_section(ix, SECTION_EARLIER) || !sums_part(ix, PART_SIDES)) {
        return err_set(err, "%s: where its flows began is damaged", ix->path);
    }
    while (rd_left(&r) != 0) {
        flow += rd_varint(&r);
        uint64_t back = rd_varint(&r), before = rd_varint(&r);
        if (!rd_ok(&r) || flow >= ix->about.flows || back > UINT32_MAX || before > UINT32_MAX) {
            return err_set(err, "%s: where its flows began is malformed", ix->path);
        }
        f(ctx, (uint32_t)flow, (uint32_t)back, (uint32_t)before);
        flow++;
    }
    return true;
}

static void nothing(void *ctx, uint32_t flow)
{
    (void)ctx;
    (void)flow;
}

bool index_check(const struct index *ix, struct err *err)
{
    struct index_cursor c = { 0 };
    struct flow_part part;
    bool beyond = false;

    if (!sums_part(ix, PART_BLOCKS) || (ix->section[SECTION_STRETCH_SUMS].n != 0 && !sums_stretches(ix)) || !sums_part(ix, PART_FLOWS) || !sums_part(ix, PART_MARKS) || !sums_part(ix, PART_UNIT_FLOWS) || !sums_section(ix, SECTION_TUPLES) ||
        !sums_section(ix, SECTION_EARLIER)) {
        return bad(ix, "it is damaged", err);
    }
    for (uint32_t i = 0; i < ix->about.flows; i++) {
        if (!index_flow(ix, &c, i, &part, err)) {
            return false;
        }
    }
    for (uint32_t at = 0; at < ix->section[SECTION_KEYS].n / INDEX_PAGE; at++) {
        struct bytes page;
        uint32_t first;
        if (!key_page(ix, at, &page, &first) || !page_find(page, UINT32_MAX, nothing, NULL, &beyond)) {
            return bad(ix, "its keys are damaged", err);
        }
    }
    if (ix->section[SECTION_FILTERS].n != 0 && !sums_chunks(ix, CHECKED_FILTERS, 0, ix->section[SECTION_FILTERS].n)) {
        return bad(ix, "its filters are damaged", err);
    }
    return (ix->section[SECTION_SKETCH].n == 0 || sums_chunks(ix, CHECKED_SKETCHES, 0, ix->section[SECTION_SKETCH].n)) || bad(ix, "its sketches are damaged", err);
}
