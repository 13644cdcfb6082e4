/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/arena.h"
#include "tap.h"

#include <stdlib.h>

static void test_pages(void)
{
    struct pages *p = pages_new(0);
    size_t got;
    void *a = pages_take(p, 1, &got);

    is_int(got, 64, "the smallest block");
    is_int(pages_used(p), 64, "counts by its true size");
    memset(a, 1, got);
    pages_give(p, a, got);
    is_int(pages_used(p), 0, "a block given back is not in use");
    is_int(pages_peak(p), 64, "the peak stays");
    void *b = pages_take(p, 513, &got);
    is_int(got, 576, "small sizes go by 64");
    ok(((uintptr_t)b & 15) == 0, "blocks are aligned for everything");
    pages_give(p, b, got);
    b = pages_take(p, (1 << 20) + 1, &got);
    is_int(got, (1 << 20) + 1, "above a megabyte the block is what was asked for");
    memset(b, 1, got);
    pages_give(p, b, got);
    is_int(pages_round(600), 640, "the true size can be asked beforehand");
    is_int(pages_round(1025), 1152, "beyond a kilobyte they go by 128");
    is_int(pages_round(2049), 2560, "beyond two there are four between powers of two");
    is_int(pages_round((768 << 10) - 5), 768 << 10, "up to a megabyte");
    pages_free(p);

    p = pages_new(4096);
    a = pages_take(p, 4096, &got);
    ok(a != NULL, "up to the cap");
    ok(pages_take(p, 1, &got) == NULL, "at the cap nothing more");
    is_int(pages_refused(p), 1, "and it is counted");
    ok(pages_take(p, SIZE_MAX, &got) == NULL, "an absurd size is refused");
    pages_give(p, a, 4096);
    a = pages_take(p, 1, &got);
    ok(a != NULL, "after a giving back there is room again");
    pages_give(p, a, got);
    pages_free(p);
}

/* Takes and gives in a wild order, each block filled with its own mark. */
static void test_pages_storm(void)
{
    enum { SLOTS = 400, ROUNDS = 60000 };
    static struct {
        uint8_t *p;
        size_t n;
    } slot[SLOTS];
    struct pages *p = pages_new((size_t)84 << 20);
    uint64_t x = 88172645463325252ULL;
    unsigned broken = 0;

    for (unsigned i = 0; i < ROUNDS; i++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        unsigned s = (unsigned)(x % SLOTS);
        if (slot[s].p != NULL) {
            uint8_t mark = (uint8_t)(s * 7);
            broken += slot[s].p[0] != mark || slot[s].p[slot[s].n - 1] != mark;
            pages_give(p, slot[s].p, slot[s].n);
            slot[s].p = NULL;
            continue;
        }
        size_t want = (size_t)(x >> 20) % ((size_t)64 << (x >> 60) % 15) + 1;
        slot[s].p = pages_take(p, want, &slot[s].n);
        if (slot[s].p != NULL) {
            broken += slot[s].n < want;
            slot[s].p[0] = slot[s].p[slot[s].n - 1] = (uint8_t)(s * 7);
        }
    }
    is_int(broken, 0, "no two blocks ever overlap");
    for (unsigned s = 0; s < SLOTS; s++) {
        if (slot[s].p != NULL) {
            pages_give(p, slot[s].p, slot[s].n);
        }
    }
    is_int(pages_used(p), 0, "all came back");
    size_t got;
    void *big[60];
    unsigned have = 0;
    while (have < 60 && (big[have] = pages_take(p, 1 << 20, &got)) != NULL) {
        have++;
    }
    is_int(have, 60, "and the small blocks join to large ones again");
    while (have > 0) {
        pages_give(p, big[--have], 1 << 20);
    }
    pages_free(p);
}

/* What is asked for in one size only, and what mixes sizes, holds little more than it hands out; and a cap is a cap of what is held. */
static void test_pages_held(void)
{
    enum { N = 200000 };
    static void *list[N];
    static size_t got[N];

    for (unsigned k = 0; k < 3; k++) {
        struct pages *p = pages_new(0);
        for (unsigned i = 0; i < N; i++) {
            list[i] = pages_take(p, k == 0 ? 700 : k == 1 ? 64 + i * 37 % 1984 : i % 8 == 0 ? 5000 : 192, &got[i]);
        }
        size_t used = pages_used(p);
        if (!ok(pages_held(p) <= used + used / 8 + (8 << 20), "held is little more than used")) {
            diag("%u: %zu held, %zu used", k, pages_held(p), used);
        }
        for (unsigned i = 0; i < N; i++) {
            pages_give(p, list[i], got[i]);
        }
        if (!ok(pages_held(p) <= 16u << 20, "and goes back to the system")) {
            diag("%u: %zu held", k, pages_held(p));
        }
        pages_free(p);
    }
    struct pages *p = pages_new((size_t)32 << 20);
    unsigned n = 0;
    while (n < N && (list[n] = pages_take(p, 192 + (size_t)n % 3 * 900, &got[n])) != NULL) {
        n++;
    }
    ok(n > 20000 && n < N && pages_held(p) <= 32u << 20, "at the cap nothing more is held");
    for (unsigned i = 0; i < n; i++) {
        pages_give(p, list[i], got[i]);
    }
    ok(pages_take(p, 1 << 20, &got[0]) != NULL, "what was small serves as large again");
    pages_free(p);
}

/* Of each span some blocks stay out, so that none of it goes back: other sizes find room in what the others left. */
static void test_pages_holes(void)
{
    enum { N = 100000 };
    static void *list[N], *other[N / 2];
    static size_t got[N], other_got[N / 2];
    struct pages *p = pages_new(0);

    for (unsigned i = 0; i < N; i++) {
        list[i] = pages_take(p, 640, &got[i]);
    }
    for (unsigned i = 0; i < N; i += 2) {
        pages_give(p, list[i], got[i]);
    }
    is_int(pages_used(p), N / 2 * 640, "half came back");
    size_t held = pages_held(p);
    bool good = true;
    for (unsigned i = 0; i < N / 2; i++) {
        other[i] = pages_take(p, 450, &other_got[i]);
        good = good && other[i] != NULL && (other_got[i] == 640 || other_got[i] == 512);
    }
    ok(good && pages_held(p) <= held + (4 << 20), "blocks of a smaller size lie in the holes");
    is_int(pages_round(450), 512, "which are larger than such blocks are otherwise");
    other[0] = pages_take(p, 200, &other_got[0]);
    is_int(other_got[0], 256, "but not much larger");
    pages_free(p);

    p = pages_new(64 * 640);
    for (unsigned i = 0; i < 64; i++) {
        list[i] = pages_take(p, 640, &got[i]);
    }
    pages_give(p, list[0], got[0]);
    list[0] = pages_take(p, 64, &got[0]);
    list[1] = pages_take(p, 512, &got[1]);
    ok(list[1] != NULL && got[1] == 512 && pages_used(p) <= 64 * 640, "a hole that the cap has no room for is not taken");
    pages_free(p);
}

static void test_arena(struct pages *pages, const char *why)
{
    struct arena a;
    unsigned broken = 0;

    arena_init(&a, pages, 1 << 20);
    is_int(a.used, 0, why);
    uint8_t *list[300];
    for (unsigned i = 0; i < 300; i++) {
        list[i] = arena_take(&a, i + 1);
        broken += ((uintptr_t)list[i] & 7) != 0;
        memset(list[i], (int)i, i + 1);
    }
    for (unsigned i = 0; i < 300; i++) {
        broken += list[i][0] != (uint8_t)i || list[i][i] != (uint8_t)i;
    }
    is_int(broken, 0, "pieces are aligned and do not overlap");
    ok(a.used <= a.cap && !a.full, "within the cap");
    uint8_t *zero = arena_zero(&a, 5000);
    ok(zero != NULL && zero[0] == 0 && memcmp(zero, zero + 1, 4999) == 0, "cleared on request");
    ok(arena_take(&a, 2 << 20) == NULL && a.full, "beyond the cap: nothing, and full is set");
    ok(arena_take(&a, 8) != NULL, "what fits is still given");
    ok(a.full, "but full is sticky");
    arena_fini(&a);
    is_int(a.used, 0, "all blocks are given back");
    ok(!a.full && arena_take(&a, 8) != NULL, "and the arena may be used again");
    ok(arena_take(&a, SIZE_MAX - 3) == NULL && a.full, "a size that wraps is refused");
    arena_fini(&a);

    arena_init(&a, pages, 512);
    ok(arena_take(&a, 400) != NULL, "a small cap serves what it can");
    ok(arena_take(&a, 400) == NULL && a.used <= 512, "and no byte more");
    arena_fini(&a);

    arena_init(&a, pages, 0);
    ok(arena_take(&a, 3 << 20) != NULL && !a.full, "cap 0 is no cap");
    arena_fini(&a);
}

static void test_copies(void)
{
    struct arena a;

    arena_init(&a, NULL, 4096);
    struct bytes b = arena_copy(&a, bytes_str("Hello"));
    ok(bytes_is(b, "Hello"), "a copy");
    ok(bytes_is(arena_lower(&a, bytes_str("A[Z\xc4z@")), "a[z\xc4z@"), "ASCII letters only in lower case");
    is_str(arena_str(&a, b), "Hello", "a string with its end");
    is_str(arena_str(&a, bytes_none()), "", "an empty one too");
    is_int(arena_copy(&a, bytes_none()).n, 0, "a copy of nothing");
    static const uint8_t big[5000];
    is_int(arena_copy(&a, bytes_of(big, sizeof(big))).n, 0, "a copy that does not fit is empty");
    ok(a.full && arena_str(&a, bytes_of(big, sizeof(big))) == NULL, "and full is set");
    arena_fini(&a);
}

static void test_growing_text(void)
{
    struct arena a;
    struct arena_text t;
    unsigned broken = 0;

    arena_init(&a, NULL, 1 << 20);
    arena_text_init(&t, &a, 10000);
    for (unsigned i = 0; i < 9990; i++) {
        arena_text_byte(&t, (uint8_t)i);
        if (i % 1000 == 0) {
            memset(arena_take(&a, 24), 0xee, 24); /* somebody else's, behind the text */
        }
    }
    struct bytes b = arena_text_bytes(&t);
    for (unsigned i = 0; i < b.n; i++) {
        broken += b.p[i] != (uint8_t)i;
    }
    ok(b.n == 9990 && broken == 0 && !t.cut, "text grows past what others took meanwhile");
    ok(a.used < 200000, "by doubling, not by a copy each time");
    arena_text_add(&t, bytes_str("0123456789abc"));
    b = arena_text_bytes(&t);
    ok(b.n == 10000 && t.cut && b.p[9999] == '9', "to its own cap, then it is cut");
    arena_fini(&a);

    arena_init(&a, NULL, 512);
    arena_text_init(&t, &a, 10000);
    for (unsigned i = 0; i < 10000; i++) {
        arena_text_byte(&t, 'x');
    }
    ok(t.cut && a.full && arena_text_bytes(&t).n > 100, "a full arena cuts the text");
    size_t n = t.n;
    arena_text_add(&t, bytes_str("y"));
    is_int(t.n, n, "and nothing follows a hole");
    arena_fini(&a);
}

int main(void)
{
    test_pages();
    test_pages_storm();
    test_pages_held();
    test_pages_holes();
    struct pages *p = pages_new(0);
    test_arena(p, "an arena over a pool");
    is_int(pages_used(p), 0, "leaves nothing in the pool");
    pages_free(p);
    test_arena(NULL, "an arena over the system");
    test_copies();
    test_growing_text();
    return done_testing();
}
