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
    struct literals_store *patterns;
    struct index_table regexes, headers, buffers;
    struct { const char *pattern; uint32_t options; } *regex_key;
    uint32_t regex_room, header_room, buffer_room;
    uint32_t refused;      /* rules that could not be compiled */
    uint8_t *common;       /* guard.c's: how many rules have a literal */
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
/* follow.c: what each rule is, whatever its place. */
bool ruleset_identify(struct compiler *c, struct err *err);
/* firewall_tables.c: the tables of the firewall and their rules. */
bool ruleset_firewall(struct compiler *c, struct err *err);
/* files.c: what the rule asks of files before it can be tried on one, and whether it stores them. */
void plan_files(struct plan *p);
/* fast.c: chooses the rule's literal. */
void plan_choose_fast(struct compiler *c, struct plan *p);
/* guard.c: by what a rule about packets is found. */
enum { GUARD_PORTS = 16 };
enum guard_kind { GUARD_NONE /* asked of each packet */, GUARD_LITERAL, GUARD_DPORT, GUARD_SPORT, GUARD_SIZE };
struct guard {
    uint8_t kind;          /* enum guard_kind */
    unsigned key_n;        /* ports, or the payload's size */
    uint16_t key[GUARD_PORTS];
};
struct guard_literal {
    struct bytes bytes;
    bool nocase;
    uint32_t from, depth;  /* as struct literal has them */
};
bool guards_init(struct compiler *c, struct err *err);
void guards_fini(struct compiler *c);
struct guard guard_of(const struct compiler *c, const struct plan *p, bool has_ports);
/* The literal it is found by, in whichever buffer; a rule that has one. */
struct guard_literal guard_literal(const struct compiler *c, const struct plan *p);
/* Its literal is in the payload and can filter. */
bool plan_filters_payload(const struct plan *p);
/* index.c, txn_index.c */
bool prefilter_make(struct compiler *c, struct prefilter *f, const uint32_t *rule, uint32_t n, struct err *err);
void prefilter_fini(struct prefilter *f);
bool ruleset_index_packets(struct compiler *c, struct err *err);
bool ruleset_index_addresses(struct compiler *c, struct err *err);
bool ruleset_index_txns(struct compiler *c, struct err *err);

#endif
