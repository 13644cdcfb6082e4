/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record/block.h"

#include "base/crc32c.h"
#include "tap.h"

static _Alignas(4096) uint8_t memory[RECORD_BLOCK];

static void golden(void)
{
    /* As docs/record-format.md tells it, written by hand: a block with one packet of four bytes. */
    static const uint8_t want[] = {
        0x48, 0x43, 0x50, 0x80, 96, 0, 0, 0, 'P', 'C', 'B', 'L', 'K', '1', 0, 0,
        8, 7, 6, 5, 4, 3, 2, 1, 2, 0, 0, 0, 3, 0, 0, 0,
        4, 0, 0, 0, 180, 0, 0, 0, 0x15, 0xcd, 0x5b, 0x07, 0, 0, 0, 0,
        0x15, 0xcd, 0x5b, 0x07, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0,
        5, 0, 0, 0, 0, 0, 0, 0, 77, 0, 0, 0, 0, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 96, 0, 0, 0,
        1, 0, 0, 0, 32, 0, 0, 0, 1, 0, 0, 0, 0, 0, 4, 0,
        9, 0, 1, 0, 9, 0, 0, 0, 0, 0, 0, 0, 32, 0, 0, 0,
        6, 0, 0, 0, 52, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        0x15, 0xcd, 0x5b, 0x07, 4, 0, 0, 0, 60, 0, 0, 0, 'a', 'b', 'c', 'd',
        5, 0, 8, 0, 77, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        52, 0, 0, 0,
    };
    struct block_about about = { .run = 0x0102030405060708, .lane = 2, .segment = 3, .block = 4, .ordinal = 5 };
    struct record_links links = { .n = 0 };
    struct record_block b;
    uint8_t sum[4];

    block_begin(&b, memory, &about, &links);
    ok(block_add(&b, &links, &(struct record_frame){ .frame = bytes_str("abcd"), .ts = 123456789, .number = 77, .wire_len = 60, .link = 1 }),
       "a packet fits");
    block_seal(&b);
    memcpy(sum, memory + 84, 4);
    memset(memory + 84, 0, 4);
    is_mem(memory, sizeof want, want, sizeof want, "the bytes are those of version 1");
    uint32_t crc = crc32c(0, want, sizeof want);
    ok(sum[0] == (crc & 255) && sum[1] == (crc >> 8 & 255) && sum[2] == (crc >> 16 & 255) && sum[3] == crc >> 24, "and so is the checksum");
    memcpy(memory + 84, sum, 4);
    ok(block_check(bytes_of(memory, sizeof memory), &about), "which is found right");
    memory[150] ^= 1;
    ok(!block_check(bytes_of(memory, sizeof memory), &about), "a flipped bit is not");
}

static void round_trip(void)
{
    static const uint64_t numbers[] = { 10, 11, 12, 20, 21, 5 };
    struct block_about about = { .ordinal = 0 };
    struct record_links links = { .n = 0 }, again = { .n = 0 };
    struct record_frame f;
    struct record_block b;
    bool same = true;
    unsigned n = 0;

    block_begin(&b, memory, &about, &links);
    for (unsigned i = 0; i < 6; i++) {
        f = (struct record_frame){ .frame = bytes_of("0123456789", i), .ts = 1000 - i, .number = numbers[i], .wire_len = 100 + i, .link = (uint16_t)(i % 3) };
        same &= block_add(&b, &links, &f);
    }
    block_seal(&b);
    ok(same && block_check(bytes_of(memory, sizeof memory), &about) && about.packets == 6, "six packets of three link types");
    is_int(about.first_ts, 995, "the earliest time");
    is_int(about.last_ts, 1000, "the latest");
    struct block_walk w = block_frames(bytes_of(memory, sizeof memory), &about);
    for (; block_next(&w, &again, &f); n++) {
        same &= n < 6 && f.number == numbers[n] && f.ts == 1000 - n && f.link == n % 3 && f.frame.n == n && f.wire_len == 100 + n;
    }
    ok(same && n == 6, "come out as they went in, with their numbers");
}

static void full(void)
{
    static uint8_t frame[1500];
    struct block_about about = { .ordinal = 0 };
    struct record_links links = { .n = 0 };
    struct record_block b;
    unsigned n = 0;

    block_begin(&b, memory, &about, &links);
    while (block_add(&b, &links, &(struct record_frame){ .frame = bytes_of(frame, sizeof frame), .number = n + 1, .wire_len = 1500, .link = 1 })) {
        n++;
    }
    block_seal(&b);
    ok(n > 650 && block_check(bytes_of(memory, sizeof memory), &about) && about.packets == n, "filled until no more fit");
}

int main(void)
{
    golden();
    round_trip();
    full();
    return done_testing();
}
