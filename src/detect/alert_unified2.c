/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Alerts in binary as Snort 2 logs them (unified2): an event (type 104 for IPv4, 105 for IPv6) and the packet (type 2), numbers in
 * network order.  The event's number is the output's: it stands 0 here.
 */
#include "detect/alert_snort.h"
#include "detect/inspect.h"

#include <netinet/in.h>

enum { TYPE_PACKET = 2, TYPE_EVENT = 104, TYPE_EVENT_IP6 = 105, BLOCKED = 1, WOULD_BLOCK = 2, IMPACT_BLOCKED = 0x20 };

static void put8(struct text *t, uint8_t v) { text_byte(t, (char)v); }

static void put16(struct text *t, uint16_t v)
{
    put8(t, (uint8_t)(v >> 8));
    put8(t, (uint8_t)v);
}

static void put32(struct text *t, uint32_t v)
{
    put16(t, (uint16_t)(v >> 16));
    put16(t, (uint16_t)v);
}

/* Ports; of ICMP type and code. */
static void put_ports(struct text *t, const struct detect *d)
{
    const struct view *v = d->turn->view;
    const struct look *l = &d->look;
    bool icmp = (l->proto == IPPROTO_ICMP || l->proto == IPPROTO_ICMPV6) && v;

    put16(t, icmp ? v->icmp.type : l->has_ports ? l->sport : 0);
    put16(t, icmp ? v->icmp.code : l->has_ports ? l->dport : 0);
}

static void put_event(struct text *t, const struct detect *d, const struct rule *r)
{
    const struct look *l = &d->look;
    const struct view *v = d->turn->view;
    bool six = l->family == FAMILY_6;
    size_t at = t->n;

    put32(t, six ? TYPE_EVENT_IP6 : TYPE_EVENT);
    put32(t, 0);
    size_t body = t->n;
    put32(t, 0); /* sensor */
    put32(t, 0); /* event: the output's */
    put32(t, (uint32_t)(d->turn->ts / CLOCK_SECOND));
    put32(t, (uint32_t)(d->turn->ts % CLOCK_SECOND / 1000));
    put32(t, r->sid);
    put32(t, r->gid);
    put32(t, r->rev);
    put32(t, r->class_id);
    put32(t, r->priority);
    text_add(t, six ? l->src.b : l->src.b + 12, six ? 16 : 4);
    text_add(t, six ? l->dst.b : l->dst.b + 12, six ? 16 : 4);
    put_ports(t, d);
    put8(t, l->proto);
    put8(t, d->dropped ? IMPACT_BLOCKED : 0);
    put8(t, 0);
    put8(t, !d->dropped ? 0 : d->settings.inline_mode ? BLOCKED : WOULD_BLOCK);
    put32(t, 0); /* MPLS label */
    put16(t, v && v->vlan_n != 0 ? v->vlan[0] : 0);
    put16(t, 0);
    size_t n = t->n - body;
    for (unsigned i = 0; !t->cut && i < 4; i++) {
        t->p[at + 4 + i] = (char)(n >> (24 - 8 * i));
    }
}

static void put_packet(struct text *t, const struct packet *p)
{
    put32(t, TYPE_PACKET);
    put32(t, (uint32_t)(28 + p->frame.n));
    put32(t, 0);
    put32(t, 0); /* event */
    put32(t, (uint32_t)(p->ts / CLOCK_SECOND));
    put32(t, (uint32_t)(p->ts / CLOCK_SECOND));
    put32(t, (uint32_t)(p->ts % CLOCK_SECOND / 1000));
    put32(t, p->link);
    put32(t, (uint32_t)p->frame.n);
    text_add(t, p->frame.p, p->frame.n);
}

void alert_unified2_write(struct detect *d, const struct queued *q)
{
    struct text *t = &d->out->line;

    if (d->look.family == FAMILY_NONE) {
        d->counter[DETECT_UNIFIED2_UNTOLD]++; /* the format has no place for what has no addresses */
        return;
    }
    text_clear(t);
    put_event(t, d, d->rules->plan[q->rule].rule);
    if (d->turn->view) {
        put_packet(t, d->turn->view->packet);
    }
    if (!t->cut) {
        event_put(d->out, EVENT_UNIFIED2, text_bytes(t));
    }
}
