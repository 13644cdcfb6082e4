/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tenant - whose traffic it is: overlay networks (VNI, VSID, service) and VLANs, mapped to tenants by setting.
 *
 * A network that no range names is a tenant of its own, unless a GRE key says it (NVGRE); a VLAN that none names is of no tenant.  Several numbers of one tenant make its
 * flows one, so a network whose two directions have numbers of their own is named with both.  Made at start, read-only then; any thread.
 */
#ifndef PACKET_TENANT_H
#define PACKET_TENANT_H

#include "packet/packet.h"

#define TENANT_RANGES_MAX 4096

enum { TENANT_VLAN_LAST = 4095, TENANT_NETWORK_LAST = 0xffffff, TENANT_INPUTS = 64 };

struct tenant_map { /* clear at first */
    uint32_t vlan[TENANT_VLAN_LAST + 1];
    uint32_t input[TENANT_INPUTS];   /* of packets that nothing else names a tenant for, by the device or file they came from */
    unsigned n;
    struct tenant_range { uint32_t low, high, tenant; } network[TENANT_RANGES_MAX]; /* ascending, none overlaps */
};
/* False: low > high, beyond 4095 or 24 bits, some of it named before for another tenant, or too many ranges. */
bool tenant_map_vlans(struct tenant_map *m, uint32_t low, uint32_t high, uint32_t tenant);
bool tenant_map_networks(struct tenant_map *m, uint32_t low, uint32_t high, uint32_t tenant);
/* Of a view whose outer views are decoded; m may be NULL.  0: none. */
uint32_t tenant_of(const struct tenant_map *m, const struct view *v);

#endif
