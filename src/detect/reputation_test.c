/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/reputation.h"

#include "base/rows.h"
#include "tap.h"

#include <stdlib.h>
#include <unistd.h>

static const char categories[] = "1,CnC,command and control\n# nothing\n2, Scan ,scanners\n60,TooFar,number over the cap\nbad\n";
static const char list[] = "10.0.0.0/8,1,10\n10.1.0.0/16,1,20\n10.1.2.3,1,30\n10.1.2.3,1,31\n10.1.2.3,2,5\n2001:db8::/32,1,40\n"
                           "255.255.255.255,2,7\n10.9.0.0-10.10.0.0,1,3\n10.0.0.1,1,128\nnobody,1,1\n";

/* clang-format off */
static const struct {
    const char *why, *address, *category;
    int score;
} rows[] = {
    { "a network", "10.200.0.1", "CnC", 10 },
    { "a narrower one in it", "10.1.0.1", "CnC", 20 },
    { "an address, said twice: the last", "10.1.2.3", "CnC", 31 },
    { "behind it the network goes on", "10.1.2.4", "CnC", 20 },
    { "and behind that the wider one", "10.2.0.0", "CnC", 10 },
    { "before all", "9.255.255.255", "CnC", -1 },
    { "behind all", "11.0.0.0", "CnC", -1 },
    { "categories are apart", "10.1.2.3", "Scan", 5 },
    { "another address of that category", "10.1.2.4", "Scan", -1 },
    { "the last address there is", "255.255.255.255", "Scan", 7 },
    { "IPv6", "2001:db8::1", "CnC", 40 },
    { "outside of it", "2001:db9::1", "CnC", -1 },
    { "a range is no network: left out", "10.9.0.1", "CnC", 10 },
};
/* clang-format on */

static bool write_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "we");

    return f && fputs(text, f) >= 0 && fclose(f) == 0;
}

int main(void)
{
    struct reputation *r = reputation_new();
    char path[] = "/tmp/peccary-reputation-XXXXXX";
    int fd = mkstemp(path);
    unsigned bad = 0;
    struct err err;

    ok(fd >= 0 && close(fd) == 0 && write_file(path, categories) && reputation_categories(r, path, &bad, &err), "categories are read");
    is_int(bad, 2, "a number over the cap and a line that is none are left out");
    bad = 0;
    ok(write_file(path, list) && reputation_list(r, path, &bad, &err), "a list is read");
    is_int(bad, 3, "a range, a score over the cap and no address are left out");
    ok(reputation_done(r, &err), "the list is indexed");
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct addr a;
        enum family family;
        int category = reputation_category(r, rows[i].category);
        ok(addr_parse(rows[i].address, &a, &family) && category > 0, rows[i].why);
        is_int(reputation_score(r, &a, family, (unsigned)category), rows[i].score, rows[i].why);
    }
    is_int(reputation_category(r, "TooFar"), -1, "a category that was left out");
    unlink(path);
    ok(!reputation_list(r, path, &bad, &err), "a file that is not there");
    reputation_free(r);
    return done_testing();
}
