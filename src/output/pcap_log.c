/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pcap_log - frames as capture files: a new one at the size limit, the oldest gone beyond the number of files.
 *
 * A frame is written whole or counted as lost: of what a full disk took in part the file keeps the whole frames, or (compressed) ends.
 */
#include "base/file.h"
#include "output/aside.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef HAVE_LIBLZ4
#include <lz4frame.h>
#endif

enum { ROOM = 512 * 1024, FRAME_HEAD = 16, THREADS_MAX = 64, SNAPLEN = 262144, LINKTYPE_RAW = 101, DLT_RAW = 12 };

/* The file that one thread's frames (mode multi) or everybody's go to. */
struct writer {
    int fd;                /* -1: none yet */
    char path[PATH_MAX];
    uint32_t link;
    uint64_t size;         /* bytes of the capture in this file, before compression */
    uint8_t *buffer;
    size_t n;
    uint64_t pending;      /* frames in them */
    uint64_t stamp;        /* of the file's name … */
    unsigned nth;          /* … and how many had it before */
    bool failed;           /* the last file could not be begun, or ended early: the next one has time */
    struct aside files;    /* of this run and before */
#ifdef HAVE_LIBLZ4
    LZ4F_cctx *lz4;
    uint8_t *packed;
    size_t packed_room;
#endif
};

struct capture {
    struct writer writer[THREADS_MAX];
    bool apart;            /* a file per thread: the thread is in its name */
    char dir[PATH_MAX - 512];
};

/* ---- bytes out ---- */

/* The file ends here. */
static void writer_end(struct sink *s, struct writer *w)
{
    w->n = 0;
    w->pending = 0;
    if (w->fd >= 0 && close(w->fd) != 0) {
        sink_fail(s, w->path, 1);
    }
    w->fd = -1;
}

/* … early; the next one is begun in a while. */
static void writer_fail(struct sink *s, struct writer *w)
{
    w->failed = true;
    (void)sink_again(s);
    writer_end(s, w);
}

/* Of the buffer's first `done` bytes those of whole frames, and how many these are. */
static size_t whole_frames(const struct writer *w, size_t done, uint64_t *frames)
{
    size_t whole = 0;

    *frames = 0;
    for (uint32_t n; whole + FRAME_HEAD <= done; whole += FRAME_HEAD + n, ++*frames) {
        memcpy(&n, w->buffer + whole + 8, sizeof n);
        if (whole + FRAME_HEAD + n > done) {
            break;
        }
    }
    return whole;
}

static void plain_flush(struct sink *s, struct writer *w)
{
    size_t done = file_write(w->fd, bytes_of(w->buffer, w->n));
    uint64_t kept;

    if (done == w->n) {
        sink_well(s);
        return;
    }
    size_t whole = whole_frames(w, done, &kept);
    sink_fail(s, w->path, w->pending - kept);
    w->size -= w->n - whole;
    if (w->pending == 0 /* it is the file's head */ || !file_cut(w->fd, done - whole)) {
        writer_fail(s, w);
    }
}

#ifdef HAVE_LIBLZ4
/* What is packed; error: nothing is. */
static bool packed_out(struct sink *s, struct writer *w, size_t n)
{
    size_t done = LZ4F_isError(n) ? 0 : file_write(w->fd, bytes_of(w->packed, n));

    if (!LZ4F_isError(n) && done == n) {
        sink_well(s);
        return true;
    }
    errno = LZ4F_isError(n) ? EIO : errno;
    sink_fail(s, w->path, w->pending);
    (void)file_cut(w->fd, done);
    writer_fail(s, w);
    return false;
}
#endif

static void writer_flush(struct sink *s, struct writer *w)
{
    if (w->n == 0) {
        return;
    }
#ifdef HAVE_LIBLZ4
    if (w->lz4 != NULL) {
        (void)packed_out(s, w, LZ4F_compressUpdate(w->lz4, w->packed, w->packed_room, w->buffer, w->n, NULL));
    } else
#endif
        plain_flush(s, w);
    w->n = 0;
    w->pending = 0;
}

static void bytes_out(struct writer *w, const void *p, size_t n)
{
    memcpy(w->buffer + w->n, p, n);
    w->n += n;
    w->size += n;
}

#ifdef HAVE_LIBLZ4
static bool lz4_begin(struct sink *s, struct writer *w)
{
    const LZ4F_preferences_t how = { .frameInfo = { .contentChecksumFlag = s->settings->capture.lz4_checksum ? LZ4F_contentChecksumEnabled : LZ4F_noContentChecksum },
                                     .compressionLevel = s->settings->capture.lz4_level, .autoFlush = 1 /* so that what is lost can be told */ };

    if (w->packed == NULL) {
        w->packed_room = LZ4F_compressBound(ROOM, &how) + LZ4F_HEADER_SIZE_MAX;
        w->packed = malloc(w->packed_room);
    }
    if (w->packed == NULL || (w->lz4 == NULL && LZ4F_isError(LZ4F_createCompressionContext(&w->lz4, LZ4F_VERSION)))) {
        w->lz4 = NULL;
        errno = ENOMEM;
        sink_fail(s, w->path, 0);
        writer_fail(s, w);
        return false;
    }
    return packed_out(s, w, LZ4F_compressBegin(w->lz4, w->packed, w->packed_room, &how));
}
#endif

/* ---- files ---- */

static void writer_close(struct sink *s, struct writer *w)
{
    if (w->fd < 0) {
        return;
    }
    writer_flush(s, w);
#ifdef HAVE_LIBLZ4
    if (w->fd >= 0 && w->lz4 != NULL) {
        (void)packed_out(s, w, LZ4F_compressEnd(w->lz4, w->packed, w->packed_room, NULL));
    }
#endif
    writer_end(s, w);
}

/* The name with %n (thread), %i (process), %t (time); without %t the time stands behind, and behind all a number where the time was another's. */
static bool name_make(const struct sink *s, struct writer *w, const struct capture_event *e, char path[PATH_MAX])
{
    const struct capture_settings *x = &s->settings->capture;
    const struct capture *c = s->state;
    char stamp[48], name[512], nth[16] = "";
    size_t n = 0;
    bool timed = false;

    if (x->usec) {
        snprintf(stamp, sizeof stamp, "%llu.%llu", (unsigned long long)(e->ts / CLOCK_SECOND), (unsigned long long)(e->ts / 1000 % 1000000));
    } else {
        snprintf(stamp, sizeof stamp, "%llu", (unsigned long long)(e->ts / CLOCK_SECOND));
    }
    for (const char *p = s->settings->file; *p != '\0' && n + 64 < sizeof name; p++) {
        if (*p != '%' || p[1] == '\0' || !x->multi) {
            name[n++] = *p;
            continue;
        }
        p++;
        int k = *p == 'n'   ? snprintf(name + n, sizeof name - n, "%u", e->thread + 1)
                : *p == 'i' ? snprintf(name + n, sizeof name - n, "%ld", (long)getpid())
                : *p == 't' ? snprintf(name + n, sizeof name - n, "%s", stamp)
                            : snprintf(name + n, sizeof name - n, "%%%c", *p);
        timed |= *p == 't';
        n += (size_t)k;
    }
    name[n] = '\0';
    uint64_t second = e->ts / (x->usec ? 1000 : CLOCK_SECOND);
    w->nth = w->stamp == second ? w->nth + 1 : 0;
    w->stamp = second;
    if (w->nth != 0) {
        snprintf(nth, sizeof nth, ".%u", w->nth);
    }
    int k = snprintf(path, PATH_MAX, "%s/%s%s%s%s%s", c->dir, name, timed ? "" : ".", timed ? "" : stamp, nth, x->lz4 ? ".lz4" : "");
    return k > 0 && k < PATH_MAX;
}

static void writer_open(struct sink *s, struct writer *w, const struct capture_event *e)
{
    struct {
        uint32_t magic;
        uint16_t major, minor;
        uint32_t zone, accuracy, snaplen, link;
    } head = { 0xa1b2c3d4, 2, 4, 0, 0, SNAPLEN, e->link == DLT_RAW ? LINKTYPE_RAW : e->link };

    w->size = 0;
    w->link = e->link;
    w->failed = false;
    if (!name_make(s, w, e, w->path)) {
        errno = ENAMETOOLONG;
        sink_fail(s, s->settings->file, 0);
        writer_fail(s, w);
        return;
    }
    w->fd = open(w->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
    if (w->fd < 0) {
        sink_fail(s, w->path, 0);
        writer_fail(s, w);
        return;
    }
    bytes_out(w, &head, sizeof head);
#ifdef HAVE_LIBLZ4
    if (!s->settings->capture.lz4 || lz4_begin(s, w))
#endif
        writer_flush(s, w);
    if (w->fd < 0) { /* it pushes no older one out */
        (void)unlink(w->path);
        return;
    }
    aside_add(s, &w->files, w->path);
}

/* ---- the sink ---- */

static bool capture_open(struct sink *s, struct err *err)
{
    const char *dir = s->settings->capture.dir;
    struct capture *c = s->state = calloc(1, sizeof *c);

    if (c == NULL) {
        return err_sys(err, "capture files");
    }
    c->apart = s->settings->capture.multi && strstr(s->settings->file, "%n") != NULL;
    for (unsigned i = 0; i < THREADS_MAX; i++) {
        c->writer[i].fd = -1;
        c->writer[i].stamp = UINT64_MAX;
        c->writer[i].files.keep = s->settings->capture.max_files;
    }
    int n = dir == NULL ? snprintf(c->dir, sizeof c->dir, "%s", s->dir)
            : dir[0] == '/' ? snprintf(c->dir, sizeof c->dir, "%s", dir)
                            : snprintf(c->dir, sizeof c->dir, "%s/%s", s->dir, dir);
    if (n <= 0 || (size_t)n >= sizeof c->dir) {
        return err_set(err, "pcap-log.dir: '%s' is too long a name", dir != NULL ? dir : s->dir);
    }
    if (dir != NULL && !file_make_folder(c->dir, err)) {
        return false;
    }
    if (!c->apart) {
        char name[512];
        size_t length = strlen(s->settings->file), time = s->settings->capture.multi && length > 3 && strcmp(s->settings->file + length - 3, ".%t") == 0 ? 3 : 0;
        snprintf(name, sizeof name, "%.*s", (int)(length - time), s->settings->file);
        aside_find(s, &c->writer[0].files, c->dir, name, 0, ".lz4");
    }
    return true;
}

static void capture_put(struct sink *s, const struct event *event)
{
    struct capture *c = s->state;
    struct capture_event e;

    bug_if(event->line.n < sizeof e);
    memcpy(&e, event->line.p, sizeof e);
    struct bytes frame = bytes_head(bytes_from(event->line, sizeof e), SNAPLEN);
    struct writer *w = &c->writer[c->apart && e.thread < THREADS_MAX ? e.thread : 0];
    const uint32_t head[4] = { (uint32_t)(e.ts / CLOCK_SECOND), (uint32_t)(e.ts / 1000 % 1000000), (uint32_t)frame.n, e.original };
    uint64_t limit = s->settings->capture.limit;

    if (w->buffer == NULL && (w->buffer = malloc(ROOM)) == NULL) {
        sink_fail(s, s->settings->file, 1);
        return;
    }
    if (w->fd >= 0 && (w->link != e.link || (limit != 0 && w->size + sizeof head + frame.n > limit))) {
        writer_close(s, w);
    }
    if (w->fd >= 0 && w->n + sizeof head + frame.n > ROOM) {
        writer_flush(s, w);
    }
    if (w->fd < 0 && (!w->failed || sink_again(s))) {
        writer_open(s, w, &e);
    }
    if (w->fd < 0) {
        s->lost++;
        return;
    }
    bytes_out(w, head, sizeof head);
    bytes_out(w, frame.p, frame.n);
    w->pending++;
}

static void capture_flush(struct sink *s)
{
    struct capture *c = s->state;

    for (unsigned i = 0; i < THREADS_MAX; i++) {
        if (c->writer[i].fd >= 0) {
            writer_flush(s, &c->writer[i]);
        }
    }
}

static void capture_close(struct sink *s)
{
    struct capture *c = s->state;

    for (unsigned i = 0; c != NULL && i < THREADS_MAX; i++) {
        struct writer *w = &c->writer[i];
        writer_close(s, w);
        aside_fini(&w->files);
        free(w->buffer);
#ifdef HAVE_LIBLZ4
        LZ4F_freeCompressionContext(w->lz4);
        free(w->packed);
#endif
    }
    free(c);
}

const struct sink_ops sink_pcap_log = { capture_open, capture_put, capture_flush, capture_close };
