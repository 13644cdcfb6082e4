/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What lies between two datagrams of a flow: whoever rests wakes as what it was, and who has more to keep does not rest. */
#include "proto/test_rig.h"

#define ASK "{00 07 01 00 00 01 00 00 00 00 00 00 01}a{00 00 01 00 01}"
#define REPLY "{00 07 81 80 00 01 00 00 00 00 00 00 01}a{00 00 01 00 01}"
#define JUNK "{ff 00 ff 00 ff 00 ff 00}"

struct row {
    const char *why;
    uint16_t port;
    const char *script;      /* datagrams, as the rig reads them */
    const char *rests;       /* after each, 'r' or '-' */
};

static const struct row rows[] = {
    { "question and answer", 53, ">" ASK "<" REPLY, "rr" },
    { "numbers of transactions go on", 53, ">" ASK "<" REPLY ">" ASK "<" REPLY, "rrrr" },
    { "what is not known stays not known", 40001, ">" JUNK "<" JUNK, "rr" },
    { "known by its second side", 53, ">" JUNK "<" REPLY, "rr" },
    { "a bad datagram before", 53, ">" JUNK ">" ASK "<" REPLY, "rrr" },
    { "several are the last word", 53, ">" JUNK ">" JUNK ">" JUNK ">" JUNK ">" ASK, "rrrrr" },
    { "a note that no transaction has is kept", 53, ">" ASK ">{00 07 01}", "r-" },
};

static bool passed(void *ctx, const struct txn *t) { return ctx == NULL && t != NULL; }

/* One datagram, then what a turn does at its end: each transaction was told. */
static void datagram(struct rig *r, enum side side, struct bytes b, bool rests)
{
    rig_turn(r);
    proto_wake(r->protos, &r->flow);
    if (r->flow.app != NULL) {
        r->flow.app->untold = 0;
    }
    proto_datagram(r->protos, &r->flow, &side, b);
    struct conn *c = r->flow.app;
    c->fed[0] = c->fed[1] = false;
    c->changed = 0;
    for (struct txn *t = c->head; t != NULL; t = t->next) {
        t->logged = true;
    }
    proto_release(&r->flow, side, &(struct proto_release){ passed, NULL }, false);
    if (rests) {
        proto_rest(r->protos, &r->flow);
    }
}

/* What can be seen of a conn from outside. */
static void say(struct rig *r, struct text *out)
{
    const struct conn *c = r->flow.app;

    text_clear(out);
    text_printf(out, "%s/%u %u %u off %d%d txns %u untold %u notes %d state %d\n", conn_name(&r->flow), c->id, c->id_side[0], c->id_side[1],
                c->recognised_off[0], c->recognised_off[1], (unsigned)c->txn_next, c->untold, c->notes != NULL, c->state != NULL);
    text_byte(out, '\0');
}

static void play(const struct row *row)
{
    struct rig *rests = rig_new(true, row->port), *stays = rig_new(true, row->port);
    struct text a, b;
    uint8_t bytes[256];
    size_t n, i = 0;

    text_init(&a, 0);
    text_init(&b, 0);
    for (const char *p = row->script; *p != '\0'; i++) {
        enum side side = *p == '>' ? TO_SERVER : TO_CLIENT;
        p = rig_read(p + 1, bytes, &n);
        datagram(rests, side, bytes_of(bytes, n), true);
        datagram(stays, side, bytes_of(bytes, n), false);
        ok((rests->flow.app == NULL) == (row->rests[i] == 'r'), row->why);
        proto_wake(rests->protos, &rests->flow);
        say(rests, &a);
        say(stays, &b);
        is_str(a.p, b.p, "awake, it is what it was");
        proto_rest(rests->protos, &rests->flow);
    }
    text_fini(&a);
    text_fini(&b);
    rig_free(rests);
    rig_free(stays);
}

/* The spare conn goes from flow to flow and keeps nothing of the one before. */
static void between_flows(void)
{
    struct rig *r = rig_new(true, 53);
    struct flow one = r->flow, other = r->flow;
    uint8_t bytes[256];
    size_t n;

    other.key.port[1] = 40001;
    (void)rig_read(ASK, bytes, &n);
    r->flow = one;
    datagram(r, TO_SERVER, bytes_of(bytes, n), true);
    one = r->flow;
    (void)rig_read(JUNK, bytes, &n);
    r->flow = other;
    datagram(r, TO_SERVER, bytes_of(bytes, n), true);
    other = r->flow;
    ok(one.app == NULL && other.app == NULL, "both rest");
    proto_wake(r->protos, &one);
    proto_wake(r->protos, &other);
    is_str(conn_name(&one), "dns", "the one is awake as what it was");
    ok(one.app->state != NULL && one.app->flow == &one, "with its protocol's state");
    is_str(conn_name(&other), "failed", "and so is the other");
    ok(other.app->state == NULL && other.app->flow == &other && other.app != one.app, "as a conn of its own");
    proto_end(r->protos, &one);
    r->flow = other;
    rig_free(r);
}

int main(void)
{
    for (size_t i = 0; i < ROWS(rows); i++) {
        play(&rows[i]);
    }
    between_flows();
    return done_testing();
}
