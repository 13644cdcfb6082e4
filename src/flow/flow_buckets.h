/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * flow_buckets - the hash part of a flow table: one cache line a bucket, growing a little with every insertion.
 *
 * A bucket holds four flows with 32 bits of their hashes, so that a look-up touches its line and the right flow's only;
 * what does not fit hangs on a chain.  When the load passes five eighths, an array twice as large is mapped (zero pages, so it costs
 * nothing yet) and each insertion moves two old buckets over, by those bits alone: the flows' own lines are far away.
 * Inside flow/ only; one table's thread.
 */
#ifndef FLOW_FLOW_BUCKETS_H
#define FLOW_FLOW_BUCKETS_H

#include "flow/flow.h"

#define BUCKET_FLOWS 4

struct bucket {
    struct flow *flow[BUCKET_FLOWS];
    struct flow *more;               /* over flow.chain */
    uint32_t tag[BUCKET_FLOWS];      /* the number of the bucket are its last bits, however many there are */
    uint64_t chained;                /* bit per first six bits of a tag: one such is on the chain, or was */
};

struct flow_buckets {
    struct bucket *array;
    uint64_t mask;
    struct bucket *old;              /* NULL: not growing */
    uint64_t old_mask, moved;        /* old buckets below `moved` are in the new array */
    uint64_t n;
    uint64_t max_bytes;              /* beyond it the array grows no more: chains get longer */
};

bool flow_buckets_init(struct flow_buckets *b, uint64_t buckets, uint64_t max_bytes);
void flow_buckets_fini(struct flow_buckets *b);
uint64_t flow_buckets_bytes(const struct flow_buckets *b);
void flow_buckets_add(struct flow_buckets *b, struct flow *f);    /* by f->hash */
void flow_buckets_remove(struct flow_buckets *b, struct flow *f);

/* The low bits of the hash choose the worker: they may not choose the bucket alone. */
static inline uint32_t flow_bucket_tag(uint64_t hash) { return (uint32_t)((hash * 0x9e3779b97f4a7c15ULL) >> 24); }

static inline uint64_t flow_bucket_chained(uint32_t tag) { return 1ULL << (tag >> 26); }

static inline struct bucket *flow_bucket(const struct flow_buckets *b, uint64_t hash)
{
    uint64_t number = flow_bucket_tag(hash);

    if (__builtin_expect(b->old != NULL, 0) && (number & b->old_mask) >= b->moved) {
        return &b->old[number & b->old_mask];
    }
    return &b->array[number & b->mask];
}

#endif
