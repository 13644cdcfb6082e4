/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * spice - screens of virtual machines: recognised, not parsed.
 */
#include "proto/proto.h"

static enum probe spice_probe(struct rd data, enum side side, bool whole)
{
    struct bytes b = bytes_head(rd_peek(&data), 4);

    (void)side;
    return b.n < 4 ? whole ? PROBE_NO : PROBE_MORE : bytes_is(b, "REDQ") ? PROBE_YES : PROBE_NO;
}

static const struct proto_pattern patterns[] = { { "REDQ", 4, 0, 0, TO_SERVER, false } };

extern const struct proto proto_spice;
const struct proto proto_spice = {
    .name = "spice",
    .transports = 1,
    .own_transports = 1,
    .by_name = true,
    .whole_never = true,
    .patterns = patterns,
    .pattern_n = ROWS(patterns),
    .probe = spice_probe,
    .log_not = true,
};
