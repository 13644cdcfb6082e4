/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * reject - tells the ends of a packet that is refused: a TCP reset, or an ICMP message that it is forbidden.
 *
 * Made from the packet alone, in memory of the caller.  Without state, any thread.
 */
#ifndef RESPOND_REJECT_H
#define RESPOND_REJECT_H

#include "packet/packet.h"

enum { REJECT_ROOM = 14 + 4 * VIEW_VLANS_MAX + 40 + 8 + 576 };

struct reply {
    uint8_t room[REJECT_ROOM];
    struct bytes frame;     /* with the link header of the packet; empty where that is not Ethernet */
    struct bytes ip;
};

/* The answer to v's source, or the end of the session as its target is told it (TCP only).  held: the packet does not reach the target.
 * False: there is none: not IP, a reset or ICMP error itself, a fragment, to or from what is no single host. */
bool reject_make(const struct view *v, bool to_source, bool held, struct reply *out);

#endif
