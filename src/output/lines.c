/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lines - records as lines of a file or of standard output; a new file when its time has come. */
#include "base/clock.h"
#include "base/file.h"
#include "base/line_end.h"
#include "output/aside.h"

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
    uint32_t second;    /* of the last one that was put aside … */
    uint32_t second_n;  /* … and how many in it */
    uint64_t aside_at;  /* ns, monotonic: it could not be, and is tried again then */
    struct aside old;   /* those put aside */
    int error;          /* why there is no file */
    bool half;          /* what is there ends within a line */
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
    bool keep = x->append || l->next != 0 || l->opened;
    int how = O_WRONLY | O_CREAT | O_CLOEXEC | O_NONBLOCK /* nobody is waited for */ | O_APPEND /* two outputs may share it */ | (keep ? 0 : O_TRUNC);

    l->fd = -1;
    l->error = ENAMETOOLONG;
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
    l->error = errno;
    l->size = l->fd >= 0 && fstat(l->fd, &st) == 0 ? (uint64_t)st.st_size : 0;
    l->half = false;
    if (l->fd >= 0 && line_end_missing(l->path)) {
        log_say(s->log, LOG_WARNING, "%s ends within a line: that stays as it is, and the next one begins behind it", l->path);
        l->half = file_write(l->fd, bytes_str("\n")) != 1;
    }
    return l->fd >= 0 || err_sys(err, "open log file %s", l->path);
}

/* Those that were put aside in runs before. */
static void old_find(struct sink *s, struct lines *l)
{
    enum { SECONDS_LEAST = 1000000000 /* a number below is no time: somebody else's */ };
    char *name = strrchr(l->path, '/');

    l->old.keep = s->settings->size != 0 ? s->settings->keep : 0;
    if (name != NULL) {
        *name = '\0';
        aside_find(s, &l->old, l->path, name + 1, SECONDS_LEAST, NULL);
        *name = '/';
    }
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
    if (!file_open(s, l, now_seconds(), err)) {
        return false;
    }
    old_find(s, l);
    return true;
}

/* Of what was written of a text that could not be written whole: its lines stay, and a line that was begun goes again. */
static uint64_t lines_kept(struct lines *l, struct bytes done)
{
    uint64_t n = 0;
    size_t whole = 0;

    for (size_t i = 0; i < done.n; i++) {
        if (done.p[i] == '\n') {
            n++;
            whole = i + 1;
        }
    }
    if (whole < done.n) {
        l->half = !file_cut(l->fd, done.n - whole); /* no file, or one that is only added to */
    }
    return n;
}

/* `lines`: how many there are in it.  False: not all went. */
static bool write_out(struct sink *s, struct bytes b, uint64_t lines)
{
    struct lines *l = s->state;
    size_t done = 0;

    if (b.n == 0) {
        return true;
    }
    if (!l->half || file_write(l->fd, bytes_str("\n")) == 1) {
        l->half = false;
        done = file_write(l->fd, b);
    }
    if (done != b.n) {
        int error = l->fd >= 0 ? errno : l->error;
        uint64_t kept = lines_kept(l, bytes_head(b, done));
        errno = error;
        sink_fail(s, l->path, lines > kept ? lines - kept : 0);
    } else {
        sink_well(s);
    }
    return done == b.n;
}

/* What is there under that name stays. */
static bool open_again(struct sink *s, struct lines *l, struct err *err)
{
    l->opened = true;
    if (!file_open(s, l, now_seconds(), err)) {
        errno = l->error;
        sink_fail(s, l->path, 0);
    }
    return l->fd >= 0;
}

static bool file_there(struct sink *s, struct lines *l)
{
    return l->fd >= 0 || (sink_again(s) && open_again(s, l, NULL));
}

static void write_buffer(struct sink *s, struct lines *l)
{
    (void)file_there(s, l);
    (void)write_out(s, bytes_of(l->buffer, l->n), l->pending);
    l->n = 0;
    l->pending = 0;
}

/* Without a file lines wait for one, while there is room. */
static void lines_flush(struct sink *s)
{
    struct lines *l = s->state;

    if (file_there(s, l)) {
        write_buffer(s, l);
    }
}

static bool lines_reopen(struct sink *s, struct err *err)
{
    struct lines *l = s->state;

    if (s->settings->type == SINK_CONSOLE) {
        return true;
    }
    lines_flush(s);
    if (l->fd >= 0 && close(l->fd) != 0) {
        sink_fail(s, l->path, 1);
    }
    return open_again(s, l, err);
}

/* At its size the file gets the second as a further name ("eve.json.1795911517", then ".1" …), and another begins. */
static void put_aside(struct sink *s, struct lines *l)
{
    char path[PATH_MAX + 32];
    uint32_t now = (uint32_t)now_seconds();

    do { /* a run before may have had this second too */
        l->second_n = l->second == now ? l->second_n + 1 : 0;
        l->second = now;
        int n = snprintf(path, sizeof path, "%s.%u", l->path, now);
        (void)(l->second_n != 0 && snprintf(path + n, sizeof path - (size_t)n, ".%u", l->second_n));
    } while (access(path, F_OK) == 0);
    lines_flush(s);
    if (rename(l->path, path) == 0) {
        aside_add(s, &l->old, path);
    } else {
        sink_fail(s, l->path, 0);
        if (errno != ENOENT) { /* the file goes on */
            l->aside_at = clock_monotonic() + CLOCK_SECOND;
            return;
        }
    }
    (void)lines_reopen(s, NULL);
}

static void lines_put(struct sink *s, const struct event *e)
{
    struct lines *l = s->state;
    struct bytes prefix = bytes_str(s->settings->prefix != NULL ? s->settings->prefix : "");

    if (l->next != 0 && now_seconds() >= l->next) {
        (void)lines_reopen(s, NULL);
    }
    uint64_t n = prefix.n + e->line.n;
    if (s->settings->size != 0 && l->size != 0 && l->size + n > s->settings->size && s->settings->type == SINK_FILE && clock_monotonic() >= l->aside_at) {
        put_aside(s, l);
    }
    l->size += n;
    if (l->n + prefix.n + e->line.n > ROOM) {
        write_buffer(s, l);
    }
    if (prefix.n + e->line.n > ROOM) { /* larger than the buffer: written through */
        if (write_out(s, prefix, 1) && !write_out(s, e->line, 1) && prefix.n != 0 && !l->half) {
            l->half = !file_cut(l->fd, prefix.n);
        }
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
        write_buffer(s, l);
    }
    if (l->fd > STDERR_FILENO && close(l->fd) != 0) {
        sink_fail(s, l->path, 1);
    }
    aside_fini(&l->old);
    free(l->buffer);
    free(l);
}

const struct sink_ops sink_lines = { lines_open, lines_put, lines_flush, lines_close, lines_reopen };
