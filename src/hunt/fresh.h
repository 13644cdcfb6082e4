/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fresh - which rules of files are new or changed since they were read before.
 *
 * By their text.  What sets the bits that a new rule asks for comes along without an alert of its own, since it had that.
 */
#ifndef HUNT_FRESH_H
#define HUNT_FRESH_H

#include "base/err.h"
#include "base/text.h"

struct fresh;
/* Files, and folders' *.rules.  NULL with err. */
struct fresh *fresh_read(const char *const *paths, unsigned n, struct err *err);
void fresh_free(struct fresh *f);
/* Appends what `now` has and `before` (NULL: nothing) has not; how many rules that are, without those that come along. */
unsigned fresh_since(const struct fresh *now, const struct fresh *before, struct text *out);

#endif
