/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ARP (RFC 826) and its reverse (RFC 903), which shares the format. */
#include "packet/layers.h"

#define ARP_FIXED_LEN 8
#define ARP_LEN       28

static void arp_fields(struct view *v, struct bytes data)
{
    struct rd r = rd_of(data);
    struct bytes h = rd_bytes(&r, ARP_FIXED_LEN);

    v->arp.op = head16(h, 6);
    v->arp.sender_mac = rd_bytes(&r, 6);
    v->arp.sender_ip = rd_bytes(&r, 4);
    v->arp.target_mac = rd_bytes(&r, 6);
    v->arp.target_ip = rd_bytes(&r, 4);
}

bool layer_arp(struct walk *w, struct view *v, struct bytes data)
{
    struct rd r = rd_of(data);
    struct bytes h = rd_bytes(&r, ARP_FIXED_LEN);

    count(w, COUNT_ARP);
    if (!rd_ok(&r)) {
        return layer_bad(w, v, NOTE_ARP_PKT_TOO_SMALL);
    }
    if (!layer_enter(w, v)) {
        return false;
    }
    if (head16(h, 0) != 1) {
        return layer_bad(w, v, NOTE_ARP_UNSUPPORTED_HARDWARE);
    }
    if (head16(h, 2) != 0x0800) {
        return layer_bad(w, v, NOTE_ARP_UNSUPPORTED_PROTOCOL);
    }
    if (data.n < ARP_LEN) {
        return layer_bad(w, v, NOTE_ARP_INVALID_PKT);
    }
    if (h.p[4] != 6) {
        return layer_bad(w, v, NOTE_ARP_INVALID_HARDWARE_SIZE);
    }
    if (h.p[5] != 4) {
        return layer_bad(w, v, NOTE_ARP_INVALID_PROTOCOL_SIZE);
    }
    if (head16(h, 6) < 1 || head16(h, 6) > 4) {
        return layer_bad(w, v, NOTE_ARP_UNSUPPORTED_OPCODE);
    }
    arp_fields(v, data);
    v->present |= LAYER_ARP;
    return true;
}

/* Told by view.control: the arp part is filled, but it is no ARP packet to rules. */
void layer_rarp(struct walk *w, struct view *v, struct bytes data)
{
    struct bytes h = data;

    (void)w;
    if (data.n >= ARP_LEN && head16(h, 0) == 1 && head16(h, 2) == 0x0800 && head16(h, 4) == 0x0604) {
        arp_fields(v, data);
        v->control = CONTROL_RARP;
        v->l4 = data;
    }
}
