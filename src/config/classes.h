/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * classes - what rules name by a word: classes of alerts and kinds of references.
 *
 * Two lists as classification.config and reference.config have them:
 *     config classification: trojan-activity,A Network Trojan was detected,1
 *     config reference: cve https://cve.mitre.org/cgi-bin/cvename.cgi?name=
 * Names are compared without case; a name that comes again is the first one's.  Owned by whoever made it; read by any
 * thread once made.
 */
#ifndef CONFIG_CLASSES_H
#define CONFIG_CLASSES_H

#include "base/err.h"
#include "base/rd.h"

struct class {
    const char *name;        /* "trojan-activity", in lower case */
    const char *description; /* NULL for a reference */
    const char *prefix;      /* of a reference's address; NULL for a class */
    uint32_t priority;       /* 1 is the gravest */
    uint32_t number;         /* of a class: its place in its list, from 1 */
};

struct classes;

struct classes *classes_new(void);
void classes_free(struct classes *c);
/* Adds the lines of a file or text of either kind.  A line that is wrong is left out, the others are read: false then,
 * with the first such line in err ("file:line: ...") and how many in *bad (may be NULL). */
bool classes_load(struct classes *c, const char *path, unsigned *bad, struct err *err);
bool classes_load_text(struct classes *c, struct bytes text, const char *name, unsigned *bad, struct err *err);
/* NULL when there is none of that name. */
const struct class *classes_find(const struct classes *c, const char *name);
const struct class *references_find(const struct classes *c, const char *name);
size_t classes_count(const struct classes *c);

#endif
