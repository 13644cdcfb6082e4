/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dns - Domain Name System over UDP and TCP: a datagram is a message, over TCP its length stands before it.
 */
#include "proto/dns/dns.h"

enum { DNS_PROGRESS_DONE = 1, DNS_SPAN_PDU = 0, SILENT_MAX = 16 };

struct dns_state {
    uint16_t silent[SILENT_MAX]; /* ids of requests without a record (rules said so), newest last: their responses get none */
    uint8_t silent_n;
};

/* ------- recognition ------- */

static enum probe dns_probe_message(struct rd data, enum side side)
{
    enum dnsmsg_likely is = dnsmsg_likely(data);

    if (is == DNSMSG_UNLIKELY) {
        return PROBE_NO;
    }
    return (is == DNSMSG_LIKELY_RESPONSE) == (side == TO_CLIENT) ? PROBE_YES : PROBE_REVERSED;
}

static enum probe dns_probe(struct rd data, enum side side, bool whole)
{
    if (rd_left(&data) >= 2) { /* TCP puts two octets of length in front (RFC 1035 4.2.2) */
        struct rd tcp = data;
        uint16_t n = rd_be16(&tcp);
        if (n >= DNSMSG_HEADER && rd_left(&tcp) >= n) {
            enum probe r = dns_probe_message(rd_sub(&tcp, n), side);
            if (r != PROBE_NO) {
                return r;
            }
        } else if (n >= DNSMSG_HEADER && !whole && rd_left(&tcp) < n) {
            if (rd_left(&tcp) < DNSMSG_HEADER || dnsmsg_header_likely(tcp, n)) {
                return PROBE_MORE;
            }
        }
    }
    return dns_probe_message(data, side);
}

/* ------- framing ------- */

static struct frame dns_frame(struct conn *c, enum side side, struct rd data)
{
    size_t have = rd_left(&data);

    (void)side;
    if (conn_datagram(c)) {
        return (struct frame){ FRAME_UNIT, 0, have };
    }
    uint16_t n = rd_be16(&data);
    if (!rd_ok(&data)) {
        return (struct frame){ FRAME_MORE, 0, 2 };
    }
    if (n == 0) {
        return (struct frame){ FRAME_SKIP, 0, 2 };
    }
    return have >= (size_t)n + 2 ? (struct frame){ FRAME_UNIT, 0, (uint64_t)n + 2 } : (struct frame){ FRAME_MORE, 0, (uint64_t)n + 2 };
}

/* After a gap or nonsense over TCP: go on where a length and a header fit. */
static struct frame dns_resync(struct conn *c, enum side side, struct rd data)
{
    struct rd tcp = data;
    size_t have = rd_left(&data);

    if (conn_datagram(c)) {
        return (struct frame){ FRAME_SKIP, 0, have };
    }
    uint16_t n = rd_be16(&tcp);
    if (rd_ok(&tcp) && rd_left(&tcp) >= n) {
        bool here = dns_probe_message(rd_sub(&tcp, n), side) == PROBE_YES;
        return here ? (struct frame){ FRAME_SKIP, 0, 0 } : (struct frame){ FRAME_MORE, 0, 0 };
    }
    /* What may begin a message is kept until it is whole, or its header says that it is none. */
    bool maybe = have < 2 + DNSMSG_HEADER || dnsmsg_header_likely(tcp, n);
    return (struct frame){ FRAME_MORE, 0, maybe ? have : 0 };
}

static void dns_gap(struct conn *c, enum side side, uint64_t n, bool in_body)
{
    (void)c;
    (void)side;
    (void)n;
    (void)in_body;
}

/* ------- reading ------- */

static void silent_keep(struct dns_state *s, uint16_t id)
{
    for (unsigned i = 0; s->silent_n == SILENT_MAX && i + 1 < SILENT_MAX; i++) {
        s->silent[i] = s->silent[i + 1];
    }
    s->silent_n = (uint8_t)(s->silent_n < SILENT_MAX ? s->silent_n + 1 : SILENT_MAX);
    s->silent[s->silent_n - 1] = id;
}

static bool silent_take(struct dns_state *s, uint16_t id)
{
    unsigned i = 0;

    while (i < s->silent_n && s->silent[i] != id) {
        i++;
    }
    bool found = i < s->silent_n;
    s->silent_n = (uint8_t)(s->silent_n - found);
    for (; found && i < s->silent_n; i++) {
        s->silent[i] = s->silent[i + 1];
    }
    return found;
}

static void dns_txn_fini(struct txn *t)
{
    struct dns_state *s = conn_state(t->conn);
    const struct dnsmsg *m = txn_data(t);

    if (t->silent && s != NULL && !dnsmsg_response(m)) {
        silent_keep(s, m->id);
    }
}

static enum outcome dns_parse(struct conn *c, enum side side, unsigned unit, struct rd bytes)
{
    size_t length = conn_datagram(c) ? 0 : 2; /* octets in front that say how long the message is */

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
    conn_span(c, side, DNS_SPAN_PDU, length, rd_left(&bytes), t);
    (void)dnsmsg_read(bytes, txn_arena(t), m);
    if (dnsmsg_response(m) != (side == TO_CLIENT)) {
        m->problems |= 1u << (side == TO_SERVER ? DNSMSG_NOT_REQUEST : DNSMSG_NOT_RESPONSE);
    }
    for (unsigned i = 0; i < DNSMSG_PROBLEMS; i++) {
        if ((m->problems >> i & 1) != 0) {
            txn_note(t, i);
        }
    }
    t->logged = t->silent = dnsmsg_response(m) && silent_take(conn_state(c), m->id);
    txn_message(t, side);
    return OUTCOME_OK;
}

/* ------- fields ------- */

#define NAMES(fn, name, aliases, sides, get, help)                                                                     \
    static bool fn(const struct txn *t, enum side side, unsigned i, struct bytes *out)                                 \
    {                                                                                                                  \
        const struct dnsmsg *m = txn_data_const(t);                                                                    \
        (void)side;                                                                                                    \
        return get;                                                                                                    \
    }
#define NUMBERS(fn, name, aliases, bits, named, get, help)                                                             \
    static bool fn(const struct txn *t, enum side side, unsigned i, uint64_t *out)                                     \
    {                                                                                                                  \
        const struct dnsmsg *m = txn_data_const(t);                                                                    \
        (void)side;                                                                                                    \
        return get;                                                                                                    \
    }
#define SIGNS(fn, name, of, get, help) NAMES(fn, name, NULL, SIDE_CLIENT_BIT, get, help)
#include "wire/dnsmsg_fields.list"
#undef SIGNS
#undef NAMES
#undef NUMBERS

static const struct field dns_fields[] = {
#define NAMES(fn, called, also, asked, get, text) { .name = called, .aliases = also, .type = FIELD_LIST, .sides = asked, .bytes = fn, .help = text },
#define NUMBERS(fn, called, also, width, words, get, text) \
    { .name = called, .aliases = also, .type = FIELD_NUMBER, .sides = SIDE_BOTH_BITS, .number = fn, .bits = width, .names = words, .help = text },
#define SIGNS(fn, called, of, get, text) { .name = called, .type = FIELD_LIST, .sides = SIDE_CLIENT_BIT, .bytes = fn, .sign = of, .help = text },
#include "wire/dnsmsg_fields.list"
#undef SIGNS
#undef NAMES
#undef NUMBERS
};

static const struct proto_state dns_request_states[] = { { "request_started", 0 }, { "request_complete", DNS_PROGRESS_DONE }, { NULL, 0 } };
static const struct proto_state dns_response_states[] = { { "response_started", 0 }, { "response_complete", DNS_PROGRESS_DONE }, { NULL, 0 } };

static const char *const dns_spans[] = { [DNS_SPAN_PDU] = "pdu", NULL };

static const struct option_row dns_options[] = {
    { "log.version", OPTION_U32, offsetof(struct dns_settings, version), "3", NULL, 1, 3, NULL,
      "3: a record is a message; 2 (and 1): a record is a question, or a response", "SURICATA_EVE_DNS_VERSION" },
    { "log.requests", OPTION_BOOL, offsetof(struct dns_settings, requests), "yes", NULL, 0, 0, NULL, "records of requests" },
    { "log.responses", OPTION_BOOL, offsetof(struct dns_settings, responses), "yes", NULL, 0, 0, NULL, "records of responses" },
    { "log.formats", OPTION_LIST, offsetof(struct dns_settings, formats), NULL, NULL, 0, 0, NULL, "detailed, grouped: how answers are shown" },
    { "log.types", OPTION_LIST, offsetof(struct dns_settings, types), NULL, NULL, 0, 0, NULL, "record types that get records; none: all" },
};

const struct proto proto_dns = {
    .name = "dns",
    .snort_port = 53,
    .ports = "udp/53 tcp/53",
    .transports = 3,
    .probe = dns_probe,
    .state_size = sizeof(struct dns_state),
    .txn_size = sizeof(struct dnsmsg),
    .unit_max = 65537,
    .txn_bytes_max = 4 * 1024 * 1024,
    .frame = dns_frame,
    .parse = dns_parse,
    .gap = dns_gap,
    .resync = dns_resync,
    .txn_fini = dns_txn_fini,
    .states = { dns_request_states, dns_response_states },
    .fields = dns_fields,
    .field_n = ROWS(dns_fields),
    .pdu_span = "pdu",
    .spans = dns_spans,
    .notes = dnsmsg_notes,
    .note_n = DNSMSG_PROBLEMS,
    .log = dns_log,
    .log_wanted = dns_log_wanted,
    .log_side = dns_log_side,
    .log_part = dns_log_part,
    .log_parts = dns_log_parts,
    .options = dns_options,
    .option_n = ROWS(dns_options),
    .settings_size = sizeof(struct dns_settings),
};
