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

/* Rules that stand in the configuration itself, or in a file that includes others: each on the line that it has there. */
struct snort_rules {
    struct snort_rules *next;
    char *name;                /* of the file */
    struct text text;
    unsigned lines;
};
enum snort_mode { SNORT_UNSAID, SNORT_TAP, SNORT_INLINE, SNORT_INLINE_TEST };

struct snort_config {
    struct text settings;      /* "key=value", then what says so, each ended by NUL, in order */
    struct text outputs;       /* entries of the list `outputs`, YAML */
    const char *letters;       /* lines of YAML that each of Snort's alert outputs has besides; NULL: none */
    struct snort_rules *rules;
    struct text thresholds;    /* lines as threshold.config has them */
    struct text classes, references; /* lines as classification.config and reference.config have them */
    struct text unused;        /* names, each ended by NUL */
    unsigned arp_host_n, list_n; /* how many of these the settings hold */
    char *rule_file[SNORT_RULE_FILES_MAX];
    unsigned rule_file_n;
    const char *tweaks;        /* the variable of that name that a snort.lua may ask; NULL */
    char *folder;              /* of the first file; "." before */
    const char *file;          /* the first file's name without its folder */
    const char *origin;        /* what is being read, for `settings`; NULL: only the file is known */
    bool builtin;              /* rules for whatever is noted */
    enum snort_mode mode;      /* ips.mode */
    bool daemon, utc;
    int umask;                 /* -1: as it is */
    bool old;                  /* Snort 2 */
    struct snort_policy {      /* how streams and fragments to some networks are put together */
        struct snort_policy *next;
        const char *name, *by; /* ours; the inspector */
        char *networks;
    } *policies;
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
/* An output by its name; file: of its own, below the log folder; else standard output (unified2 is always files). */
void snort_output_add(struct snort_config *c, const char *name, bool file, const char *options);

#endif
