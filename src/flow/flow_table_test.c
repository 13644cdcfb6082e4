/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>

#include "flow/test_views.h"
#include "tap.h"

/* What ended, as the sink saw it. */
struct end {
    struct flow flow;
};
struct ends {
    struct end list[64];
    unsigned n;
};

static void on_end(void *ctx, struct flow *f)
{
    struct ends *e = ctx;

    if (e->n < ROWS(e->list)) {
        e->list[e->n].flow = *f;
    }
    e->n++;
}

static struct flow_table *make_table(const struct flow_settings *s, struct ends *e)
{
    memset(e, 0, sizeof(*e));
    return flow_table_new(s, (struct flow_sink){ e, on_end });
}

static struct flow *at(struct flow_table *t, struct view *v, double seconds, enum side *side)
{
    v->packet->ts = T0 + (uint64_t)(seconds * 1e9);
    v->packet->number++;
    v->hash = 0;
    flow_sweep(t, v->packet->ts);
    return flow_resolve(t, v, side);
}

/* Two views: which flows do they make? */
struct pairing {
    uint8_t proto;
    uint16_t first[2], second[2]; /* ports, or ICMP type and code */
    bool back;                    /* the second runs from the first's destination to its source */
    unsigned flows;
    int side;                     /* of the second packet */
    const char *why;
};
static const struct pairing pairings[] = {
    { IPPROTO_TCP, { 1000, 80 }, { 1000, 80 }, false, 1, TO_SERVER, "TCP: same direction" },
    { IPPROTO_TCP, { 1000, 80 }, { 80, 1000 }, true, 1, TO_CLIENT, "TCP: the answer" },
    { IPPROTO_TCP, { 1000, 80 }, { 1000, 80 }, true, 2, TO_SERVER, "TCP: ports turned round are another flow" },
    { IPPROTO_TCP, { 80, 80 }, { 80, 80 }, true, 1, TO_CLIENT, "TCP: equal ports, addresses tell the direction" },
    { IPPROTO_UDP, { 53, 1000 }, { 1000, 53 }, true, 1, TO_CLIENT, "UDP: the first packet is the client's, whatever the ports" },
    { IPPROTO_UDP, { 1000, 53 }, { 1001, 53 }, false, 2, TO_SERVER, "UDP: another port" },
    { IPPROTO_SCTP, { 1000, 53 }, { 53, 1000 }, true, 1, TO_CLIENT, "SCTP has ports" },
    { IPPROTO_ICMP, { 8, 0 }, { 0, 0 }, true, 1, TO_CLIENT, "echo and its reply" },
    { IPPROTO_ICMP, { 0, 0 }, { 8, 0 }, true, 1, TO_CLIENT, "a reply seen first" },
    { IPPROTO_ICMP, { 8, 0 }, { 8, 0 }, true, 2, TO_SERVER, "both ping each other" },
    { IPPROTO_ICMP, { 8, 0 }, { 8, 9 }, false, 1, TO_SERVER, "ICMPv4: the code is no part of the key" },
    { IPPROTO_ICMP, { 13, 0 }, { 14, 0 }, true, 1, TO_CLIENT, "timestamp and its reply" },
    { IPPROTO_ICMP, { 10, 0 }, { 9, 0 }, true, 1, TO_CLIENT, "router solicitation and advertisement" },
    { IPPROTO_ICMP, { 30, 0 }, { 30, 0 }, true, 2, TO_SERVER, "a type without counterpart is one-sided" },
    { IPPROTO_ICMPV6, { 135, 0 }, { 136, 0 }, true, 1, TO_CLIENT, "neighbour solicitation and advertisement" },
    { IPPROTO_ICMPV6, { 1, 0 }, { 1, 4 }, false, 2, TO_SERVER, "ICMPv6: the code is part of the key" },
    { IPPROTO_ICMPV6, { 3, 0 }, { 3, 0 }, false, 1, TO_SERVER, "an ICMPv6 error has a flow of its own" },
    { IPPROTO_IPV6, { 0, 0 }, { 0, 0 }, true, 1, TO_SERVER, "IP in IP: one flow, all packets counted to the server" },
};

static void set_numbers(struct view *v, const uint16_t n[2])
{
    if (view_has(v, LAYER_ICMP4 | LAYER_ICMP6)) {
        v->icmp.type = (uint8_t)n[0];
        v->icmp.code = (uint8_t)n[1];
    } else {
        test_ports(v, n[0], n[1]);
    }
}

static void test_pairings(void)
{
    for (size_t i = 0; i < ROWS(pairings); i++) {
        const struct pairing *row = &pairings[i];
        struct flow_settings s = test_settings();
        struct ends e;
        struct flow_table *t = make_table(&s, &e);
        struct view v;
        struct packet p;
        enum side side = TO_CLIENT;

        test_view(&v, &p, row->proto, 0x0a000001, 0x0a000002);
        set_numbers(&v, row->first);
        struct flow *one = at(t, &v, 0, &side);
        ok(one && side == TO_SERVER, "the first packet makes a flow and is its client's");
        if (row->back) {
            struct addr a = v.src;
            v.src = v.dst;
            v.dst = a;
        }
        set_numbers(&v, row->second);
        struct flow *two = at(t, &v, 1, &side);
        is_int(flow_live(t), row->flows, row->why);
        is_int(side, row->side, row->why);
        ok((one == two) == (row->flows == 1), row->why);
        flow_end_all(t);
        is_int(e.n, row->flows, "each flow's end is told once");
        flow_table_free(t);
    }
}

/* What gets no flow. */
static void test_no_flow(void)
{
    struct flow_settings s = test_settings();
    struct ends e;
    struct flow_table *t = make_table(&s, &e);
    struct view v;
    struct packet p;
    enum side side;
    static const struct {
        uint8_t proto;
        uint16_t flags;
        uint8_t icmp_type;
        const char *why;
    } rows[] = {
        { IPPROTO_TCP, VIEW_FRAGMENT, 0, "a fragment" },
        { IPPROTO_ICMP, VIEW_ICMP_ERROR | VIEW_INVALID, 3, "an ICMPv4 error with a broken quote" },
        { IPPROTO_UDP, VIEW_NO_FLOW, 0, "what the decoder says has none" },
        { IPPROTO_GRE, 0, 0, "GRE: only what is inside has" },
        { IPPROTO_IGMP, 0, 0, "IGMP" },
        { IPPROTO_ICMP, VIEW_ICMP_ERROR, 3, "an ICMPv4 error about no known flow" },
        { IPPROTO_ICMP, VIEW_ICMP_ERROR, 11, "an ICMPv4 error" },
    };
    for (size_t i = 0; i < ROWS(rows); i++) {
        test_view(&v, &p, rows[i].proto, 1, 2);
        v.flags = rows[i].flags;
        v.icmp.type = view_has(&v, LAYER_ICMP4) ? rows[i].icmp_type : 0;
        ok(!at(t, &v, 0, &side), rows[i].why);
    }
    is_int(flow_live(t), 0, "nothing was made");
    test_view(&v, &p, IPPROTO_TCP, 1, 2);
    v.flags = VIEW_INVALID;
    ok(at(t, &v, 0, &side), "a packet with a broken TCP option has one: the decoder would have said so");
    flow_table_free(t);
}

/* The parts of the key that settings switch. */
static void test_key_parts(void)
{
    for (unsigned on = 0; on < 2; on++) {
        for (unsigned part = 0; part < 5; part++) {
            struct flow_settings s = test_settings();
            struct ends e;
            struct view v;
            struct packet p;
            enum side side;
            s.vlan_in_key = s.level_in_key = s.tenant_in_key = s.device_in_key = on;
            s.live = true;
            struct flow_table *t = make_table(&s, &e);
            test_view(&v, &p, IPPROTO_UDP, 1, 2);
            test_ports(&v, 1000, 53);
            ok(at(t, &v, 0, &side), "first");
            v.vlan_n = part == 0;
            v.vlan[0] = part == 0 ? 42 : 0;
            v.level = part == 1;
            v.tenant = part == 2;
            p.input = part == 3;
            if (part == 4) { /* ::ffff:0.0.0.1 on IPv6 is not 0.0.0.1 */
                v.family = FAMILY_6;
            }
            struct flow *f = at(t, &v, 0, &side);
            ok(f, "second");
            ok(part != 0 || !on || f->key.vlan[0] == 42, "the VLAN is kept for the records");
            is_int(flow_live(t), part == 4 || on ? 2 : 1, part == 4 ? "the family is always compared" : "by setting");
            flow_table_free(t);
        }
    }
}

/* ESP: two SPIs, and each direction is a flow of its own. */
static void test_esp(void)
{
    static const uint8_t spi[2][8] = { { 0, 0, 1, 2 }, { 0, 0, 1, 3 } };
    struct flow_settings s = test_settings();
    struct ends e;
    struct flow_table *t = make_table(&s, &e);
    struct view v;
    struct packet p;
    enum side side;

    test_view(&v, &p, IPPROTO_ESP, 1, 2);
    v.l4 = bytes_of(spi[0], 8);
    struct flow *one = at(t, &v, 0, &side);
    ok(one && one->key.port[0] == 0 && one->key.port[1] == 0x0102, "the SPI stands in the ports");
    ok(at(t, &v, 1, &side) == one, "the same SPI");
    v.l4 = bytes_of(spi[1], 8);
    ok(at(t, &v, 1, &side) != one, "another SPI");
    v.l4 = bytes_of(spi[0], 8);
    v.src = test_addr4(2);
    v.dst = test_addr4(1);
    ok(at(t, &v, 1, &side) != one && side == TO_SERVER, "the other direction is another association (RFC 4301 4.1)");
    is_int(flow_live(t), 3, "three flows");
    flow_table_free(t);
}

/* "Port unreachable" counts in the flow that it is about. */
static void test_quoted(void)
{
    struct flow_settings s = test_settings();
    struct ends e;
    struct flow_table *t = make_table(&s, &e);
    struct view v, icmp;
    struct packet p, q;
    enum side side;

    test_view(&v, &p, IPPROTO_UDP, 1, 2);
    test_ports(&v, 1000, 53);
    struct flow *f = at(t, &v, 0, &side);
    test_view(&icmp, &q, IPPROTO_ICMP, 2, 1);
    icmp.flags = VIEW_ICMP_ERROR;
    icmp.icmp.type = 3;
    icmp.quoted_family = FAMILY_4;
    icmp.quoted_src = v.src;
    icmp.quoted_dst = v.dst;
    icmp.quoted_sport = 1000;
    icmp.quoted_dport = 53;
    icmp.quoted_proto = IPPROTO_UDP;
    is_int(flow_hash(&s, &icmp), flow_hash(&s, &v), "an error has the hash of the flow it is about: one owner");
    ok(at(t, &icmp, 1, &side) == f && side == TO_CLIENT, "it comes from the server");
    is_int(f->packets[TO_CLIENT], 1, "and is counted");
    is_int(f->state, FLOW_NEW, "but is no answer");
    icmp.icmp.type = 11;
    ok(!at(t, &icmp, 1, &side), "time exceeded belongs to no flow");
    flow_table_free(t);
}

struct life {
    uint8_t proto;
    bool answered;
    int state;          /* set on the flow, -1: left */
    double pause;
    bool gone;
    const char *why;
};
static const struct life lives[] = {
    { IPPROTO_UDP, false, -1, 29.999, false, "UDP new: 30 s" },
    { IPPROTO_UDP, false, -1, 30, true, "UDP new: at 30 s it is gone" },
    { IPPROTO_UDP, true, -1, 299.999, false, "UDP answered: 300 s" },
    { IPPROTO_UDP, true, -1, 300, true, "UDP answered: gone" },
    { IPPROTO_ICMP, false, -1, 30, true, "ICMP new" },
    { IPPROTO_TCP, true, -1, 59.999, false, "TCP is new until the session says otherwise" },
    { IPPROTO_TCP, true, -1, 60, true, "TCP new: 60 s" },
    { IPPROTO_TCP, true, FLOW_ESTABLISHED, 599.999, false, "TCP established: 600 s" },
    { IPPROTO_TCP, true, FLOW_ESTABLISHED, 600, true, "TCP established: gone" },
    { IPPROTO_TCP, true, FLOW_CLOSED, 59.999, false, "TCP closed: 60 s" },
    { IPPROTO_TCP, true, FLOW_CLOSED, 60, true, "TCP closed: gone" },
    { IPPROTO_TCP, true, FLOW_BYPASSED, 100, true, "bypassed: 100 s" },
    { IPPROTO_UDP, true, FLOW_CLOSED, 0, true, "closed, other protocols: at once" },
    { IPPROTO_ICMPV6, false, -1, 30, true, "other protocols new" },
    { IPPROTO_UDP, false, -1, 100000, true, "a pause longer than the wheel" },
};

static void test_lives(void)
{
    for (size_t i = 0; i < ROWS(lives); i++) {
        const struct life *row = &lives[i];
        struct flow_settings s = test_settings();
        struct ends e;
        struct flow_table *t = make_table(&s, &e);
        struct view v;
        struct packet p;
        enum side side;

        test_view(&v, &p, row->proto, 1, 2);
        struct flow *f = at(t, &v, 0, &side);
        f->packets[TO_SERVER] = 1;
        if (row->answered) {
            v.src = test_addr4(2);
            v.dst = test_addr4(1);
            ok(at(t, &v, 1, &side) == f && side == TO_CLIENT, "answered");
        }
        if (row->state >= 0) {
            flow_set_state(t, f, (enum flow_state)row->state);
        }
        uint64_t last = f->last, due = last + (uint64_t)(row->pause * 1e9);
        for (unsigned k = 0; k < 2 * 128; k++) { /* a time that no packet of late was before */
            flow_sweep(t, due);
        }
        is_int(e.n, row->gone, row->why);
        if (row->gone) {
            is_str(flow_reason_name(&e.list[0].flow), "timeout", "the reason is told");
            ok(e.list[0].flow.ended <= due && e.list[0].flow.last == last, "stamped with the deadline, not with the sweep");
        }
        flow_end_all(t);
        is_int(e.n, 1, "told once");
        flow_table_free(t);
    }
}

/* Time stamps that go back, and captures inside one another. */
static void test_time(void)
{
    struct flow_settings s = test_settings();
    struct ends e;
    struct flow_table *t = make_table(&s, &e);
    struct view v;
    struct packet p;
    enum side side;
    double year = 365 * 86400.0;

    test_view(&v, &p, IPPROTO_UDP, 1, 2);
    struct flow *f = at(t, &v, 100, &side);
    ok(at(t, &v, 95, &side) == f, "a packet out of order");
    is_int(f->last, T0 + 100 * CLOCK_SECOND, "does not turn the flow's time back");
    ok(at(t, &v, 129, &side) == f, "and the flow lives on");
    v.dst = test_addr4(3);
    struct flow *late = NULL;
    for (unsigned i = 0; i < 1000; i++) { /* two captures into one another, a packet each */
        v.dst = test_addr4(2);
        ok(at(t, &v, 130 + i * 0.01, &side) == f, "each capture's flow");
        v.dst = test_addr4(3);
        struct flow *g = at(t, &v, year + i * 0.01, &side);
        ok(i == 0 || g == late, "lives in its own time");
        late = g;
    }
    is_int(e.n, 0, "nothing ended");
    for (unsigned i = 0; i < 1000; i++) { /* the later one goes on alone */
        at(t, &v, year + 20 + i * 0.01, &side);
    }
    is_int(e.n, 1, "the earlier one's flow ends");
    is_int(e.list[0].flow.ended, T0 + 100 * CLOCK_SECOND + (uint64_t)((39.99 + 30) * CLOCK_SECOND), "at its deadline");
    v.dst = test_addr4(4);
    for (unsigned i = 0; i < 1000; i++) { /* a third begins earlier than both */
        at(t, &v, -year + i, &side);
    }
    is_int(flow_live(t), 2, "what began later lives on when time goes back");
    v.dst = test_addr4(5);
    for (unsigned i = 0; i < 1000; i++) {
        at(t, &v, -year + 2000 + i, &side);
    }
    is_int(e.n, 2, "and sweeps go by the new time");
    flow_table_free(t);
}

static void test_reuse_and_swap(void)
{
    struct flow_settings s = test_settings();
    struct ends e;
    struct flow_table *t = make_table(&s, &e);
    struct view v;
    struct packet p;
    enum side side;

    test_view(&v, &p, IPPROTO_TCP, 1, 2);
    test_ports(&v, 1000, 80);
    struct flow *f = at(t, &v, 0, &side);
    uint64_t id = f->id;
    ok(at(t, &v, 5, &side) == f, "a SYN on the same ports");
    f = flow_reuse(t, f, &v, &side);
    ok(f && f->id != id, "begins another flow");
    is_int(f->packets[TO_SERVER], 1, "the packet counts there");
    is_int(e.n, 1, "the old one ended");
    is_int(e.list[0].flow.packets[TO_SERVER], 1, "without the packet");
    is_int(e.list[0].flow.bytes[TO_SERVER], 100, "and its bytes");
    is_int(e.list[0].flow.last, T0, "and its time");
    is_str(flow_reason_name(&e.list[0].flow), "tcp_reuse", "the reason");

    v.ttl = 50;
    flow_swap(t, f);
    ok(f->flags & FLOW_SEEN_CLIENT && !(f->flags & FLOW_SEEN_SERVER) && f->flags & FLOW_SWAPPED, "turned round");
    is_int(f->packets[TO_CLIENT], 1, "the count went with it");
    is_int(f->key.port[0], 80, "and the ports");
    ok(at(t, &v, 6, &side) == f && side == TO_CLIENT, "and is found in the other direction");
    is_int(f->min_ttl[TO_CLIENT], 50, "the ttl is the direction's");
    flow_end_all(t);
    flow_table_free(t);
}

/* With a cap, memory stays under it and the flow that would expire first goes. */
static void test_cap(void)
{
    struct flow_settings s = test_settings();
    struct ends e;
    s.memcap = 1 << 20;
    struct flow_table *t = make_table(&s, &e);
    struct view v;
    struct packet p;
    enum side side;

    test_view(&v, &p, IPPROTO_TCP, 1, 2);
    test_ports(&v, 1000, 80);
    struct flow *kept = at(t, &v, 0, &side);
    flow_set_state(t, kept, FLOW_ESTABLISHED);
    for (unsigned i = 0; i < 20000; i++) {
        v.src = test_addr4(100 + i);
        if (!at(t, &v, 1 + i / 10000.0, &side)) {
            ok(false, "room is made");
        }
    }
    uint64_t *counter = flow_table_counters(t);
    ok(counter[FLOW_MEMUSE] <= s.memcap, "memory stays under the cap");
    ok(counter[FLOW_GET_USED] > 10000 && counter[FLOW_GET_USED] + counter[FLOW_ACTIVE] == 20001, "what was given up is counted");
    is_int(counter[FLOW_MEMCAP], 0, "no packet was left without a flow");
    is_str(flow_reason_name(&e.list[0].flow), "forced", "the reason");
    v.src = test_addr4(1);
    ok(at(t, &v, 4, &side) == kept, "an established flow outlives the flood");
    flow_table_free(t);
}

/* Room for sessions lies behind TCP flows, behind so many at most; what they give back serves the next. */
static void test_rooms(void)
{
    enum { ROOM = 248, MAX = 5, FLOWS = 12 };
    struct flow_settings s = test_settings();
    struct ends e;
    struct flow_table *t = make_table(&s, &e);
    struct view v;
    struct packet p;
    enum side side;

    flow_table_rooms(t, ROOM, MAX);
    test_view(&v, &p, IPPROTO_UDP, 1, 2);
    test_ports(&v, 1000, 80);
    struct flow *f = at(t, &v, 0, &side);
    ok(f && flow_room(f) == NULL, "none behind a UDP flow");
    for (unsigned round = 0; round < 2; round++) {
        unsigned rooms = 0, flows = 0;
        test_view(&v, &p, IPPROTO_TCP, 1, 2);
        test_ports(&v, 1000, 80);
        for (unsigned i = 0; i < FLOWS; i++) {
            v.src = test_addr4(100 + i);
            f = at(t, &v, round * 4000.0, &side);
            flows += f != NULL && f->tcp == NULL && f->packets[0] == 1;
            if (f && flow_room(f)) {
                memset(flow_room(f), 0xee, ROOM);
                rooms++;
            }
        }
        is_int(flows, FLOWS, "every packet has its flow");
        is_int(rooms, MAX, round == 0 ? "as many rooms as there may be" : "and as many again when those flows have ended");
    }
    flow_end_all(t);
    is_int(flow_live(t), 0, "all end");
    flow_table_free(t);
}

static void test_end_all(void)
{
    struct flow_settings s = test_settings();
    struct ends e;
    struct flow_table *t = make_table(&s, &e);
    struct view v;
    struct packet p;
    enum side side;

    test_view(&v, &p, IPPROTO_UDP, 1, 2);
    for (unsigned i = 0; i < 40; i++) {
        v.src = test_addr4((i * 2654435761u) % 100000 + 10);
        at(t, &v, i * 0.1, &side);
    }
    flow_end_all(t);
    bool sorted = e.n == 40;
    for (unsigned i = 1; i < 40; i++) {
        sorted = sorted && e.list[i - 1].flow.first_packet < e.list[i].flow.first_packet;
    }
    ok(sorted, "at the end of input flows end in the order they began");
    is_str(flow_reason_name(&e.list[0].flow), "shutdown", "the reason");
    is_int(e.list[0].flow.ended, T0 + (uint64_t)(3.9 * 1e9), "stamped with the last packet's time");
    flow_table_free(t);
}

static void test_expectations(void)
{
    struct flow_settings s = test_settings();
    struct ends e;
    struct flow_table *t = make_table(&s, &e);
    struct view v;
    struct packet p;
    enum side side;
    struct flow_expectation x = { .addr = { test_addr4(1), test_addr4(2) }, .family = FAMILY_4, .port = { 0, 2020 },
                                  .proto = IPPROTO_TCP, .app_proto = 9, .parent = 77, .seconds = 30 };

    test_view(&v, &p, IPPROTO_TCP, 1, 2);
    test_ports(&v, 1000, 2021);
    struct flow *other = at(t, &v, 0, &side);
    ok(flow_expect(t, &x), "announced");
    ok(!flow_expected(t, other, NULL), "another port is not meant");
    v.tenant = 7;
    test_ports(&v, 1000, 2020);
    ok(!flow_expected(t, at(t, &v, 0, &side), NULL), "another tenant is not meant");
    v.tenant = 0;
    test_ports(&v, 1000, 2020);
    struct flow *f = at(t, &v, 1, &side);
    ok(flow_expected(t, f, NULL) && f->flags & FLOW_EXPECTED, "the announced flow");
    is_int(f->expected_proto, 9, "its protocol");
    is_int(f->parent, 77, "its parent");
    ok(flow_expected(t, f, NULL), "asked again it is still the one");
    test_ports(&v, 1001, 2020);
    ok(!flow_expected(t, at(t, &v, 1, &side), NULL), "an announcement is used up");
    ok(flow_expect(t, &x), "announced again");
    test_ports(&v, 1002, 2020);
    f = at(t, &v, 31, &side);
    ok(!flow_expected(t, f, NULL), "it expires");
    unsigned kept = 0;
    for (unsigned i = 0; i < 20; i++) {
        kept += flow_expect(t, &x);
    }
    is_int(kept, 10, "a flow announces ten at most");
    is_int(flow_table_counters(t)[FLOW_EXPECTATIONS_FULL], 10, "the others are counted");
    enum { MOST = 4096 };
    for (unsigned i = 0; i < MOST; i++) { /* 4,086 fit beside the ten */
        x.parent = 1000 + i / 10;
        x.port[1] = (uint16_t)(10000 + i);
        kept += flow_expect(t, &x);
    }
    is_int(kept, 10 + MOST, "where too many wait new ones are kept");
    is_int(flow_table_counters(t)[FLOW_EXPECTATIONS_FULL], 20, "and the oldest are counted");
    test_ports(&v, 1003, 2020);
    ok(!flow_expected(t, at(t, &v, 31, &side), NULL), "they are gone");
    test_ports(&v, 1004, 10000);
    ok(flow_expected(t, at(t, &v, 31, &side), NULL), "the next one is there");
    test_ports(&v, 1005, 10000 + MOST - 1);
    ok(flow_expected(t, at(t, &v, 31, &side), NULL), "and the newest");
    flow_end_all(t);
    flow_table_free(t);
}

/* Two workers' tables with one list: who announces and who is meant need not be the same worker's. */
static void test_expectations_shared(void)
{
    struct flow_settings s = test_settings();
    struct ends e[2];
    struct flow_table *t[2] = { make_table(&s, &e[0]), make_table(&s, &e[1]) };
    struct flow_expectations *all = flow_expectations_new(NULL);
    struct view v;
    struct packet p;
    enum side side;
    struct flow_expectation x = { .addr = { test_addr4(1), test_addr4(2) }, .family = FAMILY_4, .port = { 0, 2020 },
                                  .proto = IPPROTO_TCP, .app_proto = 9, .parent = 77, .seconds = 30 };

    flow_table_share(t[0], all, 0);
    flow_table_share(t[1], all, 1);
    test_view(&v, &p, IPPROTO_TCP, 1, 2);
    test_ports(&v, 1000, 2020);
    flow_sweep(t[0], T0);
    ok(flow_expect(t[0], &x), "one worker's flow announces");
    ok(flow_expected(t[1], at(t[1], &v, 0, &side), NULL), "the other worker has the flow that is meant");
    for (unsigned i = 0; i < 2; i++) {
        flow_end_all(t[i]);
        flow_table_free(t[i]);
    }
    flow_expectations_free(all);
}

int main(void)
{
    test_pairings();
    test_no_flow();
    test_key_parts();
    test_esp();
    test_quoted();
    test_lives();
    test_time();
    test_reuse_and_swap();
    test_cap();
    test_rooms();
    test_end_all();
    test_expectations();
    test_expectations_shared();
    return done_testing();
}
