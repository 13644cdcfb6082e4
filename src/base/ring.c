/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/ring.h"

#include "base/err.h"
#include "base/map.h"

#include <errno.h>
#include <linux/futex.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { RING_LEAST = 4096, RECORD_HEAD = 8 };

/* Before each record; a record of SKIP fills the ring to its end. */
struct record {
    uint32_t size; /* with this head and rounded to eight */
    uint32_t n;    /* what was published */
};
#define SKIP UINT32_MAX

/* Where a thread sleeps: it counts how often it was rung, so that a ring between a look and the sleep is not lost. */
struct bell {
    _Atomic uint32_t rung;  /* futex */
    _Atomic uint32_t sleeps;
};

/* Positions only grow; their low bits are offsets.  Each side keeps what it last saw of the other. */
struct ring {
    alignas(64) _Atomic uint64_t written;
    struct bell reader;
    alignas(64) _Atomic uint64_t released;
    struct bell writer;
    alignas(64) uint64_t writer_at, writer_saw, writer_reserved, writer_woke;
    struct bell *bell;              /* the reader's: its own, or that of another ring of the same reader */
    size_t wake_at;                 /* so many bytes wait for the reader: it is woken */
    uint32_t writer_heard;
    alignas(64) uint64_t reader_at, reader_saw, reader_step;
    uint32_t reader_heard;
    alignas(64) size_t size;
    uint8_t *memory;
};

struct ring *ring_new(size_t bytes)
{
    size_t size = RING_LEAST;

    while (size < bytes && size < (size_t)1 << 31) {
        size *= 2;
    }
    struct ring *r = aligned_alloc(64, sizeof(*r));
    if (r == NULL) {
        return NULL;
    }
    bool large = size >= MAP_LARGE_PAGE;
    *r = (struct ring){ .size = size, .memory = large ? map_take(size, MAP_LARGE_PAGE) : aligned_alloc(64, size) };
    r->bell = &r->reader;
    r->wake_at = size / 8 < RING_WAKE ? size / 8 : RING_WAKE;
    if (r->memory == NULL) {
        free(r);
        return NULL;
    }
    if (large) { /* all of it is written, from one end to the other */
        map_large(r->memory, size);
    }
    return r;
}

void ring_free(struct ring *r)
{
    if (r != NULL) {
        if (r->size >= MAP_LARGE_PAGE) {
            map_give(r->memory, r->size);
        } else {
            free(r->memory);
        }
        free(r);
    }
}

static struct record *record_at(struct ring *r, uint64_t position)
{
    return (struct record *)(void *)(r->memory + (position & (r->size - 1)));
}

static bool has_room(struct ring *r, size_t need)
{
    if (r->size - (r->writer_at - r->writer_saw) >= need) {
        return true;
    }
    r->writer_saw = atomic_load_explicit(&r->released, memory_order_acquire);
    return r->size - (r->writer_at - r->writer_saw) >= need;
}

void *ring_reserve(struct ring *r, size_t n)
{
    if (n > r->size / 2 - RECORD_HEAD) {
        return NULL;
    }
    size_t need = (n + RECORD_HEAD + 7) & ~(size_t)7;
    size_t to_end = r->size - (r->writer_at & (r->size - 1));
    if (need > to_end) {
        if (!has_room(r, to_end + need)) {
            return NULL;
        }
        record_at(r, r->writer_at)->size = (uint32_t)to_end;
        record_at(r, r->writer_at)->n = SKIP;
        r->writer_at += to_end;
    } else if (!has_room(r, need)) {
        return NULL;
    }
    r->writer_reserved = need;
    return record_at(r, r->writer_at) + 1;
}

static void futex_wake(_Atomic uint32_t *word)
{
    (void)syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

/* The sleeper's flag is loaded in one total order with the position and the count that were stored before. */
static void wake(struct bell *b)
{
    atomic_fetch_add_explicit(&b->rung, 1, memory_order_seq_cst);
    if (atomic_load_explicit(&b->sleeps, memory_order_seq_cst) != 0 && atomic_exchange_explicit(&b->sleeps, 0, memory_order_seq_cst) != 0) {
        futex_wake(&b->rung);
    }
}

void ring_wake_at(struct ring *r, size_t bytes) { r->wake_at = bytes; }
void ring_wake(struct ring *r) { wake(r->bell); }

void ring_share_bell(struct ring *r, struct ring *first) { r->bell = first->bell; }

void ring_publish(struct ring *r, size_t n)
{
    size_t need = (n + RECORD_HEAD + 7) & ~(size_t)7;

    bug_if(need > r->writer_reserved);
    *record_at(r, r->writer_at) = (struct record){ .size = (uint32_t)need, .n = (uint32_t)n };
    r->writer_at += need;
    r->writer_reserved = 0;
    atomic_store_explicit(&r->written, r->writer_at, memory_order_release);
    if (r->writer_at - r->writer_woke >= r->wake_at) {
        r->writer_woke = r->writer_at;
        wake(r->bell);
    }
}

const void *ring_peek(struct ring *r, size_t *n)
{
    if (r->reader_at == r->reader_saw) {
        r->reader_saw = atomic_load_explicit(&r->written, memory_order_acquire);
        if (r->reader_at == r->reader_saw) {
            return NULL;
        }
    }
    struct record *record = record_at(r, r->reader_at);
    if (record->n == SKIP) {
        r->reader_at += record->size;
        record = record_at(r, r->reader_at);
    }
    r->reader_step = record->size;
    *n = record->n;
    return record + 1;
}

const void *ring_look(struct ring *r, size_t *at, size_t *n)
{
    if (r->reader_at + *at == r->reader_saw) {
        r->reader_saw = atomic_load_explicit(&r->written, memory_order_acquire);
        if (r->reader_at + *at == r->reader_saw) {
            return NULL;
        }
    }
    struct record *record = record_at(r, r->reader_at + *at);
    if (record->n == SKIP) {
        *at += record->size;
        record = record_at(r, r->reader_at + *at);
    }
    *at += record->size;
    *n = record->n;
    return record + 1;
}

void ring_release(struct ring *r)
{
    bug_if(r->reader_step == 0);
    ring_release_to(r, r->reader_step);
    r->reader_step = 0;
}

void ring_release_to(struct ring *r, size_t at)
{
    r->reader_at += at;
    atomic_store_explicit(&r->released, r->reader_at, memory_order_seq_cst);
    if (atomic_load_explicit(&r->writer.sleeps, memory_order_seq_cst) != 0 &&
        atomic_load_explicit(&r->written, memory_order_relaxed) - r->reader_at <= r->size / 2) {
        wake(&r->writer);
    }
}

/* Sleeps until *position is no longer `seen`, the bell was rung since *heard was taken, or the time is over. */
static bool wait_move(_Atomic uint64_t *position, uint64_t seen, struct bell *b, uint32_t *heard, unsigned milliseconds)
{
    struct timespec now, end, left;

    clock_gettime(CLOCK_MONOTONIC, &now);
    end = now;
    end.tv_sec += milliseconds / 1000;
    end.tv_nsec += (long)(milliseconds % 1000) * 1000000;
    for (;;) {
        atomic_store_explicit(&b->sleeps, 1, memory_order_seq_cst);
        if (atomic_load_explicit(position, memory_order_seq_cst) != seen || atomic_load_explicit(&b->rung, memory_order_seq_cst) != *heard) {
            break;
        }
        left.tv_sec = end.tv_sec - now.tv_sec;
        left.tv_nsec = end.tv_nsec - now.tv_nsec;
        if (left.tv_nsec < 0) {
            left.tv_nsec += 1000000000;
            left.tv_sec--;
        } else if (left.tv_nsec >= 1000000000) {
            left.tv_nsec -= 1000000000;
            left.tv_sec++;
        }
        if (left.tv_sec < 0 || (left.tv_sec == 0 && left.tv_nsec == 0)) {
            break;
        }
        (void)syscall(SYS_futex, &b->rung, FUTEX_WAIT_PRIVATE, *heard, &left, NULL, 0);
        clock_gettime(CLOCK_MONOTONIC, &now);
    }
    atomic_store_explicit(&b->sleeps, 0, memory_order_seq_cst);
    *heard = atomic_load_explicit(&b->rung, memory_order_seq_cst); /* before the caller looks again */
    return atomic_load_explicit(position, memory_order_acquire) != seen;
}

bool ring_wait_room(struct ring *r, unsigned milliseconds)
{
    return wait_move(&r->released, r->writer_saw, &r->writer, &r->writer_heard, milliseconds);
}

bool ring_wait_data(struct ring *r, unsigned milliseconds)
{
    return r->reader_at != r->reader_saw ||
           wait_move(&r->written, r->reader_saw, r->bell, &r->reader_heard, milliseconds);
}

size_t ring_size(const struct ring *r) { return r->size; }

unsigned ring_fill(const struct ring *r)
{
    uint64_t written = atomic_load_explicit(&r->written, memory_order_relaxed);
    uint64_t released = atomic_load_explicit(&r->released, memory_order_relaxed);

    return written > released ? (unsigned)((written - released) * 100 / r->size) : 0;
}
