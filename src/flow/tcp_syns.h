/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tcp_syns - what SYNs and SYN/ACKs promise, kept while it is not known which of several counts, and the session made of them.
 *
 * Only tcp_open.c and tcp_syn_recv.c include this.
 */
#ifndef FLOW_TCP_SYNS_H
#define FLOW_TCP_SYNS_H

#include "flow/tcp.h"

enum { PROMISE_TS = 1, PROMISE_WSCALE = 2, PROMISE_SACK = 4 };
struct promise {
    uint32_t seq, ack, ts, sec;
    uint16_t window;
    uint8_t flags, wscale;
};

struct syn_list {
    size_t room; /* of the block */
    unsigned n;
    struct promise p[]; /* SYNs: oldest first; SYN/ACKs likewise */
};

/* Room for one more of at most max; false: no memory, or full. */
bool syn_list_push(struct turn *t, unsigned max, const struct promise *p);
/* What the packet itself promises; seq and ack are the caller's matter. */
struct promise promise_of(const struct turn *t);
/* The SYN that counts. */
void take_syn(struct session *ssn, const struct promise *p);
/* The SYN/ACK that counts: the server's numbers, and what both agreed on. */
void take_synack(struct turn *t, const struct promise *p);

static inline void dir_timestamp(struct tcp_dir *d, uint32_t value)
{
    d->last_ts = value;
    if (value == 0) {
        d->flags |= DIR_ZERO_TIMESTAMP;
    }
}

static inline void no_timestamps(struct session *ssn)
{
    ssn->dir[0].last_ts = 0;
    ssn->dir[1].last_ts = 0;
}

static inline void set_flag(struct session *ssn, unsigned flag, bool on)
{
    ssn->flags = (uint16_t)(on ? ssn->flags | flag : ssn->flags & ~flag);
}

#endif
