/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "packet/spread.h"

#include <netinet/in.h>

/* The kernel reads numbers in network order, as struct addr has its bytes. */
static uint32_t words(const struct addr *a, enum family family)
{
    struct rd r = rd_of(bytes_of(a->b, sizeof(a->b)));
    uint32_t x = 0;

    if (family == FAMILY_4) { /* kept behind ten bytes of nothing and two of ones */
        (void)rd_bytes(&r, 12);
    }
    while (rd_left(&r) > 0) {
        x ^= rd_be32(&r);
    }
    return rd_ok(&r) ? x : 0;
}

uint32_t view_spread(const struct view *v)
{
    if (v->family == FAMILY_NONE) {
        return 0;
    }
    if (view_has(v, LAYER_ICMP4) && (v->flags & VIEW_ICMP_ERROR) != 0 && v->quoted_family != FAMILY_NONE) {
        return spread_mix(words(&v->quoted_src, v->quoted_family) ^ words(&v->quoted_dst, v->quoted_family),
                          (uint32_t)(v->quoted_sport ^ v->quoted_dport));
    }
    bool ports = (v->flags & VIEW_FRAGMENT) == 0 && view_has(v, LAYER_TCP | LAYER_UDP);
    return spread_mix(words(&v->src, v->family) ^ words(&v->dst, v->family), ports ? (uint32_t)(v->sport ^ v->dport) : 0);
}
