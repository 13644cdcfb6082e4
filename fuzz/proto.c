/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A protocol through the real driver.  Input: deliveries, each a byte of flags, two bytes of length, and the bytes.
 * Flags: 1 the server's direction, 2 a gap before it, 4 the direction ends, 8 a turn of its own, 16 (on the first) datagrams, for who goes over UDP.
 * Nothing may break, everything that rules could ask must answer within bounds; and how the bytes of a stream are cut may not
 * show in the records and notes that come of them, as long as it is the protocol's (to find on after nonsense, the head of a
 * delivery is a sign).
 */
#include "base/err.h"
#include "config/config.h"
#include "proto/driver.h"
#include "proto/protos_counters.h"

#include <stdio.h>
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

/* What a direction holds, to the driver: what it takes goes. */
static void offer(struct rig *r, enum side side, unsigned flags)
{
    struct bytes all = bytes_of(r->held[side], r->held_n[side]);
    struct stream_part part = { all, r->offset[side], 0, flags };
    size_t done = proto_stream_data(r->protos, &r->flow, side, &part);

    bug_if(done > all.n);
    memmove(r->held[side], r->held[side] + done, all.n - done);
    r->held_n[side] = all.n - done;
    r->offset[side] += done;
}

static void deliver(struct rig *r, enum side side, struct bytes b, unsigned flags)
{
    size_t room = HELD_MAX - r->held_n[side], n = b.n < room ? b.n : room;
    enum side other = side_other(side);

    if (r->ended[side]) {
        return;
    }
    if (r->datagrams) {
        proto_datagram(r->protos, &r->flow, &side, b);
        return;
    }
    bool known = r->flow.app != NULL && r->flow.app->proto != NULL;
    memcpy(r->held[side] + r->held_n[side], b.p, n);
    r->held_n[side] += n;
    offer(r, side, flags);
    r->ended[side] = (flags & STREAM_EOF) != 0;
    if (!known && r->flow.app != NULL && r->flow.app->proto != NULL && r->held_n[other] != 0) { /* the stream gives again what the other side waits with */
        offer(r, other, r->ended[other] ? STREAM_EOF : 0u);
    }
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

static struct rig *rig_new(bool datagrams)
{
    struct rig *r = calloc(1, sizeof *r);
    unsigned row = row_of(&FUZZ_PROTO);

    bug_if(r == NULL);
    r->settings.enabled[row] = 3;
    r->settings.settings[row] = presets(&FUZZ_PROTO);
    r->settings.memcap = 64 << 20;
    r->settings.detect_max = 4096;
    r->protos = protos_new(&r->settings, NULL, &r->streams);
    bug_if(r->protos == NULL);
    r->flow.flags = FLOW_EXPECTED; /* whatever the bytes look like */
    r->flow.expected_proto = (uint16_t)(row + 1);
    r->datagrams = datagrams;
    return r;
}

static void rig_free(struct rig *r)
{
    proto_end(r->protos, &r->flow);
    protos_free(r->protos);
    free(r->settings.settings[row_of(&FUZZ_PROTO)]);
    free(r);
}

/* The input in pieces of at most `step` bytes.  `each`: transactions are looked at and let go as they come. */
static void play(struct rig *r, struct rd in, size_t step, bool each)
{
    while (rd_left(&in) != 0) {
        uint8_t flags = rd_u8(&in);
        uint16_t n = rd_be16(&in);
        struct bytes b = bytes_head(rd_peek(&in), n);
        rd_skip(&in, b.n);
        enum side side = flags & 1 ? TO_CLIENT : TO_SERVER;
        bool gap = (flags & 2) != 0 && r->held_n[side] == 0;
        r->number += (flags & 8) != 0;
        proto_turn(r->protos, r->number, r->number * 1000);
        if (gap && !r->datagrams && !r->ended[side]) {
            struct stream_part part = { bytes_none(), r->offset[side], (uint64_t)b.n + 1, STREAM_GAP };
            (void)proto_stream_data(r->protos, &r->flow, side, &part);
            r->offset[side] += part.gap;
        }
        do {
            struct bytes piece = bytes_head(b, step);
            b = bytes_from(b, piece.n);
            deliver(r, side, piece, b.n == 0 && (flags & 4) != 0 ? STREAM_EOF : 0u);
        } while (b.n != 0);
        if (each) {
            look(r, false);
            proto_release(&r->flow, side, &(struct proto_release){ passed, NULL }, false);
        }
    }
    proto_finish(r->protos, &r->flow);
}

static void add_notes(struct text *out, const struct proto *p, const uint8_t *note, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        text_printf(out, " #%s", p->notes[note[i]].name);
    }
    text_byte(out, '\n');
}

/* A request line without a protocol is HTTP/0.9's, and no header follows it, unless the same delivery holds one. */
static bool may_show(const struct text *t) { return bytes_find(text_bytes(t), bytes_str("REQUEST_LINE_MISSING_PROTOCOL")) != SIZE_MAX; }

/* What is told of the whole, played in pieces of at most `step` bytes.  False: it was not all grammar.
 * *began: the protocol had its first bytes. */
static bool tell(const uint8_t *data, size_t size, size_t step, struct text *out, bool *began)
{
    struct rig *r = rig_new(false);
    struct json j;

    play(r, rd_make(data, size), step, false);
    for (struct conn *c = conn_next(&r->flow, NULL); c != NULL; c = conn_next(&r->flow, c)) {
        *began |= c->proto != NULL;
        for (struct txn *t = c->head; t != NULL; t = t->next) {
            if (t->proto->log != NULL) {
                json_init(&j, out);
                json_object(&j, NULL);
                t->proto->log(t, &j);
                json_end_object(&j);
            }
            add_notes(out, t->proto, t->note, t->note_n);
        }
        if (c->proto != NULL && c->notes != NULL) {
            add_notes(out, c->proto, c->notes->note, c->notes->n);
        }
    }
    unsigned id = row_of(&FUZZ_PROTO) + 1;
    bool good = protos_each(r->protos, id, PROTOS_ERROR_PARSER) + protos_each(r->protos, id, PROTOS_ERROR_GAP) == 0;
    rig_free(r);
    return good;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    bool datagrams = size != 0 && (data[0] & 16) != 0 && (FUZZ_PROTO.transports & 2) != 0;
    struct rig *r = rig_new(datagrams);

    play(r, rd_make(data, size), SIZE_MAX, true);
    look(r, true);
    proto_release(&r->flow, TO_SERVER, &(struct proto_release){ passed, NULL }, true);
    rig_free(r);
    if ((FUZZ_PROTO.transports & 1) != 0 && !datagrams) { /* TCP */
        struct text whole, cut;
        text_init(&whole, 0);
        text_init(&cut, 0);
        bool began = false, cut_began = false;
        bool good = tell(data, size, SIZE_MAX, &whole, &began) && tell(data, size, 1 + size % 5, &cut, &cut_began);
        bug_if(good && began && !cut_began);
        if (good && began && /* else it waits: an announced flow's first bytes might be another protocol's */ !may_show(&whole) && !may_show(&cut) && (whole.n != cut.n || (cut.n != 0 && memcmp(whole.p, cut.p, cut.n) != 0))) {
            fprintf(stderr, "whole:\n%.*s\nin pieces of %zu:\n%.*s\n", (int)whole.n, whole.p, 1 + size % 5, (int)cut.n, cut.p);
            bug_if(true);
        }
        text_fini(&whole);
        text_fini(&cut);
    }
    return 0;
}
