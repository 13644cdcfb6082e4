/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The alert record, its object of the rule, and the fast log's line, as Suricata 8 writes them. */
#include "detect/alert_snort.h"
#include "detect/record.h"

#include "detect/firewall_tables.h"
#include "file/file.h"
#include "flow/flow_record.h"

#include <netinet/in.h>
#include <stdio.h>

const char *alert_action(const struct detect *d, const struct queued *q)
{
    if (q->table) {
        return q->action == ACTION_ACCEPT ? "allowed" : "blocked";
    }
    if ((q->flags & QUEUED_SHADOW) != 0) {
        return "allowed";
    }
    if ((q->flags & QUEUED_RATE) != 0) {
        return d->dropped ? "blocked" : "allowed";
    }
    if (action_rejects(q->action)) {
        return "blocked";
    }
    return q->action == ACTION_DROP && d->settings.inline_mode ? "blocked" : "allowed";
}

static void alert_end_point(struct json *j, const char *key, const struct look *l, bool source)
{
    char text[ADDR_TEXT_MAX];

    json_object(j, key);
    addr_text(source ? &l->src : &l->dst, l->family, text);
    json_string(j, "ip", text);
    if (l->proto == IPPROTO_TCP || l->proto == IPPROTO_UDP || l->proto == IPPROTO_SCTP) {
        json_u64(j, "port", source ? l->sport : l->dport);
    }
    json_end_object(j);
}

static void alert_metadata(struct json *j, const struct rule *r)
{
    json_object(j, "metadata");
    for (uint16_t i = 0; i < r->meta_n;) {
        const char *key = r->meta[i].key;
        json_array(j, key);
        for (; i < r->meta_n && strcmp(r->meta[i].key, key) == 0; i++) {
            json_string(j, NULL, r->meta[i].value);
        }
        json_end_array(j);
    }
    json_end_object(j);
}

static void alert_references(struct detect *d, struct json *j, const struct rule *r)
{
    json_array(j, "references");
    for (uint16_t i = 0; i < r->reference_n; i++) {
        const char *prefix = r->reference[i].prefix ? r->reference[i].prefix : "";
        size_t a = strlen(prefix), b = strlen(r->reference[i].id);
        char *whole = arena_take(&d->arena, a + b + 1);
        if (whole) {
            memcpy(whole, prefix, a);
            memcpy(whole + a, r->reference[i].id, b + 1);
            json_string(j, NULL, whole);
        }
    }
    json_end_array(j);
}

void alert_object(struct detect *d, struct json *j, const struct queued *q, bool whole)
{
    const struct rule *r = d->rules->plan[q->rule].rule;
    const struct eve_settings *eve = d->out->eve;

    if (q->txn) {
        json_u64(j, "tx_id", q->txn->id);
    }
    if ((q->flags & QUEUED_GUESSED) != 0) {
        json_bool(j, "tx_guessed", true);
    }
    json_object(j, "alert");
    json_string(j, "action", alert_action(d, q));
    json_u64(j, "gid", r->gid);
    json_u64(j, "signature_id", r->sid);
    json_u64(j, "rev", r->rev);
    json_string(j, "signature", r->msg ? r->msg : "");
    json_string(j, "category", r->class_text ? r->class_text : "");
    json_u64(j, "severity", r->priority);
    if (d->tenant != 0) {
        json_u64(j, "tenant_id", d->tenant);
    }
    if (q->proxied != NULL) {
        json_string(j, "xff", q->proxied);
    }
    if (r->target && d->look.family != FAMILY_NONE) {
        bool source = strcmp(r->target, "src_ip") == 0; /* the source is the target */
        alert_end_point(j, "source", &d->look, !source);
        alert_end_point(j, "target", &d->look, source);
    }
    if (q->context) {
        context_write(j, q->context);
    }
    if (d->rules->firewall) {
        json_string(j, "engine", q->table ? "fw" : "td");
    }
    if (whole && eve->alert.reference && r->reference_n != 0) {
        alert_references(d, j, r);
    }
    if (whole && eve->alert.rule_metadata && r->meta_n != 0) {
        alert_metadata(j, r);
    }
    if (whole && eve->alert.raw_rule) {
        json_string(j, "rule", r->text);
    }
    json_end_object(j);
}

/* ---- what the alert was about ---- */

static const char *state_name(const struct txn *t, unsigned side)
{
    const struct proto_state *s = proto_states(t->proto, side);
    const char *name = NULL;

    for (; s->name && s->progress <= t->progress[side]; s++) {
        name = s->name;
    }
    return name;
}

static void alert_txn(struct detect *d, struct json *j, const struct txn *t)
{
    const char *to_server = state_name(t, TO_SERVER), *to_client = state_name(t, TO_CLIENT);

    if (to_server) {
        json_string(j, "ts_progress", to_server);
    }
    if (to_client) {
        json_string(j, "tc_progress", to_client);
    }
    proto_log_object(d->protos, t, d->out->eve, j);
}

static void alert_files(struct detect *d, struct json *j, const struct txn *t)
{
    bool open = false;

    for (struct file *f = t->files; f; f = f->next) {
        if (f->side != d->look.side || f->passed) {
            continue;
        }
        if (!open) {
            json_array(j, "files");
            open = true;
        }
        json_object(j, NULL);
        file_log_members(f, j);
        json_end_object(j);
    }
    if (open) {
        json_end_array(j);
    }
}

static void alert_app_proto(struct json *j, const struct conn *c)
{
    const struct {
        const char *key;
        unsigned id;
    } rows[] = {
        { "app_proto_ts", c->id_side[TO_SERVER] },
        { "app_proto_tc", c->id_side[TO_CLIENT] },
        { "app_proto_orig", c->original },
        { "app_proto_expected", c->expected },
    };

    if (proto_name(c->id)) {
        json_string(j, "app_proto", proto_name(c->id));
    }
    for (size_t i = 0; i < ROWS(rows); i++) {
        if (rows[i].id != PROTO_NONE && rows[i].id != c->id && proto_name(rows[i].id)) {
            json_string(j, rows[i].key, proto_name(rows[i].id));
        }
    }
}

static void alert_flow(struct detect *d, struct json *j, const struct queued *q)
{
    const struct eve_settings *eve = d->out->eve;
    const struct flow *f = d->turn->flow;

    if (q->txn && eve->alert.app_layer) {
        alert_txn(d, j, q->txn);
    }
    if (q->txn && eve->alert.rule_metadata) {
        alert_files(d, j, q->txn);
    }
    if (f->app) {
        alert_app_proto(j, f->app);
    }
    json_string(j, "direction", d->look.side == TO_SERVER ? "to_server" : "to_client");
    if (eve->alert.flow) {
        flow_record_alert(f, &d->out->zone, j);
    }
}

/* ---- bytes ---- */

void record_packet(const struct detect *d, struct json *j)
{
    const struct view *v = d->turn->view;

    if (!v) {
        return;
    }
    json_base64(j, "packet", v->bytes);
    json_object(j, "packet_info");
    unsigned link = (v->flags & VIEW_TUNNELED) != 0 ? (unsigned)LINK_RAW_BSD : v->packet->link;
    json_u64(j, "linktype", link);
    json_string(j, "linktype_name", detect_link_name(link));
    json_end_object(j);
}

/* A reassembled datagram counts as carried by the fragment that completed it. */
static void alert_tunnel(const struct detect *d, struct json *j)
{
    const struct view *v = d->turn->view, *root = v ? v->packet->outermost : NULL;
    char text[ADDR_TEXT_MAX], room[12];

    if (!v || v == root || !root || (v->flags & (VIEW_TUNNELED | VIEW_REASSEMBLED)) == 0) {
        return;
    }
    json_object(j, "tunnel");
    addr_text(&root->src, root->family, text);
    json_string(j, "src_ip", text);
    json_u64(j, "src_port", root->sport);
    addr_text(&root->dst, root->family, text);
    json_string(j, "dest_ip", text);
    json_u64(j, "dest_port", root->dport);
    json_string(j, "proto", event_proto_name(root->proto, room));
    json_u64(j, "depth", v->level);
    if (!d->out->settings->live) {
        json_u64(j, "pcap_cnt", d->turn->number);
    }
    json_string(j, "pkt_src", "wire/pcap");
    json_end_object(j);
}

/* Where the firewall decided, and what. */
static void alert_firewall(const struct detect *d, struct json *j, const struct queued *q)
{
    const struct rule *r = d->rules->plan[q->rule].rule;
    const struct firewall *f = d->rules->firewall;
    bool policy = q->rule == f->policy_rule[0] || q->rule == f->policy_rule[1];
    uint8_t scope = policy ? q->table->policy.scope : r->scope;
    char text[64];

    snprintf(text, sizeof text, "%s:%s%s%s%s", firewall_action_name(q->action), firewall_scope_name(scope),
             (policy ? q->table->policy.pass : r->also_pass) ? ",pass:" : "",
             (policy ? q->table->policy.pass : r->also_pass) ? firewall_scope_name(scope) : "", ",alert");
    json_object(j, "firewall");
    json_string(j, "hook", q->table->name);
    json_string(j, "policy", text);
    json_end_object(j);
}

/* Whom a proxy spoke for: the client's address of the record, or a member beside it. */
static struct event_head alert_head(struct detect *d, const struct event_head *head, struct queued *q, char text[ADDR_TEXT_MAX])
{
    const struct eve_xff *x = &d->out->eve->alert.xff;
    struct event_head h = *head;
    struct addr client;
    enum family family;

    q->proxied = NULL;
    if (!x->on || !proto_proxied(d->turn->flow, q->txn, x, &client, &family)) {
        return h;
    }
    if (!x->overwrite) {
        addr_text(&client, family, text);
        q->proxied = text;
    } else if (family == h.family) {
        *(d->look.side == TO_CLIENT ? &h.dst : &h.src) = client;
    }
    return h;
}

static void alert_record(struct detect *d, struct queued *q)
{
    struct event_head head;
    char client[ADDR_TEXT_MAX];

    detect_head(d->turn, &head);
    EVE_EACH(d->out, EVENT_ALERT, 0) {
        const struct eve_settings *eve = d->out->eve;
        struct event_head h = alert_head(d, &head, q, client);
        struct json *j = eve_begin(d->out, &h, "alert");
        alert_object(d, j, q, true);
        if (q->table) {
            alert_firewall(d, j, q);
        }
        alert_tunnel(d, j);
    if (q->frame) {
        json_object(j, "frame");
        proto_span_log(d->turn->flow->app, q->frame, d->turn->view ? d->turn->view->payload : bytes_none(),
                       eve->frame.payload_buffer_size ? eve->frame.payload_buffer_size : 4096, j);
        json_end_object(j);
    }
        if (d->turn->flow) {
            alert_flow(d, j, q);
        }
        if (d->look.family != FAMILY_NONE) {
            alert_payload(d, j, q);
        }
        if (eve->alert.evidence) {
            evidence_write(d, j, q);
        }
        if ((q->flags & QUEUED_SHADOW) != 0) {
            json_object(j, "shadow");
            json_string(j, "action", action_rejects(q->action) ? "reject" : q->action == ACTION_DROP ? "drop" : "replace");
            json_end_object(j);
        } else if (q->replace != NULL && !d->dropped && json_own(j)) {
            json_bool(j, "replaced", true);
        }
        if (eve->alert.packet) {
            record_packet(d, j);
        }
        if (eve->alert.verdict) {
            record_verdict_object(d, j);
        }
        eve_end(d->out, EVENT_ALERT);
    }
    q->proxied = NULL;
}

/* ---- fast log ---- */

static void fast_line(struct detect *d, const struct queued *q)
{
    const struct rule *r = d->rules->plan[q->rule].rule;
    const struct look *l = &d->look;
    struct text *t = &d->out->line;
    char when[CLOCK_TEXT_MAX], src[ADDR_TEXT_MAX] = "", dst[ADDR_TEXT_MAX] = "", room[12];

    text_clear(t);
    clock_fast(&d->out->zone, d->turn->ts, when);
    if (l->family != FAMILY_NONE) {
        addr_text(&l->src, l->family, src);
        addr_text(&l->dst, l->family, dst);
    }
    const char *action = !action_drops(q->action) ? "" : d->settings.inline_mode && (q->flags & QUEUED_SHADOW) == 0 ? "[Drop] " : "[wDrop] ";
    text_printf(t, "%s  %s[**] [%u:%u:%u] %s [**] [Classification: %s] [Priority: %u] ", when, action, r->gid, r->sid, r->rev,
                r->msg ? r->msg : "(null)", r->class_text ? r->class_text : "(null)", r->priority);
    if (l->family == FAMILY_NONE) {
        text_str(t, "[**] [Raw pkt: ");
        for (size_t i = 0; d->turn->view && i < d->turn->view->packet->frame.n && i < 32; i++) {
            text_printf(t, "%02X ", d->turn->view->packet->frame.p[i]);
        }
        text_str(t, "]");
        if (!d->out->settings->live) {
            text_printf(t, " [pcap file packet: %llu]", (unsigned long long)d->turn->number);
        }
        text_byte(t, '\n');
    } else {
        unsigned sport = l->sport, dport = l->dport;
        if (d->turn->view && view_has(d->turn->view, LAYER_ICMP4 | LAYER_ICMP6)) {
            sport = d->turn->view->icmp.type;
            dport = d->turn->view->icmp.code;
        }
        text_printf(t, "{%s} %s:%u -> %s:%u\n", event_proto_name(l->proto, room), src, sport, dst, dport);
    }
    event_put(d->out, EVENT_FAST, text_bytes(t));
}

void alert_write(struct detect *d, struct queued *q)
{
    if (q->txn) {
        q->txn->alerted = true;
    }
    alert_record(d, q);
    if (d->out->settings->fast_on) {
        fast_line(d, q);
    }
    if (d->out->settings->snort.any) {
        alert_snort_write(d, q);
    }
    if (d->out->settings->unified2_on) {
        alert_unified2_write(d, q);
    }
}
