/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * krb5 - parts of Kerberos messages (RFC 4120) that several protocols carry: names, tickets, encryption types.
 *
 * Pure functions; readers point into the message.
 */
#ifndef WIRE_KRB5_H
#define WIRE_KRB5_H

#include "base/names.h"
#include "base/rows.h"
#include "wire/asn1.h"

/* A PrincipalName's parts: the reader is over them, one GeneralString after another. */
bool krb5_name(struct rd name, struct rd *parts);
bool krb5_name_next(struct rd *parts, struct bytes *out);
/* "a/b" into the arena; empty when there are none. */
struct bytes krb5_name_text(struct rd parts, struct arena *a);

struct krb5_ticket {
    struct bytes realm;
    struct rd sname;       /* parts */
    int64_t encryption;    /* etype */
};
/* A Ticket ([APPLICATION 1]) at the reader. */
bool krb5_ticket(struct rd *r, struct krb5_ticket *out);
/* The ticket of the AP-REQ in a GSS-API token (RFC 1964 1.1, RFC 4121 4.1), also inside SPNEGO. */
bool krb5_ticket_find(struct bytes token, struct krb5_ticket *out);

extern const struct names krb5_encryptions;         /* 18: "aes256-cts-hmac-sha1-96" */
bool krb5_encryption_weak(int64_t etype);

#endif
