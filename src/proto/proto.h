/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * proto - the contract of an application protocol, and everything a protocol may call.
 *
 * A protocol is one constant row (struct proto): how it is recognised, how its bytes are framed, how a frame is parsed,
 * which named states each side passes through, which fields rules and logs can ask, which notes it raises, and a log()
 * for shapes that rows can't say.  Transactions, iteration, progress, freeing, budgets, logging and files are the driver's.
 *
 * Framing stands apart from parsing.  frame() looks at what has arrived in one direction (contiguous, from the first byte
 * not yet consumed) and names the smallest unit with a progress stage of its own; parse() gets exactly that unit, so short
 * means malformed and no parser keeps half-read state.  Body bytes bypass parse() and flow by in chunks.
 *
 * Owners: conn belongs to its flow; txn to its conn, freed whole (arena) when both sides are done and every consumer has
 * passed; strings that a parser keeps go to txn_arena (a transaction's life) or conn_arena (the flow's).  Worker's thread.
 */
#ifndef PROTO_PROTO_H
#define PROTO_PROTO_H

#include "base/arena.h"
#include "base/err.h"
#include "base/memo.h"
#include "base/names.h"
#include "base/sign.h"
#include "base/text.h"
#include "flow/flow.h"

enum { PROTO_NONE = 0, PROTO_FAILED = 0xffff }; /* protocol ids are 1 + the row in protocols.list */

enum outcome { OUTCOME_OK, OUTCOME_MORE, OUTCOME_BAD };
enum probe { PROBE_NO, PROBE_MORE, PROBE_YES, PROBE_REVERSED /* it is this protocol, but the side is the other one */,
             PROBE_EITHER /* it is, and which side it is the ports must tell */ };

/* What frame() found at the head of the bytes. */
struct frame {
    enum frame_kind {
        FRAME_MORE,     /* nothing whole yet; n: bytes needed at least, 0 unknown */
        FRAME_UNIT,     /* n bytes are one unit of kind `unit`: parse() gets them */
        FRAME_BODY,     /* the next n bytes (UINT64_MAX: until the end) are body: body() gets them in chunks as they come */
        FRAME_SKIP,     /* n bytes mean nothing */
        FRAME_OPAQUE,   /* from here on this direction is not parsed any more (encrypted, unknown) */
        FRAME_BAD,      /* not this protocol's grammar: note, then resync() or opaque */
    } kind;
    uint16_t unit;      /* the protocol's own number; FRAME_MORE: bytes that need not be looked through again (frame_searched, conn_looked) */
    uint64_t n;
};

struct conn;
struct txn;
struct file;
struct opener;
struct opener_settings;

enum field_type {
    FIELD_BYTES,   /* one run of bytes */
    FIELD_LIST,    /* several runs (multi buffer): item i until the getter says no */
    FIELD_BODY,    /* a body that comes in chunks: struct body */
    FIELD_NUMBER,  /* an unsigned number, or several */
    FIELD_FLAG,    /* there or not */
};

/* One thing that can be known of a transaction, stated once: rule buffer, log key, observation, index key, manual. */
struct field {
    const char *name;       /* Suricata's sticky buffer or keyword: "http.uri" */
    const char *aliases;    /* further spellings of the same, space separated: "http_uri.normalized"; NULL */
    const char *modifier;   /* Suricata 2-4 content modifier (after the content): "http_uri"; NULL */
    const char *pcre;       /* option letter of pcre for it: "U"; NULL */
    const char *snort;      /* Snort 3 option, space separated; NULL */
    const char *log;        /* key in the protocol's EVE object, dotted; NULL: not logged by row.  A body: in alerts, when wanted */
    uint8_t type;           /* enum field_type */
    uint8_t sides;          /* bit 1 << TO_SERVER, 1 << TO_CLIENT: when it can be asked */
    uint8_t stage[2];       /* progress of that side from which on it is complete */
    uint16_t flags;         /* enum field_flag */
    /* Item i for that side; false when there is none (i past the end). */
    bool (*bytes)(const struct txn *t, enum side side, unsigned i, struct bytes *out);
    bool (*number)(const struct txn *t, enum side side, unsigned i, uint64_t *out);
    struct body *(*body)(const struct txn *t, enum side side);
    uint8_t bits;           /* width of a number, 8, 16 or 32: ranges beyond it are mistakes; 0: 64 */
    const struct names *names; /* what its numbers (of FIELD_BITS: its bits) are called: rules may write them so, any case; NULL: nothing */
    bool (*named)(struct bytes name, uint64_t *number); /* further ways to write one, that no table can tell; NULL: none */
    enum side (*toward)(uint64_t number); /* the side that a rule without a hook is about when it asks this number; NULL: any */
    const char *help;
    bool (*enabled)(const void *settings); /* false: the protocol's settings do not let rules ask it; NULL: always */
    bool (*little)(const struct txn *t, enum side side); /* the byte order of numbers in it, which each message says: what rules call `dce`; NULL: big */
    uint8_t little_for;     /* enum view_reader: whose rules know of that order here */
    uint8_t sign;           /* enum sign: what its text tells the map (base/sign.h); 0: nothing */
};
enum field_flag {
    FIELD_LOWER = 1 << 0,     /* its bytes are lower-cased already: a rule's literal must be lower case too */
    FIELD_LOG_ALWAYS = 1 << 1,/* logged also when empty */
    FIELD_FILE_DATA = 1 << 2, /* part of file.data */
    FIELD_BITS = 1 << 3,      /* a number of bits with names (each name stands for a bit): rules may write "dup,!retain" */
    FIELD_DEMAND = 1 << 5,    /* costs something: made only when rules or settings ask for it (conn_asked) */
    FIELD_OPEN = 1 << 6,      /* comes bit by bit from its stage on, and may until its side is complete */
    FIELD_SHOWN = 1 << 7,     /* alerts may show it, when wanted: `log` with _base64 and _printable behind it */
    FIELD_INCLUSIVE = 1 << 8, /* a number: ranges of rules hold their ends */
    FIELD_GROWS = 1 << 4,     /* comes bit by bit while its side is at its stage: asked each time, settled only beyond it */
    FIELD_ANY = 1 << 9,       /* of the bits a rule names one is enough; without it: all of them */
    FIELD_WHOLE = 1 << 10,     /* its `named` wants the rule's whole value, commas too; it has no index */
    FIELD_OWN = 1 << 12,       /* Suricata's schema does not know its key in a protocol that it knows: see json_own */
    FIELD_KEY = 1 << 11,       /* flows of the record are found by it: a name, a hash, a user */
};
/* Rules only: a number by what it is called. */
bool field_named(const struct field *f, struct bytes name, uint64_t *number);
static inline bool field_has_names(const struct field *f) { return f->names != NULL || f->named != NULL; }

#define SIDE_SERVER_BIT (1u << TO_SERVER)
#define SIDE_CLIENT_BIT (1u << TO_CLIENT)
#define SIDE_BOTH_BITS 3u

/* Bytes that tell the protocol: found at offset..offset+depth of a direction's first bytes.  A cheap first look; the
 * protocol's probe() (when there is one) has the last word. */
struct proto_pattern {
    const char *bytes;
    uint16_t n, offset, depth; /* depth: the pattern must end within; 0: exactly at offset */
    uint8_t side;              /* enum side */
    bool nocase;
};

/* A named state of one side: a rule hook (http1:request_line) and the value of progress. */
struct proto_state {
    const char *name;
    uint8_t progress;
};

struct proto {
    const char *name;          /* in rules and records: "dns", "http", "tls" */
    const char *aliases;       /* other rule names: "http1" … ; NULL */
    const char *log_name;      /* EVE event_type and object, when it differs from name; NULL */
    const char *log_with;      /* another protocol's name: its entry among eve-log's types is for this one too; NULL */
    const char *ports;         /* "udp/53 tcp/53 tcp/80": where probe() is asked without a pattern; NULL */
    uint8_t transports;        /* bit 0 TCP, bit 1 UDP */
    uint8_t own_transports;    /* of these, the ones over which Suricata does not know it: their counters are peccary's own */
    bool by_name;              /* Suricata has no such protocol: where settings are Suricata's own, it is off unless they name it */
    bool own_object;           /* Suricata's schema has no object of it, though Suricata knows it; of by_name ones neither */
    bool first_server;         /* the server may speak first */
    bool whole_never;          /* the end of a transaction is no reason for stream rules to look */
    bool cipher_at_end;        /* what came before the cipher is looked at by stream rules when the flow ends; else at once */
    bool span_txn_from_one;    /* records of its spans tell their transaction as Suricata does, which counts from 1 there */
    const char *pdu_span;      /* the kind of its spans that is a PDU to Snort's rules about payload; NULL: what the stream has new is */
    bool pdu_lines;            /* whole lines are one, all that there are */
    uint16_t snort_port;       /* Snort knows its flows by this port of the server alone; 0: by what they say */
    bool snort_late;           /* as datagrams Snort knows them from the second on; at once when the client has snort_port too */
    bool files;                /* transactions may have files: rules about it may ask for them */
    bool pdu_is_body;          /* Snort's rules about payload see the bodies of its messages as its PDUs, not the stream */
    const struct proto_pattern *patterns;
    unsigned pattern_n;
    /* data: the first bytes of that direction (TCP: may grow and be asked again; UDP: the datagram). */
    enum probe (*probe)(struct rd data, enum side side, bool whole);

    uint32_t state_size;       /* per flow, cleared; 0: none */
    uint32_t txn_size;         /* per transaction, cleared */
    uint32_t txn_room;         /* what its first strings mostly take: there is room for them behind it; 0: some */
    uint32_t unit_max;         /* bytes a unit may have: larger is a note and BAD */
    uint32_t txn_max;          /* live transactions per flow (cap, counted); 0: 4096 */
    uint32_t max_tx;           /* where its settings have the user's own number of them (MAX_TX); 0: nowhere */
    uint8_t max_tx_note;       /* note for the one that ends because there are more than the user's */
    uint32_t txn_bytes_max;    /* arena cap of one transaction; 0: 1 MB */
    uint32_t conn_bytes_max;   /* arena cap of the flow's own; 0: 256 KB */

    struct frame (*frame)(struct conn *c, enum side side, struct rd data);
    enum outcome (*parse)(struct conn *c, enum side side, unsigned unit, struct rd bytes);
    void (*body)(struct conn *c, enum side side, struct bytes chunk, bool last); /* NULL: bodies are skipped */
    void (*gap)(struct conn *c, enum side side, uint64_t n, bool in_body);       /* NULL: opaque after a gap outside a body */
    struct frame (*resync)(struct conn *c, enum side side, struct rd data);     /* after BAD or a gap: FRAME_SKIP n, then frame() again; FRAME_MORE: not here, but the last n bytes may begin it */
    void (*eof)(struct conn *c, enum side side);             /* that side sends nothing more */
    void (*state_fini)(void *state);                         /* only what is not arena memory (a decompressor) */
    void (*txn_fini)(struct txn *t);                         /* likewise */

    const struct proto_state *states[2];  /* per side, ascending, ended by name NULL; the last is "complete"; read by proto_states() */
    const struct field *fields;
    unsigned field_n;
    const char *const *spans;             /* names of the kinds of spans, ended by NULL: "pdu", "hdr", "data"; NULL: none */
    const struct note_row *notes;         /* app-layer-event names, without the protocol in front */
    unsigned note_n;
    /* Members of the protocol's EVE object for t, inside an object already open, after what the rows log. */
    void (*log)(const struct txn *t, struct json *j);
    /* The record's event_type, where it is not the object's name.  NULL: it is. */
    const char *(*log_event)(const struct txn *t);
    /* Members beside that object, in the record itself ("email" beside "smtp", "rpc" beside "nfs").  NULL: none. */
    void (*log_beside)(const struct txn *t, struct json *j);
    /* The value of the message's header field `name` (any case), for records that name a proxy's client.  NULL: no header fields. */
    bool (*header)(const struct txn *t, enum side side, struct bytes name, struct bytes *value);
    uint8_t log_stage[2];                 /* a record is due when both sides have at least this progress; 0: complete */
    bool log_alerts_only;                 /* no records of its own, only the object in alerts */
    bool log_not;                         /* neither */
    /* Asked before a record is written (the flow ends: all): false, this transaction gets none.  NULL: always. */
    bool (*log_wanted)(const struct txn *t);
    /* Asked as well when log_stage is reached: false, its record waits (until the flow ends at most).  NULL: no more than that. */
    bool (*log_ready)(const struct txn *t);
    /* False: none of its fields with a sign is there, and none comes (most of a protocol's messages tell nothing of its ends).  NULL: they
     * are asked one by one. */
    bool (*signs)(const struct txn *t);
    /* Which way its record's addresses stand; turn: the side of the packet at work.  NULL: as the flow's, to the server. */
    enum side (*log_side)(const struct txn *t, enum side turn);
    /* Where records are shaped otherwise than the object in alerts, or are several: the members of record i instead of log(),
     * after what the rows log; log_parts says how many there are (NULL: one).  NULL: one record, by log(). */
    void (*log_part)(const struct txn *t, unsigned i, struct json *j);
    unsigned (*log_parts)(const struct txn *t);
    /* With these options of an eve-log's entry, its records want what is made on demand (FIELD_DEMAND).  NULL: never. */
    bool (*log_asks)(const void *settings);
    /* What rules ask to keep of a side (txn_keep): appends lines about it, *about: where they end, then itself as
     * text.  False: not all of it is there yet.  NULL: nothing. */
    bool (*keep)(const struct txn *t, enum side side, struct text *out, size_t *about);
    /* Settings: rows with whole paths ("app-layer.protocols.NAME.…"), or with "log.…" for the options of its entry in
     * eve-log's types; applied into settings_size bytes which conn_settings() gives. */
    const struct option_row *options;
    unsigned option_n;
    uint32_t settings_size;
};

/* protocols.list, in order; ended by NULL; row i has id i + 1. */
extern const struct proto *const proto_table[];
extern const unsigned proto_n;
const struct proto *proto_by_id(unsigned id);      /* NULL for PROTO_NONE, PROTO_FAILED */
unsigned proto_by_name(const char *name);          /* also aliases; PROTO_NONE when unknown */
const char *proto_name(unsigned id);               /* "failed", NULL for none */
/* The states of a side, ended by name NULL; a protocol that names none has two, begun (0) and complete (1). */
const struct proto_state *proto_states(const struct proto *p, enum side side);
uint8_t proto_complete(const struct proto *p, enum side side); /* progress of the last of them */

/* A body as rules see it (decoded): a sliding window over what came.  Memory from the worker's pool, capped. */
struct body {
    uint8_t *p;
    size_t n, room;
    uint64_t base;        /* body offset of p[0]: what came before was inspected and let go */
    uint64_t total;       /* bytes that came */
    uint64_t inspected;   /* detect's mark */
    uint64_t limit;       /* bytes kept for inspection at all; 0: none kept */
    uint32_t min_inspect; /* inspect when so many came, or at the end */
    uint32_t window;      /* look-back kept */
    bool ended, gap;
    bool told;            /* whether it is a container was decided */
    uint8_t first_n;
    uint8_t first[4];     /* its first bytes, until that is decided */
    uint64_t wire;        /* who is offered it: 1 + where the stream goes on behind its last bytes; 0: it begins, or something is missing */
    const struct opener_settings *open; /* containers are shown opened; NULL: as they are.  Set behind body_init */
    struct opener *opener;
};

struct txn {
    struct txn *next, *prev;
    struct txn *open;        /* of the flow's oldest: those before this one are complete; NULL: itself */
    /* Of the driver: rings, a side's each, of those that its next turn is about (txn_next_due), by place. */
    struct txn *due_next[2], *due_prev[2]; /* due_next NULL: not in it */
    struct txn *due_last[2]; /* of the flow's oldest: the newest of the ring; NULL: it is empty */
    struct conn *conn;
    const struct proto *proto; /* whose it is (the flow may have changed protocol since) */
    uint64_t id;             /* tx_id: 0, 1, 2 … per flow (logs); detection keeps its marks by it */
    struct arena arena;
    uint8_t progress[2];     /* per side; the protocol raises it, never lowers it */
    bool complete[2];        /* that side is done */
    bool skip_inspect[2];    /* nothing for rules on that side (a one-sided message) */
    bool updated[2];         /* something changed since detection last looked */
    bool beyond[2];          /* bytes of a body came that are beyond what rules look at: only what waits at a state is asked */
    bool logged;
    bool silent;             /* a rule: no record of it (logged is set too) */
    bool alerted;            /* a rule alerted on it (detect sets it) */
    uint8_t note_n;
    uint8_t note[15];        /* the protocol's note ids, in order; further ones only count */
    uint32_t signs;          /* the map's: which of the protocol's signs were taken */
    uint32_t place;          /* among the flow's: counted on where a change of protocol begins with id 0 again */
    uint16_t note_logged;    /* bit i: note[i] went into an anomaly record */
    bool gone[2];            /* detection has passed that side for good */
    bool store[2];           /* a rule wants all files of that side from now on */
    uint8_t offered[2];      /* of the driver: 1 + the progress up to which fields were told (proto_offer); 255: all, for good */
    uint8_t keep;            /* bit per side: a rule wants what proto.keep() gives; two above: it was given */
    void *detect[2];         /* detection's state per side, from this arena */
    struct file *files;      /* files of this transaction, newest last */
    uint64_t first_number, last_number; /* packets that made and last touched it */
    uint64_t first_ts, last_ts;
    _Alignas(8) unsigned char data[];   /* the protocol's own struct, txn_size bytes */
};

/* ------- what a protocol calls ------- */

static inline void *txn_data(struct txn *t) { return t->data; }
static inline const void *txn_data_const(const struct txn *t) { return t->data; }
static inline struct arena *txn_arena(struct txn *t) { return &t->arena; }

void *conn_state(struct conn *c);             /* state_size bytes, the protocol's */
struct arena *conn_arena(struct conn *c);
const void *conn_settings(const struct conn *c);
const void *txn_settings(const struct txn *t);          /* in log(): with the options of that very log; ask it each time */
struct flow *conn_flow(struct conn *c);
const char *conn_from(const struct conn *c);            /* the protocol that gave the flow to this one; NULL: none did */
bool conn_asked(const struct conn *c);                  /* rules or records want one of the protocol's FIELD_DEMAND fields */
struct memo *conn_memo(const struct conn *c);           /* the worker's, for texts that cost something; NULL: none */
bool conn_eof(const struct conn *c, enum side side);    /* in frame(): nothing more will come in this direction */
bool conn_datagram(const struct conn *c);               /* over UDP */
bool conn_bodies_unread(const struct conn *c);          /* nobody looks into bodies: no need to undo their codings */
uint64_t conn_time(const struct conn *c);               /* ns, of the turn */
uint64_t conn_number(const struct conn *c);

/* In frame(): of what is there `looked` bytes have nothing that is waited for; the next frame() at the same head is told so by
 * conn_looked(), and needs not look again: else a sender of single bytes makes the search quadratic. */
struct frame frame_searched(struct bytes b, size_t looked);
size_t conn_looked(const struct conn *c, enum side side); /* at most b.n of that call; 0: it is a new head */
/* A line, up to and with its line feed: a unit 0; of one of max bytes and more a unit 1 of max bytes, and the rest is skipped as it comes
 * (*discard, which the protocol keeps for each side). */
struct frame frame_line(const struct conn *c, enum side side, struct bytes b, size_t max, bool *discard);

/* At the cap, which is the row's or the user's, the oldest open one ends before its time; beyond twice of it (they wait for rules):
 * NULL.  Both are counted. */
struct txn *txn_new(struct conn *c);
#define MAX_TX(type, member) ((uint32_t)offsetof(type, member) + 1) /* proto.max_tx: an uint32_t */
struct txn *txn_new_within(struct conn *c, uint32_t max, unsigned note); /* with `max` in place of the user's number */
void txn_over(struct txn *t, unsigned note);            /* it ends before its time, there are too many: noted, counted, finished */
struct txn *txn_first(struct conn *c);
struct txn *txn_last(struct conn *c);
/* From the newest back to the oldest that is not complete; complete ones are among them.  NULL: all are, or it was the last. */
struct txn *txn_last_open(struct conn *c);
struct txn *txn_older_open(const struct txn *t);
struct txn *txn_first_open(struct conn *c);             /* the oldest that is not complete; NULL: all are.  Costs nothing per complete one */
struct txn *txn_by_id(struct conn *c, uint64_t id);
void txn_raise(struct txn *t, enum side side, uint8_t progress); /* marks updated; never lowers */
void txn_done(struct txn *t, enum side side);           /* raises to the last state; complete */
void txn_touch(struct txn *t, enum side side);          /* something new for rules at the same progress */
void txn_due(struct txn *t);                            /* it is to be looked at, for another reason */
void txn_beyond(struct txn *t, enum side side);         /* bytes beyond what rules look at */
void txn_message(struct txn *t, enum side side);        /* it is one message of that side, and there: both sides are done, the other has nothing for rules */
unsigned txn_proto(const struct txn *t);                /* its protocol's id, which the flow may have changed since */
/* For proto.log_side: as its one message went; as the packet at work goes. */
enum side txn_log_message(const struct txn *t, enum side turn);
enum side txn_log_turn(const struct txn *t, enum side turn);
void txn_note(struct txn *t, unsigned note);            /* the protocol's note id */
void conn_note(struct conn *c, enum side side, unsigned note); /* of no transaction: the newest one, or the flow */
void conn_user(struct conn *c, struct bytes name);      /* who logs in, where no transaction tells it: the record finds the flow by it */
void conn_forgot(struct conn *c, enum side side, unsigned note); /* something kept of the flow made room for another: noted, counted */

/* Spans: stretches of a direction's bytes that have a name of their own, for rules ("frame:NAME.KIND", Suricata's frames)
 * and frame records.  Called from frame(), parse() or body(); `at` counts from the first byte that this call was given, n may
 * reach beyond what has come.  t: the transaction it belongs to, NULL: none yet.  Costs nothing when nobody wants spans. */
#define SPAN_OPEN UINT64_MAX                            /* n: up to conn_span_end, or the direction's end */
void conn_span(struct conn *c, enum side side, unsigned kind, uint64_t at, uint64_t n, const struct txn *t);
void conn_span_end(struct conn *c, enum side side, unsigned kind, uint64_t at); /* ends the newest open one of that kind at `at` */

void conn_opaque(struct conn *c, enum side side);       /* parse no more; before OUTCOME_BAD: nothing to go on with, resync() is not asked */
/* How the client calls its server (SNI, Host): tells the flow's application.  The first name counts. */
void conn_host(struct conn *c, struct bytes host);
void conn_depth(struct conn *c, uint64_t n);            /* bytes of each direction that are put together, from now on; 0: all */
/* A message is whole: stream rules look at its bytes now, together with what rules ask of it.  txn_done does this itself. */
void conn_whole(struct conn *c, enum side side);
/* From here on all is cipher.  By setting: no payload inspection, no reassembly.  Both sides are opaque, unless the protocol
 * still follows its records (parse_on) and the setting does not let the flow go. */
void conn_encrypted(struct conn *c, bool parse_on);
bool conn_spans_wanted(const struct conn *c);           /* somebody looks at spans */
/* Hands the rest of the flow to another protocol (STARTTLS, CONNECT, upgrade); by name, false when it is not built, or off. */
bool proto_switch(struct conn *c, const char *name, uint16_t port_hint);
void conn_hand_over(struct conn *c, struct bytes note); /* before it: what the other one is told, by conn_expected() */
/* The flow turns out to be of protocol `name`, whose row reads the same bytes with the same state, transactions and settings (DNS
 * in HTTP/2): its rules and records hold from now on, also for transactions that live.  False when it is not built, or off. */
bool proto_become(struct conn *c, const char *name);
/* Feeds bytes that this protocol carried to a protocol inside it (DoH, SMB pipes): a conn of its own, same flow. */
struct conn *proto_child(struct conn *c, const char *name);
void proto_child_feed(struct conn *child, enum side side, struct bytes b, bool eof);
/* Announces a flow for protocol `proto`, with a note for it (at most FLOW_EXPECT_NOTE_MAX bytes). */
void conn_expect(struct conn *c, const struct flow_expectation *e, struct bytes note, const char *proto);
struct bytes conn_expected(const struct conn *c); /* the note this flow was announced, or handed over, with; n 0: none */

bool body_init(struct body *b, struct conn *c, uint64_t limit, uint32_t min_inspect, uint32_t window);
void body_add(struct body *b, struct conn *c, struct bytes chunk);
const struct opener_settings *conn_opens(const struct conn *c); /* which containers the settings have opened; NULL: none */
void body_skip(struct body *b, uint64_t n);             /* n bytes are missing */
void body_end(struct body *b, struct conn *c);
void body_fini(struct body *b, struct conn *c);

/* Files: these put them onto the transaction and do all the rest (window for rules, hashes, type, extraction, records); a
 * protocol needs nothing of file/file.h. */
struct file *txn_file_open(struct txn *t, enum side side, struct bytes name); /* NULL at the cap */
/* Only where the protocol has settings for it: how much of it rules see, and how often (struct body). */
void txn_file_window(struct file *f, uint64_t limit, uint32_t min_inspect, uint32_t window);
struct file *txn_file_current(struct txn *t, enum side side);                 /* the open one of that side; NULL */
void txn_file_data(struct txn *t, struct file *f, struct bytes chunk);
void txn_file_gap(struct txn *t, struct file *f, uint64_t n);
void txn_file_close(struct txn *t, struct file *f, bool truncated);
/* The file is a part of a larger one: when all of that has come, over whatever flows, the transaction that closes the last
 * part gets the whole as a file of its own.  Called before its first byte. */
struct file_part {
    struct bytes host, name;    /* of the larger one */
    uint64_t start, end, total; /* of its `total` bytes those from start to end */
};
void txn_file_part(struct txn *t, struct file *f, const struct file_part *part);

/* Mails that flow by, their heads and what is attached to them: files of the transaction, whose memory holds all the rest. */
struct mail;
struct mime;
struct mime_settings;
struct mail_how {
    bool dots;                         /* one that begins a line is one too many (RFC 5321 4.5.2), whatever mime says */
    const struct mime_settings *mime;  /* copied; NULL: attachments decoded, nothing else looked for */
    const uint8_t *notes;              /* of the protocol's own, by enum mime_note; NULL: none */
    const char *whole;                 /* it is not read: all of it is a file of this name; NULL: it is read */
    uint32_t min_inspect, window;      /* how rules see attachments (txn_file_window); 0: as other files */
};
struct mail *txn_mail_new(struct txn *t, enum side side, const struct mail_how *how); /* NULL: no room */
void txn_mail_data(struct mail *m, struct bytes piece);
void txn_mail_gap(struct mail *m, uint64_t n);
void txn_mail_end(struct mail *m, bool truncated);
void txn_mail_fini(struct mail *m);                     /* in place of the end, in txn_fini, or behind it */
bool txn_mail_field(const struct mail *m, const char *name, struct bytes *value); /* of its head; any case */
const struct mime *txn_mail_mime(const struct mail *m); /* for wire/mime.h; NULL: it is not read */

/* Files whose data comes by offset, in any order: pieces that came early wait in the transaction's memory, a piece there is no room
 * for makes a hole of what is missing before it.  Cleared at first; f NULL: only counted. */
struct pieces {
    uint64_t offset;        /* up to here the file has all */
    uint32_t held, held_max;/* pieces that wait; 0: no other cap than memory */
    uint64_t held_bytes, bytes_max;
    struct piece *first, *last; /* last: only while there is a first */
    bool goes_on;           /* the caller's: what comes next is more of the piece before, and both count once */
};
enum pieces_full { PIECES_TAKEN, PIECES_TOO_MANY, PIECES_TOO_LARGE, PIECES_NO_ROOM };
enum pieces_full txn_file_piece(struct txn *t, struct file *f, struct pieces *p, uint64_t offset, struct bytes b);
void txn_file_hole(struct txn *t, struct file *f, struct pieces *p, uint64_t end); /* what is missing before `end` does not come */
void txn_file_rest(struct txn *t, struct file *f, struct pieces *p);               /* nor does anything */

/* Field row makers for plain members. */
#define FIELD_OFFSET_BYTES(fn, type, member)                                                                           \
    static bool fn(const struct txn *t, enum side side, unsigned i, struct bytes *out)                                 \
    {                                                                                                                  \
        const type *d = txn_data_const(t);                                                                             \
        (void)side;                                                                                                    \
        *out = d->member;                                                                                              \
        return i == 0 && d->member.p != NULL;                                                                          \
    }
#define FIELD_OFFSET_NUMBER(fn, type, member)                                                                          \
    static bool fn(const struct txn *t, enum side side, unsigned i, uint64_t *out)                                     \
    {                                                                                                                  \
        const type *d = txn_data_const(t);                                                                             \
        (void)side;                                                                                                    \
        *out = (uint64_t)d->member;                                                                                    \
        return i == 0;                                                                                                 \
    }

#endif
