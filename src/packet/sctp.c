/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SCTP (RFC 9260): the common header, and a look along the chunks. */
#include "packet/layers.h"

#include <netinet/in.h>

#define SCTP_LEN        12
#define CHUNKS_MAX      128
#define DATA_CHUNKS_MAX 32

enum chunk { CHUNK_DATA = 0, CHUNK_INIT = 1, CHUNK_INIT_ACK = 2 };

/* What the chunks of one packet add up to. */
struct chunks {
    unsigned n, data;
    bool init;
};

/* The next chunk stepped over, padding too; false, and noted, when its length does not hold. */
static bool chunk_take(struct walk *w, struct view *v, struct rd *r, uint8_t *type)
{
    *type = rd_u8(r);
    rd_skip(r, 1);
    size_t length = rd_be16(r);
    if (!rd_ok(r)) {
        layer_note(w, v, NOTE_SCTP_CHUNK_TOO_SMALL);
        return false;
    }
    rd_skip(r, length < 4 ? SIZE_MAX : length - 4);
    if (!rd_ok(r)) {
        layer_note(w, v, NOTE_SCTP_CHUNK_LEN_INVALID);
        return false;
    }
    size_t padding = (4 - length % 4) % 4;
    rd_skip(r, padding < rd_left(r) ? padding : rd_left(r));
    return true;
}

static void chunk_check(struct walk *w, struct view *v, struct chunks *c, uint8_t type)
{
    c->n++;
    switch (type) {
    case CHUNK_INIT:
        c->init = true;
        if (v->sctp.vtag != 0) {
            layer_note(w, v, NOTE_SCTP_INIT_WITH_NON_ZERO_VTAG);
        }
        break;
    case CHUNK_INIT_ACK:
        c->init = true;
        break;
    case CHUNK_DATA:
        if (++c->data == DATA_CHUNKS_MAX) {
            layer_note(w, v, NOTE_SCTP_TOO_MANY_DATA_CHUNKS);
        }
        if (v->sctp.vtag == 0) {
            layer_note(w, v, NOTE_SCTP_DATA_WITH_ZERO_VTAG);
        }
        break;
    default:
        break;
    }
}

/* Oddities along the chunks are noted; the packet stays valid. */
static void sctp_chunks(struct walk *w, struct view *v, struct rd r)
{
    struct chunks c = { 0 };
    uint8_t type = 0;

    while (rd_left(&r) > 0 && c.n < CHUNKS_MAX) {
        if (!chunk_take(w, v, &r, &type)) {
            return;
        }
        chunk_check(w, v, &c, type);
    }
    if (rd_left(&r) > 0) {
        layer_note(w, v, NOTE_SCTP_TOO_MANY_CHUNKS);
    }
    if (c.init && c.n > 1) {
        layer_note(w, v, NOTE_SCTP_INIT_CHUNK_BUNDLED);
    }
}

bool layer_sctp(struct walk *w, struct view *v, struct bytes data)
{
    struct rd r = rd_of(data);
    struct bytes h = rd_bytes(&r, SCTP_LEN);

    count(w, COUNT_SCTP);
    if (!rd_ok(&r)) {
        return layer_bad(w, v, NOTE_SCTP_PKT_TOO_SMALL);
    }
    v->sport = head16(h, 0);
    v->dport = head16(h, 2);
    v->sctp.vtag = head32(h, 4);
    v->proto = IPPROTO_SCTP;
    v->l4_header = h;
    v->payload = rd_peek(&r);
    v->present |= LAYER_SCTP;
    sctp_chunks(w, v, r);
    layer_flow(v);
    return true;
}
