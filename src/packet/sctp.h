/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sctp - the chunks of an SCTP packet, one after the other.
 *
 * Pure functions over a view's payload, which is all that is behind the common header.
 */
#ifndef PACKET_SCTP_H
#define PACKET_SCTP_H

#include "base/rd.h"

enum { SCTP_CHUNKS_MAX = 128, SCTP_DATA_CHUNKS_MAX = 32 }; /* looked at in a packet; further ones are noted */

enum sctp_chunk_type { SCTP_DATA = 0, SCTP_INIT = 1, SCTP_INIT_ACK = 2 };

struct sctp_chunk {
    uint8_t type;
    bool cut;            /* not even its length is there */
    struct bytes value;  /* behind type, flags and length */
};

/* Takes a chunk off r, and its padding.  False: there is none, or its length does not hold (RFC 9260 3.2). */
bool sctp_chunk_take(struct rd *r, struct sctp_chunk *out);
/* What a DATA chunk carries for its user (RFC 9260 3.3.1); empty: another chunk, or nothing. */
struct bytes sctp_user_data(const struct sctp_chunk *c);

#endif
