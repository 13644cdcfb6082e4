/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the user's interrupts do to a run. */
#include "app/app.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

struct watch {
    sigset_t set;
    volatile bool stop;
};

static void *watch_main(void *arg)
{
    struct watch *w = arg;
    int number;

    while (sigwait(&w->set, &number) != 0) {
    }
    w->stop = true;
    while (sigwait(&w->set, &number) != 0) {
    }
    pthread_sigmask(SIG_UNBLOCK, &w->set, NULL); /* the second time it does what it does to any program */
    raise(number);
    return NULL;
}

const volatile bool *interrupt_watch(void)
{
    struct watch *w = calloc(1, sizeof *w);
    pthread_t thread;

    if (w == NULL) {
        return NULL;
    }
    sigemptyset(&w->set);
    sigaddset(&w->set, SIGINT);
    sigaddset(&w->set, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &w->set, NULL);
    if (pthread_create(&thread, NULL, watch_main, w) != 0) {
        pthread_sigmask(SIG_UNBLOCK, &w->set, NULL);
    } else {
        pthread_detach(thread);
    }
    return &w->stop; /* not freed: the thread waits in it as long as the program runs */
}
