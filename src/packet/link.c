/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Link headers: which decoder a link type has, and the plain ones. */
#include "packet/layers.h"

#define ETHERNET_LEN 14
#define SLL_LEN      16
#define SLL2_LEN     20
#define CHDLC_LEN    4
#define FAMILY_LEN   4
#define IP_BYTES_MAX 65535
#define IPV4_LEN     20

bool layer_ethernet(struct walk *w, struct view *v, struct bytes data)
{
    struct rd r = rd_of(data);
    struct bytes h = rd_bytes(&r, ETHERNET_LEN);

    count(w, COUNT_ETHERNET);
    if (!rd_ok(&r)) {
        return layer_bad(w, v, NOTE_ETHERNET_PKT_TOO_SMALL);
    }
    if (!layer_enter(w, v)) {
        return false;
    }
    v->ether = h;
    v->present |= LAYER_ETHER;
    (void)layer_ether_type(w, v, head16(h, 12), rd_rest(&r));
    return true;
}

/* IP without a link header: the version decides (LINKTYPE_RAW, IPV4, IPV6). */
bool layer_raw(struct walk *w, struct view *v, struct bytes data)
{
    count(w, COUNT_RAW);
    if (data.n < IPV4_LEN) {
        return layer_bad(w, v, NOTE_IPV4_PKT_TOO_SMALL);
    }
    unsigned version = data.p[0] >> 4;
    if (version != 4 && version != 6) {
        layer_note(w, v, NOTE_IPRAW_INVALID_IP_VERSION);
        return true;
    }
    if (data.n > IP_BYTES_MAX) {
        return false;
    }
    return version == 4 ? layer_ipv4(w, v, data) : layer_ipv6(w, v, data);
}

/* The address families of AF_INET6 on the systems that write LINKTYPE_NULL: BSD, FreeBSD, Darwin, Linux, Solaris,
 * Windows. */
static bool family_is_6(uint32_t family)
{
    return family == 24 || family == 28 || family == 30 || family == 10 || family == 26 || family == 23;
}

static bool layer_loopback(struct walk *w, struct view *v, struct bytes data)
{
    struct rd r = rd_of(data);
    struct bytes h = rd_bytes(&r, FAMILY_LEN);

    count(w, COUNT_NULL);
    if (!rd_ok(&r)) {
        return layer_bad(w, v, NOTE_LTNULL_PKT_TOO_SMALL);
    }
    /* LINKTYPE_NULL is in the byte order of the machine that captured, LINKTYPE_LOOP in network order: a family is
     * small, so its order shows. */
    uint32_t family = head32(h, 0);
    if (family > 0xffff) {
        family = __builtin_bswap32(family);
    }
    if (family != 2 && !family_is_6(family)) {
        layer_note(w, v, NOTE_LTNULL_UNSUPPORTED_TYPE);
        return true;
    }
    if (rd_left(&r) > IP_BYTES_MAX) {
        return false;
    }
    return family == 2 ? layer_ipv4(w, v, rd_rest(&r)) : layer_ipv6(w, v, rd_rest(&r));
}

static bool layer_sll(struct walk *w, struct view *v, struct bytes data)
{
    struct rd r = rd_of(data);
    struct bytes h = rd_bytes(&r, SLL_LEN);

    count(w, COUNT_SLL);
    if (!rd_ok(&r)) {
        return layer_bad(w, v, NOTE_SLL_PKT_TOO_SMALL);
    }
    if (!layer_enter(w, v)) {
        return false;
    }
    (void)layer_ether_type(w, v, head16(h, 14), rd_rest(&r));
    return true;
}

static bool layer_sll2(struct walk *w, struct view *v, struct bytes data)
{
    struct rd r = rd_of(data);
    struct bytes h = rd_bytes(&r, SLL2_LEN);

    count(w, COUNT_SLL2);
    if (!rd_ok(&r)) {
        return layer_bad(w, v, NOTE_SLL2_PKT_TOO_SMALL);
    }
    if (!layer_enter(w, v)) {
        return false;
    }
    (void)layer_ether_type(w, v, head16(h, 0), rd_rest(&r));
    return true;
}

static bool layer_chdlc(struct walk *w, struct view *v, struct bytes data)
{
    struct rd r = rd_of(data);
    struct bytes h = rd_bytes(&r, CHDLC_LEN);

    count(w, COUNT_CHDLC);
    if (!rd_ok(&r)) {
        return layer_bad(w, v, NOTE_CHDLC_PKT_TOO_SMALL);
    }
    if (rd_left(&r) > IP_BYTES_MAX || !layer_enter(w, v)) {
        return false;
    }
    uint16_t type = head16(h, 2);
    if (type == 0x8035 ||
        type == 0x2000) { /* the line's keep-alive; CDP: these numbers mean other things on Ethernet */
        v->ether_type = type;
        v->control = type == 0x8035 ? CONTROL_SLARP : CONTROL_CDP;
        v->l4 = rd_rest(&r);
        count(w, COUNT_CONTROL);
        count(w, COUNT_UNKNOWN_ETHERTYPE);
        layer_note(w, v, NOTE_ETHERNET_UNKNOWN_ETHERTYPE);
        return true;
    }
    (void)layer_ether_type(w, v, type, rd_rest(&r));
    return true;
}

/* PPP with HDLC framing (RFC 1662), or Cisco HDLC, which shares the link type: the first byte tells. */
static bool layer_ppp_serial(struct walk *w, struct view *v, struct bytes data)
{
    uint8_t first = head8(data, 0);

    return first == 0x0f || first == 0x8f ? layer_chdlc(w, v, data) : layer_ppp(w, v, data);
}

/* Per-packet information: version, flags, length, the link type that follows; little endian. */
static bool layer_ppi(struct walk *w, struct view *v, struct bytes data)
{
    struct rd r = rd_of(data);

    count(w, COUNT_PPI);
    rd_skip(&r, 2);
    uint16_t header = rd_le16(&r);
    uint32_t link = rd_le32(&r);
    rd_skip(&r, header >= 8 ? header - 8u : SIZE_MAX);
    if (!rd_ok(&r)) {
        return layer_bad(w, v, NOTE_PPI_HEADER_INVALID);
    }
    if (!layer_enter(w, v)) {
        return false;
    }
    return layer_link(w, v, link, rd_rest(&r));
}

/* Netfilter log: family, version, group, then attributes (length, type, value, padded to four) in the byte order of the
 * machine that captured; attribute 9 is the packet. */
static bool layer_nflog(struct walk *w, struct view *v, struct bytes data)
{
    struct rd r = rd_of(data);
    struct bytes h = rd_bytes(&r, 4);

    count(w, COUNT_NFLOG);
    if (!layer_enter(w, v)) {
        return false;
    }
    while (rd_left(&r) >= 4) {
        struct bytes a = rd_bytes(&r, 4);
        unsigned n = a.p[0] | a.p[1] << 8, type = a.p[2] | a.p[3] << 8;
        if ((type & 0x7f00) != 0 || a.p[2] == 0) { /* types are small: the other order */
            n = head16(a, 0);
            type = head16(a, 2);
        }
        if (n < 4) {
            break;
        }
        struct bytes value = rd_bytes(&r, n - 4);
        rd_skip(&r, rd_left(&r) < (4 - n % 4) % 4 ? rd_left(&r) : (4 - n % 4) % 4);
        if (!rd_ok(&r)) {
            break;
        }
        if ((type & 0x7fff) == 9) {
            return head8(h, 0) == 10 ? layer_ipv6(w, v, value) : layer_ipv4(w, v, value);
        }
    }
    return layer_bad(w, v, NOTE_NFLOG_HEADER_INVALID);
}

bool layer_link(struct walk *w, struct view *v, uint32_t link, struct bytes data)
{
    switch (link) {
    case LINK_ETHERNET:
        return layer_ethernet(w, v, data);
    case LINK_RAW:
    case LINK_RAW_BSD:
    case LINK_RAW_OPENBSD:
    case LINK_IPV4:
    case LINK_IPV6:
        return layer_raw(w, v, data);
    case LINK_NULL:
    case LINK_LOOP:
        return layer_loopback(w, v, data);
    case LINK_SLL:
        return layer_sll(w, v, data);
    case LINK_SLL2:
        return layer_sll2(w, v, data);
    case LINK_PPP:
        return layer_ppp(w, v, data);
    case LINK_PPP_SERIAL:
        return layer_ppp_serial(w, v, data);
    case LINK_PPP_ETHER:
        return layer_pppoe_session(w, v, data);
    case LINK_CHDLC:
        return layer_chdlc(w, v, data);
    case LINK_IEEE802_11:
        return layer_wlan(w, v, data);
    case LINK_RADIOTAP:
        return layer_radiotap(w, v, data);
    case LINK_PRISM:
        return layer_prism(w, v, data);
    case LINK_PPI:
        return layer_ppi(w, v, data);
    case LINK_WPAN:
        return layer_wpan(w, v, data);
    case LINK_WPAN_NOFCS:
        return layer_wpan_nofcs(w, v, data);
    case LINK_NFLOG:
        return layer_nflog(w, v, data);
    case LINK_FDDI:
        return layer_fddi(w, v, data);
    case LINK_TOKEN_RING:
        return layer_token_ring(w, v, data);
    default:
        count(w, COUNT_LINK_UNSUPPORTED);
        return layer_bad(w, v, NOTE_LINK_UNSUPPORTED);
    }
}
