/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vault - a file of an encrypted segment: what lies on the disk is pages, each sealed by itself.
 *
 * 4,096 bytes tell what the file is; then each 4,096 bytes are a nonce, a tag and 4,068 bytes of content (AES-256-GCM).  A page opens with the segment's
 * key in its own place of its own kind of file only.  Pages are written again as they fill, each time with another nonce; those that were not written do
 * not open.  A vault is one thread's.
 */
#ifndef RECORD_VAULT_H
#define RECORD_VAULT_H

#include "base/err.h"
#include "base/rd.h"
#include "record/format.h"

enum { VAULT_KEY = 32, VAULT_PAGE = 4096, VAULT_SEAL = 28 /* nonce, tag */, VAULT_ROOM = VAULT_PAGE - VAULT_SEAL };
enum { VAULT_PAGES = RECORD_BLOCK / VAULT_PAGE /* of a block */, VAULT_BLOCK = VAULT_PAGES * VAULT_ROOM /* bytes of it */ };
enum vault_kind { VAULT_SEGMENT = 1, VAULT_JOURNAL, VAULT_INDEX };

struct vault;
struct vault *vault_new(const uint8_t key[VAULT_KEY], enum vault_kind kind, struct err *err);
void vault_free(struct vault *v);

void vault_head(enum vault_kind kind, uint8_t to[VAULT_PAGE]); /* the first bytes of the file */
bool vault_is(struct bytes head, enum vault_kind kind);
static inline uint64_t vault_at(uint64_t page) { return RECORD_FILE_HEAD + page * VAULT_PAGE; } /* where it is in the file */
static inline uint64_t vault_pages(uint64_t bytes) { return (bytes + VAULT_ROOM - 1) / VAULT_ROOM; } /* that hold so many */

bool vault_seal(struct vault *v, uint64_t page, const uint8_t content[VAULT_ROOM], uint8_t to[VAULT_PAGE]);
/* False: it is not what was sealed there. */
bool vault_open(struct vault *v, uint64_t page, const uint8_t sealed[VAULT_PAGE], uint8_t to[VAULT_ROOM]);
/* n pages from `page` on, their content one after the other; returns how many bytes from the first on are as they were sealed. */
size_t vault_read(struct vault *v, int fd, uint64_t page, size_t n, uint8_t *to);

#endif
