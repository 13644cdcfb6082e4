/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter - which grams the fields of one flow have: small sketches of its own, for what a unit's other flows would blur.
 *
 * Units tell which flows may have a literal at all; of those a flow's filters tell whether its fields (URIs, names, user agents)
 * do.  A filter is full when half of its bits are set; the next is begun.  Sealed, it is folded to what it needs.
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
    FILTER_UNTOLD = 255,
};

struct flow_filter {
    uint32_t next;               /* 1 + its place; 0: none */
    uint32_t bits;
    uint8_t bit[FILTER_BYTES];
};

struct ledger;
struct piece;
/* Adds a field's bytes to the filters of a piece. */
void ledger_filter(struct ledger *l, struct piece *p, struct bytes b);
/* They as the index has them. */
void filter_text(const struct ledger *l, const struct piece *p, struct text *t);
/* Reading: does one of a flow's filters have all those bits (sketch_ask)?  What is malformed may have. */
bool filter_has(struct bytes filters, const uint32_t *bit, unsigned n);

#endif
