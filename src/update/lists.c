/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists of rules to disable, enable, drop and modify: lines in the ways of suricata-update and pulledpork. */
#include "update/parts.h"

#include "base/file.h"
#include "match/match.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

enum { LIST_MAX = 4 << 20, LINES_MAX = 200000 };

enum what { BY_NUMBER, BY_PATTERN, BY_FILE /* its name, with * and ? */, BY_PATH, BY_METADATA, BY_REFERENCE, BY_ALL };

struct line {
    uint8_t what;
    uint64_t low, high;          /* gid << 32 | sid */
    struct bytes text, value;    /* BY_FILE, BY_PATH: ended by a NUL; BY_METADATA, BY_REFERENCE: key and value */
    struct regex *pattern;
    pcre2_code *from;            /* LIST_MODIFY */
    const char *to;
    const char *path;            /* where it stands */
    unsigned number;
};
struct update_lists {
    struct arena arena;
    struct regex_scratch *scratch;
    struct line *line[LIST_KINDS];
    size_t n[LIST_KINDS], room[LIST_KINDS];
};

struct update_lists *lists_new(void)
{
    struct update_lists *l = calloc(1, sizeof *l);

    if (l) {
        arena_init(&l->arena, NULL, (size_t)1 << 30);
        l->scratch = regex_scratch_new(0, 0);
    }
    return l;
}

void lists_free(struct update_lists *l)
{
    for (unsigned k = 0; l && k < LIST_KINDS; k++) {
        for (size_t i = 0; i < l->n[k]; i++) {
            regex_free(l->line[k][i].pattern);
            pcre2_code_free(l->line[k][i].from);
        }
        free(l->line[k]);
    }
    if (l) {
        regex_scratch_free(l->scratch);
        arena_fini(&l->arena);
    }
    free(l);
}

static struct line *line_add(struct update_lists *l, enum list_kind kind, const struct line *x)
{
    if (l->n[kind] == l->room[kind]) {
        size_t room = l->room[kind] ? l->room[kind] * 2 : 64;
        struct line *more = room <= 2 * LINES_MAX ? realloc(l->line[kind], room * sizeof *more) : NULL;
        if (!more) {
            return NULL;
        }
        l->line[kind] = more;
        l->room[kind] = room;
    }
    l->line[kind][l->n[kind]] = *x;
    return &l->line[kind][l->n[kind]++];
}

/* "2019401", "1:2019401", "3:*" */
static bool number_read(struct bytes b, uint64_t *low, uint64_t *high)
{
    size_t colon = bytes_find_byte(b, ':');
    uint64_t gid = 1, sid = 0;
    struct bytes last = colon == SIZE_MAX ? b : bytes_from(b, colon + 1);

    if ((colon != SIZE_MAX && !bytes_u64(bytes_head(b, colon), &gid)) || gid > UINT32_MAX) {
        return false;
    }
    if (bytes_is(last, "*")) {
        *low = gid << 32;
        *high = gid << 32 | UINT32_MAX;
        return colon != SIZE_MAX;
    }
    if (!bytes_u64(last, &sid) || sid > UINT32_MAX) {
        return false;
    }
    *low = *high = gid << 32 | sid;
    return true;
}

/* A number, or "1:220-1:264". */
static bool numbers_read(struct bytes b, struct line *x)
{
    size_t dash = bytes_find_byte(b, '-');
    uint64_t unused;

    x->what = BY_NUMBER;
    if (dash == SIZE_MAX) {
        return number_read(b, &x->low, &x->high);
    }
    struct bytes to = bytes_from(b, dash + 1);
    return number_read(bytes_head(b, dash), &x->low, &unused) && number_read(to, &unused, &x->high) && x->low <= x->high;
}

/* What a matcher says; NULL: not understood, told in err. */
static struct line *matcher_read(struct update_lists *l, enum list_kind kind, struct bytes text, struct err *err)
{
    struct line x = { 0 };
    static const struct {
        const char *prefix;
        enum what what;
    } rows[] = { { "re:", BY_PATTERN }, { "pcre:", BY_PATTERN }, { "group:", BY_FILE }, { "filename:", BY_PATH }, { "metadata:", BY_METADATA }, { "cve:", BY_REFERENCE },
                 { "reference:", BY_REFERENCE }, { "bugtraq:", BY_REFERENCE }, { "nessus:", BY_REFERENCE } };

    if (bytes_is(text, "*")) {
        x.what = BY_ALL;
        return line_add(l, kind, &x);
    }
    if (numbers_read(text, &x)) {
        return line_add(l, kind, &x);
    }
    x.what = BY_PATTERN; /* as pulledpork has it: a word is looked for in the rule */
    struct bytes rest = text;
    bool known = false;
    for (size_t i = 0; i < ROWS(rows) && !known; i++) {
        if (bytes_starts(text, rows[i].prefix)) {
            known = true;
            x.what = (uint8_t)rows[i].what;
            rest = bytes_trim(bytes_from(text, strlen(rows[i].prefix)), " \t");
            if (x.what == BY_REFERENCE && strcmp(rows[i].prefix, "reference:") != 0) {
                x.text = bytes_head(bytes_str(rows[i].prefix), strlen(rows[i].prefix) - 1);
                x.value = rest;
                return line_add(l, kind, &x);
            }
        }
    }
    const char *word = arena_str(&l->arena, rest);
    if (!word || rest.n == 0) {
        err_set(err, "nothing stands behind '%.*s'", (int)text.n, (const char *)text.p);
        return NULL;
    }
    if (x.what == BY_PATTERN) {
        x.pattern = regex_compile(word, PCRE2_CASELESS, err);
        return x.pattern ? line_add(l, kind, &x) : NULL;
    }
    size_t gap = 0;
    while (gap < rest.n && !strchr(" \t,", rest.p[gap])) {
        gap++;
    }
    x.text = x.what == BY_FILE || x.what == BY_PATH ? bytes_of(word, rest.n) : bytes_head(rest, gap);
    x.value = bytes_trim(bytes_from(rest, gap), " \t,");
    return line_add(l, kind, &x);
}

/* One argument of a line: in double quotes, or up to a blank. */
static struct bytes argument(struct rd *r)
{
    rd_skip_any(r, " \t");
    struct bytes all = rd_peek(r);
    if (all.n == 0 || all.p[0] != '"') {
        return rd_until_any(r, " \t");
    }
    size_t i = 1;
    while (i < all.n && all.p[i] != '"') {
        i += all.p[i] == '\\' && i + 1 < all.n ? 2 : 1;
    }
    struct bytes out = bytes_of(all.p + 1, (i < all.n ? i : all.n) - 1);
    rd_skip(r, i < all.n ? i + 1 : all.n);
    return out;
}

/* "\1" is "${1}" in PCRE2's words; a '$' that is none is doubled. */
static const char *replacement(struct arena *a, struct bytes b)
{
    struct arena_text t;

    arena_text_init(&t, a, 1 << 16);
    for (size_t i = 0; i < b.n; i++) {
        uint8_t next = i + 1 < b.n ? b.p[i + 1] : 0;
        bool digit = next >= '0' && next <= '9';
        if (b.p[i] == '\\' && digit) {
            arena_text_add(&t, bytes_str("${"));
            arena_text_byte(&t, next);
            arena_text_byte(&t, '}');
            i++;
        } else if (b.p[i] == '\\' && next == '"') {
            arena_text_byte(&t, '"');
            i++;
        } else {
            arena_text_byte(&t, b.p[i]);
            if (b.p[i] == '$' && !digit && next != '{') {
                arena_text_byte(&t, '$');
            }
        }
    }
    return arena_str(a, arena_text_bytes(&t));
}

/* [modifysid] MATCHER "from" [|] "to" */
static bool modify_line(struct update_lists *l, struct bytes text, struct err *err)
{
    struct rd r = rd_of(text);
    struct bytes word = bytes_starts(text, "modifysid ") ? (rd_skip(&r, 10), argument(&r)) : argument(&r);
    int code;
    PCRE2_SIZE at;

    if (bytes_starts(word, "re:") || bytes_starts(word, "metadata:")) { /* it goes on up to the first quote */
        size_t quote = bytes_find_byte(text, '"');
        word = bytes_trim(bytes_head(text, quote), " \t");
        r = rd_of(quote == SIZE_MAX ? bytes_none() : bytes_from(text, quote));
    }
    struct bytes from = argument(&r);
    rd_skip_any(&r, " \t|");
    struct bytes to = argument(&r);
    if (word.n == 0 || from.n == 0) {
        return err_set(err, "a line is: what rules, \"from\", \"to\"");
    }
    pcre2_code *compiled = pcre2_compile(from.p, from.n, PCRE2_UTF * 0, &code, &at, NULL);
    if (!compiled) {
        return err_set(err, "the expression '%.*s' is wrong at %zu", (int)from.n, (const char *)from.p, at);
    }
    struct rd each = rd_of(word);
    for (bool more = true, first = true; more; first = false) {
        struct bytes one = bytes_trim(bytes_find_byte(word, ' ') == SIZE_MAX && !bytes_starts(word, "re:") ? rd_until(&each, ',', &more) : (more = false, word), " \t");
        struct line *x = matcher_read(l, LIST_MODIFY, one, err);
        if (!x) {
            pcre2_code_free(first ? compiled : NULL);
            return false;
        }
        x->from = first ? compiled : pcre2_code_copy(compiled);
        x->to = replacement(&l->arena, to);
        if (!x->from || !x->to) {
            return err_set(err, "not enough memory");
        }
    }
    return true;
}

static bool list_line(struct update_lists *l, enum list_kind kind, struct bytes line, struct err *err)
{
    if (kind == LIST_MODIFY) {
        return modify_line(l, line, err);
    }
    /* Several with commas between; but what is a pattern or has a key is one. */
    bool one = bytes_starts(line, "re:") || bytes_starts(line, "pcre:") || bytes_starts(line, "metadata:") || bytes_starts(line, "reference:");
    struct rd r = rd_of(line);
    for (bool more = true; more;) {
        struct bytes word = bytes_trim(one ? (more = false, line) : rd_until(&r, ',', &more), " \t");
        if (word.n != 0 && !matcher_read(l, kind, word, err)) {
            return false;
        }
    }
    return true;
}

bool lists_read(struct update_lists *l, enum list_kind kind, const char *path, struct err *err)
{
    struct bytes b;
    unsigned number = 0;

    if (!file_read(path, LIST_MAX, &b, err)) {
        return false;
    }
    struct rd r = rd_of(arena_copy(&l->arena, b));
    const char *name = arena_str(&l->arena, bytes_str(path));
    file_free(b);
    for (bool found = true; found && rd_left(&r);) {
        struct bytes line = bytes_trim(rd_line(&r, &found), " \t\r");
        number++;
        if (line.n == 0 || line.p[0] == '#') {
            continue;
        }
        size_t comment = bytes_find(line, bytes_str(" #"));
        if (kind != LIST_MODIFY && comment != SIZE_MAX) {
            line = bytes_trim(bytes_head(line, comment), " \t");
        }
        size_t before = l->n[kind];
        if (!list_line(l, kind, line, err)) {
            return err_add(err, "%s:%u", path, number);
        }
        for (; before < l->n[kind]; before++) {
            l->line[kind][before].path = name;
            l->line[kind][before].number = number;
        }
    }
    return true;
}

/* ---- asked ---- */

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

/* "group:emerging-dos" is emerging-dos.rules too. */
static bool file_named(const char *pattern, const char *name)
{
    char with[300];

    snprintf(with, sizeof with, "%s.rules", pattern);
    return fnmatch(pattern, name, 0) == 0 || fnmatch(with, name, 0) == 0;
}

/* An option of that name whose value has the pair among its parts: "cve,2014-1; …", "affected_product any, deployment perimeter". */
static bool pair_in(struct bytes rule, const char *option, const struct line *x, char between)
{
    struct rd left = line_options(rule);
    struct bytes name, value;

    while (line_option(&left, &name, &value)) {
        if (!bytes_is(name, option)) {
            continue;
        }
        struct rd parts = rd_of(value);
        for (bool more = between == ' '; more || rd_left(&parts);) {
            struct bytes part = bytes_trim(between == ' ' ? rd_until(&parts, ',', &more) : rd_rest(&parts), " \t\"");
            size_t gap = bytes_find_byte(part, (uint8_t)between);
            struct bytes key = bytes_head(part, gap == SIZE_MAX ? part.n : gap), rest = gap == SIZE_MAX ? bytes_none() : bytes_trim(bytes_from(part, gap + 1), " \t");
            if (bytes_equal_nocase(key, x->text) && (x->value.n == 0 || bytes_equal_nocase(rest, x->value))) {
                return true;
            }
        }
    }
    return false;
}

static bool line_names(const struct update_lists *l, const struct line *x, const struct update_rule *r)
{
    uint64_t id = (uint64_t)r->gid << 32 | r->sid;
    size_t from, to;

    switch ((enum what)x->what) {
    case BY_NUMBER: return id >= x->low && id <= x->high;
    case BY_PATTERN: return regex_find(x->pattern, l->scratch, r->text, 0, &from, &to) == REGEX_YES;
    case BY_FILE: return file_named((const char *)x->text.p, base_name(r->file));
    case BY_PATH: return fnmatch((const char *)x->text.p, r->file, 0) == 0;
    case BY_METADATA: return pair_in(r->text, "metadata", x, ' ');
    case BY_REFERENCE: return pair_in(r->text, "reference", x, ',');
    case BY_ALL: return true;
    default: return false;
    }
}

bool lists_name(const struct update_lists *l, enum list_kind kind, const struct update_rule *r)
{
    for (size_t i = 0; i < l->n[kind]; i++) {
        if (line_names(l, &l->line[kind][i], r)) {
            return true;
        }
    }
    return false;
}

/* The text with what the line changes; *n: how often, below 0 PCRE2's error. */
static struct bytes substituted(const struct line *x, struct arena *a, struct bytes text, int *n)
{
    PCRE2_SIZE room = text.n * 2 + 4096;

    for (unsigned tries = 0; tries < 2; tries++) { /* the first may say how much room it takes */
        uint8_t *out = arena_take(a, room);
        *n = out ? pcre2_substitute(x->from, text.p, text.n, 0, PCRE2_SUBSTITUTE_GLOBAL | PCRE2_SUBSTITUTE_UNSET_EMPTY | PCRE2_SUBSTITUTE_OVERFLOW_LENGTH, NULL, NULL,
                                    (PCRE2_SPTR)x->to, PCRE2_ZERO_TERMINATED, out, &room)
                 : PCRE2_ERROR_NOMEMORY;
        if (*n != PCRE2_ERROR_NOMEMORY || !out) {
            return *n > 0 ? bytes_of(out, room) : text;
        }
    }
    return text;
}

bool lists_modify(const struct update_lists *l, struct arena *a, struct update_rule *r, bool *changed, struct err *err)
{
    *changed = false;
    for (size_t i = 0; i < l->n[LIST_MODIFY]; i++) {
        const struct line *x = &l->line[LIST_MODIFY][i];
        PCRE2_UCHAR why[128] = "";
        int n;
        if (!line_names(l, x, r)) {
            continue;
        }
        r->text = substituted(x, a, r->text, &n);
        if (n < 0) {
            (void)pcre2_get_error_message(n, why, sizeof why);
            return err_set(err, "%s:%u: rule %u:%u: %s", x->path, x->number, r->gid, r->sid, (const char *)why);
        }
        *changed |= n > 0;
    }
    return true;
}
