/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "flow/flow_buckets.h"

#include "base/err.h"
#include "base/map.h"

enum { MOVED_AN_INSERTION = 2, HUGE_FROM = 4 << 20 };

_Static_assert(sizeof(struct bucket) == 64, "one cache line");

/* Nearly every look-up of a big table would wait for a page walk without large pages. */
static struct bucket *map(uint64_t n)
{
    size_t bytes = n * sizeof(struct bucket);
    struct bucket *p = map_take(bytes, bytes < MAP_LARGE_PAGE ? 4096 : MAP_LARGE_PAGE);

    if (p != NULL && bytes >= HUGE_FROM) {
        map_large(p, bytes);
    }
    return p;
}

static void unmap(struct bucket *p, uint64_t n) { map_give(p, n * sizeof(struct bucket)); }

bool flow_buckets_init(struct flow_buckets *b, uint64_t buckets, uint64_t max_bytes)
{
    uint64_t n = 64;

    while (n < buckets && n < UINT32_MAX) {
        n *= 2;
    }
    *b = (struct flow_buckets){ .array = map(n), .mask = n - 1, .max_bytes = max_bytes };
    return b->array != NULL;
}

void flow_buckets_fini(struct flow_buckets *b)
{
    unmap(b->array, b->mask + 1);
    unmap(b->old, b->old_mask + 1);
    b->array = b->old = NULL;
}

uint64_t flow_buckets_bytes(const struct flow_buckets *b)
{
    return (b->mask + 1 + (b->old ? b->old_mask + 1 : 0)) * sizeof(struct bucket);
}

/* A flow in a bucket itself has no chain: the move of one bucket's to another touches none. */
static void put(struct bucket *bucket, struct flow *f, uint32_t tag)
{
    for (unsigned i = 0; i < BUCKET_FLOWS; i++) {
        if (!bucket->flow[i]) {
            bucket->flow[i] = f;
            bucket->tag[i] = tag;
            return;
        }
    }
    f->chain = bucket->more;
    bucket->more = f;
    bucket->chained |= flow_bucket_chained(tag);
}

static void move_one(struct flow_buckets *b)
{
    struct bucket *from = &b->old[b->moved++];

    for (unsigned i = 0; i < BUCKET_FLOWS; i++) {
        if (from->flow[i]) {
            put(&b->array[from->tag[i] & b->mask], from->flow[i], from->tag[i]);
        }
    }
    while (from->more) {
        struct flow *f = from->more;
        uint32_t tag = flow_bucket_tag(f->hash);
        from->more = f->chain;
        f->chain = NULL;
        put(&b->array[tag & b->mask], f, tag);
    }
    if (b->moved > b->old_mask) {
        unmap(b->old, b->old_mask + 1);
        b->old = NULL;
    }
}

static void grow(struct flow_buckets *b)
{
    uint64_t n = 2 * (b->mask + 1);
    struct bucket *array;

    if (n * sizeof(struct bucket) > b->max_bytes || !(array = map(n))) {
        return;
    }
    b->old = b->array;
    b->old_mask = b->mask;
    b->moved = 0;
    b->array = array;
    b->mask = n - 1;
}

void flow_buckets_add(struct flow_buckets *b, struct flow *f)
{
    for (unsigned i = 0; i < MOVED_AN_INSERTION && b->old; i++) {
        move_one(b);
    }
    if (!b->old && b->n * 8 >= (b->mask + 1) * BUCKET_FLOWS * 5) {
        grow(b);
    }
    f->chain = NULL;
    put(flow_bucket(b, f->hash), f, flow_bucket_tag(f->hash));
    b->n++;
}

static void chain_drop(struct bucket *bucket, struct flow *f)
{
    struct flow **at = &bucket->more;

    while (*at != f) {
        bug_if(!*at);
        at = &(*at)->chain;
    }
    *at = f->chain;
    f->chain = NULL;
    if (!bucket->more) {
        bucket->chained = 0;
    }
}

void flow_buckets_remove(struct flow_buckets *b, struct flow *f)
{
    struct bucket *bucket = flow_bucket(b, f->hash);

    b->n--;
    for (unsigned i = 0; i < BUCKET_FLOWS; i++) {
        if (bucket->flow[i] == f) {
            struct flow *next = bucket->more; /* so that chains stay short */
            bucket->flow[i] = next;
            if (next) {
                bucket->tag[i] = flow_bucket_tag(next->hash);
                chain_drop(bucket, next);
            }
            return;
        }
    }
    chain_drop(bucket, f);
}
