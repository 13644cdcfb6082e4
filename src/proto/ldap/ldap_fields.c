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

/* The i-th response with a result. */
static bool result_at(const struct ldap *d, unsigned i, struct ldap_result *out)
{
    for (uint32_t k = 0; k < d->response_n; k++) {
        struct rd r = rd_of(d->response[k].content);
        if (ldap_has_result(d->response[k].op) && ldap_result_read(&r, out) && i-- == 0) {
            return true;
        }
    }
    return false;
}

static bool result_code(const struct txn *t, enum side side, unsigned i, uint64_t *out)
{
    struct ldap_result x;

    (void)side;
    if (!result_at(txn_data_const(t), i, &x)) {
        return false;
    }
    *out = (uint64_t)x.code;
    return true;
}

static bool message(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    struct ldap_result x;

    (void)side;
    if (!result_at(txn_data_const(t), i, &x)) {
        return false;
    }
    *out = x.message;
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

/* Entries found, and what results say was matched. */
static bool responses_dn(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct ldap *d = txn_data_const(t);

    (void)side;
    for (uint32_t k = 0; k < d->response_n; k++) {
        struct rd r = rd_of(d->response[k].content), name;
        struct ldap_result x;
        bool found = false;
        if (d->response[k].op == LDAP_SEARCH_ENTRY && asn1_optional(&r, ASN1_OCTETS, &name)) {
            *out = rd_rest(&name);
            found = true;
        } else if (ldap_has_result(d->response[k].op) && ldap_result_read(&r, &x)) {
            *out = x.matched;
            found = true;
        }
        if (found && i-- == 0) {
            return true;
        }
    }
    return false;
}

/* The first OCTET STRING of each sequence in `list`, the i-th; *i counts down past those that are there. */
static bool first_of_each(struct rd list, unsigned *i, struct bytes *out)
{
    struct rd one, name;

    while (asn1_optional(&list, ASN1_SEQUENCE, &one)) {
        if (asn1_optional(&one, ASN1_OCTETS, &name) && (*i)-- == 0) {
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

static bool request_attribute(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct ldap *d = txn_data_const(t);
    struct rd r = rd_of(d->request.content), list, name, one;

    (void)side;
    if (!d->asked) {
        return false;
    }
    switch (d->request.op) {
    case LDAP_SEARCH_REQUEST:
        if (!search_attributes(r, &list)) {
            return false;
        }
        while (asn1_optional(&list, ASN1_OCTETS, &name)) {
            if (i-- == 0) {
                *out = rd_rest(&name);
                return true;
            }
        }
        return false;
    case LDAP_ADD_REQUEST:
        (void)asn1_expect(&r, ASN1_OCTETS);
        return asn1_optional(&r, ASN1_SEQUENCE, &list) && first_of_each(list, &i, out);
    case LDAP_COMPARE_REQUEST:
        (void)asn1_expect(&r, ASN1_OCTETS);
        if (i != 0 || !asn1_optional(&r, ASN1_SEQUENCE, &one) || !asn1_optional(&one, ASN1_OCTETS, &name)) {
            return false;
        }
        *out = rd_rest(&name);
        return true;
    case LDAP_MODIFY_REQUEST:
        (void)asn1_expect(&r, ASN1_OCTETS);
        if (!asn1_optional(&r, ASN1_SEQUENCE, &list)) {
            return false;
        }
        while (asn1_optional(&list, ASN1_SEQUENCE, &one)) {
            (void)asn1_number(&one, ASN1_ENUMERATED);
            if (first_of_each(one, &i, out)) {
                return true;
            }
        }
        return false;
    default: return false;
    }
}

static bool responses_attribute(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct ldap *d = txn_data_const(t);

    (void)side;
    for (uint32_t k = 0; k < d->response_n; k++) {
        struct rd r = rd_of(d->response[k].content), list;
        (void)asn1_expect(&r, ASN1_OCTETS);
        if (d->response[k].op == LDAP_SEARCH_ENTRY && asn1_optional(&r, ASN1_SEQUENCE, &list) && first_of_each(list, &i, out)) {
            return true;
        }
    }
    return false;
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
    struct ldap_result x;
    struct ntlmssp m;

    if (i != 0 || !d->asked || d->request.op != LDAP_BIND_REQUEST || !result_at(d, 0, &x) || x.code != (good ? SUCCESS : INVALID_CREDENTIALS)) {
        return false;
    }
    (void)asn1_number(&r, ASN1_INTEGER);
    if (!asn1_optional(&r, ASN1_OCTETS, &name)) {
        return false;
    }
    *out = rd_rest(&name);
    if (ntlmssp_find(d->request.content, conn_arena(t->conn), &m) && m.type == NTLMSSP_AUTHENTICATE) {
        *out = m.user;
    }
    return out->n != 0;
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
    { .name = "ldap.ntlmssp_version", .type = FIELD_BYTES, .sides = SIDE_BOTH_BITS, GROWS, .bytes = ntlm, .sign = SIGN_NTLM_VERSION,
      .help = "version of an end's system, of a bind or its answer (MS-NLMP 2.2.2.10)" },
    { .name = "ldap.user_in", .type = FIELD_BYTES, .sides = C, GROWS, .bytes = user_in, .sign = SIGN_USER, .help = "who bound, by a name" },
    { .name = "ldap.user_refused", .type = FIELD_BYTES, .sides = C, GROWS, .bytes = user_refused, .sign = SIGN_USER_REFUSED, .help = "… and who was not let" },
};
_Static_assert(ROWS(ldap_fields) == LDAP_FIELDS, "ldap.h counts the rows");
