/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "flow/tcp.h"

#include <stdlib.h>

const struct note_row stream_notes[] = {
#define NOTE(id, name, gid, sid, help) { name, gid, sid, help },
#include "flow/notes.list"
#undef NOTE
};

const struct counter_row stream_counters[] = {
#define COUNTER(id, name, kind, help) { name, help, kind },
#include "flow/stream_counters.list"
#undef COUNTER
};

#define SET(field) offsetof(struct stream_settings, field)
const struct option_row stream_options[] = {
    { "stream.memcap", OPTION_BYTES, SET(memcap), "64mb", NULL, 0, 0, "bytes", "memory for sessions, of all workers together" },
    { "stream.checksum-validation", OPTION_BOOL, SET(checksum_validation), "yes", NULL, 0, 0, NULL,
      "do not track packets with a wrong checksum" },
    { "stream.midstream", OPTION_ENUM, SET(midstream_choice), "auto", "auto no yes", 0, 0, NULL,
      "pick sessions up without their SYN; auto: guard does, else only for rules of Snort 3, to all others there is no session" },
    { "stream.async-oneside", OPTION_BOOL, SET(async_oneway), "no", NULL, 0, 0, NULL,
      "follow sessions of which one side is seen only" },
    { "stream.inline", OPTION_ENUM, SET(inline_choice), "auto", "auto no yes", 0, 0, NULL,
      "inspect bytes on arrival, keep what came first" },
    { "stream.bypass", OPTION_BOOL, SET(bypass), "no", NULL, 0, 0, NULL, "bypass sessions whose depth is reached" },
    { "stream.drop-invalid", OPTION_BOOL, SET(drop_invalid), "yes", NULL, 0, 0, NULL,
      "inline: drop packets that do not fit their session" },
    { "stream.max-syn-queued", OPTION_U32, SET(max_syn_queued), "10", NULL, 0, 255, "packets", "different SYNs kept per session" },
    { "stream.max-synack-queued", OPTION_U32, SET(max_synack_queued), "5", NULL, 0, 255, "packets",
      "different SYN/ACKs kept per session" },
    { "stream.liberal-timestamps", OPTION_BOOL, SET(liberal_timestamps), "yes", NULL, 0, 0, NULL,
      "take timestamps that are one too old, as Linux does" },
    { "stream.reassembly.memcap", OPTION_BYTES, SET(reassembly_memcap), "256mb", NULL, 0, 0, "bytes",
      "memory for stored segments, of all workers together" },
    { "stream.reassembly.depth", OPTION_BYTES, SET(depth), "1mb", NULL, 0, 0, "bytes", "bytes put in order per direction; 0: no limit" },
    { "stream.reassembly.toserver-chunk-size", OPTION_U32, SET(to_server_chunk), "2560", NULL, 0, 65535, "bytes",
      "bytes that stream rules wait for" },
    { "stream.reassembly.toclient-chunk-size", OPTION_U32, SET(to_client_chunk), "2560", NULL, 0, 65535, "bytes",
      "bytes that stream rules wait for" },
    { "stream.reassembly.raw", OPTION_BOOL, SET(raw), "yes", NULL, 0, 0, NULL, "stream rules are inspected at all" },
    { "stream.reassembly.check-overlap-different-data", OPTION_BOOL, SET(check_overlap), "no", NULL, 0, 0, NULL,
      "note overlaps that differ; keeps a window of acknowledged bytes to compare with" },
    { "stream.reassembly.max-regions", OPTION_U32, SET(max_regions), "8", NULL, 0, 65535, NULL,
      "separate regions a direction may be stored in; 0: no limit" },
    { "stream.reassembly.urgent.policy", OPTION_ENUM, SET(urgent_policy), "oob", "oob inline drop gap", 0, 0, NULL,
      "the urgent byte: taken out of the stream, part of it, packet dropped, missing" },
    { "stream.reassembly.urgent.oob-limit-policy", OPTION_ENUM, SET(urgent_oob_limit), "drop", "oob inline drop gap", 0, 0, NULL,
      "the urgent byte after 65535 were taken out" },
};
const unsigned stream_option_n = ROWS(stream_options);
#undef SET

enum { REWRITES_CAP = 32 << 20 }; /* a batch of the largest frames */

/* A quarter of the sessions' memory is for what stands beside them; 0 is no cap. */
static uint64_t side_share(uint64_t memcap) { return memcap != 0 && memcap < 4 ? 1 : memcap / 4; }

struct streams *streams_new(const struct stream_settings *set, struct flow_table *flows, struct stream_sink sink)
{
    struct streams *s = calloc(1, sizeof *s);
    uint64_t max = set->memcap / 4 * 3 / sizeof(struct session);

    if (s == NULL) {
        return NULL;
    }
    s->max = set->memcap == 0 ? UINT64_MAX : max ? max : 1;
    flow_table_rooms(flows, sizeof(struct session), set->memcap == 0 ? 0 : s->max);
    s->set = *set;
    s->flows = flows;
    s->sink = sink;
    s->side = pages_new(side_share(set->memcap));
    s->pages = pages_new(set->reassembly_memcap);
    s->scratch = malloc(STREAM_SEGMENT_MAX);
    s->rewrites = set->inline_mode || set->ips ? rewrites_new(REWRITES_CAP) : NULL;
    if (s->side == NULL || s->pages == NULL || s->scratch == NULL || ((set->inline_mode || set->ips) && s->rewrites == NULL)) {
        streams_free(s);
        return NULL;
    }
    return s;
}

void streams_watch(struct streams *s, struct stream_watch w) { s->watch = w; }

void streams_free(struct streams *s)
{
    if (s == NULL) {
        return;
    }
    if (s->side) {
        pages_free(s->side);
    }
    if (s->pages) {
        pages_free(s->pages);
    }
    rewrites_free(s->rewrites);
    free(s->scratch);
    free(s);
}

void streams_rules(struct streams *s, bool raw, bool pdus)
{
    s->set.raw |= raw;
    if (pdus && !s->set.midstream && s->set.midstream_choice == STREAM_MIDSTREAM_AUTO) {
        s->set.midstream = s->set.midstream_unasked = true;
    }
}

/* As streams_new shares it out. */
void streams_cap(struct streams *s, uint64_t bytes)
{
    uint64_t max = bytes / 4 * 3 / sizeof(struct session);

    s->max = bytes == 0 ? UINT64_MAX : max ? max : 1;
    flow_table_rooms_cap(s->flows, bytes == 0 ? 0 : s->max);
    pages_cap(s->side, side_share(bytes));
}

void streams_reassembly_cap(struct streams *s, uint64_t bytes) { pages_cap(s->pages, bytes); }

void streams_released(struct streams *s)
{
    if (s->rewrites) {
        rewrites_done(s->rewrites);
    }
}

uint64_t *streams_counters(struct streams *s)
{
    s->counter[STREAM_COUNT_MEMUSE] = s->live * sizeof(struct session) + pages_used(s->side);
    s->counter[STREAM_COUNT_REASSEMBLY_MEMUSE] = pages_used(s->pages);
    return s->counter;
}

uint64_t *streams_note_counts(struct streams *s) { return s->note; }

void dir_app_off(struct session *ssn)
{
    ssn->dir[0].flags |= DIR_APP_OFF;
    ssn->dir[1].flags |= DIR_APP_OFF;
}

static void verdict(struct turn *t, uint8_t v, enum drop_reason reason)
{
    if (v > t->r->verdict) {
        t->r->verdict = v;
        t->r->drop_reason = (uint8_t)reason;
    }
}

void policy_apply(struct turn *t, enum policy_place place)
{
    static const struct {
        uint8_t hit;
        uint8_t counter; /* of drop_flow; the others follow in the order of the enum */
        uint8_t reason;
    } places[] = {
        [POLICY_MEMCAP] = { FLOW_EXCEPTION_SESSION_MEMCAP, STREAM_COUNT_EP_MEMCAP_DROP_FLOW, DROP_STREAM_MEMCAP },
        [POLICY_REASSEMBLY] = { FLOW_EXCEPTION_REASSEMBLY_MEMCAP, STREAM_COUNT_EP_REASSEMBLY_DROP_FLOW, DROP_STREAM_REASSEMBLY },
        [POLICY_MIDSTREAM] = { FLOW_EXCEPTION_MIDSTREAM, STREAM_COUNT_EP_MIDSTREAM_DROP_FLOW, DROP_STREAM_MIDSTREAM },
    };
    const struct stream_settings *set = &t->s->set;
    uint32_t policy = place == POLICY_MEMCAP ? set->memcap_policy
                      : place == POLICY_REASSEMBLY ? set->reassembly_memcap_policy : set->midstream_policy;
    struct stream_result *r = t->r;

    t->f->exception |= places[place].hit;
    if (policy == EXCEPTION_IGNORE || policy >= EXCEPTION_AUTO) {
        return;
    }
    t->s->counter[places[place].counter + policy - EXCEPTION_DROP_FLOW]++;
    struct exception_effect e = exception_apply(policy, set->ips, t->f);
    if ((t->f->flags & FLOW_DROPPED) && t->f->tcp) {
        dir_app_off(t->f->tcp);
    }
    verdict(t, e.verdict, places[place].reason);
    r->no_payload |= e.no_payload;
    r->no_packet |= e.no_packet;
    r->bypass |= e.bypass;
    r->reject_both |= e.both;
}

struct session *session_new(struct turn *t, bool midstream)
{
    struct streams *s = t->s;
    struct session *ssn = s->live < s->max ? flow_room(t->f) : NULL;

    if (ssn == NULL) {
        policy_apply(t, POLICY_MEMCAP);
        s->counter[STREAM_COUNT_SSN_MEMCAP_DROP]++;
        return NULL;
    }
    *ssn = (struct session){ .state = TCP_NONE, .tcp_flags = t->flags };
    ssn->dir[t->side].tcp_flags = t->flags;
    for (unsigned i = 0; i < 2; i++) {
        ssn->dir[i].depth = s->set.depth;
        ssn->dir[i].keep = UINT64_MAX;
        ssn->dir[i].max_regions = 1;
        ssn->dir[i].flags = s->set.raw ? 0 : DIR_RAW_OFF;
    }
    t->f->tcp = ssn;
    s->live++;
    s->counter[s->live > s->live_peak ? STREAM_COUNT_SSN_FROM_POOL : STREAM_COUNT_SSN_FROM_CACHE]++;
    s->live_peak = s->live > s->live_peak ? s->live : s->live_peak;
    s->counter[STREAM_COUNT_SESSIONS]++;
    s->counter[STREAM_COUNT_ACTIVE]++;
    s->counter[STREAM_COUNT_MIDSTREAM] += midstream;
    return ssn;
}

/* Whether this packet starts another session on the flow's key. */
static bool is_reuse(const struct streams *s, const struct flow *f, enum side side, const struct view *v)
{
    const struct session *ssn = f->tcp;
    bool syn = (v->tcp.flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
    bool synack = (v->tcp.flags & (TCP_SYN | TCP_ACK)) == (TCP_SYN | TCP_ACK) && (s->set.midstream || s->set.async_oneway);

    if ((v->tcp.flags & (TCP_RST | TCP_FIN)) || !(syn || synack) || f->packets[0] + f->packets[1] <= 1) {
        return false;
    }
    if (ssn == NULL) {
        return syn || side == TO_SERVER;
    }
    if (syn && side == TO_SERVER && (ssn->flags & SESSION_FAST_OPEN_IGNORED)) {
        return true;
    }
    /* The same once more: sent again. */
    if (side == (syn ? TO_SERVER : TO_CLIENT) && ssn->dir[side].isn == v->tcp.seq) {
        return false;
    }
    return ssn->state >= TCP_LAST_ACK || ssn->state == TCP_NONE;
}

bool stream_begins(const struct flow *f, enum side side, const struct view *v)
{
    const struct session *ssn = f->tcp;
    bool syn = view_has(v, LAYER_TCP) && (v->tcp.flags & (TCP_SYN | TCP_ACK | TCP_RST | TCP_FIN)) == TCP_SYN;

    return syn && side == TO_SERVER && ssn && ssn->state != TCP_NONE && ssn->dir[TO_SERVER].isn != v->tcp.seq;
}

static void count_flags(struct streams *s, uint8_t flags)
{
    s->counter[STREAM_COUNT_SYN] += (flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
    s->counter[STREAM_COUNT_SYNACK] += (flags & (TCP_SYN | TCP_ACK)) == (TCP_SYN | TCP_ACK);
    s->counter[STREAM_COUNT_RST] += (flags & TCP_RST) != 0;
    s->counter[STREAM_COUNT_URG] += (flags & TCP_URG) != 0;
}

static void track_flags(struct turn *t)
{
    struct session *ssn = t->ssn;

    ssn->tcp_flags |= t->flags;
    t->snd->tcp_flags |= t->flags;
    t->snd->flags &= (uint16_t)~DIR_HOLD;
    t->rcv->flags &= (uint16_t)~DIR_HOLD;
    if ((ssn->flags & SESSION_ASYNC) && ssn->dir[0].tcp_flags && ssn->dir[1].tcp_flags) {
        ssn->flags &= (uint16_t)~SESSION_ASYNC; /* the other side is seen after all */
    }
}

/* Guarded, the urgent byte is one of the stream's: whether a target reads it there depends on when it reads (RFC 6093 3.2), so the mark
 * goes off the packet.  Rules see it as it came. */
static void urgent_unmark(struct turn *t)
{
    if (!rewrite_urgent(t->s->rewrites, t->v)) {
        verdict(t, VERDICT_DROP, DROP_STREAM_URGENT);
    }
    t->flags &= (uint8_t)~TCP_URG;
}

/* Guarded: does the packet carry bytes that were not taken, and that its target might take?  It might think the session open, when a
 * reset, an end, a SYN did not get that far.  What it has acknowledged it takes no more, nor what comes with a SYN or a reset; and
 * bytes may go on that nobody is to look at. */
static bool untaken(const struct turn *t)
{
    const struct session *ssn = t->ssn;
    bool looked_at = ssn && ssn->state != TCP_NONE && !(t->snd->flags & (DIR_OFF | DIR_DEPTH));
    bool old = looked_at && seq_le(t->seq + t->len, t->snd->last_ack) && ssn->state >= TCP_ESTABLISHED && ssn->state != TCP_CLOSED;

    return t->len > 0 && looked_at && !t->r->in_stream && !t->lost && !old && !(t->flags & (TCP_SYN | TCP_RST));
}

/* Guarded: an acknowledgment or a reset that does not fit may go on: it brings no byte, and by it the ends find out that one of them has a
 * session which the other has not (RFC 9293 3.5.1), one that was dropped here, say. */
static bool bare(const struct turn *t) { return t->len == 0 && !(t->flags & (TCP_SYN | TCP_FIN)); }

/* Guarded: bytes behind the sender's FIN, which nobody takes (RFC 9293 3.10.7.4). */
static bool behind_fin(const struct turn *t)
{
    enum tcp_state state = t->ssn ? t->ssn->state : TCP_NONE;
    bool client = t->side == TO_SERVER && state == TCP_CLOSE_WAIT, server = t->side == TO_CLIENT && (state == TCP_FIN_WAIT1 || state == TCP_FIN_WAIT2);

    return t->len > 0 && (client || server) && seq_gt(t->seq + t->len, t->snd->next_seq - (server ? 1 : 0));
}

/* The packet through the state machine, and what follows from how that ended. */
static void run(struct turn *t)
{
    struct streams *s = t->s;
    struct stream_result *r = t->r;

    if (t->ssn) {
        track_flags(t);
    }
    if (!(t->flags & TCP_ACK) && t->ack != 0) {
        turn_note(t, STREAM_NOTE_PKT_BROKEN_ACK);
    }
    if ((t->flags & TCP_URG) && s->set.inline_mode && s->set.urgent_policy == STREAM_URGENT_DROP) {
        verdict(t, VERDICT_DROP, DROP_STREAM_URGENT);
        return;
    }
    if (s->set.ips && (t->f->flags & FLOW_DROPPED)) {
        if (t->ssn) {
            dir_app_off(t->ssn);
            store_free(s->pages, t->snd);
            store_free(s->pages, t->rcv);
        }
        return;
    }
    if (s->set.guarded && ((t->flags & TCP_URG) || t->v->tcp.urgent != 0)) {
        urgent_unmark(t);
    }
    bool valid = !(s->set.guarded && behind_fin(t)) && tcp_packet(t);
    struct session *ssn = t->f->tcp;
    r->side = t->side;
    bool strict = s->set.inline_mode && s->set.drop_invalid && !(s->set.guarded && bare(t));
    if (!valid || (s->set.guarded && untaken(t)) || (strict && t->refused && t->len > 0)) { /* the target might take what was not looked at: Linux does (docs/semantics.md) */
        if (strict) {
            r->no_payload = true;
            verdict(t, VERDICT_DROP, DROP_STREAM_ERROR);
        }
        return;
    }
    if (ssn) {
        r->in_session |= ssn->state >= TCP_ESTABLISHED;
        r->ended = ssn->state == TCP_CLOSED;
        r->bypass |= s->set.bypass && ((ssn->dir[0].flags | ssn->dir[1].flags) & DIR_DEPTH);
    }
}

void stream_packet(struct streams *s, struct view *v, const struct facts *facts, struct stream_result *r)
{
    struct flow *f = r->flow;
    enum side side = r->side;

    count_flags(s, v->tcp.flags);
    s->own.flow = NULL;
    if (is_reuse(s, f, side, v)) {
        f = flow_reuse(s->flows, f, v, &side);
        *r = (struct stream_result){ .flow = f, .side = side, .reused = true };
        if (f == NULL) {
            return;
        }
    }
    r->established = stream_established(f);
    if ((v->flags & VIEW_BAD_CHECKSUM) && s->set.checksum_validation) {
        s->counter[STREAM_COUNT_INVALID_CHECKSUM]++;
        if (f->tcp) {
            f->tcp->turn_seq = v->tcp.seq;
        }
        return;
    }
    struct turn t = {
        .s = s, .f = f, .ssn = f->tcp, .v = v, .facts = facts, .r = r, .side = side,
        .seq = v->tcp.seq, .ack = v->tcp.ack, .window = v->tcp.window, .flags = v->tcp.flags,
        .len = v->payload.n < STREAM_SEGMENT_MAX ? (uint32_t)v->payload.n : STREAM_SEGMENT_MAX - 1,
        .sec = (uint32_t)(v->packet->ts / 1000000000u),
    };
    if (t.ssn) {
        turn_sides(&t, side);
    }
    s->turn = &t;
    run(&t);
    s->turn = NULL;
    struct session *ssn = f->tcp;
    if (ssn) {
        ssn->turn_side = (uint8_t)r->side;
        ssn->turn_prune = r->in_session;
        if (r->in_stream) {
            s->own.flow = f;
            s->own.bytes = bytes_head(v->payload, t.len);
        } else {
            ssn->turn_seq = t.seq;
        }
    }
}

void stream_flush_side(struct streams *s, struct flow *f, enum side side)
{
    struct stream_result r = { .flow = f, .side = side };
    struct turn t = { .s = s, .f = f, .ssn = f->tcp, .r = &r, .end = true };

    if (t.ssn == NULL || t.ssn->state == TCP_NONE) {
        return;
    }
    turn_sides(&t, side);
    t.snd->flags &= (uint16_t)~DIR_HOLD;
    s->turn = &t;
    s->own.flow = NULL;
    stream_segment(&t);
    s->turn = NULL;
    t.ssn->turn_side = (uint8_t)t.side;
    t.ssn->turn_prune = true;
}

void stream_flush(struct streams *s, struct flow *f)
{
    stream_flush_side(s, f, TO_SERVER);
    stream_flush_side(s, f, TO_CLIENT);
}

bool stream_pending(const struct flow *f, enum side side)
{
    const struct session *ssn = f->tcp;

    if (ssn == NULL) {
        return false;
    }
    const struct tcp_dir *d = &ssn->dir[side];
    if (ssn->state >= TCP_ESTABLISHED && ssn->state != TCP_CLOSED) {
        return true;
    }
    if (!(d->flags & DIR_RAW_OFF) && (!(d->flags & DIR_STORED) || dir_end(d) > d->raw)) {
        return true;
    }
    return !(d->flags & DIR_APP_OFF) && store_contiguous(d) > d->app;
}

void stream_ahead(const struct flow *f)
{
    for (unsigned i = 0; f->tcp && i < 2; i++) {
        const char *store = (const char *)f->tcp->dir[i].store;
        if (store) {
            __builtin_prefetch(store, 1);
            __builtin_prefetch(store + 64, 1);
            __builtin_prefetch(store + 128, 1);
        }
    }
}

void stream_end(struct streams *s, struct flow *f)
{
    struct session *ssn = f->tcp;

    if (ssn == NULL) {
        return;
    }
    for (unsigned i = 0; i < 2; i++) {
        store_free(s->pages, &ssn->dir[i]);
        sack_free(s, &ssn->dir[i]);
    }
    syn_list_free(s, ssn);
    s->live--;
    f->tcp = NULL;
    s->counter[STREAM_COUNT_ACTIVE]--;
    stream_replaced_forget(s, f);
    if (s->own.flow == f) {
        s->own.flow = NULL;
    }
}
