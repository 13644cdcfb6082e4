/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cost - what each rule's own check takes: one check in so many is timed, whichever rule it is of.
 *
 * A worker's own, by rule index.  The search for patterns that all rules share is in no rule's time.
 */
#ifndef DETECT_COST_H
#define DETECT_COST_H

#include <stdint.h>

struct rule_cost {
    uint64_t timed;         /* checks that were timed */
    uint64_t ns;            /* … what they took */
    uint64_t stopped;       /* searches a limit ended, of all checks */
};

struct cost_sampling {
    uint32_t every;         /* one check in so many, on average; 0: none */
    uint32_t wait;          /* checks until the next that is timed; 0: none is */
    uint32_t spread;        /* state of the numbers that keep it from beating with the traffic */
    uint64_t began;         /* of the check being timed; 0: none */
    struct rule_cost *rule; /* [plan_n] */
};

struct detect;
void cost_init(struct cost_sampling *c, uint32_t every);
void cost_begin(struct cost_sampling *c);
void cost_end(struct detect *d); /* of the rule in scope */

#endif
