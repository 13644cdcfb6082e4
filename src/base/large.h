/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * large - pieces of some KB to some MB, side by side in large pages: tables that are read here and there.
 *
 * Where each has pages of its own, no large one is filled by it.  A piece given back is handed out again, first fit, and whole large
 * pages that nothing is in go back to the system.  Not more than 8 GB in all.
 *
 * Owner: whoever made it; one thread at a time.
 */
#ifndef BASE_LARGE_H
#define BASE_LARGE_H

#include <stddef.h>

struct large;
struct large *large_new(void); /* NULL: no memory */
void large_free(struct large *l); /* with all that was taken; l may be NULL */
void *large_take(struct large *l, size_t n); /* at a line of memory; what is in it is not known; NULL: no room */
void large_give(struct large *l, void *p, size_t n); /* n: as taken */

#endif
