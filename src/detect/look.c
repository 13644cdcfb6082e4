/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a turn shows to rules. */
#include "detect/inspect.h"

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
    l->src = f->key.addr[side == TO_SERVER ? 0 : 1];
    l->dst = f->key.addr[side == TO_SERVER ? 1 : 0];
    l->sport = f->key.port[side == TO_SERVER ? 0 : 1];
    l->dport = f->key.port[side == TO_SERVER ? 1 : 0];
    l->family = (enum family)f->key.family;
    l->proto = f->key.proto;
    l->has_ports = f->key.proto == IPPROTO_TCP || f->key.proto == IPPROTO_UDP || f->key.proto == IPPROTO_SCTP;
    l->class = class_of(l->family, l->proto);
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

static void look_needs(struct detect *d, const struct detect_turn *t)
{
    struct look *l = &d->look;
    unsigned need = t->view ? NEED_PACKET : 0;

    need |= l->payload.n != 0 || l->stream_ready ? NEED_PAYLOAD : NEED_NO_PAYLOAD;
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

    *l = (struct look){ .side = f ? (uint8_t)t->side : TO_SERVER, .payload = bytes_none() };
    if (t->view) {
        look_view(l, t->view);
        if (!f || (f->flags & FLOW_NO_PAYLOAD_INSPECTION) == 0) {
            l->payload = t->view->payload;
        }
    } else if (f) {
        look_flow(l, f, t->side);
    }
    if (f) {
        bool after = look_established(f);
        bool inner = f->key.proto != IPPROTO_TCP || after;
        l->established = t->view && f->key.proto == IPPROTO_TCP ? t->established : after;
        l->app = f->app && inner ? f->app->id : PROTO_NONE;
        look_windows(d, f, t->side);
    }
    look_needs(d, t);
}
