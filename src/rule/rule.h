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

/*
 * Numbers for the names that rules share with the state of flows and hosts (flowbits, xbits, flow variables): dense from 0
 * per kind, never given to another name, so state stays right over a reload.  Made once by the engine; any thread may call.
 */
struct rule_names;
struct rule_names *rule_names_new(void);
void rule_names_free(struct rule_names *n);
#define RULE_NAME_NONE UINT32_MAX  /* table full: 65,536 names of a kind, or no memory */
uint32_t rule_names_put(struct rule_names *n, const char *kind, const char *name);
uint32_t rule_names_count(const struct rule_names *n, const char *kind);
uint32_t rule_names_find(const struct rule_names *n, const char *kind, const char *name); /* RULE_NAME_NONE: never named */
const char *rule_names_get(const struct rule_names *n, const char *kind, uint32_t id); /* NULL: no such number */

/* What the front ends need of the outside; all borrowed. */
struct datasets;
struct reputation;
struct rule_class {
    const char *text;
    uint32_t priority, number;          /* its place in its list, from 1 */
};
struct rule_context {
    const struct keyword *const *keywords;
    const struct transform_row *transforms;
    const struct proto *const *protos;  /* proto_table: id is 1 + the row */
    struct rule_names *names;           /* NULL: the rules get a table of their own */
    /* Address and port expressions (config/vars): shared sets by text. */
    bool (*addresses)(void *ctx, const char *text, const struct addr_set **out, struct err *err);
    bool (*ports)(void *ctx, enum dialect dialect, const char *text, const struct port_set **out, struct err *err);
    /* classtype and reference files. */
    bool (*classtype)(void *ctx, const char *name, struct rule_class *out);
    bool (*reference)(void *ctx, const char *key, const char **prefix);
    bool (*proto_enabled)(void *ctx, unsigned id);
    bool (*field_enabled)(void *ctx, unsigned id, const struct field *f); /* NULL: all are */
    struct datasets *datasets;          /* detect/: what lives over reloads; NULL: rules with a dataset are refused */
    const struct reputation *reputation; /* detect/: NULL: none */
    const struct script_rules {         /* what rules with scripts may; NULL: nothing */
        bool allowed;
        size_t memory;
        uint64_t steps;
        const char *folder;             /* where names of scripts begin; NULL: beside the rules */
    } *scripts;
    const char *geoip_database;         /* file of the keyword geoip; NULL: none, rules with it are refused */
    bool (*feature)(void *ctx, const char *name);  /* what `requires: feature` asks ("output::file-store"); NULL: none */
    void *ctx;
    const char *strict;        /* keywords whose unknown values refuse the rule, comma separated, or "all"; NULL: none */
    bool firewall;             /* these are firewall rules: accept, several actions, a scope and a hook each */
};

/* What is wrong with a rule: it was not loaded, or (a warning) it was and may not do what its author meant. */
struct rule_failure {
    bool warning;
    bool skipped;              /* `requires` is not met: no failure, and counted apart */
    uint16_t source;
    uint32_t line, column;
    const char *option;        /* the one that was read; NULL: none */
    uint32_t sid;              /* 0 when not reached */
    const char *reason, *hint; /* hint may be NULL */
    const char *text;
};

/* A thing of the system that a keyword opened, closed with the rules. */
struct rule_kept {
    struct rule_kept *next;
    const char *key;
    void *thing;
    void (*fini)(void *thing);
};

struct rule_index;             /* names and shared strings: rule/ only */
struct rules {
    struct rule_index *index;
    struct rule_names *names, *own_names;
    struct rule_kept *kept;        /* what keywords opened */
    uint32_t failed_n, warning_n;   /* of the failures below */
    struct arena text;         /* the files' bytes, which the rules' and the failures' texts lie in */
    struct arena arena;        /* everything below lives here */
    struct rule **rule; uint32_t rule_n, rule_room;
    struct rule_failure *failure; uint32_t failure_n, failure_room;
    const char **source; uint16_t source_n;         /* file names */
    uint32_t script_n;         /* scripts that they run: rule_parse_script */
    uint32_t skipped;          /* commented out rules are not counted; `requires:` not met are */
};

void rules_init(struct rules *r);
void rules_fini(struct rules *r);
/* Reads one file (or all *.rules of a folder, or a glob).  Dialect by itself unless `dialect` >= 0.  False only when nothing could be read. */
bool rules_read(struct rules *r, const struct rule_context *c, const char *path, int dialect, struct err *err);
/* The settings say that this keyword is read strictly. */
bool rule_strict(const struct rule_context *c, const char *keyword);
/* One rule text, for tests and the command line. */
bool rules_read_text(struct rules *r, const struct rule_context *c, const char *name, const char *text, size_t n, int dialect);
/* The texts of rules, and of failures but the first thousand, are NULL from here on, and take no memory: nothing else points into them. */
void rules_forget_text(struct rules *r);
/* After all files: of rules with the same number the highest revision stays, of the same revision the first. */
void rules_finish(struct rules *r);

/*
 * A threshold file (threshold.config) over the finished rules: thresholds, rate filters and suppressions join the trees.
 * Lines that are wrong are failures with file and line, a rule that is not there is a warning; the others count.
 * False with err when the file cannot be read.  The text is only read.
 */
struct rule_thresholds {
    unsigned read, wrong;      /* lines */
};
bool rules_thresholds(struct rules *r, const struct rule_context *c, const char *path, struct rule_thresholds *out, struct err *err);
bool rules_thresholds_text(struct rules *r, const struct rule_context *c, const char *name, const char *text, size_t n, struct rule_thresholds *out);

/* The tree of a rule as text, a line per part: for tests and for people (`peccary rules show`). */
struct text;
void rule_print(const struct rule *r, struct text *out);
void rule_print_match(const struct rule *r, const struct match *m, struct text *out); /* one of its conditions */

#endif
