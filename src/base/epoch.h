/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * epoch - one writer replaces a read-only whole while readers go on.
 *
 * The writer numbers the wholes; a reader (a worker) notes the number of the one it looks at, when it comes to it.  What is older than all
 * that they noted may be freed: no reader goes back.
 */
#ifndef BASE_EPOCH_H
#define BASE_EPOCH_H

#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define EPOCH_READERS_MAX 256

struct epoch {
    struct {
        alignas(64) _Atomic uint64_t at;
    } seen[EPOCH_READERS_MAX];
    unsigned readers;
};

void epoch_init(struct epoch *e, unsigned readers); /* all are at 0 */
static inline void epoch_note(struct epoch *e, unsigned reader, uint64_t number)
{
    atomic_store_explicit(&e->seen[reader].at, number, memory_order_release);
}
bool epoch_passed(struct epoch *e, uint64_t number);  /* writer: every reader is at that one or a later one */

#endif
