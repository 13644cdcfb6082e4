/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record/disk.h"

#include "base/file.h"
#include "base/map.h"
#include "record/format.h"
#include "record/uring.h"
#include "record/vault.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct job {
    void (*run)(void *ctx);
    void *ctx;
};
struct task {
    struct disk_file *file;      /* NULL: a job */
    struct disk_piece piece;
    struct job job;
    bool later;                  /* … for the other thread */
};

struct disk {
    pthread_t thread, other;
    pthread_mutex_t lock;
    pthread_cond_t more, less;   /* tasks came; were done */
    pthread_cond_t more_later;
    uint8_t *memory;
    unsigned blocks, free_n;
    uint8_t **free;
    struct task *task;           /* a ring */
    unsigned first, n, room;
    struct job *later;           /* a ring; each may hold what is known of a segment, so they are not many */
    unsigned later_first, later_n, later_room;
    bool wait, end, end_later, busy, busy_later;
    struct uring *ring;          /* NULL: none */
    struct task flying[URING_DEPTH]; /* blocks that are being written */
    _Atomic uint64_t bytes;
};

static bool write_all(int fd, const uint8_t *p, size_t n, uint64_t offset) { return file_write_at(fd, bytes_of(p, n), offset) == n; }

void disk_fail(struct disk_file *f, const struct err *err)
{
    f->err = *err;
    atomic_store_explicit(&f->failed, true, memory_order_relaxed);
}

static void file_failed(struct disk_file *f)
{
    struct err err;

    (void)err_sys(&err, "write");
    disk_fail(f, &err);
}

/* The ranges as pages, where they lie: a page takes more room than its content, so the last one goes first. */
static bool piece_seal(struct disk_piece *p, struct vault *v)
{
    uint64_t first = (p->offset - RECORD_FILE_HEAD) / VAULT_PAGE;
    uint8_t content[VAULT_ROOM];
    bool good = true;

    for (unsigned i = 0; i < DISK_RANGES; i++) {
        struct disk_range *r = &p->range[i];
        r->to = r->to < VAULT_BLOCK ? (uint32_t)vault_pages(r->to) : VAULT_PAGES;
        r->from = r->from / VAULT_ROOM;
    }
    for (uint32_t page = VAULT_PAGES; good && page-- > 0;) {
        bool in = false;
        for (unsigned i = 0; i < DISK_RANGES; i++) {
            in |= page >= p->range[i].from && page < p->range[i].to;
        }
        if (in) {
            memcpy(content, p->memory + (size_t)page * VAULT_ROOM, VAULT_ROOM);
            good = vault_seal(v, first + page, content, p->memory + (size_t)page * VAULT_PAGE);
        }
    }
    for (unsigned i = 0; i < DISK_RANGES; i++) {
        p->range[i].from *= VAULT_PAGE;
        p->range[i].to *= VAULT_PAGE;
    }
    return good;
}

/* The last of a block was written.  One that fails may stand before others that landed. */
static void block_done(const struct disk_piece *p, struct disk_file *f, bool landed)
{
    uint64_t end = p->offset + RECORD_BLOCK;

    if (!landed) {
        file_failed(f);
        f->written = p->offset < f->written ? p->offset : f->written;
    } else if (f->err.text[0] == '\0') {
        f->written = end > f->written ? end : f->written;
    }
}

/* One that flew is there as far as `done`; the rest is written here. */
static void block_landed(struct disk *d, const struct disk_piece *p, struct disk_file *f, int done)
{
    uint32_t n = done > 0 ? (uint32_t)done : 0;

    errno = done < 0 ? -done : 0;
    bool landed = done >= 0 && (n == RECORD_BLOCK || write_all(f->fd, p->memory + n, RECORD_BLOCK - n, p->offset + n));
    block_done(p, f, landed);
    atomic_fetch_add_explicit(&d->bytes, landed ? RECORD_BLOCK : 0, memory_order_relaxed);
}

static void later_put(struct disk *d, const struct job *job)
{
    pthread_mutex_lock(&d->lock);
    while (d->later_n == d->later_room) {
        pthread_cond_wait(&d->less, &d->lock);
    }
    d->later[(d->later_first + d->later_n++) % d->later_room] = *job;
    pthread_cond_signal(&d->more_later);
    pthread_mutex_unlock(&d->lock);
}

/* What takes long, and what waits until it is safe on the disk: meanwhile packets go there. */
static void *later_main(void *arg)
{
    struct disk *d = arg;

    pthread_mutex_lock(&d->lock);
    for (;;) {
        while (d->later_n == 0 && !d->end_later) {
            pthread_cond_wait(&d->more_later, &d->lock);
        }
        if (d->later_n == 0) {
            break;
        }
        struct job job = d->later[d->later_first];
        d->later_first = (d->later_first + 1) % d->later_room;
        d->later_n--;
        d->busy_later = true;
        pthread_cond_broadcast(&d->less);
        pthread_mutex_unlock(&d->lock);
        job.run(job.ctx);
        pthread_mutex_lock(&d->lock);
        d->busy_later = false;
        pthread_cond_broadcast(&d->less);
    }
    pthread_mutex_unlock(&d->lock);
    return NULL;
}

static void task_run(struct disk *d, const struct task *t)
{
    const struct disk_piece *p = &t->piece;
    bool landed = true;

    if (t->file == NULL && t->later) {
        later_put(d, &t->job);
        return;
    }
    if (t->file == NULL) {
        t->job.run(t->job.ctx);
        return;
    }
    if (t->file->err.text[0] != '\0') {
        return;
    }
    for (unsigned i = 0; i < DISK_RANGES && landed; i++) {
        const struct disk_range *r = &p->range[i];
        landed = write_all(t->file->fd, p->memory + r->from, r->to - r->from, p->offset + r->from);
        atomic_fetch_add_explicit(&d->bytes, landed ? r->to - r->from : 0, memory_order_relaxed);
    }
    if (p->last) {
        block_done(p, t->file, landed);
    } else if (!landed) {
        file_failed(t->file);
    }
}

static void memory_back(struct disk *d, uint8_t *memory)
{
    pthread_mutex_lock(&d->lock);
    d->free[d->free_n++] = memory;
    pthread_cond_broadcast(&d->less);
    pthread_mutex_unlock(&d->lock);
}

/* Waits for one block at least, or for all. */
static void landed(struct disk *d, bool all)
{
    unsigned slot;
    int done;

    while (uring_flying(d->ring) != 0 && uring_wait(d->ring, &slot, &done)) {
        block_landed(d, &d->flying[slot].piece, d->flying[slot].file, done);
        memory_back(d, d->flying[slot].piece.memory);
        if (!all) {
            return;
        }
    }
}

/* All of a block at once. */
static bool piece_whole(const struct disk_piece *p) { return p->last && p->range[0].to - p->range[0].from == RECORD_BLOCK; }

/* Whole blocks fly, several at a time; jobs that come behind them wait for them. */
static void task_start(struct disk *d, struct task *t)
{
    if (t->file != NULL && t->file->vault != NULL && t->file->err.text[0] == '\0' && !piece_seal(&t->piece, t->file->vault)) {
        errno = EIO;
        file_failed(t->file);
    }
    if (d->ring == NULL || t->file == NULL || !piece_whole(&t->piece) || t->file->err.text[0] != '\0') {
        if (d->ring != NULL && t->file == NULL) {
            landed(d, true);
        }
        task_run(d, t);
        if (t->piece.memory != NULL) {
            memory_back(d, t->piece.memory);
        }
        return;
    }
    while (uring_flying(d->ring) == URING_DEPTH) {
        landed(d, false);
    }
    int slot = uring_write(d->ring, t->file->fd, t->piece.memory, t->piece.offset);
    if (slot < 0) { /* cannot be: it goes as it does without */
        task_run(d, t);
        memory_back(d, t->piece.memory);
        return;
    }
    d->flying[slot] = *t;
}

/* The next task; false: none is there, or will be. */
static bool task_next(struct disk *d, struct task *t)
{
    bool flies = d->ring != NULL && uring_flying(d->ring) != 0;

    pthread_mutex_lock(&d->lock);
    while (d->n == 0 && !d->end && !flies) {
        d->busy = false;
        pthread_cond_broadcast(&d->less);
        pthread_cond_wait(&d->more, &d->lock);
    }
    bool some = d->n != 0;
    if (some) {
        *t = d->task[d->first];
        d->first = (d->first + 1) % d->room;
        d->n--;
        pthread_cond_broadcast(&d->less);
    }
    d->busy = some || flies;
    pthread_mutex_unlock(&d->lock);
    return some;
}

static void *disk_main(void *arg)
{
    struct disk *d = arg;
    struct task t;

    for (;;) {
        if (task_next(d, &t)) {
            task_start(d, &t);
        } else if (d->ring != NULL && uring_flying(d->ring) != 0) {
            landed(d, false);
        } else if (d->end) {
            return NULL;
        }
    }
}

static void later_end(struct disk *d)
{
    pthread_mutex_lock(&d->lock);
    d->end_later = true;
    pthread_cond_signal(&d->more_later);
    pthread_mutex_unlock(&d->lock);
    pthread_join(d->other, NULL);
}

struct disk *disk_new(unsigned blocks, bool wait, struct uring *ring, struct err *err)
{
    struct disk *d = calloc(1, sizeof *d);

    if (d == NULL) {
        uring_free(ring);
        err_set(err, "recorder: not enough memory");
        return NULL;
    }
    d->blocks = blocks;
    d->room = blocks + 64;
    d->later_room = DISK_LATER(blocks);
    d->wait = wait;
    d->ring = ring;
    d->memory = map_take((size_t)blocks * RECORD_BLOCK, 4096);
    d->free = calloc(blocks, sizeof *d->free);
    d->task = calloc(d->room, sizeof *d->task);
    d->later = calloc(d->later_room, sizeof *d->later);
    pthread_mutex_init(&d->lock, NULL);
    pthread_cond_init(&d->more, NULL);
    pthread_cond_init(&d->less, NULL);
    pthread_cond_init(&d->more_later, NULL);
    bool good = d->memory != NULL && d->free != NULL && d->task != NULL && d->later != NULL;
    for (unsigned i = 0; good && i < blocks; i++) {
        d->free[d->free_n++] = d->memory + (size_t)i * RECORD_BLOCK;
    }
    if (good && ring != NULL) {
        uring_memory(ring, d->memory, (size_t)blocks * RECORD_BLOCK);
    }
    good = good && pthread_create(&d->other, NULL, later_main, d) == 0;
    if (!good || pthread_create(&d->thread, NULL, disk_main, d) != 0) {
        err_set(err, "recorder: not enough memory for %u blocks of 1 MB", blocks);
        if (good) {
            later_end(d);
        }
        map_give(d->memory, (size_t)blocks * RECORD_BLOCK);
        uring_free(ring);
        free(d->free);
        free(d->task);
        free(d->later);
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
    later_end(d);
    pthread_mutex_destroy(&d->lock);
    pthread_cond_destroy(&d->more_later);
    pthread_cond_destroy(&d->more);
    pthread_cond_destroy(&d->less);
    uring_free(d->ring);
    map_give(d->memory, (size_t)d->blocks * RECORD_BLOCK);
    free(d->free);
    free(d->task);
    free(d->later);
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

void disk_write(struct disk *d, struct disk_file *f, const struct disk_piece *p) { put(d, &(struct task){ .file = f, .piece = *p }); }

void disk_job(struct disk *d, void (*job)(void *ctx), void *ctx) { put(d, &(struct task){ .job = { job, ctx } }); }
void disk_later(struct disk *d, void (*job)(void *ctx), void *ctx) { put(d, &(struct task){ .job = { job, ctx }, .later = true }); }

void disk_wait(struct disk *d)
{
    pthread_mutex_lock(&d->lock);
    while (d->n != 0 || d->busy || d->later_n != 0 || d->busy_later) {
        pthread_cond_wait(&d->less, &d->lock);
    }
    pthread_mutex_unlock(&d->lock);
}

uint64_t disk_bytes(const struct disk *d) { return atomic_load_explicit(&d->bytes, memory_order_relaxed); }
