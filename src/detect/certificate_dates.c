/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keywords that ask when a certificate is valid. */
#include "detect/kw/kw.h"

#include <time.h>

struct dates {
    const struct field *field;
    int64_t low, high;         /* seconds since 1970, both included */
    bool compared;             /* with low and high; else with the time of the traffic */
    bool expired;
};

/* "2020-01", "2020-01-31 23:59:59", "2020-01-31T12", or seconds since 1970. */
static bool dates_read(struct bytes b, int64_t *out)
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
static bool dates_range(const char *argument, struct dates *to)
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

/* One row a keyword: which date, and whether it is compared with the time of the traffic. */
struct date_kind {
    const char *field;
    bool compared, expired;
};

static bool parse(struct rule_parse *p, struct rule *r, const char *argument, uint8_t *place, const void **data, struct err *err)
{
    const struct date_kind *kind = rule_parse_keyword(p)->own;
    struct dates *to = kw_data(p, sizeof *to, err);

    (void)r;
    (void)place;
    *data = to;
    if (to == NULL || (to->field = kw_field(p, "tls", kind->field, err)) == NULL) {
        return false;
    }
    to->expired = kind->expired;
    return !kind->compared || dates_range(argument, to) ||
           err_set(err, "'%.64s' is no date: write 2020-01-31, 2020-01-31T12:00:00, <DATE, >DATE or DATE<>DATE", argument);
}

static bool match(struct detect_scope *s, const struct rule *r, const void *data)
{
    const struct dates *d = data;
    uint64_t x;

    (void)r;
    if (!kw_field_number(s, d->field, &x) || x == 0) {
        return false;
    }
    if (d->compared) {
        return (int64_t)x >= d->low && (int64_t)x <= d->high;
    }
    return (scope_seconds(s) > x) == d->expired;
}

#define DATE_KEYWORD(id, named, against, past, text)                                                                  \
    extern const struct keyword keyword_##id;                                                                          \
    static const struct date_kind kind_##id = { .field = named, .compared = against, .expired = past };                \
    const struct keyword keyword_##id = {                                                                              \
        .name = #id, .dialects = 1 << DIALECT_SURICATA, .value = (against) ? 0 : KEYWORD_VALUE_NONE,                   \
        .place = KEYWORD_TXN, .proto = "tls", .own = &kind_##id, .parse = parse, .match = match, .help = text };

DATE_KEYWORD(tls_cert_expired, "tls.cert_not_after", false, true, "the certificate was valid no more")
DATE_KEYWORD(tls_cert_valid, "tls.cert_not_after", false, false, "the certificate was still valid")
DATE_KEYWORD(tls_cert_notafter, "tls.cert_not_after", true, false, "when a certificate ends to be valid: tls_cert_notafter:2020-01<>2021-01")
DATE_KEYWORD(tls_cert_notbefore, "tls.cert_not_before", true, false, "when a certificate begins to be valid: tls_cert_notbefore:>2020-01-31")
