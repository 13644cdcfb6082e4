/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * guard - inline: what goes from one interface to the other, or through the firewall's queues, is looked at before it goes on.
 */
#include "app/app.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct flag flags[] = {
    { 'r', "rules", "FILE", "rules to load; may be given again; a folder means its *.rules" },
    { 'l', "log-dir", "DIR", "where records go (default: logs)" },
    { 'c', "config", "FILE", "settings (YAML, suricata.yaml's keys); default: built in" },
    { 0, "set", "KEY=VALUE", "one setting; may be given again" },
    { 0, "dialect", "NAME", "read rules as suricata, snort2 or snort3 whatever they look like" },
    { 0, "checksums", "MODE", "on or off: are wrong checksums looked at" },
    { 0, "workers", "N", "threads (default: one for each processor)" },
    { 0, "batch", "N", "frames a batch, 1 to 256" },
    { 0, "control", "[PATH]", "the control socket (default: peccary.socket below RUNTIME_DIRECTORY, /run/peccary, XDG_RUNTIME_DIR or the log folder)" },
    { 0, "metrics", "PORT", "counters for OpenMetrics scrapers, by HTTP at /metrics on loopback; ADDRESS:PORT: elsewhere" },
    { 0, "shadow", NULL, "let everything pass, and say what would have been dropped" },
    { 0, "json", NULL, "the summary as JSON" },
    { 'q', "quiet", NULL, "no summary" },
    { 'v', "verbose", NULL, "say more" },
    { 'h', "help", NULL, "this" },
    { 0, NULL, NULL, NULL },
};

static int fail(const struct err *err)
{
    fprintf(stderr, "peccary guard: %s\n", err->text);
    return EXIT_USAGE;
}

static void usage(FILE *to)
{
    struct text kinds;

    command_usage(&command_guard, to);
    text_init(&kinds, 65536);
    source_kinds(&kinds);
    fprintf(to, "\nkinds of devices:\n%.*s", (int)kinds.n, kinds.p);
    text_fini(&kinds);
}

/* Interfaces in pairs are bridges, both ways; what names its kind stands as it is. */
static bool devices(const struct arguments *a, struct paths *out, struct err *err)
{
    const char *first = NULL;

    for (unsigned i = 0; i < a->rest_n; i++) {
        char *there = NULL, *back = NULL;
        if (strchr(a->rest[i], ':') != NULL) {
            if (!paths_add(out, a->rest[i], err)) {
                return false;
            }
        } else if (first == NULL) {
            first = a->rest[i];
        } else {
            bool ok = asprintf(&there, "bridge:%s+%s", first, a->rest[i]) >= 0 && asprintf(&back, "bridge:%s+%s", a->rest[i], first) >= 0 &&
                      paths_add(out, there, err) && paths_add(out, back, err);
            free(there);
            free(back);
            if (!ok) {
                return false;
            }
            first = NULL;
        }
    }
    return first == NULL || err_set(err, "%s: the interface that it is bridged with is missing", first);
}

/* A guard that has begun; its rules come while traffic passes. */
struct guarding {
    struct live_ready said;
    struct session *session;
    const struct rule_load *load;
    bool failed;
};

/* Another thread's: the rules are there, or never will be. */
static void inspects(void *ctx, const struct reload_result *r)
{
    struct guarding *g = ctx;

    if (r->ok) {
        fprintf(stderr, "inspecting with %u rules, %.1f s later\n", r->loaded, (double)r->ns / 1e9);
        return;
    }
    g->failed = true;
    (void)kill(getpid(), SIGTERM); /* as if the user had ended it: what was logged is written */
}

static void begun(void *ctx)
{
    struct guarding *g = ctx;
    struct err err;

    live_say_ready(&g->said);
    if (g->load->file_n != 0 && !engine_reload(&g->session->engine, g->load, inspects, g, &err)) {
        log_say(&g->session->log, LOG_ERROR, "%s", err.text);
    }
}

static int guard(struct session *s, const struct arguments *a, const volatile bool *stop)
{
    const char *files[GIVEN_MAX];
    struct rule_load load;
    struct paths paths = { 0 };
    struct run_result r = { 0 };
    int code;

    if (!devices(a, &paths, &s->err) || !native_load(s, a, files, &load, &s->err)) {
        paths_fini(&paths);
        return fail(&s->err);
    }
    struct guarding g = { { s, "guarding", paths.path, (unsigned)paths.n, load.file_n != 0 }, s, &load, false };
    struct run run = { .paths = paths.path, .path_n = paths.n, .log_dir = s->settings.log_dir, .group = (uint32_t)getpid(), .rules_late = load.file_n != 0,
                       .ready = begun, .ready_ctx = &g };
    struct serving serving;
    struct serve_wish wish = { .socket = argument_socket(a), .wanted = true, .capture_mode = "inline", .metrics = argument_value(a, "metrics"), .given = a };
    if (!serve_begin(&serving, s, &wish, stop)) {
        paths_fini(&paths);
        return fail(&s->err);
    }
    code = engine_run(&s->engine, &run, &r, stop, &s->err) ? native_finish(s, &r, a, run.log_dir) : fail(&s->err);
    serve_end(&serving);
    run_result_fini(&r);
    paths_fini(&paths);
    return g.failed ? EXIT_USAGE : code;
}

static int guard_run(int argc, char **argv)
{
    struct arguments a;
    struct session s = { .log = { .to = stderr, .level = LOG_WARNING } };
    struct engine_overrides o = { 0 };
    const volatile bool *stop;
    int code;

    if (!arguments_read(flags, argc, argv, &a, &s.err)) {
        return fail(&s.err);
    }
    if (argument_given(&a, "help") || a.rest_n == 0) {
        usage(argument_given(&a, "help") ? stdout : stderr);
        return argument_given(&a, "help") ? EXIT_DONE : EXIT_USAGE;
    }
    s.log.level = argument_given(&a, "verbose") ? LOG_INFO : LOG_WARNING;
    o.live = o.inline_devices = true;
    o.simulate_ips = !argument_given(&a, "shadow");
    o.workers = live_workers();
    stop = interrupt_watch();
    if (stop == NULL) {
        (void)err_sys(&s.err, "start");
        return fail(&s.err);
    }
    if (!native_overrides(&a, &o, &s.err) || !session_load(&s, argument_value(&a, "config"), preset_settings, &a) || !session_settle(&s, &o)) {
        code = fail(&s.err);
    } else {
        code = guard(&s, &a, stop);
    }
    session_end(&s);
    return code;
}

const struct command command_guard = {
    "guard", guard_run, "protect: look at traffic before it goes on", "[OPTION…] IN OUT | DEVICE…",
    "Stands between two interfaces, or in the firewall's queues: what a rule drops does not go on, what it rejects is\n"
    "answered with a reset or an unreachable, all else goes on as it came.  Ends when it is interrupted (SIGINT, SIGTERM).",
    flags,
};
