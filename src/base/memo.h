/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * memo - texts that cost something to make, by what they are made of: hashes and fingerprints of what comes again and again.
 *
 * A fixed number of places; what comes later takes the place of what was there.  What a text is made of is compared whole, so
 * nobody can have another's text.  Owner: one thread.
 */
#ifndef BASE_MEMO_H
#define BASE_MEMO_H

#include "base/rd.h"

enum { MEMO_BYTES = 2304 /* of a place: what a text is made of, and the text; what needs more is not kept */ };

enum memo_kind { MEMO_JA4, MEMO_JA4_AS_SENT, MEMO_MD5, MEMO_SHA1 };

struct memo;
struct memo *memo_new(unsigned places); /* a power of two; NULL: no memory */
void memo_free(struct memo *m);
/* Until the next memo_keep; n 0: not there.  m may be NULL, here and below: nothing is kept. */
struct bytes memo_find(const struct memo *m, enum memo_kind kind, struct bytes of);
void memo_keep(struct memo *m, enum memo_kind kind, struct bytes of, struct bytes text);

#endif
