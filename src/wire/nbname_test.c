/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of NetBIOS. */
#include "tap.h"
#include "wire/nbname.h"

#define PECCARY "FAEFEDEDEBFCFJCACACACACACACACA"
static const struct {
    const char *why;
    struct bytes in;
    bool good;
    const char *text;
    uint8_t suffix;
    size_t left;
} rows[] = {
    { "a name, its blanks gone", BYTES("\x20" PECCARY "CA\0x"), true, "PECCARY", 0x20, 1 },
    { "a scope behind it", BYTES("\x20" PECCARY "AA\3abc\3com\0"), true, "PECCARY", 0, 0 },
    { "a pointer ends it", BYTES("\x20" PECCARY "BL\xc0\x0c"), true, "PECCARY", 0x1b, 0 },
    { "a letter beyond P", BYTES("\x20" "Q" PECCARY "C\0"), false, "", 0, 0 },
    { "a label of another length", BYTES("\x07peccary\0"), false, "", 0, 0 },
    { "cut short", BYTES("\x20" PECCARY), false, "", 0, 0 },
    { "no end", BYTES("\x20" PECCARY "CA"), false, "", 0, 0 },
};

int main(void)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rd r = rd_of(rows[i].in);
        struct nbname n;
        is_int(nbname_read(&r, &n), rows[i].good, rows[i].why);
        if (rows[i].good) {
            struct bytes text = nbname_text(&n);
            is_mem(text.p, text.n, rows[i].text, strlen(rows[i].text), rows[i].why);
            is_int(n.suffix, rows[i].suffix, rows[i].why);
            is_int((long)rd_left(&r), (long)rows[i].left, rows[i].why);
        }
    }
    struct rd r = rd_make("PECCARY        \x03rest", 20);
    struct nbname n;
    nbname_plain(&r, &n);
    is_int(n.suffix, 3, "as it is: the sixteenth byte");
    is_int(n.n, 7, "as it is: without blanks");
    return done_testing();
}
