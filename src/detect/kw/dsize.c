/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/kw/kw.h"

extern const struct keyword keyword_dsize;

static bool parse(struct rule_parse *p, struct rule *r, const char *argument, uint8_t *place, const void **data, struct err *err)
{
    (void)r;
    (void)place;
    if (rule_parse_earlier(p, &keyword_dsize, 0)) {
        return err_set(err, "Can't use 2 or more dsizes in the same sig.  Invalidating signature.");
    }
    return kw_range(p, argument, UINT16_MAX, data, err);
}

/* "Not N bytes" asks for some: Suricata gives the rule packets with a payload only. */
static bool match(struct detect_scope *s, const struct rule *r, const void *data)
{
    const struct range *x = data;

    (void)r;
    return s->view && (x->op != RANGE_NE || s->view->payload.n) && range_has(x, s->view->payload.n);
}

const struct keyword keyword_dsize = {
    .name = "dsize",
    .dialects = 1 << DIALECT_SURICATA,
    .place = KEYWORD_PACKET,
    .needs_packet = true,
    .parse = parse,
    .match = match,
    .help = "bytes of the packet's payload",
};
