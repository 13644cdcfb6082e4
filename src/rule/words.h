/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * words - every word that options of Suricata's rules may begin with, for those who list them.
 *
 * Told in the order of the tables: options, keywords, transforms, buffers, the names that buffers had before there were sticky ones.  A
 * name that several protocols have comes once.  Any thread; what is told is static or lives until the call ends.
 */
#ifndef RULE_WORDS_H
#define RULE_WORDS_H

#include "rule/rule.h"

enum rule_word_kind { RULE_WORD_OPTION, RULE_WORD_TRANSFORM, RULE_WORD_BUFFER, RULE_WORD_MODIFIER, RULE_WORD_KINDS };
struct rule_word {
    const char *name, *help;   /* help: never NULL */
    const char *proto;         /* of a buffer or keyword of one protocol; NULL: of none, or of several */
    enum rule_word_kind kind;
    bool bare;                 /* takes no value */
};
/* Of the context its tables alone are read.  False: no memory; then not all were told. */
bool rule_words_each(const struct rule_context *c, void (*each)(void *ctx, const struct rule_word *w), void *ctx);

#endif
