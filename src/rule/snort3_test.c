/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a Snort 3 rule becomes, and which rules are refused, where and why. */
#include "rule/split.h"
#include "rule/test_tables.h"

#include "base/text.h"
#include "tap.h"

/* clang-format off */
/* The rule's header and options, and the tree from the line of sides (or flow) on. */
static const struct {
    const char *why, *head, *options, *tree;
} trees[] = {
    { "modifiers stand in the literal's value", "udp any any -> any any", "content:\"AbC\",depth 5,offset 2,nocase;",
      "  sides server client\n  payload: content \"abc\" nocase offset 2 end 7\n" },
    { "blanks around them do not count", "udp any any -> any any", "content: ! \"a;b,c\" , nocase ;",
      "  sides server client\n  payload: !content \"a|3B|b,c\" nocase\n" },
    { "a part of the literal is the fast pattern", "udp any any -> any any", "content:\"abcdef\",fast_pattern,fast_pattern_offset 1,fast_pattern_length 3;",
      "  sides server client\n  payload: content \"abcdef\" fast chop 1,3\n" },
    { "distance and within", "udp any any -> any any", "content:\"a\"; content:\"b\",distance 1,within 9;",
      "  sides server client\n  payload: content \"a\"; content \"b\" relative distance 1 within 9\n" },
    { "a buffer begins anew each time it is named", "tcp any any -> any any", "http_uri; content:\"a\"; content:\"b\",distance 0; http_uri; content:\"c\";",
      "  sides server\n  http.uri.raw > | snort_normalize_uri: content \"a\"; content \"b\" relative distance 0\n"
      "  http.uri.raw > | snort_normalize_uri: content \"c\"\n" },
    { "a buffer in which nothing is asked was not named", "tcp any any -> any any", "http_uri; pkt_data; content:\"c\";",
      "  sides server client packet stream\n  payload: content \"c\"\n" },
    { "Snort's header buffer is not Suricata's", "tcp any any -> any any", "flow:to_client; http_header; content:\"c\";",
      "  flow to_client\n  sides client\n  http.header.plain | snort_normalize: content \"c\"\n" },
    { "one header has a buffer of its own", "tcp any any -> any any", "http_header:field user-agent; content:\"c\";",
      "  sides server\n  http.user_agent > | snort_normalize: content \"c\"\n" },
    { "isdataat asks for the byte at that place, behind the cursor", "udp any any -> any any", "content:\"a\"; isdataat:10,relative; isdataat:10;",
      "  sides server client\n  payload: content \"a\"; isdataat at 11 relative; isdataat at 10\n" },
    { "of a variable too", "udp any any -> any any", "byte_extract:1,0,n; content:\"a\"; isdataat:n,relative; isdataat:n;",
      "  sides server client\n  payload: byte_extract bytes 1 offset 0 => n; content \"a\"; isdataat at $n and one more relative; isdataat at $n\n" },
    { "so that none at 0 is the buffer's end", "udp any any -> any any", "content:\"a\"; isdataat:!0,relative;",
      "  sides server client\n  payload: content \"a\" endswith\n" },
    { "the size of any buffer", "tcp any any -> any any", "http_uri; bufferlen:5<=>9; content:\"a\";",
      "  sides server\n  http.uri.raw > | snort_normalize_uri: bsize 5..9; content \"a\"\n" },
    { "the request's header alone", "tcp any any -> any any", "http_header:request; content:\"c\";",
      "  sides server\n  http.header.plain > | snort_normalize: content \"c\"\n" },
    { "pcre needs nothing before it to be relative", "udp any any -> any any", "pcre:!\"/a;b/iR\";",
      "  sides server client\n  payload: !pcre /a;b/i relative\n" },
    { "byte options are written alike", "udp any any -> any any", "content:\"a\"; byte_test:2,!&,128,0,relative,little; byte_jump:4,-7,relative,from_beginning;",
      "  sides server client\n  payload: content \"a\"; !byte_test bytes 2 offset 0 & 128 relative little; byte_jump bytes 4 offset -7 relative from_beginning\n" },
    { "a rule without networks is about a service on any port", "http", "content:\"a\";", NULL },
};

static const struct {
    const char *why, *rule;
    unsigned column;
    const char *reason;
} refusals[] = {
    { "an action that is none", "blok tcp any any -> any any ( sid:1; )", 1, "'blok' is no action" },
    { "a rule without number", "alert tcp any any -> any any ( msg:\"a\"; )", 32, "the rule has no sid" },
    { "an option nobody knows", "alert tcp any any -> any any ( sid:1; frob:1; )", 39, "unknown rule option 'frob'" },
    { "a modifier nobody knows", "alert tcp any any -> any any ( sid:1; content:\"a\",frob 2; )", 39, "content: unknown modifier 'frob'" },
    { "a modifier without its value", "alert tcp any any -> any any ( sid:1; content:\"a\",depth; )", 39, "content: depth needs a value" },
    { "a literal without its quote", "alert tcp any any -> any any ( sid:1; content:\"a; )", 39, "the closing quote is missing" },
    { "a literal without quotes", "alert tcp any any -> any any ( sid:1; content:a; )", 39, "content: the value must stand in double quotes" },
    { "a part beyond the literal", "alert tcp any any -> any any ( sid:1; content:\"ab\",fast_pattern_offset 1,fast_pattern_length 2; )", 39,
      "content: fast_pattern_offset 1 and length 2 reach beyond the 2 bytes of the literal" },
    { "a range that is none", "alert tcp any any -> any any ( sid:1; bufferlen:9<>5; )", 39, "bufferlen: '9<>5' is no range" },
    { "beyond what the field can hold", "alert tcp any any -> any any ( sid:1; ttl:5<=>256; )", 39, "'5<=>256' is beyond 255" },
    { "the request's header, of the response", "alert tcp any any -> any any ( sid:1; flow:to_client; http_header:request; content:\"a\"; )", 0,
      "rule 1 mixes keywords with conflicting directions" },
    { "compiled rules", "alert tcp any any -> any any ( sid:1; so:eval; )", 39, "option 'so' is not built in: compiled rules of another program" },
    { "the end is missing", "alert tcp any any -> any any ( sid:1; nocase", 39, "no terminating \";\" found" },
};
/* clang-format on */

struct reading {
    struct test_world world;
    struct rule_context context;
    struct rules rules;
};

static void read_rule(struct reading *x, const char *rule)
{
    x->context = test_context(&x->world);
    rules_init(&x->rules);
    rules_read_text(&x->rules, &x->context, "test", rule, strlen(rule), DIALECT_SNORT3);
}

static void reading_fini(struct reading *x)
{
    rules_fini(&x->rules);
    test_context_fini(&x->world);
}

static void test_tree(size_t i)
{
    struct reading x;
    struct text t;
    char rule[1024];

    snprintf(rule, sizeof rule, "alert %s ( %s sid:1; )", trees[i].head, trees[i].options);
    read_rule(&x, rule);
    text_init(&t, 0);
    if (x.rules.failed_n) {
        diag("%s: %s", rule, x.rules.failure[0].reason);
    }
    if (ok(x.rules.rule_n == 1, trees[i].why) && trees[i].tree) {
        rule_print(x.rules.rule[0], &t);
        text_byte(&t, '\0');
        is_str(strchr(t.p, '\n') + 1, trees[i].tree, trees[i].why);
    }
    text_fini(&t);
    reading_fini(&x);
}

static void test_refusal(size_t i)
{
    struct reading x;

    read_rule(&x, refusals[i].rule);
    if (ok(x.rules.rule_n == 0 && x.rules.failed_n == 1, refusals[i].why)) {
        is_str(x.rules.failure[0].reason, refusals[i].reason, refusals[i].why);
        is_int(x.rules.failure[0].column, refusals[i].column, refusals[i].why);
    }
    reading_fini(&x);
}

static void test_services(void)
{
    struct reading x;
    const struct rule *r;

    read_rule(&x, "block http ( sid:1; )\nalert tcp any any -> any 80 ( service:ssl,http; sid:2; )\nalert tcp any any -> any 80 ( sid:3; )\n"
                  "reject tcp any any -> any 80 ( sid:4; )\n");
    if (ok(x.rules.rule_n == 4, "four rules")) {
        r = x.rules.rule[0];
        is_int(r->action, ACTION_DROP, "block drops");
        is_int(r->scope, SCOPE_FLOW, "the whole flow");
        ok(r->header_flags & HEADER_SERVICE && r->app_proto != PROTO_NONE, "a service in the header binds the rule");
        r = x.rules.rule[1];
        ok(r->header_flags & HEADER_SERVICE && r->app_proto == PROTO_NONE, "services beside ports do not");
        is_int(__builtin_popcountll(r->service[0] | r->service[1]), 2, "both are known");
        ok(!(x.rules.rule[2]->header_flags & HEADER_SERVICE), "no service, no mark");
        is_int(x.rules.rule[3]->action, ACTION_REJECT_BOTH, "both ends are told of a reject");
    }
    reading_fini(&x);
}

/* clang-format off */
/* The Snort 2 dialect: Suricata's spelling, Snort's meaning. */
static const struct {
    const char *why, *rule, *tree; /* tree NULL: refused */
} older[] = {
    { "a modifier's buffer is Snort's", "alert tcp any any -> any any (flow:to_server; content:\"a\"; http_uri; sid:1;)",
      "  flow to_server\n  sides server\n  http.uri.raw > | snort_normalize_uri: content \"a\"\n" },
    { "payload is each packet's and each PDU's", "alert tcp any any -> any any (content:\"a\"; isdataat:10,relative; sid:1;)",
      "  sides server client packet stream\n  payload: content \"a\"; isdataat at 11 relative\n" },
    { "what stands behind file_data may be moved too", "alert tcp any any -> any any (flow:to_client; file_data; content:\"a\"; content:\"b\"; http_header; sid:1;)",
      "  flow to_client\n  sides client\n  file.data: content \"a\"\n  http.header.plain | snort_normalize: content \"b\"\n" },
    { "what is replaced is replaced in packets", "alert tcp any any -> any any (content:\"a\"; replace:\"b\"; sid:1;)",
      "  sides server client packet\n  payload: content \"a\" replace \"b\"\n" },
    { "… and nowhere else", "alert tcp any any -> any any (content:\"x\"; http_uri; content:\"a\"; replace:\"b\"; sid:1;)", NULL },
    { "a length of the URI holds its ends", "alert tcp any any -> any any (flow:to_server; urilen:7<>8; content:\"a\"; http_uri; sid:1;)",
      "  flow to_server\n  sides server\n  http.uri.raw >: urilen raw 7..8\n  http.uri.raw > | snort_normalize_uri: content \"a\"\n" },
    { "and may be of what was made of it", "alert tcp any any -> any any (flow:to_server; urilen:7<>8,norm; sid:1;)",
      "  flow to_server\n  sides server\n  http.uri.raw > | snort_normalize_uri: urilen 7..8\n" },
    { "several bits are set each", "alert tcp any any -> any any (flowbits:set,a&b; content:\"c\"; sid:1;)",
      "  sides server client packet stream\n  payload: content \"c\"\n  post: flowbits; flowbits\n" },
    { "a cookie as it came, and what is made of it", "alert tcp any any -> any any (flow:to_server; content:\"a\"; http_cookie; content:\"b\"; http_raw_cookie; content:\"c\"; http_raw_cookie; sid:1;)",
      "  flow to_server\n  sides server\n  http.cookie | snort_normalize: content \"a\"\n  http.cookie: content \"b\"; content \"c\"\n" },
    { "an expression over a cookie as it came", "alert tcp any any -> any any (flow:to_server; content:\"b\"; http_raw_cookie; pcre:\"/c+d/K\"; pcre:\"/e/C\"; sid:1;)",
      "  flow to_server\n  sides server\n  http.cookie: content \"b\"; pcre /c+d/\n  http.cookie | snort_normalize: pcre /e/\n" },
    { "a rule that switches another on", "alert tcp any any -> any any (activates:1; content:\"a\"; sid:1;)", NULL },
};
/* clang-format on */

static void test_older(size_t i)
{
    struct reading x = { .context = { 0 } };
    struct text t;

    x.context = test_context(&x.world);
    rules_init(&x.rules);
    rules_read_text(&x.rules, &x.context, "test", older[i].rule, strlen(older[i].rule), DIALECT_SNORT2);
    text_init(&t, 0);
    if (x.rules.failed_n && older[i].tree) {
        diag("%s: %s", older[i].rule, x.rules.failure[0].reason);
    }
    if (ok(x.rules.rule_n == (older[i].tree != NULL), older[i].why) && older[i].tree) {
        rule_print(x.rules.rule[0], &t);
        text_byte(&t, '\0');
        is_str(strchr(t.p, '\n') + 1, older[i].tree, older[i].why);
    }
    text_fini(&t);
    reading_fini(&x);
}

/* Which dialect a file is in, by what only one writes. */
static void test_telling(void)
{
    static const char *const rules[] = {
        [DIALECT_SURICATA] = "alert http any any -> any any (msg:\"a\"; http.uri; content:\"a\"; bsize:1; sid:1;)\n",
        [DIALECT_SNORT2] = "alert tcp any any -> any 80 (content:\"a\"; nocase; http_uri; metadata:ruleset community, service http; sid:1;)\n",
        [DIALECT_SNORT3] = "alert tcp any any -> any 80 ( http_uri; content:\"a\",fast_pattern,nocase; service:http; sid:1; )\n",
    };

    for (int d = DIALECT_SURICATA; d <= DIALECT_SNORT3; d++) {
        char text[2048] = "";

        for (int i = 0; i < 8; i++) {
            strcat(text, rules[d]);
        }
        is_int(rule_split_dialect(text, strlen(text)), d, "a file's dialect is told by itself");
    }
}

/* One rule is enough. */
static void test_telling_one(void)
{
    static const struct {
        const char *rule, *why;
        int dialect;
    } rows[] = {
        { "alert http ( msg:\"a\"; content:\"a\"; sid:1; )", "a header without addresses", DIALECT_SNORT3 },
        { "alert ( msg:\"a\"; gid:116; sid:1; )", "nor protocol", DIALECT_SNORT3 },
        { "alert tcp any any -> any any (content:\"a\",nocase; sid:1;)", "a modifier behind a comma", DIALECT_SNORT3 },
        { "alert tcp any any -> any any (content:\"a,nocase\"; sid:1;)", "a comma in the quotes", DIALECT_SURICATA },
        { "alert tcp any any -> any 80 (http_uri; content:\"a\"; sid:1;)", "a buffer in front of what is asked", DIALECT_SNORT3 },
        { "alert tcp any any -> any 80 (content:\"a\"; http_uri; sid:1;)", "a buffer behind it", DIALECT_SURICATA },
        { "alert tcp any any -> any any (\n  msg:\"a\";\n  content:\"a\"; sid:1;\n)", "a rule over lines", DIALECT_SNORT3 },
        { "alert tcp any any -> any any (msg:\"a\"; \\\n  content:\"a\"; sid:1;)", "joined by a backslash", DIALECT_SURICATA },
        { "alert http any any -> any any (http.uri; content:\"a\"; sid:1;)", "a name with a dot", DIALECT_SURICATA },
        { "alert tcp any any -> any 80 (content:\"a\"; metadata:policy x, service http; sid:1;)", "a service in the metadata", DIALECT_SNORT2 },
        { "# alert tcp any any -> any any (content:\"a\"; service:http; sid:1;)", "a rule that is switched off tells too", DIALECT_SNORT3 },
        { "hello (service:http;)", "what is no rule does not", DIALECT_SURICATA },
        { "", "nothing", DIALECT_SURICATA },
    };

    for (size_t i = 0; i < ROWS(rows); i++) {
        is_int(rule_split_dialect(rows[i].rule, strlen(rows[i].rule)), rows[i].dialect, rows[i].why);
    }
}

/* Lines until the parenthesis closes are one rule. */
static void test_lines(void)
{
    static const char file[] = "alert tcp any any -> any any\n(\n    msg:\"a\";\n    # why\n\n    content:\"(x\",nocase;\n    sid:1;\n)\n"
                               "alert tcp any any -> any any ( content:\"y\"; sid:2;\nalert udp any any -> any any ( content:\"z\"; sid:3; )\n";
    struct reading x;

    read_rule(&x, file);
    is_int(x.rules.rule_n, 3, "a rule over lines, and one that does not end before the next begins");
    for (uint32_t i = 0; i < x.rules.rule_n; i++) {
        ok(x.rules.rule[i]->sid == i + 1 && x.rules.rule[i]->line == (i == 0 ? 1 : 8 + i), "each begins on its line");
    }
    reading_fini(&x);
}

/* Where a rule begins on its line does not count in Snort's, as in a configuration of theirs. */
static void test_blanks(void)
{
    static const char file[] = "  alert tcp any any -> any any ( content:\"x\"; sid:1; )\n\talert udp any any -> any any (\n    content:\"y\"; sid:2; )\n  # no\n  \n"
                               "  alert udp any any -> any any ( frob:1; sid:3; )";
    struct reading x;

    read_rule(&x, file);
    is_int(x.rules.rule_n, 2, "rules behind blanks");
    ok(x.rules.failure_n == 1 && x.rules.failure[0].line == 6 && x.rules.failure[0].column == 34, "and what is wrong with one is in its place");
    reading_fini(&x);
}

int main(void)
{
    test_telling_one();
    test_lines();
    test_blanks();
    for (size_t i = 0; i < ROWS(older); i++) {
        test_older(i);
    }
    test_telling();
    for (size_t i = 0; i < ROWS(trees); i++) {
        test_tree(i);
    }
    for (size_t i = 0; i < ROWS(refusals); i++) {
        test_refusal(i);
    }
    test_services();
    return done_testing();
}
