/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/epoch.h"
#include "tap.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

enum { READERS = 3, SWAPS = 2000 };

struct whole {
    int a, b; /* both its number */
};
struct shared {
    struct epoch epoch;
    _Atomic(struct whole *) now;
    atomic_bool stop;
    atomic_uint torn;
};
struct reader {
    struct shared *shared;
    unsigned number;
};

static void *reader_run(void *arg)
{
    struct reader *me = arg;
    struct shared *s = me->shared;

    while (!atomic_load(&s->stop)) {
        struct whole *w = atomic_load_explicit(&s->now, memory_order_acquire);
        epoch_note(&s->epoch, me->number, (uint64_t)w->a);
        for (int i = 0; i < 50; i++) {
            atomic_fetch_add(&s->torn, w->a != w->b);
        }
        sched_yield();
    }
    return NULL;
}

static struct whole *whole_new(int v)
{
    struct whole *w = malloc(sizeof(*w));
    *w = (struct whole){ v, v };
    return w;
}

static void test_swaps(void)
{
    struct shared *s = aligned_alloc(64, sizeof(*s));
    struct reader readers[READERS];
    pthread_t threads[READERS];

    epoch_init(&s->epoch, READERS);
    atomic_init(&s->now, whole_new(0));
    atomic_init(&s->stop, false);
    atomic_init(&s->torn, 0);
    for (unsigned i = 0; i < READERS; i++) {
        readers[i] = (struct reader){ s, i };
        pthread_create(&threads[i], NULL, reader_run, &readers[i]);
    }
    for (int i = 1; i <= SWAPS; i++) {
        struct whole *old = atomic_exchange(&s->now, whole_new(i));
        while (!epoch_passed(&s->epoch, (uint64_t)i)) {
            sched_yield();
        }
        old->a = -1; /* a reader that still looks at it is caught, by the sanitizers as well */
        free(old);
    }
    atomic_store(&s->stop, true);
    for (unsigned i = 0; i < READERS; i++) {
        pthread_join(threads[i], NULL);
    }
    is_int(s->torn, 0, "no reader sees a whole after it was given up");
    free(s->now);
    free(s);
}

int main(void)
{
    struct epoch *e = aligned_alloc(64, sizeof(*e));

    epoch_init(e, 2);
    ok(epoch_passed(e, 0) && !epoch_passed(e, 1), "all begin at 0");
    epoch_note(e, 0, 1);
    ok(!epoch_passed(e, 1), "one is not enough");
    epoch_note(e, 1, 2);
    ok(epoch_passed(e, 1) && !epoch_passed(e, 2), "all have passed, and not further than the last of them");
    free(e);
    test_swaps();
    return done_testing();
}
