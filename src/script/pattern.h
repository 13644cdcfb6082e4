/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pattern - Lua's patterns (Reference Manual 5.4, 6.4.1) with a count of steps: the language's own matcher may go back so often that a
 * short text takes hours, and counts nothing.  For script.c alone.
 */
#ifndef SCRIPT_PATTERN_H
#define SCRIPT_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PATTERN_CAPTURES = 32, PATTERN_DEPTH = 200 };

struct pattern_capture {
    size_t at, n;              /* n PATTERN_POSITION: the place alone */
};
#define PATTERN_POSITION SIZE_MAX
#define PATTERN_OPEN (SIZE_MAX - 1)

struct pattern {
    const uint8_t *s, *p;      /* the text, the pattern without '^' */
    size_t s_n, p_n;
    uint64_t steps, steps_max; /* 0: no limit */
    struct pattern_capture capture[PATTERN_CAPTURES];
    unsigned capture_n, depth;
    const char *wrong;         /* the pattern is none, or too much: why */
};

/* Does it match at `at`?  *end: where the match ends.  False with `wrong` set: an error. */
bool pattern_at(struct pattern *x, size_t at, size_t *end);

#endif
