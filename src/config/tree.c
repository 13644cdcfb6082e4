/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config/tree.h"

#include "base/hash.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>

enum { BUCKETS_FIRST = 1024 };

struct conf *conf_new(void)
{
    struct conf *c = calloc(1, sizeof(*c));

    if (c == NULL) {
        return NULL;
    }
    arena_init(&c->arena, NULL, CONF_MEMORY_MAX);
    c->buckets = calloc(BUCKETS_FIRST, sizeof(*c->buckets));
    if (c->buckets == NULL) {
        free(c);
        return NULL;
    }
    c->buckets_n = BUCKETS_FIRST;
    c->root.name = "";
    c->root.place.file = "";
    return c;
}

void conf_free(struct conf *c)
{
    if (c != NULL) {
        arena_fini(&c->arena);
        free(c->buckets);
        free(c->folder);
        free(c);
    }
}

char *tree_text(struct conf *c, struct bytes b) { return arena_str(&c->arena, b); }

static uint64_t hash_of(const struct conf_node *parent, struct bytes name)
{
    return hash_bytes(name.p, name.n, (uint64_t)(uintptr_t)parent);
}

struct conf_node *tree_find(const struct conf *c, const struct conf_node *parent, struct bytes name)
{
    struct conf_node *n = c->buckets[hash_of(parent, name) & (c->buckets_n - 1)];

    while (n != NULL && (n->parent != parent || !bytes_is(name, n->name))) {
        n = n->bucket;
    }
    return n;
}

static struct conf_node **bucket_of(struct conf *c, const struct conf_node *n)
{
    return &c->buckets[hash_of(n->parent, bytes_str(n->name)) & (c->buckets_n - 1)];
}

/* Twice the buckets, everything put in anew; when there is no memory the old ones do. */
static void buckets_grow(struct conf *c)
{
    struct conf_node **old = c->buckets;
    size_t old_n = c->buckets_n;
    struct conf_node **grown = calloc(old_n * 2, sizeof(*grown));

    if (grown == NULL) {
        return;
    }
    c->buckets = grown;
    c->buckets_n = old_n * 2;
    for (size_t i = 0; i < old_n; i++) {
        for (struct conf_node *n = old[i], *next; n != NULL; n = next) {
            next = n->bucket;
            struct conf_node **b = bucket_of(c, n);
            n->bucket = *b;
            *b = n;
        }
    }
    free(old);
}

static void link_last(struct conf_node *n)
{
    struct conf_node *parent = n->parent;

    n->next = NULL;
    n->prev = parent->last;
    if (parent->last != NULL) {
        parent->last->next = n;
    } else {
        parent->first = n;
    }
    parent->last = n;
}

static void unlink_node(struct conf_node *n)
{
    struct conf_node *parent = n->parent;

    if (n->prev != NULL) {
        n->prev->next = n->next;
    } else {
        parent->first = n->next;
    }
    if (n->next != NULL) {
        n->next->prev = n->prev;
    } else {
        parent->last = n->prev;
    }
}

void tree_to_end(struct conf_node *n)
{
    unlink_node(n);
    link_last(n);
}

struct conf_node *tree_make(struct conf *c, struct conf_node *parent, struct bytes name,
                            struct conf_place place)
{
    struct conf_node *n = tree_find(c, parent, name);

    if (n != NULL) {
        return n;
    }
    if (c->nodes >= CONF_NODES_MAX || name.n > CONF_NAME_MAX || parent->depth >= CONF_DEPTH_MAX) {
        return NULL;
    }
    n = arena_zero(&c->arena, sizeof(*n));
    if (n == NULL || (n->name = tree_text(c, name)) == NULL) {
        return NULL;
    }
    n->parent = parent;
    n->depth = parent->depth + 1;
    n->place = place;
    if (++c->nodes > c->buckets_n) {
        buckets_grow(c);
    }
    struct conf_node **b = bucket_of(c, n);
    n->bucket = *b;
    *b = n;
    link_last(n);
    return n;
}

struct conf_node *tree_make_path(struct conf *c, struct conf_node *from, const char *path,
                                 struct conf_place place)
{
    struct rd r = rd_of(bytes_str(path));
    bool more = true;

    while (more && from != NULL) {
        struct bytes key = rd_until(&r, '.', &more);
        from = tree_make(c, from, key, place);
    }
    return from;
}

/* Nodes that are gone stay in the arena, which goes as a whole. */
static void drop_node(struct conf *c, struct conf_node *n)
{
    struct conf_node **b = bucket_of(c, n);

    while (*b != n) {
        b = &(*b)->bucket;
    }
    *b = n->bucket;
    unlink_node(n);
}

void tree_prune(struct conf *c, struct conf_node *n)
{
    for (struct conf_node *child = n->first, *next; child != NULL; child = next) {
        next = child->next;
        if (!child->final) {
            tree_prune(c, child);
            if (child->first == NULL) {
                drop_node(c, child);
            }
        }
    }
    n->value = NULL;
    n->list = false;
}

bool conf_set(struct conf *c, const char *assignment, struct err *err) { return conf_set_by(c, assignment, "command line", err); }

bool conf_set_by(struct conf *c, const char *assignment, const char *who, struct err *err)
{
    const char *equals = strchr(assignment, '=');
    struct conf_place place = { .file = tree_text(c, bytes_str(who)) };
    char path[CONF_PATH_MAX];

    if (equals == NULL) {
        return err_set(err, "not of the form key=value: %.200s", assignment);
    }
    struct bytes key = bytes_trim(bytes_of(assignment, (size_t)(equals - assignment)), " \t\r\n");
    struct bytes value = bytes_str(equals + 1);
    while (value.n > 0 && isspace(value.p[0])) {
        value = bytes_from(value, 1);
    }
    if (key.n == 0 || key.n >= sizeof(path)) {
        return err_set(err, "no usable key before =: %.200s", assignment);
    }
    memcpy(path, key.p, key.n);
    path[key.n] = '\0';

    struct conf_node *n = tree_make_path(c, &c->root, path, place);
    char *text = tree_text(c, value);
    if (n == NULL || text == NULL || place.file == NULL) {
        return err_set(err, "too many or too long settings: %.200s", assignment);
    }
    n->value = text;
    n->place = place;
    /* And the way to it, where it was made for this. */
    for (n->final = true; n != &c->root; n = n->parent) {
        n->final = n->final || n->place.line == 0;
    }
    return true;
}

const struct conf_node *conf_root(const struct conf *c) { return &c->root; }

const struct conf_node *conf_child(const struct conf *c, const struct conf_node *from, const char *path)
{
    struct rd r = rd_of(bytes_str(path));
    bool more = *path != '\0';

    while (more && from != NULL) {
        struct bytes key = rd_until(&r, '.', &more);
        from = tree_find(c, from, key);
    }
    return from;
}

const struct conf_node *conf_node(const struct conf *c, const char *path)
{
    return conf_child(c, &c->root, path);
}

const struct conf_node *conf_first(const struct conf_node *parent) { return parent->first; }
const struct conf_node *conf_next(const struct conf_node *n) { return n->next; }
const char *conf_name(const struct conf_node *n) { return n->name; }
const char *conf_value(const struct conf_node *n) { return n->value; }
bool conf_is_list(const struct conf_node *n) { return n->list; }
struct conf_place conf_place(const struct conf_node *n) { return n->place; }

char *conf_path(const struct conf_node *n, char *out, size_t room)
{
    const struct conf_node *way[CONF_DEPTH_MAX + 2];
    size_t depth = 0, at = 0;

    for (; n->parent != NULL && depth < ROWS(way); n = n->parent) {
        way[depth++] = n;
    }
    out[0] = '\0';
    while (depth > 0 && at < room) {
        const char *name = way[--depth]->name;
        int wrote = snprintf(out + at, room - at, depth > 0 ? "%s." : "%s", name);
        at += wrote > 0 ? (size_t)wrote : 0;
    }
    return out;
}

const char *conf_get(const struct conf *c, const char *path)
{
    const struct conf_node *n = conf_node(c, path);

    return n != NULL ? n->value : NULL;
}

bool tree_err(struct err *err, struct conf_place place, const char *format, ...)
{
    va_list args;
    char text[800];

    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (place.line == 0) {
        return err_set(err, "%s: %s", place.file, text);
    }
    return err_set(err, "%s:%u:%u: %s", place.file, place.line, place.column, text);
}

static const struct conf_node *used(const struct conf_node *n)
{
    if (n != NULL) {
        ((struct conf_node *)(uintptr_t)n)->used = true; /* the tree is the caller's to change */
    }
    return n;
}

const struct conf_node *conf_read(const struct conf *c, const struct conf_node *from, const char *path)
{
    struct rd r = rd_of(bytes_str(path));
    const struct conf_node *n = from;

    for (bool more = *path != '\0'; more && n != NULL;) {
        n = used(tree_find(c, n, rd_until(&r, '.', &more)));
    }
    return *path != '\0' ? n : used(from);
}

static void mark_branch(struct conf_node *n)
{
    n->used = true;
    for (struct conf_node *child = n->first; child != NULL; child = child->next) {
        mark_branch(child);
    }
}

static void mark(struct conf *c, struct conf_node *n, struct rd path)
{
    bool more;
    struct bytes key = rd_until(&path, '.', &more);

    if (bytes_is(key, "**")) {
        mark_branch(n);
        return;
    }
    if (!bytes_is(key, "*")) {
        struct conf_node *child = tree_find(c, n, key);
        if (child != NULL && more) {
            mark(c, child, path);
        } else if (child != NULL) {
            child->used = true;
        }
        return;
    }
    for (struct conf_node *child = n->first; child != NULL; child = child->next) {
        if (more) {
            mark(c, child, path);
        } else {
            child->used = true;
        }
    }
}

void conf_mark_used(struct conf *c, const char *path) { mark(c, &c->root, rd_of(bytes_str(path))); }

static bool branch_used(const struct conf_node *n)
{
    if (n->used) {
        return true;
    }
    for (const struct conf_node *child = n->first; child != NULL; child = child->next) {
        if (branch_used(child)) {
            return true;
        }
    }
    return false;
}

static void tell_unused(const struct conf_node *n, conf_unused_fn say, void *arg)
{
    char path[CONF_PATH_MAX];

    for (const struct conf_node *child = n->first; child != NULL; child = child->next) {
        if (!branch_used(child)) {
            say(arg, conf_path(child, path, sizeof(path)), child->place);
        } else {
            tell_unused(child, say, arg);
        }
    }
}

void conf_unused(const struct conf *c, conf_unused_fn say, void *arg)
{
    tell_unused(&c->root, say, arg);
}

static void dump(const struct conf_node *n, FILE *to)
{
    char path[CONF_PATH_MAX];

    for (const struct conf_node *child = n->first; child != NULL; child = child->next) {
        fprintf(to, "%s = %s\n", conf_path(child, path, sizeof(path)),
                child->value != NULL ? child->value : "(null)");
        dump(child, to);
    }
}

void conf_dump(const struct conf *c, FILE *to) { dump(&c->root, to); }
