/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * gate - what the kernel does by itself with frames of an interface: those of hosts that are kept out go no further, those of flows that
 * need no more inspection are not given to us; those of a bridge go straight out by the other interface.
 *
 * Programs over two tables that all interfaces of a run share.  Hosts are looked up by XDP, before the system makes a packet of a frame.
 * Flows are looked up there too on a bridge, and by a filter on each packet ring else.  An offloaded flow is not
 * forgotten: a frame of each offloaded flow is shown to us every few seconds, and all that begin or end a session, so that its owner knows
 * that it lives, and takes the entry and its counts when it ends.  Frames with tags, fragments and frames longer than the other
 * interface takes are always given to us.  Bounded; the programs go with the end of the run, however it ends.
 *
 * A gate is made once, before there are threads, and freed behind them; hosts and flows come and go by any thread, interfaces by one.
 */
#ifndef SOURCE_GATE_H
#define SOURCE_GATE_H

#include "base/addr.h"
#include "base/err.h"
#include "source/source.h"

struct gate;
struct gate_settings {
    bool hosts, flows;      /* what it is for */
    uint32_t mode;          /* enum gate_mode */
};
enum gate_mode { GATE_AUTO, GATE_GENERIC, GATE_NATIVE };
struct gate *gate_new(const struct gate_settings *s, struct err *err);
void gate_free(struct gate *g);
/* XDP on an interface, also on one that was made again; `out`: of a bridge, where flows go on by; NULL: nowhere.  False: it cannot, err says why. */
bool gate_attach(struct gate *g, const char *in, const char *out, struct err *err);
/* A filter for a packet socket in place of its own: frames that the machine sends (unless `own`) and offloaded flows are left out. */
bool gate_filter(struct gate *g, int fd, unsigned interface, bool own, struct err *err);
/* Steps of a program of somebody else's on an interface come behind those for hosts that are kept out. */
struct bpf_making;
void gate_write_hosts(const struct gate *g, struct bpf_making *m);

/* A host is kept out for so long from now on; 0: no more.  False: the table is full, or there is none. */
bool gate_host(struct gate *g, const struct addr *a, uint64_t ns);

/* One direction of a flow that comes in by an interface. */
struct gate_flow {
    struct addr src, dst;
    uint16_t sport, dport;
    uint8_t proto;          /* TCP or UDP */
    unsigned interface;
};
bool gate_flow_add(struct gate *g, const struct gate_flow *f);
/* Ends it; what went past us is added to `out`.  False: it was not there. */
bool gate_flow_end(struct gate *g, const struct gate_flow *f, struct gate_counts *out);
/* A frame with tags has come: for a minute no flow is offloaded, and none that was is, since the kernel may have taken a tag off before the
 * program sees it. */
void gate_tagged(struct gate *g);

struct gate_numbers {
    uint64_t dropped, passed; /* frames: of hosts that are kept out; of offloaded flows */
};
struct gate_numbers gate_numbers(const struct gate *g);

#endif
