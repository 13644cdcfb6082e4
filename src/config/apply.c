/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From text to typed settings: the values of config.h and the option rows of base/rows.h.
 */
#include "config/tree.h"

#include <stdlib.h>
#include <strings.h>

bool conf_text_bool(const char *s, bool *out)
{
    static const char *const yes[] = { "yes", "true", "on", "1" };
    static const char *const no[] = { "no", "false", "off", "0" };

    for (size_t i = 0; i < ROWS(yes); i++) {
        if (strcasecmp(s, yes[i]) == 0 || strcasecmp(s, no[i]) == 0) {
            *out = strcasecmp(s, yes[i]) == 0;
            return true;
        }
    }
    return false;
}

static struct bytes trimmed(const char *s) { return bytes_trim(bytes_str(s), " \t\r\n"); }

bool conf_text_u64(const char *s, uint64_t *out) { return bytes_u64(trimmed(s), out); }

/* A unit's name and what it stands for. */
struct unit {
    const char *name;
    uint64_t size;
};

/* "number.fraction unit" in units of the rows; the first row is what no unit means. */
static bool text_quantity(const char *s, const struct unit *units, size_t n, uint64_t *out)
{
    struct bytes all = trimmed(s), fraction = bytes_none();
    size_t digits = 0;
    uint64_t whole, unit = units[0].size, scale = 1, part = 0;

    while (digits < all.n && all.p[digits] >= '0' && all.p[digits] <= '9') {
        digits++;
    }
    struct bytes rest = bytes_from(all, digits);
    if (rest.n > 0 && rest.p[0] == '.') {
        size_t end = 1;
        while (end < rest.n && rest.p[end] >= '0' && rest.p[end] <= '9') {
            end++;
        }
        fraction = bytes_from(bytes_head(rest, end), 1);
        rest = bytes_from(rest, end);
        if (fraction.n == 0) {
            return false;
        }
    }
    rest = bytes_trim(rest, " \t");
    if (rest.n > 0) {
        size_t i = 0;
        while (i < n && !bytes_is_nocase(rest, units[i].name)) {
            i++;
        }
        if (i == n) {
            return false;
        }
        unit = units[i].size;
    }
    if (!bytes_u64(bytes_head(all, digits), &whole) ||
        __builtin_mul_overflow(whole, unit, &whole)) {
        return false;
    }
    /* Nine digits of a fraction say more than enough about a byte or a second. */
    for (size_t i = 0; i < fraction.n && i < 9; i++) {
        part = part * 10 + (fraction.p[i] - '0');
        scale *= 10;
    }
    part = (uint64_t)((unsigned __int128)part * unit / scale);
    return !__builtin_add_overflow(whole, part, out);
}

bool conf_text_size(const char *s, uint64_t *out)
{
    static const struct unit units[] = {
        { "b", 1 },
        { "k", 1ULL << 10 }, { "kb", 1ULL << 10 }, { "kib", 1ULL << 10 },
        { "m", 1ULL << 20 }, { "mb", 1ULL << 20 }, { "mib", 1ULL << 20 },
        { "g", 1ULL << 30 }, { "gb", 1ULL << 30 }, { "gib", 1ULL << 30 },
        { "t", 1ULL << 40 }, { "tb", 1ULL << 40 }, { "tib", 1ULL << 40 },
    };
    return text_quantity(s, units, ROWS(units), out);
}

bool conf_text_seconds(const char *s, uint32_t *out)
{
    static const struct unit units[] = {
        { "s", 1 }, { "m", 60 }, { "h", 3600 }, { "d", 86400 }, { "w", 604800 },
    };
    uint64_t v;

    if (!text_quantity(s, units, ROWS(units), &v) || v > UINT32_MAX) {
        return false;
    }
    *out = (uint32_t)v;
    return true;
}

/* What is allowed where, for the error. */
static const char allowed_bool[] = "yes or no";
static const char allowed_number[] = "a whole number";
static const char allowed_size[] = "a number of bytes, with kb, mb or gb if wanted";
static const char allowed_seconds[] = "a number of seconds, or with m, h or d";

static bool bad_value(const struct conf_node *n, const char *allowed, struct err *err)
{
    char path[CONF_PATH_MAX];

    return tree_err(err, n->place, "%.300s: '%.100s' is not allowed, it takes %s",
                    conf_path(n, path, sizeof(path)), n->value != NULL ? n->value : "", allowed);
}

bool conf_bool(const struct conf *c, const char *path, bool *out, struct err *err)
{
    const struct conf_node *n = conf_node(c, path);

    return n == NULL || n->value == NULL || conf_text_bool(n->value, out) ||
           bad_value(n, allowed_bool, err);
}

bool conf_u64(const struct conf *c, const char *path, uint64_t *out, struct err *err)
{
    const struct conf_node *n = conf_node(c, path);

    return n == NULL || n->value == NULL || conf_text_u64(n->value, out) ||
           bad_value(n, allowed_number, err);
}

bool conf_size(const struct conf *c, const char *path, uint64_t *out, struct err *err)
{
    const struct conf_node *n = conf_node(c, path);

    return n == NULL || n->value == NULL || conf_text_size(n->value, out) ||
           bad_value(n, allowed_size, err);
}

bool conf_seconds(const struct conf *c, const char *path, uint32_t *out, struct err *err)
{
    const struct conf_node *n = conf_node(c, path);

    return n == NULL || n->value == NULL || conf_text_seconds(n->value, out) ||
           bad_value(n, allowed_seconds, err);
}

static bool word_place(const char *s, const char *words, uint32_t *out)
{
    struct rd r = rd_of(bytes_str(words));
    bool more = true;

    for (uint32_t i = 0; more; i++) {
        if (bytes_is_nocase(rd_until(&r, ' ', &more), s)) {
            *out = i;
            return true;
        }
    }
    return false;
}

/* The place of a word among words separated by blanks; yes and no may be said as for a switch. */
static bool text_enum(const char *s, const char *choices, uint32_t *out)
{
    bool yes;

    return word_place(s, choices, out) || (conf_text_bool(s, &yes) && word_place(yes ? "yes" : "no", choices, out));
}

bool conf_word(const struct conf *c, const struct conf_node *from, const char *path, const char *words, uint32_t *out, struct err *err)
{
    const struct conf_node *n = conf_read(c, from, path);
    char allowed[512];

    if (n == NULL || n->value == NULL || text_enum(n->value, words, out)) {
        return true;
    }
    (void)snprintf(allowed, sizeof(allowed), "one of: %s", words);
    return bad_value(n, allowed, err);
}

/* A value in any of the shapes of a row. */
struct value {
    bool is;
    uint64_t number;
    const char *text;
};

static bool row_parse(const struct option_row *row, const char *s, struct value *v)
{
    uint32_t small = 0;
    bool good = false;

    switch (row->type) {
    case OPTION_BOOL:
        return conf_text_bool(s, &v->is);
    case OPTION_U32:
    case OPTION_U64:
        good = conf_text_u64(s, &v->number) && (row->type == OPTION_U64 || v->number <= UINT32_MAX);
        break;
    case OPTION_BYTES:
        good = conf_text_size(s, &v->number);
        break;
    case OPTION_SECONDS:
        good = conf_text_seconds(s, &small);
        v->number = small;
        break;
    case OPTION_ENUM:
        good = text_enum(s, row->choices, &small);
        v->number = small;
        return good;
    case OPTION_STRING:
    case OPTION_LIST:
        v->text = s;
        return true;
    }
    return good && (row->max == 0 || (v->number >= row->min && v->number <= row->max));
}

static void row_store(const struct option_row *row, const struct value *v, void *settings)
{
    void *to = (char *)settings + row->offset;
    uint32_t small = (uint32_t)v->number;

    switch (row->type) {
    case OPTION_BOOL:
        memcpy(to, &v->is, sizeof(v->is));
        break;
    case OPTION_U32:
    case OPTION_ENUM:
    case OPTION_SECONDS:
        memcpy(to, &small, sizeof(small));
        break;
    case OPTION_U64:
    case OPTION_BYTES:
        memcpy(to, &v->number, sizeof(v->number));
        break;
    case OPTION_STRING:
    case OPTION_LIST:
        memcpy(to, &v->text, sizeof(v->text));
        break;
    }
}

static void row_allowed(const struct option_row *row, char *out, size_t room)
{
    const char *what = allowed_number;

    if (row->type == OPTION_ENUM) {
        (void)snprintf(out, room, "one of: %s", row->choices);
        return;
    }
    if (row->type == OPTION_BOOL) {
        what = allowed_bool;
    } else if (row->type == OPTION_BYTES) {
        what = allowed_size;
    } else if (row->type == OPTION_SECONDS) {
        what = allowed_seconds;
    }
    if (row->max != 0) {
        (void)snprintf(out, room, "%s, from %llu to %llu%s%s", what, (unsigned long long)row->min,
                       (unsigned long long)row->max, row->unit != NULL ? " " : "",
                       row->unit != NULL ? row->unit : "");
    } else {
        (void)snprintf(out, room, "%s", what);
    }
}

/* The entries' words joined with commas; NULL: they are too long. */
static const char *list_text(struct conf *c, const struct conf_node *list)
{
    struct arena_text t;

    arena_text_init(&t, &c->arena, CONF_FILE_MAX);
    for (const struct conf_node *n = list->first; n != NULL; n = n->next) {
        (void)conf_read(c, n, "");
        if (n->value != NULL) {
            arena_text_add(&t, bytes_str(t.n > 0 ? "," : ""));
            arena_text_add(&t, bytes_str(n->value));
        }
    }
    arena_text_byte(&t, '\0');
    return t.cut ? NULL : (const char *)arena_text_bytes(&t).p;
}

/* What the tree says for a row; `set` stays false when it says nothing. */
static bool row_find(struct conf *c, const struct conf_node *n, const struct option_row *row,
                     struct value *v, bool *set)
{
    const char *text = n->value;

    if (text == NULL && row->type == OPTION_LIST && n->list) {
        text = list_text(c, n);
        *set = text != NULL;
        v->text = text;
        return *set;
    }
    *set = text != NULL;
    return text == NULL || row_parse(row, text, v);
}

/* The preset, or what the row's variable of the environment says. */
static bool row_preset(const struct option_row *row, void *settings, struct err *err)
{
    const char *text = row->environment != NULL ? getenv(row->environment) : NULL;
    struct value v = { 0 };
    char allowed[512];

    if (text != NULL && !row_parse(row, text, &v)) {
        row_allowed(row, allowed, sizeof(allowed));
        return err_set(err, "environment: %s: '%.100s' is not allowed, it takes %s", row->environment, text, allowed);
    }
    bug_if(text == NULL && row->preset != NULL && !row_parse(row, row->preset, &v));
    row_store(row, &v, settings);
    return true;
}

bool conf_apply_at(struct conf *c, const struct conf_node *at, const struct option_row *rows,
                   size_t n, void *settings, struct err *err)
{
    for (size_t i = 0; i < n; i++) {
        if (!row_preset(&rows[i], settings, err)) {
            return false;
        }
    }
    for (size_t i = 0; at != NULL && i < n; i++) {
        const struct option_row *row = &rows[i];
        const struct conf_node *found = conf_read(c, at, row->path);
        struct value v = { 0 };
        char allowed[512];
        if (found == NULL) {
            continue;
        }
        bool set;
        if (!row_find(c, found, row, &v, &set)) {
            row_allowed(row, allowed, sizeof(allowed));
            return bad_value(found, allowed, err);
        }
        if (set) {
            row_store(row, &v, settings);
        }
    }
    return true;
}

bool conf_apply(struct conf *c, const struct option_row *rows, size_t n, void *settings,
                struct err *err)
{
    return conf_apply_at(c, &c->root, rows, n, settings, err);
}
