/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "packet/decode.h"

#include "packet/layers.h"
#include "packet/spread.h"

#include <netinet/in.h>

enum { ETHER_BYTES = 14, ETHER_IPV4 = 0x0800, ETHER_IPV6 = 0x86dd, IPV4_LEN = 20, IPV6_LEN = 40, L4_LEAST = 8, FRAGMENT_BITS = 0x3fff };

/* What is read of a frame on the way: all words of both addresses xor'ed, the protocol above, its bytes. */
struct ends {
    uint32_t words;
    uint8_t proto;
    struct bytes l4;
};

static uint32_t folded(struct bytes h, size_t from, size_t to)
{
    uint32_t x = 0;

    for (size_t i = from; i < to; i += 4) {
        x ^= head32(h, i);
    }
    return x;
}

/* False when the IP header is anything but plain. */
static bool peek_ipv4(struct bytes ip, struct ends *out)
{
    struct rd r = rd_of(ip);
    struct bytes h = rd_bytes(&r, IPV4_LEN);

    if (!rd_ok(&r) || (h.p[0] >> 4) != 4 || (head16(h, 6) & FRAGMENT_BITS) != 0) {
        return false;
    }
    size_t header = (size_t)(h.p[0] & 15) * 4, total = head16(h, 2);
    if (header < IPV4_LEN || total < header || total > ip.n) {
        return false;
    }
    *out = (struct ends){ folded(h, 12, 20), h.p[9], bytes_from(bytes_head(ip, total), header) };
    return true;
}

static bool peek_ipv6(struct bytes ip, struct ends *out)
{
    struct rd r = rd_of(ip);
    struct bytes h = rd_bytes(&r, IPV6_LEN);

    if (!rd_ok(&r) || (h.p[0] >> 4) != 6 || head16(h, 4) > rd_left(&r)) {
        return false;
    }
    *out = (struct ends){ folded(h, 8, 40), h.p[6], bytes_head(rd_rest(&r), head16(h, 4)) };
    return true;
}

bool packet_peek(const struct decode_settings *s, const struct packet *p, uint32_t *spread)
{
    struct rd r = rd_of(p->frame);
    struct bytes ether = rd_bytes(&r, ETHER_BYTES);
    struct ends e;

    if (p->link != LINK_ETHERNET || p->wire_len > p->frame.n || !rd_ok(&r)) {
        return false;
    }
    uint16_t type = head16(ether, 12);
    if (!(type == ETHER_IPV4 ? peek_ipv4(rd_rest(&r), &e) : type == ETHER_IPV6 && peek_ipv6(rd_rest(&r), &e))) {
        return false;
    }
    if (e.l4.n < L4_LEAST || (e.proto != IPPROTO_TCP && e.proto != IPPROTO_UDP)) {
        return false;
    }
    uint16_t sport = head16(e.l4, 0), dport = head16(e.l4, 2);
    *spread = spread_mix(e.words, (uint32_t)(sport ^ dport));
    return e.proto == IPPROTO_TCP || !udp_may_carry(s, sport, dport);
}
