/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Frames of a lane that wait: where something is kept of flows that alert alone, what came before an alert is too.  They leave in the order they came,
 * so a segment's packets stay in order; whether a frame is kept is decided by what is known of its flows then.
 */
#include "record/lane.h"

#include "base/map.h"

bool ring_open(struct record_lane *l)
{
    enum { LEAST = 1 << 20 };
    const struct recorder_settings *s = &l->recorder->settings;
    struct lane_ring *ring = &l->ring;
    struct err err;

    ring->room = s->before < LEAST ? LEAST : (size_t)s->before & ~(size_t)4095;
    ring->head = !s->wait ? waiting_open(l->recorder->run, l->lane, ring->room, &ring->fd, &err) : NULL;
    if (ring->head == NULL && !s->wait && s->say != NULL) {
        s->say(s->say_ctx, &err);
    }
    ring->p = ring->head != NULL ? (uint8_t *)ring->head + WAITING_HEAD : map_take(ring->room, 4096);
    return ring->p != NULL;
}

void ring_close(struct lane_ring *ring)
{
    if (ring->head != NULL) {
        waiting_close(ring->head, ring->fd);
    } else if (ring->p != NULL) {
        map_give(ring->p, ring->room);
    }
}

void ring_tell(struct lane_ring *r)
{
    struct waiting_head *h = r->head;

    if (h == NULL || (h->last == r->last && h->gone == r->gone && h->n == r->n)) {
        return;
    }
    atomic_fetch_add(&h->turn, 1);
    h->first = r->first;
    h->last = r->last;
    h->end = r->end;
    h->n = r->n;
    h->gone = r->gone;
    atomic_fetch_add(&h->turn, 1);
}

void ring_back(struct lane_ring *r)
{
    r->n -= r->left;
    r->gone += r->left;
    r->first = r->next;
    if (r->n == 0) {
        r->first = r->next = r->last = r->end = 0;
    }
    if (r->left != 0) {
        r->left = 0;
        ring_tell(r);
    }
}

/* The flow's piece in the segment under way.  What it said is sketched in another one, when that was another then. */
static uint32_t piece_now(struct record_lane *l, const struct waiting_flow *w)
{
    struct record_flow *r = w->of;

    if (r == NULL) {
        return w->segment == l->segment ? w->piece : lane_loose(l);
    }
    if (w->segment != l->segment) {
        r->flags |= RECORD_BLIND;
    }
    struct piece *p = lane_piece_of(l, r, r->about);
    if (p == NULL) {
        return UINT32_MAX;
    }
    if (w->segment != l->segment && (p->flags & RECORD_BLIND) == 0) {
        p->flags |= RECORD_BLIND;
        ledger_key(l->ledger, r->piece, record_key_hash(KEY_BLIND, bytes_str("blind")));
    }
    return r->piece;
}

static void frame_leave(struct record_lane *l, const struct waiting *w, struct bytes frame)
{
    const struct record_frame f = { .frame = frame, .ts = w->ts, .number = w->number, .wire_len = w->wire_len, .link = w->link };
    bool wanted = w->wanted;

    for (unsigned i = 0; i < w->mine_n; i++) {
        wanted |= w->mine[i].of != NULL && (w->mine[i].of->flags & RECORD_ALERTED) != 0;
    }
    l->mine_n = 0;
    for (unsigned i = 0; i < w->mine_n && l->ledger != NULL; i++) {
        const struct waiting_flow *m = &w->mine[i];
        bool here = wanted || (m->of != NULL && m->of->segment == l->segment);
        uint32_t at = here ? piece_now(l, m) : UINT32_MAX;
        if (at != UINT32_MAX) {
            l->mine[l->mine_n] = at;
            l->mine_side[l->mine_n++] = m->side;
        }
    }
    if (l->ledger == NULL || (wanted && l->mine_n == 0)) {
        lane_lost(l);
    } else if (wanted) {
        lane_keep(l, &f);
    } else {
        lane_cut(l, &f);
    }
}

static const struct waiting *oldest(const struct lane_ring *r)
{
    return r->n != r->left ? (const struct waiting *)(const void *)(r->p + r->next) : NULL;
}

static void leave(struct record_lane *l)
{
    struct lane_ring *r = &l->ring;
    const struct waiting *w = oldest(r);
    uint32_t mine[PIECES_MAX];
    uint8_t side[PIECES_MAX];
    unsigned n = l->mine_n;

    memcpy(mine, l->mine, n * sizeof *mine);
    memcpy(side, l->mine_side, n);
    frame_leave(l, w, bytes_of((const uint8_t *)(w->mine + w->mine_n), w->frame_n));
    memcpy(l->mine, mine, n * sizeof *mine);
    memcpy(l->mine_side, side, n);
    l->mine_n = n;
    for (unsigned i = 0; i < w->mine_n; i++) {
        struct record_flow *of = w->mine[i].of;
        if (of != NULL && --of->waiting == 0 && of->ended) {
            slab_give(l->flows, of);
        }
    }
    r->next += waiting_bytes(w->mine_n, w->frame_n);
    r->left++;
    if (r->next == r->end && r->last <= r->first) { /* the rest of them is behind the wrap */
        r->next = 0;
    }
}

void ring_pass(struct record_lane *l, uint64_t until)
{
    for (const struct waiting *w = oldest(&l->ring); w != NULL && w->came < until; w = oldest(&l->ring)) {
        leave(l);
    }
}

/* Room for n bytes in a row, for which the oldest leave.  NULL: there is not so much. */
static uint8_t *ring_room(struct record_lane *l, size_t n)
{
    struct lane_ring *r = &l->ring;

    if (n > r->room / 2) {
        ring_pass(l, UINT64_MAX);
        ring_back(r);
        return NULL;
    }
    for (;;) {
        bool wrapped = r->n != 0 && r->last <= r->first;
        if (!wrapped && r->room - r->last >= n) {
            break;
        }
        if (!wrapped && r->first >= n) { /* what is left at the end stays empty */
            r->end = r->last;
            r->next = r->next == r->last ? 0 : r->next;
            r->last = 0;
            break;
        }
        if (wrapped && r->first - r->last >= n) {
            break;
        }
        if (r->left == 0) {
            leave(l);
        }
        ring_back(r);
    }
    uint8_t *to = r->p + r->last;
    r->last += n;
    r->end = r->last > r->end || r->n == 0 ? r->last : r->end;
    return to;
}

void ring_put(struct record_lane *l, const struct record_frame *f)
{
    const struct recorder_settings *s = &l->recorder->settings;
    uint64_t before = s->before_time * 1000000000ull;
    size_t n = waiting_bytes(l->mine_n, f->frame.n);

    if (s->wait && f->ts > before) {
        ring_pass(l, f->ts - before);
        ring_back(&l->ring);
    }
    struct waiting *w = (struct waiting *)(void *)ring_room(l, n);
    if (w == NULL) { /* larger than all of it: now or never */
        if (l->wanted) {
            lane_keep(l, f);
        } else {
            lane_cut(l, f);
        }
        return;
    }
    *w = (struct waiting){ .ts = f->ts, .number = f->number, .came = s->wait ? f->ts : l->tick, .frame_n = (uint32_t)f->frame.n, .wire_len = f->wire_len,
                           .link = f->link, .mine_n = (uint8_t)l->mine_n, .wanted = l->wanted };
    for (unsigned i = 0; i < l->mine_n; i++) {
        struct record_flow *of = l->mine_of[i];
        w->mine[i] = (struct waiting_flow){ .of = of, .piece = l->mine[i], .segment = l->segment, .side = l->mine_side[i] };
        if (of != NULL) {
            of->waiting++;
        }
    }
    memcpy(w->mine + w->mine_n, f->frame.p, f->frame.n);
    l->ring.n++;
}
