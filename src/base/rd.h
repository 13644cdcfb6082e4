/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rd - the one reader of hostile bytes.
 *
 * A reader is two words and a mark on the caller's stack; it borrows the bytes and owns nothing.  Failure is sticky:
 * a read that does not fit empties the reader and marks it bad, every later read yields zero or nothing, so a parser
 * reads straight on and asks once at the end.  Failure does not travel from a sub-reader to its parent: a function owns
 * the readers it makes and its last line asks each of them.  Any thread; no state but the caller's.
 */
#ifndef BASE_RD_H
#define BASE_RD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A run of bytes owned by somebody else.  p is never NULL once made by the functions here, also when n is 0. */
struct bytes {
    const uint8_t *p;
    size_t n;
};

struct rd {
    const uint8_t *p;
    size_t left;
    bool bad;
};

/* Something to point at when there is nothing: NULL + 0 is undefined (C17 6.5.6). */
extern const uint8_t rd_nothing[1];

static inline struct bytes bytes_of(const void *p, size_t n)
{
    return (struct bytes){ .p = n ? (const uint8_t *)p : rd_nothing, .n = n };
}

/* An initialiser for constant tables: { "why", BYTES("ab\0c"), ... }. */
#define BYTES(literal) { .p = (const uint8_t *)(literal), .n = sizeof(literal) - 1 }

static inline struct bytes bytes_none(void) { return (struct bytes){ .p = rd_nothing, .n = 0 }; }

/* The bytes of a C string without its end; for constants, not for traffic. */
static inline struct bytes bytes_str(const char *s) { return bytes_of(s, strlen(s)); }

static inline struct rd rd_of(struct bytes b) { return (struct rd){ .p = b.p, .left = b.n, .bad = false }; }

static inline struct rd rd_make(const void *p, size_t n) { return rd_of(bytes_of(p, n)); }

static inline void rd_fail(struct rd *r)
{
    r->p = rd_nothing;
    r->left = 0;
    r->bad = true;
}

static inline bool rd_ok(const struct rd *r) { return !r->bad; }
static inline size_t rd_left(const struct rd *r) { return r->left; }
/* Read to its end, and nothing failed. */
static inline bool rd_done(const struct rd *r) { return !r->bad && r->left == 0; }

/* The next n bytes; empty, and r bad, when they do not fit.  The only code that moves p. */
static inline struct bytes rd_bytes(struct rd *r, size_t n)
{
    struct bytes b = { .p = r->p, .n = n };

    if (__builtin_expect(n > r->left, 0)) {
        rd_fail(r);
        return bytes_none();
    }
    r->p += n;
    r->left -= n;
    return b;
}

static inline void rd_skip(struct rd *r, size_t n) { (void)rd_bytes(r, n); }

/* All that is left. */
static inline struct bytes rd_rest(struct rd *r) { return rd_bytes(r, r->left); }

/* What is left, without reading it. */
static inline struct bytes rd_peek(const struct rd *r) { return (struct bytes){ .p = r->p, .n = r->left }; }

/* A reader over exactly the next n bytes; bad, as is r, when they do not fit. */
static inline struct rd rd_sub(struct rd *r, size_t n)
{
    struct bytes b = rd_bytes(r, n);
    return (struct rd){ .p = b.p, .left = b.n, .bad = r->bad };
}

static inline uint8_t rd_u8(struct rd *r)
{
    struct bytes b = rd_bytes(r, 1);
    return b.n ? b.p[0] : 0;
}

static inline uint16_t rd_be16(struct rd *r)
{
    struct bytes b = rd_bytes(r, 2);
    return (uint16_t)(b.n ? b.p[0] << 8 | b.p[1] : 0);
}

static inline uint32_t rd_be24(struct rd *r)
{
    struct bytes b = rd_bytes(r, 3);
    return b.n ? (uint32_t)b.p[0] << 16 | (uint32_t)b.p[1] << 8 | b.p[2] : 0;
}

static inline uint32_t rd_be32(struct rd *r)
{
    struct bytes b = rd_bytes(r, 4);
    return b.n ? (uint32_t)b.p[0] << 24 | (uint32_t)b.p[1] << 16 | (uint32_t)b.p[2] << 8 | b.p[3] : 0;
}

static inline uint64_t rd_be64(struct rd *r)
{
    uint64_t high = rd_be32(r);
    return high << 32 | rd_be32(r);
}

static inline uint16_t rd_le16(struct rd *r)
{
    struct bytes b = rd_bytes(r, 2);
    return (uint16_t)(b.n ? b.p[1] << 8 | b.p[0] : 0);
}

static inline uint32_t rd_le32(struct rd *r)
{
    struct bytes b = rd_bytes(r, 4);
    return b.n ? (uint32_t)b.p[3] << 24 | (uint32_t)b.p[2] << 16 | (uint32_t)b.p[1] << 8 | b.p[0] : 0;
}

static inline uint64_t rd_le64(struct rd *r)
{
    uint64_t low = rd_le32(r);
    return (uint64_t)rd_le32(r) << 32 | low;
}

/* Length-prefixed sub-readers, the length in network order. */
static inline struct rd rd_vec8(struct rd *r) { return rd_sub(r, rd_u8(r)); }
static inline struct rd rd_vec16(struct rd *r) { return rd_sub(r, rd_be16(r)); }
static inline struct rd rd_vec24(struct rd *r) { return rd_sub(r, rd_be24(r)); }

/* Up to and without the first `stop`, which is consumed; all that is left, and *found false, when there is none. */
struct bytes rd_until(struct rd *r, uint8_t stop, bool *found);
/* Up to and without the first byte of `stops` (at most 16), which is NOT consumed; all that is left when none is there. */
struct bytes rd_until_any(struct rd *r, const char *stops);
/* A line without its end (CRLF, or LF alone), which is consumed; *found false when no end is there: then all that is left. */
struct bytes rd_line(struct rd *r, bool *found);
/* Skip any of the bytes in `set`; how many were skipped. */
size_t rd_skip_any(struct rd *r, const char *set);

/* Comparisons and small views over bytes; all bounded by n. */
bool bytes_equal(struct bytes a, struct bytes b);
bool bytes_equal_nocase(struct bytes a, struct bytes b);      /* ASCII */
bool bytes_is(struct bytes a, const char *s);                 /* case-sensitive, whole */
bool bytes_is_nocase(struct bytes a, const char *s);
bool bytes_among(struct bytes a, const char *words);          /* is one of `words`, blanks between them; ASCII case aside; NULL: none */
bool bytes_starts(struct bytes a, const char *s);
bool bytes_starts_nocase(struct bytes a, const char *s);
/* Offset of the first `needle`; SIZE_MAX when absent.  An empty needle is found at 0. */
size_t bytes_find(struct bytes hay, struct bytes needle);
size_t bytes_find_byte(struct bytes hay, uint8_t c);
/* b without its first n / last n / from-to; clamped to b. */
struct bytes bytes_from(struct bytes b, size_t n);
struct bytes bytes_head(struct bytes b, size_t n);
/* Without the leading and trailing bytes of `set` (" \t" and the like). */
struct bytes bytes_trim(struct bytes b, const char *set);
/* Decimal, hexadecimal without 0x.  False on anything else, on emptiness, and above UINT64_MAX. */
bool bytes_u64(struct bytes b, uint64_t *out);
bool bytes_hex(struct bytes b, uint64_t *out);

#endif
