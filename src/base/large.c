/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/large.h"

#include "base/map.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { LARGE_LINE = 64, LARGE_BLOCK = 32 << 20, LARGE_BLOCKS = 256 };

struct span {
    uint8_t *p;
    size_t n;
};

struct large {
    struct span block[LARGE_BLOCKS];
    struct span *free;         /* by address; no two of one block touch */
    size_t free_n, room, taken;
    unsigned block_n;
};

struct large *large_new(void) { return calloc(1, sizeof(struct large)); }

void large_free(struct large *l)
{
    for (unsigned i = 0; l != NULL && i < l->block_n; i++) {
        map_give(l->block[i].p, l->block[i].n);
    }
    if (l != NULL) {
        free(l->free);
    }
    free(l);
}

static size_t lines(size_t n) { return (n + LARGE_LINE - 1) / LARGE_LINE * LARGE_LINE; }

static void span_put(struct large *l, size_t at, struct span s)
{
    memmove(&l->free[at + 1], &l->free[at], (l->free_n++ - at) * sizeof s);
    l->free[at] = s;
}

static void span_drop(struct large *l, size_t at) { memmove(&l->free[at], &l->free[at + 1], (--l->free_n - at) * sizeof *l->free); }

/* The first that lies behind. */
static size_t span_behind(const struct large *l, const uint8_t *p)
{
    size_t at = 0;

    while (at < l->free_n && l->free[at].p < p) {
        at++;
    }
    return at;
}

/* Every piece that is out may come back as a span of its own: giving back needs no memory. */
static bool rooms(struct large *l)
{
    if (l->taken + l->block_n + 2 <= l->room) {
        return true;
    }
    size_t room = l->room != 0 ? 2 * l->room : 64;
    struct span *more = realloc(l->free, room * sizeof *more);
    if (more != NULL) {
        l->free = more;
        l->room = room;
    }
    return more != NULL;
}

static bool block_add(struct large *l, size_t n)
{
    struct span b = { NULL, n > LARGE_BLOCK ? (n + MAP_LARGE_PAGE - 1) / MAP_LARGE_PAGE * MAP_LARGE_PAGE : LARGE_BLOCK };

    if (l->block_n == LARGE_BLOCKS || (b.p = map_take(b.n, MAP_LARGE_PAGE)) == NULL) {
        return false;
    }
    map_large(b.p, b.n);
    l->block[l->block_n++] = b;
    span_put(l, span_behind(l, b.p), b);
    return true;
}

void *large_take(struct large *l, size_t n)
{
    size_t at = 0;

    n = lines(n);
    if (n == 0 || n > (size_t)LARGE_BLOCK * LARGE_BLOCKS || !rooms(l)) {
        return NULL;
    }
    while (at < l->free_n && l->free[at].n < n) {
        at++;
    }
    if (at == l->free_n) {
        if (!block_add(l, n)) {
            return NULL;
        }
        for (at = 0; l->free[at].n < n; at++) {
        }
    }
    uint8_t *p = l->free[at].p;
    l->free[at].p += n;
    l->free[at].n -= n;
    if (l->free[at].n == 0) {
        span_drop(l, at);
    }
    l->taken++;
    return p;
}

/* Where a block begins there is nothing before it to be joined to: the next to it may be given back apart. */
static bool block_begins(const struct large *l, const uint8_t *p)
{
    unsigned i = 0;

    while (i < l->block_n && l->block[i].p != p) {
        i++;
    }
    return i < l->block_n;
}

static bool touch(const struct large *l, struct span first, struct span next) { return first.p + first.n == next.p && !block_begins(l, next.p); }

/* Whole large pages in it. */
static void pages_give(struct span s)
{
    uintptr_t from = ((uintptr_t)s.p + MAP_LARGE_PAGE - 1) / MAP_LARGE_PAGE * MAP_LARGE_PAGE, end = ((uintptr_t)s.p + s.n) / MAP_LARGE_PAGE * MAP_LARGE_PAGE;

    if (from < end) {
        (void)madvise(s.p + (from - (uintptr_t)s.p), end - from, MADV_DONTNEED);
    }
}

void large_give(struct large *l, void *p, size_t n)
{
    struct span s = { p, lines(n) };
    size_t at = span_behind(l, s.p);

    l->taken--;
    if (at < l->free_n && touch(l, s, l->free[at])) {
        s.n += l->free[at].n;
        span_drop(l, at);
    }
    if (at != 0 && touch(l, l->free[at - 1], s)) {
        l->free[at - 1].n += s.n;
        s = l->free[at - 1];
    } else {
        span_put(l, at, s);
    }
    pages_give(s);
}
