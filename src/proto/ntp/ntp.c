/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ntp - Network Time Protocol, versions 3 (RFC 1305) and 4 (RFC 5905), over UDP.
 *
 * A message is a transaction of its own, looked at in its own direction.
 */
#include "proto/proto.h"

enum { NTP_MALFORMED, NTP_UNSOLICITED };
enum { HEAD = 48, ID = 4, BEGIN = 8 };

struct ntp {
    uint8_t version, mode, stratum, side;
    uint8_t id[ID];
    uint8_t begin[BEGIN];    /* first bytes, as they came */
};

/* RFC 5905 7.3: 48 bytes always; extensions and an authenticator may follow. */
static bool read_head(struct rd *r, struct ntp *d)
{
    size_t have = rd_left(r);
    struct rd begin = *r;

    for (unsigned i = 0; i < BEGIN; i++) {
        d->begin[i] = rd_u8(&begin);
    }
    uint8_t first = rd_u8(r);

    d->version = first >> 3 & 7;
    d->mode = first & 7;
    d->stratum = rd_u8(r);
    rd_skip(r, 2 + 2 * 4); /* poll, precision; root's delay and dispersion */
    for (unsigned i = 0; i < ID; i++) {
        d->id[i] = rd_u8(r);
    }
    return have >= HEAD && (d->version == 3 || d->version == 4);
}

static enum probe ntp_probe(struct rd data, enum side side, bool whole)
{
    struct ntp d;

    (void)side;
    (void)whole;
    return read_head(&data, &d) ? PROBE_YES : PROBE_NO;
}

static struct frame ntp_frame(struct conn *c, enum side side, struct rd data)
{
    (void)c;
    (void)side;
    return (struct frame){ FRAME_UNIT, 0, rd_left(&data) };
}

static enum outcome ntp_parse(struct conn *c, enum side side, unsigned unit, struct rd bytes)
{
    struct ntp head;

    (void)unit;
    if (!read_head(&bytes, &head)) {
        conn_note(c, side, NTP_MALFORMED);
        return OUTCOME_BAD;
    }
    struct txn *t = txn_new(c);
    if (t != NULL) {
        struct ntp *d = txn_data(t);
        *d = head;
        d->side = (uint8_t)side;
        txn_message(t, side);
    }
    return OUTCOME_OK;
}

/* ------- fields ------- */

FIELD_OFFSET_NUMBER(version, struct ntp, version)
FIELD_OFFSET_NUMBER(mode, struct ntp, mode)
FIELD_OFFSET_NUMBER(stratum, struct ntp, stratum)

static bool reference(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct ntp *d = txn_data_const(t);

    (void)side;
    *out = bytes_of(d->id, ID);
    return i == 0;
}

static bool begin(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct ntp *d = txn_data_const(t);

    (void)side;
    *out = bytes_of(d->begin, BEGIN);
    return i == 0;
}

static const char *const modes[] = { "reserved", "symmetric_active", "symmetric_passive", "client", "server", "broadcast", "control", "private" };

#define BOTH .sides = SIDE_BOTH_BITS, .stage = { 1, 1 }
static const struct field fields[] = {
    { .name = "ntp.version", .type = FIELD_NUMBER, BOTH, .number = version, .bits = 8, .log = "version", .help = "3 or 4" },
    { .name = "ntp.mode", .type = FIELD_NUMBER, BOTH, .number = mode, .bits = 8, .names = NAMES_LIST(modes), .log = "mode", .help = "3 client, 4 server, 5 broadcast, ..." },
    { .name = "ntp.stratum", .type = FIELD_NUMBER, BOTH, .number = stratum, .bits = 8, .log = "stratum", .help = "distance from a clock, 0: the id says more" },
    { .name = "ntp.reference_id", .type = FIELD_BYTES, BOTH, .bytes = reference, .help = "the clock's name, the server's address, or the kiss's code" },
    { .name = "ntp.begin", .type = FIELD_BYTES, BOTH, .bytes = begin, .sign = SIGN_NTP, .help = "the first eight bytes: mode, stratum, poll, precision, root's delay" },
};

static void ntp_log(const struct txn *t, struct json *j)
{
    const struct ntp *d = txn_data_const(t);

    json_hex(j, "reference_id", bytes_of(d->id, ID), ':');
}

static const struct note_row notes[] = {
    [NTP_MALFORMED] = { "malformed_data", 0, 0, "a message that is too short, or of a version that is not read" },
    [NTP_UNSOLICITED] = { "unsolicited_response", 0, 0, "an answer that nobody asked for" },
};

extern const struct proto proto_ntp;
const struct proto proto_ntp = {
    .name = "ntp",
    .ports = "udp/123",
    .transports = 2,
    .first_server = true,
    .probe = ntp_probe,
    .txn_size = sizeof(struct ntp),
    .unit_max = 65536,
    .txn_bytes_max = 4096,
    .frame = ntp_frame,
    .parse = ntp_parse,
    .fields = fields,
    .field_n = ROWS(fields),
    .notes = notes,
    .note_n = ROWS(notes),
    .log = ntp_log,
    .log_side = txn_log_turn,
};
