/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * quicframe - frames of QUIC's first packets: pieces of the TLS handshake (RFC 9000 19.6) put in order, and the hellos of
 * Google's QUIC, which are lists of tags.
 *
 * A struct quiccrypto is one direction's; its memory comes from the arena given with the frames and lives as long.
 */
#ifndef WIRE_QUICFRAME_H
#define WIRE_QUICFRAME_H

#include "base/arena.h"

enum { QUICCRYPTO_MAX = 65535, QUICCRYPTO_PARTS = 32, QUICTAGS_MAX = 4 };

struct quiccrypto {
    uint8_t *bytes;        /* grows with what comes */
    uint32_t room;
    struct { uint32_t at, end; } part[QUICCRYPTO_PARTS]; /* what is there, in order, apart */
    unsigned part_n;
    bool too_long;         /* a piece lay behind QUICCRYPTO_MAX */
};

struct quictags {
    struct bytes names[QUICTAGS_MAX]; /* "PAD-SNI-VER", of each hello */
    unsigned n;
    struct bytes sni, agent;          /* values of SNI and UAID; point into the frames */
};

/* The frames of one packet.  False: malformed; what was read before stands. */
bool quicframe_read(struct rd frames, bool google, struct arena *a, struct quiccrypto *c, struct quictags *t);
/* The first handshake message, when it is whole: type, three bytes of length, body; else empty. */
struct bytes quiccrypto_message(const struct quiccrypto *c);

#endif
