/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ftp_data - the flow that carries a file or a listing of FTP (RFC 959 3.3), announced by its control connection as
 * "COMMAND SIDE NAME": side c when the flow's client sends, s when its server does; no name for listings.
 */
#include "file/file.h"
#include "proto/proto.h"

enum { FTP_DATA_STARTED, FTP_DATA_DONE };

struct ftp_data {
    struct bytes command, name; /* name n 0: a listing */
    struct file *file;
};

struct ftp_data_state {
    bool begun;
    enum side side;             /* of the data */
    struct txn *txn;            /* NULL: let go */
};

static const struct {
    const char *name;
    enum side side; /* of rules about it, whoever opened the flow */
} commands[] = { { "RETR", TO_CLIENT }, { "STOR", TO_SERVER }, { "APPE", TO_SERVER }, { "STOU", TO_SERVER },
                 { "NLST", TO_CLIENT }, { "LIST", TO_CLIENT }, { "MLSD", TO_CLIENT } };

static void begin(struct conn *c, enum side side)
{
    struct ftp_data_state *s = conn_state(c);
    struct rd said = rd_of(conn_expected(c));
    bool found;
    struct bytes command = rd_until(&said, ' ', &found), who = rd_until(&said, ' ', &found), name = rd_rest(&said);

    s->begun = true;
    s->side = who.n == 0 ? side : bytes_is(who, "c") ? TO_SERVER : TO_CLIENT;
    struct txn *t = s->txn = txn_new(c);
    if (t == NULL) {
        return;
    }
    struct ftp_data *x = txn_data(t);
    x->command = arena_copy(txn_arena(t), command);
    x->name = arena_copy(txn_arena(t), name);
    txn_done(t, side_other(s->side));
    if (name.n != 0) {
        x->file = txn_file_open(t, s->side, name);
    }
}

/* All of the data's side is one body; nothing is expected on the other. */
static struct frame ftp_data_frame(struct conn *c, enum side side, struct rd data)
{
    struct ftp_data_state *s = conn_state(c);

    (void)data;
    if (!s->begun) {
        begin(c, side);
    }
    return side == s->side && s->txn != NULL ? (struct frame){ FRAME_BODY, 0, UINT64_MAX } : (struct frame){ FRAME_OPAQUE, 0, 0 };
}

static void ftp_data_body(struct conn *c, enum side side, struct bytes chunk, bool last)
{
    struct ftp_data_state *s = conn_state(c);
    struct ftp_data *x = s != NULL && s->txn != NULL ? txn_data(s->txn) : NULL;

    if (x == NULL || side != s->side) {
        return;
    }
    if (x->file != NULL && chunk.n != 0) {
        txn_file_data(s->txn, x->file, chunk);
    }
    txn_touch(s->txn, side);
    if (last) {
        if (x->file != NULL) {
            txn_file_close(s->txn, x->file, x->file->gaps);
        }
        txn_done(s->txn, side);
    }
}

static void ftp_data_gap(struct conn *c, enum side side, uint64_t n, bool in_body)
{
    struct ftp_data_state *s = conn_state(c);
    struct ftp_data *x = s != NULL && s->txn != NULL ? txn_data(s->txn) : NULL;

    if (in_body && x != NULL && side == s->side && x->file != NULL) {
        txn_file_gap(s->txn, x->file, n);
    }
}

static enum outcome ftp_data_parse(struct conn *c, enum side side, unsigned unit, struct rd r)
{
    (void)c;
    (void)side;
    (void)unit;
    (void)rd_rest(&r);
    return OUTCOME_OK;
}

static void ftp_data_txn_fini(struct txn *t)
{
    struct ftp_data_state *s = conn_state(t->conn);

    if (s != NULL) {
        s->txn = NULL;
    }
}

/* ------- row ------- */

FIELD_OFFSET_BYTES(command_text, struct ftp_data, command)

static bool name_text(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct ftp_data *x = txn_data_const(t);

    (void)side;
    *out = x->name;
    return i == 0 && x->name.n != 0;
}

static bool command_number(const struct txn *t, enum side side, unsigned i, uint64_t *out)
{
    const struct ftp_data *x = txn_data_const(t);

    (void)side;
    return i == 0 && names_number(NAMES_COLUMN(commands, name), x->command, out);
}

static enum side command_side(uint64_t number) { return number < ROWS(commands) ? commands[number].side : TO_SERVER; }

static const struct field ftp_data_fields[] = {
    { .name = "ftpdata_command", .type = FIELD_NUMBER, .sides = SIDE_BOTH_BITS, .number = command_number, .names = NAMES_COLUMN(commands, name), .toward = command_side, .bits = 8,
      .help = "the command the data is for: retr, stor, appe, stou, nlst, list, mlsd" },
    { .name = "ftp_data.command_name", .log = "command", .type = FIELD_BYTES, .sides = SIDE_BOTH_BITS, .bytes = command_text, .help = "the same as text" },
    { .name = "ftp_data.filename", .log = "filename", .type = FIELD_BYTES, .sides = SIDE_BOTH_BITS, .bytes = name_text, .help = "the file's name" },
};

static const struct proto_state request_states[] = { { "request_started", FTP_DATA_STARTED }, { "request_complete", FTP_DATA_DONE }, { NULL, 0 } };
static const struct proto_state response_states[] = { { "response_started", FTP_DATA_STARTED }, { "response_complete", FTP_DATA_DONE }, { NULL, 0 } };

const struct proto proto_ftp_data = {
    .name = "ftp-data",
    .log_name = "ftp_data",
    .log_with = "ftp",
    .transports = 1,
    .files = true,
    .state_size = sizeof(struct ftp_data_state),
    .txn_size = sizeof(struct ftp_data),
    .unit_max = 4096,
    .txn_max = 1,
    .frame = ftp_data_frame,
    .parse = ftp_data_parse,
    .body = ftp_data_body,
    .gap = ftp_data_gap,
    .txn_fini = ftp_data_txn_fini,
    .states = { request_states, response_states },
    .fields = ftp_data_fields,
    .field_n = ROWS(ftp_data_fields),
};
