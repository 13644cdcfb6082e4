/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "flow/flow_rate.h"

#include "base/clock.h"
#include "tap.h"

static void test_window(void)
{
    static const struct {
        uint32_t interval, seconds, steps;
        const char *why;
    } rows[] = {
        { 1, 1, 1, "one second" },
        { 10, 1, 10, "a step is a second" },
        { 16, 1, 16, "as long as there are steps enough" },
        { 60, 4, 15, "then several" },
        { 61, 4, 16, "the last step counts whole" },
        { 65535, 4096, 16, "the longest" },
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct flow_rate_window w = flow_rate_window(rows[i].interval);
        is_int(w.seconds, rows[i].seconds, rows[i].why);
        is_int(w.steps, rows[i].steps, rows[i].why);
    }
}

static void test_add(void)
{
    static const struct {
        uint64_t at, bytes;
        long long sum;
        const char *why;
    } rows[] = {
        { 1700000000, 100, 100, "the first packet" },
        { 1700000000, 1, 101, "the same second" },
        { 1700000002, 10, 111, "two seconds on, of three" },
        { 1700000003, 5, 15, "the first second is out of the window" },
        { 1700000001, 7, 22, "a late packet counts where it belongs" },
        { 1700000000, 9, 22, "too late a one does not" },
        { 1700000004, 2, 17, "what the late packet counted for goes with its second" },
        { 1700009999, 3, 3, "after a long silence" },
    };
    const struct flow_rate_window w = flow_rate_window(3);
    struct flow_rate r = { 0 };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        is_int((long long)flow_rate_add(&r.side[1], w, rows[i].at * CLOCK_SECOND, rows[i].bytes), rows[i].sum, rows[i].why);
    }
    is_int((long long)r.side[0].sum, 0, "the other side is its own");
}

int main(void)
{
    test_window();
    test_add();
    return done_testing();
}
