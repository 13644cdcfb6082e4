/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A frame of any link type: two bytes of link type (little endian), one of settings, then the frame. */
#include "base/err.h"
#include "packet/decode.h"
#include "packet/spread.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool inside(struct bytes part, struct bytes whole)
{
    return part.n == 0 || (part.p >= whole.p && part.p + part.n <= whole.p + whole.n);
}

static void view_check(const struct view *v, struct bytes all)
{
    bug_if(!inside(v->bytes, all) || !inside(v->ip, v->bytes) || !inside(v->ip_header, v->ip));
    bug_if(!inside(v->l4, all) || !inside(v->l4_header, v->l4) || !inside(v->payload, v->l4));
    bug_if(v->ether.n != 0 && v->ether.n != 14);
    bug_if(v->vlan_n > VIEW_VLANS_MAX || v->overlay_n > VIEW_OVERLAYS_MAX || v->note_n > VIEW_NOTES_MAX);
    bug_if(view_has(v, LAYER_IPV4) != (v->family == FAMILY_4) || view_has(v, LAYER_IPV6) != (v->family == FAMILY_6));
    bug_if(v->family == FAMILY_NONE && (v->flags & VIEW_NO_FLOW) == 0);
    bug_if(view_has(v, LAYER_TCP) && (v->tcp.header_len < 20 || v->tcp.sack.n != v->tcp.sack_n * 8u));
    for (unsigned i = 0; i < v->note_n; i++) {
        bug_if(v->note[i] >= DECODE_NOTE_N);
    }
    (void)view_ip_checksum_ok(v);
    (void)view_l4_checksum_ok(v);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rd r = rd_make(data, size);
    struct decoder *d = calloc(1, sizeof(*d));
    struct batch *b = calloc(1, sizeof(*b));
    struct packet *p = &b->packet[0];
    uint16_t link = rd_le16(&r);
    uint8_t flags = rd_u8(&r);
    unsigned n = 0;

    d->settings = (struct decode_settings){
        .checksums = flags & 1,
        .off = (flags & 2 ? 0 : 1u << OVERLAY_TEREDO) | (flags & 4 ? 0 : 1u << OVERLAY_VXLAN) | (flags & 8 ? 0 : 1u << OVERLAY_GENEVE) |
               (flags & 16 ? 0 : 1u << OVERLAY_GTPU),
        .max_layers = flags >> 5 == 7 ? UINT32_MAX : (uint32_t)(flags >> 5) * 8,
    };
    b->view_max = VIEWS_MAX;
    b->views = malloc(b->view_max * sizeof(*b->views)); /* not cleared: memory checkers see what is left unset */
    *p = (struct packet){ .frame = rd_rest(&r), .link = link, .number = 1 };
    p->wire_len = (uint32_t)p->frame.n;
    uint32_t spread;
    bool peeked = packet_peek(&d->settings, p, &spread);
    packet_decode(d, b, p);
    bug_if(peeked && (p->view_n != 1 || (p->first->flags & VIEW_FRAGMENT) != 0));
    bug_if(peeked && (p->first->flags & VIEW_NO_FLOW) == 0 && spread != view_spread(p->first));
    for (const struct view *v = p->first; v != NULL; v = v->next, n++) {
        view_check(v, p->frame);
        bug_if(v->packet != p || v->next != v->outer);
    }
    bug_if(n != p->view_n || n == 0 || n > VIEWS_MAX);
    /* A frame cannot be its own datagram, but any bytes may come out of a defragmenter. */
    struct view *v = packet_decode_datagram(d, b, p->first, (struct datagram){ p->frame, p->frame });
    for (; v != NULL && v != p->first; v = v->next) {
        view_check(v, p->frame);
    }
    free(b->views);
    free(b);
    free(d);
    return 0;
}
