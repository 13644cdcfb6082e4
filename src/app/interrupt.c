/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What signals do to a run: interrupts end it, SIGHUP opens its logs anew, SIGUSR2 loads its rules anew. */
#include "app/app.h"

#include "engine/inside.h"

#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>

static void reload(struct engine *e)
{
    struct err err;

    if (!engine_reload(e, NULL, NULL, NULL, &err)) {
        log_say(e->log, LOG_WARNING, "%s", err.text);
    }
}

const struct signal_row signal_rows[] = {
    { SIGINT, "SIGINT", NULL,
      "The run ends: what was read is looked at and told, files are closed, what was done to the network is undone.  Captures are read no\n"
      "further, which exit status 1 tells.  A second one ends the program at once (130 to a shell): what was not written yet is lost, and the\n"
      "network is left as by a kill." },
    { SIGTERM, "SIGTERM", NULL, "The same; 143 to a shell where it is the second one." },
    { SIGHUP, "SIGHUP", engine_reopen_logs,
      "scan, watch, guard and suricata close their log files and open them anew, after somebody moved them away.  Before a run has begun, and of\n"
      "any other command, it is the end." },
    { SIGUSR2, "SIGUSR2", reload,
      "The same read their rules anew, with the settings that belong to them, while packets go on; the old ones stay where the new ones cannot\n"
      "be used." },
};
const unsigned signal_row_n = ROWS(signal_rows);

static const struct signal_row *row_of(int number)
{
    const struct signal_row *row = signal_rows;

    while (row->number != number) { /* nothing else is waited for */
        row++;
    }
    return row;
}

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

/* False: there is no engine. */
static bool serve(struct watch *w, const struct signal_row *row)
{
    pthread_mutex_lock(&w->lock);
    struct engine *e = w->engine;
    if (e != NULL) {
        row->serve(e);
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
        const struct signal_row *row = row_of(number);
        if (row->serve != NULL && serve(w, row)) {
            continue;
        }
        if (row->serve != NULL || w->stop) { /* the second interrupt, too */
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
    for (unsigned i = 0; i < signal_row_n; i++) {
        sigaddset(&w->set, signal_rows[i].number);
    }
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
