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
};

struct stream_sink {
    void *ctx;
    /* In-order bytes from `offset` on; returns how many were consumed (<= avail.n).  gap only with STREAM_GAP. */
    size_t (*data)(void *ctx, struct flow *f, enum side side, struct bytes avail, uint64_t offset, unsigned flags, uint64_t gap);
};

enum stream_exception { EXCEPTION_IGNORE, EXCEPTION_DROP_FLOW, EXCEPTION_DROP_PACKET, EXCEPTION_PASS_FLOW, EXCEPTION_PASS_PACKET,
                        EXCEPTION_BYPASS, EXCEPTION_REJECT, EXCEPTION_REJECT_BOTH, EXCEPTION_AUTO };

struct stream_settings {
    uint64_t memcap, reassembly_memcap; /* bytes, split over workers */
    uint64_t depth;                     /* bytes a direction; 0: no limit */
    uint32_t to_server_chunk, to_client_chunk; /* raw window sizes */
    bool raw;                           /* stream rules at all */
    bool midstream, async_oneway;
    bool inline_mode;                   /* inspect on arrival */
    bool check_overlap;                 /* note differing overlaps */
    bool bypass;
    uint32_t max_synack_queued, max_syn_queued;
    uint32_t midstream_policy, memcap_policy, reassembly_memcap_policy; /* enum stream_exception */
    bool drop_invalid;
    uint32_t urgent_policy;             /* oob, inline, drop, gap as Suricata 8 has them */
    uint32_t urgent_oob_limit;
    bool liberal_timestamps;
};
extern const struct option_row stream_options[];
extern const unsigned stream_option_n;

enum stream_counter {
#define COUNTER(id, name, kind, help) id,
#include "flow/stream_counters.list"
#undef COUNTER
    STREAM_COUNTER_N
};
extern const struct counter_row stream_counters[];

struct streams;
struct streams *streams_new(const struct stream_settings *s, struct flow_table *flows, struct stream_sink sink);
void streams_free(struct streams *s);
uint64_t *streams_counters(struct streams *s);
uint64_t *streams_note_counts(struct streams *s);

/* What a packet did; the worker's turn needs to know. */
struct stream_result {
    struct flow *flow;        /* the flow afterwards: another one when the session was reused */
    enum side side;           /* afterwards: midstream or reuse may have turned it */
    bool advanced[2];         /* bytes of that direction were released to app or raw in this turn */
    bool ended;               /* the session is closed: both directions were flushed */
    bool in_stream;           /* this packet's payload was taken into its stream (stream rules see it there) */
    bool detect_ended;        /* FIN/RST completed: inspect what is pending in both directions in this turn */
    uint8_t verdict;          /* exception policies, inline: enum verdict */
};

/* One TCP view of flow f; notes go onto the view (ids from NOTE_STREAM_BASE). */
struct stream_result stream_packet(struct streams *s, struct flow *f, enum side side, struct view *v, const struct facts *facts);
/* The flow ends (expiry, shutdown): releases what is there, gaps and all, with STREAM_EOF for both sides. */
void stream_flush(struct streams *s, struct flow *f);
void stream_end(struct streams *s, struct flow *f);   /* frees flow->tcp */

/* Stops a direction, or both: no more bytes for the parsers (raw may go on), or none at all. */
void stream_app_off(struct flow *f, enum side side);
void stream_raw_off(struct flow *f, enum side side);
void stream_reassembly_off(struct streams *s, struct flow *f, enum side side);
/* Parsers may change the depth (file transfers) of one direction; 0: no limit. */
void stream_set_depth(struct flow *f, enum side side, uint64_t depth);
/* The parsers ask that raw bytes be offered now, without waiting for a full chunk (a message is complete). */
void stream_raw_trigger(struct flow *f, enum side side);

/* The window stream rules inspect now in this direction. */
struct stream_window {
    struct bytes bytes;    /* contiguous; look-back first */
    uint64_t offset;       /* stream offset of bytes.p[0] */
    uint64_t fresh;        /* stream offset up to which it was inspected before */
};
/* False when there is nothing to inspect (no new bytes, or the chunk is not full and nothing forces it). */
bool stream_raw(const struct streams *s, struct flow *f, enum side side, bool force, struct stream_window *w);
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
/* For the flow record: the most separate runs of bytes held at once, and urgent bytes taken out of the stream. */
uint32_t stream_max_regions(const struct flow *f, enum side side);
uint32_t stream_urgent_bytes(const struct flow *f, enum side side);

#endif
