/* SPDX-License-Identifier: GPL-2.0-or-later */
/* PPP (RFC 1661, RFC 1662) and PPP over Ethernet (RFC 2516). */
#include "packet/layers.h"

#define PPPOE_LEN 6
#define IPV4_LEN  20
#define IPV6_LEN  40

enum ppp_kind { PPP_UNKNOWN, PPP_IPV4, PPP_IPV6, PPP_VJ, PPP_CONTROL, PPP_UNSUPPORTED };

static enum ppp_kind ppp_kind(uint16_t protocol)
{
    static const uint16_t control[] = {
        /* LCP, PAP, CHAP, LQR, CBCP, IPCP, IPv6CP, CCP, CDPCP, compressed datagram */
        0xc021, 0xc023, 0xc223, 0xc025, 0xc029, 0x8021, 0x8057, 0x80fd, 0x8207, 0x00fd,
    };
    static const uint16_t unsupported[] = {
        /* OSI, XNS, DECnet, AppleTalk, IPX, VJ compressed, bridging, ST-II, VINES,
         * hello, Luxcom, SNA, MPLS, and the control protocols of some of them */
        0x0023, 0x0025, 0x0027, 0x0029, 0x002b, 0x002d, 0x0031, 0x0033, 0x0035, 0x0201, 0x0231,
        0x0233, 0x0281, 0x0283, 0x8023, 0x8025, 0x8027, 0x8029, 0x802b, 0x8033, 0x8035, 0x8281,
    };

    switch (protocol) {
    case 0x0021:
        return PPP_IPV4;
    case 0x0057:
        return PPP_IPV6;
    case 0x002f:
        return PPP_VJ;
    default:
        break;
    }
    for (size_t i = 0; i < ROWS(control); i++) {
        if (control[i] == protocol) {
            return PPP_CONTROL;
        }
    }
    for (size_t i = 0; i < ROWS(unsupported); i++) {
        if (unsupported[i] == protocol) {
            return PPP_UNSUPPORTED;
        }
    }
    return PPP_UNKNOWN;
}

/* One byte of protocol field: the sender left out the zero in front (RFC 1661 6.5). */
static bool ppp_short(struct walk *w, struct view *v, uint8_t protocol, struct bytes data)
{
    struct bytes ip = { .p = data.p, .n = data.n < UINT16_MAX ? data.n : UINT16_MAX };

    switch (protocol) {
    case 0x21:
        return data.n < IPV4_LEN ? layer_bad(w, v, NOTE_PPP_VJU_PKT_TOO_SMALL) : layer_ipv4(w, v, ip);
    case 0x57:
        return data.n < IPV6_LEN ? layer_bad(w, v, NOTE_PPP_IP6_PKT_TOO_SMALL) : layer_ipv6(w, v, ip);
    case 0x2f:
        if (data.n < IPV4_LEN) {
            return layer_bad(w, v, NOTE_PPP_VJU_PKT_TOO_SMALL);
        }
        if (data.n > UINT16_MAX || data.p[0] >> 4 != 4) {
            return false;
        }
        w->vj = true;
        return layer_ipv4(w, v, data);
    default:
        layer_note(w, v, NOTE_PPP_UNSUP_PROTO);
        return true;
    }
}

static bool ppp_payload(struct walk *w, struct view *v, uint16_t protocol, struct bytes data)
{
    switch (ppp_kind(protocol)) {
    case PPP_VJ:
        if (data.n < IPV4_LEN) {
            return layer_bad(w, v, NOTE_PPP_VJU_PKT_TOO_SMALL);
        }
        return data.n > UINT16_MAX || data.p[0] >> 4 != 4 ? false : layer_ipv4(w, v, data);
    case PPP_IPV4:
        if (data.n < IPV4_LEN) {
            return layer_bad(w, v, NOTE_PPP_IP4_PKT_TOO_SMALL);
        }
        return data.n > UINT16_MAX ? false : layer_ipv4(w, v, data);
    case PPP_IPV6:
        if (data.n < IPV6_LEN) {
            return layer_bad(w, v, NOTE_PPP_IP6_PKT_TOO_SMALL);
        }
        return data.n > UINT16_MAX ? false : layer_ipv6(w, v, data);
    case PPP_CONTROL:
        v->control = CONTROL_PPP;
        v->l4 = data;
        count(w, COUNT_CONTROL);
        return true;
    case PPP_UNSUPPORTED:
        layer_note(w, v, NOTE_PPP_UNSUP_PROTO);
        return true;
    case PPP_UNKNOWN:
        break;
    }
    (void)layer_bad(w, v, NOTE_PPP_WRONG_TYPE);
    return true;
}

bool layer_ppp(struct walk *w, struct view *v, struct bytes data)
{
    struct rd r = rd_of(data);

    count(w, COUNT_PPP);
    if (head8(data, 0) == 0xff) { /* address and control field of HDLC framing */
        rd_skip(&r, 2);
    }
    uint16_t protocol = rd_u8(&r);
    bool single = (protocol & 1) != 0;
    if (!single) {
        protocol = (uint16_t)(protocol << 8 | rd_u8(&r));
    }
    if (!rd_ok(&r)) {
        return layer_bad(w, v, NOTE_PPP_PKT_TOO_SMALL);
    }
    if (!layer_enter(w, v)) {
        return false;
    }
    return single ? ppp_short(w, v, (uint8_t)protocol, rd_rest(&r)) : ppp_payload(w, v, protocol, rd_rest(&r));
}

bool layer_pppoe_session(struct walk *w, struct view *v, struct bytes data)
{
    struct rd r = rd_of(data);
    struct bytes h = rd_bytes(&r, PPPOE_LEN);
    uint16_t protocol = rd_u8(&r);

    count(w, COUNT_PPPOE);
    if (!rd_ok(&r)) {
        return layer_bad(w, v, NOTE_PPPOE_PKT_TOO_SMALL);
    }
    if (head16(h, 4) == 0) {
        return true;
    }
    if ((protocol & 1) == 0) {
        protocol = (uint16_t)(protocol << 8 | rd_u8(&r));
    }
    if (!rd_ok(&r)) {
        return layer_bad(w, v, NOTE_PPPOE_PKT_TOO_SMALL);
    }
    layer_overlay(v, OVERLAY_PPPOE);
    (void)ppp_payload(w, v, protocol, rd_rest(&r));
    return true;
}

bool layer_pppoe_discovery(struct walk *w, struct view *v, struct bytes data)
{
    struct rd r = rd_of(data);
    struct bytes h = rd_bytes(&r, PPPOE_LEN);

    count(w, COUNT_PPPOE);
    if (!rd_ok(&r)) {
        return layer_bad(w, v, NOTE_PPPOE_PKT_TOO_SMALL);
    }
    switch (h.p[1]) { /* PADI, PADO, PADR, PADS, PADT */
    case 0x09:
    case 0x07:
    case 0x19:
    case 0x65:
    case 0xa7:
        break;
    default:
        (void)layer_bad(w, v, NOTE_PPPOE_WRONG_CODE);
        return true;
    }
    if (head16(h, 4) > rd_left(&r)) {
        (void)layer_bad(w, v, NOTE_PPPOE_MALFORMED_TAGS);
        return true;
    }
    v->control = CONTROL_PPPOE;
    v->l4 = data;
    count(w, COUNT_CONTROL);
    return true;
}
