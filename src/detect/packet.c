/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules about a packet, its payload and its stream. */
#include "detect/inspect.h"

#include "detect/flow_state.h"

void scope_begin(struct detect *d, const struct plan *p, struct txn *t)
{
    d->scope = (struct detect_scope){ .detect = d, .rules = d->rules, .turn = d->turn, .view = d->turn->view, .flow = d->turn->flow,
                                      .txn = t, .rule = p->rule, .variable = d->verifier.variable,
                                      .side = (enum side)d->look.side, .buffer = bytes_none() };
    d->verifier.scope = &d->scope;
    d->verifier.captured_n = 0;
    d->verifier.evidence = NULL;
    d->verifier.evidence_n = 0;
    d->verifier.replace_n = 0;
    d->context = NULL;
    d->scope_plan = (uint32_t)(p - d->rules->plan);
    if (d->cost.wait != 0 && --d->cost.wait == 0) {
        cost_begin(&d->cost, d->scope_plan);
    }
}

/* What regular expressions captured is kept whether the whole rule matched or not. */
void scope_end(struct detect *d)
{
    for (unsigned i = 0; i < d->verifier.captured_n; i++) {
        const struct captured *c = &d->verifier.captured[i];
        if (c->how->flow) {
            scope_flowvar_set(&d->scope, c->how->variable, c->value);
        } else if (!c->how->alert) {
            context_pktvar(d, c);
        }
    }
    d->verifier.captured_n = 0;
    if (d->cost.began != 0 || d->verifier.stopped != 0) {
        cost_end(d);
    }
}

/* One item of the buffer is enough. */
static bool packet_buffer_matches(struct detect *d, const struct packet_buffer *b)
{
    struct verify_buffer data;

    for (unsigned i = 0; buffer_packet(d, &d->rules->buffer[b->buffer], i, &data); i++) {
        if (verify_program(&d->verifier, b->program, &data) == VERIFY_YES) {
            return true;
        }
    }
    return false;
}

bool plan_conditions(struct detect *d, const struct plan *p)
{
    const struct rule *r = p->rule;

    for (uint16_t i = 0; i < r->packet_n; i++) {
        const struct match *m = r->packet[i];
        if (m->kind == MATCH_KEYWORD && !m->keyword.row->match(&d->scope, r, m->keyword.data)) {
            return false;
        }
    }
    for (uint8_t i = 0; i < p->packet_buffer_n; i++) {
        if (!packet_buffer_matches(d, &p->packet_buffer[i])) {
            return false;
        }
    }
    return true;
}

void plan_matched(struct detect *d, const struct plan *p)
{
    const struct rule *r = p->rule;

    for (uint16_t i = 0; i < r->post_n; i++) {
        const struct match *m = r->post[i];
        if (m->kind == MATCH_KEYWORD && m->keyword.row->match) {
            m->keyword.row->match(&d->scope, r, m->keyword.data);
        }
    }
}

enum verify_result stream_matches(struct detect *d, const struct program *p)
{
    for (unsigned i = 0; i < d->look.window_n; i++) {
        struct verify_buffer b = { .bytes = d->look.window[i].bytes, .stream = true, .base = d->look.window[i].offset };
        if (verify_program(&d->verifier, p, &b) == VERIFY_YES) {
            return VERIFY_YES;
        }
    }
    return VERIFY_NO;
}

bool pdu_matches(struct detect *d, const struct plan *plan, const struct program *p, const struct txn *t)
{
    struct verify_buffer b = { .end = true };

    if (d->look.bodies && plan->rule->raw_data) {
        return false;
    }
    if (t && t->proto && t->proto->pdu_is_body) {
        return buffer_body(d, t, d->look.side, &b) && verify_program(&d->verifier, p, &b) == VERIFY_YES;
    }
    for (unsigned i = 0; i < d->look.pdu_n; i++) {
        b.bytes = d->look.pdu[i].bytes;
        b.stream = true;
        b.base = d->look.pdu[i].start;
        if (verify_program(&d->verifier, p, &b) == VERIFY_YES) {
            return true;
        }
    }
    return false;
}

static void packet_alert(struct detect *d, const struct plan *p, unsigned flags);

/* Each PDU that a rule about nothing but payload matches is told. */
static void pdus_each(struct detect *d, const struct plan *p, uint64_t told)
{
    for (unsigned i = 0; i < d->look.pdu_n; i++) {
        struct verify_buffer b = { .bytes = d->look.pdu[i].bytes, .end = true, .stream = true, .base = d->look.pdu[i].start };
        if (d->look.pdu[i].start < told || (d->look.bodies && p->rule->raw_data)) {
            continue;
        }
        scope_begin(d, p, NULL);
        if (plan_conditions(d, p) && verify_program(&d->verifier, p->payload, &b) == VERIFY_YES) {
            packet_alert(d, p, QUEUED_STREAM);
        }
        scope_end(d);
    }
}

/* The stream first; then the packet, unless its bytes are in the stream and nothing ties the rule to packets. */
bool plan_payload(struct detect *d, const struct plan *p, unsigned *flags)
{
    if ((p->flags & PLAN_NEEDS_STREAM) != 0) {
        if (d->look.stream_ready && !d->look.unasked && stream_matches(d, p->payload) == VERIFY_YES) {
            *flags |= QUEUED_STREAM;
            return true;
        }
        if (((p->flags & PLAN_NEEDS_PACKET) == 0 && d->turn->in_stream && !d->look.unasked) || (p->flags & PLAN_ONLY_STREAM) != 0) {
            return false;
        }
    }
    bool other = (p->flags & PLAN_PDU) != 0 && d->look.payload.n == 0;
    struct verify_buffer b = { .bytes = other ? d->look.l4 : d->look.payload, .end = true };
    return d->turn->view && verify_program(&d->verifier, p->payload, &b) == VERIFY_YES;
}

/* The one transaction an alert about a packet can belong to. */
static struct txn *txn_of_packet(struct detect *d, const struct plan *p, unsigned *flags)
{
    const struct flow *f = d->turn->flow;

    if (!f || !f->app || !f->app->head) {
        return NULL;
    }
    bool datagram = f->app->datagram, guess = d->settings.guess_applayer_tx;
    struct txn *t = guess || datagram ? txn_next_to_inspect(d, f->app, d->look.side) : NULL;
    if (!t || !((datagram && (p->app[0] | p->app[1]) != 0) || (guess && txn_is_only(t, d->look.side)))) {
        return NULL;
    }
    if (!datagram) {
        *flags |= QUEUED_GUESSED;
    }
    return t;
}

static void packet_alert(struct detect *d, const struct plan *p, unsigned flags)
{
    struct txn *t = txn_of_packet(d, p, &flags);

    plan_matched(d, p);
    queue_add(d, p, t, flags | (t ? QUEUED_TXN : 0));
}

/* ---- Snort's rules about payload ---- */

/* Once Snort knows the protocol it looks at what it puts together only; and never at what came before. */
static bool packet_searched(const struct detect *d, const struct plan *p)
{
    const struct look *l = &d->look;
    const struct flow *f = d->turn->flow;

    if (!d->turn->view || l->class != CLASS_TCP || l->payload.n == 0 || !f || !f->tcp) {
        return d->turn->view != NULL;
    }
    bool syn = view_has(d->turn->view, LAYER_TCP) && (d->turn->view->tcp.flags & 2) != 0;
    return syn || (d->turn->in_stream && !d->turn->repeated && ((p->flags & PLAN_NEEDS_STREAM) == 0 || l->hidden || !header_tells(&d->rules->header[p->header], l->app)));
}

/* Each packet is asked, and each PDU; of a PDU that holds a packet which matched it is not told again. */
static void pdu_rule(struct detect *d, const struct plan *p)
{
    const struct look *l = &d->look;
    struct flow *f = d->turn->flow;
    struct flow_entry *told = f && f->detect ? flow_entry_find(f->detect, ENTRY_TOLD, plan_id(d, p)) : NULL;

    if ((p->flags & PLAN_NEEDS_STREAM) != 0) {
        pdus_each(d, p, told ? told->extra[l->side] : 0);
    }
    if ((p->flags & PLAN_NEEDS_PACKET) == 0 || !packet_searched(d, p)) {
        return;
    }
    scope_begin(d, p, NULL);
    struct verify_buffer b = { .bytes = l->payload.n == 0 ? l->l4 : l->payload, .end = true };
    if (plan_conditions(d, p) && verify_program(&d->verifier, p->payload, &b) == VERIFY_YES) {
        packet_alert(d, p, 0);
        told = d->turn->in_stream ? flow_entry_get(d, f, ENTRY_TOLD, plan_id(d, p)) : NULL;
        if (told) {
            told->extra[l->side] = stream_packet_end(f, (enum side)l->side, d->turn->view);
        }
    }
    scope_end(d);
}

static void packet_rule(struct detect *d, uint32_t rule)
{
    const struct plan *p = &d->rules->plan[rule];
    unsigned flags = 0;

    if (p->type == PLAN_TXN) {
        d->state[d->state_n++] = rule;
        return;
    }
    if ((!d->turn->view && p->type == PLAN_PACKET) || (p->need & ~d->look.need) != 0) {
        return;
    }
    if (p->payload && (p->flags & PLAN_PDU) != 0 && d->look.class == CLASS_TCP) {
        pdu_rule(d, p);
        return;
    }
    scope_begin(d, p, NULL);
    if (plan_conditions(d, p) && (!p->payload || plan_payload(d, p, &flags))) {
        packet_alert(d, p, flags);
    }
    scope_end(d);
}

void packet_inspect(struct detect *d)
{
    d->state_n = 0;
    candidates_begin(d);
    candidates_of_packet(d);
    candidates_sort(d);
    for (uint32_t i = 0; i < d->candidate_n; i++) {
        packet_rule(d, d->candidate[i]);
    }
}

/* ---- rules about addresses only ---- */

static void address_rule(struct detect *d, uint32_t rule)
{
    const struct plan *p = &d->rules->plan[rule];

    if (!header_matches(d, p->header)) {
        return;
    }
    scope_begin(d, p, NULL);
    if (plan_conditions(d, p)) {
        plan_matched(d, p);
        queue_add(d, p, NULL, 0);
    }
    scope_end(d);
}

static void address_lookup(struct detect *d, const struct ip_index *x)
{
    const struct addr *a = x->by_destination ? &d->look.dst : &d->look.src;
    unsigned family = d->look.family == FAMILY_6;
    const struct ip_segment *s = x->segment[family];
    uint32_t low = 0, high = x->segment_n[family];

    while (low < high) { /* the last segment that begins at or before the address */
        uint32_t middle = low + (high - low) / 2;
        if (memcmp(s[middle].low.b, a->b, sizeof a->b) <= 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    for (uint32_t i = 0; low > 0 && i < s[low - 1].n; i++) {
        address_rule(d, x->rule[s[low - 1].first + i]);
    }
}

void packet_addresses(struct detect *d)
{
    const struct detect_turn *t = d->turn;

    if (!t->view || d->look.family == FAMILY_NONE || (t->flow && t->flow->packets[d->look.side] != 1)) {
        return;
    }
    address_lookup(d, &d->rules->ip[0]);
    address_lookup(d, &d->rules->ip[1]);
    for (uint32_t i = 0; i < d->rules->ip_any.n; i++) {
        address_rule(d, d->rules->ip_any.rule[i]);
    }
}
