/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/slab.h"

#include "base/err.h"
#include "base/large.h"
#include "base/map.h"
#include "base/poison.h"

#include <stdlib.h>

enum { SLAB_LINE = 64, SLAB_FIRST = 64 << 10, SLAB_LARGE_FROM = 8 << 20, SLAB_SOON = 64 << 10, PAGE = 4096 };

/* The first words of a free object, and the first line of a block. */
struct slab_free_object {
    struct slab_free_object *next;
};
enum slab_origin { SLAB_OF_HEAP, SLAB_OF_SYSTEM, SLAB_OF_LARGE };
struct slab_block {
    struct slab_block *next;
    size_t size;
    enum slab_origin origin;
};
_Static_assert(sizeof(struct slab_block) <= SLAB_LINE, "one line");

struct slab {
    struct slab_free_object *free;
    uint8_t *fresh, *fresh_end; /* the part of the newest block that was never handed out */
    uint8_t *soon;              /* where its pages are made from, when `fresh` comes there; NULL: they come by faults */
    struct slab_block *blocks;
    struct large *in;           /* where blocks are taken from first; NULL: none */
    size_t object, max;
    size_t made;                /* objects in all blocks */
    size_t used, bytes;
    uint64_t refused;
};

struct slab *slab_new(size_t object_size, size_t max_objects) { return slab_new_in(object_size, max_objects, NULL); }

struct slab *slab_new_in(size_t object_size, size_t max_objects, struct large *in)
{
    struct slab *s = calloc(1, sizeof(*s));

    if (s == NULL) {
        return NULL;
    }
    size_t unit = object_size > SLAB_LINE / 2 ? SLAB_LINE : sizeof(struct slab_free_object);
    s->object = (object_size + unit - 1) / unit * unit;
    if (s->object == 0) {
        s->object = unit;
    }
    s->max = max_objects;
    s->in = in;
    return s;
}

void slab_free(struct slab *s)
{
    if (s == NULL) {
        return;
    }
    for (struct slab_block *b = s->blocks, *next; b != NULL; b = next) {
        size_t size = b->size;
        next = b->next;
        unpoison(b, size);
        if (b->origin == SLAB_OF_LARGE) {
            large_give(s->in, b, size);
        } else if (b->origin == SLAB_OF_SYSTEM) {
            map_give(b, size);
        } else {
            free(b);
        }
    }
    free(s);
}

/* Bytes before the first object of a block of that size: in large ones no object that fills pages lies in two. */
static size_t block_head(const struct slab *s, size_t size)
{
    return size >= MAP_LARGE_PAGE && s->object > SLAB_LINE && PAGE % s->object == 0 ? s->object : SLAB_LINE;
}

/* Bytes of the block to take next: a quarter of what there is, in large pages once that is much; never more than the ceiling
 * leaves to be made. */
static size_t block_size(const struct slab *s)
{
    size_t want = s->bytes / 4 < SLAB_FIRST ? SLAB_FIRST : s->bytes / 4;

    if (s->bytes >= SLAB_LARGE_FROM) {
        want = MAP_LARGE_PAGE;
    }
    size_t head = block_head(s, want), count = want > s->object + head ? (want - head) / s->object : 1;
    if (s->max != 0 && count >= s->max - s->made) {
        count = s->max - s->made;
        want = 0; /* just so many */
    }
    size_t need = head + (count * s->object + SLAB_LINE - 1) / SLAB_LINE * SLAB_LINE;
    return need > want || want < MAP_LARGE_PAGE ? need : want;
}

static struct slab_block *block_take(const struct slab *s, size_t size, enum slab_origin *origin)
{
    struct slab_block *b = s->in != NULL ? large_take(s->in, size) : NULL;

    *origin = b != NULL ? SLAB_OF_LARGE : size >= MAP_LARGE_PAGE ? SLAB_OF_SYSTEM : SLAB_OF_HEAP;
    return b != NULL ? b : *origin == SLAB_OF_SYSTEM ? map_take(size, MAP_LARGE_PAGE) : aligned_alloc(SLAB_LINE, size);
}

static bool slab_add_block(struct slab *s)
{
    size_t size = block_size(s);
    size_t head = block_head(s, size);
    enum slab_origin origin;
    struct slab_block *b = block_take(s, size, &origin);

    if (b == NULL) {
        return false;
    }
    if (s->blocks != NULL && s->blocks->origin == SLAB_OF_SYSTEM && s->bytes >= SLAB_LARGE_FROM) {
        map_large(s->blocks, s->blocks->size);
    }
    *b = (struct slab_block){ .next = s->blocks, .size = size, .origin = origin };
    s->blocks = b;
    s->bytes += size;
    s->made += (size - head) / s->object;
    s->fresh = (uint8_t *)b + head;
    s->fresh_end = (uint8_t *)b + size;
    s->soon = origin == SLAB_OF_SYSTEM ? (uint8_t *)b : NULL;
    poison(s->fresh, size - head);
    return true;
}

/* In steps, so that they are still in the cache when they are written. */
static void slab_soon(struct slab *s)
{
    size_t n = (uint8_t *)s->blocks + s->blocks->size - s->soon;

    map_soon(s->soon, n < SLAB_SOON ? n : SLAB_SOON);
    s->soon = n > SLAB_SOON ? s->soon + SLAB_SOON : NULL;
}

static void *slab_refuse(struct slab *s)
{
    s->refused++;
    return NULL;
}

void *slab_take(struct slab *s)
{
    void *object;

    if (s->max != 0 && s->used >= s->max) {
        return slab_refuse(s);
    }
    if (s->free != NULL) {
        object = s->free;
        unpoison(object, s->object);
        s->free = s->free->next;
    } else {
        if ((s->fresh == NULL || (size_t)(s->fresh_end - s->fresh) < s->object) && !slab_add_block(s)) {
            return slab_refuse(s);
        }
        object = s->fresh;
        s->fresh += s->object;
        if (s->soon != NULL && s->fresh > s->soon) {
            slab_soon(s);
        }
        unpoison(object, s->object);
    }
    s->used++;
    return object;
}

void slab_give(struct slab *s, void *object)
{
    struct slab_free_object *f = object;

    bug_if(s->used == 0);
    f->next = s->free;
    s->free = f;
    s->used--;
    poison(object, s->object);
}

void slab_cap(struct slab *s, size_t max_objects) { s->max = max_objects; }
size_t slab_used(const struct slab *s) { return s->used; }
size_t slab_bytes(const struct slab *s) { return s->bytes; }
uint64_t slab_refused(const struct slab *s) { return s->refused; }
