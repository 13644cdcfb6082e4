/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * literals - the inside of match/'s literal databases, shared by literals.c, near.c and cache.c and nobody else.
 *
 * What is wanted near the start only stands in a table of our own.  Of the others, those of four bytes and more are one database
 * of the pattern library, those of two and three another, because they slow the first down by a factor; where a database
 * would hold a few only, and for single bytes, which the library loses, they are searched for one by one: the library's
 * call costs more than that.  Everything here is immutable once made.
 */
#ifndef MATCH_LITERALS_H
#define MATCH_LITERALS_H

#include "match/match.h"

#include <hs.h>

enum { CACHE_LITERALS_MIN = 32, FEW_MAX = 2, NEAR_BUCKETS = 1024 };

static inline bool literal_is_near(const struct literal *l) { return literal_near(l->bytes.n, l->from, l->depth); }

/* Near the start: found by the place and the pair of bytes they begin with. */
struct near_literal {
    uint32_t head, fold, mask;  /* the first four bytes; bits to set before comparing; those that count */
    uint32_t id;
    uint16_t place, n;
    bool nocase;                /* bytes are lower case then */
    const uint8_t *bytes;       /* in the pool */
};
struct near {
    uint32_t literal_n, one_n;
    uint64_t places;            /* bit i: some literal of two and more bytes may begin at byte i */
    uint32_t *start;            /* [NEAR_BUCKETS + 1]: literals by bucket of their key */
    uint64_t *key;              /* 65,536 bits, by place and pair: something may begin so */
    struct near_literal *literal, *one; /* of two bytes and more, once for each place and spelling of the pair; of one byte */
    uint8_t *pool;
    size_t bytes;
};
bool near_init(struct near *s, const struct literal *l, size_t n, struct err *err);
void near_fini(struct near *s);
void near_scan(const struct near *s, struct bytes b, uint64_t base, void (*hit)(void *ctx, uint32_t id), void *ctx);

enum { DB_LONG, DB_SHORT, DB_N };
/* Anywhere, one by one. */
struct few_literal {
    struct bytes bytes;         /* a copy; lower case when nocase */
    bool nocase;
    uint32_t id;
};
struct literals {
    hs_database_t *db[DB_N];    /* NULL: it would be empty */
    size_t db_bytes;
    struct near near;
    struct few_literal *few;
    uint32_t few_n;
};

/* Compiled databases on disk: files named by their key, private to the user, replaced whole.  Whatever is not exactly
 * what was written is as good as absent. */
struct cache_key {
    uint64_t word[2];
};
void cache_key_add(struct cache_key *k, const void *p, size_t n);
char *cache_load(const char *dir, const struct cache_key *k, size_t *n); /* freed by the caller; NULL: none */
void cache_store(const char *dir, const struct cache_key *k, const char *p, size_t n); /* failure is silent: only slower next time */

#endif
