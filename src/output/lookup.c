/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "output/lookup.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

struct lookup {
    char server[256], port[8];
    struct addrinfo *found;
    _Atomic bool done;
    _Atomic unsigned users;     /* who asks, and the thread: the last one frees it */
};

static bool ask(struct lookup *l, int flags)
{
    const struct addrinfo want = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV | flags };

    if (getaddrinfo(l->server, l->port, &want, &l->found) != 0) {
        l->found = NULL;
        return false;
    }
    return true;
}

static void leave(struct lookup *l)
{
    if (atomic_fetch_sub(&l->users, 1) != 1) {
        return;
    }
    if (l->found != NULL) {
        freeaddrinfo(l->found);
    }
    free(l);
}

static void *lookup_main(void *arg)
{
    struct lookup *l = arg;

    (void)ask(l, 0);
    atomic_store(&l->done, true);
    leave(l);
    return NULL;
}

struct lookup *lookup_new(const char *server, uint32_t port)
{
    struct lookup *l = calloc(1, sizeof *l);
    pthread_t thread;

    if (l == NULL) {
        return NULL;
    }
    atomic_store(&l->users, 1);
    snprintf(l->server, sizeof l->server, "%s", server);
    snprintf(l->port, sizeof l->port, "%u", port);
    if (ask(l, AI_NUMERICHOST)) {
        atomic_store(&l->done, true);
        return l;
    }
    atomic_store(&l->users, 2);
    if (pthread_create(&thread, NULL, lookup_main, l) != 0) {
        free(l);
        return NULL;
    }
    (void)pthread_detach(thread);
    return l;
}

bool lookup_done(const struct lookup *l, const struct addrinfo **first)
{
    if (!atomic_load(&l->done)) {
        return false;
    }
    *first = l->found;
    return true;
}

void lookup_free(struct lookup *l)
{
    if (l != NULL) {
        leave(l);
    }
}
