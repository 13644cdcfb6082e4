/* SPDX-License-Identifier: GPL-2.0-or-later */
/* flowvar:name,"literal": a text that an expression captured of the flow holds it. */
#include "detect/kw/kw.h"

#include "detect/option_text.h"

struct variable {
    uint32_t id;
    struct bytes want;
};

static bool parse(struct rule_parse *p, struct rule *r, const char *argument, uint8_t *place, const void **data, struct err *err)
{
    struct variable *to = kw_data(p, sizeof *to, err);
    struct option_variable given;

    (void)r;
    (void)place;
    *data = to;
    if (to == NULL || !option_variable(p, argument, &given, err)) {
        return false;
    }
    *to = (struct variable){ rule_parse_name(p, "flowvar", given.name), given.want };
    return true;
}

static bool match(struct detect_scope *s, const struct rule *r, const void *data)
{
    const struct variable *v = data;
    struct bytes value;

    (void)r;
    return scope_flowvar(s, v->id, &value) && bytes_find(value, v->want) != SIZE_MAX;
}

const struct keyword keyword_flowvar = { .name = "flowvar", .dialects = 1 << DIALECT_SURICATA, .place = KEYWORD_PACKET, .needs_flow = true, .parse = parse,
                                        .match = match, .help = "a literal in what an expression captured of the flow" };
