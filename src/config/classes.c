/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config/classes.h"

#include "base/arena.h"
#include "base/file.h"
#include "base/hash.h"

#include <stdlib.h>

enum { CLASSES_FILE_MAX = 4 << 20, CLASSES_MEMORY_MAX = 32 << 20, BUCKETS = 1024 };

static const char blanks[] = " \t\r\f\v";

struct row {
    struct class is;
    struct row *bucket;
};

struct classes {
    struct arena arena;
    struct row *buckets[BUCKETS];
    size_t n;
    uint32_t class_n;
};

struct classes *classes_new(void)
{
    struct classes *c = calloc(1, sizeof(*c));

    if (c != NULL) {
        arena_init(&c->arena, NULL, CLASSES_MEMORY_MAX);
    }
    return c;
}

void classes_free(struct classes *c)
{
    if (c != NULL) {
        arena_fini(&c->arena);
        free(c);
    }
}

static size_t bucket_of(const char *lower) { return hash_bytes(lower, strlen(lower), 0) % BUCKETS; }

static const struct class *find(const struct classes *c, const char *name, bool reference)
{
    char lower[128];
    size_t n = 0;

    for (; name[n] != '\0'; n++) {
        if (n == sizeof(lower) - 1) {
            return NULL;
        }
        lower[n] = (char)(name[n] >= 'A' && name[n] <= 'Z' ? name[n] | 0x20 : name[n]);
    }
    lower[n] = '\0';
    for (const struct row *r = c->buckets[bucket_of(lower)]; r != NULL; r = r->bucket) {
        if (strcmp(r->is.name, lower) == 0 && (r->is.prefix != NULL) == reference) {
            return &r->is;
        }
    }
    return NULL;
}

const struct class *classes_find(const struct classes *c, const char *name)
{
    return find(c, name, false);
}

const struct class *references_find(const struct classes *c, const char *name)
{
    return find(c, name, true);
}

size_t classes_count(const struct classes *c) { return c->n; }

/* A letter, then letters, digits, - and _. */
static bool is_name(struct bytes b)
{
    for (size_t i = 0; i < b.n; i++) {
        uint8_t c = b.p[i], lower = (uint8_t)(c | 0x20);
        bool letter = lower >= 'a' && lower <= 'z';
        bool other = (c >= '0' && c <= '9') || c == '-' || c == '_';
        if (!letter && (i == 0 || !other)) {
            return false;
        }
    }
    return b.n > 0 && b.n < 128;
}

static const char *add(struct classes *c, struct bytes name, const struct class *row)
{
    char *lower = arena_str(&c->arena, arena_lower(&c->arena, name));
    struct row *made = arena_zero(&c->arena, sizeof(*made));

    if (lower == NULL || made == NULL) {
        return "the list is too long";
    }
    if (find(c, lower, row->prefix != NULL) != NULL) {
        return NULL;
    }
    made->is = *row;
    made->is.name = lower;
    struct row **b = &c->buckets[bucket_of(lower)];
    made->bucket = *b;
    *b = made;
    c->n++;
    return NULL;
}

/* name,description,priority; the description may have commas. */
static const char *add_class(struct classes *c, struct bytes line)
{
    struct class row = { 0 };
    uint64_t priority;
    size_t comma = bytes_find_byte(line, ','), last = line.n;

    while (last > 0 && line.p[last - 1] != ',') {
        last--;
    }
    if (comma == SIZE_MAX || last <= comma + 1) {
        return "a class is name,description,priority";
    }
    struct bytes name = bytes_trim(bytes_head(line, comma), blanks);
    struct bytes text = bytes_trim(bytes_from(bytes_head(line, last - 1), comma + 1), blanks);
    if (!is_name(name)) {
        return "the name of a class is letters, digits, - and _";
    }
    if (text.n == 0) {
        return "a class needs a description";
    }
    if (!bytes_u64(bytes_trim(bytes_from(line, last), blanks), &priority) || priority > UINT32_MAX) {
        return "the priority of a class is a number";
    }
    row.priority = (uint32_t)priority;
    row.number = ++c->class_n;
    row.description = arena_str(&c->arena, text);
    return row.description != NULL ? add(c, name, &row) : "the list is too long";
}

/* name, blanks, the beginning of an address. */
static const char *add_reference(struct classes *c, struct bytes line)
{
    struct class row = { 0 };
    struct rd r = rd_of(line);
    struct bytes name = rd_until_any(&r, blanks);
    struct bytes prefix = bytes_trim(rd_rest(&r), blanks);

    if (!is_name(name)) {
        return "the name of a kind of reference is letters, digits, - and _";
    }
    if (prefix.n == 0) {
        return "a kind of reference needs the beginning of an address";
    }
    row.prefix = arena_str(&c->arena, prefix);
    return row.prefix != NULL ? add(c, name, &row) : "the list is too long";
}

/* NULL: well; else what is wrong with the line. */
static const char *read_line(struct classes *c, struct bytes line)
{
    struct rd r = rd_of(bytes_trim(line, blanks));
    bool colon;

    if (rd_left(&r) == 0 || rd_peek(&r).p[0] == '#') {
        return NULL;
    }
    struct bytes config = rd_until_any(&r, blanks);
    rd_skip_any(&r, blanks);
    struct bytes what = bytes_trim(rd_until(&r, ':', &colon), blanks);
    struct bytes rest = bytes_trim(rd_rest(&r), blanks);
    if (!bytes_is(config, "config") || !colon) {
        return "a line is 'config classification: ...' or 'config reference: ...'";
    }
    if (bytes_is(what, "classification")) {
        return add_class(c, rest);
    }
    if (bytes_is(what, "reference")) {
        return add_reference(c, rest);
    }
    return "neither a classification nor a reference";
}

bool classes_load_text(struct classes *c, struct bytes text, const char *name, unsigned *bad,
                       struct err *err)
{
    struct rd r = rd_of(text);
    unsigned wrong = 0;
    bool found;

    for (unsigned number = 1; rd_left(&r) > 0; number++) {
        const char *why = read_line(c, rd_line(&r, &found));
        if (why != NULL && wrong++ == 0) {
            err_set(err, "%s:%u: %s", name, number, why);
        }
    }
    if (bad != NULL) {
        *bad = wrong;
    }
    return wrong == 0;
}

bool classes_load(struct classes *c, const char *path, unsigned *bad, struct err *err)
{
    struct bytes text;

    if (bad != NULL) {
        *bad = 0;
    }
    if (!file_read(path, CLASSES_FILE_MAX, &text, err)) {
        return false;
    }
    bool good = classes_load_text(c, text, path, bad, err);
    file_free(text);
    return good;
}
