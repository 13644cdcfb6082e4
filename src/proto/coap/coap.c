/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * coap - Constrained Application Protocol, over UDP (RFC 7252) and TCP (RFC 8323): what sensors and other small devices speak in place
 * of HTTP.
 *
 * A request and its response, which has the same token, are a transaction; a confirmation without a response (empty) is none.
 * Responses that come again and again for one request (RFC 7641) are transactions of their own from the second on.
 */
#include "proto/proto.h"

enum { NOTE_MALFORMED, NOTE_OPTION };
enum { HEAD = 4, TOKEN_MAX = 8, OPTIONS_MAX = 64, PAYLOAD_KEPT = 1024, PAYLOAD_MARK = 0xff };
enum { OPTION_HOST = 3, OPTION_PATH = 11, OPTION_FORMAT = 12, OPTION_QUERY = 15, OPTION_PROXY = 35 };
enum { CODE_SIGNAL = 7 << 5, CODE_CSM = CODE_SIGNAL | 1, UNIT_KEPT = 32 * 1024, FIRST_MAX = 1024, HEAD_STREAM_MAX = 1 + 4 + 1 + 8 };
enum { TYPE_CONFIRMABLE, TYPE_PLAIN, TYPE_ACK, TYPE_RESET };

struct option {
    uint32_t number;
    struct bytes value;
};

struct message {
    bool there, stream;         /* over TCP: without type and number */
    uint8_t type, code;
    uint16_t id;
    struct option *option;
    unsigned n;
    struct bytes payload;
    uint64_t payload_n;
    struct bytes path, query;   /* options of a kind, joined as in a URI */
};

struct coap {
    struct bytes token;
    struct message message[2];
};

struct coap_state {
    uint64_t skip[2];           /* of a message, behind what is kept */
};

/* RFC 8323 5 */
static const char *const signals[] = { NULL, "csm", "ping", "pong", "release", "abort" };
static const char *const types[] = { "con", "non", "ack", "rst" };
static const char *const methods[] = { NULL, "GET", "POST", "PUT", "DELETE", "FETCH", "PATCH", "iPATCH" };

/* ------- grammar ------- */

struct head {
    bool stream;
    uint8_t type, code;
    uint16_t id;
    struct bytes token;
};

/* RFC 7252 3: version 1; a token of at most eight bytes; an empty message is only its head. */
static bool head_read(struct rd *r, struct head *h)
{
    uint8_t first = rd_u8(r);
    uint8_t n = first & 15;

    *h = (struct head){ .type = first >> 4 & 3 };
    h->code = rd_u8(r);
    h->id = rd_be16(r);
    h->token = rd_bytes(r, n);
    uint8_t class = h->code >> 5;
    if (!rd_ok(r) || first >> 6 != 1 || n > TOKEN_MAX || (class != 0 && class != 2 && class != 4 && class != 5)) {
        return false;
    }
    if (h->code == 0) {
        return n == 0 && rd_left(r) == 0;
    }
    return class != 0 || h->code < ROWS(methods);
}

/* RFC 8323 3.2: the length of options and payload; in front of the code. */
static bool stream_head_read(struct rd *r, struct head *h, uint64_t *length)
{
    uint8_t first = rd_u8(r), n = first >> 4;

    *length = n == 13 ? 13 + (uint64_t)rd_u8(r) : n == 14 ? 269 + (uint64_t)rd_be16(r) : n == 15 ? 65805 + (uint64_t)rd_be32(r) : n;
    *h = (struct head){ .stream = true };
    h->code = rd_u8(r);
    h->token = rd_bytes(r, first & 15);
    uint8_t class = h->code >> 5;
    return rd_ok(r) && (first & 15) <= TOKEN_MAX && (class == 2 || class == 4 || class == 5 || (class == 0 && h->code < ROWS(methods)) ||
                                                     (class == 7 && (h->code & 31) != 0 && (h->code & 31) < ROWS(signals)));
}

/* 3.1: four bits, or one or two bytes more. */
static uint32_t extended(struct rd *r, uint32_t nibble)
{
    if (nibble == 13) {
        return 13 + (uint32_t)rd_u8(r);
    }
    if (nibble == 14) {
        return 269 + (uint32_t)rd_be16(r);
    }
    if (nibble == 15) {
        rd_fail(r);
    }
    return nibble;
}

/* The next option; false at the payload's mark and at the end. */
static bool option_next(struct rd *r, uint32_t *number, struct bytes *value)
{
    uint8_t first = rd_left(r) != 0 ? rd_u8(r) : PAYLOAD_MARK;

    if (first == PAYLOAD_MARK) {
        return false;
    }
    *number += extended(r, first >> 4);
    *value = rd_bytes(r, extended(r, first & 15));
    return rd_ok(r);
}

static enum probe coap_probe(struct rd data, enum side side, bool whole)
{
    struct rd stream = data;
    struct head h;
    uint32_t number = 0;
    struct bytes value;
    uint64_t n;

    if (!whole) { /* RFC 8323 5.3: the first message of each side over TCP; a datagram is whole */
        bool good = stream_head_read(&stream, &h, &n);
        return good && h.code == CODE_CSM && n <= FIRST_MAX ? PROBE_EITHER : rd_ok(&stream) ? PROBE_NO : PROBE_MORE;
    }
    if (!head_read(&data, &h)) {
        return PROBE_NO;
    }
    while (option_next(&data, &number, &value)) {
    }
    if (!rd_ok(&data) || number > UINT16_MAX) {
        return PROBE_NO;
    }
    bool request = h.code < 32 && h.code != 0;
    return h.code == 0 ? PROBE_EITHER : request == (side == TO_SERVER) ? PROBE_YES : PROBE_REVERSED;
}

static struct frame coap_frame(struct conn *c, enum side side, struct rd data)
{
    struct coap_state *s = conn_state(c);
    uint64_t have = rd_left(&data), n, head;
    struct rd r = data;
    struct head h;

    if (conn_datagram(c)) {
        return (struct frame){ FRAME_UNIT, 0, have };
    }
    if (s->skip[side] != 0) {
        n = s->skip[side];
        s->skip[side] = 0;
        return (struct frame){ FRAME_BODY, 0, n };
    }
    bool good = stream_head_read(&r, &h, &n);
    if (!good) {
        return have < HEAD_STREAM_MAX ? (struct frame){ FRAME_MORE, 0, have + 1 } : (struct frame){ FRAME_BAD, 0, 0 };
    }
    head = have - rd_left(&r);
    uint64_t unit = head + n < UNIT_KEPT ? head + n : UNIT_KEPT;
    if (have < unit) {
        return (struct frame){ FRAME_MORE, 0, unit };
    }
    s->skip[side] = head + n - unit;
    return (struct frame){ FRAME_UNIT, 0, unit };
}

/* ------- messages ------- */

static struct bytes joined(struct txn *t, const struct message *m, uint32_t number, uint8_t between, bool leading)
{
    struct arena_text out;
    bool any = false;

    arena_text_init(&out, txn_arena(t), 4096);
    for (unsigned i = 0; i < m->n; i++) {
        if (m->option[i].number != number) {
            continue;
        }
        if (any || leading) {
            arena_text_byte(&out, between);
        }
        arena_text_add(&out, m->option[i].value);
        any = true;
    }
    return any ? arena_text_bytes(&out) : bytes_none();
}

static void message_read(struct txn *t, struct message *m, const struct head *h, struct rd r)
{
    uint32_t number = 0;
    struct bytes value;

    m->there = true;
    m->stream = h->stream;
    m->type = h->type;
    m->code = h->code;
    m->id = h->id;
    m->option = arena_zero(txn_arena(t), OPTIONS_MAX * sizeof *m->option);
    while (m->option != NULL && option_next(&r, &number, &value)) {
        if (m->n < OPTIONS_MAX) {
            m->option[m->n++] = (struct option){ number, arena_copy(txn_arena(t), value) };
        }
    }
    if (!rd_ok(&r) || number > UINT16_MAX) {
        txn_note(t, NOTE_OPTION);
    }
    m->payload_n = rd_left(&r);
    m->payload = arena_copy(txn_arena(t), bytes_head(rd_peek(&r), PAYLOAD_KEPT));
    m->path = joined(t, m, OPTION_PATH, '/', true);
    m->query = joined(t, m, OPTION_QUERY, '&', false);
}

static struct txn *asked(struct conn *c, struct bytes token)
{
    struct txn *t = txn_last(c);

    for (; t != NULL; t = t->prev) {
        const struct coap *d = txn_data_const(t);
        if (!t->complete[TO_CLIENT] && bytes_equal(d->token, token)) {
            return t;
        }
    }
    return NULL;
}

/* 4.2: a message that is not confirmed is sent again, the same. */
static bool sent_again(struct conn *c, const struct head *h)
{
    struct txn *t = txn_last(c);

    for (; t != NULL; t = t->prev) {
        const struct coap *d = txn_data_const(t);
        const struct message *m = &d->message[h->code < 32 ? TO_SERVER : TO_CLIENT];
        if (m->there && m->id == h->id && m->code == h->code && bytes_equal(d->token, h->token)) {
            return true;
        }
    }
    return false;
}

static enum outcome coap_parse(struct conn *c, enum side side, unsigned unit, struct rd r)
{
    struct head h;
    uint64_t n;

    (void)unit;
    if (conn_datagram(c) ? !head_read(&r, &h) : !stream_head_read(&r, &h, &n)) {
        conn_note(c, side, NOTE_MALFORMED);
        return OUTCOME_BAD;
    }
    if (h.code == 0 || (!h.stream && sent_again(c, &h))) {
        return OUTCOME_OK;
    }
    bool request = h.code < 32, signal = h.code >= CODE_SIGNAL;
    struct txn *t = request || signal ? NULL : asked(c, h.token);
    bool alone = !request && t == NULL;
    if (t == NULL && (t = txn_new(c)) == NULL) {
        return OUTCOME_OK;
    }
    struct coap *d = txn_data(t);
    if (request || alone) {
        d->token = arena_copy(txn_arena(t), h.token);
    }
    enum side as = signal ? side : request ? TO_SERVER : TO_CLIENT;
    message_read(t, &d->message[as], &h, r);
    if (alone) {
        txn_message(t, as);
    } else {
        txn_done(t, as);
    }
    return OUTCOME_OK;
}

/* ------- fields ------- */

static const struct message *message_of(const struct txn *t, enum side side)
{
    const struct coap *d = txn_data_const(t);

    return &d->message[side];
}

#define COAP_NUMBER(fn, member)                                                                                        \
    static bool fn(const struct txn *t, enum side side, unsigned i, uint64_t *out)                                     \
    {                                                                                                                  \
        const struct message *m = message_of(t, side);                                                                 \
        *out = m->member;                                                                                              \
        return i == 0 && m->there;                                                                                     \
    }
COAP_NUMBER(code, code)

static bool type(const struct txn *t, enum side side, unsigned i, uint64_t *out)
{
    const struct message *m = message_of(t, side);

    *out = m->type;
    return i == 0 && m->there && !m->stream;
}

#define COAP_BYTES(fn, member)                                                                                         \
    static bool fn(const struct txn *t, enum side side, unsigned i, struct bytes *out)                                 \
    {                                                                                                                  \
        const struct message *m = message_of(t, side);                                                                 \
        *out = m->member;                                                                                              \
        return i == 0 && m->there && out->p != NULL && out->n != 0;                                                    \
    }
COAP_BYTES(path, path)
COAP_BYTES(query, query)
COAP_BYTES(payload, payload)

static bool option_number(const struct txn *t, enum side side, unsigned i, uint64_t *out)
{
    const struct message *m = message_of(t, side);

    *out = i < m->n ? m->option[i].number : 0;
    return i < m->n && m->code < CODE_SIGNAL; /* those of signals are numbered apart */
}

static bool option_of(const struct message *m, uint32_t number, struct bytes *out)
{
    for (unsigned i = 0; i < m->n; i++) {
        if (m->option[i].number == number) {
            *out = m->option[i].value;
            return true;
        }
    }
    return false;
}

static bool host(const struct txn *t, enum side side, unsigned i, struct bytes *out) { return i == 0 && option_of(message_of(t, side), OPTION_HOST, out); }

/* "4.04", as the RFC writes it. */
static bool code_named(struct bytes name, uint64_t *number)
{
    uint64_t class, detail;

    if (name.n == 4 && name.p[1] == '.' && bytes_u64(bytes_head(name, 1), &class) && bytes_u64(bytes_from(name, 2), &detail) && class < 8 && detail < 32) {
        *number = class << 5 | detail;
        return true;
    }
    return false;
}

#define BOTH .sides = SIDE_BOTH_BITS, .stage = { 1, 1 }
static const struct field fields[] = {
    { .name = "coap.code", .type = FIELD_NUMBER, BOTH, .number = code, .bits = 8, .names = NAMES_LIST(methods), .named = code_named, .help = "1 get, 2 post, ..., 69 (2.05) content, 132 (4.04) not found, ...; over TCP also signals, 225 (7.01) and more" },
    { .name = "coap.type", .type = FIELD_NUMBER, BOTH, .number = type, .bits = 8, .help = "0 confirmable, 1 not, 2 acknowledgement, 3 reset" },
    { .name = "coap.uri_path", .type = FIELD_BYTES, BOTH, .bytes = path, .help = "the path, with a slash before each part" },
    { .name = "coap.uri_query", .type = FIELD_BYTES, BOTH, .bytes = query, .help = "the query, with an ampersand between its parts" },
    { .name = "coap.uri_host", .type = FIELD_BYTES, BOTH, .bytes = host, .help = "the host" },
    { .name = "coap.option", .type = FIELD_NUMBER, BOTH, .number = option_number, .bits = 16, .help = "the number of each option" },
    { .name = "coap.payload", .type = FIELD_BYTES, BOTH, .bytes = payload, .help = "the payload, up to 1 KB" },
};

/* ------- records ------- */

static void log_code(struct json *j, uint8_t code)
{
    char text[4] = { (char)('0' + (code >> 5)), '.', (char)('0' + (code & 31) / 10), (char)('0' + (code & 31) % 10) };

    if (code < ROWS(methods)) {
        json_string(j, "method", methods[code]);
    } else if (code >= CODE_SIGNAL) {
        json_string(j, "signal", signals[code - CODE_SIGNAL]);
    } else {
        json_bytes(j, "code", bytes_of(text, sizeof text));
    }
}

static void log_message(struct json *j, const char *key, const struct message *m)
{
    struct bytes value;

    json_object(j, key);
    if (!m->stream) {
        json_string(j, "type", types[m->type]);
    }
    log_code(j, m->code);
    if (!m->stream) {
        json_u64(j, "message_id", m->id);
    }
    if (option_of(m, OPTION_HOST, &value)) {
        json_bytes(j, "uri_host", value);
    }
    if (m->path.n != 0) {
        json_bytes(j, "uri_path", m->path);
    }
    if (m->query.n != 0) {
        json_bytes(j, "uri_query", m->query);
    }
    if (option_of(m, OPTION_PROXY, &value)) {
        json_bytes(j, "proxy_uri", value);
    }
    if (option_of(m, OPTION_FORMAT, &value)) {
        uint64_t format = 0;
        for (size_t i = 0; i < value.n && i < 2; i++) {
            format = format << 8 | value.p[i];
        }
        json_u64(j, "content_format", format);
    }
    json_u64(j, "payload_length", m->payload_n);
    json_end_object(j);
}

static void coap_log(const struct txn *t, struct json *j)
{
    const struct coap *d = txn_data_const(t);

    json_hex(j, "token", d->token, 0);
    if (d->message[TO_SERVER].there) {
        log_message(j, "request", &d->message[TO_SERVER]);
    }
    if (d->message[TO_CLIENT].there) {
        log_message(j, "response", &d->message[TO_CLIENT]);
    }
}

static const struct note_row notes[] = {
    [NOTE_MALFORMED] = { "malformed_data", 0, 0, "a message of another version, with a token too long, or of no code" },
    [NOTE_OPTION] = { "malformed_option", 0, 0, "an option that runs on beyond the message, or of a number too large" },
};

extern const struct proto proto_coap;
const struct proto proto_coap = {
    .name = "coap",
    .ports = "udp/5683 tcp/5683",
    .transports = 3,
    .own_transports = 3,
    .by_name = true,
    .probe = coap_probe,
    .state_size = sizeof(struct coap_state),
    .txn_size = sizeof(struct coap),
    .unit_max = 65536,
    .txn_max = 512,
    .txn_bytes_max = 32 * 1024,
    .frame = coap_frame,
    .parse = coap_parse,
    .fields = fields,
    .field_n = ROWS(fields),
    .notes = notes,
    .note_n = ROWS(notes),
    .log = coap_log,
};
