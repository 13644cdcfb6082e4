/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bacnet - building automation (ASHRAE 135) over UDP: BACnet/IP's own messages, the network layer's, and the services of the application.
 *
 * A confirmed request and its answer, which has the same invoke id, are a transaction; everything else is one of its own.
 */
#include "proto/proto.h"
#include "wire/address.h"

enum { NOTE_MALFORMED_BVLC, NOTE_MALFORMED_NETWORK, NOTE_MALFORMED_APPLICATION };
enum { BVLC = 0x81, VERSION = 1, OBJECTS_MAX = 16 };
enum { BVLC_FORWARDED = 0x04 };
enum { CONTROL_NETWORK = 0x80, CONTROL_DESTINATION = 0x20, CONTROL_SOURCE = 0x08 };
enum { CONFIRMED, UNCONFIRMED, SIMPLE_ACK, COMPLEX_ACK, SEGMENT_ACK, ERROR, REJECT, ABORT };
enum { SERVICE_READ = 12, SERVICE_WRITE = 15, SERVICE_I_AM = 0, SERVICE_I_HAVE = 1 };

struct object {
    uint16_t type;
    uint32_t instance;
};

struct bacnet {
    uint8_t function, pdu;      /* of BACnet/IP; of the application */
    bool has_pdu, has_network, has_service, has_property, has_vendor, has_answer;
    uint8_t network;            /* message of the network layer */
    uint8_t invoke, service, answer, reason;
    uint32_t property;
    uint32_t vendor;
    struct bytes forwarded;     /* whose message is handed on: address and port */
    struct object object[OBJECTS_MAX];
    unsigned object_n;
};

static const char *const functions[] = { "result", "write_broadcast_table", "read_broadcast_table", "read_broadcast_table_ack", "forwarded_npdu",
    "register_foreign_device", "read_foreign_device_table", "read_foreign_device_table_ack", "delete_foreign_device", "distribute_broadcast", "unicast", "broadcast", "secure" };
static const char *const pdus[] = { "confirmed_request", "unconfirmed_request", "simple_ack", "complex_ack", "segment_ack", "error", "reject", "abort" };
static const char *const confirmed[] = { "acknowledge_alarm", "cov_notification", "event_notification", "get_alarm_summary", "get_enrollment_summary", "subscribe_cov",
    "atomic_read_file", "atomic_write_file", "add_list_element", "remove_list_element", "create_object", "delete_object", "read_property", "read_property_conditional",
    "read_property_multiple", "write_property", "write_property_multiple", "device_communication_control", "private_transfer", "text_message", "reinitialize_device",
    "vt_open", "vt_close", "vt_data", "authenticate", "request_key", "read_range", "life_safety_operation", "subscribe_cov_property", "get_event_information" };
static const char *const unconfirmed[] = { "i_am", "i_have", "cov_notification", "event_notification", "private_transfer", "text_message", "time_synchronization", "who_has",
    "who_is", "utc_time_synchronization", "write_group" };
static const char *const networks[] = { "who_is_router", "i_am_router", "i_could_be_router", "reject_message", "router_busy", "router_available", "initialize_table",
    "initialize_table_ack", "establish_connection", "disconnect_connection" };

/* Annex J.2: type, function, length of all. */
static bool bvlc_read(struct rd *r, uint8_t *function)
{
    size_t have = rd_left(r);
    uint8_t type = rd_u8(r);

    *function = rd_u8(r);
    uint16_t length = rd_be16(r);
    return rd_ok(r) && type == BVLC && *function < ROWS(functions) && length >= 4 && length == have;
}

static enum probe bacnet_probe(struct rd data, enum side side, bool whole)
{
    uint8_t function;

    (void)side;
    (void)whole;
    return bvlc_read(&data, &function) ? PROBE_EITHER : PROBE_NO;
}

static struct frame bacnet_frame(struct conn *c, enum side side, struct rd data)
{
    (void)c;
    (void)side;
    return (struct frame){ FRAME_UNIT, 0, rd_left(&data) };
}

/* ------- application ------- */

/* 20.2.1: a tag: number, class, length; opening and closing tags have none. */
struct tag {
    uint8_t number;
    bool context, opening, closing;
    struct bytes value;
};

static bool tag_read(struct rd *r, struct tag *t)
{
    uint8_t first = rd_u8(r), n = first & 7;
    uint64_t length = n;

    *t = (struct tag){ .number = first >> 4, .context = (first & 8) != 0, .value = bytes_none() };
    if (t->number == 15) {
        t->number = rd_u8(r);
    }
    t->opening = t->context && n == 6;
    t->closing = t->context && n == 7;
    if (t->opening || t->closing) {
        return rd_ok(r);
    }
    if (n == 5) {
        length = rd_u8(r);
        length = length == 254 ? rd_be16(r) : length == 255 ? rd_be32(r) : length;
    }
    if (!t->context && t->number == 1) { /* a boolean is in its tag */
        length = 0;
    }
    t->value = rd_bytes(r, (size_t)length);
    return rd_ok(r);
}

static uint32_t number_of(struct bytes b)
{
    uint32_t v = 0;

    for (size_t i = 0; i < b.n && i < 4; i++) {
        v = v << 8 | b.p[i];
    }
    return v;
}

static void object_add(struct bacnet *d, struct bytes b)
{
    uint32_t v = number_of(b);

    if (b.n == 4 && d->object_n < OBJECTS_MAX) {
        d->object[d->object_n++] = (struct object){ (uint16_t)(v >> 22), v & 0x3fffff };
    }
}

/* What the services most used begin with: objects (tag 0 of the context, or an object's own tag), then a property (tag 1). */
static void service_read(struct txn *t, struct rd r)
{
    struct bacnet *d = txn_data(t);
    bool announces = d->pdu == UNCONFIRMED && (d->service == SERVICE_I_AM || d->service == SERVICE_I_HAVE);
    struct tag g;

    for (unsigned i = 0; i < 64 && rd_left(&r) != 0; i++) {
        if (!tag_read(&r, &g)) {
            txn_note(t, NOTE_MALFORMED_APPLICATION);
            return;
        }
        if (!g.context && g.number == 12) {
            object_add(d, g.value);
        } else if (g.context && g.number == 0 && g.value.n == 4 && d->pdu == CONFIRMED) {
            object_add(d, g.value);
        } else if (g.context && g.number == 1 && d->pdu == CONFIRMED && g.value.n != 0 && !d->has_property && (d->service == SERVICE_READ || d->service == SERVICE_WRITE)) {
            d->property = number_of(g.value);
            d->has_property = true;
        } else if (announces && !g.context && g.number == 2 && i == 3) { /* 16.10.1: who made it */
            d->vendor = number_of(g.value);
            d->has_vendor = true;
        }
    }
}

static struct txn *asked(struct conn *c, uint8_t invoke)
{
    struct txn *t = txn_last(c);

    for (; t != NULL; t = t->prev) {
        const struct bacnet *d = txn_data_const(t);
        if (!t->complete[TO_CLIENT] && d->has_pdu && d->pdu == CONFIRMED && d->invoke == invoke) {
            return t;
        }
    }
    return NULL;
}

/* 20.1.3 to 20.1.9: an answer: whose, to what. */
static void answer_read(struct conn *c, uint8_t function, uint8_t kind, struct rd r)
{
    uint8_t invoke = rd_u8(&r), what = rd_u8(&r);
    struct txn *t = asked(c, invoke);
    bool alone = t == NULL;

    if (kind == SEGMENT_ACK || (t == NULL && (t = txn_new(c)) == NULL)) {
        return;
    }
    struct bacnet *d = txn_data(t);
    if (alone) {
        d->function = function;
        d->invoke = invoke;
        if (kind < REJECT) {
            d->service = what;
            d->has_service = true;
        }
    }
    d->answer = kind;
    d->has_answer = rd_ok(&r);
    d->reason = what;
    if (!d->has_answer) {
        txn_note(t, NOTE_MALFORMED_APPLICATION);
    }
    if (alone) {
        txn_message(t, TO_CLIENT);
    } else {
        txn_done(t, TO_CLIENT);
    }
}

static void application(struct conn *c, enum side side, uint8_t function, struct bytes forwarded, struct rd r)
{
    uint8_t first = rd_u8(&r), kind = first >> 4;

    if (rd_ok(&r) && kind >= SIMPLE_ACK && kind <= ABORT) {
        answer_read(c, function, kind, r);
        return;
    }
    struct txn *t = txn_new(c);
    if (t == NULL) {
        return;
    }
    struct bacnet *d = txn_data(t);
    d->function = function;
    d->forwarded = arena_copy(txn_arena(t), forwarded);
    d->pdu = kind;
    d->has_pdu = kind <= UNCONFIRMED;
    if (kind == CONFIRMED) {
        rd_skip(&r, 1);
        d->invoke = rd_u8(&r);
        rd_skip(&r, (first & 8) != 0 ? 2 : 0); /* a segment: its number, the window */
    }
    d->service = rd_u8(&r);
    d->has_service = d->has_pdu && rd_ok(&r);
    if (!d->has_service) {
        txn_note(t, NOTE_MALFORMED_APPLICATION);
    } else if ((first & 8) == 0) {
        service_read(t, r);
    }
    if (kind == CONFIRMED && side == TO_SERVER) {
        txn_done(t, TO_SERVER);
    } else {
        txn_message(t, side);
    }
}

/* 6.2: version, control, where to and where from, then a message of the network layer or the application's. */
static bool network_skip(struct rd *r, uint8_t *control)
{
    uint8_t version = rd_u8(r);

    *control = rd_u8(r);
    if ((*control & CONTROL_DESTINATION) != 0) {
        rd_skip(r, 2);
        rd_skip(r, rd_u8(r));
    }
    if ((*control & CONTROL_SOURCE) != 0) {
        rd_skip(r, 2);
        rd_skip(r, rd_u8(r));
    }
    rd_skip(r, (*control & CONTROL_DESTINATION) != 0); /* hops */
    return rd_ok(r) && version == VERSION;
}

static enum outcome bacnet_parse(struct conn *c, enum side side, unsigned unit, struct rd r)
{
    uint8_t function, control = 0;
    struct bytes forwarded = bytes_none();

    (void)unit;
    if (!bvlc_read(&r, &function)) {
        conn_note(c, side, NOTE_MALFORMED_BVLC);
        return OUTCOME_BAD;
    }
    if (function == BVLC_FORWARDED) {
        forwarded = rd_bytes(&r, 6);
    }
    bool has_npdu = function == BVLC_FORWARDED || (function >= 9 && function <= 11);
    bool good = has_npdu && network_skip(&r, &control);
    if (good && (control & CONTROL_NETWORK) == 0) {
        application(c, side, function, forwarded, r);
        return OUTCOME_OK;
    }
    struct txn *t = txn_new(c);
    if (t == NULL) {
        return OUTCOME_OK;
    }
    struct bacnet *d = txn_data(t);
    d->function = function;
    d->forwarded = arena_copy(txn_arena(t), forwarded);
    if (good) {
        d->network = rd_u8(&r);
        d->has_network = true;
    }
    if (has_npdu && (!good || !rd_ok(&r))) {
        txn_note(t, NOTE_MALFORMED_NETWORK);
    }
    txn_message(t, side);
    return OUTCOME_OK;
}

/* ------- fields ------- */

#define BACNET_NUMBER(fn, member, there)                                                                               \
    static bool fn(const struct txn *t, enum side side, unsigned i, uint64_t *out)                                     \
    {                                                                                                                  \
        const struct bacnet *d = txn_data_const(t);                                                                    \
        (void)side;                                                                                                    \
        *out = d->member;                                                                                              \
        return i == 0 && (there);                                                                                      \
    }
BACNET_NUMBER(function, function, true)
BACNET_NUMBER(pdu, pdu, d->has_pdu)
BACNET_NUMBER(service, service, d->has_service)
BACNET_NUMBER(property, property, d->has_property)
BACNET_NUMBER(network, network, d->has_network)
BACNET_NUMBER(vendor, vendor, d->has_vendor)

static bool object_type(const struct txn *t, enum side side, unsigned i, uint64_t *out)
{
    const struct bacnet *d = txn_data_const(t);

    (void)side;
    *out = i < d->object_n ? d->object[i].type : 0;
    return i < d->object_n;
}

static bool object_instance(const struct txn *t, enum side side, unsigned i, uint64_t *out)
{
    const struct bacnet *d = txn_data_const(t);

    (void)side;
    *out = i < d->object_n ? d->object[i].instance : 0;
    return i < d->object_n;
}

#define BOTH .sides = SIDE_BOTH_BITS, .stage = { 1, 1 }
static const struct field fields[] = {
    { .name = "bacnet.function", .type = FIELD_NUMBER, BOTH, .number = function, .bits = 8, .names = NAMES_LIST(functions), .help = "of BACnet/IP: 10 unicast, 11 broadcast, 5 register_foreign_device, ..." },
    { .name = "bacnet.pdu", .type = FIELD_NUMBER, BOTH, .number = pdu, .bits = 8, .names = NAMES_LIST(pdus), .help = "kind of message: 0 confirmed_request, 1 unconfirmed_request" },
    { .name = "bacnet.service", .type = FIELD_NUMBER, BOTH, .number = service, .bits = 8, .help = "what is asked: confirmed 12 read, 15 write, 20 reinitialize; unconfirmed 0 i-am, 8 who-is, ..." },
    { .name = "bacnet.object_type", .type = FIELD_NUMBER, BOTH, .number = object_type, .bits = 16, .help = "type of each object: 8 device, ..." },
    { .name = "bacnet.object_instance", .type = FIELD_NUMBER, BOTH, .number = object_instance, .bits = 32, .help = "instance of each object" },
    { .name = "bacnet.property", .type = FIELD_NUMBER, BOTH, .number = property, .bits = 32, .help = "the property read or written: 85 present-value, ..." },
    { .name = "bacnet.network_message", .type = FIELD_NUMBER, BOTH, .number = network, .bits = 8, .help = "message of the network layer: 0 who is router, ..." },
    { .name = "bacnet.vendor", .type = FIELD_NUMBER, BOTH, .number = vendor, .bits = 16, .help = "who made a device that tells of itself" },
};

/* ------- records ------- */

static const char *name_or(const char *const *names, unsigned n, unsigned i) { return i < n ? names[i] : "unknown"; }

static void bacnet_log(const struct txn *t, struct json *j)
{
    const struct bacnet *d = txn_data_const(t);
    bool asks = !d->has_pdu || d->pdu == CONFIRMED;

    json_string(j, "function", name_or(functions, ROWS(functions), d->function));
    if (d->forwarded.n == 6) {
        address_log(j, "forwarded_for", bytes_head(d->forwarded, 4));
    }
    if (d->has_network) {
        json_string(j, "network_message", name_or(networks, ROWS(networks), d->network));
    }
    if (d->has_pdu) {
        json_string(j, "pdu", pdus[d->pdu]);
    }
    if (d->has_service) {
        json_string(j, "service", asks ? name_or(confirmed, ROWS(confirmed), d->service) : name_or(unconfirmed, ROWS(unconfirmed), d->service));
        if (asks) {
            json_u64(j, "invoke_id", d->invoke);
        }
    }
    if (d->object_n != 0) {
        json_array(j, "objects");
        for (unsigned i = 0; i < d->object_n; i++) {
            json_object(j, NULL);
            json_u64(j, "type", d->object[i].type);
            json_u64(j, "instance", d->object[i].instance);
            json_end_object(j);
        }
        json_end_array(j);
    }
    if (d->has_property) {
        json_u64(j, "property", d->property);
    }
    if (d->has_vendor) {
        json_u64(j, "vendor", d->vendor);
    }
    if (d->has_answer) {
        json_string(j, "answer", pdus[d->answer]);
        if (d->answer >= REJECT) {
            json_u64(j, "reason", d->reason);
        }
    }
}

static const struct note_row notes[] = {
    [NOTE_MALFORMED_BVLC] = { "malformed_data", 0, 0, "a message of BACnet/IP of no function, or of another length than it tells" },
    [NOTE_MALFORMED_NETWORK] = { "malformed_network", 0, 0, "a network layer of another version, or that ends within itself" },
    [NOTE_MALFORMED_APPLICATION] = { "malformed_application", 0, 0, "a message of the application of no kind, or that ends within itself" },
};

extern const struct proto proto_bacnet;
const struct proto proto_bacnet = {
    .name = "bacnet",
    .ports = "udp/47808-47823",
    .transports = 2,
    .own_transports = 2,
    .by_name = true,
    .probe = bacnet_probe,
    .txn_size = sizeof(struct bacnet),
    .unit_max = 65536,
    .txn_max = 512,
    .txn_bytes_max = 4096,
    .frame = bacnet_frame,
    .parse = bacnet_parse,
    .fields = fields,
    .field_n = ROWS(fields),
    .notes = notes,
    .note_n = ROWS(notes),
    .log = bacnet_log,
};
