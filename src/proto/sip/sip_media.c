/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sip_media - the flows that a session description announces (RFC 8866 5.14): media come to the address and the port that it names.
 */
#include "proto/sip/sip.h"

enum { MEDIA_SECONDS = 120, MEDIA_MAX = 4 };

/* RFC 8866 5.7: "IN IP4 192.0.2.1/127". */
static bool address_of(struct bytes connection, struct addr *out, enum family *family)
{
    struct rd r = rd_of(connection);

    (void)rd_until_any(&r, " ");
    rd_skip_any(&r, " ");
    (void)rd_until_any(&r, " ");
    rd_skip_any(&r, " ");
    return addr_text_read(rd_until_any(&r, " /"), out, family);
}

static void announce(struct conn *c, const struct sdp *sdp, const struct sdp_media *m)
{
    struct flow_expectation e = { .proto = 17, .seconds = MEDIA_SECONDS };
    struct rd r = rd_of(m->media);
    uint64_t port = 0;

    (void)rd_until_any(&r, " ");
    rd_skip_any(&r, " ");
    bool good = bytes_u64(rd_until_any(&r, " /"), &port);
    struct bytes connection = m->part.connection.p != NULL ? m->part.connection : sdp->part.connection;
    if (!good || port == 0 || port >= UINT16_MAX || bytes_find(m->media, bytes_str("RTP/")) == SIZE_MAX || !address_of(connection, &e.addr[1], &e.family)) {
        return;
    }
    e.port[1] = (uint16_t)port;
    conn_expect(c, &e, bytes_head(m->media, FLOW_EXPECT_NOTE_MAX), "rtp");
    e.port[1]++; /* reports (RFC 3550 11) */
    conn_expect(c, &e, bytes_head(m->media, FLOW_EXPECT_NOTE_MAX), "rtp");
}

void sip_media(struct conn *c, const struct sip *d)
{
    const struct sdp_media *m = d->sdp.media;

    for (unsigned i = 0; i < MEDIA_MAX && m != NULL; i++, m = m->next) {
        announce(c, &d->sdp, m);
    }
}
