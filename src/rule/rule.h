/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rule - rule files in, a list of rule trees out, and a report of what could not be loaded.
 *
 * Runs on the thread that loads rules.  A rule that cannot be loaded is named with file, line, column and reason, and
 * loading goes on.  Within a source the highest revision of (gid, sid) wins; across sources all load.
 */
#ifndef RULE_RULE_H
#define RULE_RULE_H

#include "rule/keyword.h"

/* What the front ends need of the outside; all borrowed. */
struct rule_context {
    const struct keyword *const *keywords;
    const struct transform_row *transforms;
    /* Address and port expressions (config/vars): shared sets by text. */
    bool (*addresses)(void *ctx, const char *text, const struct addr_set **out, struct err *err);
    bool (*ports)(void *ctx, const char *text, const struct port_set **out, struct err *err);
    /* classtype and reference files. */
    bool (*classtype)(void *ctx, const char *name, const char **text, uint32_t *priority);
    bool (*reference)(void *ctx, const char *key, const char **prefix);
    bool (*proto_enabled)(void *ctx, unsigned id);
    void *ctx;
    bool strict;               /* --strict-rule-keywords */
};

struct rule_failure {
    uint16_t source;
    uint32_t line, column;
    uint32_t sid;              /* 0 when not reached */
    const char *reason, *hint; /* hint may be NULL */
    const char *text;
};

struct rules {
    struct arena arena;        /* everything below lives here */
    struct rule **rule; uint32_t rule_n, rule_room;
    struct rule_failure *failure; uint32_t failure_n, failure_room;
    const char **source; uint16_t source_n;         /* file names */
    uint32_t skipped;          /* commented out rules are not counted; `requires:` not met are */
};

void rules_init(struct rules *r);
void rules_fini(struct rules *r);
/* Reads one file (or all *.rules of a folder, or a glob).  Dialect by itself unless `dialect` >= 0.  False only when nothing could be read. */
bool rules_read(struct rules *r, const struct rule_context *c, const char *path, int dialect, struct err *err);
/* One rule text, for tests and the command line. */
bool rules_read_text(struct rules *r, const struct rule_context *c, const char *name, const char *text, size_t n, int dialect);
/* After all files: revisions, order (Suricata: action order, then sid order of text). */
void rules_finish(struct rules *r);

#endif
