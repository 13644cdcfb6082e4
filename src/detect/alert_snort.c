/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/alert_snort.h"

#include "detect/record.h"
#include "detect/snort_text.h"

#include <netinet/in.h>
#include <stdio.h>

/* An alert, and what there is to be told of it. */
struct snort_alert {
    struct detect *d;
    const struct queued *q;
    const struct rule *rule;
    const struct look *look;
    const struct view *view;   /* NULL: a flow's end */
    const struct flow *flow;   /* NULL: none */
    char when[CLOCK_TEXT_MAX];
    char room[160];
};

/* A field's value: a number, or a text; neither: it is not there. */
struct field_value {
    enum { VALUE_ABSENT, VALUE_NUMBER, VALUE_HEX /* in a csv */, VALUE_TEXT, VALUE_BYTES } kind;
    uint64_t number;
    const char *text;
    struct bytes bytes;
};

static struct field_value none(void) { return (struct field_value){ .kind = VALUE_ABSENT }; }
static struct field_value number(uint64_t n) { return (struct field_value){ .kind = VALUE_NUMBER, .number = n }; }
static struct field_value text(const char *s) { return (struct field_value){ .kind = VALUE_TEXT, .text = s }; }

/* Snort's rules without one have none. */
static unsigned priority_of(const struct rule *r) { return r->priority_said || r->dialect == DIALECT_SURICATA ? r->priority : 0; }

static bool has_ip(const struct snort_alert *a) { return a->look->family != FAMILY_NONE; }
static bool has_ports(const struct snort_alert *a) { return a->look->proto == IPPROTO_TCP || a->look->proto == IPPROTO_UDP; }
static const struct view *ip_view(const struct snort_alert *a)
{
    return a->view && view_has(a->view, LAYER_IPV4 | LAYER_IPV6) ? a->view : NULL;
}
static const struct view *view_of(const struct snort_alert *a, unsigned layers) { return a->view && view_has(a->view, layers) ? a->view : NULL; }

/* What becomes of the packet, in Snort's words. */
static const char *action(const struct snort_alert *a)
{
    const struct detect *d = a->d;

    if (d->rejected) {
        return d->settings.inline_mode ? "reset" : "would_reset";
    }
    if (d->dropped) {
        const char *would = (a->q->flags & QUEUED_FLOW) != 0 ? "would_block" : "would_drop";
        return d->settings.inline_mode ? would + 6 : would;
    }
    return "allow";
}

static struct field_value address(struct snort_alert *a, bool src)
{
    if (!has_ip(a)) {
        return none();
    }
    addr_text(src ? &a->look->src : &a->look->dst, a->look->family, a->room);
    return text(a->room);
}

static struct field_value address_port(struct snort_alert *a, bool src)
{
    char addr[ADDR_TEXT_MAX] = "";

    if (has_ip(a)) {
        addr_text(src ? &a->look->src : &a->look->dst, a->look->family, addr);
    }
    snprintf(a->room, sizeof a->room, "%s:%u", addr, !has_ports(a) ? 0 : src ? a->look->sport : a->look->dport);
    return text(a->room);
}

static struct field_value mac(struct snort_alert *a, size_t at)
{
    if (!a->view || a->view->ether.n < 14) {
        return none();
    }
    const uint8_t *m = a->view->ether.p + at;
    snprintf(a->room, sizeof a->room, "%02X:%02X:%02X:%02X:%02X:%02X", m[0], m[1], m[2], m[3], m[4], m[5]);
    return text(a->room);
}

/* ---- fields, by name ---- */

#define FIELD(name) static struct field_value field_##name(struct snort_alert *a)
FIELD(action) { return text(action(a)); }
FIELD(class) { return text(a->rule->class_text ? a->rule->class_text : "none"); }
FIELD(b64_data)
{
    return a->look->payload.n != 0 ? (struct field_value){ .kind = VALUE_BYTES, .bytes = a->look->payload } : none();
}
FIELD(client_bytes) { return a->flow ? number(a->flow->bytes[TO_SERVER]) : none(); }
FIELD(client_pkts) { return a->flow ? number(a->flow->packets[TO_SERVER]) : none(); }
FIELD(dir) { return text(!a->flow ? "UNK" : a->look->side == TO_SERVER ? "C2S" : "S2C"); }
FIELD(dst_addr) { return address(a, false); }
FIELD(dst_ap) { return address_port(a, false); }
FIELD(dst_port) { return has_ports(a) ? number(a->look->dport) : none(); }
FIELD(eth_dst) { return mac(a, 0); }
FIELD(eth_len) { return a->view && a->view->ether.n >= 14 ? number(a->view->packet->wire_len) : none(); }
FIELD(eth_src) { return mac(a, 6); }
FIELD(eth_type)
{
    if (!a->view || a->view->ether.n < 14) {
        return none();
    }
    snprintf(a->room, sizeof a->room, "0x%X", (unsigned)a->view->ether.p[12] << 8 | a->view->ether.p[13]);
    return text(a->room);
}
FIELD(flowstart_time) { return a->flow ? number(a->flow->first / CLOCK_SECOND) : none(); }
FIELD(geneve_vni)
{
    bool in = a->view && a->view->overlay_n != 0 && a->view->overlay[a->view->overlay_n - 1] == OVERLAY_GENEVE;

    return in ? number(a->view->network) : none();
}
FIELD(gid) { return number(a->rule->gid); }
FIELD(icmp_code) { return view_of(a, LAYER_ICMP4 | LAYER_ICMP6) ? number(a->view->icmp.code) : none(); }
FIELD(icmp_id) { return view_of(a, LAYER_ICMP4 | LAYER_ICMP6) ? number(a->view->icmp.id) : none(); }
FIELD(icmp_seq) { return view_of(a, LAYER_ICMP4 | LAYER_ICMP6) ? number(a->view->icmp.seq) : none(); }
FIELD(icmp_type) { return view_of(a, LAYER_ICMP4 | LAYER_ICMP6) ? number(a->view->icmp.type) : none(); }
FIELD(iface) { return text(a->d->turn->capture_file ? a->d->turn->capture_file : ""); }
FIELD(ip_id) { return ip_view(a) ? number(view_has(a->view, LAYER_IPV4) ? a->view->ip_id : a->view->frag_id) : none(); }
FIELD(ip_len) { return ip_view(a) ? number(a->view->ip.n - a->view->ip_header.n) : none(); }
FIELD(msg)
{
    return text(a->rule->msg ? a->rule->msg : "");
}
FIELD(mpls) { return a->flow && (!a->view || a->view->mpls_n == 0) ? number(0) : none(); }
FIELD(pkt_gen) { return text((a->q->flags & QUEUED_STREAM) != 0 && a->look->proto == IPPROTO_TCP ? "stream_tcp" : "raw"); }
FIELD(pkt_len) { return number(ip_view(a) ? a->view->ip.n : a->look->payload.n); }
FIELD(pkt_num) { return number(a->d->turn->number); }
FIELD(priority) { return number(priority_of(a->rule)); }
FIELD(proto) { return text(snort_proto(a->look, a->view)); }
FIELD(rev) { return number(a->rule->rev); }
FIELD(rule)
{
    snprintf(a->room, sizeof a->room, "%u:%u:%u", a->rule->gid, a->rule->sid, a->rule->rev);
    return text(a->room);
}
FIELD(seconds) { return number(a->d->turn->ts / CLOCK_SECOND); }
FIELD(server_bytes) { return a->flow ? number(a->flow->bytes[TO_CLIENT]) : none(); }
FIELD(server_pkts) { return a->flow ? number(a->flow->packets[TO_CLIENT]) : none(); }
FIELD(service)
{
    static const char *const other[][2] = { { "tls", "ssl" }, { "smb", "netbios-ssn" }, { "enip", "cip" }, { "krb5", "kerberos" }, { "nfs", "sunrpc" } };
    const char *name = a->flow && a->flow->app ? proto_name(a->flow->app->id) : NULL;

    for (unsigned i = 0; name && i < ROWS(other); i++) {
        if (strcmp(name, other[i][0]) == 0) {
            return text(other[i][1]);
        }
    }
    return text(name ? name : "unknown");
}
FIELD(sid) { return number(a->rule->sid); }
FIELD(src_addr) { return address(a, true); }
FIELD(src_ap) { return address_port(a, true); }
FIELD(src_port) { return has_ports(a) ? number(a->look->sport) : none(); }
FIELD(target)
{
    return a->rule->target ? address(a, strcmp(a->rule->target, "src_ip") == 0) : none();
}
FIELD(tcp_ack) { return view_of(a, LAYER_TCP) ? (struct field_value){ .kind = VALUE_HEX, .number = a->view->tcp.ack } : none(); }
FIELD(tcp_flags)
{
    if (!view_of(a, LAYER_TCP)) {
        return none();
    }
    snort_flags(a->view->tcp.flags, a->room);
    return text(a->room);
}
FIELD(tcp_len) { return view_of(a, LAYER_TCP) ? number(a->view->tcp.header_len) : none(); }
FIELD(tcp_seq) { return view_of(a, LAYER_TCP) ? (struct field_value){ .kind = VALUE_HEX, .number = a->view->tcp.seq } : none(); }
FIELD(tcp_win) { return view_of(a, LAYER_TCP) ? number(a->view->tcp.window) : none(); }
FIELD(timestamp) { return text(a->when); }
FIELD(tos) { return ip_view(a) ? number(a->view->tos) : none(); }
FIELD(ttl) { return ip_view(a) ? number(a->view->ttl) : none(); }
FIELD(udp_len) { return view_of(a, LAYER_UDP) ? number(a->view->udp.length) : none(); }
FIELD(vlan) { return number(a->view && a->view->vlan_n != 0 ? a->view->vlan[0] : 0); }
FIELD(absent)
{
    (void)a;
    return none();
}
#undef FIELD

static const struct field_row {
    const char *name;
    struct field_value (*get)(struct snort_alert *a);
} fields[] = {
#define ROW(name) { #name, field_##name }
    ROW(action), ROW(class), ROW(b64_data), ROW(client_bytes), ROW(client_pkts), ROW(dir), ROW(dst_addr), ROW(dst_ap), ROW(dst_port), ROW(eth_dst),
    ROW(eth_len), ROW(eth_src), ROW(eth_type), ROW(flowstart_time), ROW(geneve_vni), ROW(gid), ROW(icmp_code), ROW(icmp_id), ROW(icmp_seq),
    ROW(icmp_type), ROW(iface), ROW(ip_id), ROW(ip_len), ROW(msg), ROW(mpls), ROW(pkt_gen), ROW(pkt_len), ROW(pkt_num), ROW(priority), ROW(proto),
    ROW(rev), ROW(rule), ROW(seconds), ROW(server_bytes), ROW(server_pkts), ROW(service), ROW(sid), ROW(src_addr), ROW(src_ap), ROW(src_port),
    ROW(target), ROW(tcp_ack), ROW(tcp_flags), ROW(tcp_len), ROW(tcp_seq), ROW(tcp_win), ROW(timestamp), ROW(tos), ROW(ttl), ROW(udp_len), ROW(vlan),
    { "app_id", field_absent }, { "sgt", field_absent }, /* there are no such things here */
#undef ROW
};

bool snort_fields_parse(const char *names, struct snort_log *out, struct err *err)
{
    struct bytes left = bytes_str(names ? names : "timestamp pkt_num proto pkt_gen pkt_len dir src_ap dst_ap rule action");
    struct rd r = rd_of(left);

    out->field_n = 0;
    for (rd_skip_any(&r, " \t\r\n,"); rd_left(&r) != 0; rd_skip_any(&r, " \t\r\n,")) {
        struct bytes word = rd_until_any(&r, " \t\r\n,");
        uint8_t i = 0;
        while (i < ROWS(fields) && !bytes_is(word, fields[i].name)) {
            i++;
        }
        if (i == ROWS(fields)) {
            return err_set(err, "fields: '%.*s' is no field", (int)(word.n < 64 ? word.n : 64), (const char *)word.p);
        }
        if (out->field_n == SNORT_FIELDS_MAX) {
            return err_set(err, "fields: more than %d", SNORT_FIELDS_MAX);
        }
        out->field[out->field_n++] = i;
    }
    return true;
}

/* ---- formats ---- */

/* The message as Snort prints it: version 3 keeps the quotes of the rule. */
static void message(struct text *t, const struct snort_alert *a)
{
    const char *quote = a->d->out->settings->snort.old ? "" : "\"";

    text_printf(t, "%s%s%s", quote, a->rule->msg ? a->rule->msg : "", quote);
}

static void priority(struct text *t, const struct snort_alert *a)
{
    if (a->rule->class_text) {
        text_printf(t, "[Classification: %s] ", a->rule->class_text);
    }
    text_printf(t, "[Priority: %u] ", priority_of(a->rule));
}

static void dump(struct text *t, const struct snort_alert *a)
{
    const struct snort_settings *s = &a->d->out->settings->snort;

    if (ip_view(a)) {
        text_byte(t, '\n');
        snort_headers(t, a->look, a->view, s->link);
    }
    snort_dump(t, "snort.raw", a->look->payload);
}

static void write_fast(struct text *t, struct snort_alert *a)
{
    const struct snort_settings *s = &a->d->out->settings->snort;

    text_str(t, a->when);
    if (a->d->rejected || (a->d->dropped && a->q->action != ACTION_ALERT)) {
        text_printf(t, " [%s]", action(a));
    }
    text_printf(t, s->old ? "  [**] [%u:%u:%u] " : " [**] [%u:%u:%u] ", a->rule->gid, a->rule->sid, a->rule->rev);
    message(t, a);
    text_str(t, " [**] ");
    priority(t, a);
    text_printf(t, "{%s} ", snort_proto(a->look, a->view));
    snort_addresses(t, a->look);
    if (s->data) {
        dump(t, a);
    }
    text_byte(t, '\n');
}

static void write_full(struct text *t, struct snort_alert *a)
{
    text_printf(t, "[**] [%u:%u:%u] ", a->rule->gid, a->rule->sid, a->rule->rev);
    message(t, a);
    text_str(t, " [**]\n");
    if (has_ip(a)) {
        priority(t, a);
        text_byte(t, '\n');
    }
    text_printf(t, "%s ", a->when);
    if (ip_view(a)) {
        snort_headers(t, a->look, a->view, a->d->out->settings->snort.link);
    } else if (has_ip(a)) {
        snort_addresses(t, a->look);
        text_byte(t, '\n');
    }
    for (uint16_t i = 0; has_ip(a) && i < a->rule->reference_n; i++) {
        const struct rule_reference *r = &a->rule->reference[i];
        text_printf(t, "[Xref => %s%s%s]", r->prefix ? r->prefix : r->key, r->prefix ? "" : " ", r->id);
    }
    text_str(t, a->rule->reference_n != 0 ? "\n\n" : "\n");
}

static void write_csv(struct text *t, struct snort_alert *a)
{
    const struct snort_log *log = &a->d->out->settings->snort.log[EVENT_SNORT_CSV - EVENT_SNORT_FAST];

    for (unsigned i = 0; i < log->field_n; i++) {
        const struct field_row *row = &fields[log->field[i]];
        struct field_value v = row->get(a);
        text_str(t, i != 0 ? log->separator : "");
        switch (v.kind) {
        case VALUE_NUMBER: text_u64(t, v.number); break;
        case VALUE_HEX: text_printf(t, "0x%llX", (unsigned long long)v.number); break;
        case VALUE_TEXT: text_printf(t, row->get == field_msg ? "\"%s\"" : "%s", v.text); break;
        case VALUE_BYTES:
            text_byte(t, '"');
            text_base64(t, v.bytes);
            text_byte(t, '"');
            break;
        case VALUE_ABSENT:
        default: break;
        }
    }
    text_byte(t, '\n');
}

static void write_json(struct text *t, struct snort_alert *a)
{
    const struct snort_log *log = &a->d->out->settings->snort.log[EVENT_SNORT_JSON - EVENT_SNORT_FAST];
    bool first = true;

    text_byte(t, '{');
    for (unsigned i = 0; i < log->field_n; i++) {
        struct field_value v = fields[log->field[i]].get(a);
        struct json j;
        if (v.kind == VALUE_ABSENT) {
            continue;
        }
        text_printf(t, "%s \"%s\" : ", first ? "" : ",", fields[log->field[i]].name);
        first = false;
        json_init(&j, t);
        if (v.kind == VALUE_TEXT) {
            json_bytes(&j, NULL, bytes_str(v.text));
        } else if (v.kind == VALUE_BYTES) {
            json_base64(&j, NULL, v.bytes);
        } else {
            text_u64(t, v.number);
        }
    }
    text_str(t, " }\n");
}

/* "11/23-22:15:00.123456", with the year in front when asked: "26/11/23-…". */
static void when(struct snort_alert *a)
{
    char whole[CLOCK_TEXT_MAX]; /* "11/23/2026-22:15:00.123456" */

    (void)clock_fast(&a->d->out->zone, a->d->turn->ts, whole);
    snprintf(a->when, sizeof a->when, "%.2s%s%.5s%s", a->d->out->settings->snort.year ? whole + 8 : "", a->d->out->settings->snort.year ? "/" : "", whole,
             whole + 10);
}

void alert_snort_write(struct detect *d, const struct queued *q)
{
    static void (*const writers[SNORT_LOGS])(struct text *t, struct snort_alert *a) = { write_fast, write_full, write_csv, write_json };
    const struct snort_settings *s = &d->out->settings->snort;
    struct snort_alert a = { .d = d, .q = q, .rule = d->rules->plan[q->rule].rule, .look = &d->look, .view = d->turn->view, .flow = d->turn->flow };

    when(&a);
    for (unsigned i = 0; i < SNORT_LOGS; i++) {
        if (s->log[i].on) {
            text_clear(&d->out->line);
            writers[i](&d->out->line, &a);
            event_put(d->out, EVENT_SNORT_FAST + i, text_bytes(&d->out->line));
        }
    }
}
