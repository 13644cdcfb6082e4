/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mdns - multicast DNS (RFC 6762) over UDP: names of the local link.
 *
 * A message is a transaction of its own, as wire/dnsmsg.h reads it.
 */
#include "proto/proto.h"
#include "wire/dnsmsg.h"

enum { SPAN_PDU };

/* Questions and answers alike go to all on the link. */
static enum probe probe(struct rd data, enum side side, bool whole)
{
    (void)side;
    (void)whole;
    return dnsmsg_likely(data) != DNSMSG_UNLIKELY ? PROBE_YES : PROBE_NO;
}

static struct frame frame(struct conn *c, enum side side, struct rd data)
{
    (void)c;
    (void)side;
    return (struct frame){ FRAME_UNIT, 0, rd_left(&data) };
}

static struct frame resync(struct conn *c, enum side side, struct rd data)
{
    (void)c;
    (void)side;
    return (struct frame){ FRAME_SKIP, 0, rd_left(&data) };
}

static enum outcome parse(struct conn *c, enum side side, unsigned unit, struct rd bytes)
{
    (void)unit;
    if (rd_left(&bytes) < DNSMSG_HEADER) {
        conn_note(c, side, DNSMSG_MALFORMED);
        return OUTCOME_BAD;
    }
    struct txn *t = txn_new(c);
    if (t == NULL) {
        return OUTCOME_OK;
    }
    struct dnsmsg *m = txn_data(t);
    conn_span(c, side, SPAN_PDU, 0, rd_left(&bytes), t);
    (void)dnsmsg_read(bytes, txn_arena(t), m);
    for (unsigned i = 0; i < DNSMSG_PROBLEMS; i++) {
        if ((m->problems >> i & 1) != 0) {
            txn_note(t, i);
        }
    }
    txn_message(t, side);
    return OUTCOME_OK;
}

/* ------- fields ------- */

#define NAMES(fn, name, get, help)                                                                                     \
    static bool fn(const struct txn *t, enum side side, unsigned i, struct bytes *out)                                 \
    {                                                                                                                  \
        const struct dnsmsg *m = txn_data_const(t);                                                                    \
        (void)side;                                                                                                    \
        return get;                                                                                                    \
    }
#include "wire/dnsmsg_local_fields.list"
#undef NAMES

static const struct field fields[] = {
#define NAMES(fn, called, get, text) \
    { .name = "mdns." called, .type = FIELD_LIST, .sides = SIDE_BOTH_BITS, .stage = { 1, 1 }, .bytes = fn, .help = text },
#include "wire/dnsmsg_local_fields.list"
#undef NAMES
};

/* ------- records ------- */

static void log_members(const struct txn *t, struct json *j) { dnsmsg_log_local(j, txn_data_const(t)); }

static const char *const spans[] = { [SPAN_PDU] = "pdu", NULL };

extern const struct proto proto_mdns;
const struct proto proto_mdns = {
    .name = "mdns",
    .ports = "udp/5353",
    .transports = 2,
    .first_server = true,
    .probe = probe,
    .txn_size = sizeof(struct dnsmsg),
    .unit_max = 65537,
    .txn_bytes_max = 4 * 1024 * 1024,
    .frame = frame,
    .parse = parse,
    .resync = resync,
    .fields = fields,
    .field_n = ROWS(fields),
    .spans = spans,
    .notes = dnsmsg_notes,
    .note_n = DNSMSG_PROBLEMS,
    .log = log_members,
    .log_side = txn_log_message,
};
