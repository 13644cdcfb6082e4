/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * YAML events into the tree of settings.  libyaml reads; what each event means stands in config.h.
 */
#include "base/file.h"
#include "config/tree.h"

#include <stdlib.h>
#include <yaml.h>

enum { ANCHORS_MAX = 4096, COPIES_MAX = CONF_NODES_MAX };

struct anchor {
    const char *name;
    struct conf_node *node;
    struct anchor *next;
};

/* One text being read; includes have their own. */
struct loader {
    struct conf *conf;
    struct err *err;
    const char *file;
    struct bytes yaml;
    yaml_parser_t parser;
    yaml_event_t event; /* the current one, until the next is taken */
    bool has_event;
    struct anchor *anchors; /* newest first */
    unsigned anchors_n;
    unsigned include_depth;
    size_t copied; /* nodes made or met by aliases */
};

static bool load_value(struct loader *l, struct conf_node *node);
static bool load_file(struct conf *c, struct conf_node *to, const char *path, unsigned depth,
                      struct err *err);

static struct conf_place place_of(const struct loader *l, yaml_mark_t mark)
{
    return (struct conf_place){ .file = l->file,
                                .line = (uint32_t)mark.line + 1,
                                .column = (uint32_t)mark.column + 1 };
}

static struct conf_place here(const struct loader *l) { return place_of(l, l->event.start_mark); }

static bool too_much(struct loader *l)
{
    return tree_err(l->err, here(l), "too many settings (%d), too deep (%d) or too long",
                    (int)CONF_NODES_MAX, (int)CONF_DEPTH_MAX);
}

/* The reader of libyaml says at which byte it stopped, not in which line. */
static struct conf_place place_of_byte(const struct loader *l, size_t offset)
{
    struct conf_place place = { .file = l->file, .line = 1, .column = 1 };

    for (size_t i = 0; i < offset && i < l->yaml.n; i++) {
        bool end = l->yaml.p[i] == '\n';
        place.line += end;
        place.column = end ? 1 : place.column + 1;
    }
    return place;
}

/* What libyaml says is wrong, where the reader stood or the text was found bad. */
static bool bad_yaml(struct loader *l)
{
    const yaml_parser_t *p = &l->parser;
    struct conf_place place = place_of(l, p->problem_mark);
    const char *problem = p->problem != NULL ? p->problem : "not readable";

    if (p->error == YAML_MEMORY_ERROR) {
        return tree_err(l->err, place, "out of memory");
    }
    if (p->error == YAML_READER_ERROR) {
        return tree_err(l->err, place_of_byte(l, p->problem_offset), "%s", problem);
    }
    if (p->context != NULL) {
        return tree_err(l->err, place, "%s, %s (line %zu)", problem, p->context,
                        p->context_mark.line + 1);
    }
    return tree_err(l->err, place, "%s", problem);
}

/* The next event becomes the current one. */
static bool take(struct loader *l)
{
    if (l->has_event) {
        yaml_event_delete(&l->event);
    }
    l->has_event = yaml_parser_parse(&l->parser, &l->event) != 0;
    return l->has_event || bad_yaml(l);
}

static struct bytes scalar_text(const struct loader *l)
{
    return bytes_of(l->event.data.scalar.value, l->event.data.scalar.length);
}

/* The current scalar as text without NULs. */
static bool scalar_ok(struct loader *l)
{
    if (bytes_find_byte(scalar_text(l), '\0') != SIZE_MAX) {
        return tree_err(l->err, here(l), "a NUL in the text");
    }
    return true;
}

/* YAML 1.1: an unquoted scalar of these words is no value. */
static bool scalar_is_null(const struct loader *l)
{
    static const char *const words[] = { "", "~", "null", "Null", "NULL" };

    if (l->event.data.scalar.style != YAML_PLAIN_SCALAR_STYLE) {
        return false;
    }
    for (size_t i = 0; i < ROWS(words); i++) {
        if (bytes_is(scalar_text(l), words[i])) {
            return true;
        }
    }
    return false;
}

static bool tag_is_include(const struct loader *l)
{
    const char *tag = (const char *)l->event.data.scalar.tag;

    return tag != NULL && strcmp(tag, "!include") == 0;
}

/* Remembers the node under the anchor of the current event, if that has one. */
static bool note_anchor(struct loader *l, struct conf_node *node)
{
    const yaml_event_t *e = &l->event;
    const yaml_char_t *name = NULL;

    if (e->type == YAML_SCALAR_EVENT) {
        name = e->data.scalar.anchor;
    } else if (e->type == YAML_SEQUENCE_START_EVENT) {
        name = e->data.sequence_start.anchor;
    } else if (e->type == YAML_MAPPING_START_EVENT) {
        name = e->data.mapping_start.anchor;
    }
    if (name == NULL) {
        return true;
    }
    struct anchor *a = arena_take(&l->conf->arena, sizeof(*a));
    char *text = tree_text(l->conf, bytes_str((const char *)name));
    if (a == NULL || text == NULL || ++l->anchors_n > ANCHORS_MAX) {
        return tree_err(l->err, here(l), "too many anchors (%d)", (int)ANCHORS_MAX);
    }
    *a = (struct anchor){ .name = text, .node = node, .next = l->anchors };
    l->anchors = a;
    return true;
}

/* What a node of the tree holds, put into another. */
static bool copy_node(struct loader *l, const struct conf_node *from, struct conf_node *to)
{
    if (!to->final) {
        to->value = from->value;
    }
    to->list = from->list;
    to->entry = to->entry || from->entry;
    for (const struct conf_node *child = from->first; child != NULL; child = child->next) {
        struct conf_node *made = tree_make(l->conf, to, bytes_str(child->name), child->place);
        if (made == NULL || ++l->copied > COPIES_MAX) {
            return too_much(l);
        }
        if (!copy_node(l, child, made)) {
            return false;
        }
    }
    return true;
}

/* The node the current alias means; NULL, and the reason, when it may not be copied to `to`. */
static const struct conf_node *alias_node(struct loader *l, const struct conf_node *to)
{
    const char *name = (const char *)l->event.data.alias.anchor;
    const struct anchor *a = l->anchors;

    while (a != NULL && strcmp(a->name, name) != 0) {
        a = a->next;
    }
    if (a == NULL) {
        tree_err(l->err, here(l), "no anchor &%s stands before *%s", name, name);
        return NULL;
    }
    for (; to != NULL; to = to->parent) {
        if (to == a->node) {
            tree_err(l->err, here(l), "*%s stands inside its own anchor", name);
            return NULL;
        }
    }
    return a->node;
}

static bool merge_one(struct loader *l, struct conf_node *to)
{
    if (l->event.type != YAML_ALIAS_EVENT) {
        return tree_err(l->err, here(l), "<< takes an alias or a list of them");
    }
    const struct conf_node *from = alias_node(l, to);
    if (from == NULL) {
        return false;
    }
    for (const struct conf_node *child = from->first; child != NULL; child = child->next) {
        bool there = tree_find(l->conf, to, bytes_str(child->name)) != NULL;
        struct conf_node *made = tree_make(l->conf, to, bytes_str(child->name), child->place);
        if (made == NULL || ++l->copied > COPIES_MAX) {
            return too_much(l);
        }
        if (!there && !copy_node(l, child, made)) {
            return false;
        }
    }
    return true;
}

/* `<<: *name` or `<<: [*one, *two]`: keys that are not there yet. */
static bool load_merge(struct loader *l, struct conf_node *to)
{
    if (!take(l)) {
        return false;
    }
    if (l->event.type != YAML_SEQUENCE_START_EVENT) {
        return merge_one(l, to);
    }
    for (;;) {
        if (!take(l)) {
            return false;
        }
        if (l->event.type == YAML_SEQUENCE_END_EVENT) {
            return true;
        }
        if (!merge_one(l, to)) {
            return false;
        }
    }
}

/* Reads the file the current scalar names into the node. */
static bool load_include(struct loader *l, struct conf_node *to)
{
    struct conf_place from = here(l);
    char path[CONF_PATH_MAX];

    if (l->event.type != YAML_SCALAR_EVENT) {
        return tree_err(l->err, from, "include takes a file name or a list of them");
    }
    if (!scalar_ok(l) || scalar_is_null(l)) {
        return scalar_is_null(l);
    }
    const char *name = (const char *)l->event.data.scalar.value;
    bool absolute = name[0] == '/';
    const char *folder = l->conf->folder != NULL ? l->conf->folder : ".";
    int n = snprintf(path, sizeof(path), "%s%s%s", absolute ? "" : folder, absolute ? "" : "/", name);
    if (n < 0 || (size_t)n >= sizeof(path)) {
        return tree_err(l->err, from, "the name of the file to include is too long");
    }
    if (l->include_depth >= CONF_INCLUDE_DEPTH_MAX) {
        return tree_err(l->err, from, "files include each other more than %d deep",
                        (int)CONF_INCLUDE_DEPTH_MAX);
    }
    struct err inner = { "" };
    if (load_file(l->conf, to, path, l->include_depth + 1, &inner)) {
        return true;
    }
    return err_set(l->err, "%.900s (included at %.64s:%u:%u)", inner.text, from.file, from.line,
                   from.column);
}

static bool load_includes(struct loader *l, struct conf_node *to)
{
    if (!take(l)) {
        return false;
    }
    if (l->event.type != YAML_SEQUENCE_START_EVENT) {
        return load_include(l, to);
    }
    for (;;) {
        if (!take(l)) {
            return false;
        }
        if (l->event.type == YAML_SEQUENCE_END_EVENT) {
            return true;
        }
        if (!load_include(l, to)) {
            return false;
        }
    }
}

/* Variables keep their names; all other keys are written with dashes. */
static bool keeps_names(const struct conf_node *n)
{
    return strcmp(n->name, "address-groups") == 0 || strcmp(n->name, "port-groups") == 0;
}

/* The node that the current scalar, a key, names below the parent; emptied when it was there. */
static struct conf_node *key_node(struct loader *l, struct conf_node *parent)
{
    struct bytes text = scalar_text(l);

    if (text.n == 0 || text.n > CONF_NAME_MAX) {
        tree_err(l->err, here(l), text.n == 0 ? "an empty key" : "a key too long");
        return NULL;
    }
    if (!scalar_ok(l)) {
        return NULL;
    }
    char *name = tree_text(l->conf, text);
    for (char *p = name; p != NULL && *p != '\0' && !keeps_names(parent); p++) {
        *p = *p == '_' ? '-' : *p;
    }
    struct conf_node *node =
        name != NULL ? tree_make_path(l->conf, parent, name, here(l)) : NULL;
    if (node == NULL) {
        (void)too_much(l);
        return NULL;
    }
    if (!node->final) {
        tree_prune(l->conf, node);
        node->place = here(l);
    }
    if (parent->entry && parent->value == NULL) {
        parent->value = name;
    }
    return node;
}

static bool load_map(struct loader *l, struct conf_node *parent)
{
    for (;;) {
        if (!take(l)) {
            return false;
        }
        if (l->event.type == YAML_MAPPING_END_EVENT) {
            return true;
        }
        if (l->event.type != YAML_SCALAR_EVENT) {
            return tree_err(l->err, here(l), "a key must be a word");
        }
        bool good;
        if (bytes_is(scalar_text(l), "include")) {
            good = load_includes(l, parent);
        } else if (bytes_is(scalar_text(l), "<<")) {
            good = load_merge(l, parent);
        } else {
            struct conf_node *node = key_node(l, parent);
            good = node != NULL && take(l) && load_value(l, node);
        }
        if (!good) {
            return false;
        }
    }
}

/* Entries set by hand beforehand keep their settings and take their place in the order; those
 * beyond the list stand behind it. */
static bool load_list(struct loader *l, struct conf_node *parent)
{
    struct conf_node *first = NULL;

    parent->list = true;
    for (unsigned i = 0;; i++) {
        char name[16];
        if (!take(l)) {
            return false;
        }
        if (l->event.type == YAML_SEQUENCE_END_EVENT) {
            break;
        }
        int n = snprintf(name, sizeof(name), "%u", i);
        struct conf_node *entry =
            tree_make(l->conf, parent, bytes_of(name, (size_t)n), here(l));
        if (entry == NULL) {
            return too_much(l);
        }
        tree_to_end(entry);
        first = first != NULL ? first : entry;
        if (l->event.type == YAML_MAPPING_START_EVENT) {
            entry->entry = true;
        }
        if (!load_value(l, entry)) {
            return false;
        }
    }
    while (first != NULL && parent->first != first) {
        tree_to_end(parent->first);
    }
    return true;
}

static bool load_scalar(struct loader *l, struct conf_node *node)
{
    if (tag_is_include(l)) {
        return load_include(l, node);
    }
    if (!scalar_ok(l)) {
        return false;
    }
    if (node->final && node->value != NULL) {
        return true;
    }
    /* A branch set by hand is not turned into a value, but an entry's word still names it. */
    if (node->final && !(node->parent != NULL && node->parent->list)) {
        return true;
    }
    node->place = here(l);
    if (scalar_is_null(l)) {
        return true;
    }
    node->value = tree_text(l->conf, scalar_text(l));
    return node->value != NULL || too_much(l);
}

static bool load_alias(struct loader *l, struct conf_node *node)
{
    const struct conf_node *from = alias_node(l, node);

    if (from == NULL || !copy_node(l, from, node)) {
        return false;
    }
    if (node->parent->list && node->value == NULL && node->first != NULL && !node->list) {
        node->entry = true;
        node->value = node->first->name;
    }
    return true;
}

/* The current event, and what belongs to it, into the node. */
static bool load_value(struct loader *l, struct conf_node *node)
{
    if (!note_anchor(l, node)) {
        return false;
    }
    switch ((int)l->event.type) {
    case YAML_SCALAR_EVENT:
        return load_scalar(l, node);
    case YAML_SEQUENCE_START_EVENT:
        return load_list(l, node);
    case YAML_MAPPING_START_EVENT:
        return load_map(l, node);
    case YAML_ALIAS_EVENT:
        return load_alias(l, node);
    default:
        return tree_err(l->err, here(l), "a value is missing");
    }
}

/* The whole text: documents follow each other into the same node. */
static bool load_stream(struct loader *l, struct conf_node *to)
{
    for (;;) {
        if (!take(l)) {
            return false;
        }
        switch ((int)l->event.type) {
        case YAML_STREAM_END_EVENT:
            return true;
        case YAML_STREAM_START_EVENT:
        case YAML_DOCUMENT_START_EVENT:
        case YAML_DOCUMENT_END_EVENT:
            break;
        case YAML_SCALAR_EVENT:
            if (scalar_is_null(l)) {
                break;
            }
            return tree_err(l->err, here(l), "settings are lines of the kind key: value");
        case YAML_SEQUENCE_START_EVENT:
            if (to->parent == NULL) {
                return tree_err(l->err, here(l), "settings are a map, not a list");
            }
            if (!load_list(l, to)) {
                return false;
            }
            break;
        default:
            if (!load_value(l, to)) {
                return false;
            }
        }
    }
}

static bool load_bytes(struct conf *c, struct conf_node *to, struct bytes yaml, const char *name,
                       unsigned depth, struct err *err)
{
    struct loader l = { .conf = c, .err = err, .yaml = yaml, .include_depth = depth };

    l.file = tree_text(c, bytes_str(name));
    if (l.file == NULL || yaml.n > CONF_FILE_MAX || ++c->files > CONF_FILES_MAX) {
        return err_set(err, "%s: too many settings files (%d) or more than %d bytes", name,
                       (int)CONF_FILES_MAX, (int)CONF_FILE_MAX);
    }
    if (yaml_parser_initialize(&l.parser) == 0) {
        return err_set(err, "%s: out of memory", name);
    }
    yaml_parser_set_input_string(&l.parser, yaml.p, yaml.n);
    bool good = load_stream(&l, to);
    if (l.has_event) {
        yaml_event_delete(&l.event);
    }
    yaml_parser_delete(&l.parser);
    return good;
}

static bool load_file(struct conf *c, struct conf_node *to, const char *path, unsigned depth,
                      struct err *err)
{
    struct bytes yaml;

    if (!file_read(path, CONF_FILE_MAX, &yaml, err)) {
        return false;
    }
    bool good = load_bytes(c, to, yaml, path, depth, err);
    file_free(yaml);
    return good;
}

bool conf_load(struct conf *c, const char *path, struct err *err)
{
    if (c->folder == NULL) {
        const char *slash = strrchr(path, '/');
        size_t n = slash == NULL ? 0 : slash == path ? 1 : (size_t)(slash - path);
        c->folder = n == 0 ? strdup(".") : strndup(path, n);
    }
    return load_file(c, &c->root, path, 0, err);
}

bool conf_load_text(struct conf *c, struct bytes yaml, const char *name, struct err *err)
{
    return load_bytes(c, &c->root, yaml, name, 0, err);
}
