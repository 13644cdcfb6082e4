/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * x509 - the parts of a certificate that a passive sensor needs (RFC 5280), by walking its DER once.
 *
 * Names, serial number, validity, alternative names.  No signature is checked.  Text goes into the caller's arena.
 */
#ifndef WIRE_X509_H
#define WIRE_X509_H

#include "base/arena.h"

enum { X509_NAMES_MAX = 1024 };

struct x509 {
    struct bytes subject, issuer;  /* "C=US, O=Example, CN=www.example.org" */
    struct bytes serial;           /* "00:AB:CD" */
    int64_t not_before, not_after; /* seconds since 1970; INT64_MIN when unreadable */
    struct bytes *name;            /* alternative names: DNS, addresses, mail, URI */
    unsigned name_n;
    bool more_names;               /* than are kept */
};

/* What cannot be read of a certificate; what was read before it stands. */
enum x509_problem {
    X509_GOOD, X509_CUT /* it says that it is longer */ = -1, X509_BAD_DER = 1, X509_BAD_VERSION, X509_BAD_SERIAL, X509_BAD_ALGORITHM, X509_BAD_ISSUER, X509_BAD_DATE, X509_BAD_SUBJECT,
    X509_BAD_EXTENSIONS
};
enum x509_problem x509_read(struct rd der, struct arena *a, struct x509 *out);
/* "2013-07-31T12:00:00" of seconds since 1970, UTC. */
struct bytes x509_time_text(int64_t seconds, struct arena *a);

#endif
