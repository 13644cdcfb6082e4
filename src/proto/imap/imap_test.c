/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is recognised as IMAP. */
#include "proto/test_rig.h"

static void test_row(const char *why, const char *script, const char *want)
{
    struct rig *r = rig_new(false, 143);
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
    test_row("a greeting", "<* OK ready%0d%0a", "imap");
    test_row("a client's question, behind its tag", ">a001 CAPABILITY%0d%0a", "imap");
    test_row("a tag too long to be looked behind", ">a0000000000001 CAPABILITY%0d%0a<hello, I am no mail server%0d%0a", "failed");
    return done_testing();
}
