/* SPDX-License-Identifier: GPL-2.0-or-later */
/* UDP (RFC 768) and UDP-Lite (RFC 3828). */
#include "packet/layers.h"

#include <netinet/in.h>

#define UDP_LEN 8

bool layer_udp(struct walk *w, struct view *v, struct bytes data)
{
    struct rd r = rd_of(data);
    struct bytes h = rd_bytes(&r, UDP_LEN);

    count(w, COUNT_UDP);
    if (!rd_ok(&r)) {
        return layer_bad(w, v, NOTE_UDP_HLEN_TOO_SMALL);
    }
    uint16_t length = head16(h, 4);
    if (length > data.n) {
        return layer_bad(w, v, NOTE_UDP_PKT_TOO_SMALL);
    }
    if (length < UDP_LEN) {
        return layer_bad(w, v, NOTE_UDP_LEN_INVALID);
    }
    v->sport = head16(h, 0);
    v->dport = head16(h, 2);
    v->udp.length = length;
    v->udp.checksum = head16(h, 6);
    v->proto = IPPROTO_UDP;
    v->l4_header = h;
    v->payload = rd_bytes(&r, length - (size_t)UDP_LEN); /* what is behind the length field is not payload */
    v->present |= LAYER_UDP;
    (void)layer_udp_overlay(w, v);
    layer_flow(v);
    return true;
}

/* Ports and payload only; no flow and no transport bit, it is none of the protocols that rules name. */
void layer_udplite(struct walk *w, struct view *v, struct bytes data)
{
    struct rd r = rd_of(data);
    struct bytes h = rd_bytes(&r, UDP_LEN);

    count(w, COUNT_UDPLITE);
    uint16_t coverage = head16(h, 4); /* RFC 3828 3.1: 0 is all */
    if (!rd_ok(&r) || (coverage > 0 && coverage < UDP_LEN) || coverage > data.n) {
        layer_note(w, v, NOTE_UDPLITE_COVERAGE_INVALID);
        return;
    }
    v->sport = head16(h, 0);
    v->dport = head16(h, 2);
    v->l4_header = h;
}
