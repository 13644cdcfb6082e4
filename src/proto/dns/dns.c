/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dns - Domain Name System over UDP and TCP (RFC 1035, 2782, 3596, 4255, 6891).
 */
#include "proto/dns/dns.h"

#include "wire/dnsname.h"

enum { DNS_HEADER = 12, DNS_QUERIES_MAX = 256, DNS_RECORDS_MAX = 512, DNS_PROGRESS_DONE = 1 };
enum { TYPE_A = 1, TYPE_NS = 2, TYPE_CNAME = 5, TYPE_SOA = 6, TYPE_NULL = 10, TYPE_PTR = 12, TYPE_MX = 15, TYPE_TXT = 16, TYPE_AAAA = 28,
       TYPE_SRV = 33, TYPE_OPT = 41, TYPE_SSHFP = 44 };
enum dns_note { DNS_MALFORMED, DNS_NOT_REQUEST, DNS_NOT_RESPONSE, DNS_Z_FLAG, DNS_INVALID_OPCODE, DNS_NAME_TOO_LONG, DNS_INFINITE_LOOP,
                DNS_TOO_MANY_LABELS, DNS_INVALID_ADDITIONALS, DNS_INVALID_AUTHORITIES };

struct header {
    uint16_t id, flags, count[4];
};

static struct header read_header(struct rd *r)
{
    struct header h = { .id = rd_be16(r), .flags = rd_be16(r) };

    for (unsigned i = 0; i < 4; i++) {
        h.count[i] = rd_be16(r);
    }
    return h;
}

/* ------- recognition ------- */

/* Could a message of n bytes begin so?  A record needs at least two bytes. */
static bool header_likely(const struct header *h, size_t n)
{
    unsigned least = 2u * h->count[0];

    for (unsigned i = 1; i < 4; i++) {
        least += 2u * h->count[i];
    }
    return least <= n && DNS_OPCODE(h->flags) < 7 && (h->count[0] | h->count[1] | h->count[2] | h->count[3]) != 0;
}

/* The first question or record must have a readable name. */
static bool body_likely(struct rd r, struct bytes message, const struct header *h)
{
    uint8_t n;

    for (unsigned labels = 0; labels < 128; labels++) {
        n = rd_u8(&r);
        if (n == 0 || (n & 0xc0) == 0xc0) {
            break;
        }
        if (n > 63) {
            return false;
        }
        rd_skip(&r, n);
    }
    if ((n & 0xc0) == 0xc0) {
        size_t to = (size_t)(n & 0x3f) << 8 | rd_u8(&r);
        if (to >= message.n) {
            return false;
        }
    }
    rd_skip(&r, h->count[0] != 0 ? 4 : 10);
    return rd_ok(&r);
}

static enum probe dns_probe_message(struct rd data, enum side side)
{
    struct bytes message = rd_peek(&data);
    struct header h = read_header(&data);

    if (!rd_ok(&data) || !header_likely(&h, message.n) || !body_likely(data, message, &h)) {
        return PROBE_NO;
    }
    bool response = (h.flags & DNS_QR) != 0;
    return response == (side == TO_CLIENT) ? PROBE_YES : PROBE_REVERSED;
}

static enum probe dns_probe(struct rd data, enum side side, bool whole)
{
    if (rd_left(&data) >= 2) { /* TCP puts two octets of length in front (RFC 1035 4.2.2) */
        struct rd tcp = data;
        uint16_t n = rd_be16(&tcp);
        if (n >= DNS_HEADER && rd_left(&tcp) >= n) {
            enum probe r = dns_probe_message(rd_sub(&tcp, n), side);
            if (r != PROBE_NO) {
                return r;
            }
        } else if (n >= DNS_HEADER && !whole && rd_left(&tcp) < n) {
            struct header h = read_header(&tcp);
            if (rd_ok(&tcp) ? header_likely(&h, n) : true) {
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
    if (rd_ok(&tcp) && rd_left(&tcp) >= n && dns_probe_message(rd_sub(&tcp, n), side) == PROBE_YES) {
        return (struct frame){ FRAME_SKIP, 0, 0 };
    }
    return (struct frame){ FRAME_MORE, 0, 0 };
}

static void dns_gap(struct conn *c, enum side side, uint64_t n, bool in_body)
{
    (void)c;
    (void)side;
    (void)n;
    (void)in_body;
}

/* ------- reading ------- */

struct reading {
    struct txn *txn;
    struct bytes message;
};

static bool read_name(struct reading *g, struct rd *r, struct bytes *name, bool *cut)
{
    unsigned flags;
    bool ok = dnsname_read(r, g->message, txn_arena(g->txn), name, &flags);

    *cut = (flags & DNSNAME_CUT) != 0;
    if ((flags & DNSNAME_CUT) != 0) {
        txn_note(g->txn, DNS_NAME_TOO_LONG);
    }
    if ((flags & DNSNAME_LOOP) != 0) {
        txn_note(g->txn, DNS_INFINITE_LOOP);
    }
    return ok;
}

static bool read_queries(struct reading *g, struct rd *r, struct dns *d, uint16_t n)
{
    n = n < DNS_QUERIES_MAX ? n : DNS_QUERIES_MAX;
    d->query = n != 0 ? arena_zero(txn_arena(g->txn), n * sizeof *d->query) : NULL;
    if (n != 0 && d->query == NULL) {
        return false;
    }
    for (; d->query_n < n; d->query_n++) {
        struct dns_query *q = &d->query[d->query_n];
        if (!read_name(g, r, &q->name, &q->cut)) {
            return false;
        }
        q->type = rd_be16(r);
        q->class = rd_be16(r);
        if (!rd_ok(r)) {
            return false;
        }
    }
    return true;
}

static bool read_soa(struct reading *g, struct rd *r, struct dns_record *x)
{
    struct dns_soa *s = arena_zero(txn_arena(g->txn), sizeof *s);
    bool cut;

    if (s == NULL || !read_name(g, r, &s->mname, &cut) || !read_name(g, r, &s->rname, &cut)) {
        return false;
    }
    s->serial = rd_be32(r);
    s->refresh = rd_be32(r);
    s->retry = rd_be32(r);
    s->expire = rd_be32(r);
    s->minimum = rd_be32(r);
    x->data = DNS_DATA_SOA;
    x->soa = s;
    return rd_ok(r);
}

/* TXT: all strings in a row (RFC 1035 3.3.14). */
static bool read_txt(struct reading *g, struct rd *r, struct dns_record *x)
{
    struct arena_text text;

    arena_text_init(&text, txn_arena(g->txn), 65535);
    while (rd_left(r) != 0) {
        struct rd one = rd_vec8(r);
        arena_text_add(&text, rd_rest(&one));
        if (!rd_ok(r)) {
            return false;
        }
    }
    x->data = DNS_DATA_TEXT;
    x->bytes = arena_text_bytes(&text);
    return true;
}

static bool read_srv(struct reading *g, struct rd *r, struct dns_record *x)
{
    x->data = DNS_DATA_SRV;
    x->srv.priority = rd_be16(r);
    x->srv.weight = rd_be16(r);
    x->srv.port = rd_be16(r);
    return rd_ok(r) && read_name(g, r, &x->srv.name, &x->data_cut);
}

static bool read_data(struct reading *g, struct rd r, struct dns_record *x)
{
    struct arena *a = txn_arena(g->txn);

    switch (x->type) {
    case TYPE_A:
    case TYPE_AAAA:
        x->data = DNS_DATA_ADDRESS;
        x->bytes = arena_copy(a, rd_rest(&r));
        return true;
    case TYPE_MX:
        rd_skip(&r, 2);
        __attribute__((fallthrough));
    case TYPE_CNAME:
    case TYPE_NS:
    case TYPE_PTR:
        x->data = DNS_DATA_NAME;
        return rd_ok(&r) && read_name(g, &r, &x->bytes, &x->data_cut);
    case TYPE_SOA: return read_soa(g, &r, x);
    case TYPE_TXT: return read_txt(g, &r, x);
    case TYPE_SRV: return read_srv(g, &r, x);
    case TYPE_SSHFP:
        x->data = DNS_DATA_SSHFP;
        x->sshfp.algorithm = rd_u8(&r);
        x->sshfp.type = rd_u8(&r);
        x->sshfp.fingerprint = arena_copy(a, rd_rest(&r));
        return rd_ok(&r);
    case TYPE_OPT:
        x->data = DNS_DATA_OPT;
        x->options = arena_copy(a, rd_rest(&r));
        return true;
    case TYPE_NULL:
        x->data = DNS_DATA_BYTES;
        x->bytes = arena_copy(a, rd_rest(&r));
        return true;
    default: return true;
    }
}

static bool read_records(struct reading *g, struct rd *r, struct dns *d, unsigned section, uint16_t n)
{
    n = n < DNS_RECORDS_MAX ? n : DNS_RECORDS_MAX;
    n = n < rd_left(r) / 11 + 1 ? n : (uint16_t)(rd_left(r) / 11 + 1);
    d->record[section] = n != 0 ? arena_zero(txn_arena(g->txn), n * sizeof **d->record) : NULL;
    if (n != 0 && d->record[section] == NULL) {
        return false;
    }
    for (uint16_t i = 0; i < n; i++) {
        struct dns_record *x = &d->record[section][i];
        if (!read_name(g, r, &x->name, &x->cut)) {
            return false;
        }
        x->type = rd_be16(r);
        x->class = rd_be16(r);
        x->ttl = rd_be32(r);
        struct rd data = rd_vec16(r);
        if (!rd_ok(r) || !read_data(g, data, x)) {
            return false;
        }
        d->record_n[section]++;
    }
    return true;
}

static enum outcome dns_parse(struct conn *c, enum side side, unsigned unit, struct rd bytes)
{
    (void)unit;
    if (!conn_datagram(c)) {
        rd_skip(&bytes, 2);
    }
    struct reading g = { .message = rd_peek(&bytes) };
    struct header h = read_header(&bytes);
    bool response = (h.flags & DNS_QR) != 0;
    if (!rd_ok(&bytes)) {
        conn_note(c, side, DNS_MALFORMED);
        return OUTCOME_BAD;
    }
    struct txn *t = g.txn = txn_new(c);
    if (t == NULL) {
        return OUTCOME_OK;
    }
    struct dns *d = txn_data(t);
    d->id = h.id;
    d->flags = h.flags;
    d->response = response;
    if (response != (side == TO_CLIENT)) {
        txn_note(t, response ? DNS_NOT_REQUEST : DNS_NOT_RESPONSE);
    }
    if ((h.flags & 0x40) != 0) { /* RFC 1035 4.1.1: Z must be zero */
        txn_note(t, DNS_Z_FLAG);
    }
    if (DNS_OPCODE(h.flags) >= 7) {
        txn_note(t, DNS_INVALID_OPCODE);
    }
    bool ok = read_queries(&g, &bytes, d, h.count[0]) && read_records(&g, &bytes, d, DNS_ANSWERS, h.count[1]);
    if (!ok) {
        txn_note(t, DNS_MALFORMED);
    } else if (!read_records(&g, &bytes, d, DNS_AUTHORITIES, h.count[2])) {
        txn_note(t, DNS_INVALID_AUTHORITIES);
    } else if (!read_records(&g, &bytes, d, DNS_ADDITIONALS, h.count[3])) {
        txn_note(t, DNS_INVALID_ADDITIONALS);
    }
    t->skip_inspect[side_other(side)] = true;
    txn_done(t, TO_SERVER);
    txn_done(t, TO_CLIENT);
    return OUTCOME_OK;
}

/* ------- fields ------- */

static bool query_name(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct dns *d = txn_data_const(t);

    (void)side;
    if (i >= d->query_n) {
        return false;
    }
    *out = d->query[i].name;
    return true;
}

static bool request_name(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct dns *d = txn_data_const(t);

    return !d->response && query_name(t, side, i, out);
}

static bool section_name(const struct txn *t, unsigned section, unsigned i, struct bytes *out)
{
    const struct dns *d = txn_data_const(t);

    if (i >= d->record_n[section]) {
        return false;
    }
    *out = d->record[section][i].name;
    return true;
}

static bool answer_name(const struct txn *t, enum side s, unsigned i, struct bytes *out) { (void)s; return section_name(t, DNS_ANSWERS, i, out); }
static bool authority_name(const struct txn *t, enum side s, unsigned i, struct bytes *out) { (void)s; return section_name(t, DNS_AUTHORITIES, i, out); }
static bool additional_name(const struct txn *t, enum side s, unsigned i, struct bytes *out) { (void)s; return section_name(t, DNS_ADDITIONALS, i, out); }

/* The domain names that a record carries as its data. */
static bool record_text(const struct dns_record *x, struct bytes *out)
{
    switch (x->data) {
    case DNS_DATA_NAME:
    case DNS_DATA_TEXT:
    case DNS_DATA_BYTES: *out = x->bytes; return true;
    case DNS_DATA_SOA: *out = x->soa->mname; return true;
    case DNS_DATA_SRV: *out = x->srv.name; return true;
    case DNS_DATA_NONE:
    case DNS_DATA_ADDRESS:
    case DNS_DATA_SSHFP:
    case DNS_DATA_OPT: break;
    }
    return false;
}

/* dns.response.rrname: all names of a response: questions, and each record's name and the name that is its data. */
static bool response_name(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct dns *d = txn_data_const(t);

    (void)side;
    if (!d->response) {
        return false;
    }
    if (i < d->query_n) {
        return query_name(t, side, i, out);
    }
    i -= d->query_n;
    for (unsigned s = 0; s < DNS_SECTIONS; s++) {
        for (unsigned k = 0; k < d->record_n[s]; k++) {
            if (i-- == 0) {
                *out = d->record[s][k].name;
                return true;
            }
            if (record_text(&d->record[s][k], out) && i-- == 0) {
                return true;
            }
        }
    }
    return false;
}

static bool opcode(const struct txn *t, enum side side, unsigned i, uint64_t *out)
{
    const struct dns *d = txn_data_const(t);

    (void)side;
    *out = DNS_OPCODE(d->flags);
    return i == 0;
}

static bool rcode(const struct txn *t, enum side side, unsigned i, uint64_t *out)
{
    const struct dns *d = txn_data_const(t);

    (void)side;
    *out = DNS_RCODE(d->flags);
    return i == 0 && d->response;
}

static bool rrtype(const struct txn *t, enum side side, unsigned i, uint64_t *out)
{
    const struct dns *d = txn_data_const(t);

    (void)side;
    if (i < d->query_n) {
        *out = d->query[i].type;
        return true;
    }
    i -= d->query_n;
    for (unsigned s = 0; d->response && s < 1; s++) {
        if (i < d->record_n[s]) {
            *out = d->record[s][i].type;
            return true;
        }
    }
    return false;
}

#define BOTH SIDE_BOTH_BITS
static const struct field dns_fields[] = {
    { .name = "dns.query", .aliases = "dns_query", .snort = NULL, .type = FIELD_LIST, .sides = SIDE_SERVER_BIT, .bytes = request_name,
      .help = "each name asked for, in requests" },
    { .name = "dns.query.name", .type = FIELD_LIST, .sides = BOTH, .bytes = query_name, .help = "each name asked for, in requests and responses" },
    { .name = "dns.queries.rrname", .type = FIELD_LIST, .sides = BOTH, .bytes = query_name, .help = "each name asked for, in requests and responses" },
    { .name = "dns.answer.name", .type = FIELD_LIST, .sides = BOTH, .bytes = answer_name, .help = "the name of each answer" },
    { .name = "dns.answers.rrname", .type = FIELD_LIST, .sides = BOTH, .bytes = answer_name, .help = "the name of each answer" },
    { .name = "dns.authorities.rrname", .type = FIELD_LIST, .sides = BOTH, .bytes = authority_name, .help = "the name of each authority record" },
    { .name = "dns.additionals.rrname", .type = FIELD_LIST, .sides = BOTH, .bytes = additional_name, .help = "the name of each additional record" },
    { .name = "dns.response.rrname", .type = FIELD_LIST, .sides = SIDE_CLIENT_BIT, .bytes = response_name,
      .help = "every name of a response: asked for, records' own, and those that are records' data" },
    { .name = "dns.opcode", .aliases = "dns_opcode", .type = FIELD_NUMBER, .sides = BOTH, .number = opcode, .bits = 8, .help = "operation code" },
    { .name = "dns.rcode", .type = FIELD_NUMBER, .sides = BOTH, .number = rcode, .bits = 16, .named = dns_rcode_named, .help = "response code" },
    { .name = "dns.rrtype", .type = FIELD_NUMBER, .sides = BOTH, .number = rrtype, .bits = 16, .named = dns_type_named,
      .help = "record type asked for or answered" },
};

static const struct note_row dns_notes[] = {
    [DNS_MALFORMED] = { "malformed_data", 131, 0, "the message does not hold what its counts say" },
    [DNS_NOT_REQUEST] = { "not_request", 0, 0, "a response was sent towards the server" },
    [DNS_NOT_RESPONSE] = { "not_response", 0, 0, "a request was sent towards the client" },
    [DNS_Z_FLAG] = { "z_flag_set", 0, 0, "the reserved bit is set" },
    [DNS_INVALID_OPCODE] = { "invalid_opcode", 0, 0, "operation code above six" },
    [DNS_NAME_TOO_LONG] = { "name_too_long", 0, 0, "a name is longer than is kept" },
    [DNS_INFINITE_LOOP] = { "infinite_loop", 0, 0, "a name's pointers do not end" },
    [DNS_TOO_MANY_LABELS] = { "too_many_labels", 0, 0, "a name has more labels than a name can have" },
    [DNS_INVALID_ADDITIONALS] = { "invalid_additionals", 0, 0, "the additional records cannot be read" },
    [DNS_INVALID_AUTHORITIES] = { "invalid_authorities", 0, 0, "the authority records cannot be read" },
};

static const struct proto_state dns_request_states[] = { { "request_started", 0 }, { "request_complete", DNS_PROGRESS_DONE }, { NULL, 0 } };
static const struct proto_state dns_response_states[] = { { "response_started", 0 }, { "response_complete", DNS_PROGRESS_DONE }, { NULL, 0 } };

static const struct option_row dns_options[] = {
    { "log.requests", OPTION_BOOL, offsetof(struct dns_settings, requests), "yes", NULL, 0, 0, NULL, "records of requests" },
    { "log.responses", OPTION_BOOL, offsetof(struct dns_settings, responses), "yes", NULL, 0, 0, NULL, "records of responses" },
    { "log.formats", OPTION_LIST, offsetof(struct dns_settings, formats), NULL, NULL, 0, 0, NULL, "detailed, grouped: how answers are shown" },
    { "log.types", OPTION_LIST, offsetof(struct dns_settings, types), NULL, NULL, 0, 0, NULL, "record types that get records; none: all" },
};

const struct proto proto_dns = {
    .name = "dns",
    .ports = "udp/53 tcp/53",
    .transports = 3,
    .probe = dns_probe,
    .txn_size = sizeof(struct dns),
    .unit_max = 65537,
    .txn_bytes_max = 4 * 1024 * 1024,
    .frame = dns_frame,
    .parse = dns_parse,
    .gap = dns_gap,
    .resync = dns_resync,
    .states = { dns_request_states, dns_response_states },
    .fields = dns_fields,
    .field_n = ROWS(dns_fields),
    .notes = dns_notes,
    .note_n = ROWS(dns_notes),
    .log = dns_log,
    .log_wanted = dns_log_wanted,
    .options = dns_options,
    .option_n = ROWS(dns_options),
    .settings_size = sizeof(struct dns_settings),
};
