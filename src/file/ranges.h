/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ranges - files that come in parts, over several transactions and flows (HTTP byte ranges), put together again.
 *
 * A part says of which file it is (tenant, host, name), where it begins and how large the whole is; its bytes wait here until
 * all of the file has come.  The part that closes it gets the whole (ranges_part_close), and its transaction takes it as one more file.
 * One for all workers: a lock, and capture order when files are read.  Memory is a pool of its own under a cap; what is over
 * it is not kept, and counted.  Once it is half full, files that got nothing for `timeout` go when another part is begun.
 */
#ifndef FILE_RANGES_H
#define FILE_RANGES_H

#include "base/rd.h"
#include "base/turn.h"

struct ranges_settings {
    uint64_t memcap;  /* bytes of all files that are under way; 0: no cap, and files go when their time is up */
    uint32_t timeout; /* seconds */
};

struct range_of {     /* what a part says of itself */
    uint32_t tenant;
    struct bytes host, name;
    uint64_t start, end, total; /* of `total` bytes those from start to end, both told */
};

struct ranges;
struct range_part;
struct range_whole;

struct ranges *ranges_new(const struct ranges_settings *s, struct turns *turns);
void ranges_free(struct ranges *r);

/* NULL: no room, or it makes no sense.  Every part must be closed. */
struct range_part *ranges_part_open(struct ranges *r, unsigned worker, const struct range_of *of, uint64_t now);
/* b empty: a hole, what comes behind it is not kept. */
void ranges_part_add(struct ranges *r, unsigned worker, struct range_part *part, struct bytes b);
/* The whole file, when it is complete now; the caller reads it by chunks, once (n 0: the end), and gives it back. */
struct range_whole *ranges_part_close(struct ranges *r, unsigned worker, struct range_part *part);
struct bytes ranges_whole_name(const struct range_whole *w);
struct bytes ranges_whole_next(struct range_whole *w);
void ranges_whole_free(struct ranges *r, struct range_whole *w);

struct ranges_counts {
    uint64_t memuse, refused;
};
struct ranges_counts ranges_counts(struct ranges *r);

#endif
