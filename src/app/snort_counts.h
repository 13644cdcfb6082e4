/* SPDX-License-Identifier: GPL-2.0-or-later */
/* snort_counts - the counts that Snort prints at its end, and when SIGUSR1 asks for them. */
#ifndef APP_SNORT_COUNTS_H
#define APP_SNORT_COUNTS_H

#include "engine/engine.h"

struct snort_counts {
    size_t inputs;               /* captures or devices */
    uint64_t packets, bytes, alerts;
};
void snort_counts_say(const struct snort_counts *c); /* on standard output */
/* Those of what runs, up to now.  Any thread but a worker's; who does not read standard output is not waited for. */
void snort_counts_now(struct engine *e);

#endif
