/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "output/output.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SINK_ROOM (256 * 1024)

struct sink {
    struct sink_settings settings;
    char path[PATH_MAX];
    int fd;
    uint8_t *buffer;
    size_t n;
    uint64_t lost;     /* lines not written */
    uint64_t pending;  /* lines in the buffer */
    bool told;         /* the failure was reported */
};

struct output {
    struct sink sink[SINKS_MAX];
    unsigned n;
    struct filestore *files; /* NULL: none are kept */
    struct log *log;
};

static bool sink_open(struct sink *s, const char *dir, struct err *err)
{
    const char *file = s->settings.file;
    int how = O_WRONLY | O_CREAT | O_CLOEXEC | (s->settings.append ? O_APPEND : O_TRUNC);
    int n = file[0] == '/' ? snprintf(s->path, sizeof s->path, "%s", file) : snprintf(s->path, sizeof s->path, "%s/%s", dir, file);

    if (n < 0 || (size_t)n >= sizeof s->path) {
        return err_set(err, "log file %s/%s: too long a name", dir, file);
    }
    s->buffer = malloc(SINK_ROOM);
    if (s->buffer == NULL) {
        return err_sys(err, "log file %s", s->path);
    }
    s->fd = s->settings.console ? STDOUT_FILENO : open(s->path, how, 0640);
    return s->fd >= 0 || err_sys(err, "open log file %s", s->path);
}

static void sink_flush(struct sink *s, struct log *log)
{
    size_t done = 0;

    while (done < s->n) {
        ssize_t k = write(s->fd, s->buffer + done, s->n - done);
        if (k < 0 && errno == EINTR) {
            continue;
        }
        if (k <= 0) {
            s->lost += s->pending;
            if (!s->told) {
                log_say(log, LOG_ERROR, "%s: %s; records are being lost (counted)", s->path, strerror(errno));
                s->told = true;
            }
            break;
        }
        done += (size_t)k;
    }
    s->n = 0;
    s->pending = 0;
}

static void sink_add(struct sink *s, struct bytes line, struct log *log)
{
    if (s->n + line.n > SINK_ROOM) {
        sink_flush(s, log);
    }
    s->pending++;
    if (line.n > SINK_ROOM) { /* larger than the buffer: written through */
        uint8_t *buffer = s->buffer;
        s->buffer = (uint8_t *)(uintptr_t)line.p;
        s->n = line.n;
        sink_flush(s, log);
        s->buffer = buffer;
        return;
    }
    memcpy(s->buffer + s->n, line.p, line.n);
    s->n += line.n;
}

static enum sink_kind sink_of(enum event_kind kind)
{
    return kind == EVENT_FAST ? SINK_FAST : kind == EVENT_CAPTURE ? SINK_CAPTURE : kind == EVENT_STATS_LOG ? SINK_STATS : SINK_EVE;
}

struct output *output_open(const struct output_settings *s, const char *dir, struct log *log, struct err *err)
{
    struct output *o = calloc(1, sizeof *o);

    if (o == NULL) {
        err_sys(err, "output");
        return NULL;
    }
    o->log = log;
    if (!file_make_folder(dir, err)) {
        free(o);
        return NULL;
    }
    for (unsigned i = 0; i < s->n; i++) {
        o->sink[i].settings = s->sink[i];
        o->sink[i].fd = -1;
        o->n++;
        if (!sink_open(&o->sink[i], dir, err)) {
            uint64_t lost;
            output_close(o, &lost);
            return NULL;
        }
        if (s->sink[i].kind == SINK_CAPTURE) { /* nanosecond pcap, Ethernet unless told otherwise by its first record */
            static const uint32_t head[6] = { 0xa1b23c4d, 2 | 4u << 16, 0, 0, 262144, 1 };
            sink_add(&o->sink[i], bytes_of(head, sizeof head), log);
        }
    }
    if (s->files.on && (o->files = filestore_open(&s->files, dir, log, err)) == NULL) {
        uint64_t lost;
        output_close(o, &lost);
        return NULL;
    }
    return o;
}

const uint64_t *output_file_counters(const struct output *o) { return o->files != NULL ? filestore_values(o->files) : NULL; }

void output_write(struct output *o, const struct event *e)
{
    const enum sink_kind want = sink_of(e->kind);

    if (e->kind == EVENT_STORE) {
        if (o->files != NULL) {
            filestore_take(o->files, e->line);
        }
        return;
    }
    for (unsigned i = 0; i < o->n; i++) {
        const struct sink_settings *s = &o->sink[i].settings;
        if (s->kind == want && (want != SINK_EVE || (e->to >> s->eve & 1) != 0)) {
            sink_add(&o->sink[i], e->line, o->log);
        }
    }
}

void output_flush(struct output *o)
{
    for (unsigned i = 0; i < o->n; i++) {
        sink_flush(&o->sink[i], o->log);
    }
}

bool output_close(struct output *o, uint64_t *lost)
{
    *lost = 0;
    if (o->files != NULL) {
        filestore_close(o->files);
    }
    for (unsigned i = 0; i < o->n; i++) {
        struct sink *s = &o->sink[i];
        if (s->fd >= 0) {
            sink_flush(s, o->log);
            if (!s->settings.console && close(s->fd) != 0) {
                log_say(o->log, LOG_ERROR, "close %s: %s", s->path, strerror(errno));
                s->lost++;
            }
        }
        *lost += s->lost;
        free(s->buffer);
    }
    free(o);
    return *lost == 0;
}
