/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tls.store: when all of the rule has matched, the certificates of that side are kept (output tls-store). */
#include "detect/kw/kw.h"

static bool parse(struct rule_parse *p, struct rule *r, const char *argument, uint8_t *place, const void **data, struct err *err)
{
    (void)r;
    (void)argument;
    (void)place;
    (void)data;
    return rule_parse_bind(p, "tls", err);
}

static bool match(struct detect_scope *s, const struct rule *r, const void *data)
{
    (void)r;
    (void)data;
    if (s->txn != NULL) {
        s->txn->keep |= (uint8_t)(1u << s->side);
        txn_due(s->txn);
    }
    return true;
}

const struct keyword keyword_tls_store = {
    .name = "tls.store",
    .aliases = "tls_store",
    .dialects = 1 << DIALECT_SURICATA,
    .value = KEYWORD_VALUE_NONE,
    .place = KEYWORD_POST,
    .parse = parse,
    .match = match,
    .help = "keep the certificates that were shown, where the output tls-store is on",
};
