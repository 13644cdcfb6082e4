/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pcap (draft-ietf-opsawg-pcap) and its old and modified forms. */
#include "packet/packet.h"
#include "source/capture.h"

#define FILE_HEADER_LEN     24
#define RECORD_LEN          16
#define RECORD_MODIFIED_LEN 24 /* Kuznetzov's: interface, protocol and packet type behind the lengths */

static enum capture_status pcap_next(struct capture *c, struct record *out)
{
    struct feed *f = c->feed;
    enum feed_status status = feed_need(f, c->header_len);

    if (status != FEED_OK) {
        return capture_short(c, status);
    }
    struct rd r = rd_make(f->p, RECORD_LEN);
    uint32_t seconds = capture_u32(c, &r), fraction = capture_u32(c, &r);
    uint32_t n = capture_u32(c, &r), wire = capture_u32(c, &r);
    if (c->lengths_swapped || (c->lengths_doubtful && n > wire)) {
        uint32_t other = n;
        n = wire;
        wire = other;
    }
    if (n > CAPTURE_FRAME_MAX) {
        return capture_fail(c, "a record of impossible length");
    }
    status = feed_need(f, (size_t)c->header_len + n);
    if (status != FEED_OK) {
        return capture_short(c, status);
    }
    out->offset = f->offset;
    feed_prefetch(f, c->header_len + n);
    (void)feed_take(f, c->header_len);
    out->frame = feed_take(f, n);
    if (n > c->snaplen) { /* a record longer than the file allows: what is beyond is not part of the frame */
        out->frame.n = c->snaplen;
    }
    out->ts = seconds * 1000000000ULL + (c->nanoseconds ? fraction : fraction * 1000ULL);
    out->wire_len = wire < out->frame.n ? (uint32_t)out->frame.n : wire;
    out->link = c->link;
    return CAPTURE_RECORD;
}

/* AIX: marked by its version, counts nanoseconds, and names links by interface type. */
static void pcap_aix(struct capture *c)
{
    static const struct {
        uint16_t interface, link;
    } known[] = { { 6, LINK_ETHERNET }, { 9, LINK_TOKEN_RING }, { 15, LINK_FDDI }, { 24, LINK_NULL } };

    c->nanoseconds = true;
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (known[i].interface == c->link) {
            c->link = known[i].link;
            return;
        }
    }
}

enum capture_status pcap_file_head(struct capture *c, struct err *err)
{
    static const struct {
        uint32_t magic;
        bool nanoseconds;
        uint8_t header_len;
    } known[] = {
        { 0xa1b2c3d4, false, RECORD_LEN }, { 0xa1b23c4d, true, RECORD_LEN },
        { 0xa12b3c4d, false, RECORD_LEN }, { 0xa1b2cd34, false, RECORD_MODIFIED_LEN },
        { 0xa1b234cd, false, RECORD_LEN },
    };
    struct rd r = rd_make(c->feed->p, 4);
    uint32_t big = rd_be32(&r), little = __builtin_bswap32(big);

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]) && c->header_len == 0; i++) {
        if (known[i].magic == big || known[i].magic == little) {
            c->big = known[i].magic == big;
            c->nanoseconds = known[i].nanoseconds;
            c->header_len = known[i].header_len;
        }
    }
    if (c->header_len == 0) {
        return (void)err_set(err, "not a capture file: it begins with %08x", big), CAPTURE_END;
    }
    enum feed_status status = feed_need(c->feed, FILE_HEADER_LEN);
    if (status == FEED_WAIT) {
        return CAPTURE_WAIT;
    }
    if (status != FEED_OK) {
        return (void)err_set(err, "the file is cut: its header has only %zu bytes", c->feed->n), CAPTURE_END;
    }
    r = rd_make(c->feed->p, FILE_HEADER_LEN);
    rd_skip(&r, 4);
    uint16_t major = capture_u16(c, &r), minor = capture_u16(c, &r);
    rd_skip(&r, 8); /* time zone and accuracy, which nobody writes */
    c->snaplen = capture_u32(c, &r);
    if (c->snaplen == 0 || c->snaplen > CAPTURE_FRAME_MAX) {
        c->snaplen = CAPTURE_FRAME_MAX;
    }
    c->link = (uint16_t)(capture_u32(c, &r) & 0xffff); /* the upper bits tell of check sums at the end of frames */
    if (major != 2 && !(major == 543 && minor == 0)) {
        return (void)err_set(err, "pcap version %u.%u is not known", major, minor), CAPTURE_END;
    }
    if (major == 2 && minor == 2 && c->header_len == RECORD_LEN) {
        pcap_aix(c);
    } else {
        c->lengths_swapped = major == 543 || minor < 3;
        c->lengths_doubtful = minor == 3;
    }
    (void)feed_take(c->feed, FILE_HEADER_LEN);
    c->next = pcap_next;
    return CAPTURE_RECORD;
}
