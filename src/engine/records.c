/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/records.h"

#include "flow/flow_record.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

/* Every packet in GRE has the same name, whatever stands between. */
static const char *const overlay_sources[] = {
    [OVERLAY_NONE] = "wire/pcap",
    [OVERLAY_IPIP] = "ipv4 tunnel",
    [OVERLAY_6IN4] = "ipv4 tunnel",
    [OVERLAY_4IN6] = "ipv6 tunnel",
    [OVERLAY_6IN6] = "ipv6 tunnel",
    [OVERLAY_GRE] = "gre tunnel",
    [OVERLAY_PPTP] = "gre tunnel",
    [OVERLAY_NVGRE] = "gre tunnel",
    [OVERLAY_ERSPAN1] = "gre tunnel",
    [OVERLAY_ERSPAN2] = "gre tunnel",
    [OVERLAY_ERSPAN3] = "gre tunnel",
    [OVERLAY_TEREDO] = "teredo tunnel",
    [OVERLAY_VXLAN] = "vxlan encapsulation",
    [OVERLAY_VXLAN_GPE] = "vxlan encapsulation",
    [OVERLAY_GENEVE] = "geneve encapsulation",
    [OVERLAY_GTPU] = "gtp-u tunnel",
    [OVERLAY_NSH] = "nsh tunnel",
    [OVERLAY_MPLS] = "mpls tunnel",
    [OVERLAY_PPPOE] = "pppoe tunnel",
};

const char *record_source(const struct view *v)
{
    if ((v->flags & VIEW_REASSEMBLED) != 0) {
        return "defrag";
    }
    unsigned o = (v->flags & VIEW_TUNNELED) != 0 && v->overlay_n != 0 ? v->overlay[v->overlay_n - 1] : OVERLAY_NONE;
    return o < ROWS(overlay_sources) && overlay_sources[o] != NULL ? overlay_sources[o] : "wire/pcap";
}

void record_flow_head(struct worker *w, const struct flow *f, const struct detect_turn *t, struct event_head *h, char *community)
{
    *h = (struct event_head){
        .ts = t->ts, .flow_id = f->id, .number = t->number, .parent = f->parent, .src = f->key.addr[0], .dst = f->key.addr[1],
        .family = f->key.family, .sport = f->key.port[0], .dport = f->key.port[1], .proto = f->key.proto,
        .vlan_n = f->key.vlan_n, .tenant = f->key.tenant, .ip_v = f->key.family, .pkt_src = t->pkt_src, .capture_file = w->capture,
        .icmp_type = f->icmp_type[0], .icmp_code = f->icmp_code[0],
    };
    h->has_ports = f->key.proto == IPPROTO_TCP || f->key.proto == IPPROTO_UDP || f->key.proto == IPPROTO_SCTP;
    memcpy(h->vlan, f->key.vlan, sizeof h->vlan);
    if (f->mac_known) {
        h->src_mac = f->mac[0];
        h->dst_mac = f->mac[1];
    }
    if (w->settings->eve.community_id) {
        flow_community_id(f, w->settings->eve.community_seed, community);
        h->community_id = community;
    }
}

static void note_record(struct worker *w, const struct event_head *h, const char *type, const char *prefix, const char *name)
{
    struct json *j = eve_begin(&w->out, h, "anomaly");
    char event[96];

    snprintf(event, sizeof event, "%s%s", prefix, name);
    json_object(j, "anomaly");
    json_string(j, "type", type);
    json_string(j, "event", event);
    json_end_object(j);
    eve_end(&w->out, EVENT_ANOMALY);
}

void record_packet_notes(struct worker *w, const struct detect_turn *t)
{
    const struct eve_settings *eve = &w->settings->eve;
    struct event_head h;
    char community[FLOW_COMMUNITY_MAX];

    if (!eve->enabled || !eve->anomaly.on || !(eve->anomaly.decode || eve->anomaly.stream)) {
        return;
    }
    detect_head(t, &h);
    if (t->flow != NULL && eve->community_id) {
        flow_community_id(t->flow, eve->community_seed, community);
        h.community_id = community;
    }
    for (unsigned i = 0; i < t->view->note_n; i++) {
        unsigned id = t->view->note[i];
        if (id < NOTE_STREAM_BASE && eve->anomaly.decode && id < DECODE_NOTE_N) {
            note_record(w, &h, "decode", "decoder.", decode_notes[id].name);
        } else if (id >= NOTE_STREAM_BASE && eve->anomaly.stream && id - NOTE_STREAM_BASE < STREAM_NOTE_N) {
            note_record(w, &h, "stream", "stream.", stream_notes[id - NOTE_STREAM_BASE].name);
        }
    }
}

/* What the application layer knows of the flow. */
static struct flow_record_app app_of(const struct worker *w, const struct flow *f)
{
    const struct conn *c = f->app;
    struct flow_record_app app = { 0 };

    (void)w;
    if (c != NULL) {
        app.name = proto_name(c->id);
        app.to_server = c->id_side[TO_SERVER] != PROTO_NONE ? proto_name(c->id_side[TO_SERVER]) : c->recognised_off[TO_SERVER] ? "failed" : NULL;
        app.to_client = c->id_side[TO_CLIENT] != PROTO_NONE ? proto_name(c->id_side[TO_CLIENT]) : c->recognised_off[TO_CLIENT] ? "failed" : NULL;
        app.original = proto_name(c->original);
        app.expected = proto_name(c->expected);
        app.txns = c->txn_next;
    }
    return app;
}

void record_flow(struct worker *w, const struct flow *f)
{
    const struct eve_settings *eve = &w->settings->eve;
    struct detect_turn t = { .ts = w->now };
    struct event_head h;
    char community[FLOW_COMMUNITY_MAX];

    if (!eve->enabled || (!eve->flow.on && !eve->netflow.on)) {
        return;
    }
    record_flow_head(w, f, &t, &h, community);
    struct flow_record_app app = app_of(w, f);
    if (eve->flow.on) {
        struct json *j = eve_begin(&w->out, &h, "flow");
        flow_record_flow(f, &app, &w->out.zone, j);
        eve_end(&w->out, EVENT_FLOW);
    }
    if (!eve->netflow.on) {
        return;
    }
    for (unsigned side = 0; side < 2; side++) {
        if (side == TO_CLIENT && f->packets[TO_CLIENT] == 0) {
            break;
        }
        struct event_head half = h;
        if (side == TO_CLIENT) {
            half.src = h.dst;
            half.dst = h.src;
            half.sport = h.dport;
            half.dport = h.sport;
        }
        struct json *j = eve_begin(&w->out, &half, "netflow");
        flow_record_netflow(f, side, &app, &w->out.zone, j);
        eve_end(&w->out, EVENT_NETFLOW);
    }
}

void record_flow_drop(struct worker *w, const struct detect_turn *t)
{
    w->counter[WORKER_DROPPED]++;
    detect_drop_record(w->detect, t, "flow drop");
}

void record_verdict(struct worker *w, const struct packet *p)
{
    static const enum worker_counter by_verdict[] = {
        [VERDICT_PASS] = WORKER_IPS_ACCEPTED, [VERDICT_DROP] = WORKER_IPS_BLOCKED, [VERDICT_REJECT] = WORKER_IPS_REJECTED,
    };
    w->counter[by_verdict[p->verdict]]++;
}
