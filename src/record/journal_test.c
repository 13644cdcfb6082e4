/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a journal tells of an open segment: whose its packets are, also when there was no memory for some, and blocks are missing. */
#include "record/journal.h"

#include "record/bytes.h"
#include "tap.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BLOCKS = 4, OURS = 0, LOOSE = 1, PACKETS = 5, DROPPED = 300 };

/* A segment of one block with so many packets. */
static void segment_write(int fd, unsigned packets)
{
    static _Alignas(4096) uint8_t head[RECORD_FILE_HEAD], memory[RECORD_BLOCK];
    struct block_about about = { .run = 7 };
    struct record_links links = { .n = 0 };
    struct record_block b;

    block_file_head(head);
    block_begin(&b, memory, &about, &links);
    for (unsigned i = 0; i < packets; i++) {
        ok(block_add(&b, &links, &(struct record_frame){ .frame = bytes_str("abcd"), .ts = 1000 + i, .number = 1 + i, .wire_len = 4, .link = 1 }), "a packet fits");
    }
    block_seal(&b);
    ok(write(fd, head, sizeof head) == sizeof head && write(fd, memory, sizeof memory) == sizeof memory, "it is written");
}

/* Of a block that was flushed in part: what landed of its end behind it, and nothing of the rest. */
static void fill(void)
{
    static _Alignas(4096) uint8_t memory[RECORD_BLOCK];
    char path[] = "/tmp/peccary-segment-XXXXXX";
    int fd = mkstemp(path);
    struct block_about about;
    uint8_t end[4];

    unlink(path);
    segment_write(fd, PACKETS);
    memset(memory, 'x', sizeof memory);
    ok(pwrite(fd, memory, RECORD_BLOCK / 2, RECORD_FILE_HEAD + 4096) == RECORD_BLOCK / 2 && ftruncate(fd, RECORD_FILE_HEAD + RECORD_BLOCK / 2) == 0, "its end fails");
    ok(unsealed_block(fd, NULL, 0, memory, &about) && about.packets == PACKETS, "it is whole as far as it was flushed");
    ok(!unsealed_fill(fd, NULL, 0, memory, RECORD_BLOCK - 8), "a block that leaves no room for padding is none of ours");
    ok(unsealed_fill(fd, NULL, 0, memory, about.used) && unsealed_block(fd, NULL, 0, memory, &about), "filled up it still is");
    ok(lseek(fd, 0, SEEK_END) == RECORD_FILE_HEAD + RECORD_BLOCK && pread(fd, end, 4, RECORD_FILE_HEAD + RECORD_BLOCK - 4) == 4, "to its end");
    is_int(end[0] | end[1] << 8 | end[2] << 16, RECORD_BLOCK - about.used, "with one block of padding");
    ok(memory[8192] == 0 && memory[RECORD_BLOCK / 4] == 0, "in which nothing is");
    close(fd);
}

static void packet(struct journal *j, uint32_t piece, bool want, const char *why)
{
    ok(journal_packet(j, &piece, (const uint8_t[]){ 0 }, 1) == want, why);
}

/* Of a sealed ledger's piece, by its runs. */
static uint64_t packets_of(const struct ledger *l, uint32_t piece)
{
    uint8_t b[256];
    size_t n = 0;
    uint64_t packets = 0;

    for (uint32_t at = l->piece[piece].runs.first; at != 0 && n + CHUNK_BYTES <= sizeof b; at = l->chunk[at - 1].next) {
        memcpy(b + n, l->chunk[at - 1].data, l->chunk[at - 1].n);
        n += l->chunk[at - 1].n;
    }
    struct rd r = rd_of(bytes_of(b, n));
    while (rd_left(&r) != 0) {
        packets += (rd_varint(&r) & 1) != 0 ? rd_varint(&r) : 1;
    }
    return packets;
}

int main(void)
{
    char path[] = "/tmp/peccary-segment-XXXXXX", journal[] = "/tmp/peccary-journal-XXXXXX";
    static const struct { unsigned packets, ours, loose, lost; const char *why; } rows[] = {
        { PACKETS, 3, 2, 0, "those without memory are nobody's, the others keep their owner" },
        { PACKETS - 2, 1, 2, 2, "those that are told of and not there are lost" },
    };
    struct index_about about = { .app_n = 0 };
    struct disk_file f = { .fd = mkstemp(journal) };
    struct err err;
    struct disk *d = disk_new(BLOCKS, false, NULL, &err);
    struct ledger *l = ledger_new(RECORD_BLOCK, false);
    struct journal j = { .disk = d, .file = &f, .about = &about };
    uint8_t *taken[BLOCKS];

    ok(ledger_piece(l) == OURS && ledger_piece(l) == LOOSE, "a flow, and what is nobody's");
    l->piece[LOOSE].flags = RECORD_LOOSE;
    l->dropped = DROPPED;
    packet(&j, OURS, true, "told");
    journal_out(&j, l, UINT32_MAX);
    disk_wait(d);
    for (unsigned i = 0; i < BLOCKS; i++) {
        taken[i] = disk_take(d);
    }
    packet(&j, OURS, false, "no memory");
    packet(&j, OURS, false, "none still");
    journal_out(&j, l, LOOSE);
    for (unsigned i = 0; i < BLOCKS; i++) {
        disk_give(d, taken[i]);
    }
    journal_out(&j, l, LOOSE);
    packet(&j, OURS, true, "told again");
    packet(&j, OURS, true, "and the next");
    journal_out(&j, l, UINT32_MAX);
    disk_wait(d);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct unsealed u;
        int fd = mkstemp(path);
        segment_write(fd, rows[i].packets);
        close(fd);
        if (ok(unsealed_read(&u, &(struct unsealed_from){ path, journal, NULL }, true, &err), rows[i].why)) {
            is_int(packets_of(u.ledger, OURS), rows[i].ours, rows[i].why);
            is_int(packets_of(u.ledger, LOOSE), rows[i].loose, rows[i].why);
            is_int(u.ledger->lost_packets, rows[i].lost, rows[i].why);
            is_int(u.ledger->dropped, DROPPED, "what the kernel dropped");
            is_int(u.strays, 0, "all are told of");
            unsealed_fini(&u);
        }
        unlink(path);
        memcpy(path + strlen(path) - 6, "XXXXXX", 6);
    }
    fill();
    disk_free(d);
    ledger_free(l);
    close(f.fd);
    unlink(journal);
    return done_testing();
}
