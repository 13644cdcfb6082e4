/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tap - what a worker's packets tell of hosts.
 *
 * The cost of a packet of a known flow is one comparison a direction: where the sender stands is told with the flow's first packet,
 * when it changes, and once a stretch of time.
 */
#include "aware/publish.h"
#include "aware/taps.h"

#include <endian.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

/* Of a frame's views the innermost come first; a datagram before the fragment that completed it. */
static uint16_t order_of(const struct view *v) { return (uint16_t)(512 - 2 * v->level + ((v->flags & VIEW_FRAGMENT) != 0)); }

void tap_sender(struct seen *s, const struct view *v)
{
    s->ts = v->packet->ts;
    s->order = order_of(v);
    s->scope = v->tenant;
    s->network = v->network;
    s->vlan = v->vlan_n != 0 ? v->vlan[(v->vlan_n < VIEW_VLANS_MAX ? v->vlan_n : VIEW_VLANS_MAX) - 1] : 0;
    s->ttl = v->ttl != 0 || v->family == FAMILY_NONE ? v->ttl : 1; /* 0 is that it sent none; RFC 1122 3.2.1.7 forbids it, but it was sent */
    s->proto = v->proto;
    if (v->family != FAMILY_NONE) {
        s->addr = v->src;
        s->family = (uint8_t)v->family;
    }
    if (v->ether.n >= 12 && mac_own(v->ether.p + 6)) {
        seen_from(s, v->ether.p + 6);
    }
    if (v->network != 0 && v->outer != NULL && v->outer->family != FAMILY_NONE) {
        seen_tail(s);
        s->vtep = v->outer->src;
        s->vtep_family = (uint8_t)v->outer->family;
    }
}

static bool is_unicast(const struct addr *a, enum family family)
{
    if (family == FAMILY_4) {
        return a->b[12] != 0 && a->b[12] < 224; /* RFC 1122 3.2.1.3 */
    }
    return family == FAMILY_6 && a->b[0] != 0xff && (a->q[0] != 0 || a->w[2] != 0 || a->b[12] != 0 || a->b[13] != 0 || a->b[14] != 0 || a->b[15] > 1);
}

/* Never leaves the link: multicast of the link, the broadcast address, link-local unicast. */
static bool is_link_bound(const struct view *v)
{
    const uint8_t *s = v->src.b, *d = v->dst.b;

    if (v->family == FAMILY_4) {
        return (s[12] == 169 && s[13] == 254) || (d[12] == 224 && d[13] == 0 && d[14] == 0) || (d[12] & d[13] & d[14] & d[15]) == 255;
    }
    return (s[0] == 0xfe && (s[1] & 0xc0) == 0x80) || (d[0] == 0xff && (d[1] & 15) == 2); /* RFC 4291 2.5.6, 2.7 */
}

/* The TTLs that systems begin with: what is one of them has met no router. */
static unsigned nearness(const struct view *v)
{
    if (is_link_bound(v)) {
        return SEEN_LINK | SEEN_NEAR;
    }
    return v->ttl == 64 || v->ttl == 128 || v->ttl == 255 || v->ttl == 32 ? SEEN_NEAR : SEEN_FAR;
}

static bool both_spoke(const struct flow *f)
{
    return (f->flags & (FLOW_SEEN_SERVER | FLOW_SEEN_CLIENT)) == (FLOW_SEEN_SERVER | FLOW_SEEN_CLIENT);
}

/* There are several places, or may be. */
static inline bool placed(const struct view *v) { return (v->vlan_n | v->network) != 0; }

/* With it is told where the sender stands.  present: and that it is there, even if its shape is no news. */
static void tell_shape(struct aware_tap *t, const struct view *v, bool answered, bool present)
{
    bool answer = (v->tcp.flags & 0x10) != 0;
    struct seen *s = tap_begin(t, SEEN_SIGN);
    s->sign = answer ? SIGN_TCP_SYNACK : SIGN_TCP_SYN;
    s->port = answer ? v->sport : 0;
    s->flags = (uint8_t)(nearness(v) | SEEN_FLOW | (answered ? SEEN_ANSWERED : 0) | (present && placed(v) ? SEEN_EXACT : 0)); /* exact: what is told however often it came */
    tap_sender(s, v);
    tap_tell(t, s, shape_of(t->shapes, v, t->seed, &s->hash), TELL_NEWS | (present ? TELL_PRESENT : 0));
}

/* What an echo request is filled with, by which programs are known; the first of a flow, as many systems put the time into it. */
static void tell_echo(struct aware_tap *t, const struct view *v)
{
    UNSET struct seen s;
    struct bytes head = bytes_head(v->payload, 16);
    char text[64];
    int n = snprintf(text, sizeof text, "%u:%zu:", v->ttl, v->payload.n);

    for (size_t i = 0; i < head.n; i++) {
        n += snprintf(text + n, sizeof text - (size_t)n, "%02x", head.p[i]);
    }
    seen_begin(&s, SEEN_SIGN);
    s.sign = SIGN_ICMP_ECHO;
    s.flags = (uint8_t)nearness(v);
    tap_sender(&s, v);
    if (is_unicast(&v->src, v->family)) {
        tap_tell(t, &s, bytes_of(text, (size_t)n), TELL_NEWS);
    }
}

/* Ports that clients of a protocol answer on: RFC 2131 4.1, RFC 8415 7.2.  Who was first seen being answered there serves nothing. */
static bool is_client_port(unsigned app, uint16_t port)
{
    static const struct { const char *proto; uint16_t port; } rows[] = { { "dhcp", 68 }, { "dhcpv6", 546 } };
    bool is = false;

    for (unsigned i = 0; i < ROWS(rows) && !is; i++) {
        is = port == rows[i].port && strcmp(proto_name(app), rows[i].proto) == 0;
    }
    return is;
}

static void tell_service(struct aware_tap *t, const struct view *v, const struct flow *f)
{
    struct seen *s = tap_begin(t, SEEN_SERVICE);
    tap_sender(s, v);
    seen_no_mac(s);
    s->ttl = 0;
    s->app = f->app->id;
    s->port = f->key.port[1];
    s->addr = f->key.addr[1];
    s->peer = f->key.addr[0];
    s->family = f->key.family;
    s->proto = f->key.proto;
    if (is_unicast(&s->addr, s->family) && !is_client_port(s->app, s->port)) {
        tap_tell(t, s, bytes_none(), TELL_NEWS);
    }
}

/* The first line of a server that speaks first: most say who they are. */
static void tell_banner(struct aware_tap *t, const struct view *v, const struct flow *f)
{
    UNSET struct seen s;
    struct rd r = rd_of(bytes_head(v->payload, 255));
    bool whole;
    struct bytes line = bytes_trim(rd_line(&r, &whole), " \t\r\n");

    for (size_t i = 0; i < line.n; i++) {
        whole &= line.p[i] >= 0x20 && line.p[i] != 0x7f;
    }
    if (line.n >= 4 && whole) {
        seen_begin(&s, SEEN_SIGN);
        tap_sender(&s, v);
        s.sign = SIGN_BANNER;
        s.port = f->key.port[1];
        s.app = f->app != NULL ? f->app->id : 0;
        tap_tell(t, &s, line, TELL_NEWS);
    }
}

/* Looked for until the server's first bytes are here, in the middle of a connection until so many are. */
static void look_banner(struct aware_tap *t, const struct view *v, struct flow *f)
{
    unsigned first = stream_first_data(f);
    bool banner = first == 2 && stream_packet_end(f, TO_CLIENT, v) == v->payload.n;

    if (banner) {
        tell_banner(t, v, f);
    }
    f->told[1] |= banner || first == 1 || f->bytes[TO_CLIENT] >= BANNER_BYTES;
}

/* The connection was there at that time: it is known from before, or is new here (another VLAN, another tunnel) but in its middle. */
static bool from_before(const struct flow *f, const struct view *v, uint64_t since)
{
    enum { FIN = 1, SYN = 2, RST = 4, ACK = 16 };

    if (f->key.proto != IPPROTO_TCP || (v->tcp.flags & SYN) != 0) {
        return false;
    }
    return f->first < since ? stream_state(f) >= TCP_ESTABLISHED : f->tcp == NULL && (v->tcp.flags & (FIN | RST | ACK)) == ACK;
}

/* Hosts that announced themselves and now go on with a connection from before. */
static void tell_continues(struct aware_tap *t, const struct view *v, const struct flow *f)
{
    const uint8_t *mac = v->ether.n >= 12 ? v->ether.p + 6 : NULL;

    for (unsigned i = 0; i < t->watch_n && mac != NULL; i++) {
        uint64_t since = t->watch[i].since;
        if (memcmp(t->watch[i].mac, mac, 6) != 0 || v->packet->ts > since + WATCH_NS || !from_before(f, v, since)) {
            continue;
        }
        UNSET struct seen s;
        seen_begin(&s, SEEN_CONTINUES);
        tap_sender(&s, v);
        tap_tell_since(t, &s, since);
    }
}

static void watch(struct aware_tap *t, const uint8_t *mac, uint64_t ts)
{
    unsigned i = 0;

    while (i < t->watch_n && memcmp(t->watch[i].mac, mac, 6) != 0) {
        i++;
    }
    if (i == t->watch_n) {
        i = t->watch_n < WATCH_MAX ? t->watch_n++ : t->watch_next++ % WATCH_MAX;
        memcpy(t->watch[i].mac, mac, 6);
        t->watch[i].since = ts;
    } else if (ts > t->watch[i].since + WATCH_NS) { /* the first of a series counts */
        t->watch[i].since = ts;
    }
    t->now.watch_until = t->watch[i].since + WATCH_NS > t->now.watch_until ? t->watch[i].since + WATCH_NS : t->now.watch_until;
    t->now.watch_bits = 0;
    for (i = 0; i < t->watch_n; i++) {
        t->now.watch_bits |= ts <= t->watch[i].since + WATCH_NS ? 1ULL << (t->watch[i].mac[5] & 63) : 0;
    }
}

/* Perhaps its sender announced itself lately. */
static inline bool watched(const struct aware_tap *t, const struct view *v)
{
    return v->packet->ts <= t->now.watch_until && v->ether.n >= 12 && (t->now.watch_bits >> (v->ether.p[11] & 63) & 1) != 0;
}

void aware_tap_announced(struct aware_tap *t, const struct view *v)
{
    bool arp = view_has(v, LAYER_ARP) && v->arp.sender_ip.n == 4 && bytes_equal(v->arp.sender_ip, v->arp.target_ip);
    bool rarp = v->control == CONTROL_RARP && v->arp.op == 3;
    bool advert = view_has(v, LAYER_ICMP6) && v->icmp.type == 136 && v->dst.b[0] == 0xff;

    if ((arp || rarp || advert) && v->ether.n >= 12 && mac_own(v->ether.p + 6)) {
        watch(t, v->ether.p + 6, v->packet->ts);
    }
}

/* Who the sender is, whether both ends have spoken and when that was; its place is folded in behind that, where there is more than one. */
static inline uint64_t station_fold(const struct view *v, const struct flow *f)
{
    uint64_t mac = 0;

    if (v->ether.n >= 12) {
        memcpy(&mac, v->ether.p + 4, 8); /* at once: six of these bytes are the source */
        mac &= htobe64(0xffffffffffff);
    }
    return tap_fold(slot_of(v->packet->ts), mac ^ v->vlan_n ^ (f->key.proto != IPPROTO_TCP && both_spoke(f) ? 256 : 0));
}

/* In one word; its lowest bit is not part of it. */
static inline uint32_t standing_of(uint64_t fold) { return (uint32_t)(fold >> 32) | 1u << 31; }

static uint32_t standing(const struct view *v, const struct flow *f)
{
    uint64_t h = station_fold(v, f);

    for (unsigned i = 0; i < v->vlan_n && i < VIEW_VLANS_MAX; i++) {
        h = tap_fold(h, v->vlan[i]);
    }
    if (v->network != 0 && v->outer != NULL) {
        h = tap_fold(tap_fold(h, v->outer->src.q[0]), v->outer->src.q[1]);
    }
    return standing_of(h);
}

/* Of a flow (NULL: none): with its first packet in each direction, when that comes from elsewhere, and when both ends have spoken. */
static void tell_present(struct aware_tap *t, const struct view *v, const struct flow *f)
{
    struct seen *s = tap_begin(t, SEEN_PRESENT);
    s->flags = (uint8_t)nearness(v);
    tap_sender(s, v);
    if (f != NULL) {
        s->flags |= SEEN_FLOW | (both_spoke(f) ? SEEN_ANSWERED : 0) | (placed(v) ? SEEN_EXACT : 0);
    }
    tap_tell(t, s, bytes_none(), (s->flags & SEEN_EXACT) != 0 ? 0 : TELL_NEWS);
}

/* Reading files, a stretch begins: the map is told what time it is, and has to be through with all before the last one.  Live: what is new. */
void aware_tap_facts(struct aware_tap *t, uint64_t number)
{
    enum { LOOK = 32 /* packets */, LOOK_NS = 5000000 /* whichever is sooner */, WAIT_MS = 2 };

    if (!t->block) {
        if (atomic_load_explicit(t->asks, memory_order_relaxed) && (t->looked++ % LOOK == 0 || t->now.ts - t->looked_at >= LOOK_NS)) {
            t->looked_at = t->now.ts;
            (void)host_board_take(t->board, t->index, UINT64_MAX, 0);
        }
        return;
    }
    if (issue_of(number) <= t->issue) {
        return;
    }
    t->issue = issue_of(number);
    tap_tell(t, tap_begin(t, SEEN_TIME), bytes_none(), 0);
    aware_tap_settle(t);
    ring_wake(t->ring); /* what is in it is wanted soon */
    while (!host_board_take(t->board, t->index, t->issue - 1, WAIT_MS)) {
        ring_wake(t->ring);
    }
}

void aware_tap_asks(struct aware_tap *t)
{
    if (t != NULL && t->asks != NULL) {
        atomic_store_explicit(t->asks, true, memory_order_relaxed);
    }
}

const struct host_fact *aware_tap_host(const struct aware_tap *t, uint32_t tenant, const struct addr *a, enum family family)
{
    return t != NULL && t->board != NULL ? host_fact(t->board, t->index, tenant, a, family) : NULL;
}

/* The flow's protocol came to be known, and both ends speak it: bit 0 of told[0] says that it was told. */
static inline bool service_due(const struct flow *f)
{
    return (f->told[0] & 1) == 0 && f->app != NULL && f->app->id != PROTO_NONE && f->app->id != PROTO_FAILED && both_spoke(f);
}

/* The server may speak first here; bit 0 of told[1]: it did not, or its banner was told, or an echo request of the flow. */
static inline bool banner_due(const struct view *v, const struct flow *f, enum side side)
{
    return side == TO_CLIENT && (f->told[1] & 1) == 0 && v->payload.n != 0 && f->tcp != NULL;
}

static inline bool is_syn(const struct view *v) { return view_has(v, LAYER_TCP) && (v->tcp.flags & 7) == 2; } /* no FIN, no RST */

/* Whatever the view has of news; apart, so that the many that have none cost little. */
static __attribute__((noinline)) void tell_view(struct aware_tap *t, const struct view *v, struct flow *f, enum side side)
{
    if (!view_has(v, LAYER_TCP | LAYER_UDP)) {
        tap_link(t, v);
    }
    if (v->family == FAMILY_NONE || (v->flags & VIEW_INVALID) != 0) {
        return;
    }
    if (f == NULL) {
        if (is_unicast(&v->src, v->family)) {
            tell_present(t, v, NULL);
        }
        tap_routing(t, v);
        return;
    }
    uint32_t now = standing(v, f) & ~1u;
    bool present = (f->told[side] & ~1u) != now;
    f->told[side] = now | (f->told[side] & 1);
    if (is_unicast(&v->src, v->family)) {
        if (is_syn(v)) {
            tell_shape(t, v, both_spoke(f), present);
        } else if (present) {
            tell_present(t, v, f);
        }
    }
    if (!view_has(v, LAYER_TCP | LAYER_UDP)) {
        tap_routing(t, v);
    }
    if (view_has(v, LAYER_ICMP4) && v->icmp.type == 8 && (f->told[1] & 1) == 0) {
        f->told[1] |= 1;
        tell_echo(t, v);
    }
    if (banner_due(v, f, side)) {
        look_banner(t, v, f);
    }
    if (watched(t, v)) {
        tell_continues(t, v, f);
    }
    if (service_due(f)) {
        f->told[0] |= 1;
        tell_service(t, v, f);
    }
}

/* A packet of a known flow that has no news: most are.  Bit 0 of both words of `told`: neither a service nor a banner is due any more. */
static inline bool quiet(const struct aware_tap *t, const struct view *v, const struct flow *f, enum side side, uint32_t now)
{
    if (view_has(v, LAYER_TCP) ? (v->tcp.flags & 7) == 2 : !view_has(v, LAYER_UDP)) {
        return false;
    }
    if ((f->told[side] ^ now) > 1 || watched(t, v)) {
        return false;
    }
    return (f->told[0] & f->told[1] & 1) != 0 || !(banner_due(v, f, side) || service_due(f));
}

/* Apart: what folding its place takes, others do without. */
static __attribute__((noinline)) void look_placed(struct aware_tap *t, const struct view *v, struct flow *f, enum side side)
{
    if (!quiet(t, v, f, side, standing(v, f))) {
        tell_view(t, v, f, side);
    }
}

void aware_tap_view(struct aware_tap *t, const struct view *v, struct flow *f, enum side side)
{
    if (t == NULL) {
        return;
    }
    if (f != NULL && placed(v)) {
        look_placed(t, v, f, side);
    } else if (f == NULL || !quiet(t, v, f, side, standing_of(station_fold(v, f)))) {
        tell_view(t, v, f, side);
    }
}

void aware_tap_flow_end(struct aware_tap *t, const struct flow *f)
{
    if (t == NULL) {
        return;
    }
    struct seen *s = tap_begin(t, SEEN_END);

    seen_tail(s);
    s->ts = f->last;
    s->due = f->ended;
    s->flow[0] = f->first_packet;
    s->flow[1] = f->id;
    s->addr = f->key.addr[0];
    s->peer = f->key.addr[1];
    s->family = f->key.family;
    s->scope = f->key.tenant;
    s->port = f->key.port[1];
    s->proto = f->key.proto;
    s->bytes[0] = f->bytes[0];
    s->bytes[1] = f->bytes[1];
    s->flags = f->packets[1] != 0 && (f->key.proto != IPPROTO_TCP || f->packets[0] > 1) ? SEEN_ANSWERED : 0;
    s->app = f->app != NULL && f->app->id != PROTO_FAILED && !is_client_port(f->app->id, s->port) ? f->app->id : 0;
    bool roles = f->app != NULL && (s->flags & SEEN_ANSWERED) != 0;
    tap_tell(t, s, bytes_none(), 0);
    if (roles) {
        tap_roles(t, f);
    }
    aware_tap_through(t);
}
