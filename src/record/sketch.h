/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sketch - which grams of four bytes are in a piece of what rules look at: one bit a gram, so that a literal's absence is certain.
 *
 * A *unit* is 65,536 bits; a gram (ASCII letters in lower case) sets the one its hash names.  A unit is full when half its bits
 * are set: 1.4 bits a gram, and a literal of n + 3 bytes that is not there passes with 2^-n.  Whoever adds bytes gives
 * SKETCH_BACK of those before again with the next, so each SKETCH_WINDOW bytes in a row are in one unit.
 * On disk the units of a segment are columns of one matrix: a question reads a row for each gram.
 */
#ifndef RECORD_SKETCH_H
#define RECORD_SKETCH_H

#include "base/rd.h"

enum {
    SKETCH_GRAM = 4,
    SKETCH_LOG = 16,
    SKETCH_BITS = 1 << SKETCH_LOG,
    SKETCH_BYTES = SKETCH_BITS / 8,
    SKETCH_FULL = SKETCH_BITS / 2,
    SKETCH_BULK = SKETCH_BITS / 16 * 11, /* the same for flows with much to say, which take most of the room */
    SKETCH_WINDOW = 32,               /* of longer literals pieces of so many bytes are asked */
    SKETCH_BACK = SKETCH_WINDOW - 1,
    SKETCH_GRAMS_MAX = SKETCH_WINDOW - SKETCH_GRAM + 1,
    SKETCH_HASH = 1,                  /* number of the hash, told in the index */
};

struct sketch_unit {
    uint64_t word[SKETCH_BITS / 64];
};

/* Adds the grams of b; returns how many bits are new. */
uint32_t sketch_add(struct sketch_unit *u, struct bytes b);
/* The same in 1 << log bits: those of a unit folded. */
uint32_t sketch_add_small(uint8_t *bits, unsigned log, struct bytes b);
/* The bits that a literal needs, without repeats: at most SKETCH_GRAMS_MAX of its first SKETCH_WINDOW bytes; 0: it is too short. */
unsigned sketch_ask(struct bytes literal, uint32_t bit[SKETCH_GRAMS_MAX]);

/* Units as columns: row i has `stride` bytes at rows + i * stride.  `fold`: rows i and i + SKETCH_BITS >> fold are one. */
struct sketch_shape {
    uint32_t units, fold;
};
static inline size_t sketch_stride(const struct sketch_shape *s) { return (s->units + 7) / 8; }
static inline size_t sketch_size(const struct sketch_shape *s) { return sketch_stride(s) * (SKETCH_BITS >> s->fold); }
/* Writes the matrix of those units into sketch_size() bytes. */
void sketch_turn(const struct sketch_unit *const *unit, const struct sketch_shape *s, uint8_t *rows);
/* Clears in `columns` (sketch_stride bytes) the units that lack the bit.  False: none is left. */
bool sketch_narrow(const uint8_t *rows, const struct sketch_shape *s, uint32_t bit, uint8_t *columns);

#endif
