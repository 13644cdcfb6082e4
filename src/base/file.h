/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * file - small files whole: settings, rules, lists; and bytes whole to a file.  Control code and those who write, no worker.
 */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "base/err.h"
#include "base/rd.h"

/* All bytes of a file of at most `max`; memory from the system, the caller frees `out->p` with file_free.  A NUL that
 * does not count stands behind them. */
bool file_read(const char *path, size_t max, struct bytes *out, struct err *err);
/* … of an ordinary file alone: who asks may not be held up by a pipe that nobody writes to, or a device. */
bool file_read_plain(const char *path, size_t max, struct bytes *out, struct err *err);
void file_free(struct bytes b);
/* All bytes of b, through interrupts and writes of a part, where the file stands (`_at`: from that offset on).  How many went: fewer
 * than b.n with errno. */
size_t file_write(int fd, struct bytes b);
size_t file_write_at(int fd, struct bytes b, uint64_t offset);
/* The last n bytes of a file go, those of a record that was not written whole.  False with errno: it is none, or is shorter. */
bool file_cut(int fd, size_t n);
/* A folder and those it lies in, as far as they are not there. */
bool file_make_folder(const char *path, struct err *err);

#endif
