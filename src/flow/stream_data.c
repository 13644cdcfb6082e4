/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "flow/tcp.h"

static enum side dir_side(const struct session *ssn, const struct tcp_dir *d)
{
    return d == &ssn->dir[TO_SERVER] ? TO_SERVER : TO_CLIENT;
}

/* The sink's flags for a direction as it stands. */
static unsigned sink_flags(const struct turn *t, const struct tcp_dir *d)
{
    return ((d->flags & DIR_STARTED) ? 0 : STREAM_START) | (t->ssn->state == TCP_CLOSED || t->end ? STREAM_EOF : 0) |
           ((t->ssn->flags & SESSION_MIDSTREAM) ? STREAM_MIDSTREAM : 0) | ((d->flags & DIR_DEPTH) ? STREAM_DEPTH : 0) |
           ((t->ssn->flags & SESSION_ASYNC) ? STREAM_ONE_SIDED : 0);
}

/* How many of n bytes from the parsers' mark on may be given: the acknowledged ones.  At the end all, unless the session
 * was closed in due form: then what was not acknowledged was not received. */
static uint64_t releasable(const struct turn *t, const struct tcp_dir *d, uint64_t n)
{
    const struct session *ssn = t->ssn;
    uint64_t acked = dir_acked(d);

    if (t->s->set.inline_mode || (t->end && (ssn->state < TCP_CLOSED || (ssn->flags & SESSION_RESET)))) {
        return n;
    }
    return d->app <= acked && d->app + n > acked ? acked - d->app : n;
}

/* Bytes are missing for good when bytes are acknowledged beyond them; a FIN's own number does not count. */
static bool is_lost(const struct turn *t, const struct tcp_dir *d)
{
    return dir_acked(d) > d->app + (t->ssn->state >= TCP_FIN_WAIT1 ? 1 : 0);
}

/* Calls the sink; returns what it consumed.  *side follows when the sink turned the flow round. */
static size_t sink_call(struct turn *t, enum side *side, struct bytes avail, unsigned flags, uint64_t gap)
{
    struct session *ssn = t->ssn;
    uint8_t swaps = ssn->swaps;
    uint64_t offset = ssn->dir[*side].app;

    t->r->advanced[*side] = true;
    struct stream_part part = { avail, offset, gap, flags };
    size_t n = t->s->sink.data(t->s->sink.ctx, t->f, *side, &part);
    if (swaps != ssn->swaps) {
        bool advanced = t->r->advanced[0];
        t->r->advanced[0] = t->r->advanced[1];
        t->r->advanced[1] = advanced;
        struct tcp_dir *snd = t->snd;
        t->snd = t->rcv;
        t->rcv = snd;
        t->side = side_other(t->side);
        *side = side_other(*side);
    }
    return n < avail.n || (flags & STREAM_GAP) ? n : avail.n;
}

/* False: the parsers did not go over the gap. */
static bool give_gap(struct turn *t, enum side *side, uint64_t n, unsigned flags)
{
    struct session *ssn = t->ssn;
    size_t answer = sink_call(t, side, bytes_none(), flags | STREAM_GAP, n);
    struct tcp_dir *d = &ssn->dir[*side];
    turn_note(t, STREAM_NOTE_REASSEMBLY_SEQ_GAP);
    t->s->counter[STREAM_COUNT_REASSEMBLY_GAP]++;
    d->flags |= DIR_GAP;
    ssn->flags |= SESSION_LOSSY;
    d->need = d->need > n ? d->need - (uint32_t)n : 0;
    if (answer == STREAM_GAP_REFUSED) {
        return false;
    }
    d->flags |= DIR_STARTED;
    d->app += n;
    return true;
}

/* A parser waits for more than there is; true: it must go on waiting.  With a gap ahead more will never come: what
 * there is of the unit is passed over. */
static bool must_wait(const struct turn *t, struct tcp_dir *d, uint64_t n, uint32_t run, bool *passed)
{
    *passed = false;
    if (n >= d->need || (t->end && t->ssn->state == TCP_CLOSED)) {
        d->need = 0;
        return false;
    }
    const struct run *here = store_run(d, run), *next = store_run(d, run + 1);
    if (here == NULL || next == NULL || dir_acked(d) <= here->start + here->len || n == 0) {
        return true;
    }
    d->app += n;
    d->need -= (uint32_t)n;
    *passed = true;
    return false;
}

static void offer_bytes(struct turn *t, enum side side, enum stream_update update)
{
    struct session *ssn = t->ssn;
    bool after_gap = false;

    for (;;) {
        struct tcp_dir *d = &ssn->dir[side];
        if (d->flags & (DIR_APP_OFF | DIR_OFF | DIR_HOLD)) {
            return;
        }
        unsigned flags = sink_flags(t, d);
        uint32_t run = 0;
        const struct run *r = store_find(d, d->app, &run);
        bool hole = r == NULL || r->start > d->app;
        struct bytes b = hole ? bytes_none() : store_at(d, d->app);
        uint64_t n = hole ? (r ? r->start - d->app : 0) : b.n;
        if (after_gap && n == 0) {
            return;
        }
        after_gap = false;
        n = releasable(t, d, n);
        if (hole && n > 0 && is_lost(t, d)) {
            t->r->update = (uint8_t)update;
            if (!give_gap(t, &side, n, flags)) {
                return;
            }
            after_gap = true;
            continue;
        }
        if (hole && (flags & STREAM_DEPTH)) {
            n = 0;
        } else if (hole || (n == 0 && !(flags & STREAM_EOF))) {
            return;
        }
        bool passed;
        if (must_wait(t, d, n, run, &passed)) {
            return;
        }
        if (passed) {
            continue;
        }
        t->r->update = (uint8_t)update;
        size_t used = sink_call(t, &side, bytes_head(b, (size_t)n), flags, 0);
        d = &ssn->dir[side];
        d->app += used;
        d->flags |= used > 0 ? DIR_STARTED : 0;
        if (used == 0 || (flags & STREAM_DEPTH)) {
            return;
        }
    }
}

void stream_offer(struct turn *t, enum side side, enum stream_update update)
{
    struct tcp_dir *d = &t->ssn->dir[side];

    if (d->flags & (DIR_APP_OFF | DIR_OFF | DIR_HOLD)) {
        return;
    }
    if (dir_end(d) <= d->app && (t->ssn->state >= TCP_CLOSING || t->end)) {
        /* Nothing is left, or never was: only the end is told. */
        unsigned flags = sink_flags(t, d);
        t->r->update = (uint8_t)update;
        if (flags & STREAM_EOF) {
            (void)sink_call(t, &side, bytes_none(), flags, 0);
        }
        return;
    }
    offer_bytes(t, side, update);
}

/* RFC 6093: the byte that the urgent pointer marks.  *drop: the packet is to be dropped; the result tells how many bytes
 * at the payload's end are no part of the stream, or all of them. */
static uint32_t urgent_cut(struct turn *t, bool *drop)
{
    enum { URGENT_MAX = UINT16_MAX };
    const struct stream_settings *set = &t->s->set;
    struct tcp_dir *d = t->snd;
    uint16_t pointer = t->v->tcp.urgent;
    bool oob = set->urgent_policy == STREAM_URGENT_OOB;

    if (!(t->flags & TCP_URG) || pointer == 0 || pointer > t->len || !(oob || set->urgent_policy == STREAM_URGENT_GAP)) {
        return 0;
    }
    if (d->urgent < URGENT_MAX) {
        d->urgent = (uint16_t)(d->urgent + (oob ? 1 : 0));
        if (d->urgent == URGENT_MAX) {
            turn_note(t, STREAM_NOTE_REASSEMBLY_URGENT_OOB_LIMIT_REACHED);
        }
    } else if (set->urgent_oob_limit == STREAM_URGENT_DROP) {
        *drop = true;
        return t->len;
    }
    t->s->counter[STREAM_COUNT_URGENT_OOB] += oob;
    if (oob && d->urgent == URGENT_MAX && set->urgent_oob_limit == STREAM_URGENT_INLINE) {
        return 0;
    }
    return 1;
}

/* Whether a segment ends within the depth; one that does not is lost whole, and so is all that follows. */
static bool within_depth(const struct turn *t, struct tcp_dir *d, uint32_t seq, uint32_t n)
{
    (void)t;
    if (d->depth == 0) {
        return true;
    }
    if (d->flags & DIR_DEPTH) {
        return false;
    }
    int64_t end = dir_offset(d, seq + n);
    if (end > (int64_t)d->depth) {
        d->flags |= DIR_DEPTH;
        return false;
    }
    return end > (int64_t)d->base && end - (int64_t)n >= -1; /* a SYN's data may lie on its number */
}

/* Inline: in place of bytes that differ from what is stored, the stored ones go on; a packet that cannot be mended does not. */
static void put_stored(struct turn *t, uint32_t seq, struct bytes b)
{
    const struct tcp_dir *d = t->snd;
    int64_t from = dir_offset(d, seq), at = from < (int64_t)d->base ? (int64_t)d->base : from;
    size_t skip = (size_t)(at - from);

    if (skip < b.n && !rewrite_payload(t->s->rewrites, t->v, skip, bytes_head(store_at(d, (uint64_t)at), b.n - skip))) {
        t->r->verdict = VERDICT_DROP;
        t->r->drop_reason = DROP_STREAM_REASSEMBLY;
    }
}

bool stream_replace(struct streams *s, struct flow *f, enum side side, struct view *v, size_t at, struct bytes with)
{
    struct bytes was = bytes_head(bytes_from(v->payload, at), with.n);
    uint64_t end = f && f->tcp ? stream_packet_end(f, side, v) : 0;

    if (was.n != with.n) {
        return false; /* it reaches out of the packet */
    }
    if (end >= v->payload.n - at) {
        uint64_t from = end - (v->payload.n - at);
        if (store_replace(&f->tcp->dir[side], from, was, with)) {
            s->replaced[s->replaced_n++ % STREAM_REPLACED] = (struct replaced){ .flow = f, .from = from, .to = from + with.n, .side = side };
        }
    }
    return rewrite_payload(s->rewrites, v, at, with);
}

void stream_replaced_forget(struct streams *s, const struct flow *f)
{
    for (unsigned i = 0; i < s->replaced_n && i < STREAM_REPLACED; i++) {
        if (s->replaced[i].flow == f) {
            s->replaced[i].flow = NULL;
        }
    }
}

static bool was_replaced(const struct turn *t, enum side side, uint64_t offset)
{
    const struct streams *s = t->s;

    for (unsigned i = 0; i < s->replaced_n && i < STREAM_REPLACED; i++) {
        const struct replaced *x = &s->replaced[i];
        if (x->flow == t->f && x->side == side && offset >= x->from && offset < x->to) {
            return true;
        }
    }
    return false;
}

/* Bytes that differ from what is stored: do they do so only where a rule replaced some? */
static bool differ_by_rule(const struct turn *t, uint32_t seq, struct bytes b)
{
    const struct tcp_dir *d = t->snd;
    int64_t from = dir_offset(d, seq), at = from < (int64_t)d->base ? (int64_t)d->base : from;

    if (t->s->replaced_n == 0) {
        return false;
    }
    b = bytes_from(b, (size_t)(at - from));
    struct bytes stored = bytes_head(store_at(d, (uint64_t)at), b.n);
    for (size_t i = 0; i < stored.n; i++) {
        if (stored.p[i] != b.p[i] && !was_replaced(t, dir_side(t->ssn, d), (uint64_t)at + i)) {
            return false;
        }
    }
    return stored.n == b.n;
}

static void tell_stored(struct turn *t, uint32_t seq, struct bytes b)
{
    const struct tcp_dir *d = t->snd;
    int64_t from = dir_offset(d, seq);
    size_t cut = from < 0 ? (size_t)-from : 0;

    b = bytes_from(b, cut);
    t->s->watch.stored(t->s->watch.ctx, t->f, dir_side(t->ssn, d), (uint64_t)(from < 0 ? 0 : from), b, d->base);
}

/* So many of the first bytes are there already, as they are, or have been read: what is sent again is no news. */
static size_t stored_before(const struct turn *t, uint32_t seq, struct bytes b)
{
    const struct tcp_dir *d = t->snd;
    int64_t from = dir_offset(d, seq), at = from < (int64_t)d->base ? (int64_t)d->base : from;
    size_t skip = (size_t)(at - from) < b.n ? (size_t)(at - from) : b.n;
    struct bytes left = bytes_from(b, skip), stored = store_has_segments(d) ? bytes_head(store_at(d, (uint64_t)at), left.n) : bytes_none();

    return skip + (stored.n != 0 && memcmp(left.p, stored.p, stored.n) == 0 ? stored.n : 0);
}

static bool store_segment(struct turn *t, uint32_t seq, struct bytes b)
{
    struct streams *s = t->s;
    struct store_insert in = {
        .seq = seq,
        .bytes = b,
        .inline_mode = s->set.inline_mode,
        .compare = s->set.check_overlap || s->set.inline_mode,
        .max_regions = s->set.max_regions,
    };
    bool had = t->snd->store != NULL;
    size_t old = s->watch.stored != NULL ? stored_before(t, seq, b) : 0;
    enum store_status status = store_insert(s->pages, t->snd, s->scratch, &in);

    s->counter[STREAM_COUNT_OVERLAP] += in.overlap;
    if (in.differ && !differ_by_rule(t, seq, b)) {
        turn_note(t, STREAM_NOTE_REASSEMBLY_OVERLAP_DIFFERENT_DATA);
        s->counter[STREAM_COUNT_OVERLAP_DIFF]++;
    }
    if (status == STORE_OK) {
        s->counter[had ? STREAM_COUNT_SEGMENT_FROM_CACHE : STREAM_COUNT_SEGMENT_FROM_POOL]++;
        if (in.differ && s->set.inline_mode) {
            put_stored(t, seq, b);
        }
        if (s->watch.stored != NULL && old < b.n) {
            tell_stored(t, seq + (uint32_t)old, bytes_from(b, old));
        }
        return true;
    }
    s->counter[in.overlap ? STREAM_COUNT_INSERT_OVERLAP_FAIL : STREAM_COUNT_INSERT_NORMAL_FAIL]++;
    if (status == STORE_NO_MEMORY) {
        turn_note(t, in.overlap ? STREAM_NOTE_REASSEMBLY_INSERT_MEMCAP : STREAM_NOTE_REASSEMBLY_NO_SEGMENT);
        s->counter[STREAM_COUNT_SEGMENT_MEMCAP_DROP]++;
        t->ssn->flags |= SESSION_LOSSY;
    } else if (in.overlap) {
        turn_note(t, STREAM_NOTE_REASSEMBLY_INSERT_LIMIT);
    }
    return false;
}

/* The packet's own bytes; false: they could not be stored. */
static bool take_payload(struct turn *t)
{
    struct session *ssn = t->ssn;
    struct tcp_dir *d = t->snd;
    enum side side = dir_side(ssn, d);

    if (ssn->first_data == 0) {
        ssn->first_data = t->side == TO_SERVER ? 1 : 2;
    }
    (void)tcp_policy(t, side);
    /* RFC 7413: data of a SYN follows the SYN. */
    uint32_t seq = t->seq - d->urgent + (t->v->tcp.has_tfo && (t->flags & TCP_SYN) ? 1 : 0);
    ssn->turn_seq = seq;
    if ((d->flags & DIR_APP_OFF) && (d->flags & DIR_RAW_LAST)) {
        return true;
    }
    bool drop = false;
    uint32_t cut = urgent_cut(t, &drop);
    if (drop) {
        t->r->verdict = VERDICT_DROP;
        t->r->drop_reason = DROP_STREAM_URGENT;
        return true;
    }
    if (cut >= t->len) {
        return true;
    }
    struct bytes b = bytes_head(t->v->payload, t->len - cut);
    bool within = within_depth(t, d, seq, (uint32_t)b.n);
    if (d->flags & DIR_DEPTH) {
        turn_note(t, STREAM_NOTE_REASSEMBLY_DEPTH_REACHED);
        t->s->counter[STREAM_COUNT_DEPTH_REACHED]++;
        t->r->update = STREAM_UPDATE_PACKET;
    }
    if (!within) {
        return true;
    }
    return store_segment(t, seq, b);
}

/* Whose bytes the packet moves on. */
static enum stream_update update_of(const struct turn *t)
{
    const struct session *ssn = t->ssn;

    if (t->s->set.inline_mode || t->end || (t->flags & TCP_RST)) {
        return STREAM_UPDATE_PACKET;
    }
    if ((t->flags & TCP_FIN) && ssn->state > TCP_TIME_WAIT) {
        return (t->flags & TCP_ACK) ? STREAM_UPDATE_BOTH : STREAM_UPDATE_PACKET;
    }
    if (ssn->state == TCP_CLOSED) {
        return STREAM_UPDATE_BOTH;
    }
    return (ssn->flags & SESSION_ASYNC) ? STREAM_UPDATE_PACKET : STREAM_UPDATE_OPPOSING;
}

void stream_segment(struct turn *t)
{
    enum stream_update update = update_of(t);

    if (update != STREAM_UPDATE_PACKET) {
        stream_offer(t, dir_side(t->ssn, t->rcv), STREAM_UPDATE_OPPOSING);
    }
    if (t->len > 0 && !(t->snd->flags & DIR_OFF) && !(t->flags & TCP_RST)) {
        if (!take_payload(t)) {
            t->lost = true;
            policy_apply(t, POLICY_REASSEMBLY);
            return;
        }
        t->r->in_stream = true;
    }
    if ((t->snd->flags & (DIR_DEPTH | DIR_OFF)) == DIR_DEPTH) {
        update = STREAM_UPDATE_PACKET;
    }
    if (update != STREAM_UPDATE_OPPOSING) {
        stream_offer(t, dir_side(t->ssn, t->snd), update);
    }
}
