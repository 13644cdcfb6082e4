/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * map - large pieces of memory straight from the system, for the allocators of base/ and for large tables.
 *
 * Aligned as asked for, cleared, given back whole.  map_large: in large pages where the system has them, which saves most of the
 * walks that a look-up in much memory waits for.  Asked before memory is touched, each is made at the first touch; where memory is
 * full of files' pages, the kernel has to move some for that, five seconds of 21 for a million sessions.  So for what fills little by
 * little it is asked when that is full: then the kernel puts large pages in its place as it finds time.
 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include <stddef.h>

enum { MAP_LARGE_PAGE = 2 << 20 };

/* n bytes at a multiple of `align`, a power of two; NULL: none. */
void *map_take(size_t n, size_t align);
void map_large(void *p, size_t n);
void map_soon(void *p, size_t n); /* whole pages that will be written soon: made at once instead of by a fault for each */
void map_give(void *p, size_t n); /* p may be NULL */

#endif
