/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * index_map - an index's bytes in memory: the file as it lies there, or, when it is encrypted, its pages opened as they are asked for.
 *
 * Any number of threads may ask.  For index_read.c and index_sums.c, and nobody else.
 */
#ifndef RECORD_INDEX_MAP_H
#define RECORD_INDEX_MAP_H

#include "base/err.h"
#include "base/rd.h"

struct index_map;
/* The descriptor stays the caller's.  `key`: of an encrypted one; NULL: there is none. */
struct index_map *index_map_open(int fd, const char *name, const uint8_t *key, struct err *err);
void index_map_close(struct index_map *m);
struct bytes index_map_bytes(const struct index_map *m);        /* all of them; to be looked at where index_map_have says so */
bool index_map_have(struct index_map *m, struct bytes b);       /* false: what is there does not open */
void index_map_ahead(const struct index_map *m, struct bytes b); /* all of this will be read: at once, not page by page */

#endif
