/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * asn1 - elements of BER and DER (X.690): tag, length, content; and the few contents that protocols share.
 *
 * Definite lengths of up to four octets only; tags up to 2^28.  Nothing recurses: the caller opens what it wants to look
 * into.  Pure functions over the caller's reader.
 */
#ifndef WIRE_ASN1_H
#define WIRE_ASN1_H

#include "base/arena.h"
#include "base/text.h"

/* Identifier octets (class, constructed, number below 31 in one octet). */
enum { ASN1_BOOLEAN = 0x01, ASN1_INTEGER = 0x02, ASN1_BITS = 0x03, ASN1_OCTETS = 0x04, ASN1_NULL = 0x05, ASN1_OID = 0x06, ASN1_ENUMERATED = 0x0a,
       ASN1_UTF8 = 0x0c, ASN1_GENERAL_STRING = 0x1b, ASN1_SEQUENCE = 0x30, ASN1_SET = 0x31 };
#define ASN1_APPLICATION(n) (0x60u | (n))  /* constructed */
#define ASN1_CONTEXT(n) (0xa0u | (n))      /* constructed */
#define ASN1_CONTEXT_PLAIN(n) (0x80u | (n))

struct asn1 {
    uint8_t id;        /* first identifier octet */
    uint32_t tag;      /* number, also when it took more octets */
    struct rd content; /* bad when the element does not fit */
};

/* The next element; false, and r bad, when there is none that is whole. */
bool asn1_next(struct rd *r, struct asn1 *out);
/* Content of the next element, which must have that identifier octet; else both readers are bad. */
struct rd asn1_expect(struct rd *r, uint8_t id);
/* The same, when the next element is that one; nothing is read, and false, when it is another. */
bool asn1_optional(struct rd *r, uint8_t id, struct rd *content);
/* Bytes of the whole element at the head: 0 more are needed to tell, SIZE_MAX it is none. */
size_t asn1_span(struct rd r);
/* An INTEGER's or ENUMERATED's content of at most eight octets; false when it is longer or empty. */
bool asn1_int(struct rd content, int64_t *out);
/* Reads an element of that identifier as a number; r is bad when it is none. */
int64_t asn1_number(struct rd *r, uint8_t id);
/* "1.3.6.1" of an OBJECT IDENTIFIER's content, without a NUL; 0: it is malformed, or longer than that or 128 arcs. */
enum { ASN1_OID_TEXT_MAX = 1024 };
size_t asn1_oid_write(struct rd content, char out[ASN1_OID_TEXT_MAX]);
/* The same in an arena; empty when it is none. */
struct bytes asn1_oid_text(struct rd content, struct arena *a);

#endif
