/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What signals do to a run: interrupts end it, SIGHUP opens its logs anew, SIGUSR2 loads its rules anew. */
#include "app/app.h"

#include "engine/inside.h"

#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>

struct watch {
    sigset_t set;
    pthread_t thread;
    bool runs;
    _Atomic bool ends;               /* the thread is wanted no more: SIGRTMIN wakes it */
    _Atomic bool stop;
    pthread_mutex_t lock;            /* held while the engine is told: who takes it away waits for that */
    struct engine *engine;           /* NULL: nothing that SIGHUP and SIGUSR2 could mean yet, or any more */
};

/* What the signal does to any program. */
static void as_ever(const struct watch *w, int number)
{
    pthread_sigmask(SIG_UNBLOCK, &w->set, NULL);
    raise(number);
}

static void reload(struct engine *e)
{
    struct err err;

    if (!engine_reload(e, NULL, NULL, NULL, &err)) {
        log_say(e->log, LOG_WARNING, "%s", err.text);
    }
}

/* False: there is no engine. */
static bool serve(struct watch *w, int number)
{
    pthread_mutex_lock(&w->lock);
    struct engine *e = w->engine;
    if (e != NULL) {
        number == SIGHUP ? engine_reopen_logs(e) : reload(e);
    }
    pthread_mutex_unlock(&w->lock);
    return e != NULL;
}

static void *watch_main(void *arg)
{
    struct watch *w = arg;
    int number;

    for (;;) {
        if (sigwait(&w->set, &number) != 0) {
            continue;
        }
        if (number == SIGRTMIN) {
            if (atomic_load(&w->ends)) {
                return NULL;
            }
            continue;
        }
        bool served = number == SIGHUP || number == SIGUSR2;
        if (served && serve(w, number)) {
            continue;
        }
        if (served || w->stop) { /* the second interrupt, too */
            as_ever(w, number);
            return NULL;
        }
        w->stop = true;
    }
}

static void thread_begin(struct watch *w)
{
    w->runs = pthread_create(&w->thread, NULL, watch_main, w) == 0;
    if (!w->runs) {
        pthread_sigmask(SIG_UNBLOCK, &w->set, NULL);
    }
}

const _Atomic bool *interrupt_watch(void)
{
    struct watch *w = calloc(1, sizeof *w);

    if (w == NULL) {
        return NULL;
    }
    pthread_mutex_init(&w->lock, NULL);
    sigemptyset(&w->set);
    sigaddset(&w->set, SIGINT);
    sigaddset(&w->set, SIGTERM);
    sigaddset(&w->set, SIGHUP);
    sigaddset(&w->set, SIGUSR2);
    sigaddset(&w->set, SIGRTMIN);
    pthread_sigmask(SIG_BLOCK, &w->set, NULL);
    thread_begin(w);
    return &w->stop; /* not freed: the thread waits in it as long as the program runs */
}

static struct watch *watch_of(const _Atomic bool *stop) { return (struct watch *)((uintptr_t)stop - offsetof(struct watch, stop)); }

void interrupt_serve(const _Atomic bool *stop, struct engine *e)
{
    struct watch *w = watch_of(stop);

    pthread_mutex_lock(&w->lock);
    w->engine = e;
    pthread_mutex_unlock(&w->lock);
}

void interrupt_anew(const _Atomic bool *stop)
{
    struct watch *w = watch_of(stop);

    if (w->runs) { /* signals in between wait */
        atomic_store(&w->ends, true);
        (void)pthread_kill(w->thread, SIGRTMIN);
        pthread_join(w->thread, NULL);
        atomic_store(&w->ends, false);
        thread_begin(w);
    }
}
