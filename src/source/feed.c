/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "source/feed.h"

#include "source/source.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#define ZLIB_CONST
#include <zlib.h>

#define WAIT_MS   10                /* how long an idle pipe is waited for */
#define PIECE     ((size_t)256 << 10) /* of a file at once: it is still near the processor when it is looked at */
#define WINDOW    ((size_t)4 << 20) /* of a mapping: given back in steps of this */
#define PAGE_MASK (~(size_t)0xffff)

struct feed_block {
    struct feed_block *next;
    size_t filled;
    uint8_t bytes[FEED_BLOCK];
};

static void blocks_free(struct feed_block *b)
{
    while (b != NULL) {
        struct feed_block *next = b->next;
        free(b);
        b = next;
    }
}

/* A block that starts with what is left of the last one, so that a run may go on past its end. */
static bool block_next(struct feed *f)
{
    struct feed_block *b = f->spare;

    if (f->block != NULL && !f->lent) {
        memmove(f->block->bytes, f->p, f->n);
        f->block->filled = f->n;
        f->p = f->block->bytes;
        return true;
    }
    if (b != NULL) {
        f->spare = b->next;
    } else {
        b = malloc(sizeof(*b));
        if (b == NULL) {
            return err_sys(&f->err, "block for reading");
        }
    }
    b->next = NULL;
    b->filled = f->n;
    memcpy(b->bytes, f->p, f->n);
    if (f->block != NULL) {
        f->block->next = f->used;
        f->used = f->block;
    }
    f->block = b;
    f->p = b->bytes;
    f->lent = false;
    return true;
}

static void feed_discard(struct feed *f)
{
    size_t n = f->skip < f->n ? (size_t)f->skip : f->n;

    f->p += n;
    f->n -= n;
    f->offset += n;
    f->skip -= n;
}

enum feed_status feed_more(struct feed *f, size_t n)
{
    feed_discard(f);
    while (f->skip > 0 || f->n < n) {
        size_t got = 0;
        if (f->fill == NULL) {
            return FEED_END;
        }
        size_t at = f->block == NULL ? 0 : (size_t)(f->p - f->block->bytes);
        bool full = f->block == NULL || FEED_BLOCK - at < n || f->block->filled == FEED_BLOCK || (f->n == 0 && FEED_BLOCK - f->block->filled < f->least);
        if (full && !block_next(f)) {
            return FEED_END;
        }
        enum feed_status status = f->fill(f, f->block->bytes + f->block->filled, FEED_BLOCK - f->block->filled, &got);
        if (status != FEED_OK) {
            return status;
        }
        f->block->filled += got;
        f->n += got;
        feed_discard(f);
    }
    return FEED_OK;
}

/* The next stretch of a mapping at once instead of by a fault for every 64 KB.  A kernel that cannot goes on by faults. */
static void map_near(struct feed *f)
{
    size_t at = f->map_n - f->n;

    if (!f->sparse && f->map_near < f->map_n && at + (WINDOW >> 2) >= f->map_near) {
        size_t n = f->map_n - f->map_near < WINDOW ? f->map_n - f->map_near : WINDOW;
        (void)madvise(f->map + f->map_near, n, MADV_POPULATE_READ);
        f->map_near += n;
    }
}

/* What was read of a mapping is given back in large steps: captures larger than memory are common. */
static void map_release(struct feed *f)
{
    size_t at = f->map_n - f->n;

    if (at - f->map_dropped >= WINDOW + (WINDOW >> 2)) {
        size_t to = (at - (WINDOW >> 2)) & PAGE_MASK;
        (void)madvise(f->map + f->map_dropped, to - f->map_dropped, MADV_DONTNEED);
        f->map_dropped = to;
    }
    map_near(f);
}

enum { STRETCH = 128 << 10 };

void feed_sparse(struct feed *f, size_t places)
{
    if (f->map != NULL) {
        (void)madvise(f->map, f->map_n, MADV_NORMAL);
        f->sparse = places > f->map_n / STRETCH / 2; /* else what is touched is cheaper than what is near it */
        f->map_near = f->sparse ? 0 : f->map_n;
    }
}

void feed_near(struct feed *f, uint64_t from)
{
    uint64_t at = (from > f->map_near ? from : f->map_near) & ~(uint64_t)(STRETCH - 1);
    size_t n = at >= f->map_n ? 0 : f->map_n - at < STRETCH ? f->map_n - (size_t)at : STRETCH;

    if (n != 0) {
        (void)madvise(f->map + at, n, MADV_POPULATE_READ);
    }
    f->map_near = (size_t)at + n;
}

void feed_release(struct feed *f)
{
    f->held = 0;
    if (f->map != NULL) {
        map_release(f);
    }
    while (f->used != NULL) {
        struct feed_block *b = f->used;
        f->used = b->next;
        b->next = f->spare;
        f->spare = b;
    }
    if (f->inner != NULL) {
        feed_release(f->inner);
    }
}

static enum feed_status fill_now(struct feed *f, uint8_t *to, size_t room, size_t *got)
{
    ssize_t n = read(f->fd, to, room);
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) {
        return FEED_WAIT;
    }
    if (n < 0) {
        (void)err_sys(&f->err, "read");
        return FEED_END;
    }
    *got = (size_t)n;
    return n == 0 ? FEED_END : FEED_OK;
}

/* What it was when it was opened: all workers see the same of a file that grows. */
static enum feed_status fill_file(struct feed *f, uint8_t *to, size_t room, size_t *got)
{
    size_t most = room < PIECE ? room : PIECE;
    enum feed_status status = f->left == 0 ? FEED_END : fill_now(f, to, f->left < most ? (size_t)f->left : most, got);

    f->left -= *got;
    return status;
}

static enum feed_status fill_fd(struct feed *f, uint8_t *to, size_t room, size_t *got)
{
    struct pollfd pfd = { .fd = f->fd, .events = POLLIN };
    int ready = poll(&pfd, 1, WAIT_MS);

    return ready == 0 || (ready < 0 && errno == EINTR) ? FEED_WAIT : fill_now(f, to, room, got);
}

static enum feed_status fill_pipe(struct feed *f, uint8_t *to, size_t room, size_t *got)
{
    struct bytes b;
    enum feed_status status = pipe_read(f->pipe, f->pipe_reader, &b);

    if (status == FEED_END) {
        pipe_error(f->pipe, &f->err);
    }
    if (status != FEED_OK) {
        return status;
    }
    *got = b.n < room ? b.n : room;
    memcpy(to, b.p, *got);
    pipe_passed(f->pipe, f->pipe_reader, *got);
    return FEED_OK;
}

/* What stops gzip data: the failure of what is underneath, or its end at a wrong place. */
static enum feed_status gzip_end(struct feed *f)
{
    struct feed *in = f->inner;

    if (in->err.text[0] != 0) {
        f->err = in->err;
    } else if (!f->between) {
        (void)err_set(&f->err, "gzip data ends early at byte %llu", (unsigned long long)in->offset);
    }
    return FEED_END;
}

/* A second member may follow the first (RFC 1952 2.2); what is no member is trailing rubbish, which gzip ignores too.
 */
static enum feed_status gzip_next_member(struct feed *f)
{
    enum feed_status status = feed_need(f->inner, 2);

    if (status != FEED_OK) {
        return status;
    }
    if (f->inner->p[0] != 0x1f || f->inner->p[1] != 0x8b || inflateReset(f->state) != Z_OK) {
        return FEED_END;
    }
    f->between = false;
    return FEED_OK;
}

/* Not for ever: a head may be long, and blocks empty, as long as somebody sends them. */
static enum feed_status fill_gzip(struct feed *f, uint8_t *to, size_t room, size_t *got)
{
    enum { TRIES = 64 };
    struct feed *in = f->inner;
    z_stream *z = f->state;

    for (unsigned i = 0; *got == 0 && i < TRIES; i++) {
        enum feed_status status = f->between ? gzip_next_member(f) : feed_need(in, 1);
        if (status != FEED_OK) {
            return status == FEED_END ? gzip_end(f) : status;
        }
        size_t offered = in->n < UINT32_MAX / 2 ? in->n : UINT32_MAX / 2;
        z->next_in = in->p;
        z->avail_in = (uInt)offered;
        z->next_out = to;
        z->avail_out = (uInt)room;
        int result = inflate(z, Z_NO_FLUSH);
        (void)feed_take(in, offered - z->avail_in);
        feed_release(in); /* nobody keeps compressed bytes */
        *got = room - z->avail_out;
        f->between = result == Z_STREAM_END;
        if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) {
            (void)err_set(&f->err, "gzip data at byte %llu: %s", (unsigned long long)in->offset,
                          z->msg != NULL ? z->msg : "malformed");
            return *got > 0 ? FEED_OK : FEED_END;
        }
    }
    return *got > 0 ? FEED_OK : FEED_WAIT;
}

static struct feed *feed_new(void)
{
    struct feed *f = calloc(1, sizeof(*f));

    if (f != NULL) {
        f->p = rd_nothing;
        f->fd = -1;
    }
    return f;
}

struct feed *feed_open_bytes(struct bytes b)
{
    struct feed *f = feed_new();

    if (f != NULL) {
        f->p = b.p;
        f->n = b.n;
        f->known = true;
    }
    return f;
}

struct feed *feed_open_socket(int fd)
{
    struct feed *f = feed_new();

    if (f == NULL) {
        (void)close(fd);
        return NULL;
    }
    f->fd = fd;
    f->fill = fill_now;
    return f;
}

/* ---- chunks ---- */

struct chunk_state {
    const struct source_chunks *of;
    struct source_chunk chunk;   /* in bytes */
    uint8_t bytes[FEED_BLOCK];
};

static bool chunk_get(struct feed *f, uint64_t at, struct source_chunk *c)
{
    const struct chunk_state *state = f->state;

    c->n = 0;
    bool has = state->of->get(state->of->ctx, at, c, &f->err) && at >= c->from && at - c->from < c->n;
    c->n = has ? c->n : 0;
    return has;
}

/* What is skipped is not made.  Into the feed itself, where there is room and nothing unread before it that it must follow. */
static enum feed_status fill_chunks(struct feed *f, uint8_t *to, size_t room, size_t *got)
{
    struct chunk_state *state = f->state;
    struct source_chunk *c = &state->chunk;

    f->offset += f->skip; /* nothing is unread while there is something to skip */
    f->skip = 0;
    uint64_t at = f->offset + f->n;
    bool here = at >= c->from && at - c->from < c->n;
    if (!here && room >= state->of->least && (f->n == 0 || state->of->least == 1)) {
        struct source_chunk straight = { .to = to, .room = room };
        if (!chunk_get(f, at, &straight)) {
            return FEED_END;
        }
        f->skip = at - straight.from; /* of what was got; 0 where something is unread */
        f->offset -= f->skip;
        *got = straight.n;
        return FEED_OK;
    }
    if (!here && !chunk_get(f, at, c)) {
        return FEED_END;
    }
    size_t left = c->n - (size_t)(at - c->from);
    *got = left < room ? left : room;
    memcpy(to, c->to + (at - c->from), *got);
    return FEED_OK;
}

struct feed *feed_open_chunks(const struct source_chunks *chunks, const char *name, struct err *err)
{
    struct feed *f = feed_new();
    struct chunk_state *c = calloc(1, sizeof *c);

    if (f == NULL || c == NULL) {
        free(f);
        free(c);
        (void)err_sys(err, "%s", name);
        return NULL;
    }
    c->of = chunks;
    c->chunk = (struct source_chunk){ .to = c->bytes, .room = sizeof c->bytes };
    f->state = c;
    f->fill = fill_chunks;
    f->least = chunks->least;
    f->known = true;
    return f;
}

static bool feed_map(struct feed *f, const struct stat *st)
{
    size_t n = (size_t)st->st_size;
    void *map = mmap(NULL, n, PROT_READ, MAP_PRIVATE, f->fd, 0);

    if (map == MAP_FAILED) {
        return false;
    }
    (void)madvise(map, n, MADV_SEQUENTIAL);
    f->map = map;
    f->map_n = n;
    f->p = map;
    f->n = n;
    (void)close(f->fd);
    f->fd = -1;
    return true;
}

static bool feed_open_path(struct feed *f, const char *path, bool parts, struct err *err)
{
    struct stat st;

    f->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (f->fd < 0 || fstat(f->fd, &st) != 0) {
        return err_sys(err, "%s", path);
    }
    if (S_ISDIR(st.st_mode)) {
        errno = EISDIR;
        return err_sys(err, "%s", path);
    }
    const bool file = S_ISREG(st.st_mode) && st.st_size > 0; /* those of /proc tell no size */
    if (!file || !parts || !feed_map(f, &st)) {
        f->fill = file ? fill_file : fill_fd;
        f->left = (uint64_t)st.st_size;
    }
    return true;
}

enum feed_status feed_unpack(struct feed **feed)
{
    struct feed *in = *feed;
    enum feed_status status = in->known ? FEED_OK : feed_need(in, 2);

    if (status == FEED_WAIT) {
        return status;
    }
    if (in->known || status != FEED_OK || in->p[0] != 0x1f || in->p[1] != 0x8b) {
        in->known = true;
        return FEED_OK;
    }
    struct feed *f = feed_new();
    z_stream *z = calloc(1, sizeof(*z));
    if (f == NULL || z == NULL || inflateInit2(z, 15 + 16) != Z_OK) {
        free(f);
        free(z);
        (void)err_set(&in->err, "no memory to unpack gzip");
        return FEED_END;
    }
    f->inner = in;
    f->state = z;
    f->fill = fill_gzip;
    f->known = true;
    *feed = f;
    return FEED_OK;
}

struct feed *feed_open(const char *path, struct source_pipe *pipe, bool parts, struct err *err)
{
    struct feed *f = feed_new();
    bool opened = false;

    if (f == NULL) {
        (void)err_sys(err, "%s", path);
        return NULL;
    }
    if (pipe != NULL && pipe_is_for(pipe, path)) {
        f->fill = fill_pipe;
        opened = pipe_attach(pipe, &f->pipe_reader);
        f->pipe = opened ? pipe : NULL;
        if (!opened) {
            (void)err_set(err, "%s: can be read only once", path);
        }
    } else {
        opened = feed_open_path(f, strcmp(path, "-") == 0 ? "/dev/stdin" : path, parts, err);
    }
    if (!opened) {
        feed_close(f);
        return NULL;
    }
    return f;
}

void feed_close(struct feed *f)
{
    if (f == NULL) {
        return;
    }
    if (f->fill == fill_chunks) {
        free(f->state);
    }
    if (f->fill == fill_gzip) {
        (void)inflateEnd(f->state);
        free(f->state);
    }
    feed_close(f->inner);
    if (f->map != NULL) {
        (void)munmap(f->map, f->map_n);
    }
    if (f->fd >= 0) {
        (void)close(f->fd);
    }
    if (f->pipe != NULL) {
        pipe_leave(f->pipe, f->pipe_reader);
    }
    blocks_free(f->block);
    blocks_free(f->used);
    blocks_free(f->spare);
    free(f);
}
