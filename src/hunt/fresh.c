/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hunt/fresh.h"

#include "base/file.h"
#include "base/hash.h"
#include "base/rows.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { FILE_MAX = 1 << 30 };

struct one {
    uint64_t hash;
    struct bytes text;           /* in `all` once that is whole */
    size_t at;
};
struct fresh {
    struct text all;
    struct one *rule;
    size_t n, room;
};

static bool rule_add(struct fresh *f, struct bytes text)
{
    if (f->n == f->room) {
        size_t room = f->room != 0 ? f->room * 2 : 1024;
        struct one *more = realloc(f->rule, room * sizeof *more);
        if (more == NULL) {
            return false;
        }
        f->rule = more;
        f->room = room;
    }
    f->rule[f->n++] = (struct one){ .hash = hash_bytes(text.p, text.n, 1), .at = f->all.n, .text = bytes_of(NULL, text.n) };
    text_add(&f->all, text.p, text.n);
    return !f->all.cut;
}

static struct bytes trimmed(struct bytes b) { return bytes_trim(b, " \t"); }

/* Rules are lines; one that ends in a backslash goes on in the next. */
static bool rules_of(struct fresh *f, struct bytes all)
{
    struct rd r = rd_of(all);
    struct text rule;
    bool good = true;

    text_init(&rule, FILE_MAX);
    while (good && rd_left(&r) != 0) {
        bool found;
        struct bytes line = trimmed(rd_line(&r, &found));
        bool on = line.n != 0 && line.p[line.n - 1] == '\\';
        text_add(&rule, line.p, line.n - on);
        if (on) {
            continue;
        }
        if (rule.n != 0 && rule.p[0] != '#') {
            good = rule_add(f, text_bytes(&rule));
        }
        text_clear(&rule);
    }
    text_fini(&rule);
    return good;
}

static bool file_of(struct fresh *f, const char *path, struct err *err)
{
    struct bytes all;

    if (!file_read(path, FILE_MAX, &all, err)) {
        return false;
    }
    bool good = rules_of(f, all) || err_set(err, "%s: not enough memory", path);
    file_free(all);
    return good;
}

static int rules_named(const struct dirent *e)
{
    size_t n = strlen(e->d_name);

    return e->d_name[0] != '.' && n > 6 && strcmp(e->d_name + n - 6, ".rules") == 0;
}

static bool folder_of(struct fresh *f, const char *path, struct err *err)
{
    struct dirent **name = NULL;
    int n = scandir(path, &name, rules_named, alphasort);
    bool good = n >= 0 || err_sys(err, "%s", path);

    for (int i = 0; i < n; i++) {
        char file[PATH_MAX];
        good = good && (snprintf(file, sizeof file, "%s/%s", path, name[i]->d_name) < (int)sizeof file || err_set(err, "%s: the name is too long", path)) &&
               file_of(f, file, err);
        free(name[i]);
    }
    free(name);
    return good;
}

struct fresh *fresh_read(const char *const *paths, unsigned n, struct err *err)
{
    struct fresh *f = calloc(1, sizeof *f);
    bool good = f != NULL || err_set(err, "not enough memory");

    for (unsigned i = 0; good && i < n; i++) {
        struct stat st;
        if (i == 0) {
            text_init(&f->all, FILE_MAX);
        }
        good = stat(paths[i], &st) == 0 || err_sys(err, "%s", paths[i]);
        good = good && (S_ISDIR(st.st_mode) ? folder_of(f, paths[i], err) : file_of(f, paths[i], err));
    }
    for (size_t i = 0; good && i < f->n; i++) {
        f->rule[i].text.p = (const uint8_t *)f->all.p + f->rule[i].at;
    }
    if (!good) {
        fresh_free(f);
        return NULL;
    }
    return f;
}

void fresh_free(struct fresh *f)
{
    if (f != NULL) {
        text_fini(&f->all);
        free(f->rule);
        free(f);
    }
}

/* ---- state that rules share ---- */

/* What an option says of state: a verb, and what it is about.  flowint has the name first, and may name a second behind the verb. */
struct use {
    struct bytes verb, name, more;
};

/* The next such option of a rule. */
static bool use_next(struct rd *r, struct use *u)
{
    static const struct { const char *key; bool name_first; } rows[] = { { "bits:", false } /* flow-, x-, host- */, { "dataset:", false }, { "flowint:", true } };

    while (rd_left(r) != 0) {
        bool found;
        struct bytes option = rd_until(r, ';', &found);
        for (size_t i = 0; i < ROWS(rows); i++) {
            struct bytes key = bytes_str(rows[i].key);
            size_t at = bytes_find(option, key);
            if (at == SIZE_MAX) {
                continue;
            }
            struct rd in = rd_of(bytes_from(option, at + key.n));
            struct bytes first = trimmed(rd_until(&in, ',', &found)), second = trimmed(rd_until(&in, ',', &found));
            *u = rows[i].name_first ? (struct use){ second, first, trimmed(rd_until(&in, ',', &found)) } : (struct use){ first, second, bytes_none() };
            return true;
        }
    }
    return false;
}

static bool sets(struct bytes verb) { return bytes_among(verb, "set toggle unset = + -"); }

/* Do lists of names, with | and & between, share one? */
static bool names_meet(struct bytes a, struct bytes b)
{
    struct rd x = rd_of(a);

    while (rd_left(&x) != 0) {
        struct bytes one = trimmed(rd_until_any(&x, "|&"));
        rd_skip(&x, rd_left(&x) != 0);
        struct rd y = rd_of(b);
        while (rd_left(&y) != 0) {
            struct bytes two = trimmed(rd_until_any(&y, "|&"));
            rd_skip(&y, rd_left(&y) != 0);
            if (bytes_equal(one, two)) {
                return true;
            }
        }
    }
    return false;
}

/* Does `setter` change what `rule` has to do with? */
static bool feeds(struct bytes setter, struct bytes rule)
{
    struct rd s = rd_of(setter);

    for (struct use how; use_next(&s, &how);) {
        struct rd r = rd_of(rule);
        for (struct use asked; sets(how.verb) && use_next(&r, &asked);) {
            if (names_meet(how.name, asked.name) || names_meet(how.name, asked.more)) {
                return true;
            }
        }
    }
    return false;
}

static bool has_state(struct bytes rule)
{
    struct rd r = rd_of(rule);
    struct use u;

    return use_next(&r, &u);
}

/* The rule without its alert. */
static void put_silent(struct text *out, struct bytes rule)
{
    size_t end = rule.n;

    while (end != 0 && rule.p[end - 1] != ')') {
        end--;
    }
    text_add(out, rule.p, end != 0 ? end - 1 : rule.n);
    text_str(out, end != 0 ? " flowbits:noalert;)\n" : "\n");
}

static int hash_compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

enum { OLD, COMES_ALONG, NEW };

/* Who feeds what is hunted with, and who feeds those. */
static void come_along(const struct fresh *now, uint8_t *state)
{
    bool more = true;

    for (size_t i = 0; i < now->n; i++) {
        state[i] |= has_state(now->rule[i].text) ? 0x80 : 0;
    }
    while (more) {
        more = false;
        for (size_t i = 0; i < now->n; i++) {
            for (size_t k = 0; state[i] == (0x80 | OLD) && k < now->n; k++) {
                if ((state[k] & 0x80) != 0 && (state[k] & 0x7f) != OLD && feeds(now->rule[i].text, now->rule[k].text)) {
                    state[i] = 0x80 | COMES_ALONG;
                    more = true;
                }
            }
        }
    }
}

unsigned fresh_since(const struct fresh *now, const struct fresh *before, struct text *out)
{
    size_t had_n = before != NULL ? before->n : 0;
    uint64_t *had = calloc(had_n + 1, sizeof *had);
    uint8_t *state = calloc(now->n + 1, 1);
    unsigned n = 0;

    for (size_t i = 0; had != NULL && i < had_n; i++) {
        had[i] = before->rule[i].hash;
    }
    if (had != NULL && had_n != 0) {
        qsort(had, had_n, sizeof *had, hash_compare);
    }
    for (size_t i = 0; had != NULL && state != NULL && i < now->n; i++) {
        bool old = had_n != 0 && bsearch(&now->rule[i].hash, had, had_n, sizeof *had, hash_compare) != NULL;
        state[i] = old ? OLD : NEW;
        n += !old;
    }
    if (n != 0) {
        come_along(now, state);
    }
    for (size_t i = 0; n != 0 && i < now->n; i++) {
        if ((state[i] & 0x7f) == NEW) {
            text_add(out, (const char *)now->rule[i].text.p, now->rule[i].text.n);
            text_byte(out, '\n');
        } else if ((state[i] & 0x7f) == COMES_ALONG) {
            put_silent(out, now->rule[i].text);
        }
    }
    free(had);
    free(state);
    return n;
}
