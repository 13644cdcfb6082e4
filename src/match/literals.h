/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * literals - the inside of match/'s literal databases, shared by literals.c, shorts.c and cache.c and nobody else.
 *
 * Literals of four bytes and more are one database of the pattern library; shorter ones stand in a table of our own,
 * because they slow that database down by a factor.  Everything here is immutable once made.
 */
#ifndef MATCH_LITERALS_H
#define MATCH_LITERALS_H

#include "match/match.h"

#include <hs.h>

enum { LITERAL_SHORT = 4 /* from so many bytes on a literal is the library's */, CACHE_LITERALS_MIN = 32 };

/* Literals of one to three bytes, found by the first two bytes. */
struct short_literal {
    uint8_t bytes[3], n;
    bool nocase;      /* bytes are lower case then */
    uint32_t id;
};
struct shorts {
    uint32_t n;
    bool single[256];         /* a one-byte literal, in any case it matches */
    uint64_t *pair;           /* 65,536 bits: some literal of two or three bytes can begin with these two; NULL: none */
    struct short_literal *literal;
};
bool shorts_init(struct shorts *s, const struct literal *l, size_t n, struct err *err);
void shorts_fini(struct shorts *s);
size_t shorts_bytes(const struct shorts *s);
/* seen: n bits, cleared; each literal is told once. */
void shorts_scan(const struct shorts *s, uint64_t *seen, struct bytes b, void (*hit)(void *ctx, uint32_t id, size_t end), void *ctx);

struct literals {
    hs_database_t *db;  /* NULL: no literal is long enough */
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
