/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bypass: once the rule matched, its flow is not looked at any more. */
#include "detect/kw/kw.h"

static bool parse(struct rule_parse *p, struct rule *r, const char *argument, uint8_t *place, const void **data, struct err *err)
{
    (void)p, (void)r, (void)argument, (void)place, (void)data, (void)err;
    return true;
}

static bool match(struct detect_scope *s, const struct rule *r, const void *data)
{
    (void)r, (void)data;
    scope_bypass(s);
    return true;
}

const struct keyword keyword_bypass = { .name = "bypass", .dialects = 1 << DIALECT_SURICATA, .place = KEYWORD_POST,
                                        .value = KEYWORD_VALUE_NONE, .parse = parse, .match = match,
                                        .help = "the flow of a match is not looked at any more" };
