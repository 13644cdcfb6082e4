/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Heads of RPC messages: what is read of them, and that one byte less is not enough. */
#include "wire/rpc.h"

#include "tap.h"
#include "wire/test_hex.h"

static const struct {
    const char *why, *hex;
    bool good;
    uint32_t auth, uid, gid, rest;
} calls[] = {
    { "no credentials", "00000001 00000000 00000002 000186a3 00000003 00000001 00000000 00000000 00000000 00000000 aabb", true, RPC_AUTH_NULL, 0, 0, 2 },
    { "of a host, whose name is filled up", "00000001 00000000 00000002 000186a3 00000003 00000001 00000001 00000018 00000000 00000003 61626300 00000007 00000008 00000000 "
      "00000000 00000000", true, RPC_AUTH_UNIX, 7, 8, 0 },
    { "a name longer than its credentials: nothing is known", "00000001 00000000 00000002 000186a3 00000003 00000001 00000001 00000008 00000000 00000040 00000000 00000000",
      true, RPC_AUTH_UNIX, 0, 0, 0 },
    { "a reply is no call", "00000001 00000001 00000000 00000000 00000000 00000000", false, 0, 0, 0, 0 },
    { "credentials longer than the message", "00000001 00000000 00000002 000186a3 00000003 00000001 00000001 ffffffff 00000000", false, 0, 0, 0, 0 },
};

static void test_calls(void)
{
    uint8_t bytes[256];

    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        size_t n = hex_read(calls[i].hex, bytes, sizeof bytes).n;
        struct rd r = rd_make(bytes, n);
        struct rpc_call c;
        is_int(rpc_read_call(&r, &c), calls[i].good, calls[i].why);
        if (calls[i].good) {
            ok(c.auth == calls[i].auth && c.uid == calls[i].uid && c.gid == calls[i].gid && rd_left(&r) == calls[i].rest, calls[i].why);
            r = rd_make(bytes, n - calls[i].rest - 1);
            ok(!rpc_read_call(&r, &c), "a byte less");
        }
    }
}

static void test_replies(void)
{
    static const uint8_t accepted[] = { 0, 0, 0, 9, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 1, 2, 3, 0, 0, 0, 0, 5 };
    static const uint8_t denied[] = { 0, 0, 0, 9, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1 };
    struct rd r = rd_make(accepted, sizeof accepted);
    struct rpc_reply p;

    ok(rpc_read_reply(&r, &p) && p.xid == 9 && p.status == RPC_ACCEPTED && p.accept == 5 && rd_done(&r), "a verifier is passed over");
    r = rd_make(denied, sizeof denied);
    ok(rpc_read_reply(&r, &p) && p.status == RPC_DENIED && p.accept == 1, "a call that was denied");
}

int main(void)
{
    test_calls();
    test_replies();
    return done_testing();
}
