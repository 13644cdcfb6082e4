/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/turn.h"
#include "tap.h"

#include <pthread.h>
#include <stdlib.h>

enum { WORKERS = 4, TURNS = 4000 };

struct shared {
    struct turns turns;
    uint32_t *order; /* not atomic: the turns are its lock */
    size_t n;
};
struct worker {
    struct shared *shared;
    unsigned number;
};

/* Turn t is worked on by worker t mod 4, and by the next one too when t is a multiple of five. */
static void *worker_run(void *arg)
{
    struct worker *me = arg;
    struct shared *s = me->shared;

    for (uint64_t t = 1; t <= TURNS; t++) {
        turn_enter(&s->turns, me->number, t);
        bool second = t % 5 == 0 && (t + 1) % WORKERS == me->number;
        if (t % WORKERS == me->number || second) {
            turn_wait(&s->turns, me->number);
            s->order[s->n++] = (uint32_t)(t * WORKERS + me->number);
        }
    }
    turn_leave(&s->turns, me->number);
    return NULL;
}

int main(void)
{
    struct shared *s = aligned_alloc(64, sizeof(*s));
    struct worker workers[WORKERS];
    pthread_t threads[WORKERS];
    unsigned wrong = 0;

    turns_init(&s->turns, 1);
    turn_enter(&s->turns, 0, 7);
    turn_wait(&s->turns, 0);
    ok(true, "one worker never waits");

    turns_init(&s->turns, WORKERS);
    s->order = malloc(TURNS * 2 * sizeof(*s->order));
    s->n = 0;
    for (unsigned i = 0; i < WORKERS; i++) {
        workers[i] = (struct worker){ s, i };
        pthread_create(&threads[i], NULL, worker_run, &workers[i]);
    }
    for (unsigned i = 0; i < WORKERS; i++) {
        pthread_join(threads[i], NULL);
    }
    for (size_t i = 1; i < s->n; i++) {
        wrong += s->order[i - 1] >= s->order[i];
    }
    is_int(s->n, TURNS + TURNS / 5, "every operation was made");
    is_int(wrong, 0, "in the order of turns, and within one in that of the workers");
    free(s->order);
    free(s);
    return done_testing();
}
