/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * source - where frames come from: capture files, standard input, devices.
 *
 * A source fills batches; frame bytes stay its own until source_release of that batch.  Reading files, each worker has a source
 * object of its own over the same files (all read everything); a pipe is read by one thread into a block ring that all
 * workers' sources read.  Live, each worker's source gets a part of the frames, and returns an empty batch with the time at
 * least every 10 ms.
 */
#ifndef SOURCE_SOURCE_H
#define SOURCE_SOURCE_H

#include "base/err.h"
#include "base/rows.h"
#include "packet/packet.h"

struct source;

/* What an input turned out to be; filled as reading goes on. */
struct source_input {
    const char *path;        /* of the settings: it outlives the source */
    uint64_t packets, bytes;
    uint64_t dropped;        /* live: frames that the kernel had no room for, as of the last source_counts */
    uint64_t unwanted;       /* a file: packets that the filter passed over */
    struct err err;          /* text[0] != 0: the input ended early for this reason; what came before was used */
    bool gone;               /* live: its interface is, for now */
    bool shared;             /* inline: something else hands on what comes in by its interface, too */
    bool closed;             /* inline, the first worker's: it cannot fail open, though it could at first */
    uint64_t renewed;        /* inline, the first worker's: how often what lets it fail open was taken away, and put there again */
};

enum source_counter {
#define COUNTER(id, name, kind, help) id,
#include "source/counters.list"
#undef COUNTER
    SOURCE_COUNTER_N
};
extern const struct counter_row source_counters[];

enum xdp_bind { XDP_BIND_AUTO, XDP_BIND_COPY, XDP_BIND_ZERO_COPY };
enum nfq_mode { NFQ_ACCEPT, NFQ_REPEAT, NFQ_ROUTE };
/* How devices are read. */
struct device_settings {
    uint64_t ring_bytes;      /* of each packet ring */
    uint64_t handover_bytes;  /* of all rings between workers */
    uint32_t block_ms;        /* the longest that a frame waits in a ring's block */
    bool promiscuous;
    bool hardware_time, hardware_time_on;
    bool fail_open, stays_open; /* bridges */
    uint32_t stall_ms;
    bool normalise, drop_routed; /* bridges and queues: what a target might take otherwise than it was looked at */
    uint32_t ttl_min;
    bool gate_hosts;          /* hosts that are kept out are dropped by XDP */
    bool offload;             /* flows that need no more inspection are left to the kernel */
    uint32_t xdp_mode;        /* enum gate_mode */
    uint32_t xdp_bind;        /* enum xdp_bind */
    struct nfq_settings {
        uint32_t mode; /* enum nfq_mode */
        uint32_t repeat_mark, repeat_mask, bypass_mark, bypass_mask, route_queue, length;
        bool fail_open;
    } nfq;
};
extern const struct option_row device_options[];
extern const unsigned device_option_n;

/* Bytes of a capture that are made when they are asked for. */
struct source_chunk {
    uint8_t *to;             /* where there is room */
    size_t room, n;          /* n: bytes of it; 0: what was asked for is behind the capture's end */
    uint64_t from;           /* of the capture */
};
struct source_chunks {
    /* The one that holds `offset`, into c->to, which has room for `least` bytes or more.  Any thread.  False with err. */
    bool (*get)(void *ctx, uint64_t offset, struct source_chunk *c, struct err *err);
    void *ctx;
    size_t least;            /* at most 1 MB; 1: it begins at `offset`, wherever that is */
};

/* Where the record of a packet lies. */
struct source_place {
    uint64_t offset, number; /* number: the packet's, 0: its own ordinal */
    uint32_t ordinal, n;     /* n: bytes of the record */
};
/* Of packets that were read, ascending.  One source writes; `at` is its owner's to free. */
struct source_places {
    struct source_place *at;
    size_t n, room, most;    /* most: of what comes behind nothing is noted */
};

/* A capture of blocks each of which is read without the others, and may be damaged alone. */
struct source_blocks {
    /* Of the block that has the packet `at`: the ordinal and the place of what is behind it (UINT64_MAX: nothing).  `capture`: the file as it is
     * mapped, or none.  False: it is damaged.  Any thread. */
    bool (*look)(void *ctx, struct bytes capture, uint64_t at, uint64_t *ordinal, uint64_t *offset);
    void *ctx;
};

/* Parts of a capture: only the packets of these runs (ordinals from 0, ascending) are delivered, in order, and those between are
 * passed over as fast as the capture allows. */
struct source_part {
    const struct source_run { uint32_t start, n; } *run;
    size_t run_n;
    const struct source_jump { uint64_t ordinal, offset, number; } *jump; /* places where a packet's record begins, ascending; number 0: it is told there.  NULL: none known */
    size_t jump_n;
    const uint16_t *link;     /* with jumps, into a segment of the record: link types of its interfaces */
    unsigned link_n;
    const struct source_chunks *chunks; /* the capture's bytes, where most are wanted, or they do not lie in its file as they are; NULL: it is mapped */
    const struct source_blocks *blocks; /* damaged ones are passed over; NULL: what cannot be read ends it */
    struct source_places *places; /* takes note of where what is delivered lies; NULL: nobody asks.  For one source */
    uint64_t group;           /* parts of one recorder have the same: a packet that lies in several of them comes once */
};

struct source_settings {
    const char *const *paths; /* in order; "-" is standard input; borrowed */
    size_t path_n;
    bool merge;               /* several files: one timeline in time order (else one after the other) */
    bool by_number;           /* … in the order of the packets' numbers: parts of one run of a recorder, whose lanes counted together */
    unsigned batch;           /* frames a batch, 1 to BATCH_MAX */
    const char *bpf;          /* filter expression or NULL: frames that do not match are not delivered (nor numbered) */
    const struct source_part *part; /* of each path; NULL: all of all.  Packets have the numbers they were recorded with then */
    uint64_t packets;         /* deliver no more than so many; 0: all */
    struct source_pipe *pipe; /* shared reader of standard input, NULL when no path is "-" */
    /* Live: */
    bool live;                /* the paths are devices: "eth0", "ring:eth0", "tcp:host:port", … (source_kinds) */
    unsigned worker, workers; /* whose source of how many: they share what comes, by packet/spread.h */
    bool acts;                /* inline: verdicts hold; else all goes on, and what would not have is counted */
    bool together;            /* source_together: each worker gets all that comes, as reading files */
    bool held;                /* inline: each worker keeps what comes to it, and a conversation comes to one */
    uint32_t group;           /* tells the devices of this run from those of other runs: any number, the same for all its workers */
    const struct device_settings *devices;
    const struct source_shared *shared; /* of all workers; NULL: none */
};

/* Either kind.  Live it fails when a device cannot be opened. */
struct source *source_open(const struct source_settings *s, struct err *err);
/* pcap (all magics, both byte orders, ns) and pcapng (several sections and interfaces, per-interface link and resolution),
 * each also gzip-compressed.  Files of which parts are wanted are mapped: they must not be made shorter while they are read.
 * Fails only when the one input cannot be opened or the filter is wrong; of several a file that cannot be read is told in its source_input
 * ("path: reason at byte N"), filled by the release of the batch in which it ended. */
struct source *source_open_files(const struct source_settings *s, struct err *err);
void source_close(struct source *s);
/* Fills the batch; b->end when nothing more will come.  False: nothing now, ask again.  Live always true: the batch may be
 * empty, b->now is the time. */
bool source_poll(struct source *s, struct batch *b);
void source_release(struct source *s, struct batch *b); /* applies verdicts where there are any; frame bytes end here */
/* Live: sends a frame by the device of that input: back to where its frames come from, or onwards, with the release of the batch.
 * False: it cannot. */
bool source_send(struct source *s, uint32_t input, struct bytes frame, bool onwards);
/* Live: from here on the kernel does by itself with frames of a flow, both ways, what is done with those that are not looked at.  `f`: as a
 * frame of that input has it; its interface is filled in.  False: it does not. */
struct gate_flow;
struct gate_counts {
    uint64_t packets, bytes;
};
bool source_offload(struct source *s, uint32_t input, struct gate_flow *f);
/* Ends that; what went past is added to out: [0] of f's direction, [1] of the other. */
void source_offload_end(struct source *s, const struct gate_flow *f, struct gate_counts out[2]);
const char *source_path(const struct source *s, uint32_t input); /* packet.input's; NULL for standard input */
const struct source_input *source_inputs(const struct source *s, size_t *n);
const uint64_t *source_counts(struct source *s);                 /* SOURCE_COUNTER_N, up to now */
/* Live, from time to time, by no worker: is what lets bridges fail open still there?  If not, the first worker puts it there again. */
void source_ask(const struct source *s);
/* Live, a worker's end, in this order.  source_leave, once, by one for all: at that moment (ns, monotonic) all stop; from then on a bridge is the
 * kernel's or nobody's.  source_stop: nothing more comes.  source_rest, behind the last poll: what is still there is counted, and the sum is checked. */
void source_leave(struct source *s, uint64_t when);
void source_stop(struct source *s);
void source_rest(struct source *s);

/* What the sources of a run's workers have in common (live), made before them and freed behind them.  What could not be made and is no
 * reason to stop (a bridge that does not fail open) goes to the log.  NULL with err: what a killed guard left cannot be taken away. */
struct log;
struct source_shared;
struct source_shared *source_shared_new(const struct source_settings *s, struct log *log, struct err *err);
void source_shared_free(struct source_shared *s);
/* All interfaces at which a guard that is gone left what hands frames on (guard.fail-open, guard.stay-open), uninspected. */
void source_left_open(void (*tell)(void *ctx, const char *device), void *ctx);
struct gate *source_shared_gate(const struct source_shared *s); /* NULL: there is none */

/* One reader of standard input (or of any path that can be read only once) for all workers: bytes are kept until each
 * of `readers` has passed them, so every worker opens its source over the pipe, and it outlives those sources. */
struct source_pipe *source_pipe_new(unsigned readers, struct err *err);
struct source_pipe *source_pipe_open(const char *path, unsigned readers, struct err *err);
void source_pipe_free(struct source_pipe *p);

/* The kinds of devices: "name: help" lines. */
struct text;
void source_kinds(struct text *out);
/* All of these devices are read by one worker, and what is not read waits (tcp:, dir:): frames come as fast as they are looked at, whatever their times,
 * and all workers may go through all of them in turns. */
bool source_together(const char *const *paths, size_t n);
bool source_makes_programs(const char *name); /* a device of that name puts programs into the kernel while it runs */

/* A batch with room for its views; freed with batch_free. */
struct batch *batch_new(void);
void batch_free(struct batch *b);

#endif
