/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A buddy allocator over chunks of 4 MB, and spans of equal small blocks upon it.
 *
 * Small blocks, which most are, come from spans: 64 KB cut into blocks of one size, so that no size leaves holes that others
 * cannot fill.  A span that is empty goes back.  Larger blocks are cut from the smallest free power of two that holds them, and
 * what they do not need of it stays free; the smaller of those wait in short lists for the next taker of their size, and
 * beyond those lists they are joined with their free neighbours.
 */
#include "base/arena.h"

#include "base/err.h"
#include "base/map.h"
#include "base/poison.h"

#include <stdlib.h>

enum {
    /* Spans: sizes by cache lines up to 1 KB, then eight, from 2 KB on four, from one power of two to the next. */
    LINE = 64,
    FINE_MAX = 1024,
    EIGHTHS_MAX = 2048,
    SMALL_BITS = 13,
    SMALL_MAX = 1 << SMALL_BITS,
    FINE_SIZES = FINE_MAX / LINE,
    EIGHTHS_SIZES = 8,
    SMALL_SIZES = FINE_SIZES + EIGHTHS_SIZES + 2 * 4,
    SPAN_BYTES = 64 << 10,
    LAST_BYTES = SMALL_MAX,

    /* Buddies: four sizes from one power of two to the next. */
    UNIT_BITS = 11,
    TOP_BITS = 20,          /* largest block: 1 MB */
    ORDERS = TOP_BITS - UNIT_BITS + 1,
    BIG_BITS = SMALL_BITS - UNIT_BITS,
    BIG_SIZES = 4 * (ORDERS - 1 - BIG_BITS),
    CHUNK_BITS = 22,
    CHUNK_BYTES = 1 << CHUNK_BITS,
    UNITS = 1 << (CHUNK_BITS - UNIT_BITS),
    QUICK_BYTES = 128 << 10, /* what a short list may hold, per size */
    SPARE_CHUNKS = 1,       /* empty chunks kept */
    LARGE_FROM = 32 << 20,  /* large pages when so much is held: before, what is not used is not taken either */
    /* What stands in state[] at a block's first unit, beside its order (free) or the number of its size.  0 elsewhere. */
    STATE_FREE = 0x80,
    STATE_OUT = 0x40,
    STATE_QUICK = 0xc0,
};
_Static_assert(BIG_SIZES <= 63, "a size's number fits beside the state");

/* In a free block. */
struct page_link {
    struct page_link *next, *prev;
};

/* At the start of a span, a line. */
struct page_span {
    struct page_span *next, *prev; /* those with room, of this size */
    struct page_link *free;        /* blocks that came back, singly linked */
    uint8_t *fresh;                /* the rest was never handed out */
    uint32_t bytes;                /* of a block */
    uint32_t out;
    bool listed;
};
_Static_assert(sizeof(struct page_span) <= LINE, "the blocks begin at the second line");

/* At the start of a chunk; the block it occupies is never handed out. */
struct page_chunk {
    struct page_chunk *next, *prev;
    size_t out;           /* bytes not in the free lists, quick ones included, without this head */
    uint8_t state[UNITS];
};

struct pages {
    struct page_span *span[SMALL_SIZES];
    struct page_link *last[SMALL_SIZES]; /* what came back last, singly linked, LAST_BYTES of each size */
    uint32_t last_n[SMALL_SIZES];
    struct page_link *quick[BIG_SIZES]; /* singly linked */
    size_t quick_n[BIG_SIZES];
    struct page_link free[ORDERS];      /* rings with a head */
    struct page_chunk *chunks;
    size_t empty_chunks;
    size_t used, peak, cap;
    size_t held;                        /* taken from the system: used, and what lies between */
    uint64_t refused;
};

/* ------- buddies ------- */

static struct page_chunk *chunk_of(void *block)
{
    return (struct page_chunk *)((uintptr_t)block & ~((uintptr_t)CHUNK_BYTES - 1));
}

static size_t unit_of(const struct page_chunk *c, const void *block)
{
    return (size_t)((const uint8_t *)block - (const uint8_t *)c) >> UNIT_BITS;
}

static void *unit_at(struct page_chunk *c, size_t unit)
{
    return (uint8_t *)c + (unit << UNIT_BITS);
}

static unsigned log2_floor(size_t n) { return 63 - (unsigned)__builtin_clzll(n); }
static unsigned log2_ceil(size_t n) { return n <= 1 ? 0 : log2_floor(n - 1) + 1; }
static size_t order_bytes(unsigned order) { return (size_t)1 << (UNIT_BITS + order); }
static size_t units_of(size_t want) { return (want + order_bytes(0) - 1) >> UNIT_BITS; }

/* Which quarter between two powers of two n ends in, the lower one being 2^below, at least 4: 0 to 3; what is a quarter counts to
 * the one before. */
static unsigned quarter_of(size_t n, unsigned *below)
{
    *below = log2_floor(n - 1);
    return (unsigned)((n - 1 - ((size_t)1 << *below)) >> (*below - 2));
}

/* The number of the smallest size of the buddies that holds `want` bytes, more than SMALL_MAX, and its units. */
static unsigned big_size(size_t want, size_t *units)
{
    unsigned below;
    unsigned quarter = quarter_of(units_of(want), &below);

    *units = (size_t)(5 + quarter) << (below - 2);
    return 4 * (below - BIG_BITS) + quarter;
}

static size_t big_units(unsigned size) { return (size_t)(5 + size % 4) << (BIG_BITS - 2 + size / 4); }

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

/* Frees units [from, to) of what was cut from one block that begins at `first`; what they hang together with is in use. */
static void free_tail(struct pages *p, struct page_chunk *c, size_t first, size_t from, size_t to)
{
    while (from < to) {
        unsigned order = (unsigned)__builtin_ctzll(from);
        free_push(p, c, unit_at(c, first + from), order);
        from += (size_t)1 << order;
    }
}

static bool chunk_add(struct pages *p)
{
    struct page_chunk *c = map_take(CHUNK_BYTES, CHUNK_BYTES);

    if (c == NULL) {
        return false;
    }
    if (p->chunks != NULL && p->held >= LARGE_FROM) {
        map_large(p->chunks, CHUNK_BYTES);
    }
    c->next = p->chunks;
    if (c->next != NULL) {
        c->next->prev = c;
    }
    p->chunks = c;
    p->empty_chunks++;
    p->held += CHUNK_BYTES;
    poison((uint8_t *)c + sizeof(*c), CHUNK_BYTES - sizeof(*c));
    for (unsigned i = (1 << (CHUNK_BITS - TOP_BITS)) - 1; i > 0; i--) {
        free_push(p, c, (uint8_t *)c + i * order_bytes(ORDERS - 1), ORDERS - 1);
    }
    free_tail(p, c, 0, units_of(sizeof(*c)), (size_t)1 << (ORDERS - 1));
    c->state[0] = STATE_OUT;
    return true;
}

static void chunk_drop(struct pages *p, struct page_chunk *c)
{
    for (size_t unit = units_of(sizeof(*c)); unit < UNITS;) {
        unsigned order = c->state[unit] & 0x1f;
        bug_if((c->state[unit] & STATE_QUICK) != STATE_FREE);
        free_drop(unit_at(c, unit));
        unit += (size_t)1 << order;
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
    p->held -= CHUNK_BYTES;
    unpoison(c, CHUNK_BYTES);
    map_give(c, CHUNK_BYTES);
}

/* Cuts that many units from the free lists' smallest block that holds them; NULL: there is none. */
static void *block_cut(struct pages *p, size_t units)
{
    unsigned have = log2_ceil(units);

    while (have < ORDERS && p->free[have].next == &p->free[have]) {
        have++;
    }
    if (have == ORDERS) {
        return NULL;
    }
    struct page_link *l = p->free[have].next;
    struct page_chunk *c = chunk_of(l);

    free_drop(l);
    if (c->out == 0) {
        p->empty_chunks--;
    }
    c->out += units << UNIT_BITS;
    c->state[unit_of(c, l)] = STATE_OUT;
    free_tail(p, c, unit_of(c, l), units, (size_t)1 << have);
    return l;
}

/* One power of two back to the free lists, joined with its free neighbours. */
static void block_join(struct pages *p, struct page_chunk *c, size_t unit, unsigned order)
{
    c->state[unit] = 0;
    while (order < ORDERS - 1) {
        size_t other = unit ^ ((size_t)1 << order);
        if (c->state[other] != (STATE_FREE | order)) {
            break;
        }
        free_drop(unit_at(c, other));
        c->state[other] = 0;
        unit = unit < other ? unit : other;
        order++;
    }
    free_push(p, c, unit_at(c, unit), order);
}

static void block_give(struct pages *p, void *block, size_t units)
{
    struct page_chunk *c = chunk_of(block);
    size_t unit = unit_of(c, block);

    c->out -= units << UNIT_BITS;
    while (units > 0) {
        unsigned order = log2_floor(units);
        block_join(p, c, unit, order);
        unit += (size_t)1 << order;
        units -= (size_t)1 << order;
    }
    if (c->out == 0) {
        p->empty_chunks++;
        if (p->empty_chunks > SPARE_CHUNKS) {
            chunk_drop(p, c);
        }
    }
}

static void *quick_take(struct pages *p, unsigned size)
{
    struct page_link *l = p->quick[size];

    if (l != NULL) {
        unpoison(l, sizeof(*l));
        p->quick[size] = l->next;
        p->quick_n[size]--;
    }
    return l;
}

/* All that waits in the short lists joins its neighbours. */
static void quick_flush(struct pages *p)
{
    for (unsigned size = 0; size < BIG_SIZES; size++) {
        void *block;
        while ((block = quick_take(p, size)) != NULL) {
            block_give(p, block, big_units(size));
        }
    }
}

/* Room for a block of n bytes under the cap. */
static bool may_use(const struct pages *p, size_t n) { return p->cap == 0 || (n <= p->cap && p->used <= p->cap - n); }

/* Room for another n bytes from the system; the first chunk is only in use as far as it is handed out. */
static bool may_hold(const struct pages *p, size_t n)
{
    return p->cap == 0 || p->chunks == NULL || (p->held <= p->cap && n <= p->cap - p->held);
}

static void *block_take(struct pages *p, size_t units)
{
    void *block = block_cut(p, units);

    if (block == NULL && !may_hold(p, CHUNK_BYTES)) {
        quick_flush(p);
        return block_cut(p, units);
    }
    if (block == NULL && chunk_add(p)) {
        block = block_cut(p, units);
    }
    return block;
}

static void *big_take(struct pages *p, size_t want, size_t *got)
{
    size_t units;
    unsigned size = big_size(want, &units);
    void *block = quick_take(p, size);

    block = block != NULL ? block : block_take(p, units);
    if (block != NULL) {
        struct page_chunk *c = chunk_of(block);
        c->state[unit_of(c, block)] = (uint8_t)(STATE_OUT | size);
        *got = units << UNIT_BITS;
        unpoison(block, *got);
    }
    return block;
}

static void big_give(struct pages *p, void *block, size_t got)
{
    size_t units;
    unsigned size = big_size(got, &units);
    struct page_chunk *c = chunk_of(block);
    uint8_t *state = &c->state[unit_of(c, block)];

    bug_if(*state != (STATE_OUT | size)); /* given twice, or not ours */
    poison(block, got);
    if (p->quick_n[size] < QUICK_BYTES / got) {
        struct page_link *l = block;
        unpoison(l, sizeof(*l));
        l->next = p->quick[size];
        p->quick[size] = l;
        p->quick_n[size]++;
        *state = (uint8_t)(STATE_QUICK | size);
        poison(l, sizeof(*l));
        return;
    }
    block_give(p, block, units);
}

/* ------- spans ------- */

/* The number of the smallest size of the spans that holds `want` bytes, at most SMALL_MAX, and its bytes. */
static unsigned small_size(size_t want, uint32_t *bytes)
{
    unsigned below;

    if (want <= FINE_MAX) {
        unsigned lines = want == 0 ? 1 : (unsigned)(want + LINE - 1) / LINE;
        *bytes = lines * LINE;
        return lines - 1;
    }
    if (want <= EIGHTHS_MAX) {
        unsigned eighths = (unsigned)(want - FINE_MAX + FINE_MAX / 8 - 1) / (FINE_MAX / 8);
        *bytes = FINE_MAX + eighths * (FINE_MAX / 8);
        return FINE_SIZES + eighths - 1;
    }
    unsigned quarter = quarter_of(want, &below);
    *bytes = (5 + quarter) << (below - 2);
    return FINE_SIZES + EIGHTHS_SIZES + 4 * (below - 11) + quarter;
}

/* The bytes of a size by its number. */
static size_t small_bytes(unsigned size)
{
    if (size < FINE_SIZES) {
        return (size + 1) * (size_t)LINE;
    }
    unsigned i = size - FINE_SIZES;
    if (i < EIGHTHS_SIZES) {
        return FINE_MAX + (i + 1) * (size_t)(FINE_MAX / 8);
    }
    i -= EIGHTHS_SIZES;
    return (size_t)(5 + i % 4) << (9 + i / 4);
}

static void span_list(struct pages *p, struct page_span *s, unsigned size)
{
    s->prev = NULL;
    s->next = p->span[size];
    if (s->next != NULL) {
        s->next->prev = s;
    }
    p->span[size] = s;
    s->listed = true;
}

static void span_unlist(struct pages *p, struct page_span *s, unsigned size)
{
    *(s->prev != NULL ? &s->prev->next : &p->span[size]) = s->next;
    if (s->next != NULL) {
        s->next->prev = s->prev;
    }
    s->listed = false;
}

static struct page_span *span_new(struct pages *p, unsigned size, uint32_t bytes)
{
    size_t got;
    struct page_span *s = big_take(p, SPAN_BYTES, &got);

    if (s != NULL) {
        poison(s, SPAN_BYTES);
        unpoison(s, LINE);
        *s = (struct page_span){ .bytes = bytes, .fresh = (uint8_t *)s + LINE };
        span_list(p, s, size);
    }
    return s;
}

static bool span_has_fresh(const struct page_span *s) { return (size_t)(s->fresh - (const uint8_t *)s) + s->bytes <= SPAN_BYTES; }

/* A span of somewhat larger blocks, of which some came back: before a new one is made, what others left is used, for traffic
 * changes, and with it the sizes that it asks for. */
static struct page_span *span_near(const struct pages *p, unsigned *size, uint32_t bytes)
{
    uint32_t most = bytes + bytes / 2;

    for (unsigned i = *size + 1; i < SMALL_SIZES; i++) {
        struct page_span *s = p->span[i];
        if (s != NULL && s->bytes > most) {
            break;
        }
        if (s != NULL && s->free != NULL && may_use(p, s->bytes)) {
            *size = i;
            return s;
        }
    }
    return NULL;
}

static void *last_take(struct pages *p, unsigned size, size_t bytes)
{
    struct page_link *l = p->last[size];

    if (l != NULL) {
        unpoison(l, bytes);
        p->last[size] = l->next;
        p->last_n[size]--;
    }
    return l;
}

static void *small_take(struct pages *p, size_t want, size_t *got)
{
    uint32_t bytes;
    unsigned size = small_size(want, &bytes);
    struct page_span *s = p->span[size];
    void *block = last_take(p, size, bytes);

    if (block != NULL) {
        *got = bytes;
        return block;
    }
    if (s == NULL && (s = span_near(p, &size, bytes)) == NULL && (s = span_new(p, size, bytes)) == NULL) {
        return NULL;
    }
    bytes = s->bytes; /* of its blocks */
    if (s->free != NULL) {
        block = s->free;
        unpoison(block, bytes);
        s->free = s->free->next;
    } else {
        block = s->fresh;
        unpoison(block, bytes);
        s->fresh += bytes;
    }
    s->out++;
    if (s->free == NULL && !span_has_fresh(s)) {
        span_unlist(p, s, size);
    }
    *got = bytes;
    return block;
}

/* Back to its span. */
static void span_give(struct pages *p, void *block, unsigned size, size_t got)
{
    struct page_span *s = (struct page_span *)((uintptr_t)block & ~((uintptr_t)SPAN_BYTES - 1));
    struct page_link *l = block;

    bug_if(s->bytes != got || s->out == 0); /* not ours */
    l->next = s->free;
    s->free = l;
    s->out--;
    poison(block, got);
    if (!s->listed) {
        span_list(p, s, size);
    }
    if (s->out == 0) {
        span_unlist(p, s, size);
        big_give(p, s, SPAN_BYTES);
    }
}

/* What came back last is taken first: it is in the cache, and its span, which is not, need not be looked at. */
static void small_give(struct pages *p, void *block, size_t got)
{
    uint32_t bytes;
    unsigned size = small_size(got, &bytes);
    struct page_link *l = block;

    bug_if(bytes != got);
#ifdef BASE_POISON /* else the span is not looked at, and a wrong size is found late or never */
    bug_if(((const struct page_span *)((uintptr_t)block & ~((uintptr_t)SPAN_BYTES - 1)))->bytes != got);
#endif
    if (p->last_n[size] >= LAST_BYTES / bytes) {
        span_give(p, block, size, got);
        return;
    }
    l->next = p->last[size];
    p->last[size] = l;
    p->last_n[size]++;
    poison(block, got);
}

static void last_flush(struct pages *p)
{
    for (unsigned size = 0; size < SMALL_SIZES; size++) {
        size_t bytes = p->last[size] != NULL ? small_bytes(size) : 0;
        void *block;
        while ((block = last_take(p, size, bytes)) != NULL) {
            span_give(p, block, size, bytes);
        }
    }
}

/* ------- both ------- */

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
        unpoison(c, CHUNK_BYTES);
        map_give(c, CHUNK_BYTES);
    }
    free(p);
}

size_t pages_round(size_t want)
{
    uint32_t bytes;
    size_t units;

    if (want > order_bytes(ORDERS - 1)) {
        return want;
    }
    if (want <= SMALL_MAX) {
        (void)small_size(want, &bytes);
        return bytes;
    }
    (void)big_size(want, &units);
    return units << UNIT_BITS;
}

/* More than the largest block: from the system, for as long as it is in use. */
static void *large_take(struct pages *p, size_t want, size_t *got)
{
    void *block = may_hold(p, want) ? malloc(want) : NULL;

    p->held += block != NULL ? want : 0;
    *got = want;
    return block;
}

static void *any_take(struct pages *p, size_t n, size_t *got)
{
    return n <= SMALL_MAX ? small_take(p, n, got) : n <= order_bytes(ORDERS - 1) ? big_take(p, n, got) : large_take(p, n, got);
}

void *pages_take(struct pages *p, size_t want, size_t *got)
{
    size_t n = pages_round(want);
    bool may = may_use(p, n);
    void *block = may ? any_take(p, n, got) : NULL;

    if (block == NULL && may) {
        last_flush(p);
        block = any_take(p, n, got);
    }
    if (block == NULL) {
        p->refused++;
        return NULL;
    }
    p->used += *got;
    p->peak = p->used > p->peak ? p->used : p->peak;
    return block;
}

void pages_give(struct pages *p, void *block, size_t got)
{
    bug_if(got > p->used);
    p->used -= got;
    if (got <= SMALL_MAX) {
        small_give(p, block, got);
    } else if (got <= order_bytes(ORDERS - 1)) {
        big_give(p, block, got);
    } else {
        p->held -= got;
        free(block);
    }
}

void pages_cap(struct pages *p, size_t cap) { p->cap = cap; }
size_t pages_used(const struct pages *p) { return p->used; }
size_t pages_peak(const struct pages *p) { return p->peak; }
size_t pages_held(const struct pages *p) { return p->held; }
uint64_t pages_refused(const struct pages *p) { return p->refused; }
