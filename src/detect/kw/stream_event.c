/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stream-event:3whs_ack_in_wrong_dir: what following a TCP session noted. */
#include "detect/events.h"

static bool parse(struct rule_parse *p, struct rule *r, const char *argument, uint8_t *place, const void **data, struct err *err)
{
    (void)r;
    (void)place;
    return event_parse(p, "stream.", argument, data, err);
}

const struct keyword keyword_stream_event = { .name = "stream-event", .dialects = 1 << DIALECT_SURICATA, .place = KEYWORD_PACKET,
                                              .parse = parse, .match = event_match, .help = "an oddity found while following a TCP session" };
