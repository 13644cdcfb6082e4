/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A buddy allocator over chunks of 4 MB.  Small blocks that come back wait in short lists for the
 * next taker; beyond those lists they are joined with their free neighbours, so that no mix of
 * sizes, however a sender arranges it, holds much more memory than was handed out at its peak.
 */
#include "base/arena.h"

#include "base/err.h"
#include "base/poison.h"

#include <stdlib.h>
#include <sys/mman.h>

enum {
    UNIT_BITS = 9,  /* smallest block: 512 bytes */
    TOP_BITS = 20,  /* largest block: 1 MB */
    CHUNK_BITS = 22,
    ORDERS = TOP_BITS - UNIT_BITS + 1,
    UNITS = 1 << (CHUNK_BITS - UNIT_BITS),
    QUICK_BYTES = 128 << 10, /* what a short list may hold, per size */
    SPARE_CHUNKS = 2,        /* empty chunks kept */
    /* What stands in state[] at a block's first unit, beside its order. */
    STATE_FREE = 0x80,
    STATE_QUICK = 0x40,
    STATE_OUT = 0x20,
};

/* In a free block. */
struct page_link {
    struct page_link *next, *prev;
};

/* At the start of a chunk; the block it occupies is never handed out. */
struct page_chunk {
    struct page_chunk *next, *prev;
    size_t out;           /* bytes not in the free lists, quick ones included, without this head */
    uint8_t state[UNITS];
};

struct pages {
    struct page_link *quick[ORDERS]; /* singly linked */
    size_t quick_n[ORDERS];
    struct page_link free[ORDERS];   /* rings with a head */
    struct page_chunk *chunks;
    size_t empty_chunks;
    size_t used, peak, cap;
    uint64_t refused;
};

static struct page_chunk *chunk_of(void *block)
{
    return (struct page_chunk *)((uintptr_t)block & ~(((uintptr_t)1 << CHUNK_BITS) - 1));
}

static size_t unit_of(const struct page_chunk *c, const void *block)
{
    return (size_t)((const uint8_t *)block - (const uint8_t *)c) >> UNIT_BITS;
}

static void *unit_at(struct page_chunk *c, size_t unit)
{
    return (uint8_t *)c + (unit << UNIT_BITS);
}

static unsigned order_of(size_t want)
{
    unsigned order = 0;

    while (((size_t)1 << (UNIT_BITS + order)) < want) {
        order++;
    }
    return order;
}

static size_t order_bytes(unsigned order) { return (size_t)1 << (UNIT_BITS + order); }

size_t pages_round(size_t want)
{
    return want > order_bytes(ORDERS - 1) ? want : order_bytes(order_of(want));
}

static void free_push(struct pages *p, struct page_chunk *c, void *block, unsigned order)
{
    struct page_link *l = block, *head = &p->free[order];

    unpoison(l, sizeof(*l));
    l->next = head->next;
    l->prev = head;
    head->next->prev = l;
    head->next = l;
    c->state[unit_of(c, block)] = (uint8_t)(STATE_FREE | order);
}

static void free_drop(struct page_link *l)
{
    l->prev->next = l->next;
    l->next->prev = l->prev;
}

/* Cuts a block in halves until it has the order wanted; the upper halves go to the free lists. */
static void *split(struct pages *p, void *block, unsigned have, unsigned want)
{
    struct page_chunk *c = chunk_of(block);

    while (have > want) {
        have--;
        free_push(p, c, (uint8_t *)block + order_bytes(have), have);
    }
    return block;
}

static bool chunk_add(struct pages *p)
{
    struct page_chunk *c = aligned_alloc((size_t)1 << CHUNK_BITS, (size_t)1 << CHUNK_BITS);

    if (c == NULL) {
        return false;
    }
    if (p->chunks != NULL) { /* in use in earnest: large pages, as few page walks and faults as can be */
        (void)madvise(c, (size_t)1 << CHUNK_BITS, MADV_HUGEPAGE);
    }
    memset(c, 0, sizeof(*c));
    c->next = p->chunks;
    if (c->next != NULL) {
        c->next->prev = c;
    }
    p->chunks = c;
    p->empty_chunks++;
    poison((uint8_t *)c + sizeof(*c), ((size_t)1 << CHUNK_BITS) - sizeof(*c));
    for (unsigned i = (1 << (CHUNK_BITS - TOP_BITS)) - 1; i > 0; i--) {
        free_push(p, c, (uint8_t *)c + i * order_bytes(ORDERS - 1), ORDERS - 1);
    }
    unsigned head = order_of(sizeof(*c));
    (void)split(p, c, ORDERS - 1, head);
    c->state[0] = (uint8_t)(STATE_OUT | head);
    return true;
}

static void chunk_drop(struct pages *p, struct page_chunk *c)
{
    unsigned head = order_of(sizeof(*c));

    for (size_t unit = order_bytes(head) >> UNIT_BITS; unit < UNITS;) {
        unsigned order = c->state[unit] & 0x1f;
        bug_if((c->state[unit] & STATE_FREE) == 0);
        free_drop(unit_at(c, unit));
        unit += order_bytes(order) >> UNIT_BITS;
    }
    if (c->prev != NULL) {
        c->prev->next = c->next;
    } else {
        p->chunks = c->next;
    }
    if (c->next != NULL) {
        c->next->prev = c->prev;
    }
    p->empty_chunks--;
    unpoison(c, (size_t)1 << CHUNK_BITS);
    free(c);
}

/* A block from the free lists, the smallest that fits. */
static void *block_take(struct pages *p, unsigned order)
{
    unsigned have = order;

    while (have < ORDERS && p->free[have].next == &p->free[have]) {
        have++;
    }
    if (have == ORDERS) {
        if (!chunk_add(p)) {
            return NULL;
        }
        return block_take(p, order);
    }
    struct page_link *l = p->free[have].next;
    struct page_chunk *c = chunk_of(l);

    free_drop(l);
    if (c->out == 0) {
        p->empty_chunks--;
    }
    c->out += order_bytes(order);
    return split(p, l, have, order);
}

/* Back to the free lists, joined with its free neighbours. */
static void block_give(struct pages *p, void *block, unsigned order)
{
    struct page_chunk *c = chunk_of(block);
    size_t unit = unit_of(c, block);

    c->state[unit] = 0;
    c->out -= order_bytes(order);
    while (order < ORDERS - 1) {
        size_t other = unit ^ (order_bytes(order) >> UNIT_BITS);
        if (c->state[other] != (STATE_FREE | order)) {
            break;
        }
        free_drop(unit_at(c, other));
        c->state[other] = 0;
        unit = unit < other ? unit : other;
        order++;
    }
    free_push(p, c, unit_at(c, unit), order);
    if (c->out == 0) {
        p->empty_chunks++;
        if (p->empty_chunks > SPARE_CHUNKS) {
            chunk_drop(p, c);
        }
    }
}

struct pages *pages_new(size_t cap)
{
    struct pages *p = calloc(1, sizeof(*p));

    if (p == NULL) {
        return NULL;
    }
    p->cap = cap;
    for (unsigned i = 0; i < ORDERS; i++) {
        p->free[i].next = p->free[i].prev = &p->free[i];
    }
    return p;
}

void pages_free(struct pages *p)
{
    if (p == NULL) {
        return;
    }
    for (struct page_chunk *c = p->chunks, *next; c != NULL; c = next) {
        next = c->next;
        unpoison(c, (size_t)1 << CHUNK_BITS);
        free(c);
    }
    free(p);
}

static void *quick_take(struct pages *p, unsigned order)
{
    struct page_link *l = p->quick[order];

    if (l != NULL) {
        unpoison(l, sizeof(*l));
        p->quick[order] = l->next;
        p->quick_n[order]--;
    }
    return l;
}

void *pages_take(struct pages *p, size_t want, size_t *got)
{
    bool large = want > order_bytes(ORDERS - 1);
    unsigned order = large ? 0 : order_of(want);
    size_t n = large ? want : order_bytes(order);
    void *block = NULL;

    if (p->cap == 0 || (n <= p->cap && p->used <= p->cap - n)) {
        if (large) {
            block = malloc(n);
        } else if ((block = quick_take(p, order)) == NULL) {
            block = block_take(p, order);
        }
    }
    if (block == NULL) {
        p->refused++;
        return NULL;
    }
    if (!large) {
        struct page_chunk *c = chunk_of(block);
        c->state[unit_of(c, block)] = (uint8_t)(STATE_OUT | order);
        unpoison(block, n);
    }
    p->used += n;
    p->peak = p->used > p->peak ? p->used : p->peak;
    *got = n;
    return block;
}

void pages_give(struct pages *p, void *block, size_t got)
{
    bug_if(got > p->used);
    p->used -= got;
    if (got > order_bytes(ORDERS - 1)) {
        free(block);
        return;
    }
    unsigned order = order_of(got);
    struct page_chunk *c = chunk_of(block);
    uint8_t *state = &c->state[unit_of(c, block)];

    bug_if(*state != (STATE_OUT | order)); /* given twice, or not ours */
    poison(block, got);
    if (p->quick_n[order] < (size_t)QUICK_BYTES >> (UNIT_BITS + order)) {
        struct page_link *l = block;
        unpoison(l, sizeof(*l));
        l->next = p->quick[order];
        p->quick[order] = l;
        p->quick_n[order]++;
        *state = (uint8_t)(STATE_QUICK | order);
        poison(l, sizeof(*l));
        return;
    }
    block_give(p, block, order);
}

size_t pages_used(const struct pages *p) { return p->used; }
size_t pages_peak(const struct pages *p) { return p->peak; }
uint64_t pages_refused(const struct pages *p) { return p->refused; }
