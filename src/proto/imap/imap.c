/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * imap - mail access (RFC 9051): recognised, not parsed.
 */
#include "proto/proto.h"

static const struct proto_pattern imap_patterns[] = {
    { "* OK ", 5, 0, 0, TO_CLIENT, true }, { "* NO ", 5, 0, 0, TO_CLIENT, true }, { "* BAD ", 6, 0, 0, TO_CLIENT, true },
    { "* LIST ", 7, 0, 0, TO_CLIENT, true }, { "* ESEARCH ", 10, 0, 0, TO_CLIENT, true }, { "* STATUS ", 9, 0, 0, TO_CLIENT, true },
    { "* FLAGS ", 8, 0, 0, TO_CLIENT, true }, { " CAPABILITY", 11, 0, 17, TO_SERVER, true },
};

const struct proto proto_imap = {
    .name = "imap",
    .pdu_lines = true,
    .transports = 1,
    .first_server = true,
    .patterns = imap_patterns,
    .pattern_n = ROWS(imap_patterns),
    .log_not = true,
};
