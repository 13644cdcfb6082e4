/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cost - what each rule's own check takes: one check in so many is timed, whichever rule it is of.
 *
 * A worker's own, by rule index.  The search for patterns that all rules share is in no rule's time.  Nor is what the processor did for
 * others meanwhile: the clock on the wall is cheap and taken at its word up to COST_DOUBTFUL; a longer check counts as that much, and
 * those of its rule are timed by the thread's own clock from then on, until one is short again.
 */
#ifndef DETECT_COST_H
#define DETECT_COST_H

#include <stdbool.h>
#include <stdint.h>

enum { COST_DOUBTFUL = 20000 }; /* ns; few checks take that long, and few of the processor's pauses less */

struct rule_cost {
    uint64_t timed;         /* checks that were timed */
    uint64_t ns;            /* … what they took */
    uint64_t stopped;       /* searches a limit ended, of all checks */
    bool slow;              /* its last timed check was a long one */
};

struct cost_sampling {
    uint32_t every;         /* one check in so many, on average; 0: none */
    uint32_t wait;          /* checks until the next that is timed; 0: none is */
    uint32_t spread;        /* state of the numbers that keep it from beating with the traffic */
    uint64_t began;         /* of the check being timed; 0: none */
    uint64_t began_thread;  /* … by the thread's clock; 0: not asked */
    struct rule_cost *rule; /* [plan_n] */
};

struct detect;
void cost_init(struct cost_sampling *c, uint32_t every);
void cost_begin(struct cost_sampling *c, uint32_t rule);
void cost_end(struct detect *d); /* of the rule in scope */

#endif
