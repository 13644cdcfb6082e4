/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * snmp - Simple Network Management Protocol 1 (RFC 1157), 2c (RFC 1901, 3416) and 3 (RFC 3412, 3414) over UDP.
 *
 * A message is a transaction of its own.
 */
#include "proto/proto.h"
#include "wire/asn1.h"

enum snmp_note { SNMP_MALFORMED, SNMP_ENCODING, SNMP_MISMATCH };
enum { SNMP_VARS_MAX = 256, PDU_FIRST = 0xa0, PDU_TRAP_1 = 4, USM = 3, IP_ADDRESS = 0x40 };
enum snmp_span { SPAN_PDU };

static const char *const pdu_names[] = { "get_request", "get_next_request", "response", "set_request", "trap_v1", "get_bulk_request", "inform_request",
                                         "trap_v2", "report" };

struct snmp {
    uint8_t version;         /* 1, 2, 3 */
    bool has_pdu, encrypted;
    uint8_t pdu;
    struct bytes community, user;
    bool has_community, has_user;
    struct bytes variables;  /* the list as it came, its elements read once */
    bool has_trap;
    uint8_t trap;
    struct bytes trap_oid, trap_address;
};

struct snmp_state {
    uint8_t version;         /* of the first message */
};

/* ------- recognition ------- */

static uint8_t version_of(struct rd *body)
{
    int64_t v = asn1_number(body, ASN1_INTEGER);

    if (!rd_ok(body)) {
        return 0;
    }
    return v == 0 ? 1 : v == 1 ? 2 : v == 3 ? 3 : 0;
}

static enum probe snmp_probe(struct rd data, enum side side, bool whole)
{
    struct rd body;

    (void)side;
    (void)whole;
    if (!asn1_optional(&data, ASN1_SEQUENCE, &body)) {
        return PROBE_NO;
    }
    uint8_t version = version_of(&body);
    if (version == 0) {
        return PROBE_NO;
    }
    struct rd next = asn1_expect(&body, version == 3 ? ASN1_SEQUENCE : ASN1_OCTETS);
    return rd_ok(&next) ? PROBE_YES : PROBE_NO;
}

static struct frame snmp_frame(struct conn *c, enum side side, struct rd data)
{
    (void)c;
    (void)side;
    return (struct frame){ FRAME_UNIT, 0, rd_left(&data) };
}

/* ------- reading ------- */

/* The next variable's name; false, and the list bad, when it has none. */
static bool next_variable(struct rd *list, struct rd *oid)
{
    struct rd one;

    if (!asn1_optional(list, ASN1_SEQUENCE, &one)) {
        rd_fail(list);
        return false;
    }
    *oid = asn1_expect(&one, ASN1_OID);
    if (!rd_ok(oid)) {
        rd_fail(list);
    }
    return rd_ok(oid);
}

/* Names are made to text when a record tells them. */
static bool read_variables(struct txn *t, struct rd list)
{
    struct snmp *d = txn_data(t);
    struct bytes all = rd_peek(&list);
    struct rd oid;
    size_t read = 0;

    for (unsigned n = 0; n < SNMP_VARS_MAX && rd_left(&list) != 0 && next_variable(&list, &oid); n++) {
        read = all.n - rd_left(&list);
    }
    d->variables = arena_copy(txn_arena(t), bytes_head(all, read));
    return rd_ok(&list);
}

/* RFC 1157 4.1.6 */
static bool read_trap(struct txn *t, struct rd r)
{
    struct snmp *d = txn_data(t);
    struct rd oid = asn1_expect(&r, ASN1_OID), address = asn1_expect(&r, IP_ADDRESS), list;

    d->trap_oid = asn1_oid_text(oid, txn_arena(t));
    d->trap_address = arena_copy(txn_arena(t), rd_rest(&address));
    d->trap = (uint8_t)asn1_number(&r, ASN1_INTEGER);
    (void)asn1_number(&r, ASN1_INTEGER);
    struct asn1 stamp;
    if (!asn1_next(&r, &stamp)) {
        return false;
    }
    d->has_trap = true;
    return asn1_optional(&r, ASN1_SEQUENCE, &list) && read_variables(t, list);
}

/* RFC 3416 3 */
static bool read_pdu(struct txn *t, struct rd *r)
{
    struct snmp *d = txn_data(t);
    struct asn1 pdu;
    struct rd list;

    if (!asn1_next(r, &pdu) || (pdu.id & 0xe0) != PDU_FIRST || pdu.tag >= ROWS(pdu_names)) {
        return false;
    }
    d->has_pdu = true;
    d->pdu = (uint8_t)pdu.tag;
    if (pdu.tag == PDU_TRAP_1) {
        return read_trap(t, pdu.content);
    }
    for (unsigned i = 0; i < 3; i++) { /* request, error and index, or repetitions */
        (void)asn1_number(&pdu.content, ASN1_INTEGER);
    }
    return asn1_optional(&pdu.content, ASN1_SEQUENCE, &list) && read_variables(t, list);
}

/* RFC 3412 6, RFC 3414 2.4 */
static bool read_version3(struct txn *t, struct rd *body)
{
    struct snmp *d = txn_data(t);
    struct rd head = asn1_expect(body, ASN1_SEQUENCE), parameters, usm, scoped;

    (void)asn1_number(&head, ASN1_INTEGER);
    (void)asn1_number(&head, ASN1_INTEGER);
    (void)asn1_expect(&head, ASN1_OCTETS);
    int64_t model = asn1_number(&head, ASN1_INTEGER);
    parameters = asn1_expect(body, ASN1_OCTETS);
    if (!rd_ok(&head) || !rd_ok(body)) {
        return false;
    }
    if (model == USM && asn1_optional(&parameters, ASN1_SEQUENCE, &usm)) {
        (void)asn1_expect(&usm, ASN1_OCTETS);
        (void)asn1_number(&usm, ASN1_INTEGER);
        (void)asn1_number(&usm, ASN1_INTEGER);
        struct rd user = asn1_expect(&usm, ASN1_OCTETS);
        d->has_user = rd_ok(&user);
        d->user = arena_copy(txn_arena(t), rd_rest(&user));
    }
    if (!asn1_optional(body, ASN1_SEQUENCE, &scoped)) {
        struct rd secret = asn1_expect(body, ASN1_OCTETS);
        d->encrypted = rd_ok(&secret);
        return d->encrypted;
    }
    (void)asn1_expect(&scoped, ASN1_OCTETS); /* engine, context */
    (void)asn1_expect(&scoped, ASN1_OCTETS);
    return read_pdu(t, &scoped);
}

static enum outcome snmp_parse(struct conn *c, enum side side, unsigned unit, struct rd bytes)
{
    struct snmp_state *s = conn_state(c);
    size_t n = rd_left(&bytes);
    struct rd body = asn1_expect(&bytes, ASN1_SEQUENCE);
    uint8_t version = version_of(&body);

    (void)unit;
    if (version == 0) {
        conn_note(c, side, SNMP_MALFORMED);
        return OUTCOME_BAD;
    }
    struct txn *t = txn_new(c);
    if (t == NULL) {
        return OUTCOME_OK;
    }
    struct snmp *d = txn_data(t);
    bool good;
    d->version = version;
    if (version == 3) {
        good = read_version3(t, &body);
    } else {
        struct rd community = asn1_expect(&body, ASN1_OCTETS);
        d->has_community = rd_ok(&community);
        d->community = arena_copy(txn_arena(t), rd_rest(&community));
        good = d->has_community && read_pdu(t, &body);
    }
    if (!good) {
        txn_note(t, SNMP_MALFORMED);
    }
    if (s->version != 0 && s->version != version) {
        txn_note(t, SNMP_MISMATCH);
    }
    s->version = s->version != 0 ? s->version : version;
    conn_span(c, side, SPAN_PDU, 0, n, t);
    txn_message(t, side);
    return OUTCOME_OK;
}

/* ------- fields ------- */

static bool version(const struct txn *t, enum side side, unsigned i, uint64_t *out)
{
    const struct snmp *d = txn_data_const(t);

    (void)side;
    *out = d->version;
    return i == 0;
}

static bool pdu_type(const struct txn *t, enum side side, unsigned i, uint64_t *out)
{
    const struct snmp *d = txn_data_const(t);

    (void)side;
    *out = d->pdu;
    return i == 0 && d->has_pdu;
}

static bool trap_type(const struct txn *t, enum side side, unsigned i, uint64_t *out)
{
    const struct snmp *d = txn_data_const(t);

    (void)side;
    *out = d->trap;
    return i == 0 && d->has_trap;
}

/* RFC 1157 4.1.6 */
/* Rules write them also in one word. */
static const struct code traps[] = {
    { 0, "cold_start" }, { 1, "warm_start" }, { 2, "link_down" }, { 3, "link_up" }, { 4, "authentication_failure" }, { 5, "egp_neighbor_loss" },
    { 6, "enterprise_specific" }, { 0, "coldstart" }, { 1, "warmstart" }, { 2, "linkdown" }, { 3, "linkup" }, { 4, "authenticationfailure" },
    { 5, "egpneighborloss" }, { 6, "enterprisespecific" },
};

static bool community(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct snmp *d = txn_data_const(t);

    (void)side;
    *out = d->community;
    return i == 0 && d->has_community;
}

static bool user(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct snmp *d = txn_data_const(t);

    (void)side;
    *out = d->user;
    return i == 0 && d->has_user;
}

/* The next variable; most are short (X.690 8.1.3.4). */
static bool variable_next(struct rd *list, struct rd *one)
{
    struct rd short_one = *list;
    uint8_t tag = rd_u8(&short_one), n = rd_u8(&short_one);

    if (tag != ASN1_SEQUENCE || n > 127 || n > rd_left(&short_one)) {
        return asn1_optional(list, ASN1_SEQUENCE, one);
    }
    *one = rd_sub(&short_one, n);
    *list = short_one;
    return true;
}

/* sysDescr.0 (RFC 3418 2): what a device says it is. */
static bool description(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    static const struct bytes descr = BYTES("\x06\x08\x2b\x06\x01\x02\x01\x01\x01\x00"); /* with its tag and length (X.690 8.19) */
    const struct snmp *d = txn_data_const(t);
    struct rd list = rd_of(d->variables), one, text;

    (void)side;
    while (i == 0 && rd_left(&list) != 0 && variable_next(&list, &one)) {
        if (bytes_equal(rd_bytes(&one, descr.n), descr) && asn1_optional(&one, ASN1_OCTETS, &text)) {
            *out = rd_rest(&text);
            return out->n != 0;
        }
    }
    return false;
}

static const struct field fields[] = {
    { .name = "snmp.version", .type = FIELD_NUMBER, .sides = SIDE_BOTH_BITS, .stage = { 1, 1 }, .number = version, .bits = 32, .log = "version",
      .help = "1, 2 (2c) or 3" },
    { .name = "snmp.description", .type = FIELD_BYTES, .sides = SIDE_CLIENT_BIT, .stage = { 1, 1 }, .bytes = description, .sign = SIGN_SNMP_DESCRIPTION,
      .help = "sysDescr.0 of an answer" },
    { .name = "snmp.pdu_type", .type = FIELD_NUMBER, .sides = SIDE_BOTH_BITS, .stage = { 1, 1 }, .number = pdu_type, .bits = 32, .names = NAMES_LIST(pdu_names),
      .help = "operation: 0 get_request, 1 get_next_request, 2 response, ..." },
    { .name = "snmp.trap_type", .type = FIELD_NUMBER, .sides = SIDE_BOTH_BITS, .stage = { 1, 1 }, .number = trap_type, .bits = 8, .names = NAMES_CODES(traps),
      .help = "kind of a version 1 trap" },
    { .name = "snmp.community", .type = FIELD_BYTES, .sides = SIDE_BOTH_BITS, .stage = { 1, 1 }, .bytes = community, .help = "community of version 1 and 2c" },
    { .name = "snmp.usm", .type = FIELD_BYTES, .sides = SIDE_BOTH_BITS, .stage = { 1, 1 }, .bytes = user, .help = "user name of version 3" },
};

static void snmp_log(const struct txn *t, struct json *j)
{
    const struct snmp *d = txn_data_const(t);

    if (d->encrypted) {
        json_string(j, "pdu_type", "encrypted");
    } else if (d->has_pdu) {
        json_string(j, "pdu_type", pdu_names[d->pdu]);
    }
    if (d->has_trap) {
        json_string(j, "trap_type", names_or_unknown(NAMES_CODES(traps), d->trap));
        json_bytes(j, "trap_oid", d->trap_oid);
        if (d->trap_address.n == 4) {
            char text[16];
            size_t n = 0;
            for (unsigned i = 0; i < 4; i++) {
                char digits[20];
                size_t k = text_digits(d->trap_address.p[i], digits);
                for (size_t m = 0; m < k; m++) {
                    text[n++] = digits[m];
                }
                if (i < 3) {
                    text[n++] = '.';
                }
            }
            json_bytes(j, "trap_address", bytes_of(text, n));
        }
    }
    if (d->variables.n != 0) {
        struct rd list = rd_of(d->variables), oid;
        char text[ASN1_OID_TEXT_MAX];
        json_array(j, "vars");
        while (rd_left(&list) != 0 && next_variable(&list, &oid)) {
            json_bytes(j, NULL, bytes_of(text, asn1_oid_write(oid, text)));
        }
        json_end_array(j);
    }
    if (d->has_community) {
        json_bytes(j, "community", d->community);
    }
    if (d->has_user) {
        json_bytes(j, "usm", d->user);
    }
}

/* ------- row ------- */

static const struct note_row notes[] = {
    [SNMP_MALFORMED] = { "malformed_data", 0, 0, "a message does not follow its grammar" },
    [SNMP_ENCODING] = { "unknown_security_model", 0, 0, "a version 3 message has a security model that is not known" },
    [SNMP_MISMATCH] = { "version_mismatch", 0, 0, "a message of another version than the flow's first" },
};

static const char *const spans[] = { [SPAN_PDU] = "pdu", NULL };

extern const struct proto proto_snmp;
const struct proto proto_snmp = {
    .name = "snmp",
    .ports = "udp/161 udp/162",
    .transports = 2,
    .first_server = true,
    .probe = snmp_probe,
    .state_size = sizeof(struct snmp_state),
    .txn_size = sizeof(struct snmp),
    .unit_max = 65536,
    .txn_bytes_max = 256 * 1024,
    .frame = snmp_frame,
    .parse = snmp_parse,
    .fields = fields,
    .field_n = ROWS(fields),
    .spans = spans,
    .notes = notes,
    .note_n = ROWS(notes),
    .log = snmp_log,
};
