/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Link-Local Multicast Name Resolution through the real driver. */
#include "proto/test_rig.h"
#include "tap.h"

#define ASKED "{00 07 00 00 00 01 00 00 00 00 00 00 03}tst{00 00 01 00 01}"
#define TOLD "{00 07 80 00 00 01 00 01 00 00 00 00 03}tst{00 00 01 00 01 c0 0c 00 01 00 01 00 00 00 1e 00 04 01 02 03 04}"
#define QUERY "\"queries\":[{\"rrname\":\"tst\",\"rrtype\":\"a\"}]"
#define ASKED_SHOWN "{\"llmnr\":{\"type\":\"request\",\"id\":7,\"opcode\":0,\"rcode\":0," QUERY "}}\n"
#define TOLD_SHOWN "{\"llmnr\":{\"type\":\"response\",\"id\":7,\"opcode\":0,\"rcode\":0," QUERY ",\"answers\":[{\"rrname\":\"tst\",\"a\":\"1.2.3.4\"}]}}\n"

static const struct {
    const char *why, *script, *want;
    bool datagrams;
} rows[] = {
    { "question and answer", ">" ASKED "<" TOLD, ASKED_SHOWN TOLD_SHOWN, true },
    { "over TCP their length stands in front", ">{00 15}" ASKED "<{00 25}" TOLD, ASKED_SHOWN TOLD_SHOWN, false },
    { "not a message", ">hello, here is no message", "", true },
};

int main(void)
{
    struct text out;
    bool same;

    text_init(&out, 0);
    for (size_t i = 0; i < ROWS(rows); i++) {
        rig_cuts(rows[i].script, rows[i].datagrams, 5355, &out, &same);
        is_str(out.p, rows[i].want, rows[i].why);
        ok(same, rows[i].why);
    }
    text_fini(&out);
    return done_testing();
}
