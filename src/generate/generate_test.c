/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "generate/scene.h"
#include "tap.h"

#include "rule/test_tables.h"

#include <stdlib.h>
#include <unistd.h>

/* ---- expressions ---- */

static const struct {
    const char *why, *pattern;
} patterns[] = {
    { "bytes as they are", "abc" },
    { "a class, negated too", "[a-f0-9]{8}[^a-z]" },
    { "alternatives and groups", "(?:foo|ba(?:r|z))\\d+" },
    { "anchors at both ends", "^\\/[a-z]{3,5}\\.php$" },
    { "a group again", "(\\w{4})=\\1" },
    { "a named group again", "(?P<n>\\d\\d)-(?P=n)" },
    { "escapes of all kinds", "\\x41\\x{42}\\t\\r\\n\\.\\s\\S\\D\\W" },
    { "lazy and possessive", "a+?b*+c{2,}?" },
    { "a look-ahead that what follows can meet", "^(?=ab)[a-z]+$" },
    { "an option within", "(?i)AbC(?-i)d" },
    { "POSIX classes", "[[:alpha:]][[:digit:]_]" },
    { "a brace that counts nothing", "a{b}c{,3}" },
    { "a class that begins with a bracket", "[]a][^]a]" },
    { "an octal byte", "\\0121[\\101]" },
};

static void pattern_row(size_t row)
{
    struct chance c = { row };
    struct arena a;
    struct err err;
    size_t from, to;

    arena_init(&a, NULL, 1 << 20);
    struct pattern *p = pattern_read(&a, patterns[row].pattern, 0);
    struct regex *r = regex_compile(patterns[row].pattern, 0, &err);
    struct regex_scratch *s = regex_scratch_new(0, 0);
    unsigned good = 0;
    for (unsigned i = 0; p && r && i < 20; i++) {
        struct pattern_wish w = { .chance = &c, .style = i % 3 };
        struct bytes b;
        good += pattern_make(p, &a, &w, &b) && regex_find(r, s, b, 0, &from, &to) == REGEX_YES;
    }
    is_int(good, 20, patterns[row].why);
    regex_scratch_free(s);
    regex_free(r);
    arena_fini(&a);
}

static void pattern_refused(void)
{
    static const char *const texts[] = { "(?R)", "(a", "[a", "(?(1)a|b)", "a)" };
    struct arena a;

    arena_init(&a, NULL, 1 << 20);
    for (size_t i = 0; i < ROWS(texts); i++) {
        ok(!pattern_read(&a, texts[i], 0), texts[i]);
    }
    arena_fini(&a);
}

/* ---- conditions ---- */

static const struct {
    const char *why, *options, *bytes;
    bool holds;
} conditions[] = {
    { "a literal", "content:\"abc\";", "xxabcxx", true },
    { "without case", "content:\"AbC\"; nocase;", "xxaBcxx", true },
    { "not there", "content:\"abc\";", "xxabxcx", false },
    { "a later place of the first makes the second hold", "content:\"a\"; content:\"b\"; distance:1; within:1;", "a..axb", true },
    { "one too far", "content:\"a\"; content:\"b\"; distance:1; within:1;", "a..ab", false },
    { "offset and depth", "content:\"b\"; offset:2; depth:3;", "....b", true },
    { "beyond the depth", "content:\"b\"; offset:2; depth:3;", ".....b", false },
    { "starts and ends", "content:\"a\"; startswith; content:\"z\"; endswith;", "a..z", true },
    { "does not end", "content:\"z\"; endswith;", "a..z.", false },
    { "what must not be there", "content:\"a\"; content:!\"b\"; within:3;", "a..b", false },
    { "it stands further", "content:\"a\"; content:!\"b\"; within:3;", "a...b", true },
    { "a number", "byte_test:2,>,258,0;", "\x01\x03", true },
    { "a number that is not", "byte_test:2,>,258,0;", "\x01\x02", false },
    { "a jump", "byte_jump:1,0; content:\"x\"; within:1;", "\x02..x", true },
    { "an extracted number", "byte_extract:1,0,n; content:\"x\"; offset:n;", "\x03..x", true },
    { "enough behind", "content:\"a\"; isdataat:2,relative;", "a..", true },
    { "not enough behind", "content:\"a\"; isdataat:2,relative;", "a.", false },
    { "base64", "content:\"=\"; base64_decode:relative; base64_data; content:\"world\";", "=aGVsbG8gd29ybGQ=", true },
    { "an expression behind a literal", "content:\"a\"; pcre:\"/^b+c/R\";", "abbc", true },
    { "an expression that must not match", "content:\"a\"; pcre:!\"/c/\";", "abbc", false },
};

/* The one rule of a text; the world and rules are the caller's to end. */
static const struct rule *rule_of(struct test_world *w, struct rules *r, const char *options)
{
    struct rule_context c = test_context(w);
    char text[600];

    snprintf(text, sizeof text, "alert tcp any any -> any any (%s sid:1;)\n", options);
    rules_init(r);
    rules_read_text(r, &c, "test.rules", text, strlen(text), DIALECT_SURICATA);
    rules_finish(r);
    return r->rule_n == 1 ? r->rule[0] : NULL;
}

static void condition_row(size_t i)
{
    struct test_world w;
    struct rules rules;
    struct holder h = { 0 };
    const struct rule *r = rule_of(&w, &rules, conditions[i].options);

    if (ok(r && r->group_n != 0, conditions[i].why)) {
        holder_begin(&h, r);
        ok(group_holds(&h, &r->group[0], bytes_str(conditions[i].bytes)) == conditions[i].holds, conditions[i].holds ? "they hold" : "they do not hold");
        holder_end(&h);
        regex_scratch_free(h.scratch);
    }
    rules_fini(&rules);
    test_context_fini(&w);
}

/* ---- bytes for conditions: each is solved, and a near miss of it does not hold ---- */

static const char *const solved[] = {
    "content:\"abc\"; content:\"def\"; distance:3; within:6; content:!\"xyz\";",
    "content:\"abc\"; offset:4; depth:7; content:\"z\"; endswith; dsize:20;",
    "pcre:\"/^GET \\/[a-z]{4}\\?id=\\d{3}/\"; content:\"?id=\"; isdataat:!40;",
    "byte_extract:1,2,n; content:\"here\"; offset:n; byte_test:2,&,0x8000,0;",
    "content:\"len=\"; byte_jump:2,0,relative,string,dec; content:\"end\"; within:3;",
    "content:\"q=\"; base64_decode:relative; base64_data; content:\"secret\"; startswith;",
    "content:\"|00 01|\"; depth:2; content:\"|ff|\"; distance:2; within:1; dsize:40;",
};

static void solved_row(size_t i)
{
    struct generate_settings how = { .misses = 8 };
    struct test_world w;
    struct rules rules;
    struct err err = { 0 };
    size_t n = 0, not_n = 0, hits = 0;
    const struct rule *r = rule_of(&w, &rules, solved[i]);
    struct generator *g = r ? generator_new(&rules, "/dev/null", &how, &err) : NULL;

    ok(g && generator_rule(g, r, &err), solved[i]);
    if (g) {
        const struct generated *row = generator_rows(g, &n);
        for (size_t k = 0; k < n; k++) {
            hits += row[k].hit;
        }
        generator_nots(g, &not_n);
    }
    ok(hits == 1 && n >= 2 && not_n == 0, "a hit and near misses");
    generator_free(g);
    rules_fini(&rules);
    test_context_fini(&w);
}

/* What cannot be made is named. */
static void impossible(void)
{
    static const char *const texts[] = { "content:\"abc\"; bsize:2;", "content:\"a\"; depth:1; content:\"b\"; depth:1;", "content:\"a\"; noalert;" };

    for (size_t i = 0; i < ROWS(texts); i++) {
        struct generate_settings how = { .misses = 1 };
        struct test_world w;
        struct rules rules;
        struct err err = { 0 };
        size_t n = 0;
        const struct rule *r = rule_of(&w, &rules, texts[i]);
        struct generator *g = r ? generator_new(&rules, "/dev/null", &how, &err) : NULL;
        const struct generated_not *not = g && !generator_rule(g, r, &err) ? generator_nots(g, &n) : NULL;
        ok(!r || (n == 1 && not[0].why[0] != '\0'), texts[i]);
        generator_free(g);
        rules_fini(&rules);
        test_context_fini(&w);
    }
}

int main(void)
{
    for (size_t i = 0; i < ROWS(patterns); i++) {
        pattern_row(i);
    }
    pattern_refused();
    for (size_t i = 0; i < ROWS(conditions); i++) {
        condition_row(i);
    }
    for (size_t i = 0; i < ROWS(solved); i++) {
        solved_row(i);
    }
    impossible();
    return done_testing();
}
