/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record/sketch.h"

#include <string.h>

static inline uint32_t lower(uint8_t c) { return (unsigned)(c - 'A') < 26 ? c + 32u : c; }

/* SKETCH_HASH 1: the upper bits of a product, those that fold away last come from all of the gram. */
static inline uint32_t bit_of(uint32_t gram)
{
    return (uint32_t)((gram * 0x9e3779b97f4a7c15ull) >> (64 - SKETCH_LOG));
}

uint32_t sketch_add(struct sketch_unit *u, struct bytes b)
{
    uint32_t gram = 0, fresh = 0;

    for (size_t i = 0; i < b.n; i++) {
        gram = gram >> 8 | lower(b.p[i]) << 24;
        if (i < SKETCH_GRAM - 1) {
            continue;
        }
        uint32_t bit = bit_of(gram);
        uint64_t *w = &u->word[bit >> 6], mask = 1ull << (bit & 63);
        fresh += (*w & mask) == 0;
        *w |= mask;
    }
    return fresh;
}

uint32_t sketch_add_small(uint8_t *bits, unsigned log, struct bytes b)
{
    uint32_t gram = 0, fresh = 0, mask = (1u << log) - 1;

    for (size_t i = 0; i < b.n; i++) {
        gram = gram >> 8 | lower(b.p[i]) << 24;
        if (i < SKETCH_GRAM - 1) {
            continue;
        }
        uint32_t bit = bit_of(gram) & mask, set = bits[bit >> 3] >> (bit & 7) & 1;
        fresh += 1 - set;
        bits[bit >> 3] |= (uint8_t)(1u << (bit & 7));
    }
    return fresh;
}

unsigned sketch_ask(struct bytes literal, uint32_t bit[SKETCH_GRAMS_MAX])
{
    struct bytes b = bytes_head(literal, SKETCH_WINDOW);
    uint32_t gram = 0;
    unsigned n = 0;

    for (size_t i = 0; i < b.n; i++) {
        gram = gram >> 8 | lower(b.p[i]) << 24;
        if (i < SKETCH_GRAM - 1) {
            continue;
        }
        unsigned k = 0;
        while (k < n && bit[k] != bit_of(gram)) {
            k++;
        }
        if (k == n) {
            bit[n++] = bit_of(gram);
        }
    }
    return n;
}

void sketch_turn(const struct sketch_unit *const *unit, const struct sketch_shape *s, uint8_t *rows)
{
    size_t stride = sketch_stride(s);
    uint32_t mask = (SKETCH_BITS >> s->fold) - 1;

    memset(rows, 0, sketch_size(s));
    for (uint32_t u = 0; u < s->units; u++) {
        uint8_t column = (uint8_t)(1u << (u & 7)), *at = rows + u / 8;
        for (uint32_t w = 0; w < SKETCH_BITS / 64; w++) {
            for (uint64_t left = unit[u]->word[w]; left != 0; left &= left - 1) {
                at[(size_t)((w * 64 + (uint32_t)__builtin_ctzll(left)) & mask) * stride] |= column;
            }
        }
    }
}

bool sketch_narrow(const uint8_t *rows, const struct sketch_shape *s, uint32_t bit, uint8_t *columns)
{
    size_t stride = sketch_stride(s);
    const uint8_t *row = rows + (size_t)(bit & ((SKETCH_BITS >> s->fold) - 1)) * stride;
    uint8_t any = 0;

    for (size_t k = 0; k < stride; k++) {
        columns[k] &= row[k];
        any |= columns[k];
    }
    return any != 0;
}
