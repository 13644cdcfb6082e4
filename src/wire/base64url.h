/* SPDX-License-Identifier: GPL-2.0-or-later */
/* base64url - the spelling that fits into URIs and header fields (RFC 4648 5); the plain alphabet and padding are taken too. */
#ifndef WIRE_BASE64URL_H
#define WIRE_BASE64URL_H

#include "base/arena.h"

/* False, and *out empty, when `in` is none. */
bool base64url_read(struct arena *a, struct bytes in, struct bytes *out);

#endif
