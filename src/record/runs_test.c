/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record/runs.h"

#include "tap.h"

struct run {
    uint32_t start, n;
};
static const struct {
    struct run run[6];
    unsigned n;
    const char *why;
} rows[] = {
    { { { 0 } }, 0, "a flow without a packet" },
    { { { 7, 1 } }, 1, "one packet" },
    { { { 7, 2 } }, 1, "two" },
    { { { 4000000000u, 294967294u } }, 1, "up to the last ordinal" },
    { { { 1, 1 }, { 3, 1 }, { 5, 1 }, { 7, 1 }, { 9, 1 } }, 5, "every other" },
    { { { 0, 1 }, { 4294967290u, 2 } }, 2, "the longest way" },
    { { { 0, 4000000000u }, { 4000000001u, 1 }, { 4100000000u, 3 } }, 3, "a long run" },
    { { { 10, 1 }, { 1000000, 1 }, { 1000002, 2 }, { 3000000, 1 }, { 3000100, 1 }, { 3000102, 1 } }, 6, "bursts" },
};

static void put_all(struct run_packer *p, const struct run *run, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        runs_put(p, run[i].start, run[i].n);
    }
    runs_end(p);
}

/* With the codes of `codes`, which were made for them among others. */
static void round_trip(const struct run_codes *codes, const struct run *run, unsigned n, const char *why)
{
    struct text t;
    uint32_t start, many;
    unsigned got = 0;
    bool good = true;

    text_init(&t, 0);
    put_all(&(struct run_packer){ .codes = codes, .to = &t }, run, n);
    struct run_walk w = { .codes = codes, .left = rd_of(text_bytes(&t)), .first = n != 0 ? run[0].start : 0 };
    while (run_next(&w, &start, &many)) {
        good &= got < n && start == run[got].start && many == run[got].n;
        got++;
    }
    ok(good && got == n, why);
    text_fini(&t);
}

/* Whatever the bytes are, a walk ends, and its runs ascend. */
static void hostile(const struct run_codes *codes)
{
    uint8_t b[64];
    uint32_t start, n, seed = 1;
    bool good = true;

    for (unsigned i = 0; i < 20000; i++) {
        for (unsigned k = 0; k < sizeof b; k++) {
            seed = seed * 1103515245 + 12345;
            b[k] = (uint8_t)(seed >> 16);
        }
        struct run_walk w = { .codes = codes, .left = rd_make(b, i % sizeof b), .first = seed };
        uint64_t end = 0;
        unsigned many = 0;
        while (run_next(&w, &start, &n)) {
            good &= start >= end && n != 0 && ++many <= 8 * sizeof b;
            end = (uint64_t)start + n;
        }
    }
    ok(good, "any bytes");
}

/* Weights like Fibonacci's numbers make the longest codes there can be: they are kept within the limit. */
static void steep(void)
{
    struct run_census census = { 0 };
    struct run_codes codes;
    uint64_t a = 1, b = 1;
    bool good = true;

    for (unsigned s = 0; s < RUN_SYMBOLS - 1; s++) {
        census.n[2][s] = a;
        b += a;
        a = b - a;
    }
    run_codes_make(&codes, &census);
    for (unsigned s = 0; s < RUN_SYMBOLS; s++) {
        good &= codes.of[2].length[s] >= 1 && codes.of[2].length[s] <= RUN_CODE_MAX;
    }
    ok(good, "no code is too long");
}

int main(void)
{
    enum { LONG = 1000 };
    static struct run all[LONG];
    struct run_census census = { 0 };
    struct run_codes codes, read;
    struct text t;
    uint32_t at = 5, seed = 7;

    for (unsigned i = 0; i < LONG; i++) {
        seed = seed * 1103515245 + 12345;
        at += 1 + (seed >> 16) % (1u << (seed >> 20 & 15));
        all[i] = (struct run){ at, 1 + (seed >> 24 & 3) };
        at += all[i].n;
    }
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        put_all(&(struct run_packer){ .census = &census }, rows[i].run, rows[i].n);
    }
    put_all(&(struct run_packer){ .census = &census }, all, LONG);
    run_codes_make(&codes, &census);
    text_init(&t, 0);
    run_codes_put(&codes, &t);
    ok(run_codes_get(&read, text_bytes(&t)), "codes are read");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        round_trip(&read, rows[i].run, rows[i].n, rows[i].why);
    }
    round_trip(&read, all, LONG, "a long list");
    hostile(&read);
    steep();
    t.p[3]++;
    ok(!run_codes_get(&read, text_bytes(&t)), "codes that are none");
    text_fini(&t);
    return done_testing();
}
