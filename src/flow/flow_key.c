/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "flow/flow_key.h"

#include <netinet/in.h>

#include "base/hash.h"
#include "packet/decode.h"

enum { PROTO_IPIP = 4, PROTO_IPV6 = 41, FRAME_HASHED = 64 };

struct icmp_pair {
    uint8_t ask, answer;
};

/* RFC 792, 950, 1256: echo, router solicitation, timestamp, information, address mask. */
static const struct icmp_pair icmp4_pairs[] = { { 8, 0 }, { 10, 9 }, { 13, 14 }, { 15, 16 }, { 17, 18 } };

/* RFC 4443 echo, 4861 router and neighbour, 2710 listener, 4620 node information, 6275 home agent and mobile prefix,
 * 3971 certification path, 4286 multicast router, 6775 duplicate address. */
static const struct icmp_pair icmp6_pairs[] = {
    { 128, 129 }, { 135, 136 }, { 133, 134 }, { 130, 131 }, { 139, 140 },
    { 144, 145 }, { 146, 147 }, { 148, 149 }, { 152, 151 }, { 157, 158 },
};

uint8_t flow_icmp_counterpart(uint8_t proto, uint8_t type)
{
    const struct icmp_pair *pair = proto == IPPROTO_ICMP ? icmp4_pairs : icmp6_pairs;
    size_t n = proto == IPPROTO_ICMP ? ROWS(icmp4_pairs) : ROWS(icmp6_pairs);

    for (size_t i = 0; i < n; i++) {
        if (pair[i].ask == type) {
            return pair[i].answer;
        }
        if (pair[i].answer == type) {
            return pair[i].ask;
        }
    }
    return 0;
}

uint16_t flow_icmp_port(uint8_t proto, uint8_t type, uint8_t code)
{
    return (uint16_t)(proto == IPPROTO_ICMP ? type : type | code << 8);
}

/* ICMPv4 messages about another packet (RFC 792, 1812 4.3.1). */
static bool icmp4_error(uint8_t type)
{
    return type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
}

static void key_rest(const struct flow_settings *s, const struct view *v, struct flow_key *k)
{
    for (unsigned i = 0; i < VIEW_VLANS_MAX && i < v->vlan_n; i++) {
        k->vlan[i] = v->vlan[i];
    }
    k->level = s->level_in_key ? v->level : 0;
    k->tenant = s->tenant_in_key ? v->tenant : 0;
    k->device = s->device_in_key && s->live ? v->packet->input : 0;
}

/* Of a packet quoted by an ICMP error, whatever its kind; false when the quote has no addresses. */
static bool key_quoted(const struct flow_settings *s, const struct view *v, struct flow_key *k)
{
    if (!(v->flags & VIEW_ICMP_ERROR) || v->quoted_family == FAMILY_NONE) {
        return false;
    }
    memset(k, 0, sizeof(*k));
    k->addr[0] = v->quoted_src;
    k->addr[1] = v->quoted_dst;
    k->port[0] = v->quoted_sport;
    k->port[1] = v->quoted_dport;
    k->family = (uint8_t)v->quoted_family;
    k->proto = v->quoted_proto;
    key_rest(s, v, k);
    return true;
}

/* An ICMPv4 error has no flow of its own; only "unreachable" counts in the flow that it is about, if that has ports. */
static enum flow_kind key_icmp4_error(const struct flow_settings *s, const struct view *v, struct flow_key *k)
{
    if (v->icmp.type != 3 || v->flags & VIEW_INVALID || !key_quoted(s, v, k) || k->family != FAMILY_4 ||
        (k->proto != IPPROTO_TCP && k->proto != IPPROTO_UDP)) {
        return FLOW_KIND_NONE;
    }
    return FLOW_KIND_QUOTED;
}

static enum flow_kind key_esp(const struct view *v, struct flow_key *k)
{
    struct rd r = rd_of(v->l4);

    k->port[0] = rd_be16(&r);
    k->port[1] = rd_be16(&r);
    return FLOW_KIND_ONE_WAY;
}

enum flow_kind flow_key_of(const struct flow_settings *s, const struct view *v, struct flow_key *k)
{
    if (v->flags & (VIEW_FRAGMENT | VIEW_NO_FLOW) || v->family == FAMILY_NONE) {
        return FLOW_KIND_NONE;
    }
    if (view_has(v, LAYER_ICMP4) && icmp4_error(v->icmp.type)) {
        return key_icmp4_error(s, v, k);
    }
    memset(k, 0, sizeof(*k));
    k->addr[0] = v->src;
    k->addr[1] = v->dst;
    k->family = (uint8_t)v->family;
    k->proto = v->proto;
    k->vlan_n = v->vlan_n < VIEW_VLANS_MAX ? v->vlan_n : VIEW_VLANS_MAX;
    key_rest(s, v, k);
    if (view_has(v, LAYER_TCP | LAYER_UDP | LAYER_SCTP)) {
        k->port[0] = v->sport;
        k->port[1] = v->dport;
        return FLOW_KIND_PAIR;
    }
    if (view_has(v, LAYER_ICMP4 | LAYER_ICMP6)) {
        k->port[0] = flow_icmp_port(v->proto, v->icmp.type, v->icmp.code);
        k->port[1] = flow_icmp_port(v->proto, flow_icmp_counterpart(v->proto, v->icmp.type), 0);
        return FLOW_KIND_PAIR;
    }
    if (view_has(v, LAYER_ESP)) {
        return key_esp(v, k);
    }
    return v->proto == PROTO_IPIP || v->proto == PROTO_IPV6 ? FLOW_KIND_PAIR : FLOW_KIND_NONE;
}

/* What is hashed, smallest end first; no padding. */
struct key4 {
    uint32_t addr[2];
    uint16_t port[2];
    uint8_t proto, level;
    uint16_t vlan[VIEW_VLANS_MAX];
    uint32_t tenant, device;
};
struct key6 {
    struct addr addr[2];
    uint16_t port[2];
    uint8_t proto, level;
    uint16_t vlan[VIEW_VLANS_MAX];
    uint32_t tenant, device;
};
_Static_assert(sizeof(struct key4) == 28, "no padding");
_Static_assert(sizeof(struct key6) == 56, "padding stands at the end and is cleared");

uint64_t flow_key_hash(const struct flow_settings *s, const struct flow_key *k)
{
    uint16_t mask = flow_vlan_mask(s);
    const struct addr *a = &k->addr[0], *b = &k->addr[1];
    /* Any order will do that both directions agree on. */
    unsigned low = a->q[1] != b->q[1] ? a->q[1] > b->q[1] : a->q[0] != b->q[0] ? a->q[0] > b->q[0] : k->port[0] > k->port[1];

    if (k->family == FAMILY_4) {
        struct key4 h = {
            .addr = { k->addr[low].w[3], k->addr[1 - low].w[3] }, .port = { k->port[low], k->port[1 - low] },
            .proto = k->proto, .level = k->level, .vlan = { k->vlan[0] & mask, k->vlan[1] & mask, k->vlan[2] & mask },
            .tenant = k->tenant, .device = k->device,
        };
        return hash_bytes(&h, sizeof(h), s->seed);
    }
    struct key6 h;
    memset(&h, 0, sizeof(h));
    h.addr[0] = k->addr[low];
    h.addr[1] = k->addr[1 - low];
    h.port[0] = k->port[low];
    h.port[1] = k->port[1 - low];
    h.proto = k->proto;
    h.level = k->level;
    for (unsigned i = 0; i < VIEW_VLANS_MAX; i++) {
        h.vlan[i] = k->vlan[i] & mask;
    }
    h.tenant = k->tenant;
    h.device = k->device;
    return hash_bytes(&h, sizeof(h), s->seed);
}

/* All fragments of a datagram go to one worker, in both directions of a conversation. */
static uint64_t hash_fragment(const struct flow_settings *s, const struct view *v)
{
    struct flow_key k;

    memset(&k, 0, sizeof(k));
    k.addr[0] = v->src;
    k.addr[1] = v->dst;
    k.family = (uint8_t)v->family;
    k.tenant = v->frag_id;
    return flow_key_hash(s, &k);
}

uint64_t flow_hash(const struct flow_settings *s, const struct view *v)
{
    struct flow_key k;

    if (v->flags & VIEW_FRAGMENT && v->family != FAMILY_NONE) {
        return hash_fragment(s, v);
    }
    if (flow_key_of(s, v, &k) != FLOW_KIND_NONE) {
        return flow_key_hash(s, &k);
    }
    size_t n = v->packet->frame.n;
    return hash_bytes(v->packet->frame.p, n < FRAME_HASHED ? n : FRAME_HASHED, s->seed);
}
