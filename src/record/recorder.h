/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * recorder - keeps frames in segments, each with its index.
 *
 * One recorder a process, one lane a worker: a lane writes segments of its own, so workers never wait for one another; the
 * recorder's thread (disk.h) writes what lanes have filled.  Reading files a full disk queue waits, live frames are lost and
 * counted.  A segment has its name when it is sealed, and ends in ".open" before.  A lane belongs to its worker's thread.
 */
#ifndef RECORD_RECORDER_H
#define RECORD_RECORDER_H

#include "base/err.h"
#include "base/rows.h"
#include "flow/flow.h"
#include "record/format.h"

enum recorder_mode { RECORD_ALL, RECORD_ECONOMY, RECORD_ALERTS };
struct recorder_settings {
    uint32_t mode;               /* enum recorder_mode */
    bool on;                     /* what a run reads is recorded */
    bool index_only;             /* captures stay where they lie, and are not copied: one lane, file after file */
    const char *dir;
    uint64_t segment_bytes;      /* a multiple of 1 MB */
    uint64_t budget;             /* bytes of all segments; 0: no limit */
    uint64_t reserve;            /* bytes left free on the disk */
    uint32_t age;                /* s: older segments go; 0: none */
    uint32_t blocks;             /* 1 MB each, under way */
    uint32_t hunt_days, hunt_cpu; /* rules that are new are hunted over so many days, 0: not; percent of a processor */
    uint64_t hunt_read;          /* … bytes from the disk in a second, 0: no limit */
    bool sketches;               /* what rules look at is sketched */
    bool wait;                   /* reading files: for the disk, rather than lose a frame */
    bool uring;                  /* several blocks at a time */
    struct uring *ring;          /* made before the process confined itself; the recorder takes it over.  NULL: none */
    uint32_t pack;               /* 1: sealed segments are packed with zstd */
    const char *key_file;        /* of the key that wraps each segment's own; NULL: they are not encrypted */
    bool direct;                 /* past the page cache, where the file system can */
    uint64_t cutoff;             /* bytes kept of a flow whose protocol is known and has none of its own; 0: all */
    uint64_t cutoff_unknown;     /* of one whose protocol is not known */
    uint64_t cutoff_app[RECORD_APPS_MAX]; /* by protocol's id - 1 */
    uint64_t before;             /* with RECORD_ALERTS or a cut-off: bytes of memory for what came before an alert, of each lane, */
    uint32_t before_time;        /* and s */
    void (*say)(void *ctx, const struct err *err); /* at once, that something is not recorded, from any thread; NULL: only at the end */
    void (*warn)(void *ctx, const struct err *err); /* what else is wrong in the folder; the same context; NULL: it is not told */
    void *say_ctx;
    const char *const *apps;     /* names of protocols, by id - 1; copied */
    unsigned app_n;
    uint64_t sight;              /* hash of the settings, and the number of the program's reading, that decide what rules can see */
};
extern const struct option_row recorder_options[];
extern const unsigned recorder_option_n;

enum recorder_counter {
#define COUNTER(id, name, kind, help) id,
#include "record/counters.list"
#undef COUNTER
    RECORDER_COUNTER_N
};
extern const struct counter_row recorder_counters[];

struct recorder;
struct record_lane;
/* What can be had only before the process confines itself. */
void recorder_prepare(struct recorder_settings *s);
void recorder_unprepare(struct recorder_settings *s); /* no recorder took it over */
/* Makes the folder where it is not there. */
struct recorder *recorder_new(const struct recorder_settings *s, struct err *err);
/* After its lanes: waits until all is written.  False with err: something was not. */
bool recorder_close(struct recorder *r, struct err *err);

struct record_lane *lane_new(struct recorder *r, unsigned lane, struct err *err);
void lane_close(struct record_lane *l);   /* seals the segment under way */
const uint64_t *lane_counters(struct record_lane *l);

/* Live: time goes on, and what was recorded is to be found.  True twice a second. */
bool lane_time(struct record_lane *l);
void lane_dropped(struct record_lane *l, uint64_t frames); /* live: so many of the lane's source's the kernel had no room for, up to now */
/* A frame's turns begin. */
void lane_begin(struct record_lane *l, const struct packet *p, const char *capture); /* capture: the file it is from */
/* One view of it has been worked on; flow NULL: it has none.  blind: something of it that rules could look at is not told here. */
void lane_view(struct record_lane *l, const struct view *v, struct flow *f, enum side side, bool blind);
/* … and all are: it is written. */
void lane_frame(struct record_lane *l, const struct packet *p);
void lane_flow_end(struct record_lane *l, struct flow *f);
void lane_alert(struct record_lane *l, struct flow *f, uint32_t gid, uint32_t sid);
void lane_app(struct record_lane *l, struct flow *f, unsigned app);  /* a protocol's id */
/* Bytes came into a direction's store: n from `offset` on, as the packet `was` has them; below `base` nothing is kept. */
struct lane_stored {
    uint64_t offset, base;
    struct bytes was;
};
void lane_stream(struct record_lane *l, struct flow *f, enum side side, const struct lane_stored *s);
/* Bytes that rules may look at, whole or with at least 31 of those before them. */
/* The same, and a field it is of. */
void lane_field(struct record_lane *l, struct flow *f, enum side side, struct bytes b);
void lane_offer(struct record_lane *l, struct flow *f, enum side side, struct bytes b);
/* Something of the flow that rules could look at is not told here. */
void lane_blind(struct record_lane *l, struct flow *f);
/* Of a body rules see what is not in the flow's packets as it is, in one piece. */
void lane_coded(struct record_lane *l, struct flow *f);
void lane_midstream(struct record_lane *l, struct flow *f); /* it is not followed, since its beginning is missing */
void lane_key(struct record_lane *l, struct flow *f, enum record_key kind, struct bytes value);

#endif
