/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * opcua - OPC UA's binary protocol over TCP (OPC 10000-6, 6.7 and 7.1): hello, secure channels, services by name and how they end.
 *
 * A request and its response, which has the same request id, are a transaction, as are hello and acknowledgement.  Of a chunk the head
 * is read, the rest flows by.  Messages that are encrypted have no service.
 */
#include "proto/proto.h"

enum { NOTE_MALFORMED_HEADER, NOTE_MALFORMED_MESSAGE, NOTE_NO_SECURITY };
enum { HEAD = 8, CHUNK_KEPT = 4096, TEXT_KEPT = 512 };

enum kind { HELLO, ACKNOWLEDGE, ERROR, REVERSE_HELLO, OPEN, MESSAGE, CLOSE, KIND_N };
static const struct {
    const char *mark, *name, *long_name; /* as records have it; as rules may */
} kinds[KIND_N] = {
    [HELLO] = { "HEL", "hello", "hello" }, [ACKNOWLEDGE] = { "ACK", "acknowledge", "acknowledge" }, [ERROR] = { "ERR", "error", "error" },
    [REVERSE_HELLO] = { "RHE", "reverse_hello", "reverse_hello" }, [OPEN] = { "OPN", "open_channel", "open_secure_channel" },
    [MESSAGE] = { "MSG", "message", "message" }, [CLOSE] = { "CLO", "close_channel", "close_secure_channel" },
};

/* Of a direction's message: its kind, and of a service the number and namespace of its encoding. */
struct part {
    bool there, has_node;
    uint8_t kind;
    uint16_t space;
    uint32_t node;
};

struct opcua {
    uint8_t kind;
    struct part part[2];
    uint32_t channel, request;
    bool asked, answered, has_service, has_result, has_error;
    uint32_t service;          /* number of the request's binary encoding, or the response's where nobody asked */
    uint32_t result, error;    /* of a service; of the connection */
    struct bytes endpoint, policy, reason;
};

struct opcua_state {
    uint64_t skip[2];
    bool within[2];            /* a message goes on in the next chunk */
    bool secure;               /* the channel's messages may be cipher */
};

/* OPC 10000-6 Annex A: encodings of requests and, after them, of their responses. */
static const struct service {
    uint16_t request, response;
    const char *name;
} services[] = {
#define SERVICE(request, response, name) { request, response, #name },
#include "proto/opcua/opcua_services.list"
#undef SERVICE
};

static const struct code requests[] = {
#define SERVICE(request, response, name) { request, #name },
#include "proto/opcua/opcua_services.list"
#undef SERVICE
};

static const char *service_name(uint32_t number)
{
    for (unsigned i = 0; i < ROWS(services) && number != 0; i++) {
        if (services[i].request == number || services[i].response == number) {
            return services[i].name;
        }
    }
    return NULL;
}

/* ------- framing ------- */

/* 7.1.2.2: three letters, one that says whether it is the last chunk, the size of all. */
static bool head_read(struct rd *r, unsigned *kind, uint8_t *chunk, uint32_t *size)
{
    struct bytes mark = rd_bytes(r, 3);

    *chunk = rd_u8(r);
    *size = rd_le32(r);
    *kind = 0;
    while (*kind < KIND_N && !bytes_is(mark, kinds[*kind].mark)) {
        ++*kind;
    }
    return rd_ok(r) && *kind < KIND_N && (*chunk == 'F' || *chunk == 'C' || *chunk == 'A') && *size >= HEAD;
}

static enum probe opcua_probe(struct rd data, enum side side, bool whole)
{
    size_t have = rd_left(&data);
    unsigned kind;
    uint8_t chunk;
    uint32_t size;

    if (have < HEAD) {
        return whole ? PROBE_NO : PROBE_MORE;
    }
    bool good = head_read(&data, &kind, &chunk, &size) && size < 1u << 24;
    return good && (side == TO_CLIENT || kind == HELLO || kind == REVERSE_HELLO || kind == OPEN) ? PROBE_YES : PROBE_NO;
}

static struct frame opcua_frame(struct conn *c, enum side side, struct rd data)
{
    struct opcua_state *s = conn_state(c);
    size_t have = rd_left(&data);
    unsigned kind;
    uint8_t chunk;
    uint32_t size;

    if (s->skip[side] != 0) {
        uint64_t n = s->skip[side];
        s->skip[side] = 0;
        return (struct frame){ FRAME_BODY, 0, n };
    }
    if (have < HEAD) {
        return (struct frame){ FRAME_MORE, 0, HEAD };
    }
    if (!head_read(&data, &kind, &chunk, &size)) {
        conn_note(c, side, NOTE_MALFORMED_HEADER);
        return (struct frame){ FRAME_BAD, 0, 0 };
    }
    size_t unit = size < CHUNK_KEPT ? size : CHUNK_KEPT;
    if (have < unit) {
        return (struct frame){ FRAME_MORE, 0, unit };
    }
    s->skip[side] = size - unit;
    return (struct frame){ FRAME_UNIT, 0, unit };
}

/* ------- messages ------- */

static struct bytes string_read(struct rd *r)
{
    uint32_t n = rd_le32(r);

    return n == UINT32_MAX ? bytes_none() : rd_bytes(r, n);
}

/* 5.2.2.9: a node's id; numbers alone are looked at.  *space: its namespace. */
static uint32_t node_read(struct rd *r, uint16_t *space)
{
    uint8_t encoding = rd_u8(r);

    *space = 0;
    switch (encoding & 0x3f) {
    case 0: return rd_u8(r);
    case 1: *space = rd_u8(r); return rd_le16(r);
    case 2: *space = rd_le16(r); return rd_le32(r);
    case 3:
    case 5:
        *space = rd_le16(r);
        (void)string_read(r);
        return 0;
    case 4:
        *space = rd_le16(r);
        rd_skip(r, 16);
        return 0;
    default: rd_fail(r); return 0;
    }
}

static struct txn *waiting(struct conn *c, unsigned kind, uint32_t request)
{
    for (struct txn *t = txn_first(c); t != NULL; t = t->next) {
        const struct opcua *d = txn_data_const(t);
        if (!t->complete[TO_CLIENT] && d->kind == kind && d->request == request) {
            return t;
        }
    }
    return NULL;
}

static struct txn *exchange(struct conn *c, enum side side, unsigned kind, uint32_t request)
{
    struct txn *t = side == TO_CLIENT ? waiting(c, kind, request) : NULL;

    if (t == NULL && (t = txn_new(c)) != NULL) {
        struct opcua *d = txn_data(t);
        d->kind = (uint8_t)kind;
        d->request = request;
        t->skip_inspect[TO_SERVER] = side == TO_CLIENT;
    }
    if (t != NULL) {
        struct opcua *d = txn_data(t);
        d->asked |= side == TO_SERVER;
        d->answered |= side == TO_CLIENT;
        d->part[side] = (struct part){ .there = true, .kind = (uint8_t)kind };
    }
    return t;
}

static void over(struct txn *t, enum side side)
{
    if (side == TO_CLIENT) {
        txn_done(t, TO_SERVER);
    }
    txn_done(t, side);
}

/* A service: its encoding, and of a response how it ended. */
static void service_read(struct txn *t, enum side side, struct rd r)
{
    struct opcua *d = txn_data(t);
    uint16_t space;
    uint32_t number = node_read(&r, &space);

    if (!rd_ok(&r)) {
        return;
    }
    d->part[side].has_node = true;
    d->part[side].node = number;
    d->part[side].space = space;
    if (side == TO_SERVER || !d->has_service) {
        d->service = number;
        d->has_service = true;
    }
    if (side == TO_CLIENT) {
        rd_skip(&r, 8 + 4);
        d->result = rd_le32(&r);
        d->has_result = rd_ok(&r);
    }
}

static void hello_read(struct txn *t, unsigned kind, struct rd r)
{
    struct opcua *d = txn_data(t);

    if (kind == HELLO) {
        rd_skip(&r, 5 * 4);
        d->endpoint = arena_copy(txn_arena(t), bytes_head(string_read(&r), TEXT_KEPT));
    } else if (kind == REVERSE_HELLO) {
        (void)string_read(&r);
        d->endpoint = arena_copy(txn_arena(t), bytes_head(string_read(&r), TEXT_KEPT));
    } else if (kind == ERROR) {
        d->error = rd_le32(&r);
        d->has_error = true;
        d->reason = arena_copy(txn_arena(t), bytes_head(string_read(&r), TEXT_KEPT));
    } else {
        rd_skip(&r, 5 * 4);
    }
    if (!rd_ok(&r)) {
        txn_note(t, NOTE_MALFORMED_MESSAGE);
    }
}

static enum outcome opcua_parse(struct conn *c, enum side side, unsigned unit, struct rd r)
{
    struct opcua_state *s = conn_state(c);
    unsigned kind;
    uint8_t chunk;
    uint32_t size;

    (void)unit;
    (void)head_read(&r, &kind, &chunk, &size);
    bool first = !s->within[side];
    s->within[side] = chunk == 'C';
    if (!first) {
        return OUTCOME_OK;
    }
    if (kind < OPEN) {
        struct txn *t = exchange(c, side, HELLO, 0);
        if (t != NULL) {
            struct opcua *d = txn_data(t);
            d->part[side].kind = (uint8_t)kind;
            hello_read(t, kind, r);
            over(t, side);
        }
        return OUTCOME_OK;
    }
    /* 6.7.2: the channel; how it is kept secure, or the token that says so; numbers. */
    uint32_t channel = rd_le32(&r);
    struct bytes policy = bytes_none();
    if (kind == OPEN) {
        policy = string_read(&r);
        (void)string_read(&r);
        (void)string_read(&r);
    } else {
        rd_skip(&r, 4);
    }
    rd_skip(&r, 4);
    uint32_t request = rd_le32(&r);
    bool good = rd_ok(&r), plain = kind != OPEN || bytes_find(policy, bytes_str("#None")) != SIZE_MAX;
    struct rd node = r;
    uint16_t space;
    s->secure |= good && !plain;
    if (s->secure && kind != OPEN && service_name(node_read(&node, &space)) == NULL) {
        return OUTCOME_OK; /* cipher: signed alone it would name a service */
    }
    struct txn *t = exchange(c, side, kind, plain ? request : 0);
    if (t == NULL) {
        return OUTCOME_OK;
    }
    struct opcua *d = txn_data(t);
    d->channel = channel;
    if (kind == OPEN && side == TO_SERVER) {
        d->policy = arena_copy(txn_arena(t), bytes_head(policy, TEXT_KEPT));
    }
    if (!good) {
        txn_note(t, NOTE_MALFORMED_MESSAGE);
    } else if (plain) {
        service_read(t, side, r);
    }
    if (good && plain && kind == OPEN && side == TO_SERVER) {
        txn_note(t, NOTE_NO_SECURITY);
    }
    over(t, side);
    if (kind == CLOSE) { /* 7.1.4: not answered */
        txn_done(t, TO_CLIENT);
    }
    return OUTCOME_OK;
}

/* ------- fields ------- */

#define OPCUA_BYTES(fn, member)                                                                                        \
    static bool fn(const struct txn *t, enum side side, unsigned i, struct bytes *out)                                 \
    {                                                                                                                  \
        const struct opcua *d = txn_data_const(t);                                                                     \
        (void)side;                                                                                                    \
        *out = d->member;                                                                                              \
        return i == 0 && out->p != NULL && out->n != 0;                                                                \
    }
OPCUA_BYTES(endpoint, endpoint)
OPCUA_BYTES(policy, policy)

#define OPCUA_NUMBER(fn, member, there)                                                                                \
    static bool fn(const struct txn *t, enum side side, unsigned i, uint64_t *out)                                     \
    {                                                                                                                  \
        const struct opcua *d = txn_data_const(t);                                                                     \
        (void)side;                                                                                                    \
        *out = d->member;                                                                                              \
        return i == 0 && (there);                                                                                      \
    }
OPCUA_NUMBER(service, service, d->has_service)
OPCUA_NUMBER(result, result, d->has_result)

/* What a direction's message says by itself. */
#define OPCUA_PART(fn, member, there_is)                                                                               \
    static bool fn(const struct txn *t, enum side side, unsigned i, uint64_t *out)                                     \
    {                                                                                                                  \
        const struct opcua *d = txn_data_const(t);                                                                     \
        *out = d->part[side].member;                                                                                   \
        return i == 0 && d->part[side].there_is;                                                                       \
    }
OPCUA_PART(message, kind, there)
OPCUA_PART(node, node, has_node)
OPCUA_PART(namespace, space, has_node)

static bool message_named(struct bytes name, uint64_t *number)
{
    for (unsigned i = 0; i < KIND_N; i++) {
        if (bytes_is_nocase(name, kinds[i].mark) || bytes_is_nocase(name, kinds[i].name) || bytes_is_nocase(name, kinds[i].long_name)) {
            *number = i;
            return true;
        }
    }
    return false;
}

#define CLIENTS .sides = SIDE_SERVER_BIT, .stage = { [TO_SERVER] = 1 }
#define BOTH .sides = SIDE_BOTH_BITS, .stage = { 1, 1 }
static const struct field fields[] = {
    { .name = "opcua.message", .type = FIELD_NUMBER, BOTH, .number = message, .bits = 8, .named = message_named, .help = "kind of message: 0 hel, 1 ack, 2 err, 3 rhe, 4 opn, 5 msg, 6 clo" },
    { .name = "opcua.node", .type = FIELD_NUMBER, BOTH, .number = node, .bits = 32, .help = "number of a message's encoding: of a request 631 read, ..., of its response three more" },
    { .name = "opcua.namespace", .type = FIELD_NUMBER, BOTH, .number = namespace, .bits = 16, .help = "the namespace that this number is of: 0 is the standard's" },
    { .name = "opcua.endpoint", .type = FIELD_BYTES, CLIENTS, .bytes = endpoint, .log = "endpoint", .help = "the address that a client says hello to" },
    { .name = "opcua.policy", .type = FIELD_BYTES, CLIENTS, .bytes = policy, .log = "policy", .help = "how a channel is to be kept secure" },
    { .name = "opcua.service", .type = FIELD_NUMBER, CLIENTS, .number = service, .bits = 32, .names = NAMES_CODES(requests), .help = "the service asked for: 631 read, 673 write, 712 call, ..." },
    { .name = "opcua.result", .type = FIELD_NUMBER, .sides = SIDE_CLIENT_BIT, .stage = { [TO_CLIENT] = 1 }, .number = result, .bits = 32, .help = "how it ended: 0 good, 0x80... an error" },
};

static void opcua_log(const struct txn *t, struct json *j)
{
    const struct opcua *d = txn_data_const(t);
    const char *name = service_name(d->service);

    json_string(j, "type", kinds[d->kind].name);
    if (d->kind >= OPEN) {
        json_u64(j, "channel", d->channel);
        json_u64(j, "request_id", d->request);
    }
    if (d->has_service) {
        json_u64(j, "service_id", d->service);
        json_string(j, "service", name != NULL ? name : "unknown");
    }
    json_bool(j, "answered", d->answered);
    if (d->has_result) {
        json_u64(j, "result", d->result);
    }
    if (d->has_error) {
        json_object(j, "error");
        json_u64(j, "code", d->error);
        json_bytes(j, "reason", d->reason);
        json_end_object(j);
    }
}

static const struct note_row notes[] = {
    [NOTE_MALFORMED_HEADER] = { "malformed_header", 0, 0, "a message of no type, or shorter than its head" },
    [NOTE_MALFORMED_MESSAGE] = { "malformed_message", 0, 0, "a message that ends within itself" },
    [NOTE_NO_SECURITY] = { "no_security", 0, 0, "a channel that nothing keeps secure" },
};

static const struct proto_pattern patterns[] = {
    { "HELF", 4, 0, 0, TO_SERVER, false }, { "RHEF", 4, 0, 0, TO_SERVER, false }, { "OPNF", 4, 0, 0, TO_SERVER, false }, { "ACKF", 4, 0, 0, TO_CLIENT, false },
    { "ERRF", 4, 0, 0, TO_CLIENT, false }, { "OPNF", 4, 0, 0, TO_CLIENT, false }, { "MSG", 3, 0, 0, TO_CLIENT, false },
};

extern const struct proto proto_opcua;
const struct proto proto_opcua = {
    .name = "opcua",
    .transports = 1,
    .own_transports = 1,
    .by_name = true,
    .whole_never = true, /* Suricata's rules about the stream see it as what it does not know */
    .patterns = patterns,
    .pattern_n = ROWS(patterns),
    .probe = opcua_probe,
    .state_size = sizeof(struct opcua_state),
    .txn_size = sizeof(struct opcua),
    .unit_max = CHUNK_KEPT,
    .txn_max = 512,
    .txn_bytes_max = 8192,
    .frame = opcua_frame,
    .parse = opcua_parse,
    .fields = fields,
    .field_n = ROWS(fields),
    .notes = notes,
    .note_n = ROWS(notes),
    .log = opcua_log,
};
