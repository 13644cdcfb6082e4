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

bool capture_open(struct capture *c, struct feed *feed, struct err *err)
{
    enum feed_status status = FEED_WAIT;

    *c = (struct capture){ .feed = feed };
    while (status == FEED_WAIT) {
        status = feed_need(feed, 4);
    }
    if (status != FEED_OK) {
        (void)(feed->err.text[0] != 0
                   ? (*err = feed->err, false)
                   : err_set(err, "%s", feed->n == 0 ? "the file is empty" : "too short for a capture file"));
        feed_close(feed);
        return false;
    }
    struct rd r = rd_make(feed->p, 4);
    bool good = rd_be32(&r) == 0x0a0d0d0a ? pcapng_open(c, err) : pcap_file_open(c, err);
    if (!good) {
        capture_close(c);
    }
    return good;
}

void capture_close(struct capture *c)
{
    feed_close(c->feed);
    free(c->interface);
    c->feed = NULL;
    c->interface = NULL;
    c->ended = true;
}
