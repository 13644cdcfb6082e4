/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/kw/kw.h"

static bool parse(struct rule_parse *p, struct rule *r, const char *argument, uint8_t *place, const void **data, struct err *err)
{
    (void)r;
    (void)place;
    return kw_number(p, argument, UINT32_MAX, data, err);
}

static bool match(struct detect_scope *s, const struct rule *r, const void *data)
{
    (void)r;
    return s->view && view_has(s->view, LAYER_TCP) && range_has(data, s->view->tcp.ack);
}

const struct keyword keyword_tcp_ack = {
    .name = "tcp.ack",
    .aliases = "ack",
    .dialects = 1 << DIALECT_SURICATA,
    .value = 0,
    .place = KEYWORD_PACKET,
    .needs_packet = true,
    .parse = parse,
    .match = match,
    .help = "TCP acknowledgement number",
};
