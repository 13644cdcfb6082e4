/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SCTP (RFC 9260): the common header, and a look along the chunks. */
#include "packet/layers.h"
#include "packet/sctp.h"

#include <netinet/in.h>

#define SCTP_LEN  12
#define DATA_HEAD 12 /* of a DATA chunk, behind its length: number, stream, number there, protocol */

/* What the chunks of one packet add up to. */
struct chunks {
    unsigned n, data;
    bool init;
};

bool sctp_chunk_take(struct rd *r, struct sctp_chunk *out)
{
    out->type = rd_u8(r);
    rd_skip(r, 1);
    size_t length = rd_be16(r);
    out->cut = !rd_ok(r);
    out->value = rd_bytes(r, length < 4 ? SIZE_MAX : length - 4);
    if (!rd_ok(r)) {
        return false;
    }
    size_t padding = (4 - length % 4) % 4;
    rd_skip(r, padding < rd_left(r) ? padding : rd_left(r));
    return true;
}

struct bytes sctp_user_data(const struct sctp_chunk *c) { return c->type == SCTP_DATA ? bytes_from(c->value, DATA_HEAD) : bytes_none(); }

static void chunk_check(struct walk *w, struct view *v, struct chunks *c, uint8_t type)
{
    c->n++;
    switch (type) {
    case SCTP_INIT:
        c->init = true;
        if (v->sctp.vtag != 0) {
            layer_note(w, v, NOTE_SCTP_INIT_WITH_NON_ZERO_VTAG);
        }
        break;
    case SCTP_INIT_ACK:
        c->init = true;
        break;
    case SCTP_DATA:
        if (++c->data == SCTP_DATA_CHUNKS_MAX) {
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
    struct sctp_chunk chunk;

    while (rd_left(&r) > 0 && c.n < SCTP_CHUNKS_MAX) {
        if (!sctp_chunk_take(&r, &chunk)) {
            layer_note(w, v, chunk.cut ? NOTE_SCTP_CHUNK_TOO_SMALL : NOTE_SCTP_CHUNK_LEN_INVALID);
            return;
        }
        chunk_check(w, v, &c, chunk.type);
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
