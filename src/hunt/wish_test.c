/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rules that wishes become. */
#include "hunt/wish.h"

#include "tap.h"

#define REGEX(pattern) "alert ip any any -> any any (msg:\"hunt: regex\"; pcre:\"/" pattern "/\"; sid:1;)\n"
#define NAMED(proto, buffer, sid) \
    "alert " proto " any any -> any any (msg:\"hunt: name a.example\"; " buffer "; dotprefix; content:\".a.example\"; nocase; endswith; sid:" #sid ";)\n"

static const struct {
    const char *kind, *value, *rule, *why;
} rows[] = {
    { "regex", "a/b", REGEX("a\\x2fb"), "what would end the expression" },
    { "regex", "a\\/b", REGEX("a\\x2fb"), "the same, escaped" },
    { "regex", "\\\"\\;", REGEX("\\x22\\x3b"), "what would end the option, escaped" },
    { "regex", "\\\\/", REGEX("\\\\\\x2f"), "an escaped backslash before it" },
    { "regex", "\\d+\\.", REGEX("\\d+\\."), "other pairs stay" },
    { "regex", "a\\", REGEX("a\\"), "a backslash at the end, which the rule is refused for" },
    { "string", "a;\"b", "alert ip any any -> any any (msg:\"hunt: string\"; content:\"a\\;\\\"b\"; sid:1;)\n", "what would end a content" },
    { "domain", "a.example", NAMED("dns", "dns.query", 1) NAMED("tls", "tls.sni", 2) NAMED("quic", "quic.sni", 3) NAMED("http", "http.host", 4), "wherever names are asked for" },
    { "domain", ".a.example.", NAMED("dns", "dns.query", 1) NAMED("tls", "tls.sni", 2) NAMED("quic", "quic.sni", 3) NAMED("http", "http.host", 4), "dots around it" },
    { "domain", "*.a.example", NAMED("dns", "dns.query", 1) NAMED("tls", "tls.sni", 2) NAMED("quic", "quic.sni", 3) NAMED("http", "http.host", 4), "all below, as others write it" },
    { "address", "fe80::/10", "alert ip fe80::/10 any <> any any (msg:\"hunt: address fe80::/10\"; sid:1;)\n", "a network" },
};

static const struct {
    const char *kind, *value, *why;
} refused[] = {
    { "domain", "", "no name" }, { "domain", "..", "dots alone" }, { "domain", "*.", "a star alone" }, { "string", "", "no bytes" }, { "address", "bogus", "no address" },
    { "address", "10.0.0.0/33", "no network" }, { "address", "fe80::/129", "no network of IPv6" }, { "hash", "12", "no hash" },
};

int main(void)
{
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        static struct wishes w;
        struct err err;
        wishes_init(&w);
        ok(!wishes_add(&w, refused[i].kind, refused[i].value, &err) && w.text.n == 0, refused[i].why);
        wishes_fini(&w);
    }
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        static struct wishes w;
        struct err err;
        wishes_init(&w);
        ok(wishes_add(&w, rows[i].kind, rows[i].value, &err), rows[i].why);
        text_byte(&w.text, '\0');
        is_str(w.text.p, rows[i].rule, rows[i].why);
        wishes_fini(&w);
    }
    return done_testing();
}
