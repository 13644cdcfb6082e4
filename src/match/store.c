/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Compiled databases by what is in them.  Whoever asks for literals that are there already shares the database, so a ruleset that
 * takes the place of another compiles what changed only; what is missing is read from disk or compiled, the largest first,
 * in a few threads.
 */
#include "match/literals.h"

#include "base/large.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { STORE_BUCKETS = 256, STORE_REGEXES = 4096, STORE_THREADS = 4 };

struct literals_store {
    pthread_mutex_t lock;      /* of buckets and counts: rulesets are freed on other threads */
    struct database *bucket[STORE_BUCKETS];
    struct regex *regex[STORE_REGEXES]; /* chains by hash (regex_store.c) */
    unsigned users;            /* its owner, each database and each regular expression */
    unsigned threads;
    struct literals_made now, last; /* counted since, and by the last literals_store_make */
    char *dir;                 /* NULL: none on disk */
    struct large *large;       /* where databases lie, under the lock: a packet takes many, each here and there; NULL: no memory for it */
    struct database **todo;    /* of the thread that loads rules: asked for and not made */
    size_t todo_n, todo_room;
};

static unsigned threads_of_machine(void)
{
    cpu_set_t set;
    int n = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;

    return n < 1 ? 1 : n > STORE_THREADS ? STORE_THREADS : (unsigned)n;
}

struct literals_store *literals_store_new(const char *cache_dir)
{
    struct literals_store *s = calloc(1, sizeof *s);

    if (s == NULL || (cache_dir != NULL && (s->dir = strdup(cache_dir)) == NULL)) {
        free(s);
        return NULL;
    }
    pthread_mutex_init(&s->lock, NULL);
    s->large = large_new();
    s->users = 1;
    s->threads = threads_of_machine();
    return s;
}

struct regex **store_regexes(struct literals_store *s, uint64_t hash) { return &s->regex[hash % STORE_REGEXES]; }

void store_lock(struct literals_store *s) { pthread_mutex_lock(&s->lock); }

void store_unlock(struct literals_store *s) { pthread_mutex_unlock(&s->lock); }

void store_enter(struct literals_store *s) { s->users++; }

void store_leave(struct literals_store *s)
{
    pthread_mutex_lock(&s->lock);
    bool last = --s->users == 0;
    pthread_mutex_unlock(&s->lock);
    if (last) {
        pthread_mutex_destroy(&s->lock);
        free((void *)s->todo);
        free(s->dir);
        large_free(s->large);
        free(s);
    }
}

void literals_store_free(struct literals_store *s)
{
    if (s != NULL) {
        store_leave(s);
    }
}

struct literals_made literals_store_told(const struct literals_store *s)
{
    return s->last;
}

static struct database **place_of(struct literals_store *s, const struct cache_key *key)
{
    struct database **at = &s->bucket[key->word[0] % STORE_BUCKETS];

    while (*at != NULL && memcmp(&(*at)->key, key, sizeof *key) != 0) {
        at = &(*at)->next;
    }
    return at;
}

/* One that was asked for, and given back before it was made. */
static void todo_drop(struct literals_store *s, const struct database *d)
{
    for (size_t i = 0; d->hs == NULL && i < s->todo_n; i++) {
        if (s->todo[i] == d) {
            s->todo[i] = s->todo[--s->todo_n];
            return;
        }
    }
}

void database_release(struct database *d)
{
    struct literals_store *s = d != NULL ? d->store : NULL;

    if (d == NULL) {
        return;
    }
    pthread_mutex_lock(&s->lock);
    bool last = --d->users == 0;
    if (last) {
        *place_of(s, &d->key) = d->next;
        todo_drop(s, d);
    }
    if (last && d->placed != 0) {
        large_give(s->large, d->hs, d->placed);
    }
    pthread_mutex_unlock(&s->lock);
    if (last) {
        patterns_fini(&d->patterns);
        (void)hs_free_database(d->placed == 0 ? d->hs : NULL);
        free(d);
        store_leave(s);
    }
}

static bool todo_add(struct literals_store *s, struct database *d)
{
    if (s->todo_n == s->todo_room) {
        size_t room = s->todo_room ? s->todo_room * 2 : 64;
        struct database **more = realloc((void *)s->todo, room * sizeof *more);
        if (more == NULL) {
            return false;
        }
        s->todo = more;
        s->todo_room = room;
    }
    s->todo[s->todo_n++] = d;
    return true;
}

struct database *database_of(struct literals_store *s, struct patterns *p)
{
    struct cache_key key = patterns_key(p);

    pthread_mutex_lock(&s->lock);
    struct database **at = place_of(s, &key), *d = *at;
    if (d != NULL) {
        d->users++;
        s->now.shared++;
    } else if ((d = calloc(1, sizeof *d)) != NULL && todo_add(s, d)) {
        *d = (struct database){ .key = key, .users = 1, .store = s, .patterns = *p };
        *p = (struct patterns){ 0 };
        *at = d;
        s->users++;
    } else {
        free(d);
        d = NULL;
    }
    pthread_mutex_unlock(&s->lock);
    patterns_fini(p);
    return d;
}

/* As it is kept on disk; beside the others where there is room.  False: another library made it after all. */
static bool database_put(struct literals_store *s, struct database *d, const char *bytes, size_t n)
{
    size_t size;

    if (hs_serialized_database_size(bytes, n, &size) != HS_SUCCESS) {
        return false;
    }
    pthread_mutex_lock(&s->lock);
    void *at = s->large != NULL ? large_take(s->large, size) : NULL;
    pthread_mutex_unlock(&s->lock);
    if (at == NULL) {
        return hs_deserialize_database(bytes, n, &d->hs) == HS_SUCCESS;
    }
    bool good = hs_deserialize_database_at(bytes, n, at) == HS_SUCCESS;
    if (good) {
        d->hs = at;
        d->placed = size;
    } else {
        pthread_mutex_lock(&s->lock);
        large_give(s->large, at, size);
        pthread_mutex_unlock(&s->lock);
    }
    return good;
}

static bool database_load(struct literals_store *s, struct database *d)
{
    size_t n;
    char *bytes = cache_load(s->dir, &d->key, &n);
    bool good = bytes != NULL && database_put(s, d, bytes, n);

    free(bytes);
    return good;
}

static void database_compile(struct literals_store *s, struct database *d, bool cached)
{
    hs_database_t *made = patterns_compile(&d->patterns, &d->err);
    char *bytes = NULL;
    size_t n = 0;

    if (made == NULL || hs_serialize_database(made, &bytes, &n) != HS_SUCCESS) {
        d->hs = made;
        return;
    }
    if (cached) {
        cache_store(s->dir, &d->key, bytes, n);
    }
    if (database_put(s, d, bytes, n)) {
        (void)hs_free_database(made);
    } else {
        d->hs = made;
    }
    free(bytes);
}

static void database_make(struct literals_store *s, struct database *d)
{
    bool cached = s->dir != NULL && d->patterns.n >= CACHE_LITERALS_MIN;

    d->loaded = cached && database_load(s, d);
    if (!d->loaded) {
        database_compile(s, d, cached);
    }
    if (d->hs != NULL && hs_database_size(d->hs, &d->bytes) != HS_SUCCESS) {
        err_set(&d->err, "compiled literals cannot be read");
    }
    patterns_fini(&d->patterns);
    d->patterns = (struct patterns){ 0 };
}

struct making {
    struct literals_store *store;
    _Atomic size_t next;
};

static void *making_main(void *arg)
{
    struct making *m = arg;

    for (size_t i; (i = atomic_fetch_add(&m->next, 1)) < m->store->todo_n;) {
        database_make(m->store, m->store->todo[i]);
    }
    return NULL;
}

static int larger_first(const void *a, const void *b)
{
    const struct database *x = *(struct database *const *)a, *y = *(struct database *const *)b;

    return x->patterns.n > y->patterns.n ? -1 : x->patterns.n < y->patterns.n;
}

bool literals_store_make(struct literals_store *s, struct err *err)
{
    struct making m = { .store = s };
    pthread_t thread[STORE_THREADS];
    unsigned started = 0;
    bool good = true;

    if (s->todo_n != 0) {
        qsort((void *)s->todo, s->todo_n, sizeof *s->todo, larger_first);
    }
    while (started + 1 < s->threads && started + 1 < s->todo_n && pthread_create(&thread[started], NULL, making_main, &m) == 0) {
        started++;
    }
    making_main(&m); /* this thread too: no other is needed */
    for (unsigned i = 0; i < started; i++) {
        pthread_join(thread[i], NULL);
    }
    for (size_t i = 0; i < s->todo_n; i++) {
        const struct database *d = s->todo[i];
        s->now.loaded += d->loaded;
        s->now.compiled += !d->loaded;
        if (good && d->err.text[0] != '\0') {
            good = err_set(err, "%s", d->err.text);
        }
    }
    s->last = s->now;
    s->now = (struct literals_made){ 0 };
    s->todo_n = 0;
    return good;
}
