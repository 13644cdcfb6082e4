/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * aware - the map of the network, kept beside the workers: what the engine calls.
 *
 * Each worker has a tap.  On the worker's thread it looks at views, transactions and ends of flows, and puts what they tell of
 * hosts into a ring of its own (observe.h).  One thread takes the rings in the order of turns, so the map is the same for any
 * number of workers and any batch size, and keeps the map (map.h).  Its events leave through an event ring like a worker's.
 *
 * Owner: the engine.  aware_new, aware_start and aware_stop on its thread; a tap's calls on its worker's; what reading offers
 * (read.h) on any thread.
 */
#ifndef AWARE_AWARE_H
#define AWARE_AWARE_H

#include "aware/print.h"
#include "aware/read.h"
#include "base/turn.h"
#include "event/event.h"
#include "facts/hosts.h"
#include "flow/stream.h"

struct aware_settings {
    bool on;
    uint64_t memcap;       /* bytes of the whole map; beyond, hosts that were never seen to be answered give way, then the longest unseen */
    uint32_t silent, gone; /* seconds without a packet until a host is told silent, and gone */
    const struct prints *tables; /* what signs mean, as `prints` names them; borrowed, NULL: nothing is known of them */
    const char *dir;       /* where the map is kept, with its history; NULL: nowhere */
    uint64_t history;      /* bytes of it */
    const char *prints;    /* folder of tables of fingerprints; NULL: those built in */
    void (*say)(void *ctx, const struct err *e); /* of rows there that are wrong; may be NULL */
    void *say_ctx;
    bool facts;            /* rules ask what is known of hosts */
    bool ordered;          /* reading files: observations wait for capture order, and none is lost */
};
extern const struct option_row aware_options[];
extern const unsigned aware_option_n;

enum aware_counter {
#define COUNTER(id, name, kind, help) id,
#include "aware/counters.list"
#undef COUNTER
    AWARE_COUNTER_N
};
extern const struct counter_row aware_counters[];

/* Marks the protocols whose signs are made on demand (FIELD_DEMAND); by protocol id - 1. */
void aware_asks(bool asked[PROTO_IDS]);
struct aware_tap;
/* Where a worker's tap stands: what each packet asks, a line of memory. */
struct aware_now {
    uint64_t turn, ts;
    uint64_t clock;        /* the latest time so far */
    uint64_t jumps;        /* of time, an hour or more: the map may have forgotten what was told before */
    bool facts;            /* rules may ask what is known of hosts */
    bool later;            /* within a batch: what is told goes to the map when that is through */
    unsigned staged;       /* observations that wait to go */
    uint64_t watch_until;  /* beyond it none of those who announced themselves matters */
    uint64_t watch_bits;   /* one for the last byte of each that does, modulo 64 */
};
struct aware *aware_new(const struct aware_settings *s, const struct event_settings *events, unsigned workers, struct turns *turns, struct err *err);
bool aware_start(struct aware *a, struct err *err);
/* All workers have ended: it takes what is left of their rings, tells what is due, and ends; aware_stop waits for that.  a may be NULL. */
void aware_end(struct aware *a);
void aware_stop(struct aware *a);
bool aware_kept(const struct aware *a); /* … and all of it is in its folder, where it has one; a may be NULL */
void aware_free(struct aware *a);
struct aware_tap *aware_tap(struct aware *a, unsigned worker);
struct event_ring *aware_ring(struct aware *a);       /* its events, for the thread that writes */
void aware_share_bell(struct aware *a, struct event_ring *first); /* who reads that one too sleeps once for both */
bool aware_running(const struct aware *a);            /* false: nothing more will come of it */
void aware_counts(struct aware *a, uint64_t out[AWARE_COUNTER_N]); /* as they stand; any thread */
struct hosts *aware_hosts(struct aware *a);           /* what read.h asks */

/* ---- a worker's calls; tap may be NULL: nothing happens ---- */

/* Live: from now on rules ask what is known of hosts.  Reading files, settings.facts says it from the start. */
void aware_tap_asks(struct aware_tap *t);
/* What is known of the host, as of a little while before this turn; NULL: nothing. */
const struct host_fact *aware_tap_host(const struct aware_tap *t, uint32_t tenant, const struct addr *a, enum family family);

void aware_tap_facts(struct aware_tap *t, uint64_t number);
/* The turn that all of the following belongs to: a packet's number and time, or what stands for it at a flow's end (time 0).  Every
 * worker's tap is told of every packet. */
static inline void aware_tap_turn(struct aware_tap *t, uint64_t number, uint64_t ts)
{
    const uint64_t hour = 3600000000000ULL;
    struct aware_now *n = (struct aware_now *)t; /* its first member */

    if (t == NULL) {
        return;
    }
    n->turn = number;
    if (ts != 0) {
        if (ts - n->ts > hour) { /* forward, or any way back */
            n->jumps += ts - n->ts + hour > 2 * hour;
        }
        n->ts = ts;
        n->clock = ts > n->clock ? ts : n->clock;
    }
    if (n->facts) {
        aware_tap_facts(t, number);
    }
}
/* A view, whoever owns it, before its turn: every worker takes note of hosts that announce themselves. */
void aware_tap_announced(struct aware_tap *t, const struct view *v);
static inline void aware_tap_passing(struct aware_tap *t, const struct view *v)
{
    if (t != NULL && (view_has(v, LAYER_ARP | LAYER_ICMP6) || v->control == CONTROL_RARP)) {
        aware_tap_announced(t, v);
    }
}
/* A view of the worker's own, after its flow, its session and its protocol took it. */
void aware_tap_view(struct aware_tap *t, const struct view *v, struct flow *f, enum side side);
/* What transactions told in this turn; view NULL: the flow ends.  Before they are released. */
void aware_tap_transactions(struct aware_tap *t, struct flow *f, const struct view *v, enum side side);
/* What was told goes to the map. */
void aware_tap_settle(struct aware_tap *t);
/* A view, or a flow's end, is through. */
static inline void aware_tap_through(struct aware_tap *t)
{
    const struct aware_now *n = (const struct aware_now *)t;

    if (t != NULL && n->staged != 0 && !n->later) {
        aware_tap_settle(t);
    }
}
/* A batch begins, and is through.  alone: no other worker waits for this one's turns, which the map takes as told (collect.c); what is told goes all at once
 * then, by code and memory that are at hand. */
static inline void aware_tap_batch(struct aware_tap *t, bool alone)
{
    if (t != NULL) {
        ((struct aware_now *)t)->later = alone;
    }
}
static inline void aware_tap_batch_end(struct aware_tap *t)
{
    aware_tap_batch(t, false);
    aware_tap_through(t);
}
void aware_tap_flow_end(struct aware_tap *t, const struct flow *f);

#endif
