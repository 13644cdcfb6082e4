/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IPv4 (RFC 791) with its options, and what it carries. */
#include "packet/layers.h"

#include <netinet/in.h>

#define IPV4_LEN   20
#define OPTION_EOL 0
#define OPTION_NOP 1

/* Record route and source routes (RFC 791 3.1): the pointer counts from 1, addresses are four bytes, and it may stand
 * just behind the last one. */
static bool option_route(struct walk *w, struct view *v, struct bytes o)
{
    if (o.n < 3) {
        return layer_bad(w, v, NOTE_IPV4_OPT_INVALID_LEN);
    }
    unsigned at = o.p[2];
    return at < 4 || at % 4 != 0 || at > o.n + 1 ? layer_bad(w, v, NOTE_IPV4_OPT_MALFORMED) : true;
}

/* Internet time stamp: entries of four bytes, of eight when addresses are recorded too (flags 1 and 3). */
static bool option_timestamp(struct walk *w, struct view *v, struct bytes o)
{
    if (o.n < 5) {
        return layer_bad(w, v, NOTE_IPV4_OPT_INVALID_LEN);
    }
    unsigned at = o.p[2], kind = o.p[3] & 0x0f, entry = kind == 1 || kind == 3 ? 8 : 4;
    return at < 5 || (at - 5) % entry != 0 || at > o.n + 1 ? layer_bad(w, v, NOTE_IPV4_OPT_MALFORMED) : true;
}

/* Commercial security (FIPS 188): domain of four bytes, then tags of type, length, and an alignment byte of 0 but in
 * free-form tags (type 7). */
static bool option_cipso(struct walk *w, struct view *v, struct bytes o)
{
    struct rd r = rd_of(o);

    if (o.n < 10) {
        return layer_bad(w, v, NOTE_IPV4_OPT_INVALID_LEN);
    }
    rd_skip(&r, 6);
    while (rd_left(&r) > 0) {
        unsigned type = rd_u8(&r), length = rd_u8(&r);
        bool known = type == 1 || type == 2 || (type >= 5 && type <= 7);
        struct bytes value = rd_bytes(&r, length < 4 ? SIZE_MAX : length - 2);
        if (!rd_ok(&r) || !known || (type != 7 && value.p[0] != 0)) {
            return layer_bad(w, v, NOTE_IPV4_OPT_MALFORMED);
        }
    }
    return true;
}

static bool option_length(struct walk *w, struct view *v, bool good)
{
    return good ? true : layer_bad(w, v, NOTE_IPV4_OPT_INVALID_LEN);
}

/* Checks one option and marks it met when it holds. */
static void option_check(struct walk *w, struct view *v, struct bytes o, uint32_t *seen)
{
    static const struct {
        uint8_t type;
        uint16_t bit;
    } known[] = {
        { 0x07, IP_OPTION_RR },   { 0x44, IP_OPTION_TS },     { 0x19, IP_OPTION_QS },    { 0x82, IP_OPTION_SEC },
        { 0x83, IP_OPTION_LSRR }, { 0x85, IP_OPTION_ESEC },   { 0x86, IP_OPTION_CIPSO }, { 0x88, IP_OPTION_SATID },
        { 0x89, IP_OPTION_SSRR }, { 0x94, IP_OPTION_RTRALT },
    };
    uint32_t bit = IP_OPTION_OTHER;
    bool good = true;

    for (size_t i = 0; i < ROWS(known); i++) {
        bit = known[i].type == o.p[0] ? known[i].bit : bit;
    }
    if ((*seen & bit) != 0) {
        layer_note(w, v, NOTE_IPV4_OPT_DUPLICATE);
        return;
    }
    switch (bit) {
    case IP_OPTION_RR:
    case IP_OPTION_LSRR:
    case IP_OPTION_SSRR:
        good = option_route(w, v, o);
        break;
    case IP_OPTION_TS:
        good = option_timestamp(w, v, o);
        break;
    case IP_OPTION_CIPSO:
        good = option_cipso(w, v, o);
        break;
    case IP_OPTION_QS: /* RFC 4782 3.1 */
        good = option_length(w, v, o.n >= 8);
        break;
    case IP_OPTION_SEC: /* RFC 1108 2, 3 */
    case IP_OPTION_ESEC:
        good = option_length(w, v, o.n >= 3);
        break;
    case IP_OPTION_SATID:  /* RFC 791 3.1 */
    case IP_OPTION_RTRALT: /* RFC 2113 2.1 */
        good = option_length(w, v, o.n == 4);
        break;
    default:
        layer_note(w, v, NOTE_IPV4_OPT_INVALID);
        v->ip_options |= IP_OPTION_OTHER;
        return;
    }
    if (good) {
        *seen |= bit;
        v->ip_options |= bit;
    }
}

/* False when a length makes the rest unreadable: then the header does not hold. */
static bool ipv4_options(struct walk *w, struct view *v, struct bytes options)
{
    struct rd r = rd_of(options);
    uint32_t seen = 0;

    if (options.n % 8 != 0) {
        layer_note(w, v, NOTE_IPV4_OPT_PAD_REQUIRED);
    }
    while (rd_left(&r) > 0) {
        struct bytes rest = rd_peek(&r);
        if (rest.p[0] == OPTION_EOL) {
            v->ip_options |= IP_OPTION_EOL;
            return true;
        }
        if (rest.p[0] == OPTION_NOP) {
            v->ip_options |= IP_OPTION_NOP;
            rd_skip(&r, 1);
            continue;
        }
        if (rest.n < 2) {
            layer_note(w, v, NOTE_IPV4_OPT_EOL_REQUIRED);
            return true;
        }
        struct bytes o = rd_bytes(&r, rest.p[1] < 2 ? SIZE_MAX : rest.p[1]);
        if (!rd_ok(&r)) {
            return layer_bad(w, v, NOTE_IPV4_OPT_INVALID_LEN);
        }
        option_check(w, v, o, &seen);
    }
    return true;
}

static void ipv4_tunnel(struct walk *w, struct view *v, bool six)
{
    const struct tunnel t = { .overlay = six ? OVERLAY_6IN4 : OVERLAY_IPIP, .decode = six ? layer_ipv6 : layer_ipv4 };

    if (layer_tunnel(w, v, &t, v->l4)) {
        count(w, six ? COUNT_IPV6_IN_IPV4 : COUNT_IPV4_IN_IPV4);
    }
    layer_flow(v);
}

static void ipv4_payload(struct walk *w, struct view *v)
{
    switch (v->proto) {
    case IPPROTO_TCP:
        (void)layer_tcp(w, v, v->l4);
        break;
    case IPPROTO_UDP:
        (void)layer_udp(w, v, v->l4);
        break;
    case IPPROTO_ICMP:
        (void)layer_icmp4(w, v, v->l4);
        break;
    case IPPROTO_GRE:
        (void)layer_gre(w, v, v->l4);
        break;
    case IPPROTO_SCTP:
        (void)layer_sctp(w, v, v->l4);
        break;
    case IPPROTO_ESP:
        (void)layer_esp(w, v, v->l4);
        break;
    case IPPROTO_IPIP:
    case IPPROTO_IPV6:
        ipv4_tunnel(w, v, v->proto == IPPROTO_IPV6);
        break;
    case IPPROTO_IP:
        if (w->vj) {
            (void)layer_tcp(w, v, v->l4);
        }
        break;
    case IPPROTO_ICMPV6:
        (void)layer_bad(w, v, NOTE_IPV4_ICMPV6);
        break;
    case IPPROTO_IGMP:
        layer_igmp(w, v, v->l4);
        break;
    case IPPROTO_AH:
        layer_ah(w, v, v->l4);
        break;
    case IPPROTO_UDPLITE:
        layer_udplite(w, v, v->l4);
        break;
    default:
        break;
    }
}

bool layer_ipv4_again(struct walk *w, struct view *v, uint8_t proto, struct bytes l4)
{
    const struct view *o = v->outer;

    if (!layer_enter(w, v)) {
        return false;
    }
    v->ip = o->ip;
    v->ip_header = o->ip_header;
    v->family = o->family;
    v->present |= LAYER_IPV4;
    v->tos = o->tos;
    v->ip_id = o->ip_id;
    v->frag_id = o->frag_id;
    v->frag_flags = o->frag_flags;
    v->ip_options = o->ip_options;
    v->ttl = o->ttl;
    v->src = o->src;
    v->dst = o->dst;
    v->proto = proto;
    v->l4 = l4;
    ipv4_payload(w, v);
    return true;
}

bool layer_ipv4(struct walk *w, struct view *v, struct bytes data)
{
    struct rd r = rd_of(data);
    struct bytes h = rd_bytes(&r, IPV4_LEN);

    count(w, COUNT_IPV4);
    if (!layer_enter(w, v)) {
        return false;
    }
    if (!rd_ok(&r)) {
        return layer_bad(w, v, NOTE_IPV4_PKT_TOO_SMALL);
    }
    if (h.p[0] >> 4 != 4) {
        return layer_bad(w, v, NOTE_IPV4_WRONG_IP_VERSION);
    }
    size_t header = (size_t)(h.p[0] & 0x0f) * 4, total = head16(h, 2);
    if (header < IPV4_LEN) {
        return layer_bad(w, v, NOTE_IPV4_HLEN_TOO_SMALL);
    }
    if (total < header) {
        return layer_bad(w, v, NOTE_IPV4_IPLEN_SMALLER_THAN_HLEN);
    }
    if (total > data.n) {
        return layer_bad(w, v, NOTE_IPV4_TRUNC_PKT);
    }
    if (header > IPV4_LEN && !ipv4_options(w, v, rd_bytes(&r, header - IPV4_LEN))) {
        return false;
    }
    uint16_t fragment = head16(h, 6);
    v->ip = (struct bytes){ .p = data.p, .n = total };
    v->ip_header = (struct bytes){ .p = data.p, .n = header };
    v->l4 = rd_bytes(&r, total - header);
    v->family = FAMILY_4;
    v->present |= LAYER_IPV4;
    v->tos = h.p[1];
    v->ip_id = head16(h, 4);
    v->frag_id = v->ip_id;
    v->frag_flags = (uint8_t)(fragment >> 13);
    v->frag_offset = fragment & 0x1fff;
    v->ttl = h.p[8];
    v->proto = h.p[9];
    v->src = head_addr4(h, 12);
    v->dst = head_addr4(h, 16);
    if ((fragment & 0x3fff) != 0) {
        v->flags |= VIEW_FRAGMENT;
        v->frag_total = (uint16_t)v->l4.n;
        v->frag_next = v->proto;
        return true;
    }
    ipv4_payload(w, v);
    return true;
}
