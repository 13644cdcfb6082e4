/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * worker - a packet's whole life, in order.
 *
 *   worker_run        batch by batch: poll, decode, prepare, then each packet's turn, release
 *   worker_view       one packet view: flow, stream or datagram, detection, records, release
 *   worker_flow_end   a flow's end: pending bytes, both sides inspected, records, the flow record
 */
#include "engine/worker.h"

#include "base/clock.h"
#include "engine/guarding.h"
#include "engine/inside.h"
#include "engine/offload.h"
#include "engine/records.h"
#include "packet/spread.h"
#include "engine/trace.h"
#include "proto/protos_counters.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

const struct counter_row worker_counters[] = {
#define COUNTER(id, name, kind, help) { name, help, kind },
#include "engine/counters.list"
#undef COUNTER
#define DROP(id, name, counter, kind) { counter, "packets dropped, inline: " name, kind },
#include "packet/drops.list"
#undef DROP
};

/* Rules look at the flow's transactions. */
static bool worker_inspects(const struct worker *w, const struct flow *f)
{
    return (f->flags & (FLOW_NO_PAYLOAD_INSPECTION | FLOW_ENDING)) == 0 && detect_looks(w->rules, f);
}

/* No rule waits for this transaction any more. */
static bool worker_passed(void *ctx, const struct txn *t)
{
    struct worker *w = ctx;

    return !worker_inspects(w, t->conn->flow) || detect_txn_passed(w->detect, w->rules, t);
}

/* No packet of the flow is looked at any more. */
static void worker_bypass(struct worker *w, const struct detect_turn *t)
{
    if (t->flow->state != FLOW_BYPASSED) {
        flow_set_state(w->flows, t->flow, FLOW_BYPASSED);
        t->flow->flags |= FLOW_BYPASS_LOCAL;
    }
}

/* The strictest verdict on the frame stays, and the first reason to drop it. */
static void worker_verdict(struct detect_turn *t, uint8_t verdict, enum drop_reason reason)
{
    if (t->view != NULL && verdict > t->view->packet->verdict) {
        t->view->packet->verdict = verdict;
    }
    if (verdict != VERDICT_PASS && t->drop_reason == DROP_NOT) {
        t->drop_reason = (uint8_t)reason;
    }
}

/* A packet does not go on, or would not: it is told, to those who sent it too if they are to know. */
static void worker_dropped(struct worker *w, const struct detect_turn *t)
{
    bool reject = t->view->packet->verdict == VERDICT_REJECT;

    record_drop(w, t);
    if (w->blocks != NULL && w->settings->blocks.active && t->drop_reason == DROP_RULES && w->settings->blocks.when >= (reject ? BLOCK_REJECTED : BLOCK_DROPPED)) {
        (void)blocks_add(w->blocks, t->view);
    }
    if (reject) {
        respond_reject(w->respond, t->view, t->reject != 0 ? t->reject : REJECT_SOURCE);
    }
}

/* Something could not be looked at as it should: the exception's policy says what becomes of the packet and its flow. */
static void worker_exception(struct worker *w, struct detect_turn *t, enum flow_exception what)
{
    static const struct {
        uint8_t counter; /* of drop_flow; the others follow in the order of the enum */
        uint8_t reason;
    } places[] = {
        [0] = { WORKER_EP_DEFRAG_DROP_FLOW, DROP_DEFRAG_MEMCAP }, [3] = { WORKER_EP_FLOW_DROP_FLOW, DROP_FLOW_MEMCAP },
        [5] = { WORKER_EP_APP_DROP_FLOW, DROP_APP_ERROR },
    };
    unsigned place = (unsigned)__builtin_ctz(what), policy = w->settings->exception[place];

    if (t->flow != NULL) {
        t->flow->exception |= (uint8_t)what;
    }
    if (policy == EXCEPTION_IGNORE) {
        return;
    }
    w->counter[places[place].counter + policy - EXCEPTION_DROP_FLOW]++;
    struct exception_effect e = exception_apply(policy, w->settings->simulate_ips, t->flow);
    t->no_packet |= e.no_packet;
    t->reject |= e.both ? REJECT_SOURCE | REJECT_TARGET : 0;
    worker_verdict(t, e.verdict, places[place].reason);
    if (e.bypass && t->flow != NULL) {
        worker_bypass(w, t);
    }
}

/* Before there are rules nobody waits for what the stream keeps for them. */
static void worker_uninspected(struct worker *w, const struct detect_turn *t)
{
    if (!w->rules_late) {
        return;
    }
    w->counter[WORKER_UNINSPECTED] += t->view != NULL;
    if (t->flow != NULL && t->flow->tcp != NULL) {
        stream_raw_done(w->streams, t->flow, t->side, 0);
    }
}

/* Inspects one side in this turn. */
static struct detect_result worker_detect(struct worker *w, struct detect_turn *t)
{
    struct detect_result r = { 0 };

    if (t->no_packet || !detect_looks(w->rules, t->flow)) {
        worker_uninspected(w, t);
        return r;
    }
    r = detect_run(w->detect, w->rules, t);
    t->drop_told = r.drop_told;
    t->reject |= r.reject;
    worker_verdict(t, r.verdict, r.drop_reason);
    if (r.bypass && t->flow != NULL) {
        worker_bypass(w, t);
    }
    return r;
}

/* The head of a turn's records: most turns have none. */
struct turn_head {
    struct worker *w;
    const struct flow *f;
    const struct detect_turn *t;
    struct event_head head;
    bool made;
};

static const struct event_head *turn_head(void *of)
{
    struct turn_head *h = of;

    if (!h->made) {
        record_flow_head(h->w, h->f, h->t, &h->head);
        h->made = true;
    }
    return &h->head;
}

/* Records of the application layer that are due, then what nobody needs any more goes. */
static void worker_records(struct worker *w, struct flow *f, const struct detect_turn *t)
{
    if (f->app == NULL || conn_is_idle(f->app)) {
        return;
    }
    if (w->generation->proto.spans) {
        record_frames(w, f, t);
    }
    if (proto_quiet(f)) {
        return;
    }
    aware_tap_transactions(w->tap, f, t->view, t->side);
    struct turn_head head = { .w = w, .f = f, .t = t };
    bool inspects = worker_inspects(w, f), all = t->end || inspects != f->app->inspected;
    f->app->inspected = inspects;
    proto_log(f, t->side, &(struct proto_log_ctx){ &w->out, turn_head, &head, inspects, all, t->end });
    proto_release(f, t->side, &(struct proto_release){ worker_passed, w }, all);
}

/* Whose the view is.  Live, what has no flow is looked at where it came in. */
static unsigned worker_of(const struct worker *w, const struct view *v)
{
    if (w->handover != NULL && (v->flags & VIEW_NO_FLOW) != 0) {
        return v->packet->handed ? w->workers : w->index;
    }
    return view_spread(v) % w->workers;
}

static bool worker_owns(const struct worker *w, const struct view *v)
{
    return w->workers == 1 || v->packet->alone || worker_of(w, v) == w->index;
}

/* Live: passes a frame on to those whose flows are in it, once each.  True: this worker's are all that it holds. */
static bool worker_pass(struct worker *w, const struct packet *p, const struct view *from, const struct view *to)
{
    uint64_t others = 0;

    for (const struct view *v = from; v != to; v = v->next) {
        unsigned whose = worker_of(w, v);
        others |= whose != w->index && whose < w->workers ? 1ull << whose : 0;
    }
    for (uint64_t left = others; left != 0; left &= left - 1) {
        w->counter[WORKER_HANDED]++;
        w->counter[WORKER_HANDED_LOST] += !handover_pass(w->handover, w->index, (unsigned)__builtin_ctzll(left), p);
    }
    return others == 0;
}

/* The same of a datagram that was put together: the link header it came with, but inside a tunnel. */
static void worker_pass_datagram(struct worker *w, const struct view *fragment, const struct view *first, struct datagram d)
{
    bool inner = (fragment->flags & VIEW_TUNNELED) != 0;
    struct packet p = *fragment->packet;

    p.frame = inner ? d.ip : d.whole;
    p.link = inner ? LINK_RAW : p.link;
    p.wire_len = (uint32_t)p.frame.n;
    (void)worker_pass(w, &p, first, fragment);
}

/* What the protocols and the stream see of one TCP view. */
static void worker_tcp(struct worker *w, struct detect_turn *t)
{
    struct stream_result r = { .flow = t->flow, .side = t->side };

    stream_packet(w->streams, t->view, w->facts, &r);
    t->flow = r.flow;
    t->side = r.side;
    t->in_stream = r.in_stream;
    t->repeated = r.repeated;
    t->established = r.established;
    t->no_packet |= r.no_packet;
    worker_verdict(t, r.verdict, r.drop_reason);
    if (r.bypass && t->flow != NULL) {
        worker_bypass(w, t);
    }
}

/* What earlier turns recognised of a side is told with its next packet. */
static void worker_app_before(struct detect_turn *t)
{
    struct conn *app = t->flow->app;

    if (app != NULL) {
        t->proto_changed = app->untold >> t->side & 1;
        app->untold &= ~(1u << t->side) & 3;
    }
}

/* What the parsers said of the flow in this turn. */
static void worker_app(struct worker *w, struct detect_turn *t)
{
    struct conn *app = t->flow->app;

    if (app == NULL) {
        return;
    }
    if (app->datagram || w->settings->detect.inline_mode) {
        t->proto_changed |= app->changed >> t->side & 1;
    }
    t->app_updated = app->fed[t->side];
    app->fed[0] = app->fed[1] = false;
    app->changed = 0;
    if (app->failed) {
        app->failed = false;
        worker_exception(w, t, FLOW_EXCEPTION_APP_ERROR);
    }
}

/* A flow that is settled: every packet of it is dropped, or none is looked at. */
static bool worker_settled(struct worker *w, struct detect_turn *t)
{
    const struct flow *f = t->flow;

    if (f->state == FLOW_BYPASSED) {
        w->counter[WORKER_BYPASSED_PACKETS]++;
        t->view->packet->bypassed = true;
        w->counter[WORKER_BYPASSED_BYTES] += t->view->packet->wire_len;
        offload_try(w, t->flow, t->view);
        return true;
    }
    if ((f->flags & FLOW_DROPPED) != 0 && w->settings->detect.inline_mode) {
        worker_verdict(t, VERDICT_DROP, (f->flags & FLOW_DROPPED_BY_POLICY) != 0     ? DROP_POLICY_FLOW
                                        : (f->flags & FLOW_DROPPED_BY_FIREWALL) != 0 ? DROP_FW_FLOW : DROP_FLOW);
        worker_dropped(w, t);
        return true;
    }
    return false;
}

/* What earlier packets decided for the flow from this one on. */
static void worker_decided(struct worker *w, struct flow *f)
{
    if ((f->flags & FLOW_PAYLOAD_ENDS) != 0) {
        f->flags |= FLOW_NO_PAYLOAD_INSPECTION;
    }
    if ((f->flags & FLOW_BYPASS_LOCAL) != 0 && f->state != FLOW_BYPASSED) {
        flow_set_state(w->flows, f, FLOW_BYPASSED);
    }
}

/* The firewall's table at a hook before inspection.  False: the packet is dropped. */
static bool worker_hook(struct worker *w, struct detect_turn *t, enum firewall_hook hook)
{
    if (t->accepted || !ruleset_firewall_hook(w->rules, hook)) {
        return true;
    }
    struct detect_result r = detect_firewall(w->detect, w->rules, t, hook);
    t->accepted = r.accepted;
    t->drop_told = r.drop_told;
    t->reject |= r.reject;
    worker_verdict(t, r.verdict, r.drop_reason);
    if (r.verdict != VERDICT_PASS) {
        worker_dropped(w, t);
    }
    return r.verdict == VERDICT_PASS;
}

/* What the packet says of hosts. */
static enum network_verdict worker_network(struct worker *w, const struct detect_turn *t, enum tcp_state before)
{
    struct network_packet p = { .view = t->view, .flow = t->flow, .side = t->side, .before = (uint8_t)before, .ts = t->ts, .worker = w->index };

    if (w->network == NULL) {
        return NETWORK_NOTHING;
    }
    p.now = t->flow != NULL && t->flow->tcp != NULL ? (uint8_t)stream_state(t->flow) : TCP_NONE;
    return network_look(w->network, &p);
}

/* A list drops the flow (inline), or spares what follows inspection: after its first packet was looked at, so that rules can tell. */
static void worker_listed(struct worker *w, struct detect_turn *t, enum network_verdict listed)
{
    bool block = listed == NETWORK_BLOCK && w->settings->detect.inline_mode;

    if (block) {
        worker_verdict(t, VERDICT_DROP, DROP_RULES);
    }
    if (t->flow != NULL && (block || listed == NETWORK_TRUST)) {
        t->flow->flags |= block ? FLOW_DROPPED : FLOW_PASSED;
    }
}

/* Inline: what a host sends that is kept out. */
static bool worker_blocked(struct worker *w, struct detect_turn *t)
{
    if (w->blocks == NULL || !w->settings->simulate_ips || !blocks_has(w->blocks, t->view)) {
        return false;
    }
    worker_verdict(t, VERDICT_DROP, DROP_HOST);
    record_drop(w, t);
    return true;
}

static void worker_view(struct worker *w, struct view *v)
{
    enum tcp_state before = TCP_NONE;
    struct detect_turn t = { .number = w->number, .ts = w->ts, .view = v, .pkt_src = record_source(v), .capture_file = w->capture };

    w->counter[WORKER_PACKETS]++;
    worker_tenant(w, v->tenant);
    if (guarding_refuses(w, v)) {
        worker_verdict(&t, VERDICT_DROP, DROP_AMBIGUOUS);
        record_drop(w, &t);
        return;
    }
    if (worker_blocked(w, &t) || !worker_hook(w, &t, FIREWALL_PRE_FLOW)) {
        return;
    }
    if ((v->flags & (VIEW_NO_FLOW | VIEW_FRAGMENT)) == 0) {
        t.flow = flow_resolve(w->flows, v, &t.side);
        if (t.flow != NULL) {
            guarding_anew(w, &t);
        }
    }
    if (t.flow != NULL) {
        worker_decided(w, t.flow);
        proto_wake(w->protos, t.flow);
        worker_app_before(&t);
    }
    if (t.flow == NULL) {
        w->counter[WORKER_NO_FLOW]++;
        if ((v->flags & VIEW_FRAGMENT) != 0 && !v->packet->handed && defrag_starved(w->defrag)) {
            worker_exception(w, &t, FLOW_EXCEPTION_DEFRAG_MEMCAP);
        }
        if ((v->flags & (VIEW_NO_FLOW | VIEW_FRAGMENT)) == 0 && flow_refused(w->flows)) {
            worker_exception(w, &t, FLOW_EXCEPTION_FLOW_MEMCAP);
        }
    } else if (worker_settled(w, &t) || !worker_hook(w, &t, FIREWALL_PRE_STREAM)) {
        if (w->recording != NULL) {
            recording_view(w->recording, &t);
        }
        return;
    } else if (view_has(v, LAYER_TCP)) {
        before = t.flow->tcp != NULL ? stream_state(t.flow) : TCP_NONE;
        worker_tcp(w, &t);
    } else if (view_has(v, LAYER_UDP) && v->payload.n != 0 && ((t.flow->flags & FLOW_PASSED) == 0 || detect_looks(w->rules, t.flow))) {
        proto_datagram(w->protos, t.flow, &t.side, v->payload);
    }
    if (t.flow != NULL) {
        worker_app(w, &t);
    }
    aware_tap_view(w->tap, v, t.flow, t.side);
    enum network_verdict listed = worker_network(w, &t, before);
    uint64_t tried = w->trace != NULL ? detect_tried(w->detect) : 0;
    struct detect_result r = worker_detect(w, &t);
    worker_listed(w, &t, listed);
    if (w->trace != NULL) {
        trace_view(w, &t, &r, detect_tried(w->detect) - tried);
    }
    if (w->pcap_log != NULL) {
        pcap_log_view(w->pcap_log, &t, &r);
    }
    if (w->recording != NULL) {
        recording_view(w->recording, &t);
    }
    if (t.drop_reason != DROP_NOT) {
        worker_dropped(w, &t);
    }
    if (v->note_n != 0) {
        record_packet_notes(w, &t);
    }
    if (view_has(v, LAYER_ARP)) {
        record_arp(w, &t);
    }
    if (t.flow != NULL) {
        worker_records(w, t.flow, &t);
        if (view_has(v, LAYER_TCP)) {
            stream_prune(w->streams, t.flow);
        }
        proto_rest(w->protos, t.flow);
    }
    aware_tap_through(w->tap);
}

/* Something of that direction is still to be looked at: bytes, a transaction, or a session that did not close. */
static bool end_pending(const struct flow *f, enum side side) { return stream_pending(f, side) || proto_pending(f, side); }

/* The flow table calls this for every flow that ends, while it is still whole. */
void worker_flow_end(void *ctx, struct flow *f)
{
    static const char ended[] = "stream (flow timeout)";
    struct worker *w = ctx;
    uint64_t number = w->number, ts = w->ts;
    const struct ruleset *rules = w->rules; /* of the view in turn, which may have ended this flow */
    struct detect *detect = w->detect;

    w->counter[WORKER_FLOW_ENDS]++;
    worker_tenant(w, f->key.tenant);
    f->flags |= FLOW_ENDING;
    if (f->reason == FLOW_ENDED_SHUTDOWN) { /* after the last packet, in the order the flows began: the same for any number of workers */
        turn_enter(w->turns, w->index, w->number + f->first_packet);
        aware_tap_turn(w->tap, w->number + f->first_packet, 0);
    }
    w->ts = f->last;
    if (w->settings->live && w->settings->flow.device_in_key) {
        w->capture = source_path(w->source, f->key.device);
    }
    proto_turn(w->protos, w->number, w->ts);
    bool pending[2] = { end_pending(f, TO_SERVER), end_pending(f, TO_CLIENT) };
    if (f->tcp != NULL) {
        stream_flush(w->streams, f);
    }
    proto_finish(w->protos, f);
    if (w->recording != NULL) {
        recording_flow(w->recording, f, false);
    }
    for (unsigned side = 0; side < 2; side++) {
        if (!pending[side]) {
            continue;
        }
        struct detect_turn t = { .ts = f->last, .flow = f, .side = side, .end = true,
                                 .pkt_src = ended, .capture_file = w->capture };
        (void)worker_detect(w, &t);
    }
    struct detect_turn last = { .ts = f->last, .flow = f, .side = f->tcp != NULL ? TO_CLIENT : TO_SERVER, .end = true,
                                .pkt_src = f->tcp != NULL && (pending[0] || pending[1]) ? ended : NULL, .capture_file = w->capture };
    if ((f->flags & FLOW_DROPPED) == 0 || !w->settings->detect.inline_mode) { /* what was dropped has not been exchanged */
        worker_records(w, f, &last);
    }
    proto_wake(w->protos, f);
    offload_end(w, f);
    record_flow(w, f);
    aware_tap_flow_end(w->tap, f);
    if (w->pcap_log != NULL) {
        pcap_log_flow_end(w->pcap_log, f);
    }
    if (w->recording != NULL) {
        recording_flow(w->recording, f, true);
    }
    summary_flow(&w->summary, f, f->app != NULL ? f->app->id : PROTO_NONE);
    detect_flow_end(w->detect, f);
    proto_end(w->protos, f);
    stream_end(w->streams, f);
    w->rules = rules;
    w->detect = detect;
    w->number = number;
    w->ts = ts;
    proto_turn(w->protos, w->number, w->ts);
}

/* One view's turns.  A datagram that a fragment completes goes before the fragment, and may hold fragments itself. */
static void worker_turns(struct worker *w, struct view *v, unsigned depth)
{
    struct datagram datagram;

    if ((v->flags & VIEW_FRAGMENT) != 0 && !v->packet->handed && depth < VIEWS_MAX && defrag_add(w->defrag, v, w->facts, &datagram)) {
        struct view *whole = packet_decode_datagram(w->common, w->batch, v, datagram);
        if (w->handover != NULL && whole != NULL) {
            worker_pass_datagram(w, v, whole, datagram);
        }
        for (; whole != NULL && whole != v; whole = whole->next) {
            whole->hash = flow_hash(&w->settings->flow, whole);
            worker_turns(w, whole, depth + 1);
        }
    }
    aware_tap_passing(w->tap, v);
    if (worker_owns(w, v)) {
        worker_view(w, v);
    }
}

/* The turns of one frame: its views innermost first. */
static void worker_packet(struct worker *w, struct packet *p)
{
    w->number = p->number;
    w->ts = p->ts;
    if (p->number >= w->rules_from) {
        worker_rules_next(w);
    }
    w->capture = source_path(w->source, p->input);
    w->firewall_dropped = false;
    if (p->ts > w->now) {
        w->now = p->ts;
    }
    turn_enter(w->turns, w->index, p->number);
    aware_tap_turn(w->tap, p->number, p->ts);
    flow_sweep(w->flows, p->ts);
    proto_turn(w->protos, p->number, p->ts);
    if (w->pcap_log != NULL) {
        pcap_log_begin(w->pcap_log);
    }
    if (w->recording != NULL) {
        recording_begin(w->recording, p, w->capture, w->rules != NULL || w->tenant_n > 1);
    }
    if (p->first == NULL) { /* another worker's: only time passes */
        return;
    }
    for (struct view *v = p->first; v != NULL; v = v->next) {
        worker_turns(w, v, 0);
    }
    defrag_done(w->defrag);
    if (w->pcap_log != NULL) {
        pcap_log_frame(w->pcap_log, p, worker_owns(w, p->outermost));
    }
    if (w->recording != NULL) {
        recording_frame(w->recording, p);
    }
    if (w->settings->detect.inline_mode && worker_owns(w, p->outermost)) {
        record_verdict(w, p);
    }
}

/* Fetches what the turns of packets behind i will need, each a step nearer. */
static void worker_ahead(struct worker *w, unsigned i)
{
    static const unsigned steps[] = { [FLOW_FAR] = FLOW_AHEAD, [FLOW_NEAR] = FLOW_AHEAD / 2, [FLOW_NEXT] = 1 };
    const struct batch *b = w->batch;

    for (unsigned k = 0; k < ROWS(steps); k++) {
        const struct flow *f = NULL;
        const struct view *v = i + steps[k] < b->n ? b->packet[i + steps[k]].first : NULL;
        if (v != NULL && worker_owns(w, v)) {
            f = flow_ahead(w->flows, v, (enum flow_near)k);
        }
        if (f != NULL && k == FLOW_NEXT) {
            stream_ahead(f);
            proto_ahead(f);
        }
    }
}

/* Live: what came here is decoded here, and what of it belongs to others is passed on. */
static void worker_decode_live(struct worker *w, struct packet *p)
{
    packet_decode(p->handed ? w->decoder : w->common, w->batch, p);
    p->alone = w->handover == NULL || (!p->handed && worker_pass(w, p, p->first, NULL));
}

/* Of several workers the one whose flow it is decodes a plain frame, the others pass it by; what takes more than a look at its
 * ends, they all decode. */
static void worker_decode(struct worker *w, struct packet *p)
{
    uint32_t spread;

    p->alone = w->workers > 1 && w->pcap_log == NULL && packet_peek(&w->settings->decode, p, &spread);
    if (p->alone && spread % w->workers != w->index) {
        p->first = p->outermost = NULL;
        return;
    }
    packet_decode(p->alone ? w->decoder : w->common, w->batch, p);
}

static void worker_batch(struct worker *w)
{
    struct batch *b = w->batch;

    for (unsigned i = 0; i < b->n; i++) {
        (w->settings->in_turns ? worker_decode : worker_decode_live)(w, &b->packet[i]);
    }
    flow_prepare(w->flows, b);
    aware_tap_batch(w->tap, w->turns->workers <= 1);
    for (unsigned i = 0; i < b->n; i++) {
        worker_ahead(w, i);
        worker_packet(w, &b->packet[i]);
    }
    aware_tap_batch_end(w->tap);
}

/* Live: what others passed on, so much at most: they may do so faster than it is looked at here.  False: there was none. */
static bool worker_handed(struct worker *w, unsigned most)
{
    unsigned n = 0;

    for (; n < most && w->handover != NULL && handover_take(w->handover, w->index, w->batch); n++) {
        worker_batch(w);
        handover_done(w->handover, w->index);
        streams_released(w->streams);
    }
    return n != 0;
}

/* Live: nothing came, but time goes on. */
static void worker_idle(struct worker *w, uint64_t now)
{
    if (now > w->now) {
        w->ts = w->now = now;
        flow_sweep(w->flows, now);
    }
}

/* Between two batches, whether one comes or not: questions are answered, and rules may have changed. */
static void worker_between(struct worker *w)
{
    worker_answer(w);
    worker_rules_next(w);
}

/* Live: nothing has come for long enough since then, or it is enough. */
static bool worker_quiet(uint64_t since, bool came)
{
    enum { SETTLE_MS = 60 /* a ring's last block is late */, LAST_MS = 500 };

    return clock_monotonic() - since > (came ? LAST_MS : SETTLE_MS) * (CLOCK_SECOND / 1000);
}

/* Live: what comes is read here; else the end of it is told by who reads. */
static bool worker_reads(const struct worker *w) { return !w->settings->in_turns || w->index == 0; }

/* Live, the end.  All go on as before until each has looked at what had come before the stop; at one moment for all nothing more comes; what is
 * there is looked at, and then, when nobody reads any more, what was passed on. */
enum part { PART_WORKS, PART_WAITS, PART_CLEARS, PART_OVER };
static void worker_part(struct worker *w, bool stop, bool came, bool ended)
{
    enum { AHEAD_MS = 10 /* all know of the moment before it is there */ };
    struct worker_parting *all = w->parting;
    uint64_t now = clock_monotonic(), at;

    switch (w->part) {
    case PART_WORKS:
        w->part_since = stop && w->part_since == 0 ? now : w->part_since;
        if (!ended && (w->part_since == 0 || !worker_quiet(w->part_since, came))) {
            return;
        }
        if (atomic_fetch_sub(&all->at_work, 1) == 1) {
            at = now + AHEAD_MS * (CLOCK_SECOND / 1000);
            source_leave(w->source, at);
            atomic_store(&all->at, at);
        }
        w->part = PART_WAITS;
        return;
    case PART_WAITS:
        at = atomic_load(&all->at);
        if (at != 0 && now >= at) {
            source_stop(w->source);
            w->part = PART_CLEARS;
            w->part_since = now;
        }
        return;
    case PART_CLEARS:
        if (ended || (worker_reads(w) && worker_quiet(w->part_since, came))) {
            source_rest(w->source);
            atomic_fetch_sub(&all->reading, 1);
            w->part = PART_OVER;
        }
        return;
    case PART_OVER: return;
    }
}

static void worker_live(struct worker *w, const _Atomic bool *stop)
{
    enum { NAP_MS = 1, IDLE_MAX = 4 * BATCH_MAX /* of others' frames, where none of its own came */ };
    bool ended = false;

    do {
        bool reads = w->part != PART_OVER && !ended;
        unsigned n = 0;
        turn_enter(w->turns, w->index, 0); /* where there are turns: this waits for nobody, as the next frame may be long in coming */
        worker_between(w);
        turn_enter(w->turns, w->index, w->number + 1);
        w->batch->n = w->batch->view_n = 0;
        if (reads && source_poll(w->source, w->batch)) {
            n = w->batch->n;
            ended = w->batch->end;
            worker_batch(w);
            turn_enter(w->turns, w->index, w->number + 1); /* nobody waits for these any more */
            source_release(w->source, w->batch);
            streams_released(w->streams);
        } else {
            (void)nanosleep(&(struct timespec){ .tv_nsec = NAP_MS * 1000000 }, NULL);
        }
        if (n == 0) {
            worker_idle(w, reads ? w->batch->now : clock_now());
        }
        (void)worker_handed(w, n != 0 ? BATCH_MAX : IDLE_MAX);
        if (w->recording != NULL) {
            recording_time(w->recording, w->source, false);
        }
        worker_part(w, *stop, n != 0, ended);
    } while (w->part != PART_OVER || atomic_load(&w->parting->reading) != 0);
    while (worker_handed(w, IDLE_MAX)) { /* now nobody passes on any more */
    }
    if (w->recording != NULL) {
        recording_time(w->recording, w->source, true);
    }
}

static void worker_files(struct worker *w, const _Atomic bool *stop)
{
    do {
        worker_between(w);
        w->batch->n = w->batch->view_n = 0;
        if (!source_poll(w->source, w->batch)) {
            continue;
        }
        worker_batch(w);
        source_release(w->source, w->batch);
        streams_released(w->streams);
    } while (!w->batch->end && !*stop);
}

void worker_run(struct worker *w, const _Atomic bool *stop)
{
    (w->settings->live ? worker_live : worker_files)(w, stop);
    atomic_store(&w->ending, true);
    w->number++;
    flow_end_all(w->flows);
    proto_rest_end(w->protos);
    turn_leave(w->turns, w->index);
    worker_ended(w);
}
