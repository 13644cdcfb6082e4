/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ldap - Lightweight Directory Access Protocol over TCP and UDP (RFC 4511, MS-ADTS 3.1.1.3 for CLDAP).
 */
#include "proto/ldap/ldap.h"

enum ldap_note { LDAP_TOO_MANY, LDAP_INVALID, LDAP_REQUEST_LOST, LDAP_INCOMPLETE, LDAP_TOO_MANY_RESPONSES };
enum { SPAN_PDU };
enum { LDAP_TXN_MAX = 4096 };

struct settings {
    uint32_t txn_max, responses_max;
};

static const struct settings *settings_of(const struct conn *c)
{
    static const struct settings none = { 256, 1024 };
    const struct settings *s = conn_settings(c);

    return s != NULL ? s : &none;
}

static struct txn *ldap_txn_new(struct conn *c)
{
    struct txn *t = txn_new(c);
    struct ldap *d = t != NULL ? txn_data(t) : NULL;

    if (d != NULL) {
        d->walk = arena_zero(txn_arena(t), LDAP_LISTS * sizeof *d->walk);
    }
    return t;
}


static const struct {
    const char *name;
    bool response, last; /* … and no other response follows */
} ops[LDAP_OPS] = {
    [LDAP_BIND_REQUEST] = { "bind_request", false, false }, [LDAP_BIND_RESPONSE] = { "bind_response", true, true },
    [LDAP_UNBIND_REQUEST] = { "unbind_request", false, true }, [LDAP_SEARCH_REQUEST] = { "search_request", false, false },
    [LDAP_SEARCH_ENTRY] = { "search_result_entry", true, false }, [LDAP_SEARCH_DONE] = { "search_result_done", true, true },
    [LDAP_MODIFY_REQUEST] = { "modify_request", false, false }, [LDAP_MODIFY_RESPONSE] = { "modify_response", true, true },
    [LDAP_ADD_REQUEST] = { "add_request", false, false }, [LDAP_ADD_RESPONSE] = { "add_response", true, true },
    [LDAP_DEL_REQUEST] = { "del_request", false, false }, [LDAP_DEL_RESPONSE] = { "del_response", true, true },
    [LDAP_MOD_DN_REQUEST] = { "mod_dn_request", false, false }, [LDAP_MOD_DN_RESPONSE] = { "mod_dn_response", true, true },
    [LDAP_COMPARE_REQUEST] = { "compare_request", false, false }, [LDAP_COMPARE_RESPONSE] = { "compare_response", true, true },
    [LDAP_ABANDON_REQUEST] = { "abandon_request", false, true }, [LDAP_SEARCH_REFERENCE] = { "search_result_reference", true, false },
    [LDAP_EXTENDED_REQUEST] = { "extended_request", false, false }, [LDAP_EXTENDED_RESPONSE] = { "extended_response", true, true },
    [LDAP_INTERMEDIATE_RESPONSE] = { "intermediate_response", true, false },
};

/* RFC 4511 appendix A */
static const struct code results[] = {
    { 0, "success" }, { 1, "operations_error" }, { 2, "protocol_error" }, { 3, "time_limit_exceeded" }, { 4, "size_limit_exceeded" },
    { 5, "compare_false" }, { 6, "compare_true" }, { 7, "auth_method_not_supported" }, { 8, "stronger_auth_required" }, { 10, "referral" },
    { 11, "admin_limit_exceeded" }, { 12, "unavailable_critical_extension" }, { 13, "confidentiality_required" }, { 14, "sasl_bind_in_progress" },
    { 16, "no_such_attribute" }, { 17, "undefined_attribute_type" }, { 18, "inappropriate_matching" }, { 19, "constraint_violation" },
    { 20, "attribute_or_value_exists" }, { 21, "invalid_attribute_syntax" }, { 32, "no_such_object" }, { 33, "alias_problem" },
    { 34, "invalid_dns_syntax" }, { 35, "is_leaf" }, { 36, "alias_dereferencing_problem" }, { 48, "inappropriate_authentication" },
    { 49, "invalid_credentials" }, { 50, "insufficient_access_rights" }, { 51, "busy" }, { 52, "unavailable" }, { 53, "unwilling_to_perform" },
    { 54, "loop_detect" }, { 64, "naming_violation" }, { 65, "object_class_violation" }, { 66, "not_allowed_on_non_leaf" }, { 67, "not_allowed_on_rdn" },
    { 68, "entry_already_exists" }, { 69, "object_class_mods_prohibited" }, { 71, "affects_multiple_dsas" }, { 80, "other" },
    { 118, "canceled" }, { 119, "no_such_operation" }, { 120, "too_late" }, { 121, "cannot_cancel" },
};

const struct names ldap_ops = { .first = &ops[0].name, .step = sizeof ops[0], .n = LDAP_OPS };
const struct names ldap_results = { .codes = results, .n = ROWS(results) };

bool ldap_has_result(unsigned op)
{
    return op < LDAP_OPS && ops[op].response && op != LDAP_SEARCH_ENTRY && op != LDAP_SEARCH_REFERENCE && op != LDAP_INTERMEDIATE_RESPONSE;
}

bool ldap_result_read(struct rd *r, struct ldap_result *out)
{
    out->code = asn1_number(r, ASN1_ENUMERATED);
    struct rd matched = asn1_expect(r, ASN1_OCTETS), message = asn1_expect(r, ASN1_OCTETS), referral;
    out->matched = rd_rest(&matched);
    out->message = rd_rest(&message);
    (void)asn1_optional(r, ASN1_CONTEXT(3), &referral);
    return rd_ok(r);
}

/* ------- recognition and framing ------- */

/* 4.1.1: an operation is an application element of a known number. */
static bool op_known(uint8_t id) { return (id & 0xc0) == 0x40 && (id & 0x1f) < LDAP_OPS && ops[id & 0x1f].name != NULL; }

static enum probe ldap_probe(struct rd data, enum side side, bool whole)
{
    struct rd r = data;
    size_t span = asn1_span(data);

    if (rd_left(&r) == 0 || rd_u8(&r) != ASN1_SEQUENCE || span == SIZE_MAX || (whole && span > rd_left(&data))) {
        return PROBE_NO;
    }
    uint8_t n = rd_u8(&r);
    rd_skip(&r, n > 0x80 ? n & 0x7f : 0);
    (void)asn1_number(&r, ASN1_INTEGER);
    uint8_t op = rd_u8(&r);
    if (!rd_ok(&r)) {
        return whole || rd_left(&data) >= 16 ? PROBE_NO : PROBE_MORE;
    }
    if (!op_known(op)) {
        return PROBE_NO;
    }
    return ops[op & 0x1f].response == (side == TO_CLIENT) ? PROBE_YES : PROBE_REVERSED;
}

static struct frame ldap_frame(struct conn *c, enum side side, struct rd data)
{
    size_t have = rd_left(&data), span = asn1_span(data);
    struct bytes b = rd_peek(&data);

    if (span == SIZE_MAX || (b.n != 0 && b.p[0] != ASN1_SEQUENCE)) {
        conn_note(c, side, LDAP_INVALID);
        return (struct frame){ FRAME_BAD, 0, 0 };
    }
    if (span == 0 || span > have) {
        if (conn_datagram(c)) {
            conn_note(c, side, LDAP_INCOMPLETE);
            return (struct frame){ FRAME_SKIP, 0, have };
        }
        return (struct frame){ FRAME_MORE, 0, span };
    }
    return (struct frame){ FRAME_UNIT, 0, span };
}

/* After nonsense: the next bytes that can begin a message (4.1.1), a sequence of a number and an operation that is known. */
static struct frame ldap_resync(struct conn *c, enum side side, struct rd data)
{
    enum { HEAD_MAX = 24 };
    struct bytes all = rd_peek(&data);
    size_t at = 0;

    (void)c;
    (void)side;
    for (size_t found; (found = bytes_find_byte(bytes_from(all, at), ASN1_SEQUENCE)) != SIZE_MAX; at++) {
        at += found;
        struct bytes rest = bytes_from(all, at);
        struct rd r = rd_of(bytes_from(rest, 2 + (rest.n > 1 && rest.p[1] > 0x80 ? rest.p[1] & 0x7f : 0)));
        if (asn1_span(rd_of(rest)) == SIZE_MAX) {
            continue;
        }
        (void)asn1_number(&r, ASN1_INTEGER);
        uint8_t op = rd_u8(&r);
        if (rd_ok(&r) && op_known(op)) {
            return (struct frame){ FRAME_SKIP, 0, at };
        }
        if (!rd_ok(&r) && rest.n < HEAD_MAX) {
            return (struct frame){ FRAME_MORE, 0, rest.n };
        }
    }
    return (struct frame){ FRAME_MORE, 0, 0 };
}

/* ------- messages ------- */

static bool message_read(struct rd r, struct ldap_message *out)
{
    struct rd body = asn1_expect(&r, ASN1_SEQUENCE);
    struct asn1 op;

    out->id = asn1_number(&body, ASN1_INTEGER);
    if (!asn1_next(&body, &op) || !op_known(op.id)) {
        return false;
    }
    out->op = op.id & 0x1f;
    out->content = rd_rest(&op.content);
    return true;
}

static struct txn *request_of(struct conn *c, int64_t id)
{
    for (struct txn *t = txn_last(c); t != NULL; t = t->prev) {
        struct ldap *d = txn_data(t);
        if (d->asked && d->request.id == id && !t->complete[TO_CLIENT]) {
            return t;
        }
    }
    return NULL;
}

static enum outcome on_request(struct conn *c, const struct ldap_message *m)
{
    struct txn *t = ldap_txn_new(c);

    if (t == NULL) {
        return OUTCOME_OK;
    }
    struct ldap *d = txn_data(t);
    d->asked = true;
    d->request = *m;
    d->request.content = arena_copy(txn_arena(t), m->content);
    txn_done(t, TO_SERVER);
    if (ops[m->op].last) {
        t->skip_inspect[TO_CLIENT] = true;
        txn_done(t, TO_CLIENT);
    }
    return OUTCOME_OK;
}

/* RFC 3045 2, of the root (RFC 4512 5.1); Active Directory, which has neither, tells how new its controllers are (MS-ADTS 3.1.1.3.2). */
static void server_read(struct txn *t, struct rd r)
{
    enum { VENDOR, VERSION, LEVEL, ATTRIBUTES };
    static const char *const names[ATTRIBUTES] = { "vendorName", "vendorVersion", "domainControllerFunctionality" };
    struct bytes value[ATTRIBUTES] = { 0 };
    struct rd dn = asn1_expect(&r, ASN1_OCTETS), list, one;
    struct arena_text text;

    if (!rd_ok(&dn) || rd_left(&dn) != 0 || !asn1_optional(&r, ASN1_SEQUENCE, &list)) {
        return;
    }
    while (asn1_optional(&list, ASN1_SEQUENCE, &one)) {
        struct rd name = asn1_expect(&one, ASN1_OCTETS), values = asn1_expect(&one, ASN1_SET), first = asn1_expect(&values, ASN1_OCTETS);
        for (unsigned i = 0; i < ATTRIBUTES && rd_ok(&first); i++) {
            value[i] = bytes_is_nocase(rd_peek(&name), names[i]) ? rd_peek(&first) : value[i];
        }
    }
    bool vendor = value[VENDOR].n != 0 || value[VERSION].n != 0;
    if (vendor || value[LEVEL].n != 0) {
        struct ldap *d = txn_data(t);
        arena_text_init(&text, txn_arena(t), 255);
        arena_text_add(&text, vendor ? value[VENDOR] : bytes_str(names[LEVEL]));
        arena_text_byte(&text, ' ');
        arena_text_add(&text, vendor ? value[VERSION] : value[LEVEL]);
        d->server = bytes_trim(arena_text_bytes(&text), " ");
    }
}

static void response_add(struct txn *t, const struct ldap_message *m)
{
    struct ldap *d = txn_data(t);

    txn_touch(t, TO_CLIENT);
    if (m->op == LDAP_SEARCH_ENTRY) {
        server_read(t, rd_of(m->content));
    }
    if (d->response_n >= settings_of(t->conn)->responses_max) {
        txn_note(t, LDAP_TOO_MANY_RESPONSES);
        return;
    }
    if (d->response_n == d->response_room && d->response_room < LDAP_RESPONSES_MAX) {
        uint32_t room = d->response_room == 0 ? 2 : d->response_room * 2;
        struct ldap_message *more = arena_take(txn_arena(t), room * sizeof *more);
        for (uint32_t i = 0; more != NULL && i < d->response_n; i++) {
            more[i] = d->response[i];
        }
        if (more != NULL) {
            d->response = more;
            d->response_room = room;
        }
    }
    struct ldap_message *to = d->response_n < d->response_room ? &d->response[d->response_n] : NULL;
    struct bytes content = to != NULL ? arena_copy(txn_arena(t), m->content) : bytes_none();
    if (to == NULL || content.n != m->content.n) { /* its memory is full */
        txn_note(t, LDAP_TOO_MANY_RESPONSES);
        return;
    }
    *to = *m;
    to->content = content;
    d->response_n++;
}

/* 4.14.1: what answers this request positively is followed by TLS. */
static bool asks_tls(const struct ldap_message *m)
{
    struct rd r = rd_of(m->content), name;

    return m->op == LDAP_EXTENDED_REQUEST && asn1_optional(&r, ASN1_CONTEXT_PLAIN(0), &name) && bytes_is(rd_peek(&name), "1.3.6.1.4.1.1466.20037");
}

static enum outcome on_response(struct conn *c, const struct ldap_message *m)
{
    struct txn *t = request_of(c, m->id);
    struct rd r = rd_of(m->content);
    struct ldap_result result;

    if (t == NULL) {
        t = ldap_txn_new(c);
        if (t == NULL) {
            return OUTCOME_OK;
        }
        if (m->id != 0) { /* 4.4: notices of the server have number 0 */
            txn_note(t, LDAP_REQUEST_LOST);
        }
        response_add(t, m);
        txn_done(t, TO_SERVER);
        txn_done(t, TO_CLIENT);
        return OUTCOME_OK;
    }
    struct ldap *d = txn_data(t);
    response_add(t, m);
    bool tls = asks_tls(&d->request) && ldap_has_result(m->op) && ldap_result_read(&r, &result) && result.code == 0;
    if (ops[m->op].last) {
        txn_done(t, TO_CLIENT);
    }
    if (tls) {
        (void)proto_switch(c, "tls", 443);
    }
    return OUTCOME_OK;
}

static enum outcome ldap_parse(struct conn *c, enum side side, unsigned unit, struct rd bytes)
{
    struct ldap_message m;
    size_t n = rd_left(&bytes);

    (void)unit;
    if (!message_read(bytes, &m)) {
        conn_note(c, side, LDAP_INVALID);
        return OUTCOME_BAD;
    }
    const struct txn *before = txn_last(c);
    enum outcome out = ops[m.op].response ? on_response(c, &m) : on_request(c, &m);
    conn_span(c, side, SPAN_PDU, 0, n, txn_last(c) != before ? txn_last(c) : before);
    return out;
}

/* ------- row ------- */

static const struct note_row notes[] = {
    [LDAP_TOO_MANY] = { "too_many_transactions", 0, 0, "the cap on live transactions was reached" },
    [LDAP_INVALID] = { "invalid_data", 0, 0, "a message does not follow its grammar" },
    [LDAP_REQUEST_LOST] = { "request_not_found", 0, 0, "a response to nothing that was asked" },
    [LDAP_INCOMPLETE] = { "incomplete_data", 0, 0, "a datagram ends within a message" },
    [LDAP_TOO_MANY_RESPONSES] = { "too_many_responses", 0, 0, "more responses to one request than the setting max-responses allows, or than there is memory for" },
};

#define LDAP "app-layer.protocols.ldap."
static const struct option_row options[] = {
    { LDAP "max-tx", OPTION_U32, offsetof(struct settings, txn_max), "256", NULL, 1, LDAP_TXN_MAX, NULL, "live transactions of a flow" },
    { LDAP "max-responses", OPTION_U32, offsetof(struct settings, responses_max), "1024", NULL, 0, LDAP_RESPONSES_MAX, NULL, "responses kept of a request" },
};

static const char *const spans[] = { [SPAN_PDU] = "pdu", NULL };

extern const struct proto proto_ldap;
const struct proto proto_ldap = {
    .name = "ldap",
    .ports = "tcp/389 tcp/3268 udp/389 udp/3268",
    .transports = 3,
    .probe = ldap_probe,
    .txn_size = sizeof(struct ldap),
    .unit_max = 1024 * 1024,
    .txn_max = LDAP_TXN_MAX, .max_tx = MAX_TX(struct settings, txn_max), .max_tx_note = LDAP_TOO_MANY,
    .txn_bytes_max = 4 * 1024 * 1024,
    .frame = ldap_frame,
    .resync = ldap_resync,
    .parse = ldap_parse,
    .fields = ldap_fields,
    .field_n = LDAP_FIELDS,
    .spans = spans,
    .span_txn_from_one = true,
    .notes = notes,
    .note_n = ROWS(notes),
    .log = ldap_log,
    .options = options,
    .option_n = ROWS(options),
    .settings_size = sizeof(struct settings),
};
