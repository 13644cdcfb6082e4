/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lag - a time that no recent packet was before: what sweeps go by.
 *
 * Captures are not always in order: packets of several queues are mixed by milliseconds, captures with years between them are
 * put behind one another or into one another.  The earliest time stamp of the last LAG_PACKETS to twice as many is safe to
 * sweep by in all of these; it may go back.  Inside flow/ only; its owner's thread.
 */
#ifndef FLOW_LAG_H
#define FLOW_LAG_H

#include <stdint.h>

#define LAG_PACKETS 128

struct lag {
    uint64_t latest;         /* the last time stamp */
    uint64_t before, now;    /* the earliest of the block of packets before this one, and of this one */
    unsigned left;           /* packets until the next block */
};

static inline void lag_init(struct lag *l) { *l = (struct lag){ .now = UINT64_MAX, .left = LAG_PACKETS }; }

static inline void lag_feed(struct lag *l, uint64_t ts)
{
    l->latest = ts;
    if (ts < l->now) {
        l->now = ts;
    }
    if (--l->left == 0) {
        l->left = LAG_PACKETS;
        l->before = l->now;
        l->now = UINT64_MAX;
    }
}

/* ns; 0 until there were LAG_PACKETS. */
static inline uint64_t lag_time(const struct lag *l) { return l->before < l->now ? l->before : l->now; }

#endif
