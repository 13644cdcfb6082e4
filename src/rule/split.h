/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * split - the text of a rule file cut into rules: comments left out, continued lines joined.  Shared by all dialects.
 *
 * Works in place: a rule's text points into the file's bytes, closed with NUL.  Lines whose first byte is '#', a blank or an
 * end are no rules as in Suricata, while in Snort's a rule may stand behind blanks; a backslash at the end of a line joins the next one, in
 * Snort 3 an open parenthesis too.
 */
#ifndef RULE_SPLIT_H
#define RULE_SPLIT_H

#include "base/rd.h"

#define RULE_JOINTS_MAX 32     /* joined lines whose places are kept; columns behind them count from the last */

struct rule_line {
    char *text;                /* joined, without line end, NUL behind it */
    size_t n;
    uint32_t number;           /* line it begins on, 1-based */
    bool too_long;             /* longer than RULE_TEXT_MAX: text is cut there */
    uint8_t joint_n;
    struct {
        uint32_t at;           /* offset in text where a further line begins */
    } joint[RULE_JOINTS_MAX];
};

struct rule_split {
    char *p, *end;
    uint32_t line;
    bool indents;              /* a rule may begin behind blanks (Snort's) */
    bool spans;                /* a rule goes on until its parenthesis closes (Snort 3), or another rule begins */
};

/* Does a rule begin there: an action, a blank behind it? */
bool rule_begins(const char *text);
void rule_split_init(struct rule_split *s, char *bytes, size_t n, int dialect); /* bytes[n] must be writable; enum dialect */
bool rule_split_next(struct rule_split *s, struct rule_line *out);
/* Column of the joined text (1-based; 0: the rule as a whole) to line and column of the file. */
void rule_line_place(const struct rule_line *l, uint32_t at, uint32_t *line, uint32_t *column);
/* dialect.c: the dialect a file seems to be written in: enum dialect. */
int rule_split_dialect(const char *bytes, size_t n);

#endif
