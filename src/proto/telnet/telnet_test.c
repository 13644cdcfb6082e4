/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Telnet through the real driver: nothing becomes of it, and nothing of it gets stuck. */
#include "proto/test_rig.h"
#include "tap.h"

#define CRLF "%0d%0a"
static const struct {
    const char *why, *script, *want;
} rows[] = {
    { "negotiation, a prompt, a line", "<%ff%fd%18login: >%ff%fb%18me" CRLF "%ff%fa%18%00x%ff%f0<%ff", "" },
    { "a command cut short, then a gap", "<%ff%fa%18@<x" CRLF "y" CRLF ">%ff%f1z" CRLF, "" },
};

int main(void)
{
    struct text out;
    bool same;

    text_init(&out, 0);
    for (size_t i = 0; i < ROWS(rows); i++) {
        rig_cuts(rows[i].script, false, 23, &out, &same);
        is_str(out.p, rows[i].want, rows[i].why);
        ok(same, rows[i].why);
    }
    text_fini(&out);
    return done_testing();
}
