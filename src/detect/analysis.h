/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * analysis - explains compiled rules to their author: class, conditions, buffers, literal, what is odd.
 *
 * Loading thread, once, over a ruleset that nobody runs.  Files and keys are those of Suricata's engine analysis where the
 * concept is: rules.json (an object a line), rules_analysis.txt, rules_fast_pattern.txt, patterns.json.
 */
#ifndef DETECT_ANALYSIS_H
#define DETECT_ANALYSIS_H

#include "base/err.h"
#include "base/rd.h"

struct ruleset;
struct analysis_settings {
    const char *dir;           /* where the files go */
    bool rules, fast_pattern;  /* which of them */
    bool file_store;           /* files can be stored: a rule that asks for it is right */
};
bool ruleset_analyse(const struct ruleset *r, const struct analysis_settings *s, struct err *err);

/* The lines of rules_analysis.txt about each rule, without its text. */
struct text;
struct json;
void ruleset_explain(const struct ruleset *r, const struct analysis_settings *s, struct text *out);
/* The same as rules.json has it: members of one object about the first rule. */
void ruleset_explain_json(const struct ruleset *r, const struct analysis_settings *s, struct json *j);

/* Between the files of the analysis. */
struct plan;
struct group;
void analysis_rule(const struct ruleset *r, const struct plan *p, struct json *j);        /* one object, its members */
void analysis_pattern(struct text *t, struct bytes literal);                              /* as content writes it */
const char *analysis_buffer_name(const char *name);  /* … by ours; NULL: the payload */
const char *analysis_buffer(const struct group *g);                                       /* Suricata's name of it */
const char *analysis_type(const struct plan *p);
/* Its author should know: the i-th text, NULL at the end. */
const char *analysis_warning(const struct plan *p, const struct analysis_settings *s, unsigned i);
const char *analysis_note(const struct plan *p, unsigned i);

#endif
