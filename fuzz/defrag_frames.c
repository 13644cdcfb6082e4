/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Frames through the decoder into the defragmenter, and datagrams through the decoder again. Each frame: two bytes of length, then
 * its bytes, an IP packet. The caps are small, so that they are met.
 */
#include <stdlib.h>

#include "base/err.h"
#include "flow/defrag.h"
#include "packet/decode.h"
#include "source/source.h"

static void datagram_out(struct decoder *d, struct batch *b, struct defrag *defrag, struct view *v, unsigned depth)
{
    struct datagram datagram;

    if (!(v->flags & VIEW_FRAGMENT) || !defrag_add(defrag, v, NULL, &datagram)) {
        return;
    }
    bug_if(datagram.ip.n > 65535 + 40);
    struct view *whole = packet_decode_datagram(d, b, v, datagram);
    for (; whole && whole != v && depth < VIEWS_MAX; whole = whole->next) {
        datagram_out(d, b, defrag, whole, depth + 1);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct defrag_settings s = { .enabled = true, .memcap = 1 << 20, .trackers = 64, .max_frags = 256, .timeout = 60 };
    struct decoder *d = calloc(1, sizeof(*d));
    struct batch *b = batch_new();
    struct defrag *defrag = defrag_new(&s);
    struct rd r = rd_make(data, size);

    bug_if(!d || !b || !defrag);
    d->settings.max_layers = 16;
    for (uint64_t number = 1; rd_left(&r) > 2; number++) {
        size_t n = rd_be16(&r);
        struct bytes frame = rd_bytes(&r, n < rd_left(&r) ? n : rd_left(&r));
        struct packet *p = &b->packet[0];
        b->n = 1;
        b->view_n = 0;
        *p = (struct packet){ .frame = frame, .ts = number * 1000000000, .number = number, .wire_len = (uint32_t)frame.n, .link = LINK_RAW };
        packet_decode(d, b, p);
        for (struct view *v = p->first; v; v = v->next) {
            datagram_out(d, b, defrag, v, 0);
            defrag_done(defrag);
        }
        bug_if(defrag_counters(defrag)[DEFRAG_MEMUSE] > s.memcap);
    }
    defrag_free(defrag);
    batch_free(b);
    free(d);
    return 0;
}
