/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rounds - what the writing thread of a live run does from time to time: statistics at their interval, and a look at whether
 * anything is seen at all.
 *
 * A health record is written when the state changes: "blind" when a share of what came was lost within the last seconds, or went on
 * uninspected (a worker gave no sign of life, rules were not there yet, a firewall's queue was full, an interface of a guard became a port of
 * something else, which hands frames on too), or an interface is gone, or a worker
 * did not say within two seconds what it counts, "broken" when such a share could not be sent on, "silent" when nothing came by one of the
 * devices for long, "well" when that is over.  It names the devices that are gone, shared or silent, and is written when these change, too.
 * A bridge from which somebody took away what lets it fail open is told to the log alone: its traffic is looked at as before.
 */
#ifndef ENGINE_ROUNDS_H
#define ENGINE_ROUNDS_H

#include "engine/inside.h"

enum health { HEALTH_WELL, HEALTH_BLIND, HEALTH_BROKEN, HEALTH_SILENT };
/* Frames that workers got, those that nobody did, those that went on uninspected, or could not be sent; how often a queue was full, past
 * which nobody knows how many go; a bit for each device whose interface is gone, or a port of a bridge or bond, which hands on all that comes; frames whose tags end offloading for a while; how many
 * workers did not say; a bit for each device that cannot fail open any more. */
struct health_numbers {
    uint64_t seen, lost, uninspected, unsent, full, gone, shared, tagged, busy, closed;
};
enum { ROUNDS_DEVICES = 64 };
struct rounds {
    uint64_t stats_at, health_at;            /* ns, monotonic: when it is due */
    struct health_numbers last;              /* at the last look */
    struct health_said {                     /* by each worker, when it was asked last */
        struct health_numbers n;
        uint64_t packets[ROUNDS_DEVICES], renewed[ROUNDS_DEVICES];
    } said[TURN_WORKERS_MAX];
    struct {
        uint64_t packets, came_at;           /* ns, monotonic: when one was seen last */
        uint64_t renewed;
    } device[ROUNDS_DEVICES];
    enum health health;
    uint64_t told, told_shared, told_closed; /* devices of the last record */
    uint64_t beat_at, blocks_at;             /* ns, monotonic */
    uint64_t loops[TURN_WORKERS_MAX];        /* of each worker at the last beat */
};
void rounds_begin(struct rounds *r, const struct engine *e);
/* Called often; does what is due. */
void rounds_turn(struct rounds *r, struct engine *e, const struct inside *in);
/* What a window of numbers comes to: for the test. */
enum health rounds_judge(const struct rounds_settings *s, const struct health_numbers *n, uint64_t silent_ns);

#endif
