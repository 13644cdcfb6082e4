/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libvirt - the remote protocol of libvirt, which steers virtual machines: recognised, not parsed.
 */
#include "proto/proto.h"

/* A length, then the program that is called and its version. */
static enum probe libvirt_probe(struct rd data, enum side side, bool whole)
{
    size_t have = rd_left(&data);
    uint32_t length = rd_be32(&data), program = rd_be32(&data), version = rd_be32(&data);

    (void)side;
    if (have < 12) {
        return whole ? PROBE_NO : PROBE_MORE;
    }
    return length >= 28 && length < 1u << 25 && (program == 0x20008086 || program == 0x20008087) && version == 1 ? PROBE_YES : PROBE_NO;
}

extern const struct proto proto_libvirt;
const struct proto proto_libvirt = {
    .name = "libvirt",
    .ports = "tcp/16509",
    .transports = 1,
    .own_transports = 1,
    .by_name = true,
    .whole_never = true,
    .probe = libvirt_probe,
    .log_not = true,
};
