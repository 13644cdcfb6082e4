/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * radius - who may use a network, and how long they did (RFC 2865, RFC 2866, RFC 5176), over UDP.
 *
 * A request and its answer, which has the same identifier, are a transaction; a request sent again is another one.
 */
#include "proto/proto.h"
#include "wire/address.h"

enum { NOTE_MALFORMED, NOTE_ATTRIBUTE_SHORT, NOTE_UNSOLICITED, NOTE_TOO_MANY, NOTE_NO_AUTHENTICATOR };
enum { HEAD = 20, LENGTH_MAX = 4096, ATTRIBUTES_MAX = 128 };
enum { EAP_MESSAGE = 79, MESSAGE_AUTHENTICATOR = 80, VENDOR = 26, CHAP = 3, PASSWORD = 2 };

/* RFC 2865 3, RFC 2866 3, RFC 5176 2.3 */
static const struct packet_kind {
    const char *name;
    bool answer;
    uint8_t of; /* the code that it answers */
} codes[] = {
    [1] = { "access_request", false, 0 }, [2] = { "access_accept", true, 1 }, [3] = { "access_reject", true, 1 },
    [4] = { "accounting_request", false, 0 }, [5] = { "accounting_response", true, 4 }, [11] = { "access_challenge", true, 1 },
    [12] = { "status_server", false, 0 }, [13] = { "status_client", false, 0 }, [40] = { "disconnect_request", false, 0 },
    [41] = { "disconnect_ack", true, 40 }, [42] = { "disconnect_nak", true, 40 }, [43] = { "coa_request", false, 0 },
    [44] = { "coa_ack", true, 43 }, [45] = { "coa_nak", true, 43 },
};

enum kind { NONE, TEXT, NUMBER, ADDRESS, OCTETS, TAGGED /* text behind a byte that tells tunnels apart */ };
static const struct {
    const char *name;
    uint8_t kind;
} known[256] = {
#define ATTRIBUTE(type, name, kind) [type] = { #name, kind },
#include "proto/radius/radius_attributes.list"
#undef ATTRIBUTE
};

struct attribute {
    uint8_t type;
    struct bytes value;
};

struct message {
    bool there;
    uint8_t code;
    struct attribute *attribute;
    unsigned n;
};

struct radius {
    uint8_t identifier;
    struct message message[2];
};

static const char *code_name(unsigned code) { return names_name(NAMES_COLUMN(codes, name), code); }

/* RFC 2865 3: code, identifier, length, authenticator; what is beyond the length is padding. */
static bool head_read(struct rd *r, uint8_t *code, uint8_t *identifier, struct rd *attributes)
{
    *code = rd_u8(r);
    *identifier = rd_u8(r);
    uint16_t length = rd_be16(r);
    rd_skip(r, 16);
    if (!rd_ok(r) || length < HEAD || length > LENGTH_MAX || code_name(*code) == NULL) {
        return false;
    }
    *attributes = rd_sub(r, length - HEAD);
    return rd_ok(attributes);
}

static enum probe radius_probe(struct rd data, enum side side, bool whole)
{
    uint8_t code, identifier;
    struct rd r;

    (void)whole;
    if (!head_read(&data, &code, &identifier, &r)) {
        return PROBE_NO;
    }
    /* RFC 2865 5: attributes fill it. */
    while (rd_left(&r) != 0) {
        uint8_t type = rd_u8(&r), n = rd_u8(&r);
        rd_skip(&r, n < 2 ? SIZE_MAX : n - 2u);
        if (!rd_ok(&r) || type == 0) {
            return PROBE_NO;
        }
    }
    return codes[code].answer == (side == TO_CLIENT) ? PROBE_YES : PROBE_REVERSED;
}

static struct frame radius_frame(struct conn *c, enum side side, struct rd data)
{
    (void)c;
    (void)side;
    return (struct frame){ FRAME_UNIT, 0, rd_left(&data) };
}

/* The newest request with that identifier that waits, and that such a code answers. */
static struct txn *asked(struct conn *c, uint8_t identifier, const struct packet_kind *k)
{
    struct txn *t = txn_last(c);

    for (; t != NULL; t = t->prev) {
        const struct radius *d = txn_data_const(t);
        if (d->identifier == identifier && !t->complete[TO_CLIENT] && d->message[TO_SERVER].there &&
            (d->message[TO_SERVER].code == k->of || d->message[TO_SERVER].code == 12)) {
            return t;
        }
    }
    return NULL;
}

static void attributes_read(struct txn *t, struct message *m, struct rd r)
{
    bool eap = false, authenticated = false;

    m->attribute = arena_zero(txn_arena(t), ATTRIBUTES_MAX * sizeof *m->attribute);
    while (rd_left(&r) != 0 && m->attribute != NULL) {
        uint8_t type = rd_u8(&r), n = rd_u8(&r);
        struct bytes value = rd_bytes(&r, n < 2 ? SIZE_MAX : n - 2u);
        if (!rd_ok(&r)) {
            txn_note(t, NOTE_ATTRIBUTE_SHORT);
            return;
        }
        eap |= type == EAP_MESSAGE;
        authenticated |= type == MESSAGE_AUTHENTICATOR;
        if (m->n == ATTRIBUTES_MAX) {
            txn_note(t, NOTE_TOO_MANY);
            break;
        }
        m->attribute[m->n++] = (struct attribute){ type, arena_copy(txn_arena(t), value) };
    }
    /* RFC 3579 3.2: a message with EAP has an authenticator, or is to be dropped. */
    if (eap && !authenticated) {
        txn_note(t, NOTE_NO_AUTHENTICATOR);
    }
}

static enum outcome radius_parse(struct conn *c, enum side side, unsigned unit, struct rd bytes)
{
    uint8_t code, identifier;
    struct rd attributes;

    (void)unit;
    if (!head_read(&bytes, &code, &identifier, &attributes)) {
        conn_note(c, side, NOTE_MALFORMED);
        return OUTCOME_BAD;
    }
    bool answer = codes[code].answer;
    struct txn *t = answer ? asked(c, identifier, &codes[code]) : NULL;
    bool alone = answer && t == NULL;
    if (t == NULL && (t = txn_new(c)) == NULL) {
        return OUTCOME_OK;
    }
    struct radius *d = txn_data(t);
    enum side as = answer ? TO_CLIENT : TO_SERVER;
    struct message *m = &d->message[as];
    d->identifier = identifier;
    m->there = true;
    m->code = code;
    attributes_read(t, m, attributes);
    if (alone) {
        txn_note(t, NOTE_UNSOLICITED);
        txn_message(t, TO_CLIENT);
    } else {
        txn_done(t, as);
    }
    return OUTCOME_OK;
}

/* ------- fields ------- */

static const struct attribute *attribute_of(const struct txn *t, enum side side, uint8_t type, unsigned i)
{
    const struct radius *d = txn_data_const(t);
    const struct message *m = &d->message[side];

    for (unsigned k = 0; k < m->n; k++) {
        if (m->attribute[k].type == type && i-- == 0) {
            return &m->attribute[k];
        }
    }
    return NULL;
}

static bool code(const struct txn *t, enum side side, unsigned i, uint64_t *out)
{
    const struct radius *d = txn_data_const(t);

    *out = d->message[side].code;
    return i == 0 && d->message[side].there;
}

#define RADIUS_TEXT(fn, type)                                                                                          \
    static bool fn(const struct txn *t, enum side side, unsigned i, struct bytes *out)                                 \
    {                                                                                                                  \
        const struct attribute *a = attribute_of(t, side, type, i);                                                    \
        *out = a != NULL ? a->value : bytes_none();                                                                    \
        return a != NULL;                                                                                              \
    }
RADIUS_TEXT(user_name, 1)
RADIUS_TEXT(nas_identifier, 32)
RADIUS_TEXT(calling_station, 31)
RADIUS_TEXT(called_station, 30)
RADIUS_TEXT(reply_message, 18)

static bool vendor(const struct txn *t, enum side side, unsigned i, uint64_t *out)
{
    const struct attribute *a = attribute_of(t, side, VENDOR, i);
    struct rd r = rd_of(a != NULL ? a->value : bytes_none());

    *out = rd_be32(&r);
    return a != NULL && rd_ok(&r);
}

static bool attribute(const struct txn *t, enum side side, unsigned i, uint64_t *out)
{
    const struct radius *d = txn_data_const(t);

    *out = i < d->message[side].n ? d->message[side].attribute[i].type : 0;
    return i < d->message[side].n;
}

#define BOTH .sides = SIDE_BOTH_BITS, .stage = { 1, 1 }
static const struct field fields[] = {
    { .name = "radius.code", .type = FIELD_NUMBER, BOTH, .number = code, .bits = 8, .names = NAMES_COLUMN(codes, name), .help = "1 access_request, 2 access_accept, 3 access_reject, ..." },
    { .name = "radius.user_name", .type = FIELD_LIST, BOTH, .bytes = user_name, .help = "who wants in" },
    { .name = "radius.nas_identifier", .type = FIELD_LIST, BOTH, .bytes = nas_identifier, .help = "the name of who asks for them" },
    { .name = "radius.calling_station", .type = FIELD_LIST, BOTH, .bytes = calling_station, .help = "their number or hardware address" },
    { .name = "radius.called_station", .type = FIELD_LIST, BOTH, .bytes = called_station, .help = "what they came to: a number, an access point" },
    { .name = "radius.reply_message", .type = FIELD_LIST, BOTH, .bytes = reply_message, .help = "text for them" },
    { .name = "radius.attribute", .type = FIELD_NUMBER, BOTH, .number = attribute, .bits = 8, .help = "the type of each attribute" },
    { .name = "radius.vendor", .type = FIELD_NUMBER, BOTH, .number = vendor, .bits = 32, .help = "whose each vendor-specific attribute is" },
};

/* ------- records ------- */

static bool seen_before(const struct message *m, unsigned i)
{
    for (unsigned k = 0; k < i; k++) {
        if (m->attribute[k].type == m->attribute[i].type) {
            return true;
        }
    }
    return false;
}

static void log_value(struct json *j, const char *key, uint8_t kind, struct bytes b)
{
    struct rd r = rd_of(b);

    switch (kind) {
    case NUMBER: json_u64(j, key, rd_be32(&r)); break;
    case ADDRESS: address_log(j, key, b); break;
    case OCTETS: json_hex(j, key, b, 0); break;
    case TAGGED: json_bytes(j, key, bytes_from(b, b.n != 0 && b.p[0] < 0x20)); break;
    default: json_bytes(j, key, b); break;
    }
}

/* Each attribute that has a name, once. */
static void log_message(struct json *j, const char *key, const struct message *m)
{
    json_object(j, key);
    json_string(j, "code", code_name(m->code));
    for (unsigned i = 0; i < m->n; i++) {
        uint8_t type = m->attribute[i].type;
        if (known[type].kind != NONE && !seen_before(m, i)) {
            log_value(j, known[type].name, known[type].kind, m->attribute[i].value);
        }
    }
    json_u64(j, "attribute_count", m->n);
    json_end_object(j);
}

static void radius_log(const struct txn *t, struct json *j)
{
    const struct radius *d = txn_data_const(t);
    static const char *const ways[] = { [PASSWORD] = "pap", [CHAP] = "chap" };

    json_u64(j, "identifier", d->identifier);
    for (unsigned type = PASSWORD; type <= CHAP; type++) {
        if (attribute_of(t, TO_SERVER, (uint8_t)type, 0) != NULL) {
            json_string(j, "authentication", ways[type]);
        }
    }
    if (attribute_of(t, TO_SERVER, EAP_MESSAGE, 0) != NULL) {
        json_string(j, "authentication", "eap");
    }
    if (d->message[TO_SERVER].there) {
        log_message(j, "request", &d->message[TO_SERVER]);
    }
    if (d->message[TO_CLIENT].there) {
        log_message(j, "response", &d->message[TO_CLIENT]);
    }
}

static const struct note_row notes[] = {
    [NOTE_MALFORMED] = { "malformed_data", 0, 0, "a message that ends within its head, or before the length it tells" },
    [NOTE_ATTRIBUTE_SHORT] = { "malformed_attribute", 0, 0, "an attribute that runs on beyond the message, or is shorter than its head" },
    [NOTE_UNSOLICITED] = { "unsolicited_response", 0, 0, "an answer that nobody asked for" },
    [NOTE_TOO_MANY] = { "too_many_attributes", 0, 0, "a message of more than 128 attributes; the others are not read" },
    [NOTE_NO_AUTHENTICATOR] = { "missing_message_authenticator", 0, 0, "EAP without proof of who sent it (RFC 3579 3.2)" },
};

extern const struct proto proto_radius;
const struct proto proto_radius = {
    .name = "radius",
    .ports = "udp/1812 udp/1813 udp/1645 udp/1646 udp/3799",
    .transports = 2,
    .own_transports = 2,
    .by_name = true,
    .probe = radius_probe,
    .txn_size = sizeof(struct radius),
    .unit_max = 65536,
    .txn_max = 512,
    .txn_bytes_max = 32 * 1024,
    .frame = radius_frame,
    .parse = radius_parse,
    .fields = fields,
    .field_n = ROWS(fields),
    .notes = notes,
    .note_n = ROWS(notes),
    .log = radius_log,
};
