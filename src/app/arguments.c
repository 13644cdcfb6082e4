/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "app/app.h"

#include <stdlib.h>
#include <string.h>

static const struct flag *by_name(const struct flag *t, const char *name, size_t n)
{
    for (; t->letter != 0 || t->name != NULL; t++) {
        if (t->name != NULL && strlen(t->name) == n && memcmp(t->name, name, n) == 0) {
            return t;
        }
    }
    return NULL;
}

static const struct flag *by_letter(const struct flag *t, char letter)
{
    for (; t->letter != 0 || t->name != NULL; t++) {
        if (t->letter == letter) {
            return t;
        }
    }
    return NULL;
}

/* A number is one, and within the option's bounds. */
static bool holds(const struct flag *f, const char *value, struct err *err)
{
    char letter[3] = { '-', f->letter, '\0' };
    uint64_t n;

    if (f->high == 0 || value == NULL || (conf_text_u64(value, &n) && n >= f->low && n <= f->high)) {
        return true;
    }
    const char *before = f->name != NULL ? "--" : "", *name = f->name != NULL ? f->name : letter;
    return f->high == UINT64_MAX ? err_set(err, "%s%s %s: a number from %llu on is wanted", before, name, value, (unsigned long long)f->low)
                                 : err_set(err, "%s%s %s: a number from %llu to %llu is wanted", before, name, value, (unsigned long long)f->low, (unsigned long long)f->high);
}

static bool give(struct arguments *out, const struct flag *f, const char *value, struct err *err)
{
    if (!holds(f, value, err)) {
        return false;
    }
    if (out->n == GIVEN_MAX) {
        return err_set(err, "more than %u options", GIVEN_MAX);
    }
    out->given[out->n++] = (struct given){ f, value };
    return true;
}

/* Where reading stands. */
struct reading {
    const struct flag *table;
    char **argv;
    int argc, at;
    struct arguments *out;
};

static bool take_long(struct reading *r, const char *arg, struct err *err)
{
    const char *equals = strchr(arg, '=');
    const struct flag *f = by_name(r->table, arg + 2, equals != NULL ? (size_t)(equals - arg - 2) : strlen(arg + 2));
    const char *value = equals != NULL ? equals + 1 : NULL;

    if (f == NULL) {
        return err_set(err, "no option is called %s", arg);
    }
    if (f->value == NULL && value != NULL) {
        return err_set(err, "--%s takes no value", f->name);
    }
    if (f->value != NULL && value == NULL && f->value[0] != '[') {
        if (r->at + 1 >= r->argc) {
            return err_set(err, "--%s needs a value: %s", f->name, f->value);
        }
        value = r->argv[++r->at];
    }
    return give(r->out, f, value, err);
}

/* -k none, -knone, -vv, -vl DIR */
static bool take_letters(struct reading *r, const char *arg, struct err *err)
{
    for (const char *c = arg + 1; *c != '\0'; c++) {
        const struct flag *f = by_letter(r->table, *c);
        if (f == NULL) {
            return err_set(err, "no option is called -%c", *c);
        }
        if (f->value == NULL) {
            if (!give(r->out, f, NULL, err)) {
                return false;
            }
            continue;
        }
        if (c[1] == '\0' && r->at + 1 >= r->argc) {
            return err_set(err, "-%c needs a value: %s", *c, f->value);
        }
        return give(r->out, f, c[1] != '\0' ? c + 1 : r->argv[++r->at], err);
    }
    return true;
}

bool arguments_read(const struct flag *table, int argc, char **argv, struct arguments *out, struct err *err)
{
    struct reading r = { table, argv, argc, 1, out };
    bool only_rest = false;

    memset(out, 0, sizeof *out);
    for (; r.at < argc; r.at++) {
        const char *arg = argv[r.at];
        if (only_rest || arg[0] != '-' || arg[1] == '\0') {
            if (out->rest_n == GIVEN_MAX) {
                return err_set(err, "more than %u arguments; a folder is one", GIVEN_MAX);
            }
            out->rest[out->rest_n++] = arg;
        } else if (strcmp(arg, "--") == 0) {
            only_rest = true;
        } else if (arg[1] == '-' ? !take_long(&r, arg, err) : !take_letters(&r, arg, err)) {
            return false;
        }
    }
    return true;
}

static bool is_called(const struct flag *f, const char *name)
{
    return (name[1] == '\0' && f->letter == name[0]) || (f->name != NULL && strcmp(f->name, name) == 0);
}

const char *argument_value(const struct arguments *a, const char *name)
{
    const char *v = NULL;

    for (unsigned i = 0; i < a->n; i++) {
        if (is_called(a->given[i].flag, name)) {
            v = a->given[i].value;
        }
    }
    return v;
}

bool argument_given(const struct arguments *a, const char *name)
{
    for (unsigned i = 0; i < a->n; i++) {
        if (is_called(a->given[i].flag, name)) {
            return true;
        }
    }
    return false;
}

void command_usage(const struct command *c, FILE *to)
{
    fprintf(to, "usage: peccary %s %s\n\n%s\n", c->name, c->synopsis, c->about);
    if (c->flags != NULL) {
        fprintf(to, "\n");
        flags_print(c->flags, to);
    }
}

void flags_print(const struct flag *t, FILE *to)
{
    for (; t->letter != 0 || t->name != NULL; t++) {
        char left[64];
        int n = 0;
        if (t->help == NULL) {
            continue;
        }
        n += t->letter != 0 ? snprintf(left, sizeof left, "-%c", t->letter) : snprintf(left, sizeof left, "  ");
        if (t->name != NULL) {
            n += snprintf(left + n, sizeof left - (size_t)n, "%s--%s", t->letter != 0 ? ", " : "  ", t->name);
        }
        if (t->value != NULL) {
            bool may = t->value[0] == '['; /* [VALUE]: only behind an equals sign */
            snprintf(left + n, sizeof left - (size_t)n, "%s%s", may ? "[=" : " ", t->value + may);
        }
        fprintf(to, "  %-30s %s\n", left, t->help);
    }
}
