/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * search - which flows of a record can match one rule.
 *
 * Of each literal the sketches name flows; of those that have all, a flow's own filters and its head decide.  What a flow with
 * parts in several segments has is put together from all of them.  One thread; used for one rule after the other.
 */
#ifndef HUNT_SEARCH_H
#define HUNT_SEARCH_H

#include "hunt/sift.h"
#include "record/span.h"

enum { SEARCH_RANGES_MAX = 64 };
struct search_limits {
    struct search_range {
        uint64_t from, to;       /* ns; to 0: no end */
    } range[SEARCH_RANGES_MAX];  /* flows that were alive in one of them */
    unsigned range_n;            /* 0: always */
    uint64_t sight;              /* hash of the hunt's settings: what was recorded under others may hold what its sketches do not tell; 0: not compared */
};

struct search;
/* NULL: no memory.  All borrowed as long as it lives.  `sift`: takes flows that it can judge; NULL: none. */
struct search *search_new(struct record *r, const struct search_limits *l, struct choice *chosen, struct sift *sift, bool keep); /* keep: many rules will ask about the same flows */
void search_free(struct search *s);
/* Does it tell a flow from another by its content, in that segment? */
bool search_asks(const struct search *s, const struct need *n, size_t segment);
/* Chooses in all segments; returns how many flows (parts of them) were named. */
uint64_t search_rule(struct search *s, const struct need *n);
/* Chooses the flow when its head, or that of the whole of which it is a part, fits, and it was alive; true: so it is. */
bool search_by_head(struct search *s, const struct need *n, size_t segment, uint32_t flow, const struct flow_part *p);
/* A flow's head, until the next is asked for; NULL with err: unreadable. */
const struct flow_part *search_part(struct search *s, size_t segment, uint32_t flow, struct err *err);
bool search_alive(const struct search *s, const struct flow_part *p);

#endif
