/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/shared.h"

#include "base/hash.h"
#include "base/slab.h"

#include <pthread.h>
#include <stdlib.h>

enum { SHARDS = 64, ENTRY_COST = 160 /* bytes an entry costs with its share of buckets */ };

struct shard {
    alignas(64) pthread_mutex_t lock;
    struct shared_entry **bucket;
    struct slab *entries;
    uint32_t room;
    uint32_t hand;            /* where the search for expired entries goes on */
};

struct detect_shared {
    struct shard shard[SHARDS];
    struct turns *turns;
    uint64_t seed;
};

static uint64_t key_hash(const struct detect_shared *s, const struct shared_key *k)
{
    uint64_t h = hash_word(k->id ^ s->seed);

    h = hash_word(h ^ k->a.q[0]) + k->a.q[1];
    h = hash_word(h ^ k->b.q[0]) + k->b.q[1];
    return hash_word(h ^ ((uint64_t)k->tenant << 32 | (uint64_t)k->kind << 16 | (uint64_t)k->family << 8 | k->track));
}

static bool key_same(const struct shared_key *x, const struct shared_key *y)
{
    return x->id == y->id && addr_equal(&x->a, &y->a) && addr_equal(&x->b, &y->b) && x->tenant == y->tenant && x->kind == y->kind &&
           x->family == y->family && x->track == y->track;
}

struct detect_shared *detect_shared_new(const struct detect_settings *s, struct turns *turns)
{
    struct detect_shared *shared = aligned_alloc(64, sizeof *shared);

    if (!shared) {
        return NULL;
    }
    memset(shared, 0, sizeof *shared);
    shared->turns = turns;
    shared->seed = hash_random_seed(); /* nothing is told in the table's order */
    uint64_t memcap = s->memcap_thresholds ? s->memcap_thresholds : 16 << 20;
    for (unsigned i = 0; i < SHARDS; i++) {
        struct shard *d = &shared->shard[i];
        uint32_t max = (uint32_t)(memcap / ENTRY_COST / SHARDS + 1);
        for (d->room = 64; d->room < max; d->room *= 2) {
        }
        d->bucket = calloc(d->room, sizeof(*d->bucket));
        d->entries = slab_new(sizeof(struct shared_entry), max);
        if (!d->bucket || !d->entries || pthread_mutex_init(&d->lock, NULL) != 0) {
            detect_shared_free(shared);
            return NULL;
        }
    }
    return shared;
}

void detect_shared_free(struct detect_shared *s)
{
    for (unsigned i = 0; s && i < SHARDS; i++) {
        struct shard *d = &s->shard[i];
        if (d->bucket && d->entries) {
            pthread_mutex_destroy(&d->lock);
        }
        slab_free(d->entries);
        free(d->bucket);
    }
    free(s);
}

struct turns *shared_turns(struct detect_shared *s)
{
    return s->turns;
}

static struct shard *shard_of(struct detect_shared *s, uint64_t hash)
{
    return &s->shard[hash >> 58];
}

/* Looks through a part of the shard, each time a further one; frees what has expired. */
static bool shard_expire(struct shard *d, uint64_t now)
{
    bool any = false;

    for (unsigned i = 0; i < 64; i++) {
        struct shared_entry **at = &d->bucket[d->hand++ & (d->room - 1)];
        while (*at) {
            struct shared_entry *e = *at;
            if (e->expires != 0 && e->expires < now) {
                *at = e->next;
                slab_give(d->entries, e);
                any = true;
            } else {
                at = &e->next;
            }
        }
    }
    return any;
}

static struct shared_entry *shard_add(struct shard *d, const struct shared_key *key, uint64_t hash, uint64_t now)
{
    struct shared_entry *e = slab_take(d->entries);

    if (!e && shard_expire(d, now)) {
        e = slab_take(d->entries);
    }
    if (!e) {
        return NULL;
    }
    struct shared_entry **at = &d->bucket[(uint32_t)hash & (d->room - 1)];
    *e = (struct shared_entry){ .key = *key, .next = *at };
    *at = e;
    return e;
}

struct shared_entry *shared_get(struct detect_shared *s, unsigned worker, const struct shared_key *key, uint64_t now, bool *made)
{
    uint64_t hash = key_hash(s, key);
    struct shard *d = shard_of(s, hash);

    if (s->turns && worker != SHARED_OUTSIDE) {
        turn_wait(s->turns, worker);
    }
    pthread_mutex_lock(&d->lock);
    struct shared_entry **at = &d->bucket[(uint32_t)hash & (d->room - 1)];
    while (*at && !key_same(&(*at)->key, key)) {
        at = &(*at)->next;
    }
    struct shared_entry *e = *at;
    if (made) {
        *made = !e;
        if (!e) {
            e = shard_add(d, key, hash, now);
        }
    }
    return e;
}

void shared_remove(struct detect_shared *s, const struct shared_key *key)
{
    uint64_t hash = key_hash(s, key);
    struct shard *d = shard_of(s, hash);
    struct shared_entry **at = &d->bucket[(uint32_t)hash & (d->room - 1)];

    while (*at && !key_same(&(*at)->key, key)) {
        at = &(*at)->next;
    }
    if (*at) {
        struct shared_entry *e = *at;
        *at = e->next;
        slab_give(d->entries, e);
    }
}

void shared_done(struct detect_shared *s, const struct shared_key *key)
{
    pthread_mutex_unlock(&shard_of(s, key_hash(s, key))->lock);
}
