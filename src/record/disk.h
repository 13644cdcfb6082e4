/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * disk - the recorder's threads: blocks go to their files while the workers go on, and what takes long is done beside that.
 *
 * Shared by all lanes of a recorder.  A lane takes a block's memory, fills it and gives it back with the place it belongs to; work
 * that comes behind blocks of a file (its index, its name) goes the same way, so it finds them written.  A full queue waits
 * reading files, and refuses live.
 */
#ifndef RECORD_DISK_H
#define RECORD_DISK_H

#include "base/err.h"

#include <stdatomic.h>
#include <stdint.h>

struct disk;
struct uring;
struct vault;
/* `blocks`: 1 MB each, as many as may be under way.  `ring`: taken over, NULL: blocks are written one after the other. */
struct disk *disk_new(unsigned blocks, bool wait, struct uring *ring, struct err *err);
void disk_free(struct disk *d); /* when all is done */

/* A file being written, the lane's; touched by the disk's threads from disk_write to the job behind.  What fails once is not tried again. */
struct disk_file {
    int fd;
    struct vault *vault;     /* what is written is sealed by it, page by page; NULL: it is not */
    uint64_t written;        /* bytes from the start that are there; where something failed, at least */
    struct err err;          /* why not all of it is */
    _Atomic bool failed;     /* the same for the lane's eyes */
};

uint8_t *disk_take(struct disk *d);                     /* NULL: none is free */
void disk_give(struct disk *d, uint8_t *block);         /* unused */
/* Of a block's memory the ranges, in order, go to the file; then it is free.  What is sealed has its place among the file's pages. */
enum { DISK_RANGES = 3 };
struct disk_piece {
    uint64_t offset;         /* of its memory in the file */
    uint8_t *memory;
    struct disk_range { uint32_t from, to; } range[DISK_RANGES]; /* empty ones are left out */
    bool last;               /* with it the block is there, for good: counts as written */
};
void disk_fail(struct disk_file *f, const struct err *err); /* nothing of it is written from here on; on the disk's thread */
void disk_write(struct disk *d, struct disk_file *f, const struct disk_piece *p);
/* Called on the disk's thread when all that was given before is done. */
void disk_job(struct disk *d, void (*job)(void *ctx), void *ctx);
/* The same on a thread beside it, one job after the other: what comes behind goes on, as long as so many wait. */
#define DISK_LATER(blocks) ((blocks) / 2 + 4) /* a lane has four blocks at least, seals one segment at a time, and looks at the budget behind it */
void disk_later(struct disk *d, void (*job)(void *ctx), void *ctx);
void disk_wait(struct disk *d);                         /* until nothing is left to do */
uint64_t disk_bytes(const struct disk *d);

#endif
