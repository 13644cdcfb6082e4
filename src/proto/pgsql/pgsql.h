/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pgsql - the protocol of PostgreSQL, version 3 (PostgreSQL manual, chapter "Frontend/Backend Protocol"): what the files of this
 * folder share.
 *
 * A transaction is a step of the dialogue: what the client asked and all that the server said to it.  Its messages lie in its arena,
 * in the order they came; rows and copied data are only counted.
 */
#ifndef PROTO_PGSQL_H
#define PROTO_PGSQL_H

#include "proto/proto.h"

enum pgsql_kind {
    PGSQL_OTHER,                  /* known or not: it neither moves the dialogue nor is it told of */
    /* of the client */
    PGSQL_STARTUP, PGSQL_SSL_REQUEST, PGSQL_CANCEL, PGSQL_PASSWORD, PGSQL_SASL_FIRST, PGSQL_SASL_NEXT, PGSQL_QUERY, PGSQL_COPY_FAIL, PGSQL_TERMINATE,
    /* of both */
    PGSQL_COPY_DATA, PGSQL_COPY_DONE,
    /* of the server */
    PGSQL_SSL_YES, PGSQL_SSL_NO, PGSQL_AUTH_OK, PGSQL_AUTH_CLEAR, PGSQL_AUTH_MD5, PGSQL_AUTH_SASL, PGSQL_AUTH_SASL_MORE, PGSQL_AUTH_SASL_LAST,
    PGSQL_PARAMETER, PGSQL_BACKEND_KEY, PGSQL_READY, PGSQL_ROW_HEAD, PGSQL_ROW, PGSQL_COPY_IN, PGSQL_COPY_OUT, PGSQL_COMPLETE, PGSQL_ERROR,
    PGSQL_KINDS
};

/* A parameter, or a field of an error (its type is the name's one byte). */
struct pgsql_pair {
    struct pgsql_pair *next;
    struct bytes name, value;
};

struct pgsql_message {
    struct pgsql_message *next;
    uint8_t kind;                 /* enum pgsql_kind */
    bool plus;                    /* SASL: with channel binding */
    struct bytes text;            /* query, password, salt, SASL data, what was done */
    uint32_t number[2];           /* version; process and key; columns */
    uint64_t count, size;         /* rows or pieces, their bytes */
    struct pgsql_pair *pairs;
};

struct pgsql {
    uint64_t id;                  /* counted from 1; broken messages take one too */
    struct pgsql_message *first[2], *last[2]; /* by side */
    uint32_t kept[2];
    uint64_t count, size;         /* of the rows or pieces since the last that was told of */
};

struct pgsql_settings {
    uint64_t depth;
    uint32_t txn_max, response_max;
    bool passwords;
};

/* One message behind its type and length into `m`, texts into the arena; false: it does not follow its grammar, and *foreign when
 * it is of a version or a kind that is not known.  Without an arena it is only checked. */
bool pgsql_read(struct pgsql_message *m, struct arena *a, struct rd r, bool *foreign);
/* A client's message without a type (start, cancel, TLS), behind its length: which, and its content. */
bool pgsql_read_start(struct pgsql_message *m, struct arena *a, struct rd r, bool *foreign);
/* Would it be read? */
bool pgsql_is_start(struct rd r);
void pgsql_log(const struct txn *t, struct json *j);

#endif
