/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { TEXT_FIRST = 1024, TEXT_MAX_PRESET = 64 << 20 };

void text_init(struct text *t, size_t max)
{
    *t = (struct text){ .max = max != 0 ? max : TEXT_MAX_PRESET };
}

void text_fini(struct text *t)
{
    free(t->p);
    *t = (struct text){ .max = t->max };
}

bool text_reserve(struct text *t, size_t n)
{
    if (n <= t->room - t->n) {
        return true;
    }
    if (n > t->max - t->n) {
        t->cut = true;
        return false;
    }
    size_t want = t->room * 2 < TEXT_FIRST ? TEXT_FIRST : t->room * 2;
    want = want < t->n + n ? t->n + n : want;
    want = want > t->max ? t->max : want;
    char *p = realloc(t->p, want);
    if (p == NULL) {
        t->cut = true;
        return false;
    }
    t->p = p;
    t->room = want;
    return true;
}

void text_add(struct text *t, const void *p, size_t n)
{
    if (n > t->room - t->n && !text_reserve(t, n)) {
        /* What still fits is kept; nothing after it, for `cut` may already have been seen. */
        n = t->room - t->n < n ? t->room - t->n : n;
    }
    if (n > 0) {
        memcpy(t->p + t->n, p, n);
        t->n += n;
    }
}

void text_str(struct text *t, const char *s) { text_add(t, s, strlen(s)); }

void text_byte(struct text *t, char c)
{
    if (t->n < t->room || text_reserve(t, 1)) {
        t->p[t->n++] = c;
    }
}

/* How many decimal digits: by the binary ones, which may be one too many. */
static size_t digits_of(uint64_t v)
{
    static const uint64_t powers[20] = {
        0, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000, 10000000000, 100000000000, 1000000000000, 10000000000000,
        100000000000000, 1000000000000000, 10000000000000000, 100000000000000000, 1000000000000000000, 10000000000000000000ULL,
    };
    unsigned n = (64 - (unsigned)__builtin_clzll(v | 1)) * 1233 >> 12;

    return n + (v >= powers[n]);
}

size_t text_digits(uint64_t v, char out[20])
{
    static const char pairs[] = "0001020304050607080910111213141516171819"
                                "2021222324252627282930313233343536373839"
                                "4041424344454647484950515253545556575859"
                                "6061626364656667686970717273747576777879"
                                "8081828384858687888990919293949596979899";
    size_t n = digits_of(v);

    for (size_t at = n; at > 1; v /= 100) {
        at -= 2;
        memcpy(out + at, pairs + v % 100 * 2, 2);
    }
    if (n % 2 != 0) {
        out[0] = (char)('0' + v);
    }
    return n;
}

void text_u64(struct text *t, uint64_t v)
{
    char digits[20];

    text_add(t, digits, text_digits(v, digits));
}

void text_printf(struct text *t, const char *format, ...)
{
    va_list args, again;

    va_start(args, format);
    va_copy(again, args);
    size_t room = t->room - t->n;
    int n = vsnprintf(room > 0 ? t->p + t->n : NULL, room, format, args);
    if (n > 0 && (size_t)n < room) {
        t->n += (size_t)n;
    } else if (n > 0 && text_reserve(t, (size_t)n + 1)) {
        t->n += (size_t)vsnprintf(t->p + t->n, (size_t)n + 1, format, again);
    }
    va_end(again);
    va_end(args);
}
