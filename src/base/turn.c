/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/turn.h"

#include "base/err.h"

#include <sched.h>
#include <stdbool.h>
#include <time.h>

enum { SPINS = 64, YIELDS = 64, SLEEP_MAX_NS = 200000 };

void turns_init(struct turns *t, unsigned workers)
{
    bug_if(workers > TURN_WORKERS_MAX);
    t->workers = workers;
    for (unsigned i = 0; i < TURN_WORKERS_MAX; i++) {
        atomic_init(&t->worker[i].at, 0);
    }
}

void turn_leave(struct turns *t, unsigned worker)
{
    atomic_store_explicit(&t->worker[worker].at, UINT64_MAX, memory_order_release);
}

/* May `worker`, in turn `mine`, go before worker `other`? */
static bool goes_before(struct turns *t, unsigned worker, uint64_t mine, unsigned other)
{
    uint64_t at = atomic_load_explicit(&t->worker[other].at, memory_order_acquire);

    return at > mine || (at == mine && other > worker);
}

static inline void turn_pause(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#endif
}

/* Gives way for longer each time: the one waited for may need this very processor. */
static void give_way(unsigned round)
{
    if (round < SPINS) {
        turn_pause();
    } else if (round < SPINS + YIELDS) {
        (void)sched_yield();
    } else {
        unsigned over = round - SPINS - YIELDS;
        long ns = over < 16 ? 5000L << (over / 3) : SLEEP_MAX_NS;
        struct timespec nap = { .tv_nsec = ns };
        (void)nanosleep(&nap, NULL);
    }
}

void turn_wait_slow(struct turns *t, unsigned worker)
{
    uint64_t mine = atomic_load_explicit(&t->worker[worker].at, memory_order_relaxed);

    for (unsigned other = 0; other < t->workers; other++) {
        if (other == worker) {
            continue;
        }
        for (unsigned round = 0; !goes_before(t, worker, mine, other);) {
            give_way(round);
            round += round < 1000;
        }
    }
}
