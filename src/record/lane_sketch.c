/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a lane sketches of what rules look at.  Nothing may be missed: each 32 bytes in a row that a rule can see must be in one
 * sketch.  A stream's bytes are sketched as they are stored, as its receiver has them, with those around that were there before; those
 * that are not kept any more the lane has kept itself.
 */
#include "record/lane.h"

#include "flow/stream.h"

enum { LARGE = 16384 /* bytes said, after which a flow gets a sketch with few others */ };

static void say(struct record_lane *l, struct piece *p, struct record_flow *r, enum side side, struct bytes b)
{
    r->said += b.n;
    ledger_sketch(l->ledger, p, side, b, r->said > LARGE);
}

static void tail_set(struct tail *t, struct bytes before, struct bytes run, uint64_t end)
{
    uint8_t b[SKETCH_BACK];
    size_t n = run.n < SKETCH_BACK ? run.n : SKETCH_BACK, more = before.n < SKETCH_BACK - n ? before.n : SKETCH_BACK - n;

    memcpy(b, before.p + before.n - more, more);
    memcpy(b + more, run.p + run.n - n, n);
    memcpy(t->b, b, more + n);
    t->n = (uint8_t)(more + n);
    t->end = end;
}

/* What a tail has of the bytes before `start`: its end may lie between that and `from`. */
static bool tail_before(const struct tail *t, uint64_t start, uint64_t from, struct bytes *before)
{
    if (t->end < start || t->end > from) {
        return false;
    }
    uint64_t over = t->end - start;
    *before = bytes_of(t->b, over < t->n ? t->n - (size_t)over : 0);
    return true;
}

void lane_stream(struct record_lane *l, struct flow *f, enum side side, const struct lane_stored *s)
{
    struct record_flow *r;
    struct piece *p = lane_piece(l, f, &r);
    struct bytes run, before = bytes_none();
    uint64_t start;

    if (p == NULL || !l->ledger->sketched || !stream_stored(f, side, s->offset > s->base ? s->offset : s->base, &start, &run)) {
        return;
    }
    uint64_t from = s->offset > start ? s->offset : start, end = s->offset + s->was.n, run_end = start + run.n;
    if (end <= from) {
        return;
    }
    struct tail *t = r->tail[side];
    uint64_t back = from - start < SKETCH_BACK ? from - start : SKETCH_BACK, to = end + SKETCH_BACK < run_end ? end + SKETCH_BACK : run_end;
    if (back < SKETCH_BACK && start == s->base && start != 0) { /* what was there before is not kept any more */
        if (!tail_before(&t[0], start, from, &before) && !tail_before(&t[1], start, from, &before)) {
            lane_blind(l, f);
        }
    }
    struct bytes fresh = bytes_head(bytes_from(run, (size_t)(from - back - start)), (size_t)(to - (from - back)));
    ledger_filter(l->ledger, p, FILTER_RAW << side, fresh);
    if (before.n != 0) { /* what lies over the border */
        struct bytes first = bytes_head(run, SKETCH_BACK);
        memcpy(l->scratch, before.p, before.n);
        memcpy(l->scratch + before.n, first.p, first.n);
        ledger_sketch(l->ledger, p, side, bytes_of(l->scratch, before.n + first.n), r->said > LARGE);
        ledger_filter(l->ledger, p, FILTER_RAW << side, bytes_of(l->scratch, before.n + first.n));
    }
    say(l, p, r, side, fresh);
    if (s->offset >= start && run.n >= s->offset - start + s->was.n && memcmp(run.p + (s->offset - start), s->was.p, s->was.n) == 0) {
        l->covered = s->was.p;
    }
    if (start <= s->base || t[0].end == 0) {
        tail_set(&t[0], before, run, run_end);
    }
    if (run_end >= t[1].end) {
        tail_set(&t[1], before, run, run_end);
    }
}

void lane_offer(struct record_lane *l, struct flow *f, enum side side, struct bytes b)
{
    struct record_flow *r;
    struct piece *p = b.n >= SKETCH_GRAM ? lane_piece(l, f, &r) : NULL;

    if (p != NULL) {
        say(l, p, r, side, b);
        ledger_filter(l->ledger, p, FILTER_BODY << side, b);
    }
}

void lane_field(struct record_lane *l, struct flow *f, enum side side, struct bytes b)
{
    struct record_flow *r;
    struct piece *p = b.n >= SKETCH_GRAM ? lane_piece(l, f, &r) : NULL;

    if (p != NULL) {
        say(l, p, r, side, b);
        ledger_filter(l->ledger, p, FILTER_FIELDS, b);
    }
}
