/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * waiting - frames that wait in a lane's memory, as who reads the record sees them.
 *
 * Live, a lane's ring lies in shared memory (/dev/shm): a page with where its frames begin and end, then the frames.  Nothing of it goes to the
 * disk.  The lane tells of a frame when it is whole, and takes its room again only when what was kept of it can be found in the segment; a reader
 * copies what there is and then leaves out what the lane took back meanwhile.  The file is locked as long as its lane lives.
 */
#ifndef RECORD_WAITING_H
#define RECORD_WAITING_H

#include "base/err.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { WAITING_HEAD = 4096 /* bytes before the first frame */, WAITING_PATH_MAX = 64 };

struct record_flow;
struct waiting {
    uint64_t ts, number, came;   /* came: ns; live monotonic, else the packet's time */
    uint32_t frame_n, wire_len;
    uint16_t link;
    uint8_t mine_n;
    bool wanted;                 /* whatever its flows did */
    struct waiting_flow {
        struct record_flow *of;  /* the lane's; NULL: of no flow */
        uint32_t piece, segment; /* where it was; its content is sketched there */
        uint8_t side;
    } mine[];
};

static inline size_t waiting_bytes(unsigned mine_n, size_t frame_n)
{
    size_t n = sizeof(struct waiting) + mine_n * sizeof(struct waiting_flow) + frame_n;

    return (n + 15) & ~(size_t)15;
}

/* The first page.  `turn` is odd while the rest changes. */
struct waiting_head {
    uint8_t magic[8];
    uint32_t entry, flow;        /* bytes of the two structures: a program of another version has others */
    uint64_t run, room;
    uint32_t lane;
    _Atomic uint32_t turn;
    _Atomic uint64_t first, last, end, n, gone; /* as in struct lane_ring; gone: frames that left since it began */
};

/* The lane's side.  The head of `room` bytes behind it, locked, cleared; NULL with err. */
struct waiting_head *waiting_open(uint64_t run, unsigned lane, size_t room, int *fd, struct err *err);
void waiting_close(struct waiting_head *h, int fd);
void waiting_sweep(void);        /* of lanes that died */

/* The reader's. */
struct waiting_copy {
    uint64_t run;
    uint32_t lane;
    uint8_t *memory;
    size_t n, at;                /* at: of the next */
};
/* False: there are none, or they are not the owner's. */
bool waiting_read(struct waiting_copy *c, uint64_t run, unsigned lane, uid_t owner);
const struct waiting *waiting_next(struct waiting_copy *c); /* NULL: no more */
void waiting_path(char out[WAITING_PATH_MAX], uint64_t run, unsigned lane);

#endif
