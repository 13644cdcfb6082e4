/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter - which grams one flow has: small sketches of its own, for what a unit's other flows would blur.
 *
 * Units tell which flows may have a literal at all; of those a flow's filters tell whether it has: in its fields (URIs, names, user
 * agents), and, where these are short, in its bytes and bodies.  A filter is full when half of its bits are set; the next is
 * begun.  Sealed, it is folded to what it needs.
 */
#ifndef RECORD_FILTER_H
#define RECORD_FILTER_H

#include "base/text.h"
#include "record/sketch.h"

enum {
    FILTER_LOG = 12, FILTER_LOG_LEAST = 6,
    FILTER_BYTES = (1 << FILTER_LOG) / 8,
    FILTER_FULL = (1 << FILTER_LOG) / 2,
    FILTER_MAX = 16,             /* of a flow; behind them nothing is told of it */
    FILTER_SHORT = 1024,         /* bytes of a side, and of its bodies, that are told */
};

/* What a flow's filters tell all of. */
enum filter_part {
    FILTER_FIELDS = 1 << 0,
    FILTER_RAW = 1 << 1,         /* to the server; shifted by the side */
    FILTER_BODY = 1 << 3,        /* likewise */
    FILTER_ALL = (1 << 5) - 1,
};

struct flow_filter {
    uint32_t next;               /* 1 + its place; 0: none */
    uint32_t bits;
    uint8_t bit[FILTER_BYTES];
};

struct ledger;
struct piece;
/* Adds bytes of that part to the filters of a piece, as long as there is room for them. */
void ledger_filter(struct ledger *l, struct piece *p, enum filter_part part, struct bytes b);
/* They as the index has them. */
void filter_text(const struct ledger *l, const struct piece *p, struct text *t);
/* Reading: does one of a flow's filters have all those bits (sketch_ask)?  What does not tell of all `parts`, or is malformed, may have. */
bool filter_has(struct bytes filters, unsigned parts, const uint32_t *bit, unsigned n);

#endif
