/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pcap_log - frames as capture files: a new one at the size limit, the oldest gone beyond the number of files. */
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

enum { ROOM = 256 * 1024, THREADS_MAX = 64, SNAPLEN = 262144, LINKTYPE_RAW = 101, DLT_RAW = 12 };

/* The file that one thread's frames (mode multi) or everybody's go to. */
struct writer {
    int fd;                /* -1: none yet */
    char path[PATH_MAX];
    uint32_t link;
    uint64_t size;         /* bytes of the capture in this file, before compression */
    uint8_t *buffer;
    size_t n;
    uint64_t pending;
    struct aside files;    /* of this run and before */
#ifdef HAVE_LIBLZ4
    LZ4F_cctx *lz4;
    uint8_t *packed;
    size_t packed_room;
#endif
};

struct capture {
    struct writer writer[THREADS_MAX];
    char dir[PATH_MAX - 512];
};

/* ---- bytes out ---- */

static void raw_out(struct sink *s, struct writer *w, const void *p, size_t n, uint64_t frames)
{
    if (file_write(w->fd, bytes_of(p, n)) != n) {
        sink_fail(s, w->path, frames);
    }
}

static void writer_flush(struct sink *s, struct writer *w)
{
#ifdef HAVE_LIBLZ4
    if (w->lz4 != NULL) {
        size_t k = LZ4F_compressUpdate(w->lz4, w->packed, w->packed_room, w->buffer, w->n, NULL);
        if (LZ4F_isError(k)) {
            errno = EIO;
            sink_fail(s, w->path, w->pending);
        } else {
            raw_out(s, w, w->packed, k, w->pending);
        }
        w->n = 0;
        w->pending = 0;
        return;
    }
#endif
    raw_out(s, w, w->buffer, w->n, w->pending);
    w->n = 0;
    w->pending = 0;
}

static void bytes_out(struct sink *s, struct writer *w, const void *p, size_t n)
{
    for (struct bytes b = bytes_of(p, n); b.n != 0;) {
        struct bytes piece = bytes_head(b, ROOM - w->n);
        memcpy(w->buffer + w->n, piece.p, piece.n);
        w->n += piece.n;
        b = bytes_from(b, piece.n);
        if (w->n == ROOM) {
            writer_flush(s, w);
        }
    }
    w->size += n;
}

#ifdef HAVE_LIBLZ4
static void lz4_begin(struct sink *s, struct writer *w)
{
    const LZ4F_preferences_t how = { .frameInfo = { .contentChecksumFlag = s->settings->capture.lz4_checksum ? LZ4F_contentChecksumEnabled : LZ4F_noContentChecksum },
                                     .compressionLevel = s->settings->capture.lz4_level };

    if (w->packed == NULL) {
        w->packed_room = LZ4F_compressBound(ROOM, &how) + LZ4F_HEADER_SIZE_MAX;
        w->packed = malloc(w->packed_room);
    }
    if (w->packed == NULL || (w->lz4 == NULL && LZ4F_isError(LZ4F_createCompressionContext(&w->lz4, LZ4F_VERSION)))) {
        w->lz4 = NULL;
        errno = ENOMEM;
        sink_fail(s, w->path, 0);
        return;
    }
    size_t k = LZ4F_compressBegin(w->lz4, w->packed, w->packed_room, &how);
    if (!LZ4F_isError(k)) {
        raw_out(s, w, w->packed, k, 0);
    }
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
    if (w->lz4 != NULL) {
        size_t k = LZ4F_compressEnd(w->lz4, w->packed, w->packed_room, NULL);
        if (!LZ4F_isError(k)) {
            raw_out(s, w, w->packed, k, 0);
        }
    }
#endif
    if (close(w->fd) != 0) {
        sink_fail(s, w->path, 1);
    }
    w->fd = -1;
}

/* The name with %n (thread), %i (process), %t (time); without %t the time stands behind. */
static bool name_make(const struct sink *s, const struct capture *c, const struct capture_event *e, char path[PATH_MAX])
{
    const struct capture_settings *x = &s->settings->capture;
    char stamp[48], name[512];
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
    int k = snprintf(path, PATH_MAX, "%s/%s%s%s%s", c->dir, name, timed ? "" : ".", timed ? "" : stamp, x->lz4 ? ".lz4" : "");
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
    if (!name_make(s, s->state, e, w->path)) {
        errno = ENAMETOOLONG;
        sink_fail(s, s->settings->file, 0);
        return;
    }
    w->fd = open(w->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
    if (w->fd < 0) {
        sink_fail(s, w->path, 0);
        return;
    }
#ifdef HAVE_LIBLZ4
    if (s->settings->capture.lz4) {
        lz4_begin(s, w);
    }
#endif
    aside_add(s, &w->files, w->path);
    bytes_out(s, w, &head, sizeof head);
}

/* ---- the sink ---- */

static bool capture_open(struct sink *s, struct err *err)
{
    const char *dir = s->settings->capture.dir;
    struct capture *c = s->state = calloc(1, sizeof *c);

    if (c == NULL) {
        return err_sys(err, "capture files");
    }
    for (unsigned i = 0; i < THREADS_MAX; i++) {
        c->writer[i].fd = -1;
        c->writer[i].files.keep = s->settings->capture.max_files;
    }
    int n = dir == NULL ? snprintf(c->dir, sizeof c->dir, "%s", s->dir)
            : dir[0] == '/' ? snprintf(c->dir, sizeof c->dir, "%s", dir)
                            : snprintf(c->dir, sizeof c->dir, "%s/%s", s->dir, dir);
    if (n <= 0 || (size_t)n >= sizeof c->dir) {
        return err_set(err, "pcap-log.dir: '%s' is too long a name", dir != NULL ? dir : s->dir);
    }
    if (!s->settings->capture.multi) {
        aside_find(s, &c->writer[0].files, c->dir, s->settings->file, 0, ".lz4");
    }
    return true;
}

static void capture_put(struct sink *s, const struct event *event)
{
    struct capture *c = s->state;
    struct capture_event e;

    bug_if(event->line.n < sizeof e);
    memcpy(&e, event->line.p, sizeof e);
    struct bytes frame = bytes_from(event->line, sizeof e);
    struct writer *w = &c->writer[s->settings->capture.multi && e.thread < THREADS_MAX ? e.thread : 0];
    const uint32_t head[4] = { (uint32_t)(e.ts / CLOCK_SECOND), (uint32_t)(e.ts / 1000 % 1000000), (uint32_t)frame.n, e.original };
    uint64_t limit = s->settings->capture.limit;

    if (w->buffer == NULL && (w->buffer = malloc(ROOM)) == NULL) {
        sink_fail(s, s->settings->file, 1);
        return;
    }
    if (w->fd >= 0 && (w->link != e.link || (limit != 0 && w->size + sizeof head + frame.n > limit))) {
        writer_close(s, w);
    }
    if (w->fd < 0) {
        writer_open(s, w, &e);
    }
    if (w->fd < 0) {
        s->lost++;
        return;
    }
    bytes_out(s, w, head, sizeof head);
    bytes_out(s, w, frame.p, frame.n);
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
