/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IPv6 (RFC 8200) with its extension headers, and what it carries. */
#include "packet/layers.h"

#include <netinet/in.h>

#define IPV6_LEN      40
#define FRAGMENT_LEN  8
#define AH_LEN        12
#define IPPROTO_HIP   139 /* RFC 7401 */
#define IPPROTO_SHIM6 140 /* RFC 5533 */

/* The walk along the extension headers of one packet. */
struct chain {
    struct rd r; /* what is left, from the header `next` names */
    uint8_t next;
    uint8_t proto; /* what the packet is said to carry so far */
    size_t extent; /* bytes of the headers that were passed */
    uint16_t name; /* offset of the byte that gave `next`, from the start of the IP header */
    unsigned dest; /* destination option headers met */
};

static void ipv6_in(struct walk *w, struct view *v, struct bytes data, bool six)
{
    const struct tunnel t = { .overlay = six ? OVERLAY_6IN6 : OVERLAY_4IN6, .decode = six ? layer_ipv6 : layer_ipv4 };

    if (data.n < (six ? IPV6_LEN : 20)) {
        (void)layer_bad(w, v, six ? NOTE_IPV6_IPV6_IN_IPV6_TOO_SMALL : NOTE_IPV6_IPV4_IN_IPV6_TOO_SMALL);
    } else if (data.p[0] >> 4 != (six ? 6 : 4)) {
        (void)layer_bad(w, v, six ? NOTE_IPV6_IPV6_IN_IPV6_WRONG_VERSION : NOTE_IPV6_IPV4_IN_IPV6_WRONG_VERSION);
    } else {
        if (layer_tunnel(w, v, &t, data)) {
            count(w, six ? COUNT_IPV6_IN_IPV6 : COUNT_IPV4_IN_IPV6);
        }
        layer_flow(v);
    }
}

/* What ends the chain: true when `proto` is such, and it was given the rest.  GRE and IPv6 are known only directly
 * after the fixed header. */
static bool ipv6_upper(struct walk *w, struct view *v, uint8_t proto, struct bytes data, bool direct)
{
    if (proto == IPPROTO_GRE || proto == IPPROTO_IPV6) {
        if (!direct) {
            return false;
        }
    }
    switch (proto) {
    case IPPROTO_TCP:
        v->l4 = data;
        (void)layer_tcp(w, v, data);
        return true;
    case IPPROTO_UDP:
        v->l4 = data;
        (void)layer_udp(w, v, data);
        return true;
    case IPPROTO_ICMPV6:
        v->l4 = data;
        (void)layer_icmp6(w, v, data);
        return true;
    case IPPROTO_SCTP:
        v->l4 = data;
        (void)layer_sctp(w, v, data);
        return true;
    case IPPROTO_GRE:
        v->l4 = data;
        (void)layer_gre(w, v, data);
        return true;
    case IPPROTO_IPIP:
    case IPPROTO_IPV6:
        v->l4 = data;
        ipv6_in(w, v, data, proto == IPPROTO_IPV6);
        return true;
    default:
        return false;
    }
}

enum ip6_option { OPTION_PAD1 = 0, OPTION_PADN = 1, OPTION_ALERT = 0x05, OPTION_JUMBO = 0xc2, OPTION_HOME = 0xc9 };

/* The least a known option carries (RFC 2711, RFC 2675, RFC 6275); 0: not known. */
static size_t option_least(uint8_t type)
{
    return type == OPTION_ALERT ? 2 : type == OPTION_JUMBO ? 4 : type == OPTION_HOME ? 16 : 0;
}

/* One option: false when it does not hold.  Counts padding, and what is a reason for the header to be there. */
static bool option_check(struct walk *w, struct view *v, struct rd *r, bool hop, unsigned counts[2])
{
    uint8_t type = rd_u8(r);

    if (type == OPTION_PAD1) {
        counts[0]++;
        return true;
    }
    size_t length = rd_u8(r), least = option_least(type);
    rd_skip(r, length);
    if (!rd_ok(r) || length < least) {
        return layer_bad(w, v, NOTE_IPV6_EXTHDR_INVALID_OPTLEN);
    }
    counts[type != OPTION_PADN] += type != OPTION_JUMBO;
    if (type == OPTION_PADN && length == 0) {
        layer_note(w, v, NOTE_IPV6_ZERO_LEN_PADN);
    } else if (type != OPTION_PADN && least == 0) {
        layer_note(w, v, hop ? NOTE_IPV6_HOPOPTS_UNKNOWN_OPT : NOTE_IPV6_DSTOPTS_UNKNOWN_OPT);
    }
    return true;
}

/* RFC 8200 4.2: options of a hop-by-hop or destination header. */
static void ipv6_options(struct walk *w, struct view *v, struct bytes options, bool hop)
{
    struct rd r = rd_of(options);
    unsigned counts[2] = { 0, 0 };

    while (rd_left(&r) > 0 && option_check(w, v, &r, hop, counts)) {
    }
    if (counts[0] > 0 && counts[1] == 0) {
        layer_note(w, v, hop ? NOTE_IPV6_HOPOPTS_ONLY_PADDING : NOTE_IPV6_DSTOPTS_ONLY_PADDING);
    }
}

/* Takes a header of n bytes; empty, and noted, when it runs over the end. */
static struct bytes chain_take(struct walk *w, struct view *v, struct chain *c, size_t n)
{
    struct bytes h = rd_bytes(&c->r, n);

    if (!rd_ok(&c->r)) {
        (void)layer_bad(w, v, NOTE_IPV6_TRUNC_EXTHDR);
        return h;
    }
    c->name = (uint16_t)(v->ip.n - rd_left(&c->r) - n);
    c->next = h.p[0];
    return h;
}

/* True when the header was met before. */
static bool chain_again(struct view *v, enum ext_header bit)
{
    bool again = (v->ext_headers & bit) != 0;

    v->ext_headers |= (uint16_t)bit;
    return again;
}

static void chain_routing(struct walk *w, struct view *v, struct chain *c)
{
    c->proto = IPPROTO_ROUTING;
    struct bytes h = chain_take(w, v, c, 8 + head8(rd_peek(&c->r), 1) * 8u);
    if (h.n == 0) {
        return;
    }
    if (chain_again(v, EXT_ROUTING)) {
        layer_note(w, v, NOTE_IPV6_EXTHDR_DUPL_RH);
    } else if (h.p[2] == 0) { /* RFC 5095 */
        layer_note(w, v, NOTE_IPV6_RH_TYPE_0);
    }
}

static void chain_options(struct walk *w, struct view *v, struct chain *c)
{
    bool hop = c->next == IPPROTO_HOPOPTS;

    c->proto = c->next;
    struct bytes h = chain_take(w, v, c, 8 + head8(rd_peek(&c->r), 1) * 8u);
    if (h.n == 0) {
        return;
    }
    if (hop && chain_again(v, EXT_HOP)) {
        layer_note(w, v, NOTE_IPV6_EXTHDR_DUPL_HH);
        return;
    }
    if (!hop) {
        (void)chain_again(v, EXT_DEST);
        if (++c->dest > 2) { /* RFC 8200 4.1: one before a routing header, one last */
            layer_note(w, v, NOTE_IPV6_EXTHDR_DUPL_DH);
            return;
        }
    }
    struct rd r = rd_of(h);
    rd_skip(&r, 2);
    ipv6_options(w, v, rd_rest(&r), hop);
}

/* True when the packet is a fragment: the rest waits for the others. */
static bool chain_fragment(struct walk *w, struct view *v, struct chain *c)
{
    uint16_t name = c->name; /* of the fragment header itself */
    size_t length = rd_left(&c->r);

    c->proto = IPPROTO_FRAGMENT;
    struct bytes h = chain_take(w, v, c, FRAGMENT_LEN);
    if (h.n == 0) {
        return true;
    }
    if (h.p[1] != 0) {
        layer_note(w, v, NOTE_IPV6_FH_NON_ZERO_RESERVED_FIELD);
    }
    if (chain_again(v, EXT_FRAGMENT)) {
        layer_note(w, v, NOTE_IPV6_EXTHDR_DUPL_FH);
        return false;
    }
    v->frag_id = head32(h, 4);
    v->frag_offset = head16(h, 2) >> 3;
    v->frag_flags = h.p[3] & 1;
    if (v->frag_offset == 0 && v->frag_flags == 0) {
        layer_note(w, v, NOTE_IPV6_EXTHDR_USELESS_FH);
        return false;
    }
    if (v->frag_flags != 0 && length % 8 != 0) { /* RFC 8200 4.5; the header itself is eight bytes */
        layer_note(w, v, NOTE_IPV6_FRAG_INVALID_LENGTH);
    }
    v->frag_next = h.p[0];
    v->frag_prev = name;
    v->l4 = rd_rest(&c->r);
    v->frag_total = (uint16_t)v->l4.n;
    v->flags |= VIEW_FRAGMENT;
    return true;
}

static void chain_ah(struct walk *w, struct view *v, struct chain *c)
{
    size_t words = head8(rd_peek(&c->r), 1);

    c->proto = IPPROTO_AH;
    count(w, COUNT_AH);
    struct bytes h = chain_take(w, v, c, words > 0 ? AH_LEN + (words - 1) * 4 : AH_LEN);
    if (h.n == 0) {
        return;
    }
    if (head16(h, 2) != 0) { /* RFC 4302 2.3 */
        layer_note(w, v, NOTE_IPV6_EXTHDR_AH_RES_NOT_NULL);
    }
    if (chain_again(v, EXT_AH)) {
        layer_note(w, v, NOTE_IPV6_EXTHDR_DUPL_AH);
    }
    v->present |= LAYER_AH;
}

/* Mobility, HIP, SHIM6: only their length is looked at. */
static void chain_skip(struct walk *w, struct view *v, struct chain *c)
{
    (void)chain_again(v, c->next == IPPROTO_MH ? EXT_MOBILITY : c->next == IPPROTO_HIP ? EXT_HIP : EXT_SHIM6);
    (void)chain_take(w, v, c, 8 + head8(rd_peek(&c->r), 1) * 8u);
}

/* One header of the chain; false when it ended. */
static bool chain_step(struct walk *w, struct view *v, struct chain *c)
{
    switch (c->next) {
    case IPPROTO_ROUTING:
        chain_routing(w, v, c);
        break;
    case IPPROTO_HOPOPTS:
    case IPPROTO_DSTOPTS:
        chain_options(w, v, c);
        break;
    case IPPROTO_FRAGMENT:
        if (chain_fragment(w, v, c)) {
            return false;
        }
        break;
    case IPPROTO_AH:
        chain_ah(w, v, c);
        break;
    case IPPROTO_MH:
    case IPPROTO_HIP:
    case IPPROTO_SHIM6:
        chain_skip(w, v, c);
        break;
    case IPPROTO_ESP:
        c->proto = IPPROTO_ESP;
        (void)chain_again(v, EXT_ESP);
        v->l4 = rd_peek(&c->r);
        (void)layer_esp(w, v, v->l4);
        return false;
    case IPPROTO_ICMP:
        layer_note(w, v, NOTE_IPV6_ICMPV4);
        return false;
    default:
        layer_note(w, v, NOTE_IPV6_UNKNOWN_NEXT_HEADER);
        c->proto = c->next;
        v->l4 = rd_peek(&c->r);
        return false;
    }
    return rd_ok(&c->r);
}

static void ipv6_chain(struct walk *w, struct view *v, struct chain *c)
{
    do {
        c->extent = v->ip.n - rd_left(&c->r);
        if (c->next == IPPROTO_NONE) {
            (void)chain_again(v, EXT_NONE);
            if (rd_left(&c->r) > 0) {
                layer_note(w, v, NOTE_IPV6_DATA_AFTER_NONE_HEADER);
            }
            break;
        }
        if (rd_left(&c->r) < 2) {
            (void)layer_bad(w, v, NOTE_IPV6_TRUNC_EXTHDR);
            break;
        }
        if (ipv6_upper(w, v, c->next, rd_peek(&c->r), false)) {
            c->proto = c->next;
            break;
        }
    } while (chain_step(w, v, c));
    v->proto = c->proto;
    v->ip_header.n = c->extent;
}

static bool ipv6_is_extension(uint8_t next)
{
    switch (next) {
    case IPPROTO_FRAGMENT:
    case IPPROTO_HOPOPTS:
    case IPPROTO_ROUTING:
    case IPPROTO_NONE:
    case IPPROTO_DSTOPTS:
    case IPPROTO_AH:
    case IPPROTO_ESP:
    case IPPROTO_MH:
    case IPPROTO_HIP:
    case IPPROTO_SHIM6:
        return true;
    default:
        return false;
    }
}

static void ipv6_payload(struct walk *w, struct view *v, uint8_t next, struct bytes data)
{
    v->proto = next;
    if (ipv6_upper(w, v, next, data, true)) {
        return;
    }
    if (ipv6_is_extension(next)) {
        struct chain c = { .r = rd_of(data), .next = next, .name = 6 };
        ipv6_chain(w, v, &c);
        return;
    }
    v->l4 = data;
    if (next == IPPROTO_ICMP) {
        layer_note(w, v, NOTE_IPV6_ICMPV4);
        v->proto = 0;
        return;
    }
    if (next == IPPROTO_UDPLITE) {
        layer_udplite(w, v, data);
    }
    layer_note(w, v, NOTE_IPV6_UNKNOWN_NEXT_HEADER);
}

bool layer_ipv6(struct walk *w, struct view *v, struct bytes data)
{
    struct rd r = rd_of(data);
    struct bytes h = rd_bytes(&r, IPV6_LEN);

    count(w, COUNT_IPV6);
    if (!layer_enter(w, v)) {
        return false;
    }
    if (!rd_ok(&r)) {
        return layer_bad(w, v, NOTE_IPV6_PKT_TOO_SMALL);
    }
    if (h.p[0] >> 4 != 6) {
        return layer_bad(w, v, NOTE_IPV6_WRONG_IP_VERSION);
    }
    size_t length = head16(h, 4);
    struct bytes payload = rd_bytes(&r, length);
    if (!rd_ok(&r)) {
        return layer_bad(w, v, NOTE_IPV6_TRUNC_PKT);
    }
    if (length == 0 && h.p[6] == IPPROTO_HOPOPTS && rd_left(&r) > 0) { /* RFC 2675: an option says how long it is; Linux takes all there is, with one or without */
        w->p->unread = true;
    }
    v->ip = (struct bytes){ .p = data.p, .n = IPV6_LEN + length };
    v->ip_header = h;
    v->family = FAMILY_6;
    v->present |= LAYER_IPV6;
    v->tos = (uint8_t)(head16(h, 0) >> 4);
    v->ttl = h.p[7];
    v->src = head_addr6(h, 8);
    v->dst = head_addr6(h, 24);
    ipv6_payload(w, v, h.p[6], payload);
    return true;
}
