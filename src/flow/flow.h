/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * flow - who talks to whom: the worker's flow table, expiry, and what is counted per flow.
 *
 * One table per worker, touched by that worker only.  A flow lives in the table's slab from flow_resolve to its end; its
 * end is told once through `struct flow_sink.end` (the worker inspects and logs what is pending), and the record is
 * given back when that call returns.  Nobody keeps a pointer to a flow across turns but the table.
 *
 * Time is the packet's own.  A look-up finds a flow expired when the packet's time stamp has reached the flow's deadline, so expiry is
 * exact.  Sweeps end what no packet asks for, in deadline order, stamped with the deadline; they go by the earliest time stamp of
 * the last packets, so that captures that are out of order, or put behind or into one another, keep their flows.  Sweep with every
 * packet's time stamp, in capture order, before the packet's turn and whoever owns the packet: then each flow ends in the same turn
 * for any batch size and worker count.  A sweep with nothing due costs two comparisons.
 * The slots `app` and `detect` belong to the modules of those names; they free them in the end call.
 */
#ifndef FLOW_FLOW_H
#define FLOW_FLOW_H

#include "base/rows.h"
#include "base/text.h"
#include "packet/packet.h"

enum side { TO_SERVER = 0, TO_CLIENT = 1 }; /* the direction of bytes: towards the server, towards the client */
static inline enum side side_other(enum side s) { return s == TO_SERVER ? TO_CLIENT : TO_SERVER; }

enum flow_state { FLOW_NEW, FLOW_ESTABLISHED, FLOW_CLOSED, FLOW_BYPASSED };
enum flow_reason { FLOW_ENDED_NOT, FLOW_ENDED_TIMEOUT, FLOW_ENDED_FORCED, FLOW_ENDED_SHUTDOWN, FLOW_ENDED_TCP_REUSE };

enum flow_exception { /* bits of flow.exception: what an exception policy was applied for */
    FLOW_EXCEPTION_DEFRAG_MEMCAP = 1 << 0, FLOW_EXCEPTION_SESSION_MEMCAP = 1 << 1, FLOW_EXCEPTION_REASSEMBLY_MEMCAP = 1 << 2,
    FLOW_EXCEPTION_FLOW_MEMCAP = 1 << 3, FLOW_EXCEPTION_MIDSTREAM = 1 << 4, FLOW_EXCEPTION_APP_ERROR = 1 << 5,
};

enum flow_flag {
    FLOW_SEEN_SERVER = 1 << 0,   /* a packet towards the server was seen */
    FLOW_SEEN_CLIENT = 1 << 1,
    FLOW_SWAPPED = 1 << 2,       /* direction was turned round (midstream, or the protocol said so) */
    FLOW_NO_PACKET_INSPECTION = 1 << 3,
    FLOW_NO_PAYLOAD_INSPECTION = 1 << 4,
    FLOW_DROPPED = 1 << 5,       /* drop everything that follows (inline, or simulated) */
    FLOW_PASSED = 1 << 6,        /* a pass rule with flow scope matched: no further inspection */
    FLOW_HAS_ALERTS = 1 << 7,
    FLOW_ELEPHANT_SERVER = 1 << 8, /* much came at a time towards the server (flow.rate-tracking) */
    FLOW_EXPECTED = 1 << 9,      /* announced by another flow: expected_* tell */
    FLOW_ENDING = 1 << 10,       /* in its end call */
    FLOW_BYPASS_LOCAL = 1 << 11,
    FLOW_ACTION_REJECT = 1 << 12,
    FLOW_DROPPED_BY_POLICY = 1 << 13, /* with FLOW_DROPPED: an exception policy said so */
    FLOW_ASKED = 1 << 14,        /* it was asked whether it was announced */
    FLOW_PAYLOAD_ENDS = 1 << 15, /* from the next packet on: no payload inspection */
    FLOW_DROPPED_BY_FIREWALL = 1 << 16,
    FLOW_ACCEPTED = 1 << 17,     /* the firewall lets all of it through: only the other rules look at it */
    FLOW_STREAM_AT_END = 1 << 18, /* what the streams hold is looked at when the flow ends, no sooner */
    FLOW_ROOM = 1 << 19,         /* table's: room for its session lies behind it */
    FLOW_OFFLOADED = 1 << 20,    /* bypassed, and its frames are left to the kernel (engine/offload) */
    FLOW_ELEPHANT_CLIENT = 1 << 21, /* … towards the client */
};
/* Each is a bit of its own: a sum of that many has no bit to spare. */
_Static_assert(
    FLOW_SEEN_SERVER + FLOW_SEEN_CLIENT + FLOW_SWAPPED + FLOW_NO_PACKET_INSPECTION + FLOW_NO_PAYLOAD_INSPECTION + FLOW_DROPPED +
    FLOW_PASSED + FLOW_HAS_ALERTS + FLOW_ELEPHANT_SERVER + FLOW_EXPECTED + FLOW_ENDING + FLOW_BYPASS_LOCAL + FLOW_ACTION_REJECT +
    FLOW_DROPPED_BY_POLICY + FLOW_ASKED + FLOW_PAYLOAD_ENDS + FLOW_DROPPED_BY_FIREWALL + FLOW_ACCEPTED + FLOW_STREAM_AT_END +
    FLOW_ROOM + FLOW_OFFLOADED + FLOW_ELEPHANT_CLIENT == (1 << 22) - 1,
    "two flags of flows share a bit");

struct flow_key {
    struct addr addr[2];     /* [0] the initiator's (client), [1] the responder's */
    uint16_t port[2];        /* ICMP: see flow_icmp_port; ESP: the SPI's halves; other protocols without ports: 0 */
    uint16_t vlan[VIEW_VLANS_MAX];
    uint8_t proto, family, level, vlan_n;
    uint32_t tenant;
    uint32_t device;         /* input device (live); 0 for files */
};

struct session;              /* flow/stream.h: a TCP session */
struct conn;                 /* proto/: the application layer of this flow */
struct flow_detect;          /* detect/: bits, variables, inspection marks */

/* Hardware addresses seen at the flow's ends, in the order they appeared. */
#define FLOW_MACS_MAX 10
struct flow_macs {
    uint8_t n[2];
    uint8_t mac[2][FLOW_MACS_MAX][6];
};

struct flow {
    /* The first two cache lines are what a look-up and a packet's counting touch. */
    struct flow *chain;          /* table's: the next flow of a full bucket */
    struct flow_key key;

    uint64_t last;               /* ns, of the last packet */
    uint64_t deadline;           /* ns: expired for a packet at or behind it */
    uint32_t flags;              /* enum flow_flag */
    uint8_t state;               /* enum flow_state */
    uint8_t reason;              /* enum flow_reason, in the end call */
    uint8_t exception;           /* enum flow_exception: exception policies that hit, for the record */
    uint8_t readers;             /* enum view_reader, of its first packet */
    uint64_t packets[2], bytes[2];
    uint8_t min_ttl[2], max_ttl[2];
    uint16_t alerts;             /* alerts raised in it, saturating */

    /* The third: what its packets' turns go on to. */
    struct session *tcp;         /* TCP only, made at the first packet that a session needs */
    struct conn *app;            /* made at the first payload */
    struct flow_detect *detect;  /* made when a rule needs it */
    uint64_t id;                 /* flow_id of the logs: the same when its packets are read again */
    uint64_t parent;             /* id of the flow that announced it; 0 */
    struct flow_macs *macs;      /* table's, when they are wanted; NULL: none */
    void *frames;                /* engine/pcap_log: frames that wait for an alert */
    uint32_t told[2];            /* the map's, per side, what it knows of the flow */

    /* The last: what its end is put in order by. */
    uint64_t first;              /* ns */
    uint64_t first_packet;       /* number of its first packet */
    uint64_t hash;
    uint64_t app_rest;           /* proto/: what it keeps while `app` is not needed; 0: nothing */
    uint8_t icmp_type[2], icmp_code[2]; /* [0] of the first packet, [1] of its counterpart (0 when there is none) */
    uint16_t expected_proto;     /* FLOW_EXPECTED: protocol id the announcing flow named */
    uint16_t age_slot;           /* table's */
    union {
        struct flow *age_prev;   /* table's deadline queue, */
        uint64_t ended;          /* and when it has left that, ns, in the end call: the deadline, or the packet's time that ended it */
    };
    struct flow *age_next;
    uint64_t age_key;            /* table's: the deadline it is queued under (never later than the true one) */
};

struct flow_settings {
    uint64_t memcap;         /* bytes for flows, sessions and reassembly of one engine; split over workers */
    uint32_t hash_size;      /* initial buckets */
    uint32_t timeout[4][3];  /* seconds: [default tcp udp icmp][new established closed] */
    uint32_t timeout_bypassed[4];
    bool vlan_in_key, level_in_key, tenant_in_key, device_in_key;
    uint64_t seed;           /* hash and id seed */
    uint64_t rate_bytes;     /* a flow with so many in one direction within rate_interval is an elephant; 0: nobody asks */
    uint32_t rate_interval;  /* seconds */
    bool macs;               /* records want hardware addresses */
    bool live;               /* wall-clock driven */
};
extern const struct option_row flow_options[];
extern const unsigned flow_option_n;

/* Called by the table when a flow ends; the flow is still whole, its reason is set. */
struct flow_sink {
    void *ctx;
    void (*end)(void *ctx, struct flow *f);
};

enum flow_counter {
#define COUNTER(id, name, kind, help) id,
#include "flow/counters.list"
#undef COUNTER
    FLOW_COUNTER_N
};
extern const struct counter_row flow_counters[];

struct flow_table;
struct flow_table *flow_table_new(const struct flow_settings *s, struct flow_sink sink);
/* At start: behind TCP flows lie n bytes for their session from here on, behind `max` at a time (0: any number).  Whoever looks at
 * the one looks at the other: in one page they cost one walk. */
void flow_table_rooms(struct flow_table *t, size_t n, uint64_t max);
void flow_table_rooms_cap(struct flow_table *t, uint64_t max); /* another number of them */
static inline void *flow_room(struct flow *f) { return f->flags & FLOW_ROOM ? f + 1 : NULL; }
void flow_table_free(struct flow_table *t);             /* flow_end_all first, or their ends are not told */
/* Another memcap, 0: none.  Flows beyond it stay until they end or room is needed. */
void flow_table_cap(struct flow_table *t, uint64_t bytes);
const struct flow *flow_by_id(const struct flow_table *t, uint64_t id); /* a walk over all; NULL: none that lives */
uint64_t *flow_table_counters(struct flow_table *t);    /* FLOW_COUNTER_N */

/* Computes hash of every view of the batch and prefetches its bucket. */
void flow_prepare(struct flow_table *t, struct batch *b);
/* Fetches into the cache what a view's turn will need, in three steps: FLOW_AHEAD packets before it the flow, half as many
 * before it the session and the conn, one before it what hangs on those (that is for the caller: the flow is returned, which is
 * the view's most likely; NULL: none).  Not more at once: a processor drops what goes beyond the loads it keeps under way. */
#define FLOW_AHEAD 8
enum flow_near { FLOW_FAR, FLOW_NEAR, FLOW_NEXT };
const struct flow *flow_ahead(const struct flow_table *t, const struct view *v, enum flow_near near);
/* The symmetric hash of one view: both directions of a flow have the same.  Fragments by addresses and id; ICMP errors that
 * belong to the flow they quote by that; no flow: the first bytes of the frame. */
uint64_t flow_hash(const struct flow_settings *s, const struct view *v);

/* The view's flow in the view's own turn, made when there is none; NULL when it gets none (no flow kind, or memory cap:
 * counted).  *side is the view's direction in it.  May end other flows (expired, replaced, reused).  Counts the packet. */
struct flow *flow_resolve(struct flow_table *t, const struct view *v, enum side *side);
bool flow_refused(const struct flow_table *t); /* the last flow_resolve found no memory */
/* The TCP layer found that this SYN starts another session on the same key (reuse): ends the old flow, returns the new. */
struct flow *flow_reuse(struct flow_table *t, struct flow *f, const struct view *v, enum side *side);
void flow_set_state(struct flow_table *t, struct flow *f, enum flow_state s); /* moves the deadline too */
/* Client and server change places (midstream, protocol detection): key, counters, everything per side in the flow. */
void flow_swap(struct flow_table *t, struct flow *f);

/* Announces a flow (FTP data, SIP media, TFTP).  Ports and addresses that are 0 match any; addresses match either way round,
 * ports only as given ([0] the client's).  Bounded; expires after `seconds`.  False at the cap (counted). */
#define FLOW_EXPECT_NOTE_MAX 320
struct flow_expectation {
    struct addr addr[2];
    enum family family;
    uint16_t port[2];
    uint8_t proto;
    uint32_t app_proto;
    uint64_t parent;
    uint32_t seconds;
    uint32_t tenant;         /* the announcing flow's: it is meant there only */
    uint16_t note_n;
    uint8_t note[FLOW_EXPECT_NOTE_MAX]; /* what the announcing protocol tells the one that takes the flow */
};
bool flow_expect(struct flow_table *t, const struct flow_expectation *e);
/* Was this flow announced?  Then it gets FLOW_EXPECTED, expected_proto and parent, and the announcement goes to *out (NULL: not
 * wanted) and is used up.  Asked by
 * the protocol driver for a flow whose first bytes no pattern knew: the announcements are shared by all workers, and the asking
 * one waits until no other is behind its turn, once a flow (*out is filled then only). */
bool flow_expected(struct flow_table *t, struct flow *f, struct flow_expectation *out);

/* What several tables share: made once, given to each table at start; without it a table keeps its own.  `turns` may be NULL. */
struct turns;
struct flow_expectations;
struct flow_expectations *flow_expectations_new(struct turns *turns);
void flow_expectations_free(struct flow_expectations *e);
void flow_table_share(struct flow_table *t, struct flow_expectations *e, unsigned worker);

/* The time stamp of a packet, or of an idle live source: ends flows that are due, in deadline order. */
void flow_sweep(struct flow_table *t, uint64_t now);
void flow_end_all(struct flow_table *t);             /* end of input, in order of first packet: reason shutdown */
uint64_t flow_live(const struct flow_table *t);

/* Community ID v1 (Corelight's open specification); seed as set; out holds FLOW_COMMUNITY_MAX bytes with NUL. */
#define FLOW_COMMUNITY_MAX 40
void flow_community_id(const struct flow *f, uint16_t seed, char *out);
const char *flow_state_name(const struct flow *f);  /* "new", "established", "closed", "bypassed" */
const char *flow_reason_name(const struct flow *f); /* "timeout", "forced", "shutdown", "tcp_reuse"… */

#endif
