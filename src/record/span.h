/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * span - flows with parts in several segments: which parts are of one flow.
 *
 * Made from what indexes say of where their flows began, and by ids over segments that are gone; a flow that is in one segment alone is in no span.
 * Immutable once made.
 */
#ifndef RECORD_SPAN_H
#define RECORD_SPAN_H

#include "record/read.h"

enum { SPAN_NONE = UINT32_MAX };

struct span_part {
    uint32_t flow, span;
};
struct spans {
    uint32_t n;
    struct span_last {           /* the part with what is known in the end: protocols, times, flags of all before it */
        uint32_t segment, flow;
    } *last;
    struct span_list {
        struct span_part *part;
        uint64_t *bit;           /* by flow: it is among them; NULL: none is */
        uint32_t *before;        /* by word of bits: how many are before it */
        uint32_t n, words;
    } *of;                       /* by segment, ascending by flow */
    size_t segments;
    bool broken;                 /* some are not known: an index is damaged, or memory was short */
};
/* Made when they are first asked for, by one thread, and the record's.  Problems go to it.  NULL: no memory. */
const struct spans *record_spans(struct record *r);
void spans_free(struct spans *s);
uint32_t spans_find(const struct spans *s, size_t segment, uint32_t flow); /* SPAN_NONE: in none */

#endif
