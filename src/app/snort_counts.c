/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "app/snort_counts.h"

#include "engine/inside.h"

#include <poll.h>
#include <string.h>
#include <unistd.h>

void snort_counts_say(const struct snort_counts *c)
{
    static const char rule[] = "--------------------------------------------------";

    printf("%s\nPacket Statistics\n%s\ndaq\n%25s: %zu\n%25s: %llu\n%25s: %llu\n%25s: %llu\n%s\nModule Statistics\n%s\ndetection\n%25s: %llu\n%25s: %llu\n"
           "%25s: %llu\n",
           rule, rule, "pcaps", c->inputs, "received", (unsigned long long)c->packets, "analyzed", (unsigned long long)c->packets, "rx_bytes",
           (unsigned long long)c->bytes, rule, rule, "analyzed", (unsigned long long)c->packets, "alerts", (unsigned long long)c->alerts,
           "total_alerts", (unsigned long long)c->alerts);
    (void)fflush(stdout);
}

static void inputs_add(struct worker *w, void *counts)
{
    struct snort_counts *c = counts;
    const struct source_input *inputs = source_inputs(w->source, &c->inputs);

    for (size_t i = 0; i < c->inputs && (w->index == 0 || w->settings->live); i++) { /* reading files each reads them all */
        c->packets += inputs[i].packets;
        c->bytes += inputs[i].bytes;
    }
}

static void alerts_add(void *counts, const char *name, uint64_t value, int kind)
{
    struct snort_counts *c = counts;

    (void)kind;
    c->alerts += strcmp(name, "detect.alert") == 0 ? value : 0;
}

void snort_counts_now(struct engine *e)
{
    struct pollfd room = { .fd = STDOUT_FILENO, .events = POLLOUT };
    struct snort_counts c = { 0 };
    struct err err;

    if (!engine_ask(e, inputs_add, &c, &err) || !engine_counters(e, alerts_add, &c, &err)) {
        log_say(e->log, LOG_WARNING, "SIGUSR1: %s", err.text);
    } else if (poll(&room, 1, 0) == 0) { /* a pipe with room takes all of it at once */
        log_say(e->log, LOG_WARNING, "SIGUSR1: nobody reads standard output");
    } else {
        snort_counts_say(&c);
    }
}
