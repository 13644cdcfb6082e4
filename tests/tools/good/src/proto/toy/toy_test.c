/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tap.h"
#include "flow/stream.h"
#include "proto/driver.h"
#include "proto/toy/toy.h"

static int seen;

int main(void)
{
    char text[4];
    memcpy(text, "abc", 4);
    seen++;
    is_str(text, "abc", "a test may call libc and keep data");
    return done_testing();
}
