/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The flow table under any order of calls. Each step is seven bytes: what to do, addresses, ports, protocol, pause. What must hold: a flow's
 * end is told once; every packet that got a flow is counted in exactly one; memory is given back.
 */
#include <stdlib.h>

#include "base/err.h"
#include "flow/test_views.h"

enum { STEP = 7 };

struct run {
    struct flow_table *table;
    uint64_t ended, resolved, counted;
    bool ending;
};

static void on_end(void *ctx, struct flow *f)
{
    struct run *r = ctx;

    bug_if(r->ending || f->reason == FLOW_ENDED_NOT || !(f->flags & FLOW_ENDING));
    bug_if(f->last < f->first || f->ended == 0);
    r->ending = true;
    flow_set_state(r->table, f, FLOW_CLOSED); /* what a session's flush may do */
    r->ending = false;
    r->ended++;
    r->counted += f->packets[0] + f->packets[1];
}

static void fill(struct view *v, struct packet *p, const uint8_t *s)
{
    static const uint8_t protos[] = { IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMP, IPPROTO_ICMPV6, IPPROTO_SCTP, IPPROTO_ESP, IPPROTO_IPV6 };

    test_view(v, p, protos[s[4] % ROWS(protos)], s[1] >> 4, s[1] & 15);
    if (s[4] & 0x80) {
        v->family = FAMILY_6;
    }
    if (view_has(v, LAYER_ICMP4 | LAYER_ICMP6)) {
        v->icmp.type = s[2];
        v->icmp.code = s[3];
        if (v->icmp.type == 3) {
            v->flags |= VIEW_ICMP_ERROR;
            v->quoted_family = FAMILY_4;
            v->quoted_src = v->dst;
            v->quoted_dst = v->src;
            v->quoted_proto = IPPROTO_UDP;
            v->quoted_sport = s[3];
        }
    } else {
        test_ports(v, s[2], s[3]);
    }
    v->vlan_n = s[5] >> 6;
    v->vlan[0] = s[5] & 3;
    v->ttl = s[5];
}

static void step(struct run *r, const uint8_t *s, uint64_t *now, uint64_t number)
{
    struct view v;
    struct packet p;
    enum side side = TO_SERVER;

    *now += s[6] < 250 ? (uint64_t)s[6] * s[6] * (CLOCK_SECOND / 16) : 0;
    if (s[6] == 255) {
        *now -= 1000 * CLOCK_SECOND;
    }
    fill(&v, &p, s);
    p.ts = *now;
    p.number = number;
    flow_sweep(r->table, *now);
    if (s[0] & 0x20) {
        v.hash = flow_hash(&(struct flow_settings){ .seed = 7, .vlan_in_key = true, .level_in_key = true }, &v);
    }
    struct flow *f = flow_resolve(r->table, &v, &side);
    if (!f) {
        return;
    }
    r->resolved++;
    switch (s[0] & 7) {
    case 1:
    case 2:
    case 3:
        flow_set_state(r->table, f, (enum flow_state)(s[0] & 3));
        break;
    case 4:
        flow_swap(r->table, f);
        break;
    case 5:
        if (f->key.proto == IPPROTO_TCP) {
            bug_if(!flow_reuse(r->table, f, &v, &side));
        }
        break;
    case 6:
        flow_expect(r->table, &(struct flow_expectation){ .proto = s[4], .port = { 0, s[3] }, .parent = f->id, .seconds = s[6] });
        break;
    case 7:
        flow_expected(r->table, f, NULL);
        break;
    default:
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct flow_settings s = test_settings();
    struct run r = { 0 };
    uint64_t now = T0, number = 0;

    s.hash_size = 1;
    s.memcap = size && data[0] & 0x80 ? 16384 : 0;
    s.device_in_key = false;
    r.table = flow_table_new(&s, (struct flow_sink){ &r, on_end });
    for (size_t at = 0; at + STEP <= size; at += STEP) {
        step(&r, data + at, &now, ++number);
        bug_if(flow_table_counters(r.table)[FLOW_TOTAL] != r.ended + flow_live(r.table));
    }
    flow_end_all(r.table);
    bug_if(flow_live(r.table) != 0 || r.counted != r.resolved);
    flow_table_free(r.table);
    return 0;
}
