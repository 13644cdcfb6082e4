/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rules_expect - rules over captures that lie beside them, held against what their author expects.
 *
 * A folder with rules (*.rules) and a table expect.tsv, a line each, tabs between:
 *
 *   capture   sid        alerts
 *   web.pcap  1000001    1         exactly so many; also >0, >=2, <3
 *   web.pcap  1:1000002  0
 *   web.pcap  *          0         what no other line of the capture names does not alert
 *
 * Names of captures are relative to the folder; '#' begins a comment.  Each capture is read from a clean state.
 */
#include "app/confine.h"
#include "app/rules.h"

#include "base/file.h"

#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TABLE_MAX = 1 << 20, LINES_MAX = 4096 };

struct line {
    const char *capture;      /* in the table's text */
    uint32_t gid, sid;        /* sid 0: all others */
    uint64_t count;
    char how;                 /* '=', '>', 'g' (>=), '<' */
    unsigned number;
};
struct table {
    char *text;
    struct line line[LINES_MAX];
    unsigned n;
};
struct verdicts {
    unsigned right, wrong;
    bool refused;             /* a folder's rule was not loaded */
    struct json *json;        /* NULL: as text */
};

static bool table_line(struct table *t, char *text, unsigned number, const char *path, struct err *err)
{
    char *save = NULL, *capture = strtok_r(text, "\t", &save), *sid = strtok_r(NULL, "\t", &save), *count = strtok_r(NULL, "\t", &save);
    struct line *l = &t->line[t->n];
    uint64_t gid = 1, x = 0;

    if (capture == NULL || sid == NULL || count == NULL || t->n == LINES_MAX) {
        return err_set(err, "%s:%u: a line is capture, sid and alerts, tabs between", path, number);
    }
    *l = (struct line){ .capture = capture, .how = '=', .number = number };
    char *colon = strchr(sid, ':');
    if (colon != NULL) {
        *colon = '\0';
    }
    if ((colon != NULL && !conf_text_u64(sid, &gid)) || (strcmp(sid, "*") != 0 && !conf_text_u64(colon != NULL ? colon + 1 : sid, &x)) || gid > UINT32_MAX || x > UINT32_MAX) {
        return err_set(err, "%s:%u: a rule's number is SID, GID:SID or *", path, number);
    }
    l->gid = (uint32_t)gid;
    l->sid = (uint32_t)x;
    if (*count == '>' || *count == '<') {
        l->how = *count++;
        if (*count == '=' && l->how == '>') {
            l->how = 'g';
            count++;
        }
    }
    t->n++;
    return conf_text_u64(count, &l->count) || err_set(err, "%s:%u: '%s' is no number of alerts", path, number, count);
}

static bool table_read(struct table *t, const char *path, struct err *err)
{
    struct bytes b;
    char *save = NULL;

    if (!file_read(path, TABLE_MAX, &b, err)) {
        return false;
    }
    t->text = strndup((const char *)b.p, b.n);
    file_free(b);
    unsigned number = 0;
    for (char *at = t->text; at != NULL && at[0] != '\0'; at = save) {
        char *end = strchr(at, '\n');
        save = end != NULL ? end + 1 : NULL;
        number++;
        if (end != NULL) {
            *end = '\0';
        }
        at[strcspn(at, "\r#")] = '\0';
        bool head = number == 1 && strncmp(at, "capture\t", 8) == 0;
        if (!head && at[strspn(at, " \t")] != '\0' && !table_line(t, at, number, path, err)) {
            return false;
        }
    }
    return t->text != NULL || err_set(err, "not enough memory");
}

static bool holds(const struct line *l, uint64_t n)
{
    switch (l->how) {
    case '>': return n > l->count;
    case 'g': return n >= l->count;
    case '<': return n < l->count;
    default: return n == l->count;
    }
}

static bool named(const struct table *t, const char *capture, const struct rule *r)
{
    for (unsigned i = 0; i < t->n; i++) {
        if (t->line[i].sid == r->sid && t->line[i].gid == r->gid && strcmp(t->line[i].capture, capture) == 0) {
            return true;
        }
    }
    return false;
}

/* What the folder's rules do not have cannot be as expected. */
static void tell_missing(struct verdicts *v, const char *dir, const struct line *l)
{
    v->wrong++;
    if (v->json != NULL) {
        json_object(v->json, NULL);
        json_string(v->json, "folder", dir);
        json_string(v->json, "capture", l->capture);
        json_u64(v->json, "gid", l->gid);
        json_u64(v->json, "sid", l->sid);
        json_bool(v->json, "loaded", false);
        json_bool(v->json, "ok", false);
        json_end_object(v->json);
    } else {
        printf("%s/expect.tsv:%u: %s: rule %u:%u is not loaded\n", dir, l->number, l->capture, l->gid, l->sid);
    }
}

static void tell(struct verdicts *v, const char *dir, const struct line *l, uint32_t gid, uint32_t sid, uint64_t n)
{
    static const char *const words[] = { ['='] = "", ['>'] = ">", ['g'] = ">=", ['<'] = "<" };
    bool right = holds(l, n);

    *(right ? &v->right : &v->wrong) += 1;
    if (v->json != NULL) {
        json_object(v->json, NULL);
        json_string(v->json, "folder", dir);
        json_string(v->json, "capture", l->capture);
        json_u64(v->json, "gid", gid);
        json_u64(v->json, "sid", sid);
        json_u64(v->json, "alerts", n);
        json_bool(v->json, "ok", right);
        json_end_object(v->json);
    } else if (!right) {
        printf("%s/expect.tsv:%u: %s: rule %u:%u: alerts: %llu, expected: %s%llu\n", dir, l->number, l->capture, gid, sid, (unsigned long long)n, words[(unsigned char)l->how],
               (unsigned long long)l->count);
    }
}

/* All lines about one capture, after its run. */
static void capture_judge(struct session *s, const struct table *t, const char *dir, const char *capture, const struct run_result *r, struct verdicts *v)
{
    unsigned rules = ruleset_rules(s->engine.rules);

    for (unsigned i = 0; i < t->n; i++) {
        const struct line *l = &t->line[i];
        uint64_t n = 0;
        bool loaded = false;
        if (strcmp(l->capture, capture) != 0) {
            continue;
        }
        for (unsigned k = 0; k < rules; k++) {
            const struct rule *x = ruleset_rule(s->engine.rules, k);
            uint64_t alerts = r->rule_alerts != NULL ? r->rule_alerts[k] : 0;
            if (l->sid == 0 && alerts != 0 && !named(t, capture, x)) {
                tell(v, dir, l, x->gid, x->sid, alerts);
            }
            bool own = x->sid == l->sid && x->gid == l->gid;
            loaded |= own;
            n += own ? alerts : 0;
        }
        if (l->sid != 0 && !loaded) {
            tell_missing(v, dir, l);
        } else if (l->sid != 0) {
            tell(v, dir, l, l->gid, l->sid, n);
        }
    }
}

static bool capture_run(struct session *s, const struct table *t, const char *dir, const char *capture, struct verdicts *v)
{
    char path[PATH_MAX + 16];
    const char *paths[] = { path };
    const _Atomic bool *stop = interrupt_watch();
    struct run run = { .paths = paths, .path_n = 1, .log_dir = "." };
    struct run_result r = { 0 };

    snprintf(path, sizeof path, "%s/%s", dir, capture);
    bool ok = stop != NULL && engine_run(&s->engine, &run, &r, stop, &s->err);
    if (ok && r.input_failed) {
        s->err = r.inputs[0].err;
        ok = false;
    }
    if (ok) {
        capture_judge(s, t, dir, capture, &r, v);
    }
    run_result_fini(&r);
    return ok;
}

static bool folder_run(struct session *s, const struct arguments *a, const char *dir, struct verdicts *v)
{
    struct rule_load l = { .files = &dir, .file_n = 1, .dialect = -1, .refused = report_refused, .ctx = &s->log };
    struct table *t = calloc(1, sizeof *t);
    char path[PATH_MAX + 16];
    bool ok = t != NULL;

    snprintf(path, sizeof path, "%s/expect.tsv", dir);
    ruleset_free(s->engine.rules);
    s->engine.rules = NULL;
    ok = ok && table_read(t, path, &s->err) && rules_dialect(a, &l.dialect, &s->err) && engine_load_rules(&s->engine, &l, &s->err);
    v->refused |= s->engine.rules_refused != 0;
    for (unsigned i = 0; ok && i < t->n; i++) {
        bool seen = false;
        for (unsigned k = 0; k < i && !seen; k++) {
            seen = strcmp(t->line[k].capture, t->line[i].capture) == 0;
        }
        ok = seen || capture_run(s, t, dir, t->line[i].capture, v);
    }
    free(t != NULL ? t->text : NULL);
    free(t);
    return ok;
}

static bool has_table(const char *dir)
{
    char path[PATH_MAX + 16];

    snprintf(path, sizeof path, "%s/expect.tsv", dir);
    return access(path, R_OK) == 0;
}

/* The folder's own sub-folders that are cases, in order of their names; the caller frees. */
static char **folders_below(const char *dir, size_t *n)
{
    struct dirent **entry = NULL;
    int found = scandir(dir, &entry, NULL, alphasort);
    char **out = calloc(found > 0 ? (size_t)found + 1 : 1, sizeof(*out));

    *n = 0;
    for (int i = 0; i < found; i++) {
        char path[PATH_MAX + 16];
        snprintf(path, sizeof path, "%s/%s", dir, entry[i]->d_name);
        if (out != NULL && entry[i]->d_name[0] != '.' && has_table(path) && (out[*n] = strdup(path)) != NULL) {
            ++*n;
        }
        free(entry[i]);
    }
    free(entry);
    return out;
}

bool rules_expected(const char *path)
{
    size_t n = 0;
    char **below = has_table(path) ? NULL : folders_below(path, &n);

    for (size_t i = 0; below != NULL && i < n; i++) {
        free(below[i]);
    }
    free(below);
    return n != 0 || has_table(path);
}

int rules_expect(struct session *s, const struct arguments *a)
{
    struct verdicts v = { 0 };
    struct text text;
    struct json json;
    bool ok = confine_once(s, &(struct confine_once){ 0 }, NULL);

    text_init(&text, 0);
    json_init(&json, &text);
    v.json = argument_given(a, "json") ? &json : NULL;
    json_object(&json, NULL);
    json_array(&json, "results");
    for (unsigned i = 1; ok && i < a->rest_n; i++) {
        size_t n = 0;
        char **below = has_table(a->rest[i]) ? NULL : folders_below(a->rest[i], &n);
        ok = below != NULL || folder_run(s, a, a->rest[i], &v);
        for (size_t k = 0; k < n; k++) {
            ok = ok && folder_run(s, a, below[k], &v);
            free(below[k]);
        }
        free(below);
    }
    json_end_array(&json);
    json_u64(&json, "right", v.right);
    json_u64(&json, "wrong", v.wrong);
    json_end_object(&json);
    text_byte(&text, '\n');
    if (ok && v.json != NULL) {
        fwrite(text.p, 1, text.n, stdout);
    } else if (ok) {
        printf("as expected: %u, not: %u\n", v.right, v.wrong);
    }
    text_fini(&text);
    return !ok ? EXIT_USAGE : v.wrong != 0 || v.refused ? EXIT_SOME : EXIT_DONE;
}
