/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/hash.h"

#include "base/clock.h"

#include <sys/random.h>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wcast-align"
#pragma GCC diagnostic ignored "-Wcast-qual"
#pragma GCC diagnostic ignored "-Wundef"
#pragma GCC diagnostic ignored "-Wswitch-enum"
#define XXH_INLINE_ALL
#include <xxhash.h>
#pragma GCC diagnostic pop

uint64_t hash_bytes(const void *p, size_t n, uint64_t seed)
{
    return XXH3_64bits_withSeed(p, n, seed);
}

uint64_t hash_random_seed(void)
{
    uint64_t seed;

    /* Up to 256 bytes come whole once the system's pool is ready; a kernel without the call is
     * older than any that is supported, but a weak seed beats none. */
    if (getrandom(&seed, sizeof(seed), 0) != (ssize_t)sizeof(seed)) {
        seed = hash_word(clock_now() ^ hash_word(clock_monotonic()));
    }
    return seed;
}
