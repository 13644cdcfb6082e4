/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * send - all of some bytes over a socket.  Any thread.
 */
#ifndef BASE_SEND_H
#define BASE_SEND_H

#include "base/rd.h"

/* Waits as long as the socket makes it wait (SO_SNDTIMEO).  False with errno: not all went; a peer that is gone is EPIPE, never a signal. */
bool send_all(int fd, struct bytes b);

#endif
