/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * replace - bytes as a whole file: it is the new one or stays as it was, whatever happens.  Control code and those who save, no worker.
 */
#ifndef BASE_REPLACE_H
#define BASE_REPLACE_H

#include "base/err.h"
#include "base/rd.h"

/* Written beside, told to the disk and renamed. */
bool file_replace(const char *path, struct bytes b, struct err *err);
/* The same, but the disk is not waited for: a kill leaves a whole one too, a power cut may not. */
bool file_replace_soon(const char *path, struct bytes b, struct err *err);

#endif
