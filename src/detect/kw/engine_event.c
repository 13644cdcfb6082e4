/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/events.h"

static bool parse(struct rule_parse *p, struct rule *r, const char *argument, uint8_t *place, const void **data, struct err *err)
{
    (void)r;
    (void)place;
    return event_parse(p, "", argument, data, err);
}

const struct keyword keyword_engine_event = { .name = "engine-event", .dialects = 1 << DIALECT_SURICATA, .place = KEYWORD_PACKET,
                                              .parse = parse, .match = event_match, .help = "the older spelling of decode-event" };
