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
    NATIVE_FLAGS, LIVE_FLAGS,
    { 0, "shadow", NULL, "let everything pass, and say what would have been dropped" },
    NATIVE_FLAGS_END
};

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

/* It ends as if the user had ended it, what was logged is written; but a bridge that fails open is left to the kernel. */
static void fails(struct guarding *g)
{
    struct device_settings *d = &g->session->settings.devices;

    g->failed = true;
    d->stays_open |= d->fail_open;
    (void)kill(getpid(), SIGTERM);
}

/* Another thread's: the rules are there, or never will be. */
static void inspects(void *ctx, const struct reload_result *r)
{
    struct guarding *g = ctx;

    if (r->ok) {
        fprintf(stderr, "inspecting with %u rules, %.1f s later\n", r->loaded, (double)r->ns / 1e9);
        return;
    }
    fails(g);
}

static void begun(void *ctx)
{
    struct guarding *g = ctx;
    struct err err;

    live_say_ready(&g->said);
    if (g->load->file_n != 0 && !engine_reload(&g->session->engine, g->load, inspects, g, &err)) {
        log_say(&g->session->log, LOG_ERROR, "%s", err.text);
        fails(g);
    }
}

static int guard(struct session *s, const struct arguments *a, const _Atomic bool *stop)
{
    const char *files[GIVEN_MAX];
    struct rule_load load;
    struct paths paths = { 0 };

    if (!devices(a, &paths, &s->err) || !native_load(s, a, files, &load, &s->err)) {
        paths_fini(&paths);
        return live_fail(&command_guard, s);
    }
    struct guarding g = { { s, "guarding", paths.path, (unsigned)paths.n, load.file_n != 0 }, s, &load, false };
    struct run run = { .paths = paths.path, .path_n = paths.n, .log_dir = s->settings.log_dir, .group = (uint32_t)getpid(), .rules_late = load.file_n != 0,
                       .ready = begun, .ready_ctx = &g };
    int code = live_go(&command_guard, s, a, &run, "inline", stop);
    paths_fini(&paths);
    if (g.failed) {
        fprintf(stderr, "peccary guard: ended without rules%s\n", s->settings.devices.stays_open ? "; bridges go on, uninspected" : "");
    }
    return g.failed ? EXIT_USAGE : code;
}

static int guard_run(int argc, char **argv) { return live_run(&command_guard, guard, true, argc, argv); }

const struct command command_guard = {
    "guard", guard_run, "protect: look at traffic before it goes on", "[OPTION…] IN OUT | DEVICE…",
    "Stands between two interfaces, or in the firewall's queues: what a rule drops does not go on, what it rejects is\n"
    "answered with a reset or an unreachable, all else goes on as it came.  Ends when it is interrupted (SIGINT, SIGTERM).",
    flags,
};
