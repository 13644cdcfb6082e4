/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The recorder's threads: blocks are written while what takes long waits; what did not reach the disk is not told as written. */
#include "record/disk.h"

#include "record/format.h"
#include "tap.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { BLOCKS = 8, JOBS = DISK_LATER(BLOCKS) + 1 /* one of them runs */ };

struct gate {
    pthread_mutex_t lock;
    pthread_cond_t opened;
    bool open;
};

static void wait_open(void *ctx)
{
    struct gate *g = ctx;

    pthread_mutex_lock(&g->lock);
    while (!g->open) {
        pthread_cond_wait(&g->opened, &g->lock);
    }
    pthread_mutex_unlock(&g->lock);
}

static void open_gate(struct gate *g)
{
    pthread_mutex_lock(&g->lock);
    g->open = true;
    pthread_cond_broadcast(&g->opened);
    pthread_mutex_unlock(&g->lock);
}

static struct disk_file file_new(void)
{
    char path[] = "/tmp/peccary-disk-XXXXXX";
    struct disk_file f = { .fd = mkstemp(path), .written = RECORD_FILE_HEAD };

    unlink(path);
    return f;
}

static void write_block(struct disk *d, struct disk_file *f, unsigned n)
{
    uint8_t *p = disk_take(d);

    memset(p, (int)n, RECORD_BLOCK);
    disk_write(d, f, &(struct disk_piece){ .offset = RECORD_FILE_HEAD + (uint64_t)n * RECORD_BLOCK, .memory = p, .range = { { 0, RECORD_BLOCK } }, .last = true });
}

static void beside(void)
{
    struct gate gate = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false };
    struct disk_file f = file_new();
    struct err err;
    struct disk *d = disk_new(BLOCKS, false, NULL, &err);

    for (unsigned i = 0; i < JOBS; i++) {
        disk_later(d, wait_open, &gate);
    }
    write_block(d, &f, 0);
    for (unsigned i = 0; i < 500 && disk_bytes(d) == 0; i++) {
        nanosleep(&(struct timespec){ .tv_nsec = 10 * 1000 * 1000 }, NULL);
    }
    is_int(disk_bytes(d), RECORD_BLOCK, "all lanes seal at a time: blocks go on to the disk meanwhile");
    open_gate(&gate);
    disk_wait(d);
    is_int(f.written, RECORD_FILE_HEAD + RECORD_BLOCK, "a block that was written counts");
    disk_free(d);
    close(f.fd);
}

static void hole(void)
{
    struct disk_file f = file_new();
    struct err err;
    struct disk *d = disk_new(BLOCKS, false, NULL, &err);
    int good = f.fd;

    write_block(d, &f, 0);
    write_block(d, &f, 2);
    disk_wait(d);
    f.fd = -1;
    write_block(d, &f, 1);
    disk_wait(d);
    is_int(f.written, RECORD_FILE_HEAD + RECORD_BLOCK, "a block that failed: what landed behind it does not count");
    ok(f.failed, "and it is known");
    disk_free(d);
    close(good);
}

int main(void)
{
    beside();
    hole();
    return done_testing();
}
