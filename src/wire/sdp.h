/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sdp - session descriptions (RFC 8866): lines "x=value", of the session first, then of each medium.
 *
 * Shared by SIP and whatever else carries them.  Pure functions; values are slices of the text, lists lie in the caller's arena.
 * Read leniently: a line may stand anywhere in its part, of those that come once the first counts; what has no "x=" ends the reading.
 */
#ifndef WIRE_SDP_H
#define WIRE_SDP_H

#include "base/arena.h"

enum { SDP_LINES_MAX = 1024 }; /* lines read; the rest is left */

struct sdp_line {
    struct sdp_line *next;
    struct bytes value;
};
struct sdp_list {
    struct sdp_line *first, *last;
};
struct sdp_time {
    struct sdp_time *next;
    struct bytes time, repeat;     /* t=, the first r= behind it */
};
/* What a session and a medium have alike. */
struct sdp_part {
    struct bytes info, connection, key; /* i=, c=, k=; .p NULL: not there */
    struct sdp_list bandwidths, attributes; /* b=, a= */
};
struct sdp_media {
    struct sdp_media *next;
    struct bytes media;            /* m= */
    struct sdp_part part;
};
struct sdp {
    uint32_t version;              /* v= */
    struct bytes origin, name, uri, email, phone, timezone; /* o= s= u= e= p= z= */
    struct sdp_part part;
    struct sdp_time *times, *times_last;
    struct sdp_media *media, *media_last;
};

/* False: it does not begin with v=, or there is no memory; what was read stands. */
bool sdp_read(struct bytes text, struct arena *a, struct sdp *out);

#endif
