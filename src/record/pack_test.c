/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record/pack.h"

#include "record/block.h"
#include "tap.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const uint8_t key[PACK_KEY] = "a key that nobody else would use";

/* A block with some frames. */
static uint32_t make(uint8_t *memory)
{
    static uint8_t frame[1000];
    struct record_block b;
    struct record_links links = { .n = 0 };

    block_begin(&b, memory, &(struct block_about){ .run = 7, .lane = 1, .segment = 2, .block = 3 }, &links);
    for (uint64_t i = 1; i <= 100; i++) {
        frame[i] = (uint8_t)i;
        (void)block_add(&b, &links, &(struct record_frame){ bytes_of(frame, sizeof frame), i * 1000, i, sizeof frame, 1 });
    }
    block_seal(&b);
    return b.about.used;
}

static void way(unsigned how, const char *why)
{
    static const struct pack_block there = { 7, 1, 2, 3 }, elsewhere = { 7, 1, 2, 4 };
    uint8_t *plain = malloc(RECORD_BLOCK), *stored = malloc(PACK_ROOM), *back = malloc(RECORD_BLOCK), other[PACK_KEY] = { 1 };
    uint32_t used = make(plain);
    struct err err = { "" };
    unsigned opened = 0;

    diag("%s", why);
    if (!pack_can(how)) {
        ok(true, "skipped: it is not built in");
    } else {
        size_t n = pack_block(how, key, &there, bytes_of(plain, used), stored, &err);
        ok(n != 0 && unpack_block(how, key, &there, bytes_of(stored, n), back) && memcmp(plain, back, RECORD_BLOCK) == 0, "there and back");
        ok(!unpack_block(how, key, &elsewhere, bytes_of(stored, n), back), "in another place it is refused");
        ok(!unpack_block(how, key, &there, bytes_of(stored, n - 1), back), "so is one that is cut");
        ok((how & PACK_SEALED) == 0 || !unpack_block(how, other, &there, bytes_of(stored, n), back), "another key does not open it");
        for (size_t i = 0; i < n; i += n / 50 + 1) {
            stored[i] ^= 16;
            opened += unpack_block(how, key, &there, bytes_of(stored, n), back) && memcmp(plain, back, RECORD_BLOCK) != 0;
            stored[i] ^= 16;
        }
        is_int(opened, 0, "a flipped bit never gives another block");
    }
    free(plain);
    free(stored);
    free(back);
}

static void keys(void)
{
    char path[] = "/tmp/peccary-key-XXXXXX";
    uint8_t one[PACK_KEY], two[PACK_KEY], other[PACK_KEY] = { 9 };
    struct err err = { "" };

    close(mkstemp(path));
    memset(one, 7, sizeof one);
    ok(pack_key_put(path, key, one, &err) && pack_key_open(path, key, two, &err) && memcmp(one, two, PACK_KEY) == 0, "a segment's key is wrapped and opened");
    ok(!pack_key_open(path, other, two, &err), "not by another");
    FILE *f = fopen(path, "w");
    fputs("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n", f);
    fclose(f);
    ok(pack_key_read(path, one, &err) && one[0] == 0 && one[31] == 31, "the user's key in digits");
    f = fopen(path, "w");
    fputs("too short", f);
    fclose(f);
    ok(!pack_key_read(path, one, &err), "what is no key");
    unlink(path);
}

int main(void)
{
    way(PACK_ZSTD, "packed");
    way(PACK_SEALED, "encrypted");
    way(PACK_ZSTD | PACK_SEALED, "both");
    keys();
    return done_testing();
}
