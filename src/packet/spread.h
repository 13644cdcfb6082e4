/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * spread - which worker a packet belongs to, worked out in such a way that the kernel can do it too.
 *
 * Symmetric: both directions come to the same number, and so do all packets of a flow.  Addresses, and the ports of TCP and UDP; of a
 * fragment the addresses alone, of an error of ICMP for IPv4 the ends of what it quotes.  Live, the kernel does it for plain frames (source/fanout.c, the same arithmetic:
 * change both) and gives each worker its own; what a worker gets that is another's, it passes on (engine/handover.h).  Without state.
 */
#ifndef PACKET_SPREAD_H
#define PACKET_SPREAD_H

#include "packet/packet.h"

#define SPREAD_PORTS_FACTOR 0x9e3779b1u
#define SPREAD_MIX_FACTOR   0x85ebca6bu
#define SPREAD_SHIFT        15

/* ends: all words of both addresses xor'ed; ports: both xor'ed, 0 without. */
static inline uint32_t spread_mix(uint32_t ends, uint32_t ports)
{
    uint32_t h = (ends + ports * SPREAD_PORTS_FACTOR) * SPREAD_MIX_FACTOR;

    return (h >> SPREAD_SHIFT) ^ h;
}

uint32_t view_spread(const struct view *v);

#endif
