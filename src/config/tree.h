/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tree - the nodes behind config.h, for the files of this folder alone.
 */
#ifndef CONFIG_TREE_H
#define CONFIG_TREE_H

#include "base/arena.h"
#include "config/config.h"

enum {
    CONF_FILE_MAX = 16 << 20,
    CONF_MEMORY_MAX = 64 << 20,
    CONF_NODES_MAX = 1000000,
    CONF_DEPTH_MAX = 64,
    CONF_INCLUDE_DEPTH_MAX = 16,
    CONF_FILES_MAX = 256,
    CONF_NAME_MAX = 4096,
    CONF_PATH_MAX = 4096,
};

struct conf_node {
    const char *name, *value;
    struct conf_node *parent, *first, *last, *next, *prev;
    struct conf_node *bucket; /* the next with the same hash of parent and name */
    struct conf_place place;
    unsigned depth;           /* 0: the root */
    bool list;                /* children are numbered */
    bool entry;               /* a map that is an entry of a list: named after its first key */
    bool final;               /* set by hand */
    bool used;
};

struct conf {
    struct arena arena;
    struct conf_node root;
    struct conf_node **buckets; /* by parent and name */
    size_t buckets_n, nodes;
    char *folder;               /* of the first file: where includes start */
    unsigned files;
};

/* A node's child by name; NULL when absent. */
struct conf_node *tree_find(const struct conf *c, const struct conf_node *parent, struct bytes name);
/* The same, made at the end of the parent's children when absent.  NULL: a ceiling. */
struct conf_node *tree_make(struct conf *c, struct conf_node *parent, struct bytes name, struct conf_place place);
/* Along a path of keys joined by dots. */
struct conf_node *tree_make_path(struct conf *c, struct conf_node *from, const char *path, struct conf_place place);
/* Takes away children and value, but what was set by hand. */
void tree_prune(struct conf *c, struct conf_node *n);
/* Moves a node behind its parent's other children. */
void tree_to_end(struct conf_node *n);
char *tree_text(struct conf *c, struct bytes b); /* a copy; NULL: a ceiling */

/* "file:line:column: " into the error. */
bool tree_err(struct err *err, struct conf_place place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
