/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rules - files and folders of rules in; trees and complaints out. */
#include "rule/parse.h"
#include "rule/split.h"

#include "base/hash.h"

#include <dirent.h>
#include <errno.h>
#include <glob.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define RULES_ARENA_MAX (4ull << 30)
#define RULE_FILE_MAX (1ull << 30)
#define FAILURES_MAX 1000000u

/* ---- complaints ---- */

bool parse_fail(struct rule_parse *p, const char *format, ...)
{
    va_list ap;

    if (p->failed) {
        return false;
    }
    p->failed = true;
    p->fail_column = p->column;
    va_start(ap, format);
    vsnprintf(p->err.text, sizeof p->err.text, format, ap);
    va_end(ap);
    return false;
}

bool parse_hint(struct rule_parse *p, const char *hint)
{
    p->hint = hint;
    return false;
}

void *parse_zero(struct rule_parse *p, size_t n)
{
    void *at = arena_zero(p->arena, n);

    if (at == NULL) {
        parse_fail(p, "out of memory for rules");
    }
    return at;
}

const char *parse_str(struct rule_parse *p, struct bytes b)
{
    const char *s = rule_index_intern(p->index, p->arena, b);

    if (s == NULL) {
        parse_fail(p, "out of memory for rules");
    }
    return s;
}

struct rule_failure *rules_failure_new(struct rules *r)
{
    if (r->failure_n == r->failure_room) {
        uint32_t room = r->failure_room ? r->failure_room * 2 : 64;
        struct rule_failure *to = room <= FAILURES_MAX ? arena_take(&r->arena, room * sizeof *to) : NULL;

        if (to == NULL) {
            return NULL;
        }
        if (r->failure_n) {
            memcpy(to, r->failure, r->failure_n * sizeof *to);
        }
        r->failure = to;
        r->failure_room = room;
    }
    memset(&r->failure[r->failure_n], 0, sizeof *r->failure);
    return &r->failure[r->failure_n++];
}

static void failure_place(struct rule_parse *p, struct rule_failure *f, uint32_t column)
{
    f->source = p->rule->source;
    f->sid = p->rule->sid;
    f->text = p->text;
    f->option = p->option ? rule_index_intern(p->index, p->arena, bytes_str(p->option)) : NULL;
    rule_line_place(&p->line, column, &f->line, &f->column);
}

void parse_warn(struct rule_parse *p, const char *format, ...)
{
    char text[512];
    struct rule_failure *f = rules_failure_new(p->rules);
    va_list ap;

    if (f == NULL) {
        return;
    }
    va_start(ap, format);
    vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    failure_place(p, f, p->column);
    f->warning = true;
    f->reason = rule_index_intern(p->index, p->arena, bytes_str(text));
    p->rules->warning_n++;
}

static void failure_add(struct rule_parse *p)
{
    struct rule_failure *f = rules_failure_new(p->rules);

    if (p->requires_unmet) {
        p->rules->skipped++;
    } else if (p->left_out) {
        p->rules->warning_n++;
    } else {
        p->rules->failed_n++;
    }
    if (f) {
        failure_place(p, f, p->fail_column);
        f->skipped = p->requires_unmet;
        f->warning = p->left_out;
        f->reason = arena_str(p->arena, bytes_str(p->err.text));
        f->hint = p->hint;
    }
}

bool rule_strict(const struct rule_context *c, const char *keyword)
{
    struct bytes left = bytes_str(c->strict ? c->strict : "");

    while (left.n) {
        size_t n = bytes_find_byte(left, ',');
        struct bytes one = bytes_trim(bytes_head(left, n), " ");

        if (bytes_is(one, "all") || bytes_is(one, keyword)) {
            return true;
        }
        left = n < left.n ? bytes_from(left, n + 1) : bytes_none();
    }
    return false;
}

/* ---- one rule ---- */

static void parse_reset(struct rule_parse *p)
{
    p->failed = p->negated = p->fresh = p->bound = false;
    p->flow_seen = p->only_stream = p->no_stream = p->priority_set = p->files = p->requires_unmet = p->left_out = false;
    p->hint = NULL;
    p->option = "";
    p->err.text[0] = '\0';
    p->column = p->fail_column = 0;
    p->match_n = p->order = p->group_n = p->transform_n = p->packet_n = p->post_n = 0;
    p->variable_n = p->reference_n = p->meta_n = 0;
    p->payload = p->active = p->current = p->side_forced = -1;
    p->range = NULL;
    memset(&p->protos, 0, sizeof p->protos);
}

static bool rule_add(struct rules *r, struct rule *rule)
{
    if (r->rule_n == r->rule_room) {
        uint32_t room = r->rule_room ? r->rule_room * 2 : 1024;
        struct rule **to = arena_take(&r->arena, room * sizeof(struct rule *));

        if (to == NULL) {
            return false;
        }
        if (r->rule_n) {
            memcpy(to, r->rule, r->rule_n * sizeof(struct rule *));
        }
        r->rule = to;
        r->rule_room = room;
    }
    r->rule[r->rule_n++] = rule;
    return true;
}

static void rule_read(struct rule_parse *p, uint16_t source, const struct rule_line *line, int dialect)
{
    struct rules *r = p->rules;

    parse_reset(p);
    p->line = *line;
    p->text = line->text;
    p->rule = arena_zero(&r->arena, sizeof *p->rule);
    if (p->rule == NULL) {
        return;
    }
    p->rule->source = source;
    p->rule->line = line->number;
    p->rule->text = line->text;
    p->rule->gid = 1;
    p->rule->priority = 3;
    p->rule->dialect = (uint8_t)dialect;
    if (dialect != DIALECT_SURICATA) {
        memcpy(p->rule->told, p->told.bits, sizeof p->rule->told);
    }
    const char *nul = memchr(line->text, '\0', line->n);
    if (line->too_long) {
        parse_fail(p, "the rule is longer than %u bytes", RULE_TEXT_MAX);
    } else if (nul != NULL) {
        p->column = (uint32_t)(nul - line->text) + 1;
        parse_fail(p, "a NUL byte in a rule");
    } else if ((dialect == DIALECT_SNORT3 ? snort3_rule : suricata_rule)(p, line->text, line->n) && !rule_add(r, p->rule)) {
        parse_fail(p, "out of memory for rules");
    }
    if (p->failed) {
        failure_add(p);
    }
}

/* ---- files ---- */

void rules_init(struct rules *r)
{
    memset(r, 0, sizeof *r);
    arena_init(&r->arena, NULL, RULES_ARENA_MAX);
    arena_init(&r->text, NULL, RULES_ARENA_MAX);
}

void rules_fini(struct rules *r)
{
    for (struct rule_kept *k = r->kept; k; k = k->next) {
        k->fini(k->thing);
    }
    rule_index_free(r->index);
    rule_names_free(r->own_names);
    arena_fini(&r->arena);
    arena_fini(&r->text);
    memset(r, 0, sizeof *r);
}

void rules_forget_text(struct rules *r)
{
    enum { FAILURE_TEXTS = 1000 };

    for (uint32_t i = 0; i < r->rule_n; i++) {
        r->rule[i]->text = NULL;
    }
    for (uint32_t i = 0; i < r->failure_n; i++) { /* the first are told still, when somebody asks what was refused */
        const char *text = i < FAILURE_TEXTS ? r->failure[i].text : NULL;
        r->failure[i].text = text ? arena_str(&r->arena, bytes_str(text)) : NULL;
    }
    arena_fini(&r->text);
}

static bool prepare(struct rules *r, const struct rule_context *c)
{
    if (r->index == NULL) {
        r->index = rule_index_new(r, c);
    }
    if (r->names == NULL) {
        r->names = c->names;
    }
    if (r->names == NULL) {
        r->names = r->own_names = rule_names_new();
    }
    return r->index && r->names;
}

int rules_source_add(struct rules *r, const char *name)
{
    const char **to;

    if (r->source_n == UINT16_MAX) {
        return -1;
    }
    if ((r->source_n & (r->source_n - 1)) == 0) {
        size_t room = r->source_n ? r->source_n * 2u : 1u;

        to = arena_take(&r->arena, room * sizeof(const char *));
        if (to == NULL) {
            return -1;
        }
        if (r->source_n) {
            memcpy(to, r->source, r->source_n * sizeof(const char *));
        }
        r->source = to;
    }
    r->source[r->source_n] = arena_str(&r->arena, bytes_str(name));
    return r->source[r->source_n] ? r->source_n++ : -1;
}

/* The rules of one file, whose bytes are cut in place and stay as the rules' text.  bytes[n] is writable. */
static bool bytes_read(struct rules *r, const struct rule_context *c, const char *name, char *bytes, size_t n, int dialect)
{
    struct rule_parse *p = malloc(sizeof *p);
    int source = prepare(r, c) ? rules_source_add(r, name) : -1;
    struct rule_split s;
    struct rule_line line;

    if (p == NULL || source < 0) {
        free(p);
        return false;
    }
    p->rules = r;
    p->context = c;
    p->index = r->index;
    p->arena = &r->arena;
    if (dialect < 0) {
        dialect = rule_split_dialect(bytes, n);
    }
    p->told = snort3_told(p->index);
    rule_split_init(&s, bytes, n, dialect);
    while (rule_split_next(&s, &line)) {
        rule_read(p, (uint16_t)source, &line, dialect);
    }
    free(p);
    return true;
}

bool rules_read_text(struct rules *r, const struct rule_context *c, const char *name, const char *text, size_t n, int dialect)
{
    char *copy = arena_take(&r->text, n + 1);

    if (copy == NULL) {
        return false;
    }
    memcpy(copy, text, n);
    return bytes_read(r, c, name, copy, n, dialect);
}

static bool file_read(struct rules *r, const struct rule_context *c, const char *path, int dialect, struct err *err)
{
    FILE *f = fopen(path, "rb");
    struct stat st;
    char *bytes;
    size_t n;

    if (f == NULL || fstat(fileno(f), &st) != 0) {
        err_sys(err, "opening rule file %s", path);
        if (f) {
            fclose(f);
        }
        return false;
    }
    if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size > RULE_FILE_MAX) {
        fclose(f);
        return S_ISCHR(st.st_mode) ? rules_source_add(r, path) >= 0 : err_set(err, "rule file %s: %s", path, S_ISREG(st.st_mode) ? "larger than 1 GiB" : "not a file");
    }
    bytes = arena_take(&r->text, (size_t)st.st_size + 1);
    if (bytes == NULL) {
        fclose(f);
        return err_set(err, "rule file %s: out of memory", path);
    }
    n = fread(bytes, 1, (size_t)st.st_size, f);
    if (ferror(f)) {
        err_sys(err, "reading rule file %s", path);
        fclose(f);
        return false;
    }
    fclose(f);
    return bytes_read(r, c, path, bytes, n, dialect) || err_set(err, "rule file %s: out of memory", path);
}

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static bool ends_in_rules(const char *name)
{
    size_t n = strlen(name);
    return n > 6 && strcmp(name + n - 6, ".rules") == 0;
}

/* All *.rules of a folder, by name. */
static bool folder_read(struct rules *r, const struct rule_context *c, const char *path, int dialect, struct err *err)
{
    char pattern[4096];
    glob_t g = { 0 };
    bool some = false;

    if (snprintf(pattern, sizeof pattern, "%s/*", path) >= (int)sizeof pattern || glob(pattern, 0, NULL, &g) != 0) {
        globfree(&g);
        return err_set(err, "folder %s holds no *.rules", path);
    }
    qsort(g.gl_pathv, g.gl_pathc, sizeof *g.gl_pathv, by_name);
    for (size_t i = 0; i < g.gl_pathc; i++) {
        some |= ends_in_rules(g.gl_pathv[i]) && file_read(r, c, g.gl_pathv[i], dialect, err);
    }
    globfree(&g);
    return some || err_set(err, "folder %s holds no *.rules", path);
}

bool rules_read(struct rules *r, const struct rule_context *c, const char *path, int dialect, struct err *err)
{
    struct stat st;
    glob_t g = { 0 };
    bool some = false;

    if (stat(path, &st) == 0) {
        return S_ISDIR(st.st_mode) ? folder_read(r, c, path, dialect, err) : file_read(r, c, path, dialect, err);
    }
    if (strpbrk(path, "*?[") == NULL) {
        return err_sys(err, "opening rule file %s", path);
    }
    if (glob(path, 0, NULL, &g) != 0) {
        globfree(&g);
        return err_set(err, "No rule files match the pattern %s", path);
    }
    for (size_t i = 0; i < g.gl_pathc; i++) {
        some |= file_read(r, c, g.gl_pathv[i], dialect, err);
    }
    globfree(&g);
    return some;
}

/* ---- all files read ---- */

struct rule_key {
    uint64_t hash;
    struct rule *rule;
};

static uint64_t key_hash(const struct rule *r) { return hash_word((uint64_t)r->gid << 32 | r->sid) ^ hash_word(r->source + 1u); }

static bool same_key(const struct rule *a, const struct rule *b) { return a->gid == b->gid && a->sid == b->sid && a->source == b->source; }

static void duplicate_fail(struct rules *r, const struct rule *rule, bool replaced, uint32_t rev)
{
    struct rule_failure *f = rules_failure_new(r);
    char text[160];

    if (replaced) {
        snprintf(text, sizeof text, "Signature with newer revision, so the older sig replaced: revision %u of sid %u stands in for it", rev, rule->sid);
        r->warning_n++;
    } else {
        snprintf(text, sizeof text, "Duplicate signature: sid %u is there with revision %u already", rule->sid, rev);
        r->failed_n++;
    }
    if (f) {
        *f = (struct rule_failure){ .source = rule->source, .line = rule->line, .column = 1, .sid = rule->sid, .text = rule->text };
        f->warning = replaced;
        f->reason = arena_str(&r->arena, bytes_str(text));
    }
}

void rules_finish(struct rules *r)
{
    size_t room = 16;
    struct rule **slot;
    uint32_t n = 0;

    while (room < (size_t)r->rule_n * 2) {
        room *= 2;
    }
    slot = calloc(room, sizeof(struct rule *));
    if (slot == NULL) {
        return;
    }
    for (uint32_t i = 0; i < r->rule_n; i++) {
        struct rule *rule = r->rule[i];
        size_t k = key_hash(rule) & (room - 1);

        while (slot[k] && !same_key(slot[k], rule)) {
            k = (k + 1) & (room - 1);
        }
        if (slot[k] == NULL) {
            slot[k] = rule;
        } else if (rule->rev > slot[k]->rev) {
            duplicate_fail(r, slot[k], true, rule->rev);
            slot[k]->dropped = true;
            slot[k] = rule;
        } else {
            duplicate_fail(r, rule, false, slot[k]->rev);
            rule->dropped = true;
        }
    }
    for (uint32_t i = 0; i < r->rule_n; i++) {
        if (!r->rule[i]->dropped) {
            r->rule[n++] = r->rule[i];
        }
    }
    r->rule_n = n;
    free(slot);
}
