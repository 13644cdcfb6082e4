/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * protos - the driver's own inside, shared by its files (driver.c, recognise.c, txn.c, record.c) and nobody else.
 *
 * One per worker, that worker's thread only.  Owns the page pool that conns and transactions take from, and the
 * counters; borrows settings, flow table and streams from the engine.
 */
#ifndef PROTO_PROTOS_H
#define PROTO_PROTOS_H

#include "file/file.h"
#include "proto/driver.h"
#include "proto/protos_counters.h"

struct protos {
    const struct proto_settings *settings;
    struct flow_table *flows;
    struct streams **streams;
    struct pages *pages;
    struct file_magic *magic;
    struct memo *memo;            /* NULL: no memory for one */
    struct file_store *store;     /* NULL: no files are kept */
    struct ranges *ranges;        /* of all workers; NULL: none */
    unsigned worker;
    const struct proto_offer *offer; /* NULL: nobody is told */
    enum side reading;            /* whose bytes a protocol was given last */
    const struct conn *input_of;  /* the bytes of the step under way, whose they are, and where in its stream */
    struct bytes input;
    uint64_t input_at;
    const struct eve_settings *rendering; /* the output whose record is being made; NULL: none */
    uint64_t number, ts;          /* the turn */
    struct conn *spare;           /* the last one that went to rest, as a new one is; NULL: none */
    unsigned spare_state;         /* id of the protocol whose state it still has */
    uint64_t counter[PROTO_COUNTER_N];
    uint64_t each[PROTO_IDS][PROTOS_EACH_N];
};

#define PROTO_STEPS_MAX 100000 /* frames of one delivery: a bound against a frame() that does not move */

struct conn *conn_make(struct protos *p, struct flow *f, bool datagram);
struct conn *conn_new(struct protos *p, struct flow *f);    /* of a flow of datagrams */
void conn_take(struct conn *c, unsigned id);                /* the protocol is known: state and counters */
void conn_unknown(struct conn *c, enum side side, struct bytes first); /* no protocol knows these first bytes: which application? */
void conn_state_make(struct conn *c);                       /* what the protocol keeps of the flow, cleared */
void conn_drop(struct conn *c);                             /* frees a conn and its children */
void conn_state_drop(struct conn *c);                       /* ends what the protocol kept of the flow */
void driver_note(struct conn *c, unsigned note);
struct conn_notes *conn_notes_make(struct conn *c);         /* NULL: no memory */
/* Runs the protocol over b; how many bytes it consumed. */
size_t conn_feed(struct conn *c, enum side side, struct bytes b, bool eof);
void conn_gap(struct conn *c, enum side side, uint64_t n);
void conn_finish(struct conn *c);

/* The direction's own span of the protocol in force begins here; those of the one before end. */
void conn_span_stream(struct conn *c, enum side side);
void conn_spans_switch(struct conn *c);
void conn_spans_become(struct conn *c, unsigned id);

/* What the first bytes of one direction are.  PROTO_NONE: need more; PROTO_FAILED: none of ours. */
struct recognised {
    unsigned id;
    bool reversed;
};
bool recognised_at_home(const struct protos *p, const struct flow *f, unsigned id); /* over datagrams: is one of the flow's ports the protocol's? */
struct recognised recognise(struct protos *p, struct flow *f, struct conn *c, enum side side, struct bytes b, bool whole);

void txn_free(struct txn *t);
void txn_due_not(struct txn *t, unsigned side); /* no turn of that side is about it until something new comes */
void txn_files_fini(struct txn *t);
/* The file is closed and rules are done with it: it is stored or let go.  False: not yet. */
bool txn_file_passed(struct txn *t, struct file *f, bool all);
void txn_finish(struct txn *t); /* both sides complete, by force */

#endif
