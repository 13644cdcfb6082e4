/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/inside.h"

#include "engine/engine.h"

#include <time.h>

enum { ANSWER_STEP = 200 /* us */, ANSWER_STEPS = 10000 };

void worker_answer(struct worker *w)
{
    struct worker_ask *a = atomic_load_explicit(&w->ask, memory_order_acquire);

    atomic_store_explicit(&w->loops, atomic_load_explicit(&w->loops, memory_order_relaxed) + 1, memory_order_relaxed);
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

/* Waits until it was answered; false: not within the steps that are left. */
static bool ask_wait(struct worker *w, struct worker_ask *a, unsigned *steps)
{
    while (!atomic_load_explicit(&a->done, memory_order_acquire)) {
        if (atomic_load(&w->ended) && ask_back(w, a)) { /* it does nothing any more, and stays whole while the lock is held */
            a->fn(w, a->ctx);
            return true;
        }
        if (*steps == 0 && ask_back(w, a)) {
            return false;
        }
        *steps -= *steps != 0;
        pause_step();
    }
    return true;
}

static bool ask_one(struct worker *w, void (*fn)(struct worker *w, void *ctx), void *ctx, struct err *err)
{
    struct worker_ask a = { .fn = fn, .ctx = ctx };
    unsigned steps = ANSWER_STEPS;

    atomic_store(&w->ask, &a);
    return ask_wait(w, &a, &steps) || err_set(err, "worker %u is busy", w->index);
}

uint64_t inside_ask(const struct inside *in, void (*fn)(struct worker *w, void *ctx), void *ctx)
{
    struct worker_ask a[TURN_WORKERS_MAX];
    unsigned steps = ANSWER_STEPS;
    uint64_t busy = 0;

    for (unsigned i = 0; i < in->n; i++) {
        a[i] = (struct worker_ask){ .fn = fn, .ctx = ctx };
        atomic_store(&in->worker[i].ask, &a[i]);
    }
    for (unsigned i = 0; i < in->n; i++) {
        busy |= (uint64_t)!ask_wait(&in->worker[i], &a[i], &steps) << i;
    }
    return busy;
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
    (void)log_reopen(e->log, NULL);
    atomic_fetch_add(&e->reopen.asked, 1);
}

/* Have the files been opened anew since it was asked so often, or is there none?  *good: all of them, else err. */
static bool reopened(struct engine *e, unsigned asked, bool *good, struct err *err)
{
    pthread_mutex_lock(&e->lock);
    bool none = e->inside == NULL, done = none || (int)(e->reopen.done - asked) >= 0;
    *good = none || e->reopen.good;
    if (done && !*good) {
        *err = e->reopen.err;
    }
    pthread_mutex_unlock(&e->lock);
    return done;
}

bool engine_reopened_logs(struct engine *e, struct err *err)
{
    struct err why;
    bool own = log_reopen(e->log, err), good = false, done = false;
    unsigned asked = atomic_fetch_add(&e->reopen.asked, 1) + 1;

    for (unsigned i = 0; !(done = reopened(e, asked, &good, &why)) && i < ANSWER_STEPS; i++) {
        pause_step();
    }
    if (!done) {
        return err_set(err, "log files are not opened anew yet: who writes them is busy");
    }
    return good ? own : err_set(err, "%s", why.text);
}
