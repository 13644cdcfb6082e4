/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/follow.h"

#include "source/kind.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#define WAIT_NS 10000000 /* sources return at least that often */

struct follow {
    pthread_mutex_t lock;
    pthread_cond_t given, passed;
    unsigned others, behind;  /* behind: of them, who have not passed the batch */
    uint64_t batches;         /* given so far */
    bool end;
    unsigned n;               /* of the last one */
    uint64_t first;           /* its first frame's number */
    struct arrival arrival[BATCH_MAX];
};

struct follow *follow_new(unsigned others)
{
    struct follow *f = calloc(1, sizeof(*f));

    if (f != NULL) {
        f->others = others;
        (void)pthread_mutex_init(&f->lock, NULL);
        (void)pthread_cond_init(&f->given, NULL);
        (void)pthread_cond_init(&f->passed, NULL);
    }
    return f;
}

void follow_free(struct follow *f)
{
    if (f != NULL) {
        (void)pthread_mutex_destroy(&f->lock);
        (void)pthread_cond_destroy(&f->given);
        (void)pthread_cond_destroy(&f->passed);
    }
    free(f);
}

void follow_give(struct follow *f, const struct batch *b)
{
    if (b->n == 0 && !b->end) {
        return;
    }
    (void)pthread_mutex_lock(&f->lock);
    for (unsigned i = 0; i < b->n; i++) {
        const struct packet *p = &b->packet[i];
        f->arrival[i] = (struct arrival){ p->frame, p->ts, p->wire_len, p->link, p->input };
    }
    if (b->n != 0) {
        f->n = b->n;
        f->first = b->packet[0].number;
        f->behind = f->others;
        f->batches++;
    }
    f->end |= b->end;
    (void)pthread_cond_broadcast(&f->given);
    (void)pthread_mutex_unlock(&f->lock);
}

void follow_end(struct follow *f)
{
    (void)pthread_mutex_lock(&f->lock);
    f->end = true;
    (void)pthread_cond_broadcast(&f->given);
    (void)pthread_mutex_unlock(&f->lock);
}

void follow_wait(struct follow *f)
{
    (void)pthread_mutex_lock(&f->lock);
    while (f->behind != 0) {
        (void)pthread_cond_wait(&f->passed, &f->lock);
    }
    (void)pthread_mutex_unlock(&f->lock);
}

void follow_take(struct follow *f, uint64_t *seen, struct batch *b)
{
    struct timespec until;
    int waited = 0;

    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += WAIT_NS;
    if (until.tv_nsec >= 1000000000) {
        until.tv_nsec -= 1000000000;
        until.tv_sec++;
    }
    (void)pthread_mutex_lock(&f->lock);
    while (f->batches == *seen && !f->end && waited == 0) {
        waited = pthread_cond_timedwait(&f->given, &f->lock, &until);
    }
    bool fresh = f->batches != *seen;
    b->end = f->end; /* nothing is given before the last one was passed: this one is the last */
    (void)pthread_mutex_unlock(&f->lock);
    for (unsigned i = 0; fresh && i < f->n; i++) { /* it stays as it is until it is passed */
        batch_add(b, f->first + i, &f->arrival[i]);
    }
    *seen += fresh;
}

void follow_pass(struct follow *f)
{
    (void)pthread_mutex_lock(&f->lock);
    if (--f->behind == 0) {
        (void)pthread_cond_signal(&f->passed);
    }
    (void)pthread_mutex_unlock(&f->lock);
}
