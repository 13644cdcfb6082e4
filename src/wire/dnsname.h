/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dnsname - domain names of DNS messages (RFC 1035 4.1.4), compression followed within bounds.
 *
 * Shared by DNS and its relatives.  Pure functions; the text goes into the caller's arena.
 */
#ifndef WIRE_DNSNAME_H
#define WIRE_DNSNAME_H

#include "base/arena.h"

enum {
    DNSNAME_MAX = 1025,       /* bytes of text kept; the rest is cut */
    DNSNAME_JUMPS_MAX = 255,  /* pointers followed */
    DNSNAME_LABELS_MAX = 255, /* labels read */
};

enum dnsname_flag {
    DNSNAME_CUT = 1 << 0,     /* longer than DNSNAME_MAX */
    DNSNAME_LOOP = 1 << 1,    /* too many pointers */
    DNSNAME_LABELS = 1 << 2,  /* too many labels */
};

/* The name at `at`, which moves behind it; pointers lead into `message`.  Labels joined with dots as they were written, the
 * root is empty.  False when malformed (then at is bad).  With DNSNAME_LOOP or DNSNAME_LABELS what was read so far stands. */
bool dnsname_read(struct rd *at, struct bytes message, struct arena *arena, struct bytes *out, unsigned *flags);

#endif
