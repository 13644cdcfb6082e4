/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is recognised as WireGuard. */
#include "proto/test_rig.h"

static void test_row(const char *why, const char *script, const char *want)
{
    struct rig *r = rig_new(true, 51820);
    struct text out;
    const char *name;

    text_init(&out, 0);
    rig_play(r, script, RIG_HELD, &out);
    name = conn_name(&r->flow);
    is_str(name != NULL ? name : "", want, why);
    text_fini(&out);
    rig_free(r);
}

int main(void)
{
    test_row("a handshake begins", ">{01 00 00 00}{aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa}", "wireguard");
    test_row("of another length", ">{01 00 00 00}{aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa}", "failed");
    test_row("of another type", ">{05 00 00 00}{aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa}", "failed");
#define DATA(counter) ">{04 00 00 00}{01 02 03 04}" counter "{aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa}"
    test_row("picked up in the middle", DATA("{15 00 00 00 00 00 00 00}"), "wireguard");
    test_row("no counter", DATA("{15 00 00 00 77 00 00 00}"), "failed");
    return done_testing();
}
