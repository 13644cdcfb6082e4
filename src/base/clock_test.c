/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/clock.h"
#include "tap.h"

#include <stdlib.h>
#include <time.h>

static void test_zones(void)
{
    static const struct {
        const char *why, *zone;
        uint64_t ns;
        const char *iso, *fast;
    } rows[] = {
        { "the beginning", "UTC0", 0, "1970-01-01T00:00:00.000000+0000",
          "01/01/1970-00:00:00.000000" },
        { "microseconds are cut, not rounded", "UTC0", 1795472100123456999,
          "2026-11-23T22:15:00.123456+0000", "11/23/2026-22:15:00.123456" },
        { "a leap day", "UTC0", 951782400ULL * CLOCK_SECOND, "2000-02-29T00:00:00.000000+0000",
          "02/29/2000-00:00:00.000000" },
        { "a century without one", "UTC0", 4107542399ULL * CLOCK_SECOND,
          "2100-02-28T23:59:59.000000+0000", "02/28/2100-23:59:59.000000" },
        { "the day after", "UTC0", 4107542400ULL * CLOCK_SECOND, "2100-03-01T00:00:00.000000+0000",
          "03/01/2100-00:00:00.000000" },
        { "the last time there is", "UTC0", UINT64_MAX, "2554-07-21T23:34:33.709551+0000",
          "07/21/2554-23:34:33.709551" },
        { "east of Greenwich", "XST-5:30", 0, "1970-01-01T05:30:00.000000+0530",
          "01/01/1970-05:30:00.000000" },
        { "west of Greenwich before 1970", "XST3", 0, "1969-12-31T21:00:00.000000-0300",
          "12/31/1969-21:00:00.000000" },
        { "the last second of winter", "CET-1CEST,M3.5.0,M10.5.0/3",
          1774745999ULL * CLOCK_SECOND, "2026-03-29T01:59:59.000000+0100",
          "03/29/2026-01:59:59.000000" },
        { "the first of summer", "CET-1CEST,M3.5.0,M10.5.0/3", 1774746000ULL * CLOCK_SECOND,
          "2026-03-29T03:00:00.000000+0200", "03/29/2026-03:00:00.000000" },
    };
    struct clock_zone z = { 0 };
    const char *zone = "";

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char out[CLOCK_TEXT_MAX];
        if (strcmp(zone, rows[i].zone) != 0) {
            zone = rows[i].zone;
            setenv("TZ", zone, 1);
            tzset();
            z = (struct clock_zone){ 0 };
        }
        ok(clock_iso(&z, rows[i].ns, out) == strlen(rows[i].iso), "its length");
        is_str(out, rows[i].iso, rows[i].why);
        clock_fast(&z, rows[i].ns, out);
        is_str(out, rows[i].fast, "  as the fast log has it");
    }
}

/* Against the system's calendar, over five centuries. */
static void test_calendar(void)
{
    struct clock_zone z = { 0 };
    unsigned wrong = 0;

    setenv("TZ", "UTC0", 1);
    tzset();
    for (uint64_t t = 0; t < 18446744073ULL; t += 86399 * 3) {
        char out[CLOCK_TEXT_MAX], want[CLOCK_TEXT_MAX];
        time_t second = (time_t)t;
        struct tm tm;
        gmtime_r(&second, &tm);
        strftime(want, sizeof(want), "%Y-%m-%dT%H:%M:%S.000000+0000", &tm);
        clock_iso(&z, t * CLOCK_SECOND, out);
        wrong += strcmp(out, want) != 0;
    }
    is_int(wrong, 0, "the calendar agrees with the system's");
}

int main(void)
{
    test_zones();
    test_calendar();
    uint64_t a = clock_monotonic(), b = clock_monotonic();
    ok(a <= b, "the monotonic clock does not go back");
    ok(clock_now() > 1700000000ULL * CLOCK_SECOND, "the wall clock is in nanoseconds since 1970");
    ok(clock_cpu() > 0, "this process has used some time");
    return done_testing();
}
