/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * toy - lines "HELLO name": the smallest protocol there can be, for tests/grow/run.
 */
#include "proto/proto.h"

struct toy {
    struct bytes name;
};

enum { TOY_NO_HELLO };
static const struct note_row notes[] = { { "no_hello", 0, 0, "a line that does not begin with HELLO" } };

static enum probe toy_probe(struct rd data, enum side side, bool whole)
{
    struct bytes head = rd_peek(&data);

    (void)side;
    return bytes_starts(head, "HELLO ") ? PROBE_YES : head.n >= 6 || whole ? PROBE_NO : PROBE_MORE;
}

static struct frame toy_frame(struct conn *c, enum side side, struct rd data)
{
    size_t have = rd_left(&data);
    bool whole;

    (void)c;
    (void)side;
    (void)rd_until(&data, '\n', &whole);
    return whole ? (struct frame){ FRAME_UNIT, 0, have - rd_left(&data) } : (struct frame){ FRAME_MORE, 0, 0 };
}

static enum outcome toy_parse(struct conn *c, enum side side, unsigned unit, struct rd bytes)
{
    struct bytes line = bytes_trim(rd_rest(&bytes), "\r\n");
    struct txn *t = txn_new(c);

    (void)unit;
    if (t == NULL) {
        return OUTCOME_OK;
    }
    if (!bytes_starts(line, "HELLO ")) {
        txn_note(t, TOY_NO_HELLO);
    }
    struct toy *d = txn_data(t);
    d->name = arena_copy(txn_arena(t), bytes_from(line, 6));
    t->skip_inspect[side_other(side)] = true;
    txn_done(t, TO_SERVER);
    txn_done(t, TO_CLIENT);
    return OUTCOME_OK;
}

FIELD_OFFSET_BYTES(toy_name, struct toy, name)

static const struct field fields[] = {
    { .name = "toy.name", .log = "name", .type = FIELD_BYTES, .sides = SIDE_SERVER_BIT, .bytes = toy_name, .help = "who says hello" },
};

const struct proto proto_toy = {
    .name = "toy", .ports = "tcp/4141", .transports = 1, .txn_size = sizeof(struct toy), .unit_max = 4096,
    .probe = toy_probe, .frame = toy_frame, .parse = toy_parse,
    .fields = fields, .field_n = ROWS(fields), .notes = notes, .note_n = ROWS(notes),
};
