/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/clock.h"
#include "base/file.h"
#include "output/sink.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum { TELL_SECONDS = 60 };

struct output {
    struct sink sink[SINKS_MAX];
    unsigned n;
    struct filestore *files; /* NULL: none are kept */
    struct log *log;
};

static void say(struct sink *s, const char *path, unsigned which, const char *reason, const char *what)
{
    int error = errno;
    uint64_t now = clock_monotonic();

    if (!s->told[which] && now >= s->tell[which]) {
        s->told[which] = true;
        s->tell[which] = now + TELL_SECONDS * CLOCK_SECOND;
        log_say(s->log, LOG_ERROR, "%s: %s; %s", path, reason != NULL ? reason : strerror(error), what);
    }
    errno = error;
}

void sink_say(struct sink *s, const char *path, const char *what) { say(s, path, 0, NULL, what); }

void sink_fail(struct sink *s, const char *path, uint64_t n) { sink_fail_with(s, path, n, NULL); }

void sink_fail_with(struct sink *s, const char *path, uint64_t n, const char *reason)
{
    s->lost += n;
    say(s, path, n != 0, reason, n != 0 ? "records are being lost (counted)" : "it is tried again");
}

void sink_well(struct sink *s) { s->told[0] = s->told[1] = false; }

bool sink_again(struct sink *s)
{
    uint64_t now = clock_monotonic();
    bool due = now >= s->again;

    s->again = due ? now + CLOCK_SECOND : s->again;
    return due;
}

bool sink_path(const struct sink *s, const char *file, uint64_t seconds, char path[PATH_MAX], struct err *err)
{
    char name[PATH_MAX];
    time_t t = (time_t)seconds;
    struct tm tm;

    if (seconds == 0 || strchr(file, '%') == NULL || localtime_r(&t, &tm) == NULL) {
        snprintf(name, sizeof name, "%s", file);
    } else {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* the format is the administrator's own */
        if (strftime(name, sizeof name, file, &tm) == 0) {
            return err_set(err, "log file '%s': too long a name", file);
        }
#pragma GCC diagnostic pop
    }
    int n = name[0] == '/' ? snprintf(path, PATH_MAX, "%s", name) : snprintf(path, PATH_MAX, "%s/%s", s->dir, name);
    return (n > 0 && n < PATH_MAX) || err_set(err, "log file %s/%s: too long a name", s->dir, file);
}

static enum sink_kind sink_of(enum event_kind kind)
{
    static const uint8_t to[EVENT_KIND_N] = { [EVENT_FAST] = SINK_FAST, [EVENT_CAPTURE] = SINK_CAPTURE, [EVENT_STATS_LOG] = SINK_STATS,
                                              [EVENT_CERT] = SINK_CERTS, [EVENT_SNORT_FAST] = SINK_SNORT_FAST, [EVENT_SNORT_FULL] = SINK_SNORT_FULL,
                                              [EVENT_SNORT_CSV] = SINK_SNORT_CSV, [EVENT_SNORT_JSON] = SINK_SNORT_JSON, [EVENT_UNIFIED2] = SINK_UNIFIED2 }; /* the others: SINK_EVE, 0 */

    return (enum sink_kind)to[kind];
}

/* A named pipe is another program's end, not a file. */
static bool is_pipe(const struct sink *k)
{
    char path[PATH_MAX];
    struct stat st;
    struct err err;

    return k->settings->type == SINK_FILE && sink_path(k, k->settings->file, 0, path, &err) && stat(path, &st) == 0 && S_ISFIFO(st.st_mode);
}

static bool sinks_open(struct output *o, const struct output_settings *s, const char *dir, struct err *err)
{
    static const struct sink_ops *const ops[SINK_TYPE_N] = {
        [SINK_FILE] = &sink_lines, [SINK_CONSOLE] = &sink_lines, [SINK_UNIX_STREAM] = &sink_socket, [SINK_UNIX_DGRAM] = &sink_socket,
        [SINK_SYSLOG] = &sink_syslog, [SINK_REDIS] = &sink_redis,
    };

    for (unsigned i = 0; i < s->n; i++) {
        const struct sink_settings *x = &s->sink[i];
        struct sink *k = &o->sink[o->n++];
        *k = (struct sink){ .settings = x, .dir = dir, .log = o->log, .waits = s->waits };
        k->ops = x->kind == SINK_CAPTURE ? &sink_pcap_log : x->kind == SINK_CERTS ? &sink_certs : x->kind == SINK_UNIFIED2 ? &sink_unified2 : ops[x->type];
        if (k->ops == &sink_lines && is_pipe(k)) {
            k->ops = &sink_socket;
        }
        if (!k->ops->open(k, err)) {
            return false;
        }
    }
    return !s->files.on || (o->files = filestore_open(&s->files, dir, o->log, err)) != NULL;
}

struct output *output_open(const struct output_settings *s, const char *dir, struct log *log, struct err *err)
{
    struct output *o = calloc(1, sizeof *o);
    uint64_t lost;

    if (o == NULL) {
        err_sys(err, "output");
        return NULL;
    }
    o->log = log;
    if (!file_make_folder(dir, err) || !sinks_open(o, s, dir, err)) {
        output_close(o, &lost);
        return NULL;
    }
    return o;
}

const struct counter_row output_counters[] = {
#define COUNTER(id, name, kind, help) { name, help, kind },
#include "output/output.list"
#undef COUNTER
};

void output_count(const struct output *o, uint64_t values[OUTPUT_COUNTER_N])
{
    values[OUTPUT_LOST] = 0;
    for (unsigned i = 0; i < o->n; i++) {
        values[OUTPUT_LOST] += o->sink[i].lost;
    }
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
        const struct sink_settings *s = o->sink[i].settings;
        if (s->kind == want && (want != SINK_EVE || (e->to >> s->eve & 1) != 0)) {
            o->sink[i].ops->put(&o->sink[i], e);
        }
    }
}

void output_flush(struct output *o)
{
    for (unsigned i = 0; i < o->n; i++) {
        o->sink[i].ops->flush(&o->sink[i]);
    }
}

bool output_reopen(struct output *o, struct err *err)
{
    unsigned bad = 0;
    struct err first, one;

    for (unsigned i = 0; i < o->n; i++) {
        const struct sink_ops *ops = o->sink[i].ops;
        if (ops->reopen != NULL && !ops->reopen(&o->sink[i], &one) && bad++ == 0) {
            first = one;
        }
    }
    return bad == 0 || (bad == 1 ? err_set(err, "%s", first.text) : err_set(err, "%s; and %u more", first.text, bad - 1));
}

bool output_close(struct output *o, uint64_t *lost)
{
    *lost = 0;
    if (o->files != NULL) {
        *lost += filestore_values(o->files)[FILESTORE_ERRORS];
        filestore_close(o->files);
    }
    for (unsigned i = 0; i < o->n; i++) {
        o->sink[i].ops->close(&o->sink[i]);
        *lost += o->sink[i].lost;
    }
    free(o);
    return *lost == 0;
}
