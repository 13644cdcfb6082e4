/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * socks - proxies by SOCKS 4, 4a and 5 (RFC 1928, RFC 1929): the handshake is one transaction, what the proxy then carries is
 * another protocol's, whichever it turns out to be.  A UDP association announces the flow of its datagrams (socks_udp.c).
 */
#include "proto/socks/socks.h"

#include <arpa/inet.h>

#include "wire/address.h"

enum { NOTE_MALFORMED_REQUEST, NOTE_MALFORMED_REPLY, NOTE_NO_METHOD, NOTE_CLEARTEXT_PASSWORD };
/* ------- recognition ------- */

static bool is_text(struct bytes b)
{
    for (size_t i = 0; i < b.n; i++) {
        if (b.p[i] < 0x20 || b.p[i] > 0x7e) {
            return false;
        }
    }
    return true;
}

/* RFC 1928 3: methods, each once, of those that are assigned (0 to 9) or private. */
static enum probe hello_likely(struct rd r)
{
    uint8_t n = rd_u8(&r);
    uint16_t seen = 0;

    for (unsigned i = 0; i < n && rd_left(&r) != 0; i++) {
        uint8_t m = rd_u8(&r);
        if ((m > 9 && m < 0x80) || m == SOCKS_METHOD_REFUSED || (m <= 9 && (seen >> m & 1) != 0)) {
            return PROBE_NO;
        }
        seen |= m <= 9 ? (uint16_t)(1u << m) : 0;
        if (i + 1 == n) {
            return PROBE_YES;
        }
    }
    return n == 0 || n > SOCKS_METHODS_MAX ? PROBE_NO : PROBE_MORE;
}

/* A user's name up to a zero; behind an address 0.0.0.x a host's name follows. */
static enum probe request_4_likely(struct rd r)
{
    bool found = false, named = false;
    uint8_t command = rd_u8(&r);
    uint16_t port = rd_be16(&r);
    uint32_t ip = rd_be32(&r);

    if (!rd_ok(&r)) {
        return PROBE_MORE;
    }
    struct bytes user = rd_until(&r, '\0', &found), name = bytes_none();
    named = ip != 0 && ip <= 0xff;
    if (found && named) {
        name = rd_until(&r, '\0', &found);
    }
    if ((command != SOCKS_COMMAND_CONNECT && command != SOCKS_COMMAND_BIND) || port == 0 || ip == 0 || !is_text(user) || !is_text(name) || user.n > SOCKS_NAME_MAX || name.n > SOCKS_NAME_MAX) {
        return PROBE_NO;
    }
    return !found ? PROBE_MORE : named && name.n == 0 ? PROBE_NO : PROBE_YES;
}

static enum probe socks_probe(struct rd data, enum side side, bool whole)
{
    struct bytes b = rd_peek(&data);
    uint8_t first = rd_u8(&data), second = rd_u8(&data);
    enum probe r = PROBE_NO;

    if (whole) { /* a datagram, which is known by its announcement alone */
        return PROBE_NO;
    }
    if (b.n < 2) {
        return b.n != 0 && (first == SOCKS_V4 || first == SOCKS_V5 || (side == TO_CLIENT && first == 0)) ? PROBE_MORE : PROBE_NO;
    }
    if (side == TO_CLIENT) { /* asked only when the client is known */
        return (first == SOCKS_V5 && (second <= 9 || second >= 0x80)) || (first == 0 && second >= 90 && second <= 93) ? PROBE_YES : PROBE_NO;
    }
    if (first == SOCKS_V5) {
        r = hello_likely(rd_of(bytes_from(b, 1)));
    } else if (first == SOCKS_V4) {
        r = request_4_likely(rd_of(bytes_from(b, 1)));
    }
    return r;
}

/* ------- framing ------- */

/* Bytes of an address behind its kind (RFC 1928 5), port included; 0: more are needed, SIZE_MAX: no such kind. */
static size_t address_size(struct rd r)
{
    size_t have = rd_left(&r);
    uint8_t kind = rd_u8(&r);

    if (have == 0) {
        return 0;
    }
    switch (kind) {
    case SOCKS_ADDRESS_V4: return 1 + 4 + 2;
    case SOCKS_ADDRESS_V6: return 1 + 16 + 2;
    case SOCKS_ADDRESS_NAME: return have < 2 ? 0 : 1 + 1 + (size_t)rd_u8(&r) + 2;
    default: return SIZE_MAX;
    }
}

static struct frame unit_of(uint8_t unit, size_t have, size_t n)
{
    return have < n ? (struct frame){ FRAME_MORE, 0, n } : (struct frame){ FRAME_UNIT, unit, n };
}

static struct frame frame_5(uint8_t unit, struct rd r)
{
    size_t have = rd_left(&r), n;
    struct bytes b = rd_peek(&r);

    switch (unit) {
    case UNIT_METHODS: return unit_of(unit, have, have < 2 ? 2 : 2 + (size_t)b.p[1]);
    case UNIT_PASSWORD:
        n = have < 2 ? 2 : 3 + (size_t)b.p[1];
        return unit_of(unit, have, have < n || n == 2 ? n : n + b.p[n - 1]);
    case UNIT_REQUEST:
    case UNIT_REPLY:
        rd_skip(&r, 3);
        n = rd_ok(&r) ? address_size(r) : 0;
        return n == SIZE_MAX ? (struct frame){ FRAME_BAD, 0, 0 } : n == 0 ? (struct frame){ FRAME_MORE, 0, 5 } : unit_of(unit, have, 3 + n);
    default: return unit_of(unit, have, 2);
    }
}

static struct frame frame_4(struct rd r)
{
    size_t have = rd_left(&r);
    bool found = false;

    rd_skip(&r, 4);
    uint32_t ip = rd_be32(&r);
    bool there = rd_ok(&r);
    (void)rd_until(&r, '\0', &found);
    if (there && found && ip != 0 && ip <= 0xff) {
        (void)rd_until(&r, '\0', &found);
    }
    return !there || !found ? (struct frame){ FRAME_MORE, 0, have + 1 } : (struct frame){ FRAME_UNIT, UNIT_REQUEST_4, have - rd_left(&r) };
}

static struct frame socks_frame(struct conn *c, enum side side, struct rd data)
{
    struct socks_state *s = conn_state(c);
    uint8_t first = rd_peek(&data).p[0];

    if (conn_datagram(c)) {
        return (struct frame){ FRAME_UNIT, UNIT_DATAGRAM, rd_left(&data) };
    }
    if (s->t == NULL && side == TO_SERVER) {
        return first == SOCKS_V5 ? frame_5(UNIT_METHODS, data) : first == SOCKS_V4 ? frame_4(data) : (struct frame){ FRAME_BAD, 0, 0 };
    }
    if (s->t == NULL) {
        return (struct frame){ FRAME_BAD, 0, 0 };
    }
    switch (s->next[side]) {
    case UNIT_METHODS: return (struct frame){ FRAME_MORE, 0, 0 }; /* until the other side has spoken */
    case UNIT_REPLY_4: return unit_of(UNIT_REPLY_4, rd_left(&data), 8);
    default: return frame_5(s->next[side], data);
    }
}

/* ------- messages ------- */

static struct socks *of(const struct socks_state *s) { return txn_data(s->t); }

void socks_address_read(struct txn *t, struct rd *r, struct socks_address *a)
{
    a->kind = rd_u8(r);
    a->b = arena_copy(txn_arena(t), rd_bytes(r, a->kind == SOCKS_ADDRESS_V4 ? 4 : a->kind == SOCKS_ADDRESS_V6 ? 16 : rd_u8(r)));
    a->port = rd_be16(r);
}

void socks_address_write(struct txn *t, struct socks_address *a)
{
    char text[INET6_ADDRSTRLEN];
    bool six = a->kind == SOCKS_ADDRESS_V6;

    if (a->kind == SOCKS_ADDRESS_NAME) {
        a->text = a->b;
    } else if (a->b.p != NULL && a->b.n == (six ? 16 : 4) && inet_ntop(six ? AF_INET6 : AF_INET, a->b.p, text, sizeof text) != NULL) {
        a->text = arena_copy(txn_arena(t), bytes_str(text));
    }
}

static void over(struct conn *c, struct socks_state *s, bool carries)
{
    struct txn *t = s->t;

    txn_done(t, TO_SERVER);
    txn_done(t, TO_CLIENT);
    if (carries) {
        (void)proto_switch(c, NULL, of(s)->to.port);
    } else {
        conn_opaque(c, TO_SERVER);
        conn_opaque(c, TO_CLIENT);
    }
}

static void hello(struct conn *c, struct rd r)
{
    struct socks_state *s = conn_state(c);
    struct socks *d = of(s);
    uint8_t n;

    d->version = rd_u8(&r);
    n = rd_u8(&r);
    for (unsigned i = 0; i < n && d->offered_n < SOCKS_METHODS_MAX; i++) {
        d->offered[d->offered_n++] = rd_u8(&r);
    }
    s->next[TO_SERVER] = UNIT_METHODS;
    s->next[TO_CLIENT] = UNIT_METHOD;
}

static void request_4(struct conn *c, struct rd r)
{
    struct socks_state *s = conn_state(c);
    struct socks *d = of(s);
    bool found;

    d->version = rd_u8(&r);
    d->command = rd_u8(&r);
    d->to.port = rd_be16(&r);
    struct bytes ip = rd_bytes(&r, 4);
    d->to.kind = SOCKS_ADDRESS_V4;
    d->to.b = arena_copy(txn_arena(s->t), ip);
    d->user = arena_copy(txn_arena(s->t), bytes_head(rd_until(&r, '\0', &found), SOCKS_NAME_MAX));
    if (rd_left(&r) != 0) { /* SOCKS 4a */
        d->to.kind = SOCKS_ADDRESS_NAME;
        d->to.b = arena_copy(txn_arena(s->t), bytes_head(rd_until(&r, '\0', &found), SOCKS_NAME_MAX));
    }
    socks_address_write(s->t, &d->to);
    d->has_request = true;
    s->next[TO_SERVER] = UNIT_METHODS;
    s->next[TO_CLIENT] = UNIT_REPLY_4;
    txn_done(s->t, TO_SERVER);
}

static void method(struct conn *c, struct rd r)
{
    struct socks_state *s = conn_state(c);
    struct socks *d = of(s);

    if (rd_u8(&r) != SOCKS_V5) {
        txn_note(s->t, NOTE_MALFORMED_REPLY);
    }
    d->method = s->method = rd_u8(&r);
    d->has_method = true;
    if (d->method == SOCKS_METHOD_REFUSED) {
        txn_note(s->t, NOTE_NO_METHOD);
        over(c, s, false);
    } else if (d->method == SOCKS_METHOD_PASSWORD) {
        s->next[TO_SERVER] = UNIT_PASSWORD;
        s->next[TO_CLIENT] = UNIT_PASSWORD_REPLY;
    } else if (d->method == SOCKS_METHOD_NONE) {
        s->next[TO_SERVER] = UNIT_REQUEST;
        s->next[TO_CLIENT] = UNIT_REPLY;
    } else { /* GSSAPI and others wrap what follows */
        over(c, s, false);
    }
}

/* RFC 1929 2 */
static void password(struct conn *c, struct rd r)
{
    struct socks_state *s = conn_state(c);
    struct socks *d = of(s);

    rd_skip(&r, 1);
    d->user = arena_copy(txn_arena(s->t), rd_bytes(&r, rd_u8(&r)));
    d->password = arena_copy(txn_arena(s->t), rd_bytes(&r, rd_u8(&r)));
    s->next[TO_SERVER] = UNIT_REQUEST;
    txn_note(s->t, NOTE_CLEARTEXT_PASSWORD);
    txn_touch(s->t, TO_SERVER);
}

static void password_reply(struct conn *c, struct rd r)
{
    struct socks_state *s = conn_state(c);
    struct socks *d = of(s);

    rd_skip(&r, 1);
    d->password_answered = true;
    d->password_good = rd_u8(&r) == 0;
    s->next[TO_CLIENT] = UNIT_REPLY;
    if (!d->password_good) { /* the connection must end */
        over(c, s, false);
    }
}

static void request(struct conn *c, struct rd r)
{
    struct socks_state *s = conn_state(c);
    struct socks *d = of(s);

    if (rd_u8(&r) != SOCKS_V5) {
        txn_note(s->t, NOTE_MALFORMED_REQUEST);
    }
    d->command = rd_u8(&r);
    rd_skip(&r, 1);
    socks_address_read(s->t, &r, &d->to);
    socks_address_write(s->t, &d->to);
    d->has_request = true;
    if (d->command < SOCKS_COMMAND_CONNECT || d->command > SOCKS_COMMAND_UDP) {
        txn_note(s->t, NOTE_MALFORMED_REQUEST);
    }
    s->next[TO_SERVER] = UNIT_METHODS;
    txn_done(s->t, TO_SERVER);
}

static void replied(struct conn *c, struct socks_state *s, bool good)
{
    struct socks *d = of(s);

    d->has_reply = true;
    if (good && d->command == SOCKS_COMMAND_BIND && !s->replied) { /* again when the other end has come */
        s->replied = true;
        txn_touch(s->t, TO_CLIENT);
        return;
    }
    if (good && d->command == SOCKS_COMMAND_UDP) {
        socks_udp_expect(c, d);
    }
    over(c, s, good && d->command != SOCKS_COMMAND_UDP);
}

static enum outcome socks_parse(struct conn *c, enum side side, unsigned unit, struct rd r)
{
    struct socks_state *s = conn_state(c);

    if (unit == UNIT_DATAGRAM) {
        return socks_udp(c, side, r);
    }
    if (s->t == NULL && (s->t = txn_new(c)) == NULL) {
        conn_opaque(c, TO_SERVER);
        conn_opaque(c, TO_CLIENT);
        return OUTCOME_BAD;
    }
    struct socks *d = of(s);
    switch (unit) {
    case UNIT_METHODS: hello(c, r); break;
    case UNIT_REQUEST_4: request_4(c, r); break;
    case UNIT_METHOD: method(c, r); break;
    case UNIT_PASSWORD: password(c, r); break;
    case UNIT_PASSWORD_REPLY: password_reply(c, r); break;
    case UNIT_REQUEST: request(c, r); break;
    case UNIT_REPLY:
        rd_skip(&r, 1);
        d->reply = rd_u8(&r);
        rd_skip(&r, 1);
        socks_address_read(s->t, &r, &d->bound);
        replied(c, s, d->reply == 0);
        break;
    default: /* SOCKS 4: a zero, the result, port and address */
        if (rd_u8(&r) != 0) {
            txn_note(s->t, NOTE_MALFORMED_REPLY);
        }
        d->reply = rd_u8(&r);
        d->bound.port = rd_be16(&r);
        d->bound.kind = SOCKS_ADDRESS_V4;
        d->bound.b = arena_copy(txn_arena(s->t), rd_bytes(&r, 4));
        replied(c, s, d->reply == 90);
        break;
    }
    return OUTCOME_OK;
}

/* ------- fields ------- */

#define SOCKS_NUMBER(fn, member, there)                                                                                \
    static bool fn(const struct txn *t, enum side side, unsigned i, uint64_t *out)                                     \
    {                                                                                                                  \
        const struct socks *d = txn_data_const(t);                                                                     \
        (void)side;                                                                                                    \
        *out = d->member;                                                                                              \
        return i == 0 && d->there;                                                                                     \
    }
SOCKS_NUMBER(version, version, version)
SOCKS_NUMBER(command, command, has_request)
SOCKS_NUMBER(port, to.port, has_request)
SOCKS_NUMBER(reply, reply, has_reply)

#define SOCKS_BYTES(fn, value, there)                                                                                  \
    static bool fn(const struct txn *t, enum side side, unsigned i, struct bytes *out)                                 \
    {                                                                                                                  \
        const struct socks *d = txn_data_const(t);                                                                     \
        (void)side;                                                                                                    \
        *out = d->value;                                                                                               \
        return i == 0 && d->value.p != NULL && (there);                                                                \
    }
SOCKS_BYTES(user, user, d->user.n != 0)
SOCKS_BYTES(secret, password, true)
SOCKS_BYTES(host, to.b, d->to.kind == SOCKS_ADDRESS_NAME)

static bool address_type(const struct txn *t, enum side side, unsigned i, uint64_t *out)
{
    const struct socks *d = txn_data_const(t);

    (void)side;
    *out = d->to.kind;
    return i == 0 && d->has_request && d->to.kind != 0;
}

/* The host asked for as text, whatever it was asked by. */
static bool address(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct socks *d = txn_data_const(t);

    (void)side;
    *out = d->to.text;
    return i == 0 && out->p != NULL && out->n != 0;
}

/* How far the handshake is with this direction's last message: as Snort has it. */
enum state { STATE_AUTH = 1, STATE_REQUEST, STATE_ESTABLISHED, STATE_ERROR };

static bool state(const struct txn *t, enum side side, unsigned i, uint64_t *out)
{
    const struct socks *d = txn_data_const(t);
    bool good = d->version == SOCKS_V4 ? d->reply == 90 : d->reply == 0;

    if (side == TO_SERVER) {
        *out = d->has_request ? STATE_REQUEST : STATE_AUTH;
    } else if (d->has_reply) {
        *out = good ? STATE_ESTABLISHED : STATE_ERROR;
    } else {
        *out = d->has_method && d->method == SOCKS_METHOD_REFUSED ? STATE_ERROR : STATE_AUTH;
    }
    return i == 0;
}

/* A name's place in a table whose first place is no name's. */
static const char *const state_names[] = { NULL, "auth", "request_response", "established", "error" };

static const char *const command_names[] = { NULL, "connect", "bind", "udp_associate", "datagrams" };

#define CLIENTS .sides = SIDE_SERVER_BIT, .stage = { [TO_SERVER] = 1 }
static const struct field fields[] = {
    { .name = "socks.version", .type = FIELD_NUMBER, CLIENTS, .number = version, .bits = 8, .log = "version", .help = "4 or 5" },
    { .name = "socks.command", .type = FIELD_NUMBER, CLIENTS, .number = command, .bits = 8, .names = NAMES_LIST(command_names), .help = "1 connect, 2 bind, 3 udp_associate, and 4 datagrams that go by because of it" },
    { .name = "socks.host", .type = FIELD_BYTES, CLIENTS, .bytes = host, .help = "name of the host asked for; not there when it was an address" },
    { .name = "socks.address_type", .type = FIELD_NUMBER, CLIENTS, .number = address_type, .bits = 8, .help = "what the host was asked for by: 1 IPv4, 3 its name, 4 IPv6" },
    { .name = "socks.address", .type = FIELD_BYTES, CLIENTS, .bytes = address, .snort = "socks_remote_address", .help = "the host asked for as text: its name or address" },
    { .name = "socks.state", .type = FIELD_NUMBER, .sides = SIDE_BOTH_BITS, .stage = { 1, 1 }, .number = state, .bits = 8, .names = NAMES_LIST(state_names),
      .help = "how far the handshake is: 1 auth, 2 request_response, 3 established, 4 error" },
    { .name = "socks.port", .type = FIELD_NUMBER, CLIENTS, .number = port, .bits = 16, .help = "port asked for" },
    { .name = "socks.user", .type = FIELD_BYTES, CLIENTS, .bytes = user, .log = "user", .help = "who the client says it is" },
    { .name = "socks.password", .type = FIELD_BYTES, CLIENTS, .bytes = secret, .help = "the password it sent" },
    { .name = "socks.reply", .type = FIELD_NUMBER, .sides = SIDE_CLIENT_BIT, .stage = { [TO_CLIENT] = 1 }, .number = reply, .bits = 8,
      .help = "the proxy's answer: 0 (version 5) or 90 (version 4) is good" },
};

/* ------- records ------- */

static void log_address(struct json *j, const char *key, const struct socks_address *a)
{
    json_object(j, key);
    if (a->kind == SOCKS_ADDRESS_NAME) {
        json_bytes(j, "host", a->b);
    } else {
        address_log(j, "ip", a->b);
    }
    json_u64(j, "port", a->port);
    json_end_object(j);
}

static const char *reply_name(const struct socks *d)
{
    static const char *const five[] = { "succeeded", "general_failure", "not_allowed", "network_unreachable", "host_unreachable", "connection_refused", "ttl_expired",
                                        "command_not_supported", "address_type_not_supported" };
    static const char *const four[] = { "granted", "rejected", "no_identd", "identd_mismatch" };

    if (d->version == SOCKS_V5) {
        return d->reply < ROWS(five) ? five[d->reply] : "unassigned";
    }
    return d->reply >= 90 && d->reply < 90 + ROWS(four) ? four[d->reply - 90] : "unassigned";
}

static void socks_log(const struct txn *t, struct json *j)
{
    const struct socks *d = txn_data_const(t);

    if (d->has_method) {
        json_u64(j, "method", d->method);
    }
    if (d->password_answered) {
        json_string(j, "login", d->password_good ? "succeeded" : "failed");
    }
    if (d->has_request) {
        json_string(j, "command", names_or_unknown(NAMES_LIST(command_names), d->command));
        log_address(j, "request", &d->to);
    }
    if (d->has_reply) {
        json_string(j, "reply", reply_name(d));
        json_u64(j, "reply_code", d->reply);
        log_address(j, "bound", &d->bound);
    }
}

static const struct note_row notes[] = {
    [NOTE_MALFORMED_REQUEST] = { "malformed_request", 0, 0, "a request of another version, or of a command that is not defined" },
    [NOTE_MALFORMED_REPLY] = { "malformed_reply", 0, 0, "a reply of another version" },
    [NOTE_NO_METHOD] = { "no_acceptable_method", 0, 0, "the proxy takes none of the client's ways to log in" },
    [NOTE_CLEARTEXT_PASSWORD] = { "cleartext_password", 0, 0, "user and password as they are (RFC 1929)" },
};

static const struct proto_pattern patterns[] = { { "\x05", 1, 0, 0, TO_SERVER, false }, { "\x04", 1, 0, 0, TO_SERVER, false } };

extern const struct proto proto_socks;
const struct proto proto_socks = {
    .name = "socks",
    .transports = 3,
    .own_transports = 3,
    .by_name = true,
    .whole_never = true, /* Suricata's rules about the stream see it as what it does not know */
    .patterns = patterns,
    .pattern_n = ROWS(patterns),
    .probe = socks_probe,
    .state_size = sizeof(struct socks_state),
    .txn_size = sizeof(struct socks),
    .unit_max = 1024,
    .txn_max = 64,
    .txn_bytes_max = 8192,
    .frame = socks_frame,
    .parse = socks_parse,
    .fields = fields,
    .field_n = ROWS(fields),
    .notes = notes,
    .note_n = ROWS(notes),
    .log = socks_log,
};
