/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tls - what is known of a TLS session; shared by tls.c (records, handshake), tls_fields.c and tls_log.c.
 *
 * A flow has one transaction: the handshake.  Its struct is in the transaction's arena.
 */
#ifndef PROTO_TLS_TLS_H
#define PROTO_TLS_TLS_H

#include "proto/proto.h"
#include "wire/tlshello.h"
#include "wire/x509.h"

/* Progress of the client's side and of the server's; the names are rule hooks. */
enum tls_client_state { TLS_CLIENT_IN_PROGRESS, TLS_CLIENT_HELLO_DONE, TLS_CLIENT_CERT_DONE, TLS_CLIENT_HANDSHAKE_DONE, TLS_CLIENT_FINISHED };
enum tls_server_state { TLS_SERVER_IN_PROGRESS, TLS_SERVER_HELLO, TLS_SERVER_CERT_DONE, TLS_SERVER_HELLO_DONE, TLS_SERVER_HANDSHAKE_DONE,
                        TLS_SERVER_FINISHED };

enum { TLS_CERTS_MAX = 32 };

/* Made when first asked for: tls_end_printed. */
struct tls_prints {
    struct bytes fingerprint;   /* SHA-1, "ab:cd:…"; empty without certificate */
    struct bytes ja3, ja3_hash, ja4;
};

/* What one end showed of itself. */
struct tls_end {
    bool hello_seen, cert_seen, changed_cipher, data_seen, done;
    uint8_t prints;             /* enum tls_print: not made yet, what they are of is read, and settings want them */
    struct tlshello hello;
    struct bytes hello_bytes;   /* the hello's body; the lists of `hello` lie in it */
    uint16_t record_version;
    uint16_t alpn_next, alpn_at; /* where the getter of its ALPN stands: the item that comes next, and its place */
    struct bytes *cert;         /* DER of each certificate, in order; behind the first empty where nobody asks for them (conn_asked) */
    unsigned cert_n;
    const struct x509 *first;   /* of the first certificate; an empty one before */
    const struct tls_prints *printed; /* empty ones before */
};

struct tls {
    struct txn *txn;
    struct tls_end end[2];      /* by side of the bytes: [TO_SERVER] the client's */
    uint16_t version;           /* in force: the server's choice */
    bool resumed;
    bool ssl2;
    bool cert_wanted;           /* the server asked for the client's certificate */
};

enum { TLS_1_3 = 0x0304, TLS_1_3_OLD = 0x7f01 /* drafts before 16, which name 0x0304 in the hello itself */ };

struct tls_settings {
    bool extended, session_resumption;
    const char *custom;         /* comma separated; NULL none */
    const char *ja3, *ja4;      /* "yes", "no", "auto" */
};

enum { TLS_FIELDS = 21 }; /* rows of tls_fields; checked where they stand */
extern const struct field tls_fields[TLS_FIELDS];

/* An end with those of its fingerprints made that are asked for and that settings want. */
enum tls_print { TLS_PRINT_JA3 = 1, TLS_PRINT_JA4 = 2, TLS_PRINT_CERTIFICATE = 4, TLS_PRINT_ALL = 7 };
const struct tls_end *tls_end_printed(const struct txn *t, enum side side, unsigned prints);
void tls_log(const struct txn *t, struct json *j);
bool tls_log_asks(const void *settings);
bool tls_log_wanted(const struct txn *t);
bool tls_log_ready(const struct txn *t);
bool tls_keep(const struct txn *t, enum side side, struct text *out, size_t *about); /* certificates, as PEM */
struct bytes tls_version_text(uint16_t version);

#endif
