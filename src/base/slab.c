/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/slab.h"

#include "base/err.h"
#include "base/poison.h"

#include <stdlib.h>

enum { SLAB_BLOCK = 256 << 10, SLAB_LINE = 64 };

/* The first words of a free object, and the first line of a block. */
struct slab_free_object {
    struct slab_free_object *next;
};
struct slab_block {
    struct slab_block *next;
};

struct slab {
    struct slab_free_object *free;
    uint8_t *fresh, *fresh_end; /* the part of the newest block that was never handed out */
    struct slab_block *blocks;
    size_t object, block, max;
    size_t used, bytes;
    uint64_t refused;
};

struct slab *slab_new(size_t object_size, size_t max_objects)
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
    /* A ceiling lower than what one block holds needs no whole block. */
    size_t count = (SLAB_BLOCK - SLAB_LINE) / s->object;
    if (count == 0) {
        count = 1;
    }
    if (max_objects != 0 && count > max_objects) {
        count = max_objects;
    }
    s->block = SLAB_LINE + (count * s->object + SLAB_LINE - 1) / SLAB_LINE * SLAB_LINE;
    return s;
}

void slab_free(struct slab *s)
{
    if (s == NULL) {
        return;
    }
    for (struct slab_block *b = s->blocks, *next; b != NULL; b = next) {
        next = b->next;
        unpoison(b, s->block);
        free(b);
    }
    free(s);
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
        if (s->fresh == NULL || (size_t)(s->fresh_end - s->fresh) < s->object) {
            struct slab_block *b = aligned_alloc(SLAB_LINE, s->block);
            if (b == NULL) {
                return slab_refuse(s);
            }
            b->next = s->blocks;
            s->blocks = b;
            s->bytes += s->block;
            s->fresh = (uint8_t *)b + SLAB_LINE;
            s->fresh_end = (uint8_t *)b + s->block;
            poison(s->fresh, s->block - SLAB_LINE);
        }
        object = s->fresh;
        s->fresh += s->object;
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

size_t slab_used(const struct slab *s) { return s->used; }
size_t slab_bytes(const struct slab *s) { return s->bytes; }
uint64_t slab_refused(const struct slab *s) { return s->refused; }
