/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the values of selectors must look like, and which keys they are. */
#include "app/selector.h"

#include "base/rows.h"
#include "tap.h"

#include <string.h>

static const struct row {
    const char *flag, *text;
    const char *key;             /* NULL: it is refused */
    const char *why;
} rows[] = {
    { "name", "WWW.Example.COM.", "www.example.com", "a name is kept in lower case, without the root's dot" },
    { "name", ".", ".", "… but the root has that alone" },
    { "name", "My Printer._ipp._tcp.local", "my printer._ipp._tcp.local", "a service's name has blanks" },
    { "name", "http://example.com", NULL, "a URL is no name" },
    { "name", "a\nb", NULL, "nor is what has a line's end" },
    { "name", "", NULL, "nor nothing" },
    { "print", "t13d1516h2_8daaf6152771_e5627efa2ab1", "t13d1516h2_8daaf6152771_e5627efa2ab1", "JA4" },
    { "print", "q13d0310h3_55b375c5d22e_cd85d2d88918", "q13d0310h3_55b375c5d22e_cd85d2d88918", "… in QUIC" },
    { "print", "ts3i020000_2802a3db6c62_000000000000", "ts3i020000_2802a3db6c62_000000000000", "… of SSL 3" },
    { "print", "E7D705A3286E19EA42F587B344EE6865", "e7d705a3286e19ea42f587b344ee6865", "JA3, in capitals" },
    { "print", "t13d1516h2", NULL, "a section alone is no key" },
    { "print", "nonsense", NULL, "what is none" },
    { "print", "e7d705a3286e19ea42f587b344ee686", NULL, "a digit is missing" },
    { "community-id", "1:UQ4kPcsiWM0XzaLv9plcWyUFTIg=", "1:UQ4kPcsiWM0XzaLv9plcWyUFTIg=", "as it is" },
    { "community-id", "UQ4kPcsiWM0XzaLv9plcWyUFTIg=", NULL, "its version is missing" },
    { "hash", "zz000000000000000000000000000000", NULL, "what is no number" },
    { "hash", "0000", NULL, "as long as no hash" },
    { "hash", "30313233343536373839303132333435", "0123456789012345", "MD5" },
    { "host", "10.0.0.256", NULL, "no address" },
    { "alert", "1:x", NULL, "no number" },
};

static const struct { const char *flag, *text; bool fits; const char *why; } fits[] = {
    { "ja4", "t13d1516h2_8daaf6152771_e5627efa2ab1", true, "a JA4" },
    { "ja4", "t13d1516h2", true, "its first section" },
    { "ja4", "8daaf6152771_e5627efa2ab1", true, "the others" },
    { "ja4", "e5627efa2ab1", true, "one of them" },
    { "ja4", "nonsense", false, "what is none" },
    { "ja4", "t13d1516h2_", false, "a section that is begun" },
    { "ja4", "t13d1516h2_8daaf6152771_e5627efa2ab1_8daaf6152771", false, "too many of them" },
    { "ja4", "T13D1516H2", false, "capitals, as no fingerprint has them" },
    { "domain", "*.evil.example", true, "a name" },
    { "domain", "https://evil.example/x", false, "a URL" },
    { "string", "", true, "what is not known here" },
};

int main(void)
{
    struct err err;

    for (size_t i = 0; i < ROWS(rows); i++) {
        struct selector_key k = { .n = 0 };
        bool good = selector_read(rows[i].flag, rows[i].text, &k, &err);
        ok(good == (rows[i].key != NULL), rows[i].why);
        if (good && rows[i].key != NULL) {
            is_mem(k.b, k.n, rows[i].key, strlen(rows[i].key), rows[i].why);
        } else {
            ok(strstr(err.text, rows[i].flag) != NULL, "the option is named");
        }
    }
    for (size_t i = 0; i < ROWS(fits); i++) {
        ok(selector_fits(fits[i].flag, fits[i].text, &err) == fits[i].fits, fits[i].why);
    }
    return done_testing();
}
