/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Dialogues through the real driver. */
#include "proto/test_rig.h"

#define PDU(type, flags, length, call) "{05 00}" type flags "{10 00 00 00}" length "{00 00 00}" call "{00 00 00}"
#define UUID "xV4{12}4{12 cd ab ef 00 01}#Eg{89 ab}"
#define NDR "{04}]{88 8a eb 1c c9 11 9f e8 08 00}+{10}H`{02 00 00 00}"
#define BIND PDU("{0b}", "{03}", "H", "{01}") "{d0 16 d0 16 00 00 00 00}" "{01 00 00 00}" "{02 00 01 00}" UUID "{03 00 01 00}" NDR
#define ACK PDU("{0c}", "{03}", "8", "{01}") "{d0 16 d0 16 00 00 00 00}" "{00 00}" "{00 00}" "{01 00 00 00}" "{00 00 00 00}" NDR
#define REFUSED PDU("{0c}", "{03}", "8", "{01}") "{d0 16 d0 16 00 00 00 00}" "{00 00}" "{00 00}" "{01 00 00 00}" "{02 00 00 00}" NDR
#define REQUEST(flags, call, stub) PDU("{00}", flags, "{1a}", call) "{00 00 00 00 02 00 05 00}" stub
#define RESPONSE(call, stub) PDU("{02}", "{03}", "{1a}", call) "{00 00 00 00 02 00 00 00}" stub

static const struct rig_row rows[] = {
    { "a bind that is accepted", ">" BIND "<" ACK,
      "{\"dcerpc\":{\"request\":\"BIND\",\"interfaces\":[{\"uuid\":\"12345678-1234-abcd-ef00-0123456789ab\",\"version\":\"3.1\",\"ack_result\":0}],"
      "\"response\":\"BINDACK\",\"call_id\":1,\"rpc_version\":\"5.0\"}}\n" },
    { "a bind without an answer", ">" BIND,
      "{\"dcerpc\":{\"request\":\"BIND\",\"interfaces\":[{\"uuid\":\"12345678-1234-abcd-ef00-0123456789ab\",\"version\":\"3.1\"}],"
      "\"response\":\"UNREPLIED\",\"call_id\":1,\"rpc_version\":\"5.0\"}} (open)\n" },
    { "fragments are one call", ">" REQUEST("{01}", "{07}", "ab") REQUEST("{02}", "{07}", "cd") "<" RESPONSE("{07}", "xy"),
      "{\"dcerpc\":{\"request\":\"REQUEST\",\"req\":{\"opnum\":5,\"frag_cnt\":2,\"stub_data_size\":4},\"response\":\"RESPONSE\","
      "\"res\":{\"frag_cnt\":1,\"stub_data_size\":10},\"call_id\":7,\"rpc_version\":\"5.0\"}}\n" },
    { "an answer whose request was lost", "<" RESPONSE("{07}", "xy"),
      "{\"dcerpc\":{\"request\":\"REQUEST_LOST\",\"response\":\"RESPONSE\",\"res\":{\"frag_cnt\":1,\"stub_data_size\":10},\"call_id\":7,\"rpc_version\":\"5.0\"}}\n" },
    { "after a gap, on with the next fragment that begins one", ">" REQUEST("{03}", "{07}", "ab") "^>" "xy" REQUEST("{03}", "{08}", "cd"),
      "{\"dcerpc\":{\"request\":\"REQUEST\",\"req\":{\"opnum\":5,\"frag_cnt\":1,\"stub_data_size\":2},\"response\":\"UNREPLIED\",\"call_id\":7,\"rpc_version\":\"5.0\"}} (open)\n"
      "{\"dcerpc\":{\"request\":\"REQUEST\",\"req\":{\"opnum\":5,\"frag_cnt\":1,\"stub_data_size\":2},\"response\":\"UNREPLIED\",\"call_id\":8,\"rpc_version\":\"5.0\"}} (open)\n" },
    { "a fault answers", ">" REQUEST("{03}", "{07}", "ab") "<" PDU("{03}", "{03}", "{20}", "{07}") "{00 00 00 00 02 00 00 00 00 00 00 00 00 00 00 00}",
      "{\"dcerpc\":{\"request\":\"REQUEST\",\"req\":{\"opnum\":5,\"frag_cnt\":1,\"stub_data_size\":2},\"response\":\"FAULT\",\"call_id\":7,\"rpc_version\":\"5.0\"}}\n" },
};

static void say_interface(struct text *out, struct txn *t)
{
    rig_say_field(out, t, "dcerpc.call_interface");
    text_byte(out, '\n');
}

/* The interface a request calls, as rules compare it. */
static void test_interface(const char *why, const char *script, const char *want)
{
    struct text out;

    text_init(&out, 0);
    rig_run(&(struct rig_how){ .proto = "dcerpc", .say = say_interface }, script, false, RIG_HELD, &out);
    is_str(out.p, want, why);
    text_fini(&out);
}

int main(void)
{
    rig_rows(rows, ROWS(rows), &(struct rig_how){ .proto = "dcerpc" });
    test_interface("a request to a bound interface is known with it", ">" BIND "<" ACK ">" REQUEST("{03}", "{02}", "ab"),
                   "\n dcerpc.call_interface=%124Vx%124%ab%cd%ef%00%01#Eg%89%ab%00%03%01\n");
    test_interface("a refused interface is not called", ">" BIND "<" REFUSED ">" REQUEST("{03}", "{02}", "ab"), "\n\n");
    return done_testing();
}
