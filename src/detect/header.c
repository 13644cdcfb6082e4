/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses, ports, protocol, direction and flow state of a rule: each distinct header is asked once a turn. */
#include "detect/inspect.h"

#include <netinet/in.h>

static bool header_flow(const struct detect *d, const struct header *h)
{
    const struct look *l = &d->look;
    bool flow = d->turn->flow != NULL;
    bool established = l->established && (!l->unasked || (h->flags & HEADER_MIDSTREAM) != 0);

    if ((h->flow & RULE_TO_SERVER) != 0 && (!flow || l->side != TO_SERVER)) {
        return false;
    }
    if ((h->flow & RULE_TO_CLIENT) != 0 && (!flow || l->side != TO_CLIENT)) {
        return false;
    }
    if ((h->flow & RULE_ESTABLISHED) != 0 && !established) {
        return false;
    }
    if ((h->flow & RULE_NOT_ESTABLISHED) != 0 && established) {
        return false;
    }
    if ((h->flow & RULE_NO_FRAG) != 0 && l->rebuilt) {
        return false;
    }
    return (h->flow & RULE_ONLY_FRAG) == 0 || l->rebuilt;
}

static bool header_proto(const struct look *l, const struct header *h)
{
    if ((h->flags & HEADER_IPV4) != 0 && l->family != FAMILY_4) {
        return false;
    }
    if ((h->flags & HEADER_IPV6) != 0 && l->family != FAMILY_6) {
        return false;
    }
    return (h->flags & HEADER_ANY_PROTO) != 0 || (h->ip_proto[l->proto >> 6] >> (l->proto & 63) & 1) != 0;
}

static bool ports_match(const struct look *l, const struct port_set *sport, const struct port_set *dport)
{
    if (!sport && !dport) {
        return true;
    }
    if (!l->has_ports || l->fragment) {
        return false;
    }
    return (!sport || port_set_has(sport, l->sport)) && (!dport || port_set_has(dport, l->dport));
}

/* A rule of services is about flows of these protocols, whatever the ports; only where the protocol is not known they count. */
static bool ends_match(const struct look *l, const struct header *h, const struct port_set *sport, const struct port_set *dport)
{
    if ((h->flags & HEADER_SERVICE) != 0 && !l->hidden && header_tells(h, l->app)) {
        return (h->service[l->app >> 6] >> (l->app & 63) & 1) != 0;
    }
    return (h->own_proto == 0 || h->own_proto == l->proto) && ports_match(l, sport, dport);
}

static bool addresses_match(const struct look *l, const struct addr_set *src, const struct addr_set *dst)
{
    if (l->family == FAMILY_NONE) {
        return true; /* nothing to compare with, as Suricata has it */
    }
    return (!dst || addr_set_has(dst, &l->dst, l->family)) && (!src || addr_set_has(src, &l->src, l->family));
}

static enum header_part header_part_of(const struct detect *d, const struct header *h)
{
    const struct look *l = &d->look;
    bool back = (h->flags & HEADER_BOTH_WAYS) != 0;

    if ((h->flags & HEADER_ARP) != 0 && !(d->turn->view && view_has(d->turn->view, LAYER_ARP))) {
        return HEADER_PROTO;
    }
    if ((h->flags & HEADER_ETHER) != 0 && !(d->turn->view && view_has(d->turn->view, LAYER_ETHER))) {
        return HEADER_PROTO;
    }
    if ((h->sides >> l->side & 1) == 0) {
        return HEADER_SIDE;
    }
    if (!header_flow(d, h)) {
        return HEADER_FLOW;
    }
    if (!header_proto(l, h)) {
        return HEADER_PROTO;
    }
    bool ports = ends_match(l, h, h->sport, h->dport);
    if (ports && addresses_match(l, h->src, h->dst)) {
        return HEADER_HOLDS;
    }
    if (!back || !ends_match(l, h, h->dport, h->sport)) {
        return ports ? HEADER_ADDRESSES : HEADER_PORTS;
    }
    return addresses_match(l, h->dst, h->src) ? HEADER_HOLDS : HEADER_ADDRESSES;
}

enum header_part header_refuses(const struct detect *d, uint32_t header)
{
    const struct header *h = &d->rules->header[header];
    enum header_part part = header_part_of(d, h);

    return part == HEADER_HOLDS && (h->reader & d->look.readers) == 0 ? HEADER_TUNNEL : part;
}

bool header_matches(struct detect *d, uint32_t header)
{
    uint32_t *memo = &d->header_memo[header];

    if (*memo >> 1 != d->turn_stamp) {
        *memo = d->turn_stamp << 1 | (header_refuses(d, header) == HEADER_HOLDS);
    }
    return (*memo & 1) != 0;
}
