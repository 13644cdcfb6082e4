/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A capture file in memory, read in one piece and in small ones that come late: both must say the same. */
#include "source/capture.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct drip {
    struct bytes left;
    unsigned turn;
};

/* A few bytes at a time, and now and then none. */
static enum feed_status drip_fill(struct feed *f, uint8_t *to, size_t room, size_t *got)
{
    struct drip *d = f->state;
    size_t n = d->turn++ % 13 * 17;

    if (d->left.n == 0) {
        return FEED_END;
    }
    if (n == 0) {
        return FEED_WAIT;
    }
    n = n < d->left.n ? n : d->left.n;
    n = n < room ? n : room;
    memcpy(to, d->left.p, n);
    d->left = (struct bytes){ .p = d->left.p + n, .n = d->left.n - n };
    *got = n;
    return FEED_OK;
}

static enum capture_status next_waiting(struct capture *c, struct record *r)
{
    enum capture_status status = CAPTURE_WAIT;

    while (status == CAPTURE_WAIT) {
        status = capture_next(c, r);
    }
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct drip drip = { .left = bytes_of(data, size) };
    struct feed *slow = feed_open_bytes(bytes_none());
    struct capture whole, pieces;
    struct record a, b;
    struct err err;

    slow->fill = drip_fill;
    slow->state = &drip;
    bool good = capture_open(&whole, feed_open_bytes(bytes_of(data, size)), &err);
    bug_if(capture_open(&pieces, slow, &err) != good);
    if (!good) {
        return 0;
    }
    for (;;) {
        enum capture_status status = next_waiting(&whole, &a);
        bug_if(next_waiting(&pieces, &b) != status);
        if (status != CAPTURE_RECORD) {
            break;
        }
        bug_if(a.frame.n > CAPTURE_FRAME_MAX || a.wire_len < a.frame.n);
        bug_if(a.frame.n > 0 && (a.frame.p < data || a.frame.p + a.frame.n > data + size));
        bug_if(a.ts != b.ts || a.link != b.link || a.wire_len != b.wire_len || a.frame.n != b.frame.n);
        bug_if(a.frame.n > 0 && memcmp(a.frame.p, b.frame.p, a.frame.n) != 0);
        feed_release(pieces.feed);
    }
    bug_if((whole.err.text[0] != 0) != (pieces.err.text[0] != 0));
    capture_close(&whole);
    capture_close(&pieces);
    return 0;
}
