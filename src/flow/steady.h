/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * steady - the capture's time made steady: never back, and on again behind a jump back (flow.h says why).
 *
 * Inside flow/ only; its owner's thread.
 */
#ifndef FLOW_STEADY_H
#define FLOW_STEADY_H

#include "flow/flow.h"

struct steady {
    uint64_t clock;  /* ns; equals the time stamps until the first jump back */
    uint64_t latest; /* the time stamp that the clock stands at */
};

static inline void steady_tick(struct steady *s, uint64_t now)
{
    if (now > s->latest) {
        s->clock += now - s->latest;
        s->latest = now;
    } else if (s->latest - now > FLOW_CLOCK_BACK) {
        s->latest = now;
    }
}

#endif
