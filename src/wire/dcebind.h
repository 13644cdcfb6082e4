/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dcebind - presentation contexts of one DCE/RPC association: offered by binds, answered by their acknowledgements.
 *
 * The list belongs to whoever keeps it, usually a connection's state; its rows are of the caller's arena and at most
 * DCEBIND_MAX, after which the oldest bind's rows are used again.
 */
#ifndef WIRE_DCEBIND_H
#define WIRE_DCEBIND_H

#include "base/arena.h"
#include "wire/dcepdu.h"

enum { DCEBIND_MAX = 32, DCEBIND_KEY = 19 };

struct dceiface {
    struct dce_context context;
    uint32_t call;               /* of the bind that offered it */
    bool first_frag;             /* … with the first fragment's flag */
    bool acked;
    uint16_t result, reason;
};

struct dcebind {
    struct dceiface *row;
    unsigned n;                  /* offered so far; row[i % DCEBIND_MAX] */
};

/* Takes in a bind or alter context.  False: it is malformed, or memory is out. */
bool dcebind_offer(struct dcebind *b, const struct dcepdu *p, struct arena *a);
/* Takes in the results of the bind with the same call. */
bool dcebind_answer(struct dcebind *b, const struct dcepdu *p);
/* Row i, newest first; NULL at the end. */
const struct dceiface *dcebind_row(const struct dcebind *b, unsigned i);
/* The newest accepted interface under that context number; NULL: none. */
const struct dceiface *dcebind_accepted(const struct dcebind *b, uint16_t context);
/* Bytes of an interface as rule keywords compare it: 16 of the UUID, major version, and 1 for the first fragment's flag. */
void dcebind_key(const struct dceiface *i, uint8_t out[DCEBIND_KEY]);

#endif
