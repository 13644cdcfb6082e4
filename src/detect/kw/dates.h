/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dates - the keywords that ask when a certificate is valid: parse() and match() of four of them.
 *
 * Included by their files only.
 */
#ifndef DETECT_KW_DATES_H
#define DETECT_KW_DATES_H

#include "detect/kw/kw.h"

#include <time.h>

struct dates {
    const struct field *field;
    int64_t low, high;         /* seconds since 1970, both included */
    bool compared;             /* with low and high; else with the time of the traffic */
    bool expired;
};

/* "2020-01", "2020-01-31 23:59:59", "2020-01-31T12", or seconds since 1970. */
static inline bool dates_read(struct bytes b, int64_t *out)
{
    struct rd r = rd_of(bytes_trim(b, " \t"));
    struct tm tm = { .tm_mday = 1 };
    int *const parts[] = { &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &tm.tm_hour, &tm.tm_min, &tm.tm_sec };
    static const struct {
        const char *stops;
        uint64_t low, high;
    } kinds[] = { { "-", 1900, 9999 }, { "-", 1, 12 }, { " T", 1, 31 }, { ":", 0, 23 }, { ":", 0, 59 }, { "", 0, 60 } };
    unsigned n = 0;
    uint64_t x;

    if (bytes_u64(rd_peek(&r), &x) && rd_left(&r) > 4) {
        *out = (int64_t)x;
        return x < INT64_MAX;
    }
    for (; n < 6 && rd_left(&r); n++) {
        struct bytes w = rd_until_any(&r, kinds[n].stops);

        if (!bytes_u64(w, &x) || x < kinds[n].low || x > kinds[n].high) {
            return false;
        }
        *parts[n] = (int)x - (n == 0 ? 1900 : n == 1 ? 1 : 0);
        if (rd_left(&r)) {
            rd_skip(&r, 1);
            if (rd_left(&r) == 0) {
                return false;
            }
        }
    }
    *out = timegm(&tm);
    return n >= 2 && rd_done(&r);
}

/* "DATE", "<DATE", ">DATE", "DATE<>DATE" */
static inline bool dates_range(const char *argument, struct dates *to)
{
    struct bytes b = bytes_trim(bytes_str(argument), " \t");
    size_t between = bytes_find(b, bytes_str("<>"));

    to->compared = true;
    to->low = INT64_MIN;
    to->high = INT64_MAX;
    if (between != SIZE_MAX) {
        return dates_read(bytes_head(b, between), &to->low) && dates_read(bytes_from(b, between + 2), &to->high) && to->high > to->low;
    }
    if (bytes_starts(b, "<")) {
        return dates_read(bytes_from(b, 1), &to->high);
    }
    if (bytes_starts(b, ">")) {
        return dates_read(bytes_from(b, 1), &to->low);
    }
    if (!dates_read(b, &to->low)) {
        return false;
    }
    to->high = to->low;
    return true;
}

static inline bool dates_parse(struct rule_parse *p, const char *argument, const char *field, const void **data, struct err *err)
{
    struct dates *to = kw_data(p, sizeof *to, err);

    *data = to;
    if (to == NULL || (to->field = kw_field(p, "tls", field, err)) == NULL) {
        return false;
    }
    return argument == NULL || dates_range(argument, to) ||
           err_set(err, "'%.64s' is no date: write 2020-01-31, 2020-01-31T12:00:00, <DATE, >DATE or DATE<>DATE", argument);
}

static inline bool dates_match(const struct detect_scope *s, const struct dates *d)
{
    uint64_t x;

    if (!kw_field_number(s, d->field, &x) || x == 0) {
        return false;
    }
    if (d->compared) {
        return (int64_t)x >= d->low && (int64_t)x <= d->high;
    }
    return (scope_seconds(s) > x) == d->expired;
}

#endif
