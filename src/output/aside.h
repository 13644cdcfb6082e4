/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * aside - the files a log has left behind, NAME.NUMBER or NAME.NUMBER.NUMBER: the oldest go beyond so many, those of earlier runs too.
 */
#ifndef OUTPUT_ASIDE_H
#define OUTPUT_ASIDE_H

#include "output/sink.h"

struct aside {
    uint32_t keep;         /* 0: all, and nothing is remembered */
    char **path;           /* oldest first */
    size_t n, room;
};

/* Those that stand there: DIR/NAME.NUMBER, the number at least `least`, and what else `ending` lets stand behind it (NULL: nothing). */
void aside_find(struct sink *s, struct aside *a, const char *dir, const char *name, uint64_t least, const char *ending);
void aside_add(struct sink *s, struct aside *a, const char *path);
void aside_fini(struct aside *a);

#endif
