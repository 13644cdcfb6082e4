/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pack - segments made smaller when they are sealed (zstd), those that are encrypted (AES-256-GCM) too; blocks out of them; keys.
 *
 * Each block is packed by itself, so it can be read without the others.  Its bytes follow one another in the file, and the index has how many
 * they are.  Without encryption the file is zstd frames in a row: what unpacks it whole gets pcapng.  What is encrypted and not packed stays as it was
 * written, page by page (vault.h).  The key of a segment is its own and lies in a file beside it, wrapped by the user's: whoever removes that file has
 * removed the segment.
 */
#ifndef RECORD_PACK_H
#define RECORD_PACK_H

#include "base/err.h"
#include "base/rd.h"
#include "record/vault.h"

enum { PACK_KEY = VAULT_KEY, PACK_ZSTD = 1, PACK_SEALED = 2, PACK_PAGES = 4 /* sealed page by page */ }; /* how a segment is packed: bits */
enum { PACK_HEAD = 64 /* bytes of a file before its first block, when it is encrypted */, PACK_ROOM = RECORD_BLOCK + (RECORD_BLOCK >> 4) + 1024 };

/* The user's key: 32 bytes of a file, or 64 hexadecimal digits. */
bool pack_key_read(const char *path, uint8_t key[PACK_KEY], struct err *err);
bool pack_can(unsigned how); /* it is built in */

static inline const char *pack_end(unsigned how) /* of a segment's name */
{
    return how == 0 ? ".pcapng" : (how & PACK_SEALED) != 0 ? ".pcapng.enc" : ".pcapng.zst";
}

struct pack_block {
    uint64_t run;
    uint32_t lane, segment, number;
};
/* A block's bytes used, into `to` of PACK_ROOM; returns how many, 0 with err. */
size_t pack_block(unsigned how, const uint8_t key[PACK_KEY], const struct pack_block *which, struct bytes used, uint8_t *to, struct err *err);
/* And back, into RECORD_BLOCK bytes; behind what was used there is padding.  False: it is not what was packed. */
bool unpack_block(unsigned how, const uint8_t key[PACK_KEY], const struct pack_block *which, struct bytes stored, uint8_t *to);
/* What stands before the first block; returns how many bytes. */
size_t pack_head(unsigned how, uint8_t to[PACK_ROOM]);

/* A segment's key, written beside it, or read.  `wrapper`: the user's. */
bool pack_key_put(const char *path, const uint8_t wrapper[PACK_KEY], const uint8_t key[PACK_KEY], struct err *err);
bool pack_key_open(const char *path, const uint8_t wrapper[PACK_KEY], uint8_t key[PACK_KEY], struct err *err);

#endif
