/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Telnet through the real driver: nothing becomes of it, and nothing of it gets stuck. */
#include "proto/test_rig.h"

#define CRLF "%0d%0a"
static const struct rig_row rows[] = {
    { "negotiation, a prompt, a line", "<%ff%fd%18login: >%ff%fb%18me" CRLF "%ff%fa%18%00x%ff%f0<%ff", "" },
    { "a command cut short, then a gap", "<%ff%fa%18^<x" CRLF "y" CRLF ">%ff%f1z" CRLF, "" },
};

int main(void)
{
    rig_rows(rows, ROWS(rows), &(struct rig_how){ .port = 23 });
    return done_testing();
}
