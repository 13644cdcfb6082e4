/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dataset_option - what the keywords dataset and datarep say of their set: "type string, load list.csv, memcap 10mb, …".
 *
 * Rule thread; strings live in the ruleset's arena.
 */
#ifndef DETECT_DATASET_OPTION_H
#define DETECT_DATASET_OPTION_H

#include "detect/dataset.h"
#include "detect/scope.h"
#include "rule/keyword.h"

struct dataset_option {
    struct dataset_wish wish;
    const char *context_key;   /* JSON: where in the alert's context what is known of the value stands */
    bool labels;               /* match subdomain */
    bool json;                 /* format was said to be JSON */
};

/* Reads word[0..n), the options behind the name. */
bool dataset_options(struct rule_parse *p, const char *const *word, unsigned n, struct dataset_option *out, struct err *err);
/* The set a wish leads to; NULL with err. */
struct dataset *dataset_of_rule(struct rule_parse *p, const struct dataset_option *o, struct err *err);
/* Whose turn a keyword's question is. */
struct dataset_turn dataset_turn_of(const struct detect_scope *s);

#endif
