/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * case - what was found, kept in a folder of its own, with hashes.
 */
#include "app/app.h"

#include "app/confine.h"
#include "app/keep.h"
#include "aware/read.h"

#include <stdlib.h>
#include <string.h>

static const struct flag flags[] = {
    { 0, "record", "DIR", "the record's folder" },
    { 0, "events", "FILE", "records with flow_id, an object a line (of eve.json): what the case is about; - is standard input" },
    { 0, "to", "DIR", "the case's folder" },
    { 0, "key", "FILE", "that opens encrypted segments (record.key-file)" },
    { 0, "map", "DIR", "folder of a map that is kept: what it says of the events' hosts, as of then" },
    { 0, "check", NULL, "is all of the cases DIR… as it was?" },
    { 'q', "quiet", NULL, "no summary" },
    { 'h', "help", NULL, "this" },
    { 0, NULL, NULL, NULL },
};

static int fail(const struct err *err)
{
    fprintf(stderr, "peccary case: %s\n", err->text);
    return EXIT_USAGE;
}

enum { HOSTS_MAX = 100 /* with one address, in several networks */ };

struct asked {
    const char *address;
    uint64_t at;
    struct text *out;
};

static void asked_look(void *ctx, struct hosts *h, const struct host_filter *f)
{
    const struct asked *a = ctx;
    struct clock_zone zone = { 0 };
    char when[CLOCK_TEXT_MAX];
    struct json j;

    clock_iso(&zone, a->at, when);
    json_init(&j, a->out);
    json_object(&j, NULL);
    json_string(&j, "at", when);
    json_string(&j, "address", a->address);
    hosts_rows(h, f, HOSTS_MAX, &j, "hosts");
    json_end_object(&j);
    text_byte(a->out, '\n');
}

bool case_hosts_of(void *map, const char *address, uint64_t at, struct text *out, struct err *err)
{
    struct asked a = { address, at, out };

    return hosts_at(map, at, address, asked_look, &a, err);
}

void case_about(struct text *out, const char *record, const char *map, const char *what)
{
    struct clock_zone zone = { 0 };
    char when[CLOCK_TEXT_MAX];
    struct json j;

    clock_iso(&zone, clock_now(), when);
    json_init(&j, out);
    json_object(&j, NULL);
    json_string(&j, "made", when);
    json_string(&j, "by", "peccary " PECCARY_VERSION);
    json_string(&j, "what", what);
    json_string(&j, "record", record);
    if (map != NULL) {
        json_string(&j, "map", map);
    }
    json_end_object(&j);
    text_str(out, "\n");
    text_byte(out, '\0');
}

static bool stream_read(FILE *f, struct text *all)
{
    char buffer[65536];

    for (size_t n; (n = fread(buffer, 1, sizeof buffer, f)) != 0;) {
        text_add(all, buffer, n);
    }
    return ferror(f) == 0 && !all->cut;
}

static void say_changed(void *ctx, const char *file, const char *what) { printf("%s/%s: %s\n", (const char *)ctx, file, what); }

static int check(const struct arguments *a)
{
    struct err err;
    unsigned bad, all = 0;

    for (unsigned i = 0; i < a->rest_n; i++) {
        if (!case_check(a->rest[i], say_changed, (void *)(uintptr_t)a->rest[i], &bad, &err)) {
            return fail(&err);
        }
        all += bad;
        if (bad == 0 && !argument_given(a, "quiet")) {
            printf("%s: all of it is as it was\n", a->rest[i]);
        }
    }
    return all != 0 ? EXIT_SOME : EXIT_DONE;
}

int case_keep(const struct case_wish *w, struct record *r, bool quiet, const _Atomic bool *stop, struct err *err)
{
    struct case_made made;

    if (!case_make(w, r, &made, stop, err)) {
        return EXIT_USAGE;
    }
    if (!quiet) {
        fprintf(stderr, "case: %llu events, %llu flows, %llu packets, in %s\n", (unsigned long long)made.events, (unsigned long long)made.flows,
                (unsigned long long)made.packets, w->dir);
    }
    if (made.apart != 0) {
        fprintf(stderr, "about no flow, so no packets are kept of them: %llu events\n", (unsigned long long)made.apart);
    }
    if (made.missing != 0) {
        fprintf(stderr, "not in the record: the flows of %llu events\n", (unsigned long long)made.missing);
    }
    if (made.hosts_left != 0) {
        fprintf(stderr, "not asked of the map: %llu ends of events more than a case keeps\n", (unsigned long long)made.hosts_left);
    }
    return made.missing != 0 || made.hosts_left != 0 || *stop ? EXIT_SOME : EXIT_DONE;
}

static int keep(const struct arguments *a, const _Atomic bool *stop)
{
    const char *map = argument_value(a, "map"), *events = argument_value(a, "events");
    const struct confine_once gives = { .folder = { argument_value(a, "to") }, .there = map };
    struct session s = { .log = { .to = stderr, .level = LOG_WARNING } };
    struct err err;
    struct text about, all;

    if (!confine_once(&s, &gives, stop)) {
        return fail(&s.err);
    }
    struct record *r = record_open_with(argument_value(a, "record"), argument_value(a, "key"), &err);

    if (r == NULL) {
        return fail(&err);
    }
    text_init(&about, 0);
    text_init(&all, 1u << 30);
    FILE *f = strcmp(events, "-") == 0 ? stdin : fopen(events, "re");
    int code = EXIT_USAGE;
    if (f == NULL) {
        (void)err_sys(&err, "%s", events);
    } else if (!stream_read(f, &all) || all.n == 0) {
        (void)err_set(&err, "%s: no events", events);
    } else {
        case_about(&about, argument_value(a, "record"), map, "events");
        struct case_wish w = { .dir = argument_value(a, "to"), .events = text_bytes(&all), .about = about.p, .hosts = map != NULL ? case_hosts_of : NULL,
                               .hosts_ctx = (void *)(uintptr_t)map };
        code = case_keep(&w, r, argument_given(a, "quiet"), stop, &err);
    }
    for (size_t i = 0; i < r->problem_n; i++) {
        fprintf(stderr, "peccary case: %s\n", r->problem[i].text);
        code = code == EXIT_DONE ? EXIT_SOME : code;
    }
    if (f != NULL && f != stdin) {
        fclose(f);
    }
    text_fini(&about);
    text_fini(&all);
    record_close(r);
    return code == EXIT_USAGE ? fail(&err) : code;
}

static int case_main(int argc, char **argv)
{
    struct arguments a;
    struct err err;

    if (!arguments_read(flags, argc, argv, &a, &err)) {
        return fail(&err);
    }
    if (argument_given(&a, "help")) {
        command_usage(&command_case, stdout);
        return EXIT_DONE;
    }
    if (argument_given(&a, "check") && a.rest_n != 0) {
        return check(&a);
    }
    if (a.rest_n != 0 || argument_value(&a, "record") == NULL || argument_value(&a, "events") == NULL || argument_value(&a, "to") == NULL) {
        command_usage(&command_case, stderr);
        return EXIT_USAGE;
    }
    const _Atomic bool *stop = interrupt_watch();
    if (stop == NULL) {
        (void)err_sys(&err, "start");
        return fail(&err);
    }
    return keep(&a, stop);
}

const struct command command_case = {
    "case", case_main, "keep what was found: packets, events, hosts, with hashes", "--record DIR --events FILE --to DIR [--map DIR] | --check DIR…",
    "Keeps events with all packets of their flows, and what the map says of their hosts as of then, in a folder that outlives the record's\n"
    "budget.  Its MANIFEST.sha256 tells whether it is as it was (--check, or sha256sum -c).  peccary hunt --keep makes one of what it finds.",
    flags,
};
