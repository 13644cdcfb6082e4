/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IGMP (RFC 1112, RFC 2236, RFC 3376). */
#include "packet/layers.h"

#define IGMP_LEN 8

enum igmp_type { IGMP_QUERY = 0x11, IGMP_REPORT3 = 0x22 };

/* RFC 3376 4.2: records of type, auxiliary words, sources, group. */
static bool igmp_records(struct rd *r, unsigned records, enum decode_note *note)
{
    for (unsigned i = 0; i < records; i++) {
        struct bytes h = rd_bytes(r, 8);
        if (!rd_ok(r)) {
            *note = NOTE_IGMP_V3_PKT_TOO_SMALL;
            return false;
        }
        rd_skip(r, head8(h, 1) * 4u + head16(h, 2) * 4u);
        if (!rd_ok(r)) {
            *note = NOTE_IGMP_MALFORMED;
            return false;
        }
    }
    return true;
}

void layer_igmp(struct walk *w, struct view *v, struct bytes data)
{
    struct rd r = rd_of(data);
    struct bytes h = rd_bytes(&r, IGMP_LEN);
    enum decode_note note = NOTE_IGMP_PKT_TOO_SMALL;
    bool good = rd_ok(&r);

    count(w, COUNT_IGMP);
    if (good && h.p[0] == IGMP_QUERY && data.n >= 12) { /* RFC 3376 7.1: only version 3 is that long */
        note = NOTE_IGMP_V3_PKT_TOO_SMALL;
        rd_skip(&r, 2);
        rd_skip(&r, (size_t)rd_be16(&r) * 4);
        good = rd_ok(&r);
    } else if (good && h.p[0] == IGMP_REPORT3) {
        good = igmp_records(&r, head16(h, 6), &note);
    }
    if (!good) {
        layer_note(w, v, note);
        return;
    }
    v->l4_header = bytes_head(data, data.n - rd_left(&r)); /* sources and records are of the header */
    v->present |= LAYER_IGMP;
}
