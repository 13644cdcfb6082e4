/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IEEE 802.2 LLC and SNAP, and the old links that carry them: FDDI, token ring. */
#include "packet/layers.h"

#define LLC_LEN        3
#define SNAP_LEN       5
#define FDDI_LEN       13 /* frame control, two addresses */
#define TOKEN_RING_LEN 14 /* access control, frame control, two addresses */

enum service { SERVICE_STP = 0x42, SERVICE_SNAP = 0xaa, SERVICE_OSI = 0xfe, SERVICE_IP = 0x06 };

struct llc {
    uint8_t service; /* destination service access point */
    bool numbered;   /* two bytes of control field: not an unnumbered frame */
    uint32_t oui;    /* of SNAP */
    uint16_t type;
    struct bytes rest;
};

static bool llc_read(struct bytes data, struct llc *l)
{
    struct rd r = rd_of(data);

    l->service = rd_u8(&r);
    rd_skip(&r, 1);
    l->numbered = (rd_u8(&r) & 3) != 3;
    if (l->numbered) {
        rd_skip(&r, 1);
    }
    l->oui = 0;
    l->type = 0;
    if (l->service == SERVICE_SNAP) {
        l->oui = rd_be24(&r);
        l->type = rd_be16(&r);
    }
    l->rest = rd_rest(&r);
    return rd_ok(&r);
}

static enum link_control llc_control(const struct llc *l)
{
    static const struct {
        uint32_t oui;
        uint16_t type;
        uint8_t control;
    } known[] = {
        { 0x00000c, 0x2000, CONTROL_CDP },  { 0x00000c, 0x2003, CONTROL_VTP }, { 0x00000c, 0x2004, CONTROL_DTP },
        { 0x00000c, 0x010b, CONTROL_PVST }, { 0x00e052, 0x2000, CONTROL_FDP },
    };

    if (l->service == SERVICE_STP) {
        return CONTROL_STP;
    }
    if (l->service == SERVICE_OSI) {
        return CONTROL_ISIS;
    }
    for (size_t i = 0; l->service == SERVICE_SNAP && i < ROWS(known); i++) {
        if (known[i].oui == l->oui && known[i].type == l->type) {
            return (enum link_control)known[i].control;
        }
    }
    return CONTROL_NONE;
}

void layer_llc_control(struct walk *w, struct view *v, struct bytes data)
{
    struct llc l;

    count(w, COUNT_LLC);
    if (llc_read(data, &l)) {
        v->control = (uint8_t)llc_control(&l);
        v->l4 = v->control == CONTROL_NONE ? v->l4 : l.rest;
    }
}

bool layer_llc(struct walk *w, struct view *v, struct bytes data)
{
    struct llc l;

    count(w, COUNT_LLC);
    if (!llc_read(data, &l)) {
        return layer_bad(w, v, NOTE_LLC_HEADER_TOO_SMALL);
    }
    if (!layer_enter(w, v)) {
        return false;
    }
    /* RFC 1042; 0000f8 is the bridge tunnel of IEEE 802.1H */
    if (l.service == SERVICE_SNAP && (l.oui == 0 || l.oui == 0x0000f8)) {
        (void)layer_ether_type(w, v, l.type, l.rest);
        return true;
    }
    if (l.service == SERVICE_IP) {
        return layer_ipv4(w, v, l.rest);
    }
    v->control = (uint8_t)llc_control(&l);
    if (v->control != CONTROL_NONE) {
        v->l4 = l.rest;
        count(w, COUNT_CONTROL);
    }
    count(w, COUNT_UNKNOWN_ETHERTYPE);
    layer_note(w, v, NOTE_ETHERNET_UNKNOWN_ETHERTYPE);
    return true;
}

bool layer_fddi(struct walk *w, struct view *v, struct bytes data)
{
    struct rd r = rd_of(data);
    struct bytes h = rd_bytes(&r, FDDI_LEN);

    count(w, COUNT_FDDI);
    if (!rd_ok(&r)) {
        return layer_bad(w, v, NOTE_LLC_HEADER_TOO_SMALL);
    }
    if (!layer_enter(w, v)) {
        return false;
    }
    if ((h.p[0] & 0xf0) != 0x50) { /* asynchronous LLC frames only: the others are the ring's own */
        v->control = CONTROL_LOOPBACK;
        v->l4 = rd_rest(&r);
        count(w, COUNT_CONTROL);
        return true;
    }
    return layer_llc(w, v, rd_rest(&r));
}

bool layer_token_ring(struct walk *w, struct view *v, struct bytes data)
{
    struct rd r = rd_of(data);
    struct bytes h = rd_bytes(&r, TOKEN_RING_LEN);

    count(w, COUNT_TOKEN_RING);
    if (rd_ok(&r) && (h.p[8] & 0x80) != 0) { /* source routing: its first byte holds its length */
        size_t route = head8(rd_peek(&r), 0) & 0x1f;
        rd_skip(&r, route < 2 ? 2 : route);
    }
    if (!rd_ok(&r)) {
        return layer_bad(w, v, NOTE_LLC_HEADER_TOO_SMALL);
    }
    if (!layer_enter(w, v)) {
        return false;
    }
    if ((h.p[1] & 0xc0) != 0x40) { /* not an LLC frame: the ring's own */
        v->control = CONTROL_LOOPBACK;
        v->l4 = rd_rest(&r);
        count(w, COUNT_CONTROL);
        return true;
    }
    return layer_llc(w, v, rd_rest(&r));
}
