/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * convert - a rule's text from one dialect into another, as far as it can be said there; what is lost is named.
 *
 * A rule is read option by option into parts (what is looked for, in which buffer, how), and the parts are written in the other
 * dialect's way.  What changes no match (a target, a note) may be lost with a word; what would change matches refuses the rule.
 * Works on text; any thread.
 */
#ifndef CONVERT_CONVERT_H
#define CONVERT_CONVERT_H

#include "base/arena.h"
#include "base/text.h"

enum convert_dialect { CONVERT_SURICATA, CONVERT_SNORT2, CONVERT_SNORT3 };
enum { CONVERT_LOST = 16 };

struct conversion {
    bool done;                     /* out holds the rule */
    const char *refused;           /* why not; in the arena */
    const char *lost[CONVERT_LOST]; /* what the other dialect has no words for; each in the arena */
    unsigned lost_n;
};
/* One rule, without its line end.  The text goes to the end of out; nothing does when it is refused. */
void convert_rule(struct arena *a, struct bytes rule, enum convert_dialect from, enum convert_dialect to, struct text *out, struct conversion *c);

#endif
