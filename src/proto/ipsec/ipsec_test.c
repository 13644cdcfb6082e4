/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is recognised as IPsec over UDP. */
#include "proto/test_rig.h"

static void test_row(const char *why, const char *script, const char *want)
{
    struct rig *r = rig_new(true, 4500);
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
    test_row("a packet", ">{12 34 56 78 00 00 00 01}{aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa}", "ipsec");
    test_row("a reserved index", ">{00 00 00 05 00 00 00 01}{aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa}", "failed");
    test_row("too short", ">{12 34 56 78 00 00 00 01}{aa aa aa aa}", "failed");
    return done_testing();
}
