/* SPDX-License-Identifier: GPL-2.0-or-later */
/* unified2 - alerts in binary: files named after the second they were begun in, a new one at the size limit; events numbered here. */
#include "output/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { ROOM = 64 << 10, HEADER = 8, EVENT_ID_AT = HEADER + 4, LIMIT_PRESET = 128 << 20 };

struct unified2 {
    char path[PATH_MAX];
    int fd;
    uint32_t event, begun;  /* the last event's number; seconds: when the file was begun */
    uint64_t size, pending;
    size_t n;
    uint8_t buffer[ROOM];
};

static void write_all(struct sink *s, struct unified2 *u, struct bytes b, uint64_t records)
{
    while (b.n != 0) {
        ssize_t k = u->fd >= 0 ? write(u->fd, b.p, b.n) : -1;
        if (k < 0 && errno == EINTR) {
            continue;
        }
        if (k <= 0) {
            sink_fail(s, u->path, records);
            return;
        }
        b = bytes_from(b, (size_t)k);
    }
}

static void unified2_flush(struct sink *s)
{
    struct unified2 *u = s->state;

    write_all(s, u, bytes_of(u->buffer, u->n), u->pending);
    u->n = 0;
    u->pending = 0;
}

/* NAME.SECONDS, as readers that follow a folder expect; two of one second do not come into one another's way. */
static bool file_begin(struct sink *s, struct unified2 *u, struct err *err)
{
    char base[PATH_MAX];
    uint32_t now = (uint32_t)time(NULL);

    if (!sink_path(s, s->settings->file, 0, base, err)) {
        return false;
    }
    u->begun = now > u->begun ? now : u->begun + 1;
    int n = snprintf(u->path, sizeof u->path, "%s.%u", base, u->begun);
    if (n <= 0 || (size_t)n >= sizeof u->path) {
        return err_set(err, "unified2 %s: too long a name", base);
    }
    if (u->fd >= 0) {
        close(u->fd);
    }
    u->fd = open(u->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, s->settings->mode != 0 ? s->settings->mode : 0640);
    u->size = 0;
    return u->fd >= 0 || err_sys(err, "open %s", u->path);
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

/* The length that a record's header says, with the header. */
static size_t record_length(struct bytes b)
{
    return b.n < HEADER + 8 ? b.n : HEADER + ((size_t)b.p[4] << 24 | (size_t)b.p[5] << 16 | (size_t)b.p[6] << 8 | b.p[7]);
}

static void unified2_put(struct sink *s, const struct event *e)
{
    struct unified2 *u = s->state;
    uint64_t limit = s->settings->size != 0 ? s->settings->size : LIMIT_PRESET;
    struct err err;

    if (u->size != 0 && u->size + e->line.n > limit) {
        unified2_flush(s);
        if (!file_begin(s, u, &err)) {
            sink_fail(s, u->path, 0);
        }
    }
    if (u->n + e->line.n > ROOM) {
        unified2_flush(s);
    }
    if (e->line.n > ROOM) {
        s->lost++; /* no packet is so long */
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
    unified2_flush(s);
    if (u->fd >= 0 && close(u->fd) != 0) {
        sink_fail(s, u->path, 1);
    }
    free(u);
}

static void unified2_reopen(struct sink *s)
{
    struct err err;

    unified2_flush(s);
    if (!file_begin(s, s->state, &err)) {
        sink_fail(s, s->settings->file, 0);
    }
}

const struct sink_ops sink_unified2 = { unified2_open, unified2_put, unified2_flush, unified2_close, unified2_reopen };
