/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/kw/dates.h"

static bool parse(struct rule_parse *p, struct rule *r, const char *argument, uint8_t *place, const void **data, struct err *err)
{
    struct dates *d = kw_data(p, sizeof *d, err);

    (void)r;
    (void)argument;
    (void)place;
    *data = d;
    if (d == NULL) {
        return false;
    }
    d->expired = true;
    d->field = kw_field(p, "tls", "tls.cert_not_after", err);
    return d->field != NULL;
}

static bool match(struct detect_scope *s, const struct rule *r, const void *data)
{
    (void)r;
    return dates_match(s, data);
}

const struct keyword keyword_tls_cert_expired = {
    .name = "tls_cert_expired",
    .dialects = 1 << DIALECT_SURICATA,
    .value = KEYWORD_VALUE_NONE,
    .place = KEYWORD_TXN,
    .proto = "tls",
    .parse = parse,
    .match = match,
    .help = "the certificate was valid no more",
};
