/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/kw/kw.h"

extern const struct keyword keyword_dsize;

static bool parse(struct rule_parse *p, struct rule *r, const char *argument, uint8_t *place, const void **data, struct err *err)
{
    struct range *to = kw_data(p, sizeof *to, err);

    (void)place;
    *data = to;
    if (rule_parse_earlier(p, &keyword_dsize, 0)) {
        return err_set(err, "Can't use 2 or more dsizes in the same sig.  Invalidating signature.");
    }
    if (to == NULL || !rule_parse_range(p, argument, UINT16_MAX, to, err)) {
        return false;
    }
    if (r->dialect != DIALECT_SURICATA && to->op == RANGE_NE && to->low != 0) {
        *to = (struct range){ .op = RANGE_OUT, .low = to->low - 1, .high = to->low + 1 }; /* to Snort none at all is another size too */
    }
    return true;
}

/* Whether only packets with a payload are asked: then Suricata's "not N bytes" is not none at all, and the payload of a
 * flow whose payload is not inspected any more (encrypted) is none. */
static bool wants_payload(const struct range *x)
{
    return x->op == RANGE_IN || x->op == RANGE_GT || x->op == RANGE_NE || ((x->op == RANGE_GE || x->op == RANGE_IN_EQ || x->op == RANGE_EQ) && x->low > 0);
}

static bool match(struct detect_scope *s, const struct rule *r, const void *data)
{
    const struct range *x = data;

    (void)r;
    if (s->view == NULL || (wants_payload(x) && (s->view->payload.n == 0 || (s->flow && s->flow->flags & FLOW_NO_PAYLOAD_INSPECTION)))) {
        return false;
    }
    return range_has(x, s->view->payload.n);
}

static uint8_t needs(const void *data)
{
    const struct range *x = data;

    return wants_payload(x) ? NEED_PAYLOAD : x->op == RANGE_EQ ? NEED_NO_PAYLOAD : 0;
}

static bool size(const void *data, uint16_t *size)
{
    const struct range *x = data;

    *size = (uint16_t)x->low;
    return x->op == RANGE_EQ && x->low != 0 && x->low <= UINT16_MAX;
}

static const struct range *number(const void *data)
{
    return data;
}

static void tell(const void *data, const struct rule_names *names, struct json *j)
{
    (void)names;
    json_object(j, "dsize");
    kw_tell_range(j, data);
    json_end_object(j);
}

const struct keyword keyword_dsize = {
    .name = "dsize",
    .dialects = 1 << DIALECT_SURICATA,
    .place = KEYWORD_PACKET,
    .needs_packet = true,
    .parse = parse,
    .match = match,
    .needs = needs,
    .size = size,
    .number = number,
    .tell = tell,
    .help = "bytes of the packet's payload",
};
