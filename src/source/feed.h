/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * feed - the bytes of one capture file, in order, whatever they come from: a descriptor, a mapping, a pipe that all
 * workers share, or another feed that is gzip-compressed.
 *
 * A reader asks for n contiguous bytes (feed_need), looks at them at feed.p, and takes them (feed_take).  Taken bytes
 * stay where they are until feed_release, so frames are used in place.  A file of which only parts are wanted is mapped;
 * the others fill blocks of their own, which are recycled at the release: memory is bounded by what one batch may hold
 * (FEED_HELD_MAX).  A copy into a block that is still in the cache costs less than a mapping's page tables, and than to
 * wait for each frame's bytes.
 * Owned by one source; one thread.
 */
#ifndef SOURCE_FEED_H
#define SOURCE_FEED_H

#include "base/err.h"
#include "base/rd.h"

#define FEED_BLOCK    ((size_t)1 << 20) /* bytes of a block, and the most that can be asked for at once */
#define FEED_HELD_MAX (8 * FEED_BLOCK)  /* taken bytes after which a batch should end */

enum feed_status {
    FEED_OK,
    FEED_WAIT, /* not yet there: a live pipe; ask again */
    FEED_END,  /* fewer than that are left, and no more will come; feed.err tells when that is a failure */
};

struct source_pipe;
struct feed_block;

struct feed {
    const uint8_t *p; /* unread bytes, contiguous */
    size_t n;
    uint64_t offset; /* of p in the (decompressed) file */
    size_t held;     /* bytes taken since the last release */
    bool lent;       /* bytes of `block` were taken: it must stay as it is until it is recycled */
    uint64_t skip;   /* bytes to discard before the next are looked at */
    struct err err;

    /* Puts up to `room` bytes at `to`, *got of them; NULL for a mapping, which is all there. */
    enum feed_status (*fill)(struct feed *f, uint8_t *to, size_t room, size_t *got);
    struct feed_block *block; /* the one that p points into */
    struct feed_block *used;  /* earlier ones whose bytes may be in use */
    struct feed_block *spare;
    uint8_t *map;
    size_t map_n, map_dropped, map_near; /* near: up to there it is in the page table; of a sparse one the last stretch that is */
    bool sparse;
    int fd;
    uint64_t left;      /* of a file: bytes of what it was when it was opened that were not read yet */
    struct source_pipe *pipe;
    unsigned pipe_reader;
    struct feed *inner; /* of a gzip feed */
    void *state;        /* what fill needs besides */
    size_t least;       /* bytes of room that it would have, where nothing is unread */
    bool between;       /* a gzip member has ended, another may follow */
    bool known;         /* whether it is gzip */
};

/* Opens a path: `pipe` when that is what the path was opened for, mapped when it is a regular file and parts of it are wanted, else read. */
struct feed *feed_open(const char *path, struct source_pipe *pipe, bool parts, struct err *err);
/* Over a socket, which is its own from here on; nothing waits for what comes by it. */
struct feed *feed_open_socket(int fd);
/* Over bytes in memory, which must outlive it: for tests and fuzzing. */
struct feed *feed_open_bytes(struct bytes b);
struct source_chunks;
struct feed *feed_open_chunks(const struct source_chunks *chunks, const char *name, struct err *err);
void feed_close(struct feed *f);
/* Before anything is taken: puts what unpacks gzip over a feed that is; FEED_WAIT: not known yet.  FEED_END: it cannot, with feed.err. */
enum feed_status feed_unpack(struct feed **f);
enum feed_status feed_more(struct feed *f, size_t n);
void feed_release(struct feed *f);
void feed_sparse(struct feed *f, size_t places); /* only so many pieces of it will be read: no more is fetched ahead than what feed_touch asks for */
void feed_near(struct feed *f, uint64_t at);
/* Of a sparse one the bytes from there on, at once. */
static inline void feed_touch_at(struct feed *f, uint64_t at)
{
    enum { AHEAD = 64 << 10 /* about what stands between two marks */ };

    if (f->sparse && at + AHEAD > f->map_near) {
        feed_near(f, at);
    }
}
static inline void feed_touch(struct feed *f)
{
    uint64_t at = f->map_n - f->n + f->skip;

    if (f->sparse && at >= f->map_near) {
        feed_near(f, at);
    }
}

/* n contiguous bytes at f->p, n <= FEED_BLOCK.  On FEED_END those that are left are there. */
static inline enum feed_status feed_need(struct feed *f, size_t n)
{
    return f->skip == 0 && f->n >= n ? FEED_OK : feed_more(f, n);
}

/* n <= f->n. */
static inline struct bytes feed_take(struct feed *f, size_t n)
{
    struct bytes b = { .p = f->p, .n = n };

    f->p += n;
    f->n -= n;
    f->offset += n;
    f->held += n;
    f->lent = true;
    return b;
}

/* Brings bytes that are read soon nearer, `n` of them (what was just taken), a stretch ahead: where the next record
 * begins is only known from the one before, so without this each costs a wait for memory. */
static inline void feed_prefetch(const struct feed *f, size_t n)
{
    enum { AHEAD = 8192, LINE = 64 };

    if (f->n > AHEAD + n) {
        for (size_t i = 0; i < n; i += LINE) {
            __builtin_prefetch(f->p + AHEAD + i);
        }
    }
}

/* pipe.c: a reader of the shared pipe. */
bool pipe_is_for(const struct source_pipe *p, const char *path);
bool pipe_attach(struct source_pipe *p, unsigned *reader);
void pipe_leave(struct source_pipe *p, unsigned reader);
enum feed_status pipe_read(struct source_pipe *p, unsigned reader, struct bytes *out); /* borrowed until pipe_passed */
void pipe_passed(struct source_pipe *p, unsigned reader, size_t n);
void pipe_error(struct source_pipe *p, struct err *err); /* filled when the pipe ended in a failure */

#endif
