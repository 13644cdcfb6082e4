/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What domain and tld make of names. */
#include "detect/inspect.h"
#include "detect/transform.h"
#include "tap.h"

static const struct {
    const char *why, *name, *domain, *tld;
    bool list; /* by the list only */
} rows[] = {
    { "a host below a domain", "www.example.com", "example.com", "com", false },
    { "the domain itself", "example.com", "example.com", "com", false },
    { "a suffix has no domain and stays", "com", "com", "com", false },
    { "a suffix of two labels", "a.b.example.co.uk", "example.co.uk", "co.uk", true },
    { "any case, and the name's own case is kept", "WWW.Example.CO.uk", "Example.CO.uk", "CO.uk", true },
    { "what the list does not name ends with its last label", "x.y.nosuchsuffix", "y.nosuchsuffix", "nosuchsuffix", false },
    { "nothing", "", "", "", false },
};

int main(void)
{
#ifdef HAVE_LIBPSL
    const bool list = true;
#else
    const bool list = false;
#endif
    static struct detect d;
    struct detect_scope s = { .detect = &d };
    struct bytes out;
    struct err err = { "" };

    d.pages = pages_new(1 << 20);
    arena_init(&d.arena, d.pages, 1 << 20);
    const void *data = transform_suffixes(&d.arena, &err);
    ok(data != NULL, "the list is there");
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct bytes name = bytes_str(rows[i].name), domain = bytes_str(rows[i].domain), tld = bytes_str(rows[i].tld);
        if (rows[i].list && !list) {
            continue;
        }
        ok(transform_domain(&s, data, name, &out), rows[i].why);
        is_mem(out.p, out.n, domain.p, domain.n, rows[i].why);
        transform_tld(&s, data, name, &out);
        is_mem(out.p, out.n, tld.p, tld.n, rows[i].why);
    }
    static uint8_t zero[] = "a.com\0.org", large[4096];
    transform_domain(&s, data, bytes_of(zero, 10), &out);
    is_int(out.n, 10, "no name: a zero in it");
    ok(transform_tld(&s, data, bytes_of(large, sizeof large), &out), "too long for a name");
    is_int(out.n, sizeof large, "stays");
    arena_fini(&d.arena);
    pages_free(d.pages);
    return done_testing();
}
