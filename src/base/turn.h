/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * turn - capture order among workers that read the same files.
 *
 * Each worker says which turn (packet number) it is in; an operation on state that workers share waits until no other
 * worker is below its turn, so the operations happen in capture order and results do not depend on the number of
 * workers.  The lowest worker never waits.  With one worker, or live (but for what waits until it is read: source_together), waiting costs one comparison.
 */
#ifndef BASE_TURN_H
#define BASE_TURN_H

#include <stdalign.h>
#include <stdatomic.h>
#include <stdint.h>

#define TURN_WORKERS_MAX 64

struct turns {
    unsigned workers; /* 0 or 1: turn_wait returns at once */
    struct {
        alignas(64) _Atomic uint64_t at;
    } worker[TURN_WORKERS_MAX];
};

void turns_init(struct turns *t, unsigned workers);
static inline void turn_enter(struct turns *t, unsigned worker, uint64_t number)
{
    atomic_store_explicit(&t->worker[worker].at, number, memory_order_release);
}
void turn_leave(struct turns *t, unsigned worker); /* the worker has ended: it is never waited for again */
void turn_wait_slow(struct turns *t, unsigned worker);
/* Until every other worker is at or past this worker's turn; two at the same turn go in order of their index. */
static inline void turn_wait(struct turns *t, unsigned worker)
{
    if (t->workers > 1) {
        turn_wait_slow(t, worker);
    }
}

#endif
