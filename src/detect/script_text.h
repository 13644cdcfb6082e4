/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * script_text - JavaScript (ECMA-262) in the form that Snort 3 documents for js_data: comments and blanks out, names that
 * are not the language's own or the browser's as var_0000 …, strings that are added joined, escapes and calls of
 * unescape(), decodeURI(), String.fromCharCode() and their like as the text they stand for.
 *
 * Works on whole text in one go, into an arena; caps on names, nesting and output.  What is no script ends it: what was
 * made before stays.  detect/ only.
 */
#ifndef DETECT_SCRIPT_TEXT_H
#define DETECT_SCRIPT_TEXT_H

#include "base/arena.h"

/* Of a page: its scripts one after the other, with the same names; of a script: itself.  False: neither, or no memory. */
bool script_text(struct arena *a, struct bytes in, struct bytes *out);

/* script_names.c: is it kept as it is: a word of the language; a name known everywhere; a property of such a kind? */
bool script_keyword(struct bytes name);
bool script_global(struct bytes name);
bool script_property(struct bytes name);

#endif
