/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * inflate_zlib - zlib behind inflate.h: all of it where there is no ISA-L, and the judge of broken streams where there is.
 *
 * As inflate.h has it; for inflate.c alone.
 */
#ifndef BASE_INFLATE_ZLIB_H
#define BASE_INFLATE_ZLIB_H

#include "base/inflate.h"

struct inflate_zlib;

struct inflate_zlib *inflate_zlib_new(const struct inflate_memory *m);
void inflate_zlib_free(struct inflate_zlib *i); /* NULL is fine */
enum inflate_result inflate_zlib_run(struct inflate_zlib *i, struct bytes *in, uint8_t *out, size_t room, size_t *got);

#endif
