/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/kw/kw.h"

static bool parse(struct rule_parse *p, struct rule *r, const char *argument, uint8_t *place, const void **data, struct err *err)
{
    (void)p;
    (void)r;
    (void)argument;
    (void)place;
    (void)data;
    (void)err;
    return true;
}

static bool match(struct detect_scope *s, const struct rule *r, const void *data)
{
    (void)r;
    (void)data;
    return s->view && view_has(s->view, LAYER_IPV4 | LAYER_IPV6) && addr_equal(&s->view->src, &s->view->dst);
}

const struct keyword keyword_sameip = {
    .name = "sameip",
    .dialects = 1 << DIALECT_SURICATA,
    .value = KEYWORD_VALUE_NONE,
    .place = KEYWORD_PACKET,
    .needs_packet = true,
    .parse = parse,
    .match = match,
    .help = "source and destination address are the same",
};
