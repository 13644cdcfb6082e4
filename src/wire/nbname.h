/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nbname - names of NetBIOS as they go over UDP and TCP (RFC 1001 14, RFC 1002 4.1).  No state; any thread. */
#ifndef WIRE_NBNAME_H
#define WIRE_NBNAME_H

#include "base/rd.h"

enum { NBNAME_MAX = 15 };

struct nbname {
    uint8_t text[NBNAME_MAX + 1]; /* without the blanks at its end; the suffix behind it */
    uint8_t n, suffix;        /* suffix: the sixteenth byte, what kind of name it is */
};

static inline struct bytes nbname_text(const struct nbname *name) { return bytes_of(name->text, name->n); }
/* … with the suffix behind it. */
static inline struct bytes nbname_plain_text(const struct nbname *name) { return bytes_of(name->text, name->n + 1u); }
/* Fifteen bytes and the suffix, as they are (the list of a node's names). */
void nbname_plain(struct rd *r, struct nbname *out);
/* First-level encoded, with the labels of a scope, up to the root or a pointer; false when it is no such name. */
bool nbname_read(struct rd *r, struct nbname *out);
/* What is known to stand behind a suffix: "workstation", "server", …; NULL. */
const char *nbname_kind(uint8_t suffix, bool group);

#endif
