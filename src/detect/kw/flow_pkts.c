/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/kw/kw.h"

struct count {
    struct range range;
    bool server, client;       /* the directions asked: one of them is enough */
};

/* "toserver|toclient|either,RANGE" */
static bool parse(struct rule_parse *p, struct rule *r, const char *argument, uint8_t *place, const void **data, struct err *err)
{
    struct count *to = kw_data(p, sizeof *to, err);
    const char *comma = strchr(argument, ',');
    struct bytes way = comma ? bytes_trim(bytes_of(argument, (size_t)(comma - argument)), " \t") : bytes_none();

    (void)r;
    (void)place;
    *data = to;
    if (to == NULL) {
        return false;
    }
    to->server = bytes_is(way, "toserver") || bytes_is(way, "either");
    to->client = bytes_is(way, "toclient") || bytes_is(way, "either");
    if (!to->server && !to->client) {
        return err_set(err, "'%.64s': write toserver, toclient or either, a comma and a range", argument);
    }
    return range_parse_max(comma + 1 + strspn(comma + 1, " \t"), UINT32_MAX, &to->range, err);
}

static bool match(struct detect_scope *s, const struct rule *r, const void *data)
{
    const struct count *c = data;

    (void)r;
    return s->flow && ((c->server && range_has(&c->range, s->flow->packets[TO_SERVER])) || (c->client && range_has(&c->range, s->flow->packets[TO_CLIENT])));
}

const struct keyword keyword_flow_pkts = {
    .name = "flow.pkts",
    .dialects = 1 << DIALECT_SURICATA,
    .place = KEYWORD_PACKET,
    .needs_packet = true,
    .needs_flow = true,
    .parse = parse,
    .match = match,
    .help = "packets of the flow so far, to one side or either: flow.pkts:either,>10",
};
