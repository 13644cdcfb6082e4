/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which rules are only to say what they would do. */
#include "detect/shadow.h"
#include "tap.h"

static const struct row {
    const char *why, *rules, *metadata;
    int want; /* -1: refused */
} rows[] = {
    { "nothing is named", "", "", 0 },
    { "its number", "5,100", "", 1 },
    { "as a list is written", "[5, 100]", "", 1 },
    { "another's", "99,101", "", 0 },
    { "among others", "50-150", "", 1 },
    { "at a range's ends", "100-100", "", 1 },
    { "its group's", "3:100", "", 1 },
    { "another group's", "1:100", "", 0 },
    { "a range of its group", "3:1-200", "", 1 },
    { "no number", "100,ten", "", -1 },
    { "a range the wrong way round", "9-1", "", -1 },
    { "something behind it", "100x", "", -1 },
    { "no group", "x:100", "", -1 },
    { "a key of its metadata", "", "policy", 1 },
    { "with its value", "", "other, policy trial", 1 },
    { "with another value", "", "policy final", 0 },
    { "another key", "", "trial", 0 },
};

int main(void)
{
    const struct rule_meta meta[] = { { "created_at", "2026" }, { "policy", "trial" } };
    const struct rule rule = { .gid = 3, .sid = 100, .meta = (struct rule_meta *)(uintptr_t)meta, .meta_n = 2 };

    for (size_t i = 0; i < ROWS(rows); i++) {
        struct err err = { "" };
        struct shadow *s = shadow_new(rows[i].rules, rows[i].metadata, &err);
        is_int(s == NULL ? -1 : shadow_has(s, &rule), rows[i].want, rows[i].why);
        ok((s == NULL) == (err.text[0] != '\0'), "the reason is said when it is refused");
        shadow_free(s);
    }
    return done_testing();
}
