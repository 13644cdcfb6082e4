/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * enip - shared by enip.c (framing, exchanges, fields), enip_message.c (what an encapsulated message holds) and enip_log.c.
 *
 * A transaction is a request and its response.  Of the Common Industrial Protocol inside, messages are a tree: one that holds
 * several (service 10) has them as children.
 */
#ifndef PROTO_ENIP_ENIP_H
#define PROTO_ENIP_ENIP_H

#include "proto/proto.h"

enum enip_command {
    ENIP_NOP = 0, ENIP_LIST_SERVICES = 4, ENIP_LIST_IDENTITY = 0x63, ENIP_LIST_INTERFACES = 0x64, ENIP_REGISTER = 0x65, ENIP_UNREGISTER = 0x66,
    ENIP_SEND_RR = 0x6f, ENIP_SEND_UNIT = 0x70, ENIP_INDICATE = 0x72, ENIP_CANCEL = 0x73
};
enum { ENIP_HEAD = 24, CIP_CLASS = 8, CIP_INSTANCE = 9, CIP_ATTRIBUTE = 12 /* kinds of a logical segment, with its type in front */ };

struct cip_segment {
    uint8_t type;             /* as on the wire */
    uint32_t value;
};
struct cip {
    struct cip *next, *child; /* of the same message, in it */
    uint8_t service;
    bool response;
    uint8_t status;
    struct bytes extended;    /* status, as on the wire */
    struct cip_segment *path;
    uint16_t path_n;
    uint16_t *attribute;      /* listed by services 3 and 4 */
    uint16_t attribute_n;
    struct cip_segment *opened; /* path of the connection that is asked for */
    uint16_t opened_n;
};
/* Stretches of a message that are spans, counted from its first octet. */
struct enip_part {
    uint32_t at, n;
    bool cip;
};
enum { ENIP_PARTS_MAX = 16 };

struct enip_message {
    bool there, bad;
    uint16_t command;
    uint32_t session, status, options;
    bool has_version, has_identity, has_service, has_cip, has_sequence;
    uint16_t version, register_options;
    uint16_t vendor, device, product, state_bits;
    uint8_t revision[2], state;
    uint32_t serial;
    struct bytes product_name;
    uint16_t capabilities;
    struct bytes service_name;
    uint16_t sequence;        /* of connected data */
    struct cip cip;
    struct enip_part part[ENIP_PARTS_MAX];
    uint8_t part_n;
};

struct enip {
    struct enip_message request, response;
};

/* Of connected data its sequence count alone. */
void enip_sequence(struct enip_message *m, struct rd r);
/* Reads what stands behind the head; m->bad when it does not follow its grammar. */
void enip_read(struct enip_message *m, bool request, struct rd r, struct arena *a);
void enip_log(const struct txn *t, struct json *j);
extern const struct names enip_commands, enip_statuses;

/* The i-th number of a kind over all messages of the tree; false past the end. */
enum cip_number { CIP_NUMBER_CLASS, CIP_NUMBER_INSTANCE, CIP_NUMBER_ATTRIBUTE, CIP_NUMBER_STATUS, CIP_NUMBER_EXTENDED, CIP_NUMBER_SERVICE, CIP_NUMBER_OPENED };
bool cip_number(const struct cip *c, enum cip_number kind, unsigned i, uint64_t *out);
/* "SERVICE[,CLASS[,ATTRIBUTE]]" as the number that CIP_NUMBER_SERVICE gives for it. */
bool cip_service_named(struct bytes name, uint64_t *number);

#endif
