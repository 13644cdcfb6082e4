/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/trace.h"

#include "engine/engine.h"

#include <stdlib.h>
#include <string.h>

enum { TRACE_ROOM = 4 << 20 };

struct trace {
    pthread_mutex_t lock;
    struct trace_wish wish;
    uint32_t left;               /* packets still to be told */
    bool any;                    /* lines are there */
    struct text lines;           /* JSON objects with commas between them */
};

/* ---- worker ---- */

static bool is_wanted(const struct trace *x, const struct detect_turn *t)
{
    const struct trace_wish *w = &x->wish;
    const struct view *v = t->view;

    if (w->flow != 0) {
        return t->flow != NULL && t->flow->id == w->flow;
    }
    return v->family == w->family && (addr_equal(&v->src, &w->addr) || addr_equal(&v->dst, &w->addr)) &&
           (w->port == 0 || v->sport == w->port || v->dport == w->port);
}

static void tell_decode(struct json *j, const struct view *v)
{
    static const struct {
        unsigned layer;
        const char *name;
    } layers[] = { { LAYER_ETHER, "ethernet" }, { LAYER_ARP, "arp" }, { LAYER_IPV4, "ipv4" }, { LAYER_IPV6, "ipv6" }, { LAYER_TCP, "tcp" }, { LAYER_UDP, "udp" },
                   { LAYER_ICMP4, "icmp" }, { LAYER_ICMP6, "icmpv6" }, { LAYER_SCTP, "sctp" }, { LAYER_ESP, "esp" }, { LAYER_AH, "ah" }, { LAYER_IGMP, "igmp" } };
    char ends[2][ADDR_TEXT_MAX] = { "", "" };

    json_object(j, "decode");
    json_array(j, "layers");
    for (unsigned i = 0; i < ROWS(layers); i++) {
        if (view_has(v, layers[i].layer)) {
            json_string(j, NULL, layers[i].name);
        }
    }
    json_end_array(j);
    if (v->family != FAMILY_NONE) {
        addr_text(&v->src, v->family, ends[0]);
        addr_text(&v->dst, v->family, ends[1]);
        json_string(j, "src", ends[0]);
        json_u64(j, "sport", v->sport);
        json_string(j, "dst", ends[1]);
        json_u64(j, "dport", v->dport);
    }
    json_u64(j, "level", v->level);
    json_u64(j, "vlan", v->vlan_n != 0 ? v->vlan[0] : 0);
    json_u64(j, "tenant", v->tenant);
    json_u64(j, "payload", v->payload.n);
    json_bool(j, "invalid", (v->flags & VIEW_INVALID) != 0);
    json_bool(j, "bad_checksum", (v->flags & (VIEW_BAD_CHECKSUM | VIEW_BAD_IP_CHECKSUM)) != 0);
    json_u64(j, "notes", v->note_n);
    json_end_object(j);
}

static void tell_flow(struct json *j, const struct flow *f, const struct detect_turn *t)
{
    json_object(j, "flow");
    json_u64(j, "id", f->id);
    json_string(j, "direction", t->side == TO_SERVER ? "to_server" : "to_client");
    json_string(j, "state", flow_state_name(f));
    json_u64(j, "packets", f->packets[0] + f->packets[1]);
    json_bool(j, "passed", (f->flags & FLOW_PASSED) != 0);
    json_bool(j, "dropped", (f->flags & FLOW_DROPPED) != 0);
    json_bool(j, "payload_inspected", (f->flags & FLOW_NO_PAYLOAD_INSPECTION) == 0);
    json_end_object(j);
    if (f->tcp != NULL) {
        json_object(j, "stream");
        json_string(j, "state", tcp_state_name(stream_state(f)));
        json_bool(j, "in_stream", t->in_stream);
        json_bool(j, "repeated", t->repeated);
        json_bool(j, "established", t->established);
        json_bool(j, "midstream", stream_midstream(f));
        json_end_object(j);
    }
    if (f->app != NULL) {
        json_object(j, "protocol");
        json_string(j, "name", f->app->proto != NULL ? f->app->proto->name : f->app->id == PROTO_FAILED ? "failed" : "unknown");
        json_u64(j, "transactions", f->app->txn_next);
        json_u64(j, "live", f->app->txn_live);
        json_bool(j, "parsed", t->app_updated);
        json_bool(j, "encrypted", f->app->encrypted);
        json_end_object(j);
    }
}

static void tell_end(struct json *j, const struct worker *w, const struct detect_turn *t, const struct detect_result *r, uint64_t tried)
{
    static const char *const reasons[DROP_REASON_N] = {
#define DROP(id, name, counter, kind) [id] = name,
#include "packet/drops.list"
#undef DROP
    };

    json_object(j, "detect");
    json_bool(j, "rules", w->rules != NULL);
    json_u64(j, "tried", tried);
    json_u64(j, "alerts", r->alerts);
    json_bool(j, "passed", r->passed);
    json_bool(j, "bypass", r->bypass);
    json_end_object(j);
    json_object(j, "verdict");
    json_string(j, "is", t->view->packet->verdict == VERDICT_PASS ? "pass" : t->view->packet->verdict == VERDICT_DROP ? "drop" : "reject");
    if (t->drop_reason != DROP_NOT && reasons[t->drop_reason] != NULL) {
        json_string(j, "reason", reasons[t->drop_reason]);
    }
    json_end_object(j);
}

void trace_view(struct worker *w, const struct detect_turn *t, const struct detect_result *r, uint64_t tried)
{
    struct trace *x = w->trace;
    struct json j;

    if (!is_wanted(x, t)) {
        return;
    }
    pthread_mutex_lock(&x->lock);
    if (x->left != 0 && x->lines.n < TRACE_ROOM / 2) {
        x->left--;
        if (x->any) {
            text_byte(&x->lines, ',');
        }
        x->any = true;
        json_init(&j, &x->lines);
        json_object(&j, NULL);
        json_u64(&j, "packet", t->number);
        json_u64(&j, "worker", w->index);
        tell_decode(&j, t->view);
        if (t->flow != NULL) {
            tell_flow(&j, t->flow, t);
        }
        tell_end(&j, w, t, r, tried);
        json_end_object(&j);
    }
    pthread_mutex_unlock(&x->lock);
}

/* ---- from outside ---- */

static void trace_set(struct worker *w, void *ctx) { w->trace = ctx; }

static struct trace *trace_new(const struct trace_wish *w)
{
    struct trace *x = calloc(1, sizeof *x);

    if (x == NULL || pthread_mutex_init(&x->lock, NULL) != 0) {
        free(x);
        return NULL;
    }
    x->wish = *w;
    x->left = w->packets;
    text_init(&x->lines, TRACE_ROOM);
    return x;
}

static void trace_free(struct trace *x)
{
    if (x != NULL) {
        pthread_mutex_destroy(&x->lock);
        text_fini(&x->lines);
    }
    free(x);
}

/* No worker adds to it any more, or nothing runs: then it may go.  A worker that does not answer keeps it alive. */
void engine_trace_stop(struct engine *e)
{
    struct err err;
    bool left = engine_ask(e, trace_set, NULL, &err);

    pthread_mutex_lock(&e->lock);
    left |= e->inside == NULL;
    struct trace *x = left ? e->trace : NULL;
    e->trace = left ? NULL : e->trace;
    pthread_mutex_unlock(&e->lock);
    trace_free(x);
}

bool engine_trace(struct engine *e, const struct trace_wish *w, struct err *err)
{
    engine_trace_stop(e);
    struct trace *x = trace_new(w);
    if (x == NULL) {
        return err_set(err, "not enough memory");
    }
    pthread_mutex_lock(&e->lock);
    bool there = e->trace != NULL;
    e->trace = there ? e->trace : x;
    pthread_mutex_unlock(&e->lock);
    if (there) {
        trace_free(x);
        return err_set(err, "the trace before cannot be ended");
    }
    return engine_ask(e, trace_set, x, err);
}

void engine_trace_tell(struct engine *e, struct json *j, const char *key)
{
    struct text all;

    text_init(&all, TRACE_ROOM + 16);
    text_byte(&all, '[');
    pthread_mutex_lock(&e->lock);
    struct trace *x = e->trace;
    if (x != NULL) {
        pthread_mutex_lock(&x->lock);
        text_add(&all, x->lines.p, x->lines.n);
        text_clear(&x->lines);
        x->any = false;
        pthread_mutex_unlock(&x->lock);
    }
    pthread_mutex_unlock(&e->lock);
    text_byte(&all, ']');
    json_raw(j, key, text_bytes(&all));
    text_fini(&all);
}

void engine_trace_fini(struct engine *e)
{
    trace_free(e->trace);
    e->trace = NULL;
}
