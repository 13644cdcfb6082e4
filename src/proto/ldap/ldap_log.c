/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ldap_log - the record's object. */
#include "proto/ldap/ldap.h"

/* The next OCTET STRING (or another element of that identifier) as text. */
static bool log_octets(struct json *j, const char *key, struct rd *r, uint8_t id)
{
    struct rd e;

    if (!asn1_optional(r, id, &e)) {
        return false;
    }
    json_bytes(j, key, rd_rest(&e));
    return true;
}

static void log_number(struct json *j, const char *key, struct rd *r, uint8_t id)
{
    int64_t v = asn1_number(r, id);

    if (rd_ok(r)) {
        json_i64(j, key, v);
    }
}

static void log_bool(struct json *j, const char *key, struct rd *r, uint8_t id)
{
    struct rd e;

    if (asn1_optional(r, id, &e)) {
        json_bool(j, key, rd_u8(&e) != 0);
    }
}

/* All elements of that identifier in the next one, which holds them, as an array of text. */
static void log_texts(struct json *j, const char *key, struct rd *r, uint8_t holder)
{
    struct rd list;

    if (!asn1_optional(r, holder, &list) || rd_left(&list) == 0) {
        return;
    }
    json_array(j, key);
    for (unsigned i = 0; i < LDAP_ITEMS_MAX && log_octets(j, NULL, &list, ASN1_OCTETS); i++) {
    }
    json_end_array(j);
}

static void log_bind(struct json *j, struct rd r)
{
    struct rd sasl;

    log_number(j, "version", &r, ASN1_INTEGER);
    log_octets(j, "name", &r, ASN1_OCTETS);
    if (asn1_optional(&r, ASN1_CONTEXT(3), &sasl)) {
        json_object(j, "sasl");
        log_octets(j, "mechanism", &sasl, ASN1_OCTETS);
        log_octets(j, "credentials", &sasl, ASN1_OCTETS);
        json_end_object(j);
    }
}

static void log_search(struct json *j, struct rd r)
{
    struct asn1 filter;

    log_octets(j, "base_object", &r, ASN1_OCTETS);
    log_number(j, "scope", &r, ASN1_ENUMERATED);
    log_number(j, "deref_alias", &r, ASN1_ENUMERATED);
    log_number(j, "size_limit", &r, ASN1_INTEGER);
    log_number(j, "time_limit", &r, ASN1_INTEGER);
    log_bool(j, "types_only", &r, ASN1_BOOLEAN);
    (void)asn1_next(&r, &filter);
    log_texts(j, "attributes", &r, ASN1_SEQUENCE);
}

static void log_modify(struct json *j, struct rd r)
{
    static const char *const kinds[] = { "add", "delete", "replace", "increment" };
    struct rd changes, change, part;

    log_octets(j, "object", &r, ASN1_OCTETS);
    if (!asn1_optional(&r, ASN1_SEQUENCE, &changes)) {
        return;
    }
    json_array(j, "changes");
    for (unsigned i = 0; i < LDAP_ITEMS_MAX && asn1_optional(&changes, ASN1_SEQUENCE, &change); i++) {
        int64_t kind = asn1_number(&change, ASN1_ENUMERATED);
        json_object(j, NULL);
        json_string(j, "operation", kind >= 0 && kind < (int64_t)ROWS(kinds) ? kinds[kind] : "unknown");
        if (asn1_optional(&change, ASN1_SEQUENCE, &part)) {
            json_object(j, "modification");
            log_octets(j, "attribute_type", &part, ASN1_OCTETS);
            log_texts(j, "attribute_values", &part, ASN1_SET);
            json_end_object(j);
        }
        json_end_object(j);
    }
    json_end_array(j);
}

static void log_attributes(struct json *j, struct rd *r, const char *name)
{
    struct rd list, one;

    if (!asn1_optional(r, ASN1_SEQUENCE, &list)) {
        return;
    }
    json_array(j, "attributes");
    for (unsigned i = 0; i < LDAP_ITEMS_MAX && asn1_optional(&list, ASN1_SEQUENCE, &one); i++) {
        json_object(j, NULL);
        log_octets(j, name, &one, ASN1_OCTETS);
        log_texts(j, "values", &one, ASN1_SET);
        json_end_object(j);
    }
    json_end_array(j);
}

static void log_add(struct json *j, struct rd r)
{
    log_octets(j, "entry", &r, ASN1_OCTETS);
    log_attributes(j, &r, "name");
}

static void log_del(struct json *j, struct rd r) { json_bytes(j, "dn", rd_rest(&r)); }

static void log_mod_dn(struct json *j, struct rd r)
{
    log_octets(j, "entry", &r, ASN1_OCTETS);
    log_octets(j, "new_rdn", &r, ASN1_OCTETS);
    log_bool(j, "delete_old_rdn", &r, ASN1_BOOLEAN);
    log_octets(j, "new_superior", &r, ASN1_CONTEXT_PLAIN(0));
}

static void log_compare(struct json *j, struct rd r)
{
    struct rd pair;

    log_octets(j, "entry", &r, ASN1_OCTETS);
    if (asn1_optional(&r, ASN1_SEQUENCE, &pair)) {
        json_object(j, "attribute_value_assertion");
        log_octets(j, "description", &pair, ASN1_OCTETS);
        log_octets(j, "value", &pair, ASN1_OCTETS);
        json_end_object(j);
    }
}

static void log_abandon(struct json *j, struct rd r)
{
    int64_t id;

    if (asn1_int(r, &id)) {
        json_i64(j, "message_id", id);
    }
}

static void log_extended(struct json *j, struct rd r)
{
    log_octets(j, "name", &r, ASN1_CONTEXT_PLAIN(0));
    log_octets(j, "value", &r, ASN1_CONTEXT_PLAIN(1));
}

static void log_entry(struct json *j, struct rd r)
{
    log_octets(j, "base_object", &r, ASN1_OCTETS);
    log_attributes(j, &r, "type");
}

static bool log_result(struct json *j, struct rd *r)
{
    struct ldap_result x;

    if (!ldap_result_read(r, &x)) {
        return false;
    }
    json_string(j, "result_code", names_or_unknown(&ldap_results, (uint64_t)x.code));
    json_bytes(j, "matched_dn", x.matched);
    json_bytes(j, "message", x.message);
    return true;
}

static void log_plain_result(struct json *j, struct rd r) { (void)log_result(j, &r); }

static void log_bind_result(struct json *j, struct rd r)
{
    if (log_result(j, &r)) {
        log_octets(j, "server_sasl_creds", &r, ASN1_CONTEXT_PLAIN(7));
    }
}

static void log_extended_result(struct json *j, struct rd r)
{
    if (log_result(j, &r)) {
        log_octets(j, "name", &r, ASN1_CONTEXT_PLAIN(10));
        log_octets(j, "value", &r, ASN1_CONTEXT_PLAIN(11));
    }
}

static void (*const log_op[LDAP_OPS])(struct json *j, struct rd r) = {
    [LDAP_BIND_REQUEST] = log_bind, [LDAP_SEARCH_REQUEST] = log_search, [LDAP_MODIFY_REQUEST] = log_modify, [LDAP_ADD_REQUEST] = log_add,
    [LDAP_DEL_REQUEST] = log_del, [LDAP_MOD_DN_REQUEST] = log_mod_dn, [LDAP_COMPARE_REQUEST] = log_compare, [LDAP_ABANDON_REQUEST] = log_abandon,
    [LDAP_EXTENDED_REQUEST] = log_extended, [LDAP_SEARCH_ENTRY] = log_entry, [LDAP_SEARCH_DONE] = log_plain_result,
    [LDAP_BIND_RESPONSE] = log_bind_result, [LDAP_MODIFY_RESPONSE] = log_plain_result, [LDAP_ADD_RESPONSE] = log_plain_result,
    [LDAP_DEL_RESPONSE] = log_plain_result, [LDAP_MOD_DN_RESPONSE] = log_plain_result, [LDAP_COMPARE_RESPONSE] = log_plain_result,
    [LDAP_EXTENDED_RESPONSE] = log_extended_result, [LDAP_INTERMEDIATE_RESPONSE] = log_extended,
};

static void log_message(struct json *j, const char *key, const struct ldap_message *m)
{
    json_object(j, key);
    json_i64(j, "message_id", m->id);
    json_string(j, "operation", names_name(&ldap_ops, m->op));
    if (log_op[m->op] != NULL) {
        json_object(j, names_name(&ldap_ops, m->op));
        log_op[m->op](j, rd_of(m->content));
        json_end_object(j);
    }
    json_end_object(j);
}

void ldap_log(const struct txn *t, struct json *j)
{
    const struct ldap *d = txn_data_const(t);

    if (d->asked) {
        log_message(j, "request", &d->request);
    }
    if (d->response_n != 0) {
        json_array(j, "responses");
        for (uint32_t i = 0; i < d->response_n; i++) {
            log_message(j, NULL, &d->response[i]);
        }
        json_end_array(j);
    }
}
