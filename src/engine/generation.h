/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * generation - the rules of an engine, one set after the other, and from which packet on each is looked with.
 *
 * One thread at a time adds a generation (the engine's lock sees to it); workers go from one to the next between two packets,
 * each in order, and note where they are.  A set is freed when every worker has left it.  What a set asks of the protocols
 * is with it; what was asked once stays asked, so that nothing under way loses its footing.
 */
#ifndef ENGINE_GENERATION_H
#define ENGINE_GENERATION_H

#include "base/epoch.h"
#include "detect/detect.h"
#include "engine/tenants.h"
#include "proto/driver.h"

struct generation {
    _Atomic(struct generation *) next;
    struct ruleset *rules;        /* NULL: none; freed with it */
    struct tenant_set *tenant;    /* rules of tenants, the same; NULL: none */
    unsigned tenant_n;
    struct reputation *reputation; /* that they ask, kept with them */
    struct proto_settings proto;  /* the settings' with what rules ask */
    bool hosts;                   /* some rules ask what the map knows */
    bool pdus;                    /* some rules take a session without its SYN for one */
    uint64_t from;                /* number of the first packet it is looked at with; 0: the next one */
    uint64_t number;
};

struct generations {
    struct generation *first;     /* the oldest that a worker may be at: where a run begins */
    struct generation *last;
    struct epoch epoch;           /* a worker's mark is the number of its generation */
    bool running;
};

void generation_free(struct generation *g);
struct ruleset *generation_tenant(const struct generation *g, uint32_t id); /* NULL: that tenant has no rules of its own */
/* Takes g over; what no worker looks at any more is freed. */
void generations_add(struct generations *s, struct generation *g);
/* A run of so many workers begins, at s->first; ends. */
void generations_begin(struct generations *s, unsigned workers);
void generations_end(struct generations *s);
void generations_tidy(struct generations *s);
unsigned generations_held(const struct generations *s); /* sets that are not freed yet */
void generations_fini(struct generations *s);

#endif
