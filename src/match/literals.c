/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "match/literals.h"

#include "base/hash.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

/* One literal as a pattern of the library: every byte as \xHH.  (Its own literal interface refuses a leading NUL and is
 * no faster: research/libraries.md.) */
static char *literal_pattern(char *out, struct bytes b)
{
    static const char hex[] = "0123456789abcdef";

    for (size_t i = 0; i < b.n; i++) {
        *out++ = '\\';
        *out++ = 'x';
        *out++ = hex[b.p[i] >> 4];
        *out++ = hex[b.p[i] & 15];
    }
    *out++ = '\0';
    return out;
}

void patterns_fini(struct patterns *p)
{
    free(p->text);
    free((void *)p->pattern);
    free(p->flags);
    free(p->id);
}

/* May it stand in the database? */
static bool for_database(const struct literal *l) { return !literal_is_near(l) && l->bytes.n > 1; }

/* In an order that their content alone decides: what is compiled is the same wherever its rules stand. */
static int literal_order(const void *a, const void *b)
{
    const struct literal *x = *(const struct literal *const *)a, *y = *(const struct literal *const *)b;

    if (x->bytes.n != y->bytes.n) {
        return x->bytes.n < y->bytes.n ? -1 : 1;
    }
    int c = memcmp(x->bytes.p, y->bytes.p, x->bytes.n);
    return c != 0 ? c : x->nocase - y->nocase;
}

/* Up to 96 literals the library looks for by their last few bytes (Teddy), more by tables (FDR).  On the payloads of real traffic the
 * tables take as long for 112 as Teddy for 16, and half as long as Teddy for 95 of which two are short: a set between is filled up with
 * patterns that nobody is told of.
 *
 * Any set has two of them: where all patterns have one byte at the same place, the library first looks for that byte alone, and with
 * AVX-512 Vectorscan 5.4.9 does not see it in up to 63 bytes at the end of what is scanned (vermicelliExec). */
enum { FILL_FROM = 24, TEDDY_MAX = 96, FILL_TO = 112, FILL_LEAST = 2 };

static unsigned filled(unsigned n) { return n >= FILL_FROM && n <= TEDDY_MAX ? FILL_TO : n + FILL_LEAST; }

struct filler literals_filler(unsigned i)
{
    struct filler f;
    uint64_t x = hash_word(i + 1);

    for (unsigned k = 0; k < sizeof f.bytes; k++, x = hash_word(x)) {
        f.bytes[k] = (uint8_t)((x >> 56 & ~1ull) | (i & 1)); /* at no place as its neighbour has it, in neither case */
    }
    return f;
}

/* The literals of a database in order, and their texts: `id` gets what each is told as, and is the caller's. */
static bool patterns_init(struct patterns *p, const struct literal *const *l, unsigned n, uint32_t *id)
{
    const unsigned all = filled(n);
    size_t room = 1 + (all - n) * (sizeof(struct filler) * 4 + 1);

    for (unsigned i = 0; i < n; i++) {
        room += l[i]->bytes.n * 4 + 1;
    }
    *p = (struct patterns){ .text = malloc(room), .pattern = calloc(all + 1u, sizeof *p->pattern), .flags = calloc(all + 1u, sizeof *p->flags),
                            .id = calloc(all + 1u, sizeof *p->id), .n = all };
    if (!p->text || !p->pattern || !p->flags || !p->id) {
        patterns_fini(p);
        return false;
    }
    char *at = p->text;
    for (unsigned i = 0; i < n; i++) {
        p->pattern[i] = at;
        at = literal_pattern(at, l[i]->bytes);
        /* SINGLEMATCH loses matches of one-byte literals only, and there are none here. */
        p->flags[i] = HS_FLAG_DOTALL | HS_FLAG_SINGLEMATCH | (l[i]->nocase ? HS_FLAG_CASELESS : 0);
        p->id[i] = i;
        id[i] = l[i]->id;
    }
    for (unsigned i = n; i < all; i++) {
        p->pattern[i] = at;
        struct filler f = literals_filler(i);
        at = literal_pattern(at, bytes_of(f.bytes, sizeof f.bytes));
        p->flags[i] = HS_FLAG_DOTALL | HS_FLAG_SINGLEMATCH;
        p->id[i] = i;
    }
    return true;
}

hs_database_t *patterns_compile(const struct patterns *p, struct err *err)
{
    hs_database_t *db = NULL;
    hs_compile_error_t *why = NULL;

    if (hs_compile_multi(p->pattern, p->flags, p->id, p->n, HS_MODE_BLOCK, NULL, &db, &why) != HS_SUCCESS) {
        err_set(err, "compiling %u literals: %s", p->n, why ? why->message : "unknown failure");
        hs_free_compile_error(why);
        return NULL;
    }
    return db;
}

/* What a compiled database depends on: every literal, its options, the library and the processor. */
struct cache_key patterns_key(const struct patterns *p)
{
    struct cache_key key = { { 0x9e3779b97f4a7c15ULL, 0xc2b2ae3d27d4eb4fULL } };
    hs_platform_info_t platform = { 0 };

    hs_populate_platform(&platform);
    cache_key_add(&key, hs_version(), strlen(hs_version()));
    cache_key_add(&key, &platform.cpu_features, sizeof platform.cpu_features);
    cache_key_add(&key, &platform.tune, sizeof platform.tune);
    for (unsigned i = 0; i < p->n; i++) {
        cache_key_add(&key, p->pattern[i], strlen(p->pattern[i]) + 1);
    }
    cache_key_add(&key, p->flags, p->n * sizeof *p->flags);
    return key;
}

/* How many bytes the library's tables go on at a time: with more literals, and shorter ones, fewer.  Only what is fast rests on it. */
static unsigned table_step(unsigned n, size_t shortest)
{
    size_t step = n < 250 ? (shortest == 4 ? 2 : shortest) : n < 800 ? shortest - 1 : n < 5000 && shortest > 2 ? 2 : 1;

    return step >= 4 ? 4 : step >= 2 ? 2 : 1;
}

/* A few short literals have all others looked for in shorter steps.  How many of `l`, by length, are better searched for one by one: what a
 * byte costs with each such search and in steps of so many.  So it is where little is text; in text longer steps gain nothing, since the
 * tables tell less. */
static unsigned apart(const struct literal *const *l, unsigned n)
{
    enum { COST_ONE = 2, COST_STEP = 24 };
    unsigned best = 0, least = UINT_MAX;

    for (unsigned i = 0; i < n && i * COST_ONE < COST_STEP && filled(n - i) > TEDDY_MAX; i++) {
        unsigned cost = i * COST_ONE + COST_STEP / table_step(filled(n - i), l[i]->bytes.n);
        if ((i == 0 || l[i]->bytes.n > l[i - 1]->bytes.n) && cost < least) {
            best = i;
            least = cost;
        }
    }
    return best;
}

/* Asks the store for the database of those of `l` that may stand in it, unless they are a few. */
static bool database_ask(struct literals *s, struct literals_store *store, const struct literal *l, size_t n, bool text)
{
    const struct literal **mine = calloc(n + 1, sizeof *mine);
    unsigned count = 0;
    struct patterns p;

    for (size_t i = 0; mine && i < n; i++) {
        if (for_database(&l[i])) {
            mine[count++] = &l[i];
        }
    }
    const bool few = count <= FEW_MAX;
    if (mine && !few) {
        qsort((void *)mine, count, sizeof *mine, literal_order);
        unsigned first = text ? 0 : apart(mine, count);
        s->shortest = mine[first]->bytes.n;
        s->id_n = count - first;
        sift_init(&s->sift, mine + first, s->id_n);
        s->id = malloc(s->id_n * sizeof *s->id);
        s->db = s->id && patterns_init(&p, mine + first, s->id_n, s->id) ? database_of(store, &p) : NULL;
    }
    bool good = mine && (few || s->db);
    free((void *)mine);
    return good;
}

/* Searched for alone: a single byte, of what would be a database of a few, or shorter than those in the database. */
static bool is_few(const struct literals *s, const struct literal *l)
{
    return for_database(l) ? s->db == NULL || l->bytes.n < s->shortest : !literal_is_near(l);
}

static bool few_init(struct literals *s, const struct literal *l, size_t n, struct err *err)
{
    size_t count = 0, bytes = 0;

    for (size_t i = 0; i < n; i++) {
        count += is_few(s, &l[i]);
        bytes += is_few(s, &l[i]) ? l[i].bytes.n : 0;
    }
    s->few = malloc(count * sizeof *s->few + bytes + 1);
    if (!s->few) {
        return err_set(err, "not enough memory for %zu literals", count);
    }
    uint8_t *at = (uint8_t *)(s->few + count);
    for (size_t i = 0; i < n; i++) {
        if (!is_few(s, &l[i])) {
            continue;
        }
        s->few[s->few_n++] = (struct few_literal){ bytes_of(at, l[i].bytes.n), l[i].nocase, l[i].id };
        for (size_t k = 0; k < l[i].bytes.n; k++) {
            uint8_t c = l[i].bytes.p[k];
            *at++ = l[i].nocase && c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
        }
    }
    return true;
}

static struct literals *literals_make(struct literals_store *store, const struct literal *l, size_t n, bool text, struct err *err)
{
    struct literals *s = calloc(1, sizeof *s);

    if (!s || !database_ask(s, store, l, n, text)) {
        literals_free(s);
        err_set(err, "not enough memory for %zu patterns", n);
        return NULL;
    }
    if (!few_init(s, l, n, err) || !near_init(&s->near, l, n, err)) {
        literals_free(s);
        return NULL;
    }
    for (size_t i = 0; i < n; i++) {
        s->longest = l[i].bytes.n > s->longest ? l[i].bytes.n : s->longest;
    }
    return s;
}

struct literals *literals_new(struct literals_store *store, const struct literal *l, size_t n, struct err *err) { return literals_make(store, l, n, true, err); }
struct literals *literals_new_raw(struct literals_store *store, const struct literal *l, size_t n, struct err *err) { return literals_make(store, l, n, false, err); }

void literals_free(struct literals *l)
{
    if (l) {
        database_release(l->db);
        free(l->id);
        near_fini(&l->near);
        free(l->few);
        free(l);
    }
}

size_t literals_bytes(const struct literals *l)
{
    return sizeof *l + l->near.bytes + l->few_n * sizeof *l->few + (l->db ? l->db->bytes : 0);
}

size_t literals_longest(const struct literals *l) { return l->longest; }

struct match_scratch {
    hs_scratch_t *hs;
};

struct match_scratch *match_scratch_new(void)
{
    return calloc(1, sizeof(struct match_scratch));
}

bool match_scratch_fit(struct match_scratch *s, const struct literals *l, struct err *err)
{
    return !l->db || hs_alloc_scratch(l->db->hs, &s->hs) == HS_SUCCESS || err_set(err, "not enough memory to match literals");
}

void match_scratch_free(struct match_scratch *s)
{
    if (s) {
        hs_free_scratch(s->hs);
        free(s);
    }
}

struct scan {
    void (*hit)(void *ctx, uint32_t id);
    void *ctx;
    const struct literals *of;
};

static int literals_event(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *ctx)
{
    struct scan *scan = ctx;

    (void)from;
    (void)to;
    (void)flags;
    if (id < scan->of->id_n) { /* else a filler */
        scan->hit(scan->ctx, scan->of->id[id]);
    }
    return 0;
}

void literals_scan(const struct literals *l, struct match_scratch *s, struct bytes b, uint64_t base, void (*hit)(void *ctx, uint32_t id), void *ctx)
{
    if (b.n == 0) {
        return;
    }
    near_scan(&l->near, b, base, hit, ctx);
    for (uint32_t i = 0; i < l->few_n; i++) {
        if (literal_find(b, 0, l->few[i].bytes, l->few[i].nocase) != SIZE_MAX) {
            hit(ctx, l->few[i].id);
        }
    }
    if (l->db && b.n > 1 && sift_passes(&l->sift, b)) {
        struct scan scan = { hit, ctx, l };
        unsigned n = b.n < UINT32_MAX ? (unsigned)b.n : UINT32_MAX;
        hs_error_t e = hs_scan(l->db->hs, (const char *)b.p, n, 0, s->hs, literals_event, &scan);
        bug_if(e != HS_SUCCESS);
    }
}
