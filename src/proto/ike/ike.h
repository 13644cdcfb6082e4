/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ike - Internet Key Exchange, versions 1 (RFC 2408, 2409) and 2 (RFC 7296), over UDP.
 *
 * A datagram is a transaction of its own; what both sides have said of keys and algorithms is the flow's.
 */
#ifndef PROTO_IKE_H
#define PROTO_IKE_H

#include "proto/proto.h"

enum ike_note { IKE_MALFORMED, IKE_NO_ENCRYPTION, IKE_WEAK_ENC, IKE_WEAK_PRF, IKE_WEAK_DH, IKE_WEAK_AUTH, IKE_WEAK_NO_DH, IKE_WEAK_NO_AUTH, IKE_INVALID_PROPOSAL,
                IKE_UNKNOWN_PROPOSAL, IKE_EXTRA_DATA, IKE_MULTIPLE_PROPOSALS };
enum { IKE_HEAD = 28, IKE_ENCRYPTED = 0x01, IKE_INITIATOR = 0x08, IKE_KEY_MAX = 1024, IKE_NONCE_MAX = 256, IKE_LONG_MAX = 16, IKE_ATTRIBUTES_MAX = 16, IKE_LIST_MAX = 64,
       IKE_TRANSFORMS_MAX = 64 };

/* An attribute of a version 1 transform: a number, or bytes. */
struct ike_attribute {
    uint16_t type, word;           /* word: its value or length, which names go by */
    bool has_number;
    uint32_t number;
    uint8_t n, bytes[IKE_LONG_MAX];
};
struct ike_transform {
    struct ike_transform *next;
    unsigned n;
    struct ike_attribute attribute[IKE_ATTRIBUTES_MAX];
};

/* Kinds of version 2 transforms (RFC 7296 3.3.2). */
enum { IKE_ENC = 1, IKE_PRF, IKE_AUTH, IKE_DH, IKE_ESN, IKE_KINDS };

struct ike_end {
    uint16_t key_n, nonce_n;
    uint8_t key[IKE_KEY_MAX], nonce[IKE_NONCE_MAX];
};

struct ike_state {
    bool has_doi;
    uint32_t doi, chosen_n;        /* transforms that the server chose */
    struct ike_end end[2];         /* by side */
    struct ike_transform chosen;   /* the first of them */
    uint16_t algorithm[IKE_KINDS]; /* version 2: as the server chose */
};

struct ike {
    uint8_t version, minor, exchange, flags, side;
    uint32_t message;
    char spi[2][16];               /* by side: the initiator's, the responder's; in hexadecimal */
    /* version 1 */
    uint32_t types;                /* bit: a payload of that type is there */
    struct bytes key, nonce;
    struct ike_transform *transforms, **transform_end;
    unsigned transform_n, vendor_n;
    struct bytes vendor[IKE_LIST_MAX]; /* in hexadecimal */
    /* version 2 */
    unsigned payload_n, notify_n, errors, chosen_n;
    uint8_t payload[IKE_LIST_MAX];
    uint16_t notify[IKE_LIST_MAX];
    uint32_t chosen[IKE_TRANSFORMS_MAX]; /* kind << 16 | number, in their order */
};

struct ike_settings {
    bool extended;
};

/* What follows the head. */
void ike1_read(struct conn *c, struct txn *t, struct rd r, uint8_t next);
void ike2_read(struct conn *c, struct txn *t, struct rd r, uint8_t next);
/* Names of version 1's attributes, by number; NULL: there is none. */
const char *ike_attribute_name(unsigned type);
void ike_log(const struct txn *t, struct json *j);

#endif
