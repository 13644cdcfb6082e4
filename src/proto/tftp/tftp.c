/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tftp - trivial file transfer (RFC 1350): requests to read and write, which announce the transfer (tftp_data).
 */
#include "proto/proto.h"

enum { TFTP_STARTED, TFTP_DONE };
enum { OPCODE_READ = 1, OPCODE_WRITE = 2, OPCODE_OPTIONS = 6 /* RFC 2347 */ };

enum { TRANSFER_SECONDS = 30, NOTE_MAX = FLOW_EXPECT_NOTE_MAX };

struct tftp_state {
    struct conn *transfer;  /* that goes on in this flow; NULL: none */
    struct bytes note;      /* about the newest request */
};

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

/* RFC 1350 4: the server answers from a port that it chooses. */
static void announce(struct conn *c, enum side side, const struct tftp *x)
{
    struct tftp_state *s = conn_state(c);
    const struct flow *f = conn_flow(c);
    struct flow_expectation e = { .addr = { f->key.addr[0], f->key.addr[1] }, .family = (enum family)f->key.family,
                                  .port = { 0, f->key.port[side == TO_SERVER ? 0 : 1] }, .proto = 17, .seconds = TRANSFER_SECONDS };
    struct arena_text note;

    arena_text_init(&note, conn_arena(c), NOTE_MAX);
    arena_text_add(&note, bytes_str(x->opcode == OPCODE_READ ? "read " : "write "));
    arena_text_add(&note, x->mode);
    arena_text_byte(&note, ' ');
    arena_text_add(&note, x->file);
    s->note = arena_text_bytes(&note);
    s->transfer = NULL;
    conn_expect(c, &e, s->note, "tftp-data");
}

/* The server answers from where it was asked. */
static void transfer(struct conn *c, enum side side, struct bytes b)
{
    struct tftp_state *s = conn_state(c);

    if (s->transfer == NULL && s->note.n != 0 && (s->transfer = proto_child(c, "tftp-data")) != NULL) {
        conn_hand_over(s->transfer, s->note);
    }
    if (s->transfer != NULL) {
        proto_child_feed(s->transfer, side, b, false);
    }
}

/* RFC 1350 5: opcode, name, 0, mode, 0; options may follow. */
static enum outcome tftp_parse(struct conn *c, enum side side, unsigned unit, struct rd r)
{
    struct bytes all = rd_peek(&r);
    uint16_t opcode = rd_be16(&r);
    bool name_ends, mode_ends;

    (void)unit;
    if (opcode != OPCODE_READ && opcode != OPCODE_WRITE) {
        transfer(c, side, all);
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
    announce(c, side, x);
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

FIELD_OFFSET_BYTES(file_text, struct tftp, file)

static const struct field fields[] = {
    { .name = "tftp.file", .type = FIELD_BYTES, .sides = SIDE_BOTH_BITS, .stage = { TFTP_DONE, TFTP_DONE }, .bytes = file_text, .help = "the name of the file that is asked for" },
};

static const struct proto_state request_states[] = { { "request_started", TFTP_STARTED }, { "request_complete", TFTP_DONE }, { NULL, 0 } };
static const struct proto_state response_states[] = { { "response_started", TFTP_STARTED }, { "response_complete", TFTP_DONE }, { NULL, 0 } };

const struct proto proto_tftp = {
    .name = "tftp",
    .ports = "udp/69",
    .transports = 2,
    .probe = tftp_probe,
    .state_size = sizeof(struct tftp_state),
    .txn_size = sizeof(struct tftp),
    .unit_max = 65536,
    .frame = tftp_frame,
    .parse = tftp_parse,
    .resync = tftp_resync,
    .fields = fields,
    .field_n = ROWS(fields),
    .states = { request_states, response_states },
    .log = tftp_log,
};
