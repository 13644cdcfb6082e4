/* SPDX-License-Identifier: GPL-2.0-or-later */
/* unified2 - alerts in binary: files named after the second they were begun in, a new one at the size limit; events numbered here. */
#include "base/file.h"
#include "output/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { PACKET_MAX = 256 << 10 /* of a frame, as captures have them */, ROOM = PACKET_MAX + 256, HEADER = 8, EVENT_ID_AT = HEADER + 4, LIMIT_PRESET = 128 << 20 };

struct unified2 {
    char path[PATH_MAX];
    int fd, error;          /* why there is no file */
    uint32_t event, begun;  /* the last event's number; seconds: when the file was begun */
    uint64_t size, pending;
    size_t n;
    uint8_t buffer[ROOM];
};

/* NAME.SECONDS, as readers that follow a folder expect; two of one second do not come into one another's way. */
static bool file_begin(struct sink *s, struct unified2 *u, struct err *err)
{
    char base[PATH_MAX];
    uint32_t now = (uint32_t)time(NULL);

    if (u->fd >= 0 && close(u->fd) != 0) {
        sink_fail(s, u->path, 1);
    }
    u->fd = -1;
    u->error = ENAMETOOLONG;
    u->size = u->n;         /* what waits for it */
    if (!sink_path(s, s->settings->file, 0, base, err)) {
        return false;
    }
    u->begun = now > u->begun ? now : u->begun + 1;
    int n = snprintf(u->path, sizeof u->path, "%s.%u", base, u->begun);
    if (n <= 0 || (size_t)n >= sizeof u->path) {
        return err_set(err, "unified2 %s: too long a name", base);
    }
    u->fd = open(u->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, s->settings->mode != 0 ? s->settings->mode : 0640);
    u->error = errno;
    return u->fd >= 0 || err_sys(err, "open %s", u->path);
}

/* The length that a record's header says, with the header. */
static size_t record_length(struct bytes b)
{
    return b.n < HEADER + 8 ? b.n : HEADER + ((size_t)b.p[4] << 24 | (size_t)b.p[5] << 16 | (size_t)b.p[6] << 8 | b.p[7]);
}

/* Of what was written in part: the bytes of whole events, and how many these are.  An event's records have its number. */
static size_t whole_events(struct bytes b, size_t done, uint64_t *events)
{
    size_t whole = 0;

    *events = 0;
    for (size_t at = 0; at < b.n;) {
        struct bytes record = bytes_from(b, at), next = bytes_from(record, record_length(record));
        at = b.n - next.n;
        if (at > done) {
            break;
        }
        if (next.n <= EVENT_ID_AT + 4 || memcmp(next.p + EVENT_ID_AT, record.p + EVENT_ID_AT, 4) != 0) {
            whole = at;
            ++*events;
        }
    }
    return whole;
}

static bool begin_another(struct sink *s, struct unified2 *u, struct err *err)
{
    if (!file_begin(s, u, err)) {
        errno = u->error;
        sink_fail(s, u->path, 0);
    }
    return u->fd >= 0;
}

static bool file_there(struct sink *s, struct unified2 *u)
{
    return u->fd >= 0 || (sink_again(s) && begin_another(s, u, NULL));
}

/* What a full disk did not take whole is cut off, or the file ends there: a reader finds no record behind a part of one. */
static void write_buffer(struct sink *s, struct unified2 *u)
{
    struct bytes b = bytes_of(u->buffer, u->n);
    bool there = file_there(s, u);
    size_t done = there ? file_write(u->fd, b) : 0;
    uint64_t kept;
    struct err err;

    u->n = 0;
    if (done != b.n) {
        int error = there ? errno : u->error;
        size_t whole = whole_events(b, done, &kept);
        u->size -= b.n - whole;
        if (whole != done && !file_cut(u->fd, done - whole)) {
            (void)file_begin(s, u, &err);
        }
        errno = error;
        sink_fail(s, u->path, u->pending - kept);
    } else if (b.n != 0) {
        sink_well(s);
    }
    u->pending = 0;
}

/* Without a file events wait for one, while there is room. */
static void unified2_flush(struct sink *s)
{
    if (file_there(s, s->state)) {
        write_buffer(s, s->state);
    }
}

static bool unified2_open(struct sink *s, struct err *err)
{
    struct unified2 *u = s->state = calloc(1, sizeof *u);

    if (u == NULL) {
        return err_sys(err, "unified2");
    }
    u->fd = -1;
    return file_begin(s, u, err);
}

static void number(uint8_t *record, uint32_t event)
{
    for (unsigned i = 0; i < 4; i++) {
        record[EVENT_ID_AT + i] = (uint8_t)(event >> (24 - 8 * i));
    }
}

static void unified2_put(struct sink *s, const struct event *e)
{
    struct unified2 *u = s->state;
    uint64_t limit = s->settings->size != 0 ? s->settings->size : LIMIT_PRESET;

    if (u->fd >= 0 && u->size != 0 && u->size + e->line.n > limit) {
        write_buffer(s, u);
        (void)begin_another(s, u, NULL);
    }
    if (u->n + e->line.n > ROOM) {
        write_buffer(s, u);
    }
    if (e->line.n > ROOM) {
        errno = EMSGSIZE;
        sink_fail(s, u->path, 1);
        return;
    }
    u->event++;
    memcpy(u->buffer + u->n, e->line.p, e->line.n);
    for (size_t at = 0, n; at + HEADER + 8 <= e->line.n; at += n) {
        n = record_length(bytes_from(e->line, at));
        number(u->buffer + u->n + at, u->event);
    }
    u->n += e->line.n;
    u->size += e->line.n;
    u->pending++;
}

static void unified2_close(struct sink *s)
{
    struct unified2 *u = s->state;

    if (u == NULL) {
        return;
    }
    write_buffer(s, u);
    if (u->fd >= 0 && close(u->fd) != 0) {
        sink_fail(s, u->path, 1);
    }
    free(u);
}

static bool unified2_reopen(struct sink *s, struct err *err)
{
    unified2_flush(s);
    return begin_another(s, s->state, err);
}

const struct sink_ops sink_unified2 = { unified2_open, unified2_put, unified2_flush, unified2_close, unified2_reopen };
