/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lines - records as lines of a file or of standard output; a new file when its time has come. */
#include "base/file.h"
#include "output/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { ROOM = 256 * 1024 };

struct lines {
    char path[PATH_MAX];
    int fd;
    uint8_t *buffer;
    size_t n;
    uint64_t pending;   /* lines in the buffer */
    uint64_t next;      /* seconds: when a new file is due; 0: never */
    uint64_t size;      /* bytes of the file */
    uint32_t aside;     /* second of the last one that was put aside … */
    uint32_t aside_n;   /* … and how many in it */
    char **old;         /* those put aside, oldest first; with a limit to their number */
    size_t old_n;
    bool opened;        /* it was opened before: nothing is thrown away */
};

static uint64_t now_seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME_COARSE, &t);
    return (uint64_t)t.tv_sec;
}

static bool file_open(struct sink *s, struct lines *l, uint64_t now, struct err *err)
{
    const struct sink_settings *x = s->settings;
    int how = O_WRONLY | O_CREAT | O_CLOEXEC | (x->append || l->next != 0 || l->opened ? O_APPEND : O_TRUNC);

    if (!sink_path(s, x->file, now, l->path, err)) {
        return false;
    }
    l->fd = open(l->path, how, x->mode != 0 ? x->mode : 0640);
    if (l->fd >= 0 && x->mode != 0) {
        (void)fchmod(l->fd, x->mode); /* whatever the mask says: it was asked for */
    }
    if (x->rotate != 0) {
        l->next = now - now % x->rotate + x->rotate;
    }
    struct stat st;
    l->size = l->fd >= 0 && fstat(l->fd, &st) == 0 ? (uint64_t)st.st_size : 0;
    return l->fd >= 0 || err_sys(err, "open log file %s", l->path);
}

static bool lines_open(struct sink *s, struct err *err)
{
    struct lines *l = s->state = calloc(1, sizeof *l);

    if (l == NULL || (l->buffer = malloc(ROOM)) == NULL) {
        return err_sys(err, "log file %s", s->settings->file);
    }
    if (s->settings->type == SINK_CONSOLE) {
        l->fd = STDOUT_FILENO;
        snprintf(l->path, sizeof l->path, "standard output");
        return true;
    }
    l->fd = -1;
    return file_open(s, l, now_seconds(), err);
}

/* Of what was written of a text that could not be written whole: its lines stay, and a line that was begun goes again. */
static uint64_t lines_kept(const struct lines *l, struct bytes done)
{
    uint64_t n = 0;
    size_t whole = 0;

    for (size_t i = 0; i < done.n; i++) {
        if (done.p[i] == '\n') {
            n++;
            whole = i + 1;
        }
    }
    off_t end = lseek(l->fd, 0, SEEK_END);
    if (whole < done.n && end >= (off_t)(done.n - whole)) {
        off_t cut = end - (off_t)(done.n - whole);
        if (ftruncate(l->fd, cut) != 0 || lseek(l->fd, cut, SEEK_SET) < 0) {
            return n; /* no file: half a line stays */
        }
    }
    return n;
}

/* `lines`: how many there are in it. */
static void write_out(struct sink *s, struct bytes b, uint64_t lines)
{
    const struct lines *l = s->state;
    size_t done = file_write(l->fd, b);

    if (done != b.n) {
        int error = errno;
        uint64_t kept = lines_kept(l, bytes_head(b, done));
        errno = error;
        sink_fail(s, l->path, lines > kept ? lines - kept : 0);
    }
}

static void lines_flush(struct sink *s)
{
    struct lines *l = s->state;

    write_out(s, bytes_of(l->buffer, l->n), l->pending);
    l->n = 0;
    l->pending = 0;
}

static void lines_reopen(struct sink *s)
{
    struct lines *l = s->state;
    struct err err;

    if (s->settings->type == SINK_CONSOLE) {
        return;
    }
    lines_flush(s);
    if (l->fd >= 0) {
        (void)close(l->fd);
    }
    l->opened = true; /* what is there under that name stays */
    if (!file_open(s, l, now_seconds(), &err)) {
        sink_fail(s, l->path, 0);
    }
}

/* A file that was put aside; beyond so many the oldest goes. */
static void aside_keep(struct sink *s, struct lines *l, const char *path)
{
    const uint32_t keep = s->settings->keep;

    if (keep == 0) {
        return;
    }
    if (l->old == NULL && (l->old = calloc(keep + 1, sizeof *l->old)) == NULL) {
        return;
    }
    l->old[l->old_n++] = strdup(path);
    if (l->old_n > keep) {
        if (l->old[0] != NULL) {
            (void)unlink(l->old[0]);
        }
        free(l->old[0]);
        memmove(l->old, l->old + 1, --l->old_n * sizeof *l->old);
    }
}

/* At its size the file gets the second as a further name ("eve.json.1795911517", then ".1" …), and another begins. */
static void put_aside(struct sink *s, struct lines *l)
{
    char path[PATH_MAX + 32];
    uint32_t now = (uint32_t)now_seconds();

    l->aside_n = l->aside == now ? l->aside_n + 1 : 0;
    l->aside = now;
    int n = snprintf(path, sizeof path, "%s.%u", l->path, now);
    if (l->aside_n != 0) {
        (void)snprintf(path + n, sizeof path - (size_t)n, ".%u", l->aside_n);
    }
    lines_flush(s);
    if (rename(l->path, path) != 0) {
        sink_fail(s, l->path, 0);
    } else {
        aside_keep(s, l, path);
    }
    lines_reopen(s);
}

static void lines_put(struct sink *s, const struct event *e)
{
    struct lines *l = s->state;
    struct bytes prefix = bytes_str(s->settings->prefix != NULL ? s->settings->prefix : "");

    if (l->next != 0 && now_seconds() >= l->next) {
        lines_reopen(s);
    }
    uint64_t n = prefix.n + e->line.n;
    if (s->settings->size != 0 && l->size != 0 && l->size + n > s->settings->size && s->settings->type == SINK_FILE) {
        put_aside(s, l);
    }
    l->size += n;
    if (l->n + prefix.n + e->line.n > ROOM) {
        lines_flush(s);
    }
    if (prefix.n + e->line.n > ROOM) { /* larger than the buffer: written through */
        write_out(s, prefix, 0);
        write_out(s, e->line, 1);
        return;
    }
    memcpy(l->buffer + l->n, prefix.p, prefix.n);
    memcpy(l->buffer + l->n + prefix.n, e->line.p, e->line.n);
    l->n += prefix.n + e->line.n;
    l->pending++;
}

static void lines_close(struct sink *s)
{
    struct lines *l = s->state;

    if (l == NULL) {
        return;
    }
    if (l->buffer != NULL) {
        lines_flush(s);
    }
    if (l->fd > STDERR_FILENO && close(l->fd) != 0) {
        sink_fail(s, l->path, 1);
    }
    for (size_t i = 0; i < l->old_n; i++) {
        free(l->old[i]);
    }
    free(l->old);
    free(l->buffer);
    free(l);
}

const struct sink_ops sink_lines = { lines_open, lines_put, lines_flush, lines_close, lines_reopen };
