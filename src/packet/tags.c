/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What stands between the link header and the network header: tags, labels, service headers. */
#include "packet/layers.h"

#define TAG_LEN         4
#define BACKBONE_LEN    18 /* flags and I-SID 4, customer addresses 12, type 2 */
#define VNTAG_LEN       6
#define ETAG_LEN        8
#define LABEL_LEN       4
#define NSH_LEN         8
#define FABRIC_PATH_LEN 16
#define LENGTHS_MAX     1500 /* a type field up to here is a length (IEEE 802.3 3.2.6) */

enum ether_type {
    TYPE_IPV4 = 0x0800,
    TYPE_ARP = 0x0806,
    TYPE_RARP = 0x8035,
    TYPE_VLAN = 0x8100,
    TYPE_IPV6 = 0x86dd,
    TYPE_PAUSE = 0x8808,
    TYPE_SLOW = 0x8809,
    TYPE_MPLS = 0x8847,
    TYPE_MPLS_MULTICAST = 0x8848,
    TYPE_PPPOE_DISCOVERY = 0x8863,
    TYPE_PPPOE_SESSION = 0x8864,
    TYPE_EAPOL = 0x888e,
    TYPE_PROFINET = 0x8892,
    TYPE_QINQ = 0x88a8,
    TYPE_LLDP = 0x88cc,
    TYPE_BACKBONE = 0x88e7,
    TYPE_CFM = 0x8902,
    TYPE_FABRIC_PATH = 0x8903,
    TYPE_VNTAG = 0x8926,
    TYPE_ETAG = 0x893f,
    TYPE_NSH = 0x894f,
    TYPE_LOOPBACK = 0x9000,
    TYPE_QINQ_OLD = 0x9100,
};

/* Types without a decoder: frames between neighbours are told apart for the map, all are noted as unknown. */
static void ether_type_other(struct walk *w, struct view *v, uint16_t type, struct bytes data)
{
    static const struct {
        uint16_t type;
        uint8_t control;
    } known[] = {
        { TYPE_LLDP, CONTROL_LLDP },   { TYPE_EAPOL, CONTROL_EAPOL },       { TYPE_SLOW, CONTROL_SLOW },
        { TYPE_PAUSE, CONTROL_PAUSE }, { TYPE_LOOPBACK, CONTROL_LOOPBACK }, { TYPE_CFM, CONTROL_CFM },
        { TYPE_PROFINET, CONTROL_PROFINET },
    };

    if (type == TYPE_RARP) {
        layer_rarp(w, v, data);
    } else if (type <= LENGTHS_MAX) {
        layer_llc_control(w, v, data);
    }
    for (size_t i = 0; i < ROWS(known); i++) {
        if (known[i].type == type) {
            v->control = known[i].control;
            v->l4 = data;
        }
    }
    if (v->control != CONTROL_NONE) {
        count(w, COUNT_CONTROL);
    }
    count(w, COUNT_UNKNOWN_ETHERTYPE);
    layer_note(w, v, NOTE_ETHERNET_UNKNOWN_ETHERTYPE);
}

/* IEEE 802.1ah: the customer's addresses inside, the service's number in front: a network. */
static void layer_backbone(struct walk *w, struct view *v, struct bytes data)
{
    struct rd r = rd_of(data);
    struct bytes h = rd_bytes(&r, BACKBONE_LEN);

    count(w, COUNT_IEEE8021AH);
    if (!rd_ok(&r)) {
        (void)layer_bad(w, v, NOTE_IEEE8021AH_HEADER_TOO_SMALL);
    } else if (layer_enter(w, v)) {
        v->network = head32(h, 0) & 0xffffff;
        (void)layer_ether_type(w, v, head16(h, 16), rd_rest(&r));
    }
}

static void layer_vntag(struct walk *w, struct view *v, struct bytes data)
{
    struct rd r = rd_of(data);
    struct bytes h = rd_bytes(&r, VNTAG_LEN);

    count(w, COUNT_VNTAG);
    if (!rd_ok(&r)) {
        (void)layer_bad(w, v, NOTE_VNTAG_HEADER_TOO_SMALL);
    } else if (layer_enter(w, v) && !layer_ether_type(w, v, head16(h, 4), rd_rest(&r))) {
        (void)layer_bad(w, v, NOTE_VNTAG_UNKNOWN_TYPE);
    }
}

/* IEEE 802.1BR. */
static void layer_etag(struct walk *w, struct view *v, struct bytes data)
{
    struct rd r = rd_of(data);
    struct bytes h = rd_bytes(&r, ETAG_LEN);

    count(w, COUNT_ETAG);
    if (!rd_ok(&r)) {
        (void)layer_bad(w, v, NOTE_ETAG_HEADER_TOO_SMALL);
    } else if (layer_enter(w, v) && !layer_ether_type(w, v, head16(h, 6), rd_rest(&r))) {
        (void)layer_bad(w, v, NOTE_ETAG_UNKNOWN_TYPE);
    }
}

/* Cisco FabricPath (DCE): two more bytes, then the Ethernet frame that was wrapped. */
static void layer_fabric_path(struct walk *w, struct view *v, struct bytes data)
{
    struct rd r = rd_of(data);

    if (rd_left(&r) < FABRIC_PATH_LEN) {
        (void)layer_bad(w, v, NOTE_DCE_PKT_TOO_SMALL);
        return;
    }
    rd_skip(&r, 2);
    (void)layer_ethernet(w, v, rd_rest(&r));
}

/* Not malformed: its target may read on. */
static bool too_many_tags(struct walk *w, struct view *v)
{
    w->p->unread = true;
    layer_note(w, v, NOTE_VLAN_TOO_MANY_LAYERS);
    return false;
}

bool layer_vlan(struct walk *w, struct view *v, struct bytes data)
{
    struct rd r = rd_of(data);
    struct bytes h = rd_bytes(&r, TAG_LEN);

    if (v->vlan_n < VIEW_VLANS_MAX) {
        count(w, v->vlan_n == 0 ? COUNT_VLAN : v->vlan_n == 1 ? COUNT_VLAN_QINQ : COUNT_VLAN_QINQINQ);
    }
    if (!rd_ok(&r)) {
        return layer_bad(w, v, NOTE_VLAN_HEADER_TOO_SMALL);
    }
    if (!layer_enter(w, v)) {
        return false;
    }
    if (v->vlan_n >= VIEW_VLANS_MAX) {
        return too_many_tags(w, v);
    }
    v->vlan[v->vlan_n++] = head16(h, 0) & 0x0fff;
    return layer_ether_type(w, v, head16(h, 2), rd_rest(&r)) ? true : layer_bad(w, v, NOTE_VLAN_UNKNOWN_TYPE);
}

static enum decode_note mpls_reserved(uint32_t label)
{
    return label == 1   ? NOTE_MPLS_BAD_LABEL_ROUTER_ALERT
           : label == 3 ? NOTE_MPLS_BAD_LABEL_IMPLICIT_NULL
                        : NOTE_MPLS_BAD_LABEL_RESERVED;
}

/* What stands under the last label has no type field: the label, then the first four bits, decide (RFC 3032, RFC 4928).
 */
static bool mpls_payload(struct walk *w, struct view *v, uint32_t label, struct rd r)
{
    if (label == 0 || label == 2) { /* explicit null: IPv4, IPv6 */
        return rd_left(&r) > UINT16_MAX ? false : (label == 0 ? layer_ipv4 : layer_ipv6)(w, v, rd_rest(&r));
    }
    if (label < 15) {
        layer_note(w, v, mpls_reserved(label));
        return true;
    }
    if (rd_left(&r) < 4) {
        return layer_bad(w, v, NOTE_MPLS_PKT_TOO_SMALL);
    }
    switch (rd_peek(&r).p[0] >> 4) {
    case 4:
        return rd_left(&r) > UINT16_MAX ? false : ((void)layer_ipv4(w, v, rd_rest(&r)), true);
    case 6:
        return rd_left(&r) > UINT16_MAX ? false : ((void)layer_ipv6(w, v, rd_rest(&r)), true);
    case 0: /* an Ethernet pseudo-wire with its control word (RFC 4385) */
        rd_skip(&r, 4);
        (void)layer_ethernet(w, v, rd_rest(&r));
        return true;
    default:
        (void)layer_bad(w, v, NOTE_MPLS_UNKNOWN_PAYLOAD_TYPE);
        return true;
    }
}

bool layer_mpls(struct walk *w, struct view *v, struct bytes data)
{
    struct rd r = rd_of(data);
    uint32_t label = 0;

    count(w, COUNT_MPLS);
    if (!layer_enter(w, v)) {
        return false;
    }
    layer_overlay(v, OVERLAY_MPLS);
    do {
        label = rd_be32(&r);
        v->mpls_n = (uint8_t)(v->mpls_n < UINT8_MAX ? v->mpls_n + 1 : UINT8_MAX);
    } while (rd_ok(&r) && (label & 0x100) == 0); /* the bottom-of-stack bit */
    if (!rd_ok(&r)) {
        return layer_bad(w, v, NOTE_MPLS_HEADER_TOO_SMALL);
    }
    return mpls_payload(w, v, label >> 12, r);
}

/* RFC 8300. */
bool layer_nsh(struct walk *w, struct view *v, struct bytes data)
{
    count(w, COUNT_NSH);
    if (data.n < NSH_LEN) {
        return layer_bad(w, v, NOTE_NSH_HEADER_TOO_SMALL);
    }
    if (!layer_enter(w, v)) {
        return false;
    }
    struct rd r = rd_of(data);
    struct bytes h = rd_bytes(&r, NSH_LEN);
    if (head16(h, 0) >> 14 != 0) {
        layer_note(w, v, NOTE_NSH_UNSUPPORTED_VERSION);
        return true;
    }
    size_t length = (size_t)(head16(h, 0) & 0x3f) * 4;
    if (length >= data.n) {
        return layer_bad(w, v, NOTE_NSH_BAD_HEADER_LENGTH);
    }
    uint8_t kind = h.p[2]; /* RFC 8300 2.2: the whole byte is looked at, its upper half is unassigned */
    if (kind == 0 || kind == 0xf) {
        layer_note(w, v, NOTE_NSH_RESERVED_TYPE);
        return true;
    }
    if (kind == 1 && length != 24) {
        return layer_bad(w, v, NOTE_NSH_BAD_HEADER_LENGTH);
    }
    if (kind > 2) {
        layer_note(w, v, NOTE_NSH_UNSUPPORTED_TYPE);
        return true;
    }
    layer_overlay(v, OVERLAY_NSH);
    r = rd_of(data);
    rd_skip(&r, length);
    switch (h.p[3]) {
    case 1:
        return rd_left(&r) > UINT16_MAX ? false : layer_ipv4(w, v, rd_rest(&r));
    case 2:
        return rd_left(&r) > UINT16_MAX ? false : layer_ipv6(w, v, rd_rest(&r));
    case 3:
        return layer_ethernet(w, v, rd_rest(&r));
    case 5:
        return layer_mpls(w, v, rd_rest(&r));
    default:
        layer_note(w, v, NOTE_NSH_UNKNOWN_PAYLOAD);
        return true;
    }
}

/* IP packets are at most 65,535 bytes: what a jumbo capture has beyond is trailer. */
static struct bytes ip_bytes(struct bytes data)
{
    return (struct bytes){ .p = data.p, .n = data.n < UINT16_MAX ? data.n : UINT16_MAX };
}

static void ether_type_tag(struct walk *w, struct view *v, uint16_t type, struct bytes data)
{
    switch (type) {
    case TYPE_PPPOE_SESSION:
        (void)layer_pppoe_session(w, v, data);
        break;
    case TYPE_PPPOE_DISCOVERY:
        (void)layer_pppoe_discovery(w, v, data);
        break;
    case TYPE_BACKBONE:
        layer_backbone(w, v, data);
        break;
    case TYPE_MPLS:
    case TYPE_MPLS_MULTICAST:
        (void)layer_mpls(w, v, data);
        break;
    case TYPE_FABRIC_PATH:
        layer_fabric_path(w, v, data);
        break;
    case TYPE_VNTAG:
        layer_vntag(w, v, data);
        break;
    case TYPE_ETAG:
        layer_etag(w, v, data);
        break;
    default:
        (void)layer_nsh(w, v, data);
        break;
    }
}

bool layer_ether_type(struct walk *w, struct view *v, uint16_t type, struct bytes data)
{
    v->ether_type = type;
    switch (type) {
    case TYPE_IPV4:
        (void)layer_ipv4(w, v, ip_bytes(data));
        return true;
    case TYPE_IPV6:
        (void)layer_ipv6(w, v, ip_bytes(data));
        return true;
    case TYPE_VLAN:
    case TYPE_QINQ:
    case TYPE_QINQ_OLD:
        if (v->vlan_n >= VIEW_VLANS_MAX) {
            (void)too_many_tags(w, v);
        } else {
            (void)layer_vlan(w, v, data);
        }
        return true;
    case TYPE_ARP:
        (void)layer_arp(w, v, data);
        return true;
    case TYPE_PPPOE_SESSION:
    case TYPE_PPPOE_DISCOVERY:
    case TYPE_BACKBONE:
    case TYPE_MPLS:
    case TYPE_MPLS_MULTICAST:
    case TYPE_FABRIC_PATH:
    case TYPE_VNTAG:
    case TYPE_ETAG:
    case TYPE_NSH:
        ether_type_tag(w, v, type, data);
        return true;
    default:
        ether_type_other(w, v, type, data);
        return false;
    }
}
