/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * quicpkt - long headers of QUIC (RFC 9000 17, RFC 9369, and Google's Q043 to Q046), and the cipher of Initial packets, whose
 * keys are made of what both ends send in the clear (RFC 9001 5.2).
 *
 * Pure functions; the plain text goes into the caller's arena.
 */
#ifndef WIRE_QUICPKT_H
#define WIRE_QUICPKT_H

#include "base/arena.h"

enum quicpkt_type { QUICPKT_INITIAL, QUICPKT_ZERO_RTT, QUICPKT_HANDSHAKE, QUICPKT_RETRY, QUICPKT_VERSIONS, QUICPKT_SHORT };

struct quicpkt {
    enum quicpkt_type type;
    uint32_t version;
    bool google;          /* Q043 to Q046: not under cipher, other frames */
    struct bytes destination, source;
    size_t head;          /* bytes of the header, up to the packet number (Google: up to the frames) */
    struct bytes payload; /* what the header says belongs to it: packet number and cipher, or frames */
    struct bytes whole;   /* header and payload */
};

/* The packet at r, which moves behind it (a datagram may hold several).  False: not a packet. */
bool quicpkt_read(struct rd *r, struct quicpkt *p);

enum { QUICPKT_KEY = 16, QUICPKT_IV = 12 };
struct quicpkt_keys {
    uint8_t key[QUICPKT_KEY], iv[QUICPKT_IV], mask[QUICPKT_KEY];
};

/* Keys of both directions of Initial packets, [0] the client's; false: not a version whose salt is known. */
bool quicpkt_keys(uint32_t version, struct bytes destination, struct quicpkt_keys keys[2]);
/* The frames of an Initial packet; false when they do not decrypt. */
bool quicpkt_open(const struct quicpkt *p, const struct quicpkt_keys *k, struct arena *a, struct bytes *frames);

/* A number of 1 to 8 bytes (RFC 9000 16). */
uint64_t quicpkt_number(struct rd *r);

#endif
