/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/when.h"

#include "base/clock.h"
#include "base/rd.h"
#include "base/rows.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* "15m": so long ago; not before 1970. */
static bool ago(const char *text, uint64_t *out)
{
    static const struct { char unit; uint64_t seconds; } units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 }, { 'w', 604800 } };
    uint64_t now = clock_now(), n;
    size_t digits = strspn(text, "0123456789");

    if (!bytes_u64(bytes_of(text, digits), &n) || text[digits] == '\0' || text[digits + 1] != '\0') {
        return false;
    }
    for (unsigned i = 0; i < ROWS(units); i++) {
        if (text[digits] == units[i].unit && n <= now / CLOCK_SECOND / units[i].seconds) {
            *out = now - n * units[i].seconds * CLOCK_SECOND;
            return true;
        }
    }
    return false;
}

/* ".000123"; where it ends. */
static const char *fraction(const char *p, uint64_t *ns)
{
    *ns = 0;
    if (*p == '.') {
        for (uint64_t unit = CLOCK_SECOND / 10; *++p >= '0' && *p <= '9'; unit /= 10) {
            *ns += (uint64_t)(*p - '0') * unit;
        }
    }
    return p;
}

/* Behind that "Z", "+0100", "+01:00" or, of the clock here, nothing.  *east: seconds. */
static bool zone_read(const char *p, bool *zone, long *east)
{
    int hours, minutes, n = 0;

    *east = 0;
    *zone = *p != '\0';
    if (*p == '\0' || strcmp(p, "Z") == 0) {
        return true;
    }
    if ((*p != '+' && *p != '-') || p[1] < '0' || p[1] > '9' ||
        (sscanf(p + 1, "%2d%2d%n", &hours, &minutes, &n) != 2 && sscanf(p + 1, "%2d:%2d%n", &hours, &minutes, &n) != 2) || p[1 + n] != '\0') {
        return false;
    }
    *east = (*p == '-' ? -1L : 1L) * (hours * 3600L + minutes * 60L);
    return minutes >= 0;
}

/* Databases keep it in 63 bits. */
static bool settle(uint64_t seconds, uint64_t ns, uint64_t *out)
{
    bool good = seconds < INT64_MAX / CLOCK_SECOND;

    *out = good ? seconds * CLOCK_SECOND + ns : 0;
    return good;
}

bool when_read(const char *text, uint64_t *out, struct err *err)
{
    static const char *const formats[] = { "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%d" };
    uint64_t seconds, ns;
    bool zone;
    long east;

    if (ago(text, out) || (bytes_u64(bytes_of(text, strspn(text, "0123456789")), &seconds) && *fraction(text + strspn(text, "0123456789"), &ns) == '\0' &&
                           settle(seconds, ns, out))) {
        return true;
    }
    for (unsigned i = 0; i < ROWS(formats); i++) {
        struct tm tm = { .tm_isdst = -1 };
        const char *end = strptime(text, formats[i], &tm);
        time_t t = end != NULL && zone_read(fraction(end, &ns), &zone, &east) ? (zone ? timegm(&tm) - east : mktime(&tm)) : (time_t)-1;
        if (t >= 0 && settle((uint64_t)t, ns, out)) {
            return true;
        }
    }
    return err_set(err, "'%s': a time is wanted: 2026-11-29, 2026-11-29T01:00:00 (with +0000 as records have it, else of the clock here), 15m (ago), or seconds since 1970", text);
}
