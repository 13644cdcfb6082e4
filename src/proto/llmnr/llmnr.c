/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * llmnr - Link-Local Multicast Name Resolution (RFC 4795) over UDP and TCP.
 *
 * A message is a transaction of its own, as wire/dnsmsg.h reads it.
 */
#include "proto/proto.h"
#include "wire/dnsmsg.h"

enum { SPAN_PDU };

/* Questions go to all on the link, answers to who asked: who sends first is who asks. */
static enum probe probe(struct rd data, enum side side, bool whole)
{
    enum dnsmsg_likely is = dnsmsg_likely(data);

    if (is == DNSMSG_UNLIKELY && rd_left(&data) >= 2) { /* TCP */
        struct rd tcp = data;
        uint16_t n = rd_be16(&tcp);
        if (n >= DNSMSG_HEADER && rd_left(&tcp) < n && !whole) {
            return PROBE_MORE;
        }
        is = dnsmsg_likely(rd_sub(&tcp, n));
    }
    if (is == DNSMSG_UNLIKELY) {
        return PROBE_NO;
    }
    return (is == DNSMSG_LIKELY_RESPONSE) == (side == TO_CLIENT) ? PROBE_YES : PROBE_REVERSED;
}

/* RFC 4795 2.5: over TCP as DNS, the length in front. */
static struct frame frame(struct conn *c, enum side side, struct rd data)
{
    size_t have = rd_left(&data);

    (void)side;
    if (conn_datagram(c)) {
        return (struct frame){ FRAME_UNIT, 0, have };
    }
    uint16_t n = rd_be16(&data);
    if (!rd_ok(&data) || have < (size_t)n + 2) {
        return (struct frame){ FRAME_MORE, 0, rd_ok(&data) ? (uint64_t)n + 2 : 2 };
    }
    return n != 0 ? (struct frame){ FRAME_UNIT, 0, (uint64_t)n + 2 } : (struct frame){ FRAME_SKIP, 0, 2 };
}

static struct frame resync(struct conn *c, enum side side, struct rd data)
{
    (void)side;
    return (struct frame){ conn_datagram(c) ? FRAME_SKIP : FRAME_OPAQUE, 0, rd_left(&data) };
}

static enum outcome parse(struct conn *c, enum side side, unsigned unit, struct rd bytes)
{
    size_t length = conn_datagram(c) ? 0 : 2;

    (void)unit;
    rd_skip(&bytes, length);
    if (rd_left(&bytes) < DNSMSG_HEADER) {
        conn_note(c, side, DNSMSG_MALFORMED);
        return OUTCOME_BAD;
    }
    struct txn *t = txn_new(c);
    if (t == NULL) {
        return OUTCOME_OK;
    }
    struct dnsmsg *m = txn_data(t);
    conn_span(c, side, SPAN_PDU, length, rd_left(&bytes), t);
    (void)dnsmsg_read(bytes, txn_arena(t), m);
    if (dnsmsg_response(m) != (side == TO_CLIENT)) {
        m->problems |= 1u << (side == TO_SERVER ? DNSMSG_NOT_REQUEST : DNSMSG_NOT_RESPONSE);
    }
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
#define OWNER NAMES
#include "wire/dnsmsg_local_fields.list"
#undef OWNER
#undef NAMES

static const struct field fields[] = {
#define NAMES(fn, called, get, text) \
    { .name = "llmnr." called, .type = FIELD_LIST, .sides = SIDE_BOTH_BITS, .stage = { 1, 1 }, .bytes = fn, .help = text },
#define OWNER(fn, called, get, text) \
    { .name = "llmnr." called, .type = FIELD_LIST, .sides = SIDE_BOTH_BITS, .stage = { 1, 1 }, .bytes = fn, .sign = SIGN_LLMNR_NAME, .help = text },
#include "wire/dnsmsg_local_fields.list"
#undef OWNER
#undef NAMES
};

/* ------- records ------- */

static void log_members(const struct txn *t, struct json *j) { dnsmsg_log_local(j, txn_data_const(t)); }

static const char *const spans[] = { [SPAN_PDU] = "pdu", NULL };

extern const struct proto proto_llmnr;
const struct proto proto_llmnr = {
    .name = "llmnr",
    .ports = "udp/5355 tcp/5355",
    .transports = 3,
    .own_transports = 3,
    .by_name = true,
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
