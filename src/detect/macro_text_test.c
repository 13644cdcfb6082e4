/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/macro_text.h"
#include "tap.h"

#include "base/rows.h"

/* The examples of MS-OVBA 3.2. */
static const struct {
    const char *why;
    struct bytes in;
    const char *want;
} containers[] = {
    { "3.2.1: no compression possible",
      BYTES("\x01\x19\xB0\x00\x61\x62\x63\x64\x65\x66\x67\x68\x00\x69\x6A\x6B\x6C\x6D\x6E\x6F\x70\x00\x71\x72\x73\x74\x75\x76\x2E"), "abcdefghijklmnopqrstuv." },
    { "3.2.2: normal", BYTES("\x01\x2F\xB0\x00\x23\x61\x61\x61\x62\x63\x64\x65\x82\x66\x00\x70\x61\x67\x68\x69\x6A\x01\x38\x08\x61\x6B\x6C\x00\x30\x6D\x6E\x6F\x70\x06\x71\x02\x70\x04\x10\x72\x73\x74\x75\x76\x10\x77\x78\x79\x7A\x00\x3C"),
      "#aaabcdefaaaaghijaaaaaklaaamnopqaaaaaaaaaaaarstuvwxyzaaa" },
    { "3.2.3: as much as can be", BYTES("\x01\x03\xB0\x02\x61\x45\x00"), "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" },
    { "a copy from before the beginning", BYTES("\x01\x04\xB0\x01\x45\x00\x61\x62"), "" },
    { "another signature", BYTES("\x02\x03\xB0\x02\x61\x45\x00"), "" },
    { "cut", BYTES("\x01\x19\xB0\x00\x61\x62"), "ab" },
};

int main(void)
{
    for (size_t i = 0; i < ROWS(containers); i++) {
        struct arena_text t;
        struct arena a;
        char text[200];
        arena_init(&a, NULL, 1 << 20);
        arena_text_init(&t, &a, 1 << 16);
        macro_unpack(containers[i].in, &t);
        snprintf(text, sizeof text, "%.*s", (int)t.n, t.n ? (const char *)t.p : "");
        is_str(text, containers[i].want, containers[i].why);
        arena_fini(&a);
    }
    struct arena a;
    struct bytes out;
    arena_init(&a, NULL, 1 << 20);
    ok(!macro_text(&a, bytes_str("no document"), &out), "what is no document has no macros");
    ok(!macro_text(&a, bytes_of("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8), &out), "nor has the beginning of one");
    arena_fini(&a);
    return done_testing();
}
