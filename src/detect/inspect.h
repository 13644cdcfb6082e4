/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * inspect - a worker's side of detection: what one turn looks at, the rules it may concern, the alerts it raises.
 *
 * `struct detect` is one worker's own; everything of a turn in it is reset when the next begins.  Shared by the files of
 * detect/ only.
 */
#ifndef DETECT_INSPECT_H
#define DETECT_INSPECT_H

#include "base/slab.h"
#include "detect/cost.h"
#include "detect/verify.h"

enum { WINDOWS_MAX = 8, PDUS_USUAL = 32, ALERTS_ROOM = 1024 };

enum detect_counter {
#define COUNTER(id, name, kind, help) id,
#include "detect/counters.list"
#undef COUNTER
    DETECT_COUNTER_N
};

/* Bytes that came whole: of the stream, or of a body where these are a protocol's PDUs. */
struct pdu {
    struct bytes bytes;
    uint64_t start;         /* stream offset from which on they can have come */
    uint64_t base;          /* of bodies: where in the body they begin */
};

/* What the turn shows: the packet's, or the flow's in the inspected direction. */
struct look {
    struct addr src, dst;
    enum family family;
    uint16_t sport, dport;
    bool has_ports, fragment;
    uint8_t proto;
    uint8_t class;          /* enum packet_class */
    uint8_t need;           /* enum plan_need: what is there */
    uint8_t side;
    uint8_t readers;        /* enum view_reader */
    bool established;       /* what flow:established asks */
    bool rebuilt;           /* a reassembled datagram */
    uint16_t app;           /* protocol in force, as packet rules see it */
    struct bytes payload;   /* empty when it is not to be inspected */
    struct bytes l4;        /* of a transport that is not decoded: payload to Snort only */
    unsigned window_n;
    bool stream_ready;      /* the stream has a window in this turn */
    bool unasked;           /* the session was picked up for rules with PLAN_PDU: for all others there is none */
    unsigned pdu_n, pdu_room;
    struct pdu *pdu;        /* what is new of the protocol's PDUs; with rules that ask for it */
    bool hidden;            /* Snort does not know the flow's protocol, though it is known here */
    bool bodies, apart;     /* the flow's PDUs are bodies; are not the windows */
    /* Below, what is behind the counts is not cleared. */
    struct stream_window window[WINDOWS_MAX];
    struct pdu few[PDUS_USUAL]; /* pdu, until there are more */
};

enum queued_flag {
    QUEUED_TXN = 1 << 0, QUEUED_STATE = 1 << 1, QUEUED_STREAM = 1 << 2, QUEUED_GUESSED = 1 << 3, QUEUED_RATE = 1 << 4,
    QUEUED_FLOW = 1 << 5, /* the action applies to the flow */
    QUEUED_SHADOW = 1 << 6, /* … would apply, were the rule not only to say so */
};
/* Something a rule found out on its way, for its alert; in the turn's arena. */
struct alert_context {
    struct alert_context *next;
    const char *key;
    struct bytes value;
    bool json;              /* value is JSON text; else a text */
};
enum { CONTEXT_MAX = 16 };  /* of one rule */
struct queued {
    const struct alert_context *context;
    const struct evidence *evidence; /* newest first; NULL: none, or nobody wants it */
    const struct span *frame; /* what it is about; NULL: no frame */
    struct replacement *replace; /* what of the packet is to become something else; NULL: nothing */
    uint32_t rule;
    uint8_t flags;          /* enum queued_flag */
    uint8_t action;         /* enum rule_action, after rate_filter */
    struct txn *txn;        /* QUEUED_TXN */
    const char *proxied;    /* while its record is made: the client a proxy named; NULL */
    const struct firewall_table *table; /* a rule or policy of the firewall: where it decided; NULL: another rule */
};

/* A buffer's bytes in this transaction and turn, transforms done. */
struct buffer_slot {
    uint32_t stamp;
    bool there;
    struct verify_buffer data;
};

struct detect {
    struct detect_settings settings;
    struct detect_shared *shared;
    unsigned worker;
    struct flow_table *flows;
    struct streams *streams;
    struct protos *protos;
    struct event_out *out;
    uint32_t tenant;
    const struct host_fact *(*host)(void *ctx, uint32_t tenant, const struct addr *a, enum family family);
    void *host_ctx;
    void (*alerted)(void *ctx, struct flow *f, uint32_t gid, uint32_t sid);
    void *alerted_ctx;
    struct rule_scripts *scripts;      /* this worker's states of rules' scripts; made with the first */
    struct pages *pages;
    struct slab *flow_slab;
    uint64_t counter[DETECT_COUNTER_N];

    const struct ruleset *rules;       /* what the arrays below fit */
    uint32_t generation;               /* changes with it */
    struct match_scratch *match;
    struct arena arena;                /* of the turn */
    struct verifier verifier;
    uint32_t turn_stamp, txn_stamp;
    bool new_only;                     /* candidates are rules that the ruleset before did not have */
    uint32_t *header_memo;             /* [header_n]: stamp << 1 | result */
    uint32_t *rule_alerts;             /* [plan_n]: alerts raised, by rule index */
    struct cost_sampling cost;
    uint32_t scope_plan;               /* index of the rule in scope */
    uint32_t *rule_stamp;              /* [plan_n]: candidate in the pass with this stamp */
    uint32_t pass_stamp;
    uint32_t *candidate, candidate_n;  /* [plan_n] */
    uint32_t *state, state_n;          /* transaction rules that the packet's payload brought; [plan_n] */
    struct buffer_slot *slot;          /* [buffer_n] */

    const struct detect_turn *turn;
    struct look look;
    struct detect_scope scope;
    const struct prefilter *scanning;
    const struct plan *plan;           /* of the rule that is tried on a transaction */
    struct alert_context *context;     /* of the rule being looked at */
    struct alert_context *pktvar;      /* what expressions captured in this turn, newest first */
    const struct span *frame;          /* the frame it matched on */
    struct file *file_matched;         /* the last file that a rule's file keywords fitted */
    struct queued queue[ALERTS_ROOM];
    unsigned queue_n;
    unsigned discarded, suppressed;
    const struct plan *drop;           /* the first rule that dropped */
    bool dropped, rejected, passed, bypass;
    uint8_t drop_action;               /* enum rule_action of what dropped */
    uint8_t drop_reason;               /* enum drop_reason, when the firewall dropped: nothing goes on */
    bool packet_dropped;               /* another rule than the firewall's, about the packet, dropped it */
    bool accepted;                     /* the firewall lets the packet through */
    bool others_off;                   /* … and the other rules leave it alone */
    struct replacement *replacing;     /* what of the packet becomes something else: that of the first rule last, so that it holds */
    const struct plan *replacer;       /* the first rule that asked for it */
    bool replace_lost;                 /* there was no memory for one */
    bool drop_by_rate, tagging /* a tag begins in this turn */;                 /* a rate_filter made it a drop */
    unsigned alerts;
};

/* State of a flow that rules made; flow->detect. */
struct flow_detect;
struct firewall_table;

/* look.c: fills d->look. */
void look_make(struct detect *d, const struct detect_turn *t);
/* header.c */
bool header_matches(struct detect *d, uint32_t header);
enum header_part { HEADER_HOLDS, HEADER_SIDE, HEADER_FLOW, HEADER_PROTO, HEADER_PORTS, HEADER_ADDRESSES, HEADER_TUNNEL };
enum header_part header_refuses(const struct detect *d, uint32_t header); /* the part that does not hold */
/* candidates.c: rules this packet may concern, in order, without repetition; d->candidate. */
void candidates_begin(struct detect *d);
/* b begins at byte `base` of its buffer. */
void candidates_of_prefilter(struct detect *d, const struct prefilter *f, struct bytes b, uint64_t base);
void candidates_of_literal(struct detect *d, const struct prefilter *f, uint32_t id); /* it was found */
void candidates_of_packet(struct detect *d);
void candidates_sort(struct detect *d);
void candidate_add(struct detect *d, uint32_t rule);
/* packet.c */
void packet_addresses(struct detect *d);
void packet_inspect(struct detect *d);
bool plan_conditions(struct detect *d, const struct plan *p);
void plan_matched(struct detect *d, const struct plan *p);
bool plan_payload(struct detect *d, const struct plan *p, unsigned *flags);
void scope_begin(struct detect *d, const struct plan *p, struct txn *t);
void scope_end(struct detect *d);
/* The rule's payload matches in the stream windows of this turn. */
enum verify_result stream_matches(struct detect *d, const struct program *p);
/* The same for a rule with PLAN_PDU; t: of this transaction, NULL: any. */
bool pdu_matches(struct detect *d, const struct plan *plan, const struct program *p, const struct txn *t);
/* txn.c: all transactions of the flow on the turn's side. */
void txns_inspect(struct detect *d);
/* buffer_data.c: the bytes of a step's buffer; item for lists. False: none (yet). */
bool buffer_single(struct detect *d, const struct buffer *b, const struct txn *t, unsigned side, struct verify_buffer *out);
enum { BUFFER_ITEMS_MAX = 1024 }; /* of one buffer: getters may look for each from the start */
bool buffer_item(struct detect *d, const struct buffer *b, const struct txn *t, unsigned side, unsigned item, struct verify_buffer *out);
bool buffer_is_list(const struct buffer *b, unsigned proto, unsigned side);
struct body *txn_body(const struct txn *t, unsigned side);     /* its message's body; NULL: none */
/* Has enough of it come to be looked at?  Inline at once: what is not looked at goes on. */
bool body_enough(const struct detect *d, const struct body *b);
bool buffer_body(struct detect *d, const struct txn *t, unsigned side, struct verify_buffer *out); /* the body that is a PDU */
bool buffer_transform(struct detect *d, const struct buffer *b, struct bytes in, struct bytes *out);
bool buffer_packet(struct detect *d, const struct buffer *b, unsigned item, struct verify_buffer *out); /* most have item 0 alone */
/* files.c: what the rule's file keywords say of a file by now; the scope is the rule's. */
enum file_answer { FILE_NO, FILE_YES, FILE_LATER };
enum file_answer file_asked(struct detect *d, const struct plan *p, struct file *f);
void files_store(struct detect *d, const struct plan *p, struct txn *t); /* the rule matched and has filestore */
/* frames.c: the frames of the turn's side that have new bytes. */
void frames_inspect(struct detect *d);
/* context.c: what the rule in scope found out so far; written into an alert's object. */
const struct alert_context *context_take(struct detect *d);
void context_pktvar(struct detect *d, const struct captured *c); /* kept until the turn ends */
void context_pktvars_write(const struct detect *d, struct json *j);
void context_write(struct json *j, const struct alert_context *c);
/* evidence.c: where the rule in scope matched.  Kept over turns with a transaction that the rule waits for. */
bool evidence_wanted(const struct event_settings *s);
struct evidence *evidence_keep(struct arena *a, const struct evidence *e);
void evidence_go_on(struct verifier *v, struct evidence *kept);
void evidence_write(const struct detect *d, struct json *j, const struct queued *q);
/* queue.c */
static inline bool action_rejects(uint8_t action) { return action == ACTION_REJECT || action == ACTION_REJECT_DST || action == ACTION_REJECT_BOTH; }
static inline bool action_drops(uint8_t action) { return action == ACTION_DROP || action_rejects(action); }
void queue_add(struct detect *d, const struct plan *p, struct txn *t, unsigned flags);
void queue_firewall(struct detect *d, const struct plan *p, struct txn *t, const struct firewall_table *table, uint8_t action);
void queue_finish(struct detect *d);
/* follow.c: what the rule is over reloads, of whatever file. */
static inline uint32_t plan_id(const struct detect *d, const struct plan *p) { return d->rules->identity[p - d->rules->plan].id; }
/* threshold.c */
enum threshold_result { THRESHOLD_NOTHING, THRESHOLD_PASSES, THRESHOLD_SILENT /* no alert, but the action holds */ };
enum threshold_result threshold_check(struct detect *d, const struct plan *p, struct queued *q);
enum drop_reason detect_drop_reason(const struct detect *d);
/* alert.c */
void alert_write(struct detect *d, struct queued *q);
void drop_write(struct detect *d);

#endif
