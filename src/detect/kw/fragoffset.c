/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/kw/kw.h"

#include "packet/decode.h"

/* "<5", ">5", "5"; what stands behind the number does not count. */
static bool parse(struct rule_parse *p, struct rule *r, const char *argument, uint8_t *place, const void **data, struct err *err)
{
    struct range *to = kw_data(p, sizeof *to, err);
    struct rd b = rd_of(bytes_str(argument));
    struct bytes digits;
    size_t n = 0;

    (void)r;
    (void)place;
    *data = to;
    if (to == NULL) {
        return false;
    }
    if (rule_parse_has_range(p)) {
        return rule_parse_range(p, argument, UINT16_MAX, to, err);
    }
    rd_skip_any(&b, " \t");
    to->op = RANGE_EQ;
    if (rd_left(&b) && (rd_peek(&b).p[0] == '<' || rd_peek(&b).p[0] == '>')) {
        to->op = rd_u8(&b) == '<' ? RANGE_LT : RANGE_GT;
    }
    rd_skip_any(&b, " \t");
    digits = rd_peek(&b);
    while (n < digits.n && digits.p[n] >= '0' && digits.p[n] <= '9') {
        n++;
    }
    return (bytes_u64(bytes_head(digits, n), &to->low) && to->low <= UINT16_MAX) ||
           err_set(err, "specified frag offset %.64s is not valid", argument);
}

static bool match(struct detect_scope *s, const struct rule *r, const void *data)
{
    (void)r;
    if (s->view == NULL || !view_has(s->view, LAYER_IPV4 | LAYER_IPV6) || (view_has(s->view, LAYER_IPV6) && !(s->view->ext_headers & EXT_FRAGMENT))) {
        return false;
    }
    return range_has(data, s->view->frag_offset);
}

const struct keyword keyword_fragoffset = {
    .name = "fragoffset",
    .dialects = 1 << DIALECT_SURICATA,
    .place = KEYWORD_PACKET,
    .needs_packet = true,
    .parse = parse,
    .match = match,
    .help = "offset of a fragment, in units of 8 bytes",
};
