/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * watch - the traffic of devices, as it comes: alerts and logs, and nothing is held up.
 */
#include "app/app.h"

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
    { 0, "filter", "EXPRESSION", "BPF: only frames that match" },
    { 'n', "packets", "N", "end after so many (with one worker)" },
    { 0, "control", "[PATH]", "the control socket (default: peccary.socket below RUNTIME_DIRECTORY, /run/peccary, XDG_RUNTIME_DIR or the log folder)" },
    { 0, "metrics", "PORT", "counters for OpenMetrics scrapers, by HTTP at /metrics on loopback; ADDRESS:PORT: elsewhere" },
    { 0, "json", NULL, "the summary as JSON" },
    { 'q', "quiet", NULL, "no summary" },
    { 'v', "verbose", NULL, "say more" },
    { 'h', "help", NULL, "this" },
    { 0, NULL, NULL, NULL },
};

static int fail(const struct err *err)
{
    fprintf(stderr, "peccary watch: %s\n", err->text);
    return EXIT_USAGE;
}

static void usage(FILE *to)
{
    struct text kinds;

    command_usage(&command_watch, to);
    text_init(&kinds, 65536);
    source_kinds(&kinds);
    fprintf(to, "\nkinds of devices:\n%.*s", (int)kinds.n, kinds.p);
    text_fini(&kinds);
}

static int watch(struct session *s, const struct arguments *a, const volatile bool *stop)
{
    struct live_ready ready = { s, "watching", a->rest, a->rest_n, false };
    struct run run = { .paths = a->rest, .path_n = a->rest_n, .log_dir = s->settings.log_dir, .bpf = argument_value(a, "filter"),
                       .group = (uint32_t)getpid(), .ready = live_say_ready, .ready_ctx = &ready };
    const char *most = argument_value(a, "packets");
    struct run_result r;
    int code;

    if (most != NULL && !conf_text_u64(most, &run.packets_max)) {
        (void)err_set(&s->err, "--packets %s: a number is wanted", most);
        return fail(&s->err);
    }
    struct serving serving;
    struct serve_wish wish = { .socket = argument_socket(a), .wanted = true, .capture_mode = "live", .metrics = argument_value(a, "metrics"), .given = a };
    if (!serve_begin(&serving, s, &wish, stop)) {
        return fail(&s->err);
    }
    code = engine_run(&s->engine, &run, &r, stop, &s->err) ? native_finish(s, &r, a, run.log_dir) : fail(&s->err);
    serve_end(&serving);
    run_result_fini(&r);
    return code;
}

static int watch_run(int argc, char **argv)
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
    o.live = true;
    o.workers = live_workers();
    stop = interrupt_watch();
    if (stop == NULL) {
        (void)err_sys(&s.err, "start");
        return fail(&s.err);
    }
    if (!native_overrides(&a, &o, &s.err) || !session_load(&s, argument_value(&a, "config"), preset_settings, &a) || !session_settle(&s, &o) ||
        !native_rules(&s, &a, &s.err)) {
        code = fail(&s.err);
    } else {
        code = watch(&s, &a, stop);
    }
    session_end(&s);
    return code;
}

const struct command command_watch = {
    "watch", watch_run, "look at the traffic of devices as it comes", "[OPTION…] INTERFACE…",
    "Looks at the traffic of network interfaces and other devices, runs rules over it and writes eve.json and\n"
    "fast.log into the log folder, until it is interrupted (SIGINT, SIGTERM) or all of them have ended.",
    flags,
};
