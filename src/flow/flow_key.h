/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * flow_key - which flow a view asks for: its key as the view's sender sees it, and how keys compare.
 *
 * Inside flow/ only; no state, any thread.
 */
#ifndef FLOW_FLOW_KEY_H
#define FLOW_FLOW_KEY_H

#include "flow/flow.h"

enum flow_kind {
    FLOW_KIND_NONE,    /* gets no flow */
    FLOW_KIND_PAIR,    /* both directions make one flow: TCP, UDP, SCTP, ICMP queries, IP in IP */
    FLOW_KIND_ONE_WAY, /* ESP: each direction has its own SPI */
    FLOW_KIND_QUOTED,  /* an ICMP error: the key is the quoted packet's; such a flow is found, never made */
};

/* The key with the view's source as [0]; *k is whole (also its padding) so that it can be hashed. */
enum flow_kind flow_key_of(const struct flow_settings *s, const struct view *v, struct flow_key *k);
uint64_t flow_key_hash(const struct flow_settings *s, const struct flow_key *k);
static inline uint16_t flow_vlan_mask(const struct flow_settings *s) { return s->vlan_in_key ? UINT16_MAX : 0; }

/* The number that stands in key.port for an ICMP message: its type for ICMPv4, type and code (<< 8) for ICMPv6, where
 * messages of one type and different codes are different flows. */
uint16_t flow_icmp_port(uint8_t proto, uint8_t type, uint8_t code);
/* The type that answers this one, or asks for it; 0 when it stands alone. */
uint8_t flow_icmp_counterpart(uint8_t proto, uint8_t type);

/* Everything but addresses and ports. vlan_mask is 0 where VLANs are no part of the key: they stand in it for the records then. */
static inline bool flow_key_same_rest(const struct flow_key *a, const struct flow_key *b, uint16_t vlan_mask)
{
    unsigned vlans = (unsigned)(a->vlan[0] ^ b->vlan[0]) | (unsigned)(a->vlan[1] ^ b->vlan[1]) | (unsigned)(a->vlan[2] ^ b->vlan[2]);

    return a->proto == b->proto && a->family == b->family && a->level == b->level && a->tenant == b->tenant &&
           a->device == b->device && (vlans & vlan_mask) == 0;
}

/* TO_SERVER when `k` runs as the flow does, TO_CLIENT when it runs against it, -1 when it is of another flow. */
static inline int flow_key_match(const struct flow_key *flow, const struct flow_key *k, enum flow_kind kind, uint16_t vlan_mask)
{
    if (!flow_key_same_rest(flow, k, vlan_mask)) {
        return -1;
    }
    if (flow->port[0] == k->port[0] && flow->port[1] == k->port[1] && addr_equal(&flow->addr[0], &k->addr[0]) &&
        addr_equal(&flow->addr[1], &k->addr[1])) {
        return TO_SERVER;
    }
    if (kind != FLOW_KIND_ONE_WAY && flow->port[0] == k->port[1] && flow->port[1] == k->port[0] &&
        addr_equal(&flow->addr[0], &k->addr[1]) && addr_equal(&flow->addr[1], &k->addr[0])) {
        return TO_CLIENT;
    }
    return -1;
}

#endif
