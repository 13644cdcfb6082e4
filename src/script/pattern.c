/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "script/pattern.h"

#include <ctype.h>
#include <string.h>

#define NOT_FOUND SIZE_MAX
enum { SET_A_STEP = 8 /* bytes of a set of characters */ };

static size_t match(struct pattern *x, size_t s, size_t p);

static size_t fail(struct pattern *x, const char *why)
{
    if (x->wrong == NULL) {
        x->wrong = why;
    }
    return NOT_FOUND;
}

static bool steps(struct pattern *x, size_t n)
{
    x->steps += n;
    if (x->steps_max != 0 && x->steps > x->steps_max) {
        (void)fail(x, "a pattern took too many steps");
    }
    return x->wrong == NULL;
}

static bool step(struct pattern *x) { return steps(x, 1); }

/* ---- classes ---- */

static bool class_has(uint8_t c, uint8_t class)
{
    bool yes;

    switch (tolower(class)) {
    case 'a': yes = isalpha(c) != 0; break;
    case 'c': yes = iscntrl(c) != 0; break;
    case 'd': yes = isdigit(c) != 0; break;
    case 'g': yes = isgraph(c) != 0; break;
    case 'l': yes = islower(c) != 0; break;
    case 'p': yes = ispunct(c) != 0; break;
    case 's': yes = isspace(c) != 0; break;
    case 'u': yes = isupper(c) != 0; break;
    case 'w': yes = isalnum(c) != 0; break;
    case 'x': yes = isxdigit(c) != 0; break;
    default: return class == c;
    }
    return yes != (isupper(class) != 0); /* a capital letter is all the others */
}

/* Where the single class at p ends. */
static size_t class_end(struct pattern *x, size_t p)
{
    uint8_t c = x->p[p++];

    if (c == '%') {
        return p < x->p_n ? p + 1 : fail(x, "malformed pattern (ends with '%')");
    }
    if (c != '[') {
        return p;
    }
    size_t begin = p;
    p += p < x->p_n && x->p[p] == '^';
    do { /* a bracket that comes first is one of the set */
        if (p >= x->p_n) {
            return fail(x, "malformed pattern (missing ']')");
        }
        p += x->p[p] == '%' && p + 1 < x->p_n ? 2 : 1;
    } while (p >= x->p_n || x->p[p] != ']');
    return steps(x, (p - begin) / SET_A_STEP) ? p + 1 : NOT_FOUND;
}

/* Is c in the set between p ('[') and end (behind ']')? */
static bool set_has(const struct pattern *x, uint8_t c, size_t p, size_t end)
{
    bool wanted = true;
    size_t last = end - 1;

    p++;
    if (x->p[p] == '^') {
        wanted = false;
        p++;
    }
    for (; p < last; p++) {
        if (x->p[p] == '%') {
            p++;
            if (class_has(c, x->p[p])) {
                return wanted;
            }
        } else if (p + 2 < last && x->p[p + 1] == '-') {
            if (x->p[p] <= c && c <= x->p[p + 2]) {
                return wanted;
            }
            p += 2;
        } else if (x->p[p] == c) {
            return wanted;
        }
    }
    return !wanted;
}

static bool single(struct pattern *x, size_t s, size_t p, size_t end)
{
    if (s >= x->s_n || !steps(x, 1 + (end - p) / SET_A_STEP)) {
        return false;
    }
    uint8_t c = x->s[s];
    switch (x->p[p]) {
    case '.': return true;
    case '%': return class_has(c, x->p[p + 1]);
    case '[': return set_has(x, c, p, end);
    default: return x->p[p] == c;
    }
}

/* ---- items ---- */

/* %bxy: from x to the y that closes it. */
static size_t balance(struct pattern *x, size_t s, size_t p)
{
    if (p + 1 >= x->p_n) {
        return fail(x, "malformed pattern (missing arguments to '%b')");
    }
    if (s >= x->s_n || x->s[s] != x->p[p]) {
        return NOT_FOUND;
    }
    size_t open = 1;
    while (++s < x->s_n && step(x)) {
        if (x->s[s] == x->p[p + 1]) {
            if (--open == 0) {
                return s + 1;
            }
        } else if (x->s[s] == x->p[p]) {
            open++;
        }
    }
    return NOT_FOUND;
}

static size_t most(struct pattern *x, size_t s, size_t p, size_t end)
{
    size_t n = 0;

    while (single(x, s + n, p, end)) {
        n++;
    }
    for (;; n--) {
        size_t r = x->wrong == NULL ? match(x, s + n, end + 1) : NOT_FOUND;
        if (r != NOT_FOUND || n == 0) {
            return r;
        }
    }
}

static size_t least(struct pattern *x, size_t s, size_t p, size_t end)
{
    for (;; s++) {
        size_t r = match(x, s, end + 1);
        if (r != NOT_FOUND) {
            return r;
        }
        if (!single(x, s, p, end)) {
            return NOT_FOUND;
        }
    }
}

static size_t capture_begin(struct pattern *x, size_t s, size_t p, size_t n)
{
    if (x->capture_n == PATTERN_CAPTURES) {
        return fail(x, "too many captures");
    }
    x->capture[x->capture_n++] = (struct pattern_capture){ s, n };
    size_t r = match(x, s, p);
    if (r == NOT_FOUND) {
        x->capture_n--;
    }
    return r;
}

static size_t capture_close(struct pattern *x, size_t s, size_t p)
{
    unsigned i = x->capture_n;

    while (i > 0 && x->capture[i - 1].n != PATTERN_OPEN) {
        i--;
    }
    if (i == 0) {
        return fail(x, "invalid pattern capture");
    }
    x->capture[i - 1].n = s - x->capture[i - 1].at;
    size_t r = match(x, s, p);
    if (r == NOT_FOUND) {
        x->capture[i - 1].n = PATTERN_OPEN;
    }
    return r;
}

/* %1: the same bytes again. */
static size_t capture_again(struct pattern *x, size_t s, uint8_t digit)
{
    unsigned i = digit - '1';

    if (digit == '0' || i >= x->capture_n || x->capture[i].n == PATTERN_OPEN) {
        return fail(x, "invalid capture index");
    }
    size_t n = x->capture[i].n; /* of a place alone: no bytes are the same */
    return n != PATTERN_POSITION && x->s_n - s >= n && memcmp(x->s + s, x->s + x->capture[i].at, n) == 0 ? s + n : NOT_FOUND;
}

/* %f[set]: a place between a byte that is not of the set and one that is. */
static bool frontier(struct pattern *x, size_t s, size_t p, size_t end)
{
    uint8_t before = s == 0 ? 0 : x->s[s - 1], here = s < x->s_n ? x->s[s] : 0;

    return !set_has(x, before, p, end) && set_has(x, here, p, end);
}

/* A class with what may stand behind it. */
static size_t repeated(struct pattern *x, size_t s, size_t p)
{
    size_t end = class_end(x, p);

    if (end == NOT_FOUND) {
        return NOT_FOUND;
    }
    switch (end < x->p_n ? x->p[end] : 0) {
    case '*': return most(x, s, p, end);
    case '+': return single(x, s, p, end) ? most(x, s + 1, p, end) : NOT_FOUND;
    case '-': return least(x, s, p, end);
    case '?': {
        size_t r = single(x, s, p, end) ? match(x, s + 1, end + 1) : NOT_FOUND;
        return r != NOT_FOUND || x->wrong != NULL ? r : match(x, s, end + 1);
    }
    default: return single(x, s, p, end) ? match(x, s + 1, end) : NOT_FOUND;
    }
}

static size_t escaped(struct pattern *x, size_t s, size_t p)
{
    uint8_t c = p + 1 < x->p_n ? x->p[p + 1] : 0;
    size_t at;

    if (c == 'b') {
        at = balance(x, s, p + 2);
        return at != NOT_FOUND ? match(x, at, p + 4) : NOT_FOUND;
    }
    if (c == 'f') {
        if (p + 2 >= x->p_n || x->p[p + 2] != '[') {
            return fail(x, "missing '[' after '%f' in pattern");
        }
        size_t end = class_end(x, p + 2);
        return end != NOT_FOUND && frontier(x, s, p + 2, end) ? match(x, s, end) : NOT_FOUND;
    }
    if (isdigit(c)) {
        at = capture_again(x, s, c);
        return at != NOT_FOUND ? match(x, at, p + 2) : NOT_FOUND;
    }
    return repeated(x, s, p);
}

static bool is_suffix(uint8_t c) { return c == '*' || c == '+' || c == '-' || c == '?'; }

/* Classes of one byte each, with nothing behind them: passed in a loop, so that only what may go back takes the stack.  False: one does not
 * match, or is none. */
static bool plain(struct pattern *x, size_t *s, size_t *p)
{
    while (*p < x->p_n) {
        uint8_t c = x->p[*p], next = *p + 1 < x->p_n ? x->p[*p + 1] : 0;
        if (c == '(' || c == ')' || (c == '$' && *p + 1 == x->p_n) || (c == '%' && (next == 'b' || next == 'f' || isdigit(next)))) {
            return true;
        }
        size_t end = class_end(x, *p);
        if (end == NOT_FOUND) {
            return false;
        }
        if (end < x->p_n && is_suffix(x->p[end])) {
            return true;
        }
        if (!single(x, *s, *p, end)) {
            return false;
        }
        ++*s;
        *p = end;
    }
    return true;
}

/* The rest of the pattern from p on, at s; where it ends. */
static size_t match(struct pattern *x, size_t s, size_t p)
{
    size_t r;

    if (!step(x) || !plain(x, &s, &p)) {
        return NOT_FOUND;
    }
    if (p >= x->p_n) {
        return s;
    }
    if (++x->depth > PATTERN_DEPTH) {
        x->depth--;
        return fail(x, "pattern too complex");
    }
    if (x->p[p] == '(') {
        bool place = p + 1 < x->p_n && x->p[p + 1] == ')';
        r = capture_begin(x, s, p + 1 + place, place ? PATTERN_POSITION : PATTERN_OPEN);
    } else if (x->p[p] == ')') {
        r = capture_close(x, s, p + 1);
    } else if (x->p[p] == '$' && p + 1 == x->p_n) {
        r = s == x->s_n ? s : NOT_FOUND;
    } else {
        r = x->p[p] == '%' ? escaped(x, s, p) : repeated(x, s, p);
    }
    x->depth--;
    return r;
}

bool pattern_at(struct pattern *x, size_t at, size_t *end)
{
    x->capture_n = x->depth = 0;
    *end = match(x, at, 0);
    return *end != NOT_FOUND && x->wrong == NULL;
}
