/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nbns - NetBIOS' name service (RFC 1002 4.2), over UDP: who has a name, who takes one, which names a host has.
 *
 * A message is a transaction of its own: most questions go to all and are answered by one, or by nobody.
 */
#include "proto/proto.h"
#include "wire/address.h"
#include "wire/nbname.h"

enum { NOTE_MALFORMED, NOTE_TOO_MANY_NAMES };
enum { HEAD = 12, NAMES_MAX = 64, ADDRESSES_MAX = 32 };
enum { RECORD_NB = 0x20, RECORD_STATUS = 0x21, CLASS_IN = 1, FLAG_RESPONSE = 0x8000, FLAG_BROADCAST = 0x10 };
enum { NAME_GROUP = 0x8000, MAC_SIZE = 6 };

struct owned {
    struct nbname name;
    uint16_t flags;
};

struct nbns {
    uint16_t id, flags;
    bool has_name;
    struct nbname name;
    uint16_t record;
    uint32_t ttl;
    bool has_answer, group;
    struct bytes *address;
    unsigned address_n;
    struct owned *owned;
    unsigned owned_n;
    struct bytes mac;
};

/* RFC 1002 4.2.1.1 */
static const char *const operations[16] = { [0] = "query", [5] = "registration", [6] = "release", [7] = "wack", [8] = "refresh", [9] = "refresh", [15] = "multi_home_registration" };
static const char *const results[8] = { "no_error", "format_error", "server_failure", "name_error", "unsupported", "refused", "active", "conflict" };

static unsigned operation_of(const struct nbns *d) { return d->flags >> 11 & 15; }

static bool head_read(struct rd *r, struct nbns *d, uint16_t *questions, uint16_t *answers, uint16_t *others)
{
    d->id = rd_be16(r);
    d->flags = rd_be16(r);
    *questions = rd_be16(r);
    *answers = rd_be16(r);
    rd_skip(r, 2);
    *others = rd_be16(r);
    return rd_ok(r) && operations[operation_of(d)] != NULL && *questions <= 1 && *answers <= 1 && *others <= 1 && *questions + *answers != 0;
}

static enum probe nbns_probe(struct rd data, enum side side, bool whole)
{
    struct nbns d;
    uint16_t questions, answers, others;

    (void)side;
    (void)whole;
    if (!head_read(&data, &d, &questions, &answers, &others) || !nbname_read(&data, &d.name)) {
        return PROBE_NO;
    }
    uint16_t record = rd_be16(&data), class = rd_be16(&data);
    return rd_ok(&data) && (record == RECORD_NB || record == RECORD_STATUS || record == 0x0a) && class == CLASS_IN ? PROBE_EITHER : PROBE_NO;
}

static struct frame nbns_frame(struct conn *c, enum side side, struct rd data)
{
    (void)c;
    (void)side;
    return (struct frame){ FRAME_UNIT, 0, rd_left(&data) };
}

/* RFC 1002 4.2.18: names with their flags, then the hardware address. */
static void status_read(struct txn *t, struct rd r)
{
    struct nbns *d = txn_data(t);
    uint8_t n = rd_u8(&r);

    d->owned = arena_zero(txn_arena(t), NAMES_MAX * sizeof *d->owned);
    if (n > NAMES_MAX) {
        txn_note(t, NOTE_TOO_MANY_NAMES);
    }
    for (unsigned i = 0; i < n && rd_ok(&r) && d->owned != NULL; i++) {
        struct owned o;
        nbname_plain(&r, &o.name);
        o.flags = rd_be16(&r);
        if (rd_ok(&r) && d->owned_n < NAMES_MAX) {
            d->owned[d->owned_n++] = o;
        }
    }
    d->mac = arena_copy(txn_arena(t), rd_bytes(&r, MAC_SIZE));
    if (!rd_ok(&r)) {
        txn_note(t, NOTE_MALFORMED);
    }
}

/* 4.2.13: flags and an address for each. */
static void addresses_read(struct txn *t, struct rd r)
{
    struct nbns *d = txn_data(t);

    d->address = arena_zero(txn_arena(t), ADDRESSES_MAX * sizeof *d->address);
    while (rd_left(&r) != 0 && d->address_n < ADDRESSES_MAX && d->address != NULL) {
        d->group |= (rd_be16(&r) & NAME_GROUP) != 0;
        struct bytes b = rd_bytes(&r, 4);
        if (rd_ok(&r)) {
            d->address[d->address_n++] = arena_copy(txn_arena(t), b);
        }
    }
}

/* 4.2.1.3 */
static void record_read(struct txn *t, struct rd *r, bool named)
{
    struct nbns *d = txn_data(t);
    struct rd at = *r;
    struct nbname name;

    if (rd_u8(&at) >= 0xc0) { /* a pointer to the question's name */
        rd_skip(r, 2);
    } else if (nbname_read(r, &name)) {
        d->name = named ? d->name : name;
        d->has_name = true;
    } else {
        rd_fail(r);
    }
    d->record = rd_be16(r);
    rd_skip(r, 2);
    d->ttl = rd_be32(r);
    struct rd data = rd_vec16(r);
    d->has_answer = rd_ok(r) && rd_ok(&data);
    if (!d->has_answer) {
        txn_note(t, NOTE_MALFORMED);
    } else if (d->record == RECORD_STATUS) {
        status_read(t, data);
    } else if (d->record == RECORD_NB) {
        addresses_read(t, data);
    }
}

static enum outcome nbns_parse(struct conn *c, enum side side, unsigned unit, struct rd r)
{
    struct nbns head = { .id = 0 };
    uint16_t questions, answers, others;

    (void)unit;
    if (!head_read(&r, &head, &questions, &answers, &others)) {
        conn_note(c, side, NOTE_MALFORMED);
        return OUTCOME_BAD;
    }
    struct txn *t = txn_new(c);
    if (t == NULL) {
        return OUTCOME_OK;
    }
    struct nbns *d = txn_data(t);
    *d = head;
    if (questions != 0) {
        d->has_name = nbname_read(&r, &d->name);
        d->record = rd_be16(&r);
        rd_skip(&r, 2);
        if (!d->has_name || !rd_ok(&r)) {
            txn_note(t, NOTE_MALFORMED);
        }
    }
    if (answers + others != 0 && (questions == 0 || d->has_name)) {
        record_read(t, &r, questions != 0);
    }
    txn_message(t, side);
    return OUTCOME_OK;
}

/* ------- fields ------- */

static bool name(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct nbns *d = txn_data_const(t);

    (void)side;
    *out = nbname_text(&d->name);
    return i == 0 && d->has_name;
}

static bool suffix(const struct txn *t, enum side side, unsigned i, uint64_t *out)
{
    const struct nbns *d = txn_data_const(t);

    (void)side;
    *out = d->name.suffix;
    return i == 0 && d->has_name;
}

static bool operation(const struct txn *t, enum side side, unsigned i, uint64_t *out)
{
    (void)side;
    *out = operation_of(txn_data_const(t));
    return i == 0;
}

static bool result(const struct txn *t, enum side side, unsigned i, uint64_t *out)
{
    const struct nbns *d = txn_data_const(t);

    (void)side;
    *out = d->flags & 15;
    return i == 0 && (d->flags & FLAG_RESPONSE) != 0;
}

static bool owned(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct nbns *d = txn_data_const(t);

    (void)side;
    *out = i < d->owned_n ? nbname_text(&d->owned[i].name) : bytes_none();
    return i < d->owned_n;
}

/* Names that the sender says are its own: it takes them, or answers for them; fifteen bytes at most and the suffix. */
static bool own(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct nbns *d = txn_data_const(t);
    unsigned operation = operation_of(d);
    bool takes = (d->flags & FLAG_RESPONSE) == 0 && (operation == 5 || operation == 8), answers = (d->flags & (FLAG_RESPONSE | 15)) == FLAG_RESPONSE && operation == 0;

    (void)side;
    if (answers && d->owned_n != 0) {
        *out = i < d->owned_n && (d->owned[i].flags & NAME_GROUP) == 0 ? nbname_plain_text(&d->owned[i].name) : bytes_none();
        return i < d->owned_n;
    }
    *out = nbname_plain_text(&d->name);
    return i == 0 && d->has_name && !d->group && (takes || (answers && d->address_n == 1));
}

#define BOTH .sides = SIDE_BOTH_BITS, .stage = { 1, 1 }
static const struct field fields[] = {
    { .name = "nbns.name", .type = FIELD_BYTES, BOTH, .bytes = name, .log = "name", .help = "the name asked for or taken, without the blanks at its end" },
    { .name = "nbns.suffix", .type = FIELD_NUMBER, BOTH, .number = suffix, .bits = 8, .help = "kind of name: 0 workstation, 0x20 server, 0x1b domain master browser, ..." },
    { .name = "nbns.opcode", .type = FIELD_NUMBER, BOTH, .number = operation, .bits = 8, .names = NAMES_LIST(operations), .help = "0 query, 5 registration, 6 release, ..." },
    { .name = "nbns.rcode", .type = FIELD_NUMBER, BOTH, .number = result, .bits = 8, .help = "result of a response: 0 good, 3 no such name, 6 taken, ..." },
    { .name = "nbns.own", .type = FIELD_LIST, BOTH, .bytes = own, .sign = SIGN_NBNS_NAME, .help = "each name that the sender takes or answers for, its suffix as one byte behind it" },
    { .name = "nbns.owned_name", .type = FIELD_LIST, BOTH, .bytes = owned, .help = "each name that a host has" },
};

static void log_kind(struct json *j, const struct nbname *n, bool group)
{
    const char *kind = nbname_kind(n->suffix, group);

    json_u64(j, "suffix", n->suffix);
    if (kind != NULL) {
        json_string(j, "kind", kind);
    }
}

static void log_owned(struct json *j, const struct nbns *d)
{
    json_array(j, "names");
    for (unsigned i = 0; i < d->owned_n; i++) {
        json_object(j, NULL);
        json_bytes(j, "name", nbname_text(&d->owned[i].name));
        json_bool(j, "group", (d->owned[i].flags & NAME_GROUP) != 0);
        log_kind(j, &d->owned[i].name, (d->owned[i].flags & NAME_GROUP) != 0);
        json_end_object(j);
    }
    json_end_array(j);
    json_hex(j, "mac", d->mac, ':');
}

static void nbns_log(const struct txn *t, struct json *j)
{
    const struct nbns *d = txn_data_const(t);
    bool response = (d->flags & FLAG_RESPONSE) != 0;

    json_u64(j, "id", d->id);
    json_string(j, "type", response ? "response" : "request");
    json_string(j, "opcode", operations[operation_of(d)]);
    json_bool(j, "broadcast", (d->flags & FLAG_BROADCAST) != 0);
    if (d->has_name) {
        log_kind(j, &d->name, d->group);
    }
    json_string(j, "record", d->record == RECORD_STATUS ? "NBSTAT" : d->record == RECORD_NB ? "NB" : "other");
    if (response) {
        const char *text = (d->flags & 15) < ROWS(results) ? results[d->flags & 15] : "unassigned";
        json_string(j, "rcode", text);
    }
    if (d->has_answer) {
        json_u64(j, "ttl", d->ttl);
    }
    if (d->address_n != 0) {
        json_array(j, "addresses");
        for (unsigned i = 0; i < d->address_n; i++) {
            address_log(j, NULL, d->address[i]);
        }
        json_end_array(j);
    }
    if (d->owned_n != 0) {
        log_owned(j, d);
    }
}

static const struct note_row notes[] = {
    [NOTE_MALFORMED] = { "malformed_data", 0, 0, "a message that ends within itself, or with a name that is none" },
    [NOTE_TOO_MANY_NAMES] = { "too_many_names", 0, 0, "a host with more than 64 names; the others are not read" },
};

extern const struct proto proto_nbns;
const struct proto proto_nbns = {
    .name = "nbns",
    .ports = "udp/137",
    .transports = 2,
    .own_transports = 2,
    .by_name = true,
    .probe = nbns_probe,
    .txn_size = sizeof(struct nbns),
    .unit_max = 65536,
    .txn_bytes_max = 8192,
    .frame = nbns_frame,
    .parse = nbns_parse,
    .fields = fields,
    .field_n = ROWS(fields),
    .notes = notes,
    .note_n = ROWS(notes),
    .log = nbns_log,
    .log_side = txn_log_message,
};
