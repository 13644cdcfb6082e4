/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/kw/kw.h"

struct size {
    struct range range;
    bool server, client, both; /* whose bytes; both: each of them, else one is enough */
};

/* "server|client|both|either,<=,100" */
static bool parse(struct rule_parse *p, struct rule *r, const char *argument, uint8_t *place, const void **data, struct err *err)
{
    static const struct {
        const char *sign;
        uint8_t op;
    } signs[] = { { "<", RANGE_LT }, { "<=", RANGE_LE }, { ">", RANGE_GT }, { ">=", RANGE_GE }, { "=", RANGE_EQ }, { "!=", RANGE_NE }, { "!", RANGE_NE } };
    struct size *to = kw_data(p, sizeof *to, err);
    struct rd b = rd_of(bytes_str(argument));
    struct bytes who, sign, number;
    bool found[2], known = false;

    (void)r;
    (void)place;
    *data = to;
    if (to == NULL) {
        return false;
    }
    who = bytes_trim(rd_until(&b, ',', &found[0]), " ");
    sign = bytes_trim(rd_until(&b, ',', &found[1]), " ");
    number = bytes_trim(rd_rest(&b), " ");
    to->both = bytes_is(who, "both");
    to->server = to->both || bytes_is(who, "server") || bytes_is(who, "either");
    to->client = to->both || bytes_is(who, "client") || bytes_is(who, "either");
    for (size_t i = 0; i < ROWS(signs); i++) {
        if (bytes_is(sign, signs[i].sign)) {
            to->range.op = signs[i].op;
            known = true;
        }
    }
    return (known && (to->server || to->client) && bytes_u64(number, &to->range.low) && to->range.low <= UINT32_MAX) ||
           err_set(err, "'%.64s': write server, client, both or either, then <, <=, =, !=, >= or >, then bytes", argument);
}

/* What a side has sent, its SYN counted. */
static bool match(struct detect_scope *s, const struct rule *r, const void *data)
{
    const struct size *z = data;
    bool server, client;

    (void)r;
    if (s->flow == NULL || s->flow->tcp == NULL || (s->view && !view_has(s->view, LAYER_TCP))) {
        return false;
    }
    server = z->server && range_has(&z->range, stream_bytes(s->flow, TO_CLIENT));
    client = z->client && range_has(&z->range, stream_bytes(s->flow, TO_SERVER));
    return z->both ? server && client : server || client;
}

const struct keyword keyword_stream_size = {
    .name = "stream_size",
    .dialects = 1 << DIALECT_SURICATA,
    .place = KEYWORD_PACKET,
    .needs_flow = true,
    .parse = parse,
    .match = match,
    .help = "bytes that a side of the TCP session has sent: stream_size:server,>,100",
};
