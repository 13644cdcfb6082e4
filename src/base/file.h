/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * file - small files whole: settings, rules, lists.  Control code only.
 */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "base/err.h"
#include "base/rd.h"

/* All bytes of a file of at most `max`; memory from the system, the caller frees `out->p` with file_free.  A NUL that
 * does not count stands behind them. */
bool file_read(const char *path, size_t max, struct bytes *out, struct err *err);
void file_free(struct bytes b);
/* A folder and those it lies in, as far as they are not there. */
bool file_make_folder(const char *path, struct err *err);

#endif
