/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hash - keyed hashing (XXH3) for every table that traffic can fill.
 *
 * The seed comes from the system at start, or is fixed when reading files so that ids repeat; nothing iterates a hash
 * table into output.  Any thread.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

uint64_t hash_bytes(const void *p, size_t n, uint64_t seed);

/* A strong mix of one word (splitmix64 finaliser), for keys that are words already. */
static inline uint64_t hash_word(uint64_t x)
{
    x ^= x >> 30;
    x *= 0xbf58476d1ce4e5b9ULL;
    x ^= x >> 27;
    x *= 0x94d049bb133111ebULL;
    return x ^ x >> 31;
}

uint64_t hash_random_seed(void);

#endif
