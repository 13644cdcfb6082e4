/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tcp_flags - what a use of the keyword tcp.flags asks, for those that make packets it holds for.
 */
#ifndef DETECT_KW_TCP_FLAGS_H
#define DETECT_KW_TCP_FLAGS_H

#include "rule/keyword.h"

/* Does it hold for a TCP header with these flags?  A match of another keyword: yes. */
bool tcp_flags_hold(const struct match *m, uint8_t flags);

#endif
