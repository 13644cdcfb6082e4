/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tftp_data - a transfer of TFTP (RFC 1350, options of RFC 2347 to 2349 and 7440), announced by its request as "COMMAND MODE NAME".
 *
 * It has a flow of its own, which the server begins, or goes on in the request's. Who sends data tells the file's side.
 */
#include "proto/tftp_data/tftp_data.h"

enum { NOTE_BLOCK_SIZE, NOTE_FAILED };
enum { OPCODE_DATA = 3, OPCODE_ACK, OPCODE_ERROR, OPCODE_OPTIONS };
enum { BLOCK_USUAL = 512, BLOCK_LEAST = 8, BLOCK_MAX = 65464 /* RFC 2348 */, OPTIONS_MAX = 16, TEXT_MAX = 255 };

struct tftp_data_state {
    struct txn *txn;            /* NULL: not begun, or over */
    bool begun, sided, ends;
    enum side side;             /* of the data */
    uint32_t size;              /* of a block; 0: not known yet */
    uint64_t next;              /* the block after the last one, counted from 1 and on beyond 65535 */
    uint16_t skew;              /* … on the wire there is so much more: some go on with 1, others with 0 */
    uint64_t end;               /* where the last block ends */
};

static struct txn *begin(struct conn *c, struct tftp_data_state *s)
{
    struct rd said = rd_of(conn_expected(c));
    bool found;

    if (s->begun) {
        return s->txn;
    }
    s->begun = true;
    s->next = 1;
    struct txn *t = s->txn = txn_new(c);
    if (t == NULL) {
        return NULL;
    }
    struct tftp_data *x = txn_data(t);
    x->command = arena_copy(txn_arena(t), rd_until(&said, ' ', &found));
    x->mode = arena_copy(txn_arena(t), rd_until(&said, ' ', &found));
    x->name = arena_copy(txn_arena(t), rd_rest(&said));
    return t;
}

static void over(struct tftp_data_state *s, bool truncated)
{
    struct txn *t = s->txn;
    struct tftp_data *x = txn_data(t);

    s->txn = NULL;
    if (x->file != NULL) {
        txn_file_rest(t, x->file, &x->pieces);
        txn_file_close(t, x->file, truncated);
    }
    txn_done(t, TO_SERVER);
    txn_done(t, TO_CLIENT);
}

/* ------- messages ------- */

/* The block's number as it is counted here: the nearest to what is due that fits its 16 bits. */
static int64_t position(struct tftp_data_state *s, uint16_t block)
{
    uint16_t due = (uint16_t)(s->next + s->skew);

    if (due == 0 && block == 1) {
        s->skew++;
        due = 1;
    }
    return (int64_t)s->next + (int16_t)(uint16_t)(block - due);
}

/* RFC 1350 5: a block that is not full is the last. */
static void data(struct tftp_data_state *s, enum side side, struct rd r)
{
    struct txn *t = s->txn;
    struct tftp_data *x = txn_data(t);
    uint16_t block = rd_be16(&r);
    struct bytes b = rd_rest(&r);

    if (!rd_ok(&r) || (s->sided && s->side != side)) {
        return;
    }
    if (!s->sided) {
        s->sided = true;
        s->side = side;
        x->file = txn_file_open(t, side, x->name);
        txn_done(t, side_other(side));
    }
    if (s->size == 0) { /* what was agreed on may not have been seen */
        s->size = b.n > BLOCK_USUAL ? (uint32_t)b.n : BLOCK_USUAL;
    }
    if (b.n > s->size) {
        txn_note(t, NOTE_BLOCK_SIZE);
        b = bytes_head(b, s->size);
    }
    int64_t at = position(s, block);
    if (at < 1) {
        return;
    }
    uint64_t offset = (uint64_t)(at - 1) * s->size;
    s->next = (uint64_t)at >= s->next ? (uint64_t)at + 1 : s->next;
    if (b.n < s->size) {
        s->ends = true;
        s->end = offset + b.n;
    }
    (void)txn_file_piece(t, x->file, &x->pieces, offset, b);
    txn_touch(t, side);
    if (s->ends && x->pieces.offset >= s->end) {
        over(s, false);
    }
}

/* RFC 2347: name, 0, value, 0 … */
static void options(struct tftp_data_state *s, struct rd r)
{
    struct tftp_data *x = txn_data(s->txn);
    bool found = true;

    for (unsigned i = 0; i < OPTIONS_MAX && found && rd_left(&r) != 0; i++) {
        struct bytes name = rd_until(&r, 0, &found), value = rd_until(&r, 0, &found);
        uint64_t n;
        if (!found || !bytes_u64(value, &n)) {
            continue;
        }
        if (bytes_is_nocase(name, "blksize") && n >= BLOCK_LEAST && n <= BLOCK_MAX && !s->sided) {
            x->block_size = s->size = (uint32_t)n;
        } else if (bytes_is_nocase(name, "tsize")) {
            x->has_total = true;
            x->total = n;
        }
    }
    txn_touch(s->txn, TO_SERVER);
}

static void failed(struct tftp_data_state *s, struct rd r)
{
    struct tftp_data *x = txn_data(s->txn);
    bool found;

    x->failed = true;
    x->error = rd_be16(&r);
    x->message = arena_copy(txn_arena(s->txn), bytes_head(rd_until(&r, 0, &found), TEXT_MAX));
    txn_note(s->txn, NOTE_FAILED);
    over(s, true);
}

static enum outcome tftp_data_parse(struct conn *c, enum side side, unsigned unit, struct rd r)
{
    struct tftp_data_state *s = conn_state(c);
    uint16_t opcode = rd_be16(&r);

    (void)unit;
    if (!rd_ok(&r) || opcode < OPCODE_DATA || opcode > OPCODE_OPTIONS) {
        return OUTCOME_BAD;
    }
    if (begin(c, s) == NULL) { /* sent again after the end */
        return OUTCOME_OK;
    }
    switch (opcode) {
    case OPCODE_DATA: data(s, side, r); break;
    case OPCODE_ERROR: failed(s, r); break;
    case OPCODE_OPTIONS: options(s, r); break;
    default: break;
    }
    return OUTCOME_OK;
}

static struct frame tftp_data_frame(struct conn *c, enum side side, struct rd bytes)
{
    (void)c;
    (void)side;
    return (struct frame){ FRAME_UNIT, 0, rd_left(&bytes) };
}

static void tftp_data_eof(struct conn *c, enum side side)
{
    struct tftp_data_state *s = conn_state(c);

    (void)side;
    if (s != NULL && s->txn != NULL) {
        over(s, true);
    }
}

static void tftp_data_txn_fini(struct txn *t)
{
    struct tftp_data_state *s = conn_state(t->conn);

    if (s != NULL && s->txn == t) {
        s->txn = NULL;
    }
}

/* ------- row ------- */

static bool name_text(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct tftp_data *x = txn_data_const(t);

    (void)side;
    *out = x->name;
    return i == 0 && x->name.n != 0;
}

FIELD_OFFSET_BYTES(command_text, struct tftp_data, command)

static const struct field fields[] = {
    { .name = "tftp_data.command", .log = "command", .type = FIELD_BYTES, .sides = SIDE_BOTH_BITS, .bytes = command_text, .help = "read or write" },
    { .name = "tftp_data.file", .log = "file", .type = FIELD_BYTES, .sides = SIDE_BOTH_BITS, .bytes = name_text, .help = "the file's name" },
};

static void tftp_data_log(const struct txn *t, struct json *j)
{
    const struct tftp_data *x = txn_data_const(t);

    if (x->mode.n != 0) {
        json_bytes(j, "mode", x->mode);
    }
    if (x->block_size != 0) {
        json_u64(j, "block_size", x->block_size);
    }
    if (x->has_total) {
        json_u64(j, "total_size", x->total);
    }
    if (x->failed) {
        json_object(j, "error");
        json_u64(j, "code", x->error);
        json_bytes(j, "message", x->message);
        json_end_object(j);
    }
}

static const struct note_row notes[] = {
    [NOTE_BLOCK_SIZE] = { "block_too_large", 0, 0, "a block of more bytes than was agreed on, or than the first had" },
    [NOTE_FAILED] = { "transfer_failed", 0, 0, "an error ends the transfer" },
};

extern const struct proto proto_tftp_data;
const struct proto proto_tftp_data = {
    .name = "tftp-data",
    .log_name = "tftp_data",
    .log_with = "tftp",
    .transports = 2,
    .files = true,
    .own_transports = 2,
    .by_name = true,
    .whole_never = true,
    .state_size = sizeof(struct tftp_data_state),
    .txn_size = sizeof(struct tftp_data),
    .unit_max = 65536,
    .txn_max = 1,
    .txn_bytes_max = 256 * 1024,
    .frame = tftp_data_frame,
    .parse = tftp_data_parse,
    .eof = tftp_data_eof,
    .txn_fini = tftp_data_txn_fini,
    .fields = fields,
    .field_n = ROWS(fields),
    .notes = notes,
    .note_n = ROWS(notes),
    .log = tftp_data_log,
};
