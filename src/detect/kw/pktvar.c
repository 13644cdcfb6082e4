/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pktvar:name,"literal": a text that an expression captured in this packet holds it. */
#include "detect/kw/kw.h"

#include "detect/option_text.h"

static bool parse(struct rule_parse *p, struct rule *r, const char *argument, uint8_t *place, const void **data, struct err *err)
{
    struct option_variable *to = kw_data(p, sizeof *to, err);

    (void)r;
    (void)place;
    *data = to;
    return to != NULL && option_variable(p, argument, to, err);
}

static bool match(struct detect_scope *s, const struct rule *r, const void *data)
{
    const struct option_variable *v = data;
    struct bytes value;

    (void)r;
    return scope_pktvar(s, v->name, &value) && bytes_find(value, v->want) != SIZE_MAX;
}

const struct keyword keyword_pktvar = { .name = "pktvar", .dialects = 1 << DIALECT_SURICATA, .place = KEYWORD_PACKET, .parse = parse,
                                        .match = match, .help = "a literal in what an expression captured in this packet" };
