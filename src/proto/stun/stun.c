/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stun - how hosts behind address translation find each other (RFC 8489), and relays for those who cannot (TURN, RFC 8656).
 *
 * A request and its answer, which has the same transaction id, are a transaction, whichever side asks; an indication is one of its
 * own.  What else shares the flow (media, DTLS, channels) is passed over.
 */
#include "proto/proto.h"
#include "wire/address.h"

enum { NOTE_MALFORMED_ATTRIBUTE, NOTE_UNSOLICITED, NOTE_TOO_MANY };
enum { HEAD = 20, COOKIE = 0x2112a442, ID_SIZE = 12, ATTRIBUTES_MAX = 64, ERROR_CODE = 0x0009 };
enum { CLASS_REQUEST, CLASS_INDICATION, CLASS_SUCCESS, CLASS_ERROR };
enum { CHANNEL_HEAD = 4, LENGTH_MAX = 8192 };

enum kind { NONE, TEXT, NUMBER, NUMBER_16, NUMBER_8, FLAG, ADDRESS, XOR_ADDRESS };
static const struct attribute_row {
    uint16_t type;
    const char *name;
    uint8_t kind;
} known[] = {
#define ATTRIBUTE(type, name, kind) { type, #name, kind },
#include "proto/stun/stun_attributes.list"
#undef ATTRIBUTE
};

struct attribute {
    uint16_t type;
    struct bytes value; /* of an address: four or sixteen bytes, plain */
    uint16_t port;
};

struct message {
    bool there;
    uint8_t class;
    uint16_t method;
    uint16_t error;
    struct bytes reason;
    struct attribute *attribute;
    unsigned n;
};

struct stun {
    struct bytes id;
    uint8_t asker;              /* enum side */
    struct message message[2];  /* by the direction they go in */
};

/* ------- recognition, framing ------- */

/* RFC 8489 5: two zero bits, a length of whole words, the cookie. */
static bool head_read(struct rd *r, uint16_t *type, uint16_t *length, struct bytes *id)
{
    *type = rd_be16(r);
    *length = rd_be16(r);
    uint32_t cookie = rd_be32(r);
    *id = rd_bytes(r, ID_SIZE);
    return rd_ok(r) && *type < 0x4000 && (*length & 3) == 0 && *length <= LENGTH_MAX && cookie == COOKIE;
}

/* Figure 3: the class is in the bits 0x0100 and 0x0010. */
static unsigned class_of(uint16_t type) { return (type >> 7 & 2) | (type >> 4 & 1); }
static unsigned method_of(uint16_t type) { return (type & 0xf) | (type >> 1 & 0x70) | (type >> 2 & 0xf80); }

static enum probe stun_probe(struct rd data, enum side side, bool whole)
{
    uint16_t type, length;
    struct bytes id;

    if (rd_left(&data) < HEAD) {
        return whole ? PROBE_NO : PROBE_MORE;
    }
    if (!head_read(&data, &type, &length, &id) || (whole && rd_left(&data) < length)) {
        return PROBE_NO;
    }
    return class_of(type) < CLASS_SUCCESS || side == TO_CLIENT ? PROBE_YES : PROBE_REVERSED;
}

static struct frame stun_frame(struct conn *c, enum side side, struct rd data)
{
    size_t have = rd_left(&data);
    struct bytes b = rd_peek(&data), id;
    uint16_t type, length;

    (void)side;
    if (conn_datagram(c)) {
        bool good = head_read(&data, &type, &length, &id);
        return (struct frame){ good ? FRAME_UNIT : FRAME_SKIP, 0, have };
    }
    if (b.p[0] >= 0x40 && b.p[0] < 0x80) { /* RFC 8656 12.5: a channel's data, padded to whole words */
        rd_skip(&data, 2);
        size_t n = rd_be16(&data);
        return rd_ok(&data) ? (struct frame){ FRAME_BODY, 0, CHANNEL_HEAD + ((n + 3) & ~(size_t)3) } : (struct frame){ FRAME_MORE, 0, CHANNEL_HEAD };
    }
    if (have < HEAD) {
        return (struct frame){ FRAME_MORE, 0, HEAD };
    }
    if (!head_read(&data, &type, &length, &id)) {
        return (struct frame){ FRAME_OPAQUE, 0, 0 };
    }
    size_t n = HEAD + (size_t)length;
    return have < n ? (struct frame){ FRAME_MORE, 0, n } : (struct frame){ FRAME_UNIT, 0, n };
}

/* ------- messages ------- */

static const struct attribute_row *row_of(uint16_t type)
{
    for (unsigned i = 0; i < ROWS(known); i++) {
        if (known[i].type == type) {
            return &known[i];
        }
    }
    return NULL;
}

/* 14.1, 14.2: a family, a port, an address; hidden under the cookie and the id from translators that change what looks like one. */
static bool address_read(struct txn *t, struct attribute *a, struct rd r, bool hidden)
{
    const struct stun *d = txn_data_const(t);
    static const uint8_t cookie[4] = { 0x21, 0x12, 0xa4, 0x42 };
    struct arena_text out;

    rd_skip(&r, 1);
    uint8_t family = rd_u8(&r);
    a->port = rd_be16(&r);
    a->port ^= hidden ? COOKIE >> 16 : 0;
    size_t n = family == 1 ? 4 : family == 2 ? 16 : 0;
    arena_text_init(&out, txn_arena(t), 16);
    for (size_t i = 0; i < n; i++) {
        uint8_t under = i < 4 ? cookie[i] : d->id.n == ID_SIZE ? d->id.p[i - 4] : 0;
        arena_text_byte(&out, (uint8_t)(rd_u8(&r) ^ (hidden ? under : 0)));
    }
    a->value = arena_text_bytes(&out);
    return rd_ok(&r) && n != 0;
}

/* Senders put the end of a C string behind text. */
static struct bytes text_end(struct bytes b)
{
    while (b.n != 0 && b.p[b.n - 1] == 0) {
        b.n--;
    }
    return b;
}

static void attribute_read(struct txn *t, struct message *m, uint16_t type, struct bytes value)
{
    const struct attribute_row *row = row_of(type);
    struct attribute *a = &m->attribute[m->n++];

    *a = (struct attribute){ .type = type, .value = bytes_none() };
    if (type == ERROR_CODE) {
        struct rd r = rd_of(value);
        rd_skip(&r, 2);
        m->error = (uint16_t)((rd_u8(&r) & 7) * 100);
        m->error = (uint16_t)(m->error + rd_u8(&r));
        m->reason = arena_copy(txn_arena(t), text_end(rd_rest(&r)));
    } else if (row != NULL && (row->kind == ADDRESS || row->kind == XOR_ADDRESS)) {
        if (!address_read(t, a, rd_of(value), row->kind == XOR_ADDRESS)) {
            txn_note(t, NOTE_MALFORMED_ATTRIBUTE);
        }
    } else if (row != NULL) {
        a->value = arena_copy(txn_arena(t), row->kind == TEXT ? text_end(value) : value);
    }
}

/* 14: type, length, value, padding to whole words. */
static void attributes_read(struct txn *t, struct message *m, struct rd r)
{
    m->attribute = arena_zero(txn_arena(t), ATTRIBUTES_MAX * sizeof *m->attribute);
    while (rd_left(&r) != 0 && m->attribute != NULL) {
        uint16_t type = rd_be16(&r), n = rd_be16(&r);
        struct bytes value = rd_bytes(&r, n);
        if (!rd_ok(&r)) {
            txn_note(t, NOTE_MALFORMED_ATTRIBUTE);
            return;
        }
        size_t pad = (4 - (n & 3u)) & 3;
        rd_skip(&r, pad < rd_left(&r) ? pad : rd_left(&r));
        if (m->n == ATTRIBUTES_MAX) {
            txn_note(t, NOTE_TOO_MANY);
            return;
        }
        attribute_read(t, m, type, value);
    }
}

/* The newest request of the other side with that id that waits; or, sent again, of this side. */
static struct txn *asked(struct conn *c, struct bytes id, enum side asker)
{
    struct txn *t = txn_last(c);

    for (; t != NULL; t = t->prev) {
        const struct stun *d = txn_data_const(t);
        if (!t->complete[side_other(asker)] && d->asker == asker && bytes_equal(d->id, id)) {
            return t;
        }
    }
    return NULL;
}

static enum outcome stun_parse(struct conn *c, enum side side, unsigned unit, struct rd r)
{
    uint16_t type, length;
    struct bytes id;

    (void)unit;
    if (!head_read(&r, &type, &length, &id)) {
        return OUTCOME_BAD;
    }
    unsigned class = class_of(type);
    bool answer = class >= CLASS_SUCCESS;
    struct txn *t = class == CLASS_INDICATION ? NULL : asked(c, id, answer ? side_other(side) : side);
    if (t != NULL && !answer) { /* 6.2.1: sent again until it is answered */
        return OUTCOME_OK;
    }
    bool alone = answer && t == NULL;
    if (t == NULL && (t = txn_new(c)) == NULL) {
        return OUTCOME_OK;
    }
    struct stun *d = txn_data(t);
    struct message *m = &d->message[side];
    if (!answer || alone) {
        d->id = arena_copy(txn_arena(t), id);
        d->asker = (uint8_t)(answer ? side_other(side) : side);
    }
    m->there = true;
    m->class = (uint8_t)class;
    m->method = (uint16_t)method_of(type);
    struct rd all = rd_of(bytes_head(rd_peek(&r), length));
    if (rd_left(&r) < length) {
        txn_note(t, NOTE_MALFORMED_ATTRIBUTE);
    }
    attributes_read(t, m, all);
    if (alone) {
        txn_note(t, NOTE_UNSOLICITED);
    }
    if (alone || class == CLASS_INDICATION) {
        txn_message(t, side);
    } else {
        txn_done(t, side);
    }
    return OUTCOME_OK;
}

/* ------- fields ------- */

static const char *const method_names[] = { NULL, "binding", NULL, "allocate", "refresh", NULL, "send", "data", "create_permission", "channel_bind", "connect",
                                            "connection_bind", "connection_attempt" };
static const char *const class_names[] = { "request", "indication", "success_response", "error_response" };

static const struct message *message_of(const struct txn *t, enum side side)
{
    const struct stun *d = txn_data_const(t);

    return &d->message[side];
}

#define STUN_NUMBER(fn, member, is_there)                                                                              \
    static bool fn(const struct txn *t, enum side side, unsigned i, uint64_t *out)                                     \
    {                                                                                                                  \
        const struct message *m = message_of(t, side);                                                                 \
        *out = m->member;                                                                                              \
        return i == 0 && m->there && (is_there);                                                                       \
    }
STUN_NUMBER(method, method, true)
STUN_NUMBER(class, class, true)
STUN_NUMBER(error, error, m->error != 0)

static bool attribute(const struct txn *t, enum side side, unsigned i, uint64_t *out)
{
    const struct message *m = message_of(t, side);

    *out = i < m->n ? m->attribute[i].type : 0;
    return i < m->n;
}

static bool text_of(const struct txn *t, enum side side, uint16_t type, unsigned i, struct bytes *out)
{
    const struct message *m = message_of(t, side);

    for (unsigned k = 0; k < m->n; k++) {
        if (m->attribute[k].type == type && i-- == 0) {
            *out = m->attribute[k].value;
            return true;
        }
    }
    return false;
}
static bool username(const struct txn *t, enum side side, unsigned i, struct bytes *out) { return text_of(t, side, 0x0006, i, out); }
static bool realm(const struct txn *t, enum side side, unsigned i, struct bytes *out) { return text_of(t, side, 0x0014, i, out); }
static bool software(const struct txn *t, enum side side, unsigned i, struct bytes *out) { return text_of(t, side, 0x8022, i, out); }

#define BOTH .sides = SIDE_BOTH_BITS, .stage = { 1, 1 }
static const struct field fields[] = {
    { .name = "stun.method", .type = FIELD_NUMBER, BOTH, .number = method, .bits = 16, .names = NAMES_LIST(method_names), .help = "1 binding, 3 allocate, ..." },
    { .name = "stun.class", .type = FIELD_NUMBER, BOTH, .number = class, .bits = 8, .names = NAMES_LIST(class_names), .help = "0 request, 1 indication, 2 success_response, 3 error_response" },
    { .name = "stun.attribute", .type = FIELD_NUMBER, BOTH, .number = attribute, .bits = 16, .help = "the type of each attribute" },
    { .name = "stun.error_code", .type = FIELD_NUMBER, BOTH, .number = error, .bits = 16, .help = "an error's code: 401, 438, ..." },
    { .name = "stun.username", .type = FIELD_LIST, BOTH, .bytes = username, .help = "who asks; of a call both ends, a colon between" },
    { .name = "stun.realm", .type = FIELD_LIST, BOTH, .bytes = realm, .help = "where the user is known" },
    { .name = "stun.software", .type = FIELD_LIST, BOTH, .bytes = software, .help = "the sender's product" },
};

/* ------- records ------- */

static bool seen_before(const struct message *m, unsigned i, const char *name)
{
    for (unsigned k = 0; k < i; k++) {
        const struct attribute_row *row = row_of(m->attribute[k].type);
        if (row != NULL && bytes_is(bytes_str(row->name), name)) {
            return true;
        }
    }
    return false;
}

static void log_attribute(struct json *j, const struct attribute_row *row, const struct attribute *a)
{
    struct rd r = rd_of(a->value);

    switch (row->kind) {
    case TEXT: json_bytes(j, row->name, a->value); break;
    case NUMBER: json_u64(j, row->name, rd_be32(&r)); break;
    case NUMBER_16: json_u64(j, row->name, rd_be16(&r)); break;
    case NUMBER_8: json_u64(j, row->name, rd_u8(&r)); break;
    case FLAG: json_bool(j, row->name, true); break;
    default:
        json_object(j, row->name);
        address_log(j, "ip", a->value);
        json_u64(j, "port", a->port);
        json_end_object(j);
        break;
    }
}

static void log_message(struct json *j, const char *key, const struct message *m)
{
    json_object(j, key);
    json_string(j, "class", class_names[m->class]);
    for (unsigned i = 0; i < m->n; i++) {
        const struct attribute_row *row = row_of(m->attribute[i].type);
        if (row != NULL && !seen_before(m, i, row->name)) {
            log_attribute(j, row, &m->attribute[i]);
        }
    }
    if (m->error != 0) {
        json_object(j, "error");
        json_u64(j, "code", m->error);
        json_bytes(j, "reason", m->reason);
        json_end_object(j);
    }
    json_end_object(j);
}

static void stun_log(const struct txn *t, struct json *j)
{
    const struct stun *d = txn_data_const(t);
    const struct message *ask = &d->message[d->asker], *answer = &d->message[!d->asker];
    unsigned method = ask->there ? ask->method : answer->method;

    json_hex(j, "transaction_id", d->id, 0);
    json_string(j, "method", names_or_unknown(NAMES_LIST(method_names), method));
    json_u64(j, "method_id", method);
    if (ask->there) {
        log_message(j, "request", ask);
    }
    if (answer->there) {
        log_message(j, "response", answer);
    }
}

static enum side stun_log_side(const struct txn *t, enum side turn)
{
    const struct stun *d = txn_data_const(t);

    (void)turn;
    return (enum side)d->asker;
}

static const struct note_row notes[] = {
    [NOTE_MALFORMED_ATTRIBUTE] = { "malformed_attribute", 0, 0, "an attribute that runs on beyond its message, or an address that is none" },
    [NOTE_UNSOLICITED] = { "unsolicited_response", 0, 0, "an answer that nobody asked for" },
    [NOTE_TOO_MANY] = { "too_many_attributes", 0, 0, "a message of more than 64 attributes; the others are not read" },
};

static const struct proto_pattern patterns[] = { { "\x21\x12\xa4\x42", 4, 4, 0, TO_SERVER, false }, { "\x21\x12\xa4\x42", 4, 4, 0, TO_CLIENT, false } };

extern const struct proto proto_stun;
const struct proto proto_stun = {
    .name = "stun",
    .transports = 3,
    .own_transports = 3,
    .by_name = true,
    .whole_never = true, /* Suricata's rules about the stream see it as what it does not know */
    .patterns = patterns,
    .pattern_n = ROWS(patterns),
    .probe = stun_probe,
    .txn_size = sizeof(struct stun),
    .unit_max = LENGTH_MAX + HEAD,
    .txn_max = 256,
    .txn_bytes_max = 16 * 1024,
    .frame = stun_frame,
    .parse = stun_parse,
    .fields = fields,
    .field_n = ROWS(fields),
    .notes = notes,
    .note_n = ROWS(notes),
    .log = stun_log,
    .log_side = stun_log_side,
};
