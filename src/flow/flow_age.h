/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * flow_age - flows by deadline: a wheel of slots of about a second, the slot at hand sorted.
 *
 * A packet moves its flow's deadline back and touches nothing here: a flow is queued under a time (age_key) that is never
 * later than its deadline, and is queued anew when that time comes too early.  So a flow is touched once a time-out, not
 * once a packet, and flows still come out in the exact order of their deadlines.  Nothing allocates.
 * Inside flow/ only; one table's thread.
 */
#ifndef FLOW_FLOW_AGE_H
#define FLOW_FLOW_AGE_H

#include "flow/flow.h"

#define AGE_SHIFT 30     /* a slot is 2^30 ns */
#define AGE_SLOTS 1024   /* power of two; flows further off wait in the last slot for another turn */
#define AGE_LISTS 4      /* of a slot, by turns: each step along a list waits for memory, so that some are walked side by side */
#define AGE_NONE UINT16_MAX

struct flow_age {
    uint64_t at;                    /* number of the slot at hand: time >> AGE_SHIFT */
    uint64_t wake;                  /* nothing is due before this time */
    uint64_t back;                  /* a time before this one calls for flow_age_back */
    size_t n;
    struct flow *due, *due_last;    /* the slot at hand, by age_key */
    struct flow *list[AGE_SLOTS * AGE_LISTS]; /* those of slot i from i * AGE_LISTS on */
    uint64_t used[AGE_SLOTS * AGE_LISTS / 64]; /* bit per list that has flows */
    unsigned turn;                  /* the list that the next flow goes to */
};

void flow_age_init(struct flow_age *a, uint64_t now);
void flow_age_add(struct flow_age *a, struct flow *f);    /* by f->deadline */
void flow_age_remove(struct flow_age *a, struct flow *f);
/* The deadline was set to an earlier time. */
void flow_age_sooner(struct flow_age *a, struct flow *f);
/* Time has gone back before `back`: turns the wheel back.  Costs a walk over all flows. */
void flow_age_back(struct flow_age *a, uint64_t now);
/* The next flow with a deadline at or before now, taken out; NULL when there is none. */
struct flow *flow_age_pop(struct flow_age *a, uint64_t now);
/* The flow that would expire first, not taken out; within a slot any one.  NULL when there is none. */
struct flow *flow_age_soonest(struct flow_age *a);
/* The flow of that id, by a walk over all; NULL: none. */
const struct flow *flow_age_find(const struct flow_age *a, uint64_t id);
/* All flows, taken out, as a list over age_next in order of first packet. */
struct flow *flow_age_drain(struct flow_age *a);

#endif
