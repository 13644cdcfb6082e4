/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fanout - the program with which the kernel chooses the packet ring, and so the worker, of a frame: packet/spread.h's number.
 */
#ifndef SOURCE_FANOUT_H
#define SOURCE_FANOUT_H

#include "base/err.h"

#include <linux/filter.h>
#include <stdint.h>

enum { FANOUT_PROGRAM_MAX = 96 };

/* ports: they count, besides the addresses.  The program's length.  `network` is where it finds the network header, `protocol` the Ethernet type of what is there: offsets as
 * the kernel's filters know them. */
unsigned fanout_program(struct sock_filter program[FANOUT_PROGRAM_MAX], uint32_t network, uint32_t protocol, bool ports);
/* The socket, bound to its device, joins the group. */
bool fanout_join(int fd, uint16_t group, bool ports, struct err *err);

#endif
