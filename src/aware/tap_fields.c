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
        t[i + 1].role = role_named(proto_table[i]->name);
        tells_due(&t[i + 1]);
    }
    return t;
}

void tap_end(struct seen *s, const struct flow *f, const struct view *v, unsigned end)
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
        s->flow[0] = f->first_packet;
        s->flow[1] = f->id;
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

/* One field of a transaction, where it is told. */
struct telling {
    struct aware_tap *t;
    const struct tell *tell;
    const struct flow *f;
    const struct view *v;     /* NULL: the flow ends */
    unsigned end;             /* of the flow, that it is about; of who is named by address, that names him */
};

/* Whom it is about; false: about nobody. */
static bool about(struct seen *s, const struct telling *g, const struct txn *t, struct bytes subject)
{
    unsigned of = g->tell->of;

    tap_end(s, g->f, g->v, g->end);
    s->app = (uint16_t)txn_proto(t);
    s->port = g->end == 1 && of != SIGN_OF_NAMED ? g->f->key.port[1] : 0;
    if (of == SIGN_OF_SENDER && subject.n == 6 && mac_own(subject.p)) {
        seen_from(s, subject.p);
        s->family = FAMILY_NONE;
        return true;
    }
    return of == SIGN_OF_NAMED || !is_group(&s->addr, s->family) || s->has_mac != 0;
}

/* The map may not know yet who was not seen to send in the flow: what is said of him is told each time, as it may be lost the first. */
static unsigned news_of(const struct flow *f, unsigned end) { return (f->flags & (end == 0 ? FLOW_SEEN_SERVER : FLOW_SEEN_CLIENT)) != 0 ? TELL_NEWS : 0; }

static bool tables_know(const struct aware_tap *t, struct bytes name)
{
    UNSET struct guess room[GUESSES_MAX];

    return prints_match(t->prints, SIGN_ASKED, name, room) != 0;
}

/* What is said of a server, by DNS, TLS or HTTP, names who asked for it, too: systems call home. */
static void tell_asked(const struct telling *g, struct bytes name, uint32_t hash)
{
    unsigned asks = !g->end;
    struct aware_tap *t = g->t;

    if (t->prints == NULL || is_group(&g->f->key.addr[asks], g->f->key.family) || !tables_know(t, name)) {
        return;
    }
    struct seen *s = tap_begin(t, SEEN_SIGN);
    s->sign = SIGN_ASKED;
    s->hash = hash;
    tap_end(s, g->f, g->v, asks);
    tap_tell(t, s, name, news_of(g->f, asks));
}

/* Starts and leases change what was before: they are told each time. */
static void tell_item(const struct telling *g, struct seen *s, struct bytes raw, const struct spell_with *with, char room[SEEN_TEXT_MAX])
{
    unsigned sign = s->sign;

    if (sign == SIGN_DNS_ANSWER && !named(s, raw)) {
        return;
    }
    struct bytes text = spell(sign, raw, with, room);
    if (text.n == 0) {
        return;
    }
    if (is_group(&s->addr, s->family)) {
        s->family = FAMILY_NONE;
    }
    uint32_t hash = s->hash = seen_hash((const char *)text.p, text.n, g->t->seed);
    bool each = sign == SIGN_START || sign == SIGN_LEASE;
    tap_tell(g->t, s, text, each ? 0 : g->tell->of == SIGN_OF_NAMED ? TELL_NEWS : news_of(g->f, g->end));
    if (sign == SIGN_TLS_SNI || sign == SIGN_HTTP_HOST || sign == SIGN_DNS_ANSWER) {
        tell_asked(g, text, hash);
    }
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
static void tell_field(const struct telling *g, struct txn *x, const struct tells *all, struct bytes raw)
{
    struct spell_with with = { .subject = bytes_none(), .name = bytes_none() };
    const struct tell *tell = g->tell;
    UNSET char room[SEEN_TEXT_MAX];
    struct seen *s = tap_begin(g->t, SEEN_SIGN);

    s->sign = tell->sign;
    if (all->subject >= 0 && !all->tell[all->subject].bytes(x, (enum side)tell->side, 0, &with.subject)) {
        with.subject = bytes_none();
    }
    if (!about(s, g, x, with.subject)) {
        return;
    }
    with.ts = s->ts;
    with.proto = s->app;
    for (unsigned i = 0; i < 64 && (i == 0 || tell->bytes(x, (enum side)tell->side, i, &raw)); i++) {
        if (all->name >= 0) {
            companion(x, all, tell->side, i, &with.name);
        }
        s = tap_again(g->t, s);
        tell_item(g, s, raw, &with, room);
        if (!tell->list) {
            break;
        }
    }
}

/* The end of the flow that it is about. */
static unsigned end_about(const struct tell *tell)
{
    return tell->of == SIGN_OF_SERVER ? 1 : tell->of == SIGN_OF_CLIENT ? 0 : tell->side == TO_SERVER ? 0 : 1;
}

enum { SIGNS_TAKEN = -1 /* all of them, whatever the protocol has */ };

/* Those of the side that are complete. */
static inline uint32_t due_of(const struct tells *all, const struct txn *x, enum side side, bool end)
{
    unsigned progress = x->progress[side];

    return end || x->complete[side] ? all->side[side] : all->due[side][progress < TELL_STAGES ? progress : TELL_STAGES - 1];
}

/* Apart: most turns have nothing that is due. */
static __attribute__((noinline)) void tell_txn(struct aware_tap *t, struct txn *x, const struct tells *all, const struct view *v, uint32_t due)
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
            const struct telling g = { t, tell, x->conn->flow, v, end_about(tell) };
            tell_field(&g, x, all, raw);
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
