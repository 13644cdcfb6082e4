/* SPDX-License-Identifier: GPL-2.0-or-later */
/* By what each rule about packets is found, and where its literal may stand. */
#include "base/err.h"
#include "detect/compiler.h"
#include "tap.h"

#include <stdlib.h>

static bool any_addresses(void *ctx, const char *text, const struct addr_set **out, struct err *err)
{
    static const struct addr_set any = { .any = true };

    (void)ctx, (void)text, (void)err;
    *out = &any;
    return true;
}

static bool one_port(void *ctx, enum dialect dialect, const char *text, const struct port_set **out, struct err *err)
{
    static const struct port_set any = { .any = true };
    static struct port_set web;

    (void)ctx, (void)dialect, (void)err;
    web.bits[80 >> 6] = 1ULL << (80 & 63);
    *out = strcmp(text, "80") == 0 ? &web : &any;
    return true;
}

#define FROM_SERVER "any 80 -> any any (flow:from_server; "
#define RULE "any any -> any any ("
#define TO_WEB "any any -> any 80 ("

/* clang-format off */
static const struct {
    const char *why, *rule, *want;
} rows[] = {
    { "anywhere", RULE "content:\"abcdef\";", "abcdef anywhere" },
    { "at a fixed place", RULE "content:\"abcdef\"; offset:4; depth:6;", "abcdef 4..10" },
    { "at the start", RULE "content:\"abcdef\"; startswith;", "abcdef 0..6" },
    { "at a few places", RULE "content:\"abcdef\"; depth:13;", "abcdef 0..13" },
    { "at too many places to try each", RULE "content:\"abcdef\"; depth:14;", "abcdef anywhere" },
    { "too far from the start", RULE "content:\"abcdef\"; offset:60; depth:6;", "abcdef anywhere" },
    { "an offset alone bounds nothing", RULE "content:\"abcdef\"; offset:4;", "abcdef anywhere" },
    { "behind one that is bounded", RULE "content:\"ab\"; depth:2; content:\"cdefgh\"; distance:3; within:6;", "cdefgh 5..11" },
    { "within alone: right behind it or later", RULE "content:\"ab\"; depth:2; content:\"cdefgh\"; within:8;", "cdefgh 2..10" },
    { "a distance back", RULE "content:\"ab\"; depth:4; content:\"cdefgh\"; distance:-3; within:6;", "cdefgh 0..10" },
    { "behind one that may be anywhere", RULE "content:\"ab\"; content:\"cdefgh\"; distance:3; within:6;", "cdefgh anywhere" },
    { "a test between moves nothing", RULE "content:\"ab\"; depth:2; byte_test:1,>,5,0,relative; content:\"cdefgh\"; within:6;", "cdefgh 2..8" },
    { "what must not be there moves nothing", RULE "content:\"ab\"; depth:2; content:!\"x\"; distance:0; content:\"cdefgh\"; within:6;", "cdefgh 2..8" },
    { "a jump between moves anywhere", RULE "content:\"ab\"; depth:2; byte_jump:1,0,relative; content:\"cdefgh\"; within:6;", "cdefgh anywhere" },
    { "an expression between moves anywhere", RULE "content:\"ab\"; depth:2; pcre:\"/x*/R\"; content:\"cdefgh\"; within:6;", "cdefgh anywhere" },
    { "the first that is relative counts from the start", RULE "content:\"abcdef\"; within:6;", "abcdef 0..6" },
    { "a number read from the packet bounds nothing", RULE "byte_extract:1,0,n; content:\"abcdef\"; depth:n;", "abcdef anywhere" },
    { "one near the start is taken before the longest", RULE "content:\"wxyz\"; depth:4; content:\"efghijklm\";", "wxyz 0..4" },
    { "whatever the author named", RULE "content:\"wxyz\"; depth:4; content:\"efghijklm\"; fast_pattern;", "wxyz 0..4" },
    { "not when it is short", RULE "content:\"abc\"; depth:3; content:\"efghijklm\";", "efghijklm anywhere" },
    { "not when most traffic begins so", RULE "content:\"HTTP/1.\"; depth:7; content:\"efghijklm\";", "efghijklm anywhere" },
    { "in either case", RULE "content:\"Get /\"; nocase; depth:5; content:\"efghijklm\";", "efghijklm anywhere" },
    { "unless that has the longest as well", RULE "content:\"HTTP/1.\"; depth:7; content:\"Content-Length: \";", "HTTP/1. 0..7" },
    { "or is short", RULE "content:\"HTTP/1.\"; depth:7; content:\"xyz\";", "HTTP/1. 0..7" },
    { "nor when it must not be there", RULE "content:!\"abcd\"; depth:4; content:\"efghijklm\";", "efghijklm anywhere" },
    { "a part of it", RULE "content:\"abcdefgh\"; offset:2; depth:8; fast_pattern:3,4;", "defg 5..10" },
    { "without case", RULE "content:\"ABCDEF\"; nocase; depth:6;", "abcdef 0..6 nocase" },
    { "the size of the payload", RULE "dsize:7; content:\"abc\";", "size 7" },
    { "also without any literal", RULE "dsize:7;", "size 7" },
    { "before a literal somewhere", RULE "dsize:12; content:\"abcdef\";", "size 12" },
    { "but after one near the start", RULE "dsize:12; content:\"abcd\"; depth:4;", "abcd 0..4" },
    { "a range of sizes is not one", RULE "dsize:>7; content:\"abcdef\";", "abcdef anywhere" },
    { "no payload is no size", RULE "dsize:0;", "each" },
    { "a few ports before a short literal", TO_WEB "content:\"abc\";", "dport 80" },
    { "not before a long one", TO_WEB "content:\"abcd\";", "abcd anywhere" },
    { "nor before one near the start", TO_WEB "content:\"abc\"; depth:3;", "abc 0..3" },
    { "ports of the side it comes from", FROM_SERVER "content:\"abc\";", "sport 80" },
    { "no literal, no port", RULE "flags:S;", "each" },
    { "no literal, a port", TO_WEB "flags:S;", "dport 80" },
};
/* clang-format on */

static void tell(const struct compiler *c, const struct plan *p, struct text *out)
{
    static const char *const kinds[] = { [GUARD_NONE] = "each", [GUARD_DPORT] = "dport", [GUARD_SPORT] = "sport", [GUARD_SIZE] = "size" };
    struct guard g = guard_of(c, p, true);

    if (g.kind != GUARD_LITERAL) {
        text_printf(out, "%s", kinds[g.kind]);
        for (unsigned i = 0; i < g.key_n; i++) {
            text_printf(out, " %u", g.key[i]);
        }
        return;
    }
    struct guard_literal l = guard_literal(c, p);
    text_printf(out, "%.*s ", (int)l.bytes.n, (const char *)l.bytes.p);
    if (l.depth == 0) {
        text_printf(out, "anywhere");
    } else {
        text_printf(out, "%u..%u", l.from, l.depth);
    }
    text_printf(out, "%s", l.nocase ? " nocase" : "");
}

static struct ruleset *compiled(const char *text)
{
    struct rule_context c = { .keywords = keyword_table, .transforms = transform_table, .protos = proto_table, .addresses = any_addresses, .ports = one_port };
    struct detect_settings s = { .alert_max = 15 };
    struct rules rules;
    struct err err;

    rules_init(&rules);
    rules_read_text(&rules, &c, "test.rules", text, strlen(text), DIALECT_SURICATA);
    return detect_compile(&rules, &s, NULL, &err);
}

static void test_row(size_t i)
{
    char text[512];
    struct text got;
    struct err err;

    snprintf(text, sizeof text, "alert tcp %s sid:1;)\n", rows[i].rule);
    struct ruleset *r = compiled(text);
    struct compiler c = { .r = r };
    text_init(&got, 0);
    if (ok(r && r->plan_n == 1 && guards_init(&c, &err), "it is a rule")) {
        tell(&c, &r->plan[0], &got);
    }
    text_byte(&got, '\0');
    is_str(got.p, rows[i].want, rows[i].why);
    text_fini(&got);
    guards_fini(&c);
    ruleset_free(r);
}

/* What many rules begin with tells little of one of them. */
static void test_common(void)
{
    struct text text, got;
    struct err err;

    text_init(&text, 0);
    for (unsigned i = 1; i <= 5; i++) {
        text_printf(&text, "alert tcp any any -> any any (content:\"HEAD\"; depth:4; content:\"different%u\"; sid:%u;)\n", i, i);
    }
    text_byte(&text, '\0');
    struct ruleset *r = compiled(text.p);
    struct compiler c = { .r = r };
    text_init(&got, 0);
    if (ok(r && r->plan_n == 5 && guards_init(&c, &err), "there are five rules")) {
        tell(&c, &r->plan[2], &got);
    }
    text_byte(&got, '\0');
    is_str(got.p, "different3 anywhere", "not found by what all of them begin with");
    text_fini(&got);
    text_fini(&text);
    guards_fini(&c);
    ruleset_free(r);
}

/* What more than a few literals end with is not looked for, down to half of each. */
static void test_ends(void)
{
    static const struct {
        unsigned rules;
        const char *end;
        size_t cut;
        const char *why;
    } ends[] = {
        { 4, " HTTP/1.1", 0, "an end that a few have is looked for" },
        { 5, " HTTP/1.1", 2, "one that five have is not, back to eight bytes that tell them apart" },
        { 5, " as long as half of it and more", 0, "where too little would be left, all of it is" },
    };

    for (size_t i = 0; i < ROWS(ends); i++) {
        struct text text;
        text_init(&text, 0);
        for (unsigned k = 1; k <= ends[i].rules; k++) {
            text_printf(&text, "alert tcp any any -> any any (content:\"/abcdefghi%u%s\"; sid:%u;)\n", k, ends[i].end, k);
        }
        text_byte(&text, '\0');
        struct ruleset *r = compiled(text.p);
        size_t whole = strlen("/abcdefghi1") + strlen(ends[i].end);
        ok(r && literals_longest(r->stream[TO_SERVER].db) == whole - ends[i].cut, ends[i].why);
        text_fini(&text);
        ruleset_free(r);
    }
}

int main(void)
{
    for (size_t i = 0; i < ROWS(rows); i++) {
        test_row(i);
    }
    test_common();
    test_ends();
    return done_testing();
}
