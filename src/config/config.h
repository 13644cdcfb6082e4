/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * config - settings: a tree read from YAML and the command line, and from it the modules' typed structs.
 *
 * `struct conf` owns its nodes and every string in it until conf_free; what the functions here hand out is borrowed.
 * It is built by one thread at start (or for a reload, beside the old one); after that it may be read by any thread,
 * but marking and setting are the builder's alone.
 *
 * The tree is read as Suricata reads suricata.yaml:
 * - A path is keys joined by dots; list entries are numbered from 0: "outputs.1.eve-log.enabled".
 * - A list entry that is a map has as its value the name of its first key, so that `- eve-log: {...}` is found by
 *   iteration ("eve-log") and by path.
 * - "_" in a key is read as "-", but for the names under address-groups and port-groups.  A dot in a key makes levels.
 * - A key that comes again replaces what was there, whole.  What was set by hand (conf_set) stays, before and after.
 * - `include: FILE` or a list of files at a level, and `key: !include FILE`; relative names start at the folder of the
 *   first file.  Unquoted empty, ~ and null are no value.  Anchors, aliases and merge keys (<<) work.
 * Ceilings: 16 MB a file, 64 levels, 16 includes deep, 256 files, 64 MB and a million nodes over all.
 */
#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

#include "base/err.h"
#include "base/rd.h"
#include "base/rows.h"

#include <stdio.h>

struct conf;
struct conf_node;

/* Where a node was read.  Lines and columns from 1; line 0: set on the command line. */
struct conf_place {
    const char *file;
    uint32_t line, column;
};

struct conf *conf_new(void); /* NULL: no memory */
void conf_free(struct conf *c);

/* Adds a file, or text under a name, to the tree.  Errors begin "file:line:column: "; what was read before them stays. */
bool conf_load(struct conf *c, const char *path, struct err *err);
bool conf_load_text(struct conf *c, struct bytes yaml, const char *name, struct err *err);
/* "key.path=value", as --set takes it: final, creates what is missing, blanks before and behind = do not count. */
bool conf_set(struct conf *c, const char *assignment, struct err *err);
bool conf_set_by(struct conf *c, const char *assignment, const char *who, struct err *err); /* errors name who sets it */

/* Looking. NULL when absent.  A path "" is the node itself. */
const struct conf_node *conf_root(const struct conf *c);
const struct conf_node *conf_node(const struct conf *c, const char *path);
const struct conf_node *conf_child(const struct conf *c, const struct conf_node *from, const char *path);
const struct conf_node *conf_first(const struct conf_node *parent); /* children in the file's order */
const struct conf_node *conf_next(const struct conf_node *n);
const char *conf_name(const struct conf_node *n);  /* the last key; "" for the root */
const char *conf_value(const struct conf_node *n); /* NULL: none, or children instead */
bool conf_is_list(const struct conf_node *n);      /* its children are numbered entries */
struct conf_place conf_place(const struct conf_node *n);
/* The node's whole path; cut at `room`, always ended.  Returns out. */
char *conf_path(const struct conf_node *n, char *out, size_t room);
const char *conf_get(const struct conf *c, const char *path); /* the value; NULL: absent or none */

/* One value.  Absent or no value: true, and *out is left as it is.  Not of that kind: false and err with the place. */
bool conf_bool(const struct conf *c, const char *path, bool *out, struct err *err);
bool conf_u64(const struct conf *c, const char *path, uint64_t *out, struct err *err);
bool conf_size(const struct conf *c, const char *path, uint64_t *out, struct err *err);    /* bytes */
bool conf_seconds(const struct conf *c, const char *path, uint32_t *out, struct err *err);
/* Its place among words with blanks between, in any case; where yes or no is among them, it may be said as a bool is. */
bool conf_word(const struct conf *c, const struct conf_node *from, const char *path, const char *words, uint32_t *out, struct err *err);

/* The same from text.  bool: yes true on 1, no false off 0, in any case.  size: number with an optional fraction and
 * b, kb, mb, gb, tb (or kib ... or k ...), powers of 1024, in any case.  seconds: number with an optional s, m, h, d, w. */
bool conf_text_bool(const char *s, bool *out);
bool conf_text_u64(const char *s, uint64_t *out);
bool conf_text_size(const char *s, uint64_t *out);
bool conf_text_seconds(const char *s, uint32_t *out);

/* Fills `settings` from the rows: presets (or the environment's) first, then what the tree says, each within its range.  Marks the keys used.
 * `at` is the node the paths begin at, NULL: presets alone.  Strings belong to the tree or to the rows. */
bool conf_apply(struct conf *c, const struct option_row *rows, size_t n, void *settings, struct err *err);
bool conf_apply_at(struct conf *c, const struct conf_node *at, const struct option_row *rows, size_t n, void *settings,
                   struct err *err);

/* conf_child, and what it finds, and the way to it, is understood; the builder's, like all that marks. */
const struct conf_node *conf_read(const struct conf *c, const struct conf_node *from, const char *path);
/* Marks what the program understands: a path in which * is any one key and a last ** everything below. */
void conf_mark_used(struct conf *c, const char *path);
/* Tells each key that nothing has marked: the topmost of a whole branch, else the leaf. */
typedef void (*conf_unused_fn)(void *arg, const char *path, struct conf_place place);
void conf_unused(const struct conf *c, conf_unused_fn say, void *arg);

/* Tells each path that is not in both, or has another value: the topmost of a branch that came or went. */
typedef void (*conf_differ_fn)(void *arg, const char *path);
void conf_differ(const struct conf *before, const struct conf *after, conf_differ_fn say, void *arg);

/* "key.path = value" lines in the file's order; "(null)" for no value. */
void conf_dump(const struct conf *c, FILE *to);

#endif
