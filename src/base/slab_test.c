/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/slab.h"
#include "tap.h"

#include <stdlib.h>

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
    return done_testing();
}
