/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * iec104 - IEC 60870-5-104 telecontrol over TCP: units of its link layer, and the head and object addresses of application data.
 *
 * A unit that starts or stops a link, or carries data, is a transaction of its own; acknowledgements alone are none, but for rules that ask
 * for kinds of units: then they are, without a record.
 */
#include "proto/proto.h"

enum iec104_note { IEC104_MALFORMED, IEC104_UNKNOWN_TYPE };
enum { START = 0x68, LENGTH_LEAST = 4, LENGTH_MOST = 253, OBJECTS_MAX = 127 };
enum { CAUSE_NEGATIVE = 0x40, CAUSE_TEST = 0x80, SEQUENCE_BIT = 0x80 };

/* 5.1 to 5.3: by the last bits of the control field. */
enum { UNIT_I, UNIT_S = 1, UNIT_U = 3 };

struct iec104 {
    uint8_t frame;            /* UNIT_I, UNIT_S, UNIT_U */
    bool has_data;
    uint8_t function;         /* of a unit without numbers */
    uint16_t sent, received;
    uint8_t type, objects, cause, originator;
    bool sequence;            /* objects follow each other, only the first has its address */
    uint16_t station;         /* common address */
    uint32_t *address;
    uint8_t address_n;
};

static const struct kind {
    const char *name;
    uint8_t octets;
} kinds[128] = {
#define TYPE(number, name, octets) [number] = { name, octets },
#include "proto/iec104/iec104_types.list"
#undef TYPE
};

/* 7.2.3 */
static const char *const causes[64] = { [1] = "periodic", [2] = "background", [3] = "spontaneous", [4] = "initialized", [5] = "request", [6] = "activation",
    [7] = "activation_con", [8] = "deactivation", [9] = "deactivation_con", [10] = "activation_term", [11] = "return_remote", [12] = "return_local", [13] = "file",
    [20] = "interrogated", [37] = "counter", [44] = "unknown_type", [45] = "unknown_cause", [46] = "unknown_station", [47] = "unknown_object" };

/* 5.3: one bit of a unit without numbers is set. */
static const char *function_name(uint8_t control)
{
    switch (control) {
    case 0x07: return "startdt_act";
    case 0x0b: return "startdt_con";
    case 0x13: return "stopdt_act";
    case 0x23: return "stopdt_con";
    case 0x43: return "testfr_act";
    case 0x83: return "testfr_con";
    default: return NULL;
    }
}

/* Three kinds of control field (5.1 to 5.3): data, acknowledgement, neither. */
static bool head_likely(struct rd *r, uint8_t *length, uint32_t *control)
{
    uint8_t start = rd_u8(r);

    *length = rd_u8(r);
    *control = rd_le32(r);
    if (!rd_ok(r) || start != START || *length < LENGTH_LEAST || *length > LENGTH_MOST) {
        return false;
    }
    if ((*control & 1) == 0) {
        return (*control >> 16 & 1) == 0;
    }
    return *length == LENGTH_LEAST && ((*control & 3) == 1 ? (*control & 0xffff) == 1 : *control <= UINT8_MAX && function_name((uint8_t)*control) != NULL);
}

static enum probe iec104_probe(struct rd data, enum side side, bool whole)
{
    uint8_t length;
    uint32_t control;
    bool short_of = rd_left(&data) < 2 + LENGTH_LEAST && !whole;

    (void)side;
    return head_likely(&data, &length, &control) ? PROBE_YES : short_of ? PROBE_MORE : PROBE_NO;
}

static struct frame iec104_frame(struct conn *c, enum side side, struct rd data)
{
    size_t have = rd_left(&data);
    uint8_t length;
    uint32_t control;

    (void)c;
    (void)side;
    if (have < 2 + LENGTH_LEAST) {
        return (struct frame){ FRAME_MORE, 0, 2 + LENGTH_LEAST };
    }
    if (!head_likely(&data, &length, &control)) {
        return (struct frame){ FRAME_BAD, 0, 0 };
    }
    size_t n = (size_t)length + 2;
    return have >= n ? (struct frame){ FRAME_UNIT, 0, n } : (struct frame){ FRAME_MORE, 0, n };
}

/* On where a unit may begin. */
static struct frame iec104_resync(struct conn *c, enum side side, struct rd data)
{
    struct rd r = data;
    size_t have = rd_left(&data);

    (void)c;
    (void)side;
    while (rd_left(&r) >= 2 + LENGTH_LEAST) {
        struct rd here = r;
        uint8_t length;
        uint32_t control;
        if (head_likely(&here, &length, &control)) {
            return (struct frame){ FRAME_SKIP, 0, have - rd_left(&r) };
        }
        rd_skip(&r, 1);
    }
    return (struct frame){ FRAME_MORE, 0, rd_left(&r) };
}

static void iec104_gap(struct conn *c, enum side side, uint64_t n, bool in_body)
{
    (void)c;
    (void)side;
    (void)n;
    (void)in_body;
}

static uint32_t le24(struct rd *r)
{
    uint32_t low = rd_le16(r);

    return low | (uint32_t)rd_u8(r) << 16;
}

/* 7.2: type, how many, cause, common address, then objects. */
static void data_read(struct txn *t, struct rd r)
{
    struct iec104 *d = txn_data(t);

    d->type = rd_u8(&r);
    uint8_t how_many = rd_u8(&r);
    d->sequence = (how_many & SEQUENCE_BIT) != 0;
    d->objects = how_many & (SEQUENCE_BIT - 1);
    d->cause = rd_u8(&r);
    d->originator = rd_u8(&r);
    d->station = rd_le16(&r);
    if (!rd_ok(&r)) {
        txn_note(t, IEC104_MALFORMED);
        return;
    }
    const struct kind *k = &kinds[d->type & 127];
    if (d->type > 127 || k->name == NULL) {
        txn_note(t, IEC104_UNKNOWN_TYPE);
    }
    unsigned n = k->octets == 0 || d->sequence ? d->objects != 0 : d->objects;
    d->address = arena_zero(txn_arena(t), OBJECTS_MAX * sizeof *d->address);
    while (d->address != NULL && d->address_n < n && rd_ok(&r)) {
        uint32_t address = le24(&r);
        rd_skip(&r, d->sequence ? (size_t)k->octets * d->objects : k->octets);
        if (rd_ok(&r)) {
            d->address[d->address_n++] = address;
        }
    }
    if (!rd_ok(&r)) {
        txn_note(t, IEC104_MALFORMED);
    }
}

static enum outcome iec104_parse(struct conn *c, enum side side, unsigned unit, struct rd bytes)
{
    uint8_t length;
    uint32_t control;

    (void)unit;
    if (!head_likely(&bytes, &length, &control)) {
        return OUTCOME_BAD;
    }
    if ((control & 3) == UNIT_S && !conn_asked(c)) {
        return OUTCOME_OK;
    }
    struct txn *t = txn_new(c);
    if (t == NULL) {
        return OUTCOME_OK;
    }
    struct iec104 *d = txn_data(t);
    d->has_data = (control & 1) == 0;
    d->frame = d->has_data ? UNIT_I : control & 3;
    t->silent = t->logged = d->frame == UNIT_S;
    if (d->frame == UNIT_S) {
        d->received = (uint16_t)(control >> 17);
    } else if (d->has_data) {
        d->sent = (uint16_t)(control >> 1 & 0x7fff);
        d->received = (uint16_t)(control >> 17);
        data_read(t, bytes);
    } else {
        d->function = (uint8_t)control;
    }
    txn_message(t, side);
    return OUTCOME_OK;
}

/* ------- fields ------- */

#define DATA_NUMBER(fn, value)                                                                                         \
    static bool fn(const struct txn *t, enum side side, unsigned i, uint64_t *out)                                     \
    {                                                                                                                  \
        const struct iec104 *d = txn_data_const(t);                                                                    \
        (void)side;                                                                                                    \
        *out = (value);                                                                                                \
        return i == 0 && d->has_data;                                                                                  \
    }
DATA_NUMBER(type, d->type)
DATA_NUMBER(cause, d->cause & 63)
DATA_NUMBER(station, d->station)

static bool frame(const struct txn *t, enum side side, unsigned i, uint64_t *out)
{
    const struct iec104 *d = txn_data_const(t);

    (void)side;
    *out = d->frame;
    return i == 0;
}

static const struct code frames[] = { { UNIT_I, "i" }, { UNIT_I, "information_transfer_format" }, { UNIT_S, "s" }, { UNIT_S, "numbered_supervisory_function" },
                                      { UNIT_U, "u" }, { UNIT_U, "unnumbered_control_function" } };

static bool address(const struct txn *t, enum side side, unsigned i, uint64_t *out)
{
    const struct iec104 *d = txn_data_const(t);

    (void)side;
    *out = i < d->address_n ? d->address[i] : 0;
    return i < d->address_n;
}

static const struct field fields[] = {
    { .name = "iec104.frame", .type = FIELD_NUMBER, .flags = FIELD_DEMAND, .sides = SIDE_BOTH_BITS, .stage = { 1, 1 }, .number = frame, .bits = 8,
      .names = NAMES_CODES(frames), .help = "kind of unit: 0 i (data), 1 s (acknowledgement), 3 u (neither)" },
    { .name = "iec104.type", .type = FIELD_NUMBER, .sides = SIDE_BOTH_BITS, .stage = { 1, 1 }, .number = type, .bits = 8, .names = NAMES_COLUMN(kinds, name),
      .help = "kind of application data: 45 C_SC_NA_1 (single command), ..." },
    { .name = "iec104.cause", .type = FIELD_NUMBER, .sides = SIDE_BOTH_BITS, .stage = { 1, 1 }, .number = cause, .bits = 8, .names = NAMES_LIST(causes),
      .help = "cause of transmission: 6 activation, ..." },
    { .name = "iec104.common_address", .type = FIELD_NUMBER, .sides = SIDE_BOTH_BITS, .stage = { 1, 1 }, .number = station, .bits = 16,
      .help = "station that the data is of or for" },
    { .name = "iec104.object", .type = FIELD_NUMBER, .sides = SIDE_BOTH_BITS, .stage = { 1, 1 }, .number = address, .bits = 32,
      .help = "address of each object; of a sequence the first" },
};

/* ------- records ------- */

static void log_data(struct json *j, const struct iec104 *d)
{
    json_object(j, "asdu");
    json_u64(j, "type_id", d->type);
    json_string(j, "type", names_or_unknown(NAMES_COLUMN(kinds, name), d->type));
    json_u64(j, "cause_id", d->cause & 63);
    json_string(j, "cause", names_or_unknown(NAMES_LIST(causes), d->cause & 63));
    json_bool(j, "negative", (d->cause & CAUSE_NEGATIVE) != 0);
    json_bool(j, "test", (d->cause & CAUSE_TEST) != 0);
    json_u64(j, "originator", d->originator);
    json_u64(j, "common_address", d->station);
    json_u64(j, "count", d->objects);
    json_bool(j, "sequence", d->sequence);
    if (d->address_n != 0) {
        json_array(j, "objects");
        for (unsigned i = 0; i < d->address_n; i++) {
            json_u64(j, NULL, d->address[i]);
        }
        json_end_array(j);
    }
    json_end_object(j);
}

static void iec104_log(const struct txn *t, struct json *j)
{
    const struct iec104 *d = txn_data_const(t);

    if (d->has_data) {
        json_string(j, "frame", "i");
        json_u64(j, "send_sequence", d->sent);
        json_u64(j, "receive_sequence", d->received);
        log_data(j, d);
    } else if (d->frame == UNIT_S) { /* beside an alert */
        json_string(j, "frame", "s");
        json_u64(j, "receive_sequence", d->received);
    } else {
        json_string(j, "frame", "u");
        json_string(j, "function", function_name(d->function));
    }
}

static const struct note_row notes[] = {
    [IEC104_MALFORMED] = { "malformed_data", 0, 0, "application data ends within its head or its objects" },
    [IEC104_UNKNOWN_TYPE] = { "unknown_type", 0, 0, "application data of a kind that is not defined" },
};

extern const struct proto proto_iec104;
const struct proto proto_iec104 = {
    .name = "iec104",
    .ports = "tcp/2404",
    .transports = 1,
    .own_transports = 1,
    .by_name = true,
    .first_server = true,
    .probe = iec104_probe,
    .txn_size = sizeof(struct iec104),
    .unit_max = LENGTH_MOST + 2,
    .txn_bytes_max = 16 * 1024,
    .frame = iec104_frame,
    .parse = iec104_parse,
    .gap = iec104_gap,
    .resync = iec104_resync,
    .fields = fields,
    .field_n = ROWS(fields),
    .notes = notes,
    .note_n = ROWS(notes),
    .log = iec104_log,
    .log_side = txn_log_message,
};
