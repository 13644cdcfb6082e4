/* SPDX-License-Identifier: GPL-2.0-or-later */
/* gRPC: what becomes of its messages, and that it does not matter where the bytes are cut. */
#include "proto/http2/http2.h"
#include "proto/test_rig.h"
#include "tap.h"

#define MAGIC "PRI * HTTP/2.0{0d0a0d0a}SM{0d0a0d0a}"
#define CALL "{00001b 01 04 00000001 83}D{06}/p.S/M_{10}application/grpc"
#define OK "{000013 01 04 00000001 88}_{10}application/grpc"
#define END "{00000f 01 05 00000001 400b}grpc-status{01}0"

/* clang-format off */
static const struct {
    const char *why, *answer, *messages, *body, *notes;
} rows[] = {
    { "a message is the body, without its head", OK "{00000a 00 00 00000001 0000000005}hello" END,
      "hello", "hello", "" },
    { "messages are cut where they say, not where frames end", OK "{000002 00 00 00000001 0000}{000007 00 00 00000001 0000036f6e6500}{00000b 00 00 00000001 00000007616e642074776f}" END,
      "one|and two", "oneand two", "" },
    { "an empty message is one too", OK "{00000b 00 00 00000001 0000000000 0000000001}x" END,
      "|x", "x", "" },
    { "packed", "{000027 01 04 00000001 88}_{10}application/grpc{400d}grpc-encoding{04}gzip{000021 00 00 00000001 010000001c 1f8b0800000000000203cb48cdc9c957c84090008088f9e511000000}" END,
      "hello hello hello", "hello hello hello", "" },
    { "deflate, in two frames, and one that is not packed", "{000030 01 04 00000001 88}_{16}application/grpc+proto{400d}grpc-encoding{07}deflate{000009 00 00 00000001 0100000010789ccb48}{000016 00 00 00000001 cdc9c957c84090003a2e067d 0000000005}plain" END,
      "hello hello hello|plain", "hello hello helloplain", "" },
    { "a coding that is not undone", "{000029 01 04 00000001 88}_{10}application/grpc{400d}grpc-encoding{06}snappy{000009 00 00 00000001 0100000004}snap" END,
      "snap", "snap", "" },
    { "packed, it says, and not how", OK "{000009 00 00 00000001 0100000004}what" END,
      "what", "what", " #grpc_compressed_without_encoding" },
    { "not packed as it says: the next one is read", "{000027 01 04 00000001 88}_{10}application/grpc{400d}grpc-encoding{04}gzip{000017 00 00 00000001 0100000008}nonsense{0000000005}plain" END,
      "|plain", "plain", " #failed_decompression" },
    { "a stream that ends within a message", OK "{000009 00 00 00000001 0000000009}half" END,
      "half", "half", " #grpc_message_cut" },
    { "and within a head", OK "{000008 00 00 00000001 0000000001}x{0000}" END,
      "x", "x", " #grpc_message_cut" },
    { "what is no gRPC is taken as it is", OK "{00000f 00 00 00000001}GET / and so on{000008 00 00 00000001}, and on" END,
      "", "GET / and so on, and on", " #grpc_invalid_head" },
};
/* clang-format on */

static struct http2 *call_of(struct rig *r)
{
    struct conn *c = r->flow.app;
    return txn_data(txn_last(c));
}

static void add_notes(struct text *to, const struct txn *t)
{
    for (unsigned i = 0; i < t->note_n; i++) {
        text_printf(to, " #%s", t->proto->notes[t->note[i]].name);
    }
}

static void test_messages(void)
{
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct rig *r = rig_new(false, 80);
        struct text out, script, got;
        struct bytes b;
        bool same;
        text_init(&out, 0);
        text_init(&script, 0);
        text_init(&got, 0);
        text_printf(&script, ">" MAGIC CALL "{000006 00 01 00000001 0000000001}x<%s", rows[i].answer);
        text_byte(&script, '\0');
        rig_play(r, script.p, RIG_HELD, &out);
        const struct http2 *x = call_of(r);
        for (unsigned k = 0; http2_grpc_message(x, TO_CLIENT, k, &b); k++) {
            text_str(&got, k != 0 ? "|" : "");
            text_add(&got, b.p, b.n);
        }
        is_mem(got.p, got.n, rows[i].messages, strlen(rows[i].messages), rows[i].why);
        is_mem(x->half[TO_CLIENT].body.p, x->half[TO_CLIENT].body.n, rows[i].body, strlen(rows[i].body), "and the body");
        text_clear(&got);
        add_notes(&got, x->txn);
        is_mem(got.p, got.n, rows[i].notes, strlen(rows[i].notes), "and what is noted");
        rig_cuts(script.p, false, 80, &out, &same);
        ok(same, "and however the bytes come");
        text_fini(&got);
        text_fini(&script);
        text_fini(&out);
        rig_free(r);
    }
}

/* What a call is, how it ended, and its record. */
static void test_call(void)
{
    struct rig *r = rig_new(false, 80);
    struct bytes service, method, text;
    uint64_t status = 0;
    struct text out;

    text_init(&out, 0);
    rig_play(r, ">" MAGIC CALL "{000006 00 01 00000001 0000000001}x<" OK "{00002b 01 05 00000001 400b}grpc-status{01}5{400c}grpc-message{0d 6e6f25323073756368257a7a25}", RIG_HELD, &out);
    struct http2 *x = call_of(r);
    ok(http2_grpc_call(x, &service, &method) && bytes_is(service, "p.S") && bytes_is(method, "M"), "the path is the service and the method");
    ok(http2_grpc_status(x, &status) && status == 5, "the status stands in the trailers");
    ok(http2_grpc_status_message(x, &text) && bytes_is(text, "no such%zz%"), "and what it says, escapes undone that are any");
    text_byte(&out, '\0');
    ok(strstr(out.p, "\"http2\":{\"stream_id\":1,\"grpc\":{\"service\":\"p.S\",\"method\":\"M\",\"request_messages\":1,\"status\":5,"
                     "\"status_message\":\"no such%zz%\"}}") != NULL, "all of which is told");
    text_fini(&out);
    rig_free(r);
}

/* Many: those of earlier turns make room; of a long one the beginning is kept. */
static void test_many(void)
{
    static uint8_t bytes[5 + 70000] = { 0, 0, 1, 0x11, 0x70 };
    struct rig *r = rig_new(false, 80);
    struct bytes b;
    struct text out;
    unsigned n = 0;

    text_init(&out, 0);
    rig_play(r, ">" MAGIC CALL "<" OK, RIG_HELD, &out);
    for (unsigned i = 0; i < 1000; i++) {
        struct text one;
        text_init(&one, 0);
        text_printf(&one, "<{000009 00 00 00000001 0000000004}%04u", i);
        text_byte(&one, '\0');
        rig_play(r, one.p, RIG_HELD, &out);
        text_fini(&one);
    }
    while (http2_grpc_message(call_of(r), TO_CLIENT, n, &b)) {
        n++;
    }
    ok(n == 1000 % 256 && http2_grpc_message(call_of(r), TO_CLIENT, n - 1, &b) && bytes_is(b, "0999"), "of a thousand the last are there");
    ok(txn_last(r->flow.app)->note_n == 0, "and each was there in its turn");
    rig_play(r, "<{011175 00 00 00000001}", RIG_HELD, &out);
    rig_send(r, TO_CLIENT, bytes, sizeof bytes, 1000);
    ok(http2_grpc_message(call_of(r), TO_CLIENT, n, &b) && b.n == HTTP2_GRPC_MESSAGE_MAX && call_of(r)->half[TO_CLIENT].body.total == 4000 + 70000, "of a long one the beginning");
    text_clear(&out);
    add_notes(&out, txn_last(r->flow.app));
    is_mem(out.p, out.n, " #long_frame_data #grpc_message_too_long", 40, "which is noted");
    text_fini(&out);
    rig_free(r);
}

/* Bytes that are missing within a message do not hide the next; beyond one they do. */
static void test_gap(void)
{
    struct http2_grpc g = { .head_n = 5, .left = 10 };
    struct http2_half h = { .grpc = &g, .coding = HTTP2_CODING_GZIP };

    http2_grpc_gap(&h, 4);
    ok(!g.lost && g.left == 6, "a hole in a message");
    http2_grpc_gap(&h, 7);
    ok(g.lost && h.coding == HTTP2_CODING_OTHER, "a hole over its end");
}

int main(void)
{
    test_messages();
    test_call();
    test_many();
    test_gap();
    return done_testing();
}
