/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * map - large pieces of memory straight from the system, for the allocators of base/ and for large tables.
 *
 * Aligned as asked for, cleared, given back whole.  `large`: with large pages where the system has them, which saves most
 * of the walks that a look-up in much memory waits for, and most of the faults; then memory is in use by 2 MB at a time.  Where
 * memory is full of other files' pages, the kernel first has to move some for each: five seconds of 16 for a million sessions.
 * So what fills little by little is told of when it is full: then the kernel puts large pages in its place as it finds time.
 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>

enum { MAP_LARGE_PAGE = 2 << 20 };

/* n bytes at a multiple of `align`, a power of two; NULL: none. */
void *map_take(size_t n, size_t align, bool large);
void map_filled(void *p, size_t n);
void map_give(void *p, size_t n); /* p may be NULL */

#endif
