/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "packet/tenant.h"

#include "base/rows.h"
#include "tap.h"

static const struct {
    const char *why;
    uint32_t network;
    uint16_t vlan, outer_vlan; /* 0: untagged */
    uint32_t tenant;
} rows[] = {
    { "nothing is nobody's", 0, 0, 0, 0 },
    { "a network that is not named is a tenant of its own", 77, 0, 0, 77 },
    { "a named one", 5001, 0, 0, 7 },
    { "the other direction's number of the same tenant", 5009, 0, 0, 7 },
    { "a range: begin", 6000, 0, 0, 8 },
    { "a range: end", 6999, 0, 0, 8 },
    { "behind it", 7000, 0, 0, 7000 },
    { "before it", 5999, 0, 0, 5999 },
    { "a VLAN", 0, 100, 0, 9 },
    { "one that is not named", 0, 101, 0, 0 },
    { "one that was refused with another", 0, 99, 0, 0 },
    { "a network in a VLAN: the network tells", 5001, 0, 100, 7 },
    { "in a tunnel without network: the VLAN outside tells", 0, 0, 100, 9 },
    { "the nearest VLAN tells", 0, 200, 100, 10 },
};

static const struct {
    const char *why;
    bool vlans;
    uint32_t low, high, tenant;
    bool good;
} makes[] = {
    { "one network", false, 5001, 5001, 7, true },
    { "another of the same", false, 5009, 5009, 7, true },
    { "a range", false, 6000, 6999, 8, true },
    { "over its begin", false, 5500, 6000, 8, false },
    { "over its end", false, 6999, 7100, 8, false },
    { "inside", false, 6100, 6200, 9, false },
    { "around", false, 5002, 8000, 9, false },
    { "backwards", false, 9, 8, 9, false },
    { "beyond 24 bits", false, 1, 0x1000000, 9, false },
    { "a VLAN", true, 100, 100, 9, true },
    { "the same again", true, 100, 100, 9, true },
    { "for another", true, 99, 100, 8, false },
    { "VLANs", true, 200, 299, 10, true },
    { "beyond 12 bits", true, 4000, 4096, 10, false },
};

int main(void)
{
    static struct tenant_map map;
    struct tenant_map *m = &map;

    for (size_t i = 0; i < ROWS(makes); i++) {
        bool (*make)(struct tenant_map *, uint32_t, uint32_t, uint32_t) = makes[i].vlans ? tenant_map_vlans : tenant_map_networks;
        ok(make(m, makes[i].low, makes[i].high, makes[i].tenant) == makes[i].good, makes[i].why);
    }
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct view outer = { .vlan_n = rows[i].outer_vlan != 0, .vlan = { rows[i].outer_vlan } };
        struct view v = { .outer = &outer, .network = rows[i].network, .vlan_n = rows[i].vlan != 0, .vlan = { rows[i].vlan } };
        is_int(tenant_of(m, &v), rows[i].tenant, rows[i].why);
    }
    struct view v = { .network = 5, .vlan_n = 1, .vlan = { 100 } };
    is_int(tenant_of(NULL, &v), 5, "without a map the network is the tenant");
    v.overlay[v.overlay_n++] = OVERLAY_NVGRE;
    is_int(tenant_of(NULL, &v), 0, "a GRE key is no network of itself");
    is_int(tenant_of(m, &v), 9, "then the VLAN tells");
    v.network = 6001;
    is_int(tenant_of(m, &v), 8, "where it is named it is one");
    return done_testing();
}
