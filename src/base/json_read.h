/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * json_read - a strict reader of JSON text (RFC 8259): values are runs of bytes of the text, nothing is built.
 *
 * For lists and files that users bring.  A value is found and checked to its end, nested at most JSON_DEPTH_MAX deep;
 * afterwards its members are walked.  Borrows the text; allocates only in json_text.  Any thread.
 */
#ifndef BASE_JSON_READ_H
#define BASE_JSON_READ_H

#include "base/arena.h"

enum { JSON_DEPTH_MAX = 32 };

enum json_kind { JSON_BAD, JSON_OBJECT, JSON_ARRAY, JSON_STRING, JSON_NUMBER, JSON_TRUE, JSON_FALSE, JSON_NULL };

/* The next value, blanks before it skipped: its first to its last byte.  JSON_BAD: there is none. */
enum json_kind json_value(struct rd *r, struct bytes *value);
/* The text is one value and blanks. */
enum json_kind json_whole(struct bytes text, struct bytes *value);

/* Over the members of a checked object or array. */
struct json_walk {
    struct rd left;
    bool object;
};
struct json_walk json_members(struct bytes value);
/* False at the end.  `key`: as written, with its quotes; empty in an array.  */
bool json_next(struct json_walk *w, struct bytes *key, struct bytes *value, enum json_kind *kind);

/* What a path of keys joined by dots leads to; false when nothing does.  An empty path: the value itself. */
bool json_find(struct bytes value, const char *path, struct bytes *out, enum json_kind *kind);
/* A checked string's text in `a`, escapes resolved; false when the arena is full. */
bool json_text(struct arena *a, struct bytes string, struct bytes *out);
/* A copy of a checked value without blanks between its parts, and of an object without the member `leave` (NULL: all). */
bool json_compact(struct arena *a, struct bytes value, const char *leave, struct bytes *out);

#endif
