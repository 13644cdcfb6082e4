/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hunt/fresh.h"

#include "base/file.h"
#include "base/hash.h"
#include "base/rows.h"
#include "rule/split.h"
#include "rule/tree.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_MAX = 1 << 30 };

enum { OLD, COMES_ALONG, NEW, STATEFUL = 0x80 };

struct one {
    uint64_t hash;
    struct bytes text;           /* in `all` once that is whole */
    size_t at;
    unsigned source;
    uint8_t state;               /* OLD, …, of fresh_since; or STATEFUL */
};
struct fresh {
    int dialect;                 /* of all files; -1: each one's own */
    struct text all;
    struct one *rule;
    size_t n, room;
    struct source {
        char *path;
        int dialect;
    } *source;
    unsigned source_n;
};

static struct one *one_add(struct fresh *f)
{
    if (f->n == f->room) {
        size_t room = f->room != 0 ? f->room * 2 : 1024;
        struct one *more = realloc(f->rule, room * sizeof *more);
        if (more == NULL) {
            return NULL;
        }
        f->rule = more;
        f->room = room;
    }
    f->rule[f->n] = (struct one){ .source = f->source_n - 1 };
    return &f->rule[f->n++];
}

static struct bytes trimmed(struct bytes b) { return bytes_trim(b, " \t"); }

static bool rule_add(struct fresh *f, struct bytes text)
{
    struct one *one = one_add(f);

    if (one == NULL) {
        return false;
    }
    one->hash = hash_bytes(text.p, text.n, 1);
    one->at = f->all.n;
    one->text = bytes_of(NULL, text.n);
    text_add(&f->all, text.p, text.n);
    return !f->all.cut;
}

/* As the engine reads them: rules over several lines are one. */
static bool rules_of(struct fresh *f, const char *path, char *bytes, size_t n)
{
    struct source *more = realloc(f->source, (f->source_n + 1) * sizeof *more);
    struct rule_split s;
    struct rule_line line;
    bool good = more != NULL;

    f->source = good ? more : f->source;
    if (good) {
        f->source[f->source_n] = (struct source){ strdup(path), f->dialect >= 0 ? f->dialect : rule_split_dialect(bytes, n) };
        good = f->source[f->source_n].path != NULL;
        f->source_n += good;
    }
    rule_split_init(&s, bytes, n, good ? f->source[f->source_n - 1].dialect : DIALECT_SURICATA);
    while (good && rule_split_next(&s, &line)) {
        good = rule_add(f, trimmed(bytes_of((const uint8_t *)line.text, line.n)));
    }
    return good;
}

static bool file_of(struct fresh *f, const char *path, struct err *err)
{
    struct bytes all;

    if (!file_read(path, FILE_MAX, &all, err)) {
        return false;
    }
    bool good = rules_of(f, path, (char *)(uintptr_t)all.p, all.n) || err_set(err, "%s: not enough memory", path); /* its own copy, with room for a NUL */
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

struct fresh *fresh_read(const char *const *paths, unsigned n, int dialect, struct err *err)
{
    struct fresh *f = calloc(1, sizeof *f);
    bool good = f != NULL || err_set(err, "not enough memory");

    if (good) {
        text_init(&f->all, FILE_MAX);
        f->dialect = dialect;
    }
    for (unsigned i = 0; good && i < n; i++) {
        struct stat st;
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
        for (unsigned i = 0; i < f->source_n; i++) {
            free(f->source[i].path);
        }
        free(f->source);
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

/* Who feeds what is hunted with, and who feeds those. */
static void come_along(struct fresh *now)
{
    bool more = true;

    for (size_t i = 0; i < now->n; i++) {
        now->rule[i].state |= has_state(now->rule[i].text) ? STATEFUL : 0;
    }
    while (more) {
        more = false;
        for (size_t i = 0; i < now->n; i++) {
            for (size_t k = 0; now->rule[i].state == (STATEFUL | OLD) && k < now->n; k++) {
                uint8_t other = now->rule[k].state;
                if ((other & STATEFUL) != 0 && other != (STATEFUL | OLD) && feeds(now->rule[i].text, now->rule[k].text)) {
                    now->rule[i].state = STATEFUL | COMES_ALONG;
                    more = true;
                }
            }
        }
    }
}

bool fresh_since(struct fresh *now, const struct fresh *before, unsigned *n)
{
    size_t had_n = before != NULL ? before->n : 0;
    uint64_t *had = calloc(had_n + 1, sizeof *had);

    *n = 0;
    if (had == NULL) {
        return false;
    }
    for (size_t i = 0; i < had_n; i++) {
        had[i] = before->rule[i].hash;
    }
    if (had_n != 0) {
        qsort(had, had_n, sizeof *had, hash_compare);
    }
    for (size_t i = 0; i < now->n; i++) {
        bool old = had_n != 0 && bsearch(&now->rule[i].hash, had, had_n, sizeof *had, hash_compare) != NULL;
        now->rule[i].state = old ? OLD : NEW;
        *n += !old;
    }
    if (*n != 0) {
        come_along(now);
    }
    free(had);
    return true;
}

/* ---- handed over: for each file a line "DIALECT BYTES PATH", and its rules ---- */

void fresh_put(const struct fresh *now, struct text *out)
{
    struct text one;

    text_init(&one, FILE_MAX);
    for (unsigned source = 0; source < now->source_n; source++) {
        text_clear(&one);
        for (size_t i = 0; i < now->n; i++) {
            const struct one *r = &now->rule[i];
            if (r->source == source && (r->state & ~STATEFUL) == NEW) {
                text_add(&one, (const char *)r->text.p, r->text.n);
                text_byte(&one, '\n');
            } else if (r->source == source && (r->state & ~STATEFUL) == COMES_ALONG) {
                put_silent(&one, r->text);
            }
        }
        if (one.n != 0) {
            text_printf(out, "%d %zu %s\n", now->source[source].dialect, one.n, now->source[source].path);
            text_add(out, one.p, one.n);
        }
        out->cut |= one.cut;
    }
    text_fini(&one);
}

bool fresh_next(struct rd *r, struct fresh_source *out)
{
    struct rd head;
    bool found;

    if (rd_left(r) == 0) {
        return false;
    }
    head = rd_of(rd_until(r, '\n', &found));
    uint64_t dialect = 0, n = 0;
    found = found && bytes_u64(rd_until(&head, ' ', &found), &dialect) && bytes_u64(rd_until(&head, ' ', &found), &n);
    struct bytes path = rd_rest(&head);
    out->text = rd_bytes(r, n);
    out->dialect = (int)dialect;
    snprintf(out->path, sizeof out->path, "%.*s", (int)path.n, (const char *)path.p);
    return found && rd_ok(r) && path.n < sizeof out->path && dialect <= DIALECT_SNORT3;
}

/* ---- kept: a hash a line ---- */

bool fresh_save(const struct fresh *f, const char *path, struct err *err)
{
    char part[PATH_MAX];
    bool good = snprintf(part, sizeof part, "%s.new", path) < (int)sizeof part || err_set(err, "%s: the name is too long", path);
    FILE *to = good ? fopen(part, "we") : NULL;

    for (size_t i = 0; to != NULL && i < f->n; i++) {
        fprintf(to, "%016llx\n", (unsigned long long)f->rule[i].hash);
    }
    good = good && to != NULL && fflush(to) == 0 && fsync(fileno(to)) == 0;
    good = (to == NULL || fclose(to) == 0) && good;
    good = good && rename(part, path) == 0;
    return good || err_sys(err, "%s", path);
}

struct fresh *fresh_load(const char *path)
{
    struct fresh *f = calloc(1, sizeof *f);
    FILE *from = fopen(path, "re");
    unsigned long long hash;
    bool good = f != NULL && from != NULL;

    if (f != NULL) {
        text_init(&f->all, 0);
    }
    while (good && fscanf(from, "%16llx", &hash) == 1) {
        struct one *one = one_add(f);
        good = one != NULL;
        if (good) {
            one->hash = hash;
        }
    }
    if (from != NULL) {
        fclose(from);
    }
    if (!good) {
        fresh_free(f);
        f = NULL;
    }
    return f;
}
