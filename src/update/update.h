/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * update - rule sets from elsewhere into one file: fetched, chosen from, changed, merged, written whole or not at all.
 *
 * Sources are URLs (http, https) and paths: rule files, folders, archives (.tar.gz).  What was fetched is kept and asked for
 * again with its ETag and its time; a sum beside it (.sha256, .md5) is checked.  Lists of rules to disable, enable, turn
 * into drop rules and modify are read in the ways of suricata-update and pulledpork (README.md).  A source that cannot be had is
 * an error, and what was kept of it stands in.  Works on rules' text: no rule is compiled.  Control code: one thread, memory from the system.
 */
#ifndef UPDATE_UPDATE_H
#define UPDATE_UPDATE_H

#include "base/arena.h"
#include "base/err.h"

enum { UPDATE_SOURCES = 64 };

struct update_settings {
    const char *source[UPDATE_SOURCES];
    unsigned source_n;
    const char *local[UPDATE_SOURCES]; /* files and folders of one's own: their rules go before others of the same number */
    unsigned local_n;
    const char *disable, *enable, *modify, *drop; /* lists; NULL: none */
    const char *output;        /* folder */
    bool dry_run, force /* fetch all anew */, no_checksum;
    uint32_t timeout;          /* s for one transfer; 0: 60 */
    void (*say)(void *ctx, const char *text); /* what goes wrong but does not end it; a line */
    void *ctx;
};

/* Changes of one kind, by number: gid << 32 | sid, ascending. */
struct update_list {
    uint64_t *id;
    size_t n, room;
};
struct update_result {
    unsigned sources, fetched, unchanged /* asked, and still the same */, failed;
    unsigned rules, enabled;   /* in the merged file */
    unsigned disabled, enabled_by_list, dropped, modified_by_list, for_bits /* enabled without alert, for bits that others ask */;
    unsigned twice;            /* of the same number, left out */
    struct update_list added, removed, modified, switched_off, switched_on; /* against what the file was before */
    bool written;              /* the file differs, and was written */
};

/* False with err: nothing was written. */
bool update_run(const struct update_settings *s, struct update_result *r, struct err *err);
void update_result_fini(struct update_result *r);

#endif
