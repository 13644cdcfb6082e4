/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * shadow - rules that are only to say what they would do: of those that the settings name, none drops or rejects (detect.shadow.rules,
 * detect.shadow.metadata).
 *
 * Made and asked on the thread that compiles rules.
 */
#ifndef DETECT_SHADOW_H
#define DETECT_SHADOW_H

#include "rule/rule.h"

struct shadow;
/* Lists with commas between their parts: numbers of rules (SID, GID:SID, SID-SID); keys of metadata, each with a value behind a
 * blank or without.  NULL with err: what is neither. */
struct shadow *shadow_new(const char *rules, const char *metadata, struct err *err);
void shadow_free(struct shadow *s);
bool shadow_has(const struct shadow *s, const struct rule *r);

#endif
