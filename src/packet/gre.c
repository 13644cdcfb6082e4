/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GRE (RFC 1701, RFC 2784, RFC 2890), PPTP's version of it (RFC 2637), NVGRE (RFC 7637), and ERSPAN in it. */
#include "packet/layers.h"

#define GRE_LEN 4

enum gre_flag {
    GRE_CHECKSUM = 0x8000,
    GRE_ROUTING = 0x4000,
    GRE_KEY = 0x2000,
    GRE_SEQUENCE = 0x1000,
    GRE_STRICT = 0x0800,
    GRE_RECURSION = 0x0700,
    GRE_ACK = 0x0080,
    GRE_RESERVED = 0x0078,
    GRE_VERSION = 0x0007,
};

enum gre_type {
    GRE_IPV4 = 0x0800,
    GRE_ARP = 0x0806,
    GRE_ERSPAN3 = 0x22eb,
    GRE_BRIDGE = 0x6558,
    GRE_VLAN = 0x8100,
    GRE_IPV6 = 0x86dd,
    GRE_PPP = 0x880b,
    GRE_ERSPAN = 0x88be,
};

struct gre {
    unsigned flags, type;
    uint32_t key;
    bool empty; /* version 1: an acknowledgement alone */
};

/* Source route entries (RFC 1701): address family, offset, length, the route; an entry of zeros ends them. */
static bool gre_routes(struct walk *w, struct view *v, struct rd *r)
{
    for (;;) {
        struct bytes h = rd_bytes(r, 4);
        if (rd_ok(r) && head16(h, 0) == 0 && head8(h, 3) == 0) {
            return true;
        }
        rd_skip(r, head8(h, 3));
        if (!rd_ok(r)) {
            return layer_bad(w, v, NOTE_GRE_VERSION0_MALFORMED_SRE_HDR);
        }
    }
}

static bool gre_version0(struct walk *w, struct view *v, struct gre *g, struct rd *r)
{
    if ((g->flags & GRE_RECURSION) != 0) {
        return layer_bad(w, v, NOTE_GRE_VERSION0_RECUR);
    }
    if ((g->flags & GRE_RESERVED) != 0) {
        return layer_bad(w, v, NOTE_GRE_VERSION0_FLAGS);
    }
    if ((g->flags & (GRE_CHECKSUM | GRE_ROUTING)) != 0) {
        rd_skip(r, 4);
    }
    g->key = (g->flags & GRE_KEY) != 0 ? rd_be32(r) : 0;
    rd_skip(r, (g->flags & GRE_SEQUENCE) != 0 ? 4 : 0);
    if (!rd_ok(r)) {
        return layer_bad(w, v, NOTE_GRE_VERSION0_HDR_TOO_BIG);
    }
    return (g->flags & GRE_ROUTING) == 0 || gre_routes(w, v, r);
}

static bool gre_version1(struct walk *w, struct view *v, struct gre *g, struct rd *r)
{
    static const struct {
        uint16_t flag, note;
    } refused[] = {
        { GRE_CHECKSUM, NOTE_GRE_VERSION1_CHKSUM }, { GRE_ROUTING, NOTE_GRE_VERSION1_ROUTE },
        { GRE_STRICT, NOTE_GRE_VERSION1_SSR },      { GRE_RECURSION, NOTE_GRE_VERSION1_RECUR },
        { GRE_RESERVED, NOTE_GRE_VERSION1_FLAGS },
    };

    for (size_t i = 0; i < ROWS(refused); i++) {
        if ((g->flags & refused[i].flag) != 0) {
            return layer_bad(w, v, (enum decode_note)refused[i].note);
        }
    }
    if (g->type != GRE_PPP) {
        return layer_bad(w, v, NOTE_GRE_VERSION1_WRONG_PROTOCOL);
    }
    if ((g->flags & GRE_KEY) == 0) {
        return layer_bad(w, v, NOTE_GRE_VERSION1_NO_KEY);
    }
    g->key = rd_be32(r); /* RFC 2637 4.1: payload length, call */
    g->empty = g->key >> 16 == 0;
    rd_skip(r, (g->flags & GRE_SEQUENCE) != 0 ? 4 : 0);
    rd_skip(r, (g->flags & GRE_ACK) != 0 ? 4 : 0);
    return rd_ok(r) ? true : layer_bad(w, v, NOTE_GRE_VERSION1_HDR_TOO_BIG);
}

/* Type I: no header of its own. */
static bool layer_erspan1(struct walk *w, struct view *v, struct bytes data)
{
    count(w, COUNT_ERSPAN);
    return layer_ethernet(w, v, data);
}

/* A mirrored frame's VLAN is in the mirror's header. */
static bool erspan_vlan(struct walk *w, struct view *v, uint16_t vlan)
{
    if (vlan > 0 && v->vlan_n >= VIEW_VLANS_MAX) {
        layer_note(w, v, NOTE_ERSPAN_TOO_MANY_VLAN_LAYERS);
        return false;
    }
    if (vlan > 0) {
        v->vlan[v->vlan_n++] = vlan;
    }
    return true;
}

/* Type II: version and VLAN, class and session, index. */
static bool layer_erspan2(struct walk *w, struct view *v, struct bytes data)
{
    struct rd r = rd_of(data);
    struct bytes h = rd_bytes(&r, 8);

    count(w, COUNT_ERSPAN);
    if (!rd_ok(&r)) {
        layer_note(w, v, NOTE_ERSPAN_HEADER_TOO_SMALL);
        return false;
    }
    if (!layer_enter(w, v)) {
        return false;
    }
    if (h.p[0] >> 4 != 1) {
        layer_note(w, v, NOTE_ERSPAN_UNSUPPORTED_VERSION);
        return false;
    }
    return erspan_vlan(w, v, head16(h, 0) & 0x0fff) && layer_ethernet(w, v, rd_rest(&r));
}

/* Type III: twelve bytes, the last two of them flags: frame type (0 Ethernet, 2 IP) and whether eight more follow. */
static bool layer_erspan3(struct walk *w, struct view *v, struct bytes data)
{
    struct rd r = rd_of(data);
    struct bytes h = rd_bytes(&r, 12);

    count(w, COUNT_ERSPAN3);
    rd_skip(&r, (head8(h, 11) & 1) != 0 ? 8 : 0);
    if (!rd_ok(&r)) {
        layer_note(w, v, NOTE_ERSPAN_HEADER_TOO_SMALL);
        return false;
    }
    if (!layer_enter(w, v)) {
        return false;
    }
    unsigned kind = h.p[10] >> 2 & 0x1f;
    if (h.p[0] >> 4 != 2 || (kind != 0 && kind != 2)) {
        layer_note(w, v, NOTE_ERSPAN_UNSUPPORTED_VERSION);
        return false;
    }
    if (!erspan_vlan(w, v, head16(h, 0) & 0x0fff)) {
        return false;
    }
    if (kind == 0) {
        return layer_ethernet(w, v, rd_rest(&r));
    }
    return (head8(rd_peek(&r), 0) >> 4 == 6 ? layer_ipv6 : layer_ipv4)(w, v, rd_rest(&r));
}

/* What GRE carries; false: not decoded. */
static bool gre_inner(struct walk *w, const struct gre *g, struct tunnel *t)
{
    bool keyed = (g->flags & GRE_KEY) != 0;

    *t = (struct tunnel){ .overlay = OVERLAY_GRE, .gre_key = g->key };
    switch (g->type) {
    case GRE_IPV4:
        t->decode = layer_ipv4;
        return true;
    case GRE_IPV6:
        t->decode = layer_ipv6;
        return true;
    case GRE_ARP:
        t->decode = layer_arp;
        return true;
    case GRE_VLAN:
        t->decode = layer_vlan;
        return true;
    case GRE_PPP:
        t->decode = layer_ppp;
        t->overlay = (g->flags & GRE_VERSION) == 1 ? OVERLAY_PPTP : OVERLAY_GRE;
        return !g->empty;
    case GRE_BRIDGE: /* RFC 7637 3.2: with a key, its upper 24 bits are the virtual subnet */
        t->decode = layer_ethernet;
        t->overlay = keyed ? OVERLAY_NVGRE : OVERLAY_GRE;
        t->network = keyed ? g->key >> 8 : 0;
        if (keyed) {
            count(w, COUNT_NVGRE);
        }
        return true;
    case GRE_ERSPAN: /* a sequence number tells type II from type I */
        t->decode = (g->flags & GRE_SEQUENCE) != 0 ? layer_erspan2 : layer_erspan1;
        t->overlay = (g->flags & GRE_SEQUENCE) != 0 ? OVERLAY_ERSPAN2 : OVERLAY_ERSPAN1;
        return true;
    case GRE_ERSPAN3:
        t->decode = layer_erspan3;
        t->overlay = OVERLAY_ERSPAN3;
        return true;
    default:
        return false;
    }
}

bool layer_gre(struct walk *w, struct view *v, struct bytes data)
{
    struct rd r = rd_of(data);
    struct bytes h = rd_bytes(&r, GRE_LEN);
    struct tunnel t;

    count(w, COUNT_GRE);
    if (!rd_ok(&r)) {
        return layer_bad(w, v, NOTE_GRE_PKT_TOO_SMALL);
    }
    if (!layer_enter(w, v)) {
        return false;
    }
    struct gre g = { .flags = head16(h, 0), .type = head16(h, 2) };
    unsigned version = g.flags & GRE_VERSION;
    if (version > 1) {
        return layer_bad(w, v, NOTE_GRE_WRONG_VERSION);
    }
    if (!(version == 0 ? gre_version0 : gre_version1)(w, v, &g, &r)) {
        return false;
    }
    v->gre_key = g.key;
    v->l4_header = (struct bytes){ .p = data.p, .n = data.n - rd_left(&r) };
    if (gre_inner(w, &g, &t)) {
        (void)layer_tunnel(w, v, &t, rd_rest(&r));
    }
    return true;
}
