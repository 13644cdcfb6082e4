/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/capture.h"

#include <stdlib.h>

enum capture_status capture_fail(struct capture *c, const char *what)
{
    c->ended = true;
    return (void)err_set(&c->err, "%s at byte %llu", what, (unsigned long long)c->feed->offset), CAPTURE_END;
}

enum capture_status capture_short(struct capture *c, enum feed_status status)
{
    if (status == FEED_WAIT) {
        return CAPTURE_WAIT;
    }
    c->ended = true;
    if (c->feed->err.text[0] != 0) {
        c->err = c->feed->err;
    } else if (c->feed->n > 0 || c->feed->skip > 0) {
        return capture_fail(c, "the file is cut: a record goes on past its end");
    }
    return CAPTURE_END;
}

void capture_begin(struct capture *c, struct feed *feed) { *c = (struct capture){ .feed = feed }; }

enum capture_status capture_head(struct capture *c, struct err *err)
{
    enum feed_status status = feed_unpack(&c->feed);

    status = status == FEED_OK ? feed_need(c->feed, 4) : status;
    if (status == FEED_WAIT) {
        return CAPTURE_WAIT;
    }
    if (status != FEED_OK) {
        (void)(c->feed->err.text[0] != 0
                   ? (*err = c->feed->err, false)
                   : err_set(err, "%s", c->feed->n == 0 ? "the file is empty" : "too short for a capture file"));
        return CAPTURE_END;
    }
    struct rd r = rd_make(c->feed->p, 4);
    return rd_be32(&r) == 0x0a0d0d0a ? pcapng_head(c, err) : pcap_file_head(c, err);
}

bool capture_open(struct capture *c, struct feed *feed, struct err *err)
{
    enum capture_status status = CAPTURE_WAIT;

    capture_begin(c, feed);
    while (status == CAPTURE_WAIT) { /* a pipe's first bytes */
        status = capture_head(c, err);
    }
    if (status != CAPTURE_RECORD) {
        capture_close(c);
    }
    return status == CAPTURE_RECORD;
}

void capture_close(struct capture *c)
{
    feed_close(c->feed);
    free(c->interface);
    c->feed = NULL;
    c->interface = NULL;
    c->ended = true;
}
