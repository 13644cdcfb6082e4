/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/inside.h"

#include "engine/engine.h"

#include <time.h>

enum { ANSWER_STEP = 200 /* us */, ANSWER_STEPS = 10000 };

void worker_answer(struct worker *w)
{
    struct worker_ask *a = atomic_load_explicit(&w->ask, memory_order_acquire);

    w->loops++;
    if (a == NULL || !atomic_compare_exchange_strong(&w->ask, &a, NULL)) {
        return;
    }
    a->fn(w, a->ctx);
    atomic_store_explicit(&a->done, true, memory_order_release);
}

void worker_ended(struct worker *w)
{
    atomic_store(&w->ended, true);
    worker_answer(w);
}

static void pause_step(void)
{
    struct timespec t = { .tv_nsec = ANSWER_STEP * 1000L };

    nanosleep(&t, NULL);
}

/* Takes the question back; false: the worker has it. */
static bool ask_back(struct worker *w, struct worker_ask *a)
{
    struct worker_ask *mine = a;

    return atomic_compare_exchange_strong(&w->ask, &mine, NULL);
}

static bool ask_one(struct worker *w, void (*fn)(struct worker *w, void *ctx), void *ctx, struct err *err)
{
    struct worker_ask a = { .fn = fn, .ctx = ctx };

    atomic_store(&w->ask, &a);
    for (unsigned i = 0; !atomic_load_explicit(&a.done, memory_order_acquire); i++) {
        if (atomic_load(&w->ended) && ask_back(w, &a)) { /* it does nothing any more, and stays whole while the lock is held */
            fn(w, ctx);
            return true;
        }
        if (i == ANSWER_STEPS && ask_back(w, &a)) {
            return err_set(err, "worker %u is busy", w->index);
        }
        pause_step();
    }
    return true;
}

bool engine_ask(struct engine *e, void (*fn)(struct worker *w, void *ctx), void *ctx, struct err *err)
{
    bool ok = true;

    pthread_mutex_lock(&e->lock);
    const struct inside *in = e->inside;
    if (in == NULL) {
        ok = err_set(err, "nothing is being read");
    }
    for (unsigned i = 0; ok && i < in->n; i++) {
        ok = ask_one(&in->worker[i], fn, ctx, err);
    }
    pthread_mutex_unlock(&e->lock);
    return ok;
}

void engine_look(struct engine *e, void (*fn)(const struct inside *in, void *ctx), void *ctx)
{
    pthread_mutex_lock(&e->lock);
    fn(e->inside, ctx);
    pthread_mutex_unlock(&e->lock);
}

void engine_reopen_logs(struct engine *e)
{
    log_reopen(e->log);
    atomic_store(&e->reopen, true);
}
