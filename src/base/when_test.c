/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/when.h"

#include "base/clock.h"
#include "base/rows.h"
#include "tap.h"

#include <stdlib.h>
#include <time.h>

enum { NOON = 1764590400 }; /* 2025-12-01T12:00:00Z; the clock of this test is an hour east */

static const struct {
    const char *text, *why;
    uint64_t seconds, ns;      /* 0: it is refused */
} rows[] = {
    { "2025-12-01T12:00:00.000000+0000", "as records have it", NOON, 0 },
    { "2025-12-01T12:00:00.250000+0000", "with a part of a second", NOON, 250000000 },
    { "2025-12-01T12:00:00Z", "UTC", NOON, 0 },
    { "2025-12-01T14:30:00+02:30", "another zone", NOON, 0 },
    { "2025-12-01T13:00:00", "the clock here", NOON, 0 },
    { "2025-12-01 13:00", "a blank for the T, no seconds", NOON, 0 },
    { "2025-12-01", "a day begins at midnight here", NOON - 13 * 3600, 0 },
    { "1764590400", "seconds", NOON, 0 },
    { "1764590400.5", "and a half", NOON, 500000000 },
    { "2261-12-31Z", "about the last", 9214560000, 0 },
    { "2600-01-01", "more nanoseconds than are counted", 0, 0 },
    { "9999-12-31T23:59:59Z", "likewise", 0, 0 },
    { "9300000000", "likewise, in seconds", 0, 0 },
    { "99999999999999999999", "no number", 0, 0 },
    { "1960-01-01", "before there were any", 0, 0 },
    { "-5m", "not ago, but to come", 0, 0 },
    { "-1", "before 1970", 0, 0 },
    { "99999999999999w", "longer ago than that", 0, 0 },
    { "18446744073709551616s", "longer than is counted", 0, 0 },
    { "5x", "no unit", 0, 0 },
    { "m", "no number before it", 0, 0 },
    { "", "nothing", 0, 0 },
    { "2025-12-01T12:00:00+1", "half a zone", 0, 0 },
    { "2025-12-01T12:00:00Zulu", "something behind it", 0, 0 },
    { "2025-13-01", "no month", 0, 0 },
    { "yesterday", "words", 0, 0 },
};

int main(void)
{
    struct err err = { "" };
    uint64_t ns;

    setenv("TZ", "HERE-1", 1);
    tzset();
    for (unsigned i = 0; i < ROWS(rows); i++) {
        bool is = when_read(rows[i].text, &ns, &err);
        ok(is == (rows[i].seconds != 0) && (!is || ns == rows[i].seconds * CLOCK_SECOND + rows[i].ns), rows[i].why);
    }
    ok(when_read("2h", &ns, &err) && clock_now() - ns >= 7200 * CLOCK_SECOND && clock_now() - ns < 7260 * CLOCK_SECOND, "two hours ago");
    return done_testing();
}
