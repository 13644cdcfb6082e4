/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Heads, verdicts and drops. */
#include "detect/record.h"

#include "detect/flow_state.h"

#include <netinet/in.h>

void detect_head(const struct detect_turn *t, struct event_head *h)
{
    const struct view *v = t->view;
    const struct flow *f = t->flow;

    *h = (struct event_head){ .ts = t->ts, .number = v && view_carried(v) ? 0 : t->number, .pkt_src = t->pkt_src, .capture_file = t->capture_file };
    if (f) {
        h->flow = f;
        h->flow_id = f->id;
        h->parent = f->parent;
    }
    if (v) {
        h->src = v->src;
        h->dst = v->dst;
        h->sport = v->sport;
        h->dport = v->dport;
        h->family = v->family;
        h->ip_v = (uint8_t)v->family;
        h->proto = v->proto;
        h->has_ports = view_has(v, LAYER_TCP | LAYER_UDP | LAYER_SCTP);
        h->icmp_type = view_has(v, LAYER_ICMP4 | LAYER_ICMP6) ? v->icmp.type : 0;
        h->icmp_code = view_has(v, LAYER_ICMP4 | LAYER_ICMP6) ? v->icmp.code : 0;
        h->tenant = v->tenant;
        h->vlan_n = v->vlan_n < 3 ? v->vlan_n : 3;
        memcpy(h->vlan, v->vlan, sizeof h->vlan);
        if (v->ether.n >= 14) {
            h->dst_mac = v->ether.p;
            h->src_mac = v->ether.p + 6;
            h->ether_type = (uint16_t)(v->ether.p[12] << 8 | v->ether.p[13]);
        }
    } else if (f) {
        unsigned from = t->side == TO_SERVER ? 0 : 1;
        h->src = f->key.addr[from];
        h->dst = f->key.addr[1 - from];
        h->sport = f->key.port[from];
        h->dport = f->key.port[1 - from];
        h->family = (enum family)f->key.family;
        h->ip_v = f->key.family;
        h->proto = f->key.proto;
        h->has_ports = h->proto == IPPROTO_TCP || h->proto == IPPROTO_UDP || h->proto == IPPROTO_SCTP;
        h->tenant = f->key.tenant;
        h->vlan_n = f->key.vlan_n;
        memcpy(h->vlan, f->key.vlan, sizeof h->vlan);
    }
}

const char *detect_link_name(unsigned link)
{
    static const struct { uint16_t link; const char *name; } names[] = {
#define LINK_NAME(number, name) { number, name },
#include "packet/link_names.list"
#undef LINK_NAME
    };
    unsigned low = 0, high = ROWS(names);

    while (low < high) { /* they ascend */
        unsigned middle = low + (high - low) / 2;
        if (names[middle].link == link) {
            return names[middle].name;
        }
        low = names[middle].link < link ? middle + 1 : low;
        high = names[middle].link < link ? high : middle;
    }
    return "n/a";
}

static void verdict_reject(const struct detect *d, struct json *j)
{
    uint8_t action = d->drop_action;

    json_string(j, "action", d->settings.inline_mode ? "drop" : "alert");
    json_string(j, "reject-target", action == ACTION_REJECT_DST ? "to_server" : action == ACTION_REJECT_BOTH ? "both" : "to_client");
    json_array(j, "reject");
    if (d->look.proto == IPPROTO_UDP || d->look.proto == IPPROTO_ICMP || d->look.proto == IPPROTO_ICMPV6) {
        json_string(j, NULL, "icmp-prohib");
    } else if (d->look.proto == IPPROTO_TCP) {
        json_string(j, NULL, "tcp-reset");
    }
    json_end_array(j);
}

void record_verdict_object(const struct detect *d, struct json *j)
{
    json_object(j, "verdict");
    if (d->rejected) {
        verdict_reject(d, j);
    } else if (d->dropped && d->settings.inline_mode) {
        json_string(j, "action", "drop");
    } else if (d->rules->firewall) {
        json_string(j, "action", "accept");
    } else if (d->passed || d->queue_n == 0) {
        json_string(j, "action", "pass");
    } else {
        json_string(j, "action", "alert");
    }
    json_end_object(j);
}

static void drop_tcp(struct json *j, const struct view *v)
{
    const uint8_t flags = v->tcp.flags;

    json_u64(j, "tcpseq", v->tcp.seq);
    json_u64(j, "tcpack", v->tcp.ack);
    json_u64(j, "tcpwin", v->tcp.window);
    json_bool(j, "syn", (flags & 2) != 0);
    json_bool(j, "ack", (flags & 16) != 0);
    json_bool(j, "psh", (flags & 8) != 0);
    json_bool(j, "rst", (flags & 4) != 0);
    json_bool(j, "urg", (flags & 32) != 0);
    json_bool(j, "fin", (flags & 1) != 0);
    json_u64(j, "tcpres", v->l4_header.n > 12 ? v->l4_header.p[12] & 15u : 0);
    json_u64(j, "tcpurgp", v->tcp.urgent);
}

static void drop_object(struct json *j, const struct view *v, const char *reason)
{
    struct rd r = rd_of(v->ip_header);

    json_object(j, "drop");
    if (view_has(v, LAYER_IPV4)) {
        rd_skip(&r, 2);
        json_u64(j, "len", rd_be16(&r));
        json_u64(j, "tos", v->tos);
        json_u64(j, "ttl", v->ttl);
        json_u64(j, "ipid", v->ip_id);
    } else if (view_has(v, LAYER_IPV6)) {
        uint32_t first = rd_be32(&r);
        json_u64(j, "len", rd_be16(&r));
        json_u64(j, "tc", first >> 20 & 0xff);
        json_u64(j, "hoplimit", v->ttl);
        json_u64(j, "flowlbl", first & 0xfffff);
    }
    if (view_has(v, LAYER_TCP)) {
        drop_tcp(j, v);
    } else if (view_has(v, LAYER_UDP)) {
        json_u64(j, "udplen", v->udp.length);
    } else if (v->proto == IPPROTO_ICMP && view_has(v, LAYER_ICMP4)) {
        json_u64(j, "icmp_id", v->icmp.id);
        json_u64(j, "icmp_seq", v->icmp.seq);
    }
    json_string(j, "reason", reason);
    json_end_object(j);
}

/* Is this the first packet, in its direction, of a flow that is dropped as a whole?  It is not asked again. */
static bool drop_first(struct detect *d, const struct detect_turn *t)
{
    struct flow_detect *s = t->flow && (t->flow->flags & FLOW_DROPPED) != 0 ? flow_detect_of(d, t->flow, true) : NULL;

    if (!s || (s->drop_told >> t->side & 1) != 0) {
        return false;
    }
    s->drop_told |= (uint8_t)(1u << t->side);
    return true;
}

static void drop_record(struct detect *d, const struct detect_turn *t, enum drop_reason reason, const struct queued *q, bool now)
{
    static const char *const names[] = {
        NULL,
#define DROP(id, name, counter, kind) name,
#include "packet/drops.list"
#undef DROP
    };
    struct event_head h;

    if (!t->view || !d->settings.inline_mode || !eve_wants(d->out, EVENT_DROP, 0)) {
        return;
    }
    const bool first = drop_first(d, t);
    detect_head(t, &h);
    EVE_EACH(d->out, EVENT_DROP, 0) {
        const struct eve_settings *eve = d->out->eve;
        if (!q && eve->drop.flows_start && t->flow && !first) { /* a rule's own drop is told each time, and counts as the first */
            continue;
        }
        struct json *j = eve_begin(d->out, &h, "drop");
        if (t->flow) {
            json_string(j, "direction", t->side == TO_SERVER ? "to_server" : "to_client");
        }
        drop_object(j, t->view, names[reason]);
        if (eve->drop.verdict && now) {
            record_verdict_object(d, j);
        } else if (eve->drop.verdict) {
            json_object(j, "verdict");
            json_string(j, "action", "drop");
            json_end_object(j);
        }
        if (eve->drop.all_alerts && q) {
            alert_object(d, j, q, false);
        }
        eve_end(d->out, EVENT_DROP);
    }
}

void drop_write(struct detect *d)
{
    enum drop_reason reason = d->turn->drop_reason ? d->turn->drop_reason : detect_drop_reason(d);

    if (d->drop) {
        drop_record(d, d->turn, reason, &(struct queued){ .rule = (uint32_t)(d->drop - d->rules->plan), .action = d->drop_action }, true);
    } else {
        drop_record(d, d->turn, reason, NULL, true);
    }
}

void detect_drop_record(struct detect *d, const struct detect_turn *t)
{
    drop_record(d, t, t->drop_reason, NULL, false);
}
