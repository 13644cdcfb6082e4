/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * compiler - what the files that compile a ruleset share; nobody else includes this.
 *
 * Lives on the rule thread's stack for one detect_compile.
 */
#ifndef DETECT_COMPILER_H
#define DETECT_COMPILER_H

#include "detect/ruleset.h"

/* An open-addressed table from hashes to indices; who asks compares. */
struct index_table {
    uint64_t *hash;
    uint32_t *value;
    uint32_t room, n;
};
struct compiler {
    struct ruleset *r;
    const struct detect_settings *settings;
    struct index_table regexes, headers, buffers;
    struct { const char *pattern; uint32_t options; } *regex_key;
    uint32_t regex_room, header_room, buffer_room;
    uint32_t refused;      /* rules that could not be compiled */
};

bool index_table_init(struct index_table *t, uint32_t expected);
void index_table_fini(struct index_table *t);
/* The next value under `hash` from *at on (start with 0); UINT32_MAX: none. */
uint32_t index_table_next(const struct index_table *t, uint64_t hash, uint32_t *at);
bool index_table_put(struct index_table *t, uint64_t hash, uint32_t value);

/* program.c: the matches over one buffer, compiled; NULL with err. `base64`: what base64_decode leads to; NULL. */
const struct program *program_make(struct compiler *c, const struct group *g, const struct program *base64, struct err *err);
/* The same expression with the same options is compiled once for all rules. */
const struct regex *regex_of(struct compiler *c, const char *pattern, uint32_t options, struct err *err);
/* order.c: sorts the rules into the order they are inspected in. */
bool rules_order(struct rule **rule, uint32_t n, const struct detect_settings *s);
/* buffers.c: the distinct buffer of a group; NO_BUFFER: no such name. */
uint16_t buffer_of(struct compiler *c, const struct group *g, struct err *err);
/* transform.c: its data is a pattern until the ruleset is compiled, a regex then. */
bool transform_is_regex(const struct transform_row *row);
/* plan.c */
bool plan_make(struct compiler *c, struct plan *p, const struct rule *r, struct err *err);
/* Does the protocol's state go by that name? */
bool state_is(const struct proto *proto, unsigned side, const struct proto_state *st, const char *name);
/* firewall_tables.c: the tables of the firewall and their rules. */
bool ruleset_firewall(struct compiler *c, struct err *err);
/* files.c: what the rule asks of files before it can be tried on one, and whether it stores them. */
void plan_files(struct plan *p);
/* fast.c: chooses the rule's literal. */
void plan_choose_fast(struct compiler *c, struct plan *p);
/* index.c, txn_index.c */
bool prefilter_make(struct compiler *c, struct prefilter *f, const uint32_t *rule, uint32_t n, struct err *err);
void prefilter_fini(struct prefilter *f);
bool ruleset_index_packets(struct compiler *c, struct err *err);
bool ruleset_index_addresses(struct compiler *c, struct err *err);
bool ruleset_index_txns(struct compiler *c, struct err *err);

#endif
