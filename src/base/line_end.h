/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * line_end - whether a file of lines ends where a line does: what goes on behind half a line is lost with it.
 *
 * A full disk, a kill or a power cut leaves one.  Control code and those who write, no worker.
 */
#ifndef BASE_LINE_END_H
#define BASE_LINE_END_H

#include <stdbool.h>

/* Does the file end within a line?  One that is none, is empty or cannot be read does not. */
bool line_end_missing(const char *path);

#endif
