/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ldap - LDAP (RFC 4511) and CLDAP: what the files of this folder share.
 *
 * A transaction is a request with all its responses.  Of a message the operation's element is kept as it came (checked to be
 * whole); rules and records read in it when they ask.
 */
#ifndef PROTO_LDAP_LDAP_H
#define PROTO_LDAP_LDAP_H

#include "proto/proto.h"
#include "wire/asn1.h"

enum ldap_op { LDAP_BIND_REQUEST, LDAP_BIND_RESPONSE, LDAP_UNBIND_REQUEST, LDAP_SEARCH_REQUEST, LDAP_SEARCH_ENTRY, LDAP_SEARCH_DONE, LDAP_MODIFY_REQUEST,
               LDAP_MODIFY_RESPONSE, LDAP_ADD_REQUEST, LDAP_ADD_RESPONSE, LDAP_DEL_REQUEST, LDAP_DEL_RESPONSE, LDAP_MOD_DN_REQUEST, LDAP_MOD_DN_RESPONSE,
               LDAP_COMPARE_REQUEST, LDAP_COMPARE_RESPONSE, LDAP_ABANDON_REQUEST, LDAP_SEARCH_REFERENCE = 19, LDAP_EXTENDED_REQUEST = 23,
               LDAP_EXTENDED_RESPONSE, LDAP_INTERMEDIATE_RESPONSE, LDAP_OPS };

enum { LDAP_RESPONSES_MAX = 4096, LDAP_ITEMS_MAX = 1024 };

struct ldap_message {
    int64_t id;
    uint8_t op;              /* enum ldap_op */
    struct bytes content;    /* of the operation's element */
};

/* Where the getter of a list stands: rules ask for its items in their order, and nothing is read again for the next one. */
enum ldap_list { LDAP_RESULTS, LDAP_RESPONSE_DNS, LDAP_REQUEST_ATTRIBUTES, LDAP_RESPONSE_ATTRIBUTES, LDAP_LISTS };
struct ldap_walk {
    uint32_t next, response; /* items passed, responses passed */
    bool begun;
    struct rd list, inner;   /* inner: of one change of a ModifyRequest, or one entry */
};

struct ldap {
    struct ldap_walk *walk;  /* LDAP_LISTS of them; NULL: no memory */
    bool asked;
    struct ldap_message request;
    struct ldap_message *response;
    uint32_t response_n, response_room;
    struct bytes server;     /* what the root says of the server's software */
};

extern const struct names ldap_ops, ldap_results;

/* LDAPResult (4.1.9): the reader is behind it afterwards. */
struct ldap_result {
    int64_t code;
    struct bytes matched, message;
};
bool ldap_has_result(unsigned op);
bool ldap_result_read(struct rd *r, struct ldap_result *out);

enum { LDAP_FIELDS = 13 };
extern const struct field ldap_fields[LDAP_FIELDS];
void ldap_log(const struct txn *t, struct json *j);

#endif
