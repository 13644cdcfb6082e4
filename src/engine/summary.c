/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/summary.h"

#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

const struct summary_cap_row summary_caps[SUMMARY_CAP_N] = {
    [CAP_FLOWS] = { "flow.memcap", "flows_ended_early", "flows ended early" },
    [CAP_NO_FLOW] = { "flow.memcap", "packets_without_flow", "packets looked at without their flow" },
    [CAP_SESSIONS] = { "stream.memcap", "packets_without_session", "packets looked at without their session" },
    [CAP_SEGMENTS] = { "stream.reassembly.memcap", "segments_lost", "segments lost" },
    [CAP_APPS] = { "app-layer.memcap", "flows_not_parsed", "times that a flow's protocol was not looked at" },
    [CAP_TXNS] = { "app-layer.memcap", "transactions_lost", "transactions lost (or beyond the number that a flow may have)" },
    [CAP_DATAGRAMS] = { "defrag.memcap", "datagrams_lost", "datagrams given up half made" },
};

void summary_init(struct summary *s) { memset(s, 0, sizeof *s); }
void summary_fini(struct summary *s) { free(s->host); }

static struct summary_host *slot(struct summary_host *hosts, size_t room, const struct addr *a, uint8_t family)
{
    size_t i = hash_word(a->q[0] ^ hash_word(a->q[1] ^ family)) & (room - 1);

    while (hosts[i].family != 0 && !(hosts[i].family == family && addr_equal(&hosts[i].addr, a))) {
        i = (i + 1) & (room - 1);
    }
    return &hosts[i];
}

static bool grow(struct summary *s)
{
    size_t room = s->host_room != 0 ? s->host_room * 2 : 256;
    struct summary_host *hosts = calloc(room, sizeof *hosts);

    if (hosts == NULL) {
        return false;
    }
    for (size_t i = 0; i < s->host_room; i++) {
        if (s->host[i].family != 0) {
            *slot(hosts, room, &s->host[i].addr, s->host[i].family) = s->host[i];
        }
    }
    free(s->host);
    s->host = hosts;
    s->host_room = room;
    return true;
}

static void host_add(struct summary *s, const struct summary_host *h)
{
    bool room = s->host_n < SUMMARY_HOSTS_MAX && (s->host_n * 2 < s->host_room || grow(s));
    struct summary_host *to = s->host_room != 0 ? slot(s->host, s->host_room, &h->addr, h->family) : NULL;

    if (to == NULL || to->family == 0) {
        if (!room) {
            s->hosts_more++;
            return;
        }
        *to = *h;
        s->host_n++;
        return;
    }
    to->flows += h->flows;
    to->bytes += h->bytes;
    to->first = h->first < to->first ? h->first : to->first;
    to->last = h->last > to->last ? h->last : to->last;
}

void summary_flow(struct summary *s, const struct flow *f, unsigned app_id)
{
    s->flows++;
    s->by_proto[app_id < PROTO_IDS ? app_id : 0]++;
    s->first = s->first == 0 || f->first < s->first ? f->first : s->first;
    s->last = f->last > s->last ? f->last : s->last;
    for (unsigned side = 0; side < 2 && !s->hosts_unasked; side++) {
        if (f->packets[side] == 0 && side == TO_CLIENT) {
            continue; /* nobody was seen there: a probed address is not a host */
        }
        struct summary_host h = { f->key.addr[side], 1, f->bytes[side], f->first, f->last, f->key.family };
        host_add(s, &h);
    }
}

void summary_join(struct summary *into, const struct summary *from)
{
    for (unsigned i = 0; i < SUMMARY_CAP_N; i++) {
        into->cap[i] += from->cap[i];
    }
    into->flows += from->flows;
    into->hosts_more += from->hosts_more;
    for (unsigned i = 0; i < PROTO_IDS; i++) {
        into->by_proto[i] += from->by_proto[i];
    }
    if (from->flows != 0) {
        into->first = into->first == 0 || from->first < into->first ? from->first : into->first;
        into->last = from->last > into->last ? from->last : into->last;
    }
    for (size_t i = 0; i < from->host_room; i++) {
        if (from->host[i].family != 0) {
            host_add(into, &from->host[i]);
        }
    }
}

static int more_bytes(const void *a, const void *b)
{
    const struct summary_host *x = a, *y = b;

    return x->bytes != y->bytes ? (x->bytes < y->bytes ? 1 : -1) : memcmp(&x->addr, &y->addr, sizeof x->addr);
}

struct summary_host *summary_hosts(const struct summary *s, size_t *n)
{
    struct summary_host *out = calloc(s->host_n + 1, sizeof *out);

    *n = 0;
    for (size_t i = 0; out != NULL && i < s->host_room; i++) {
        if (s->host[i].family != 0) {
            out[(*n)++] = s->host[i];
        }
    }
    if (out != NULL) {
        qsort(out, *n, sizeof *out, more_bytes);
    }
    return out;
}
