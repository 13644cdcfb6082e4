/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stream - TCP: the session's state, and each direction's bytes put in order as its receiver would see them.
 *
 * One `struct streams` per worker.  A session belongs to its flow (flow->tcp) and ends with it; segment bytes live in
 * capped memory of the worker.  Two readers walk each direction, each with a mark of its own, in stream offsets (0 is
 * the first byte after SYN):
 *   app   bytes released to the parsers, through the sink, in order; the sink says how many it consumed, the rest is
 *         offered again together with what follows (contiguous, in place)
 *   raw   bytes for stream rules: stream_raw() gives a window of new bytes with look-back, stream_raw_done() moves the mark
 * Bytes are kept until both marks have passed them (a reader that has been switched off holds nothing).
 *
 * When bytes are released: passive, when the other side acknowledges them, or at FIN, RST, depth, session end, and at once in
 * asynchronous sessions; inline, on arrival.  docs/semantics.md has the table.
 */
#ifndef FLOW_STREAM_H
#define FLOW_STREAM_H

#include "base/rows.h"
#include "facts/facts.h"
#include "flow/exception.h"
#include "flow/flow.h"

enum tcp_state {
    TCP_NONE, TCP_SYN_SENT, TCP_SYN_RECV, TCP_ESTABLISHED, TCP_FIN_WAIT1, TCP_FIN_WAIT2, TCP_TIME_WAIT, TCP_LAST_ACK,
    TCP_CLOSE_WAIT, TCP_CLOSING, TCP_CLOSED
};

enum stream_note { /* ids continue NOTE_STREAM_BASE in view notes */
#define NOTE(id, name, gid, sid, help) id,
#include "flow/notes.list"
#undef NOTE
    STREAM_NOTE_N
};
extern const struct note_row stream_notes[];

/* What the sink is told with the bytes. */
enum stream_flag {
    STREAM_START = 1 << 0,   /* the first bytes of this direction */
    STREAM_GAP = 1 << 1,     /* avail is empty: `gap` bytes are missing and will not come */
    STREAM_EOF = 1 << 2,     /* nothing more will come in this direction (FIN, RST, end); avail may be empty */
    STREAM_DEPTH = 1 << 3,   /* the reassembly depth is reached: nothing more will be given */
    STREAM_MIDSTREAM = 1 << 4,
    STREAM_ONE_SIDED = 1 << 5, /* nothing is seen of the other direction */
};

#define STREAM_GAP_REFUSED SIZE_MAX

/* What the sink is given at a time. */
struct stream_part {
    struct bytes avail;      /* in order; what was not consumed before comes first */
    uint64_t offset;         /* stream offset of avail.p[0], or of the gap */
    uint64_t gap;            /* bytes missing; only with STREAM_GAP */
    unsigned flags;          /* enum stream_flag */
};

struct stream_sink {
    void *ctx;
    /* In-order bytes from `offset` on; returns how many were consumed (<= avail.n).  gap only with STREAM_GAP; then anything
     * but STREAM_GAP_REFUSED goes over it.  Refused (no protocol is known to go over it): it is offered, and noted, again. */
    size_t (*data)(void *ctx, struct flow *f, enum side side, const struct stream_part *part);
};

struct stream_settings {
    uint64_t memcap, reassembly_memcap; /* bytes, split over workers */
    uint64_t depth;                     /* bytes a direction; 0: no limit */
    uint32_t to_server_chunk, to_client_chunk; /* raw window sizes */
    bool raw;                           /* stream rules at all */
    uint32_t midstream_choice;          /* enum stream_midstream_choice; the engine sets the next two from it */
    bool midstream, async_oneway;
    bool midstream_unasked;             /* midstream only because rules of some dialect want it */
    bool inline_mode;                   /* inspect on arrival */
    bool guarded;                       /* no byte goes on that was not taken as its target will take it: see stream.c */
    bool check_overlap;                 /* note differing overlaps */
    bool bypass;
    uint32_t max_synack_queued, max_syn_queued;
    uint32_t midstream_policy, memcap_policy, reassembly_memcap_policy; /* enum exception_policy */
    bool drop_invalid;
    uint32_t urgent_policy;             /* enum stream_urgent */
    uint32_t urgent_oob_limit;          /* enum stream_urgent (not oob): when 65535 bytes were taken out of band */
    bool liberal_timestamps;
    bool checksum_validation;           /* do not track packets whose checksum the decoder found wrong */
    uint32_t inline_choice;             /* enum stream_inline; the engine sets inline_mode from it */
    bool ips;                           /* packets can be dropped: the meaning of the policy "auto"; set by the engine */
    uint32_t max_regions;               /* separate regions a direction may be stored in; 0: no limit */
};
enum stream_midstream_choice { STREAM_MIDSTREAM_AUTO, STREAM_MIDSTREAM_NO, STREAM_MIDSTREAM_YES };
enum stream_inline { STREAM_INLINE_AUTO, STREAM_INLINE_NO, STREAM_INLINE_YES };
enum stream_urgent { STREAM_URGENT_OOB, STREAM_URGENT_INLINE, STREAM_URGENT_DROP, STREAM_URGENT_GAP };
extern const struct option_row stream_options[];
extern const unsigned stream_option_n;

enum stream_counter {
#define COUNTER(id, name, kind, help) id,
#include "flow/stream_counters.list"
#undef COUNTER
    STREAM_COUNTER_N
};
extern const struct counter_row stream_counters[];

/* Somebody who is told when bytes came into a direction's store: `was` as the packet has them, from stream offset `offset` on;
 * nothing below `base` is kept.  What the store has there then may differ (stream_stored). */
struct stream_watch {
    void *ctx;
    void (*stored)(void *ctx, struct flow *f, enum side side, uint64_t offset, struct bytes was, uint64_t base);
};

struct streams;
struct streams *streams_new(const struct stream_settings *s, struct flow_table *flows, struct stream_sink sink);
void streams_free(struct streams *s);
/* Rules come, or others: from here on new sessions keep bytes for stream rules (raw), and are picked up without their SYN where
 * the settings leave it to the rules (pdus).  What was on stays on. */
void streams_rules(struct streams *s, bool raw, bool pdus);
void streams_cap(struct streams *s, uint64_t bytes);            /* other memcaps, 0: none; what is out stays */
void streams_reassembly_cap(struct streams *s, uint64_t bytes);
void streams_watch(struct streams *s, struct stream_watch w); /* before the first packet */
void streams_released(struct streams *s); /* the batch went back to its source */
uint64_t *streams_counters(struct streams *s);
uint64_t *streams_note_counts(struct streams *s);

/* What a packet did; the worker's turn needs to know. */
struct stream_result {
    struct flow *flow;        /* the flow afterwards: another one when the session was reused */
    enum side side;           /* afterwards: midstream or reuse may have turned it */
    bool advanced[2];         /* bytes of that direction were released to app or raw in this turn */
    bool ended;               /* the session is closed: both directions were flushed */
    bool repeated;            /* all of this packet's payload was there before */
    bool in_stream;           /* this packet's payload was taken into its stream (stream rules see it there) */
    uint8_t verdict;          /* exception policies, inline: enum verdict */
    uint8_t update;           /* enum stream_update: whose bytes the sink was called for */
    bool established;         /* flow:established holds for this packet: the session was established before it, or this
                               * very packet carries data and ends the handshake */
    bool in_session;          /* the session is established after this packet: streams and transactions are inspected in
                               * its turn (also a SYN with fast open data) */
    bool reused;              /* `flow` is a new one; the old one's end was told */
    bool no_payload;          /* an exception policy or an invalid packet: its payload is not inspected */
    bool no_packet;           /* an exception policy: nothing of the packet is inspected */
    bool bypass;              /* the session asks to be bypassed (stream.bypass, exception policy) */
    bool reject_both;         /* with VERDICT_REJECT: towards both sides */
    uint8_t drop_reason;      /* enum drop_reason, when verdict is not to pass */
};

/* Which side's parsers a packet moved, seen from the packet: its acknowledgment releases the opposing side's bytes, its
 * own bytes go at once inline, at FIN, RST, depth and the end. */
enum stream_update { STREAM_UPDATE_NONE, STREAM_UPDATE_PACKET, STREAM_UPDATE_OPPOSING, STREAM_UPDATE_BOTH };



/* One TCP view of the flow r->flow, seen as from r->side (nothing else of *r counts); notes go onto the view (ids from
 * NOTE_STREAM_BASE). */
void stream_packet(struct streams *s, struct view *v, const struct facts *facts, struct stream_result *r);
/* Is v the first packet of a session other than the one that the flow holds: a SYN with another number, from its client? */
bool stream_begins(const struct flow *f, enum side side, const struct view *v);
/* Inline, in v's own turn: v's payload from `at` on becomes `with`, and so does what is kept of it in the stream, so that what is sent
 * again becomes it too; f NULL: no flow.  False: v must not go on as it is. */
bool stream_replace(struct streams *s, struct flow *f, enum side side, struct view *v, size_t at, struct bytes with);
/* The flow ends (expiry, shutdown): releases what is there, gaps and all, with STREAM_EOF for both sides. */
void stream_flush(struct streams *s, struct flow *f);
/* The same for one side, so that the worker can inspect in between: to server first, then to client, each only when
 * stream_pending says so or transactions are open there; stream_prune after each. */
void stream_flush_side(struct streams *s, struct flow *f, enum side side);
/* Whether a flow's end has something to do in this direction: bytes not yet read, or a session that did not close. */
bool stream_pending(const struct flow *f, enum side side);
/* Fetches into the cache what the turn of the flow's next packet will need of what is stored. */
void stream_ahead(const struct flow *f);
void stream_end(struct streams *s, struct flow *f);   /* frees flow->tcp */
/* The two directions change places; flow_swap calls it. */
void stream_swap(struct flow *f);

/* Stops a direction, or both: no more bytes for the parsers (raw may go on), or none at all. */
void stream_app_off(struct flow *f, enum side side);
void stream_raw_off(struct flow *f, enum side side);
void stream_reassembly_off(struct streams *s, struct flow *f, enum side side);
/* Parsers may change the depth (file transfers) of one direction; 0: no limit. */
void stream_set_depth(struct flow *f, enum side side, uint64_t depth);
/* The parsers ask that raw bytes be offered now, without waiting for a full chunk (a message is complete). */
void stream_raw_trigger(struct flow *f, enum side side);

/* Called from within the sink: this direction's bytes are not offered again in this turn (the protocol changes). */
void stream_app_hold(struct flow *f, enum side side);
/* The parser of this direction wants at least n bytes from its mark before it is called again (or a gap, or the end). */
void stream_app_need(struct flow *f, enum side side, uint32_t n);
/* Offers the released bytes of a direction again: protocol detection found the protocol by the other side's bytes. */
void stream_app_again(struct streams *s, struct flow *f, enum side side);
/* Bytes from `offset` on stay although app and raw have passed them (open frames); UINT64_MAX: nothing is held. */
void stream_keep(struct flow *f, enum side side, uint64_t offset);
/* How far back stream rules look when the parsers trigger them (a message's inspection limit); 0: no look-back. */
void stream_raw_lookback(struct flow *f, enum side side, uint32_t n);
/* Stored bytes [offset, offset + n) as far as they are contiguous and there: for frames. */
struct bytes stream_at(const struct flow *f, enum side side, uint64_t offset, size_t n);
/* The stored run of bytes that holds `offset`, or the first behind it: its first byte's offset and all of it.  False: none. */
bool stream_stored(const struct flow *f, enum side side, uint64_t offset, uint64_t *start, struct bytes *run);
uint64_t stream_app_mark(const struct flow *f, enum side side);

/* The window stream rules inspect now in this direction.  The turn of a packet inspects the packet's own direction. */
struct stream_window {
    struct bytes bytes;    /* contiguous; look-back first */
    uint64_t offset;       /* stream offset of bytes.p[0] */
    uint64_t fresh;        /* stream offset up to which it was inspected before */
    uint64_t upto;         /* what stream_raw_done gets once this window, the last one, was inspected */
    uint64_t edge;         /* of this module: right edge of what may be inspected */
    uint32_t next;         /* of this module: where stream_raw_next goes on */
};
/* False when there is nothing to inspect (no new bytes, or the chunk is not full and nothing forces it). */
bool stream_raw(const struct streams *s, struct flow *f, enum side side, bool force, struct stream_window *w);
/* The next window of the same inspection: behind a gap. */
bool stream_raw_next(const struct streams *s, struct flow *f, enum side side, struct stream_window *w);
/* upto 0: there was something to inspect and no rule looked: the mark follows the parsers'. */
void stream_raw_done(struct streams *s, struct flow *f, enum side side, uint64_t upto);
/* Gives bytes back that all readers have passed; once at the end of a turn. */
void stream_prune(struct streams *s, struct flow *f);

enum tcp_state stream_state(const struct flow *f);
const char *tcp_state_name(enum tcp_state s); /* "syn_sent", … as the flow record has it */
bool stream_established(const struct flow *f);  /* what the rule keyword flow:established asks */
uint8_t stream_tcp_flags(const struct flow *f, enum side side); /* OR of all flags seen */
uint64_t stream_bytes(const struct flow *f, enum side side);    /* bytes of the stream seen so far (stream_size keyword) */
bool stream_has_gap(const struct flow *f, enum side side);
bool stream_midstream(const struct flow *f);
/* Picked up without its SYN, and only because rules of some dialect want it: for all others there is no session. */
bool stream_unasked(const struct flow *f);
/* Stream offset behind the payload of the packet in turn, which goes in that direction; 0: no session. */
uint64_t stream_packet_end(const struct flow *f, enum side side, const struct view *v);
/* For the flow record: the most separate runs of bytes held at once, and urgent bytes taken out of the stream. */
uint32_t stream_max_regions(const struct flow *f, enum side side);
uint32_t stream_urgent_bytes(const struct flow *f, enum side side);
uint8_t stream_tcp_flags_all(const struct flow *f);               /* both sides */
/* Whose data came first, for protocol detection: 0 none yet, 1 towards the server, 2 towards the client. */
unsigned stream_first_data(const struct flow *f);

#endif
