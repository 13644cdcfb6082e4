/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * case - what was found, kept: its packets, events and what the map says of its hosts in one folder, which outlives the record.
 *
 * A folder holds events.json (records as they were told), packets.pcapng (all packets of their flows), hosts.json (of a map that is
 * kept: each end as it was at the time of its event, an object a line), case.json (what it was made of), and MANIFEST.sha256 in the
 * form that sha256sum -c reads.  Control code only.
 */
#ifndef HUNT_CASE_H
#define HUNT_CASE_H

#include "record/read.h"

/* Hosts of a map in a folder, as they were at `at` (ns): lines of JSON for `address` into `out`.  False with err. */
typedef bool (*case_hosts)(void *ctx, const char *address, uint64_t at, struct text *out, struct err *err);

struct case_wish {
    const char *dir;             /* made; events.json is there, or `events` goes into it */
    struct bytes events;         /* lines of JSON with flow_id; none: events.json is there already */
    const char *about;           /* JSON object for case.json */
    case_hosts hosts;            /* NULL: no map is kept */
    void *hosts_ctx;
};
struct case_made {
    uint64_t events, flows, packets;
    uint64_t apart;              /* lines without flow_id, of which no packets are kept */
    uint64_t missing;            /* events whose flow is not in the record */
    uint64_t hosts_left;         /* ends of events that the map was not asked about: there are too many */
};
bool case_make(const struct case_wish *w, struct record *r, struct case_made *made, const _Atomic bool *stop, struct err *err);
/* False with err: the folder has one, or what is of none. */
bool case_none(const char *dir, struct err *err);
void case_leave(const char *dir); /* there is nothing to keep: what was begun there goes */
/* Are the files of a case what its manifest says?  Each that is not is told; how many in *bad.  False with err: it is no case. */
bool case_check(const char *dir, void (*say)(void *ctx, const char *file, const char *what), void *ctx, unsigned *bad, struct err *err);

#endif
