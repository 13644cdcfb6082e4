/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/kw/dates.h"

static bool parse(struct rule_parse *p, struct rule *r, const char *argument, uint8_t *place, const void **data, struct err *err)
{
    (void)r;
    (void)place;
    return dates_parse(p, argument, "tls.cert_not_before", data, err);
}

static bool match(struct detect_scope *s, const struct rule *r, const void *data)
{
    (void)r;
    return dates_match(s, data);
}

const struct keyword keyword_tls_cert_notbefore = {
    .name = "tls_cert_notbefore",
    .dialects = 1 << DIALECT_SURICATA,
    .place = KEYWORD_TXN,
    .proto = "tls",
    .parse = parse,
    .match = match,
    .help = "when a certificate begins to be valid: tls_cert_notbefore:>2020-01-31",
};
