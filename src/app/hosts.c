/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hosts - the map: who is on this network.
 */
#include "app/confine.h"
#include "app/hosts.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const struct flag flags[] = {
    { 'w', "where", "FILTER", "only hosts that match: \"os=windows and service=smb and vlan=10\"" },
    { 'm', "map", "DIR", "the map that is kept in that folder (aware.dir), also by a peccary that runs; captures are added to it" },
    { 0, "host", "WHICH", "one host in full: an address, a hardware address, a name, #number; with --columns in a line" },
    { 0, "at", "TIME", "with --map: as it was then (" WHEN_HELP "); of who was seen since, counts and marks of conflict are left out, and last is no later than then" },
    { 0, "changes", NULL, "with --map: what happened instead of what is there; with --host or --where: to those" },
    { 0, "since", "TIME", "with --changes: from then on, by the same words" },
    { 0, "import", "FILE", "with --map: add what it knows: nmap's XML, leases (ISC, Kea, dnsmasq), JSON lines of what a person says, captures (of NetFlow, IPFIX, sFlow, or any)" },
    { 0, "export", "FORMAT", "csv, nmap (its XML), dot (Graphviz), stix (2.1)" },
    { 0, "watch", "[SECONDS]", "with --map: show it anew every so many seconds (default 2)" },
    { 0, "json", NULL, "a JSON object a line" },
    { 0, "evidence", NULL, "with --json: all that is known, not only what follows from it" },
    { 0, "columns", "LIST", "only these: \"address name kind os mac maker vlan tenant vtep criticality roles software services\", and \"id first last\"" },
    { 0, "prints", "DIR", "tables of fingerprints in place of those built in" },
    { 'c', "config", "FILE", "settings (YAML); default: built in, with no rules and no records" },
    { 0, "set", "KEY=VALUE", "one setting; may be given again" },
    { 0, "workers", "N", "threads (default 1)" },
    { 0, "batch", "N", "frames a batch, 1 to 256" },
    { 0, "filter", "EXPRESSION", "BPF: only frames that match" },
    { 0, "wide", NULL, "a table as wide as it takes, whatever the terminal" },
    { 'v', "verbose", NULL, "say more" },
    { 'h', "help", NULL, "this" },
    { 0, NULL, NULL, NULL },
};

static int fail(const struct err *err)
{
    fprintf(stderr, "peccary hosts: %s\n", err->text);
    return EXIT_USAGE;
}

static void text_out(struct text *t)
{
    if (t->n != 0) {
        fwrite(t->p, 1, t->n, stdout);
    }
    text_fini(t);
}

/* ---- the command ---- */

static int export(struct hosts *h, const struct host_filter *f, const char *format)
{
    struct err err;

    return hosts_export(h, f, format, stdout, &err) ? EXIT_DONE : fail(&err);
}

static int unknown(const char *which)
{
    fprintf(stderr, "peccary hosts: no host is known as %s\n", which);
    return EXIT_SOME;
}

static int show(struct hosts *h, const struct host_filter *f, const char *which)
{
    struct text out;

    text_init(&out, 0);
    bool found = hosts_show(h, f, &out);
    text_out(&out);
    return found ? EXIT_DONE : unknown(which);
}

/* As a filter has a text: a quotation mark in it is two.  False: no room. */
static bool quoted(const char *s, char *out, size_t room)
{
    size_t n = 0;

    out[n++] = '"';
    for (; *s != '\0' && n + 3 < room; s++) {
        out[n++] = *s;
        if (*s == '"') {
            out[n++] = '"';
        }
    }
    out[n++] = '"';
    out[n] = '\0';
    return *s == '\0';
}

/* What --where says, and --host. */
static bool filter_make(const struct arguments *a, struct host_filter **out, struct err *err)
{
    const char *where = argument_value(a, "where"), *which = argument_value(a, "host");
    struct addr address;
    enum family family;
    uint64_t id;
    char text[2048] = "", name[512];
    int n = 0;

    if (where != NULL && ((*out = host_filter_parse(where, err)) == NULL || which == NULL)) {
        return *out != NULL; /* what is wrong in it is told by the place in it */
    }
    host_filter_free(*out);
    *out = NULL;
    if (which == NULL) {
        return true;
    }
    if (which[0] == '\0' || (which[0] == '#' && !bytes_u64(bytes_str(which + 1), &id))) {
        return err_set(err, "--host %s: an address, a hardware address, a name or #number is wanted", which);
    }
    if (which[0] == '#') {
        n = snprintf(text, sizeof text, "id=%llu", (unsigned long long)id);
    } else if (addr_parse(which, &address, &family)) {
        n = snprintf(text, sizeof text, "ip=%s", which);
    } else if (quoted(which, name, sizeof name)) {
        n = snprintf(text, sizeof text, "(mac=%s or name=%s)", name, name);
    }
    if (where != NULL && n > 0 && (size_t)n < sizeof text) {
        n += snprintf(text + n, sizeof text - (size_t)n, " and (%s)", where);
    }
    if (n <= 0 || (size_t)n >= sizeof text) {
        return err_set(err, "--host, --where: too long");
    }
    return (*out = host_filter_parse(text, err)) != NULL;
}

static void seen(void *ctx, const struct host_row *r)
{
    (void)ctx;
    (void)r;
}

static int print(struct hosts *h, const struct arguments *a, const struct host_filter *f)
{
    const char *which = argument_value(a, "host");
    bool in_full = which != NULL && !argument_given(a, "export") && !argument_given(a, "json") && !argument_given(a, "columns");

    if (which != NULL && !in_full && hosts_each(h, f, seen, NULL) == 0) {
        return unknown(which);
    }
    if (argument_given(a, "export")) {
        return export(h, f, argument_value(a, "export"));
    }
    if (argument_given(a, "json")) {
        bool whole = hosts_json(h, f, argument_given(a, "evidence"), stdout);
        fputs(whole ? "" : "peccary hosts: not enough memory: some hosts are left out\n", stderr);
        return whole ? EXIT_DONE : EXIT_SOME;
    }
    if (in_full) {
        return show(h, f, which);
    }
    hosts_table(h, f, a);
    return EXIT_DONE;
}

static int read_captures(struct session *s, const struct arguments *a, const struct host_filter *f, const _Atomic bool *stop)
{
    struct paths paths = { 0 };
    struct run_result r;
    int code;

    for (unsigned i = 0; i < a->rest_n; i++) {
        if (!paths_add(&paths, a->rest[i], &s->err)) {
            return fail(&s->err);
        }
    }
    if (argument_given(a, "map")) {
        s->settings.aware.dir = argument_value(a, "map");
    }
    struct run run = { .paths = paths.path, .path_n = paths.n, .merge = paths.n > 1, .log_dir = s->settings.log_dir, .bpf = argument_value(a, "filter") };
    if (!engine_run(&s->engine, &run, &r, stop, &s->err)) {
        code = fail(&s->err);
    } else if (r.aware == NULL) {
        (void)err_set(&s->err, "the settings keep no map: aware.enabled is wanted");
        code = fail(&s->err);
    } else {
        inputs_told(s, &r);
        code = print(aware_hosts(r.aware), a, f);
        code = r.packets == 0 && r.input_failed ? EXIT_USAGE : r.input_failed || *stop || !aware_kept(r.aware) ? EXIT_SOME : code;
    }
    run_result_fini(&r);
    paths_fini(&paths);
    return code;
}

static int read_map_once(const char *dir, uint64_t at, const struct arguments *a, const struct host_filter *f, struct err *err)
{
    const char *which = argument_value(a, "host");
    struct hosts *h = hosts_open(dir, at, which != NULL && which[0] != '#' ? which : NULL, err);

    if (h == NULL) {
        return fail(err);
    }
    int code = print(h, a, f);
    hosts_close(h);
    return code;
}

/* What stands in a file is others': printable it is. */
static void notes_told(const char *path, const struct host_import *got)
{
    for (unsigned i = 0; i < HOST_NOTES; i++) {
        const char *what = got->note[i].what;
        if (got->note[i].n != 0) {
            fprintf(stderr, "peccary hosts: %s: %s: %zu, in line %zu the first%s%s\n", path, host_note_rows[i].text, got->note[i].n, got->note[i].line, what[0] != '\0' ? ": " : "", what);
        }
    }
}

static int read_map(const struct arguments *a, const struct host_filter *f, const _Atomic bool *stop, struct err *err)
{
    const char *dir = argument_value(a, "map"), *every = argument_value(a, "watch");
    uint64_t at = 0, seconds = 2;
    int code;

    for (unsigned i = 0; i < a->n; i++) {
        struct host_import got = { 0 };
        if (a->given[i].flag->name == NULL || strcmp(a->given[i].flag->name, "import") != 0) {
            continue;
        }
        if (!hosts_import(dir, a->given[i].value, &got, err)) {
            return fail(err);
        }
        printf("%s: %zu hosts\n", a->given[i].value, got.hosts);
        if (got.left_out != 0) {
            fprintf(stderr, "peccary hosts: %s: of %zu lines nothing was made, line %zu the first\n", a->given[i].value, got.left_out, got.line);
        }
        if (got.refused != 0) {
            fprintf(stderr, "peccary hosts: %s: %zu signs were not taken, as their hosts have too many of that kind\n", a->given[i].value, got.refused);
        }
        notes_told(a->given[i].value, &got);
    }
    if (argument_given(a, "import")) {
        return EXIT_DONE;
    }
    if (argument_given(a, "changes")) {
        code = hosts_print_changes(dir, a, f, err);
        return code == EXIT_USAGE ? fail(err) : code;
    }
    if ((argument_given(a, "at") && !when_read(argument_value(a, "at"), &at, err)) ||
        (every != NULL && every[0] != '\0' && (!conf_text_u64(every, &seconds) || seconds == 0) && !err_set(err, "--watch %s: seconds are wanted", every))) {
        return fail(err);
    }
    at += argument_given(a, "at") && at == 0; /* 0 is: as it is */
    do {
        if (argument_given(a, "watch") && !argument_given(a, "json") && !argument_given(a, "export")) {
            printf("\033[H\033[2J");
        }
        code = read_map_once(dir, at, a, f, err);
        fflush(stdout);
        for (uint64_t i = 0; argument_given(a, "watch") && i < seconds * 10 && !*stop; i++) {
            const struct timespec tenth = { .tv_nsec = 100000000 };
            (void)nanosleep(&tenth, NULL);
        }
    } while (argument_given(a, "watch") && !*stop && code != EXIT_USAGE);
    return code;
}

static bool number(const struct arguments *a, const char *name, unsigned high, unsigned *out, struct err *err)
{
    const char *v = argument_value(a, name);
    uint64_t n;

    if (v != NULL && (!conf_text_u64(v, &n) || n < 1 || n > high)) {
        return err_set(err, "--%s %s: a number from 1 to %u is wanted", name, v, high);
    }
    *out = v != NULL ? (unsigned)n : 0;
    return true;
}

static bool prints_from(struct session *s, const char *dir)
{
    char set[4096];

    if (dir != NULL && (size_t)snprintf(set, sizeof set, "aware.prints=%s", dir) >= sizeof set) {
        return err_set(&s->err, "--prints: the name of the folder is too long");
    }
    return dir == NULL || conf_set(s->conf, set, &s->err);
}

/* A capture's first bytes: pcap of any kind, pcapng (packed ones go as arguments). */
static bool is_capture(const char *path)
{
    static const uint32_t magics[] = { 0xa1b2c3d4, 0xd4c3b2a1, 0xa1b23c4d, 0x4d3cb2a1, 0x0a0d0d0a };
    FILE *f = fopen(path, "rb");
    uint32_t magic = 0;
    bool is = false;

    if (f != NULL) {
        is = fread(&magic, sizeof magic, 1, f) == 1;
        fclose(f);
    }
    for (unsigned i = 0; i < ROWS(magics); i++) {
        if (is && magic == magics[i]) {
            return true;
        }
    }
    return false;
}

/* Captures that are to be imported are read as captures are; beside them nothing else can be. */
static bool captures_import(struct arguments *a, struct err *err)
{
    unsigned others = 0;

    for (unsigned i = 0; i < a->n; i++) {
        if (a->given[i].flag->name == NULL || strcmp(a->given[i].flag->name, "import") != 0) {
            continue;
        }
        bool capture = is_capture(a->given[i].value);
        others += !capture;
        if (capture && a->rest_n < GIVEN_MAX) {
            a->rest[a->rest_n++] = a->given[i].value;
        }
    }
    return others == 0 || a->rest_n == 0 || err_set(err, "--import: captures and other files one after the other");
}

/* Captures, and lists of others, say what anybody sent. */
static bool give_up(struct session *s, const struct arguments *a, const _Atomic bool *stop)
{
    const char *map = argument_value(a, "map");
    bool reads = a->rest_n == 0 && !argument_given(a, "import");
    const struct confine_once w = { .folder = { reads ? NULL : map, a->rest_n != 0 ? s->settings.aware.dir : NULL }, .there = map };

    return confine_once(s, &w, stop);
}

/* What is only there for something else, and what has no meaning beside captures or another. */
static bool fits(const struct arguments *a, struct err *err)
{
    static const struct { const char *name, *with; } rows[] = {
        { "at", "map" }, { "changes", "map" }, { "watch", "map" }, { "import", "map" }, { "since", "changes" }, { "evidence", "json" },
    };
    static const struct { const char *name, *beside; } apart[] = {
        { "export", "json" }, { "export", "changes" }, { "columns", "export" }, { "columns", "json" }, { "columns", "changes" }, { "evidence", "changes" }, { "watch", "changes" },
    };
    static const char *const shows[] = { "where", "host", "at", "changes", "export", "watch", "json", "columns" };
    const char *format = argument_value(a, "export");

    for (unsigned i = 0; i < ROWS(shows); i++) { /* captures are shown */
        if (argument_given(a, "import") && a->rest_n == 0 && argument_given(a, shows[i])) {
            return err_set(err, "--%s has no meaning beside --import of a list: first the one, then the other", shows[i]);
        }
    }
    for (unsigned i = 0; i < ROWS(rows); i++) {
        if (argument_given(a, rows[i].name) && !argument_given(a, rows[i].with)) {
            return err_set(err, "--%s is for --%s", rows[i].name, rows[i].with);
        }
        if (i < 3 && argument_given(a, rows[i].name) && a->rest_n != 0) {
            return err_set(err, "--%s is about a map as it is kept: without captures", rows[i].name);
        }
    }
    for (unsigned i = 0; i < ROWS(apart); i++) {
        if (argument_given(a, apart[i].name) && argument_given(a, apart[i].beside)) {
            return err_set(err, "--%s has no meaning beside --%s", apart[i].name, apart[i].beside);
        }
    }
    return hosts_columns(argument_value(a, "columns"), err) && (format == NULL || hosts_exports(format, err));
}

static int hosts_run(int argc, char **argv)
{
    struct arguments a;
    struct session s = { .log = { .to = stderr, .level = LOG_WARNING } };
    struct engine_overrides o = { .checksums = -1 };
    struct host_filter *f = NULL;
    const _Atomic bool *stop;
    int code;

    if (!arguments_read(flags, argc, argv, &a, &s.err)) {
        return fail(&s.err);
    }
    if (argument_given(&a, "help") || (a.rest_n == 0 && !argument_given(&a, "map"))) {
        command_usage(&command_hosts, argument_given(&a, "help") ? stdout : stderr);
        return argument_given(&a, "help") ? EXIT_DONE : EXIT_USAGE;
    }
    if (argument_given(&a, "verbose")) {
        s.log.level = LOG_INFO;
    }
    if ((stop = interrupt_watch()) == NULL) {
        (void)err_sys(&s.err, "start");
        return fail(&s.err);
    }
    if (!captures_import(&a, &s.err) || !filter_make(&a, &f, &s.err) || !fits(&a, &s.err) ||
        !number(&a, "workers", TURN_WORKERS_MAX, &o.workers, &s.err) || !number(&a, "batch", BATCH_MAX, &o.batch, &s.err) ||
        !session_load(&s, argument_value(&a, "config"), preset_hosts, &a) || !prints_from(&s, argument_value(&a, "prints")) || !session_settle(&s, &o)) {
        code = fail(&s.err);
    } else if (!give_up(&s, &a, stop)) {
        code = fail(&s.err);
    } else {
        code = a.rest_n != 0 ? read_captures(&s, &a, f, stop) : read_map(&a, f, stop, &s.err);
    }
    host_filter_free(f);
    session_end(&s);
    return code;
}

const struct command command_hosts = {
    "hosts", hosts_run, "the map: which hosts are there, what they are, what they serve", "[OPTION…] CAPTURE… | --map DIR",
    "Reads captures and prints the hosts that were seen, with their addresses, names, systems and services, from what they\n"
    "let slip in passing.  No rules are needed, nothing is sent.  With --map, the hosts of a map that is kept with its history.\n\n"
    "A FILTER is made of KEY=VALUE, KEY!=VALUE and KEY~PART with and, or, not and brackets; the keys are ip (an address,\n"
    "a network), mac, name, os, kind, service, port, vlan, vtep (the tunnel's end that it lives behind), role (\"migration\", \"qemu\"), tenant, vm,\n"
    "maker, user, attribute (\"owner=lab\"), criticality, product, version, software (both: \"nginx 1.18.0\") and id.  name takes all that a host\n"
    "is called and was.  A value with blanks stands in quotation marks, and two of them are one of it (name=\"19\"\" rack\"); os=\"\" takes hosts\n"
    "of which it is not known, and so for the others.",
    flags,
};
