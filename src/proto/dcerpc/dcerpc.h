/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dcerpc - what the files of this folder share: a call, the association it belongs to.
 */
#ifndef PROTO_DCERPC_DCERPC_H
#define PROTO_DCERPC_DCERPC_H

#include "proto/proto.h"
#include "wire/dcebind.h"

/* One direction of a call. */
struct dcerpc_half {
    bool seen, whole;            /* a unit came; its last fragment too */
    bool little;                 /* byte order of its numbers */
    uint8_t type;                /* enum dce_type */
    uint32_t fragments;
    struct arena_text stub;
};

struct dcerpc {
    uint32_t call;               /* connectionless: sequence number */
    uint8_t major, minor;
    uint16_t opnum;
    struct dcerpc_half half[2];  /* by side the message belongs to, whatever side it came from */
    struct dceiface *offered;  /* of a bind, in order */
    unsigned offered_n;
    bool bound;                  /* the request's context was accepted: its interface is known */
    struct dceiface interface;
    uint8_t key[DCEBIND_KEY];
    uint8_t activity[16];        /* connectionless */
    struct bytes ntlm[2];        /* by side, of a bind and its answer: version that its NTLMSSP tells */
};

struct dcerpc_state {
    struct dcebind binds;
};

struct dcerpc_settings {
    uint64_t stub_max;
    uint32_t transactions_max;
};

void dcerpc_log(const struct txn *t, struct json *j);

#endif
