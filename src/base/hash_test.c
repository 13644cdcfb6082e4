/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/hash.h"
#include "tap.h"

int main(void)
{
    ok(hash_bytes("abc", 3, 1) == hash_bytes("abc", 3, 1), "the same key and seed, the same hash");
    ok(hash_bytes("abc", 3, 1) != hash_bytes("abc", 3, 2), "another seed, another hash");
    ok(hash_bytes("abc", 3, 1) != hash_bytes("abd", 3, 1), "another key, another hash");
    ok(hash_bytes("", 0, 1) == hash_bytes("x", 0, 1), "nothing is a key");
    ok(hash_bytes("abc", 3, 0) == 0x78af5f94892f3950ULL, "XXH3, 64 bits, seed 0: ids repeat everywhere");
    unsigned same = 0;
    for (uint64_t i = 1; i < 1000; i++) {
        same += (hash_word(i) >> 54) == (hash_word(i + 1) >> 54);
    }
    ok(same < 10, "neighbours part in the high bits too");
    ok(hash_random_seed() != hash_random_seed(), "seeds are not the same twice");
    return done_testing();
}
