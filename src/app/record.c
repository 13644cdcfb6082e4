/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * record - captures into a record: segments that can be searched and hunted over.
 */
#include "app/app.h"

#include "app/confine.h"
#include "base/clock.h"
#include "engine/recorded.h"
#include "record/recover.h"

#include <string.h>
#include <unistd.h>

static const struct flag flags[] = {
    { 0, "import", NULL, "take existing captures in" },
    { 0, "index-only", NULL, "leave captures where they lie: only an index of them is made" },
    { 0, "recover", NULL, "seal what a recorder that died had written (one that starts does so by itself)" },
    { 0, "to", "DIR", "the record's folder" },
    { 0, "key", "FILE", "what is recorded is encrypted with it (record.key-file); with --recover: that opens what is" },
    { 'c', "config", "FILE", "settings (YAML, suricata.yaml's keys); default: built in" },
    { 0, "set", "KEY=VALUE", "one setting; may be given again" },
    { 0, "workers", "N", "threads (default 1): each writes segments of its own" },
    { 0, "checksums", "MODE", "on or off: are wrong checksums looked at" },
    { 0, "filter", "EXPRESSION", "BPF: only frames that match" },
    { 0, "json", NULL, "the summary as JSON" },
    { 'q', "quiet", NULL, "no summary" },
    { 'h', "help", NULL, "this" },
    { 0, NULL, NULL, NULL },
};

static int fail(const struct err *err)
{
    fprintf(stderr, "peccary record: %s\n", err->text);
    return EXIT_USAGE;
}

static int fail_memory(void)
{
    struct err err;

    (void)err_set(&err, "not enough memory");
    return fail(&err);
}

static bool overrides(const struct arguments *a, bool live, struct engine_overrides *o, struct err *err)
{
    const char *sums = argument_value(a, "checksums"), *workers = argument_value(a, "workers");
    uint64_t n = 0;

    o->checksums = -1;
    if (sums != NULL) {
        if (strcmp(sums, "on") != 0 && strcmp(sums, "off") != 0) {
            return err_set(err, "--checksums %s: on or off is wanted", sums);
        }
        o->checksums = strcmp(sums, "on") == 0;
    }
    if (workers != NULL && (!conf_text_u64(workers, &n) || n < 1 || n > TURN_WORKERS_MAX)) {
        return err_set(err, "--workers %s: a number from 1 to %u is wanted", workers, (unsigned)TURN_WORKERS_MAX);
    }
    o->workers = n != 0 || !live ? (unsigned)n : live_workers();
    o->live = live;
    o->log_dir = live ? argument_value(a, "to") : NULL;
    bool index_only = argument_given(a, "index-only"), input = false;
    for (unsigned i = 0; i < a->rest_n; i++) {
        input |= strcmp(a->rest[i], "-") == 0;
    }
    if (index_only && (n > 1 || input || argument_value(a, "filter") != NULL)) {
        return err_set(err, "--index-only: files, one worker and no filter are wanted");
    }
    return true;
}

static void report(const struct run_result *r, const char *dir, bool as_json)
{
    struct text t;
    struct json j;

    text_init(&t, 0);
    json_init(&j, &t);
    if (as_json) {
        json_object(&j, NULL);
        json_string(&j, "record", dir);
        for (unsigned i = 0; i < RECORDER_COUNTER_N; i++) {
            json_u64(&j, recorder_counters[i].name + strlen("record."), r->recorded[i]);
        }
        json_u64(&j, "flows", r->summary.flows);
        json_end_object(&j);
        text_byte(&t, '\n');
    } else {
        text_printf(&t, "recorded: %llu packets, %llu bytes, %llu flows, in %llu segments of %s\n", (unsigned long long)r->recorded[RECORDER_PACKETS],
                    (unsigned long long)r->recorded[RECORDER_BYTES], (unsigned long long)r->summary.flows,
                    (unsigned long long)r->recorded[RECORDER_SEGMENTS], dir);
        if (r->recorded[RECORDER_CUT_PACKETS] != 0) {
            text_printf(&t, "cut off: %llu packets, %llu bytes\n", (unsigned long long)r->recorded[RECORDER_CUT_PACKETS],
                        (unsigned long long)r->recorded[RECORDER_CUT_BYTES]);
        }
        if (r->recorded[RECORDER_LOST] != 0) {
            text_printf(&t, "lost: %llu packets\n", (unsigned long long)r->recorded[RECORDER_LOST]);
        }
    }
    fwrite(t.p, 1, t.n, stdout);
    text_fini(&t);
}

/* What one run of a recorder took in. */
struct taken {
    uint64_t run, first, last, packets, bytes;
};

static bool taken_next(const struct record *r, size_t *i, struct taken *t)
{
    if (*i == r->n) {
        return false;
    }
    *t = (struct taken){ .run = r->segment[*i].about->run, .first = UINT64_MAX };
    for (; *i < r->n && r->segment[*i].about->run == t->run; (*i)++) {
        const struct index_about *a = r->segment[*i].about;
        t->first = a->first_ts < t->first ? a->first_ts : t->first;
        t->last = a->last_ts > t->last ? a->last_ts : t->last;
        t->packets += a->packets;
        t->bytes += a->bytes;
    }
    return true;
}

/* Captures that were taken in before would be found twice: as many packets and bytes from the same moment to the same.  Indexes that others took the place of go (`replaced`). */
static void again_tell(const char *dir, const char *key_file, bool replaced)
{
    struct err err;
    struct record *r = record_open_with(dir, key_file, &err);
    struct taken newest = { .packets = 0 }, t;
    struct clock_zone zone = { 0 };
    char when[CLOCK_TEXT_MAX];

    for (size_t i = 0; r != NULL && taken_next(r, &i, &t);) { /* by run: the last is the newest */
        newest = t;
    }
    for (size_t i = 0; newest.packets != 0 && taken_next(r, &i, &t) && t.run != newest.run;) {
        if (t.first == newest.first && t.last == newest.last && t.packets == newest.packets && t.bytes == newest.bytes) {
            clock_iso(&zone, t.run, when);
            fprintf(stderr, "peccary record: the same was taken in before, at %s: it is found twice now\n", when);
        }
    }
    if (r != NULL && replaced) {
        record_replaced_remove(r);
    }
    record_close(r);
}

static int recover(const char *dir, const char *key_file)
{
    struct recovered done = { 0 };
    struct err err = { "" };

    if (access(dir, F_OK) != 0) {
        (void)err_sys(&err, "%s", dir);
        return fail(&err);
    }
    bool good = recover_with(dir, key_file, &done, &err);

    printf("recovered: %llu packets in %u segments\n", (unsigned long long)done.packets, done.segments);
    if (done.lost != 0) {
        printf("segments that are gone, of which the index was there: %u\n", done.lost);
    }
    if (done.missing != 0) {
        printf("segments that are missing, and not deleted by the recorder: %llu\n", (unsigned long long)done.missing);
    }
    if (done.strays != 0) {
        printf("of no flow that is known: %llu packets\n", (unsigned long long)done.strays);
    }
    if (!good) {
        fprintf(stderr, "peccary record: %s\n", err.text);
    }
    return good ? EXIT_DONE : done.segments != 0 || done.failed != 0 ? EXIT_SOME : EXIT_USAGE;
}

static int import(struct session *s, const struct arguments *a, const _Atomic bool *stop)
{
    const char *dir = argument_value(a, "to");
    struct paths paths = { 0 };
    struct run_result r;
    int code = EXIT_DONE;

    for (unsigned i = 0; i < a->rest_n; i++) {
        size_t before = paths.n;
        if (!paths_add_below(&paths, a->rest[i], &s->err)) {
            paths_fini(&paths);
            return fail(&s->err);
        }
        if (paths.n == before) {
            log_say(&s->log, LOG_WARNING, "folder %s holds no captures", a->rest[i]);
        }
    }
    bool index_only = argument_given(a, "index-only");
    struct run run = { .paths = paths.path, .path_n = paths.n, .merge = !index_only && paths.n > 1, .log_dir = dir, .bpf = argument_value(a, "filter") };

    engine_record_to(&s->engine, dir, index_only);
    if (index_only && !captures_by_time(paths.path, paths.n)) {
        code = fail_memory();
    } else if (!confine_once(s, &(struct confine_once){ .folder = { dir } }, stop) || !engine_run(&s->engine, &run, &r, stop, &s->err)) {
        code = fail(&s->err);
    } else {
        inputs_told(s, &r);
        if (!argument_given(a, "quiet")) {
            report(&r, dir, argument_given(a, "json"));
        }
        const char *key = s->settings.recorder.key_file;
        bool some = r.input_failed || r.record_err.text[0] != '\0' || r.recorded[RECORDER_LOST] != 0 || *stop;
        again_tell(dir, key != NULL && key[0] != '\0' ? key : NULL, index_only && !some);
        code = r.packets == 0 && r.input_failed ? EXIT_USAGE : some ? EXIT_SOME : EXIT_DONE;
    }
    run_result_fini(&r);
    paths_fini(&paths);
    return code;
}

/* Devices: what the settings say of a record is said here, where what confines the program reads it. */
static bool record_into(struct session *s, const struct arguments *a)
{
    const char *dir = argument_value(a, "to");
    char here[2048] = "", line[4096];

    if (dir[0] != '/' && getcwd(here, sizeof here) == NULL) {
        return err_sys(&s->err, "the working folder");
    }
    bool fits = snprintf(line, sizeof line, "record.dir=%s%s%s", here, here[0] != '\0' ? "/" : "", dir) < (int)sizeof line;
    return (fits || err_set(&s->err, "--to %s: the name is too long", dir)) && conf_set(s->conf, line, &s->err) && conf_set(s->conf, "record.enabled=yes", &s->err);
}

static int watch(struct session *s, const struct arguments *a, const _Atomic bool *stop)
{
    struct live_ready ready = { s, "recording", a->rest, a->rest_n, false };
    struct run run = { .paths = a->rest, .path_n = a->rest_n, .log_dir = s->settings.log_dir, .bpf = argument_value(a, "filter"),
                       .group = (uint32_t)getpid(), .ready = live_say_ready, .ready_ctx = &ready };

    return live_go(&command_record, s, a, &run, "live", stop);
}

static bool encrypt_with(struct session *s, const char *key_file)
{
    char line[4096];

    return key_file == NULL || ((snprintf(line, sizeof line, "record.key-file=%s", key_file) < (int)sizeof line || err_set(&s->err, "--key %s: the name is too long", key_file)) &&
                                conf_set(s->conf, line, &s->err));
}

static int record_run(int argc, char **argv)
{
    struct arguments a;
    struct session s = { .log = { .to = stderr, .level = LOG_WARNING } };
    struct engine_overrides o = { 0 };
    struct text preset;
    int code;

    if (!arguments_read(flags, argc, argv, &a, &s.err)) {
        return fail(&s.err);
    }
    if (argument_given(&a, "help")) {
        command_usage(&command_record, stdout);
        return EXIT_DONE;
    }
    bool recovers = argument_given(&a, "recover"), live = !recovers && !argument_given(&a, "import");
    if (argument_value(&a, "to") == NULL || (a.rest_n == 0) != recovers || (recovers && argument_given(&a, "import")) || (live && argument_given(&a, "index-only"))) {
        command_usage(&command_record, stderr);
        return EXIT_USAGE;
    }
    if (recovers) {
        return recover(argument_value(&a, "to"), argument_value(&a, "key"));
    }
    const _Atomic bool *stop = interrupt_watch();
    if (stop == NULL) {
        (void)err_sys(&s.err, "start");
        return fail(&s.err);
    }
    text_init(&preset, 0);
    if (!preset_quiet(&preset)) {
        (void)err_set(&s.err, "not enough memory");
        code = fail(&s.err);
    } else if (!overrides(&a, live, &o, &s.err) || !session_load(&s, argument_value(&a, "config"), preset.p, &a) || !encrypt_with(&s, argument_value(&a, "key")) || (live && !record_into(&s, &a)) ||
               !session_settle(&s, &o)) {
        code = fail(&s.err);
    } else {
        code = live ? watch(&s, &a, stop) : import(&s, &a, stop);
    }
    session_end(&s);
    text_fini(&preset);
    return code;
}

const struct command command_record = {
    "record", record_run, "keep captures in a record that can be searched and hunted over", "--to DIR [OPTION…] (INTERFACE… | --import CAPTURE… | --recover)",
    "Records the traffic of network interfaces and other devices, with no rules and no logs, until it is interrupted.  Or\n"
    "takes captures (pcap, pcapng; files, folders and those in them, - for standard input) into a record: segments of pcapng, each\n"
    "with an index of its flows and sketches of its content.  Several captures are taken in as one timeline; with --index-only one\n"
    "after the other, as they begin: where they overlap there are no sketches, and hunts read all.\n"
    "peccary extract finds packets in it, peccary hunt runs rules over it.",
    flags,
};
