/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/large.h"
#include "base/slab.h"
#include "tap.h"

#include <stdlib.h>

/* Of two slabs with one source the blocks lie side by side there, go back to it, and come from elsewhere when it has no more. */
static void test_in(void)
{
    enum { N = 20000, ROOM = 32 << 20 };
    struct large *l = large_new();
    uint8_t *from = large_take(l, 64);
    struct slab *a = slab_new_in(64, 0, l), *b = slab_new_in(200, 0, l);
    unsigned in = 0, wrong = 0;

    for (unsigned i = 0; i < N; i++) {
        uint8_t *x = slab_take(a), *y = slab_take(b);
        memset(x, 1, 64);
        memset(y, 2, 200);
        in += x > from && x < from + ROOM;
        in += y > from && y < from + ROOM;
    }
    is_int(in, 2 * N, "both take of the same large pages");
    slab_free(a);
    slab_free(b);
    ok(large_take(l, 5 << 20) == from + 64, "and give all of it back");
    while (large_take(l, 1 << 20) != NULL) {
    }
    while (large_take(l, 64) != NULL) {
    }
    struct slab *c = slab_new_in(1000, 0, l);
    for (unsigned i = 0; i < N; i++) {
        uint8_t *x = slab_take(c);
        wrong += x == NULL;
        memset(x, 3, 1000);
    }
    is_int(wrong, 0, "when they are full, blocks are taken elsewhere");
    slab_free(c);
    large_free(l);
}

int main(void)
{
    static const size_t sizes[] = { 1, 8, 32, 33, 64, 100, 4000, 300000 };
    enum { N = 1000 };
    static uint8_t *list[N];

    for (size_t k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++) {
        size_t n = sizes[k] > 100000 ? 5 : N;
        struct slab *s = slab_new(sizes[k], n);
        unsigned broken = 0;
        for (size_t i = 0; i < n; i++) {
            list[i] = slab_take(s);
            if (list[i] == NULL) {
                broken++;
                break;
            }
            broken += ((uintptr_t)list[i] & (sizes[k] > 32 ? 63 : 7)) != 0;
            memset(list[i], (int)i, sizes[k]);
        }
        for (size_t i = 0; broken == 0 && i < n; i++) {
            broken += list[i][0] != (uint8_t)i || list[i][sizes[k] - 1] != (uint8_t)i;
        }
        is_int(broken, 0, "objects are aligned and do not overlap");
        ok(slab_take(s) == NULL && slab_refused(s) == 1, "at the ceiling: nothing, and counted");
        is_int(slab_used(s), n, "objects out");
        size_t held = slab_bytes(s);
        ok(held >= n * sizes[k] && held <= (n + 1) * (sizes[k] + 64) + (256 << 10),
           "memory held is what the objects need and less than a block more");
        for (size_t i = 0; i < n; i += 2) {
            slab_give(s, list[i]);
        }
        for (size_t i = 0; i < n; i += 2) {
            list[i] = slab_take(s);
        }
        ok(slab_take(s) == NULL && slab_bytes(s) == held, "what comes back is handed out again");
        for (size_t i = 0; i < n; i++) {
            slab_give(s, list[i]);
        }
        is_int(slab_used(s), 0, "all back");
        slab_free(s);
    }
    struct slab *s = slab_new(40, 0);
    for (unsigned i = 0; i < 100000; i++) {
        if (slab_take(s) == NULL) {
            break;
        }
    }
    is_int(slab_used(s), 100000, "no ceiling: as many as memory has");
    slab_free(s);
    test_in();
    return done_testing();
}
