/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * arena - memory by lifetime: bump allocation from a worker's page pool, freed whole.
 *
 * `struct pages` is one worker's pool of blocks (from 64 bytes to 1 MB, four sizes or more to a power of two; larger ones straight
 * from the system), with a cap in bytes; not thread-safe.  An arena borrows its pool, owns its blocks until arena_fini, and has
 * a cap of its own given at birth.  A refused allocation returns NULL and sets the sticky `full`, which the owner checks
 * once.  An arena without a pool (NULL) takes from the system: for start-up and rule loading.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/rd.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_CHECKED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) && !defined(ARENA_CHECKED)
#define ARENA_CHECKED 1
#endif

struct pages;

/* cap in bytes of all blocks handed out together, and of what is taken from the system for them (which is taken by 4 MB:
 * a smaller cap has its meaning for the blocks only); 0 is no cap. */
struct pages *pages_new(size_t cap);
void pages_free(struct pages *p);
/* A block of at least `want` bytes, uncleared; its true size in *got: pages_round(want), or up to a half more where such a block
 * lies about.  NULL at the cap (counted). */
void *pages_take(struct pages *p, size_t want, size_t *got);
void pages_give(struct pages *p, void *block, size_t got);
size_t pages_round(size_t want);
void pages_cap(struct pages *p, size_t cap);     /* from here on; what is out beyond it stays */
size_t pages_used(const struct pages *p);       /* bytes handed out now */
size_t pages_peak(const struct pages *p);
size_t pages_held(const struct pages *p);       /* taken from the system */
uint64_t pages_refused(const struct pages *p);

struct arena_block;

struct arena {
    struct pages *pages;
    struct arena_block *head; /* newest block first */
    uint8_t *next, *end;      /* free part of the block in use */
    uint32_t used, cap;       /* bytes of blocks taken (no more than fit, without a ceiling), and their ceiling, below 4 GB */
    bool full;                /* an allocation was refused */
};

void arena_init(struct arena *a, struct pages *pages, size_t cap);
void arena_back(struct arena *a, void *p);       /* p was taken last, or all that was since is not needed: free again, but for whole blocks */
void arena_room(struct arena *a, size_t n);      /* n bytes will be needed, in several pieces: of one block, when it can be */
void arena_fini(struct arena *a);                /* gives every block back; the arena may be used again */
void *arena_grow(struct arena *a, size_t n);     /* slow path of arena_take */

/* n bytes aligned to 8, uncleared; NULL when full. */
static inline void *arena_take(struct arena *a, size_t n)
{
#ifndef ARENA_CHECKED /* AddressSanitizer: the slow path marks what may be touched */
    size_t room = (n + 7) & ~(size_t)7;

    if (__builtin_expect(a->next != NULL && room >= n && (size_t)(a->end - a->next) >= room, 1)) {
        void *p = a->next;
        a->next += room;
        return p;
    }
#endif
    return arena_grow(a, n);
}

void *arena_zero(struct arena *a, size_t n);                    /* the same, cleared */
struct bytes arena_copy(struct arena *a, struct bytes b);       /* a copy; empty when full */
struct bytes arena_lower(struct arena *a, struct bytes b);      /* a copy in ASCII lower case */
char *arena_str(struct arena *a, struct bytes b);               /* a copy with a NUL; NULL when full */

/* An append-only byte string inside an arena, doubling in place of copies; `max` bytes, then `cut` is set. */
struct arena_text {
    struct arena *arena;
    uint8_t *p;
    size_t n, room, max;
    bool cut;
};

void arena_text_init(struct arena_text *t, struct arena *a, size_t max);
void arena_text_add(struct arena_text *t, struct bytes b);
void arena_text_byte(struct arena_text *t, uint8_t c);
struct bytes arena_text_bytes(const struct arena_text *t);

#endif
