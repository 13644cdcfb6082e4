/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "app/coverage.h"

#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>

struct coverage {
    struct record_gap *gap;
    size_t n;
    uint64_t lost, dropped;
    struct record_gap all; /* what there is whatever the time; what NULL: nothing */
};

/* The caller's to free: gap. */
static struct coverage coverage_of(const struct record *r, uint64_t from, uint64_t to)
{
    struct coverage c = { .gap = NULL };
    size_t n = record_gaps(r, &c.gap);

    if (r->n != 0 && n != 0) { /* that row is the last */
        c.all = c.gap[n - 1];
    }
    to = to != 0 ? to : UINT64_MAX;
    for (size_t i = 0; i < n; i++) {
        if (c.gap[i].last >= from && c.gap[i].first < to) {
            c.gap[c.n++] = c.gap[i];
        }
    }
    for (size_t i = 0; i < r->n; i++) {
        const struct index_about *s = r->segment[i].about;
        bool in = s->last_ts >= from && s->first_ts < to;
        c.lost += in ? s->lost_packets : 0;
        c.dropped += in ? s->dropped : 0;
    }
    return c;
}

void coverage_tell(const struct record *r, uint64_t from, uint64_t to)
{
    struct coverage c = coverage_of(r, from, to);
    struct clock_zone zone = { 0 };

    if (r->n == 0 && r->closed_n == 0 && r->problem_n == 0) { /* not where something is that cannot be read */
        fprintf(stderr, "nothing is recorded in %s\n", r->dir);
    }
    for (size_t i = 0; i < c.n; i++) {
        char text[2][CLOCK_TEXT_MAX], packets[64];
        clock_iso(&zone, c.gap[i].first, text[0]);
        clock_iso(&zone, c.gap[i].last, text[1]);
        bool missing = c.gap[i].segments != 0;
        snprintf(packets, sizeof packets, missing ? ", segments: %llu" : ", %llu packets", (unsigned long long)(missing ? c.gap[i].segments : c.gap[i].packets));
        fprintf(stderr, "%s: %s to %s%s\n", c.gap[i].what, text[0], text[1], missing || c.gap[i].packets != 0 ? packets : "");
    }
    if (c.n == 0 && c.all.what != NULL) {
        char text[2][CLOCK_TEXT_MAX];
        clock_iso(&zone, c.all.first, text[0]);
        clock_iso(&zone, c.all.last, text[1]);
        fprintf(stderr, "nothing is known of that time; %s: %s to %s\n", c.all.what, text[0], text[1]);
    }
    if (c.lost != 0) {
        fprintf(stderr, "not recorded, for want of room or time: %llu packets\n", (unsigned long long)c.lost);
    }
    if (c.dropped != 0) {
        fprintf(stderr, "dropped by the kernel in this time: %llu packets\n", (unsigned long long)c.dropped);
    }
    free(c.gap);
}

void coverage_json(struct json *j, const struct record *r, uint64_t from, uint64_t to)
{
    struct coverage c = coverage_of(r, from, to);
    struct clock_zone zone = { 0 };

    json_array(j, "times");
    for (size_t i = 0; i < c.n; i++) {
        char text[CLOCK_TEXT_MAX];
        json_object(j, NULL);
        json_string(j, "what", c.gap[i].what);
        clock_iso(&zone, c.gap[i].first, text);
        json_string(j, "from", text);
        clock_iso(&zone, c.gap[i].last, text);
        json_string(j, "to", text);
        if (c.gap[i].packets != 0) {
            json_u64(j, "packets", c.gap[i].packets);
        }
        if (c.gap[i].segments != 0) {
            json_u64(j, "segments", c.gap[i].segments);
        }
        json_end_object(j);
    }
    json_end_array(j);
    json_u64(j, "packets_lost", c.lost);
    json_u64(j, "packets_dropped", c.dropped);
    free(c.gap);
}
