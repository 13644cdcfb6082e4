/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ipsec - packets of IPsec within UDP (RFC 3948): recognised, not parsed.
 */
#include "proto/proto.h"

/* 2.2: an index that is not 0 (0 goes before IKE's messages) and not reserved, and at a flow's begin a small number. */
static enum probe ipsec_probe(struct rd data, enum side side, bool whole)
{
    size_t have = rd_left(&data);
    uint32_t index = rd_be32(&data), number = rd_be32(&data);

    (void)side;
    (void)whole;
    return have >= 24 && index > 255 && number != 0 && number <= 65536 ? PROBE_EITHER : PROBE_NO;
}

extern const struct proto proto_ipsec;
const struct proto proto_ipsec = {
    .name = "ipsec",
    .ports = "udp/4500",
    .transports = 2,
    .own_transports = 2,
    .by_name = true,
    .probe = ipsec_probe,
    .log_not = true,
};
