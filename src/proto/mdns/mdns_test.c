/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Multicast DNS through the real driver. */
#include "proto/test_rig.h"
#include "tap.h"

#define NAME "{03}tst{05}local{00}"

static const struct {
    const char *why, *script, *want;
} rows[] = {
    { "a question", ">{00 00 00 00 00 01 00 00 00 00 00 00}" NAME "{00 0c 00 01}",
      "{\"mdns\":{\"type\":\"request\",\"id\":0,\"opcode\":0,\"rcode\":0,\"queries\":[{\"rrname\":\"tst.local\",\"rrtype\":\"ptr\"}]}}\n" },
    { "an answer goes to all, too", ">{00 00 84 00 00 00 00 03 00 00 00 00}" NAME "{00 0c 80 01 00 00 00 78 00 04 01}a{c0 0c}{c0 0c 00 01 80 01 00 00 00 78 00 04 01 02 03 04}"
      "{c0 0c 00 10 80 01 00 00 00 78 00 04 01}x{01}y",
      "{\"mdns\":{\"type\":\"response\",\"id\":0,\"flags\":[\"aa\"],\"opcode\":0,\"rcode\":0,\"answers\":[{\"rrname\":\"tst.local\",\"ptr\":\"a.tst.local\"},"
      "{\"rrname\":\"tst.local\",\"a\":\"1.2.3.4\"},{\"rrname\":\"tst.local\",\"txt\":[\"x\",\"y\"]}]}}\n" },
    { "an additional record without options is not shown", ">{00 00 00 00 00 01 00 00 00 00 00 01}" NAME "{00 0c 00 01}{00 00 29 05 a0 00 00 00 00 00 00}",
      "{\"mdns\":{\"type\":\"request\",\"id\":0,\"opcode\":0,\"rcode\":0,\"queries\":[{\"rrname\":\"tst.local\",\"rrtype\":\"ptr\"}]}}\n" },
    { "an operation that is none", ">{00 00 78 00 00 01 00 00 00 00 00 00}" NAME "{00 0c 00 01}",
      "{\"mdns\":{\"type\":\"request\",\"id\":0,\"opcode\":15,\"rcode\":0,\"queries\":[{\"rrname\":\"tst.local\",\"rrtype\":\"ptr\"}]}} #invalid_opcode\n" },
    { "not a message", ">hello", "" },
};

int main(void)
{
    struct text out;
    bool same;

    text_init(&out, 0);
    for (size_t i = 0; i < ROWS(rows); i++) {
        rig_cuts(rows[i].script, true, 5353, &out, &same);
        is_str(out.p, rows[i].want, rows[i].why);
    }
    text_fini(&out);
    return done_testing();
}
