/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The Internet checksum (RFC 1071) of a view's headers, when somebody asks. */
#include "packet/layers.h"

#include <netinet/in.h>

/* Four bytes as this machine reads them: the sum does not care, as long as it is folded and swapped once at the end. */
static inline uint64_t word(const uint8_t *p, size_t i)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return (uint32_t)p[i] | (uint32_t)p[i + 1] << 8 | (uint32_t)p[i + 2] << 16 | (uint32_t)p[i + 3] << 24;
#else
    return (uint32_t)p[i] << 24 | (uint32_t)p[i + 1] << 16 | (uint32_t)p[i + 2] << 8 | p[i + 3];
#endif
}

static uint16_t fold(uint64_t sum)
{
    sum = (sum & 0xffffffff) + (sum >> 32);
    sum = (sum & 0xffffffff) + (sum >> 32);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)sum;
}

uint16_t checksum_add(struct bytes data, uint64_t sum)
{
    const uint8_t *p = data.p;
    size_t i = 0, n = data.n;
    uint64_t a = 0, b = 0, c = 0, d = 0;

    for (; i + 16 <= n; i += 16) {
        a += word(p, i);
        b += word(p, i + 4);
        c += word(p, i + 8);
        d += word(p, i + 12);
    }
    for (; i + 4 <= n; i += 4) {
        a += word(p, i);
    }
    uint64_t tail = 0; /* up to three bytes, as if zeros followed */
    for (size_t k = 0; i + k < n; k++) {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
        tail |= (uint64_t)p[i + k] << 8 * k;
#else
        tail |= (uint64_t)p[i + k] << (24 - 8 * k);
#endif
    }
    uint16_t mine = fold(fold(a) + (uint64_t)fold(b) + fold(c) + fold(d) + tail);
    return fold(sum + be16toh(mine));
}

bool view_ip_checksum_ok(const struct view *v)
{
    /* RFC 791 3.1; IPv6 has none. */
    return v->family != FAMILY_4 || checksum_add(v->ip_header, 0) == 0xffff;
}

/* RFC 9293 3.1, RFC 8200 8.1: addresses, length and protocol in front. */
static uint64_t pseudo_header(const struct view *v, size_t length, uint8_t proto)
{
    /* An IPv4 address is kept behind ffff, which is 0 in this arithmetic: both families sum alike. */
    return (uint64_t)checksum_add(bytes_of(v->src.b, 16), 0) + checksum_add(bytes_of(v->dst.b, 16), 0) + length + proto;
}

bool view_l4_checksum_ok(const struct view *v)
{
    if ((v->flags & VIEW_FRAGMENT) != 0) {
        return true;
    }
    if (view_has(v, LAYER_TCP)) {
        return checksum_add(v->l4, pseudo_header(v, v->l4.n, IPPROTO_TCP)) == 0xffff;
    }
    if (view_has(v, LAYER_UDP)) {
        struct bytes covered = { .p = v->l4.p, .n = v->udp.length }; /* at most l4.n: the decoder saw to it */
        return v->udp.checksum == 0 || checksum_add(covered, pseudo_header(v, covered.n, IPPROTO_UDP)) == 0xffff;
    }
    if (view_has(v, LAYER_ICMP4 | LAYER_IGMP)) {
        return checksum_add(v->l4, 0) == 0xffff;
    }
    if (view_has(v, LAYER_ICMP6)) {
        return checksum_add(v->l4, pseudo_header(v, v->l4.n, IPPROTO_ICMPV6)) == 0xffff;
    }
    return true;
}
