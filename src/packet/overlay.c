/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Overlays over UDP: Teredo (RFC 4380), VXLAN (RFC 7348) and its generic form, Geneve (RFC 8926), GTP-U (3GPP
 * TS 29.281). */
#include "packet/layers.h"

#define ETHERNET_LEN   14
#define IPV6_LEN       40

enum overlay_type { TYPE_IPV4 = 0x0800, TYPE_ARP = 0x0806, TYPE_BRIDGE = 0x6558, TYPE_IPV6 = 0x86dd };

/* By overlay: the registered port. */
static const uint16_t registered[OVERLAY_N] = {
#define TAG(id, name, source)
#define TUNNEL(id, name, source, key, readers, help)
#define UDP_TUNNEL(id, name, source, key, port, readers, help) [id] = port,
#include "packet/overlays.list"
#undef TAG
#undef TUNNEL
#undef UDP_TUNNEL
};

/* Nothing marks Teredo but an IPv6 packet that fits exactly, perhaps behind an origin indication (RFC 4380 5.1.1). */
static bool overlay_teredo(struct walk *w, struct view *v)
{
    static const struct tunnel t = { .overlay = OVERLAY_TEREDO, .decode = layer_ipv6, .whole = true };
    struct rd r = rd_of(v->payload);

    if (v->payload.n >= IPV6_LEN && v->payload.p[0] == 0) {
        if (v->payload.p[1] != 0) {
            return false;
        }
        rd_skip(&r, 8);
    }
    struct bytes h = rd_peek(&r);
    if (h.n < IPV6_LEN || h.p[0] >> 4 != 6 || h.p[7] == 0) { /* a hop limit of 0 is chance */
        return false;
    }
    size_t length = head16(h, 4);
    if ((h.p[6] == 0 && length < 8) || h.n != IPV6_LEN + length || !layer_tunnel(w, v, &t, h)) {
        return false;
    }
    count(w, COUNT_TEREDO);
    return true;
}

/* The Ethernet header inside VXLAN: taken for the addresses; what follows is decoded without counting it. */
static bool vxlan_frame(struct walk *w, struct view *v, struct bytes data)
{
    struct rd r = rd_of(data);
    struct bytes h = rd_bytes(&r, ETHERNET_LEN);

    if (!rd_ok(&r)) {
        return false;
    }
    v->ether = h;
    v->present |= LAYER_ETHER;
    uint16_t type = head16(h, 12);
    v->ether_type = type;
    if (type == TYPE_IPV4) {
        return layer_ipv4(w, v, rd_rest(&r));
    }
    if (type == TYPE_IPV6) {
        return layer_ipv6(w, v, rd_rest(&r));
    }
    return type == TYPE_ARP ? layer_arp(w, v, rd_rest(&r)) : layer_vlan(w, v, rd_rest(&r));
}

static bool overlay_vxlan(struct walk *w, struct view *v)
{
    struct rd r = rd_of(v->payload);
    struct bytes h = rd_bytes(&r, 8);

    if (rd_left(&r) < ETHERNET_LEN || !layer_enter(w, v)) {
        return false;
    }
    if ((h.p[0] & 0x08) == 0 || h.p[7] != 0) { /* no network identifier; reserved (RFC 7348 5) */
        return false;
    }
    count(w, COUNT_VXLAN);
    switch (head16(rd_peek(&r), 12)) {
    case TYPE_IPV4:
    case TYPE_IPV6:
    case TYPE_ARP:
    case 0x8100:
    case 0x88a8:
    case 0x9100:
        break;
    default:
        (void)layer_bad(w, v, NOTE_VXLAN_UNKNOWN_PAYLOAD_TYPE);
        return true;
    }
    const struct tunnel t = { .overlay = OVERLAY_VXLAN, .decode = vxlan_frame, .network = head32(h, 4) >> 8 };
    (void)layer_tunnel(w, v, &t, rd_rest(&r));
    return true;
}

/* draft-ietf-nvo3-vxlan-gpe: a flag says that the last byte of the first word names what follows. */
static bool overlay_vxlan_gpe(struct walk *w, struct view *v)
{
    static const layer_fn inner[] = { NULL, layer_ipv4, layer_ipv6, layer_ethernet, layer_nsh, layer_mpls };
    struct rd r = rd_of(v->payload);
    struct bytes h = rd_bytes(&r, 8);

    if (!rd_ok(&r) || (h.p[0] & 0x0c) != 0x0c || (h.p[0] & 0x30) != 0 || h.p[3] == 0 || h.p[3] >= ROWS(inner)) {
        return false;
    }
    const struct tunnel t = {
        .overlay = OVERLAY_VXLAN_GPE,
        .decode = inner[h.p[3]],
        .network = head32(h, 4) >> 8,
    };
    if (!layer_tunnel(w, v, &t, rd_rest(&r))) {
        return false;
    }
    count(w, COUNT_VXLAN_GPE);
    return true;
}

/* RFC 8926 3.5: options of class, type, length in words. */
static bool geneve_options(struct rd r)
{
    while (rd_left(&r) > 0) {
        rd_skip(&r, 3);
        rd_skip(&r, (size_t)(rd_u8(&r) & 0x1f) * 4);
    }
    return rd_ok(&r);
}

static bool overlay_geneve(struct walk *w, struct view *v)
{
    struct rd r = rd_of(v->payload);
    struct bytes h = rd_bytes(&r, 8);

    if (!rd_ok(&r) || !layer_enter(w, v)) {
        return false;
    }
    struct rd options = rd_sub(&r, (size_t)(h.p[0] & 0x3f) * 4);
    if (!rd_ok(&r) || h.p[0] >> 6 != 0 || (h.p[1] & 0x3f) != 0 || h.p[7] != 0 || !geneve_options(options)) {
        return false;
    }
    count(w, COUNT_GENEVE);
    struct tunnel t = { .overlay = OVERLAY_GENEVE, .network = head32(h, 4) >> 8 };
    switch (head16(h, 2)) {
    case TYPE_IPV4:
        t.decode = layer_ipv4;
        break;
    case TYPE_IPV6:
        t.decode = layer_ipv6;
        break;
    case TYPE_BRIDGE:
        t.decode = layer_ethernet;
        break;
    case TYPE_ARP:
        return true;
    default:
        (void)layer_bad(w, v, NOTE_GENEVE_UNKNOWN_PAYLOAD_TYPE);
        return true;
    }
    (void)layer_tunnel(w, v, &t, rd_rest(&r));
    return true;
}

/* Extension headers: length in words, content, type of the next; 0 ends them (29.281 5.2.1). */
static bool gtpu_extensions(struct rd *r, uint8_t next)
{
    while (next != 0) {
        size_t words = rd_u8(r);
        rd_skip(r, words == 0 ? SIZE_MAX : words * 4 - 2);
        next = rd_u8(r);
        if (!rd_ok(r)) {
            return false;
        }
    }
    return true;
}

/* What stands behind GTP's header is a packet of IP. */
static bool gtp_inner(struct walk *w, struct view *v, enum overlay overlay, uint32_t teid, struct bytes inner)
{
    unsigned version = head8(inner, 0) >> 4;

    if (version != 4 && version != 6) {
        layer_note(w, v, NOTE_GTP_UNKNOWN_PAYLOAD);
        return false;
    }
    const struct tunnel t = { .overlay = overlay, .decode = version == 4 ? layer_ipv4 : layer_ipv6, .teid = teid };
    if (!layer_tunnel(w, v, &t, inner)) {
        return false;
    }
    count(w, COUNT_GTPU);
    return true;
}

/* GSM 09.60 6: twenty bytes, the last eight of them who it is (IMSI and NSAPI); of those the second half stands for a tunnel's number. */
static bool overlay_gtpv0(struct walk *w, struct view *v)
{
    struct rd r = rd_of(v->payload);
    struct bytes h = rd_bytes(&r, 20);

    if (!rd_ok(&r) || (h.p[0] & 0xf0) != 0x10 || h.p[1] != 0xff) {
        return false;
    }
    if (rd_left(&r) != head16(h, 2)) {
        layer_note(w, v, NOTE_GTP_HEADER_INVALID);
        return false;
    }
    return gtp_inner(w, v, OVERLAY_GTPV0, head32(h, 16), rd_rest(&r));
}

static bool overlay_gtpu(struct walk *w, struct view *v)
{
    struct rd all = rd_of(v->payload);
    struct bytes h = rd_bytes(&all, 8);

    if (!rd_ok(&all) || h.p[0] >> 5 != 1 || (h.p[0] & 0x10) == 0 || h.p[1] != 0xff) {
        return false; /* version 1, GTP and not GTP', a user packet */
    }
    struct rd r = rd_sub(&all, head16(h, 2));
    if ((h.p[0] & 7) != 0) { /* sequence, N-PDU number, extension type: all there when one is */
        struct bytes more = rd_bytes(&r, 4);
        if (rd_ok(&r) && (h.p[0] & 4) != 0 && !gtpu_extensions(&r, head8(more, 3))) {
            rd_fail(&r);
        }
    }
    if (!rd_ok(&r)) {
        layer_note(w, v, NOTE_GTP_HEADER_INVALID);
        return false;
    }
    return gtp_inner(w, v, OVERLAY_GTPU, head32(h, 4), rd_rest(&r));
}

/* In the order they are asked. */
static const struct {
    uint8_t overlay; /* enum overlay */
    bool (*decode)(struct walk *w, struct view *v);
    bool to_only; /* RFC 7348 5: what marks it is the port it goes to */
} overlays[] = {
    { OVERLAY_TEREDO, overlay_teredo, false },       { OVERLAY_GENEVE, overlay_geneve, false }, { OVERLAY_VXLAN, overlay_vxlan, true },
    { OVERLAY_VXLAN_GPE, overlay_vxlan_gpe, true },  { OVERLAY_GTPU, overlay_gtpu, false },
    { OVERLAY_GTPV0, overlay_gtpv0, false },
};

static bool port_named(const struct decode_settings *s, unsigned overlay, uint16_t port)
{
    return s->ports[overlay] == NULL ? port == registered[overlay] : port_set_has(s->ports[overlay], port);
}

static bool ports_named(const struct decode_settings *s, size_t i, uint16_t sport, uint16_t dport)
{
    unsigned o = overlays[i].overlay;

    return (s->off >> o & 1) == 0 && (port_named(s, o, dport) || (!overlays[i].to_only && port_named(s, o, sport)));
}

bool udp_may_carry(const struct decode_settings *s, uint16_t sport, uint16_t dport)
{
    for (size_t i = 0; i < ROWS(overlays); i++) {
        if (ports_named(s, i, sport, dport)) {
            return true;
        }
    }
    return false;
}

bool layer_udp_overlay(struct walk *w, struct view *v)
{
    for (size_t i = 0; i < ROWS(overlays); i++) {
        if (ports_named(&w->d->settings, i, v->sport, v->dport) && overlays[i].decode(w, v)) {
            return true;
        }
    }
    return false;
}
