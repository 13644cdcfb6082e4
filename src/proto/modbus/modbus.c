/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * modbus - Modbus over TCP (MODBUS Messaging on TCP/IP Implementation Guide V1.0b): messages, exchanges, and what rules can ask.
 */
#include "proto/modbus/modbus.h"

enum { UNIT_MESSAGE, UNIT_HEAD };
enum { HEAD_LEN = 6 /* identifiers and length */, LENGTH_LEAST = 2, LENGTH_MOST = 254 /* 4.1: 253 octets of function and data, and the unit */ };

struct settings {
    uint32_t flood;           /* request-flood */
    uint64_t depth;           /* stream-depth */
};

struct state {
    uint32_t open;            /* requests without an answer */
    uint32_t skip[2];         /* octets of a message that is not read */
    bool flooded, depth_set;
};

static enum probe modbus_probe(struct rd data, enum side side, bool whole)
{
    size_t have = rd_left(&data);

    (void)side;
    rd_skip(&data, 2);
    uint16_t protocol = rd_be16(&data), length = rd_be16(&data);
    rd_skip(&data, 1);
    uint8_t function = rd_u8(&data);
    if (!rd_ok(&data)) {
        return whole || (have >= 4 && protocol != 0) ? PROBE_NO : PROBE_MORE;
    }
    return protocol == 0 && length >= LENGTH_LEAST && length <= LENGTH_MOST && (function & 0x7f) != 0 ? PROBE_YES : PROBE_NO;
}

static struct frame modbus_frame(struct conn *c, enum side side, struct rd data)
{
    struct state *s = conn_state(c);
    const struct settings *set = conn_settings(c);
    size_t have = rd_left(&data);

    if (!s->depth_set) {
        s->depth_set = true;
        conn_depth(c, set->depth);
    }
    if (s->skip[side] != 0) {
        uint32_t n = s->skip[side];
        s->skip[side] = 0;
        return (struct frame){ FRAME_BODY, 0, n };
    }
    rd_skip(&data, 4);
    uint16_t length = rd_be16(&data);
    if (!rd_ok(&data)) {
        return (struct frame){ FRAME_MORE, 0, HEAD_LEN };
    }
    if (length < LENGTH_LEAST || length > LENGTH_MOST) {
        return (struct frame){ FRAME_UNIT, UNIT_HEAD, HEAD_LEN };
    }
    size_t n = (size_t)HEAD_LEN + length;
    return have >= n ? (struct frame){ FRAME_UNIT, UNIT_MESSAGE, n } : (struct frame){ FRAME_MORE, 0, n };
}

/* ------- exchanges ------- */

enum { OPEN_MAX = 1024 }; /* each answer looks through all that wait */

static struct txn *exchange_find(struct conn *c, const struct modbus_message *response)
{
    for (struct txn *t = txn_first_open(c); t != NULL; t = t->next) {
        const struct modbus *d = txn_data_const(t);
        const struct modbus_message *q = &d->request;
        if (q->there && !d->response.there && q->transaction == response->transaction && q->unit == response->unit &&
            (q->function & 0x7f) == (response->function & 0x7f)) {
            return t;
        }
    }
    return NULL;
}

static void note_flags(struct txn *t, unsigned flags)
{
    static const struct { uint8_t flag, note; } rows[] = { { FLAG_VALUE, MODBUS_VALUE }, { FLAG_LENGTH, MODBUS_LENGTH }, { FLAG_EXCEPTION, MODBUS_EXCEPTION },
        { FLAG_FUNCTION, MODBUS_FUNCTION }, { FLAG_PROTOCOL, MODBUS_PROTOCOL_ID } };

    for (unsigned i = 0; i < ROWS(rows); i++) {
        if ((flags & rows[i].flag) != 0) {
            txn_note(t, rows[i].note);
        }
    }
}

/* Octets behind the unit identifier; a message that is not read has none. */
static void message_read(const struct conn *c, struct modbus_message *m, bool request, unsigned unit, struct rd r, struct arena *a)
{
    m->there = true;
    if (unit == UNIT_MESSAGE && conn_asked(c)) {
        m->data = arena_copy(a, rd_peek(&r));
    }
    m->flags |= m->protocol != 0 ? FLAG_PROTOCOL : 0;
    if (unit == UNIT_HEAD) {
        m->flags |= FLAG_LENGTH;
    } else {
        modbus_read(m, request, r, a);
    }
}

static void request_add(struct conn *c, unsigned unit, const struct modbus_message *head, struct rd r)
{
    struct state *s = conn_state(c);
    const struct settings *set = conn_settings(c);
    struct txn *t = txn_new_within(c, OPEN_MAX, MODBUS_FLOODED);

    if (t == NULL) {
        return;
    }
    struct modbus *d = txn_data(t);
    d->request = *head;
    message_read(c, &d->request, true, unit, r, txn_arena(t));
    note_flags(t, d->request.flags);
    s->open++;
    if (set->flood != 0 && s->open > set->flood && !s->flooded) {
        s->flooded = true;
        txn_note(t, MODBUS_FLOODED);
    }
    txn_done(t, TO_SERVER);
}

static void response_add(struct conn *c, unsigned unit, const struct modbus_message *head, struct rd r)
{
    struct state *s = conn_state(c);
    struct txn *t = unit == UNIT_MESSAGE ? exchange_find(c, head) : NULL;
    bool asked = t != NULL;

    if (!asked && (t = txn_new_within(c, OPEN_MAX, MODBUS_FLOODED)) == NULL) {
        return;
    }
    struct modbus *d = txn_data(t);
    d->response = *head;
    message_read(c, &d->response, false, unit, r, txn_arena(t));
    if (!asked) {
        txn_note(t, MODBUS_UNSOLICITED);
        t->skip_inspect[TO_SERVER] = true;
        txn_done(t, TO_SERVER);
    } else {
        s->open -= s->open != 0;
        s->flooded = false;
    }
    if (asked && !modbus_agree(&d->request, &d->response)) {
        d->response.flags |= d->response.flags & FLAG_LENGTH ? 0 : FLAG_VALUE;
        txn_note(t, MODBUS_MISMATCH);
    } else {
        note_flags(t, d->response.flags);
    }
    txn_done(t, TO_CLIENT);
}

static enum outcome modbus_parse(struct conn *c, enum side side, unsigned unit, struct rd bytes)
{
    struct state *s = conn_state(c);
    struct modbus_message head = { .transaction = rd_be16(&bytes) };
    head.protocol = rd_be16(&bytes);
    uint16_t length = rd_be16(&bytes);

    if (unit == UNIT_MESSAGE) {
        head.unit = rd_u8(&bytes);
        head.function = rd_u8(&bytes);
    } else {
        s->skip[side] = length;
    }
    if (side == TO_SERVER) {
        request_add(c, unit, &head, bytes);
    } else {
        response_add(c, unit, &head, bytes);
    }
    return OUTCOME_OK;
}

/* ------- fields ------- */

/* What rules look at: a request, or a response to none. */
static const struct modbus_message *message_of(const struct txn *t, enum side side)
{
    const struct modbus *d = txn_data_const(t);

    return side == TO_SERVER ? &d->request : d->request.there ? NULL : &d->response;
}

#define MESSAGE_NUMBER(fn, there_is, value)                                                                            \
    static bool fn(const struct txn *t, enum side side, unsigned i, uint64_t *out)                                     \
    {                                                                                                                  \
        const struct modbus_message *m = message_of(t, side);                                                          \
        if (i != 0 || m == NULL || !m->there || !(there_is)) {                                                         \
            return false;                                                                                              \
        }                                                                                                              \
        *out = (value);                                                                                                \
        return true;                                                                                                   \
    }
MESSAGE_NUMBER(unit_id, true, m->unit)
MESSAGE_NUMBER(function, true, m->function)
MESSAGE_NUMBER(subfunction, m->has_code, m->code)
MESSAGE_NUMBER(category, true, m->category)
MESSAGE_NUMBER(access, true, m->access)
MESSAGE_NUMBER(read_address, m->has_read, m->read_address)
MESSAGE_NUMBER(read_quantity, m->has_read, m->read_quantity)
MESSAGE_NUMBER(write_address, m->has_write || m->has_mask, m->write_address)
MESSAGE_NUMBER(write_quantity, m->has_write || m->has_mask, m->many ? m->write_quantity : 1)

static bool value(const struct txn *t, enum side side, unsigned i, uint64_t *out)
{
    const struct modbus_message *m = message_of(t, side);
    uint16_t v;

    if (m == NULL || !modbus_value(m, i, &v)) {
        return false;
    }
    *out = v;
    return true;
}

static bool data(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct modbus *d = txn_data_const(t);
    const struct modbus_message *m = side == TO_SERVER ? &d->request : &d->response;

    *out = m->data;
    return i == 0 && m->there && out->p != NULL;
}

#define NUMBER_ROW(rule_name, getter, width, text)                                                                     \
    { .name = rule_name, .type = FIELD_NUMBER, .sides = SIDE_BOTH_BITS, .stage = { 1, 1 }, .number = getter, .bits = width, .help = text }
static const struct field fields[] = {
    NUMBER_ROW("modbus.unit", unit_id, 8, "unit that a request is for"),
    NUMBER_ROW("modbus.function", function, 8, "function code of a request"),
    NUMBER_ROW("modbus.subfunction", subfunction, 16, "code of diagnostics, or of an encapsulated interface"),
    NUMBER_ROW("modbus.category", category, 8, "1 public and assigned, 2 public and not assigned, 4 user-defined, 8 reserved"),
    NUMBER_ROW("modbus.access", access, 16, "bits: 1 read, 2 write, 4 discretes, 8 coils, 16 input, 32 holding registers, 64 single, 128 multiple"),
    NUMBER_ROW("modbus.read_address", read_address, 16, "first address that is read, as on the wire"),
    NUMBER_ROW("modbus.read_quantity", read_quantity, 16, "how many are read"),
    NUMBER_ROW("modbus.write_address", write_address, 16, "first address that is written, as on the wire"),
    NUMBER_ROW("modbus.write_quantity", write_quantity, 16, "how many are written"),
    NUMBER_ROW("modbus.value", value, 16, "each value that is written"),
    { .name = "modbus.data", .type = FIELD_BYTES, .flags = FIELD_DEMAND, .sides = SIDE_BOTH_BITS, .stage = { 1, 1 }, .bytes = data, .snort = "modbus_data",
      .help = "what is behind the function code" },
};

/* ------- row ------- */

static const struct note_row notes[] = {
    [MODBUS_PROTOCOL_ID] = { "invalid_protocol_id", 0, 0, "the protocol identifier is not 0" },
    [MODBUS_UNSOLICITED] = { "unsolicited_response", 0, 0, "a response to no request" },
    [MODBUS_LENGTH] = { "invalid_length", 0, 0, "a message's length is none, or not that of its function" },
    [MODBUS_UNIT] = { "invalid_unit_identifier", 0, 0, "never raised (Suricata neither): units are not checked" },
    [MODBUS_FUNCTION] = { "invalid_function_code", 0, 0, "a request with function code 0 or above 127" },
    [MODBUS_VALUE] = { "invalid_value", 0, 0, "a quantity or value that the function does not allow" },
    [MODBUS_EXCEPTION] = { "invalid_exception_code", 0, 0, "an exception code that is not in use" },
    [MODBUS_MISMATCH] = { "value_mismatch", 0, 0, "a response does not say what the request asked for" },
    [MODBUS_FLOODED] = { "flooded", 0, 0, "more requests without an answer than the setting request-flood allows" },
};

static const struct option_row options[] = {
    { "app-layer.protocols.modbus.request-flood", OPTION_U32, offsetof(struct settings, flood), "500", NULL, 0, 0, NULL,
      "requests without an answer before a flood is noted; 0: never" },
    { "app-layer.protocols.modbus.stream-depth", OPTION_BYTES, offsetof(struct settings, depth), "0", NULL, 0, 0, "bytes",
      "of a direction that are read; 0: all" },
};

extern const struct proto proto_modbus;
const struct proto proto_modbus = {
    .name = "modbus",
    .ports = "tcp/502",
    .transports = 1,
    .first_server = true,
    .probe = modbus_probe,
    .state_size = sizeof(struct state),
    .txn_size = sizeof(struct modbus),
    .unit_max = HEAD_LEN + LENGTH_MOST,
    .frame = modbus_frame,
    .parse = modbus_parse,
    .fields = fields,
    .field_n = ROWS(fields),
    .notes = notes,
    .note_n = ROWS(notes),
    .log = modbus_log,
    .options = options,
    .option_n = ROWS(options),
    .settings_size = sizeof(struct settings),
};
