/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * inflate - raw deflate (RFC 1951) as a stream, by the fastest library at hand: ISA-L where it is, else zlib (inflate_zlib.c).
 * For unpack.c; headers and trailers around the stream are its affair.
 *
 * Both give the same bytes and the same end.  ISA-L gives up on what is broken with bytes that are none, in the first 32 KB; zlib
 * is asked then.  A stream that needs more than 64 KB for its first 32 KB and is broken there may end in up to 258 such bytes.
 * Memory comes from the taker it is made with.  One thread.
 */
#ifndef BASE_INFLATE_H
#define BASE_INFLATE_H

#include "base/rd.h"

struct inflate;

/* Where an inflater's memory comes from; take may say NULL. */
struct inflate_memory {
    void *(*take)(void *of, size_t n);
    void (*give)(void *of, void *p);
    void *of;
};

enum inflate_result {
    INFLATE_OK,  /* all input taken, or the room is full: call again */
    INFLATE_END, /* the last block is over */
    INFLATE_BAD, /* no deflate from here on; what came before was written */
};

/* NULL: no memory.  `m` outlives it. */
struct inflate *inflate_new(const struct inflate_memory *m);
void inflate_free(struct inflate *i); /* NULL is fine */
/* Reads from *in (which it shortens by what it took; behind the end at most eight bytes of earlier calls are lost) and writes at most `room` bytes, *got in number. */
enum inflate_result inflate_run(struct inflate *i, struct bytes *in, uint8_t *out, size_t room, size_t *got);

#endif
