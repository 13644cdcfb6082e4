/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rest - between two datagrams of a flow nothing but a few numbers is kept of its conversation, where they say all of it.
 *
 * Most flows of datagrams are one question and one answer, and then lie there until their time is up: the blocks of their
 * conns are worth more to the flows that come after.  A conn may rest when without those numbers it is a new one, byte by byte;
 * so nothing has to be known here of what else a conn may hold.  The last one that went to rest waits for the next flow.
 */
#include "proto/protos.h"

#include <string.h>

/* What lies in flow.app_rest. */
struct rest {
    uint16_t id;             /* never PROTO_NONE */
    uint8_t sides;           /* bit per side: recognised as `id`; from bit 2 on: given up on; from bit 4 on, two a side: how often less one, while none is known */
    uint8_t untold;
    uint32_t txns;
};
_Static_assert(sizeof(struct rest) == sizeof(uint64_t), "as flow.app_rest");

static struct rest rest_of(const struct conn *c)
{
    struct rest r = { .id = c->id, .untold = c->untold, .txns = (uint32_t)c->txn_next };

    for (unsigned side = 0; side < 2; side++) {
        unsigned again = c->proto == NULL && c->recognised_off[side] ? (c->looked[side] - 1u) & 3 : 0;
        r.sides |= (uint8_t)((c->id_side[side] == c->id) << side | c->recognised_off[side] << (side + 2) | again << (2 * side + 4));
    }
    return r;
}

/* Sets what the numbers say; all 0: what a new one has.  What they can't say stays. */
static void rest_give(struct conn *c, struct rest r)
{
    bool fits = c->txn_next <= UINT32_MAX;

    c->proto = proto_by_id(r.id);
    c->untold = r.untold & 3u;
    c->txn_next = fits ? r.txns : c->txn_next;
    for (unsigned side = 0; side < 2; side++) {
        c->id_side[side] = (r.sides >> side & 1) != 0 ? r.id : c->id_side[side] == c->id ? PROTO_NONE : c->id_side[side];
        c->recognised_off[side] = (r.sides >> side & 4) != 0;
        if (c->id == PROTO_FAILED || r.id == PROTO_FAILED) {
            c->looked[side] = r.id == PROTO_FAILED && c->recognised_off[side] ? (uint16_t)(1 + (r.sides >> (2 * side + 4) & 3)) : 0;
        }
    }
    c->id = r.id;
}

static bool is_zero(const void *of, size_t n)
{
    const uint8_t *p = of;

    return n == 0 || (p[0] == 0 && memcmp(p, p + 1, n - 1) == 0);
}

static bool conn_is_new(struct conn *c, size_t state)
{
    c->datagram = false;
    bool new = is_zero(&c->proto, sizeof *c - offsetof(struct conn, proto)) && (c->state == NULL || is_zero(c->state, state));
    c->datagram = true;
    return new;
}

void proto_rest_end(struct protos *p)
{
    if (p->spare != NULL) {
        conn_drop(p->spare);
        p->spare = NULL;
    }
}

void proto_rest(struct protos *p, struct flow *f)
{
    const struct rest none = { PROTO_NONE, 0, 0, 0 };
    struct conn *c = f->app;

    if (c == NULL || !c->datagram || !conn_is_idle(c) || c->id == PROTO_NONE || (c->proto != NULL && c->proto->eof != NULL)) {
        return;
    }
    struct rest r = rest_of(c);
    size_t state = c->proto != NULL ? c->proto->state_size : 0;
    rest_give(c, none);
    if (!conn_is_new(c, state)) {
        rest_give(c, r);
        return;
    }
    proto_rest_end(p);
    p->spare = c;
    p->spare_state = r.id;
    f->app = NULL;
    memcpy(&f->app_rest, &r, sizeof r);
}

/* A new conn, with what the protocol of that id keeps, where the spare one has it. */
static struct conn *conn_of(struct protos *p, struct flow *f, unsigned id)
{
    struct conn *c = p->spare;

    if (c == NULL) {
        return conn_make(p, f, true);
    }
    p->spare = NULL;
    c->flow = f;
    if (c->state != NULL && id != p->spare_state) {
        arena_back(&c->arena, c->state);
        c->state = NULL;
    }
    return c;
}

struct conn *conn_new(struct protos *p, struct flow *f) { return conn_of(p, f, PROTO_NONE); }

void proto_wake(struct protos *p, struct flow *f)
{
    struct rest r;

    if (f->app_rest == 0 || f->app != NULL) {
        return;
    }
    memcpy(&r, &f->app_rest, sizeof r);
    f->app_rest = 0;
    struct conn *c = f->app = conn_of(p, f, r.id);
    if (c != NULL) {
        rest_give(c, r);
    }
    if (c != NULL && c->proto != NULL && c->state == NULL) {
        conn_state_make(c);
    }
}
