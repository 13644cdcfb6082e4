/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * opener - looks into containers as their bytes go by: what is packed in gzip, zip, Flash and PDF comes out in its place, for rules;
 * of tar, which packs nothing, the entries, in their turn opened.
 *
 * Made when a body's first bytes begin a container that is to be opened, fed all of it, freed with the body.  Entries are opened in their
 * turn, up to a depth.  Beyond the caps (bytes in, bytes out, their ratio) nothing more comes out.  Memory is the worker's pages'.
 */
#ifndef BASE_OPENER_H
#define BASE_OPENER_H

#include "base/arena.h"

enum opener_kind { OPENER_GZIP = 1, OPENER_ZIP = 2, OPENER_SWF = 4 /* zlib */, OPENER_SWF_LZMA = 8, OPENER_PDF = 16, OPENER_TAR = 32 };
enum { OPENER_HEAD = 4 /* bytes that tell the kind */, OPENER_DEPTH_MAX = 8 };

struct opener_settings {
    unsigned kinds;           /* enum opener_kind; 0: nothing is opened */
    uint64_t in_max, out_max; /* bytes; 0: any number */
    uint32_t ratio;           /* bytes out for one in, once 64 KB came out; 0: any */
    uint32_t depth;           /* containers in one another */
};

typedef void (*opener_out)(void *ctx, struct bytes plain);

struct opener;
/* first: at least OPENER_HEAD bytes, or all there are; they are not consumed.  NULL: no container, or no memory.  With OPENER_TAR what
 * they do not rule out is taken for tar until its head is there, and then comes out as it is. */
struct opener *opener_new(struct pages *pages, const struct opener_settings *s, struct bytes first);
void opener_feed(struct opener *o, struct bytes chunk, opener_out out, void *ctx);
void opener_end(struct opener *o, opener_out out, void *ctx); /* nothing more comes: what still waited for its decision comes out */
bool opener_over(const struct opener *o);  /* a cap was reached, or it is no container from there on */
void opener_free(struct opener *o);

#endif
