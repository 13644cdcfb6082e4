/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * wireguard - tunnels of WireGuard (its white paper, 5.4): recognised, not parsed.
 */
#include "proto/proto.h"

/* 5.4.2 to 5.4.6: a type, three zeros, and of each type its length; data are whole blocks of 16. */
static enum probe wireguard_probe(struct rd data, enum side side, bool whole)
{
    size_t have = rd_left(&data);
    uint32_t type = rd_le32(&data);
    static const size_t sizes[] = { 0, 148, 92, 64 };

    (void)whole;
    if (side == TO_SERVER) {
        return type == 1 && have == sizes[1] ? PROBE_YES : PROBE_NO;
    }
    return (type != 0 && type < ROWS(sizes) && have == sizes[type]) || (type == 4 && have >= 32 && have % 16 == 0) ? PROBE_YES : PROBE_NO;
}

static const struct proto_pattern patterns[] = { { "\x01\0\0\0", 4, 0, 0, TO_SERVER, false } };

extern const struct proto proto_wireguard;
const struct proto proto_wireguard = {
    .name = "wireguard",
    .transports = 2,
    .own_transports = 2,
    .by_name = true,
    .patterns = patterns,
    .pattern_n = ROWS(patterns),
    .probe = wireguard_probe,
    .log_not = true,
};
