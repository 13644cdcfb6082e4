/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Community ID version 1: "1:" and the base64 of a SHA-1 over the flow's ends in order (github.com/corelight/community-id-spec). */
#include <netinet/in.h>
#include <openssl/evp.h>

#include "base/digest.h"
#include "flow/flow.h"

struct types {
    uint8_t one, other;
};
static const struct types icmp4_types[] = { { 8, 0 }, { 0, 8 }, { 13, 14 }, { 14, 13 }, { 15, 16 }, { 16, 15 }, { 10, 9 }, { 9, 10 }, { 17, 18 }, { 18, 17 } };
static const struct types icmp6_types[] = { { 128, 129 }, { 129, 128 }, { 133, 134 }, { 134, 133 }, { 135, 136 }, { 136, 135 }, { 130, 131 },
                                            { 131, 130 }, { 144, 145 }, { 145, 144 }, { 139, 140 }, { 140, 139 } };

/* The specification's "ports" of an ICMP message: type and the opposite type, else type and code, and then one way only. */
static bool icmp_ports(const struct flow *f, uint16_t port[2])
{
    const struct types *t = f->key.proto == IPPROTO_ICMP ? icmp4_types : icmp6_types;
    size_t n = f->key.proto == IPPROTO_ICMP ? ROWS(icmp4_types) : ROWS(icmp6_types);

    port[0] = f->icmp_type[0];
    for (size_t i = 0; i < n; i++) {
        if (t[i].one == f->icmp_type[0]) {
            port[1] = t[i].other;
            return false;
        }
    }
    port[1] = f->icmp_code[0];
    return true;
}

static size_t put16(uint8_t *out, size_t at, uint16_t v)
{
    out[at] = (uint8_t)(v >> 8);
    out[at + 1] = (uint8_t)v;
    return at + 2;
}

void flow_community_id(const struct flow *f, uint16_t seed, char *out)
{
    size_t from = f->key.family == FAMILY_4 ? 12 : 0, at;
    uint16_t port[2] = { f->key.port[0], f->key.port[1] };
    bool one_way = false, ported = true;
    uint8_t tuple[2 + 32 + 2 + 4], digest[DIGEST_SHA1];

    switch (f->key.proto) {
    case IPPROTO_ICMP:
    case IPPROTO_ICMPV6:
        one_way = icmp_ports(f, port);
        break;
    case IPPROTO_TCP:
    case IPPROTO_UDP:
    case IPPROTO_SCTP:
        break;
    default:
        ported = false;
        port[0] = port[1] = 0;
        break;
    }
    int order = memcmp(&f->key.addr[0], &f->key.addr[1], sizeof(f->key.addr[0]));
    unsigned low = !one_way && (order > 0 || (order == 0 && port[0] > port[1]));

    at = put16(tuple, 0, seed);
    for (unsigned i = 0; i < 2; i++) {
        memcpy(tuple + at, f->key.addr[i ? 1 - low : low].b + from, 16 - from);
        at += 16 - from;
    }
    tuple[at++] = f->key.proto;
    tuple[at++] = 0;
    if (ported) {
        at = put16(tuple, at, port[low]);
        at = put16(tuple, at, port[1 - low]);
    }
    memcpy(out, "1:", 3);
    digest_sha1(bytes_of(tuple, at), digest);
    EVP_EncodeBlock((unsigned char *)out + 2, digest, DIGEST_SHA1);
}
