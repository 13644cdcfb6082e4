/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "match/match.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

static uint8_t fold(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
}

/* Do the n bytes at p read as the needle does?  The needle is lower case when `nocase`. */
static bool same(const uint8_t *p, const uint8_t *needle, size_t n, bool nocase)
{
    if (!nocase) {
        return memcmp(p, needle, n) == 0;
    }
    for (size_t i = 0; i < n; i++) {
        if (fold(p[i]) != needle[i]) {
            return false;
        }
    }
    return true;
}

static size_t find_slow(struct bytes hay, size_t from, struct bytes needle, bool nocase)
{
    for (size_t at = from; at + needle.n <= hay.n; at++) {
        if ((nocase ? fold(hay.p[at]) : hay.p[at]) == needle.p[0] && same(hay.p + at, needle.p, needle.n, nocase)) {
            return at;
        }
    }
    return SIZE_MAX;
}

#ifdef __SSE2__
static uint8_t case_bit(uint8_t c, bool nocase)
{
    return nocase && c >= 'a' && c <= 'z' ? 0x20 : 0;
}

/* A needle's first and last byte, and what makes a letter of either case lower. */
struct ends {
    __m128i first, last, first_case, last_case;
};

/* Of sixteen places from p on, those where the first byte stands and the last one behind it. */
static inline __m128i ends_at(const struct ends *e, const uint8_t *p, size_t last)
{
    __m128i a = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m128i b = _mm_loadu_si128((const __m128i *)(const void *)(p + last));

    return _mm_and_si128(_mm_cmpeq_epi8(_mm_or_si128(a, e->first_case), e->first), _mm_cmpeq_epi8(_mm_or_si128(b, e->last_case), e->last));
}

/* The first of those places that the whole needle stands at. */
static inline size_t ends_check(struct bytes hay, size_t at, __m128i found, struct bytes needle, bool nocase)
{
    for (unsigned places = (unsigned)_mm_movemask_epi8(found); places != 0; places &= places - 1) {
        size_t here = at + (unsigned)__builtin_ctz(places);
        if (same(hay.p + here, needle.p, needle.n, nocase)) {
            return here;
        }
    }
    return SIZE_MAX;
}

/* 32 places at once, then 16, the last ones over some that were looked at.  Fewer places than that: one by one. */
static size_t find_wide(struct bytes hay, size_t from, struct bytes needle, bool nocase)
{
    const size_t last = needle.n - 1;
    const struct ends e = {
        _mm_set1_epi8((char)needle.p[0]), _mm_set1_epi8((char)needle.p[last]),
        _mm_set1_epi8((char)case_bit(needle.p[0], nocase)), _mm_set1_epi8((char)case_bit(needle.p[last], nocase)),
    };
    size_t at = from, found = SIZE_MAX;

    if (hay.n - from < last + 16) {
        return find_slow(hay, from, needle, nocase);
    }
    for (; at + last + 32 <= hay.n && found == SIZE_MAX; at += 32) {
        __m128i low = ends_at(&e, hay.p + at, last), high = ends_at(&e, hay.p + at + 16, last);
        if (_mm_movemask_epi8(_mm_or_si128(low, high)) != 0) {
            found = ends_check(hay, at, low, needle, nocase);
            found = found != SIZE_MAX ? found : ends_check(hay, at + 16, high, needle, nocase);
        }
    }
    for (const size_t end = hay.n - last - 16; found == SIZE_MAX && at < end + 16; at += 16) {
        at = at < end ? at : end;
        found = ends_check(hay, at, ends_at(&e, hay.p + at, last), needle, nocase);
    }
    return found;
}
#endif

size_t literal_find(struct bytes hay, size_t from, struct bytes needle, bool nocase)
{
    if (needle.n == 0) {
        return from <= hay.n ? from : SIZE_MAX;
    }
    if (from > hay.n || needle.n > hay.n - from) {
        return SIZE_MAX;
    }
#ifdef __SSE2__
    return find_wide(hay, from, needle, nocase);
#else
    return find_slow(hay, from, needle, nocase);
#endif
}
