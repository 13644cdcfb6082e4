/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hunt - rules over the record: what can match is found in the index and the sketches, and run through the engine again.
 *
 * A plan chooses flows: those that can have a rule's literals, ends and protocols.  What a rule's state over flows needs (thresholds,
 * bits of hosts, datasets) comes along, since all its rules' candidates are run together, in the order they were recorded in.
 * Nothing that a full run would find is left out; what was not recorded is told.
 */
#ifndef HUNT_HUNT_H
#define HUNT_HUNT_H

#include "engine/engine.h"
#include "engine/recorded.h"
#include "hunt/search.h"

struct hunt_limits {
    struct search_limits alive;
    const struct hunt_key {      /* of rules made for what flows are found by */
        uint32_t sid;
        const uint32_t *hash;
        unsigned n;
    } *keys;
    unsigned key_n;
    uint16_t key_source;         /* where those rules are from: others have numbers of their own */
    struct sift_settings sift;   /* decode NULL: bytes of flows are not looked at before the engine does */
    bool midstream;              /* the settings follow sessions without their beginning */
};

struct hunt_rule {
    struct need need;
    uint64_t flows;              /* parts of flows that it names */
};

struct hunt_plan {
    struct record *record;
    struct choice *chosen;
    struct sift *sift;           /* takes flows that are to be looked at first; NULL: none */
    struct sift_cost sifted;     /* … what they come to */
    struct recorded_places places; /* where lies what was looked at */
    struct recorded chosen_all;
    struct hunt_rule *rule;
    unsigned rule_n;
    uint64_t flows, flows_all, packets, packets_all, bytes, bytes_all, blocks, blocks_all;
    size_t other_sight;          /* segments recorded under settings that see other things: all flows there are run */
    uint64_t cut_packets;        /* of chosen flows, not recorded */
    double seconds;              /* of a processor, predicted, those of the plan included */
    _Atomic uint64_t looked, ran, to_run, alerts; /* how far it is, for who watches: packets sifted, run by the engine, to be; of runs that ended */
};

/* Finds rules that ask for bits that none of the others sets, and those that tell nothing and set bits for which none asks. */
void hunt_bits(struct hunt_rule *rule, unsigned n);
/* False with err: no memory.  `rules`: borrowed as long as the plan. */
bool hunt_plan(struct hunt_plan *p, struct record *r, const struct rule *const *rules, unsigned n, const struct hunt_limits *l, struct err *err);
/* Looks at the bytes of flows whose rules ask for some: the plan is about what is left then.  False with err: no memory. */
bool hunt_sift(struct hunt_plan *p, const _Atomic bool *stop, struct err *err);
void hunt_plan_fini(struct hunt_plan *p);

/* Runs the engine, with its rules loaded, over what the plan chose.  `done` is told after each run of the recorder. */
struct hunt_result {
    uint64_t alerts, packets;
    unsigned runs;
    bool failed;                 /* something of it could not be read */
};
bool hunt_run(struct engine *e, struct hunt_plan *p, const char *log_dir, struct hunt_result *result, const _Atomic bool *stop, struct err *err);

#endif
