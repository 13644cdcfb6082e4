/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Dialogues through the real driver, cut at every place. */
#include "proto/driver.h"
#include "proto/dcerpc/dcerpc.h"
#include "tap.h"

extern const struct proto proto_dcerpc;

#define PDU(type, flags, length, call) "\x05\0" type flags "\x10\0\0\0" length "\0\0\0" call "\0\0\0"
#define UUID "\x78\x56\x34\x12\x34\x12\xcd\xab\xef\x00\x01\x23\x45\x67\x89\xab"
#define NDR "\x04\x5d\x88\x8a\xeb\x1c\xc9\x11\x9f\xe8\x08\x00\x2b\x10\x48\x60\x02\0\0\0"
#define BIND PDU("\x0b", "\x03", "\x48", "\x01") "\xd0\x16\xd0\x16\0\0\0\0" "\x01\0\0\0" "\x02\0\x01\0" UUID "\x03\0\x01\0" NDR
#define ACK PDU("\x0c", "\x03", "\x38", "\x01") "\xd0\x16\xd0\x16\0\0\0\0" "\0\0" "\0\0" "\x01\0\0\0" "\0\0\0\0" NDR
#define REFUSED PDU("\x0c", "\x03", "\x38", "\x01") "\xd0\x16\xd0\x16\0\0\0\0" "\0\0" "\0\0" "\x01\0\0\0" "\x02\0\0\0" NDR
#define REQUEST(flags, call, stub) PDU("\0", flags, "\x1a", call) "\0\0\0\0\x02\0\x05\0" stub
#define RESPONSE(call, stub) PDU("\x02", "\x03", "\x1a", call) "\0\0\0\0\x02\0\0\0" stub

static const struct {
    const char *why;
    struct bytes ask, answer;
    const char *said;
} rows[] = {
    { "a bind that is accepted", BYTES(BIND), BYTES(ACK),
      "{\"request\":\"BIND\",\"interfaces\":[{\"uuid\":\"12345678-1234-abcd-ef00-0123456789ab\",\"version\":\"3.1\",\"ack_result\":0}],"
      "\"response\":\"BINDACK\",\"call_id\":1,\"rpc_version\":\"5.0\"}" },
    { "a bind without an answer", BYTES(BIND), BYTES(""),
      "{\"request\":\"BIND\",\"interfaces\":[{\"uuid\":\"12345678-1234-abcd-ef00-0123456789ab\",\"version\":\"3.1\"}],"
      "\"response\":\"UNREPLIED\",\"call_id\":1,\"rpc_version\":\"5.0\"}" },
    { "fragments are one call", BYTES(REQUEST("\x01", "\x07", "ab") REQUEST("\x02", "\x07", "cd")), BYTES(RESPONSE("\x07", "xy")),
      "{\"request\":\"REQUEST\",\"req\":{\"opnum\":5,\"frag_cnt\":2,\"stub_data_size\":4},\"response\":\"RESPONSE\","
      "\"res\":{\"frag_cnt\":1,\"stub_data_size\":10},\"call_id\":7,\"rpc_version\":\"5.0\"}" },
    { "an answer whose request was lost", BYTES(""), BYTES(RESPONSE("\x07", "xy")),
      "{\"request\":\"REQUEST_LOST\",\"response\":\"RESPONSE\",\"res\":{\"frag_cnt\":1,\"stub_data_size\":10},\"call_id\":7,\"rpc_version\":\"5.0\"}" },
    { "a fault answers", BYTES(REQUEST("\x03", "\x07", "ab")), BYTES(PDU("\x03", "\x03", "\x20", "\x07") "\0\0\0\0\x02\0\0\0\0\0\0\0\0\0\0\0"),
      "{\"request\":\"REQUEST\",\"req\":{\"opnum\":5,\"frag_cnt\":1,\"stub_data_size\":2},\"response\":\"FAULT\",\"call_id\":7,\"rpc_version\":\"5.0\"}" },
};

struct rig {
    struct proto_settings settings;
    struct protos *protos;
    struct streams *streams;
    struct flow flow;
};

static void rig_open(struct rig *r)
{
    *r = (struct rig){ 0 };
    r->settings.enabled[proto_by_name("dcerpc") - 1] = true;
    r->settings.memcap = 16 << 20;
    r->settings.detect_max = 4096;
    r->protos = protos_new(&r->settings, NULL, &r->streams);
    r->flow.flags = FLOW_EXPECTED;
    r->flow.expected_proto = (uint16_t)proto_by_name("dcerpc");
    proto_turn(r->protos, 1, 1000);
}

static void send(struct rig *r, enum side side, struct bytes b, size_t cut)
{
    size_t at = 0;

    for (size_t end = cut < b.n ? cut : b.n; at < b.n || end < b.n; end = b.n) {
        struct stream_part part = { bytes_head(bytes_from(b, at), end - at), at, 0, 0 };
        at += proto_stream_data(r->protos, &r->flow, side, &part);
        if (end == b.n) {
            break;
        }
    }
}

static void rig_close(struct rig *r)
{
    proto_end(r->protos, &r->flow);
    protos_free(r->protos);
}

static void say(struct rig *r, struct text *out)
{
    struct json j;

    proto_finish(r->protos, &r->flow);
    for (struct txn *t = ((struct conn *)r->flow.app)->head; t != NULL; t = t->next) {
        json_init(&j, out);
        json_object(&j, NULL);
        dcerpc_log(t, &j);
        json_end_object(&j);
    }
    text_byte(out, '\0');
}

static void test_interface(const char *why, struct bytes answer, bool want)
{
    static const struct bytes bind = BYTES(BIND), request = BYTES(REQUEST("\x03", "\x02", "ab"));
    static const uint8_t key[DCEBIND_KEY] = { 0x12, 0x34, 0x56, 0x78, 0x12, 0x34, 0xab, 0xcd, 0xef, 0x00, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0, 3, 1 };
    struct rig r;
    struct bytes b = bytes_none();

    rig_open(&r);
    send(&r, TO_SERVER, bind, bind.n);
    send(&r, TO_CLIENT, answer, answer.n);
    send(&r, TO_SERVER, request, request.n);
    const struct txn *t = ((struct conn *)r.flow.app)->tail;
    bool got = false;
    for (unsigned i = 0; i < proto_dcerpc.field_n; i++) {
        if (strcmp(proto_dcerpc.fields[i].name, "dcerpc.call_interface") == 0) {
            got = proto_dcerpc.fields[i].bytes(t, TO_SERVER, 0, &b);
        }
    }
    ok(got == want && (!want || bytes_equal(b, bytes_of(key, sizeof key))), why);
    rig_close(&r);
}

int main(void)
{
    for (unsigned i = 0; i < ROWS(rows); i++) {
        bool good = true;
        for (size_t cut = 0; good && cut <= rows[i].ask.n + rows[i].answer.n; cut++) {
            struct rig r;
            struct text out;
            rig_open(&r);
            send(&r, TO_SERVER, rows[i].ask, cut);
            send(&r, TO_CLIENT, rows[i].answer, cut);
            text_init(&out, 0);
            say(&r, &out);
            good = strcmp(out.p, rows[i].said) == 0;
            if (!good) {
                is_str(out.p, rows[i].said, rows[i].why);
            }
            text_fini(&out);
            rig_close(&r);
        }
        ok(good, rows[i].why);
    }
    test_interface("a request to a bound interface is known with it", (struct bytes)BYTES(ACK), true);
    test_interface("a refused interface is not called", (struct bytes)BYTES(REFUSED), false);
    return done_testing();
}
