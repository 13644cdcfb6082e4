/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "facts/facts.h"

#include "tap.h"

struct network {
    const char *network;
    enum os_policy policy;
};
static const struct network networks[] = {
    { "0.0.0.0/0", OS_WINDOWS },
    { "10.0.0.0/8", OS_LINUX },
    { "10.1.2.0/24", OS_SOLARIS },
    { "10.1.2.7", OS_MACOS },
    { "192.0.2.3-192.0.2.9", OS_LAST },
    { "255.255.255.254-255.255.255.255", OS_IRIX },
    { "2001:db8::/32", OS_FIRST },
    { "2001:db8::1", OS_VISTA },
};

struct lookup {
    const char *addr;
    enum os_policy want;
    const char *why;
};
static const struct lookup lookups[] = {
    { "198.51.100.1", OS_WINDOWS, "the whole net is a network too" },
    { "10.9.9.9", OS_LINUX, "inside the /8" },
    { "10.1.2.6", OS_SOLARIS, "the /24 inside the /8 wins" },
    { "10.1.2.7", OS_MACOS, "one address wins over its network" },
    { "192.0.2.2", OS_WINDOWS, "before a range" },
    { "192.0.2.3", OS_LAST, "first of a range" },
    { "192.0.2.7", OS_LAST, "inside a range" },
    { "192.0.2.9", OS_LAST, "last of a range" },
    { "192.0.2.10", OS_WINDOWS, "after a range" },
    { "255.255.255.255", OS_IRIX, "the last address there is" },
    { "2001:db8::1", OS_VISTA, "one IPv6 address" },
    { "2001:db8:ffff::1", OS_FIRST, "an IPv6 network" },
    { "2001:db9::1", OS_BSD, "the IPv4 default says nothing about IPv6" },
    { "::ffff:10.1.2.7", OS_BSD, "an IPv4 address mapped into IPv6 is an IPv6 address" },
};

static void test_lookup(void)
{
    struct facts_maker *m = facts_maker_new();
    struct err err = { 0 };

    for (size_t i = 0; i < sizeof(networks) / sizeof(networks[0]); i++) {
        ok(facts_maker_policy(m, networks[i].network, networks[i].policy, &err), networks[i].network);
    }
    struct facts *f = facts_maker_done(m);
    for (size_t i = 0; i < sizeof(lookups) / sizeof(lookups[0]); i++) {
        struct addr a;
        enum family family;
        ok(addr_parse(lookups[i].addr, &a, &family), lookups[i].addr);
        is_str(os_policy_name(facts_policy(f, &a, family)), os_policy_name(lookups[i].want), lookups[i].why);
    }
    facts_free(f);
}

static void test_bad(void)
{
    struct facts_maker *m = facts_maker_new();
    struct err err = { 0 };

    ok(!facts_maker_policy(m, "10.0.0.0/33", OS_BSD, &err), "a mask beyond 32 bits is refused");
    ok(err.text[0] != 0, "and said");
    ok(!facts_maker_policy(m, "host", OS_BSD, &err), "a name is no network");
    facts_free(facts_maker_done(m));
}

static void test_names(void)
{
    for (unsigned i = 0; i < OS_POLICY_N; i++) {
        enum os_policy p = OS_POLICY_N;
        ok(os_policy_parse(os_policy_name((enum os_policy)i), &p) && p == (enum os_policy)i, os_policy_name((enum os_policy)i));
    }
    enum os_policy p;
    ok(os_policy_parse("Windows", &p) && p == OS_WINDOWS, "case does not matter");
    ok(!os_policy_parse("beos", &p), "an unknown policy is refused");
    struct addr a = { 0 };
    is_int(facts_policy(NULL, &a, FAMILY_4), OS_BSD, "nothing known: BSD");
}

int main(void)
{
    test_lookup();
    test_bad();
    test_names();
    return done_testing();
}
