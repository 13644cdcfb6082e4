/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kind - what stands behind source.h: the head that every source begins with, the devices of a live source, the table of
 * their kinds.
 *
 * A live source (live.c) is one or more devices of any kind, each opened by name ("ring:eth0").  A device never waits: live.c
 * waits for all of them.  To add a kind: a file with a `struct source_kind` in it, and a row of kinds.list.
 */
#ifndef SOURCE_KIND_H
#define SOURCE_KIND_H

#include "source/beat.h"
#include "source/gate.h"
#include "source/source.h"

#include <net/if.h>

struct source_ops {
    bool (*poll)(struct source *s, struct batch *b);
    void (*release)(struct source *s, struct batch *b);
    void (*close)(struct source *s);
    const char *(*name)(const struct source *s, uint32_t input);
    bool (*send)(struct source *s, uint32_t input, struct bytes frame, bool onwards); /* NULL: files */
    bool (*offload)(struct source *s, uint32_t input, struct gate_flow *f);           /* the same */
    void (*offload_end)(struct source *s, const struct gate_flow *f, struct gate_counts out[2]);
};

struct source {
    const struct source_ops *ops;
    struct source_input *input;
    size_t input_n;
    uint64_t counter[SOURCE_COUNTER_N];
};

/* Adds a frame to a batch. */
struct arrival {
    struct bytes frame;
    uint64_t ts;
    uint32_t wire_len;
    uint16_t link;
    uint32_t input;
};
static inline struct packet *batch_add(struct batch *b, uint64_t number, const struct arrival *a)
{
    struct packet *p = &b->packet[b->n++];

    p->frame = a->frame;
    p->ts = a->ts;
    p->number = number;
    p->wire_len = a->wire_len;
    p->link = a->link;
    p->verdict = VERDICT_PASS;
    p->view_n = 0;
    p->first = p->outermost = NULL;
    p->input = a->input;
    p->unsummed = p->partial = p->handed = p->bypassed = false;
    return p;
}

/* What a run's sources have in common. */
struct xdp_program; /* xdp.c */
struct xdp_program *xdp_program_new(const char *device, const struct device_settings *s, const struct gate *gate, struct err *err); /* gate: NULL: none */
/* On the interface of that name as it is now, in place of where it was.  False with err: it is nowhere. */
bool xdp_program_put(struct xdp_program *x, const char *device, const struct device_settings *s, const struct gate *gate, struct err *err);
/* VLAN tags of frames that come: the card left them in anyway, does so until the program is off, or takes them off whatever it is told. */
enum xdp_tags { XDP_TAGS_STAY, XDP_TAGS_SWITCHED, XDP_TAGS_TAKEN } xdp_program_tags(const struct xdp_program *x);
void xdp_program_free(struct xdp_program *x);
struct xdp_program *shared_xdp(const struct source_shared *s, const char *device, struct err *err); /* NULL: why it could not be */
bool shared_xdp_again(const struct source_settings *s, const char *device, struct err *err); /* the first worker's: xdp_program_put for an interface made again */
/* The kernel numbers those who share an interface by the order in which they come: one that was made again is opened worker by worker. */
bool shared_turn(const struct source_settings *s, uint32_t input, unsigned interface);
void shared_came(const struct source_settings *s, uint32_t input, unsigned interface);
/* One worker's: what the kernel does by itself there is put there anew.  False with err: it cannot be. */
bool shared_gate_again(const struct source_settings *s, uint32_t input, struct err *err);
struct follow *shared_follow(const struct source_shared *s); /* NULL: workers have each their part */
void shared_leave(const struct source_shared *s, uint64_t when); /* beat_leave of all its bridges */
void shared_ask(const struct source_shared *s);                 /* beat_ask, likewise */
struct beat *shared_beat(const struct source_shared *s, const char *name); /* of the bridge of that name; NULL: none */

/* One device of a live source.  The kind's own struct begins with it. */
struct device;
enum device_state {
    DEVICE_WELL,
    DEVICE_GONE,   /* its interface or folder is */
    DEVICE_AGAIN,  /* it was, and one of that name is there: opened anew */
    DEVICE_SHARED, /* it is well, and something else hands on what comes in by its interface, too */
};
struct device_ops {
    /* Adds frames that are there, up to the limit: at least one if there is any.  `ended`: nothing more will come. */
    void (*poll)(struct device *d, struct batch *b, unsigned limit);
    /* The batch that holds its frames has been worked on: verdicts are final, the bytes may go. */
    void (*release)(struct device *d, struct batch *b);
    void (*close)(struct device *d);
    void (*count)(struct device *d); /* brings what the kernel counts into the source's counters; NULL: nothing */
    /* Sends a frame: back to where frames come from, or onwards; NULL: it cannot. */
    bool (*send)(struct device *d, struct bytes frame, bool onwards);
    /* Is its interface still there?  Asked from time to time, between batches; NULL: not. */
    enum device_state (*look)(struct device *d, struct err *err);
    /* The run's end: nothing more comes to it from here on, and what is there may still be taken; NULL: it comes as before. */
    void (*stop)(struct device *d);
    /* Behind the last poll: frames that are there and that nobody took.  Then only count and close; NULL: none is known of. */
    uint64_t (*rest)(struct device *d);
};
struct device {
    const struct device_ops *ops;
    const struct source_settings *settings;
    struct source *source;  /* whose it is: numbers, counters */
    uint32_t input;
    int fd;                 /* to wait for; -1: asked again every few milliseconds */
    bool ended;
    struct gate *gate;      /* flows may be offloaded to it; NULL: not */
    unsigned in, back;      /* with it: interfaces that a flow's frames come in by, those of its other direction too */
    uint64_t *number;       /* of the last frame of the source */
};

/* The kernel had no room for so many frames more. */
static inline void device_dropped(const struct device *d, uint64_t n)
{
    d->source->counter[SOURCE_DROPPED] += n;
    d->source->input[d->input].dropped += n;
}

struct source_kind {
    const char *name;       /* what stands before the colon */
    const char *help;
    bool one_reader;        /* a worker's source opens it, the others get their part from that worker */
    bool own_time;          /* frames come with times of long ago, or not at the time they say: only they move the clock, and who sends them waits */
    bool holds;             /* frames go on with its release, or do not */
    bool programs;          /* it puts programs into the kernel while it runs (bpf.h) */
    struct device *(*open)(const struct source_settings *s, const char *name, struct err *err);
};
#define SOURCE(name) extern const struct source_kind source_##name;
#include "source/kinds.list"
#undef SOURCE
/* The kind that a device's name begins with, and the name behind its colon; one without is an interface. */
const struct source_kind *source_kind_of(const char *name, const char **rest);

/* "IN+OUT" of a bridge in two. */
struct bridge_ends {
    char in[IF_NAMESIZE], out[IF_NAMESIZE];
};
bool bridge_ends_read(struct bridge_ends *e, const char *name, struct err *err);

#endif
