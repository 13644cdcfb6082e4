/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "app/hunt_progress.h"

#include "base/clock.h"
#include "engine/inside.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct hunt_progress {
    struct engine *engine;
    struct hunt_plan *plan;
    uint64_t began;              /* ns, monotonic */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool ends;
    uint64_t packets, alerts;    /* of the run under way, as far as it is */
};

static void look(struct worker *w, void *ctx)
{
    struct hunt_progress *p = ctx;
    size_t n = 0;
    const struct source_input *each = w->index == 0 ? source_inputs(w->source, &n) : NULL; /* each worker reads all */

    for (size_t i = 0; i < n; i++) {
        p->packets += each[i].packets;
    }
    p->alerts += w->out.emitted[EVENT_ALERT] + w->out.emitted[EVENT_FAST];
}

/* The cursor stays at its begin: an alert that comes meanwhile is longer, and overwrites it. */
static void show(struct hunt_progress *p)
{
    struct hunt_plan *plan = p->plan;
    double seconds = (double)(clock_monotonic() - p->began) / 1e9;
    uint64_t looked = atomic_load(&plan->looked), ran = atomic_load(&plan->ran);

    struct err nothing_runs;

    p->packets = p->alerts = 0;
    (void)engine_ask(p->engine, look, p, &nothing_runs);
    if (ran + p->packets == 0) {
        fprintf(stderr, "\x1b[K%llu of %llu packets looked through, %.0f a second\r", (unsigned long long)looked, (unsigned long long)plan->sifted.packets,
                (double)looked / (seconds > 0 ? seconds : 1));
        return;
    }
    uint64_t done = ran + p->packets, all = atomic_load(&plan->to_run);
    double rate = (double)(looked + done) / (seconds > 0 ? seconds : 1);
    fprintf(stderr, "\x1b[K%llu of %llu packets (%.0f %%), %.0f a second, about %.0f s more; %llu alerts\r", (unsigned long long)done, (unsigned long long)all,
            all != 0 ? 100.0 * (double)done / (double)all : 0.0, rate, rate > 0 && all > done ? (double)(all - done) / rate : 0.0,
            (unsigned long long)(atomic_load(&plan->alerts) + p->alerts));
}

static void *main_of(void *ctx)
{
    struct hunt_progress *p = ctx;

    (void)pthread_mutex_lock(&p->lock);
    while (!p->ends) {
        struct timespec at;
        (void)clock_gettime(CLOCK_REALTIME, &at);
        at.tv_nsec += 500000000;
        at.tv_sec += at.tv_nsec / 1000000000;
        at.tv_nsec %= 1000000000;
        (void)pthread_cond_timedwait(&p->wake, &p->lock, &at);
        if (!p->ends) {
            show(p);
        }
    }
    (void)pthread_mutex_unlock(&p->lock);
    return NULL;
}

struct hunt_progress *hunt_progress_begin(struct engine *e, struct hunt_plan *plan)
{
    struct hunt_progress *p = isatty(STDERR_FILENO) ? calloc(1, sizeof *p) : NULL;

    if (p == NULL) {
        return NULL;
    }
    *p = (struct hunt_progress){ .engine = e, .plan = plan, .began = clock_monotonic() };
    (void)pthread_mutex_init(&p->lock, NULL);
    (void)pthread_cond_init(&p->wake, NULL);
    if (pthread_create(&p->thread, NULL, main_of, p) != 0) {
        free(p);
        return NULL;
    }
    return p;
}

void hunt_progress_end(struct hunt_progress *p)
{
    if (p == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&p->lock);
    p->ends = true;
    (void)pthread_cond_signal(&p->wake);
    (void)pthread_mutex_unlock(&p->lock);
    (void)pthread_join(p->thread, NULL);
    (void)pthread_cond_destroy(&p->wake);
    (void)pthread_mutex_destroy(&p->lock);
    fputs("\x1b[K", stderr);
    free(p);
}
