/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/kw/kw.h"

#include "packet/decode.h"

static bool match(struct detect_scope *s, const struct rule *r, const void *data)
{
    (void)r;
    return s->view && view_has(s->view, LAYER_IPV6) && view_has(s->view, LAYER_TCP) && view_l4_checksum_ok(s->view) == *(const bool *)data;
}

const struct keyword keyword_tcpv6_csum = {
    .name = "tcpv6-csum",
    .dialects = 1 << DIALECT_SURICATA,
    .place = KEYWORD_PACKET,
    .parse = kw_checksum,
    .match = match,
    .help = "the TCP over IPv6 checksum is valid or invalid",
};
