/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * layers - what the decoders of src/packet/ share: the walk over one frame, and one function per header.
 *
 * A `struct walk` lives on the stack of packet_decode.  Each layer_* function decodes the header at the start of `data`
 * into the view and calls the next one; it answers false when its own header could not be used (the note says why),
 * which undoes an inner view.  Depth is bounded by the walk's layer count.  Nobody outside src/packet/ includes this.
 */
#ifndef PACKET_LAYERS_H
#define PACKET_LAYERS_H

#include "packet/decode.h"

#include <endian.h>

struct walk {
    struct decoder *d;
    struct batch *b;
    struct packet *p;
    struct view *first; /* the innermost view so far */
    uint32_t layers;    /* headers met on the way to here */
    uint32_t max_layers;
    bool deep; /* the layer limit was reached */
    bool vj;   /* PPP announced an uncompressed Van Jacobson packet: IP protocol 0 is TCP */
};

typedef bool (*layer_fn)(struct walk *w, struct view *v, struct bytes data);

/* Numbers inside a header that was taken whole; 0 beyond its end. */
static inline uint16_t head16(struct bytes h, size_t i)
{
    return i + 2 <= h.n ? (uint16_t)((unsigned)h.p[i] << 8 | h.p[i + 1]) : 0;
}

static inline uint32_t head32(struct bytes h, size_t i)
{
    return i + 4 <= h.n ? (uint32_t)h.p[i] << 24 | (uint32_t)h.p[i + 1] << 16 | (uint32_t)h.p[i + 2] << 8 | h.p[i + 3]
                        : 0;
}

static inline uint8_t head8(struct bytes h, size_t i) { return i < h.n ? h.p[i] : 0; }

/* The IPv4 address at i, mapped. */
static inline struct addr head_addr4(struct bytes h, size_t i)
{
    struct addr a;

    a.w[0] = 0;
    a.w[1] = 0;
    a.w[2] = htobe32(0xffff);
    a.w[3] = htobe32(head32(h, i));
    return a;
}

static inline struct addr head_addr6(struct bytes h, size_t i)
{
    struct addr a;

    a.w[0] = htobe32(head32(h, i));
    a.w[1] = htobe32(head32(h, i + 4));
    a.w[2] = htobe32(head32(h, i + 8));
    a.w[3] = htobe32(head32(h, i + 12));
    return a;
}

static inline void count(struct walk *w, enum decode_counter c) { w->d->counter[c]++; }

/* Something odd; the view goes on. */
static inline void layer_note(struct walk *w, struct view *v, enum decode_note note)
{
    if (v->note_n >= VIEW_NOTES_MAX) {
        w->d->note[note]++; /* not kept, so not counted when the view is finished */
    }
    view_note(v, (uint16_t)note);
}

/* Something malformed.  Always false, so that `return layer_bad(...)` reads well. */
static inline bool layer_bad(struct walk *w, struct view *v, enum decode_note note)
{
    layer_note(w, v, note);
    v->flags |= VIEW_INVALID;
    return false;
}

/* There are more headers than are read. */
static inline bool layer_ceiling(struct walk *w, struct view *v, enum decode_note note)
{
    w->p->unread = true;
    return layer_bad(w, v, note);
}

/* One header more: false, and noted, at the limit. */
static inline bool layer_enter(struct walk *w, struct view *v)
{
    if (++w->layers < w->max_layers) {
        return true;
    }
    w->deep = true;
    return layer_ceiling(w, v, NOTE_TOO_MANY_LAYERS);
}

static inline void layer_overlay(struct view *v, enum overlay o)
{
    if (v->overlay_n < VIEW_OVERLAYS_MAX) {
        v->overlay[v->overlay_n++] = (uint8_t)o;
    }
}

/* A transport that has flows. */
static inline void layer_flow(struct view *v) { v->flags &= (uint16_t)~VIEW_NO_FLOW; }

struct tunnel {
    enum overlay overlay;
    layer_fn decode; /* of the inner packet's first header */
    uint32_t network; /* 0: the outer view's */
    uint32_t gre_key, teid;
    bool whole; /* the inner view only counts when nothing in it is malformed */
};

/* Decodes data as an inner view of v.  False, and no view, when its first headers do not hold. */
bool layer_tunnel(struct walk *w, struct view *v, const struct tunnel *t, struct bytes data);

/* link.c */
bool layer_link(struct walk *w, struct view *v, uint32_t link, struct bytes data);
bool layer_ethernet(struct walk *w, struct view *v, struct bytes data);
bool layer_raw(struct walk *w, struct view *v, struct bytes data);
/* llc.c */
bool layer_llc(struct walk *w, struct view *v, struct bytes data);
void layer_llc_control(struct walk *w, struct view *v, struct bytes data); /* names what it is, decodes no further */
bool layer_fddi(struct walk *w, struct view *v, struct bytes data);
bool layer_token_ring(struct walk *w, struct view *v, struct bytes data);
/* wlan.c */
bool layer_wlan(struct walk *w, struct view *v, struct bytes data);
bool layer_radiotap(struct walk *w, struct view *v, struct bytes data);
bool layer_prism(struct walk *w, struct view *v, struct bytes data);
bool layer_wpan(struct walk *w, struct view *v, struct bytes data);
bool layer_wpan_nofcs(struct walk *w, struct view *v, struct bytes data);
/* tags.c */
bool layer_ether_type(struct walk *w, struct view *v, uint16_t type, struct bytes data); /* false: not decoded */
bool layer_vlan(struct walk *w, struct view *v, struct bytes data);
bool layer_mpls(struct walk *w, struct view *v, struct bytes data);
bool layer_nsh(struct walk *w, struct view *v, struct bytes data);
/* ppp.c */
bool layer_ppp(struct walk *w, struct view *v, struct bytes data);
bool layer_pppoe_session(struct walk *w, struct view *v, struct bytes data);
bool layer_pppoe_discovery(struct walk *w, struct view *v, struct bytes data);
/* arp.c */
bool layer_arp(struct walk *w, struct view *v, struct bytes data);
void layer_rarp(struct walk *w, struct view *v, struct bytes data);
/* ip4.c, ip6.c */
bool layer_ipv4(struct walk *w, struct view *v, struct bytes data);
/* An inner view that is its outer one once more, with the protocol `proto` and its bytes behind the header. */
bool layer_ipv4_again(struct walk *w, struct view *v, uint8_t proto, struct bytes l4);
bool layer_ipv6(struct walk *w, struct view *v, struct bytes data);
/* one file each */
bool layer_tcp(struct walk *w, struct view *v, struct bytes data);
bool layer_udp(struct walk *w, struct view *v, struct bytes data);
void layer_udplite(struct walk *w, struct view *v, struct bytes data);
bool layer_icmp4(struct walk *w, struct view *v, struct bytes data);
bool layer_icmp6(struct walk *w, struct view *v, struct bytes data);
bool layer_sctp(struct walk *w, struct view *v, struct bytes data);
void layer_igmp(struct walk *w, struct view *v, struct bytes data);
bool layer_esp(struct walk *w, struct view *v, struct bytes data);
void layer_ah(struct walk *w, struct view *v, struct bytes data);
bool layer_gre(struct walk *w, struct view *v, struct bytes data);
/* overlay.c: over UDP; true when the payload was taken for an overlay */
bool layer_udp_overlay(struct walk *w, struct view *v);
/* Could a datagram between these ports be one of those overlays? */
bool udp_may_carry(const struct decode_settings *s, uint16_t sport, uint16_t dport);

/* checksum.c: the Internet checksum (RFC 1071) of data after `sum`, not complemented, folded to 16 bits. */
uint16_t checksum_add(struct bytes data, uint64_t sum);

#endif
