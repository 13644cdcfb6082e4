/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * generate - traffic made from rules: for each rule a flow that must raise it, and near misses that must not.
 *
 * Reads the rule tree, finds bytes that meet its conditions, builds the session they are sent in, and writes it all into one
 * pcapng file.  A near miss is the hit with one condition broken: a byte, a distance, a size, a port, the direction, the state of the
 * session, a bit.  What comes out is checked by an evaluator of its own (holds.c), which shares no code with detect/.
 * The same rules give the same bytes.  One thread; the caller's rules must outlive the generator.
 */
#ifndef GENERATE_GENERATE_H
#define GENERATE_GENERATE_H

#include "rule/rule.h"

enum { GENERATE_WHY = 96 };

/* One flow, or several between the same two hosts where a rule counts. */
struct generated {
    const struct rule *rule;
    bool hit;                      /* the rule must be raised */
    char what[GENERATE_WHY];       /* a near miss: the condition that is broken */
    struct addr src, dst;          /* who opens the flow, and with whom: no other row has the pair */
    uint16_t sport, dport;         /* of the last flow */
    uint8_t proto;
    bool v6;
    uint32_t first, last;          /* frame numbers, from 1 */
};
/* A rule that nothing could be made for. */
struct generated_not {
    const struct rule *rule;
    char why[GENERATE_WHY];
};

struct generate_settings {
    unsigned misses;               /* near misses for a rule at most */
    uint64_t seed;
};

struct generator;
/* Writes to `path`.  The rules are all that are loaded: whose bits a rule asks is looked for among them. */
struct generator *generator_new(const struct rules *rules, const char *path, const struct generate_settings *s, struct err *err);
/* False when nothing can be made: then it is among the generated_not.  False with err set: the file cannot be written. */
bool generator_rule(struct generator *g, const struct rule *r, struct err *err);
bool generator_close(struct generator *g, struct err *err);   /* the file is whole after it; rows stay */
const struct generated *generator_rows(const struct generator *g, size_t *n);
const struct generated_not *generator_nots(const struct generator *g, size_t *n);
void generator_free(struct generator *g);

#endif
