/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * literals - the inside of match/'s literal databases, shared by literals.c, near.c, store.c and cache.c and nobody else.
 *
 * What is wanted near the start only stands in a table of our own.  The others are one database of the pattern library, the
 * short ones too: apart from the long they cost a second look at each byte, together with them nothing that we could measure.
 * Where the database would hold a few only, and for single bytes, which the library loses, they are searched for one by
 * one: the library's call costs more than that; likewise where a few short ones would slow down all others (literals_new_raw).  Everything here is immutable once made.
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
    uint32_t tail, tail_fold;   /* the last four, of a longer one: many begin alike */
    uint32_t id, at;            /* at: of its bytes in the pool */
    uint16_t n;
    uint8_t place;
    bool nocase;                /* bytes are lower case then */
};
struct near {
    uint32_t literal_n, one_n;
    uint8_t place[LITERAL_NEAR]; /* ascending: where some literal of two and more bytes may begin */
    unsigned place_n;
    uint32_t *start;            /* [NEAR_BUCKETS + 1]: literals by bucket of their key */
    uint8_t *key;               /* 2 ^ key_bits bits, by a hash of place and pair: something may begin so */
    unsigned key_bits;
    struct near_literal *literal, *one; /* of two bytes and more, once for each place and spelling of the pair; of one byte */
    uint8_t *pool;
    size_t bytes;
};
bool near_init(struct near *s, const struct literal *l, size_t n, struct err *err);
void near_fini(struct near *s);
void near_scan(const struct near *s, struct bytes b, uint64_t base, void (*hit)(void *ctx, uint32_t id), void *ctx);

/* sift.c: says of a short buffer that no literal of a database is in it. */
enum { SIFT_BYTES = 4, SIFT_LITERALS = 64 /* of larger sets, most buffers pass */ };
struct sift {
    uint8_t low[SIFT_BYTES][16], high[SIFT_BYTES][16]; /* by half of byte k: bit g: a literal of group g may have it */
    uint32_t reach;             /* bytes: longer buffers are not sifted */
};
void sift_init(struct sift *s, const struct literal *const *l, unsigned n);
bool sift_passes(const struct sift *s, struct bytes b); /* false: no literal is in it */

/* Anywhere, one by one. */
struct few_literal {
    struct bytes bytes;         /* a copy; lower case when nocase */
    bool nocase;
    uint32_t id;
};
/* A database that is asked of the store: what stands in it decides which, so that it is shared. */
struct patterns {
    char *text;
    const char **pattern;
    unsigned *flags, *id;
    unsigned n;
};
struct cache_key {
    uint64_t word[2];
};
struct database {
    struct database *next;      /* in the store */
    struct cache_key key;
    struct literals_store *store;
    uint32_t users;             /* under the store's lock */
    hs_database_t *hs;          /* NULL: not made yet */
    size_t bytes;
    size_t placed;              /* of the store's large pages that it lies in; 0: it does not */
    bool loaded;                /* from disk */
    struct patterns patterns;   /* until it is made */
    struct err err;
};
/* What a database is filled up with: bytes that look like nothing, the same ones always. */
struct filler {
    uint8_t bytes[12];
};
struct filler literals_filler(unsigned i);
void patterns_fini(struct patterns *p);
struct cache_key patterns_key(const struct patterns *p);
hs_database_t *patterns_compile(const struct patterns *p, struct err *err);
/* Takes *p over; NULL: not enough memory. */
struct database *database_of(struct literals_store *s, struct patterns *p);
void database_release(struct database *d);

/* A regular expression that is shared by its text and options; both are 0 in one that is its owner's alone. */
struct regex_shared {
    struct regex *next;         /* in the store */
    struct literals_store *store;
    char *pattern;
    uint64_t hash;              /* of pattern and options */
    uint32_t options, users;    /* users: under the store's lock */
};
/* store.c: the chain for a hash, under the lock; a user more, under it too; and one fewer. */
struct regex **store_regexes(struct literals_store *s, uint64_t hash);
void store_lock(struct literals_store *s);
void store_unlock(struct literals_store *s);
void store_enter(struct literals_store *s);
void store_leave(struct literals_store *s);
struct regex_shared *regex_shared_of(struct regex *r);
void regex_release(struct regex *r); /* of a shared one: the last user frees it */
void regex_destroy(struct regex *r);

struct literals {
    struct database *db;        /* NULL: it would hold a few at most */
    uint32_t *id;               /* of the database's literals, as the callback is told */
    uint32_t id_n;              /* what it finds beyond them only fills it */
    size_t shortest;            /* of the database's */
    struct sift sift;           /* of the database */
    struct near near;
    struct few_literal *few;
    uint32_t few_n;
    size_t longest;
};

/* Compiled databases on disk: files named by their key, private to the user, replaced whole.  Whatever is not exactly
 * what was written is as good as absent. */
void cache_key_add(struct cache_key *k, const void *p, size_t n);
char *cache_load(const char *dir, const struct cache_key *k, size_t *n); /* freed by the caller; NULL: none */
void cache_store(const char *dir, const struct cache_key *k, const char *p, size_t n); /* failure is silent: only slower next time */

#endif
