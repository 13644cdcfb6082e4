/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tap_link - what neighbours on a link say of themselves: ARP and its reverse, neighbour discovery, switches, routers.
 */
#include "aware/taps.h"

#include <stdio.h>
#include <string.h>

static void link_sender(struct seen *s, const struct view *v)
{
    seen_begin(s, SEEN_SIGN);
    s->flags = SEEN_LINK;
    tap_sender(s, v);
}

static void tell(struct aware_tap *t, struct seen *s, enum seen_kind kind, struct bytes text)
{
    s->kind = kind;
    s->hash = 0;
    /* Who holds an address is told each time: two that take turns must show, and how many announcements there are tells a flood. */
    tap_tell(t, s, text, kind == SEEN_SIGN ? TELL_NEWS : 0);
}

static void tell_sign(struct aware_tap *t, struct seen *s, enum sign sign, struct bytes text)
{
    s->sign = (uint8_t)sign;
    tell(t, s, SEEN_SIGN, text);
}

/* The hardware address that the message names is whom it is about. */
static bool about_mac(struct seen *s, struct bytes mac)
{
    if (mac.n != 6 || !mac_own(mac.p)) {
        return false;
    }
    if (s->has_mac != 0 && memcmp(s->mac, mac.p, 6) != 0) {
        s->flags |= SEEN_STRANGE;
    }
    s->has_mac = 1;
    memcpy(s->mac, mac.p, 6);
    return true;
}

static bool about_ip4(struct seen *s, struct bytes ip)
{
    if (ip.n != 4 || (ip.p[0] | ip.p[1] | ip.p[2] | ip.p[3]) == 0 || ip.p[0] == 0 || ip.p[0] >= 224) {
        return false;
    }
    s->addr = addr_from4(ip.p);
    s->family = FAMILY_4;
    return true;
}

static void tap_arp(struct aware_tap *t, const struct view *v)
{
    struct seen s;
    bool rarp = v->control == CONTROL_RARP;

    link_sender(&s, v);
    if (rarp) { /* RFC 903: 3 asks, the target is whom it is about */
        if (v->arp.op == 3 && about_mac(&s, v->arp.target_mac)) {
            s.flags |= SEEN_SELF;
            tell(t, &s, SEEN_ANNOUNCE, bytes_none());
        }
        return;
    }
    if (!about_mac(&s, v->arp.sender_mac)) {
        return;
    }
    if (!about_ip4(&s, v->arp.sender_ip)) {
        if (v->arp.op == 1 && about_ip4(&s, v->arp.target_ip)) { /* RFC 5227 2.1.1: a probe */
            tell(t, &s, SEEN_PROBE, bytes_none());
        }
        return;
    }
    tell(t, &s, SEEN_BIND, bytes_none());
    if (bytes_equal(v->arp.sender_ip, v->arp.target_ip)) { /* RFC 5227 2.3 */
        tell(t, &s, SEEN_ANNOUNCE, bytes_none());
    }
}

/* The link-layer address among the options of neighbour discovery (RFC 4861 4.6). */
static struct bytes option_mac(struct rd r, uint8_t want)
{
    while (rd_left(&r) >= 8) {
        uint8_t kind = rd_u8(&r), eights = rd_u8(&r);
        if (eights == 0) {
            break;
        }
        struct bytes data = rd_bytes(&r, eights * 8u - 2);
        if (kind == want && data.n >= 6) {
            return bytes_head(data, 6);
        }
    }
    return bytes_none();
}

static void tap_advert(struct aware_tap *t, const struct view *v, struct seen *s, struct rd r)
{
    struct bytes flags = rd_bytes(&r, 4), target = rd_bytes(&r, 16);

    if (!rd_ok(&r) || target.p[0] == 0xff) {
        return;
    }
    s->addr = addr_from6(target.p);
    s->family = FAMILY_6;
    if (!about_mac(s, option_mac(r, 2)) && s->has_mac == 0) {
        return;
    }
    tell(t, s, SEEN_BIND, bytes_none());
    if (v->dst.b[0] == 0xff && (flags.p[0] & 0x40) == 0) { /* RFC 4861 7.2.6: unsolicited, to all */
        tell(t, s, SEEN_ANNOUNCE, bytes_none());
    }
    if ((flags.p[0] & 0x80) != 0) {
        tell_sign(t, s, SIGN_ROUTER, bytes_str("nd"));
    }
}

/* What hosts may make their addresses of, and for how many seconds they have these (RFC 4862 5.5.3, of hardware addresses: prefixes of 64 bits). */
static void tell_prefixes(struct aware_tap *t, struct seen *s, struct rd r)
{
    enum { PREFIX = 3, PREFIX_EIGHTS = 4, AUTONOMOUS = 0x40, MOST = 8 };

    for (unsigned n = 0; n < MOST && rd_left(&r) >= 8;) {
        uint8_t kind = rd_u8(&r), eights = rd_u8(&r);
        struct rd o = rd_sub(&r, eights != 0 ? eights * 8u - 2 : SIZE_MAX);
        uint8_t bits = rd_u8(&o), flags = rd_u8(&o);
        uint32_t valid = rd_be32(&o), preferred = rd_be32(&o);
        rd_skip(&o, 4);
        struct bytes prefix = rd_bytes(&o, 16);
        char text[ADDR_TEXT_MAX + 16];
        if (kind != PREFIX || eights != PREFIX_EIGHTS || !rd_ok(&o) || bits != 64 || (flags & AUTONOMOUS) == 0 || preferred > valid || (prefix.p[0] == 0xfe && (prefix.p[1] & 0xc0) == 0x80)) {
            continue;
        }
        struct addr a = addr_from6(prefix.p);
        a.q[1] = 0;
        size_t k = addr_text(&a, FAMILY_6, text);
        k += (size_t)snprintf(text + k, sizeof text - k, "/%u %u", bits, valid);
        s->sign = SIGN_LEASE;
        s->kind = SEEN_SIGN;
        s->hash = 0;
        tap_tell(t, s, bytes_of(text, k), 0); /* each time, as leases are: from it on the seconds count */
        n++;
    }
}

static void tap_neighbour(struct aware_tap *t, const struct view *v)
{
    struct seen s;
    struct rd r = rd_of(v->l4);
    static const struct addr none;
    bool from_none = addr_equal(&v->src, &none);

    link_sender(&s, v);
    if (v->ttl != 255) { /* RFC 4861 7.1: of the link, or it is none */
        return;
    }
    rd_skip(&r, 4);
    switch (v->icmp.type) {
    case 133:
        rd_skip(&r, 4);
        if (!from_none && about_mac(&s, option_mac(r, 1))) {
            tell(t, &s, SEEN_BIND, bytes_none());
        }
        tell(t, &s, SEEN_PROBE, bytes_none());
        break;
    case 134:
        rd_skip(&r, 12);
        if (about_mac(&s, option_mac(r, 1)) || s.has_mac != 0) {
            tell(t, &s, SEEN_BIND, bytes_none());
        }
        tell_sign(t, &s, SIGN_ROUTER, bytes_str("ra"));
        tell_prefixes(t, &s, r);
        break;
    case 135: {
        rd_skip(&r, 4);
        struct bytes target = rd_bytes(&r, 16);
        if (from_none && rd_ok(&r)) { /* RFC 4862 5.4: is the address free? */
            s.addr = addr_from6(target.p);
            s.family = FAMILY_6;
            tell(t, &s, SEEN_PROBE, bytes_none());
        } else if (about_mac(&s, option_mac(r, 1))) {
            tell(t, &s, SEEN_BIND, bytes_none());
        }
        break;
    }
    case 136: tap_advert(t, v, &s, r); break;
    default: break;
    }
}

/* Type, length, value; LLDP's length has nine bits (IEEE 802.1AB 8.4). */
static void tap_lldp(struct aware_tap *t, const struct view *v)
{
    struct seen s;
    struct bytes name = bytes_none(), about = bytes_none();
    struct rd r = rd_of(v->l4);
    unsigned able = 0;
    char text[SEEN_TEXT_MAX];

    link_sender(&s, v);
    while (rd_left(&r) >= 2) {
        uint16_t head = rd_be16(&r);
        struct bytes value = rd_bytes(&r, head & 511u);
        unsigned kind = head >> 9;
        if (kind == 0 || !rd_ok(&r)) {
            break;
        }
        if (kind == 5) {
            name = value;
        } else if (kind == 6) {
            about = value;
        } else if (kind == 7 && value.n >= 4) {
            able = (unsigned)value.p[2] << 8 | value.p[3];
        }
    }
    int n = snprintf(text, sizeof text, "%.*s\t%.*s\t%s%s%s%s", (int)(name.n < 127 ? name.n : 127), (const char *)name.p, (int)(about.n < 255 ? about.n : 255), (const char *)about.p,
                     (able & 4) != 0 ? "bridge " : "", (able & 16) != 0 ? "router " : "", (able & 8) != 0 ? "wlan " : "", (able & 32) != 0 ? "phone " : "");
    tell_sign(t, &s, SIGN_LLDP, bytes_of(text, n > 0 && (size_t)n < sizeof text ? (size_t)n : 0));
    if ((able & 4) != 0) {
        tell_sign(t, &s, SIGN_BRIDGE, bytes_str("lldp"));
    }
    if ((able & 16) != 0) {
        tell_sign(t, &s, SIGN_ROUTER, bytes_str("lldp"));
    }
}

/* Version, time, checksum, then type, length with its head, value. */
static void tap_cdp(struct aware_tap *t, const struct view *v)
{
    struct seen s;
    struct bytes part[7] = { 0 };
    struct rd r = rd_of(v->l4);
    char text[SEEN_TEXT_MAX];
    uint32_t able = 0;

    link_sender(&s, v);
    rd_skip(&r, 4);
    while (rd_left(&r) >= 4) {
        uint16_t kind = rd_be16(&r), n = rd_be16(&r);
        struct bytes value = n >= 4 ? rd_bytes(&r, n - 4u) : bytes_none();
        if (n < 4 || !rd_ok(&r)) {
            break;
        }
        if (kind < ROWS(part)) {
            part[kind] = value;
        }
    }
    if (part[4].n == 4) {
        struct rd c = rd_of(part[4]);
        able = rd_be32(&c);
    }
    int n = snprintf(text, sizeof text, "%.*s\t%.*s\t%.*s\t%x", (int)(part[1].n < 63 ? part[1].n : 63), (const char *)part[1].p, (int)(part[6].n < 63 ? part[6].n : 63), (const char *)part[6].p,
                     (int)(part[5].n < 255 ? part[5].n : 255), (const char *)part[5].p, able);
    tell_sign(t, &s, SIGN_CDP, bytes_of(text, n > 0 && (size_t)n < sizeof text ? (size_t)n : 0));
    if ((able & 1) != 0) {
        tell_sign(t, &s, SIGN_ROUTER, bytes_str("cdp"));
    }
    if ((able & 10) != 0) {
        tell_sign(t, &s, SIGN_BRIDGE, bytes_str("cdp"));
    }
}

struct dcp { /* what a device says of itself */
    struct bytes name, type, address;
    uint16_t vendor, device;
    uint8_t roles;
};

/* IEC 61158-6-10 4.3: option, part of it, length; in answers two bytes about it, then its value; to an even length. */
static bool dcp_block(struct rd *r, struct dcp *out)
{
    uint8_t option = rd_u8(r), part = rd_u8(r);
    uint16_t n = rd_be16(r);
    struct rd b = rd_sub(r, n);

    rd_skip(r, rd_left(r) != 0 ? n % 2u : 0);
    rd_skip(&b, 2);
    if (!rd_ok(&b)) {
        return false;
    }
    switch (option << 8 | part) {
    case 0x0102: out->address = rd_bytes(&b, 4); break;
    case 0x0201: out->type = rd_rest(&b); break;
    case 0x0202: out->name = rd_rest(&b); break;
    case 0x0203:
        out->vendor = rd_be16(&b);
        out->device = rd_be16(&b);
        break;
    case 0x0204: out->roles = rd_u8(&b); break;
    default: break;
    }
    return rd_left(r) != 0;
}

/* Answers to Identify, and what devices say when they come up; the rest of PROFINET's frames says nothing of names. */
static void tap_profinet(struct aware_tap *t, const struct view *v)
{
    enum { DCP_HELLO = 0xfefc, DCP_IDENTIFIED = 0xfeff };
    struct rd r = rd_of(v->l4);
    uint16_t frame = rd_be16(&r);
    struct dcp d = { .vendor = 0 };
    struct seen s;
    char text[SEEN_TEXT_MAX];

    rd_skip(&r, 8);
    struct rd blocks = rd_sub(&r, rd_be16(&r));
    if ((frame != DCP_HELLO && frame != DCP_IDENTIFIED) || !rd_ok(&blocks)) {
        return;
    }
    while (dcp_block(&blocks, &d)) {
    }
    link_sender(&s, v);
    int n = snprintf(text, sizeof text, "%.*s\t%.*s\t%04x:%04x\t%s%s%s%s", (int)(d.name.n < 127 ? d.name.n : 127), (const char *)d.name.p, (int)(d.type.n < 127 ? d.type.n : 127),
                     (const char *)d.type.p, d.vendor, d.device, (d.roles & 1) != 0 ? "device " : "", (d.roles & 2) != 0 ? "controller " : "",
                     (d.roles & 4) != 0 ? "multidevice " : "", (d.roles & 8) != 0 ? "supervisor " : "");
    tell_sign(t, &s, SIGN_PROFINET, bytes_of(text, n > 0 && (size_t)n < sizeof text ? (size_t)n : 0));
    if (about_ip4(&s, d.address) && s.has_mac != 0) {
        tell(t, &s, SEEN_BIND, bytes_none());
    }
}

void tap_link(struct aware_tap *t, const struct view *v)
{
    struct seen s;

    if (view_has(v, LAYER_ARP) || v->control == CONTROL_RARP) {
        tap_arp(t, v);
    } else if (view_has(v, LAYER_ICMP6)) {
        tap_neighbour(t, v);
    } else if (v->control == CONTROL_LLDP) {
        tap_lldp(t, v);
    } else if (v->control == CONTROL_CDP) {
        tap_cdp(t, v);
    } else if (v->control == CONTROL_PROFINET) {
        tap_profinet(t, v);
    } else if (v->control == CONTROL_STP || v->control == CONTROL_PVST) {
        link_sender(&s, v);
        tell_sign(t, &s, SIGN_BRIDGE, bytes_str("stp"));
    }
}

void tap_routing(struct aware_tap *t, const struct view *v)
{
    enum { OSPF = 89, VRRP = 112 /* RFC 9568 */ };
    struct seen s;

    if (v->proto == VRRP || v->proto == OSPF) {
        link_sender(&s, v);
        tell_sign(t, &s, SIGN_ROUTER, bytes_str(v->proto == VRRP ? "vrrp" : "ospf"));
    }
}
