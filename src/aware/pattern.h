/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pattern - what a row of a print table looks for in a sign's text: plain text with a few marks, matched in bounded time.
 *
 *   ^ at the start, $ at the end   anchors; else anywhere
 *   *                              any bytes, none too
 *   {v} a version: a digit, then letters, digits and . _ + ~ -     {n} digits     {w} a word: up to a blank or one of ;,()/"<>
 *   {t} bytes up to what stands behind it, or all that is left
 *   \t \\ \* \{ \^ \$              the byte itself
 *
 * Case does not count.  The n-th {…} is $n of the row's meaning.  There is no going back: each piece between stars takes the first
 * place where it fits, a mark takes all it can.  So a match costs at most the text's length times the pattern's, with a {t} in it
 * the text's length once more.
 *
 * Compiled into an arena, immutable then, any thread.
 */
#ifndef AWARE_PATTERN_H
#define AWARE_PATTERN_H

#include "base/arena.h"
#include "base/err.h"

enum { PATTERN_PIECES = 24, PATTERN_GROUPS = 4, PATTERN_TEXT_MAX = 1024 /* of a text; what lies behind is not looked at */ };

struct pattern_piece {
    uint8_t kind;       /* enum in pattern.c */
    struct bytes text;  /* of a literal, in lower case */
};

struct pattern {
    struct pattern_piece *pieces;
    uint8_t n, groups;
    bool start, end;
};

/* False, *column (from 0) and err, when it is none. */
bool pattern_compile(struct arena *a, struct bytes text, struct pattern *out, size_t *column, struct err *err);
/* Groups 1.. in out[0..]; those of the pattern are set. */
bool pattern_match(const struct pattern *p, struct bytes text, struct bytes out[PATTERN_GROUPS]);
/* The longest text that must be there, in lower case; empty: none. */
struct bytes pattern_literal(const struct pattern *p);
/* … and the text that it must begin and end with. */
struct bytes pattern_head(const struct pattern *p);
struct bytes pattern_tail(const struct pattern *p);

static inline uint8_t pattern_lower(uint8_t c) { return c >= 'A' && c <= 'Z' ? c | 0x20 : c; }

#endif
