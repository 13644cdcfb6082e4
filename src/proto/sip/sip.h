/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sip - Session Initiation Protocol (RFC 3261) over UDP and TCP: what the files of this folder share.
 *
 * Every message, request or response, is a transaction of its own.  Its head is copied into the transaction's arena once, fields are
 * slices of it.
 */
#ifndef PROTO_SIP_H
#define PROTO_SIP_H

#include "proto/proto.h"
#include "wire/sdp.h"

enum { SIP_FIELDS = 34, SIP_HEADERS_MAX = 512, SIP_HEAD_MAX = 65536, SIP_BODY_MAX = 65536 };

struct sip_header {
    struct bytes name, value;
};

struct sip {
    bool response, has_sdp;
    uint8_t side;              /* enum side the message went to */
    struct bytes line, version;
    struct bytes headers, body; /* as they came; headers with the empty line behind them */
    struct bytes method, uri;  /* request */
    struct bytes code, reason; /* response */
    struct sip_header *header;
    uint16_t header_n;
    struct sdp sdp;
};

/* Values of the header of that name, long or compact (7.3.3; NULL: it has none), in their order. */
bool sip_header_value(const struct sip *d, const char *name, const char *compact, unsigned i, struct bytes *out);
extern const struct field sip_fields[SIP_FIELDS];
void sip_log(const struct txn *t, struct json *j);
void sip_media(struct conn *c, const struct sip *d); /* announces the flows that its description names */

#endif
