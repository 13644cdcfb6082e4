/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/kw/kw.h"

static bool parse(struct rule_parse *p, struct rule *r, const char *argument, uint8_t *place, const void **data, struct err *err)
{
    bool four = strcasecmp(argument, "ipv4") == 0 || strcasecmp(argument, "ip4") == 0;
    bool six = strcasecmp(argument, "ipv6") == 0 || strcasecmp(argument, "ip6") == 0;

    (void)p;
    (void)place;
    (void)data;
    if (!four && !six) {
        return err_set(err, "Invalid l3 proto: \"%.64s\"", argument);
    }
    if (r->header_flags & (four ? HEADER_IPV6 : HEADER_IPV4)) {
        return err_set(err, "Conflicting l3 proto specified");
    }
    r->header_flags |= four ? HEADER_IPV4 : HEADER_IPV6;
    return true;
}

const struct keyword keyword_l3_proto = {
    .name = "l3_proto",
    .dialects = 1 << DIALECT_SURICATA,
    .place = KEYWORD_PACKET,
    .parse = parse,
    .match = NULL, /* the header's flags hold it */
    .help = "ipv4 or ipv6",
};
