/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "packet/decode.h"

#include "packet/layers.h"

#include <netinet/in.h>

enum { ETHER_BYTES = 14, ETHER_IPV4 = 0x0800, ETHER_IPV6 = 0x86dd, IPV4_LEN = 20, IPV6_LEN = 40, L4_LEAST = 8, FRAGMENT_BITS = 0x3fff };

/* The transport header's bytes; none when the IP header is anything but plain. */
static struct bytes peek_ipv4(struct bytes ip, struct peek *out)
{
    struct rd r = rd_of(ip);
    struct bytes h = rd_bytes(&r, IPV4_LEN);

    if (!rd_ok(&r) || (h.p[0] >> 4) != 4 || (head16(h, 6) & FRAGMENT_BITS) != 0) {
        return bytes_none();
    }
    size_t header = (size_t)(h.p[0] & 15) * 4, total = head16(h, 2);
    if (header < IPV4_LEN || total < header || total > ip.n) {
        return bytes_none();
    }
    out->src = head_addr4(h, 12);
    out->dst = head_addr4(h, 16);
    out->proto = h.p[9];
    out->family = FAMILY_4;
    return bytes_from(bytes_head(ip, total), header);
}

static struct bytes peek_ipv6(struct bytes ip, struct peek *out)
{
    struct rd r = rd_of(ip);
    struct bytes h = rd_bytes(&r, IPV6_LEN);

    if (!rd_ok(&r) || (h.p[0] >> 4) != 6 || head16(h, 4) > rd_left(&r)) {
        return bytes_none();
    }
    out->src = head_addr6(h, 8);
    out->dst = head_addr6(h, 24);
    out->proto = h.p[6];
    out->family = FAMILY_6;
    return bytes_head(rd_rest(&r), head16(h, 4));
}

bool packet_peek(const struct decode_settings *s, const struct packet *p, struct peek *out)
{
    struct rd r = rd_of(p->frame);
    struct bytes ether = rd_bytes(&r, ETHER_BYTES), l4 = bytes_none();

    if (p->link != LINK_ETHERNET || p->wire_len > p->frame.n || !rd_ok(&r)) {
        return false;
    }
    switch (head16(ether, 12)) {
    case ETHER_IPV4: l4 = peek_ipv4(rd_rest(&r), out); break;
    case ETHER_IPV6: l4 = peek_ipv6(rd_rest(&r), out); break;
    default: return false;
    }
    if (l4.n < L4_LEAST || (out->proto != IPPROTO_TCP && out->proto != IPPROTO_UDP)) {
        return false;
    }
    out->sport = head16(l4, 0);
    out->dport = head16(l4, 2);
    return out->proto == IPPROTO_TCP || !udp_may_carry(s, out->sport, out->dport);
}
