/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dcepdu - protocol data units of DCE/RPC (C706, MS-RPCE): connection-oriented over TCP and pipes, connectionless over UDP.
 *
 * Shared by dcerpc and smb.  Pure functions; slices point into the unit.
 */
#ifndef WIRE_DCEPDU_H
#define WIRE_DCEPDU_H

#include "base/rd.h"

enum dce_type { DCE_REQUEST, DCE_PING, DCE_RESPONSE, DCE_FAULT, DCE_WORKING, DCE_NOCALL, DCE_REJECT, DCE_ACK, DCE_CL_CANCEL, DCE_FACK, DCE_CANCEL_ACK,
                DCE_BIND, DCE_BINDACK, DCE_BINDNAK, DCE_ALTER_CONTEXT, DCE_ALTER_CONTEXT_RESP, DCE_AUTH3, DCE_SHUTDOWN, DCE_CO_CANCEL,
                DCE_ORPHANED, DCE_RTS, DCE_TYPE_N };
enum { DCE_FIRST_FRAG = 1, DCE_LAST_FRAG = 2, DCE_HEADER = 16, DCE_CL_HEADER = 80 };

struct dcepdu {
    uint8_t major, minor, type, flags;
    bool little;             /* byte order of numbers */
    uint16_t length;         /* of the whole unit (connectionless: of the body) */
    uint16_t auth_length;
    uint32_t call;
    struct bytes body;       /* after the header */
};

/* "REQUEST", "BIND", …; "UNKNOWN". */
const char *dcepdu_type_name(unsigned type);

/* C706 12.6.3.1: the common header of 16 bytes, checked for sense (version 5.0 or 5.1, a known type, a length that holds it). */
bool dcepdu_header(struct rd r, struct dcepdu *out);
/* A whole unit: the header and all that follows, an authentication verifier (C706 13.2.6.1) too. */
bool dcepdu_read(struct rd r, struct dcepdu *out);

/* A presentation context of a bind (C706 12.6.4.3), with its interface. */
struct dce_context {
    uint16_t id;
    uint8_t uuid[16];        /* in network order, as rules write it */
    uint16_t major, minor;   /* of the interface */
};
/* Contexts of a bind or alter context: the reader is moved to the first; how many are said to come. */
unsigned dcepdu_bind(const struct dcepdu *p, struct rd *r);
bool dcepdu_context(const struct dcepdu *p, struct rd *r, struct dce_context *out);
/* Results of their acknowledgement, in the order of the contexts. */
unsigned dcepdu_bindack(const struct dcepdu *p, struct rd *r);
bool dcepdu_result(const struct dcepdu *p, struct rd *r, uint16_t *result, uint16_t *reason);

struct dce_request {
    uint16_t context, opnum;
    struct bytes stub;       /* with the object's UUID in front when there is one, as Suricata's rules expect it */
};
bool dcepdu_request(const struct dcepdu *p, struct dce_request *out);

/* Connectionless (C706 12.5.1): 80 bytes of header, then the stub. */
struct dcecl {
    uint8_t type, flags, flags2;
    bool little;
    uint8_t activity[16];    /* as if low byte first, whatever the order: Suricata's records have it so */
    uint8_t interface[16];   /* in network order */
    uint32_t version, sequence;
    uint16_t opnum, fragment, length;
    struct bytes stub;
};
bool dcecl_read(struct rd r, struct dcecl *out);

/* A UUID in network order from 16 bytes of a unit. */
void dcepdu_uuid(struct rd *r, bool little, uint8_t out[16]);

#endif
