/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/clock.h"

#include <string.h>
#include <time.h>

static uint64_t clock_read(clockid_t id)
{
    struct timespec t;

    clock_gettime(id, &t);
    return (uint64_t)t.tv_sec * CLOCK_SECOND + (uint64_t)t.tv_nsec;
}

uint64_t clock_now(void) { return clock_read(CLOCK_REALTIME); }
uint64_t clock_monotonic(void) { return clock_read(CLOCK_MONOTONIC); }
uint64_t clock_thread(void) { return clock_read(CLOCK_THREAD_CPUTIME_ID); }
uint64_t clock_cpu(void) { return clock_read(CLOCK_PROCESS_CPUTIME_ID); }

static void put2(char *to, unsigned v)
{
    to[0] = (char)('0' + v / 10);
    to[1] = (char)('0' + v % 10);
}

/* Year, month and day of a count of days since 1970 in the Gregorian calendar: eras of 400 years
 * have 146,097 days, and years that begin in March have their leap day last. */
static void date_of(int64_t days, unsigned *year, unsigned *month, unsigned *day)
{
    uint64_t d = (uint64_t)(days + 719468); /* since 0000-03-01 */
    uint64_t era = d / 146097;
    unsigned of_era = (unsigned)(d % 146097);
    unsigned y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    unsigned of_year = of_era - (365 * y + y / 4 - y / 100);
    unsigned m = (5 * of_year + 2) / 153;

    *day = of_year - (153 * m + 2) / 5 + 1;
    *month = m < 10 ? m + 3 : m - 9;
    *year = (unsigned)(era * 400) + y + (*month <= 2);
}

static int32_t offset_at(uint64_t second)
{
    time_t t = (time_t)second;
    struct tm tm;

    return localtime_r(&t, &tm) != NULL ? (int32_t)tm.tm_gmtoff : 0;
}

/* Fills the head of both forms for a second not seen before. */
static void zone_second(struct clock_zone *z, uint64_t second)
{
    unsigned year, month, day;

    /* No zone changes its offset but on a full minute. */
    if (!z->known || z->second / 60 != second / 60) {
        z->offset = offset_at(second);
        unsigned minutes = (unsigned)(z->offset < 0 ? -z->offset : z->offset) / 60;
        z->tail[0] = z->offset < 0 ? '-' : '+';
        put2(z->tail + 1, minutes / 60);
        put2(z->tail + 3, minutes % 60);
    }
    z->known = true;
    z->second = second;

    int64_t local = (int64_t)second + z->offset;
    int64_t days = local / 86400 - (local % 86400 < 0);
    unsigned of_day = (unsigned)(local - days * 86400);
    date_of(days, &year, &month, &day);
    char *h = z->head; /* "2026-11-23T22:15:00." */
    put2(h, year / 100);
    put2(h + 2, year % 100);
    h[4] = h[7] = '-';
    put2(h + 5, month);
    put2(h + 8, day);
    h[10] = 'T';
    put2(h + 11, of_day / 3600);
    put2(h + 14, of_day / 60 % 60);
    put2(h + 17, of_day % 60);
    h[13] = h[16] = ':';
    h[19] = '.';
}

static void put_micros(char *to, uint64_t ns)
{
    unsigned micros = (unsigned)(ns / 1000);

    put2(to, micros / 10000);
    put2(to + 2, micros / 100 % 100);
    put2(to + 4, micros % 100);
}

static inline void zone_at(struct clock_zone *z, uint64_t ns)
{
    uint64_t second = ns / CLOCK_SECOND;

    if (!z->known || z->second != second) {
        zone_second(z, second);
    }
}

size_t clock_iso(struct clock_zone *z, uint64_t ns, char *out)
{
    zone_at(z, ns);
    memcpy(out, z->head, 20);
    put_micros(out + 20, ns % CLOCK_SECOND);
    memcpy(out + 26, z->tail, 5);
    out[31] = '\0';
    return 31;
}

size_t clock_fast(struct clock_zone *z, uint64_t ns, char *out)
{
    zone_at(z, ns);
    const char *h = z->head;
    memcpy(out, h + 5, 2);
    out[2] = '/';
    memcpy(out + 3, h + 8, 2);
    out[5] = '/';
    memcpy(out + 6, h, 4);
    out[10] = '-';
    memcpy(out + 11, h + 11, 9);
    put_micros(out + 20, ns % CLOCK_SECOND);
    out[26] = '\0';
    return 26;
}
