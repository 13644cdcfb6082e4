/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files that come in parts: what is whole, and when. */
#include "file/ranges.h"

#include "base/arena.h"
#include "base/clock.h"
#include "tap.h"

#include <stdlib.h>
#include <string.h>

enum { SIZE = 1000, PARTS = 8, ALL = 1 << 20 };

static uint8_t source[SIZE];

static struct range_of part_of(const char *host, unsigned start, unsigned end)
{
    return (struct range_of){ 0, bytes_str(host), bytes_str("/f"), start, end, SIZE };
}

/* Is it the file?  Gives it back. */
static bool right(struct ranges *r, struct range_whole *w)
{
    size_t n = 0;
    bool good = w != NULL && bytes_is(ranges_whole_name(w), "/f");

    for (struct bytes b = w != NULL ? ranges_whole_next(w) : bytes_none(); b.n != 0; b = ranges_whole_next(w)) {
        good = good && n + b.n <= SIZE && memcmp(b.p, source + n, b.n) == 0;
        n += b.n;
    }
    if (w != NULL) {
        ranges_whole_free(r, w);
    }
    return good && n == SIZE;
}

/* A step: open (bytes from..to), add n bytes (0: a hole), or close a part; w: the file is whole by that. */
struct step {
    char what;
    unsigned part, a, b;
    bool whole;
};
static const struct {
    const char *why;
    struct step step[12];
} rows[] = {
    { "one after another", { { 'o', 0, 0, 499, 0 }, { 'a', 0, 500, 0, 0 }, { 'c', 0, 0, 0, 0 }, { 'o', 1, 500, 999, 0 }, { 'a', 1, 500, 0, 0 }, { 'c', 1, 0, 0, 1 } } },
    { "the second first", { { 'o', 1, 500, 999, 0 }, { 'a', 1, 500, 0, 0 }, { 'c', 1, 0, 0, 0 }, { 'o', 0, 0, 499, 0 }, { 'a', 0, 500, 0, 0 }, { 'c', 0, 0, 0, 1 } } },
    { "both at a time, in pieces", { { 'o', 1, 500, 999, 0 }, { 'o', 0, 0, 499, 0 }, { 'a', 1, 200, 0, 0 }, { 'a', 0, 500, 0, 0 }, { 'c', 0, 0, 0, 0 },
                                     { 'a', 1, 300, 0, 0 }, { 'c', 1, 0, 0, 1 } } },
    { "over each other", { { 'o', 0, 300, 799, 0 }, { 'a', 0, 500, 0, 0 }, { 'c', 0, 0, 0, 0 }, { 'o', 1, 0, 399, 0 }, { 'a', 1, 400, 0, 0 },
                           { 'c', 1, 0, 0, 0 }, { 'o', 2, 100, 999, 0 }, { 'a', 2, 900, 0, 0 }, { 'c', 2, 0, 0, 1 } } },
    { "twice the same", { { 'o', 0, 0, 599, 0 }, { 'o', 1, 0, 599, 0 }, { 'a', 0, 600, 0, 0 }, { 'a', 1, 600, 0, 0 }, { 'c', 0, 0, 0, 0 },
                          { 'c', 1, 0, 0, 0 }, { 'o', 2, 600, 999, 0 }, { 'a', 2, 400, 0, 0 }, { 'c', 2, 0, 0, 1 } } },
    { "one is open still when the others are the whole", { { 'o', 2, 100, 299, 0 }, { 'a', 2, 50, 0, 0 }, { 'o', 0, 0, 599, 0 }, { 'a', 0, 600, 0, 0 },
                          { 'c', 0, 0, 0, 0 }, { 'o', 1, 600, 999, 0 }, { 'a', 1, 400, 0, 0 }, { 'c', 1, 0, 0, 1 }, { 'a', 2, 50, 0, 0 }, { 'c', 2, 0, 0, 0 } } },
    { "a hole", { { 'o', 0, 0, 499, 0 }, { 'a', 0, 100, 0, 0 }, { 'a', 0, 0, 0, 0 }, { 'a', 0, 300, 0, 0 }, { 'c', 0, 0, 0, 0 }, { 'o', 1, 500, 999, 0 },
                  { 'a', 1, 500, 0, 0 }, { 'c', 1, 0, 0, 0 } } },
    { "a hole that another part fills", { { 'o', 0, 0, 499, 0 }, { 'a', 0, 100, 0, 0 }, { 'c', 0, 0, 0, 0 }, { 'o', 1, 500, 999, 0 },
                  { 'a', 1, 500, 0, 0 }, { 'c', 1, 0, 0, 0 }, { 'o', 2, 100, 499, 0 }, { 'a', 2, 400, 0, 0 }, { 'c', 2, 0, 0, 1 } } },
    { "more than it said is not taken", { { 'o', 0, 0, 499, 0 }, { 'a', 0, 700, 0, 0 }, { 'c', 0, 0, 0, 0 }, { 'o', 1, 500, 999, 0 }, { 'a', 1, 500, 0, 0 },
                  { 'c', 1, 0, 0, 1 } } },
};

static void play(const struct step *s, const char *why)
{
    struct ranges *r = ranges_new(&(struct ranges_settings){ ALL, 60 }, NULL);
    struct range_part *part[PARTS] = { NULL };
    unsigned at[PARTS] = { 0 };

    for (; s->what != '\0'; s++) {
        if (s->what == 'o') {
            struct range_of of = part_of("host", s->a, s->b);
            part[s->part] = ranges_part_open(r, 0, &of, 1);
            at[s->part] = s->a;
        } else if (s->what == 'a') {
            unsigned n = s->a < SIZE - at[s->part] ? s->a : SIZE - at[s->part];
            ranges_part_add(r, 0, part[s->part], bytes_of(source + at[s->part], n));
            at[s->part] += n;
        } else {
            struct range_whole *w = ranges_part_close(r, 0, part[s->part]);
            ok(s->whole ? right(r, w) : w == NULL, why);
        }
    }
    ranges_free(r);
}

static void close_part(struct ranges *r, const struct range_of *of, uint64_t now, bool whole, const char *why)
{
    struct range_part *p = ranges_part_open(r, 0, of, now);

    ranges_part_add(r, 0, p, bytes_of(source + of->start, of->end - of->start + 1));
    struct range_whole *w = ranges_part_close(r, 0, p);
    ok(whole ? right(r, w) : w == NULL, why);
}

static void times_and_names(void)
{
    struct ranges *r = ranges_new(&(struct ranges_settings){ ALL, 60 }, NULL);
    struct range_of a = part_of("a", 0, 499), b = part_of("b", 500, 999), a2 = part_of("a", 500, 999);

    close_part(r, &a, 0, false, "the first part");
    close_part(r, &b, 0, false, "another host's is another file");
    a2.tenant = 1;
    close_part(r, &a2, 0, false, "another tenant's as well");
    a2.tenant = 0;
    close_part(r, &a2, 120 * CLOCK_SECOND, true, "late, but nobody needed the memory");
    struct range_of bad = part_of("a", 500, 1000);
    ok(ranges_part_open(r, 0, &bad, 0) == NULL, "beyond the end");
    bad = part_of("", 0, 10);
    ok(ranges_part_open(r, 0, &bad, 0) == NULL, "of no host");
    ranges_free(r);
}

/* Random parts until it is whole, as a model says. */
static void random_parts(unsigned seed)
{
    struct ranges *r = ranges_new(&(struct ranges_settings){ 64 << 20, 60 }, NULL);
    bool have[SIZE] = { false }, all = false;
    unsigned n = 0;

    srand(seed);
    while (!all && n++ < 10000) {
        unsigned start = (unsigned)rand() % 20 * 50, len = 1 + (unsigned)rand() % (SIZE - start);
        struct range_of of = part_of("h", start, start + len - 1);
        struct range_part *p = ranges_part_open(r, 0, &of, n);
        ranges_part_add(r, 0, p, bytes_of(source + start, len));
        memset(have + start, true, len);
        all = memchr(have, false, sizeof have) == NULL;
        struct range_whole *w = ranges_part_close(r, 0, p);
        if (all ? !right(r, w) : w != NULL) {
            is_int(n, 0, "random parts: whole when all came, not before");
        }
    }
    is_int(ranges_counts(r).memuse, 0, "nothing is kept of it");
    ranges_free(r);
}

/* What is old goes when half of the memory is in use. */
static void age(void)
{
    enum { MANY = 600 };
    struct ranges *r = ranges_new(&(struct ranges_settings){ ALL, 60 }, NULL);
    char host[16];
    uint64_t most = 0;

    for (unsigned i = 0; i < MANY; i++) {
        snprintf(host, sizeof host, "h%u", i);
        struct range_of of = part_of(host, 0, 499);
        close_part(r, &of, i * CLOCK_SECOND, false, "one of many");
        most = ranges_counts(r).memuse > most ? ranges_counts(r).memuse : most;
    }
    ok(most > ALL / 2 && most < ALL / 2 + 4096 && ranges_counts(r).refused == 0, "no more than half, and nothing is refused");
    ranges_free(r);
}

static void cap(void)
{
    enum { BIG = 1 << 20 };
    struct ranges *r = ranges_new(&(struct ranges_settings){ 256 * 1024, 60 }, NULL);
    uint8_t *big = calloc(1, BIG);
    struct range_of of = { 0, bytes_str("h"), bytes_str("/f"), 0, BIG - 1, BIG + 1 };
    struct range_part *p = ranges_part_open(r, 0, &of, 0);

    ranges_part_add(r, 0, p, bytes_of(big, BIG));
    ok(ranges_counts(r).memuse <= 256 * 1024 && ranges_counts(r).refused == 1, "what is over the cap is not kept, and counted");
    ok(ranges_part_close(r, 0, p) == NULL, "and is never whole");
    ranges_free(r);
    free(big);
}

int main(void)
{
    for (unsigned i = 0; i < SIZE; i++) {
        source[i] = (uint8_t)(i * 7 + i / 256);
    }
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        play(rows[i].step, rows[i].why);
    }
    times_and_names();
    for (unsigned seed = 1; seed <= 50; seed++) {
        random_parts(seed);
    }
    age();
    cap();
    return done_testing();
}
