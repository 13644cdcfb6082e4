/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * why - where one rule stopped, for each flow and transaction that it looked at: `peccary rules why`.
 *
 * Made by whoever asks, set in the settings of detection, filled by the one worker of that run, read after it.  In each turn
 * the rule is asked part by part beside the inspection itself, which goes on untouched; a condition that would leave something
 * behind (a script, a dataset) is taken to hold.  What is kept is the furthest a flow or transaction came.  Capped.
 */
#ifndef DETECT_WHY_H
#define DETECT_WHY_H

#include "base/addr.h"
#include "base/text.h"

/* In the order in which a rule is asked; what stands behind came nearer. */
enum why_stage {
    WHY_PROTOCOL, WHY_DIRECTION, WHY_FLOW_STATE, WHY_PORTS, WHY_ADDRESSES, WHY_TUNNEL, WHY_APP, WHY_PACKET /* what it must have */, WHY_GROUP, WHY_LITERAL, WHY_OPTION,
    WHY_STATE, WHY_CONDITION, WHY_FLOWBIT, WHY_NOALERT, WHY_PASSED, WHY_SUPPRESSED, WHY_THRESHOLD, WHY_LIMIT, WHY_ALERT, WHY_STAGES
};
const char *why_stage_name(enum why_stage s);  /* "literal" */
const char *why_stage_text(enum why_stage s);  /* a sentence's beginning */

enum { WHY_ENTRIES = 65536, WHY_TEXT = 240 };
struct why_entry {
    uint64_t flow, packet;     /* flow: 0, one packet without; packet: the number at which it came that far */
    uint64_t txn;              /* tx_id */
    bool has_txn;
    struct addr src, dst;
    uint8_t family, proto;
    uint16_t sport, dport;
    uint8_t stage;             /* enum why_stage */
    uint32_t depth;            /* within the stage: parts that held */
    unsigned alerts;
    char what[WHY_TEXT];       /* the condition, the buffer, the threshold */
};

struct why;
struct why *why_new(uint32_t gid, uint32_t sid); /* NULL: no memory */
void why_free(struct why *w);
/* Entries in the order in which they began. */
const struct why_entry *why_entries(const struct why *w, size_t *n);
bool why_known(const struct why *w);   /* the rule is loaded */
uint64_t why_lost(const struct why *w); /* flows beyond the cap */

struct detect;
void why_before(struct detect *d); /* a turn's inspection begins */
void why_after(struct detect *d);  /* … and its alerts are written */

#endif
