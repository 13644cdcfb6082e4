/* SPDX-License-Identifier: GPL-2.0-or-later */
/* line - a rule as a line of text: its options, one by one, as they are written.  Any dialect. */
#ifndef UPDATE_LINE_H
#define UPDATE_LINE_H

#include "base/rd.h"

/* The option behind *left: its name and its value, trimmed; false: there is none left. */
bool line_option(struct rd *left, struct bytes *name, struct bytes *value);
struct rd line_options(struct bytes text); /* what is between the first '(' and the last ')' */
bool line_value(struct bytes text, const char *name, struct bytes *value); /* of the first option of that name */

#endif
