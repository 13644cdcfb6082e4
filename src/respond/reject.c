/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "respond/reject.h"

#include "packet/layers.h"

#include <netinet/in.h>
#include <string.h>

enum {
    MACS = 12, TYPE = 2, TAG = 4, IP4_LEN = 20, IP6_LEN = 40, TCP_LEN = 20, ICMP_LEN = 8, TTL = 64, QUOTED_MAX = 576 - IP4_LEN - ICMP_LEN,
    FIN = 1, SYN = 2, RST = 4, ACK = 16,
    ICMP_UNREACHABLE = 3, ICMP_FORBIDDEN = 13, ICMP6_UNREACHABLE = 1, ICMP6_FORBIDDEN = 1,
    ICMP6_INFORMATIONAL = 128,
};

/* Bytes written one after the other; the room is for the longest. */
struct pen {
    uint8_t *at;
};

static void put8(struct pen *p, unsigned v) { *p->at++ = (uint8_t)v; }

static void put16(struct pen *p, unsigned v)
{
    put8(p, v >> 8);
    put8(p, v);
}

static void put32(struct pen *p, uint32_t v)
{
    put16(p, v >> 16);
    put16(p, v);
}

static void put_bytes(struct pen *p, struct bytes b)
{
    memcpy(p->at, b.p, b.n);
    p->at += b.n;
}

/* Ends of the reply. */
struct ends {
    const struct addr *src, *dst;
    unsigned sport, dport;
    bool four;
};

static struct bytes addr_bytes(const struct addr *a, bool four) { return four ? bytes_of(a->b + 12, 4) : bytes_of(a->b, 16); }

/* The packet's own link header with its tags, turned round for an answer. */
static void put_link(struct pen *p, const struct view *v, bool answer)
{
    size_t n = (size_t)(v->ip.p - v->ether.p);

    if (answer) {
        put_bytes(p, bytes_of(v->ether.p + MACS / 2, MACS / 2));
        put_bytes(p, bytes_of(v->ether.p, MACS / 2));
    } else {
        put_bytes(p, bytes_of(v->ether.p, MACS));
    }
    put_bytes(p, bytes_of(v->ether.p + MACS, n - MACS));
}

static void put_ip(struct pen *p, const struct ends *e, uint8_t proto, size_t payload)
{
    uint8_t *begin = p->at;

    if (e->four) { /* RFC 791 3.1; don't fragment, no identification wanted then (RFC 6864 4.1) */
        put16(p, 0x4500);
        put16(p, (unsigned)(IP4_LEN + payload));
        put32(p, 0x00004000);
        put8(p, TTL);
        put8(p, proto);
        put16(p, 0);
    } else { /* RFC 8200 3 */
        put32(p, 0x60000000);
        put16(p, (unsigned)payload);
        put8(p, proto);
        put8(p, TTL);
    }
    put_bytes(p, addr_bytes(e->src, e->four));
    put_bytes(p, addr_bytes(e->dst, e->four));
    if (e->four) {
        uint16_t sum = (uint16_t)~checksum_add(bytes_of(begin, IP4_LEN), 0);
        begin[10] = (uint8_t)(sum >> 8);
        begin[11] = (uint8_t)sum;
    }
}

/* Sums what was written from `from` on, behind the pseudo header if there is one, into the two bytes at `sum`. */
static void put_sum(const struct pen *p, uint8_t *from, uint8_t *sum, const struct ends *e, unsigned proto)
{
    size_t n = (size_t)(p->at - from);
    uint64_t before = 0;

    if (proto != IPPROTO_ICMP) {
        before = (uint64_t)checksum_add(addr_bytes(e->src, e->four), 0) + checksum_add(addr_bytes(e->dst, e->four), 0) + proto + n;
    }
    uint16_t right = (uint16_t)~checksum_add(bytes_of(from, n), before);
    sum[0] = (uint8_t)(right >> 8);
    sum[1] = (uint8_t)right;
}

/* RFC 9293 3.10.7.1 for the source; the target is told by the source's next byte, or the packet's first if it will not get that. */
static void put_reset(struct pen *p, const struct view *v, const struct ends *e, bool to_source, bool held)
{
    uint8_t *begin = p->at;
    bool acks = (v->tcp.flags & ACK) != 0;
    uint32_t behind = v->tcp.seq + (uint32_t)v->payload.n + ((v->tcp.flags & SYN) != 0) + ((v->tcp.flags & FIN) != 0);

    put16(p, e->sport);
    put16(p, e->dport);
    if (to_source) {
        put32(p, acks ? v->tcp.ack : 0);
        put32(p, behind);
        put16(p, TCP_LEN / 4 << 12 | RST | ACK);
    } else {
        put32(p, held ? v->tcp.seq : behind);
        put32(p, acks ? v->tcp.ack : 0);
        put16(p, TCP_LEN / 4 << 12 | RST | (acks ? ACK : 0));
    }
    put16(p, 0);
    put32(p, 0);
    put_sum(p, begin, begin + 16, e, IPPROTO_TCP);
}

/* RFC 1812 5.2.7.1, RFC 4443 3.1: as much of the packet as the smallest answer holds. */
static void put_forbidden(struct pen *p, const struct ends *e, struct bytes quoted)
{
    uint8_t *begin = p->at;

    put8(p, e->four ? ICMP_UNREACHABLE : ICMP6_UNREACHABLE);
    put8(p, e->four ? ICMP_FORBIDDEN : ICMP6_FORBIDDEN);
    put16(p, 0);
    put32(p, 0);
    put_bytes(p, quoted);
    put_sum(p, begin, begin + 2, e, e->four ? IPPROTO_ICMP : IPPROTO_ICMPV6);
}

static bool one_host(const struct addr *a, bool four)
{
    struct bytes b = addr_bytes(a, four);

    return four ? b.p[0] != 0 && b.p[0] < 224 : b.p[0] != 0xff && (a->q[0] | a->q[1]) != 0;
}

/* RFC 1122 3.2.2: no error about an error, about a part of a datagram, or about what is meant for several. */
static bool may_answer(const struct view *v, bool tcp)
{
    if ((v->flags & (VIEW_FRAGMENT | VIEW_TUNNELED | VIEW_REASSEMBLED | VIEW_INVALID)) != 0 || (v->family != FAMILY_4 && v->family != FAMILY_6)) {
        return false;
    }
    bool four = v->family == FAMILY_4;
    if (!one_host(&v->src, four) || !one_host(&v->dst, four)) {
        return false;
    }
    if (tcp) {
        return (v->tcp.flags & RST) == 0;
    }
    return (v->flags & VIEW_ICMP_ERROR) == 0 && !(view_has(v, LAYER_ICMP6) && v->icmp.type < ICMP6_INFORMATIONAL);
}

bool reject_make(const struct view *v, bool to_source, bool held, struct reply *out)
{
    bool tcp = view_has(v, LAYER_TCP), four = v->family == FAMILY_4;
    struct pen pen = { out->room };

    if ((!tcp && !to_source) || !may_answer(v, tcp)) {
        return false;
    }
    struct ends e = { &v->dst, &v->src, v->dport, v->sport, four };
    if (!to_source) {
        e = (struct ends){ &v->src, &v->dst, v->sport, v->dport, four };
    }
    size_t link = v->ether.n != 0 && v->ip.p > v->ether.p ? (size_t)(v->ip.p - v->ether.p) : 0;
    if (v->vlan_n <= VIEW_VLANS_MAX && link == MACS + TYPE + (size_t)TAG * v->vlan_n) {
        put_link(&pen, v, to_source);
    } else { /* something else stands between */
        link = 0;
    }
    struct bytes quoted = bytes_head(v->ip, QUOTED_MAX);
    put_ip(&pen, &e, tcp ? IPPROTO_TCP : four ? IPPROTO_ICMP : IPPROTO_ICMPV6, tcp ? TCP_LEN : ICMP_LEN + quoted.n);
    if (tcp) {
        put_reset(&pen, v, &e, to_source, held);
    } else {
        put_forbidden(&pen, &e, quoted);
    }
    size_t n = (size_t)(pen.at - out->room);
    out->frame = bytes_of(out->room, link != 0 ? n : 0);
    out->ip = bytes_of(out->room + link, n - link);
    return true;
}
