/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hosts - the map: who is on this network.
 */
#include "app/app.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static const struct flag flags[] = {
    { 'w', "where", "FILTER", "only hosts that match: \"os=windows and service=smb and vlan=10\"" },
    { 0, "json", NULL, "a JSON object a line" },
    { 0, "evidence", NULL, "with --json: all that is known, not only what follows from it" },
    { 0, "columns", "LIST", "only these: \"address name kind os mac maker vlan services\"" },
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

/* ---- the table ---- */

enum column { COLUMN_ADDRESS, COLUMN_NAME, COLUMN_KIND, COLUMN_OS, COLUMN_MAC, COLUMN_MAKER, COLUMN_VLAN, COLUMN_SERVICES, COLUMNS };
static const char *const titles[COLUMNS] = { "ADDRESS", "NAME", "KIND", "OS", "MAC", "MAKER", "VLAN", "SERVICES" };
/* Which go first where there is no room. */
static const uint8_t dispensable[] = { COLUMN_MAKER, COLUMN_VLAN, COLUMN_MAC, COLUMN_KIND, COLUMN_NAME };

struct table {
    char (*cell)[COLUMNS][128];
    size_t n, room;
    size_t width[COLUMNS];
    bool off[COLUMNS];
    bool failed;
};

static void table_row(void *ctx, const struct host_row *r)
{
    struct table *t = ctx;

    if (t->n == t->room) {
        size_t room = t->room != 0 ? t->room * 2 : 256;
        void *more = realloc(t->cell, room * sizeof *t->cell);
        if (more == NULL) {
            t->failed = true;
            return;
        }
        t->cell = more;
        t->room = room;
    }
    char (*c)[128] = t->cell[t->n++];
    size_t first = strcspn(r->addresses, ",");
    unsigned more = 0;
    for (const char *p = r->addresses; *p != '\0'; p++) {
        more += *p == ',';
    }
    snprintf(c[COLUMN_ADDRESS], 128, more != 0 ? "%.*s (+%u)" : "%.*s", (int)first, r->addresses, more);
    if (r->addresses[0] == '\0') {
        snprintf(c[COLUMN_ADDRESS], 128, "-");
    }
    snprintf(c[COLUMN_NAME], 128, "%s", r->name);
    snprintf(c[COLUMN_KIND], 128, "%s%s%s", r->kind, r->vm[0] != '\0' ? ", vm " : "", r->vm);
    snprintf(c[COLUMN_OS], 128, "%s", r->os);
    snprintf(c[COLUMN_MAC], 128, "%s", r->mac);
    snprintf(c[COLUMN_MAKER], 128, "%s", r->maker);
    snprintf(c[COLUMN_VLAN], 128, r->vlan != 0 ? "%u" : "", r->vlan);
    snprintf(c[COLUMN_SERVICES], 128, "%.127s", r->services);
    for (unsigned i = 0; i < COLUMNS; i++) {
        size_t n = strlen(c[i]);
        t->width[i] = n > t->width[i] ? n : t->width[i];
    }
}

static size_t table_width(const struct table *t)
{
    size_t sum = 0;

    for (unsigned i = 0; i < COLUMNS; i++) {
        sum += t->off[i] ? 0 : t->width[i] + 2;
    }
    return sum;
}

/* To the terminal's width: columns that are empty go, then those that can be done without, then the last is cut. */
static size_t table_fit(struct table *t, bool wide, const char *columns)
{
    struct winsize size;
    size_t room = !wide && isatty(1) && ioctl(1, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40 ? size.ws_col : SIZE_MAX;

    for (unsigned i = 0; i < COLUMNS; i++) {
        t->off[i] = columns != NULL ? !bytes_among(bytes_str(titles[i]), columns) : t->width[i] == 0;
        size_t title = strlen(titles[i]);
        t->width[i] = t->width[i] < title ? title : t->width[i];
    }
    t->width[COLUMN_NAME] = t->width[COLUMN_NAME] > 40 ? 40 : t->width[COLUMN_NAME];
    for (unsigned i = 0; i < ROWS(dispensable) && table_width(t) - t->width[COLUMN_SERVICES] + 12 > room; i++) {
        t->off[dispensable[i]] = true;
    }
    return room;
}

static void table_line(const struct table *t, const char *const cell[COLUMNS], size_t room)
{
    size_t used = 0;

    for (unsigned i = 0; i < COLUMNS; i++) {
        if (t->off[i]) {
            continue;
        }
        size_t left = room == SIZE_MAX ? SIZE_MAX : room > used ? room - used : 0;
        size_t width = i == COLUMN_SERVICES ? strlen(cell[i]) : t->width[i];
        width = width < left ? width : left;
        printf("%-*.*s", i == COLUMN_SERVICES ? 0 : (int)width, (int)width, cell[i]);
        used += width;
        if (i != COLUMN_SERVICES && used + 2 < room) {
            printf("  ");
            used += 2;
        }
    }
    printf("\n");
}

static bool table_print(struct hosts *h, const struct host_filter *f, const struct arguments *a)
{
    struct table t = { 0 };
    size_t n = hosts_each(h, f, table_row, &t), room = table_fit(&t, argument_given(a, "wide"), argument_value(a, "columns"));

    if (n != 0) {
        table_line(&t, titles, room);
    }
    for (size_t i = 0; i < t.n; i++) {
        const char *cell[COLUMNS];
        for (unsigned k = 0; k < COLUMNS; k++) {
            cell[k] = t.cell[i][k];
        }
        table_line(&t, cell, room);
    }
    printf("%s%zu hosts\n", n != 0 ? "\n" : "", n);
    free(t.cell);
    return !t.failed;
}

static void json_print(struct hosts *h, const struct host_filter *f, bool evidence)
{
    struct text out;

    text_init(&out, (size_t)4 << 30);
    hosts_json(h, f, evidence, &out);
    fwrite(out.p, 1, out.n, stdout);
    text_fini(&out);
}

/* ---- the command ---- */

static int print(const struct run_result *r, const struct arguments *a, const struct host_filter *f)
{
    struct hosts *h = aware_hosts(r->aware);

    if (argument_given(a, "json")) {
        json_print(h, f, argument_given(a, "evidence"));
    } else if (!table_print(h, f, a)) {
        return EXIT_SOME;
    }
    return EXIT_DONE;
}

static int read_captures(struct session *s, const struct arguments *a, const struct host_filter *f, const volatile bool *stop)
{
    struct paths paths = { 0 };
    struct run_result r;
    int code;

    for (unsigned i = 0; i < a->rest_n; i++) {
        if (!paths_add(&paths, a->rest[i], &s->err)) {
            return fail(&s->err);
        }
    }
    struct run run = { .paths = paths.path, .path_n = paths.n, .merge = paths.n > 1, .log_dir = s->settings.log_dir, .bpf = argument_value(a, "filter") };
    if (!engine_run(&s->engine, &run, &r, stop, &s->err)) {
        code = fail(&s->err);
    } else if (r.aware == NULL) {
        (void)err_set(&s->err, "the settings keep no map: aware.enabled is wanted");
        code = fail(&s->err);
    } else {
        for (size_t i = 0; i < r.input_n; i++) {
            if (r.inputs[i].err.text[0] != '\0') {
                log_say(&s->log, LOG_ERROR, "%s", r.inputs[i].err.text);
            }
        }
        code = print(&r, a, f);
        code = r.packets == 0 && r.input_failed ? EXIT_USAGE : r.input_failed || *stop ? EXIT_SOME : code;
    }
    run_result_fini(&r);
    paths_fini(&paths);
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

static int hosts_run(int argc, char **argv)
{
    struct arguments a;
    struct session s = { .log = { .to = stderr, .level = LOG_WARNING } };
    struct engine_overrides o = { .checksums = -1 };
    struct host_filter *f = NULL;
    const volatile bool *stop;
    int code;

    if (!arguments_read(flags, argc, argv, &a, &s.err)) {
        return fail(&s.err);
    }
    if (argument_given(&a, "help") || a.rest_n == 0) {
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
    if ((argument_given(&a, "where") && (f = host_filter_parse(argument_value(&a, "where"), &s.err)) == NULL) ||
        !number(&a, "workers", TURN_WORKERS_MAX, &o.workers, &s.err) || !number(&a, "batch", BATCH_MAX, &o.batch, &s.err) ||
        !session_load(&s, argument_value(&a, "config"), preset_hosts, &a) || !session_settle(&s, &o)) {
        code = fail(&s.err);
    } else {
        code = read_captures(&s, &a, f, stop);
    }
    host_filter_free(f);
    session_end(&s);
    return code;
}

const struct command command_hosts = {
    "hosts", hosts_run, "the map: which hosts are there, what they are, what they serve", "[OPTION…] CAPTURE…",
    "Reads captures and prints the hosts that were seen, with their addresses, names, systems and services, from what they\n"
    "let slip in passing.  No rules are needed, nothing is sent.",
    flags,
};
