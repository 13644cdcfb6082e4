/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "packet/tenant.h"

bool tenant_map_vlans(struct tenant_map *m, uint32_t low, uint32_t high, uint32_t tenant)
{
    bool good = low <= high && high <= TENANT_VLAN_LAST;

    for (uint32_t i = low; good && i <= high; i++) {
        good = m->vlan[i] == 0 || m->vlan[i] == tenant;
    }
    for (uint32_t i = low; good && i <= high; i++) {
        m->vlan[i] = tenant;
    }
    return good;
}

/* The first range that ends at `network` or behind. */
static unsigned range_at(const struct tenant_map *m, uint32_t network)
{
    unsigned from = 0, to = m->n;

    while (from < to) {
        unsigned mid = from + (to - from) / 2;
        if (m->network[mid].high < network) {
            from = mid + 1;
        } else {
            to = mid;
        }
    }
    return from;
}

bool tenant_map_networks(struct tenant_map *m, uint32_t low, uint32_t high, uint32_t tenant)
{
    unsigned at = range_at(m, low);

    if (low > high || high > TENANT_NETWORK_LAST || m->n == TENANT_RANGES_MAX || (at < m->n && m->network[at].low <= high)) {
        return false;
    }
    for (unsigned i = m->n; i > at; i--) {
        m->network[i] = m->network[i - 1];
    }
    m->network[at] = (struct tenant_range){ low, high, tenant };
    m->n++;
    return true;
}

/* A GRE key is whoever's that fills it in: where frames are mirrored it tells their direction.  It is a network where settings name it. */
static bool network_is_sure(const struct view *v)
{
    return v->overlay_n == 0 || v->overlay_n > VIEW_OVERLAYS_MAX || v->overlay[v->overlay_n - 1] != OVERLAY_NVGRE;
}

uint32_t tenant_of(const struct tenant_map *m, const struct view *v)
{
    const struct packet *p = v->packet;

    if (v->network != 0) {
        unsigned at = m != NULL ? range_at(m, v->network) : 0;
        if (m != NULL && at < m->n && m->network[at].low <= v->network) {
            return m->network[at].tenant;
        }
        if (network_is_sure(v)) {
            return v->network;
        }
    }
    for (; m != NULL && v != NULL; v = v->outer) { /* what a VLAN carries in tunnels is its tenant's too */
        uint32_t tenant = v->vlan_n != 0 ? m->vlan[v->vlan[0] & TENANT_VLAN_LAST] : 0;
        if (tenant != 0) {
            return tenant;
        }
    }
    return m != NULL && p != NULL ? m->input[p->input < TENANT_INPUTS ? p->input : TENANT_INPUTS - 1] : 0;
}
