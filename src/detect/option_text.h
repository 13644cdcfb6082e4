/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * option_text - a keyword's argument cut into words, for parse(); rule thread, memory from the ruleset's arena.
 */
#ifndef DETECT_OPTION_TEXT_H
#define DETECT_OPTION_TEXT_H

#include "detect/scope.h"
#include "rule/keyword.h"

/* Pieces between `separator`s, blanks around them gone; at most `max` are stored, the number found is returned. */
unsigned option_words(struct arena *a, const char *argument, char separator, const char **out, unsigned max);
/* "name rest": is it that name?  *rest is what follows the blanks. */
bool option_named(const char *word, const char *name, const char **rest);
bool option_u32(const char *word, uint32_t *out);
/* The row's index in an array of names ended by NULL; -1. */
int option_choice(const char *word, const char *const *names);

/* `name,"literal"` of the keyword being parsed: a variable's name and what it must hold. */
struct option_variable {
    const char *name;
    struct bytes want;
};
bool option_variable(struct rule_parse *p, const char *argument, struct option_variable *out, struct err *err);

#endif
