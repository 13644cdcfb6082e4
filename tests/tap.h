/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tap - checks for unit tests, reported in the Test Anything Protocol.
 *
 * A test is a program: checks in any number, then `return done_testing();` from main. A check takes
 * a plain sentence why, returns whether it held, and prints what it saw when it did not.
 * One thread only; include it in one source file of a program.
 */
#ifndef TAP_H
#define TAP_H
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static int tap_planned, tap_run, tap_failed;

#define ok(cond, why) tap_ok(!!(cond), (why), __FILE__, __LINE__)
#define is_int(got, want, why) tap_int((long long)(got), (long long)(want), (why), __FILE__, __LINE__)
#define is_str(got, want, why) tap_str((got), (want), (why), __FILE__, __LINE__)
#define is_mem(got, got_n, want, want_n, why) \
    tap_mem(((const void *[]){ (got), (want) }), (got_n), (want_n), (why), __FILE__, __LINE__)
#define diag(...) (fprintf(stderr, "# " __VA_ARGS__), fputc('\n', stderr))

/* Announces n checks beforehand; without a plan, the number made is the plan. */
static inline void plan(int n) { printf("1..%d\n", tap_planned = n); }

static inline bool tap_ok(bool good, const char *why, const char *file, int line)
{
    printf("%sok %d - %s\n", good ? "" : "not ", ++tap_run, why);
    return good || (tap_failed++, diag("%s:%d: %s", file, line, why), false);
}
static inline bool tap_int(long long got, long long want, const char *why, const char *file, int line)
{
    return tap_ok(got == want, why, file, line) || (diag("got %lld, want %lld", got, want), false);
}
static inline bool tap_str(const char *got, const char *want, const char *why, const char *file, int line)
{
    return tap_ok(got && want ? !strcmp(got, want) : got == want, why, file, line) ||
           (diag("got '%s', want '%s'", got ? got : "(null)", want ? want : "(null)"), false);
}
static inline bool tap_mem(const void *const p[2], size_t got_n, size_t want_n, const char *why, const char *file, int line)
{
    if (tap_ok(got_n == want_n && (got_n == 0 || !memcmp(p[0], p[1], got_n)), why, file, line))
        return true;
    for (int i = 0; i < 2; i++) {
        fprintf(stderr, "# %s %zu bytes:", i ? "want" : "got ", i ? want_n : got_n);
        for (size_t k = 0; k < (i ? want_n : got_n); k++)
            fprintf(stderr, " %02x", ((const unsigned char *)p[i])[k]);
        fputc('\n', stderr);
    }
    return false;
}
/* The exit status of main: 0 when every check held and as many ran as were planned. */
static inline int done_testing(void)
{
    if (!tap_planned)
        plan(tap_run);
    return tap_failed || tap_run != tap_planned;
}
#endif
