/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which transactions a turn is about, what becomes of them when there are too many, and what is counted. */
#include "proto/protos_counters.h"
#include "proto/test_rig.h"

enum { MANY = 200 };

static bool passed(void *ctx, const struct txn *t)
{
    return ctx != NULL || ((t->gone[0] || t->skip_inspect[0]) && (t->gone[1] || t->skip_inspect[1])); /* ctx: no rules look */
}

/* A turn of that side as rules, records and release make it.  How many transactions it was about; SIZE_MAX: not in their order. */
static size_t turn(struct rig *r, enum side side)
{
    const struct txn *before = NULL;
    size_t n = 0;

    for (struct txn *t = txn_first_due(r->flow.app, side, false); t != NULL; t = txn_next_due(t, side, false)) {
        n = before != NULL && before->id >= t->id ? SIZE_MAX : n + 1;
        before = t;
        t->updated[side] = t->beyond[side] = false;
        t->gone[side] = t->complete[side];
        t->logged = t->complete[0] && t->complete[1];
        if (n == SIZE_MAX) {
            break;
        }
    }
    proto_release(&r->flow, side, &(struct proto_release){ passed, NULL }, false);
    return n;
}

static void send(struct rig *r, enum side side, const char *script)
{
    static uint8_t bytes[RIG_HELD];
    size_t n;

    (void)rig_read(script, bytes, &n);
    rig_send(r, side, bytes, n, RIG_HELD);
}

/* RFC 4511 4.8: a request to delete, and its answer. */
static void ask(struct rig *r, unsigned id)
{
    char script[64];

    snprintf(script, sizeof script, "{30 07 02 02 %02x %02x 4a 01 61}", id >> 8, id & 255);
    send(r, TO_SERVER, script);
}

static void answers(struct rig *r, unsigned from, unsigned to)
{
    struct text t;

    text_init(&t, 0);
    for (unsigned id = from;; id += from < to ? 1 : -1u) {
        text_printf(&t, "{30 0d 02 02 %02x %02x 6b 07 0a 01 00 04 00 04 00}", id >> 8, id & 255);
        if (id == to) {
            break;
        }
    }
    text_byte(&t, '\0');
    send(r, TO_CLIENT, t.p);
    text_fini(&t);
}

static void test_due(void)
{
    struct rig *r = rig_open(&(struct rig_how){ .port = 389, .proto = "ldap" }, false);
    size_t most = 0;

    for (unsigned id = 1; id <= MANY; id++) {
        ask(r, id);
        size_t n = turn(r, TO_SERVER);
        most = n > most ? n : most;
    }
    is_int((long long)most, 1, "a turn is about what changed, however many wait");
    is_int((long long)turn(r, TO_CLIENT), MANY, "the other side looks at what is new once");
    is_int((long long)turn(r, TO_CLIENT) + (long long)turn(r, TO_SERVER), 0, "and then there is nothing to look at");
    answers(r, 1, 1);
    is_int((long long)turn(r, TO_CLIENT), 1, "the oldest is answered, and goes");
    is_int((long long)r->flow.app->head->id, 1, "gone");
    ask(r, MANY + 1);
    is_int((long long)turn(r, TO_SERVER), 1, "a new one");
    answers(r, MANY, 101);
    is_int((long long)turn(r, TO_CLIENT), 101, "answers in any order are looked at in the order of the requests, with what is new to this side");
    answers(r, 100, 2);
    is_int((long long)turn(r, TO_CLIENT), 99, "all the others");
    is_int(r->flow.app->txn_live, 1, "are gone");
    txn_note(r->flow.app->head, 0);
    is_int((long long)turn(r, TO_SERVER), 1, "a note is something to tell");
    rig_free(r);
}

/* While no rules look nothing waits for them; when they look again, all that came meanwhile does. */
static void test_looks_again(void)
{
    struct rig *r = rig_open(&(struct rig_how){ .port = 389, .proto = "ldap" }, false);

    ask(r, 1);
    proto_release(&r->flow, TO_SERVER, &(struct proto_release){ passed, r }, false);
    proto_release(&r->flow, TO_CLIENT, &(struct proto_release){ passed, r }, false);
    is_int((long long)turn(r, TO_SERVER) + (long long)turn(r, TO_CLIENT), 0, "nobody waits for what nobody looks at");
    proto_release(&r->flow, TO_SERVER, &(struct proto_release){ passed, NULL }, true);
    is_int((long long)turn(r, TO_CLIENT), 1, "rules look again, on either side");
    is_int((long long)turn(r, TO_SERVER), 1, "and on the other");
    rig_free(r);
}

/* A setting max-tx that is read does something: in txn_new, or in the protocol itself. */
static void test_settings(void)
{
    static const char *const own[] = { "dnp3", "enip", "ftp", "pop3", "smtp" };

    for (unsigned i = 0; i < proto_n; i++) {
        const struct proto *p = proto_table[i];
        bool done = false;
        for (unsigned k = 0; k < ROWS(own); k++) {
            done |= strcmp(own[k], p->name) == 0;
        }
        for (unsigned k = 0; k < p->option_n; k++) {
            const char *last = strrchr(p->options[k].path, '.');
            if (last != NULL && strcmp(last, ".max-tx") == 0) {
                ok(done || (p->max_tx == p->options[k].offset + 1 && p->max_tx_note < p->note_n), p->options[k].path);
            }
        }
    }
}

static void test_max(void)
{
    struct rig *r = rig_open(&(struct rig_how){ .port = 80, .proto = "http" }, false);
    const struct proto *http = proto_by_id(proto_by_name("http"));
    const uint32_t max = 3;
    unsigned noted = 0, open = 0;

    memcpy((char *)r->presets[proto_by_name("http") - 1] + http->max_tx - 1, &max, sizeof max);
    for (unsigned i = 0; i < 6; i++) {
        send(r, TO_SERVER, "GET / HTTP/1.1%0d%0aHost: a%0d%0a%0d%0a");
    }
    for (const struct txn *t = r->flow.app->head; t != NULL; t = t->next) {
        noted += t->note_n == 1 && t->note[0] == http->max_tx_note && t->complete[TO_CLIENT];
        open += !t->complete[TO_CLIENT];
    }
    is_int(noted, 2, "more than max-tx: the oldest ones end");
    is_int(open, 4, "the others stay");
    is_int((long long)protos_counters(r->protos)[PROTO_TX_OVER], 2, "which is counted");
    for (unsigned i = 0; i < 2000; i++) {
        send(r, TO_SERVER, "GET / HTTP/1.1%0d%0aHost: a%0d%0a%0d%0a");
    }
    is_int(r->flow.app->txn_live, 1024, "where nothing takes them away there is an end too");
    is_int((long long)protos_counters(r->protos)[PROTO_TX_REFUSED], 1, "counted; the flow is not read on");
    rig_free(r);
}

static void test_full(void)
{
    struct rig *r = rig_open(&(struct rig_how){ .port = 389, .proto = "ldap" }, false);
    uint8_t entry[8000] = { 0x30, 0x82, 0x1f, 0x3c, 2, 1, 1, 0x64, 0x82, 0x1f, 0x35 };
    struct text said;

    text_init(&said, 0);
    ask(r, 1);
    for (unsigned i = 0; i < 600; i++) {
        rig_send(r, TO_CLIENT, entry, sizeof entry, sizeof entry);
    }
    const struct txn *t = r->flow.app->head;
    rig_say_notes(&said, t->proto->notes, t->note, t->note_n, "", "");
    text_byte(&said, '\0');
    is_str(said.p, "too_many_responses", "responses there is no memory for are told");
    proto_end(r->protos, &r->flow);
    is_int((long long)protos_counters(r->protos)[PROTO_TX_CUT], 1, "a transaction whose memory was full is counted");
    text_fini(&said);
    rig_free(r);
}

int main(void)
{
    test_due();
    test_looks_again();
    test_settings();
    test_max();
    test_full();
    return done_testing();
}
