/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/arena.h"

#include "base/poison.h"

#include <stdlib.h>

enum { ARENA_FIRST = 512, ARENA_NEXT_MIN = 128, ARENA_NEXT_MAX = 256 << 10 };

/* At the start of each block. */
struct arena_block {
    struct arena_block *next;
    size_t size;
};

void arena_init(struct arena *a, struct pages *pages, size_t cap)
{
    *a = (struct arena){ .pages = pages, .cap = cap < UINT32_MAX ? (uint32_t)cap : UINT32_MAX };
}

void arena_fini(struct arena *a)
{
    for (struct arena_block *b = a->head, *next; b != NULL; b = next) {
        next = b->next;
        unpoison(b, b->size);
        if (a->pages != NULL) {
            pages_give(a->pages, b, b->size);
        } else {
            free(b);
        }
    }
    arena_init(a, a->pages, a->cap);
}

/* The block to take next: a quarter of what was taken so far, so that little is taken in vain, but what is asked for at least,
 * and no more than the cap leaves.  0: the cap leaves too little. */
static size_t block_size(const struct arena *a, size_t need)
{
    size_t room = a->cap == 0 ? SIZE_MAX : a->cap - a->used;
    size_t want = a->head == NULL ? ARENA_FIRST : a->used / 4;

    want = want < ARENA_NEXT_MIN ? ARENA_NEXT_MIN : want > ARENA_NEXT_MAX ? ARENA_NEXT_MAX : want;
    want = pages_round(want > need ? want : need);
    if (want > room) {
        want = pages_round(need);
    }
    /* The cap counts true bytes: blocks come in certain sizes. */
    return want <= room ? want : 0;
}

static bool arena_add_block(struct arena *a, size_t size)
{
    struct arena_block *b = NULL;
    size_t counted = size; /* the pool may give a larger one at hand, which is no reason to refuse the next */

    if (size != 0) {
        b = a->pages != NULL ? pages_take(a->pages, size, &size) : malloc(size);
    }
    if (b == NULL) {
        return false;
    }
    b->size = size;
    b->next = a->head;
    a->head = b;
    a->used = counted < UINT32_MAX - a->used ? a->used + (uint32_t)counted : UINT32_MAX;
    a->next = (uint8_t *)(b + 1);
    a->end = (uint8_t *)b + size;
    poison(a->next, (size_t)(a->end - a->next));
    return true;
}

void *arena_grow(struct arena *a, size_t n)
{
    size_t room = (n + 7) & ~(size_t)7;

    if (n > SIZE_MAX / 2) {
        a->full = true;
        return NULL;
    }
    uint8_t *next = a->next, *end = a->end;
    if ((next == NULL || (size_t)(end - next) < room) && !arena_add_block(a, block_size(a, room + sizeof(struct arena_block)))) {
        a->full = true;
        return NULL;
    }
    uint8_t *p = a->next;
    a->next += room;
    unpoison(p, n);
    if (end != a->end && end - next > a->end - a->next) { /* what the block before has left is the larger rest */
        a->next = next;
        a->end = end;
    }
    return p;
}

void arena_back(struct arena *a, void *p)
{
    uint8_t *from = p;

    if (from > (uint8_t *)a->head && from < a->end && (uint8_t *)a->head + a->head->size == a->end) {
        a->next = from;
        poison(from, (size_t)(a->end - from));
    }
}

void arena_room(struct arena *a, size_t n)
{
    if (n < SIZE_MAX / 2 && (a->next == NULL || (size_t)(a->end - a->next) < n)) {
        size_t room = n + sizeof(struct arena_block), size = pages_round(room);
        (void)arena_add_block(a, a->head != NULL ? block_size(a, room) : a->cap == 0 || size <= a->cap ? size : 0);
    }
}

void *arena_zero(struct arena *a, size_t n)
{
    void *p = arena_take(a, n);

    if (p != NULL && n > 0) {
        memset(p, 0, n);
    }
    return p;
}

struct bytes arena_copy(struct arena *a, struct bytes b)
{
    uint8_t *p = b.n > 0 ? arena_take(a, b.n) : NULL;

    if (p == NULL) {
        return bytes_none();
    }
    memcpy(p, b.p, b.n);
    return bytes_of(p, b.n);
}

struct bytes arena_lower(struct arena *a, struct bytes b)
{
    uint8_t *p = b.n > 0 ? arena_take(a, b.n) : NULL;

    if (p == NULL) {
        return bytes_none();
    }
    for (size_t i = 0; i < b.n; i++) {
        uint8_t c = b.p[i];
        p[i] = (uint8_t)(c | ((uint8_t)(c - 'A') < 26) << 5);
    }
    return bytes_of(p, b.n);
}

char *arena_str(struct arena *a, struct bytes b)
{
    char *p = b.n < SIZE_MAX / 2 ? arena_take(a, b.n + 1) : NULL;

    if (p != NULL) {
        memcpy(p, b.p, b.n);
        p[b.n] = '\0';
    }
    return p;
}

void arena_text_init(struct arena_text *t, struct arena *a, size_t max)
{
    *t = (struct arena_text){ .arena = a, .max = max };
}

/* Room for n more bytes, by doubling; what stands at the end of the arena's block grows in place. */
static bool arena_text_room(struct arena_text *t, size_t n)
{
    size_t want = t->room == 0 ? 64 : t->room * 2;

    want = want > t->max ? t->max : want;
    want = want < t->n + n ? t->n + n : want;

    size_t more = ((want + 7) & ~(size_t)7) - t->room;
    if (t->p != NULL && t->p + t->room == t->arena->next &&
        (size_t)(t->arena->end - t->arena->next) >= more) {
        t->arena->next += more;
        t->room += more;
        unpoison(t->p, t->room);
        return true;
    }
    uint8_t *p = arena_take(t->arena, want);
    if (p == NULL) {
        return false;
    }
    if (t->n > 0) {
        memcpy(p, t->p, t->n);
    }
    t->p = p;
    t->room = (want + 7) & ~(size_t)7;
    unpoison(p, t->room);
    return true;
}

void arena_text_add(struct arena_text *t, struct bytes b)
{
    size_t n = b.n;

    if (n > t->max - t->n) {
        n = t->max - t->n;
        t->cut = true;
    }
    if (n == 0) {
        return;
    }
    if (n > t->room - t->n && !arena_text_room(t, n)) {
        t->cut = true;
        t->max = t->n; /* the arena is full: nothing more, so that no hole appears */
        return;
    }
    memcpy(t->p + t->n, b.p, n);
    t->n += n;
}

void arena_text_byte(struct arena_text *t, uint8_t c)
{
    if (t->n < t->room && t->n < t->max) {
        t->p[t->n++] = c;
        return;
    }
    arena_text_add(t, bytes_of(&c, 1));
}

struct bytes arena_text_bytes(const struct arena_text *t) { return bytes_of(t->p, t->n); }
