/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * match - algorithms over libraries: many literals at once, one literal, one regular expression.
 *
 * Databases are immutable and shared; scratch belongs to a worker.  Literals are at least one byte; those wanted near the
 * start, short ones and few ones are looked for apart from the others (literals.h says how).
 */
#ifndef MATCH_MATCH_H
#define MATCH_MATCH_H

#include "base/err.h"
#include "base/rd.h"

struct literal {
    struct bytes bytes;
    bool nocase;
    uint32_t id;              /* told to the callback */
    uint32_t from, depth;     /* only wanted when it begins at `from` or later and ends within so many first bytes; depth 0: anywhere.
                                 Heeded when literal_near */
};
enum { LITERAL_SHORT = 4 /* bytes; shorter ones tell less than a few ports do */, LITERAL_NEAR = 64, LITERAL_PLACES = 8 };
/* Wanted near the start and at a few places only: such a literal costs next to nothing. */
static inline bool literal_near(size_t n, uint32_t from, uint32_t depth)
{
    return n != 0 && depth <= LITERAL_NEAR && from + n <= depth && depth - n - from < LITERAL_PLACES;
}

struct literals;              /* compiled: many literals */
struct match_scratch;         /* a worker's, large enough for all databases it was told of */

/* Databases by what is in them, for all that ask for the same; freed with the last of them.  One thread at a time asks and makes;
 * cache_dir: read and written when not NULL; keyed by content, library version and processor. */
struct literals_store;
struct literals_store *literals_store_new(const char *cache_dir);
void literals_store_free(struct literals_store *s);
struct literals *literals_new(struct literals_store *store, const struct literal *l, size_t n, struct err *err);
struct literals *literals_new_raw(struct literals_store *store, const struct literal *l, size_t n, struct err *err); /* of what is long, and mostly no text */
/* Makes what literals_new asked for and was not there: before that nothing is scanned. */
bool literals_store_make(struct literals_store *s, struct err *err);
struct literals_made {
    unsigned shared, loaded, compiled; /* databases: there already, from disk, anew */
};
struct literals_made literals_store_told(const struct literals_store *s); /* of the last literals_store_make */
/* Removes compiled databases that were last used more than `age` seconds ago; looks for them once in an eighth of that time. */
void literals_cache_prune(const char *cache_dir, uint32_t age);
void literals_free(struct literals *l);
size_t literals_bytes(const struct literals *l);
size_t literals_longest(const struct literals *l); /* bytes of the longest */
struct match_scratch *match_scratch_new(void);
bool match_scratch_fit(struct match_scratch *s, const struct literals *l, struct err *err);
void match_scratch_free(struct match_scratch *s);
/* Calls hit(ctx, id) for each literal found, at least once each (may repeat), in no order.  `b` begins at byte `base` of what
 * literals near the start are near the start of. */
void literals_scan(const struct literals *l, struct match_scratch *s, struct bytes b, uint64_t base, void (*hit)(void *ctx, uint32_t id), void *ctx);

/* One literal in bytes[from..]: offset of the first occurrence at or after `from`; SIZE_MAX none. */
size_t literal_find(struct bytes hay, size_t from, struct bytes needle, bool nocase /* needle is lower case */);
/* Does it stand in what most traffic has?  Then it tells little wherever it is found. */
bool literal_usual(struct bytes needle, bool nocase /* needle is lower case */);

struct regex;                 /* PCRE2, JIT where it can */
struct regex_scratch;         /* a worker's */
struct regex *regex_compile(const char *pattern, uint32_t options, struct err *err);
/* The same for the same pattern and options, over all rulesets of the store; given back with regex_free.  Any thread. */
struct regex *regex_shared(struct literals_store *s, const char *pattern, uint32_t options, struct err *err);
void regex_free(struct regex *r);
struct regex_scratch *regex_scratch_new(uint32_t match_limit, uint32_t depth_limit);
void regex_scratch_free(struct regex_scratch *s);
enum regex_result { REGEX_NO, REGEX_YES, REGEX_LIMIT };
/* Searches from `from`; on YES *start and *end are set, and groups 1.. can be asked. */
enum regex_result regex_find(const struct regex *r, struct regex_scratch *s, struct bytes hay, size_t from, size_t *start, size_t *end);
bool regex_group(const struct regex_scratch *s, unsigned group, size_t *start, size_t *end);

#endif
