/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dns - shared by dns.c (framing, fields) and dns_log.c (records).
 *
 * One message is one transaction, one-sided: requests to the server, responses to the client.  The transaction is the
 * message as wire/dnsmsg.h reads it.
 */
#ifndef PROTO_DNS_DNS_H
#define PROTO_DNS_DNS_H

#include "proto/proto.h"
#include "wire/dnsmsg.h"

struct dns_settings {
    uint32_t version;         /* log.version: 3, or 2 */
    bool requests, responses; /* log.requests, log.responses */
    const char *formats;      /* "detailed", "grouped": comma separated; NULL both */
    const char *types;        /* log.types: record types logged, comma separated; NULL all */
};

void dns_log(const struct txn *t, struct json *j);
bool dns_log_wanted(const struct txn *t);
enum side dns_log_side(const struct txn *t, enum side turn);
unsigned dns_log_parts(const struct txn *t);
void dns_log_part(const struct txn *t, unsigned i, struct json *j);

#endif
