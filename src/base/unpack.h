/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unpack - one streaming decompressor of the kinds that protocols carry: gzip, zlib, raw deflate, brotli, lzma.
 *
 * Made when a compressed body begins, freed when it ends; its memory, the libraries' included, comes from the pages given
 * at birth and is capped per decompressor.  Checksums and lengths in trailers are not checked: a reader of traffic wants
 * the bytes a lenient peer would take.  Bytes after the end of the compressed stream are left alone.  One thread.
 */
#ifndef BASE_UNPACK_H
#define BASE_UNPACK_H

#include "base/arena.h"

enum unpack_kind { UNPACK_GZIP, UNPACK_DEFLATE /* raw, RFC 1951 */, UNPACK_ZLIB, UNPACK_BROTLI, UNPACK_LZMA };

enum unpack_result {
    UNPACK_OK,    /* all input taken, or the room is full: call again */
    UNPACK_END,   /* the compressed stream is over */
    UNPACK_BAD,   /* not that format from here on */
    UNPACK_LIMIT, /* more memory than allowed (lzma's dictionary) */
};

struct unpack;

/* memory_max: bytes the decompressor may take from `pages`; also lzma's dictionary limit.  NULL: none left. */
struct unpack *unpack_new(struct pages *pages, enum unpack_kind kind, size_t memory_max);
void unpack_free(struct unpack *u);
/* Reads from *in (which it shortens by what it took) and writes at most `room` bytes, *got in number. */
enum unpack_result unpack_run(struct unpack *u, struct bytes *in, uint8_t *out, size_t room, size_t *got);

#endif
