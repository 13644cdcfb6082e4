/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mdns - multicast DNS (RFC 6762) over UDP: names of the local link.
 *
 * A message is a transaction of its own, as wire/dnsmsg.h reads it.
 */
#include "proto/proto.h"
#include "wire/dnsmsg.h"

enum { SPAN_PDU };
enum { SERVICES_MAX = 16, SERVICE_TEXT_MAX = 512 };

struct mdns {
    struct dnsmsg message;   /* first: the fields shared with LLMNR read it */
    struct bytes service[SERVICES_MAX]; /* "_type._proto TEXT,TEXT" of each text record of a response */
    unsigned service_n;
};

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

/* A service's instance is named "Name._type._proto.local" (RFC 6763 4.1): from its type on, without the domain. */
static struct bytes type_of(struct bytes name)
{
    static const struct bytes between = BYTES("._"), local = BYTES(".local");
    size_t at = bytes_find(name, between);
    struct bytes type = at != SIZE_MAX ? bytes_from(name, at + 1) : bytes_none(), last = bytes_from(type, type.n - (type.n < local.n ? type.n : local.n));

    return bytes_equal_nocase(last, local) ? bytes_head(type, type.n - local.n) : type;
}

static void service_read(struct txn *t, const struct dnsmsg_record *x)
{
    struct mdns *d = txn_data(t);
    struct bytes type = type_of(x->name);
    struct arena_text text;

    if (x->data != DNSMSG_TEXT || type.n == 0 || d->service_n == SERVICES_MAX) {
        return;
    }
    arena_text_init(&text, txn_arena(t), SERVICE_TEXT_MAX);
    arena_text_add(&text, type);
    for (unsigned i = 0; i < x->text.n; i++) {
        arena_text_add(&text, i == 0 ? bytes_str(" ") : bytes_str(","));
        arena_text_add(&text, x->text.string[i]);
    }
    d->service[d->service_n++] = arena_text_bytes(&text);
}

static void services_read(struct txn *t)
{
    const struct dnsmsg *m = txn_data(t);

    for (unsigned s = 0; dnsmsg_response(m) && s < DNSMSG_SECTIONS; s++) {
        for (unsigned i = 0; i < m->record_n[s]; i++) {
            service_read(t, &m->record[s][i]);
        }
    }
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
    services_read(t);
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

static bool service(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct mdns *d = txn_data_const(t);

    (void)side;
    *out = i < d->service_n ? d->service[i] : bytes_none();
    return i < d->service_n;
}

static const struct field fields[] = {
    { .name = "mdns.service", .type = FIELD_LIST, .sides = SIDE_BOTH_BITS, .stage = { 1, 1 }, .bytes = service, .sign = SIGN_MDNS_SERVICE,
      .help = "of a response each service that is described: _type._proto, a blank, its texts with commas" },
#define NAMES(fn, called, get, text) \
    { .name = "mdns." called, .type = FIELD_LIST, .sides = SIDE_BOTH_BITS, .stage = { 1, 1 }, .bytes = fn, .help = text },
#define OWNER(fn, called, get, text) \
    { .name = "mdns." called, .type = FIELD_LIST, .sides = SIDE_BOTH_BITS, .stage = { 1, 1 }, .bytes = fn, .sign = SIGN_MDNS_NAME, .help = text },
#include "wire/dnsmsg_local_fields.list"
#undef OWNER
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
    .txn_size = sizeof(struct mdns),
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
