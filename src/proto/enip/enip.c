/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * enip - EtherNet/IP (CIP volume 2): encapsulated messages over TCP and UDP, exchanges, and what rules can ask.
 */
#include "proto/enip/enip.h"

enum { UNIT_MAX = ENIP_HEAD + UINT16_MAX };
enum enip_span { SPAN_HEADER, SPAN_DATA, SPAN_PDU, SPAN_ITEM, SPAN_CIP };
enum enip_note { ENIP_TOO_MANY, ENIP_INVALID };

struct settings {
    uint32_t open_max;        /* max-tx */
};
struct state {
    uint32_t open;            /* requests without a response */
};

static void head_read(struct enip_message *m, struct rd *r, uint16_t *length)
{
    m->command = rd_le16(r);
    *length = rd_le16(r);
    m->session = rd_le32(r);
    m->status = rd_le32(r);
    rd_skip(r, 8); /* the sender's context */
    m->options = rd_le32(r);
}

/* Volume 2, 2-4: what the commands' lengths and options must be. */
static bool head_likely(const struct enip_message *m, uint16_t length)
{
    if (names_name(&enip_statuses, m->status) == NULL || names_name(&enip_commands, m->command) == NULL) {
        return false;
    }
    switch (m->command) {
    case ENIP_NOP: return m->options == 0;
    case ENIP_REGISTER: return length == 4;
    case ENIP_UNREGISTER: return length == 4 || length == 0;
    default: return true;
    }
}

static enum probe enip_probe(struct rd data, enum side side, bool whole)
{
    struct enip_message m = { 0 };
    uint16_t length;

    (void)side;
    head_read(&m, &data, &length);
    if (!rd_ok(&data)) {
        return whole ? PROBE_NO : PROBE_MORE;
    }
    return head_likely(&m, length) ? PROBE_YES : PROBE_NO;
}

static struct frame enip_frame(struct conn *c, enum side side, struct rd data)
{
    size_t have = rd_left(&data);
    struct enip_message m = { 0 };
    uint16_t length;

    (void)side;
    head_read(&m, &data, &length);
    if (!rd_ok(&data)) {
        return (struct frame){ FRAME_MORE, 0, ENIP_HEAD };
    }
    size_t n = (size_t)ENIP_HEAD + length;
    if (have < n && conn_datagram(c)) {
        return (struct frame){ FRAME_BAD, 0, 0 };
    }
    return have >= n ? (struct frame){ FRAME_UNIT, 0, n } : (struct frame){ FRAME_MORE, 0, n };
}

/* Messages begin with a head that is likely; one that is not whole yet may be one. */
static struct frame enip_resync(struct conn *c, enum side side, struct rd data)
{
    size_t have = rd_left(&data);

    if (conn_datagram(c)) {
        return (struct frame){ FRAME_SKIP, 0, have };
    }
    return enip_probe(data, side, false) == PROBE_YES ? (struct frame){ FRAME_SKIP, 0, 0 } : (struct frame){ FRAME_MORE, 0, 0 };
}

static void enip_gap(struct conn *c, enum side side, uint64_t n, bool in_body)
{
    (void)c;
    (void)side;
    (void)n;
    (void)in_body;
}

/* ------- exchanges ------- */

/* Connections are told apart by numbers that only their opening ties together; their sequence count does, too. */
static bool answers(const struct enip_message *request, const struct enip_message *response)
{
    if (request->command != response->command || (request->session != response->session && request->command != ENIP_REGISTER)) {
        return false;
    }
    return !request->has_sequence || !response->has_sequence || request->sequence == response->sequence;
}

/* Requests before the one that is answered get no answer any more. */
static struct txn *exchange_find(struct conn *c, const struct enip_message *response)
{
    struct state *s = conn_state(c);

    for (struct txn *t = txn_first_open(c); t != NULL; t = t->next) {
        const struct enip *d = txn_data_const(t);
        if (!d->request.there || d->response.there || t->complete[TO_CLIENT]) {
            continue;
        }
        s->open -= s->open != 0;
        if (answers(&d->request, response)) {
            return t;
        }
        txn_done(t, TO_CLIENT);
    }
    return NULL;
}

static void flood(struct conn *c, struct txn *t)
{
    struct state *s = conn_state(c);

    txn_note(t, ENIP_TOO_MANY);
    for (struct txn *old = txn_first(c); old != NULL && old != t; old = old->next) {
        txn_done(old, TO_CLIENT);
    }
    s->open = 1;
}

static void spans(struct conn *c, enum side side, const struct enip_message *m, size_t n, const struct txn *t)
{
    conn_span(c, side, SPAN_HEADER, 0, ENIP_HEAD, t);
    conn_span(c, side, SPAN_DATA, ENIP_HEAD, n - ENIP_HEAD, t);
    conn_span(c, side, SPAN_PDU, 0, n, t);
    for (unsigned i = 0; i < m->part_n; i++) {
        conn_span(c, side, m->part[i].cip ? SPAN_CIP : SPAN_ITEM, m->part[i].at, m->part[i].n, t);
    }
}

static enum outcome enip_parse(struct conn *c, enum side side, unsigned unit, struct rd bytes)
{
    struct state *s = conn_state(c);
    const struct settings *set = conn_settings(c);
    size_t n = rd_left(&bytes);
    struct enip_message head = { .there = true };
    uint16_t length;

    (void)unit;
    head_read(&head, &bytes, &length);
    enip_sequence(&head, bytes); /* it tells which request is answered, so it is read before the rest */
    struct txn *t = side == TO_CLIENT ? exchange_find(c, &head) : NULL;
    bool asked = t != NULL;
    if (!asked && (t = txn_new(c)) == NULL) {
        return OUTCOME_OK;
    }
    struct enip *d = txn_data(t);
    struct enip_message *m = side == TO_SERVER ? &d->request : &d->response;
    *m = head;
    enip_read(m, side == TO_SERVER, bytes, txn_arena(t));
    spans(c, side, m, n, t);
    if (m->bad) {
        txn_note(t, ENIP_INVALID);
    }
    if (side == TO_SERVER && ++s->open > set->open_max) {
        flood(c, t);
    }
    if (side == TO_CLIENT && !asked) {
        t->skip_inspect[TO_SERVER] = true;
        txn_done(t, TO_SERVER);
    }
    txn_done(t, side);
    return OUTCOME_OK;
}

/* ------- fields ------- */

static const struct enip_message *message_of(const struct txn *t, enum side side)
{
    const struct enip *d = txn_data_const(t);

    return side == TO_SERVER ? &d->request : &d->response;
}

#define MESSAGE_NUMBER(fn, there_is, value)                                                                            \
    static bool fn(const struct txn *t, enum side side, unsigned i, uint64_t *out)                                     \
    {                                                                                                                  \
        const struct enip_message *m = message_of(t, side);                                                            \
        *out = (value);                                                                                                \
        return i == 0 && m->there && (there_is);                                                                       \
    }
MESSAGE_NUMBER(command, true, m->command)
MESSAGE_NUMBER(status, true, m->status)
MESSAGE_NUMBER(version, m->has_version, m->version)
MESSAGE_NUMBER(capabilities, m->has_service, m->capabilities)
MESSAGE_NUMBER(vendor, m->has_identity, m->vendor)
MESSAGE_NUMBER(device, m->has_identity, m->device)
MESSAGE_NUMBER(product, m->has_identity, m->product)
MESSAGE_NUMBER(revision, m->has_identity, (unsigned)m->revision[0] << 8 | m->revision[1])
MESSAGE_NUMBER(identity_status, m->has_identity, m->state_bits)
MESSAGE_NUMBER(serial, m->has_identity, m->serial)
MESSAGE_NUMBER(state, m->has_identity, m->state)

#define CIP_FIELD(fn, kind)                                                                                            \
    static bool fn(const struct txn *t, enum side side, unsigned i, uint64_t *out)                                     \
    {                                                                                                                  \
        const struct enip_message *m = message_of(t, side);                                                            \
        return m->there && m->has_cip && cip_number(&m->cip, kind, i, out);                                            \
    }
CIP_FIELD(cip_class, CIP_NUMBER_CLASS)
CIP_FIELD(cip_opened_class, CIP_NUMBER_OPENED)
CIP_FIELD(cip_instance, CIP_NUMBER_INSTANCE)
CIP_FIELD(cip_attribute, CIP_NUMBER_ATTRIBUTE)
CIP_FIELD(cip_status, CIP_NUMBER_STATUS)
CIP_FIELD(cip_extended, CIP_NUMBER_EXTENDED)
CIP_FIELD(cip_service, CIP_NUMBER_SERVICE)

static bool product_name(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct enip_message *m = message_of(t, side);

    *out = m->product_name;
    return i == 0 && m->has_identity;
}

static bool service_name(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct enip_message *m = message_of(t, side);

    *out = m->service_name;
    return i == 0 && m->has_service;
}

#define NUMBER_ROW(rule_name, getter, width, which, ...)                                                               \
    { .name = rule_name, .type = FIELD_NUMBER, .sides = which, .stage = { 1, 1 }, .number = getter, .bits = width, __VA_ARGS__ }
#define BOTH SIDE_BOTH_BITS
#define CLIENT SIDE_CLIENT_BIT
static const struct field fields[] = {
    NUMBER_ROW("enip.command", command, 16, BOTH, .aliases = "enip_command", .names = &enip_commands, .help = "command: 99 list_identity, ..."),
    NUMBER_ROW("enip.status", status, 32, BOTH, .names = &enip_statuses, .help = "status of the encapsulation: 0 success, ..."),
    NUMBER_ROW("enip.protocol_version", version, 16, BOTH, .help = "version that a session is registered for, or a device or service has"),
    NUMBER_ROW("enip.cip_class", cip_class, 32, SIDE_SERVER_BIT, .help = "class in a path"),
    NUMBER_ROW("enip.cip_opened_class", cip_opened_class, 32, SIDE_SERVER_BIT, .help = "class in the path of a connection that is asked for (Forward Open)"),
    NUMBER_ROW("enip.cip_instance", cip_instance, 32, SIDE_SERVER_BIT, .help = "instance in a path"),
    NUMBER_ROW("enip.cip_attribute", cip_attribute, 32, SIDE_SERVER_BIT, .help = "attribute in a path, or listed"),
    NUMBER_ROW("enip.cip_status", cip_status, 8, CLIENT, .help = "general status of each CIP response"),
    NUMBER_ROW("enip.cip_extendedstatus", cip_extended, 16, CLIENT, .help = "extended status of each CIP response"),
    NUMBER_ROW("enip.cip_service", cip_service, 0, BOTH, .aliases = "cip_service", .named = cip_service_named, .flags = FIELD_WHOLE,
               .help = "service[,class[,attribute]] of a CIP message"),
    NUMBER_ROW("enip.capabilities", capabilities, 16, CLIENT, .help = "capabilities of the service listed"),
    NUMBER_ROW("enip.vendor_id", vendor, 16, CLIENT, .help = "vendor of the device listed"),
    NUMBER_ROW("enip.device_type", device, 16, CLIENT, .help = "kind of the device listed"),
    NUMBER_ROW("enip.product_code", product, 16, CLIENT, .help = "product of the device listed"),
    NUMBER_ROW("enip.revision", revision, 16, CLIENT, .help = "revision of the device listed: 0x0403 is 4.3"),
    NUMBER_ROW("enip.identity_status", identity_status, 16, CLIENT, .help = "status of the device listed"),
    NUMBER_ROW("enip.serial", serial, 32, CLIENT, .help = "serial number of the device listed"),
    NUMBER_ROW("enip.state", state, 8, CLIENT, .help = "state of the device listed"),
    { .name = "enip.product_name", .type = FIELD_BYTES, .sides = CLIENT, .stage = { 1, 1 }, .bytes = product_name, .help = "name of the device listed" },
    { .name = "enip.service_name", .type = FIELD_BYTES, .sides = CLIENT, .stage = { 1, 1 }, .bytes = service_name, .help = "name of the service listed" },
};

/* ------- row ------- */

static const char *const span_names[] = { [SPAN_HEADER] = "hdr", [SPAN_DATA] = "data", [SPAN_PDU] = "pdu", [SPAN_ITEM] = "enip_item", [SPAN_CIP] = "cip", NULL };

static const struct note_row notes[] = {
    [ENIP_TOO_MANY] = { "too_many_transactions", 0, 0, "more requests without a response than the setting max-tx allows" },
    [ENIP_INVALID] = { "invalid_pdu", 0, 0, "a message does not follow its grammar" },
};

static const struct option_row options[] = {
    { "app-layer.protocols.enip.max-tx", OPTION_U32, offsetof(struct settings, open_max), "1024", NULL, 1, 65536, NULL,
      "requests without a response; beyond, the older ones are given up" },
};

extern const struct proto proto_enip;
const struct proto proto_enip = {
    .name = "enip",
    .ports = "tcp/44818 udp/44818",
    .transports = 3,
    .first_server = true,
    .probe = enip_probe,
    .state_size = sizeof(struct state),
    .txn_size = sizeof(struct enip),
    .unit_max = UNIT_MAX,
    .txn_bytes_max = 512 * 1024,
    .frame = enip_frame,
    .parse = enip_parse,
    .gap = enip_gap,
    .resync = enip_resync,
    .fields = fields,
    .field_n = ROWS(fields),
    .spans = span_names,
    .notes = notes,
    .note_n = ROWS(notes),
    .log = enip_log,
    .options = options,
    .option_n = ROWS(options),
    .settings_size = sizeof(struct settings),
};
