/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * detect - runs a ruleset over packets, streams and transactions.
 *
 * A ruleset is compiled once (detect_compile, rule thread), immutable, freed after its epoch.  `struct detect` is a
 * worker's own: scratch, caches, counters.  State across flows (thresholds, xbits, hostbits, tags) is in one
 * `struct detect_shared` for all workers, sharded with short locks; reading files its operations happen in capture order
 * (base/turn.h).
 */
#ifndef DETECT_DETECT_H
#define DETECT_DETECT_H

#include "base/turn.h"
#include "detect/dataset.h"
#include "detect/firewall.h"
#include "event/event.h"
#include "facts/hosts.h"
#include "proto/driver.h"
#include "rule/rule.h"

struct ruleset;
struct detect;
struct literals_store;
struct detect_shared;
struct rule_cost;

/* Kinds of actions that action-order puts in order; their presets. */
enum action_order { ORDER_PASS, ORDER_DROP, ORDER_REJECT, ORDER_ALERT, ORDER_N };

struct detect_settings {
    const char *cache_dir;      /* compiled pattern databases; NULL: none */
    bool cache_on;              /* … at all; without a folder the engine takes the user's */
    uint32_t cache_age;         /* s: older ones, counted from their last use, are thrown away */
    uint32_t alert_max;         /* packet-alert-max; default 15 */
    uint32_t pcre_match_limit, pcre_recursion_limit;
    uint32_t inspection_recursion_limit;
    uint64_t memcap_thresholds;
    bool inline_mode;
    const char *shadow_rules, *shadow_metadata; /* shadow.h */
    const char *threshold_file;
    struct dataset_settings dataset;
    const struct firewall_policies *firewall; /* NULL: no firewall */
    bool action_ordered;        /* action_rank holds, by enum action_order */
    uint8_t action_rank[ORDER_N];
    uint32_t cost_sample;       /* one check in so many is timed (cost.h); 0: none */
    struct why *why;            /* one rule is explained (why.h); NULL: none */
    bool guess_applayer_tx;     /* alerts about a packet get the flow's only live transaction */
};
extern const struct option_row detect_options[];
extern const unsigned detect_option_n;

/* Takes over the rules in any case: *rules is empty afterwards. */
struct ruleset *detect_compile(struct rules *rules, const struct detect_settings *s, struct literals_store *patterns /* NULL: its own */, struct err *err);
void ruleset_free(struct ruleset *r);
unsigned ruleset_rules(const struct ruleset *r);
/* The rules it was made of; its failures hold those that could not be compiled too. */
const struct rules *ruleset_source(const struct ruleset *r);
void ruleset_forget_text(struct ruleset *r);       /* rules_forget_text of them: no analysis, and no record with a rule's text, from here on */
const struct rule *ruleset_rule(const struct ruleset *r, unsigned i);
bool ruleset_needs_raw(const struct ruleset *r);   /* any stream rule at all */
bool ruleset_needs_pdus(const struct ruleset *r);  /* any of Snort's rules: they look at PDUs, and a session without its SYN is one to them */
/* What its rules ask of files. */
struct ruleset_files {
    bool any, data /* look into them */, magic;
    unsigned hashes;        /* enum file_hash */
    bool stores;
    uint8_t store[PROTO_IDS]; /* by protocol id - 1: sides (a bit each) whose files some rule may ask to store */
};
struct ruleset_files ruleset_files(const struct ruleset *r);
bool ruleset_needs_frames(const struct ruleset *r);
bool ruleset_needs_field(const struct ruleset *r, const char *field);

struct detect_shared *detect_shared_new(const struct detect_settings *s, struct turns *turns);
void detect_shared_free(struct detect_shared *s);

/* A worker's parts that detection asks; all borrowed. */
struct detect_parts {
    struct flow_table *flows;
    struct streams *streams;
    struct protos *protos;
    struct event_out *out;
    uint32_t tenant;            /* whose traffic it looks at; 0: everybody's. Alerts tell it */
    /* What is known of a host; NULL: nobody keeps a map. */
    const struct host_fact *(*host)(void *ctx, uint32_t tenant, const struct addr *a, enum family family);
    void *host_ctx;
    void (*alerted)(void *ctx, struct flow *f, uint32_t gid, uint32_t sid); /* an alert was raised in that flow; NULL: nobody asks */
    void *ctx;
};
struct detect *detect_new(const struct detect_settings *s, struct detect_shared *shared, unsigned worker, const struct detect_parts *parts);
void detect_free(struct detect *d);

/*
 * Reload: `next` takes the place of `before`; call it on the rule thread before a worker sees `next`.  A worker that goes over
 * to it calls detect_follow between two turns, and looks at nothing of the old one from then on; what flows and transactions
 * keep is by names and by rules' identities.
 */
void ruleset_follow(struct ruleset *next, const struct ruleset *before);
void detect_follow(struct detect *d, const struct ruleset *rules);
/* How many rules of `next` are in `before` as they are, how many otherwise; how many of `before` are gone. */
void ruleset_differ(const struct ruleset *next, const struct ruleset *before, unsigned *kept, unsigned *changed, unsigned *removed);
/* What a worker counted of each rule, added by place in `rules`, which may be another set than its own. */
void detect_counts(const struct detect *d, const struct ruleset *rules, uint32_t *alerts, struct rule_cost *costs);

/* What a turn looks at.  view NULL: a turn without a packet (flow end, …). */
struct detect_turn {
    uint64_t number, ts;
    struct view *view;
    struct flow *flow;          /* NULL: none */
    enum side side;             /* of the packet, or of the pass for a turn without one */
    bool established;           /* TCP: it was before this packet, or the packet brings data with the end of the handshake */
    bool in_stream;             /* the packet's payload is in the stream */
    bool repeated;              /* … and all of it was before */
    bool proto_changed;         /* the packet's side was recognised before it, or given up, or the protocol changed; inline and in datagrams: by it */
    bool end;                   /* the flow ends */
    bool app_updated;           /* a parser saw bytes of this side */
    uint8_t reject;             /* verdict VERDICT_REJECT: who is told (enum reject_to) */
    bool accepted;              /* the firewall let it through at an earlier hook */
    bool no_packet;             /* nothing of the packet is to be inspected */
    uint8_t drop_reason;        /* enum drop_reason: why it is dropped already */
    bool drop_told;             /* … and has a record of that */
    const char *pkt_src;        /* for the record */
    const char *capture_file;
};

/* One side's inspection.  Alerts are rendered and queued; returns the verdict of drop, reject and pass rules. */
struct detect_result {
    uint8_t verdict;            /* enum verdict */
    uint8_t alerts;
    bool passed;
    uint8_t reject;             /* verdict VERDICT_REJECT: who is told (enum reject_to) */
    bool tagged;                /* the packet is one that a tag asks for, or begins with */
    bool bypass;                /* a rule asks that the flow be bypassed */
    bool drop_told;             /* the drop's record was written */
    bool accepted;              /* the firewall lets the packet through: no further table is asked */
    uint8_t drop_reason;        /* enum drop_reason */
};
struct detect_result detect_run(struct detect *d, const struct ruleset *rules, const struct detect_turn *t);
/* The tables of the firewall that stand before the flow (t->flow NULL), and before the stream. */
struct detect_result detect_firewall(struct detect *d, const struct ruleset *rules, const struct detect_turn *t, enum firewall_hook hook);
bool ruleset_firewall_hook(const struct ruleset *r, enum firewall_hook hook); /* is there anything to ask there? */
/* Does any rule still look at packets of the flow (NULL: none)?  No when there are no rules. */
bool detect_looks(const struct ruleset *rules, const struct flow *f);
/* True when no rule of this ruleset waits for more of the transaction on that side (it may be released). */
bool detect_txn_passed(const struct detect *d, const struct ruleset *rules, const struct txn *t);
void detect_flow_end(struct detect *d, struct flow *f);  /* frees flow->detect */
uint64_t *detect_counters(struct detect *d);
uint64_t detect_tried(const struct detect *d);     /* rules looked at so far */
uint64_t detect_alerts(const struct detect *d);    /* raised so far, however many outputs tell of each */
/* By rule index (ruleset_rules of them) what their checks took (cost.h). */
const struct rule_cost *detect_rule_costs(const struct detect *d);
extern const struct counter_row detect_counter_rows[];
extern const unsigned detect_counter_n;

/* A packet that is dropped without a rule matching it now (t->drop_reason): the flow is being dropped, or an exception policy said so. */
void detect_drop_record(struct detect *d, const struct detect_turn *t);
/* What rules keep with the flow, as the members "traffic" and "metadata" of a record; nothing when there is none. */
void detect_flow_metadata(const struct detect *d, const struct flow *f, struct json *j);
/* The head of a record for this turn, addresses in the packet's (or flow side's) direction. */
void detect_head(const struct detect_turn *t, struct event_head *h);
const char *detect_link_name(unsigned link); /* of a link type, as records have it */

#endif
