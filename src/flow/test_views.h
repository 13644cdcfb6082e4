/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_views - views made by hand for the tests and fuzz targets of this folder; one thread.
 */
#ifndef FLOW_TEST_VIEWS_H
#define FLOW_TEST_VIEWS_H

#include <netinet/in.h>

#include "base/clock.h"
#include "flow/flow.h"

#define T0 (1700000000ULL * CLOCK_SECOND)

/* The time-outs that flow_options preset. */
static inline struct flow_settings test_settings(void)
{
    struct flow_settings s = {
        .hash_size = 65536, .vlan_in_key = true, .level_in_key = true, .tenant_in_key = true, .device_in_key = true, .seed = 7,
        .timeout = { { 30, 300, 0 }, { 60, 600, 60 }, { 30, 300, 0 }, { 30, 300, 0 } },
        .timeout_bypassed = { 100, 100, 100, 100 },
    };
    return s;
}

static inline struct addr test_addr4(uint32_t host)
{
    uint8_t b[4] = { (uint8_t)(host >> 24), (uint8_t)(host >> 16), (uint8_t)(host >> 8), (uint8_t)host };
    return addr_from4(b);
}

static inline struct addr test_addr6(uint32_t host)
{
    uint8_t b[16] = { 0x20, 1, 0xd, 0xb8, [12] = (uint8_t)(host >> 24), (uint8_t)(host >> 16), (uint8_t)(host >> 8), (uint8_t)host };
    return addr_from6(b);
}

/* A packet of 100 bytes; ports where the protocol has some. */
static inline void test_view(struct view *v, struct packet *p, uint8_t proto, uint32_t src, uint32_t dst)
{
    static const uint8_t frame[100];

    memset(v, 0, sizeof(*v));
    memset(p, 0, sizeof(*p));
    p->frame = bytes_of(frame, sizeof(frame));
    p->ts = T0;
    p->number = 1;
    p->wire_len = sizeof(frame);
    p->first = p->outermost = v;
    v->packet = p;
    v->family = FAMILY_4;
    v->src = test_addr4(src);
    v->dst = test_addr4(dst);
    v->proto = proto;
    v->ttl = 64;
    v->bytes = p->frame;
    v->ether = bytes_none();
    v->l4 = bytes_of(frame, 20);
    v->present = LAYER_IPV4;
    v->present |= proto == IPPROTO_TCP      ? LAYER_TCP
                  : proto == IPPROTO_UDP    ? LAYER_UDP
                  : proto == IPPROTO_SCTP   ? LAYER_SCTP
                  : proto == IPPROTO_ICMP   ? LAYER_ICMP4
                  : proto == IPPROTO_ICMPV6 ? LAYER_ICMP6
                  : proto == IPPROTO_ESP    ? LAYER_ESP
                                            : 0;
}

static inline void test_ports(struct view *v, uint16_t sport, uint16_t dport)
{
    v->sport = sport;
    v->dport = dport;
}

#endif
