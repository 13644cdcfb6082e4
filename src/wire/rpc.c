/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/rpc.h"

struct bytes xdr_opaque(struct rd *r)
{
    uint32_t n = rd_be32(r);
    struct bytes b = rd_bytes(r, n);

    rd_skip(r, (4 - (n & 3)) & 3);
    return b;
}

/* RFC 5531 14 (appendix A of RFC 1057): stamp, machine, user, group, further groups. */
static void read_unix(struct rd r, struct rpc_call *c)
{
    rd_skip(&r, 4);
    c->machine = xdr_opaque(&r);
    c->uid = rd_be32(&r);
    c->gid = rd_be32(&r);
}

/* RFC 2203 5.3.1: version, procedure, sequence, service */
static void read_gss(struct rd r, struct rpc_call *c)
{
    rd_skip(&r, 4);
    c->gss_procedure = rd_be32(&r);
    rd_skip(&r, 4);
    c->gss_service = rd_be32(&r);
}

bool rpc_read_call(struct rd *r, struct rpc_call *c)
{
    *c = (struct rpc_call){ .xid = rd_be32(r), .machine = bytes_none(), .creds = bytes_none() };
    if (rd_be32(r) != RPC_CALL) {
        return false;
    }
    c->rpc_version = rd_be32(r);
    c->program = rd_be32(r);
    c->version = rd_be32(r);
    c->procedure = rd_be32(r);
    c->auth = rd_be32(r);
    c->creds = xdr_opaque(r);
    rd_skip(r, 4); /* verifier */
    (void)xdr_opaque(r);
    if (!rd_ok(r)) {
        return false;
    }
    if (c->auth == RPC_AUTH_UNIX) {
        read_unix(rd_of(c->creds), c);
    } else if (c->auth == RPC_AUTH_GSS) {
        read_gss(rd_of(c->creds), c);
    }
    return true;
}

bool rpc_read_reply(struct rd *r, struct rpc_reply *p)
{
    *p = (struct rpc_reply){ .xid = rd_be32(r) };
    if (rd_be32(r) != RPC_REPLY) {
        return false;
    }
    p->status = rd_be32(r);
    if (p->status == RPC_DENIED) { /* why, and what would do */
        p->accept = rd_be32(r);
        return rd_ok(r);
    }
    rd_skip(r, 4); /* verifier */
    (void)xdr_opaque(r);
    p->accept = rd_be32(r);
    return rd_ok(r);
}
