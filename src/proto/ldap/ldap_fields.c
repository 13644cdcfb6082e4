/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ldap_fields - rule buffers: read in the operations' elements. */
#include "proto/ldap/ldap.h"

#include "wire/ntlmssp.h"

static bool request_op(const struct txn *t, enum side side, unsigned i, uint64_t *out)
{
    const struct ldap *d = txn_data_const(t);

    (void)side;
    *out = d->request.op;
    return i == 0 && d->asked;
}

static bool response_op(const struct txn *t, enum side side, unsigned i, uint64_t *out)
{
    const struct ldap *d = txn_data_const(t);

    (void)side;
    if (i >= d->response_n) {
        return false;
    }
    *out = d->response[i].op;
    return true;
}

static bool response_count(const struct txn *t, enum side side, unsigned i, uint64_t *out)
{
    const struct ldap *d = txn_data_const(t);

    (void)side;
    *out = d->response_n;
    return i == 0;
}

/* What an item of a list holds. */
struct ldap_item {
    struct bytes text;
    struct ldap_result result;
};

/* The next response with a result. */
static bool result_next(const struct ldap *d, struct ldap_walk *w, struct ldap_item *out)
{
    while (w->response < d->response_n) {
        const struct ldap_message *m = &d->response[w->response++];
        struct rd r = rd_of(m->content);
        if (ldap_has_result(m->op) && ldap_result_read(&r, &out->result)) {
            return true;
        }
    }
    return false;
}

/* The next entry found, or what a result says was matched. */
static bool response_dn_next(const struct ldap *d, struct ldap_walk *w, struct ldap_item *out)
{
    while (w->response < d->response_n) {
        const struct ldap_message *m = &d->response[w->response++];
        struct rd r = rd_of(m->content), name;
        if (m->op == LDAP_SEARCH_ENTRY && asn1_optional(&r, ASN1_OCTETS, &name)) {
            out->text = rd_rest(&name);
            return true;
        }
        if (ldap_has_result(m->op) && ldap_result_read(&r, &out->result)) {
            out->text = out->result.matched;
            return true;
        }
    }
    return false;
}

/* The first OCTET STRING of the next sequence in `list` that has one. */
static bool first_of_next(struct rd *list, struct bytes *out)
{
    struct rd one, name;

    while (asn1_optional(list, ASN1_SEQUENCE, &one)) {
        if (asn1_optional(&one, ASN1_OCTETS, &name)) {
            *out = rd_rest(&name);
            return true;
        }
    }
    return false;
}

/* 4.5.1: attributes stand behind base, scope, aliases, limits, types only and the filter. */
static bool search_attributes(struct rd r, struct rd *list)
{
    struct asn1 e;

    for (unsigned i = 0; i < 7; i++) {
        if (!asn1_next(&r, &e)) {
            return false;
        }
    }
    return asn1_optional(&r, ASN1_SEQUENCE, list);
}

/* The list that holds a request's attributes; a comparison (4.10) is about the one that comes first in it. */
static bool request_list(const struct ldap *d, struct rd *list)
{
    struct rd r = rd_of(d->request.content);

    switch (d->request.op) {
    case LDAP_SEARCH_REQUEST: return search_attributes(r, list);
    case LDAP_ADD_REQUEST:
    case LDAP_COMPARE_REQUEST:
    case LDAP_MODIFY_REQUEST: (void)asn1_expect(&r, ASN1_OCTETS); return asn1_optional(&r, ASN1_SEQUENCE, list);
    default: return false;
    }
}

static bool request_attribute_next(const struct ldap *d, struct ldap_walk *w, struct ldap_item *out)
{
    struct rd name;

    if (!w->begun) {
        w->begun = true;
        w->list = w->inner = rd_of(bytes_none());
        if (!d->asked || !request_list(d, &w->list)) {
            w->list = rd_of(bytes_none());
        }
    }
    if (d->request.op == LDAP_ADD_REQUEST) {
        return first_of_next(&w->list, &out->text);
    }
    if (d->request.op != LDAP_MODIFY_REQUEST) {
        bool there = (d->request.op == LDAP_SEARCH_REQUEST || w->next == 0) && asn1_optional(&w->list, ASN1_OCTETS, &name);
        out->text = there ? rd_rest(&name) : bytes_none();
        return there;
    }
    while (!first_of_next(&w->inner, &out->text)) {
        if (!asn1_optional(&w->list, ASN1_SEQUENCE, &w->inner)) {
            return false;
        }
        (void)asn1_number(&w->inner, ASN1_ENUMERATED);
    }
    return true;
}

static bool response_attribute_next(const struct ldap *d, struct ldap_walk *w, struct ldap_item *out)
{
    if (!w->begun) {
        w->begun = true;
        w->inner = rd_of(bytes_none());
    }
    while (!first_of_next(&w->inner, &out->text)) {
        if (w->response >= d->response_n) {
            return false;
        }
        const struct ldap_message *m = &d->response[w->response++];
        struct rd r = rd_of(m->content);
        (void)asn1_expect(&r, ASN1_OCTETS);
        if (m->op != LDAP_SEARCH_ENTRY || !asn1_optional(&r, ASN1_SEQUENCE, &w->inner)) {
            w->inner = rd_of(bytes_none());
        }
    }
    return true;
}

static bool (*const steps[LDAP_LISTS])(const struct ldap *d, struct ldap_walk *w, struct ldap_item *out) = {
    [LDAP_RESULTS] = result_next, [LDAP_RESPONSE_DNS] = response_dn_next, [LDAP_REQUEST_ATTRIBUTES] = request_attribute_next,
    [LDAP_RESPONSE_ATTRIBUTES] = response_attribute_next };

/* Item i: on from where the list stands, or once more from its start. */
static bool item_at(const struct ldap *d, enum ldap_list list, unsigned i, struct ldap_item *out)
{
    struct ldap_walk afresh = { .next = 0 }, *w = d->walk != NULL ? &d->walk[list] : &afresh;

    if (i < w->next) {
        *w = afresh;
    }
    while (steps[list](d, w, out)) {
        if (w->next++ == i) {
            return true;
        }
    }
    return false;
}

static bool text_at(const struct txn *t, enum ldap_list list, unsigned i, struct bytes *out)
{
    struct ldap_item x;
    bool there = item_at(txn_data_const(t), list, i, &x);

    *out = there ? x.text : bytes_none();
    return there;
}

static bool result_code(const struct txn *t, enum side side, unsigned i, uint64_t *out)
{
    struct ldap_item x;

    (void)side;
    if (!item_at(txn_data_const(t), LDAP_RESULTS, i, &x)) {
        return false;
    }
    *out = (uint64_t)x.result.code;
    return true;
}

static bool message(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    struct ldap_item x;

    (void)side;
    if (!item_at(txn_data_const(t), LDAP_RESULTS, i, &x)) {
        return false;
    }
    *out = x.result.message;
    return true;
}

/* The entry that a request is about. */
static bool request_dn(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct ldap *d = txn_data_const(t);
    struct rd r = rd_of(d->request.content), name;

    (void)side;
    if (i != 0 || !d->asked) {
        return false;
    }
    switch (d->request.op) {
    case LDAP_DEL_REQUEST: *out = d->request.content; return true;
    case LDAP_BIND_REQUEST: (void)asn1_number(&r, ASN1_INTEGER); break;
    case LDAP_SEARCH_REQUEST:
    case LDAP_MODIFY_REQUEST:
    case LDAP_ADD_REQUEST:
    case LDAP_MOD_DN_REQUEST:
    case LDAP_COMPARE_REQUEST: break;
    default: return false;
    }
    if (!asn1_optional(&r, ASN1_OCTETS, &name)) {
        return false;
    }
    *out = rd_rest(&name);
    return true;
}

static bool responses_dn(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    (void)side;
    return text_at(t, LDAP_RESPONSE_DNS, i, out);
}

static bool request_attribute(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    (void)side;
    return text_at(t, LDAP_REQUEST_ATTRIBUTES, i, out);
}

static bool responses_attribute(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    (void)side;
    return text_at(t, LDAP_RESPONSE_ATTRIBUTES, i, out);
}

/* Who binds by NTLM (RFC 4513 5.2, MS-ADTS 5.1.1.1) tells its system's version. */
static bool ntlm(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct ldap *d = txn_data_const(t);

    *out = bytes_none();
    if (side == TO_SERVER && d->request.op == LDAP_BIND_REQUEST) {
        *out = ntlmssp_version(d->request.content);
    }
    for (uint32_t k = 0; side == TO_CLIENT && k < d->response_n && out->n == 0; k++) {
        *out = d->response[k].op == LDAP_BIND_RESPONSE ? ntlmssp_version(d->response[k].content) : bytes_none();
    }
    return i == 0 && out->n != 0;
}

/* Who bound (RFC 4511 4.2): by name and password, or NTLM's; a bind without a name is nobody's. */
static bool user_bound(const struct txn *t, unsigned i, bool good, struct bytes *out)
{
    enum { SUCCESS = 0, INVALID_CREDENTIALS = 49 }; /* RFC 4511 4.1.9 */
    const struct ldap *d = txn_data_const(t);
    struct rd r = rd_of(d->request.content), name;
    struct ldap_item x;
    struct ntlmssp m;

    if (i != 0 || !d->asked || d->request.op != LDAP_BIND_REQUEST || !item_at(d, LDAP_RESULTS, 0, &x) || x.result.code != (good ? SUCCESS : INVALID_CREDENTIALS)) {
        return false;
    }
    (void)asn1_number(&r, ASN1_INTEGER);
    if (!asn1_optional(&r, ASN1_OCTETS, &name)) {
        return false;
    }
    *out = rd_rest(&name);
    if (ntlmssp_find(d->request.content, conn_arena(t->conn), &m)) { /* before its last message the name is the package's (MS-ADTS 5.1.1.1.3) */
        *out = m.type == NTLMSSP_AUTHENTICATE ? m.user : bytes_none();
    }
    return out->n != 0;
}

static bool server_software(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct ldap *d = txn_data_const(t);

    (void)side;
    *out = d->server;
    return i == 0 && out->n != 0;
}

static bool user_in(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    (void)side;
    return user_bound(t, i, true, out);
}

static bool user_refused(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    (void)side;
    return user_bound(t, i, false, out);
}

#define S SIDE_SERVER_BIT
#define C SIDE_CLIENT_BIT
/* Responses come one by one; the last one ends the transaction. */
#define GROWS .flags = FIELD_GROWS
const struct field ldap_fields[LDAP_FIELDS] = {
    { .name = "ldap.request.operation", .type = FIELD_NUMBER, .sides = S, .stage = { 1, 1 }, .number = request_op, .bits = 8, .names = &ldap_ops,
      .help = "operation asked for: bind_request, search_request, ..." },
    { .name = "ldap.responses.operation", .type = FIELD_NUMBER, .sides = C, GROWS, .number = response_op, .bits = 8, .names = &ldap_ops,
      .help = "operation of each response" },
    { .name = "ldap.responses.count", .type = FIELD_NUMBER, .sides = C, GROWS, .number = response_count, .bits = 32, .help = "responses to a request" },
    { .name = "ldap.responses.result_code", .type = FIELD_NUMBER, .sides = C, GROWS, .number = result_code, .bits = 32,
      .names = &ldap_results, .help = "result of each response that has one: success, invalid_credentials, ..." },
    { .name = "ldap.request.dn", .type = FIELD_BYTES, .sides = S, .stage = { 1, 1 }, .bytes = request_dn, .help = "entry the request is about" },
    { .name = "ldap.responses.dn", .type = FIELD_LIST, .sides = C, GROWS, .bytes = responses_dn, .help = "each entry found or matched" },
    { .name = "ldap.responses.message", .type = FIELD_LIST, .sides = C, GROWS, .bytes = message, .help = "text of each result" },
    { .name = "ldap.request.attribute_type", .type = FIELD_LIST, .sides = S, .stage = { 1, 1 }, .bytes = request_attribute,
      .help = "each attribute a request names" },
    { .name = "ldap.responses.attribute_type", .type = FIELD_LIST, .sides = C, GROWS, .bytes = responses_attribute,
      .help = "each attribute of the entries found" },
    { .name = "ldap.server_software", .type = FIELD_BYTES, .sides = C, GROWS, .bytes = server_software, .sign = SIGN_SOFTWARE,
      .help = "of the root: vendorName and vendorVersion, or Active Directory's domainControllerFunctionality" },
    { .name = "ldap.ntlmssp_version", .type = FIELD_BYTES, .sides = SIDE_BOTH_BITS, GROWS, .bytes = ntlm, .sign = SIGN_NTLM_VERSION,
      .help = "version of an end's system, of a bind or its answer (MS-NLMP 2.2.2.10)" },
    { .name = "ldap.user_in", .type = FIELD_BYTES, .sides = C, GROWS, .bytes = user_in, .sign = SIGN_USER, .help = "who bound, by a name" },
    { .name = "ldap.user_refused", .type = FIELD_BYTES, .sides = C, GROWS, .bytes = user_refused, .sign = SIGN_USER_REFUSED, .help = "… and who was not let" },
};
_Static_assert(ROWS(ldap_fields) == LDAP_FIELDS, "ldap.h counts the rows");
