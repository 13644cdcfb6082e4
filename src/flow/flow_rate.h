/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * flow_rate - how many bytes a flow carried to each side within the last seconds, kept exactly over a few steps of time.
 *
 * Lies behind the flows of a table that tracks rates (flow.rate-tracking), zeroed with them; the table's, like they.
 */
#ifndef FLOW_FLOW_RATE_H
#define FLOW_FLOW_RATE_H

#include <stdint.h>

enum { FLOW_RATE_STEPS = 16 };

struct flow_rate {
    struct flow_rate_side {
        uint64_t newest, sum;              /* newest: the last step that was met, counted from 1970; sum of all of `bytes` */
        uint64_t bytes[FLOW_RATE_STEPS];   /* of step k at k modulo their number */
    } side[2];
};

/* The window, in whole seconds: `steps` of `seconds` each; up to FLOW_RATE_STEPS seconds a step is a second. */
struct flow_rate_window {
    uint32_t seconds, steps;
};
struct flow_rate_window flow_rate_window(uint32_t interval);
/* Adds a packet's bytes at its time (ns) and returns the bytes of the window that ends with the newest step. */
uint64_t flow_rate_add(struct flow_rate_side *r, struct flow_rate_window w, uint64_t ts, uint64_t bytes);

#endif
