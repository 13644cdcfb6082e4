/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/kw/kw.h"

/* "4711", "!4711". */
static bool parse(struct rule_parse *p, struct rule *r, const char *argument, uint8_t *place, const void **data, struct err *err)
{
    bool not;
    struct range *to = kw_data(p, sizeof *to, err);
    struct bytes b = bytes_trim(bytes_str(argument), " \t");

    (void)r;
    (void)place;
    *data = to;
    if (to == NULL) {
        return false;
    }
    if (rule_parse_has_range(p)) {
        return rule_parse_range(p, argument, UINT16_MAX, to, err);
    }
    not = bytes_starts(b, "!");
    to->op = not ? RANGE_NE : RANGE_EQ;
    return (bytes_u64(bytes_trim(bytes_from(b, not), " \t"), &to->low) && to->low <= UINT16_MAX) ||
           err_set(err, "'%.64s' is no TCP window: write 4711 or !4711", argument);
}

static bool match(struct detect_scope *s, const struct rule *r, const void *data)
{
    (void)r;
    return s->view && view_has(s->view, LAYER_TCP) && range_has(data, s->view->tcp.window);
}

static void tell(const void *data, const struct rule_names *names, struct json *j)
{
    const struct range *r = data;

    (void)names;
    json_object(j, "window");
    if (r->op > RANGE_NE) {
        kw_tell_range(j, r);
    } else {
        json_bool(j, "negated", r->op == RANGE_NE);
        json_u64(j, "size", r->low);
    }
    json_end_object(j);
}

const struct keyword keyword_tcp_window = {
    .name = "tcp.window",
    .aliases = "window",
    .dialects = 1 << DIALECT_SURICATA,
    .place = KEYWORD_PACKET,
    .needs_packet = true,
    .parse = parse,
    .match = match,
    .tell = tell,
    .help = "window of the TCP header, not scaled",
};
