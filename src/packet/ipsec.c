/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ESP (RFC 4303) and the authentication header over IPv4 (RFC 4302). */
#include "packet/layers.h"

#include <netinet/in.h>

#define ESP_LEN 8
#define AH_LEN  12

bool layer_esp(struct walk *w, struct view *v, struct bytes data)
{
    struct rd r = rd_of(data);
    struct bytes h = rd_bytes(&r, ESP_LEN);

    count(w, COUNT_ESP);
    if (!layer_enter(w, v)) {
        return false;
    }
    if (!rd_ok(&r)) {
        return layer_bad(w, v, NOTE_ESP_PKT_TOO_SMALL);
    }
    v->l4_header = h;
    v->payload = rd_rest(&r);
    v->proto = IPPROTO_ESP;
    v->present |= LAYER_ESP;
    layer_flow(v);
    return true;
}

/* The packet from its IP header on, once more: layer_ah has looked at what is behind that. */
static bool behind_ah(struct walk *w, struct view *v, struct bytes data)
{
    struct bytes ah = v->outer->l4;

    (void)data;
    return layer_ipv4_again(w, v, head8(ah, 0), bytes_from(ah, ((size_t)head8(ah, 1) + 2) * 4));
}

/* What it protects is a view of its own: for Suricata such a packet is one of an unknown protocol, and Snort reads on. */
void layer_ah(struct walk *w, struct view *v, struct bytes data)
{
    struct rd r = rd_of(data);

    count(w, COUNT_AH);
    struct bytes h = rd_bytes(&r, ((size_t)head8(data, 1) + 2) * 4);
    if (h.n < AH_LEN) {
        layer_note(w, v, NOTE_AH_HEADER_INVALID);
        return;
    }
    v->l4_header = h;
    v->present |= LAYER_AH;
    (void)layer_tunnel(w, v, &(struct tunnel){ .overlay = OVERLAY_AH, .decode = behind_ah }, v->ip);
}
