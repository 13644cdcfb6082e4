/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lane - the inside of a recorder, shared by recorder.c, lane.c, lane_segment.c and lane_sketch.c and nobody else.
 */
#ifndef RECORD_LANE_H
#define RECORD_LANE_H

#include "base/slab.h"
#include "record/disk.h"
#include "record/ledger.h"
#include "record/recorder.h"

#include <limits.h>
#include <pthread.h>

enum { PIECES_MAX = 32 /* of one frame */, PAIRS = 1024 /* of addresses that fragments go between */, STEM_MAX = 96 };

struct recorder {
    struct recorder_settings settings;
    const char *app[INDEX_APP_MAX];
    struct disk *disk;
    uint64_t run;
    pthread_mutex_t lock;        /* of err, failed: the disk's thread tells */
    struct err err;
    bool failed;
};

/* The last bytes of a run of a stream: what follows may begin in them. */
struct tail {
    uint64_t end;                /* stream offset behind them */
    uint8_t n, b[SKETCH_BACK];
};

/* Of a flow. */
struct record_flow {
    uint32_t piece, segment;     /* its piece, when `segment` is the lane's */
    uint64_t said;               /* bytes that were sketched */
    uint64_t kept;               /* bytes of its frames */
    uint16_t flags;              /* enum record_flow_flag: what later pieces have too */
    uint8_t app_n, app[PIECE_APPS];
    bool turned;                 /* FLOW_SWAPPED when it was looked at last */
    struct tail tail[2][2];      /* by side: of the run at the base, of the highest */
};

/* By a flow's address; the last one asked for is found at once. */
struct lane_flows {
    struct lane_flow_slot {
        const struct flow *flow;
        struct record_flow *of;
    } *slot;
    size_t room, n;
    const struct flow *last_flow;
    struct record_flow *last;
};
struct record_flow *lane_flow_get(struct lane_flows *t, const struct flow *f); /* NULL: none */
bool lane_flow_put(struct lane_flows *t, const struct flow *f, struct record_flow *of); /* false: no memory */
void lane_flow_drop(struct lane_flows *t, const struct flow *f);
void lane_flows_fini(struct lane_flows *t);

struct pair {
    struct addr addr[2];
    uint32_t piece, segment;
};

struct record_lane {
    struct recorder *recorder;
    unsigned lane;
    struct slab *flows;
    struct lane_flows table;
    uint32_t segment;            /* number of the one under way; flows with another have no piece in it */
    struct ledger *ledger;       /* NULL: no segment is under way */
    struct disk_file *file;
    struct sealing *sealing;     /* room for what its end takes */
    struct record_block block;
    uint32_t mark;               /* where in it the last mark is */
    char stem[STEM_MAX];
    uint64_t retry;              /* ns, monotonic: when to try again to begin one */
    struct pair pair[PAIRS];
    uint32_t loose, loose_segment;
    /* The frame in turn. */
    uint32_t mine[PIECES_MAX];   /* pieces it belongs to */
    uint8_t mine_side[PIECES_MAX];
    unsigned mine_n;
    bool wanted;                 /* some flow of it is within its cut-off */
    const uint8_t *covered;      /* payload whose bytes the stream has, as they are */
    uint64_t counter[RECORDER_COUNTER_N];
    uint8_t scratch[2 * SKETCH_WINDOW + 2 * SKETCH_BACK];
};

/* lane_segment.c: one is under way after it; false: none can be. */
bool lane_segment(struct record_lane *l, const struct packet *p);
void lane_seal(struct record_lane *l);
bool lane_room(struct record_lane *l); /* a new block */
/* lane.c: the flow's piece in the segment under way; NULL: none. */
struct piece *lane_piece(struct record_lane *l, struct flow *f, struct record_flow **of);
void recorder_fail(struct recorder *r, const struct err *err);

#endif
