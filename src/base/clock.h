/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * clock - times are nanoseconds since 1970 UTC in a uint64_t; durations the same.  Any thread.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CLOCK_SECOND 1000000000ULL
#define CLOCK_TEXT_MAX 40

uint64_t clock_now(void);       /* wall clock */
uint64_t clock_monotonic(void);
uint64_t clock_cpu(void);       /* CPU time of this process */
uint64_t clock_thread(void);    /* CPU time of this thread; up to a microsecond to ask */

/* What one writer of times remembers of the last second it wrote, so that the calendar and the zone are asked once a
 * second and not once a line.  Zeroed at first; one thread's own.  The zone is the process's (TZ, /etc/localtime). */
struct clock_zone {
    uint64_t second;
    int32_t offset; /* seconds east of UTC */
    bool known;
    char head[20], tail[5];
};

/* "2026-11-23T22:15:00.123456+0000": microseconds and the zone's offset, as EVE has it.  Writes a NUL; returns the length. */
size_t clock_iso(struct clock_zone *z, uint64_t ns, char *out);
/* "11/23/2026-22:15:00.123456", as the fast log has it. */
size_t clock_fast(struct clock_zone *z, uint64_t ns, char *out);

#endif
