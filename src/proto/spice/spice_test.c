/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is recognised as SPICE. */
#include "proto/test_rig.h"

static void test_row(const char *why, const char *script, const char *want)
{
    struct rig *r = rig_new(false, 5900);
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
    test_row("a link message", ">REDQ{02 00 00 00 02 00 00 00 1a 00 00 00}", "spice");
    test_row("something else", ">REDX{02 00 00 00}", "");
    return done_testing();
}
