/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/epoch.h"

#include "base/err.h"

void epoch_init(struct epoch *e, unsigned readers)
{
    bug_if(readers > EPOCH_READERS_MAX);
    e->readers = readers;
    atomic_init(&e->now, 0);
    for (unsigned i = 0; i < EPOCH_READERS_MAX; i++) {
        atomic_init(&e->seen[i].at, 0);
    }
}

void epoch_leave(struct epoch *e, unsigned reader)
{
    atomic_store_explicit(&e->seen[reader].at, UINT64_MAX, memory_order_release);
}

uint64_t epoch_advance(struct epoch *e)
{
    return atomic_fetch_add_explicit(&e->now, 1, memory_order_acq_rel) + 1;
}

bool epoch_passed(struct epoch *e, uint64_t number)
{
    for (unsigned i = 0; i < e->readers; i++) {
        if (atomic_load_explicit(&e->seen[i].at, memory_order_acquire) < number) {
            return false;
        }
    }
    return true;
}
