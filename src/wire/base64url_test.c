/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/base64url.h"
#include "base/rows.h"
#include "tap.h"

static const struct {
    const char *why;
    struct bytes in;
    bool good;
    struct bytes out;
} rows[] = {
    { "two characters are a byte", BYTES("Zg"), true, BYTES("f") },
    { "padding may be there", BYTES("Zm8="), true, BYTES("fo") },
    { "its own alphabet", BYTES("-_-_"), true, BYTES("\xfb\xff\xbf") },
    { "the plain one", BYTES("+/+/"), true, BYTES("\xfb\xff\xbf") },
    { "letters of both cases and digits", BYTES("AZaz09"), true, BYTES("\x01\x96\xb3\xd3") },
    { "one character is nothing", BYTES("Z"), false, BYTES("") },
    { "another character", BYTES("Zm;v"), false, BYTES("") },
    { "nothing is nothing", BYTES(""), true, BYTES("") },
};

int main(void)
{
    struct arena a;

    arena_init(&a, NULL, 0);
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct bytes out;
        bool good = base64url_read(&a, rows[i].in, &out);
        ok(good == rows[i].good, rows[i].why);
        if (rows[i].good) {
            is_mem(out.p, out.n, rows[i].out.p, rows[i].out.n, rows[i].why);
        }
    }
    arena_fini(&a);
    return done_testing();
}
