/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The Internet checksum (RFC 1071) of a view's headers, when somebody asks. */
#include "packet/layers.h"

#include <netinet/in.h>

static uint16_t fold(uint64_t sum)
{
    sum = (sum & 0xffffffff) + (sum >> 32);
    sum = (sum & 0xffffffff) + (sum >> 32);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)sum;
}

/* Words of four bytes as this machine reads them: the sum does not care, as long as it is swapped once at the end. */
static inline uint32_t word(struct bytes four)
{
    uint32_t w;

    __builtin_memcpy(&w, four.p, sizeof(w));
    return w;
}

typedef uint64_t lanes __attribute__((vector_size(32)));

/* Reads all it can in blocks: their words, in four lanes of 64 bits that cannot overflow. */
static inline __attribute__((always_inline)) uint64_t sum_blocks(struct rd *r)
{
    lanes low = { 0 }, high = { 0 };

    while (rd_left(r) >= sizeof(lanes)) {
        lanes block;
        __builtin_memcpy(&block, rd_bytes(r, sizeof(block)).p, sizeof(block));
        low += block & 0xffffffff;
        high += block >> 32;
    }
    low += high;
    return (uint64_t)fold(low[0]) + fold(low[1]) + fold(low[2]) + fold(low[3]);
}

#ifdef __x86_64__
__attribute__((target("avx2"))) static uint64_t sum_blocks_avx2(struct rd *r) { return sum_blocks(r); }
#endif

static uint64_t sum_large(struct rd *r)
{
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx2")) {
        return sum_blocks_avx2(r);
    }
#endif
    return sum_blocks(r);
}

uint16_t checksum_add(struct bytes data, uint64_t sum)
{
    struct rd r = rd_of(data);
    uint64_t mine = data.n >= 2 * sizeof(lanes) ? sum_large(&r) : 0;
    uint8_t tail[4] = { 0 }; /* up to three bytes, as if zeros followed */

    while (rd_left(&r) >= sizeof(tail)) {
        mine += word(rd_bytes(&r, sizeof(tail)));
    }
    for (size_t i = 0; rd_left(&r) > 0; i++) {
        tail[i] = rd_u8(&r);
    }
    mine += word(bytes_of(tail, sizeof(tail)));
    return fold(sum + be16toh(fold(mine)));
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

uint16_t view_l4_sum(const struct view *v)
{
    if (view_has(v, LAYER_TCP)) {
        return checksum_add(v->l4, pseudo_header(v, v->l4.n, IPPROTO_TCP));
    }
    struct bytes covered = { .p = v->l4.p, .n = v->udp.length }; /* at most l4.n: the decoder saw to it */
    return checksum_add(covered, pseudo_header(v, covered.n, IPPROTO_UDP));
}

bool view_l4_checksum_ok(const struct view *v)
{
    if ((v->flags & VIEW_FRAGMENT) != 0 || v->packet->unsummed) {
        return true;
    }
    if (view_has(v, LAYER_TCP)) {
        return view_l4_sum(v) == 0xffff;
    }
    if (view_has(v, LAYER_UDP)) {
        return v->udp.checksum == 0 || view_l4_sum(v) == 0xffff;
    }
    if (view_has(v, LAYER_ICMP4 | LAYER_IGMP)) {
        return checksum_add(v->l4, 0) == 0xffff;
    }
    if (view_has(v, LAYER_ICMP6)) {
        return checksum_add(v->l4, pseudo_header(v, v->l4.n, IPPROTO_ICMPV6)) == 0xffff;
    }
    return true;
}
