/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tftp - trivial file transfer (RFC 1350): requests to read and write; the transfer itself goes over other ports.
 */
#include "proto/proto.h"

enum { TFTP_STARTED, TFTP_DONE };
enum { OPCODE_READ = 1, OPCODE_WRITE = 2, OPCODE_DATA = 3, OPCODE_ACK = 4, OPCODE_ERROR = 5, OPCODE_OPTIONS = 6 /* RFC 2347 */ };

struct tftp {
    uint8_t opcode;
    struct bytes file, mode;
};

static struct frame tftp_frame(struct conn *c, enum side side, struct rd data)
{
    (void)c;
    (void)side;
    return (struct frame){ FRAME_UNIT, 0, rd_left(&data) };
}

/* RFC 1350 5: opcode, name, 0, mode, 0; options may follow. */
static enum outcome tftp_parse(struct conn *c, enum side side, unsigned unit, struct rd r)
{
    uint16_t opcode = rd_be16(&r);
    bool name_ends, mode_ends;

    (void)unit;
    if (opcode != OPCODE_READ && opcode != OPCODE_WRITE) {
        return OUTCOME_OK;
    }
    struct bytes file = rd_until(&r, 0, &name_ends), mode = rd_until(&r, 0, &mode_ends);
    if (!name_ends || !(bytes_is_nocase(mode, "netascii") || bytes_is_nocase(mode, "octet") || bytes_is_nocase(mode, "mail"))) {
        return OUTCOME_BAD;
    }
    struct txn *t = txn_new(c);
    if (t == NULL) {
        return OUTCOME_OK;
    }
    struct tftp *x = txn_data(t);
    x->opcode = (uint8_t)opcode;
    x->file = arena_copy(txn_arena(t), file);
    x->mode = arena_lower(txn_arena(t), mode);
    txn_message(t, side);
    return OUTCOME_OK;
}

static struct frame tftp_resync(struct conn *c, enum side side, struct rd data)
{
    (void)c;
    (void)side;
    return (struct frame){ FRAME_SKIP, 0, rd_left(&data) };
}

static void tftp_log(const struct txn *t, struct json *j)
{
    const struct tftp *x = txn_data_const(t);

    json_string(j, "packet", x->opcode == OPCODE_READ ? "read" : "write");
    json_bytes(j, "file", x->file);
    json_bytes(j, "mode", x->mode);
}

static enum probe tftp_probe(struct rd data, enum side side, bool whole)
{
    uint16_t opcode = rd_be16(&data);

    (void)side;
    (void)whole;
    return rd_ok(&data) && rd_left(&data) >= 2 && opcode >= OPCODE_READ && opcode <= OPCODE_OPTIONS ? PROBE_YES : PROBE_NO;
}

static const struct proto_state request_states[] = { { "request_started", TFTP_STARTED }, { "request_complete", TFTP_DONE }, { NULL, 0 } };
static const struct proto_state response_states[] = { { "response_started", TFTP_STARTED }, { "response_complete", TFTP_DONE }, { NULL, 0 } };

const struct proto proto_tftp = {
    .name = "tftp",
    .ports = "udp/69",
    .transports = 2,
    .probe = tftp_probe,
    .txn_size = sizeof(struct tftp),
    .unit_max = 65536,
    .frame = tftp_frame,
    .parse = tftp_parse,
    .resync = tftp_resync,
    .states = { request_states, response_states },
    .log = tftp_log,
};
