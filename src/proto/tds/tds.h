/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tds - shared by the protocol's files: what is kept of an exchange, and the reading of messages.
 */
#ifndef PROTO_TDS_TDS_H
#define PROTO_TDS_TDS_H

#include "proto/proto.h"

enum tds_note { TDS_MALFORMED_PACKET, TDS_MALFORMED_PRELOGIN, TDS_MALFORMED_LOGIN, TDS_MALFORMED_REQUEST, TDS_MALFORMED_RESPONSE, TDS_CLEARTEXT_LOGIN };

/* [MS-TDS] 2.2.3.1.1 */
enum tds_type {
    TDS_BATCH = 1, TDS_OLD_LOGIN = 2, TDS_RPC = 3, TDS_RESULT = 4, TDS_ATTENTION = 6, TDS_BULK = 7, TDS_FEDERATED = 8, TDS_TRANSACTION = 14, TDS_LOGIN = 16,
    TDS_SSPI = 17, TDS_PRELOGIN = 18,
};

enum { TDS_TEXT_MAX = 32 * 1024, TDS_ERRORS_MAX = 8 };

struct tds_error {
    uint32_t number, line;
    uint8_t state, severity;
    struct bytes message, server, procedure;
};

struct tds {
    bool asked, answered, is_prelogin, is_login, accepted, failed, has_rows, cut;
    uint8_t type;
    uint8_t encryption[2];         /* as each side has it, and 1; 0: not told */
    struct bytes version[2];       /* product version in prelogin: "16.0.1000" */
    struct bytes instance;
    uint32_t protocol;             /* as the login asks, or the server answers */
    struct bytes client, user, app, library, server, database, language, domain;
    struct bytes program;          /* the server's name for itself */
    struct bytes text, procedure;
    uint64_t rows;
    struct tds_error error[TDS_ERRORS_MAX];
    unsigned error_n;
    struct arena_text gathered;    /* a message in several packets */
};

enum { TDS_FIELDS = 10 };
extern const struct field tds_fields[TDS_FIELDS];
const char *tds_type_name(unsigned type); /* NULL: none */
void tds_log(const struct txn *t, struct json *j);

void tds_prelogin(struct txn *t, enum side side, struct bytes b);
void tds_login(struct txn *t, struct bytes b);
void tds_sspi(struct txn *t, struct bytes b);
void tds_batch(struct txn *t, struct bytes b);
void tds_rpc(struct txn *t, struct bytes b);
/* The head of a response: tokens up to the first that only a result's description makes readable. */
void tds_response_head(struct txn *t, struct bytes b);
/* The token that ends one. */
void tds_response_end(struct txn *t, struct bytes b);

#endif
