/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ICMPv6 (RFC 4443 and those who add types) and the packets its errors quote. */
#include "packet/layers.h"

#include <netinet/in.h>

#define ICMP_LEN 8
#define IPV6_LEN 40

enum icmp6_type {
    ICMP6_UNREACHABLE = 1,
    ICMP6_TOO_BIG = 2,
    ICMP6_EXCEEDED = 3,
    ICMP6_PARAMETER = 4,
    ICMP6_ECHO = 128,
    ICMP6_ECHO_ANSWER = 129,
    ICMP6_LISTENER_QUERY = 130,
    ICMP6_LISTENER_DONE = 132,
    ICMP6_RPL = 155,
};

/* The largest code of each type. */
static const struct {
    uint8_t type, code;
} icmp6_codes[] = {
    { 1, 6 },   { 2, 0 },   { 3, 1 },     { 4, 2 },     { 128, 0 },   { 129, 0 },   { 130, 0 },   { 131, 0 },
    { 132, 0 }, { 133, 0 }, { 134, 0 },   { 135, 0 },   { 136, 0 },   { 137, 0 },   { 138, 255 }, { 139, 2 },
    { 140, 2 }, { 141, 0 }, { 142, 0 },   { 143, 0 },   { 144, 0 },   { 145, 0 },   { 146, 0 },   { 147, 0 },
    { 148, 0 }, { 149, 0 }, { 150, 255 }, { 151, 255 }, { 152, 255 }, { 153, 255 }, { 154, 0 },   { 155, 132 },
    { 156, 0 }, { 157, 0 }, { 158, 0 },   { 159, 0 },
};

static bool icmp6_code_known(uint8_t type, uint8_t code, unsigned most)
{
    if (type == 138) { /* router renumbering, RFC 2894 3.1 */
        return code <= 2 || code == 255;
    }
    if (type == ICMP6_RPL) { /* RFC 6550 20.2 */
        return code <= 3 || (code >= 128 && code <= most);
    }
    return code <= most;
}

/* Why a type without a row is not known (IANA's ranges). */
static enum decode_note icmp6_unknown(uint8_t type)
{
    if (type == 100 || type == 101 || type == 200 || type == 201) {
        return NOTE_ICMPV6_EXPERIMENTATION_TYPE;
    }
    return type == 0 || type == 127 ? NOTE_ICMPV6_UNKNOWN_TYPE : NOTE_ICMPV6_UNASSIGNED_TYPE;
}

/* True when type and code are known. */
static bool icmp6_check(struct walk *w, struct view *v)
{
    for (size_t i = 0; i < ROWS(icmp6_codes); i++) {
        if (icmp6_codes[i].type == v->icmp.type) {
            bool known = icmp6_code_known(v->icmp.type, v->icmp.code, icmp6_codes[i].code);
            if (!known) {
                layer_note(w, v, NOTE_ICMPV6_UNKNOWN_CODE);
            }
            return known;
        }
    }
    layer_note(w, v, icmp6_unknown(v->icmp.type));
    return false;
}

static void icmp6_quoted(struct walk *w, struct view *v, struct bytes data)
{
    struct rd r = rd_of(data);
    struct bytes h = rd_bytes(&r, IPV6_LEN);

    if (!rd_ok(&r)) {
        (void)layer_bad(w, v, NOTE_ICMPV6_IPV6_TRUNC_PKT);
        return;
    }
    if (h.p[0] >> 4 != 6) {
        (void)layer_bad(w, v, NOTE_ICMPV6_IPV6_UNKNOWN_VERSION);
        return;
    }
    v->flags |= VIEW_ICMP_ERROR;
    v->quoted_family = FAMILY_6;
    v->quoted_src = head_addr6(h, 8);
    v->quoted_dst = head_addr6(h, 24);
    uint8_t proto = h.p[6];
    struct bytes l4 = rd_bytes(&r, proto == IPPROTO_TCP ? 4 : 8);
    if (!rd_ok(&r)) {
        return;
    }
    v->quoted_proto = proto;
    if (proto == IPPROTO_TCP || proto == IPPROTO_UDP || proto == IPPROTO_SCTP) {
        v->quoted_sport = head16(l4, 0);
        v->quoted_dport = head16(l4, 2);
    }
}

/* What follows four bytes of header in messages that are neither errors nor echoes.  Its length is counted as if eight
 * had been taken, twice over: that is what Suricata's `dsize` and payload matches see of neighbour discovery. */
static struct bytes icmp6_short_payload(struct bytes data)
{
    struct rd r = rd_of(data);
    size_t n = data.n >= ICMP_LEN + 4 ? data.n - (ICMP_LEN + 4) : 0;

    rd_skip(&r, 4);
    return rd_bytes(&r, n);
}

bool layer_icmp6(struct walk *w, struct view *v, struct bytes data)
{
    struct rd r = rd_of(data);
    struct bytes h = rd_bytes(&r, ICMP_LEN);
    bool whole = false;

    count(w, COUNT_ICMPV6);
    if (!rd_ok(&r)) {
        return layer_bad(w, v, NOTE_ICMPV6_PKT_TOO_SMALL);
    }
    v->icmp.type = h.p[0];
    v->icmp.code = h.p[1];
    v->icmp.id = head16(h, 4);
    v->icmp.seq = head16(h, 6);
    v->icmp.has_id = false;
    v->icmp.mtu = 0;
    v->proto = IPPROTO_ICMPV6;
    v->l4_header = h;
    v->present |= LAYER_ICMP6;
    bool known = icmp6_check(w, v);
    switch (h.p[0]) {
    case ICMP6_TOO_BIG:
    case ICMP6_UNREACHABLE:
    case ICMP6_EXCEEDED:
    case ICMP6_PARAMETER:
        whole = known;
        if (known) {
            v->icmp.mtu = h.p[0] == ICMP6_TOO_BIG ? head32(h, 4) : 0;
            icmp6_quoted(w, v, rd_peek(&r));
        }
        break;
    case ICMP6_ECHO:
    case ICMP6_ECHO_ANSWER:
        whole = known;
        v->icmp.has_id = known;
        break;
    default:
        break;
    }
    if (h.p[0] >= ICMP6_LISTENER_QUERY && h.p[0] <= ICMP6_LISTENER_DONE && v->ttl != 1) { /* RFC 2710 3 */
        layer_note(w, v, NOTE_ICMPV6_MLD_MESSAGE_WITH_INVALID_HL);
    }
    v->payload = whole ? rd_peek(&r) : icmp6_short_payload(data);
    layer_flow(v);
    return true;
}
