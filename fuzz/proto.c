/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A protocol through the real driver.  Input: deliveries, each a byte of flags, two bytes of length, and the bytes.
 * Flags: 1 the server's direction, 2 a gap before it, 4 the direction ends, 8 a turn of its own, 16 (on the first) datagrams.
 */
#include "base/err.h"
#include "config/config.h"
#include "proto/driver.h"

#include <stdlib.h>
#include <string.h>

extern const struct proto FUZZ_PROTO;

enum { HELD_MAX = 1 << 18 };

struct rig {
    struct proto_settings settings;
    struct protos *protos;
    struct streams *streams;
    struct flow flow;
    uint8_t held[2][HELD_MAX];
    size_t held_n[2];
    uint64_t offset[2], number;
    bool ended[2], datagrams;
};

static unsigned row_of(const struct proto *p)
{
    for (unsigned i = 0; i < proto_n; i++) {
        if (proto_table[i] == p) {
            return i;
        }
    }
    return 0;
}

static void deliver(struct rig *r, enum side side, struct bytes b, unsigned flags)
{
    size_t room = HELD_MAX - r->held_n[side], n = b.n < room ? b.n : room;

    if (r->ended[side]) {
        return;
    }
    if (r->datagrams) {
        proto_datagram(r->protos, &r->flow, &side, b);
        return;
    }
    memcpy(r->held[side] + r->held_n[side], b.p, n);
    r->held_n[side] += n;
    struct bytes all = bytes_of(r->held[side], r->held_n[side]);
    struct stream_part part = { all, r->offset[side], (flags & STREAM_GAP) != 0 ? b.n + 1 : 0, flags };
    size_t done = proto_stream_data(r->protos, &r->flow, side, &part);
    bug_if(done > all.n);
    memmove(r->held[side], r->held[side] + done, all.n - done);
    r->held_n[side] = all.n - done;
    r->offset[side] += done;
    r->ended[side] = (flags & STREAM_EOF) != 0;
}

/* Everything rules could ask must answer within bounds. */
static void ask(struct txn *t)
{
    volatile uint8_t sum = 0;

    for (unsigned k = 0; k < t->proto->field_n * 2; k++) {
        const struct field *f = &t->proto->fields[k / 2];
        enum side side = k % 2;
        if ((f->sides >> side & 1) == 0) {
            continue;
        }
        struct bytes b;
        uint64_t v;
        unsigned n = 0;
        while (f->bytes != NULL && n < 5000 && f->bytes(t, side, n, &b)) {
            bug_if(b.p == NULL);
            sum = (uint8_t)(sum + (b.n != 0 ? b.p[0] ^ b.p[b.n - 1] : 0));
            n++;
        }
        bug_if(n == 5000);
        if (f->number != NULL) {
            (void)f->number(t, side, 0, &v);
        }
        struct body *body = f->body != NULL ? f->body(t, side) : NULL;
        bug_if(body != NULL && body->n > body->room);
    }
}

static void look(struct rig *r, bool all)
{
    for (struct conn *c = conn_next(&r->flow, NULL); c != NULL; c = conn_next(&r->flow, c)) {
        for (struct txn *t = c->head; t != NULL; t = t->next) {
            ask(t);
            bug_if(all && (!t->complete[0] || !t->complete[1]));
            if (t->proto->log != NULL && (all || (t->complete[0] && t->complete[1]))) {
                struct text out;
                struct json j;
                text_init(&out, 0);
                json_init(&j, &out);
                json_object(&j, NULL);
                t->proto->log(t, &j);
                json_end_object(&j);
                text_fini(&out);
                t->logged = true;
            }
        }
    }
}

static bool passed(void *ctx, const struct txn *t)
{
    (void)ctx;
    return t->logged;
}

/* The protocol's settings as they are without a settings file. */
static void *presets(const struct proto *p)
{
    void *to = p->settings_size != 0 ? calloc(1, p->settings_size) : NULL;
    struct conf *conf = conf_new();
    struct err err = { "" };

    bug_if(conf == NULL || (p->settings_size != 0 && to == NULL));
    bug_if(to != NULL && !conf_apply_at(conf, NULL, p->options, p->option_n, to, &err));
    conf_free(conf);
    return to;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rig *r = calloc(1, sizeof *r);
    struct rd in = rd_make(data, size);

    if (r == NULL) {
        return 0;
    }
    r->settings.enabled[row_of(&FUZZ_PROTO)] = true;
    r->settings.settings[row_of(&FUZZ_PROTO)] = presets(&FUZZ_PROTO);
    r->settings.memcap = 64 << 20;
    r->settings.detect_max = 4096;
    r->protos = protos_new(&r->settings, NULL, &r->streams);
    bug_if(r->protos == NULL);
    r->flow.flags = FLOW_EXPECTED; /* whatever the bytes look like */
    r->flow.expected_proto = (uint16_t)(row_of(&FUZZ_PROTO) + 1);
    r->datagrams = size != 0 && (data[0] & 16) != 0;
    while (rd_left(&in) != 0) {
        uint8_t flags = rd_u8(&in);
        uint16_t n = rd_be16(&in);
        struct bytes b = bytes_head(rd_peek(&in), n);
        rd_skip(&in, b.n);
        enum side side = flags & 1 ? TO_CLIENT : TO_SERVER;
        r->number += (flags & 8) != 0;
        proto_turn(r->protos, r->number, r->number * 1000);
        bool gap = (flags & 2) != 0 && r->held_n[side] == 0;
        deliver(r, side, b, (gap ? STREAM_GAP : 0u) | ((flags & 4) != 0 ? STREAM_EOF : 0u));
        look(r, false);
        proto_release(r->protos, &r->flow, passed, NULL);
    }
    proto_finish(r->protos, &r->flow);
    look(r, true);
    proto_release(r->protos, &r->flow, passed, NULL);
    proto_end(r->protos, &r->flow);
    protos_free(r->protos);
    free(r->settings.settings[row_of(&FUZZ_PROTO)]);
    free(r);
    return 0;
}
