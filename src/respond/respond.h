/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * respond - acting on the network: answers to what is refused.  One per worker, its thread.
 *
 * Answers go the way the packet came where its source can send (`send`), else through the system's own routing.  No more than
 * respond.max-rate a second: an answer to each packet of a flood would be a flood.
 */
#ifndef RESPOND_RESPOND_H
#define RESPOND_RESPOND_H

#include "base/err.h"
#include "base/rows.h"
#include "packet/packet.h"

struct respond_settings {
    bool active;            /* answers are sent at all: false reading files */
    bool held;              /* inline: what is refused does not reach its target */
    uint32_t rate;          /* answers a second, of one worker */
};
extern const struct option_row respond_options[];
extern const unsigned respond_option_n;

enum respond_counter {
#define COUNTER(id, name, kind, help) id,
#include "respond/counters.list"
#undef COUNTER
    RESPOND_COUNTER_N
};
extern const struct counter_row respond_counters[];

/* Sends a frame: back by the device the packet came in by, or onwards.  False: the device cannot. */
struct respond_way {
    void *ctx;
    bool (*send)(void *ctx, uint32_t input, struct bytes frame, bool onwards);
};

struct blocks; /* respond/blocks.h: of all workers */
struct respond;
struct respond *respond_new(const struct respond_settings *s, struct respond_way way); /* NULL: no memory */
void respond_free(struct respond *r);
/* v's packet is refused: tells its source, its target, or both (enum reject_to). */
void respond_reject(struct respond *r, const struct view *v, unsigned to);
const uint64_t *respond_counts(const struct respond *r);

#endif
