/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * epoch - one writer replaces a read-only whole while readers go on.
 *
 * Readers (workers) note the number they have seen between two batches (epoch_rest); when all have passed the number at
 * which an old whole was replaced, the writer may free it.  A reader pays one load and one store a batch.  A reader that
 * sleeps must rest first, so sources return at least every 10 ms.  A reader that has ended calls epoch_leave.  Where wholes are
 * dated a reader notes the number of the one it is at (epoch_note) instead of the newest.
 */
#ifndef BASE_EPOCH_H
#define BASE_EPOCH_H

#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define EPOCH_READERS_MAX 256

struct epoch {
    alignas(64) _Atomic uint64_t now;
    struct {
        alignas(64) _Atomic uint64_t at;
    } seen[EPOCH_READERS_MAX];
    unsigned readers;
};

void epoch_init(struct epoch *e, unsigned readers);
static inline void epoch_rest(struct epoch *e, unsigned reader)
{
    uint64_t now = atomic_load_explicit(&e->now, memory_order_acquire);
    atomic_store_explicit(&e->seen[reader].at, now, memory_order_release);
}
static inline void epoch_note(struct epoch *e, unsigned reader, uint64_t number)
{
    atomic_store_explicit(&e->seen[reader].at, number, memory_order_release);
}
void epoch_leave(struct epoch *e, unsigned reader);
uint64_t epoch_advance(struct epoch *e);              /* writer: after publishing; the number to wait for */
bool epoch_passed(struct epoch *e, uint64_t number);  /* writer: every reader has seen it */

#endif
