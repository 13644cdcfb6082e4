/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * offer - tells what rules could look at: each field of a transaction when it is there, and again when its side is done.
 *
 * Bodies are told where they grow (body.c).  Who is told has fields asked for that are made on demand (proto_settings.asked).
 */
#include "proto/protos.h"

enum { OFFERED_ALL = 255, ITEMS_MAX = 4096 };

void protos_offer(struct protos *p, const struct proto_offer *o) { p->offer = o; }

void conn_user(struct conn *c, struct bytes name)
{
    const struct proto_offer *o = c->protos->offer;

    if (o != NULL) {
        o->user(o->ctx, c->flow, name);
    }
}

static void offer_field(const struct proto_offer *o, struct txn *t, enum side side, const struct field *f)
{
    struct bytes b;
    unsigned i = 0;

    for (; i < ITEMS_MAX && f->bytes(t, side, i, &b); i++) {
        o->field(o->ctx, t->conn->flow, side, f, b);
        if (f->type != FIELD_LIST) {
            return;
        }
    }
    if (i == ITEMS_MAX) {
        o->blind(o->ctx, t->conn->flow);
    }
}

/* Is it told now?  First when its stage is reached, then each time while it grows, and with the side's end. */
static bool field_due(const struct field *f, const struct txn *t, unsigned side)
{
    uint8_t stage = f->stage[side], progress = t->progress[side];
    bool first = t->offered[side] <= stage; /* not yet told */

    return progress >= stage && (first || t->complete[side] || (f->flags & (FIELD_GROWS | FIELD_OPEN)) != 0);
}

static void offer_side(const struct proto_offer *o, struct txn *t, enum side side)
{
    const struct proto *p = t->proto;

    if (t->offered[side] == OFFERED_ALL) {
        return;
    }
    for (unsigned i = 0; i < p->field_n; i++) {
        const struct field *f = &p->fields[i];
        if (f->bytes != NULL && f->type != FIELD_BODY && ((f->flags & FIELD_DEMAND) == 0 || conn_asked(t->conn)) && (f->sides >> side & 1) != 0 && field_due(f, t, side)) {
            offer_field(o, t, side, f);
        }
    }
    t->offered[side] = t->complete[side] ? OFFERED_ALL : t->progress[side] < OFFERED_ALL - 1 ? (uint8_t)(t->progress[side] + 1) : OFFERED_ALL - 1;
}

static void offer_files(const struct proto_offer *o, struct txn *t)
{
    for (struct file *f = t->files; f != NULL; f = f->next) {
        if (f->name.n != 0) {
            o->bytes(o->ctx, t->conn->flow, t->conn->protos->reading, f->name);
        }
    }
}

void proto_offer_turn(struct protos *p, struct flow *f, enum side side)
{
    const struct proto_offer *o = p->offer;
    const bool end = (f->flags & FLOW_ENDING) != 0;

    for (struct conn *c = f->app; c != NULL; c = conn_next(f, c)) {
        if (c->id != PROTO_NONE && c->id != PROTO_FAILED) {
            o->app(o->ctx, f, c->id);
        }
        for (struct txn *t = txn_first_due(c, side, end); t != NULL; t = txn_next_due(t, side, end)) {
            bool fresh = t->last_number == p->number || end;
            if (!fresh || (t->offered[0] == OFFERED_ALL && t->offered[1] == OFFERED_ALL)) {
                continue;
            }
            o->app(o->ctx, f, txn_proto(t));
            offer_files(o, t);
            offer_side(o, t, TO_SERVER);
            offer_side(o, t, TO_CLIENT);
        }
    }
}
