/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tap_fields - signs that protocols find: the field rows with `sign`, of each transaction, as soon as they are complete.
 */
#include "aware/taps.h"

#include "base/err.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

/* A client's word about the server (the name it asks for) is taken on its side; what either may say of the server, on the server's. */
static bool says(const struct field *f, unsigned side)
{
    unsigned of = sign_rows[f->sign].of;

    return (f->sides >> side & 1) != 0 && !(f->sides == SIDE_BOTH_BITS && ((of == SIGN_OF_SERVER && side == TO_SERVER) || (of == SIGN_OF_CLIENT && side == TO_CLIENT)));
}

static void tells_of(struct tells *t, const struct proto *p)
{
    t->subject = t->name = -1;
    t->any = p->signs;
    for (unsigned i = 0; i < p->field_n; i++) {
        const struct field *f = &p->fields[i];
        for (unsigned side = 0; side < 2 && f->sign != SIGN_NONE; side++) {
            if (!says(f, side) || t->n == TELLS_MAX || (f->type != FIELD_BYTES && f->type != FIELD_LIST)) {
                continue;
            }
            if (f->sign == SIGN_SUBJECT || f->sign == SIGN_NAME_OF) {
                *(f->sign == SIGN_SUBJECT ? &t->subject : &t->name) = (int)t->n;
            } else {
                t->all |= 1u << t->n;
                t->side[side] |= 1u << t->n;
            }
            t->tell[t->n++] = (struct tell){ .bytes = f->bytes, .sign = (uint8_t)f->sign, .of = sign_rows[f->sign].of, .side = (uint8_t)side, .stage = f->stage[side],
                                             .grows = (f->flags & (FIELD_GROWS | FIELD_OPEN)) != 0, .list = f->type == FIELD_LIST };
        }
    }
}

/* A sign that grows is complete beyond its stage. */
static void tells_due(struct tells *t)
{
    for (unsigned i = 0; i < t->n; i++) {
        const struct tell *one = &t->tell[i];
        bug_if(one->stage + one->grows >= TELL_STAGES);
        for (unsigned stage = one->stage + one->grows; stage < TELL_STAGES; stage++) {
            t->due[one->side][stage] |= t->all & 1u << i;
        }
    }
}

void aware_asks(bool asked[PROTO_IDS])
{
    for (unsigned i = 0; i < proto_n; i++) {
        for (unsigned k = 0; k < proto_table[i]->field_n; k++) {
            asked[i] |= proto_table[i]->fields[k].sign != SIGN_NONE && (proto_table[i]->fields[k].flags & FIELD_DEMAND) != 0;
        }
    }
}

struct tells *tells_make(void)
{
    struct tells *t = calloc(PROTO_IDS, sizeof *t);

    for (unsigned i = 0; t != NULL && i < proto_n; i++) {
        tells_of(&t[i + 1], proto_table[i]);
        tells_due(&t[i + 1]);
    }
    return t;
}

/* The host at that end of the flow; its hardware address and place when it sent the view. */
static void end_of(struct seen *s, const struct flow *f, const struct view *v, unsigned end)
{
    const struct flow_key *k = &f->key;

    if (v != NULL) {
        tap_sender(s, v);
        if (v->family != k->family || !addr_equal(&v->src, &k->addr[end])) {
            seen_no_mac(s);
            s->ttl = 0;
        }
    } else {
        s->ts = f->last;
        seen_tail(s);
        s->due = f->ended;
        s->scope = k->tenant;
    }
    s->addr = k->addr[end];
    s->family = k->family;
    s->peer = k->addr[!end];
    s->proto = k->proto;
}

static bool is_group(const struct addr *a, unsigned family)
{
    return family == FAMILY_4 ? a->b[12] >= 224 || a->b[12] == 0 : a->b[0] == 0xff;
}

/* Whom an answer names: its address is the field. */
static bool named(struct seen *s, struct bytes raw)
{
    if (raw.n != 4 && raw.n != 16) {
        return false;
    }
    s->addr = raw.n == 4 ? addr_from4(raw.p) : addr_from6(raw.p);
    s->family = (uint8_t)(raw.n == 4 ? FAMILY_4 : FAMILY_6);
    s->ttl = 0; /* it did not send the packet, and may never have sent any */
    seen_no_mac(s);
    return true;
}

/* Whom it is about; false: about nobody. */
static bool about(struct seen *s, const struct txn *t, const struct tell *tell, const struct view *v, struct bytes subject)
{
    const struct flow *f = t->conn->flow;
    unsigned of = tell->of;
    unsigned end = of == SIGN_OF_SERVER ? 1 : of == SIGN_OF_CLIENT ? 0 : tell->side == TO_SERVER ? 0 : 1;

    end_of(s, f, v, end);
    s->app = (uint16_t)txn_proto(t);
    s->port = end == 1 && of != SIGN_OF_NAMED ? f->key.port[1] : 0;
    if (of == SIGN_OF_SENDER && subject.n == 6 && mac_own(subject.p)) {
        seen_from(s, subject.p);
        s->family = FAMILY_NONE;
        return true;
    }
    return of == SIGN_OF_NAMED || !is_group(&s->addr, s->family) || s->has_mac != 0;
}

static void tell_item(struct aware_tap *t, struct seen *s, struct bytes raw, const struct spell_with *with, char room[SEEN_TEXT_MAX])
{
    if (s->sign == SIGN_DNS_ANSWER && !named(s, raw)) {
        return;
    }
    struct bytes text = spell(s->sign, raw, with, room);
    if (text.n == 0) {
        return;
    }
    if (is_group(&s->addr, s->family)) {
        s->family = FAMILY_NONE;
    }
    tap_tell(t, s, text, TELL_NEWS);
}

/* What goes with item i: a name of its own, or the one for all. */
static void companion(const struct txn *x, const struct tells *all, unsigned side, unsigned i, struct bytes *name)
{
    const struct tell *of = &all->tell[all->name];

    if (!of->bytes(x, (enum side)side, i, name) && !of->bytes(x, (enum side)side, 0, name)) {
        *name = bytes_none();
    }
}

/* raw: its first item. */
static void tell_field(struct aware_tap *t, struct txn *x, const struct tells *all, const struct tell *tell, const struct view *v, struct bytes raw)
{
    struct spell_with with = { .subject = bytes_none(), .name = bytes_none() };
    UNSET char room[SEEN_TEXT_MAX];
    struct seen *s = tap_begin(t, SEEN_SIGN);

    s->sign = tell->sign;
    if (all->subject >= 0 && !all->tell[all->subject].bytes(x, (enum side)tell->side, 0, &with.subject)) {
        with.subject = bytes_none();
    }
    if (!about(s, x, tell, v, with.subject)) {
        return;
    }
    with.ts = s->ts;
    with.proto = s->app;
    for (unsigned i = 0; i < 64 && (i == 0 || tell->bytes(x, (enum side)tell->side, i, &raw)); i++) {
        if (all->name >= 0) {
            companion(x, all, tell->side, i, &with.name);
        }
        s = tap_again(t, s);
        tell_item(t, s, raw, &with, room);
        if (!tell->list) {
            break;
        }
    }
}

enum { SIGNS_TAKEN = -1 /* all of them, whatever the protocol has */ };

/* Those of the side that are complete. */
static inline uint32_t due_of(const struct tells *all, const struct txn *x, enum side side, bool end)
{
    unsigned progress = x->progress[side];

    return end || x->complete[side] ? all->side[side] : all->due[side][progress < TELL_STAGES ? progress : TELL_STAGES - 1];
}

static void tell_txn(struct aware_tap *t, struct txn *x, const struct tells *all, const struct view *v, uint32_t due)
{
    struct bytes raw;

    if (all->any != NULL && !all->any(x)) {
        x->signs = (uint32_t)SIGNS_TAKEN;
        return;
    }
    x->signs |= due;
    for (; due != 0; due &= due - 1) {
        const struct tell *tell = &all->tell[__builtin_ctz(due)];
        if (!x->skip_inspect[tell->side] && tell->bytes(x, (enum side)tell->side, 0, &raw)) {
            tell_field(t, x, all, tell, v, raw);
        }
    }
}

void aware_tap_transactions(struct aware_tap *t, struct flow *f, const struct view *v, enum side side)
{
    if (t == NULL) {
        return;
    }
    for (struct conn *c = f->app; c != NULL; c = conn_next(f, c)) {
        for (struct txn *x = txn_first_due(c, side, v == NULL); x != NULL; x = txn_next_due(x, side, v == NULL)) {
            if (x->signs == (uint32_t)SIGNS_TAKEN || (v != NULL && x->last_number != t->now.turn && x->first_number != t->now.turn)) {
                continue;
            }
            unsigned id = txn_proto(x);
            const struct tells *all = &t->tells[id < PROTO_IDS ? id : 0];
            uint32_t due = (due_of(all, x, TO_SERVER, v == NULL) | due_of(all, x, TO_CLIENT, v == NULL)) & ~x->signs;
            if (due != 0) {
                tell_txn(t, x, all, v, due);
            }
            if ((all->all & ~x->signs) == 0) {
                x->signs = (uint32_t)SIGNS_TAKEN;
            }
        }
    }
}
