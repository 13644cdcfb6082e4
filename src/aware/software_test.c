/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists of products as servers and clients write them, and names in the dictionary of CPE. */
#include "aware/software.h"

#include "base/rows.h"
#include "tap.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *why, *list, *want; /* "NAME VERSION (COMMENT)" each, '|' between */
} lists[] = {
    { "one", "nginx/1.18.0", "nginx 1.18.0 ()" },
    { "a comment and others", "Apache/2.4.6 (CentOS) OpenSSL/1.0.2k-fips PHP/5.4.16", "Apache 2.4.6 (CentOS)|OpenSSL 1.0.2k-fips ()|PHP 5.4.16 ()" },
    { "brackets in a comment", "a/1 (b (c) d) e/2", "a 1 (b (c) d)|e 2 ()" },
    { "a comment that is not closed", "a/1 (b", "a 1 (b)" },
    { "a comment in front", "(x) a/1", "a 1 ()" },
    { "commas and semicolons", "PHP/7.4.3, ASP.NET; x", "PHP 7.4.3 ()|ASP.NET  ()|x  ()" },
    { "a version behind a blank", "Servlet 2.5; JBoss-5.0/JBossWeb-2.1", "Servlet 2.5 ()|JBoss-5.0 JBossWeb-2.1 ()" },
    { "slashes alone", "///", "" },
    { "a slash too many", "a//b/1", "a  ()|b 1 ()" },
    { "nothing", "", "" },
    { "blanks", " \t, ;", "" },
    { "brackets alone", "()(())(", "" },
};

static const struct {
    const char *why, *name, *version;
    unsigned confidence;
    const char *want;
} names[] = {
    { "a version", "openbsd:openssh", "7.4p1", 85, "cpe:/a:openbsd:openssh:7.4p1" },
    { "a distribution's own part is none of it", "oracle:mysql", "8.0.33-0ubuntu0.20.04.2", 80, "cpe:/a:oracle:mysql:8.0.33" },
    { "no version", "f5:nginx", "", 85, "cpe:/a:f5:nginx" },
    { "not certain", "f5:nginx", "1.18.0", 60, "" },
    { "a whole one", "cpe:/a:x:y:1", "2", 90, "cpe:/a:x:y:1" },
    { "none", "", "1", 100, "" },
};

static void list_test(unsigned i)
{
    struct bytes list = bytes_str(lists[i].list), comment;
    char got[256] = "";
    struct part p;
    size_t n = 0;

    while (n < sizeof got - 80 && product_next(&list, &p, &comment)) {
        n += (size_t)snprintf(got + n, sizeof got - n, "%s%.*s %.*s (%.*s)", n != 0 ? "|" : "", (int)p.name.n, (const char *)p.name.p, (int)p.version.n,
                              (const char *)p.version.p, (int)comment.n, (const char *)comment.p);
    }
    is_str(got, lists[i].want, lists[i].why);
}

static void said_test(void)
{
    const struct bytes told[SERVICE_TEXTS] = { bytes_str("F5"), bytes_str("ng\tinx"), bytes_none(), bytes_none(), bytes_none() };
    char room[SEEN_TEXT_MAX], text[SEEN_TEXT_MAX];
    size_t n = software_said(told, room);

    is_mem(room, n, "F5\tng inx\t\t\t", strlen("F5\tng inx\t\t\t"), "what is said, with tabs between");
    memset(text, 'x', sizeof text);
    const struct bytes all[SERVICE_TEXTS] = { bytes_of(text, sizeof text), bytes_of(text, sizeof text), bytes_of(text, sizeof text), bytes_of(text, sizeof text), bytes_of(text, sizeof text) };
    ok(software_said(all, room) <= SEEN_TEXT_MAX, "as long as a sign may be");
}

int main(void)
{
    char cpe[CPE_MAX], text[SOFTWARE_TEXT];

    for (unsigned i = 0; i < ROWS(lists); i++) {
        list_test(i);
    }
    for (unsigned i = 0; i < ROWS(names); i++) {
        const struct software s = { .cpe = bytes_str(names[i].name), .version = bytes_str(names[i].version), .confidence = (uint8_t)names[i].confidence };
        software_cpe(&s, cpe);
        is_str(cpe, names[i].want, names[i].why);
    }
    const struct software s = { .product = bytes_str("a\tb"), .version = bytes_str("1") };
    (void)software_text(&s, text);
    is_str(text, "a?b 1", "what can be printed");
    said_test();
    return done_testing();
}
