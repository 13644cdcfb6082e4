/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ctl - one command to a running peccary, and its answer for people or as JSON.
 */
#include "app/app.h"

#include "base/json_read.h"
#include "control/client.h"
#include "control/command.h"

#include <stdlib.h>
#include <string.h>

static const struct flag flags[] = {
    { 's', "socket", "PATH", "where the program listens (default: below RUNTIME_DIRECTORY, /run/peccary or XDG_RUNTIME_DIR)" },
    { 'w', "wait", "SECONDS", "for the answer (default 120)", 1, 86400 },
    { 0, "json", NULL, "the answer as it came" },
    { 0, "list", NULL, "all commands and their arguments" },
    { 'h', "help", NULL, "this" },
    { 0, NULL, NULL, NULL },
};

static int fail(const struct err *err)
{
    fprintf(stderr, "peccary ctl: %s\n", err->text);
    return EXIT_USAGE;
}

static void usage(FILE *to)
{
    command_usage(&command_ctl, to);
    fprintf(to, "\ncommands:\n");
    for (unsigned i = 0; i < control_command_n; i++) {
        const struct control_command *c = &control_commands[i];
        char line[160];
        int n = snprintf(line, sizeof line, "%s", c->name);
        for (unsigned k = 0; k < COMMAND_ARGUMENTS && c->argument[k].name != NULL && n < (int)sizeof line; k++) {
            bool may = c->argument[k].optional;
            n += snprintf(line + n, sizeof line - (size_t)n, " %s%s%s", may ? "[" : "", c->argument[k].name, may ? "]" : "");
        }
        fprintf(to, "  %-40s %s\n", line, c->help);
    }
}

/* ---- the question ---- */

static bool argument_add(struct json *j, const struct command_argument *a, const char *value, struct err *err)
{
    uint64_t n;
    bool flag;

    if (a->kind == COMMAND_PATH) { /* whoever answers stands elsewhere */
        char *path = realpath(value, NULL);
        json_string(j, a->name, path != NULL ? path : value);
        free(path);
    } else if (a->kind == COMMAND_TEXT) {
        json_string(j, a->name, value);
    } else if (a->kind == COMMAND_NUMBER && conf_text_u64(value, &n)) {
        json_u64(j, a->name, n);
    } else if (a->kind == COMMAND_FLAG && conf_text_bool(value, &flag)) {
        json_bool(j, a->name, flag);
    } else {
        return err_set(err, "%s: '%s' is no %s", a->name, value, a->kind == COMMAND_NUMBER ? "number" : "yes or no");
    }
    return true;
}

/* The argument that NAME=VALUE means; NULL: it means none. */
static const struct command_argument *argument_named(const struct control_command *c, const char *word, const char **value)
{
    for (unsigned k = 0; k < COMMAND_ARGUMENTS && c->argument[k].name != NULL; k++) {
        size_t n = strlen(c->argument[k].name);
        if (strncmp(word, c->argument[k].name, n) == 0 && word[n] == '=') {
            *value = word + n + 1;
            return &c->argument[k];
        }
    }
    return NULL;
}

static bool question(const struct arguments *a, struct text *out, struct err *err)
{
    const struct control_command *c = control_command_named(bytes_str(a->rest[0]));
    unsigned at = 0;
    struct json j;

    if (c == NULL) {
        return err_set(err, "no command is called '%s'; --list tells them", a->rest[0]);
    }
    json_init(&j, out);
    json_object(&j, NULL);
    json_string(&j, "command", c->name);
    json_object(&j, "arguments");
    for (unsigned i = 1; i < a->rest_n; i++) {
        const char *value = a->rest[i];
        const struct command_argument *x = argument_named(c, a->rest[i], &value);
        if (x == NULL && (at == COMMAND_ARGUMENTS || c->argument[at].name == NULL)) {
            return err_set(err, "%s takes no further argument '%s'", c->name, a->rest[i]);
        }
        if (!argument_add(&j, x != NULL ? x : &c->argument[at++], value, err)) {
            return false;
        }
    }
    json_end_object(&j);
    json_end_object(&j);
    return true;
}

/* ---- the answer ---- */

/* A value that stands on one line. */
static struct bytes scalar(struct arena *a, struct bytes value, enum json_kind kind)
{
    struct bytes text = value;

    if (kind == JSON_STRING) {
        (void)json_text(a, value, &text);
    } else if (kind == JSON_TRUE || kind == JSON_FALSE) {
        text = bytes_str(kind == JSON_TRUE ? "yes" : "no");
    }
    return text;
}

static bool is_scalar(enum json_kind k) { return k != JSON_OBJECT && k != JSON_ARRAY; }

/* To a terminal, with what could move its cursor left out. */
static void put(struct bytes b, unsigned width)
{
    for (size_t i = 0; i < b.n; i++) {
        putchar(b.p[i] < 0x20 || b.p[i] == 0x7f ? '.' : b.p[i]);
    }
    for (size_t i = b.n; i < width; i++) {
        putchar(' ');
    }
}

enum { COLUMNS = 16, WIDE = 60 };

/* Objects of scalars alone, all of the first one's keys: how wide each column is.  0: not such a list. */
static unsigned columns(struct arena *a, struct bytes list, unsigned width[COLUMNS])
{
    struct json_walk rows = json_members(list);
    struct bytes key, value;
    enum json_kind kind;
    unsigned n = 0;

    while (json_next(&rows, &key, &value, &kind)) {
        struct json_walk row = json_members(value);
        unsigned i = 0;
        if (kind != JSON_OBJECT) {
            return 0;
        }
        while (json_next(&row, &key, &value, &kind)) {
            if (i == COLUMNS || !is_scalar(kind)) {
                return 0;
            }
            size_t k = scalar(a, value, kind).n, head = key.n >= 2 ? key.n - 2 : 0;
            k = k > head ? k : head;
            width[i] = k > width[i] ? (unsigned)(k < WIDE ? k : WIDE) : width[i];
            i++;
        }
        if (n != 0 && i != n) {
            return 0;
        }
        n = i;
    }
    return n;
}

static void table(struct arena *a, struct bytes list, const unsigned width[COLUMNS], unsigned n)
{
    struct json_walk rows = json_members(list);
    struct bytes key, value, row_value;
    enum json_kind kind;
    bool head = false;

    while (json_next(&rows, &key, &row_value, &kind)) {
        for (unsigned pass = head ? 1 : 0; pass < 2; pass++) {
            struct json_walk row = json_members(row_value);
            for (unsigned i = 0; json_next(&row, &key, &value, &kind); i++) {
                struct bytes text = pass == 0 ? bytes_head(bytes_from(key, 1), key.n - 2) : scalar(a, value, kind);
                put(text, i + 1 < n ? width[i] + 2 : 0);
            }
            putchar('\n');
        }
        head = true;
    }
}

static void show(struct arena *a, struct bytes value, enum json_kind kind, unsigned depth)
{
    unsigned width[COLUMNS] = { 0 }, n = kind == JSON_ARRAY ? columns(a, value, width) : 0;
    struct json_walk w = json_members(value);
    struct bytes key, member;
    enum json_kind k;

    if (is_scalar(kind)) {
        printf("%*s", (int)depth * 2, "");
        put(scalar(a, value, kind), 0);
        putchar('\n');
        return;
    }
    if (n != 0) {
        table(a, value, width, n);
        return;
    }
    while (json_next(&w, &key, &member, &k)) {
        if (key.n >= 2) {
            printf("%*s", (int)depth * 2, "");
            put(bytes_head(bytes_from(key, 1), key.n - 2), 0);
            fputs(is_scalar(k) ? ": " : ":\n", stdout);
            show(a, member, k, is_scalar(k) ? 0 : depth + 1);
        } else {
            show(a, member, k, depth);
        }
    }
}

static int answered(struct bytes text, bool as_json)
{
    struct bytes whole, message, said;
    enum json_kind kind, said_kind;
    struct arena a;

    if (json_whole(bytes_trim(text, " \t\r\n"), &whole) != JSON_OBJECT || !json_find(whole, "return", &said, &said_kind)) {
        fprintf(stderr, "peccary ctl: the answer is none\n");
        return EXIT_USAGE;
    }
    bool ok = bytes_is(said, "\"OK\"");
    arena_init(&a, NULL, 0);
    if (as_json) {
        printf("%.*s\n", (int)whole.n, (const char *)whole.p);
    } else if (json_find(whole, "message", &message, &kind)) {
        if (!ok && kind == JSON_STRING) {
            struct bytes why = scalar(&a, message, kind);
            fprintf(stderr, "peccary ctl: %.*s\n", (int)why.n, (const char *)why.p);
        } else {
            show(&a, message, kind, 0);
        }
        if (json_find(whole, "rules", &message, &kind)) {
            show(&a, message, kind, 0);
        }
    }
    arena_fini(&a);
    return ok ? EXIT_DONE : EXIT_SOME;
}

static int ctl_run(int argc, char **argv)
{
    struct arguments a;
    struct err err;
    struct text message, answer;
    char found[256];
    uint64_t seconds = 120;
    int code;

    if (!arguments_read(flags, argc, argv, &a, &err)) {
        return fail(&err);
    }
    if (argument_given(&a, "help") || argument_given(&a, "list") || a.rest_n == 0) {
        bool asked = argument_given(&a, "help") || argument_given(&a, "list");
        usage(asked ? stdout : stderr);
        return asked ? EXIT_DONE : EXIT_USAGE;
    }
    const char *path = argument_value(&a, "socket"), *wait = argument_value(&a, "wait");
    if (wait != NULL) {
        (void)conf_text_u64(wait, &seconds); /* it is one */
    }
    if (path == NULL && !control_default_path(found, sizeof found, false)) {
        (void)err_set(&err, "no running peccary was found; --socket says where it listens");
        return fail(&err);
    }
    text_init(&message, 65536);
    text_init(&answer, 0);
    if (!question(&a, &message, &err) || !control_ask(path != NULL ? path : found, text_bytes(&message), (unsigned)seconds, &answer, &err)) {
        code = fail(&err);
    } else {
        code = answered(text_bytes(&answer), argument_given(&a, "json"));
    }
    text_fini(&message);
    text_fini(&answer);
    return code;
}

const struct command command_ctl = {
    "ctl", ctl_run, "command a running peccary", "[OPTION…] COMMAND [ARGUMENT…]",
    "Sends one command to a running peccary over its control socket and prints the answer. Arguments come in\n"
    "the order that --list tells, or as NAME=VALUE.",
    flags,
};
