/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "match/literals.h"

#include <stdlib.h>

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
}

static uint8_t upper(uint8_t c)
{
    return c >= 'a' && c <= 'z' ? (uint8_t)(c & ~0x20) : c;
}

static void pair_set(struct shorts *s, uint8_t a, uint8_t b)
{
    unsigned i = (unsigned)a << 8 | b;
    s->pair[i >> 6] |= 1ULL << (i & 63);
}

static void shorts_add(struct shorts *s, const struct literal *l)
{
    struct short_literal *o = &s->literal[s->n++];

    o->n = (uint8_t)l->bytes.n;
    o->nocase = l->nocase;
    o->id = l->id;
    for (size_t i = 0; i < l->bytes.n; i++) {
        o->bytes[i] = l->nocase ? lower(l->bytes.p[i]) : l->bytes.p[i];
    }
    uint8_t a = o->bytes[0], b = o->bytes[1];
    if (o->n == 1) {
        s->single[a] = true;
        s->single[o->nocase ? upper(a) : a] = true;
        return;
    }
    pair_set(s, a, b);
    if (o->nocase) {
        pair_set(s, upper(a), b);
        pair_set(s, a, upper(b));
        pair_set(s, upper(a), upper(b));
    }
}

bool shorts_init(struct shorts *s, const struct literal *l, size_t n, struct err *err)
{
    size_t few = 0;
    bool pairs = false;

    for (size_t i = 0; i < n; i++) {
        few += l[i].bytes.n > 0 && l[i].bytes.n < LITERAL_SHORT;
        pairs |= l[i].bytes.n > 1 && l[i].bytes.n < LITERAL_SHORT;
    }
    *s = (struct shorts){ 0 };
    if (few == 0) {
        return true;
    }
    s->literal = calloc(few, sizeof *s->literal);
    s->pair = pairs ? calloc(1024, sizeof *s->pair) : NULL;
    if (!s->literal || (pairs && !s->pair)) {
        shorts_fini(s);
        return err_set(err, "not enough memory for %zu short literals", few);
    }
    for (size_t i = 0; i < n; i++) {
        if (l[i].bytes.n > 0 && l[i].bytes.n < LITERAL_SHORT) {
            shorts_add(s, &l[i]);
        }
    }
    return true;
}

void shorts_fini(struct shorts *s)
{
    free(s->literal);
    free(s->pair);
    *s = (struct shorts){ 0 };
}

size_t shorts_bytes(const struct shorts *s)
{
    return s->n * sizeof *s->literal + (s->pair ? 8192 : 0);
}

static bool short_at(const struct short_literal *l, const uint8_t *p, size_t left)
{
    if (l->n > left) {
        return false;
    }
    for (unsigned i = 0; i < l->n; i++) {
        if ((l->nocase ? lower(p[i]) : p[i]) != l->bytes[i]) {
            return false;
        }
    }
    return true;
}

void shorts_scan(const struct shorts *s, uint64_t *seen, struct bytes b, void (*hit)(void *ctx, uint32_t id, size_t end), void *ctx)
{
    uint32_t left = s->n; /* literals not seen yet: most buffers hold the common ones early, then the walk ends */

    for (size_t at = 0; at < b.n && left != 0; at++) {
        unsigned two = (unsigned)b.p[at] << 8 | (at + 1 < b.n ? b.p[at + 1] : 0);
        if (!s->single[b.p[at]] && (!s->pair || !(s->pair[two >> 6] >> (two & 63) & 1))) {
            continue;
        }
        for (uint32_t i = 0; i < s->n; i++) {
            if (!(seen[i >> 6] >> (i & 63) & 1) && short_at(&s->literal[i], b.p + at, b.n - at)) {
                seen[i >> 6] |= 1ULL << (i & 63);
                left--;
                hit(ctx, s->literal[i].id, at + s->literal[i].n);
            }
        }
    }
}
