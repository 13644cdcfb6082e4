/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/kw/kw.h"

static bool parse(struct rule_parse *p, struct rule *r, const char *argument, uint8_t *place, const void **data, struct err *err)
{
    (void)r;
    (void)place;
    return kw_number(p, argument, UINT16_MAX, data, err);
}

static bool match(struct detect_scope *s, const struct rule *r, const void *data)
{
    (void)r;
    return s->view && view_has(s->view, LAYER_IPV4) && range_has(data, s->view->ip_id);
}

const struct keyword keyword_id = {
    .name = "id",
    .aliases = NULL,
    .dialects = 1 << DIALECT_SURICATA,
    .value = KEYWORD_VALUE_MAY_QUOTED,
    .place = KEYWORD_PACKET,
    .needs_packet = true,
    .parse = parse,
    .match = match,
    .help = "IPv4 identification",
};
