/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a turn shows to rules. */
#include "detect/flow_state.h"

#include <netinet/in.h>

static uint8_t class_of(enum family family, uint8_t proto)
{
    if (family == FAMILY_NONE) {
        return CLASS_NOT_IP;
    }
    switch (proto) {
    case IPPROTO_TCP: return CLASS_TCP;
    case IPPROTO_UDP: return CLASS_UDP;
    case IPPROTO_ICMP: return CLASS_ICMP4;
    case IPPROTO_ICMPV6: return CLASS_ICMP6;
    default: return CLASS_IP;
    }
}

static void look_view(struct look *l, const struct view *v)
{
    l->readers = v->readers;
    l->src = v->src;
    l->dst = v->dst;
    l->family = v->family;
    l->sport = v->sport;
    l->dport = v->dport;
    l->proto = v->proto;
    l->fragment = (v->flags & VIEW_FRAGMENT) != 0;
    l->rebuilt = (v->flags & VIEW_REASSEMBLED) != 0;
    l->has_ports = view_has(v, LAYER_TCP | LAYER_UDP | LAYER_SCTP);
    /* A malformed header leaves only what was noted, unless it is one behind the transport header. */
    bool whole = (v->flags & VIEW_INVALID) == 0 || view_has(v, LAYER_TCP | LAYER_UDP | LAYER_ICMP4 | LAYER_ICMP6 | LAYER_SCTP);
    l->class = whole ? class_of(v->family, v->proto) : CLASS_NOT_IP;
}

static void look_flow(struct look *l, const struct flow *f, unsigned side)
{
    l->readers = f->readers;
    l->src = f->key.addr[side == TO_SERVER ? 0 : 1];
    l->dst = f->key.addr[side == TO_SERVER ? 1 : 0];
    l->sport = f->key.port[side == TO_SERVER ? 0 : 1];
    l->dport = f->key.port[side == TO_SERVER ? 1 : 0];
    l->family = (enum family)f->key.family;
    l->proto = f->key.proto;
    l->has_ports = f->key.proto == IPPROTO_TCP || f->key.proto == IPPROTO_UDP || f->key.proto == IPPROTO_SCTP;
    l->class = class_of(l->family, l->proto);
}

/* What is payload to Snort alone: of a transport that is not decoded all, of a datagram's first fragment what is behind the transport's header. */
static struct bytes look_l4(const struct look *l, const struct view *v)
{
    if (!l->fragment) {
        return l->class == CLASS_IP ? v->l4 : bytes_none();
    }
    enum { TCP_HEADER = 20, SHORT_HEADER = 8 };
    return v->frag_offset == 0 ? bytes_from(v->l4, v->frag_next == IPPROTO_TCP ? TCP_HEADER : SHORT_HEADER) : bytes_none();
}

/* flow:established */
static bool look_established(const struct flow *f)
{
    if (f->tcp || f->key.proto == IPPROTO_TCP) {
        return f->tcp && stream_established(f);
    }
    return (f->flags & (FLOW_SEEN_SERVER | FLOW_SEEN_CLIENT)) == (FLOW_SEEN_SERVER | FLOW_SEEN_CLIENT);
}

/* The windows of the stream that are due; their marks move on. */
static void look_windows(struct detect *d, struct flow *f, unsigned side)
{
    struct look *l = &d->look;

    /* where payload ends, what came before is looked at still: the stream gives nothing behind it */
    bool over = (f->flags & FLOW_NO_PAYLOAD_INSPECTION) != 0 && (f->flags & FLOW_PAYLOAD_ENDS) == 0;
    bool later = (f->flags & FLOW_STREAM_AT_END) != 0 && !d->turn->end;
    if (!f->tcp || !d->rules->has_stream || over || later) {
        return;
    }
    struct stream_window w;
    bool due = stream_raw(d->streams, f, (enum side)side, d->turn->end, &w);
    if (!due) {
        return;
    }
    for (; due && l->window_n < WINDOWS_MAX; due = stream_raw_next(d->streams, f, (enum side)side, &w)) {
        l->window[l->window_n++] = w;
    }
    stream_raw_done(d->streams, f, (enum side)side, w.upto);
    l->stream_ready = l->window_n != 0;
}

/* As many as a turn brings; false: no memory for one more. */
static bool pdu_add(struct detect *d, struct pdu x)
{
    struct look *l = &d->look;

    if (l->pdu_n == l->pdu_room) {
        struct pdu *more = arena_take(&d->arena, 2 * l->pdu_room * sizeof *more);
        if (more == NULL) {
            d->counter[DETECT_PDUS_LOST]++;
            return false;
        }
        memcpy(more, l->pdu, l->pdu_n * sizeof *more);
        l->pdu = more;
        l->pdu_room *= 2;
    }
    l->pdu[l->pdu_n++] = x;
    return true;
}

/* A protocol's PDUs are bodies: what has come of them and is enough to look at. */
static void look_bodies(struct detect *d, const struct flow *f, unsigned side)
{
    const bool all = txns_all(d);

    for (const struct txn *t = txn_first_due(f->app, side, all); t; t = txn_next_due(t, side, all)) {
        const struct body *b = txn_waits(t, side) ? txn_body(t, side) : NULL;
        bool whole = b && (b->ended || t->complete[side] || d->turn->end);
        if (!b || !b->p || b->total <= b->inspected || (!whole && !body_enough(d, b))) {
            continue;
        }
        uint64_t from = b->inspected > b->base ? b->inspected - b->base : 0, mark = stream_app_mark(f, (enum side)side);
        if (from < b->n) {
            (void)pdu_add(d, (struct pdu){ bytes_of(b->p + from, b->n - from), mark > b->n ? mark - b->n : 0, b->base + from });
        }
    }
}

/* A protocol's PDUs are spans: those that are whole, or as long as Snort lets them grow. */
static void look_spans(struct detect *d, struct conn *c, unsigned side)
{
    enum { PDU_MAX = 16384 };

    for (struct span *s = conn_spans_first(c, side); s; s = s->next) {
        uint64_t have;
        if (!proto_span_waits(c, s)) {
            continue;
        }
        struct bytes b = proto_span_bytes(c, s, bytes_none(), 0, PDU_MAX, &have);
        if (have == s->n || have >= PDU_MAX || d->turn->end) {
            s->pdu_seen = pdu_add(d, (struct pdu){ b, s->offset });
        }
    }
}

/* A protocol's PDUs are lines: all that are whole by now are one, what is left of the last at the flow's end another. */
static void look_lines(struct detect *d, struct flow *f, unsigned side)
{
    struct flow_detect *s = flow_detect_of(d, f, true);
    struct bytes run;
    uint64_t start;

    if (!s || !stream_stored(f, (enum side)side, s->line_mark[side], &start, &run)) {
        return;
    }
    uint64_t at = s->line_mark[side] > start ? s->line_mark[side] : start;
    struct bytes b = bytes_from(run, (size_t)(at - start));
    while (!d->turn->end && b.n != 0 && b.p[b.n - 1] != '\n') {
        b.n--;
    }
    if (b.n != 0) {
        (void)pdu_add(d, (struct pdu){ b, at });
        s->line_mark[side] = at + b.n;
    }
}

/* Snort has not told the flow's protocol: a port says it, or datagrams that came before. */
static bool look_hidden(const struct flow *f, const struct proto *p)
{
    if (p->snort_late) {
        return f->key.proto == IPPROTO_UDP && f->packets[0] + f->packets[1] <= 1 && f->key.port[0] != p->snort_port;
    }
    return p->snort_port != 0 && f->key.port[1] != p->snort_port;
}

/* What rules about PDUs look at: what the stream has new, in the pieces it comes in; or bodies. */
static void look_pdus(struct detect *d, struct flow *f, unsigned side)
{
    struct look *l = &d->look;
    const struct proto *p = f->app ? f->app->proto : NULL;

    l->hidden = p && look_hidden(f, p);
    if (l->hidden) {
        p = NULL;
    }
    if (p && p->pdu_is_body) {
        l->bodies = l->apart = true;
        look_bodies(d, f, side);
        return;
    }
    if (p && p->pdu_span && f->app->spans && f->app->spans->next[side] != 0) {
        l->apart = true;
        look_spans(d, f->app, side);
        return;
    }
    if (p && p->pdu_lines && f->tcp) {
        l->apart = true;
        look_lines(d, f, side);
        return;
    }
    for (unsigned i = 0; i < l->window_n; i++) {
        const struct stream_window *w = &l->window[i];
        size_t seen = w->offset < w->fresh ? (size_t)(w->fresh - w->offset) : 0;
        if (seen < w->bytes.n) {
            (void)pdu_add(d, (struct pdu){ bytes_from(w->bytes, seen), w->offset + seen });
        }
    }
}

static void look_needs(struct detect *d, const struct detect_turn *t)
{
    struct look *l = &d->look;
    unsigned need = t->view ? NEED_PACKET : 0;

    need |= l->payload.n != 0 || l->l4.n != 0 || l->stream_ready || l->pdu_n != 0 ? NEED_PAYLOAD : NEED_NO_PAYLOAD;
    need |= t->flow ? NEED_FLOW : 0;
    need |= t->flow && t->view && t->flow->packets[t->side] == 1 ? NEED_FIRST : 0;
    if ((t->view && t->view->note_n != 0) || (t->flow && t->flow->app && t->flow->app->notes && t->flow->app->notes->driver_n != 0)) {
        need |= NEED_EVENT;
    }
    if (t->view && view_has(t->view, LAYER_TCP)) {
        need |= (t->view->tcp.flags & 7) != 0 ? NEED_SYN : 0;
        need |= (t->view->tcp.flags & 0xe0) != 0 ? NEED_UNUSUAL : 0;
    }
    l->need = (uint8_t)need;
}

void look_make(struct detect *d, const struct detect_turn *t)
{
    struct look *l = &d->look;
    struct flow *f = t->flow;

    memset(l, 0, offsetof(struct look, window));
    l->pdu = l->few;
    l->pdu_room = PDUS_USUAL;
    l->side = f ? (uint8_t)t->side : TO_SERVER;
    l->payload = bytes_none();
    l->readers = READERS_ALL;
    if (t->view) {
        look_view(l, t->view);
        if (!f || (f->flags & FLOW_NO_PAYLOAD_INSPECTION) == 0) {
            l->payload = t->view->payload;
            l->l4 = d->rules->has_pdu ? look_l4(l, t->view) : bytes_none();
        }
    } else if (f) {
        look_flow(l, f, t->side);
    }
    if (f) {
        bool after = look_established(f);
        bool inner = f->key.proto != IPPROTO_TCP || after;
        l->established = t->view && f->key.proto == IPPROTO_TCP ? t->established : after;
        l->app = f->app && inner ? f->app->id : PROTO_NONE;
        l->unasked = stream_unasked(f);
        look_windows(d, f, t->side);
        if (d->rules->has_pdu) {
            look_pdus(d, f, t->side);
        }
    }
    look_needs(d, t);
}
