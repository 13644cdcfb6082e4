/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/offload.h"

#include "base/clock.h"
#include "source/gate.h"

#include <netinet/in.h>

static bool gate_tell(void *ctx, const struct addr *a, enum family family, uint64_t ns)
{
    (void)family; /* an IPv4 address is one within IPv6's there */
    return gate_host(ctx, a, ns);
}

void offload_hosts(struct engine *e, struct gate *g)
{
    const struct engine_settings *s = e->settings;
    /* Inline also where it is there for flows alone: those that it passes on are not seen here again. */
    bool tells = g != NULL && s->blocks.active && (s->blocks.xdp || s->inline_devices);

    if (e->blocks != NULL) {
        blocks_tell(e->blocks, tells ? gate_tell : NULL, g, clock_now());
    }
}

/* A frame's own flow, as the kernel's programs read it: no tags, no tunnel, no fragments. */
static bool plain(const struct view *v)
{
    return v->outer == NULL && v->vlan_n == 0 && (v->flags & (VIEW_FRAGMENT | VIEW_REASSEMBLED | VIEW_TUNNELED)) == 0 &&
           (v->proto == IPPROTO_TCP || v->proto == IPPROTO_UDP);
}

void offload_try(struct worker *w, struct flow *f, const struct view *v)
{
    if (!w->settings->devices.offload || !w->settings->live || (f->flags & (FLOW_OFFLOADED | FLOW_DROPPED)) != 0 || !plain(v)) {
        return;
    }
    struct gate_flow k = { v->src, v->dst, v->sport, v->dport, v->proto, 0 };
    if (source_offload(w->source, v->packet->input, &k)) {
        f->flags |= FLOW_OFFLOADED;
        w->counter[WORKER_OFFLOADED]++;
    }
}

void offload_end(struct worker *w, struct flow *f)
{
    struct gate_counts past[2] = { { 0 } };

    if ((f->flags & FLOW_OFFLOADED) == 0) {
        return;
    }
    const struct gate_flow k = { f->key.addr[0], f->key.addr[1], f->key.port[0], f->key.port[1], f->key.proto, 0 };
    source_offload_end(w->source, &k, past);
    for (unsigned side = 0; side < 2; side++) {
        f->packets[side] += past[side].packets;
        f->bytes[side] += past[side].bytes;
        w->counter[WORKER_OFFLOADED_PACKETS] += past[side].packets;
        w->counter[WORKER_OFFLOADED_BYTES] += past[side].bytes;
    }
}
