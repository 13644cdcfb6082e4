/* SPDX-License-Identifier: GPL-2.0-or-later */
/* live - what commands over devices have in common. */
#include "app/updates.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

unsigned live_workers(void)
{
    cpu_set_t set;
    int n = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;

    return n < 1 ? 1 : n > TURN_WORKERS_MAX ? TURN_WORKERS_MAX : (unsigned)n;
}

void live_say_ready(void *ctx)
{
    const struct live_ready *r = ctx;
    const struct engine *e = &r->session->engine;

    fprintf(stderr, "%s ", r->doing);
    for (unsigned i = 0; i < r->device_n; i++) {
        fprintf(stderr, "%s%s", i != 0 ? ", " : "", r->device[i]);
    }
    fprintf(stderr, " with %u worker%s", r->session->settings.workers, r->session->settings.workers != 1 ? "s" : "");
    if (!r->rules_late) {
        fprintf(stderr, " and %u rules", e->rules_loaded);
    }
    fprintf(stderr, "; records go to %s; interrupt to end%s\n", r->session->settings.log_dir, r->rules_late ? "; rules are being read" : "");
}

int live_fail(const struct command *c, const struct session *s)
{
    fprintf(stderr, "peccary %s: %s\n", c->name, s->err.text);
    return EXIT_USAGE;
}

int live_go(const struct command *c, struct session *s, const struct arguments *a, const struct run *run, const char *capture_mode, const _Atomic bool *stop)
{
    struct serve_wish wish = { .socket = argument_socket(a), .wanted = true, .capture_mode = capture_mode, .metrics = argument_value(a, "metrics"), .given = a, .run = run };
    struct serving serving;
    struct updates updates = { .fd = -1 };
    struct run_result r;

    wish.updates = &updates;
    if (!serve_begin(&serving, s, &wish, stop)) { /* what of it has begun ends before what it looks at */
        serve_end(&serving);
        updates_close(&updates);
        return live_fail(c, s);
    }
    int code = engine_run(&s->engine, run, &r, stop, &s->err) ? native_finish(s, &r, a, run->log_dir) : live_fail(c, s);
    serve_end(&serving);
    updates_close(&updates);
    run_result_fini(&r);
    return code;
}

static void usage(const struct command *c, FILE *to)
{
    struct text kinds;

    command_usage(c, to);
    text_init(&kinds, 65536);
    source_kinds(&kinds);
    fprintf(to, "\nkinds of devices:\n%.*s", (int)kinds.n, kinds.p);
    text_fini(&kinds);
}

int live_run(const struct command *c, live_command *run, bool held, int argc, char **argv)
{
    struct arguments a;
    struct session s = { .log = { .to = stderr, .level = LOG_WARNING } };
    const _Atomic bool *stop;
    struct text preset;

    if (!arguments_read(c->flags, argc, argv, &a, &s.err)) {
        return live_fail(c, &s);
    }
    if (argument_given(&a, "help") || a.rest_n == 0) {
        usage(c, argument_given(&a, "help") ? stdout : stderr);
        return argument_given(&a, "help") ? EXIT_DONE : EXIT_USAGE;
    }
    s.log.level = argument_given(&a, "verbose") ? LOG_INFO : LOG_WARNING;
    struct engine_overrides o = { .live = true, .inline_devices = held, .simulate_ips = held && !argument_given(&a, "shadow"), .workers = live_workers() };
    if ((stop = interrupt_watch()) == NULL) {
        (void)err_sys(&s.err, "start");
        return live_fail(c, &s);
    }
    text_init(&preset, 0);
    o.workers = argument_given(&a, "packets") ? 1 : o.workers; /* each reads so many */
    bool settled = native_overrides(&a, &o, &s.err) && (preset_live(&preset) || err_set(&s.err, "not enough memory")) &&
                   session_load(&s, argument_value(&a, "config"), preset.p, &a) && session_settle(&s, &o);
    int code = settled ? run(&s, &a, stop) : live_fail(c, &s);
    session_end(&s);
    text_fini(&preset);
    return code;
}

bool background(struct session *s)
{
    return logging_background(&s->log, s->settings.log_dir != NULL ? s->settings.log_dir : ".", &s->err) && (daemon(1, 0) == 0 || err_sys(&s->err, "-D"));
}

bool pid_write(const char *path, struct err *err)
{
    FILE *f = path != NULL ? fopen(path, "w") : NULL;

    if (path == NULL) {
        return true;
    }
    bool ok = f != NULL && fprintf(f, "%d\n", (int)getpid()) > 0;
    ok = (f == NULL || fclose(f) == 0) && ok;
    return ok || err_sys(err, "write %s", path);
}

void pid_remove(const char *path, struct log *log)
{
    if (path != NULL && unlink(path) != 0) {
        log_say(log, LOG_WARNING, "%s is still there: %s", path, strerror(errno));
    }
}
