/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ICMP (RFC 792, RFC 950, RFC 1256) and the packets its errors quote. */
#include "packet/layers.h"

#include <netinet/in.h>

#define ICMP_LEN       8
#define IPV4_LEN       20
#define TIMESTAMPS_LEN 12

enum icmp4_type {
    ICMP_ECHO_REPLY = 0,
    ICMP_UNREACHABLE = 3,
    ICMP_QUENCH = 4,
    ICMP_REDIRECTED = 5,
    ICMP_ECHO_REQUEST = 8,
    ICMP_ADVERTISEMENT = 9,
    ICMP_EXCEEDED = 11,
    ICMP_PARAMETER = 12,
    ICMP_STAMP = 13,
    ICMP_STAMP_REPLY = 14,
    ICMP_INFO = 15,
    ICMP_INFO_ANSWER = 16,
    ICMP_MASK = 17,
    ICMP_MASK_REPLY = 18,
};

/* Bytes of a quoted transport header that identify it: the protocol counts as known only with them. */
static size_t quoted_least(uint8_t proto)
{
    switch (proto) {
    case IPPROTO_TCP:
    case IPPROTO_SCTP:
        return 4;
    default:
        return 8;
    }
}

static void icmp4_quoted(struct walk *w, struct view *v, struct bytes data)
{
    struct rd r = rd_of(data);
    struct bytes h = rd_bytes(&r, IPV4_LEN);

    if (!rd_ok(&r)) {
        (void)layer_bad(w, v, NOTE_ICMPV4_IPV4_TRUNC_PKT);
        return;
    }
    if (h.p[0] >> 4 != 4) {
        (void)layer_bad(w, v, NOTE_ICMPV4_IPV4_UNKNOWN_VER);
        return;
    }
    size_t header = (size_t)(h.p[0] & 0x0f) * 4;
    rd_skip(&r, header > IPV4_LEN ? header - IPV4_LEN : 0);
    struct bytes l4 = rd_bytes(&r, quoted_least(h.p[9]));
    v->flags |= VIEW_ICMP_ERROR;
    v->quoted_family = FAMILY_4;
    v->quoted_src = head_addr4(h, 12);
    v->quoted_dst = head_addr4(h, 16);
    if (!rd_ok(&r)) {
        return;
    }
    v->quoted_proto = h.p[9];
    if (h.p[9] == IPPROTO_TCP || h.p[9] == IPPROTO_UDP || h.p[9] == IPPROTO_SCTP) {
        v->quoted_sport = head16(l4, 0);
        v->quoted_dport = head16(l4, 2);
    }
}

/* The largest code of each type; -1: the type is not known. */
static int icmp4_codes(uint8_t type)
{
    switch (type) {
    case ICMP_UNREACHABLE: /* RFC 1812 5.2.7.1 */
        return 15;
    case ICMP_REDIRECTED:
        return 3;
    case ICMP_EXCEEDED:
        return 1;
    case ICMP_ADVERTISEMENT:
        return 255;
    case ICMP_ECHO_REPLY:
    case ICMP_QUENCH:
    case ICMP_ECHO_REQUEST:
    case ICMP_PARAMETER:
    case ICMP_STAMP:
    case ICMP_STAMP_REPLY:
    case ICMP_INFO:
    case ICMP_INFO_ANSWER:
    case ICMP_MASK:
    case ICMP_MASK_REPLY:
        return 0;
    default:
        return -1;
    }
}

/* Bytes behind the first eight that belong to the message's header. */
static size_t icmp4_more(struct walk *w, struct view *v, struct bytes data)
{
    size_t more = 0;

    switch (v->icmp.type) {
    case ICMP_STAMP:
    case ICMP_STAMP_REPLY:
        more = TIMESTAMPS_LEN;
        break;
    case ICMP_ADVERTISEMENT: /* RFC 1256 3: addresses, words per address */
        more = (size_t)head8(data, 4) * head8(data, 5) * 4;
        break;
    default:
        break;
    }
    if (ICMP_LEN + more > data.n) {
        layer_note(w, v, NOTE_ICMPV4_IPV4_TRUNC_PKT);
        return 0;
    }
    return more;
}

bool layer_icmp4(struct walk *w, struct view *v, struct bytes data)
{
    struct rd r = rd_of(data);
    struct bytes h = rd_bytes(&r, ICMP_LEN);

    count(w, COUNT_ICMPV4);
    if (!rd_ok(&r)) {
        return layer_bad(w, v, NOTE_ICMPV4_PKT_TOO_SMALL);
    }
    v->icmp.type = h.p[0];
    v->icmp.code = h.p[1];
    v->icmp.id = head16(h, 4);
    v->icmp.seq = head16(h, 6);
    v->icmp.has_id = false;
    v->icmp.mtu = 0;
    v->proto = IPPROTO_ICMP;
    v->l4_header = h;
    v->present |= LAYER_ICMP4;
    int codes = icmp4_codes(h.p[0]);
    bool known = codes >= 0 && h.p[1] <= codes;
    if (!known) {
        layer_note(w, v, codes < 0 ? NOTE_ICMPV4_UNKNOWN_TYPE : NOTE_ICMPV4_UNKNOWN_CODE);
    }
    switch (h.p[0]) {
    case ICMP_UNREACHABLE:
        v->icmp.mtu = h.p[1] == 4 ? v->icmp.seq : 0; /* RFC 1191 4 */
        if (known && rd_left(&r) > 0) {
            icmp4_quoted(w, v, rd_peek(&r));
        }
        break;
    case ICMP_REDIRECTED:
    case ICMP_EXCEEDED:
    case ICMP_PARAMETER:
        if (known && rd_left(&r) > 0) {
            icmp4_quoted(w, v, rd_peek(&r));
        }
        break;
    case ICMP_QUENCH:
        if (known) {
            icmp4_quoted(w, v, rd_peek(&r));
        }
        break;
    default:
        v->icmp.has_id = codes == 0; /* the queries: their types have code 0 only */
        break;
    }
    size_t more = icmp4_more(w, v, data);
    rd_skip(&r, more);
    v->l4_header.n = ICMP_LEN + more;
    v->payload = rd_rest(&r);
    layer_flow(v);
    return true;
}
