/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * events - keywords that ask for a packet's notes, by the names of the note rows.
 */
#ifndef DETECT_EVENTS_H
#define DETECT_EVENTS_H

#include "detect/scope.h"
#include "rule/keyword.h"

/* The note called prefix + name (case does not matter); *data is its id. */
bool event_parse(struct rule_parse *p, const char *prefix, const char *name, const void **data, struct err *err);
bool event_match(struct detect_scope *s, const struct rule *r, const void *data);

#endif
