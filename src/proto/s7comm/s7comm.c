/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * s7comm - what Siemens' controllers speak, over TPKT (RFC 1006) and COTP (ISO 8073): S7 communication, and of its successor (plus)
 * the kinds of messages.
 *
 * A job and the answer with its reference are a transaction, as is COTP's way to a connection.
 */
#include "proto/proto.h"

enum { NOTE_MALFORMED_TPKT, NOTE_MALFORMED_COTP, NOTE_MALFORMED_DATA };
enum { TPKT_HEAD = 4, UNIT_KEPT = 2048, ITEMS_MAX = 20 };
enum { COTP_CONNECT = 0xe0, COTP_CONFIRM = 0xd0, COTP_DATA = 0xf0, COTP_DISCONNECT = 0x80 };
enum { S7 = 0x32, S7_PLUS = 0x72 };
enum { TYPE_JOB = 1, TYPE_ACK = 2, TYPE_ANSWER = 3, TYPE_USER = 7 };
enum { FUNCTION_READ = 0x04, FUNCTION_WRITE = 0x05, ITEM_ADDRESS = 0x12 };

struct item {
    uint8_t size, area;
    uint16_t count, block;
    uint32_t address;         /* in bits */
};

struct part {
    bool there;
    uint8_t type, error_class, error_code;
};

struct s7comm {
    uint8_t protocol;          /* 0: COTP alone */
    uint16_t reference;
    bool has_function;
    uint16_t function;
    uint8_t subfunction;       /* of user data: its group and number */
    bool has_rack;
    uint16_t source, destination; /* access points of COTP */
    struct part part[2];
    struct bytes content[2];   /* of the successor: a packet behind TPKT's head, where rules ask for it */
    struct bytes block;        /* name of a block, of a service of the controller */
    struct item item[ITEMS_MAX];
    unsigned item_n;
};

struct s7comm_state {
    uint64_t skip[2];
};

/* ------- framing ------- */

/* RFC 1006 6: version 3, a zero, the length of all. */
static bool tpkt_read(struct rd *r, uint16_t *length)
{
    uint8_t version = rd_u8(r), zero = rd_u8(r);

    *length = rd_be16(r);
    return rd_ok(r) && version == 3 && zero == 0 && *length >= TPKT_HEAD + 3;
}

/* COTP's parameters in its request for a connection (ISO 8073 13.3.4): c0 size, c1 and c2 access points. */
static bool connect_read(struct rd r, uint16_t *source, uint16_t *destination)
{
    bool points = false;

    rd_skip(&r, 2 + 2 + 1);
    while (rd_left(&r) != 0) {
        uint8_t code = rd_u8(&r);
        struct rd value = rd_vec8(&r);
        if (!rd_ok(&r)) {
            return false;
        }
        if ((code == 0xc1 || code == 0xc2) && rd_left(&value) == 2) {
            *(code == 0xc1 ? source : destination) = rd_be16(&value);
            points = true;
        }
    }
    return points;
}

/* One packet: data that say what they are, or COTP's way to a connection, which others begin with too (MMS). */
static enum probe packet_likely(struct rd *data, enum side side)
{
    uint16_t length, source = 0, destination = 0;
    struct rd r = *data;

    if (!tpkt_read(&r, &length)) {
        return PROBE_NO;
    }
    struct rd packet = rd_sub(data, length);
    if (!rd_ok(&packet)) {
        return PROBE_MORE;
    }
    rd_skip(&packet, TPKT_HEAD);
    uint8_t n = rd_u8(&packet), kind = rd_u8(&packet);
    if (kind == COTP_DATA && n == 2) {
        rd_skip(&packet, 1);
        uint8_t protocol = rd_u8(&packet);
        return protocol == S7 || protocol == S7_PLUS ? PROBE_YES : PROBE_NO;
    }
    if (kind != (side == TO_SERVER ? COTP_CONNECT : COTP_CONFIRM) || length != (uint32_t)n + 1 + TPKT_HEAD) {
        return PROBE_NO;
    }
    return connect_read(rd_sub(&packet, n - 1u), &source, &destination) ? PROBE_MORE : PROBE_NO;
}

static enum probe s7comm_probe(struct rd data, enum side side, bool whole)
{
    enum probe r = PROBE_MORE;

    for (unsigned i = 0; i < 2 && r == PROBE_MORE && rd_left(&data) >= TPKT_HEAD + 3; i++) {
        r = packet_likely(&data, side);
    }
    return r == PROBE_MORE && whole ? PROBE_NO : r;
}

static struct frame s7comm_frame(struct conn *c, enum side side, struct rd data)
{
    struct s7comm_state *s = conn_state(c);
    size_t have = rd_left(&data);
    uint16_t length;

    if (s->skip[side] != 0) {
        uint64_t n = s->skip[side];
        s->skip[side] = 0;
        return (struct frame){ FRAME_BODY, 0, n };
    }
    if (have < TPKT_HEAD) {
        return (struct frame){ FRAME_MORE, 0, TPKT_HEAD };
    }
    if (!tpkt_read(&data, &length)) {
        conn_note(c, side, NOTE_MALFORMED_TPKT);
        return (struct frame){ FRAME_BAD, 0, 0 };
    }
    size_t unit = length < UNIT_KEPT ? length : UNIT_KEPT;
    if (have < unit) {
        return (struct frame){ FRAME_MORE, 0, unit };
    }
    s->skip[side] = length - unit;
    return (struct frame){ FRAME_UNIT, 0, unit };
}

/* ------- messages ------- */

static struct txn *waiting(struct conn *c, uint8_t protocol, uint16_t reference)
{
    for (struct txn *t = txn_first(c); t != NULL; t = t->next) {
        const struct s7comm *d = txn_data_const(t);
        if (!t->complete[TO_CLIENT] && d->protocol == protocol && d->reference == reference) {
            return t;
        }
    }
    return NULL;
}

/* The exchange that a message of that side belongs to, or a new one. */
static struct txn *exchange(struct conn *c, enum side side, uint8_t protocol, uint16_t reference)
{
    struct txn *t = side == TO_CLIENT ? waiting(c, protocol, reference) : NULL;
    bool alone = t == NULL && side == TO_CLIENT;

    if (t == NULL && (t = txn_new(c)) != NULL) {
        struct s7comm *d = txn_data(t);
        d->protocol = protocol;
        d->reference = reference;
        t->skip_inspect[TO_SERVER] = alone;
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

static void items_read(struct txn *t, struct rd *r)
{
    struct s7comm *d = txn_data(t);
    uint8_t n = rd_u8(r);

    for (unsigned i = 0; i < n && rd_left(r) != 0 && d->item_n < ITEMS_MAX; i++) {
        uint8_t kind = rd_u8(r);
        struct rd one = rd_vec8(r);
        if (kind != ITEM_ADDRESS || rd_u8(&one) != 0x10) { /* others name no plain address */
            continue;
        }
        struct item *x = &d->item[d->item_n];
        x->size = rd_u8(&one);
        x->count = rd_be16(&one);
        x->block = rd_be16(&one);
        x->area = rd_u8(&one);
        x->address = rd_be24(&one);
        d->item_n += rd_ok(&one);
    }
    if (!rd_ok(r)) {
        txn_note(t, NOTE_MALFORMED_DATA);
    }
}

/* Services on blocks and the controller end with a name: its length before it. */
static void name_read(struct txn *t, struct rd r, size_t before)
{
    struct s7comm *d = txn_data(t);

    rd_skip(&r, before);
    struct rd name = rd_vec8(&r);
    if (rd_ok(&r)) {
        d->block = arena_copy(txn_arena(t), rd_rest(&name));
    }
}

static void parameters_read(struct txn *t, uint8_t type, struct rd r)
{
    struct s7comm *d = txn_data(t);
    bool first = !d->has_function;

    if (rd_left(&r) == 0) {
        return;
    }
    if (type == TYPE_USER) { /* three bytes of head, length, method, group, number */
        rd_skip(&r, 3 + 1 + 1);
        uint8_t group = rd_u8(&r);
        d->function = group & 15;
        d->subfunction = rd_u8(&r);
        d->has_function = rd_ok(&r);
        return;
    }
    uint8_t function = rd_u8(&r);
    if (!first) {
        return;
    }
    d->function = function;
    d->has_function = true;
    switch (function) {
    case FUNCTION_READ:
    case FUNCTION_WRITE: items_read(t, &r); break;
    case 0x1a: case 0x1b: case 0x1c: case 0x1d: case 0x1e: case 0x1f: name_read(t, r, 7); break; /* blocks are loaded */
    case 0x28: {                                                                                 /* control: arguments, then the service's name */
        rd_skip(&r, 7);
        rd_skip(&r, rd_be16(&r));
        name_read(t, r, 0);
        break;
    }
    case 0x29: name_read(t, r, 5); break; /* stop */
    default: break;
    }
}

static void s7_read(struct conn *c, enum side side, struct rd r)
{
    uint8_t type = rd_u8(&r);

    rd_skip(&r, 2);
    uint16_t reference = rd_be16(&r), parameters = rd_be16(&r);
    (void)rd_be16(&r); /* bytes of data, which flow by */
    uint8_t class = 0, code = 0;
    if (type == TYPE_ACK || type == TYPE_ANSWER) {
        class = rd_u8(&r);
        code = rd_u8(&r);
    }
    bool good = rd_ok(&r);
    struct txn *t = exchange(c, side, S7, reference);
    if (t == NULL) {
        return;
    }
    struct s7comm *d = txn_data(t);
    d->part[side] = (struct part){ true, type, class, code };
    struct rd p = rd_sub(&r, parameters < rd_left(&r) ? parameters : rd_left(&r));
    if (!good || rd_left(&p) < parameters) {
        txn_note(t, NOTE_MALFORMED_DATA);
    }
    parameters_read(t, type, p);
    over(t, side);
}

/* The successor: version, length, and in most versions a code (request, response, notification) and a function. */
static void plus_read(struct conn *c, enum side side, struct bytes content, struct rd r)
{
    uint8_t version = rd_u8(&r);
    uint16_t length = rd_be16(&r);

    if (version == 0x03 && rd_left(&r) != 0 && rd_peek(&r).p[0] == 0x20) { /* a digest goes before */
        rd_skip(&r, 33);
    }
    uint8_t code = rd_u8(&r);
    rd_skip(&r, 2);
    uint16_t function = rd_be16(&r);
    rd_skip(&r, 2);
    uint16_t sequence = rd_be16(&r);
    if (!rd_ok(&r) || length == 0 || version == 0xff) { /* keep-alive, end of data */
        return;
    }
    struct txn *t = exchange(c, side, S7_PLUS, code == 0x33 ? 0 : sequence);
    if (t != NULL) {
        struct s7comm *d = txn_data(t);
        d->part[side] = (struct part){ true, code, 0, 0 };
        d->has_function |= code != 0x33;
        d->function = code != 0x33 ? function : 0;
        if (conn_asked(c)) {
            d->content[side] = arena_copy(txn_arena(t), content);
        }
        over(t, side);
    }
}

/* The way to a connection: its two messages come in any order, since both wait for the data that tell what it is. */
static struct txn *connection(struct conn *c, enum side side)
{
    for (struct txn *t = txn_first(c); t != NULL; t = t->next) {
        const struct s7comm *d = txn_data_const(t);
        if (d->protocol == 0 && !d->part[side].there) {
            return t;
        }
    }
    return txn_new(c);
}

static enum outcome s7comm_parse(struct conn *c, enum side side, unsigned unit, struct rd r)
{
    uint16_t length;

    (void)unit;
    (void)tpkt_read(&r, &length);
    struct bytes content = rd_peek(&r);
    uint8_t n = rd_u8(&r), kind = rd_u8(&r);
    struct rd head = rd_sub(&r, n != 0 ? n - 1u : 0);
    if (!rd_ok(&r) || n == 0) {
        conn_note(c, side, NOTE_MALFORMED_COTP);
        return OUTCOME_OK;
    }
    if (kind == COTP_DATA) {
        uint8_t protocol = rd_left(&r) != 0 ? rd_u8(&r) : 0;
        if (protocol == S7) {
            s7_read(c, side, r);
        } else if (protocol == S7_PLUS) {
            plus_read(c, side, content, r);
        }
        return OUTCOME_OK;
    }
    struct txn *t = kind == COTP_CONNECT || kind == COTP_CONFIRM ? connection(c, side) : NULL;
    if (t != NULL) {
        struct s7comm *d = txn_data(t);
        d->part[side] = (struct part){ true, kind, 0, 0 };
        if (side == TO_SERVER) {
            d->has_rack = connect_read(head, &d->source, &d->destination);
        }
        txn_done(t, side);
    }
    return OUTCOME_OK;
}

/* ------- fields ------- */

static const struct code functions[] = {
    { 0x00, "cpu_services" }, { 0x04, "read" }, { 0x05, "write" }, { 0x1a, "request_download" }, { 0x1b, "download_block" }, { 0x1c, "download_ended" },
    { 0x1d, "start_upload" }, { 0x1e, "upload" }, { 0x1f, "end_upload" }, { 0x28, "plc_control" }, { 0x29, "plc_stop" }, { 0xf0, "setup_communication" },
}, groups[] = { { 0, "mode_transition" }, { 1, "programmer" }, { 2, "cyclic" }, { 3, "block" }, { 4, "cpu" }, { 5, "security" }, { 7, "time" } },
  plus_functions[] = { { 0x04bb, "explore" }, { 0x04ca, "createobject" }, { 0x04d4, "deleteobject" }, { 0x04f2, "setvariable" }, { 0x0524, "getlink" },
                       { 0x0542, "setmultivar" }, { 0x054c, "getmultivar" }, { 0x0556, "beginsequence" }, { 0x0560, "endsequence" }, { 0x056b, "invoke" },
                       { 0x0586, "getvarsubstr" } },
  plus_opcodes[] = { { 0x31, "request" }, { 0x32, "response" }, { 0x33, "notification" }, { 0x02, "response2" } },
  types[] = { { TYPE_JOB, "job" }, { TYPE_ACK, "ack" }, { TYPE_ANSWER, "ack_data" }, { TYPE_USER, "userdata" } },
  areas[] = { { 0x03, "system_info" }, { 0x05, "system_flags" }, { 0x06, "analog_inputs" }, { 0x07, "analog_outputs" }, { 0x1c, "counters" }, { 0x1d, "timers" },
              { 0x80, "peripherals" }, { 0x81, "inputs" }, { 0x82, "outputs" }, { 0x83, "flags" }, { 0x84, "db" }, { 0x85, "di" } };

static bool function(const struct txn *t, enum side side, unsigned i, uint64_t *out)
{
    const struct s7comm *d = txn_data_const(t);

    (void)side;
    *out = d->function;
    return i == 0 && d->has_function;
}

static bool plus_function(const struct txn *t, enum side side, unsigned i, uint64_t *out)
{
    const struct s7comm *d = txn_data_const(t);

    *out = d->function;
    return i == 0 && d->has_function && d->protocol == S7_PLUS && d->part[side].there;
}

static bool plus_opcode(const struct txn *t, enum side side, unsigned i, uint64_t *out)
{
    const struct s7comm *d = txn_data_const(t);

    *out = d->part[side].type;
    return i == 0 && d->part[side].there && d->protocol == S7_PLUS;
}

static bool plus_content(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct s7comm *d = txn_data_const(t);

    *out = d->content[side];
    return i == 0 && out->p != NULL;
}

static bool type(const struct txn *t, enum side side, unsigned i, uint64_t *out)
{
    const struct s7comm *d = txn_data_const(t);

    *out = d->part[side].type;
    return i == 0 && d->part[side].there && d->protocol == S7;
}

static bool error(const struct txn *t, enum side side, unsigned i, uint64_t *out)
{
    const struct s7comm *d = txn_data_const(t);

    (void)side;
    *out = (uint64_t)d->part[TO_CLIENT].error_class << 8 | d->part[TO_CLIENT].error_code;
    return i == 0 && d->part[TO_CLIENT].there && d->protocol == S7;
}

static bool area(const struct txn *t, enum side side, unsigned i, uint64_t *out)
{
    const struct s7comm *d = txn_data_const(t);

    (void)side;
    *out = i < d->item_n ? d->item[i].area : 0;
    return i < d->item_n;
}

static bool db(const struct txn *t, enum side side, unsigned i, uint64_t *out)
{
    const struct s7comm *d = txn_data_const(t);

    (void)side;
    *out = i < d->item_n ? d->item[i].block : 0;
    return i < d->item_n;
}

static bool block(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct s7comm *d = txn_data_const(t);

    (void)side;
    *out = d->block;
    return i == 0 && out->p != NULL && out->n != 0;
}

#define BOTH .sides = SIDE_BOTH_BITS, .stage = { 1, 1 }
static const struct field fields[] = {
    { .name = "s7comm.type", .type = FIELD_NUMBER, BOTH, .number = type, .bits = 8, .names = NAMES_CODES(types), .help = "1 job, 2 ack, 3 ack_data, 7 userdata" },
    { .name = "s7comm.function", .type = FIELD_NUMBER, BOTH, .number = function, .bits = 16, .names = NAMES_CODES(functions), .help = "4 read, 5 write, 0x29 plc_stop, ...; of userdata its group" },
    { .name = "s7comm.plus_opcode", .type = FIELD_NUMBER, BOTH, .number = plus_opcode, .bits = 8, .names = NAMES_CODES(plus_opcodes), .help = "of the successor (plus): 0x31 request, 0x32 response, 0x33 notification" },
    { .name = "s7comm.plus_function", .type = FIELD_NUMBER, BOTH, .number = plus_function, .bits = 16, .names = NAMES_CODES(plus_functions), .help = "of the successor (plus): 0x04bb explore, 0x0542 setmultivar, ..." },
    { .name = "s7comm.plus_content", .type = FIELD_BYTES, .flags = FIELD_DEMAND, BOTH, .bytes = plus_content, .snort = "s7commplus_content", .help = "of the successor (plus): a packet behind its first four bytes" },
    { .name = "s7comm.error", .type = FIELD_NUMBER, .sides = SIDE_CLIENT_BIT, .stage = { [TO_CLIENT] = 1 }, .number = error, .bits = 16, .help = "an answer's error: class and code; 0 is good" },
    { .name = "s7comm.area", .type = FIELD_NUMBER, BOTH, .number = area, .bits = 8, .names = NAMES_CODES(areas), .help = "where each item lies: 0x81 inputs, 0x82 outputs, 0x84 db, ..." },
    { .name = "s7comm.db", .type = FIELD_NUMBER, BOTH, .number = db, .bits = 16, .help = "the data block of each item" },
    { .name = "s7comm.block", .type = FIELD_BYTES, BOTH, .bytes = block, .log = "block", .help = "name of the block that is loaded, or of the service asked of the controller" },
};

/* ------- records ------- */

static void log_items(struct json *j, const struct s7comm *d)
{
    json_array(j, "items");
    for (unsigned i = 0; i < d->item_n; i++) {
        const struct item *x = &d->item[i];
        json_object(j, NULL);
        json_string(j, "area", names_or_unknown(NAMES_CODES(areas), x->area));
        json_u64(j, "db", x->block);
        json_u64(j, "byte", x->address >> 3);
        json_u64(j, "bit", x->address & 7);
        json_u64(j, "size", x->size);
        json_u64(j, "count", x->count);
        json_end_object(j);
    }
    json_end_array(j);
}

static void s7comm_log(const struct txn *t, struct json *j)
{
    const struct s7comm *d = txn_data_const(t);
    const struct part *ask = &d->part[TO_SERVER], *answer = &d->part[TO_CLIENT];
    const struct part *any = ask->there ? ask : answer;

    json_string(j, "protocol", d->protocol == S7 ? "s7comm" : d->protocol == S7_PLUS ? "s7comm_plus" : "cotp");
    if (d->protocol == 0) {
        json_string(j, "function", "connect");
        if (d->has_rack) {
            json_u64(j, "source_tsap", d->source);
            json_u64(j, "destination_tsap", d->destination);
            json_u64(j, "rack", d->destination >> 5 & 7);
            json_u64(j, "slot", d->destination & 31);
        }
        json_bool(j, "accepted", answer->there);
        return;
    }
    json_u64(j, "reference", d->reference);
    if (d->protocol == S7) {
        json_string(j, "type", names_or_unknown(NAMES_CODES(types), any->type));
    } else {
        json_string(j, "type", any->type == 0x31 ? "request" : any->type == 0x32 ? "response" : "notification");
    }
    if (d->has_function) {
        bool user = d->protocol == S7 && any->type == TYPE_USER, plus = d->protocol == S7_PLUS;
        json_u64(j, "function_code", d->function);
        if (!plus) {
            json_string(j, "function", user ? names_or_unknown(NAMES_CODES(groups), d->function) : names_or_unknown(NAMES_CODES(functions), d->function));
        }
        if (user) {
            json_u64(j, "subfunction", d->subfunction);
        }
    }
    if (d->item_n != 0) {
        log_items(j, d);
    }
    json_bool(j, "answered", answer->there);
    if (answer->there && (answer->error_class | answer->error_code) != 0) {
        json_u64(j, "error_class", answer->error_class);
        json_u64(j, "error_code", answer->error_code);
    }
}

static const struct note_row notes[] = {
    [NOTE_MALFORMED_TPKT] = { "malformed_tpkt", 0, 0, "a packet of another version, or shorter than its head" },
    [NOTE_MALFORMED_COTP] = { "malformed_cotp", 0, 0, "a head of COTP that runs on beyond its packet" },
    [NOTE_MALFORMED_DATA] = { "malformed_data", 0, 0, "a message that ends within its head or its parameters" },
};

extern const struct proto proto_s7comm;
const struct proto proto_s7comm = {
    .name = "s7comm",
    .ports = "tcp/102",
    .transports = 1,
    .own_transports = 1,
    .by_name = true,
    .whole_never = true, /* Suricata's rules about the stream see it as what it does not know */
    .probe = s7comm_probe,
    .state_size = sizeof(struct s7comm_state),
    .txn_size = sizeof(struct s7comm),
    .unit_max = UNIT_KEPT,
    .txn_bytes_max = 8192,
    .frame = s7comm_frame,
    .parse = s7comm_parse,
    .fields = fields,
    .field_n = ROWS(fields),
    .notes = notes,
    .note_n = ROWS(notes),
    .log = s7comm_log,
};
