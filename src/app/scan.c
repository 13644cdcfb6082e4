/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * scan - captures in, alerts and logs out.
 */
#include "app/app.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct flag flags[] = {
    NATIVE_FLAGS,
    { 0, "reload-at", "N=FILE", "from packet N on the rules of FILE (several: with commas) take the place of those before; may be given again" },
    { 0, "list", "FILE", "captures from a file: 'id<TAB>path' a line, each from a clean state; needs --each" },
    { 0, "each", "DIR", "with --list: records of each capture go to DIR/id" },
    { 0, "workers", "N", "threads (default 1)", 1, TURN_WORKERS_MAX },
    { 0, "filter", "EXPRESSION", "BPF: only frames that match" },
    { 0, "simulate-ips", NULL, "as if inline: inspect before forwarding, say what would have been dropped" },
    { 0, "control", "[PATH]", "a control socket while it reads" },
    NATIVE_FLAGS_END
};

static int fail(const struct err *err)
{
    fprintf(stderr, "peccary scan: %s\n", err->text);
    return EXIT_USAGE;
}

/* --reload-at N=FILE: in the order they are given. */
static bool load_later(struct session *s, const struct arguments *a, struct err *err)
{
    for (unsigned i = 0; i < a->n; i++) {
        const char *name = a->given[i].flag->name, *v = a->given[i].value, *is = name != NULL && strcmp(name, "reload-at") == 0 ? strchr(v, '=') : NULL;
        if (name == NULL || strcmp(name, "reload-at") != 0) {
            continue;
        }
        char number[24] = "";
        struct rule_load l = { .refused = report_refused, .ctx = &s->log };
        if (is != NULL && (size_t)(is - v) < sizeof number) {
            memcpy(number, v, (size_t)(is - v));
        }
        if (!conf_text_u64(number, &l.from) || l.from == 0) {
            return err_set(err, "--reload-at %s: the number of a packet, =, and a file of rules are wanted", v);
        }
        const char *files[GIVEN_MAX];
        char *list = strdup(is + 1), *save = NULL;
        for (char *f = list != NULL ? strtok_r(list, ",", &save) : NULL; f != NULL && l.file_n < GIVEN_MAX; f = strtok_r(NULL, ",", &save)) {
            files[l.file_n++] = f;
        }
        l.files = files;
        bool loaded = native_dialect(a, &l.dialect, err) && engine_load_rules(&s->engine, &l, err);
        free(list);
        if (!loaded) {
            return err_add(err, "--reload-at %s", v);
        }
    }
    return true;
}

static int scan_once(struct session *s, const struct arguments *a, const _Atomic bool *stop)
{
    struct paths paths = { 0 };
    struct run_result r;
    int code;

    for (unsigned i = 0; i < a->rest_n; i++) {
        size_t before = paths.n;
        if (!paths_add(&paths, a->rest[i], &s->err)) {
            return fail(&s->err);
        }
        if (paths.n == before) {
            log_say(&s->log, LOG_WARNING, "folder %s holds no captures", a->rest[i]);
        }
    }
    struct run run = { .paths = paths.path, .path_n = paths.n, .merge = paths.n > 1, .log_dir = s->settings.log_dir,
                       .bpf = argument_value(a, "filter") };
    if (!engine_run(&s->engine, &run, &r, stop, &s->err)) {
        code = fail(&s->err);
    } else {
        code = native_finish(s, &r, a, run.log_dir);
    }
    run_result_fini(&r);
    paths_fini(&paths);
    return code;
}

/* One line "id<TAB>path" of the list; false: it is neither that nor empty. */
static bool list_line(char *line, const char **id, const char **path)
{
    char *tab = strchr(line, '\t');

    line[strcspn(line, "\r\n")] = '\0';
    if (tab == NULL) {
        return false;
    }
    *tab = '\0';
    *id = line;
    *path = tab + 1;
    return line[0] != '\0' && strchr(line, '/') == NULL && strcmp(line, ".") != 0 && strcmp(line, "..") != 0 && tab[1] != '\0';
}

static int scan_list(struct session *s, const struct arguments *a, const _Atomic bool *stop)
{
    const char *list = argument_value(a, "list"), *each = argument_value(a, "each"), *id, *path;
    FILE *f = each != NULL ? fopen(list, "r") : NULL;
    uint64_t captures = 0, packets = 0, alerts = 0, failed = 0, lost = 0;
    char *line = NULL, *dir = NULL;
    size_t room = 0;
    bool wrong = false;

    if (each == NULL || f == NULL) {
        (void)(each == NULL ? err_set(&s->err, "--list needs --each DIR") : err_sys(&s->err, "open %s", list));
        return fail(&s->err);
    }
    for (unsigned n = 1; !*stop && getline(&line, &room, f) >= 0; n++) {
        struct run_result r;
        if (line[strspn(line, " \t\r\n")] == '\0') {
            continue;
        }
        if (!list_line(line, &id, &path) || asprintf(&dir, "%s/%s", each, id) < 0) {
            log_say(&s->log, LOG_ERROR, "%s:%u: 'id<TAB>path' is wanted", list, n);
            wrong = true;
            continue;
        }
        struct run run = { .paths = &path, .path_n = 1, .log_dir = dir, .bpf = argument_value(a, "filter") };
        if (!engine_run(&s->engine, &run, &r, stop, &s->err)) {
            log_say(&s->log, LOG_ERROR, "%s: %s", path, s->err.text);
            failed++;
        } else if (r.input_failed) {
            log_say(&s->log, LOG_WARNING, "%s", r.inputs[0].err.text);
            failed++;
        }
        captures++;
        packets += r.packets;
        alerts += r.alerts;
        lost += r.lost;
        wrong |= !aware_kept(r.aware);
        run_result_fini(&r);
        free(dir);
    }
    free(line);
    fclose(f);
    if (argument_given(a, "json") || !argument_given(a, "quiet")) {
        printf(argument_given(a, "json") ? "{\"captures\":%llu,\"packets\":%llu,\"alerts\":%llu,\"ended_early\":%llu,\"records_lost\":%llu}\n"
                                         : "captures: %llu\npackets: %llu\nalerts: %llu\nended early: %llu\nrecords lost: %llu\n",
               (unsigned long long)captures, (unsigned long long)packets, (unsigned long long)alerts, (unsigned long long)failed, (unsigned long long)lost);
    }
    return wrong || failed != 0 || lost != 0 || s->engine.rules_refused != 0 || s->engine.thresholds_wrong != 0 ? EXIT_SOME : EXIT_DONE;
}

static int scan_run(int argc, char **argv)
{
    struct arguments a;
    struct session s = { .log = { .to = stderr, .level = LOG_WARNING } };
    struct engine_overrides o = { 0 };
    const _Atomic bool *stop;
    int code;

    if (!arguments_read(flags, argc, argv, &a, &s.err)) {
        return fail(&s.err);
    }
    if (argument_given(&a, "help")) {
        command_usage(&command_scan, stdout);
        return EXIT_DONE;
    }
    if ((a.rest_n == 0) != argument_given(&a, "list")) { /* one or the other */
        command_usage(&command_scan, stderr);
        return EXIT_USAGE;
    }
    if (argument_given(&a, "verbose")) {
        s.log.level = LOG_INFO;
    }
    stop = interrupt_watch();
    if (stop == NULL) {
        (void)err_sys(&s.err, "start");
        return fail(&s.err);
    }
    if (!native_overrides(&a, &o, &s.err) || !session_load(&s, argument_value(&a, "config"), preset_settings, &a) || !session_settle(&s, &o) ||
        !native_rules(&s, &a, &s.err) || !load_later(&s, &a, &s.err)) {
        code = fail(&s.err);
    } else {
        struct serving serving;
        struct serve_wish wish = { .socket = argument_socket(&a), .capture_mode = "files", .metrics = argument_value(&a, "metrics"), .given = &a };
        if (serve_begin(&serving, &s, &wish, stop)) {
            code = argument_given(&a, "list") ? scan_list(&s, &a, stop) : scan_once(&s, &a, stop);
        } else {
            code = fail(&s.err);
        }
        serve_end(&serving);
        code = interrupt_tell(stop, &s.log) && code == EXIT_DONE ? EXIT_SOME : code;
    }
    session_end(&s);
    return code;
}

const struct command command_scan = {
    "scan", scan_run, "read captures, run rules, write alerts and records", "[OPTION…] CAPTURE…",
    "Reads captures (pcap, pcapng; files, folders, - for standard input), runs rules over them and writes\n"
    "eve.json and fast.log into the log folder.  Several captures are read as one timeline.",
    flags,
};
