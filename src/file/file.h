/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * file - files seen in traffic: name, size, hashes, type, state; bytes for rules (file.data) and for extraction.
 *
 * A file belongs to its transaction (arena memory); what is not arena memory (hash states, the body window) is given back
 * by file_fini, which the driver calls.  Worker's thread.
 */
#ifndef FILE_FILE_H
#define FILE_FILE_H

#include "base/arena.h"

enum file_state { FILE_OPEN, FILE_CLOSED, FILE_TRUNCATED, FILE_ERROR };

struct file_hashes; /* running hash states, only when wanted */

struct file_waiting; /* bytes that are not decided on: file/store.h */

enum { FILE_TYPE_FIRST = 16, FILE_TYPE_FAR = 257 /* of tar (POSIX.1-1988) */, FILE_TYPE_FAR_BYTES = 5 };

struct file {
    struct file *next;
    struct bytes name;
    struct bytes magic;         /* libmagic's sentence; empty until asked */
    uint64_t size;              /* bytes seen, gaps counted */
    uint64_t start, end;        /* byte range of a partial content, when has_range */
    bool has_range;
    uint8_t state;              /* enum file_state */
    uint8_t side;               /* enum side */
    uint8_t fate;               /* enum file_fate (file/store.h) */
    bool stored;                /* … and it was */
    bool store_wanted;          /* a rule or a setting wants it whole: limits on bodies do not hold */
    bool logged, gaps;
    bool settled;               /* closed, and its hashes are there */
    bool passed;                /* closed, and rules have seen it for the last time */
    bool has_md5, has_sha1, has_sha256;
    uint8_t md5[16], sha1[20], sha256[32];
    struct file_hashes *hashes;
    struct body *data;          /* window for file.data (proto.h); NULL when the protocol's own body field serves it */
    struct bytes head;          /* first bytes, for the type; kept while that is asked and not known */
    uint8_t first[FILE_TYPE_FIRST], far[FILE_TYPE_FAR_BYTES]; /* what signatures of types look at */
    uint8_t first_n, far_n;
    uint64_t tx_id;
    uint32_t *sid;              /* filestore rules that asked */
    uint32_t sid_n;
    uint64_t store_id;          /* file_id of records; 0: none */
    uint64_t store_sent;        /* bytes on their way to the sink */
    struct file_waiting *waiting;
    struct range_part *part;    /* of a file that is put together from parts: file/ranges.h */
};

enum file_hash { FILE_MD5 = 1, FILE_SHA1 = 2, FILE_SHA256 = 4 };

void file_init(struct file *f, unsigned hashes);
void file_add(struct file *f, struct bytes chunk);
void file_gap(struct file *f, uint64_t n);
void file_close(struct file *f, bool truncated);
bool file_reopen(struct file *f);  /* more came in the same turn: it is open again; false: somebody has looked at it already */
void file_settle(struct file *f);  /* a closed one's hashes; before they are asked */
void file_fini(struct file *f);
/* What it is by its first bytes, of our own table; NULL: none of that.  Settled: what comes yet does not change it. */
struct file_type {
    const char *name, *group, *mime, *called; /* "PDF", "document", "application/pdf", "PDF document" */
    uint16_t at, n;
    const char *bytes;
};
void file_type_add(struct file *f, struct bytes chunk); /* before f->size counts it */
const struct file_type *file_type_of(const struct file *f);
bool file_type_settled(const struct file *f);
bool file_type_named(struct bytes name);                /* a name of a type, or of a group, any case */
bool file_type_is(const struct file_type *t, struct bytes name);
/* The first bytes are gathered in room from `a`; call before file_add. */
enum { FILE_HEAD_MAX = 4096, FILE_HEAD_ENOUGH = 512 /* to tell the type of a file that is still open */ };
void file_keep_head(struct file *f, struct bytes chunk, struct arena *a);

struct file_magic;              /* libmagic, one per worker, or our own table in its place; NULL: no memory */
struct file_magic *file_magic_new(const char *database); /* NULL: libmagic's own */
void file_magic_free(struct file_magic *m);
const char *file_magic_of(struct file_magic *m, const struct file *f);

#endif
