/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * flow_state - what rules keep with a flow: bits, numbers, captured texts, thresholds of the flow, tags.
 *
 * Made when a rule first keeps something, freed by detect_flow_end.  Entries are few; they stand in one list by kind and
 * number.  Memory from the worker's page pool, capped per flow.  Worker's thread.
 */
#ifndef DETECT_FLOW_STATE_H
#define DETECT_FLOW_STATE_H

#include "detect/inspect.h"

enum flow_entry_kind { ENTRY_BIT, ENTRY_INT, ENTRY_TEXT, ENTRY_ENTROPY /* a double in extra[0] */, ENTRY_THRESHOLD, ENTRY_TAG,
                       ENTRY_TOLD /* a rule matched a packet: in extra[side] the stream offset behind it */ };
struct flow_entry {
    struct flow_entry *next;
    uint32_t id;             /* name's number; ENTRY_THRESHOLD, ENTRY_TAG, ENTRY_TOLD: the rule's (plan_id) */
    uint32_t value;          /* ENTRY_INT; ENTRY_TEXT: bytes */
    uint64_t extra[4];       /* thresholds and tags keep their counts here */
    uint8_t kind;            /* enum flow_entry_kind */
    bool on;
    uint8_t text[];
};
struct flow_detect {
    struct flow_entry *head;
    struct arena arena;
    uint64_t line_mark[2];   /* stream offset up to which lines were looked at as PDUs */
    uint8_t recognised;      /* bit per side: rules about the protocol were told */
    uint8_t drop_told;       /* bit per side: a drop record was written */
};

/* NULL when there is none and `make` is false, or at the memory cap, which is counted. */
struct flow_detect *flow_detect_of(struct detect *d, struct flow *f, bool make);
struct flow_entry *flow_entry_find(const struct flow_detect *s, uint8_t kind, uint32_t id);
struct flow_entry *flow_entry_make(struct detect *d, struct flow_detect *s, uint8_t kind, uint32_t id, size_t text);
struct flow_entry *flow_entry_get(struct detect *d, struct flow *f, uint8_t kind, uint32_t id);

/* txn.c */
bool txn_waits(const struct txn *t, unsigned side); /* not wholly inspected on that side */
bool txns_all(const struct detect *d); /* the turn is about all of its flow's transactions, not only what changed (txn_first_due) */
struct txn *txn_next_to_inspect(const struct detect *d, const struct conn *c, unsigned side);
bool txn_is_only(const struct txn *t, unsigned side);


#endif
