/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Frames of a lane that wait: where something is kept of flows that alert alone, what came before an alert is too.  They leave in the order they came,
 * so a segment's packets stay in order; whether a frame is kept is decided by what is known of its flows then.
 */
#include "record/lane.h"

#include "base/map.h"

struct waiting {
    uint64_t ts, number, came;   /* came: ns; live monotonic, else the packet's time */
    uint32_t frame_n, wire_len;
    uint16_t link;
    uint8_t mine_n;
    bool wanted;                 /* whatever its flows did */
    struct waiting_flow {
        struct record_flow *of;  /* NULL: of no flow */
        uint32_t piece, segment; /* where it was; its content is sketched there */
        uint8_t side;
    } mine[];
};

static size_t bytes_of_frame(unsigned mine_n, size_t frame_n)
{
    size_t n = sizeof(struct waiting) + mine_n * sizeof(struct waiting_flow) + frame_n;

    return (n + 15) & ~(size_t)15;
}

bool ring_open(struct lane_ring *ring, uint64_t bytes)
{
    enum { LEAST = 1 << 20 };

    ring->room = bytes < LEAST ? LEAST : (size_t)bytes & ~(size_t)4095;
    ring->p = map_take(ring->room, 4096);
    return ring->p != NULL;
}

void ring_close(struct lane_ring *ring)
{
    if (ring->p != NULL) {
        map_give(ring->p, ring->room);
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
    return r->n != 0 ? (const struct waiting *)(const void *)(r->p + r->first) : NULL;
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
    r->first += bytes_of_frame(w->mine_n, w->frame_n);
    r->n--;
    if (r->n == 0) {
        r->first = r->last = r->end = 0;
    } else if (r->first == r->end && r->last <= r->first) {
        r->first = 0;
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
        return NULL;
    }
    for (;;) {
        bool wrapped = r->n != 0 && r->last <= r->first;
        if (!wrapped && r->room - r->last >= n) {
            break;
        }
        if (!wrapped && r->first >= n) { /* what is left at the end stays empty */
            r->end = r->last;
            r->last = 0;
            break;
        }
        if (wrapped && r->first - r->last >= n) {
            break;
        }
        leave(l);
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
    size_t n = bytes_of_frame(l->mine_n, f->frame.n);

    if (s->wait && f->ts > before) {
        ring_pass(l, f->ts - before);
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
