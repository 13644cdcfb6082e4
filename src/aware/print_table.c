/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Our own files: rows from text, their index by three bytes, and what they say of a sign's text. */
#include "aware/print_table.h"
#include "base/unset.h"

#include "base/rows.h"

#include <stdio.h>
#include <stdlib.h>

enum { MEANINGS_MAX = 4, GRAM = 3, GRAM_BITS = 12, GRAMS = 1 << GRAM_BITS };
_Static_assert((int)PRINT_HEADS == (int)GRAMS, "a head for each");

const char *print_table_name(unsigned which)
{
    return which == TABLE_MAKER ? "mac.maker" : which == TABLE_P0F ? "p0f" : which < SIGN_N ? sign_rows[which].name : "";
}

void print_bad(const struct print_reader *r, size_t column, const struct err *e)
{
    struct err told = *e;

    err_add(&told, "%s:%u:%zu", r->file, r->line, column + 1);
    if (r->bad) {
        r->bad(r->ctx, &told);
    }
}

const char *print_where(const struct print_reader *r)
{
    char room[128];
    int n = snprintf(room, sizeof room, "%s:%u", r->file, r->line);
    char *copy = arena_str(&r->prints->arena, bytes_of(room, n < 0 ? 0 : (size_t)n < sizeof room ? (size_t)n : sizeof room - 1));

    return copy ? copy : "";
}

struct print_row *print_row_add(const struct print_reader *r, struct print_table *t)
{
    struct err err;

    if (t->n == PRINT_ROWS_MAX) {
        err_set(&err, "more than %d rows", PRINT_ROWS_MAX);
        print_bad(r, 0, &err);
        return NULL;
    }
    if (t->n == t->room) {
        size_t room = t->room ? t->room * 2 : 64;
        struct print_row *more = realloc(t->rows, room * sizeof *more);
        if (!more) {
            err_set(&err, "not enough memory");
            print_bad(r, 0, &err);
            return NULL;
        }
        t->rows = more;
        t->room = room;
    }
    t->rows[t->n] = (struct print_row){ 0 };
    return &t->rows[t->n++];
}

/* ---- what a row means ---- */

struct cursor {
    struct bytes line, rest; /* of the line */
};

static size_t column_of(const struct cursor *c) { return c->line.n - c->rest.n; }

/* The next word, or "text in quotes" of it, up to a blank; false: a quote is open. */
static bool word_next(struct cursor *c, struct bytes *key, struct bytes *value)
{
    size_t equal = 0, n = 0;
    bool quoted = false;

    while (c->rest.n && c->rest.p[0] == ' ') {
        c->rest = bytes_from(c->rest, 1);
    }
    while (n < c->rest.n && (quoted || (c->rest.p[n] != ' ' && c->rest.p[n] != '\t'))) {
        quoted ^= c->rest.p[n] == '"';
        equal = !equal && c->rest.p[n] == '=' ? n : equal;
        n++;
    }
    *key = bytes_head(c->rest, equal ? equal : n);
    *value = equal ? bytes_head(bytes_from(c->rest, equal + 1), n - equal - 1) : bytes_none();
    if (value->n >= 2 && value->p[0] == '"' && value->p[value->n - 1] == '"') {
        *value = bytes_head(bytes_from(*value, 1), value->n - 2);
    }
    c->rest = bytes_from(c->rest, n);
    return !quoted;
}

static bool name_among(struct bytes name, const char *const *names, size_t n, uint8_t *out, struct err *err)
{
    for (size_t i = 1; i < n; i++) {
        if (bytes_is(name, names[i])) {
            *out = (uint8_t)i;
            return true;
        }
    }
    return err_set(err, "unknown name '%.*s'", (int)(name.n < 40 ? name.n : 40), (const char *)name.p);
}

static bool value_read(struct print_reader *r, struct bytes text, unsigned groups, struct print_value *out, struct err *err)
{
    uint64_t n;

    if (bytes_starts(text, "$")) {
        if (!bytes_u64(bytes_from(text, 1), &n) || n > groups) {
            return err_set(err, "the pattern has %u mark(s)", groups);
        }
        *out = (struct print_value){ .text = bytes_none(), .group = (int8_t)n };
        return true;
    }
    *out = (struct print_value){ .text = arena_copy(&r->prints->arena, text), .group = -1 };
    return true;
}

static bool key_read(struct print_reader *r, struct bytes key, struct bytes value, unsigned groups, struct print_meaning *m, struct err *err)
{
    struct print_value *texts[] = { &m->vendor, &m->os, &m->version, &m->product, &m->product_version, &m->cpe };
    static const char *const names[] = { "vendor", "os", "version", "product", "product_version", "cpe" };

    if (value.n == 0) {
        return err_set(err, "key=value expected");
    }
    if (bytes_is(key, "family")) {
        return name_among(value, os_family_names, OS_FAMILY_N, &m->family, err);
    }
    if (bytes_is(key, "device")) {
        return name_among(value, device_names, DEVICE_N, &m->device, err);
    }
    if (bytes_is(key, "hypervisor")) {
        return name_among(value, hypervisor_names, HYPERVISOR_N, &m->hypervisor, err);
    }
    for (unsigned i = 0; i < ROWS(names); i++) {
        if (bytes_is(key, names[i])) {
            return value_read(r, value, groups, texts[i], err);
        }
    }
    return err_set(err, "unknown key '%.*s'", (int)(key.n < 40 ? key.n : 40), (const char *)key.p);
}

static const struct print_value NO_VALUE = { .text = { .p = rd_nothing, .n = 0 }, .group = -1 };

/* "90 family=linux os=Ubuntu | 40 device=server": up to the tab. */
static bool meanings_read(struct print_reader *r, struct cursor *c, unsigned groups, struct print_row *row, struct err *err)
{
    struct print_meaning m[MEANINGS_MAX], *copy;
    unsigned n = 0;
    bool more = true;

    while (more) {
        struct bytes key, value;
        uint64_t strength;
        if (n == MEANINGS_MAX) {
            return err_set(err, "more than %d meanings", MEANINGS_MAX);
        }
        m[n] = (struct print_meaning){ .vendor = NO_VALUE, .os = NO_VALUE, .version = NO_VALUE, .product = NO_VALUE, .product_version = NO_VALUE, .cpe = NO_VALUE };
        if (!word_next(c, &key, &value) || !bytes_u64(key, &strength) || strength < 1 || strength > 100) {
            return err_set(err, "a strength from 1 to 100 expected");
        }
        m[n].strength = (uint8_t)strength;
        more = false;
        while (c->rest.n && c->rest.p[0] != '\t' && !more) {
            if (!word_next(c, &key, &value)) {
                return err_set(err, "a quote is not closed");
            }
            more = bytes_is(key, "|");
            if (key.n && !more && !key_read(r, key, value, groups, &m[n], err)) {
                return false;
            }
        }
        n++;
    }
    copy = arena_take(&r->prints->arena, n * sizeof m[0]);
    if (!copy) {
        return err_set(err, "not enough memory");
    }
    memcpy(copy, m, n * sizeof m[0]);
    row->meanings = copy;
    row->meanings_n = (uint8_t)n;
    return true;
}

/* ---- rows ---- */

static bool pattern_read(struct print_reader *r, unsigned which, struct bytes text, struct print_row *row, size_t *column, struct err *err)
{
    if (which == SIGN_TCP_SYN || which == SIGN_TCP_SYNACK) {
        return tcp_print_read(text, true, &row->tcp, column, err);
    }
    return which == SIGN_MAC ? print_mac_read(text, &row->mac, column, err) : pattern_compile(&r->prints->arena, text, &row->pattern, column, err);
}

static bool plain_text(unsigned which) { return which != SIGN_TCP_SYN && which != SIGN_TCP_SYNACK && which != SIGN_MAC; }

static void tabs_skip(struct cursor *c)
{
    while (c->rest.n && c->rest.p[0] == '\t') {
        c->rest = bytes_from(c->rest, 1);
    }
}

static bool row_read(struct print_reader *r, unsigned which, struct bytes line, struct print_row *row, size_t *column, struct err *err)
{
    struct cursor c = { line, line };
    size_t tab = bytes_find_byte(line, '\t');
    struct bytes pattern = bytes_head(line, tab);

    if (!pattern_read(r, which, pattern, row, column, err)) {
        return false;
    }
    c.rest = bytes_from(line, pattern.n);
    tabs_skip(&c);
    bool ok = c.rest.n ? meanings_read(r, &c, plain_text(which) ? row->pattern.groups : 0, row, err) : err_set(err, "what it means is missing");
    tabs_skip(&c);
    *column = column_of(&c);
    return ok && (c.rest.n != 0 || err_set(err, "the source of the row is missing"));
}

void print_table_read(struct print_reader *r, unsigned which, struct bytes text)
{
    struct print_table *t = &r->prints->table[which];
    struct rd lines = rd_of(text);
    uint8_t group = 0;

    r->line = 0;
    while (rd_left(&lines) != 0) {
        bool end;
        struct bytes line = bytes_trim(rd_line(&lines, &end), " \r");
        struct print_row row = { 0 }, *kept;
        struct err err;
        size_t column = 0;
        r->line++;
        if (line.n == 0 || line.p[0] == '#') {
            continue;
        }
        if (line.p[0] == '[') {
            group = (uint8_t)(group + (group < UINT8_MAX && t->n > 0 && t->rows[t->n - 1].group == group));
            continue;
        }
        if (!row_read(r, which, line, &row, &column, &err)) {
            print_bad(r, column, &err);
            continue;
        }
        kept = print_row_add(r, t);
        if (!kept) {
            return;
        }
        row.group = group;
        row.where = print_where(r);
        *kept = row;
    }
}

/* ---- index ---- */

/* Of three bytes, the last one in the lowest place. */
static inline unsigned gram_of(uint32_t three) { return (three & 0xffffff) * 0x9e3779b1u >> (32 - GRAM_BITS); }
static unsigned gram(const uint8_t *p) { return gram_of((uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2]); }

static void grams_count(const struct print_table *t, uint16_t often[GRAMS])
{
    for (size_t i = 0; i < t->n; i++) {
        struct bytes literal = pattern_literal(&t->rows[i].pattern);
        for (size_t k = 0; k + GRAM <= literal.n; k++) {
            often[gram(literal.p + k)]++;
        }
    }
}

/* Of so many bytes at a text's end or beginning, whatever their case, the bit in `sift`. */
enum { SIFT_TAIL = 8, SIFT_HEAD = 4 };
static unsigned sift_at(const uint8_t *p, size_t n)
{
    uint64_t word = 0;

    memcpy(&word, p, n);
    return (unsigned)((word | 0x2020202020202020ULL) * 0x9fb21c651e98df25ULL >> 52);
}
_Static_assert(PRINT_SIFT == 1 << (64 - 52), "twelve bits");

static void sift_make(struct print_table *t)
{
    memset(t->sift, 0, sizeof t->sift);
    t->sifts = true;
    for (size_t i = 0; i < t->n && t->sifts; i++) {
        struct bytes head = pattern_head(&t->rows[i].pattern), tail = pattern_tail(&t->rows[i].pattern);
        t->sifts = tail.n >= SIFT_TAIL || head.n >= SIFT_HEAD;
        if (t->sifts) {
            unsigned at = tail.n >= SIFT_TAIL ? sift_at(tail.p + tail.n - SIFT_TAIL, SIFT_TAIL) : sift_at(head.p, SIFT_HEAD);
            t->sift[at / 64] |= 1ULL << at % 64;
        }
    }
}

static bool sift_has(const struct print_table *t, unsigned at) { return (t->sift[at / 64] >> at % 64 & 1) != 0; }

bool print_table_may(const struct print_table *t, struct bytes text)
{
    text = bytes_head(text, PATTERN_TEXT_MAX);
    return !t->sifts || (text.n >= SIFT_TAIL && sift_has(t, sift_at(text.p + text.n - SIFT_TAIL, SIFT_TAIL))) ||
           (text.n >= SIFT_HEAD && sift_has(t, sift_at(text.p, SIFT_HEAD)));
}

/* Each row below the rarest three bytes of its literal. */
void print_table_index(struct print_table *t)
{
    uint16_t *often = calloc(GRAMS, sizeof *often);

    for (unsigned i = 0; i < PRINT_HEADS; i++) {
        t->head[i] = PRINT_NONE;
    }
    memset(t->heads, 0, sizeof t->heads);
    sift_make(t);
    t->plain = PRINT_NONE;
    if (often) {
        grams_count(t, often);
    }
    for (size_t i = t->n; i-- > 0;) {
        struct bytes literal = pattern_literal(&t->rows[i].pattern);
        uint16_t *head = &t->plain;
        unsigned best = UINT16_MAX + 1;
        for (size_t k = 0; often && k + GRAM <= literal.n; k++) {
            unsigned g = gram(literal.p + k);
            if (often[g] < best) {
                best = often[g];
                head = &t->head[g];
            }
        }
        t->rows[i].next = *head;
        *head = (uint16_t)i;
    }
    for (unsigned i = 0; i < PRINT_HEADS; i++) {
        t->heads[i / 64] |= (uint64_t)(t->head[i] != PRINT_NONE) << i % 64;
    }
    free(often);
}

/* ---- asking ---- */

static struct bytes value_of(struct print_value v, struct bytes text, const struct bytes *groups)
{
    return v.group < 0 ? v.text : v.group == 0 ? text : groups[v.group - 1];
}

unsigned print_guesses(const struct print_row *row, struct bytes text, const struct bytes *groups, struct guess *out, unsigned n)
{
    for (unsigned i = 0; i < row->meanings_n && n < GUESSES_MAX; i++) {
        const struct print_meaning *m = &row->meanings[i];
        out[n++] = (struct guess){
            .family = m->family, .device = m->device, .hypervisor = m->hypervisor, .strength = m->strength,
            .vendor = value_of(m->vendor, text, groups), .os = value_of(m->os, text, groups), .version = value_of(m->version, text, groups),
            .product = value_of(m->product, text, groups), .product_version = value_of(m->product_version, text, groups),
            .cpe = value_of(m->cpe, text, groups), .row = row->where,
        };
    }
    return n;
}

static void chain_mark(const struct print_table *t, uint16_t at, uint64_t *marked)
{
    for (; at != PRINT_NONE; at = t->rows[at].next) {
        marked[at / 64] |= 1ULL << at % 64;
    }
}

unsigned print_table_match(const struct print_table *t, struct bytes text, struct guess *out, unsigned n)
{
    size_t words = (t->n + 63) / 64;
    UNSET uint64_t marked[PRINT_ROWS_MAX / 64];
    struct bytes groups[PATTERN_GROUPS];
    int done = -1; /* group that has its row */
    uint32_t three = 0;

    if (t->n == 0 || !print_table_may(t, text)) {
        return n;
    }
    memset(marked, 0, words * sizeof *marked);
    text = bytes_head(text, PATTERN_TEXT_MAX);
    chain_mark(t, t->plain, marked);
    for (size_t i = 0; i < text.n; i++) {
        three = three << 8 | pattern_lower(text.p[i]);
        unsigned at = gram_of(three);
        if ((t->heads[at / 64] >> at % 64 & 1) != 0 && i + 1 >= GRAM) {
            uint16_t first = t->head[at];
            if ((marked[first / 64] >> first % 64 & 1) == 0) { /* a row is below one head */
                chain_mark(t, first, marked);
            }
        }
    }
    for (size_t w = 0; w < words; w++) {
        for (uint64_t bits = marked[w]; bits; bits &= bits - 1) {
            const struct print_row *row = &t->rows[w * 64 + (unsigned)__builtin_ctzll(bits)];
            if (row->group != done && pattern_match(&row->pattern, text, groups)) {
                n = print_guesses(row, text, groups, out, n);
                done = row->group;
            }
        }
    }
    return n;
}
