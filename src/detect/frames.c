/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rules about frames: named spans of a direction's bytes.  A frame is looked at whenever more of it has come, with some of
 * what was seen before; everything a rule asks of frames is asked of one and the same.
 */
#include "detect/inspect.h"

#include <netinet/in.h>

enum { FRAME_WINDOW = 64 << 10, LOOK_BACK = 2500, HOLES_MAX = 8 };

static bool frame_matches(struct detect *d, const struct plan *p, const char *kind, const struct verify_buffer *b)
{
    for (uint8_t i = 0; i < p->frame_n; i++) {
        const struct buffer *buffer = &d->rules->buffer[p->frame[i].buffer];
        struct verify_buffer in = *b;
        if (strcmp(buffer->name, kind) != 0 || !buffer_transform(d, buffer, b->bytes, &in.bytes) ||
            verify_program(&d->verifier, p->frame[i].program, &in) != VERIFY_YES) {
            return false;
        }
    }
    return true;
}

/* A rule is told once of a frame, though it is looked at with what was seen before. */
static bool span_told(const struct span *s, uint32_t id)
{
    for (uint8_t i = 0; i < s->told_n; i++) {
        if (s->told[i] == id) {
            return true;
        }
    }
    return false;
}

static void span_tell(struct span *s, uint32_t id)
{
    if (s->told_n < ROWS(s->told)) {
        s->told[s->told_n++] = id;
    }
}

static void frame_rule(struct detect *d, struct conn *c, struct span *s, uint32_t rule, const struct verify_buffer *b)
{
    const struct plan *p = &d->rules->plan[rule];
    uint32_t id = d->rules->identity[rule].id;
    struct txn *t = s->txn != UINT64_MAX && s->proto == c->id ? txn_by_id(c, s->txn) : NULL;

    if (span_told(s, id) || !header_matches(d, p->header)) {
        return;
    }
    scope_begin(d, p, t);
    if (plan_conditions(d, p) && frame_matches(d, p, s->name, b)) {
        plan_matched(d, p);
        d->frame = s;
        queue_add(d, p, t, QUEUED_STATE | (t ? QUEUED_TXN : 0));
        d->frame = NULL;
        span_tell(s, id);
    }
    scope_end(d);
}

/* Bytes are missing at `at`: where the frame goes on behind them, when that has come. */
static bool behind_hole(const struct conn *c, const struct span *s, uint64_t at, uint64_t have, uint64_t *from)
{
    uint64_t start;
    struct bytes run;

    if (c->datagram || at >= have || !stream_stored(c->flow, (enum side)s->side, s->offset + at, &start, &run) ||
        start <= s->offset + at || start - s->offset >= have) {
        return false;
    }
    *from = start - s->offset;
    return true;
}

/* One frame; its mark moves to what has been seen. */
static void frame_inspect(struct detect *d, struct conn *c, unsigned side, struct span *s)
{
    const struct rule_list *l = &d->rules->frame[s->proto][side];
    struct bytes payload = d->turn->view ? d->turn->view->payload : bytes_none();
    uint64_t have, from = s->inspected > LOOK_BACK ? s->inspected - LOOK_BACK : 0;
    struct verify_buffer b = { .offset = from };

    b.bytes = proto_span_bytes(c, s, payload, from, FRAME_WINDOW, &have);
    bool whole = have == s->n || d->turn->end || c->datagram;
    if (have <= s->inspected && !whole) {
        return;
    }
    for (unsigned holes = 0; holes <= HOLES_MAX; holes++) {
        b.end = whole && from + b.bytes.n == have;
        for (uint32_t i = 0; b.bytes.n != 0 && i < l->n; i++) {
            frame_rule(d, c, s, l->rule[i], &b);
        }
        if (!behind_hole(c, s, from + b.bytes.n, have, &from)) {
            break;
        }
        b = (struct verify_buffer){ .offset = from, .bytes = proto_span_bytes(c, s, payload, from, FRAME_WINDOW, &have) };
    }
    s->inspected = from + b.bytes.n > s->inspected ? from + b.bytes.n : have; /* what is gone will not come */
    s->done = whole && s->inspected >= have;
}

/* Spans that came before payload ended are looked at still; none comes behind it. */
static bool payload_over(const struct flow *f)
{
    return (f->flags & FLOW_NO_PAYLOAD_INSPECTION) != 0 && (f->flags & FLOW_PAYLOAD_ENDS) == 0;
}

void frames_inspect(struct detect *d)
{
    const struct flow *f = d->turn->flow;
    struct conn *c = f ? f->app : NULL;
    unsigned side = d->look.side;

    if (!c || !c->proto || payload_over(f) ||
        (f->key.proto == IPPROTO_TCP && !d->look.established)) {
        return;
    }
    for (struct span *s = conn_spans_first(c, side); s; s = s->next) {
        if (s->proto >= DETECT_PROTOS || d->rules->frame[s->proto][side].n == 0) {
            s->done = true; /* nobody asks */
        } else if (!s->done) {
            frame_inspect(d, c, side, s);
        }
    }
}
