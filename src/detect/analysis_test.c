/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a rule's analysis says: its class, what it needs, its literal, its conditions, who sets what it asks. */
#include "detect/analysis.h"

#include "base/text.h"
#include "detect/ruleset.h"
#include "tap.h"

#include <stdlib.h>

static const struct addr_set all_addresses = { .any = true };
static const struct port_set all_ports = { .any = true };

static bool any_addresses(void *ctx, const char *text, const struct addr_set **out, struct err *err)
{
    (void)ctx, (void)text, (void)err;
    *out = &all_addresses;
    return true;
}

static bool any_ports(void *ctx, enum dialect dialect, const char *text, const struct port_set **out, struct err *err)
{
    (void)ctx, (void)dialect, (void)text, (void)err;
    *out = &all_ports;
    return true;
}

/* clang-format off */
static const struct {
    const char *why, *rule;
    const char *has[4];        /* parts of rule 1's JSON */
    const char *lacks;
} rows[] = {
    { "addresses alone", "alert ip any any -> any any (sid:1;)", { "\"type\":\"ip_only\"", "\"app_proto\":\"unknown\"" }, "\"mpm\":{" },
    { "a condition of the packet", "alert tcp any any -> any any (ttl:5; sid:1;)",
      { "\"type\":\"pkt\"", "\"lists\":{\"packet\":{\"matches\":[{\"name\":\"ttl\",\"ttl\":{\"equal\":5}}]}}", "\"requirements\":[\"real_pkt\"]" }, "engines\":[{\"name\":\"stream" },
    { "a literal of the stream", "alert tcp any any -> any any (content:\"a b\"; sid:1;)",
      { "\"type\":\"stream\"", "\"mpm\":{\"buffer\":\"payload\",\"pattern\":\"a|20|b\",\"length\":3", "\"no_double_inspect\":true" }, "prefilter\":{" },
    { "a literal at a fixed place", "alert tcp any any -> any any (content:\"abc\"; depth:5; sid:1;)", { "\"type\":\"pkt_stream\"", "\"depth\":5", "\"no_double_inspect\":false" }, NULL },
    { "a buffer of a transaction", "alert http any any -> any any (http.uri; content:\"abc\"; content:\"d\"; within:9; sid:1;)",
      { "\"type\":\"app_tx\"", "\"engines\":[{\"name\":\"http_uri\",\"direction\":\"toserver\",\"is_mpm\":true", "\"relative_next\":true", "\"within\":9" }, NULL },
    { "the first match has nothing before it", "alert tcp any any -> any any (content:\"abc\"; within:5; sid:1;)",
      { "\"depth\":5", "\"notes\":[\"'within' option for pattern w/o previous content was converted to 'depth'\"]" }, "within\":5" },
    { "ranges", "alert tcp any any -> any any (dsize:!5-10; tcp.mss:&0xf=4; sid:1;)",
      { "{\"name\":\"dsize\",\"dsize\":{\"negated_range\":{\"min\":5,\"max\":10}}}", "\"tcp_mss\":{\"bitmask\":{\"mask\":15,\"value\":4}}" }, NULL },
    { "a payload is there or not", "alert tcp any any -> any any (dsize:0; sid:1;)", { "\"requirements\":[\"no_payload\",\"real_pkt\"]" }, NULL },
    { "a prefilter that is no literal", "alert tcp any any -> any any (ttl:5; prefilter; sid:1;)", { "\"prefilter\":{\"buffer\":\"packet\",\"name\":\"ttl\"}" }, "\"mpm\":{" },
    { "who sets the bit", "alert tcp any any -> any any (flowbits:isset,x; sid:1;)\nalert http any any -> any any (http.uri; content:\"a\"; flowbits:set,x; sid:7;)",
      { "\"dependencies\":{\"flowbits\":{\"upstream\":{\"state_modifying_rules\":{\"sids\":[7],\"names\":[\"x\"]}}}}" }, NULL },
    { "a packet sets the bit", "alert tcp any any -> any any (flowbits:isset,x; sid:1;)\nalert tcp any any -> any any (ttl:1; flowbits:set,x; sid:7;)", { NULL }, "dependencies" },
    { "a transaction asks it as well", "alert tcp any any -> any any (flowbits:isset,x; sid:1;)\nalert http any any -> any any (http.uri; content:\"a\"; flowbits:set,x; sid:7;)\n"
      "alert http any any -> any any (http.uri; content:\"b\"; flowbits:isset,x; sid:8;)", { NULL }, "dependencies" },
    { "nobody sets it", "alert tcp any any -> any any (flowbits:isset,y; sid:1;)", { "{\"cmd\":\"isset\",\"names\":[\"y\"]}" }, "dependencies" },
};
/* clang-format on */

static const struct plan *plan_of(const struct ruleset *r, uint32_t sid)
{
    for (uint32_t i = 0; i < r->plan_n; i++) {
        if (r->plan[i].rule->sid == sid) {
            return &r->plan[i];
        }
    }
    return NULL;
}

static void test_row(size_t i)
{
    struct rule_context c = { .keywords = keyword_table, .transforms = transform_table, .protos = proto_table, .addresses = any_addresses,
                              .ports = any_ports };
    struct detect_settings settings = { .alert_max = 15 };
    struct rules rules;
    struct err err = { "" };
    struct text t;
    struct json j;

    rules_init(&rules);
    rules_read_text(&rules, &c, "test.rules", rows[i].rule, strlen(rows[i].rule), DIALECT_SURICATA);
    rules_finish(&rules);
    struct ruleset *set = detect_compile(&rules, &settings, NULL, &err);
    const struct plan *p = set ? plan_of(set, 1) : NULL;
    text_init(&t, 0);
    if (ok(p != NULL, rows[i].why)) {
        json_init(&j, &t);
        json_object(&j, NULL);
        analysis_rule(set, p, &j);
        json_end_object(&j);
        text_byte(&t, '\0');
        for (int k = 0; k < 4 && rows[i].has[k]; k++) {
            ok(strstr(t.p, rows[i].has[k]) != NULL, rows[i].why) || (diag("no %s in %s", rows[i].has[k], t.p), 0);
        }
        ok(rows[i].lacks == NULL || strstr(t.p, rows[i].lacks) == NULL, rows[i].why);
    }
    text_fini(&t);
    ruleset_free(set);
}

int main(void)
{
    for (size_t i = 0; i < ROWS(rows); i++) {
        test_row(i);
    }
    return done_testing();
}
