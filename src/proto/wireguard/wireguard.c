/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * wireguard - tunnels of WireGuard (its white paper, 5.4): recognised, not parsed.
 */
#include "proto/proto.h"

/* 5.4.2 to 5.4.6: a type, three zeros, and of each type its length; data are whole blocks of 16. */
static enum probe wireguard_probe(struct rd data, enum side side, bool whole)
{
    static const size_t sizes[] = { 0, 148, 92, 64 };
    size_t have = rd_left(&data);
    uint32_t type = rd_le32(&data);

    (void)whole;
    if (type == 4) { /* a tunnel's packets are counted from 0, anew every few minutes */
        rd_skip(&data, 8);
        return have >= 32 && have % 16 == 0 && rd_le32(&data) == 0 ? PROBE_YES : PROBE_NO;
    }
    bool may = side == TO_SERVER ? type == 1 : type != 0 && type < ROWS(sizes);
    return may && have == sizes[type] ? PROBE_YES : PROBE_NO;
}

static const struct proto_pattern patterns[] = { { "\x01\0\0\0", 4, 0, 0, TO_SERVER, false }, { "\x04\0\0\0", 4, 0, 0, TO_SERVER, false } };

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
