/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/records.h"

#include "flow/flow_record.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

const char *record_source(const struct view *v)
{
    if ((v->flags & VIEW_REASSEMBLED) != 0) {
        return "defrag";
    }
    return overlay_source((v->flags & VIEW_TUNNELED) != 0 && v->overlay_n != 0 ? (enum overlay)v->overlay[v->overlay_n - 1] : OVERLAY_NONE);
}

void record_flow_head(struct worker *w, const struct flow *f, const struct detect_turn *t, struct event_head *h)
{
    *h = (struct event_head){
        .ts = t->ts, .flow = f, .flow_id = f->id, .number = t->view != NULL && view_carried(t->view) ? 0 : t->number, .parent = f->parent,
        .src = f->key.addr[0], .dst = f->key.addr[1],
        .family = f->key.family, .sport = f->key.port[0], .dport = f->key.port[1], .proto = f->key.proto,
        .vlan_n = f->key.vlan_n, .tenant = f->key.tenant, .ip_v = f->key.family, .pkt_src = t->pkt_src, .capture_file = w->capture,
        .icmp_type = f->icmp_type[0], .icmp_code = f->icmp_code[0],
    };
    h->has_ports = f->key.proto == IPPROTO_TCP || f->key.proto == IPPROTO_UDP || f->key.proto == IPPROTO_SCTP;
    memcpy(h->vlan, f->key.vlan, sizeof h->vlan);
    if (t->view != NULL && t->view->ether.n >= 12) {
        const uint8_t *to = t->view->ether.p, *from = to + 6;
        h->src_mac = t->side == TO_SERVER ? from : to;
        h->dst_mac = t->side == TO_SERVER ? to : from;
    } else if (t->view == NULL && f->macs != NULL) {
        h->src_macs = f->macs->mac[0];
        h->src_mac_n = f->macs->n[0];
        h->dst_macs = f->macs->mac[1];
        h->dst_mac_n = f->macs->n[1];
    }
}

void record_of_flow(void *worker, const void *flow, const struct eve_settings *eve, struct json *j)
{
    const struct worker *w = worker;
    char community[FLOW_COMMUNITY_MAX];

    if (eve->metadata) {
        detect_flow_metadata(w->detect, flow, j);
    }
    if (eve->community_id) {
        flow_community_id(flow, eve->community_seed, community);
        json_string(j, "community_id", community);
    }
}

/* The frame's first bytes: its headers, mostly. */
static void record_packet_head(const struct view *v, struct json *j)
{
    enum { HEAD_BYTES = 32 };

    json_base64(j, "packet", bytes_head(v->packet->frame, HEAD_BYTES));
    json_object(j, "packet_info");
    json_u64(j, "linktype", v->packet->link);
    json_string(j, "linktype_name", detect_link_name(v->packet->link));
    json_end_object(j);
}

enum note_origin { NOTE_OF_DECODER, NOTE_OF_STREAM, NOTE_OF_NETWORK };

/* A decoder's or the stream's note; which of both an output wants is its own to say.  What is found about hosts goes with the decoders'. */
static void note_record(struct worker *w, const struct event_head *h, const struct view *v, enum note_origin origin, const char *name)
{
    static const char *const types[] = { "decode", "stream", "network" };

    EVE_EACH(&w->out, EVENT_ANOMALY, 0) {
        if (!(origin == NOTE_OF_STREAM ? w->out.eve->anomaly.stream : w->out.eve->anomaly.decode)) {
            continue;
        }
        struct json *j = eve_begin(&w->out, h, "anomaly");
        char event[96];
        snprintf(event, sizeof event, "%s%s", origin != NOTE_OF_DECODER ? "" : "decoder.", name); /* the others have the whole name */
        json_object(j, "anomaly");
        json_string(j, "type", types[origin]);
        json_string(j, "event", event);
        json_end_object(j);
        if (w->out.eve->anomaly.packethdr && v != NULL) {
            record_packet_head(v, j);
        }
        eve_end(&w->out, EVENT_ANOMALY);
    }
}

void record_packet_notes(struct worker *w, const struct detect_turn *t)
{
    struct event_head h;

    if (!eve_wants(&w->out, EVENT_ANOMALY, 0)) {
        return;
    }
    detect_head(t, &h);
    for (unsigned i = 0; i < t->view->note_n; i++) {
        unsigned id = t->view->note[i];
        const struct note_row *n = note_of_view((uint16_t)id);
        if (n != NULL) {
            note_record(w, &h, t->view, id < NOTE_STREAM_BASE ? NOTE_OF_DECODER : id < NOTE_NETWORK_BASE ? NOTE_OF_STREAM : NOTE_OF_NETWORK, n->name);
        }
    }
}

static void log_station(struct json *j, const char *mac_key, struct bytes mac, const char *ip_key, struct bytes ip)
{
    char text[ADDR_TEXT_MAX];
    struct addr a = addr_from4(ip.p);

    json_hex(j, mac_key, mac, ':');
    addr_text(&a, FAMILY_4, text);
    json_string(j, ip_key, text);
}

/* The view is of Ethernet and IPv4: other ARP is not decoded. */
void record_arp(struct worker *w, const struct detect_turn *t)
{
    static const char *const operations[] = { "unknown", "request", "reply", "request_reverse", "reply_reverse" };
    struct event_head h;

    if (!eve_wants(&w->out, EVENT_ARP, 0)) {
        return;
    }
    detect_head(t, &h);
    EVE_EACH(&w->out, EVENT_ARP, 0) {
        struct json *j = eve_begin(&w->out, &h, "arp");
        json_object(j, "arp");
        json_string(j, "hw_type", "ethernet");
        json_string(j, "proto_type", "ipv4");
        json_string(j, "opcode", operations[t->view->arp.op < ROWS(operations) ? t->view->arp.op : 0]);
        log_station(j, "src_mac", t->view->arp.sender_mac, "src_ip", t->view->arp.sender_ip);
        log_station(j, "dest_mac", t->view->arp.target_mac, "dest_ip", t->view->arp.target_ip);
        json_end_object(j);
        eve_end(&w->out, EVENT_ARP);
    }
}

/* What the application layer knows of the flow. */
static struct flow_record_app app_of(const struct worker *w, const struct flow *f)
{
    const struct conn *c = f->app;
    struct flow_record_app app = { 0 };

    for (unsigned i = 0; i < ROWS(app.exception_policy); i++) {
        app.exception_policy[i] = (uint8_t)w->settings->exception[i];
    }
    if (c != NULL) {
        app.name = proto_name(c->id);
        app.to_server = c->id_side[TO_SERVER] != PROTO_NONE ? proto_name(c->id_side[TO_SERVER]) : c->recognised_off[TO_SERVER] ? "failed" : NULL;
        app.to_client = c->id_side[TO_CLIENT] != PROTO_NONE ? proto_name(c->id_side[TO_CLIENT]) : c->recognised_off[TO_CLIENT] ? "failed" : NULL;
        app.original = proto_name(c->original);
        app.expected = proto_name(c->expected);
        app.txns = c->txn_next;
        struct app_told told = proto_app(w->protos, f);
        app.app = told.id != 0 ? apps_name(w->settings->proto.apps, told.id) : NULL;
        app.app_by = apps_by(told.by);
    }
    return app;
}

static void record_netflow(struct worker *w, const struct flow *f, const struct event_head *h, const struct flow_record_app *app, unsigned side)
{
    struct event_head half = *h;

    if (side == TO_CLIENT) {
        half.src = h->dst;
        half.dst = h->src;
        half.sport = h->dport;
        half.dport = h->sport;
        half.src_macs = h->dst_macs;
        half.src_mac_n = h->dst_mac_n;
        half.dst_macs = h->src_macs;
        half.dst_mac_n = h->src_mac_n;
    }
    EVE_EACH(&w->out, EVENT_NETFLOW, 0) {
        struct json *j = eve_begin(&w->out, &half, "netflow");
        flow_record_netflow(f, side, app, &w->out.zone, j);
        eve_end(&w->out, EVENT_NETFLOW);
    }
}

/* A frame is told when all of it has come, or enough, or nothing more will. */
static bool frame_due(const struct conn *c, const struct span *s, struct bytes payload, bool end)
{
    enum { ENOUGH = 2500 };
    uint64_t have;

    (void)proto_span_bytes(c, s, payload, 0, 0, &have);
    return end || c->datagram || have == s->n || have >= ENOUGH;
}

static void frame_record(struct worker *w, const struct conn *c, const struct span *s, struct bytes payload, const struct event_head *head)
{
    EVE_EACH(&w->out, EVENT_FRAME, 0) {
        struct json *j = eve_begin(&w->out, head, "frame");
        json_string(j, "app_proto", proto_name(s->proto));
        json_object(j, "frame");
        proto_span_log(c, s, payload, w->out.eve->frame.payload_buffer_size ? w->out.eve->frame.payload_buffer_size : 4096, j);
        json_end_object(j);
        eve_end(&w->out, EVENT_FRAME);
    }
}

/* What of the stream the frames under way still need. */
static void frames_keep(const struct flow *f, enum side side)
{
    enum { LOOK_BACK = 2500 };
    uint64_t from = UINT64_MAX;

    for (const struct span *s = conn_spans_first(f->app, side); s != NULL; s = s->next) {
        uint64_t at = !s->logged || proto_span_waits(f->app, s) ? s->offset : s->offset + (s->inspected > LOOK_BACK ? s->inspected - LOOK_BACK : 0);
        from = at < from ? at : from;
    }
    stream_keep((struct flow *)(uintptr_t)f, side, from);
}

void record_frames(struct worker *w, struct flow *f, const struct detect_turn *t)
{
    struct conn *c = f->app;
    bool logs = eve_wants(&w->out, EVENT_FRAME, 0);
    struct bytes payload = t->view != NULL ? t->view->payload : bytes_none();
    struct event_head head;

    if (c == NULL || c->proto == NULL) {
        return;
    }
    for (unsigned side = 0; side < 2; side++) {
        for (struct span *s = conn_spans_first(c, side); s != NULL && logs; s = s->next) {
            if (s->logged || (side != t->side && !t->end) || !frame_due(c, s, payload, t->end)) {
                continue;
            }
            struct detect_turn of = *t;
            of.side = (enum side)side;
            if (t->view != NULL) {
                detect_head(&of, &head);
            } else {
                record_flow_head(w, f, &of, &head);
            }
            frame_record(w, c, s, payload, &head);
            s->logged = true;
        }
        if (w->rules == NULL || !ruleset_needs_frames(w->rules)) {
            for (struct span *s = conn_spans_first(c, side); s != NULL; s = s->next) {
                s->done = true;
            }
        }
        proto_spans_release(c, (enum side)side, logs, w->rules != NULL && ruleset_needs_pdus(w->rules));
        if (f->tcp != NULL) {
            frames_keep(f, (enum side)side);
        }
        if (c->datagram) { /* the bytes are gone */
            for (struct span *s = conn_spans_first(c, side); s != NULL; s = s->next) {
                s->done = s->logged = true;
            }
            proto_spans_release(c, (enum side)side, false, false);
        }
    }
}

void record_flow(struct worker *w, const struct flow *f)
{
    struct detect_turn t = { .ts = w->now };
    struct event_head h;

    if (!eve_wants(&w->out, EVENT_FLOW, 0) && !eve_wants(&w->out, EVENT_NETFLOW, 0)) {
        return;
    }
    record_flow_head(w, f, &t, &h);
    struct flow_record_app app = app_of(w, f);
    EVE_EACH(&w->out, EVENT_FLOW, 0) {
        struct json *j = eve_begin(&w->out, &h, "flow");
        flow_record_flow(f, &app, &w->out.zone, j);
        eve_end(&w->out, EVENT_FLOW);
    }
    record_netflow(w, f, &h, &app, TO_SERVER);
    if (f->packets[TO_CLIENT] != 0) {
        record_netflow(w, f, &h, &app, TO_CLIENT);
    }
}

void record_drop(struct worker *w, const struct detect_turn *t)
{
    if (!w->settings->detect.inline_mode) {
        return;
    }
    w->counter[WORKER_DROPPED]++;
    w->firewall_dropped |= t->drop_reason >= DROP_FW_RULES;
    w->counter[WORKER_DROP_RULES + t->drop_reason - DROP_RULES]++;
    if (!t->drop_told) {
        detect_drop_record(w->detect, t);
    }
}

void record_verdict(struct worker *w, const struct packet *p)
{
    static const enum worker_counter by_verdict[] = {
        [VERDICT_PASS] = WORKER_IPS_ACCEPTED, [VERDICT_DROP] = WORKER_IPS_BLOCKED, [VERDICT_REJECT] = WORKER_IPS_REJECTED,
    };
    static const enum worker_counter by_firewall[] = {
        [VERDICT_PASS] = WORKER_FW_ACCEPTED, [VERDICT_DROP] = WORKER_FW_BLOCKED, [VERDICT_REJECT] = WORKER_FW_REJECTED,
    };
    bool firewall = w->settings->detect.firewall != NULL;

    if (firewall) {
        w->counter[by_firewall[w->firewall_dropped ? p->verdict : VERDICT_PASS]]++;
    }
    if (!firewall || !w->firewall_dropped) { /* what the firewall drops the other rules have not seen */
        w->counter[p->verdict == VERDICT_PASS && p->rewritten ? WORKER_IPS_REPLACED : by_verdict[p->verdict]]++;
    }
}
