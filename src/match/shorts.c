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

/* The bytes a literal can begin with: one or two. */
static unsigned firsts(const struct literal *l, uint8_t out[2])
{
    out[0] = l->nocase ? lower(l->bytes.p[0]) : l->bytes.p[0];
    out[1] = l->nocase ? upper(out[0]) : out[0];
    return out[0] != out[1] ? 2 : 1;
}

static void pair_set(struct shorts *s, uint8_t a, uint8_t b)
{
    unsigned i = (unsigned)a << 8 | b;
    s->pair[i >> 6] |= 1ULL << (i & 63);
}

/* What a literal that begins with `first` can go on with. */
static void pairs_set(struct shorts *s, const struct short_literal *o, uint8_t first)
{
    if (o->n == 1) {
        for (unsigned b = 0; b < 256; b++) {
            pair_set(s, first, (uint8_t)b);
        }
        return;
    }
    pair_set(s, first, o->bytes[1]);
    pair_set(s, first, o->nocase ? upper(o->bytes[1]) : o->bytes[1]);
}

static struct short_literal short_of(const struct literal *l)
{
    struct short_literal o = { .n = (uint8_t)l->bytes.n, .nocase = l->nocase, .depth = l->depth, .id = l->id };

    for (size_t i = 0; i < l->bytes.n; i++) {
        o.bytes[i] = l->nocase ? lower(l->bytes.p[i]) : l->bytes.p[i];
    }
    return o;
}

static void near_fill(struct shorts *s, const struct literal *l, size_t n)
{
    uint8_t first[2];

    for (size_t i = 0; i < n; i++) {
        for (unsigned k = literal_is_near(&l[i]) ? firsts(&l[i], first) : 0; k-- > 0;) {
            s->start[first[k] + 1]++;
        }
    }
    for (unsigned b = 0; b < 256; b++) {
        s->start[b + 1] += s->start[b];
    }
    for (size_t i = n; i-- > 0;) { /* from behind, each start moves to its place */
        for (unsigned k = literal_is_near(&l[i]) ? firsts(&l[i], first) : 0; k-- > 0;) {
            struct short_literal *o = &s->near[--s->start[first[k] + 1]];
            *o = short_of(&l[i]);
            pairs_set(s, o, first[k]);
            s->reach = o->depth > s->reach ? o->depth : s->reach;
        }
    }
    for (unsigned b = 0; b < 256; b++) { /* start[b + 1] is now where b begins */
        s->start[b] = s->start[b + 1];
    }
    s->start[256] = s->near_n;
}

bool shorts_init(struct shorts *s, const struct literal *l, size_t n, struct err *err)
{
    uint8_t first[2];

    *s = (struct shorts){ 0 };
    for (size_t i = 0; i < n; i++) {
        s->near_n += literal_is_near(&l[i]) ? firsts(&l[i], first) : 0;
        s->byte_n += literal_is_byte(&l[i]);
    }
    s->near = calloc(s->near_n + 1, sizeof *s->near);
    s->byte = calloc(s->byte_n + 1, sizeof *s->byte);
    s->pair = s->near_n ? calloc(1024, sizeof *s->pair) : NULL;
    if (!s->near || !s->byte || (s->near_n && !s->pair)) {
        shorts_fini(s);
        return err_set(err, "not enough memory for short literals");
    }
    if (s->near_n) {
        near_fill(s, l, n);
    }
    s->byte_n = 0;
    for (size_t i = 0; i < n; i++) {
        if (literal_is_byte(&l[i])) {
            s->byte[s->byte_n++] = short_of(&l[i]);
        }
    }
    return true;
}

void shorts_fini(struct shorts *s)
{
    free(s->near);
    free(s->byte);
    free(s->pair);
    *s = (struct shorts){ 0 };
}

size_t shorts_bytes(const struct shorts *s)
{
    return (s->near_n + s->byte_n) * sizeof *s->near + (s->pair ? 8192 : 0);
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

static void near_scan(const struct shorts *s, struct bytes b, void (*hit)(void *ctx, uint32_t id, size_t end), void *ctx)
{
    size_t n = b.n < s->reach ? b.n : s->reach;

    for (size_t at = 0; at < n; at++) {
        uint8_t first = b.p[at];
        unsigned two = (unsigned)first << 8 | (at + 1 < b.n ? b.p[at + 1] : 0);
        if (!(s->pair[two >> 6] >> (two & 63) & 1)) {
            continue;
        }
        for (uint32_t i = s->start[first]; i < s->start[first + 1]; i++) {
            const struct short_literal *l = &s->near[i];
            if (at + l->n <= l->depth && short_at(l, b.p + at, b.n - at)) {
                hit(ctx, l->id, at + l->n);
            }
        }
    }
}

void shorts_scan(const struct shorts *s, struct bytes b, void (*hit)(void *ctx, uint32_t id, size_t end), void *ctx)
{
    if (s->near_n != 0) {
        near_scan(s, b, hit, ctx);
    }
    for (uint32_t i = 0; i < s->byte_n; i++) {
        const struct short_literal *l = &s->byte[i];
        size_t at = literal_find(b, 0, bytes_of(l->bytes, 1), l->nocase);
        if (at != SIZE_MAX) {
            hit(ctx, l->id, at + 1);
        }
    }
}
