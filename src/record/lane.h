/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lane - the inside of a recorder, shared by recorder.c, lane.c, lane_segment.c and lane_sketch.c and nobody else.
 */
#ifndef RECORD_LANE_H
#define RECORD_LANE_H

#include "base/slab.h"
#include "record/disk.h"
#include "record/journal.h"
#include "record/ledger.h"
#include "record/pack.h"
#include "record/recorder.h"
#include "record/waiting.h"

#include <limits.h>
#include <pthread.h>

enum { PIECES_MAX = 32 /* of one frame */, PAIRS = 1024 /* of addresses that fragments go between */, STEM_MAX = 96 };

struct recorder {
    struct recorder_settings settings;
    const char *app[RECORD_APPS_MAX];
    struct disk *disk;
    uint64_t run;
    unsigned how;                /* PACK_ZSTD, PACK_SEALED */
    uint8_t key[PACK_KEY];       /* that wraps segments' own */
    pthread_mutex_t lock;        /* of err, failed: the disk's threads tell */
    struct err err;
    bool failed;
    _Atomic unsigned lanes;      /* that are: each has a segment under way */
    _Atomic bool budget_waits;   /* to be kept, behind all that is sealed so far: once is enough for all lanes */
    _Atomic bool left;           /* some segment could not be sealed: it lies there as one whose writer died */
    int folder;                  /* live: holds the record's lock; -1: it is not held */
    uint64_t said;               /* ns, monotonic: when it was told last */
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
    uint32_t waiting;            /* frames in the lane's memory */
    bool ended;                  /* it goes with the last of them */
    struct tail tail[2][2];      /* by side: of the run at the base, of the highest */
    struct flow_about {          /* what a piece is made of; only where frames wait */
        struct flow_key key;
        uint64_t id, parent, first, last;
        uint8_t icmp[4];
    } about[];
};

/* Frames that wait: whether they are kept is known when they leave, in the order they came.  Live they can be seen from outside (waiting.h), and stay in
 * their place until the segment is on the disk as far as they left for it. */
struct lane_ring {
    uint8_t *p;                  /* NULL: none do */
    size_t room, first, last, end, n; /* the oldest; where the next goes; behind the last before the wrap; frames */
    size_t next, left;           /* the oldest that did not leave; frames that did */
    uint64_t gone;               /* whose room was taken back, ever */
    struct waiting_head *head;   /* NULL: nobody sees them */
    int fd;
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

/* Everything that is left to do for a segment, on the disk's threads. */
struct sealing {
    struct recorder *recorder;
    uint8_t key[PACK_KEY];       /* encrypted: the segment's */
    struct ledger *ledger;
    struct disk_file *file, *journal;
    struct index_about about;
    char stem[STEM_MAX], foreign[PATH_MAX];
    struct waiting_head *waiting; /* the lane's last: goes when the segment is on the disk */
    int waiting_fd;
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
    struct index_about about;    /* of the segment, as far as its journal and its index take it from here */
    struct journal journal;
    uint64_t flushed;            /* ns, monotonic, live: when what there was went to the disk */
    uint32_t out;                /* bytes of the block under way that did */
    uint32_t marks;              /* bytes of marks before the block under way */
    uint32_t mark;               /* where in it the last mark is */
    char stem[STEM_MAX];
    struct lane_foreign {        /* index_only: the capture under way */
        char path[PATH_MAX];
        uint32_t input;
        bool some, overlaps;     /* overlaps: it began before what was read ended */
        uint64_t before;         /* number of the packet before its first */
        uint64_t newest;         /* ns, of all read */
        uint64_t size, time;     /* of the file */
        uint64_t first, end;     /* ordinals in it of what this segment has */
        uint64_t mark, mark_offset; /* of the last mark */
    } foreign;
    uint64_t retry;              /* ns, monotonic: when to try again to begin one */
    struct pair pair[PAIRS];
    uint32_t loose, loose_segment;
    uint64_t torn;               /* ns, of packets: when a flow found no memory, or lost it, last; 0: none did */
    /* The frame in turn. */
    uint32_t mine[PIECES_MAX];   /* pieces it belongs to */
    uint8_t mine_side[PIECES_MAX];
    struct record_flow *mine_of[PIECES_MAX]; /* NULL: of no flow */
    unsigned mine_n;
    bool wanted;                 /* some flow of it is within its cut-off */
    struct lane_ring ring;
    uint64_t dropped;            /* of the source, by the kernel, as the segments tell it */
    uint64_t lost;               /* while no segment could be begun: the next one tells of them */
    uint64_t tick;               /* ns, monotonic, live: when a batch came */
    const uint8_t *covered;      /* payload whose bytes the stream has, as they are */
    uint64_t counter[RECORDER_COUNTER_N];
    uint8_t scratch[2 * SKETCH_WINDOW + 2 * SKETCH_BACK];
};

/* lane_segment.c: one is under way after it; false: none can be. */
bool lane_segment(struct record_lane *l, const struct packet *p);
void lane_seal(struct record_lane *l);
bool lane_room(struct record_lane *l); /* a new block */
void lane_flush(struct record_lane *l); /* what there is goes to the disk, as the block is filled on */
/* lane.c: the flow's piece in the segment under way; NULL: none. */
struct piece *lane_piece(struct record_lane *l, struct flow *f, struct record_flow **of);
struct piece *lane_piece_of(struct record_lane *l, struct record_flow *r, const struct flow_about *a); /* the same of a flow that may be gone */
void lane_keep(struct record_lane *l, const struct record_frame *f);  /* the frame of l->mine is written */
void lane_cut(struct record_lane *l, const struct record_frame *f);   /* … or is not */
uint32_t lane_loose(struct record_lane *l);
void lane_lost(struct record_lane *l);
/* lane_foreign.c */
bool foreign_segment(struct record_lane *l, const struct packet *p, const char *capture); /* as lane_segment */
uint32_t foreign_count(struct record_lane *l, const struct record_frame *f);              /* the frame's ordinal in its file */
void foreign_row(struct record_lane *l);                                                   /* what the segment has of the file */
/* lane_segment.c */
bool segment_retry(const struct record_lane *l);
void segment_stem(struct record_lane *l, uint64_t ts);
void segment_about(struct record_lane *l);
void sealing_begin(struct record_lane *l); /* what its end takes; from here on the disk's threads read it */
/* lane_ring.c */
bool ring_open(struct record_lane *l); /* live seen from outside, where that can be */
void ring_close(struct lane_ring *ring);
void ring_tell(struct lane_ring *ring);  /* … as it is now */
void ring_back(struct lane_ring *ring);  /* of those that left */
void ring_put(struct record_lane *l, const struct record_frame *f); /* the frame of l->mine waits */
void ring_pass(struct record_lane *l, uint64_t until);              /* those that came before leave */
void recorder_fail(struct recorder *r, const struct err *err);
void recorder_budget(struct recorder *r); /* what is too much goes, soon */
void recorder_again(struct recorder *r);  /* what could not be sealed is, behind all that is being sealed: something could be written */

#endif
