/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rtp - media of the Real-time Transport Protocol and what its ends tell of it (RFC 3550): flows that SIP or RTSP announced.
 *
 * A transaction is what one side sends of one source (SSRC); it is told when the flow ends, or another source takes its place.  Media
 * itself is not read.
 */
#include "proto/proto.h"

enum { HEAD = 12, RTCP_FIRST = 200, RTCP_LAST = 204, MEDIA_MAX = 255 };

struct rtp {
    uint32_t ssrc;
    uint8_t payload_type;
    uint16_t first, last;   /* sequence numbers */
    uint32_t rounds;        /* of 65536, up to `last` */
    uint64_t packets, bytes, reports;
    struct bytes media;     /* how it was announced */
};

struct rtp_state {
    struct txn *t[2];       /* the source that sends in a direction; NULL: none yet */
};

static struct frame rtp_frame(struct conn *c, enum side side, struct rd data)
{
    (void)c;
    (void)side;
    return (struct frame){ FRAME_UNIT, 0, rd_left(&data) };
}

static struct txn *source_new(struct conn *c, enum side side, uint32_t ssrc)
{
    struct rtp_state *s = conn_state(c);
    struct txn *t = txn_new(c);

    if (s->t[side] != NULL) {
        txn_message(s->t[side], side);
    }
    s->t[side] = t;
    if (t == NULL) {
        return NULL;
    }
    struct rtp *d = txn_data(t);
    d->ssrc = ssrc;
    d->media = arena_copy(txn_arena(t), conn_expected(c));
    txn_raise(t, side, 1);
    return t;
}

/* The numbers go round; one behind the last came late (RFC 3550 A.1). */
static void count(struct rtp *d, uint16_t number, uint8_t type)
{
    int16_t ahead = (int16_t)(uint16_t)(number - d->last);

    if (d->packets == 0) {
        d->first = d->last = number;
        d->payload_type = type;
    } else if (ahead > 0) {
        d->rounds += number < d->last;
        d->last = number;
    }
}

static enum outcome rtp_parse(struct conn *c, enum side side, unsigned unit, struct rd r)
{
    struct rtp_state *s = conn_state(c);
    size_t all = rd_left(&r);
    uint8_t first = rd_u8(&r), second = rd_u8(&r);
    bool report = second >= RTCP_FIRST && second <= RTCP_LAST;

    (void)unit;
    if (first >> 6 != 2 || all < HEAD - (report ? 4u : 0)) { /* STUN and DTLS go by in the same flow (RFC 7983) */
        return OUTCOME_OK;
    }
    uint16_t number = rd_be16(&r);
    rd_skip(&r, report ? 0 : 4);
    uint32_t ssrc = rd_be32(&r);
    struct rtp *d = s->t[side] != NULL ? txn_data(s->t[side]) : NULL;
    if (d == NULL || d->ssrc != ssrc) {
        struct txn *t = source_new(c, side, ssrc);
        d = t != NULL ? txn_data(t) : NULL;
    }
    if (d == NULL) {
        return OUTCOME_OK;
    }
    if (report) {
        d->reports++;
    } else {
        count(d, number, second & 0x7f);
        d->packets++;
        d->bytes += all;
    }
    return OUTCOME_OK;
}

static void rtp_eof(struct conn *c, enum side side)
{
    struct rtp_state *s = conn_state(c);

    if (s != NULL && s->t[side] != NULL) {
        txn_message(s->t[side], side);
        s->t[side] = NULL;
    }
}

static void rtp_txn_fini(struct txn *t)
{
    struct rtp_state *s = conn_state(t->conn);

    for (unsigned side = 0; s != NULL && side < 2; side++) {
        s->t[side] = s->t[side] == t ? NULL : s->t[side];
    }
}

/* ------- fields ------- */

FIELD_OFFSET_NUMBER(ssrc, struct rtp, ssrc)
FIELD_OFFSET_NUMBER(payload_type, struct rtp, payload_type)

#define BOTH .type = FIELD_NUMBER, .sides = SIDE_BOTH_BITS, .stage = { 1, 1 }
static const struct field fields[] = {
    { .name = "rtp.ssrc", BOTH, .number = ssrc, .bits = 32, .log = "ssrc", .help = "the source of the media" },
    { .name = "rtp.payload_type", BOTH, .number = payload_type, .bits = 8, .help = "how it is coded (RFC 3551 6), 96 and more: as was agreed on" },
};

static void rtp_log(const struct txn *t, struct json *j)
{
    const struct rtp *d = txn_data_const(t);

    if (d->packets != 0) {
        uint64_t expected = (uint64_t)d->rounds * 65536 + d->last - d->first + 1;
        json_u64(j, "payload_type", d->payload_type);
        json_u64(j, "packets", d->packets);
        json_u64(j, "bytes", d->bytes);
        json_u64(j, "lost", expected > d->packets ? expected - d->packets : 0);
    }
    if (d->reports != 0) {
        json_u64(j, "reports", d->reports);
    }
    if (d->media.n != 0) {
        json_bytes(j, "media", d->media);
    }
}

static const struct proto_state states[] = { { "started", 0 }, { "source", 1 }, { "complete", 2 }, { NULL, 0 } };

extern const struct proto proto_rtp;
const struct proto proto_rtp = {
    .name = "rtp",
    .transports = 2,
    .own_transports = 2,
    .by_name = true,
    .whole_never = true,
    .state_size = sizeof(struct rtp_state),
    .txn_size = sizeof(struct rtp),
    .unit_max = 65536,
    .txn_max = 16,
    .txn_bytes_max = 4096,
    .frame = rtp_frame,
    .parse = rtp_parse,
    .eof = rtp_eof,
    .txn_fini = rtp_txn_fini,
    .states = { states, states },
    .fields = fields,
    .field_n = ROWS(fields),
    .log = rtp_log,
};
