/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "aware/pattern.h"

#include "base/rows.h"
#include "tap.h"

static const struct {
    const char *why, *pattern, *text;
    bool fits;
    const char *group[2];
} rows[] = {
    { "plain text stands anywhere", "nginx", "x nginx/1", true, { 0 } },
    { "case does not count", "NginX", "nGINx", true, { 0 } },
    { "at the start only", "^nginx", "x nginx", false, { 0 } },
    { "at the end only", "nginx$", "nginx/1", false, { 0 } },
    { "the end is looked for behind an earlier place", "ab$", "ab ab", true, { 0 } },
    { "the whole", "^nginx$", "nginx", true, { 0 } },
    { "a star stands for anything", "^a*b*c$", "a--b--c", true, { 0 } },
    { "and for nothing", "^a*b$", "ab", true, { 0 } },
    { "an anchored start, then anywhere", "^a*b", "a b x", true, { 0 } },
    { "the order counts", "a*b", "b a", false, { 0 } },
    { "a version", "nginx/{v}", "nginx/1.18.0 (Ubuntu)", true, { "1.18.0" } },
    { "a version ends a sentence", "Exim {v}", "Exim 4.94.", true, { "4.94" } },
    { "a version begins with a digit", "nginx/{v}", "nginx/x", false, { 0 } },
    { "a place that does not fit is left", "nginx/{v}", "nginx/x nginx/2", true, { "2" } },
    { "letters and marks of a version", "OpenSSH_{v} ", "OpenSSH_8.9p1 Ubuntu-3", true, { "8.9p1" } },
    { "underscores of a version", "OS {v} like", "iPhone OS 16_5 like Mac", true, { "16_5" } },
    { "digits", "NT {n}.{n}", "Windows NT 10.0;", true, { "10", "0" } },
    { "words", "^{w}/{v}", "curl/8.5.0", true, { "curl", "8.5.0" } },
    { "a word is not empty", "^{w}/", "/1", false, { 0 } },
    { "bytes up to the next text", "ty={t},", "ty=HP LaserJet 4,x", true, { "HP LaserJet 4" } },
    { "bytes up to the end", "^Model {t}", "Model a b,c", true, { "a b,c" } },
    { "what ends them is missing", "ty={t},", "ty=HP ty=HP", false, { 0 } },
    { "a star as a byte", "a\\*b", "a*b", true, { 0 } },
    { "a tab", "\\tx", "a\tx", true, { 0 } },
    { "a dollar inside is a byte", "a$b", "a$b", true, { 0 } },
    { "nothing in nothing", "^a", "", false, { 0 } },
    { "a star alone", "*", "", true, { 0 } },
};

static const struct {
    const char *why, *pattern;
    size_t column;
} bad[] = {
    { "nothing at all", "", 0 },
    { "an unknown mark", "ab{x}", 2 },
    { "a brace that stays open", "ab{v", 2 },
    { "two marks that touch: where does one end", "{v}{n}", 3 },
    { "more marks than a meaning can name", "{v} {v} {v} {v} {v}", 16 },
    { "a backslash before what needs none", "a\\b", 0 },
};

int main(void)
{
    struct arena a;
    struct pattern p;
    struct bytes group[PATTERN_GROUPS];
    char large[4096];
    size_t column;
    struct err err;

    arena_init(&a, NULL, 0);
    for (unsigned i = 0; i < ROWS(rows); i++) {
        if (!ok(pattern_compile(&a, bytes_str(rows[i].pattern), &p, &column, &err), rows[i].why)) {
            continue;
        }
        is_int(pattern_match(&p, bytes_str(rows[i].text), group), rows[i].fits, rows[i].why);
        for (unsigned g = 0; g < 2 && rows[i].group[g]; g++) {
            is_mem(group[g].p, group[g].n, rows[i].group[g], strlen(rows[i].group[g]), rows[i].why);
        }
    }
    for (unsigned i = 0; i < ROWS(bad); i++) {
        ok(!pattern_compile(&a, bytes_str(bad[i].pattern), &p, &column, &err), bad[i].why);
        is_int(column, bad[i].column, bad[i].why);
    }
    memset(large, 'a', sizeof large);
    ok(pattern_compile(&a, bytes_str("a{t}b"), &p, &column, &err) && !pattern_match(&p, bytes_of(large, sizeof large), group),
       "a long text without the end is given up at once");
    large[PATTERN_TEXT_MAX] = 'b';
    ok(!pattern_match(&p, bytes_of(large, sizeof large), group), "what lies behind the limit is not looked at");
    arena_fini(&a);
    return done_testing();
}
