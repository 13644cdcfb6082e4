/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * krb5 - Kerberos 5 key distribution (RFC 4120) over TCP and UDP.
 *
 * A message is a transaction of its own.
 */
#include "proto/proto.h"
#include "wire/krb5.h"

enum krb5_note { KRB5_MALFORMED, KRB5_WEAK };
enum { AS_REQ = 10, AS_REP = 11, TGS_REQ = 12, TGS_REP = 13, AP_REQ = 14, AP_REP = 15, KRB_ERROR = 30, MARK = 4, MESSAGE_MAX = 1024 * 1024 };

static const struct {
    const char *name;
    uint8_t side;
} types[] = {
    [AS_REQ] = { "KRB_AS_REQ", TO_SERVER }, [AS_REP] = { "KRB_AS_REP", TO_CLIENT }, [TGS_REQ] = { "KRB_TGS_REQ", TO_SERVER },
    [TGS_REP] = { "KRB_TGS_REP", TO_CLIENT }, [AP_REQ] = { "KRB_AP_REQ", TO_SERVER }, [AP_REP] = { "KRB_AP_REP", TO_CLIENT },
    [KRB_ERROR] = { "KRB_ERROR", TO_CLIENT },
};

/* Where the getter of a name's parts stands: the next one, and what it lies in. */
struct krb5_walk {
    unsigned next;
    struct rd rest;
};

struct krb5 {
    struct krb5_walk *walk;      /* of cname, of sname; NULL: no memory */
    uint8_t type, asked;         /* asked: what an error is about; 0: not known */
    struct bytes realm, cname, sname; /* names as text; p NULL: none */
    struct rd cparts, sparts;    /* … and their parts, in the arena */
    bool has_error, has_encryption, has_ticket;
    int64_t error, encryption, ticket_encryption;
};

struct krb5_state {
    uint8_t asked;
};

/* ------- recognition and framing ------- */

static uint8_t type_of(struct bytes b)
{
    uint8_t type = b.n != 0 && (b.p[0] & 0xe0) == 0x60 ? b.p[0] & 0x1f : 0;

    return type < ROWS(types) && types[type].name != NULL ? type : 0;
}

static enum probe probe_message(struct rd r, enum side side)
{
    uint8_t type = type_of(rd_peek(&r));
    struct asn1 e;
    struct rd head = r;

    if (type == 0) {
        return PROBE_NO;
    }
    rd_skip(&head, 1); /* the element may not have come whole: only its head is looked at */
    uint8_t n = rd_u8(&head);
    rd_skip(&head, n > 0x80 ? n & 0x7f : 0);
    uint8_t sequence = rd_u8(&head);
    if (!rd_ok(&head) || sequence != ASN1_SEQUENCE) {
        return PROBE_NO;
    }
    n = rd_u8(&head);
    rd_skip(&head, n > 0x80 ? n & 0x7f : 0);
    if (!asn1_next(&head, &e) || asn1_number(&e.content, ASN1_INTEGER) != 5 || !rd_ok(&e.content)) {
        return PROBE_NO;
    }
    return types[type].side == side ? PROBE_YES : PROBE_REVERSED;
}

static enum probe krb5_probe(struct rd data, enum side side, bool whole)
{
    struct rd tcp = data;
    uint32_t n = rd_be32(&tcp);

    if (type_of(rd_peek(&data)) != 0) {
        return probe_message(data, side);
    }
    if (!rd_ok(&tcp) || rd_left(&tcp) < 20) {
        return whole ? PROBE_NO : PROBE_MORE;
    }
    return n >= 16 && n <= MESSAGE_MAX ? probe_message(tcp, side) : PROBE_NO;
}

static struct frame krb5_frame(struct conn *c, enum side side, struct rd data)
{
    size_t have = rd_left(&data);

    if (conn_datagram(c)) {
        return (struct frame){ FRAME_UNIT, 0, have };
    }
    uint32_t n = rd_be32(&data); /* 7.2.2 */
    if (!rd_ok(&data)) {
        return (struct frame){ FRAME_MORE, 0, MARK };
    }
    if (n == 0 || n > MESSAGE_MAX - MARK) {
        conn_note(c, side, KRB5_MALFORMED);
        return (struct frame){ FRAME_BAD, 0, 0 };
    }
    return (struct frame){ have < n + (size_t)MARK ? FRAME_MORE : FRAME_UNIT, 0, n + (uint64_t)MARK };
}

/* ------- reading ------- */

static void keep_name(struct txn *t, struct rd name, struct bytes *text, struct rd *parts)
{
    struct rd p;

    if (krb5_name(name, &p)) {
        *parts = rd_of(arena_copy(txn_arena(t), rd_peek(&p)));
        *text = krb5_name_text(*parts, txn_arena(t));
    }
}

static void keep_realm(struct txn *t, struct rd r)
{
    struct krb5 *d = txn_data(t);
    struct rd text = asn1_expect(&r, ASN1_GENERAL_STRING);

    if (rd_ok(&text)) {
        d->realm = arena_copy(txn_arena(t), rd_rest(&text));
    }
}

/* 5.4.1 */
static bool read_request(struct txn *t, struct rd r)
{
    struct krb5 *d = txn_data(t);
    struct rd part, body, cname, sname;

    (void)asn1_expect(&r, ASN1_CONTEXT(1));
    (void)asn1_expect(&r, ASN1_CONTEXT(2));
    (void)asn1_optional(&r, ASN1_CONTEXT(3), &part);
    part = asn1_expect(&r, ASN1_CONTEXT(4));
    body = asn1_expect(&part, ASN1_SEQUENCE);
    (void)asn1_expect(&body, ASN1_CONTEXT(0));
    if (asn1_optional(&body, ASN1_CONTEXT(1), &cname)) {
        keep_name(t, cname, &d->cname, &d->cparts);
    }
    keep_realm(t, asn1_expect(&body, ASN1_CONTEXT(2)));
    if (asn1_optional(&body, ASN1_CONTEXT(3), &sname)) {
        keep_name(t, sname, &d->sname, &d->sparts);
    }
    return rd_ok(&body) && rd_ok(&r);
}

/* 5.4.2 */
static bool read_reply(struct txn *t, struct rd r)
{
    struct krb5 *d = txn_data(t);
    struct krb5_ticket ticket;
    struct rd part;

    (void)asn1_expect(&r, ASN1_CONTEXT(0));
    (void)asn1_expect(&r, ASN1_CONTEXT(1));
    (void)asn1_optional(&r, ASN1_CONTEXT(2), &part);
    keep_realm(t, asn1_expect(&r, ASN1_CONTEXT(3)));
    keep_name(t, asn1_expect(&r, ASN1_CONTEXT(4)), &d->cname, &d->cparts);
    part = asn1_expect(&r, ASN1_CONTEXT(5));
    if (krb5_ticket(&part, &ticket)) {
        d->sparts = rd_of(arena_copy(txn_arena(t), rd_peek(&ticket.sname)));
        d->sname = krb5_name_text(d->sparts, txn_arena(t));
        d->ticket_encryption = ticket.encryption;
        d->has_ticket = true;
    }
    part = asn1_expect(&r, ASN1_CONTEXT(6));
    struct rd sealed = asn1_expect(&part, ASN1_SEQUENCE), etype = asn1_expect(&sealed, ASN1_CONTEXT(0));
    d->encryption = asn1_number(&etype, ASN1_INTEGER);
    d->has_encryption = rd_ok(&etype);
    if (d->has_encryption && krb5_encryption_weak(d->encryption)) {
        txn_note(t, KRB5_WEAK);
    }
    return d->has_encryption;
}

/* 5.9.1 */
static bool read_error(struct txn *t, struct rd r)
{
    struct krb5 *d = txn_data(t);
    struct rd part;

    for (unsigned i = 0; i <= 5; i++) { /* version, type, times: some may be left out */
        (void)asn1_optional(&r, (uint8_t)ASN1_CONTEXT(i), &part);
    }
    part = asn1_expect(&r, ASN1_CONTEXT(6));
    d->error = asn1_number(&part, ASN1_INTEGER);
    d->has_error = rd_ok(&part);
    if (asn1_optional(&r, ASN1_CONTEXT(7), &part)) {
        keep_realm(t, part);
    }
    if (asn1_optional(&r, ASN1_CONTEXT(8), &part)) {
        keep_name(t, part, &d->cname, &d->cparts);
    }
    (void)asn1_expect(&r, ASN1_CONTEXT(9));
    keep_name(t, asn1_expect(&r, ASN1_CONTEXT(10)), &d->sname, &d->sparts);
    return d->has_error && rd_ok(&r);
}

static bool read_nothing(struct txn *t, struct rd r)
{
    (void)t;
    return rd_ok(&r);
}

static bool (*const readers[])(struct txn *t, struct rd r) = {
    [AS_REQ] = read_request, [AS_REP] = read_reply, [TGS_REQ] = read_request, [TGS_REP] = read_reply, [AP_REQ] = read_nothing, [AP_REP] = read_nothing,
    [KRB_ERROR] = read_error,
};

static enum outcome krb5_parse(struct conn *c, enum side side, unsigned unit, struct rd bytes)
{
    struct krb5_state *s = conn_state(c);

    (void)unit;
    if (!conn_datagram(c)) {
        rd_skip(&bytes, MARK);
    }
    uint8_t type = type_of(rd_peek(&bytes));
    struct asn1 message;
    if (type == 0 || !asn1_next(&bytes, &message)) {
        conn_note(c, side, KRB5_MALFORMED);
        return OUTCOME_BAD;
    }
    struct txn *t = txn_new(c);
    if (t == NULL) {
        return OUTCOME_OK;
    }
    struct krb5 *d = txn_data(t);
    d->type = type;
    d->walk = arena_zero(txn_arena(t), 2 * sizeof *d->walk);
    if (!readers[type](t, asn1_expect(&message.content, ASN1_SEQUENCE))) {
        txn_note(t, KRB5_MALFORMED);
    }
    if (types[type].side == TO_SERVER) {
        s->asked = type;
    } else if (type == KRB_ERROR) {
        d->asked = s->asked;
    }
    txn_message(t, side);
    return OUTCOME_OK;
}

/* ------- fields ------- */

static bool msg_type(const struct txn *t, enum side side, unsigned i, uint64_t *out)
{
    const struct krb5 *d = txn_data_const(t);

    (void)side;
    *out = d->type;
    return i == 0;
}

static bool err_code(const struct txn *t, enum side side, unsigned i, uint64_t *out)
{
    const struct krb5 *d = txn_data_const(t);

    (void)side;
    *out = (uint64_t)d->error;
    return i == 0 && d->has_error;
}

static bool ticket_etype(const struct txn *t, enum side side, unsigned i, uint64_t *out)
{
    const struct krb5 *d = txn_data_const(t);

    (void)side;
    *out = (uint64_t)d->ticket_encryption;
    return i == 0 && d->has_ticket;
}

static bool ticket_weak(const struct txn *t, enum side side, unsigned i, uint64_t *out)
{
    const struct krb5 *d = txn_data_const(t);

    (void)side;
    *out = krb5_encryption_weak(d->ticket_encryption);
    return i == 0 && d->has_ticket;
}

/* Parts are asked for in their order: on from the last one. */
static bool part(struct krb5_walk *w, struct rd parts, unsigned i, struct bytes *out)
{
    struct krb5_walk afresh = { .next = 0, .rest = parts };

    w = w != NULL ? w : &afresh;
    if (i < w->next || w->next == 0) {
        *w = afresh;
    }
    while (krb5_name_next(&w->rest, out)) {
        if (w->next++ == i) {
            return true;
        }
    }
    return false;
}

static bool cname(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct krb5 *d = txn_data_const(t);

    (void)side;
    return part(d->walk, d->cparts, i, out);
}

static bool sname(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct krb5 *d = txn_data_const(t);

    (void)side;
    return part(d->walk != NULL ? d->walk + 1 : NULL, d->sparts, i, out);
}

static const struct field fields[] = {
    { .name = "krb5_msg_type", .type = FIELD_NUMBER, .sides = SIDE_BOTH_BITS, .stage = { 1, 1 }, .number = msg_type, .bits = 32,
      .help = "10 AS-REQ, 11 AS-REP, 12 TGS-REQ, 13 TGS-REP, 30 an error" },
    { .name = "krb5_err_code", .type = FIELD_NUMBER, .sides = SIDE_BOTH_BITS, .stage = { 1, 1 }, .number = err_code, .bits = 32, .help = "code of an error" },
    { .name = "krb5.cname", .aliases = "krb5_cname", .type = FIELD_LIST, .sides = SIDE_BOTH_BITS, .stage = { 1, 1 }, .bytes = cname,
      .sign = SIGN_USER, .help = "each part of the client's name" },
    { .name = "krb5.sname", .aliases = "krb5_sname", .type = FIELD_LIST, .sides = SIDE_BOTH_BITS, .stage = { 1, 1 }, .bytes = sname,
      .help = "each part of the server's name" },
    { .name = "krb5.ticket_etype", .type = FIELD_NUMBER, .sides = SIDE_BOTH_BITS, .stage = { 1, 1 }, .number = ticket_etype, .names = &krb5_encryptions,
      .help = "number of the encryption of the ticket that a reply carries" },
    { .name = "krb5.ticket_weak", .type = FIELD_FLAG, .sides = SIDE_BOTH_BITS, .stage = { 1, 1 }, .number = ticket_weak, .help = "… which is weak" },
};

/* ------- record ------- */

static const char *error_name(int64_t code)
{
    static const struct { int64_t code; const char *name; } names[] = {
#define ERROR(number, name) { number, #name },
#include "krb5_errors.list"
#undef ERROR
    };

    for (unsigned i = 0; i < ROWS(names); i++) {
        if (names[i].code == code) {
            return names[i].name;
        }
    }
    return NULL;
}

static void log_or_empty(struct json *j, const char *key, struct bytes b)
{
    if (b.n != 0) {
        json_bytes(j, key, b);
    } else {
        json_string(j, key, "<empty>");
    }
}

static void log_encryption(struct json *j, const char *key, int64_t etype)
{
    json_string(j, key, names_or_unknown(&krb5_encryptions, (uint64_t)etype));
}

static void krb5_log(const struct txn *t, struct json *j)
{
    const struct krb5 *d = txn_data_const(t);

    json_string(j, "msg_type", types[d->type].name);
    if (d->type == KRB_ERROR) {
        json_string(j, "failed_request", d->asked != 0 ? types[d->asked].name : "UNKNOWN");
        const char *name = error_name(d->error);
        json_string(j, "error_code", name != NULL ? name : "UNKNOWN");
    }
    log_or_empty(j, "cname", d->cname);
    log_or_empty(j, "realm", d->realm);
    log_or_empty(j, "sname", d->sname);
    if (d->has_encryption) {
        log_encryption(j, "encryption", d->encryption);
    } else {
        json_string(j, "encryption", "<none>");
    }
    json_bool(j, "weak_encryption", d->has_encryption && krb5_encryption_weak(d->encryption));
    if (d->has_ticket) {
        log_encryption(j, "ticket_encryption", d->ticket_encryption);
        json_bool(j, "ticket_weak_encryption", krb5_encryption_weak(d->ticket_encryption));
    }
}

/* ------- row ------- */

static const struct note_row notes[] = {
    [KRB5_MALFORMED] = { "malformed_data", 0, 0, "a message does not follow its grammar" },
    [KRB5_WEAK] = { "weak_encryption", 0, 0, "a reply is encrypted with DES, RC4 or the like" },
};

extern const struct proto proto_krb5;
const struct proto proto_krb5 = {
    .name = "krb5",
    .ports = "tcp/88 udp/88",
    .transports = 3,
    .probe = krb5_probe,
    .state_size = sizeof(struct krb5_state),
    .txn_size = sizeof(struct krb5),
    .unit_max = MESSAGE_MAX,
    .txn_bytes_max = 64 * 1024,
    .frame = krb5_frame,
    .parse = krb5_parse,
    .fields = fields,
    .field_n = ROWS(fields),
    .notes = notes,
    .note_n = ROWS(notes),
    .log = krb5_log,
};
