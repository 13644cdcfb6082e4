/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record/disk.h"

#include "base/map.h"
#include "record/format.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

struct task {
    struct disk_file *file;      /* NULL: a job */
    uint64_t offset;
    uint8_t *block;
    void (*job)(void *ctx);
    void *ctx;
};

struct disk {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t more, less;   /* tasks came; were done */
    uint8_t *memory;
    unsigned blocks, free_n;
    uint8_t **free;
    struct task *task;           /* a ring */
    unsigned first, n, room;
    bool wait, end, busy;
    _Atomic uint64_t bytes;
};

static bool write_all(int fd, const uint8_t *p, size_t n, uint64_t offset)
{
    while (n != 0) {
        ssize_t k = pwrite(fd, p, n, (off_t)offset);
        if (k < 0 && errno == EINTR) {
            continue;
        }
        if (k <= 0) {
            errno = k == 0 ? ENOSPC : errno;
            return false;
        }
        p += k;
        n -= (size_t)k;
        offset += (uint64_t)k;
    }
    return true;
}

static void task_run(struct disk *d, const struct task *t)
{
    if (t->file == NULL) {
        t->job(t->ctx);
        return;
    }
    if (t->file->err.text[0] == '\0' && !write_all(t->file->fd, t->block, RECORD_BLOCK, t->offset)) {
        (void)err_sys(&t->file->err, "write");
    }
    if (t->file->err.text[0] == '\0') {
        uint64_t end = t->offset + RECORD_BLOCK;
        t->file->written = end > t->file->written ? end : t->file->written;
        atomic_fetch_add_explicit(&d->bytes, RECORD_BLOCK, memory_order_relaxed);
    }
}

static void *disk_main(void *arg)
{
    struct disk *d = arg;

    pthread_mutex_lock(&d->lock);
    for (;;) {
        while (d->n == 0 && !d->end) {
            pthread_cond_wait(&d->more, &d->lock);
        }
        if (d->n == 0) {
            break;
        }
        struct task t = d->task[d->first];
        d->first = (d->first + 1) % d->room;
        d->n--;
        d->busy = true;
        pthread_mutex_unlock(&d->lock);
        task_run(d, &t);
        pthread_mutex_lock(&d->lock);
        d->busy = false;
        if (t.block != NULL) {
            d->free[d->free_n++] = t.block;
        }
        pthread_cond_broadcast(&d->less);
    }
    pthread_mutex_unlock(&d->lock);
    return NULL;
}

struct disk *disk_new(unsigned blocks, bool wait, struct err *err)
{
    struct disk *d = calloc(1, sizeof *d);

    if (d == NULL) {
        err_set(err, "recorder: not enough memory");
        return NULL;
    }
    d->blocks = blocks;
    d->room = blocks + 64;
    d->wait = wait;
    d->memory = map_take((size_t)blocks * RECORD_BLOCK, 4096, false);
    d->free = calloc(blocks, sizeof *d->free);
    d->task = calloc(d->room, sizeof *d->task);
    pthread_mutex_init(&d->lock, NULL);
    pthread_cond_init(&d->more, NULL);
    pthread_cond_init(&d->less, NULL);
    bool good = d->memory != NULL && d->free != NULL && d->task != NULL;
    for (unsigned i = 0; good && i < blocks; i++) {
        d->free[d->free_n++] = d->memory + (size_t)i * RECORD_BLOCK;
    }
    if (!good || pthread_create(&d->thread, NULL, disk_main, d) != 0) {
        err_set(err, "recorder: not enough memory for %u blocks of 1 MB", blocks);
        map_give(d->memory, (size_t)blocks * RECORD_BLOCK);
        free(d->free);
        free(d->task);
        free(d);
        return NULL;
    }
    return d;
}

void disk_free(struct disk *d)
{
    if (d == NULL) {
        return;
    }
    pthread_mutex_lock(&d->lock);
    d->end = true;
    pthread_cond_broadcast(&d->more);
    pthread_mutex_unlock(&d->lock);
    pthread_join(d->thread, NULL);
    pthread_mutex_destroy(&d->lock);
    pthread_cond_destroy(&d->more);
    pthread_cond_destroy(&d->less);
    map_give(d->memory, (size_t)d->blocks * RECORD_BLOCK);
    free(d->free);
    free(d->task);
    free(d);
}

uint8_t *disk_take(struct disk *d)
{
    pthread_mutex_lock(&d->lock);
    while (d->free_n == 0 && d->wait) {
        pthread_cond_wait(&d->less, &d->lock);
    }
    uint8_t *p = d->free_n != 0 ? d->free[--d->free_n] : NULL;
    pthread_mutex_unlock(&d->lock);
    return p;
}

void disk_give(struct disk *d, uint8_t *block)
{
    pthread_mutex_lock(&d->lock);
    d->free[d->free_n++] = block;
    pthread_cond_broadcast(&d->less);
    pthread_mutex_unlock(&d->lock);
}

/* Blocks are fewer than places; jobs are rare, and wait. */
static void put(struct disk *d, const struct task *t)
{
    pthread_mutex_lock(&d->lock);
    while (d->n == d->room) {
        pthread_cond_wait(&d->less, &d->lock);
    }
    d->task[(d->first + d->n) % d->room] = *t;
    d->n++;
    pthread_cond_broadcast(&d->more);
    pthread_mutex_unlock(&d->lock);
}

void disk_write(struct disk *d, struct disk_file *f, uint64_t offset, uint8_t *block)
{
    put(d, &(struct task){ .file = f, .offset = offset, .block = block });
}

void disk_job(struct disk *d, void (*job)(void *ctx), void *ctx) { put(d, &(struct task){ .job = job, .ctx = ctx }); }

void disk_wait(struct disk *d)
{
    pthread_mutex_lock(&d->lock);
    while (d->n != 0 || d->busy) {
        pthread_cond_wait(&d->less, &d->lock);
    }
    pthread_mutex_unlock(&d->lock);
}

uint64_t disk_bytes(const struct disk *d) { return atomic_load_explicit(&d->bytes, memory_order_relaxed); }
