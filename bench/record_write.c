/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How fast the recorder's blocks get to a disk: bench_record_write FOLDER [MB [ROUNDS]]
 *
 * Turn by turn, so that what else the disk does falls on all: the same bytes by plain direct writes of 1 MB (what dd oflag=direct bs=1M does), and
 * as a recorder writes them, frames put into blocks with checksums, with rings and without, and encrypted.  Prints MB a second, CPU seconds a GB and the ratio.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "record/block.h"
#include "record/disk.h"
#include "record/uring.h"
#include "record/vault.h"

enum { FRAME = 1000, BLOCKS = 32 };

static double cpu(void)
{
    struct rusage u;

    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static int make(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_DIRECT | O_CLOEXEC, 0600);

    if (fd < 0) {
        perror(path);
        exit(1);
    }
    return fd;
}

static void plain(const char *path, unsigned blocks)
{
    uint8_t *p = aligned_alloc(4096, RECORD_BLOCK);
    int fd = make(path);

    memset(p, 0x5a, RECORD_BLOCK);
    for (unsigned i = 0; i < blocks; i++) {
        if (write(fd, p, RECORD_BLOCK) != RECORD_BLOCK) {
            perror(path);
            exit(1);
        }
    }
    close(fd);
    free(p);
}

static void recorded(const char *path, unsigned blocks, bool rings, bool encrypted)
{
    static uint8_t frame[FRAME];
    static const uint8_t key[VAULT_KEY];
    struct err err;
    struct disk_file f = { .fd = make(path), .vault = encrypted ? vault_new(key, VAULT_SEGMENT, &err) : NULL };
    struct disk *d = disk_new(BLOCKS, true, rings ? uring_new() : NULL, &err);
    struct record_links links = { .n = 0 };
    uint64_t number = 0;

    for (unsigned i = 0; d != NULL && i < blocks; i++) {
        struct record_block b;
        block_begin(&b, disk_take(d), &(struct block_about){ .block = i }, &links);
        b.room = encrypted ? VAULT_BLOCK : RECORD_BLOCK;
        while (block_add(&b, &links, &(struct record_frame){ bytes_of(frame, FRAME), number, number, FRAME, 1 })) {
            number++;
        }
        block_seal(&b);
        disk_write(d, &f, &(struct disk_piece){ .offset = RECORD_FILE_HEAD + (uint64_t)i * RECORD_BLOCK, .memory = b.p, .range = { { 0, RECORD_BLOCK } }, .last = true });
    }
    if (d == NULL || (disk_wait(d), f.err.text[0] != '\0')) {
        fprintf(stderr, "%s\n", d == NULL ? err.text : f.err.text);
        exit(1);
    }
    disk_free(d);
    vault_free(f.vault);
    close(f.fd);
}

int main(int argc, char **argv)
{
    static const char *const kinds[] = { "plain", "recorder, one by one", "recorder, rings", "the same, encrypted" };
    unsigned blocks = argc > 2 ? (unsigned)atoi(argv[2]) : 1024, rounds = argc > 3 ? (unsigned)atoi(argv[3]) : 3;
    enum { KINDS = 4 };
    double seconds[KINDS] = { 0 }, spent[KINDS] = { 0 };
    char path[4096];

    if (argc < 2) {
        fprintf(stderr, "bench_record_write FOLDER [MB [ROUNDS]]\n");
        return 2;
    }
    snprintf(path, sizeof path, "%s/bench-record-write", argv[1]);
    for (unsigned r = 0; r < rounds; r++) {
        for (unsigned k = 0; k < KINDS; k++) {
            uint64_t from = clock_monotonic();
            double before = cpu();
            if (k == 0) {
                plain(path, blocks);
            } else {
                recorded(path, blocks, k >= 2, k == 3);
            }
            seconds[k] += (double)(clock_monotonic() - from) / 1e9;
            spent[k] += cpu() - before;
            unlink(path);
        }
    }
    for (unsigned k = 0; k < KINDS; k++) {
        double gb = (double)blocks * rounds * RECORD_BLOCK / 1e9;
        printf("%-22s %7.0f MB/s  %.3f CPU s/GB  %.2f of plain\n", kinds[k], gb * 1000 / seconds[k], spent[k] / gb, seconds[0] / seconds[k]);
    }
    return 0;
}
