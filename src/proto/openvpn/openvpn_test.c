/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is recognised as OpenVPN. */
#include "proto/test_rig.h"

static void test_row(const char *why, const char *script, const char *want)
{
    struct rig *r = rig_new(false, 1194);
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
    test_row("over TCP, behind its length", ">{00 0e 38}{01 02 03 04 05 06 07 08}{00 00 00 00 00}", "openvpn");
    test_row("authenticated", ">{00 2a 38}{01 02 03 04 05 06 07 08}{aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa}{00 00 00 01 65 00 00 00}{00 00 00 00 00}", "openvpn");
    test_row("with tls-crypt", ">{00 36 38}{01 02 03 04 05 06 07 08}{00 00 00 01 65 00 00 00}{aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa aa}", "openvpn");
    test_row("another number", ">{00 0e 38}{01 02 03 04 05 06 07 08}{00 00 00 00 05}", "");
    return done_testing();
}
