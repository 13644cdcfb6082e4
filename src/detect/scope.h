/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * scope - what a rule keyword is looking at: packet, flow, transaction, file, and the state that outlives them.
 *
 * Made by detect/ on its own stack for one rule over one turn; a keyword's match() borrows it and changes nothing but
 * through the functions here.  Worker's thread.
 */
#ifndef DETECT_SCOPE_H
#define DETECT_SCOPE_H

#include "detect/detect.h"
#include "file/file.h"

struct detect_scope {
    struct detect *detect;
    const struct ruleset *rules;
    const struct detect_turn *turn;
    const struct view *view;      /* NULL: a turn without a packet */
    struct flow *flow;            /* NULL: none */
    struct txn *txn;              /* NULL: not looking at a transaction */
    struct file *file;            /* NULL: not looking at a file */
    const struct rule *rule;
    uint64_t *variable;           /* values of the rule's byte_extract and byte_math variables */
    enum side side;               /* the direction being inspected */
    struct bytes buffer;          /* the buffer of the group a MATCH_KEYWORD stands in (transformed); empty outside */
    uint32_t cursor;              /* … and where in it the match before ended */
};

static inline uint64_t scope_time(const struct detect_scope *s) { return s->turn->ts; }          /* ns */
static inline uint32_t scope_seconds(const struct detect_scope *s) { return (uint32_t)(s->turn->ts / CLOCK_SECOND); }
/* The addresses of what is inspected: the packet's, or the flow's in the inspected direction.  False: there are none. */
bool scope_addresses(const struct detect_scope *s, struct addr *src, struct addr *dst, enum family *family);
/* Is a map kept?  And what it knows of that host, as of a little before; NULL: nothing. */
bool scope_has_map(const struct detect_scope *s);
const struct host_fact *scope_host(const struct detect_scope *s, const struct addr *a, enum family family);
uint32_t scope_tenant(const struct detect_scope *s); /* of the packet, or of its flow */
/* The protocol in force on the flow; PROTO_NONE. */
uint16_t scope_app_proto(const struct detect_scope *s);

/* Flow state, by the small numbers that rule_parse_name gives ("flowbits", "flowint", "flowvar"). False or 0 without a flow. */
bool scope_flowbit(const struct detect_scope *s, uint32_t id);
void scope_flowbit_set(struct detect_scope *s, uint32_t id, bool on);
/* The same of the transaction ("txnbits"): false without one; gone with it. */
bool scope_txnbit(const struct detect_scope *s, uint32_t id);
void scope_txnbit_set(struct detect_scope *s, uint32_t id, bool on);
bool scope_flowint(const struct detect_scope *s, uint32_t id, uint32_t *value);
void scope_flowint_set(struct detect_scope *s, uint32_t id, uint32_t value);
bool scope_flowvar(const struct detect_scope *s, uint32_t id, struct bytes *value);
/* The newest text captured under that name in this turn. */
bool scope_pktvar(const struct detect_scope *s, const char *name, struct bytes *value);
void scope_flowvar_set(struct detect_scope *s, uint32_t id, struct bytes value);

/* Keeps the entropy of a buffer with the flow, by the number rule_parse_name("entropy") gave. */
void scope_flow_entropy(struct detect_scope *s, uint32_t id, double value);
/* Tells something in the alert's context, if the rule matches: under `key` (kept by the rule) a text, or JSON as it is. */
void scope_context(struct detect_scope *s, const char *key, struct bytes value, bool json);
void scope_bypass(struct detect_scope *s); /* the flow is not to be looked at after this turn */

/* Regular expressions that a keyword brought: compile at parse() with regex_compile, use the worker's scratch here. */
struct regex_scratch;
struct regex_scratch *scope_regex_scratch(const struct detect_scope *s);
/* Memory until the end of this inspection. */
struct arena *scope_arena(const struct detect_scope *s);

#endif
