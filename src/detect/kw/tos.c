/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/kw/kw.h"

/* "8", "!8", "x08". */
static bool parse(struct rule_parse *p, struct rule *r, const char *argument, uint8_t *place, const void **data, struct err *err)
{
    struct range *to = kw_data(p, sizeof *to, err);
    struct bytes b = bytes_trim(bytes_str(argument), " \t");
    bool hex;

    (void)r;
    (void)place;
    *data = to;
    if (to == NULL) {
        return false;
    }
    if (rule_parse_has_range(p)) {
        return rule_parse_range(p, argument, UINT8_MAX, to, err);
    }
    hex = b.n && (b.p[0] | 0x20) == 'x';
    to->op = rule_parse_negated(p) ? RANGE_NE : RANGE_EQ;
    return ((hex ? bytes_hex(bytes_from(b, 1), &to->low) : bytes_u64(b, &to->low)) && to->low <= UINT8_MAX) ||
           err_set(err, "invalid tos option - %.64s. The tos option value must be in the range 0 - 255", argument);
}

/* The byte of IPv4 alone: Suricata does not look at IPv6's class here; what is no IPv4 never matches. */
static bool match(struct detect_scope *s, const struct rule *r, const void *data)
{
    (void)r;
    return s->view && view_has(s->view, LAYER_IPV4) && range_has(data, s->view->tos);
}

const struct keyword keyword_tos = {
    .name = "tos",
    .dialects = 1 << DIALECT_SURICATA,
    .value = KEYWORD_VALUE_MAY_QUOTED | KEYWORD_VALUE_NEGATION,
    .place = KEYWORD_PACKET,
    .needs_packet = true,
    .parse = parse,
    .match = match,
    .help = "type of service of the IPv4 header",
};
