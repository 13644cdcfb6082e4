/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What signals do to a run, by a table: they end it, or ask for its rules, logs and numbers. */
#include "app/app.h"

#include "app/snort_counts.h"
#include "engine/inside.h"

#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>

struct watch {
    sigset_t set;
    pthread_t thread;
    enum signal_dialect dialect;
    bool runs;
    _Atomic bool ends;               /* the thread is wanted no more: SIGRTMIN wakes it */
    _Atomic bool stop;
    pthread_mutex_t lock;            /* held while the engine is told: who takes it away waits for that */
    struct engine *engine;           /* NULL: nothing that signals could ask, yet or any more */
};

/* What the signal does to any program: mostly its end. */
static void as_ever(int number)
{
    sigset_t one;

    sigemptyset(&one);
    sigaddset(&one, number);
    pthread_sigmask(SIG_UNBLOCK, &one, NULL);
    raise(number);
    pthread_sigmask(SIG_BLOCK, &one, NULL);
}

static void end(struct watch *w, int number)
{
    if (w->stop) {
        as_ever(number);
    }
    w->stop = true;
}

static void serve(struct watch *w, int number, void (*fn)(struct engine *e))
{
    pthread_mutex_lock(&w->lock);
    bool asked = w->engine != NULL;
    if (asked) {
        fn(w->engine);
    }
    pthread_mutex_unlock(&w->lock);
    if (!asked) {
        as_ever(number);
    }
}

static void engine_rules(struct engine *e)
{
    struct err err;

    if (!engine_reload_soon(e, &err)) {
        log_say(e->log, LOG_WARNING, "%s", err.text);
    }
}

static void engine_all(struct engine *e)
{
    engine_reopen_logs(e);
    engine_rules(e);
}

static void reopen(struct watch *w, int number) { serve(w, number, engine_reopen_logs); }
static void reload(struct watch *w, int number) { serve(w, number, engine_rules); }
static void renew(struct watch *w, int number) { serve(w, number, engine_all); }
static void count(struct watch *w, int number) { serve(w, number, snort_counts_now); }

const struct signal_row signal_rows[] = {
    { SIGINT, "SIGINT", { end, end },
      "The run ends: what was read is looked at and told, files are closed, what was done to the network is undone.  Captures are read no\n"
      "further, which is told, and exit status 1 tells of scan (not of snort and suricata, which end as those do).  A second one ends the program at once (130 to a shell): what was not written yet is lost, and the\n"
      "network is left as by a kill." },
    { SIGTERM, "SIGTERM", { end, end }, "The same; 143 to a shell where it is the second one." },
    { SIGQUIT, "SIGQUIT", { NULL, end }, "The same for snort; 131 to a shell where it is the second one." },
    { SIGHUP, "SIGHUP", { reopen, renew },
      "scan, watch, guard and suricata close their log files and open them anew, after somebody moved them away.  snort does so, and reads its\n"
      "configuration and rules anew, as SIGUSR2 tells of the others.  Before a run has begun, and of any other command, it is the end." },
    { SIGUSR1, "SIGUSR1", { NULL, count }, "snort prints its counts up to now, as it does at its end." },
    { SIGUSR2, "SIGUSR2", { reload, reopen },
      "scan, watch, guard and suricata read their rules anew, with the settings that belong to them, while packets go on; the old ones stay\n"
      "where the new ones cannot be used.  snort opens its log files anew." },
};
const unsigned signal_row_n = ROWS(signal_rows);

static void act(struct watch *w, int number)
{
    const struct signal_row *row = signal_rows;

    while (row->number != number) { /* nothing else is waited for */
        row++;
    }
    row->act[w->dialect](w, number);
}

static void *watch_main(void *arg)
{
    struct watch *w = arg;
    int number;

    while (!atomic_load(&w->ends)) {
        if (sigwait(&w->set, &number) == 0 && number != SIGRTMIN) {
            act(w, number);
        }
    }
    return NULL;
}

static void thread_begin(struct watch *w)
{
    w->runs = pthread_create(&w->thread, NULL, watch_main, w) == 0;
    if (!w->runs) {
        pthread_sigmask(SIG_UNBLOCK, &w->set, NULL);
    }
}

static const _Atomic bool *watch_new(enum signal_dialect dialect)
{
    struct watch *w = calloc(1, sizeof *w);

    if (w == NULL) {
        return NULL;
    }
    w->dialect = dialect;
    pthread_mutex_init(&w->lock, NULL);
    sigemptyset(&w->set);
    for (unsigned i = 0; i < signal_row_n; i++) {
        if (signal_rows[i].act[dialect] != NULL) {
            sigaddset(&w->set, signal_rows[i].number);
        }
    }
    sigaddset(&w->set, SIGRTMIN);
    pthread_sigmask(SIG_BLOCK, &w->set, NULL);
    thread_begin(w);
    return &w->stop; /* not freed: the thread waits in it as long as the program runs */
}

const _Atomic bool *interrupt_watch(void) { return watch_new(SIGNALS_OWN); }
const _Atomic bool *interrupt_watch_snort(void) { return watch_new(SIGNALS_SNORT); }

static struct watch *watch_of(const _Atomic bool *stop) { return (struct watch *)((uintptr_t)stop - offsetof(struct watch, stop)); }

void interrupt_serve(const _Atomic bool *stop, struct engine *e)
{
    struct watch *w = watch_of(stop);

    pthread_mutex_lock(&w->lock);
    w->engine = e;
    pthread_mutex_unlock(&w->lock);
}

bool interrupt_tell(const _Atomic bool *stop, struct log *log)
{
    if (*stop) {
        log_say(log, LOG_ERROR, "interrupted: what had not been read by then was not looked at");
    }
    return *stop;
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
