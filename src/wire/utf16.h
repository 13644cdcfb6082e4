/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * utf16 - text of Microsoft's protocols (UTF-16, low byte first) as UTF-8.  Pure; text goes into the caller's arena.
 */
#ifndef WIRE_UTF16_H
#define WIRE_UTF16_H

#include "base/arena.h"

/* Up to the first NUL; a lone surrogate becomes U+FFFD, an odd last byte is left out.  At most `max` bytes. */
struct bytes utf16_text(struct bytes b, struct arena *a, size_t max);

#endif
