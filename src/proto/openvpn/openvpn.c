/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * openvpn - tunnels of OpenVPN: recognised, not parsed.
 */
#include "proto/proto.h"

enum { RESET_1 = 1, RESET_2 = 7, RESET_3 = 10, PLAIN = 14, CRYPT = 54 };

/* A client's first packet: opcode and key, its session; what authenticates it with a number (the first) and a time; no acknowledgements; its
 * number, 0.  With tls-crypt the number (its upper half may say more) and the time come first, and the rest is cipher. */
static bool reset_likely(struct rd r)
{
    size_t have = rd_left(&r);
    uint8_t first = rd_u8(&r), opcode = first >> 3;
    struct rd crypt = r, end = r;

    if ((first & 7) != 0 || (opcode != RESET_1 && opcode != RESET_2 && opcode != RESET_3) || have < PLAIN) {
        return false;
    }
    rd_skip(&crypt, 8);
    uint32_t number = rd_be32(&crypt);
    if (have >= CRYPT && (number & 0xffff) == 1) {
        return true;
    }
    rd_skip(&end, have > PLAIN ? have - PLAIN : 8);
    uint32_t authenticated = have > PLAIN ? rd_be32(&end) : 1;
    rd_skip(&end, have > PLAIN ? 4 : 0);
    return authenticated == 1 && rd_u8(&end) == 0 && rd_be32(&end) == 0 && rd_done(&end);
}

static enum probe openvpn_probe(struct rd data, enum side side, bool whole)
{
    size_t have = rd_left(&data);
    struct rd tcp = data;
    uint16_t length = rd_be16(&tcp);

    (void)whole;
    if (side == TO_CLIENT) { /* the server's, of the first version and of the second */
        uint8_t first = rd_u8(&data), behind = rd_u8(&tcp);
        return have >= PLAIN && (first == 0x10 || first == 0x40 || (length == have - 2 && (behind == 0x10 || behind == 0x40))) ? PROBE_YES : PROBE_NO;
    }
    return reset_likely(data) || (length == have - 2 && reset_likely(tcp)) ? PROBE_YES : PROBE_NO;
}

static const struct proto_pattern patterns[] = { { "\x38", 1, 0, 0, TO_SERVER, false } };

extern const struct proto proto_openvpn;
const struct proto proto_openvpn = {
    .name = "openvpn",
    .ports = "tcp/1194 udp/1194",
    .transports = 3,
    .own_transports = 3,
    .by_name = true,
    .patterns = patterns,
    .pattern_n = ROWS(patterns),
    .probe = openvpn_probe,
    .log_not = true,
};
