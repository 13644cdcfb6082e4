/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "match/literals.h"

#include <stdlib.h>

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
}

static bool letter(uint8_t c)
{
    return c >= 'a' && c <= 'z';
}

enum { BITS_LEAST = 10, BITS_MOST = 16, BITS_EACH = 16 /* for a key: what falls together costs a look, and a packet meets many of these sets */ };

static uint16_t pair_at(const uint8_t *p)
{
    uint16_t pair;

    memcpy(&pair, p, sizeof pair);
    return pair;
}

static uint16_t key_of(unsigned place, uint16_t pair) { return (uint16_t)(pair + place * 40503u); }

static unsigned bit_of(const struct near *s, uint16_t key) { return (uint16_t)(key * 0x9e37u) >> (16 - s->key_bits); }

static unsigned bucket(uint16_t key)
{
    return (key * 0x9e5u >> 4) & (NEAR_BUCKETS - 1);
}

/* Calls f for each place and pair of bytes that a literal of two and more can begin with: up to four pairs without case. */
static void keys_each(const struct literal *l, void (*f)(struct near *s, uint16_t key, const struct near_literal *o), struct near *s,
                      struct near_literal *o)
{
    uint8_t a = l->nocase ? lower(l->bytes.p[0]) : l->bytes.p[0], b = l->nocase ? lower(l->bytes.p[1]) : l->bytes.p[1];
    bool two_a = l->nocase && letter(a), two_b = l->nocase && letter(b);

    for (uint32_t place = l->from; place + l->bytes.n <= l->depth; place++) {
        o->place = (uint8_t)place;
        for (unsigned i = 0; i <= two_a; i++) {
            for (unsigned k = 0; k <= two_b; k++) {
                const uint8_t pair[2] = { (uint8_t)(i ? a & ~0x20u : a), (uint8_t)(k ? b & ~0x20u : b) };
                f(s, key_of(place, pair_at(pair)), o);
            }
        }
    }
}

static void key_count(struct near *s, uint16_t key, const struct near_literal *o)
{
    s->place[o->place] = 1; /* a list of them when all are counted */
    s->start[bucket(key) + 1]++;
}

static void key_place(struct near *s, uint16_t key, const struct near_literal *o)
{
    unsigned bit = bit_of(s, key);

    s->key[bit / 8] |= (uint8_t)(1u << bit % 8);
    s->literal[--s->start[bucket(key) + 1]] = *o;
}

static uint32_t word_at(const uint8_t *p, size_t left)
{
    uint32_t w = 0;

    if (left >= sizeof w) {
        memcpy(&w, p, sizeof w);
    } else {
        memcpy(&w, p, left);
    }
    return w;
}

/* The four bytes at p, fewer where n are, as one word to compare. */
static uint32_t word_make(const uint8_t *p, size_t n, bool nocase, uint32_t *word_fold, uint32_t *word_mask)
{
    uint8_t word[4] = { 0 }, fold[4] = { 0 }, mask[4] = { 0 };

    for (size_t i = 0; i < n && i < sizeof word; i++) {
        word[i] = p[i];
        fold[i] = nocase && letter(p[i]) ? 0x20 : 0;
        mask[i] = 0xff;
    }
    *word_fold = word_at(fold, sizeof fold);
    *word_mask = word_at(mask, sizeof mask);
    return word_at(word, sizeof word);
}

/* The first and last four bytes as words, the rest as bytes kept in the pool. */
static struct near_literal near_of(const struct literal *l, const uint8_t *pool, size_t at)
{
    struct near_literal o = { .id = l->id, .n = (uint16_t)l->bytes.n, .nocase = l->nocase, .at = (uint32_t)at };
    uint32_t mask;

    o.head = word_make(pool + at, o.n, o.nocase, &o.fold, &o.mask);
    if (o.n > sizeof o.tail) {
        o.tail = word_make(pool + at + o.n - sizeof o.tail, sizeof o.tail, o.nocase, &o.tail_fold, &mask);
    }
    return o;
}

static void near_fill(struct near *s, const struct literal *l, size_t n)
{
    size_t at = 0;

    for (unsigned b = 0; b < NEAR_BUCKETS; b++) {
        s->start[b + 1] += s->start[b];
    }
    for (size_t i = n; i-- > 0;) { /* from behind, each start moves to its place */
        if (!literal_is_near(&l[i])) {
            continue;
        }
        for (size_t k = 0; k < l[i].bytes.n; k++) {
            s->pool[at + k] = l[i].nocase ? lower(l[i].bytes.p[k]) : l[i].bytes.p[k];
        }
        struct near_literal o = near_of(&l[i], s->pool, at);
        if (l[i].bytes.n > 1) {
            keys_each(&l[i], key_place, s, &o);
        } else {
            for (o.place = (uint8_t)l[i].from; o.place < l[i].depth; o.place++) {
                s->one[s->one_n++] = o;
            }
        }
        at += l[i].bytes.n;
    }
    for (unsigned b = 0; b < NEAR_BUCKETS; b++) { /* start[b + 1] is now where b begins */
        s->start[b] = s->start[b + 1];
    }
    s->start[NEAR_BUCKETS] = s->literal_n;
}

/* How many entries there will be, and the bytes of all. */
static size_t near_count(struct near *s, const struct literal *l, size_t n, size_t *ones)
{
    size_t bytes = 0;

    for (size_t i = 0; i < n; i++) {
        if (!literal_is_near(&l[i])) {
            continue;
        }
        bytes += l[i].bytes.n;
        if (l[i].bytes.n > 1) {
            struct near_literal o = { 0 };
            keys_each(&l[i], key_count, s, &o);
        } else {
            *ones += l[i].depth - l[i].from;
        }
    }
    for (unsigned b = 0; b < NEAR_BUCKETS; b++) {
        s->literal_n += s->start[b + 1];
    }
    for (unsigned i = 0; i < LITERAL_NEAR; i++) {
        if (s->place[i] != 0) {
            s->place[s->place_n++] = (uint8_t)i;
        }
    }
    return bytes;
}

bool near_init(struct near *s, const struct literal *l, size_t n, struct err *err)
{
    size_t ones = 0;
    bool any = false;

    *s = (struct near){ 0 };
    for (size_t i = 0; i < n && !any; i++) {
        any = literal_is_near(&l[i]);
    }
    if (!any) {
        return true;
    }
    s->start = calloc(NEAR_BUCKETS + 1, sizeof *s->start);
    size_t bytes = s->start ? near_count(s, l, n, &ones) : 0;
    for (s->key_bits = BITS_LEAST; s->key_bits < BITS_MOST && 1u << s->key_bits < BITS_EACH * s->literal_n; s->key_bits++) {
    }
    s->key = calloc((1u << s->key_bits) / 8, sizeof *s->key);
    s->literal = calloc(s->literal_n + 1, sizeof *s->literal);
    s->one = calloc(ones + 1, sizeof *s->one);
    s->pool = malloc(bytes + 1);
    if (!s->literal || !s->one || !s->key || !s->start || !s->pool) {
        near_fini(s);
        return err_set(err, "not enough memory for literals near the start");
    }
    s->bytes = bytes + (s->literal_n + ones) * sizeof *s->literal + (1u << s->key_bits) / 8 + NEAR_BUCKETS * sizeof *s->start;
    near_fill(s, l, n);
    return true;
}

void near_fini(struct near *s)
{
    free(s->literal);
    free(s->one);
    free(s->key);
    free(s->start);
    free(s->pool);
    *s = (struct near){ 0 };
}

static bool head_is(const struct near_literal *l, uint32_t word) { return ((word | l->fold) & l->mask) == l->head; }

/* What is behind the head, the end first. */
static bool rest_at(const struct near *s, const struct near_literal *l, const uint8_t *p, size_t left)
{
    if (l->n > left) {
        return false;
    }
    if (l->n > sizeof l->tail && (word_at(p + l->n - sizeof l->tail, sizeof l->tail) | l->tail_fold) != l->tail) {
        return false;
    }
    for (size_t i = sizeof l->head; i + sizeof l->tail < l->n; i++) {
        if ((l->nocase ? lower(p[i]) : p[i]) != s->pool[l->at + i]) {
            return false;
        }
    }
    return true;
}

void near_scan(const struct near *s, struct bytes b, uint64_t base, void (*hit)(void *ctx, uint32_t id), void *ctx)
{
    if (base >= LITERAL_NEAR) {
        return;
    }
    for (uint32_t i = 0; i < s->one_n; i++) {
        const struct near_literal *l = &s->one[i];
        if (l->place >= base && l->place - base < b.n && head_is(l, b.p[l->place - base])) {
            hit(ctx, l->id);
        }
    }
    unsigned k = 0;
    while (k < s->place_n && s->place[k] < base) {
        k++;
    }
    for (; k < s->place_n && s->place[k] - base + 1 < b.n; k++) {
        unsigned place = s->place[k];
        size_t at = place - base;
        uint16_t key = key_of(place, pair_at(b.p + at));
        unsigned bit = bit_of(s, key);
        if (!(s->key[bit / 8] >> bit % 8 & 1)) {
            continue;
        }
        uint32_t word = word_at(b.p + at, b.n - at);
        for (uint32_t i = s->start[bucket(key)]; i < s->start[bucket(key) + 1]; i++) {
            const struct near_literal *l = &s->literal[i];
            if (l->place == place && head_is(l, word) && rest_at(s, l, b.p + at, b.n - at)) {
                hit(ctx, l->id);
            }
        }
    }
}
