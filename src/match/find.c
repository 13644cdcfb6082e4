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
        if (same(hay.p + at, needle.p, needle.n, nocase)) {
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

/* Sixteen places at once: where the needle's first and last byte both stand, the rest is compared. */
static size_t find_wide(struct bytes hay, size_t from, struct bytes needle, bool nocase)
{
    size_t last = needle.n - 1, at = from;
    const __m128i first_byte = _mm_set1_epi8((char)needle.p[0]), last_byte = _mm_set1_epi8((char)needle.p[last]);
    const __m128i first_case = _mm_set1_epi8((char)case_bit(needle.p[0], nocase));
    const __m128i last_case = _mm_set1_epi8((char)case_bit(needle.p[last], nocase));

    for (; at + last + 16 <= hay.n; at += 16) {
        __m128i a = _mm_loadu_si128((const __m128i *)(const void *)(hay.p + at));
        __m128i b = _mm_loadu_si128((const __m128i *)(const void *)(hay.p + at + last));
        a = _mm_cmpeq_epi8(_mm_or_si128(a, first_case), first_byte);
        b = _mm_cmpeq_epi8(_mm_or_si128(b, last_case), last_byte);
        unsigned places = (unsigned)_mm_movemask_epi8(_mm_and_si128(a, b));
        for (; places != 0; places &= places - 1) {
            size_t here = at + (unsigned)__builtin_ctz(places);
            if (same(hay.p + here, needle.p, needle.n, nocase)) {
                return here;
            }
        }
    }
    return find_slow(hay, at, needle, nocase);
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
