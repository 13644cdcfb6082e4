/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/log.h"

#include "base/clock.h"
#include "base/line_end.h"
#include "base/text.h"

#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

enum { LINE_MAX = 4000 }; /* with what stands before it, less than a pipe that is not full takes at once (PIPE_BUF) */
static const char *const names[] = { "error", "warning", "info", "debug" };
static const char *const file_names[] = { "Error", "Warning", "Info", "Debug" };

/* One call for each line, so that lines of two threads never mix. */
static void sink_json(const struct log_sink *s, enum log_level level, const char *module, const char *line)
{
    struct clock_zone zone = { 0 };
    char when[64];
    struct text t;
    struct json j;

    (void)clock_iso(&zone, clock_now(), when);
    text_init(&t, 0);
    json_init(&j, &t);
    json_object(&j, NULL);
    json_string(&j, "timestamp", when);
    json_string(&j, "log_level", file_names[level]);
    json_string(&j, "event_type", "engine");
    json_object(&j, "engine");
    json_string(&j, "message", line);
    json_string(&j, "module", module);
    json_end_object(&j);
    json_end_object(&j);
    text_byte(&t, '\n');
    (void)fwrite(t.p, 1, t.n, s->to);
    text_fini(&t);
}

static void sink_text(const struct log_sink *s, enum log_level level, const char *module, const char *line)
{
    struct clock_zone zone = { 0 };
    char when[64];

    (void)clock_iso(&zone, clock_now(), when);
    when[strcspn(when, ".")] = '\0';
    when[strcspn(when, "T")] = ' ';
    (void)fprintf(s->to, "[%ld] %s %s: %s: %s\n", (long)getpid(), when, file_names[level], module, line);
}

static bool has_room(const struct log *log, FILE *to)
{
    struct pollfd p = { .fd = fileno(to), .events = POLLOUT };

    return !log->hurried || poll(&p, 1, 0) != 0;
}

static void unsaid_tell(struct log *log, FILE *to)
{
    unsigned long n = log->unsaid != 0 && has_room(log, to) ? atomic_exchange(&log->unsaid, 0) : 0;

    if (n != 0) {
        (void)fprintf(to, "%s: %lu lines were not written here: nobody read\n", names[LOG_WARNING], n);
    }
}

static void say_here(struct log *log, FILE *to, enum log_level level, const char *line)
{
    unsaid_tell(log, to);
    if (!has_room(log, to)) {
        log->unsaid++;
        return;
    }
    (void)fprintf(to, "%s: %s\n", names[level], line);
    (void)fflush(to);
}

static void say(struct log *log, enum log_level level, const char *module, const char *format, va_list args)
{
    char line[LINE_MAX];

    log->errors += level == LOG_ERROR;
    log->warnings += level == LOG_WARNING;
    (void)vsnprintf(line, sizeof(line), format, args);
    FILE *to = level != LOG_ERROR && log->mild != NULL ? log->mild : log->to;
    if (level <= log->level && log->to != NULL) {
        say_here(log, to, level, line);
    }
    for (unsigned i = 0; i < log->sink_n; i++) {
        const struct log_sink *s = &log->sink[i];
        if (level > s->level) {
            continue;
        }
        (s->json ? sink_json : sink_text)(s, level, module, line);
        (void)fflush(s->to);
    }
}

void log_say(struct log *log, enum log_level level, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    say(log, level, "peccary", format, args);
    va_end(args);
}

void log_say_as(struct log *log, enum log_level level, const char *module, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    say(log, level, module, format, args);
    va_end(args);
}

void log_hurry(struct log *log, bool on)
{
    log->hurried = on;
    if (log->to != NULL) {
        unsaid_tell(log, log->to);
    }
}

bool log_reopen(struct log *log, struct err *err)
{
    bool good = true;
    struct err why;

    for (unsigned i = 0; i < log->sink_n; i++) {
        const struct log_sink *s = &log->sink[i];
        int fd = open(s->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
        if (fd < 0 || dup3(fd, fileno(s->to), O_CLOEXEC) < 0) {
            (void)err_sys(&why, "log file %s", s->path);
            log_say(log, LOG_WARNING, "%s; lines go on to where they went", why.text);
            good = err_set(err, "%s", why.text);
        } else if (line_end_missing(s->path)) {
            (void)fputc('\n', s->to);
        }
        if (fd >= 0) {
            (void)close(fd);
        }
    }
    return good;
}
