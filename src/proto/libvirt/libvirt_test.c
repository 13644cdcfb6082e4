/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is recognised as libvirt. */
#include "proto/test_rig.h"

static void test_row(const char *why, const char *script, const char *want)
{
    struct rig *r = rig_new(false, 16509);
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
    test_row("a call", ">{00 00 00 1c 20 00 80 86 00 00 00 01 00 00 00 42}{00 00 00 00 00 00 00 00 00 00 00 00}", "libvirt");
    test_row("another program", ">{00 00 00 1c 20 00 80 99 00 00 00 01}", "");
    return done_testing();
}
