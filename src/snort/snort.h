/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * snort - Snort's configuration, told in peccary's own settings: snort.lua of Snort 3, snort.conf of Snort 2.
 *
 * Reading fills one `struct snort_config`, which the caller owns: settings as `--set` takes them, outputs, rules, thresholds.
 * What concerns a concept that does not exist here is named in `unused`, each thing once, and is never an error.  Relative
 * names start at the configuration's folder.  Ceilings: 4 MB a file, 16 includes deep, 1,024 rule files.
 */
#ifndef SNORT_SNORT_H
#define SNORT_SNORT_H

#include "base/err.h"
#include "base/text.h"

enum { SNORT_RULE_FILES_MAX = 1024, SNORT_DEPTH_MAX = 16, SNORT_FILE_MAX = 4 << 20 };

struct snort_config {
    struct text settings;      /* "key=value", each ended by NUL, in order */
    struct text outputs;       /* entries of the list `outputs`, YAML */
    struct text rules;         /* rules that stand in the configuration itself */
    struct text thresholds;    /* lines as threshold.config has them */
    struct text classes, references; /* lines as classification.config and reference.config have them */
    struct text unused;        /* names, each ended by NUL */
    unsigned arp_host_n, list_n; /* how many of these the settings hold */
    char *rule_file[SNORT_RULE_FILES_MAX];
    unsigned rule_file_n;
    const char *tweaks;        /* the variable of that name that a snort.lua may ask; NULL */
    char *folder;              /* of the first file; "." before */
    bool builtin;              /* rules for whatever is noted */
    bool prevent;              /* as if inline */
    bool old;                  /* Snort 2 */
    struct snort_variable {
        struct snort_variable *next;
        char *name, *value;
    } *variables;
};

void snort_config_init(struct snort_config *c);
void snort_config_fini(struct snort_config *c);
/* By the name: *.lua is a program, all else is snort.conf.  path NULL: the chunks (of --lua) alone, which run behind the file. */
bool snort_config_read(struct snort_config *c, const char *path, const char *const *chunks, unsigned chunk_n, struct err *err);
/* A file of rules, which may include others: "include FILE" on a line. */
bool snort_rules_add(struct snort_config *c, const char *path, struct err *err);
/* An output by its name; file: of its own, below the log folder; else standard output. */
void snort_output_add(struct snort_config *c, const char *name, bool file, const char *options);

#endif
