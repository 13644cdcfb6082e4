/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hosts - the map under its lock, for the files of aware/ alone. */
#ifndef AWARE_HOSTS_H
#define AWARE_HOSTS_H

#include "aware/map.h"

#include <pthread.h>

struct hosts {
    pthread_mutex_t lock;
    struct map *map;
    struct prints *prints;    /* hosts_open's */
};

bool text_to(struct text *t, FILE *to); /* what is in it is written, and it is empty; false: it is not whole */
void host_row_of(const struct map *m, const struct entity *e, struct host_row *r);
/* Calls each for those that have it: an address, a name, "#number"; n: how many were before.  The sum of what it returns. */
size_t hosts_find(struct hosts *h, const char *which, size_t (*each)(void *ctx, const struct map *m, const struct entity *e, size_t n), void *ctx);
/* Is it called so, or was it?  Capitals are the same; part: as a part of a name; '?' stands for what is shown as that. */
bool entity_called(const struct entity *e, const char *name, bool part);
bool filter_takes(const struct host_filter *f, const struct map *m, const struct entity *e, const struct host_row *r);
/* What it has of an attribute's name; of several values the one of who knows best, then the last.  Empty: none. */
struct bytes entity_attribute(const struct entity *e, const char *name);
bool evidence_is_mark(const struct evidence *v); /* it says nothing but that a file has the host */
/* What is odd about it, by the names of JSON. */
extern const struct entity_mark { uint32_t flag; const char *name; } entity_marks[];
extern const unsigned entity_mark_n;

#endif
