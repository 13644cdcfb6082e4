/* SPDX-License-Identifier: GPL-2.0-or-later */
/* decode-event:ipv4.pkt_too_small, and the older engine-event: what decoding a packet, or following its session, noted. */
#include "detect/events.h"

static bool parse(struct rule_parse *p, struct rule *r, const char *argument, uint8_t *place, const void **data, struct err *err)
{
    (void)r;
    (void)place;
    return event_parse(p, "", argument, data, err);
}

const struct keyword keyword_decode_event = { .name = "decode-event", .dialects = 1 << DIALECT_SURICATA, .place = KEYWORD_PACKET,
                                              .parse = parse, .match = event_match, .help = "an oddity found while decoding" };
