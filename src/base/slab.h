/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * slab - fixed-size objects for one worker, with a ceiling.
 *
 * Not thread-safe: one worker, one slab.  Memory is taken as it is needed, in blocks that grow to 2 MB, and kept
 * until slab_free.  Objects are handed out uncleared, aligned to a cache line when larger than half of one.
 * slab_new_in takes its blocks from `in` while that has room, so that several slabs fill large pages between them: for
 * little objects of many kinds that come by the thousand, of which each small page would cost a fault.
 */
#ifndef BASE_SLAB_H
#define BASE_SLAB_H

#include <stddef.h>
#include <stdint.h>

struct large;
struct slab;

struct slab *slab_new(size_t object_size, size_t max_objects); /* max 0: no ceiling */
struct slab *slab_new_in(size_t object_size, size_t max_objects, struct large *in); /* in: borrowed until slab_free */
void slab_free(struct slab *s);
void *slab_take(struct slab *s); /* NULL at the ceiling; counted */
void slab_give(struct slab *s, void *object);
void slab_cap(struct slab *s, size_t max_objects); /* from here on; what is out beyond it stays */
size_t slab_used(const struct slab *s);      /* objects out now */
size_t slab_bytes(const struct slab *s);     /* memory held */
uint64_t slab_refused(const struct slab *s);

#endif
