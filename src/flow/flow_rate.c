/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "flow/flow_rate.h"

#include "base/clock.h"

struct flow_rate_window flow_rate_window(uint32_t interval)
{
    uint32_t seconds = (interval + FLOW_RATE_STEPS - 1) / FLOW_RATE_STEPS;

    return (struct flow_rate_window){ seconds, (interval + seconds - 1) / seconds };
}

uint64_t flow_rate_add(struct flow_rate_side *r, struct flow_rate_window w, uint64_t ts, uint64_t bytes)
{
    uint64_t step = ts / CLOCK_SECOND / w.seconds;

    for (uint64_t i = 0; r->newest < step; i++) {
        if (i == w.steps) { /* all of them are older */
            r->newest = step;
            break;
        }
        uint64_t *next = &r->bytes[++r->newest % w.steps];
        r->sum -= *next;
        *next = 0;
    }
    if (step + w.steps > r->newest) { /* a packet that comes late counts where it belongs, or no more */
        r->bytes[step % w.steps] += bytes;
        r->sum += bytes;
    }
    return r->sum;
}
