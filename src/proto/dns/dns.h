/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dns - what a DNS message holds once read; shared by dns.c (reading) and dns_log.c (records).
 *
 * One message is one transaction, one-sided: requests to the server, responses to the client.  Everything is in the
 * transaction's arena.
 */
#ifndef PROTO_DNS_DNS_H
#define PROTO_DNS_DNS_H

#include "proto/proto.h"

struct dns_query {
    struct bytes name;
    uint16_t type, class;
    bool cut;
};

struct dns_soa {
    struct bytes mname, rname;
    uint32_t serial, refresh, retry, expire, minimum;
};

struct dns_record {
    struct bytes name;
    uint16_t type, class;
    uint32_t ttl;
    bool cut;                 /* name longer than what is kept */
    enum dns_data { DNS_DATA_NONE, DNS_DATA_ADDRESS, DNS_DATA_NAME, DNS_DATA_TEXT, DNS_DATA_BYTES, DNS_DATA_SOA, DNS_DATA_SRV,
                    DNS_DATA_SSHFP, DNS_DATA_OPT } data;
    bool data_cut;
    union {
        struct bytes bytes;   /* address, name, text, other */
        struct dns_soa *soa;
        struct { uint16_t priority, weight, port; struct bytes name; } srv;
        struct { uint8_t algorithm, type; struct bytes fingerprint; } sshfp;
        struct bytes options; /* OPT: code, length, data … as on the wire */
    };
};

enum { DNS_ANSWERS, DNS_AUTHORITIES, DNS_ADDITIONALS, DNS_SECTIONS };

struct dns {
    uint16_t id, flags;
    bool response;
    struct dns_query *query;
    uint16_t query_n;
    struct dns_record *record[DNS_SECTIONS];
    uint16_t record_n[DNS_SECTIONS];
};

struct dns_settings {
    bool requests, responses; /* log.requests, log.responses */
    const char *formats;      /* "detailed", "grouped": comma separated; NULL both */
    const char *types;        /* log.types: record types logged, comma separated; NULL all */
};

#define DNS_OPCODE(flags) ((flags) >> 11 & 0xf)
#define DNS_RCODE(flags) ((flags)&0xf)
#define DNS_QR 0x8000

void dns_log(const struct txn *t, struct json *j);
bool dns_log_wanted(const struct txn *t);
/* Codes by the names the logs have, any case: for rules. */
bool dns_type_named(struct bytes name, uint64_t *code);
bool dns_rcode_named(struct bytes name, uint64_t *code);

#endif
