/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hosts, ports and transport of a rule's traffic. */
#include "generate/plan.h"

#include <netinet/in.h>

static struct addr addr_of(uint32_t x)
{
    uint8_t four[4] = { (uint8_t)(x >> 24), (uint8_t)(x >> 16), (uint8_t)(x >> 8), (uint8_t)x };

    return addr_from4(four);
}

/* Of documentation's IPv6 network (RFC 3849): one of two halves, so that both ends are told apart. */
static struct addr addr6_of(uint8_t half, uint32_t n)
{
    const uint8_t six[16] = { 0x20, 0x01, 0x0d, 0xb8, 0, half, [12] = (uint8_t)(n >> 24), (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n };

    return addr_from6(six);
}

static bool addr_fits(const struct plan *p, bool source, const struct addr *a)
{
    enum family family = p->talk.v6 ? FAMILY_6 : FAMILY_4;

    if (!addr_set_has(source ? p->rule->src : p->rule->dst, a, family)) {
        return false;
    }
    for (unsigned i = 0; i < p->with_n; i++) {
        bool turned = ((p->with[i]->sides ^ p->rule->sides) & 3u) == 3u; /* they are about opposite directions */
        if (!addr_set_has(source != turned ? p->with[i]->src : p->with[i]->dst, a, family)) {
            return false;
        }
    }
    return true;
}

bool plain_host(const struct talk *t, const struct addr *a)
{
    return t->v6 ? a->b[0] == 0x20 && a->b[1] == 1 && a->b[2] == 0x0d : a->b[12] == 10 || (a->b[12] == 198 && (a->b[13] & 0xfe) == 18);
}

static uint32_t low_word(const struct addr *a)
{
    return (uint32_t)a->b[12] << 24 | (uint32_t)a->b[13] << 16 | (uint32_t)a->b[14] << 8 | a->b[15];
}

static bool addr_pick(const struct plan *p, bool source, uint32_t n, bool home_first, struct addr *out)
{
    const struct addr_set *set = source ? p->rule->src : p->rule->dst;
    struct addr plain[2] = { p->talk.v6 ? addr6_of(0, n) : addr_of((10u << 24) + n), p->talk.v6 ? addr6_of(1, n) : addr_of((198u << 24) + (18u << 16) + (n & 0x1ffff)) };

    for (unsigned i = 0; i < 2; i++) {
        *out = plain[home_first ? i : 1 - i];
        if (addr_fits(p, source, out)) {
            return true;
        }
    }
    for (size_t i = 0; p->talk.v6 && i < set->n6; i++) {
        *out = set->range6[i].low;
        if (addr_fits(p, source, out)) {
            return true;
        }
    }
    for (size_t i = 0; !p->talk.v6 && i < set->n4; i++) {
        uint32_t low = low_word(&set->range4[i].low), high = low_word(&set->range4[i].high);
        *out = addr_of(low + n % (high - low + 1 ? high - low + 1 : 1));
        if (addr_fits(p, source, out)) {
            return true;
        }
    }
    return false;
}

bool addr_beside(const struct addr_set *set, uint32_t n, struct addr *out)
{
    for (size_t i = 0; i < set->n4 && !set->any; i++) {
        const struct addr_range *r = &set->range4[(i + n) % set->n4];
        uint32_t low = low_word(&r->low), high = low_word(&r->high);
        const uint32_t beside[] = { high + 1, low - 1 };
        for (unsigned k = 0; k < ROWS(beside); k++) {
            *out = addr_of(beside[k]);
            /* neither network 0 nor what is no host's: RFC 1122 3.2.1.3 */
            if (beside[k] >> 24 != 0 && beside[k] >> 24 < 224 && !addr_set_has(set, out, FAMILY_4)) {
                return true;
            }
        }
    }
    return false;
}

bool port_pick(const struct port_set *set, uint16_t preset, const struct port_set *also, uint16_t *out)
{
    for (uint32_t i = 0; i < 65535; i++) {
        uint16_t port = (uint16_t)(i == 0 ? preset : i);
        if ((!set || port_set_has(set, port)) && (!also || port_set_has(also, port)) && port) {
            *out = port;
            return true;
        }
    }
    return false;
}

bool opened_by_destination(const struct plan *p)
{
    return p->scene.side == TO_CLIENT;
}

static bool pair_choose(const struct plan *p, uint32_t n, bool turned, struct addr *src, struct addr *dst)
{
    if (!addr_pick(p, true, n, !turned, src) || !addr_pick(p, false, n, turned, dst)) {
        return false;
    }
    return !addr_equal(src, dst) || (addr_pick(p, false, n + (1u << 23), !turned, dst) && !addr_equal(src, dst));
}

bool hosts_choose(struct generator *g, struct plan *p)
{
    const struct rule *r = p->rule;
    struct addr src, dst;
    uint16_t sport, dport;
    uint32_t n = ++g->count;
    bool turned = opened_by_destination(p);
    const struct port_set *own = NULL;

    for (unsigned i = 0; i < p->with_n; i++) {
        bool back = p->with[i]->sides == SIDE_CLIENT_BIT;
        own = back ? p->with[i]->sport : p->with[i]->dport;
    }
    if (!pair_choose(p, n, turned, &src, &dst)) {
        bool was = p->talk.v6;
        p->talk.v6 = p->talk.proto != IPPROTO_ICMP;
        if (was || !pair_choose(p, n, turned, &src, &dst)) {
            return refuse(p, "no two hosts are of its networks");
        }
    }
    if (!port_pick(r->sport, turned ? p->scene.carrier->port : (uint16_t)(CLIENT_PORT + n % 20000), turned ? own : NULL, &sport) ||
        !port_pick(r->dport, turned ? (uint16_t)(CLIENT_PORT + n % 20000) : p->scene.carrier->port, turned ? NULL : own, &dport)) {
        return refuse(p, "no port is of its ports");
    }
    p->talk.client = turned ? dst : src;
    p->talk.server = turned ? src : dst;
    p->talk.client_port = turned ? dport : sport;
    p->talk.server_port = turned ? sport : dport;
    return true;
}

bool transport_choose(struct plan *p)
{
    const struct rule *r = p->rule;
    uint8_t own = p->scene.carrier->transport;

    if ((r->ip_proto[own >> 6] >> (own & 63) & 1) != 0) {
        p->talk.proto = own;
        return true;
    }
    if ((r->ip_proto[0] & 2) != 0) {
        p->talk.proto = IPPROTO_ICMP;
        return true;
    }
    if ((r->ip_proto[0] >> IPPROTO_ICMPV6 & 1) != 0) {
        p->talk.proto = IPPROTO_ICMPV6;
        p->talk.v6 = true;
        p->talk.icmp_type = p->talk.icmp_type == 8 ? 128 : p->talk.icmp_type; /* RFC 4443 4.1: an echo request */
        return true;
    }
    for (unsigned i = 0; i < 256; i++) {
        if ((r->ip_proto[i >> 6] >> (i & 63) & 1) != 0 && i != IPPROTO_TCP && i != IPPROTO_UDP && p->scene.carrier == &carrier_udp) {
            p->talk.proto = (uint8_t)i;
            return true;
        }
    }
    return refuse(p, "its transport is not spoken here");
}
