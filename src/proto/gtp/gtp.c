/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * gtp - the control part of the tunnels of mobile networks: GTP-C versions 1 (3GPP TS 29.060, and GTP', TS 32.295) and 2 (TS 29.274), over
 * UDP.  The tunnels themselves are decoded with the packets.
 *
 * A request and its response, which has the same number, are a transaction, whichever side asks.
 */
#include "proto/proto.h"
#include "wire/address.h"

enum { NOTE_MALFORMED_HEADER, NOTE_MALFORMED_ELEMENT, NOTE_UNSOLICITED };
enum { ELEMENTS_MAX = 48, DIGITS_MAX = 32 };

enum kind { NONE, NUMBER, DIGITS, NUMBERED_DIGITS /* behind a byte about the number's kind */, OCTETS, NAME, ADDRESS, USER_ADDRESS, PAA, TUNNEL };

static const struct element_row {
    uint8_t version, type;
    const char *name;
    uint8_t kind, length;
} rows[] = {
#define ELEMENT(version, type, name, kind, length) { version, type, #name, kind, length },
#include "proto/gtp/gtp_elements.list"
#undef ELEMENT
};

static const struct message_row {
    uint8_t version, type;
    const char *name;
} messages[] = {
#define MESSAGE(version, type, name) { version, type, #name },
#include "proto/gtp/gtp_messages.list"
#undef MESSAGE
};

struct element {
    const struct element_row *row;
    struct bytes value; /* of digits and names: text */
};

struct message {
    bool there;
    uint8_t type;
    uint32_t teid;
    bool has_teid;
    struct element *element;
    unsigned n;
    struct bytes *raw;         /* version, type and value of each, where rules ask for them */
    unsigned raw_n;
};

struct gtp {
    uint8_t version, asker; /* asker: enum side */
    bool prime;
    uint32_t sequence;
    struct message message[2];
};

static const char *message_name(uint8_t version, uint8_t type)
{
    for (unsigned i = 0; i < ROWS(messages); i++) {
        if (messages[i].version == version && messages[i].type == type) {
            return messages[i].name;
        }
    }
    return NULL;
}

static const struct element_row *row_of(uint8_t version, uint8_t type)
{
    for (unsigned i = 0; i < ROWS(rows); i++) {
        if (rows[i].version == version && rows[i].type == type) {
            return &rows[i];
        }
    }
    return NULL;
}

/* ------- head ------- */

struct head {
    uint8_t version, type;
    bool prime, has_teid;
    uint32_t teid, sequence;
    struct rd elements;
};

/* TS 29.060 6: version, which protocol, what follows; extension headers are passed over. */
static bool head_1(struct rd *r, uint8_t flags, struct head *h)
{
    h->prime = (flags & 0x10) == 0;
    h->type = rd_u8(r);
    uint16_t length = rd_be16(r);
    if (h->prime) { /* TS 32.295 6.1.1: no tunnel; without the last bit six bytes, or twenty in the oldest form */
        h->sequence = rd_be16(r);
        h->elements = rd_sub(r, length);
        return rd_ok(r);
    }
    h->teid = rd_be32(r);
    h->has_teid = true;
    struct rd rest = rd_sub(r, length);
    if ((flags & 7) != 0) {
        h->sequence = rd_be16(&rest);
        rd_skip(&rest, 1);
        uint8_t next = rd_u8(&rest);
        for (unsigned i = 0; i < 8 && next != 0 && rd_ok(&rest); i++) {
            uint8_t n = rd_u8(&rest); /* in words */
            if (n == 0) {
                return false;
            }
            rd_skip(&rest, 4u * n - 2);
            next = rd_u8(&rest);
        }
    }
    h->elements = rest;
    return rd_ok(r) && rd_ok(&rest);
}

/* TS 29.274 5.1 */
static bool head_2(struct rd *r, uint8_t flags, struct head *h)
{
    h->type = rd_u8(r);
    uint16_t length = rd_be16(r);
    struct rd rest = rd_sub(r, length);
    h->has_teid = (flags & 8) != 0;
    h->teid = h->has_teid ? rd_be32(&rest) : 0;
    h->sequence = rd_be24(&rest);
    rd_skip(&rest, 1);
    h->elements = rest;
    return rd_ok(r) && rd_ok(&rest);
}

static bool head_read(struct rd *r, struct head *h)
{
    uint8_t flags = rd_u8(r);

    *h = (struct head){ .version = flags >> 5 };
    if (h->version > 2) {
        return false;
    }
    bool second = h->version == 2;
    h->version = second ? 2 : 1;
    return second ? head_2(r, flags, h) : head_1(r, flags, h);
}

static enum probe gtp_probe(struct rd data, enum side side, bool whole)
{
    struct head h;

    (void)side;
    (void)whole;
    /* A user's packets (255) are the tunnel's, not ours. */
    return head_read(&data, &h) && rd_left(&data) == 0 && message_name(h.version, h.type) != NULL ? PROBE_YES : PROBE_NO;
}

static struct frame gtp_frame(struct conn *c, enum side side, struct rd data)
{
    (void)c;
    (void)side;
    return (struct frame){ FRAME_UNIT, 0, rd_left(&data) };
}

/* ------- elements ------- */

/* TS 29.002: two digits a byte, the low half first; f fills up. */
static struct bytes digits(struct txn *t, struct bytes b)
{
    struct arena_text out;

    arena_text_init(&out, txn_arena(t), DIGITS_MAX);
    for (size_t i = 0; i < b.n; i++) {
        uint8_t low = b.p[i] & 15, high = b.p[i] >> 4;
        if (low < 10) {
            arena_text_byte(&out, (uint8_t)('0' + low));
        }
        if (high < 10) {
            arena_text_byte(&out, (uint8_t)('0' + high));
        }
    }
    return arena_text_bytes(&out);
}

/* TS 23.003 9.1: labels as in DNS, without an end. */
static struct bytes labels(struct txn *t, struct bytes b)
{
    struct arena_text out;
    struct rd r = rd_of(b);

    arena_text_init(&out, txn_arena(t), 255);
    while (rd_left(&r) != 0) {
        struct rd one = rd_vec8(&r);
        if (!rd_ok(&r)) {
            break;
        }
        if (out.n != 0) {
            arena_text_byte(&out, '.');
        }
        arena_text_add(&out, rd_rest(&one));
    }
    return arena_text_bytes(&out);
}

static void element_add(struct txn *t, struct message *m, const struct element_row *row, struct bytes b)
{
    struct element *e;

    if (row == NULL || row->kind == NONE || m->n == ELEMENTS_MAX) {
        return;
    }
    e = &m->element[m->n++];
    e->row = row;
    switch (row->kind) {
    case DIGITS: e->value = digits(t, b); break;
    case NUMBERED_DIGITS: e->value = digits(t, bytes_from(b, 1)); break;
    case NAME: e->value = labels(t, b); break;
    default: e->value = arena_copy(txn_arena(t), b); break;
    }
}

static void raw_add(struct txn *t, struct message *m, uint8_t version, uint8_t type, struct bytes value)
{
    struct arena_text out;

    if (m->raw == NULL || m->raw_n == ELEMENTS_MAX) {
        return;
    }
    arena_text_init(&out, txn_arena(t), value.n + 2);
    arena_text_byte(&out, version);
    arena_text_byte(&out, type);
    arena_text_add(&out, value);
    m->raw[m->raw_n++] = arena_text_bytes(&out);
}

/* TS 29.060 7.7, TS 29.274 8.2.1 */
static void elements_read(struct txn *t, struct message *m, uint8_t version, bool raw, struct rd r)
{
    m->element = arena_zero(txn_arena(t), ELEMENTS_MAX * sizeof *m->element);
    m->raw = raw ? arena_zero(txn_arena(t), ELEMENTS_MAX * sizeof *m->raw) : NULL;
    while (rd_left(&r) != 0 && m->element != NULL) {
        uint8_t type = rd_u8(&r);
        const struct element_row *row = row_of(version, type);
        size_t n;
        if (version == 1 && type < 128) {
            if (row == NULL) {
                return; /* of a length that is not known */
            }
            n = row->length;
        } else {
            n = rd_be16(&r);
            rd_skip(&r, version == 2);
        }
        struct bytes value = rd_bytes(&r, n);
        if (!rd_ok(&r)) {
            txn_note(t, NOTE_MALFORMED_ELEMENT);
            return;
        }
        element_add(t, m, row, value);
        raw_add(t, m, version, type, value);
    }
}

static struct txn *asked(struct conn *c, const struct head *h, enum side asker)
{
    struct txn *t = txn_last(c);

    for (; t != NULL; t = t->prev) {
        const struct gtp *d = txn_data_const(t);
        if (!t->complete[side_other(asker)] && d->asker == asker && d->sequence == h->sequence && d->version == h->version &&
            d->message[asker].type + 1 == h->type) {
            return t;
        }
    }
    return NULL;
}

static bool ends_with(const char *s, const char *end)
{
    struct bytes b = bytes_str(s), e = bytes_str(end);

    return b.n >= e.n && bytes_equal(bytes_from(b, b.n - e.n), e);
}

static enum outcome gtp_parse(struct conn *c, enum side side, unsigned unit, struct rd r)
{
    struct head h;

    (void)unit;
    if (!head_read(&r, &h)) {
        conn_note(c, side, NOTE_MALFORMED_HEADER);
        return OUTCOME_BAD;
    }
    const char *name = message_name(h.version, h.type);
    bool request = name != NULL && ends_with(name, "_request");
    struct txn *t = request ? NULL : asked(c, &h, side_other(side));
    bool response = t != NULL;
    if (t == NULL && (t = txn_new(c)) == NULL) {
        return OUTCOME_OK;
    }
    struct gtp *d = txn_data(t);
    struct message *m = &d->message[side];
    if (!response) {
        d->version = h.version;
        d->prime = h.prime;
        d->sequence = h.sequence;
        d->asker = (uint8_t)(name != NULL && ends_with(name, "_response") ? side_other(side) : side);
    }
    *m = (struct message){ .there = true, .type = h.type, .teid = h.teid, .has_teid = h.has_teid };
    elements_read(t, m, h.version, conn_asked(c), h.elements);
    if (!response && !request) {
        if (name != NULL && ends_with(name, "_response")) {
            txn_note(t, NOTE_UNSOLICITED);
        }
        txn_message(t, side);
    } else {
        txn_done(t, side);
    }
    return OUTCOME_OK;
}

/* ------- fields ------- */

static const struct message *message_of(const struct txn *t, enum side side)
{
    const struct gtp *d = txn_data_const(t);

    return &d->message[side];
}

static bool version(const struct txn *t, enum side side, unsigned i, uint64_t *out)
{
    const struct gtp *d = txn_data_const(t);

    (void)side;
    *out = d->version;
    return i == 0;
}

static bool type(const struct txn *t, enum side side, unsigned i, uint64_t *out)
{
    *out = message_of(t, side)->type;
    return i == 0 && message_of(t, side)->there;
}

static bool teid(const struct txn *t, enum side side, unsigned i, uint64_t *out)
{
    *out = message_of(t, side)->teid;
    return i == 0 && message_of(t, side)->has_teid;
}

static bool element_of(const struct txn *t, enum side side, const char *name, unsigned i, struct bytes *out)
{
    const struct message *m = message_of(t, side);

    for (unsigned k = 0; k < m->n; k++) {
        if (bytes_is(bytes_str(m->element[k].row->name), name) && i-- == 0) {
            *out = m->element[k].value;
            return out->p != NULL;
        }
    }
    return false;
}
static bool imsi(const struct txn *t, enum side side, unsigned i, struct bytes *out) { return element_of(t, side, "imsi", i, out); }
static bool msisdn(const struct txn *t, enum side side, unsigned i, struct bytes *out) { return element_of(t, side, "msisdn", i, out); }
static bool apn(const struct txn *t, enum side side, unsigned i, struct bytes *out) { return element_of(t, side, "apn", i, out); }

static bool element(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct message *m = message_of(t, side);

    *out = i < m->raw_n ? m->raw[i] : bytes_none();
    return i < m->raw_n;
}

static bool cause(const struct txn *t, enum side side, unsigned i, uint64_t *out)
{
    struct bytes b;

    if (!element_of(t, side, "cause", i, &b) || b.n == 0) {
        return false;
    }
    *out = b.p[0];
    return true;
}

#define BOTH .sides = SIDE_BOTH_BITS, .stage = { 1, 1 }
static const struct field fields[] = {
    { .name = "gtp.version", .type = FIELD_NUMBER, BOTH, .number = version, .bits = 8, .log = "version", .help = "1 or 2" },
    { .name = "gtp.message_type", .type = FIELD_NUMBER, BOTH, .number = type, .bits = 8, .help = "kind of message: of version 1 16 create_pdp_context_request, of 2 32 create_session_request, ..." },
    { .name = "gtp.teid", .type = FIELD_NUMBER, BOTH, .number = teid, .bits = 32, .help = "the tunnel's end that a message is for" },
    { .name = "gtp.imsi", .type = FIELD_LIST, BOTH, .bytes = imsi, .help = "the subscriber, as digits" },
    { .name = "gtp.msisdn", .type = FIELD_LIST, BOTH, .bytes = msisdn, .help = "the subscriber's number, as digits" },
    { .name = "gtp.apn", .type = FIELD_LIST, BOTH, .bytes = apn, .help = "the network asked for, with dots" },
    { .name = "gtp.element", .type = FIELD_LIST, .flags = FIELD_DEMAND, BOTH, .bytes = element, .help = "each information element: version, type, value" },
    { .name = "gtp.cause", .type = FIELD_NUMBER, BOTH, .number = cause, .bits = 8, .help = "how a request ended: of version 1 128, of 2 16 is good" },
};

/* ------- records ------- */

static uint64_t number_of(struct bytes b)
{
    uint64_t v = 0;

    for (size_t i = 0; i < b.n && i < 4; i++) {
        v = v << 8 | b.p[i];
    }
    return v;
}

/* An element's value; TS 29.060 7.7.27, TS 29.274 8.14 and 8.22 say what stands before addresses. */
static void log_element(struct json *j, const struct element *e)
{
    struct bytes b = e->value;
    const char *name = e->row->name;

    switch (e->row->kind) {
    case NUMBER: json_u64(j, name, number_of(bytes_head(b, bytes_is(bytes_str(name), "cause") ? 1 : 4))); break;
    case DIGITS: case NUMBERED_DIGITS: case NAME: json_bytes(j, name, b); break;
    case ADDRESS: address_log(j, name, b); break;
    case USER_ADDRESS: address_log(j, name, bytes_from(b, 2)); break;
    case PAA:
        if (b.n != 0 && (b.p[0] & 7) == 1) {
            address_log(j, name, bytes_from(b, 1));
        } else {
            address_log(j, name, bytes_head(bytes_from(b, 2), 16)); /* a prefix's length stands before */
        }
        break;
    case TUNNEL:
        json_object(j, name);
        json_u64(j, "teid", number_of(bytes_from(b, 1)));
        if (b.n != 0 && (b.p[0] & 0x80) != 0) {
            address_log(j, "ip", bytes_head(bytes_from(b, 5), 4));
        } else {
            address_log(j, "ip", bytes_head(bytes_from(b, 5), 16));
        }
        json_end_object(j);
        break;
    default: json_hex(j, name, b, 0); break;
    }
}

static bool seen_before(const struct message *m, unsigned i)
{
    for (unsigned k = 0; k < i; k++) {
        if (m->element[k].row == m->element[i].row) {
            return true;
        }
    }
    return false;
}

static void log_message(struct json *j, const char *key, uint8_t version, const struct message *m)
{
    const char *name = message_name(version, m->type);

    json_object(j, key);
    json_string(j, "message", name != NULL ? name : "unknown");
    json_u64(j, "message_type", m->type);
    if (m->has_teid) {
        json_u64(j, "teid", m->teid);
    }
    for (unsigned i = 0; i < m->n; i++) {
        if (!seen_before(m, i)) {
            log_element(j, &m->element[i]);
        }
    }
    json_end_object(j);
}

static void gtp_log(const struct txn *t, struct json *j)
{
    const struct gtp *d = txn_data_const(t);

    json_u64(j, "sequence", d->sequence);
    if (d->prime) {
        json_bool(j, "prime", true);
    }
    if (d->message[d->asker].there) {
        log_message(j, "request", d->version, &d->message[d->asker]);
    }
    if (d->message[!d->asker].there) {
        log_message(j, "response", d->version, &d->message[!d->asker]);
    }
}

static enum side gtp_log_side(const struct txn *t, enum side turn)
{
    const struct gtp *d = txn_data_const(t);

    (void)turn;
    return (enum side)d->asker;
}

static const struct note_row notes[] = {
    [NOTE_MALFORMED_HEADER] = { "malformed_header", 0, 0, "a message of another version, or that ends within its head" },
    [NOTE_MALFORMED_ELEMENT] = { "malformed_element", 0, 0, "an element that runs on beyond its message" },
    [NOTE_UNSOLICITED] = { "unsolicited_response", 0, 0, "a response that nobody asked for" },
};

extern const struct proto proto_gtp;
const struct proto proto_gtp = {
    .name = "gtp",
    .ports = "udp/2123 udp/3386",
    .transports = 2,
    .own_transports = 2,
    .by_name = true,
    .probe = gtp_probe,
    .txn_size = sizeof(struct gtp),
    .unit_max = 65536,
    .txn_max = 512,
    .txn_bytes_max = 16 * 1024,
    .frame = gtp_frame,
    .parse = gtp_parse,
    .fields = fields,
    .field_n = ROWS(fields),
    .notes = notes,
    .note_n = ROWS(notes),
    .log = gtp_log,
    .log_side = gtp_log_side,
};
