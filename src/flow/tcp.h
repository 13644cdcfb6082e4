/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tcp - inside of the stream module: a session, its two directions, and the turn of one packet.
 *
 * Only stream*.c and tcp*.c include this.  A direction is named by where its bytes go, so `dir[TO_SERVER]` is what the
 * client sends; what its receiver grants and acknowledges (window, last_ack) stands with it.  Sequence numbers are 32
 * bits and wrap; stream offsets are 64 bits, 0 is the first byte after SYN.
 *
 *   tcp.c        a packet's way through the session, what is no news (keep-alives, repeats), dispatch by state
 *   tcp_open.c   no session, SYN sent: handshakes of every kind and pick-ups
 *   tcp_syn_recv.c  SYN received
 *   tcp_syns.c   what SYNs and SYN/ACKs promise
 *   tcp_run.c    established; FIN and RST
 *   tcp_close.c  the states of closing, as a table
 *   tcp_check.c  timestamps, acknowledgment numbers, RST
 *   tcp_sack.c   what the receiver holds beyond the acknowledged
 *   stream.c     sessions, settings, policies, getters
 *   stream_data.c   what a segment does: storing, urgent bytes, depth, release to the parsers
 *   stream_raw.c    windows of stream rules, and giving bytes back
 *   stream_store.c  the bytes of one direction and who sent what
 */
#ifndef FLOW_TCP_H
#define FLOW_TCP_H

#include "base/arena.h"
#include "flow/rewrite.h"
#include "flow/stream.h"

enum { TCP_FIN = 1, TCP_SYN = 2, TCP_RST = 4, TCP_PSH = 8, TCP_ACK = 16, TCP_URG = 32 };
enum { TCP_WSCALE_MAX = 14 }; /* RFC 7323 2.3 */

enum session_flag {
    SESSION_MIDSTREAM = 1 << 0,
    SESSION_MIDSTREAM_SYNACK = 1 << 2, /* picked up by a SYN/ACK */
    SESSION_TIMESTAMPS = 1 << 3,       /* both sides use them */
    SESSION_SYN_WSCALE = 1 << 4,       /* the SYN had a window scale */
    SESSION_RESET = 1 << 5,            /* closed by RST */
    SESSION_ASYNC = 1 << 6,            /* one side is seen only */
    SESSION_CROSSED = 1 << 7,          /* crossing SYNs */
    SESSION_EVASION = 1 << 8,          /* handshake ACK with wrong acknowledgment */
    SESSION_SYN_SACK = 1 << 9,
    SESSION_SACK = 1 << 10,
    SESSION_LOSSY = 1 << 11,           /* bytes are missing: RSTs are believed */
    SESSION_CONFIRMED = 1 << 12,       /* the server went on after the handshake */
    SESSION_FAST_OPEN = 1 << 13,
    SESSION_FAST_OPEN_IGNORED = 1 << 14,
    SESSION_UNASKED = 1 << 15,         /* midstream, for rules of some dialect only */
};

enum dir_flag {
    DIR_GAP = 1 << 0,
    DIR_OFF = 1 << 1,          /* nothing is stored any more */
    DIR_KEEPALIVE = 1 << 2,
    DIR_DEPTH = 1 << 3,        /* depth reached */
    DIR_TRIGGER = 1 << 4,      /* raw is to be inspected without waiting for a chunk */
    DIR_TIMESTAMP = 1 << 5,    /* the side's SYN had a timestamp */
    DIR_ZERO_TIMESTAMP = 1 << 6,
    DIR_RAW_LAST = 1 << 7,     /* no new raw bytes: inspect what is there, then stop */
    DIR_RAW_OFF = 1 << 8,
    DIR_APP_OFF = 1 << 9,
    DIR_RST_DOUBT = 1 << 10,   /* a RST came towards this direction's sender that could not be verified */
    DIR_POLICY = 1 << 11,      /* os_policy is set */
    DIR_STORED = 1 << 12,      /* bytes were stored once */
    DIR_HOLD = 1 << 13,        /* the sink asked for a pause in this turn */
    DIR_PROBE = 1 << 14,       /* a zero window probe went out */
    DIR_STARTED = 1 << 15,     /* the sink has consumed something */
};

struct store;
struct sack_list;
struct syn_list;

struct tcp_dir {
    uint16_t flags;          /* enum dir_flag */
    uint8_t wscale, policy, tcp_flags;
    bool unseen;             /* picked up by a packet of the other side, no packet of this one yet */
    uint16_t urgent;         /* bytes taken out of band so far */
    uint16_t max_regions;
    uint32_t isn, next_seq;
    uint32_t last_ack, next_win; /* acknowledged, and the right edge of the window */
    uint32_t window;         /* scaled */
    uint32_t last_ts, last_sec; /* timestamp value, and capture time in seconds of the packet that had it */
    uint32_t base_seq;       /* sequence number of `base` */
    uint32_t right_seq;      /* end of what was ever stored */
    uint32_t lookback, need;
    uint64_t base;           /* stream offset below which nothing is kept */
    uint64_t app, raw;       /* marks */
    uint64_t keep;
    uint64_t depth;
    struct store *store;     /* NULL: nothing is stored */
    struct sack_list *sack;
};

struct session {
    struct tcp_dir dir[2];
    struct syn_list *queue;
    uint16_t flags;          /* enum session_flag */
    uint8_t state, before;   /* enum tcp_state */
    uint8_t tcp_flags;
    uint8_t first_data;      /* 1 to server, 2 to client */
    uint8_t swaps;
    uint8_t turn_side;       /* of the last packet, and whether its turn prunes */
    bool turn_prune;
    uint32_t turn_seq;       /* where its bytes lie: without urgent bytes before them, behind its SYN (RFC 7413) */
};

enum { STREAM_SEGMENT_MAX = 65536, STREAM_REPLACED = 32 };
struct streams {
    struct stream_settings set;
    struct flow_table *flows;
    struct stream_sink sink;
    struct stream_watch watch; /* stored NULL: nobody */
    uint64_t live, live_peak, max; /* sessions; each lies behind its flow (flow_room) */
    struct pages *side;      /* SYN queues, SACK lists */
    struct pages *pages;     /* stored bytes */
    struct rewrites *rewrites; /* inline; NULL otherwise */
    uint64_t counter[STREAM_COUNTER_N];
    uint64_t note[STREAM_NOTE_N];
    uint8_t *scratch;        /* one segment, resolved; STREAM_SEGMENT_MAX bytes */
    struct turn *turn;       /* the packet being worked on, NULL outside */
    /* The last packet's own bytes, for inline windows. */
    struct {
        const struct flow *flow;
        struct bytes bytes;
    } own;
    struct replaced {        /* stretches that rules replaced, the last so many */
        const struct flow *flow;
        uint64_t from, to;
        enum side side;
    } replaced[STREAM_REPLACED];
    unsigned replaced_n;     /* of all; 0: none yet */
};

struct turn {
    struct streams *s;
    struct flow *f;
    struct session *ssn;
    struct view *v;          /* NULL at a flow's end */
    const struct facts *facts;
    struct tcp_dir *snd, *rcv; /* the packet's direction, and the other one */
    struct stream_result *r;
    enum side side;
    uint32_t seq, ack, len, window, sec;
    uint8_t flags;
    bool refused;            /* its bytes were not taken, though it counts as valid */
    bool lost;               /* they could not be stored: the policy says what becomes of it */
    bool end;                /* no packet: the flow ends */
};

static inline bool seq_lt(uint32_t a, uint32_t b) { return (int32_t)(a - b) < 0; }
static inline bool seq_le(uint32_t a, uint32_t b) { return (int32_t)(a - b) <= 0; }
static inline bool seq_gt(uint32_t a, uint32_t b) { return (int32_t)(a - b) > 0; }
static inline bool seq_ge(uint32_t a, uint32_t b) { return (int32_t)(a - b) >= 0; }

/* tcp.c */
void turn_note(struct turn *t, enum stream_note n);
void turn_sides(struct turn *t, enum side side);      /* sets side, snd, rcv */
void tcp_set_state(struct turn *t, enum tcp_state s);
bool tcp_packet(struct turn *t);                      /* false: an invalid packet */

/* Handlers of a state; false: the packet is invalid. */
bool tcp_none(struct turn *t);
bool tcp_syn_sent(struct turn *t);
bool tcp_syn_recv(struct turn *t);
bool tcp_established(struct turn *t);
bool tcp_closing(struct turn *t, enum tcp_state state);
bool tcp_fin(struct turn *t);
bool tcp_reset(struct turn *t);                       /* RST in a closing state */
void tcp_close_by_reset(struct turn *t);

/* tcp_check.c */
bool tcp_timestamp_ok(struct turn *t);
bool tcp_timestamp_take(struct turn *t);
bool tcp_ack_ok(struct turn *t);                      /* notes pkt_invalid_ack */
bool tcp_rst_ok(struct turn *t);
bool tcp_repeated(struct turn *t);                    /* notes pkt_retransmission */
enum os_policy tcp_policy(struct turn *t, enum side side); /* of the host that receives in this direction */
bool tcp_in_window(const struct turn *t);

/* tcp_sack.c */
void sack_update(struct turn *t);
void sack_prune(struct tcp_dir *d);
bool sack_is_old(const struct tcp_dir *d, const struct view *v);
uint32_t sack_bytes(const struct tcp_dir *d);
void sack_free(struct streams *s, struct tcp_dir *d);

/* Moves of a direction's numbers. */
static inline void dir_ack(struct tcp_dir *d, uint32_t ack)
{
    if (seq_gt(ack, d->last_ack) && ((d->flags & DIR_OFF) || seq_gt(ack, d->base_seq))) { /* off: base stays behind, any distance */
        d->last_ack = ack;
        if (d->sack) {
            sack_prune(d);
        }
    }
}

static inline void dir_next(const struct session *ssn, struct tcp_dir *d, uint32_t seq)
{
    d->next_seq = seq;
    if ((ssn->flags & SESSION_ASYNC) && seq_gt(seq, d->last_ack)) {
        d->last_ack = seq;
    }
}

static inline void dir_widen(struct tcp_dir *d)
{
    uint32_t win = d->last_ack + d->window + (d->sack ? sack_bytes(d) : 0);
    if (seq_gt(win, d->next_win)) {
        d->next_win = win;
    }
}

static inline void dir_start(struct tcp_dir *d, uint32_t isn)
{
    d->isn = isn;
    d->base_seq = isn + 1;
    d->next_seq = isn + 1;
}

/* Stream offset of a sequence number; below `base`, and below 0, where it lies before that. */
static inline int64_t dir_offset(const struct tcp_dir *d, uint32_t seq) { return (int64_t)d->base + (int32_t)(seq - d->base_seq); }

/* Stream offset up to which bytes are acknowledged.  Before the side has sent an ACK itself (data in a SYN, RFC 7413) none
 * are: last_ack may not be set yet. */
static inline uint64_t dir_acked(const struct tcp_dir *d)
{
    bool set = d->base > 0 || (d->tcp_flags & TCP_ACK);

    return d->base + (set && seq_gt(d->last_ack, d->base_seq) ? d->last_ack - d->base_seq : 0);
}

/* Stream offset behind the last byte ever stored. */
static inline uint64_t dir_end(const struct tcp_dir *d)
{
    return (d->flags & DIR_STORED) ? (uint64_t)dir_offset(d, d->right_seq) : d->base;
}

/* tcp_syns.c */
void syn_list_free(struct streams *s, struct session *ssn);

/* stream.c */
struct session *session_new(struct turn *t, bool midstream);
enum policy_place { POLICY_MEMCAP, POLICY_REASSEMBLY, POLICY_MIDSTREAM };
void policy_apply(struct turn *t, enum policy_place place);
void dir_app_off(struct session *ssn); /* both sides */

/* stream_data.c */
void stream_replaced_forget(struct streams *s, const struct flow *f);
/* The state machine has accepted the packet: the bytes it acknowledges are released, its own are stored. */
void stream_segment(struct turn *t);
void stream_offer(struct turn *t, enum side side, enum stream_update update);

/* stream_raw.c */
void dir_off(struct streams *s, struct tcp_dir *d); /* no more reassembly, bytes are freed */

/* stream_store.c */
enum store_status { STORE_OK, STORE_NO_MEMORY, STORE_LIMIT };
struct store_insert {
    uint32_t seq;
    struct bytes bytes;      /* at most STREAM_SEGMENT_MAX */
    bool inline_mode;        /* what came first stays, whatever the policy */
    bool compare;            /* look whether overlapping bytes differ */
    uint32_t max_regions;
    bool overlap, differ;    /* out */
};
enum store_status store_insert(struct pages *pages, struct tcp_dir *d, uint8_t *scratch, struct store_insert *in);
/* The run of contiguous bytes that holds `offset`, or the first behind it; NULL: none.  `next` counts runs. */
struct run {
    uint64_t start;
    uint8_t *buf;
    size_t room;             /* of the block */
    uint32_t head, len;      /* bytes are at buf + head */
};
const struct run *store_find(const struct tcp_dir *d, uint64_t offset, uint32_t *index);
const struct run *store_run(const struct tcp_dir *d, uint32_t index);
/* Bytes from offset on, as far as they are contiguous. */
struct bytes store_at(const struct tcp_dir *d, uint64_t offset);
/* From offset on `was` becomes `with`, of the same length, where it is stored in one piece.  False: it is not. */
bool store_replace(struct tcp_dir *d, uint64_t offset, struct bytes was, struct bytes with);
uint64_t store_contiguous(const struct tcp_dir *d); /* right edge of what is contiguous from base on */
bool store_has_segments(const struct tcp_dir *d);
bool store_has_holes(const struct tcp_dir *d);
void store_slide(struct pages *pages, struct tcp_dir *d, uint64_t left); /* base moves to left */
void store_free(struct pages *pages, struct tcp_dir *d);

#endif
