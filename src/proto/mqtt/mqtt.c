/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "proto/mqtt/mqtt.h"

enum { UNIT_MESSAGE, UNIT_HEADER };
enum mqtt_note { MISSING_CONNECT, MISSING_PUBLISH, MISSING_SUBSCRIBE, MISSING_UNSUBSCRIBE, DOUBLE_CONNECT, UNINTRODUCED, INVALID_QOS, MISSING_ID,
                 UNASSIGNED_TYPE, TOO_MANY_TRANSACTIONS, MALFORMED, TOO_MANY_MESSAGES };
enum { SPAN_PDU, SPAN_HEADER, SPAN_DATA };
enum { DONE = 1, HEADER_MAX = 5, TYPES_KEY = 16 };

const char *const mqtt_type_names[16] = { "UNASSIGNED", "CONNECT", "CONNACK",     "PUBLISH",  "PUBACK",  "PUBREC",   "PUBREL",     "PUBCOMP",
                                          "SUBSCRIBE",  "SUBACK",  "UNSUBSCRIBE", "UNSUBACK", "PINGREQ", "PINGRESP", "DISCONNECT", "AUTH" };

struct state {
    bool connected;
    uint8_t version;
    uint32_t skip[2];          /* bytes of a message too long, still to go by */
};

uint32_t mqtt_varint(struct rd *r)
{
    uint32_t v = 0;

    for (unsigned i = 0; i < 4; i++) {
        uint8_t b = rd_u8(r);
        v |= (uint32_t)(b & 0x7f) << 7 * i;
        if ((b & 0x80) == 0) {
            return v;
        }
    }
    rd_fail(r);
    return 0;
}

/* ------- recognition ------- */

static enum probe mqtt_probe(struct rd data, enum side side, bool whole)
{
    struct rd r = data;
    uint8_t type = rd_u8(&r) >> 4, flags = rd_peek(&data).n != 0 ? rd_peek(&data).p[0] & 0xf : 0;
    uint32_t n = mqtt_varint(&r);

    if (!rd_ok(&r)) {
        return rd_left(&data) < HEADER_MAX && !whole ? PROBE_MORE : PROBE_NO;
    }
    if (type == MQTT_UNASSIGNED || (flags & 0x6) == 0x6) {
        return PROBE_NO;
    }
    if (type != MQTT_CONNECT) {
        return n >= 2 || type >= MQTT_PINGREQ ? PROBE_YES : PROBE_NO;
    }
    struct rd name = rd_vec16(&r);
    if (!rd_ok(&r)) {
        return whole ? PROBE_NO : PROBE_MORE;
    }
    if (!bytes_is(rd_peek(&name), "MQTT") && !bytes_is(rd_peek(&name), "MQIsdp")) {
        return PROBE_NO;
    }
    return side == TO_SERVER ? PROBE_YES : PROBE_REVERSED;
}

static const struct proto_pattern patterns[] = {
    { "\0\4MQTT", 6, 2, 11, TO_SERVER, false },
    { "\0\6MQIsdp", 8, 2, 13, TO_SERVER, false },
};

/* ------- framing ------- */

static struct frame mqtt_frame(struct conn *c, enum side side, struct rd data)
{
    struct state *st = conn_state(c);
    const struct mqtt_settings *set = conn_settings(c);
    size_t have = rd_left(&data);

    if (st->skip[side] != 0) {
        uint32_t n = st->skip[side];
        st->skip[side] = 0;
        return (struct frame){ FRAME_BODY, 0, n };
    }
    (void)rd_u8(&data);
    uint32_t n = mqtt_varint(&data);
    if (!rd_ok(&data)) {
        return have < HEADER_MAX ? (struct frame){ FRAME_MORE, 0, have + 1 } : (struct frame){ FRAME_BAD, 0, 0 };
    }
    size_t head = have - rd_left(&data);
    if (n > set->message_max) {
        return (struct frame){ FRAME_UNIT, UNIT_HEADER, head };
    }
    return have >= head + n ? (struct frame){ FRAME_UNIT, UNIT_MESSAGE, head + n } : (struct frame){ FRAME_MORE, 0, head + n };
}

/* ------- reading ------- */

struct reading {
    struct arena *arena;
    struct mqtt_message *m;
};

static struct bytes read_text(struct reading *g, struct rd *r)
{
    struct rd v = rd_vec16(r);

    return arena_copy(g->arena, rd_rest(&v));
}

/* Properties are there since version 5 (2.2.2); they are checked once and kept as they are. */
static struct bytes read_properties(struct reading *g, struct rd *r)
{
    if (g->m->version < 5) {
        return bytes_none();
    }
    struct rd all = rd_sub(r, mqtt_varint(r));
    struct bytes b = rd_peek(&all);
    while (rd_left(&all) != 0) {
        if (!mqtt_property(&all, NULL, NULL)) {
            rd_fail(r);
            return bytes_none();
        }
    }
    return arena_copy(g->arena, b);
}

static void read_connect(struct reading *g, struct rd *r)
{
    struct mqtt_message *m = g->m;

    m->protocol = read_text(g, r);
    m->version = rd_u8(r);
    m->connect_flags = rd_u8(r);
    rd_skip(r, 2); /* keep alive */
    m->properties = read_properties(g, r);
    m->client = read_text(g, r);
    if ((m->connect_flags & MQTT_WILL) != 0) {
        m->will_properties = read_properties(g, r);
        m->will_topic = read_text(g, r);
        m->will_message = read_text(g, r);
    }
    if ((m->connect_flags & MQTT_USERNAME) != 0) {
        m->username = read_text(g, r);
    }
    if ((m->connect_flags & MQTT_PASSWORD) != 0) {
        m->password = read_text(g, r);
    }
}

static void read_id(struct reading *g, struct rd *r)
{
    g->m->id = rd_be16(r);
    g->m->has_id = rd_ok(r);
}

static void read_publish(struct reading *g, struct rd *r)
{
    g->m->topic = read_text(g, r);
    if ((g->m->flags & 0x6) != 0) { /* an identifier goes with QoS 1 and 2 only (3.3.2.2) */
        read_id(g, r);
    }
    g->m->properties = read_properties(g, r);
    g->m->payload = arena_copy(g->arena, rd_rest(r));
}

/* Acknowledgements: since version 5 a reason and properties may follow, when they say more than success (3.4.2.1). */
static void read_acknowledgement(struct reading *g, struct rd *r)
{
    read_id(g, r);
    if (g->m->version >= 5 && rd_left(r) != 0) {
        g->m->code = rd_u8(r);
        g->m->has_code = true;
        if (rd_left(r) != 0) {
            g->m->properties = read_properties(g, r);
        }
    } else if (g->m->version >= 5) {
        g->m->has_code = true;
    }
}

static void read_topics(struct reading *g, struct rd *r, bool qos)
{
    struct mqtt_topic **end = &g->m->topics;

    read_id(g, r);
    g->m->properties = read_properties(g, r);
    while (rd_left(r) != 0) {
        struct mqtt_topic *t = arena_zero(g->arena, sizeof *t);
        if (t == NULL) {
            return;
        }
        t->name = read_text(g, r);
        t->qos = qos ? rd_u8(r) & 3 : 0;
        if (!rd_ok(r)) {
            return;
        }
        *end = t;
        end = &t->next;
    }
}

/* A body of fewer than two bytes counts as success, as Suricata has it, though a lone reason may stand there (3.14.2.1). */
static void read_code(struct reading *g, struct rd *r)
{
    if (g->m->version >= 5) {
        g->m->has_code = true;
        if (rd_left(r) >= 2) {
            g->m->code = rd_u8(r);
            g->m->properties = read_properties(g, r);
        } else {
            rd_skip(r, rd_left(r));
        }
    }
}

/* The message behind its fixed header; false: malformed. */
static bool read_message(struct reading *g, struct rd *r)
{
    switch ((enum mqtt_type)g->m->type) {
    case MQTT_CONNECT: read_connect(g, r); break;
    case MQTT_CONNACK:
        g->m->connect_flags = rd_u8(r) & 1;
        g->m->code = rd_u8(r);
        g->m->has_code = true;
        g->m->properties = read_properties(g, r);
        break;
    case MQTT_PUBLISH: read_publish(g, r); break;
    case MQTT_PUBACK:
    case MQTT_PUBREC:
    case MQTT_PUBREL:
    case MQTT_PUBCOMP: read_acknowledgement(g, r); break;
    case MQTT_SUBSCRIBE:
    case MQTT_UNSUBSCRIBE: read_topics(g, r, g->m->type == MQTT_SUBSCRIBE); break;
    case MQTT_SUBACK:
    case MQTT_UNSUBACK:
        read_id(g, r);
        g->m->properties = read_properties(g, r);
        g->m->codes = arena_copy(g->arena, rd_rest(r));
        break;
    case MQTT_DISCONNECT:
    case MQTT_AUTH: read_code(g, r); break;
    case MQTT_UNASSIGNED:
    case MQTT_PINGREQ:
    case MQTT_PINGRESP: break;
    default: break;
    }
    return rd_ok(r);
}

/* ------- exchanges ------- */

/* For each message: the exchange it belongs to (the type that opens it, 0: it is one of its own), whether it ends it, and what is
 * noted when there is no such exchange. */
static const struct exchange {
    uint8_t opener;
    bool ends;
    uint8_t missing;
} exchanges[16] = {
    [MQTT_CONNECT] = { MQTT_CONNECT, false, 0 },       [MQTT_CONNACK] = { MQTT_CONNECT, true, MISSING_CONNECT },
    [MQTT_PUBLISH] = { MQTT_PUBLISH, false, 0 },       [MQTT_PUBACK] = { MQTT_PUBLISH, true, MISSING_PUBLISH },
    [MQTT_PUBREC] = { MQTT_PUBLISH, false, MISSING_PUBLISH }, [MQTT_PUBREL] = { MQTT_PUBLISH, false, MISSING_PUBLISH },
    [MQTT_PUBCOMP] = { MQTT_PUBLISH, true, MISSING_PUBLISH }, [MQTT_SUBSCRIBE] = { MQTT_SUBSCRIBE, false, 0 },
    [MQTT_SUBACK] = { MQTT_SUBSCRIBE, true, MISSING_SUBSCRIBE }, [MQTT_UNSUBSCRIBE] = { MQTT_UNSUBSCRIBE, false, 0 },
    [MQTT_UNSUBACK] = { MQTT_UNSUBSCRIBE, true, MISSING_UNSUBSCRIBE },
};


static uint32_t key_of(const struct mqtt_message *m) { return (uint32_t)exchanges[m->type].opener << TYPES_KEY | (m->has_id ? m->id : 0); }

static struct txn *exchange_find(struct conn *c, uint32_t key)
{
    for (struct txn *t = txn_last_open(c); t != NULL; t = txn_older_open(t)) {
        const struct mqtt *d = txn_data_const(t);
        if (!t->complete[TO_SERVER] && d->key == key) {
            return t;
        }
    }
    return NULL;
}

static bool opens(const struct mqtt_message *m) { return exchanges[m->type].opener == m->type; }

/* Does the exchange end with this message? */
static bool ends(const struct mqtt_message *m)
{
    if (m->truncated || exchanges[m->type].opener == 0 || exchanges[m->type].ends) {
        return true;
    }
    return m->type == MQTT_PUBLISH && !m->has_id; /* QoS 0 is not acknowledged */
}

static void message_notes(struct txn *t, const struct state *st, const struct mqtt_message *m)
{
    if ((m->flags & 0x6) == 0x6) { /* 3.3.1.2 */
        txn_note(t, INVALID_QOS);
    }
    if (m->type == MQTT_UNASSIGNED) {
        txn_note(t, UNASSIGNED_TYPE);
    }
    if (m->type == MQTT_CONNECT && st->connected) { /* 3.1: a second one is a violation */
        txn_note(t, DOUBLE_CONNECT);
    }
    if (m->type != MQTT_CONNECT && m->type != MQTT_CONNACK && !st->connected) {
        txn_note(t, UNINTRODUCED);
    }
}

/* Puts the message, whose bytes lie in the transaction made for it or found, where it belongs. */
static enum outcome message_add(struct conn *c, enum side side, struct rd *r, struct mqtt_message head)
{
    struct state *st = conn_state(c);
    const struct mqtt_settings *set = conn_settings(c);
    struct mqtt_message peek = head;
    bool known = !opens(&head) && exchanges[head.type].opener != 0, with_id = known && head.type != MQTT_CONNACK;
    struct txn *t = NULL;

    if (with_id && !head.truncated) { /* the identifier stands first in every answer */
        struct rd id = *r;
        peek.id = rd_be16(&id);
        peek.has_id = rd_ok(&id);
    }
    if (known && !head.truncated) {
        t = exchange_find(c, key_of(&peek));
    }
    bool missing = known && !head.truncated && t == NULL;
    if (t == NULL && (t = txn_new(c)) == NULL) {
        return OUTCOME_OK;
    }
    struct mqtt *d = txn_data(t);
    struct mqtt_message *m = d->n < set->messages_max ? arena_take(txn_arena(t), sizeof *m) : NULL;
    if (m == NULL) {
        txn_note(t, TOO_MANY_MESSAGES);
        txn_done(t, TO_SERVER);
        txn_done(t, TO_CLIENT);
        return OUTCOME_OK;
    }
    *m = head;
    struct reading g = { txn_arena(t), m };
    bool ok = m->truncated || read_message(&g, r);
    *(d->last != NULL ? &d->last->next : &d->first) = m;
    d->last = m;
    d->n++;
    if (d->n == 1) {
        d->key = key_of(m);
    }
    if (!ok) {
        txn_note(t, MALFORMED);
    }
    message_notes(t, st, m);
    if (missing) {
        txn_note(t, exchanges[m->type].missing);
    }
    if (m->type == MQTT_PUBLISH && (m->flags & 0x6) != 0 && !m->has_id && !m->truncated) {
        txn_note(t, MISSING_ID);
    }
    if (m->type == MQTT_CONNECT && ok) {
        st->version = m->version;
    }
    st->connected |= m->type == MQTT_CONNACK && !missing;
    t->skip_inspect[TO_CLIENT] = true; /* an exchange is looked at once, whole */
    txn_touch(t, side);
    if (!ok || missing || ends(m)) {
        txn_done(t, TO_SERVER);
        txn_done(t, TO_CLIENT);
    }
    return ok ? OUTCOME_OK : OUTCOME_BAD;
}

static enum outcome mqtt_parse(struct conn *c, enum side side, unsigned unit, struct rd bytes)
{
    struct state *st = conn_state(c);
    size_t all = rd_left(&bytes);
    uint8_t first = rd_u8(&bytes);
    struct mqtt_message m = { .type = first >> 4, .flags = first & 0xf, .version = st->version, .length = mqtt_varint(&bytes) };
    size_t head = all - rd_left(&bytes);

    conn_span(c, side, SPAN_PDU, 0, head + m.length, NULL);
    conn_span(c, side, SPAN_HEADER, 0, head, NULL);
    conn_span(c, side, SPAN_DATA, head, m.length, NULL);
    if (unit == UNIT_HEADER) {
        m.truncated = true;
        st->skip[side] = m.length;
    }
    return message_add(c, side, &bytes, m);
}

/* What a peer sends after a gap cannot be told apart from the rest of a message. */
static void mqtt_gap(struct conn *c, enum side side, uint64_t n, bool in_body)
{
    (void)n;
    if (!in_body) {
        conn_note(c, side, MALFORMED);
    }
}

/* ------- fields ------- */

static const struct mqtt_message *message_of(const struct txn *t, unsigned type)
{
    const struct mqtt *d = txn_data_const(t);
    const struct mqtt_message *m = d->first;

    while (m != NULL && m->type != type) {
        m = m->next;
    }
    return m;
}

static const struct mqtt_message *message_at(const struct txn *t, unsigned i)
{
    const struct mqtt *d = txn_data_const(t);
    const struct mqtt_message *m = d->first;

    while (m != NULL && i-- != 0) {
        m = m->next;
    }
    return m;
}

#define MESSAGE_BYTES(name, of, member)                                                                                \
    static bool name(const struct txn *t, enum side side, unsigned i, struct bytes *out)                               \
    {                                                                                                                  \
        const struct mqtt_message *m = message_of(t, of);                                                              \
        (void)side;                                                                                                    \
        if (i != 0 || m == NULL || m->member.p == NULL) {                                                              \
            return false;                                                                                              \
        }                                                                                                              \
        *out = m->member;                                                                                              \
        return true;                                                                                                   \
    }
MESSAGE_BYTES(client, MQTT_CONNECT, client)
MESSAGE_BYTES(username, MQTT_CONNECT, username)
MESSAGE_BYTES(password, MQTT_CONNECT, password)
MESSAGE_BYTES(protocol_string, MQTT_CONNECT, protocol)
MESSAGE_BYTES(will_topic, MQTT_CONNECT, will_topic)
MESSAGE_BYTES(will_message, MQTT_CONNECT, will_message)
MESSAGE_BYTES(publish_topic, MQTT_PUBLISH, topic)
MESSAGE_BYTES(publish_message, MQTT_PUBLISH, payload)

/* Brokers publish it below $SYS, to whoever subscribes to that. */
static bool broker_version(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    return publish_topic(t, side, i, out) && bytes_is(*out, "$SYS/broker/version") && publish_message(t, side, i, out);
}

static bool topic_at(const struct txn *t, unsigned type, unsigned i, unsigned max, struct bytes *out)
{
    const struct mqtt_message *m = message_of(t, type);
    const struct mqtt_topic *at = m != NULL && (max == 0 || i < max) ? m->topics : NULL;

    while (at != NULL && i-- != 0) {
        at = at->next;
    }
    if (at != NULL) {
        *out = at->name;
    }
    return at != NULL;
}

static bool subscribe_topic(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct mqtt_settings *s = conn_settings(t->conn);

    (void)side;
    return topic_at(t, MQTT_SUBSCRIBE, i, s->subscribe_max, out);
}

static bool unsubscribe_topic(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct mqtt_settings *s = conn_settings(t->conn);

    (void)side;
    return topic_at(t, MQTT_UNSUBSCRIBE, i, s->unsubscribe_max, out);
}

/* A number of each message. */
#define MESSAGE_NUMBER(name, value)                                                                                    \
    static bool name(const struct txn *t, enum side side, unsigned i, uint64_t *out)                                   \
    {                                                                                                                  \
        const struct mqtt_message *m = message_at(t, i);                                                               \
        (void)side;                                                                                                    \
        if (m == NULL) {                                                                                               \
            return false;                                                                                              \
        }                                                                                                              \
        *out = (value);                                                                                                \
        return true;                                                                                                   \
    }
MESSAGE_NUMBER(type_number, m->type)
MESSAGE_NUMBER(qos, m->flags >> 1 & 3)
MESSAGE_NUMBER(flags, m->flags)

static bool connect_flags(const struct txn *t, enum side side, unsigned i, uint64_t *out)
{
    const struct mqtt_message *m = message_of(t, MQTT_CONNECT);

    (void)side;
    *out = m != NULL ? m->connect_flags : 0;
    return i == 0 && m != NULL && !m->truncated;
}

static bool version(const struct txn *t, enum side side, unsigned i, uint64_t *out)
{
    const struct state *st = conn_state(t->conn);

    (void)side;
    *out = st->version;
    return i == 0 && st->version != 0;
}

static bool session_present(const struct txn *t, enum side side, unsigned i, uint64_t *out)
{
    const struct mqtt_message *m = message_of(t, MQTT_CONNACK);

    (void)side;
    *out = m != NULL ? m->connect_flags & 1 : 0;
    return i == 0 && m != NULL;
}

/* Reason codes of all messages: one each, or a list (SUBACK, UNSUBACK). */
static bool reason_code(const struct txn *t, enum side side, unsigned i, uint64_t *out)
{
    const struct mqtt *d = txn_data_const(t);

    (void)side;
    for (const struct mqtt_message *m = d->first; m != NULL; m = m->next) {
        unsigned n = m->codes.n != 0 ? (unsigned)m->codes.n : m->has_code;
        if (i < n) {
            *out = m->codes.n != 0 ? m->codes.p[i] : m->code;
            return true;
        }
        i -= n;
    }
    return false;
}

static const struct code bits[] = { { MQTT_RETAIN, "retain" }, { MQTT_DUP, "dup" } };
static const struct code connect_bits[] = { { MQTT_CLEAN, "clean_session" }, { MQTT_WILL, "will" }, { MQTT_WILL_RETAIN, "will_retain" },
                                            { MQTT_PASSWORD, "password" }, { MQTT_USERNAME, "username" } };

#define EACH .sides = SIDE_SERVER_BIT, .stage = { DONE, DONE }
static const struct field mqtt_fields[] = {
    { .name = "mqtt.type", .type = FIELD_NUMBER, EACH, .number = type_number, .bits = 8, .names = NAMES_LIST(mqtt_type_names), .help = "type of each message: CONNECT, PUBLISH …" },
    { .name = "mqtt.qos", .type = FIELD_NUMBER, EACH, .number = qos, .bits = 8, .help = "quality of service of each message" },
    { .name = "mqtt.flags", .type = FIELD_NUMBER, EACH, .number = flags, .bits = 8, .flags = FIELD_BITS, .names = NAMES_CODES(bits), .help = "low four bits of each message's first byte" },
    { .name = "mqtt.connect.flags", .type = FIELD_NUMBER, EACH, .number = connect_flags, .bits = 8, .flags = FIELD_BITS, .names = NAMES_CODES(connect_bits), .help = "flags of CONNECT" },
    { .name = "mqtt.protocol_version", .type = FIELD_NUMBER, EACH, .number = version, .bits = 8, .help = "3, 4 (3.1.1) or 5, as CONNECT said" },
    { .name = "mqtt.reason_code", .aliases = "mqtt.connack.return_code", .type = FIELD_NUMBER, EACH, .number = reason_code, .bits = 8,
      .help = "each reason or return code" },
    { .name = "mqtt.connack.session_present", .type = FIELD_FLAG, EACH, .number = session_present, .help = "CONNACK says that a session is there" },
    { .name = "mqtt.connect.clientid", .type = FIELD_BYTES, EACH, .bytes = client, .help = "client identifier" },
    { .name = "mqtt.connect.username", .type = FIELD_BYTES, EACH, .bytes = username, .help = "user name" },
    { .name = "mqtt.connect.password", .type = FIELD_BYTES, EACH, .bytes = password, .help = "password" },
    { .name = "mqtt.connect.protocol_string", .type = FIELD_BYTES, EACH, .bytes = protocol_string, .help = "MQTT or MQIsdp" },
    { .name = "mqtt.connect.willtopic", .type = FIELD_BYTES, EACH, .bytes = will_topic, .help = "topic of the last will" },
    { .name = "mqtt.connect.willmessage", .type = FIELD_BYTES, EACH, .bytes = will_message, .help = "message of the last will" },
    { .name = "mqtt.publish.topic", .type = FIELD_BYTES, EACH, .bytes = publish_topic, .help = "topic published to" },
    { .name = "mqtt.publish.message", .type = FIELD_BYTES, EACH, .bytes = publish_message, .help = "message published" },
    { .name = "mqtt.broker_version", .type = FIELD_BYTES, EACH, .bytes = broker_version, .sign = SIGN_SOFTWARE, .help = "what the broker publishes as its version" },
    { .name = "mqtt.subscribe.topic", .type = FIELD_LIST, EACH, .bytes = subscribe_topic, .help = "each topic subscribed to" },
    { .name = "mqtt.unsubscribe.topic", .type = FIELD_LIST, EACH, .bytes = unsubscribe_topic, .help = "each topic unsubscribed from" },
};

static const struct note_row mqtt_notes[] = {
    [MISSING_CONNECT] = { "missing_connect", 0, 0, "CONNACK without CONNECT" },
    [MISSING_PUBLISH] = { "missing_publish", 0, 0, "an acknowledgement of no PUBLISH" },
    [MISSING_SUBSCRIBE] = { "missing_subscribe", 0, 0, "SUBACK without SUBSCRIBE" },
    [MISSING_UNSUBSCRIBE] = { "missing_unsubscribe", 0, 0, "UNSUBACK without UNSUBSCRIBE" },
    [DOUBLE_CONNECT] = { "double_connect", 0, 0, "CONNECT in a session that is there" },
    [UNINTRODUCED] = { "unintroduced_message", 0, 0, "a message before the session was accepted" },
    [INVALID_QOS] = { "invalid_qos_level", 0, 0, "quality of service 3" },
    [MISSING_ID] = { "missing_msg_id", 0, 0, "a message that needs an identifier has none" },
    [UNASSIGNED_TYPE] = { "unassigned_msg_type", 0, 0, "message type 0" },
    [TOO_MANY_TRANSACTIONS] = { "too_many_transactions", 0, 0, "more open exchanges than max-tx" },
    [MALFORMED] = { "malformed_traffic", 0, 0, "a message does not hold what its type says" },
    [TOO_MANY_MESSAGES] = { "too_many_messages", 0, 0, "more messages in an exchange than are kept" },
};

static const char *const mqtt_spans[] = { "pdu", "header", "data", NULL };
static const struct proto_state request_states[] = { { "request_started", 0 }, { "request_complete", DONE }, { NULL, 0 } };
static const struct proto_state response_states[] = { { "response_started", 0 }, { "response_complete", DONE }, { NULL, 0 } };

#define OFFSET(member) offsetof(struct mqtt_settings, member)
static const struct option_row mqtt_options[] = {
    { "app-layer.protocols.mqtt.max-msg-length", OPTION_BYTES, OFFSET(message_max), "1 MiB", NULL, 1, 256 << 20, "bytes",
      "a longer message is not read; its record tells its length" },
    { "app-layer.protocols.mqtt.subscribe-topic-match-limit", OPTION_U32, OFFSET(subscribe_max), "100", NULL, 0, 0, "topics",
      "topics of a SUBSCRIBE that rules look at, 0: all" },
    { "app-layer.protocols.mqtt.unsubscribe-topic-match-limit", OPTION_U32, OFFSET(unsubscribe_max), "100", NULL, 0, 0, "topics",
      "topics of an UNSUBSCRIBE that rules look at, 0: all" },
    { "app-layer.protocols.mqtt.max-tx", OPTION_U32, OFFSET(txn_max), "1024", NULL, 1, 65536, NULL,
      "live transactions of a flow; each message looks through all that are open" },
    { "app-layer.protocols.mqtt.max-messages", OPTION_U32, OFFSET(messages_max), "1024", NULL, 1, 65536, "messages", "messages kept of one exchange" },
    { "log.passwords", OPTION_BOOL, OFFSET(passwords), "yes", NULL, 0, 0, NULL, "passwords stand in records" },
    { "log.string-log-limit", OPTION_BYTES, OFFSET(string_max), "1 KiB", NULL, 0, 0, "bytes", "longer strings are cut in records, 0: none are" },
};

const struct proto proto_mqtt = {
    .name = "mqtt",
    .ports = "tcp/1883",
    .transports = 1,
    .patterns = patterns,
    .pattern_n = ROWS(patterns),
    .probe = mqtt_probe,
    .state_size = sizeof(struct state),
    .txn_size = sizeof(struct mqtt),
    .unit_max = (256 << 20) + HEADER_MAX,
    .max_tx = MAX_TX(struct mqtt_settings, txn_max), .max_tx_note = TOO_MANY_TRANSACTIONS,
    .txn_bytes_max = 4 << 20,
    .frame = mqtt_frame,
    .parse = mqtt_parse,
    .gap = mqtt_gap,
    .states = { request_states, response_states },
    .spans = mqtt_spans,
    .fields = mqtt_fields,
    .field_n = ROWS(mqtt_fields),
    .notes = mqtt_notes,
    .note_n = ROWS(mqtt_notes),
    .log = mqtt_log,
    .options = mqtt_options,
    .option_n = ROWS(mqtt_options),
    .settings_size = sizeof(struct mqtt_settings),
};
