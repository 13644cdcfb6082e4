/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * defrag - IP fragments into datagrams, with the seven overlap policies.
 *
 * One per worker, that worker's thread only; reading files every worker runs all fragments, and acts on what it owns.
 * A datagram's bytes belong to the defragmenter until defrag_done, at the end of the frame's turns.  Caps: memory, trackers,
 * fragments; what is given up is counted.  Trackers expire by packet time.
 */
#ifndef FLOW_DEFRAG_H
#define FLOW_DEFRAG_H

#include "base/arena.h"
#include "base/rows.h"
#include "facts/facts.h"
#include "packet/packet.h"

enum defrag_policy { DEFRAG_FIRST, DEFRAG_LAST, DEFRAG_BSD, DEFRAG_BSD_RIGHT, DEFRAG_LINUX, DEFRAG_WINDOWS, DEFRAG_SOLARIS };

struct defrag_settings {
    bool enabled;
    uint64_t memcap;       /* bytes */
    uint32_t trackers, max_frags;
    uint32_t timeout;      /* seconds */
    uint64_t seed;
    bool guarded;          /* inline: a datagram that a target may put together otherwise does not go on (defrag_refused) */
    bool any_vlan, any_tenant; /* fragments of one datagram may come by several */
};
extern const struct option_row defrag_options[];
extern const unsigned defrag_option_n;

struct defrag;
struct defrag *defrag_new(const struct defrag_settings *s);
void defrag_free(struct defrag *d);
/* Gives in one fragment view.  When it completes a datagram: true and *datagram (its IP header has the fragment fields
 * cleared).  Notes go onto the view. */
bool defrag_add(struct defrag *d, struct view *fragment, const struct facts *facts, struct datagram *datagram);
/* Guarded: the fragment that defrag_add was given does not go on: bytes of its datagram differ, or lived on another way (their TTL), so
 * that those which arrive may make another datagram.  Nor does any that follows, until its time is over.  Or its target discards it. */
bool defrag_refused(const struct defrag *d);
/* There was no memory for the fragment that defrag_add was given.  Guarded, the others of its datagram stay, so that it may come again;
 * else the datagram is lost. */
bool defrag_starved(const struct defrag *d);
void defrag_done(struct defrag *d); /* the bytes of all datagrams may go */
enum defrag_counter {
#define COUNTER(id, name, kind, help) id,
#include "flow/defrag_counters.list"
#undef COUNTER
    DEFRAG_COUNTER_N
};
void defrag_cap(struct defrag *d, uint64_t bytes); /* another memcap, 0: none; what is out stays */
uint64_t defrag_used(struct defrag *d);
uint64_t *defrag_counters(struct defrag *d); /* reading files every worker counts all fragments: only one worker's count */
extern const struct counter_row defrag_counters_rows[];
extern const unsigned defrag_counter_n;

#endif
