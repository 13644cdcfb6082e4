/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/epoch.h"

#include "base/err.h"

void epoch_init(struct epoch *e, unsigned readers)
{
    bug_if(readers > EPOCH_READERS_MAX);
    e->readers = readers;
    for (unsigned i = 0; i < EPOCH_READERS_MAX; i++) {
        atomic_init(&e->seen[i].at, 0);
    }
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
