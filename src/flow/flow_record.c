/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "flow/flow_record.h"

#include <netinet/in.h>
#include <stdio.h>

static void time_member(struct json *j, struct clock_zone *z, const char *key, uint64_t ns)
{
    char text[CLOCK_TEXT_MAX];

    clock_iso(z, ns, text);
    json_string(j, key, text);
}

static void name_member(struct json *j, const char *key, const char *name, const char *unless)
{
    if (name && (!unless || strcmp(name, unless) != 0)) {
        json_string(j, key, name);
    }
}

static void counts(const struct flow *f, struct clock_zone *z, struct json *j)
{
    json_u64(j, "pkts_toserver", f->packets[TO_SERVER]);
    json_u64(j, "pkts_toclient", f->packets[TO_CLIENT]);
    json_u64(j, "bytes_toserver", f->bytes[TO_SERVER]);
    json_u64(j, "bytes_toclient", f->bytes[TO_CLIENT]);
    time_member(j, z, "start", f->first);
}

static bool has_ports(const struct flow *f)
{
    return f->key.proto == IPPROTO_TCP || f->key.proto == IPPROTO_UDP || f->key.proto == IPPROTO_SCTP;
}

void flow_record_alert(const struct flow *f, struct clock_zone *z, struct json *j)
{
    char text[ADDR_TEXT_MAX];

    json_object(j, "flow");
    counts(f, z, j);
    addr_text(&f->key.addr[0], (enum family)f->key.family, text);
    json_string(j, "src_ip", text);
    addr_text(&f->key.addr[1], (enum family)f->key.family, text);
    json_string(j, "dest_ip", text);
    if (has_ports(f)) {
        json_u64(j, "src_port", f->key.port[0]);
        json_u64(j, "dest_port", f->key.port[1]);
    }
    json_end_object(j);
}

/* Whole seconds between the whole seconds of both ends, as Suricata counts them. */
static uint64_t age(const struct flow *f) { return f->last / CLOCK_SECOND - f->first / CLOCK_SECOND; }

static void exceptions(const struct flow *f, const struct flow_record_app *app, struct json *j)
{
    static const char *const target[] = {
        "defrag_memcap", "stream_memcap", "stream_reassembly_memcap", "flow_memcap", "stream_midstream", "app_layer_error",
    };

    if (!f->exception) {
        return;
    }
    json_array(j, "exception_policy");
    for (unsigned i = 0; i < ROWS(target); i++) {
        if (f->exception >> i & 1) {
            json_object(j, NULL);
            json_string(j, "target", target[i]);
            json_string(j, "policy", exception_name(app->exception_policy[i]));
            json_end_object(j);
        }
    }
    json_end_array(j);
}

/* Directions in which it had much within a short time. */
static void elephant(const struct flow *f, struct json *j)
{
    const bool to_server = (f->flags & FLOW_ELEPHANT_SERVER) != 0, to_client = (f->flags & FLOW_ELEPHANT_CLIENT) != 0;

    if (!to_server && !to_client) {
        return;
    }
    json_bool(j, "elephant", true);
    if (!json_own(j)) {
        return;
    }
    json_array(j, "elephant_direction");
    if (to_server) {
        json_string(j, NULL, "toserver");
    }
    if (to_client) {
        json_string(j, NULL, "toclient");
    }
    json_end_array(j);
}

static void flow_object(const struct flow *f, const struct flow_record_app *app, struct clock_zone *z, struct json *j)
{
    json_object(j, "flow");
    counts(f, z, j);
    time_member(j, z, "end", f->last);
    json_u64(j, "age", age(f));
    json_string(j, "state", flow_state_name(f));
    if (f->state == FLOW_BYPASSED) {
        json_string(j, "bypass", (f->flags & FLOW_OFFLOADED) != 0 ? "capture" : "local");
    }
    json_string(j, "reason", flow_reason_name(f));
    json_bool(j, "alerted", (f->flags & FLOW_HAS_ALERTS) != 0);
    elephant(f, j);
    if (f->flags & FLOW_DROPPED) {
        json_string(j, "action", "drop");
    } else if (f->flags & FLOW_ACCEPTED) {
        json_string(j, "action", "accept");
    } else if (f->flags & FLOW_PASSED) {
        json_string(j, "action", "pass");
    }
    exceptions(f, app, j);
    if (app->txns) {
        json_u64(j, "tx_cnt", app->txns);
    }
    json_end_object(j);
}

static void flags_member(struct json *j, const char *key, uint8_t flags)
{
    char text[3];

    snprintf(text, sizeof(text), "%02x", flags);
    json_string(j, key, text);
}

/* One member for each flag that was seen (RFC 9293 3.1, RFC 3168 6.1). */
static void flag_names(struct json *j, uint8_t flags)
{
    static const struct {
        uint8_t bit;
        const char *name;
    } names[] = { { 2, "syn" }, { 1, "fin" }, { 4, "rst" }, { 8, "psh" }, { 16, "ack" }, { 32, "urg" }, { 64, "ecn" }, { 128, "cwr" } };

    for (unsigned i = 0; i < ROWS(names); i++) {
        if (flags & names[i].bit) {
            json_bool(j, names[i].name, true);
        }
    }
}

static void tcp_object(const struct flow *f, struct json *j)
{
    uint8_t ts = stream_tcp_flags(f, TO_SERVER), tc = stream_tcp_flags(f, TO_CLIENT);

    json_object(j, "tcp");
    flags_member(j, "tcp_flags", ts | tc);
    flags_member(j, "tcp_flags_ts", ts);
    flags_member(j, "tcp_flags_tc", tc);
    flag_names(j, ts | tc);
    if (f->tcp) {
        json_string(j, "state", tcp_state_name(stream_state(f)));
        if (stream_has_gap(f, TO_CLIENT)) {
            json_bool(j, "tc_gap", true);
        }
        if (stream_has_gap(f, TO_SERVER)) {
            json_bool(j, "ts_gap", true);
        }
        json_u64(j, "ts_max_regions", stream_max_regions(f, TO_SERVER));
        json_u64(j, "tc_max_regions", stream_max_regions(f, TO_CLIENT));
        if (stream_urgent_bytes(f, TO_SERVER)) {
            json_u64(j, "ts_urgent_oob_data", stream_urgent_bytes(f, TO_SERVER));
        }
        if (stream_urgent_bytes(f, TO_CLIENT)) {
            json_u64(j, "tc_urgent_oob_data", stream_urgent_bytes(f, TO_CLIENT));
        }
    }
    json_end_object(j);
}

static void head_rest(const struct flow *f, struct json *j)
{
    if (f->key.proto == IPPROTO_ESP) {
        json_u64(j, "spi", (uint32_t)f->key.port[0] << 16 | f->key.port[1]);
    } else if ((f->key.proto == IPPROTO_ICMP || f->key.proto == IPPROTO_ICMPV6) && f->packets[TO_CLIENT]) {
        json_u64(j, "response_icmp_type", f->icmp_type[1]);
        json_u64(j, "response_icmp_code", f->icmp_code[1]);
    }
}

void flow_record_flow(const struct flow *f, const struct flow_record_app *app, struct clock_zone *z, struct json *j)
{
    head_rest(f, j);
    name_member(j, "app_proto", app->name, NULL);
    name_member(j, "app_proto_ts", app->to_server, app->name);
    name_member(j, "app_proto_tc", app->to_client, app->name);
    name_member(j, "app_proto_orig", app->original, app->name);
    name_member(j, "app_proto_expected", app->expected, app->name);
    flow_object(f, app, z, j);
    if (f->key.proto == IPPROTO_TCP) {
        tcp_object(f, j);
    }
    if (app->app) {
        json_object(j, "app");
        json_string(j, "name", app->app);
        json_string(j, "by", app->app_by);
        json_end_object(j);
    }
}

void flow_record_netflow(const struct flow *f, enum side side, const struct flow_record_app *app, struct clock_zone *z,
                         struct json *j)
{
    const char *name = side == TO_SERVER ? app->to_server : app->to_client;

    if (!name) {
        name = app->name;
    }
    if (f->key.proto == IPPROTO_ESP) {
        json_u64(j, "spi", (uint32_t)f->key.port[0] << 16 | f->key.port[1]);
    }
    json_string(j, "app_proto", name ? name : "unknown");
    json_object(j, "netflow");
    json_u64(j, "pkts", f->packets[side]);
    json_u64(j, "bytes", f->bytes[side]);
    time_member(j, z, "start", f->first);
    time_member(j, z, "end", f->last);
    json_u64(j, "age", age(f));
    if (f->packets[side]) {
        json_u64(j, "min_ttl", f->min_ttl[side]);
        json_u64(j, "max_ttl", f->max_ttl[side]);
    }
    if (app->txns) {
        json_u64(j, "tx_cnt", app->txns);
    }
    json_end_object(j);
    if (f->key.proto == IPPROTO_TCP) {
        json_object(j, "tcp");
        flags_member(j, "tcp_flags", stream_tcp_flags(f, side));
        flag_names(j, stream_tcp_flags(f, side));
        json_end_object(j);
    }
}
