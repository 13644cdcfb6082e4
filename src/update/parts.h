/* SPDX-License-Identifier: GPL-2.0-or-later */
/* parts - what the files of update/ share. */
#ifndef UPDATE_PARTS_H
#define UPDATE_PARTS_H

#include "update/line.h"
#include "update/update.h"

#include "base/rows.h"

#include <stdlib.h>

/* ---- files (archive.c): what a source holds ---- */
struct update_file {
    const char *name;       /* its path within the source */
    struct bytes bytes;
};
struct update_files {
    struct arena *arena;
    struct update_file *file;
    size_t n, room;
};
bool files_add(struct update_files *f, const char *name, struct bytes b);
/* The members of a gzip'd tar archive; false: it is broken, or too large. */
bool archive_read(struct update_files *f, struct bytes b, struct err *err);
/* A file, a folder with rules, or an archive, by what it is. */
bool path_read(struct update_files *f, const char *path, struct err *err);
/* Bytes that came under that name: an archive, or one file. */
bool bytes_read(struct update_files *f, const char *name, struct bytes b, struct err *err);

/* ---- fetched (fetch.c) ---- */
enum fetched { FETCHED_NEW, FETCHED_SAME, FETCHED_FAILED };
enum { TAG_MAX = 512 };
struct fetched_body {
    struct bytes kept, body;   /* what the cache holds; what came now, or the same again; empty: none */
    char etag[TAG_MAX], modified[TAG_MAX]; /* what the server says of it */
};
/* What a URL gives, and what of it is kept.  FAILED with err. */
enum fetched fetch(const struct update_settings *s, struct arena *a, const char *url, struct fetched_body *out, struct err *err);
/* The body is good: it is what is kept from now on. */
bool fetch_keep(const struct update_settings *s, const char *url, const struct fetched_body *b, struct err *err);
bool fetch_is_url(const char *source);

/* ---- rules (line.c) ---- */
struct update_rule {
    struct bytes text;      /* without what makes it a comment */
    const char *file;       /* as its source names it */
    uint32_t gid, sid, rev;
    uint16_t source;
    bool enabled, listed /* a list said so */, out /* another of its number stands for it */;
};
struct update_rules {
    struct arena *arena;
    struct update_rule *rule;
    size_t n, room;
};
bool rules_of(struct update_rules *r, const struct update_file *f, uint16_t source);
/* ---- lists (lists.c) ---- */
struct update_lists;
struct update_lists *lists_new(void);
void lists_free(struct update_lists *l);
enum list_kind { LIST_DISABLE, LIST_ENABLE, LIST_DROP, LIST_MODIFY, LIST_KINDS };
bool lists_read(struct update_lists *l, enum list_kind kind, const char *path, struct err *err);
/* Does a line of that list name the rule? */
bool lists_name(const struct update_lists *l, enum list_kind kind, const struct update_rule *r);
/* Does all that the list of changes says of a rule; changed: its text is another now, in `a`.  False: a line cannot be done, err names it. */
bool lists_modify(const struct update_lists *l, struct arena *a, struct update_rule *r, bool *changed, struct err *err);

/* ---- bits (bits.c) ---- */
/* Enables, without an alert, what sets bits that enabled rules ask and no enabled rule sets; how many. */
unsigned bits_resolve(struct update_rules *r);
struct bytes line_noalert(struct arena *a, struct bytes text);  /* with noalert among its options */

#endif
