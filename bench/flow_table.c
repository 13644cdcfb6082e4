/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a look-up in the flow table costs: bench_flow_table [FLOWS...]
 *
 * Opens so many TCP flows, then sends 256-packet batches to random ones, as a worker does: prepare, then each packet's sweep and look-up, a few packets fetched ahead. Prints
 * nanoseconds of CPU time a packet and bytes a flow. Views are built outside of the clock.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/hash.h"
#include "flow/test_views.h"

enum { BATCHES = 4000, DEFAULT_N = 3 };

static void on_end(void *ctx, struct flow *f)
{
    (void)f;
    ++*(uint64_t *)ctx;
}

static void fill(struct batch *b, uint64_t first, uint64_t flows, bool open, uint64_t now)
{
    b->n = b->view_n = BATCH_MAX;
    for (unsigned i = 0; i < BATCH_MAX; i++) {
        uint64_t flow = open ? first + i : hash_word(first + i + 12345) % flows;
        test_view(&b->views[i], &b->packet[i], IPPROTO_TCP, 0x0a000000 + (uint32_t)flow, 0xc0000201);
        test_ports(&b->views[i], (uint16_t)(1024 + flow % 60000), 443);
        b->packet[i].ts = now + i * 1000;
        b->packet[i].number = first + i + 1;
    }
}

static void turn(struct flow_table *t, struct batch *b)
{
    flow_prepare(t, b);
    for (unsigned i = 0; i < b->n; i++) {
        enum side side;
        if (i + FLOW_AHEAD < b->n) {
            flow_ahead(t, &b->views[i + FLOW_AHEAD], false);
        }
        flow_sweep(t, b->packet[i].ts);
        struct flow *f = flow_resolve(t, &b->views[i], &side);
        if (f && f->state == FLOW_NEW) {
            flow_set_state(t, f, FLOW_ESTABLISHED);
        }
    }
}

static void measure(uint64_t flows)
{
    struct flow_settings s = test_settings();
    struct batch *b = calloc(1, sizeof(*b));
    uint64_t ended = 0, now = T0, opening = 0, looking = 0, at;

    b->views = calloc(BATCH_MAX, sizeof(struct view));
    struct flow_table *t = flow_table_new(&s, (struct flow_sink){ &ended, on_end });
    for (at = 0; at < flows; at += BATCH_MAX) {
        fill(b, at, flows, true, now += 300000);
        uint64_t start = clock_cpu();
        turn(t, b);
        opening += clock_cpu() - start;
    }
    for (unsigned i = 0; i < BATCHES; i++) {
        fill(b, (uint64_t)i * BATCH_MAX, flows, false, now += 300000);
        uint64_t start = clock_cpu();
        turn(t, b);
        looking += clock_cpu() - start;
    }
    printf("%9lu flows: look-up %5.1f ns, opening %5.1f ns, %4.0f bytes a flow, %lu ended\n", (unsigned long)flow_live(t),
           (double)looking / BATCHES / BATCH_MAX, (double)opening / (double)at,
           (double)flow_table_counters(t)[FLOW_MEMUSE] / (double)flow_live(t), (unsigned long)ended);
    flow_table_free(t);
    free(b->views);
    free(b);
}

int main(int argc, char **argv)
{
    static const uint64_t preset[DEFAULT_N] = { 1024, 100000, 1000000 };

    for (int i = 1; i < argc; i++) {
        measure(strtoull(argv[i], NULL, 10));
    }
    for (int i = 0; argc == 1 && i < DEFAULT_N; i++) {
        measure(preset[i]);
    }
    return 0;
}
