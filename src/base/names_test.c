/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names give their number and numbers their name, by both kinds of table. */
#include "base/names.h"

#include "tap.h"

int main(void)
{
    static const struct code codes[] = { { 7, "seven" }, { 0, "none" }, { 7, "heptad" } };
    static const char *const list[] = { "zero", NULL, "two" };
    static const struct { bool odd; const char *name; } rows[] = { { false, "nought" }, { true, "one" } };
    const struct names *c = NAMES_CODES(codes), *l = NAMES_LIST(list), *r = NAMES_COLUMN(rows, name);
    uint64_t n = 99;

    ok(names_number(c, bytes_str("Seven"), &n) && n == 7, "any case");
    ok(names_number(c, bytes_str("heptad"), &n) && n == 7, "a second name");
    is_str(names_name(c, 7), "seven", "the first is shown");
    is_str(names_name(c, 0), "none", "zero is a number too");
    ok(names_name(c, 1) == NULL, "no row");
    ok(names_number(l, bytes_str("two"), &n) && n == 2, "the place is the number");
    ok(!names_number(l, bytes_str("tw"), &n) && !names_number(l, bytes_str("twos"), &n) && n == 2, "whole names only; the number is left");
    ok(!names_number(l, bytes_none(), &n), "no name");
    ok(names_name(l, 1) == NULL && names_name(l, 3) == NULL, "a gap, and beyond the end");
    ok(names_number(r, bytes_str("ONE"), &n) && n == 1, "a column of a table");
    is_str(names_name(r, 0), "nought", "its first");
    ok(names_row(c, 2).number == 7 && names_row(l, 2).number == 2 && names_row(l, 1).name == NULL, "row by row");
    return done_testing();
}
