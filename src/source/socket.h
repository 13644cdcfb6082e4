/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * socket - packet sockets: what the ring and the bridge have in common.
 */
#ifndef SOURCE_SOCKET_H
#define SOURCE_SOCKET_H

#include "base/err.h"
#include "source/source.h"

/* A packet socket that receives nothing yet; -1 with err. */
int socket_new(struct err *err);
/* Receives from the device, what the filter wants: from here on frames come.  Of several workers each gets its part.
 * own: frames that this machine sends through the device, too. */
struct socket_bind {
    const char *device;
    bool own;
};
bool socket_bind(int fd, const struct socket_bind *b, const struct source_settings *s, struct err *err);
/* Only sends. */
bool socket_bind_sending(int fd, const char *device, struct err *err);
/* The tag that the kernel took out of a frame of at least SOCKET_MACS bytes goes back where it was, as it says beside the frame
 * (TP_STATUS_…): the addresses move SOCKET_TAG to the front, where there is room for that. */
enum { SOCKET_TAG = 4, SOCKET_MACS = 12 };
struct bytes socket_tag_back(struct bytes frame, uint32_t status, uint16_t type, uint16_t tci);
/* The interface that it was bound to is no more. */
bool socket_is_gone(int fd);
/* `fresh` becomes `fd`, at once for whoever waits for it or asks it; what it was is `left`, until its numbers were asked.  False: not yet. */
bool socket_replace(int fd, int fresh, _Atomic int *left);
struct device;
/* What the kernel counted at its socket since it was asked last, and at the one left, which is closed. */
void socket_count(const struct device *d, _Atomic int *left);
/* Nothing more comes to it. */
void socket_stop(int fd);
/* Takes out what lies there: frames. */
uint64_t socket_rest(int fd);
/* Whether a card stamps frames that come: tells it to stamp them all; `was`: as it did before, for socket_stamps_back.  False with err: it
 * cannot, or may not be told. */
struct hwtstamp_config;
bool socket_stamps_on(const char *device, struct hwtstamp_config *was, struct err *err);
void socket_stamps_back(const char *device, const struct hwtstamp_config *was);
/* Its loopback, on which each frame comes twice: sent, and received. */
bool socket_is_loopback(int fd, const char *device);

#endif
