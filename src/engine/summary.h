/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * summary - what a run saw, for a person: hosts, protocols, alerts.  Bounded.
 *
 * Each worker fills one of its own as its flows end; the engine joins them after the run.
 */
#ifndef ENGINE_SUMMARY_H
#define ENGINE_SUMMARY_H

#include "flow/flow.h"

#define SUMMARY_HOSTS_MAX 65536 /* further hosts only count */

struct summary_host {
    struct addr addr;
    uint64_t flows, bytes, first, last; /* bytes sent */
    uint8_t family;
};

/* What the memory caps took from the run. */
enum summary_cap { CAP_FLOWS, CAP_NO_FLOW, CAP_SESSIONS, CAP_SEGMENTS, CAP_APPS, CAP_TXNS, CAP_DATAGRAMS, SUMMARY_CAP_N };
struct summary_cap_row {
    const char *setting, *key, *what;
};
extern const struct summary_cap_row summary_caps[SUMMARY_CAP_N];

struct summary {
    struct summary_host *host;     /* open addressing, room a power of two */
    size_t host_n, host_room;
    uint64_t hosts_more;           /* hosts not kept */
    bool hosts_unasked;            /* none is kept */
    uint64_t flows, by_proto[PROTO_IDS]; /* by protocol id; 0 not recognised or none of ours */
    uint64_t first, last;          /* ns, of flows */
    uint64_t cap[SUMMARY_CAP_N];
};

void summary_init(struct summary *s);
void summary_fini(struct summary *s);
void summary_flow(struct summary *s, const struct flow *f, unsigned app_id);
void summary_join(struct summary *into, const struct summary *from);
/* Hosts by bytes, most first; the array is the caller's to free. */
struct summary_host *summary_hosts(const struct summary *s, size_t *n);

#endif
