/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * iscsi - disks over the network (RFC 7143): recognised, not parsed.
 */
#include "proto/proto.h"

/* 11.12: a login: stages, version 0, no further headers, and text behind it. */
static enum probe iscsi_probe(struct rd data, enum side side, bool whole)
{
    size_t have = rd_left(&data);
    uint8_t opcode = rd_u8(&data) & 0x3f, flags = rd_u8(&data);
    uint16_t version = rd_be16(&data);
    uint8_t more = rd_u8(&data);
    uint32_t length = rd_be24(&data);

    if (have < 8) {
        return whole || (have != 0 && opcode != 0x03 && opcode != 0x23) ? PROBE_NO : PROBE_MORE;
    }
    return opcode == (side == TO_SERVER ? 0x03 : 0x23) && (flags & 0x30) == 0 && version == 0 && more == 0 && length <= 65536 ? PROBE_YES : PROBE_NO;
}

static const struct proto_pattern patterns[] = { { "\x43\x81\0\0", 4, 0, 0, TO_SERVER, false }, { "\x43\x87\0\0", 4, 0, 0, TO_SERVER, false }, { "\x43\x83\0\0", 4, 0, 0, TO_SERVER, false } };

extern const struct proto proto_iscsi;
const struct proto proto_iscsi = {
    .name = "iscsi",
    .ports = "tcp/3260",
    .transports = 1,
    .own_transports = 1,
    .by_name = true,
    .whole_never = true,
    .patterns = patterns,
    .pattern_n = ROWS(patterns),
    .probe = iscsi_probe,
    .log_not = true,
};
