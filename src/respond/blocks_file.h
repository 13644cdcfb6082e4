/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * blocks_file - hosts that are kept out, in a file: what is still known of them when the program was killed.
 *
 * A line each, "ADDRESS SECONDS": until then, since 1970.  The file is written anew under another name and takes the place of the one
 * before, so there is a whole one always.  Control code, and the thread that writes records.
 */
#ifndef RESPOND_BLOCKS_FILE_H
#define RESPOND_BLOCKS_FILE_H

#include "respond/blocks.h"

/* Those in a text that are kept out at `now`.  How many lines mean nothing. */
unsigned blocks_text_read(struct bytes text, uint64_t now, void (*each)(void *ctx, const struct block *one), void *ctx);
/* … in a file, which may not be there.  False with err: it cannot be read. */
bool blocks_file_read(const char *path, uint64_t now, void (*each)(void *ctx, const struct block *one), void *ctx, unsigned *bad, struct err *err);
/* All that are kept out at `now`; nobody: no file. */
bool blocks_file_write(const char *path, struct blocks *b, uint64_t now, struct err *err);

#endif
