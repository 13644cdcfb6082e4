/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * literals - the inside of match/'s literal databases, shared by literals.c, shorts.c and cache.c and nobody else.
 *
 * Literals of four bytes and more are one database of the pattern library, those of two and three another, because they
 * slow the first down by a factor; what is wanted near the start only, and single bytes, stand in tables of our own.
 * Everything here is immutable once made.
 */
#ifndef MATCH_LITERALS_H
#define MATCH_LITERALS_H

#include "match/match.h"

#include <hs.h>

enum { CACHE_LITERALS_MIN = 32 };

/* Of one to three bytes, wanted near the start. */
static inline bool literal_is_near(const struct literal *l) { return l->bytes.n != 0 && literal_has_depth(l->bytes.n, l->depth); }
/* Of one byte, wanted anywhere: the library loses matches of such. */
static inline bool literal_is_byte(const struct literal *l) { return l->bytes.n == 1 && !literal_is_near(l); }

struct short_literal {
    uint8_t bytes[3], n;
    bool nocase;      /* bytes are lower case then */
    uint32_t depth;
    uint32_t id;
};
struct shorts {
    uint32_t near_n, byte_n;
    uint32_t reach;             /* the near ones end within so many bytes */
    uint32_t start[257];        /* of those that begin with a byte; one without case stands under both */
    uint64_t *pair;             /* 65,536 bits: some near literal can begin with these two; NULL: none */
    struct short_literal *near, *byte;
};
bool shorts_init(struct shorts *s, const struct literal *l, size_t n, struct err *err);
void shorts_fini(struct shorts *s);
size_t shorts_bytes(const struct shorts *s);
void shorts_scan(const struct shorts *s, struct bytes b, void (*hit)(void *ctx, uint32_t id, size_t end), void *ctx);

/* Two databases of the library: literals of two or three bytes would slow that of the longer ones down by a factor. */
enum { DB_LONG, DB_SHORT, DB_N };
struct literals {
    hs_database_t *db[DB_N];  /* NULL: it would be empty */
    size_t db_bytes;
    struct shorts shorts;
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
