/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "facts/hosts.h"

#include "base/clock.h"
#include "base/hash.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS_LEAST = 64, TABLE_LEAST = 256 };

/* What one stretch of packets taught. */
struct issue {
    struct issue *next;
    uint64_t number;
    unsigned left;               /* readers that have not taken it */
    uint32_t n, room;
    struct host_fact *row;
};

/* Open addressing; a free place has family FAMILY_NONE. */
struct table {
    struct host_fact *row;
    size_t room, n;
    uint64_t next;               /* number of the first issue that it has not */
};

struct host_board {
    pthread_mutex_t lock;
    pthread_cond_t closed;
    struct issue *first, *last;  /* complete ones that somebody has not taken */
    uint64_t complete;           /* all before this number are */
    struct issue *open;          /* the publisher's; NULL: nothing was put */
    size_t most;
    uint64_t seed;
    unsigned readers;
    struct table table[];
};

struct host_board *host_board_new(unsigned readers, size_t most)
{
    struct host_board *b = calloc(1, sizeof *b + readers * sizeof b->table[0]);
    pthread_condattr_t clock;

    if (b == NULL) {
        return NULL;
    }
    b->readers = readers;
    b->most = most;
    b->seed = hash_random_seed();
    pthread_mutex_init(&b->lock, NULL);
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&b->closed, &clock);
    pthread_condattr_destroy(&clock);
    return b;
}

static void issue_free(struct issue *i)
{
    if (i != NULL) {
        free(i->row);
        free(i);
    }
}

void host_board_free(struct host_board *b)
{
    if (b == NULL) {
        return;
    }
    for (struct issue *i = b->first, *next; i != NULL; i = next) {
        next = i->next;
        issue_free(i);
    }
    issue_free(b->open);
    for (unsigned i = 0; i < b->readers; i++) {
        free(b->table[i].row);
    }
    pthread_cond_destroy(&b->closed);
    pthread_mutex_destroy(&b->lock);
    free(b);
}

/* ---- the publisher ---- */

void host_board_put(struct host_board *b, const struct host_fact *f)
{
    struct issue *i = b->open;

    if (i == NULL && (i = b->open = calloc(1, sizeof *i)) == NULL) {
        return;
    }
    if (i->n == i->room) {
        uint32_t room = i->room != 0 ? i->room * 2 : ROWS_LEAST;
        struct host_fact *row = reallocarray(i->row, room, sizeof *row);
        if (row == NULL) {
            return;
        }
        i->row = row;
        i->room = room;
    }
    i->row[i->n++] = *f;
}

void host_board_close(struct host_board *b, uint64_t issue)
{
    pthread_mutex_lock(&b->lock);
    if (issue > b->complete) {
        if (b->open != NULL) {
            b->open->number = b->complete; /* the one that was under way: no matter how many are passed over now */
            b->open->left = b->readers;
            *(b->last != NULL ? &b->last->next : &b->first) = b->open;
            b->last = b->open;
            b->open = NULL;
        }
        b->complete = issue;
        pthread_cond_broadcast(&b->closed);
    }
    pthread_mutex_unlock(&b->lock);
}

void host_board_end(struct host_board *b) { host_board_close(b, UINT64_MAX); }

/* ---- a reader ---- */

static size_t place(const struct host_board *b, const struct table *t, uint32_t scope, const struct addr *a, unsigned family)
{
    size_t at = hash_word(a->q[0] ^ hash_word(a->q[1] ^ (b->seed + ((uint64_t)scope << 8 | family)))) & (t->room - 1);

    while (t->row[at].family != FAMILY_NONE && !(t->row[at].family == family && t->row[at].scope == scope && addr_equal(&t->row[at].addr, a))) {
        at = (at + 1) & (t->room - 1);
    }
    return at;
}

static size_t place_of(const struct host_board *b, const struct table *t, const struct host_fact *f) { return place(b, t, f->scope, &f->addr, f->family); }

static bool table_grow(struct host_board *b, struct table *t)
{
    struct table old = *t;

    t->room = old.room != 0 ? old.room * 2 : TABLE_LEAST;
    t->row = calloc(t->room, sizeof *t->row);
    if (t->row == NULL) {
        *t = old;
        return false;
    }
    for (size_t i = 0; i < old.room; i++) {
        if (old.row[i].family != FAMILY_NONE) {
            t->row[place_of(b, t, &old.row[i])] = old.row[i];
        }
    }
    free(old.row);
    return true;
}

/* A row goes; those behind it that would not be found any more take its place. */
static void table_drop(struct host_board *b, struct table *t, size_t at)
{
    t->row[at].family = FAMILY_NONE;
    t->n--;
    for (size_t i = (at + 1) & (t->room - 1); t->row[i].family != FAMILY_NONE; i = (i + 1) & (t->room - 1)) {
        struct host_fact f = t->row[i];
        t->row[i].family = FAMILY_NONE;
        t->row[place_of(b, t, &f)] = f;
    }
}

static void table_take(struct host_board *b, struct table *t, const struct host_fact *f)
{
    bool gone = (f->flags & HOST_GONE) != 0;

    if ((t->n + 1) * 2 > t->room && !gone && (t->n >= b->most || !table_grow(b, t)) && (t->n + 1) * 4 > t->room * 3) {
        return; /* no room: it is as if nothing were known of it */
    }
    size_t at = t->room != 0 ? place_of(b, t, f) : 0;
    if (gone) {
        if (t->room != 0 && t->row[at].family != FAMILY_NONE) {
            table_drop(b, t, at);
        }
        return;
    }
    t->n += t->row[at].family == FAMILY_NONE;
    t->row[at] = *f;
}

/* The first issue that the reader has not and may have; NULL: none. */
static struct issue *wanted(const struct host_board *b, const struct table *t, uint64_t before)
{
    struct issue *i = b->first;

    while (i != NULL && i->number < t->next) {
        i = i->next;
    }
    return i != NULL && i->number < before ? i : NULL;
}

bool host_board_take(struct host_board *b, unsigned reader, uint64_t before, unsigned wait_ms)
{
    struct table *t = &b->table[reader];
    struct timespec until;

    pthread_mutex_lock(&b->lock);
    if (b->complete < before && wait_ms != 0) {
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += (long)wait_ms * 1000000;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        (void)pthread_cond_timedwait(&b->closed, &b->lock, &until);
    }
    bool all = b->complete >= before;
    for (struct issue *i; (i = wanted(b, t, before)) != NULL;) {
        pthread_mutex_unlock(&b->lock); /* it does not change, and stays for as long as this reader has not taken it */
        for (uint32_t k = 0; k < i->n; k++) {
            table_take(b, t, &i->row[k]);
        }
        pthread_mutex_lock(&b->lock);
        t->next = i->number + 1;
        i->left--;
        while (b->first != NULL && b->first->left == 0) { /* the oldest are taken first, by all */
            struct issue *done = b->first;
            b->first = done->next;
            b->last = b->first == NULL ? NULL : b->last;
            issue_free(done);
        }
    }
    pthread_mutex_unlock(&b->lock);
    return all;
}

const struct host_fact *host_fact(const struct host_board *b, unsigned reader, uint32_t scope, const struct addr *a, enum family family)
{
    const struct table *t = &b->table[reader];

    if (t->n == 0 || family == FAMILY_NONE) {
        return NULL;
    }
    const struct host_fact *f = &t->row[place(b, t, scope, a, family)];
    return f->family != FAMILY_NONE ? f : NULL;
}
