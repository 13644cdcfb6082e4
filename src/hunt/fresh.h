/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fresh - which rules of files are new or changed since they were read before.
 *
 * By their text, whatever file they are in.  What sets the bits that a new rule asks for comes along without an alert of its own, since it had that.
 */
#ifndef HUNT_FRESH_H
#define HUNT_FRESH_H

#include "base/err.h"
#include "base/rd.h"
#include "base/text.h"

#include <limits.h>

struct fresh;
/* Files, and folders' *.rules; dialect: of all, -1: each file's own.  NULL with err. */
struct fresh *fresh_read(const char *const *paths, unsigned n, int dialect, struct err *err);
void fresh_free(struct fresh *f);
/* Marks what `now` has and `before` (NULL: nothing) has not; *n: how many rules that are, without those that come along.  False: no memory. */
bool fresh_since(struct fresh *now, const struct fresh *before, unsigned *n);
/* Appends what is marked, by file, as fresh_next reads it. */
void fresh_put(const struct fresh *now, struct text *out);
struct fresh_source {
    int dialect;
    char path[PATH_MAX];         /* of the file that its rules are from */
    struct bytes text;
};
bool fresh_next(struct rd *r, struct fresh_source *out); /* false: no more, or what is there is malformed */
/* Which rules are known, without their texts. */
bool fresh_save(const struct fresh *f, const char *path, struct err *err);
struct fresh *fresh_load(const char *path); /* NULL: there is none */

#endif
