/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "flow/flow_record.h"

#include <stdlib.h>

#include "flow/test_views.h"
#include "tap.h"

static struct flow make(uint8_t proto)
{
    struct flow f;

    memset(&f, 0, sizeof(f));
    f.key.addr[0] = test_addr4(0x0a000001);
    f.key.addr[1] = test_addr4(0x0a000002);
    f.key.family = FAMILY_4;
    f.key.proto = proto;
    f.key.port[0] = 1000;
    f.key.port[1] = 80;
    f.first = T0 + 900000000;
    f.last = T0 + 2100000000;
    f.packets[0] = 3;
    f.packets[1] = 2;
    f.bytes[0] = 300;
    f.bytes[1] = 2000;
    f.min_ttl[0] = 60;
    f.max_ttl[0] = 64;
    f.state = FLOW_ESTABLISHED;
    f.reason = FLOW_ENDED_TIMEOUT;
    return f;
}

struct row {
    uint8_t proto;
    uint32_t flags;
    uint8_t state, reason, exception;
    struct flow_record_app app;
    const char *want, *why;
};
#define COUNTS "\"pkts_toserver\":3,\"pkts_toclient\":2,\"bytes_toserver\":300,\"bytes_toclient\":2000,\"start\":\"2023-11-14T22:13:20.900000+0000\""
#define ENDS COUNTS ",\"end\":\"2023-11-14T22:13:22.100000+0000\",\"age\":2,"
static const struct row rows[] = {
    { IPPROTO_UDP, 0, FLOW_ESTABLISHED, FLOW_ENDED_TIMEOUT, 0, { 0 },
      "{\"flow\":{" ENDS "\"state\":\"established\",\"reason\":\"timeout\",\"alerted\":false}}",
      "the age counts whole seconds, as their difference" },
    { IPPROTO_UDP, FLOW_HAS_ALERTS | FLOW_DROPPED, FLOW_NEW, FLOW_ENDED_SHUTDOWN, 0,
      { .name = "dns", .to_server = "dns", .to_client = "failed", .txns = 7 },
      "{\"app_proto\":\"dns\",\"app_proto_tc\":\"failed\",\"flow\":{" ENDS
      "\"state\":\"new\",\"reason\":\"shutdown\",\"alerted\":true,\"action\":\"drop\",\"tx_cnt\":7}}",
      "a direction's protocol is said where it differs" },
    { IPPROTO_UDP, FLOW_PASSED, FLOW_BYPASSED, FLOW_ENDED_FORCED, 0, { .name = "tls", .original = "smtp", .expected = "smtp" },
      "{\"app_proto\":\"tls\",\"app_proto_orig\":\"smtp\",\"app_proto_expected\":\"smtp\",\"flow\":{" ENDS
      "\"state\":\"bypassed\",\"bypass\":\"local\",\"reason\":\"forced\",\"alerted\":false,\"action\":\"pass\"}}",
      "bypassed, forced, passed" },
    { IPPROTO_UDP, 0, FLOW_CLOSED, FLOW_ENDED_TCP_REUSE, FLOW_EXCEPTION_MIDSTREAM | FLOW_EXCEPTION_DEFRAG_MEMCAP,
      { .exception_policy = { [4] = EXCEPTION_PASS_FLOW } },
      "{\"flow\":{" ENDS "\"state\":\"closed\",\"reason\":\"tcp_reuse\",\"alerted\":false,\"exception_policy\":["
      "{\"target\":\"defrag_memcap\",\"policy\":\"ignore\"},{\"target\":\"stream_midstream\",\"policy\":\"pass_flow\"}]}}",
      "exception policies that hit" },
    { IPPROTO_TCP, 0, FLOW_NEW, FLOW_ENDED_TIMEOUT, 0, { 0 },
      "{\"flow\":{" ENDS "\"state\":\"new\",\"reason\":\"timeout\",\"alerted\":false},"
      "\"tcp\":{\"tcp_flags\":\"00\",\"tcp_flags_ts\":\"00\",\"tcp_flags_tc\":\"00\"}}",
      "TCP without a session" },
    { IPPROTO_ICMP, 0, FLOW_NEW, FLOW_ENDED_TIMEOUT, 0, { 0 },
      "{\"response_icmp_type\":9,\"response_icmp_code\":0,\"flow\":{" ENDS "\"state\":\"new\",\"reason\":\"timeout\",\"alerted\":false}}",
      "an answered ICMP flow says with what" },
    { IPPROTO_ESP, 0, FLOW_NEW, FLOW_ENDED_TIMEOUT, 0, { 0 },
      "{\"spi\":65536080,\"flow\":{" ENDS "\"state\":\"new\",\"reason\":\"timeout\",\"alerted\":false}}", "ESP says its SPI" },
};

int main(void)
{
    struct text text;
    struct json j;
    struct flow f;
    struct clock_zone z = { 0 };

    setenv("TZ", "UTC", 1);

    text_init(&text, 0);
    for (size_t i = 0; i < ROWS(rows); i++) {
        f = make(rows[i].proto);
        f.flags = rows[i].flags;
        f.state = rows[i].state;
        f.reason = rows[i].reason;
        f.exception = rows[i].exception;
        f.icmp_type[1] = 9;
        text_clear(&text);
        json_init(&j, &text);
        json_object(&j, NULL);
        flow_record_flow(&f, &rows[i].app, &z, &j);
        json_end_object(&j);
        text_byte(&text, '\0');
        is_str(text.p, rows[i].want, rows[i].why);
    }
    f = make(IPPROTO_TCP);
    text_clear(&text);
    json_init(&j, &text);
    json_object(&j, NULL);
    flow_record_alert(&f, &z, &j);
    json_end_object(&j);
    text_byte(&text, '\0');
    is_str(text.p, "{\"flow\":{" COUNTS ",\"src_ip\":\"10.0.0.1\",\"dest_ip\":\"10.0.0.2\",\"src_port\":1000,\"dest_port\":80}}",
           "the flow of an alert");
    text_clear(&text);
    json_init(&j, &text);
    json_object(&j, NULL);
    flow_record_netflow(&f, TO_SERVER, &(struct flow_record_app){ .name = "http" }, &z, &j);
    json_end_object(&j);
    text_byte(&text, '\0');
    is_str(text.p,
           "{\"app_proto\":\"http\",\"netflow\":{\"pkts\":3,\"bytes\":300,\"start\":\"2023-11-14T22:13:20.900000+0000\","
           "\"end\":\"2023-11-14T22:13:22.100000+0000\",\"age\":2,\"min_ttl\":60,\"max_ttl\":64},\"tcp\":{\"tcp_flags\":\"00\"}}",
           "one direction");
    text_fini(&text);
    return done_testing();
}
