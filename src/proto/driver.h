/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * driver - runs protocols over flows: recognition, framing, transactions, budgets, change of protocol.
 *
 * One `struct protos` per worker, made and freed by the engine, that worker's thread only.  The worker feeds it bytes
 * (as the stream sink, or datagrams), lets detection and logging look at the transactions, and then releases what is done.
 */
#ifndef PROTO_DRIVER_H
#define PROTO_DRIVER_H

#include "event/event.h"
#include "base/opener.h"
#include "file/ranges.h"
#include "file/store.h"
#include "flow/stream.h"
#include "proto/apps.h"
#include "proto/proto.h"

/* One span (proto.h), as detection and records see it. */
struct span {
    struct span *next;           /* of the same direction, in the order they began */
    uint64_t offset, n;          /* stream offset (datagrams: in the payload); SPAN_OPEN: not ended yet */
    uint64_t txn;                /* its transaction's id; UINT64_MAX: none */
    uint64_t id;                 /* numbered from 1 in its direction */
    uint64_t inspected;          /* detect's mark: bytes of it that were looked at */
    const char *name;            /* of its kind; program text */
    uint32_t told[4];            /* detect's: ids of rules that matched it */
    uint8_t told_n, side;
    uint8_t kind;                /* row of the protocol's spans */
    uint16_t proto;              /* whose it is: the flow may change its protocol */
    bool logged, done;           /* done: detection has passed it for good */
    bool pdu_seen;               /* rules about PDUs have */
};
#define SPAN_STREAM 255          /* the kind of the whole direction, which every protocol with spans over TCP has: "stream" */
/* The spans of a conn: oldest first, from its arena, made with the first one. */
struct conn_spans {
    struct span *first[2], *free;
    uint64_t next[2];            /* id of the next one, less 1 */
    uint8_t n[2];
    bool stream[2];              /* the protocol in force has its span of the whole direction */
};
enum { CONN_SPANS_MAX = 64 };    /* open at a time in a direction; the oldest goes when there are more, counted */

/* Notes of no transaction, from the conn's arena, made with the first one. */
struct conn_notes {
    uint8_t n, logged;           /* the protocol's */
    uint8_t note[15];
    uint8_t driver_n, driver_logged;
    uint8_t driver[7];           /* enum driver_note, for anomaly and app-layer-event:applayer_… */
};

/* Do rules about PDUs wait for it? */
bool proto_span_waits(const struct conn *c, const struct span *s);

/* As small as can be: every flow with payload has one. */
struct conn {
    struct flow *flow;
    struct protos *protos;
    struct arena arena;
    void *state;
    /* From here on all is 0 in a new one, but for `datagram`. */
    const struct proto *proto;   /* NULL: not (yet) recognised */
    struct conn *child, *parent; /* proto_child: list of inner ones */
    struct conn *sibling;
    struct txn *head, *tail;
    uint64_t txn_next;           /* id of the next transaction */
    uint32_t txn_live;
    uint16_t id;                 /* protocol in force: PROTO_NONE, an id, PROTO_FAILED */
    uint16_t id_side[2];         /* as recognised in each direction (app_proto_ts, app_proto_tc) */
    uint16_t original, expected; /* before a change; announced */
    uint16_t app;                /* application, as apps.h has them; 0: none known */
    const struct bytes *announced; /* the note of the flow that announced this one; NULL: none */
    uint64_t body_left[2];       /* of a FRAME_BODY under way */
    uint64_t consumed[2];        /* stream offset up to which bytes were taken */
    uint64_t given[2];           /* stream offset of the first byte that frame(), parse() or body() has now */
    uint64_t wanted[2];          /* stream offset up to which bytes are wanted before frame() can say more */
    struct conn_spans *spans;    /* NULL: none yet */
    struct conn_notes *notes;    /* NULL: none yet */
    uint16_t looked[2];          /* bytes of the head that frame() need not look through again; of datagrams, while nothing is known: how often a side was given up on */
    bool recognised_off[2];      /* recognition has given up on that side */
    bool opaque[2], eof[2], ended[2], gap[2], started[2], resync[2];
    bool fed[2];                 /* bytes came in this turn that a parser could go on with; the worker clears it */
    bool store[2];               /* of a flow's own conn: all its files of that side from now on */
    bool encrypted : 1, switching : 1;
    bool log_off : 1;            /* a rule: no records of its transactions from now on */
    bool failed : 1;             /* a parser gave up in this turn; the flow's own conversation has it */
    bool inspected : 1;          /* of the flow's own, the worker's: rules looked at the flow in its last turn */
    uint8_t changed : 2;         /* bit per side: it was recognised in this turn, or given up, or the protocol changed */
    uint8_t untold : 2;          /* bit per side: since then no packet of that side has come */
    uint8_t app_by : 2;          /* enum app_by */
    uint8_t named : 1;           /* conn_host was called: no other name counts */
    bool datagram : 1;
};
_Static_assert(sizeof(struct conn) == 256, "with its state and the head of its arena's block six lines");

/* What a direction was recognised as: PROTO_FAILED where it was given up and the flow's protocol, or that there is none, is settled. */
static inline unsigned conn_side_id(const struct conn *c, enum side side)
{
    bool failed = c->recognised_off[side] && c->id != PROTO_NONE;

    return c->id_side[side] != PROTO_NONE ? c->id_side[side] : failed ? PROTO_FAILED : PROTO_NONE;
}

static inline void conn_changed(struct conn *c, enum side side)
{
    c->changed |= 1u << side & 3;
    c->untold |= 1u << side & 3;
}

/* The transactions that a turn of that side is about, oldest first: what changed since the last one did, or waits for its rules.  In
 * the same turn all that changed are there for either side.  `all`: every one that lives. */
static inline struct txn *txn_first_due(const struct conn *c, unsigned side, bool all)
{
    struct txn *last = all || c->head == NULL ? NULL : c->head->due_last[side];

    return last != NULL ? last->due_next[side] : all ? c->head : NULL;
}

static inline struct txn *txn_next_due(const struct txn *t, unsigned side, bool all)
{
    return all ? t->next : t != t->conn->head->due_last[side] ? t->due_next[side] : NULL;
}

/* Nothing of it is to be told, or let go, after a turn. */
static inline bool conn_is_idle(const struct conn *c) { return c->head == NULL && c->child == NULL && c->notes == NULL && c->spans == NULL; }
static inline struct span *conn_spans_first(const struct conn *c, unsigned side) { return c->spans != NULL ? c->spans->first[side] : NULL; }

/* The driver's own notes: app-layer-event:applayer_mismatch_protocol_both_directions … */
enum driver_note {
#define NOTE(id, name, gid, sid, help) id,
#include "proto/notes.list"
#undef NOTE
    DRIVER_NOTE_N
};
extern const struct note_row driver_notes[];

struct proto_settings {
    uint8_t enabled[PROTO_IDS], detection_only[PROTO_IDS]; /* by protocol id - 1, as all here; bit 0: over TCP, bit 1: over UDP */
    const struct port_set *ports_tcp[PROTO_IDS], *ports_udp[PROTO_IDS]; /* detection-ports by setting; NULL: the row's */
    void *settings[PROTO_IDS];            /* each protocol's own */
    void *log_settings[EVES_MAX][PROTO_IDS]; /* the same with the options of one eve-log output's records; NULL: nothing else */
    const void *ports;                    /* proto_ports_new(): port -> protocols to probe */
    const struct apps *apps;              /* applications beyond the protocols; NULL: they are not told */
    bool applications;                    /* they are wanted */
    bool file_types;                      /* records of files tell what they are */
    bool nameless;                        /* what a mail attaches without a name is a file */
    unsigned file_hashes;                 /* enum file_hash bits that logs or rules want of every file */
    bool spans;                           /* rules or records want spans */
    bool file_magic;                      /* the type sentence too */
    const char *magic_file;               /* libmagic's database; NULL: its own */
    bool file_data;                       /* rules look into files */
    bool bodies_unread;                   /* nobody looks into bodies or tells of them: they need no unpacking */
    struct file_store_settings store;     /* the file-store */
    struct ranges_settings ranges;        /* files put together from parts */
    struct opener_settings open;          /* containers that rules look into */
    bool open_gzip, open_zip, open_swf, open_pdf, open_tar;
    uint8_t store_rules[PROTO_IDS];       /* bit per side: rules may ask for files to be stored */
    uint64_t memcap;                      /* bytes for conns and transactions, split over workers */
    uint32_t detect_max;                  /* bytes looked at for recognition, a direction */
    uint8_t encryption_handling[PROTO_IDS]; /* 0 track-only(default), 1 bypass, 2 full */
    bool asked[PROTO_IDS];                /* rules or records want one of the protocol's fields on demand */
};

extern const struct option_row driver_options[];
extern const unsigned driver_option_n;

/* Somebody who is told all that rules could look at, whether there are any or not: the recorder, for its sketches. */
struct proto_offer {
    void *ctx;
    /* A file's name, or a piece of a body with as much of what came before as is kept; side: whose bytes were being read. */
    void (*bytes)(void *ctx, struct flow *f, enum side side, struct bytes b);
    void (*field)(void *ctx, struct flow *f, enum side side, const struct field *field, struct bytes b); /* a field of that side */
    void (*file)(void *ctx, struct flow *f, const struct file *file);                    /* it is closed, and goes */
    void (*user)(void *ctx, struct flow *f, struct bytes name);                          /* who logs in, of no field */
    void (*app)(void *ctx, struct flow *f, unsigned id);                                 /* the flow's protocol, or one inside */
    void (*blind)(void *ctx, struct flow *f);                                            /* something was not told: no memory */
    void (*coded)(void *ctx, struct flow *f);                                            /* of a body: not as it is in the stream, in one piece */
    bool alone;                           /* no rules look: what was told can be let go */
};

struct protos;
struct protos *protos_new(const struct proto_settings *s, struct flow_table *flows, struct streams **streams);
void protos_free(struct protos *p);
/* Other rules ask other things: between two turns, and only more than before. */
void protos_cap(struct protos *p, uint64_t bytes); /* another memcap, 0: none; what is out stays */
uint64_t protos_used(const struct protos *p);
void protos_ask(struct protos *p, const struct proto_settings *s);
/* Where files to keep go, borrowed; before the first turn.  It takes memory from the protocols' pool. */
void protos_keep_files(struct protos *p, struct file_store *store);
/* Where files that come in parts are put together, of all workers, borrowed; without it they are not. */
void protos_share(struct protos *p, struct ranges *ranges, unsigned worker);
/* Who is told, borrowed; before the first turn.  NULL, which costs nothing: nobody. */
void protos_offer(struct protos *p, const struct proto_offer *o);
/* At the end of a turn of that side, before what is done is released: tells what of the flow's transactions came in it. */
void proto_offer_turn(struct protos *p, struct flow *f, enum side side);
/* The turn that everything until the next call belongs to. */
void proto_turn(struct protos *p, uint64_t number, uint64_t ts);

/* The stream sink (stream.h's contract); ctx is the struct protos. */
size_t proto_stream_data(void *ctx, struct flow *f, enum side side, const struct stream_part *part);
/* A UDP datagram.  May turn the flow round (flow_swap); *side is right afterwards. */
void proto_datagram(struct protos *p, struct flow *f, enum side *side, struct bytes payload);
/* The flow ends: both sides at their end, open transactions finished.  proto_release afterwards frees everything. */
void proto_finish(struct protos *p, struct flow *f);
void proto_end(struct protos *p, struct flow *f); /* frees flow->app */
/* After a turn: flow->app of a flow of datagrams may go, where a few numbers say all of it; and it is made again of those before
 * the flow's next turn or end (NULL still: no memory, then the conversation begins anew). */
void proto_rest(struct protos *p, struct flow *f);
void proto_wake(struct protos *p, struct flow *f);
void proto_rest_end(struct protos *p); /* no flow comes any more */
/* Fetches into the cache what the flow's next bytes will need. */
void proto_ahead(const struct flow *f);

/* Who lets transactions go: passed() says that no rule waits for t. */
struct proto_release {
    bool (*passed)(void *ctx, const struct txn *t);
    void *ctx;
};
/* After detection and logging of a turn of that side: frees transactions that are complete, logged and passed.  `all`: not only
 * those that the turn is about; the flow ends, or it is another question than in the last turn whether rules look at it. */
void proto_release(struct flow *f, enum side side, const struct proto_release *by, bool all);
/* Before a flow ends: a transaction still waits for its record, or for rules on that side. */
bool proto_pending(const struct flow *f, enum side side);
/* Port table of all protocols under these settings; shared by all workers, freed by its maker. */
const void *proto_ports_new(const struct proto_settings *s);
void proto_ports_free(const void *ports);
/* The bytes of a span that are there by now, from `from` on, at most `max`; a datagram's are the turn's payload.  *have: how
 * many of it have come altogether. */
struct bytes proto_span_bytes(const struct conn *c, const struct span *s, struct bytes payload, uint64_t from, size_t max, uint64_t *have);
/* The members of a frame's object, in an object already open. */
void proto_span_log(const struct conn *c, const struct span *s, struct bytes payload, size_t payload_max, struct json *j);
/* Spans of c's direction that are done, logged (or not wanted so), or of no use to records, are given back. */
void proto_spans_release(struct conn *c, enum side side, bool logs, bool pdus);
/* The next conn of a flow: the flow's own first (prev NULL), then its children; NULL at the end. */
static inline struct conn *conn_next(const struct flow *f, const struct conn *prev)
{
    if (prev == NULL) {
        return f->app;
    }
    if (prev->child != NULL) {
        return prev->child;
    }
    while (prev != NULL && prev->sibling == NULL) {
        prev = prev->parent;
    }
    return prev != NULL ? prev->sibling : NULL;
}

uint64_t *protos_counters(struct protos *p);
extern const struct counter_row proto_counters[];
extern const unsigned proto_counter_n;

/* Renders what is due in this turn: transaction records, fileinfo, anomaly of notes. */
struct proto_log_ctx {
    struct event_out *out;
    const struct event_head *(*head)(void *of); /* of the turn, made when it is asked for: addresses as the flow has them */
    void *of;
    bool inspects;                   /* rules look at this flow: its files wait for them */
    bool all;                        /* all transactions are asked, as with proto_release */
    bool end;                        /* the flow ends: everything is due */
};
void proto_log(struct flow *f, enum side side, const struct proto_log_ctx *ctx);
bool proto_quiet(const struct flow *f); /* no transaction lives and no note is untold: proto_log and proto_release have nothing to do */
/* The protocol object of a transaction inside another record (alerts): "http": {…}, and "files". False: nothing written. */
bool proto_log_object(struct protos *p, const struct txn *t, const struct eve_settings *eve, struct json *j);

/* The client that a proxy names in the transaction's request, or (t NULL) in the first of the flow's that does. */
bool proto_proxied(const struct flow *f, const struct txn *t, const struct eve_xff *x, struct addr *out, enum family *family);
/* The file's type, from its first bytes, when enough are there; does nothing when it is known. */
void proto_file_magic(struct protos *p, struct txn *t, struct file *f);
/* A rule asks for a file to be stored; or for all of the transaction, or the flow, from now on, by sides (a bit each). */
void proto_file_store(struct protos *p, struct txn *t, struct file *f, uint32_t sid);
void proto_txn_store(struct protos *p, struct txn *t, unsigned sides, bool flow, uint32_t sid);

/* The members of a fileinfo object, inside an object already open (also the items of an alert's "files"). */
struct file;
void file_log_members(struct file *f, struct json *j);

/* The flow's application, by port where nothing better is known; id 0: none, or they are not wanted. */
struct app_told proto_app(const struct protos *p, const struct flow *f);
const char *proto_app_name(const struct flow *f); /* NULL: none is known, or nobody looks for them */
const char *conn_name(const struct flow *f);   /* app_proto of records: "http", "failed", NULL */

#endif
