/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sum against the one RFC 1071 spells out, two bytes at a time. */
#include "packet/layers.h"
#include "tap.h"

#include <stdlib.h>

static uint16_t plain(const uint8_t *p, size_t n, uint64_t sum)
{
    for (size_t i = 0; i < n; i++) {
        sum += i % 2 == 0 ? (uint64_t)p[i] << 8 : p[i];
    }
    while (sum > 0xffff) {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return (uint16_t)sum;
}

int main(void)
{
    enum { MOST = 700 };
    uint32_t state = 1;
    bool same = true, full = true;

    for (size_t n = 0; n <= MOST; n++) {
        uint8_t *exact = malloc(n + 1); /* of exactly that size: a sanitizer sees a byte too far */
        for (unsigned round = 0; round < 4; round++) {
            for (size_t i = 0; i < n; i++) {
                state = state * 1103515245 + 12345;
                exact[i] = (uint8_t)(state >> 16);
            }
            same = same && checksum_add(bytes_of(exact, n), state >> 8) == plain(exact, n, state >> 8);
        }
        memset(exact, 0xff, n);
        full = full && checksum_add(bytes_of(exact, n), 0xffff) == plain(exact, n, 0xffff);
        free(exact);
    }
    ok(same, "every length sums as written down");
    ok(full, "so do all ones, where every addition carries");
    uint8_t *large = malloc(65536);
    memset(large, 0xff, 65536);
    is_int(checksum_add(bytes_of(large, 65535), 0), plain(large, 65535, 0), "the longest packet of all ones");
    free(large);
    return done_testing();
}
