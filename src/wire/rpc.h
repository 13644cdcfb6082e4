/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rpc - heads of ONC RPC messages (RFC 5531), and the XDR texts (RFC 4506) they and their users are made of.
 *
 * No state.  What a message carries borrows from the bytes given.
 */
#ifndef WIRE_RPC_H
#define WIRE_RPC_H

#include "base/rd.h"

enum { RPC_MARK = 4, RPC_MARK_LAST = 1u << 31 }; /* the record mark in front of a fragment over TCP (11) */
enum rpc_type { RPC_CALL, RPC_REPLY };
enum rpc_status { RPC_ACCEPTED, RPC_DENIED };
enum rpc_auth { RPC_AUTH_NULL, RPC_AUTH_UNIX, RPC_AUTH_SHORT, RPC_AUTH_DH, RPC_AUTH_KERB, RPC_AUTH_RSA, RPC_AUTH_GSS };

struct rpc_call {
    uint32_t xid, rpc_version, program, version, procedure;
    uint32_t auth;                 /* enum rpc_auth, or another */
    struct bytes creds;            /* without flavor and length */
    struct bytes machine;          /* RPC_AUTH_UNIX */
    uint32_t uid, gid;
    uint32_t gss_procedure, gss_service; /* RPC_AUTH_GSS (RFC 2203 5) */
};

struct rpc_reply {
    uint32_t xid, status;          /* enum rpc_status */
    uint32_t accept;               /* what became of an accepted call: 0 success */
};

/* The head of a message behind its record mark; r then stands at what the program has to say.  False: no such message, or (r
 * failed) more bytes are needed. */
bool rpc_read_call(struct rd *r, struct rpc_call *c);
bool rpc_read_reply(struct rd *r, struct rpc_reply *p);

/* Bytes of variable length, with what fills them up to four (RFC 4506 4.10). */
struct bytes xdr_opaque(struct rd *r);

#endif
