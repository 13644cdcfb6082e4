/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The order of rules: each row is a file, read in that order, and the numbers as they are inspected. */
#include "base/err.h"
#include "detect/compiler.h"
#include "tap.h"

static bool any_addresses(void *ctx, const char *text, const struct addr_set **out, struct err *err)
{
    static const struct addr_set any = { .any = true };

    (void)ctx, (void)text, (void)err;
    *out = &any;
    return true;
}

static bool any_ports(void *ctx, enum dialect dialect, const char *text, const struct port_set **out, struct err *err)
{
    static const struct port_set any = { .any = true };

    (void)ctx, (void)dialect, (void)text, (void)err;
    *out = &any;
    return true;
}

#define RULE(action, sid, options) action " tcp any any -> any any (" options " sid:" sid ";)\n"
static const struct detect_settings usual = { .alert_max = 15 };
static const struct detect_settings alerts_first = { .action_ordered = true, .action_rank = { [ORDER_ALERT] = 0, [ORDER_REJECT] = 1, [ORDER_DROP] = 2, [ORDER_PASS] = 3 } };

/* clang-format off */
static const struct {
    const char *why, *rules;
    const struct detect_settings *settings;
    const char *want;
} rows[] = {
    { "actions: pass, drop, reject, alert", RULE("alert", "1", "") RULE("rejectboth", "2", "") RULE("drop", "3", "") RULE("pass", "4", ""), &usual, "4 3 2 1" },
    { "action-order turns that round", RULE("pass", "1", "") RULE("drop", "2", "") RULE("reject", "3", "") RULE("alert", "4", ""), &alerts_first, "4 3 2 1" },
    { "who sets a bit, who sets and reads, who reads, the rest",
      RULE("alert", "1", "") RULE("alert", "2", "flowbits:isset,a;") RULE("alert", "3", "flowbits:isset,a; flowbits:set,b;") RULE("alert", "4", "flowbits:set,a;"), &usual, "4 3 2 1" },
    { "to clear a bit is to set it", RULE("alert", "1", "flowbits:isnotset,a;") RULE("alert", "2", "flowbits:unset,a;"), &usual, "2 1" },
    { "flow bits count before bits of hosts", RULE("alert", "1", "xbits:set,a,track ip_src;") RULE("alert", "2", "flowbits:isset,a;"), &usual, "2 1" },
    { "a capture sets a variable of the flow", RULE("alert", "1", "") RULE("alert", "2", "pcre:\"/(a)/, flow:x\";"), &usual, "2 1" },
    { "a capture for the alert sets nothing", RULE("alert", "1", "") RULE("alert", "2", "pcre:\"/(a)/, alert:x\";"), &usual, "1 2" },
    { "an action counts before state", RULE("alert", "1", "flowbits:set,a;") RULE("drop", "2", ""), &usual, "2 1" },
    { "priority, lowest first", RULE("alert", "1", "priority:4;") RULE("alert", "2", "priority:1;") RULE("alert", "3", "priority:2;"), &usual, "2 3 1" },
    { "state counts before priority", RULE("alert", "1", "priority:1;") RULE("alert", "2", "flowbits:set,a; priority:9;"), &usual, "2 1" },
    { "then numbers", RULE("alert", "3", "") RULE("alert", "1", "") RULE("alert", "2", ""), &usual, "1 2 3" },
    { "rules that only tell are last", RULE("config", "1", "config:logging disable, type tx, scope tx;") RULE("alert", "2", ""), &usual, "2 1" },
};
#define SNORT(sid, options) "alert tcp any any -> any any ( " options " sid:" sid "; )\n"
static const struct {
    const char *why, *rules, *want;
} snort_rows[] = {
    { "who sets a bit comes before who reads it", SNORT("1", "flowbits:isset,a; content:\"abcd\";") SNORT("2", "content:\"efgh\"; flowbits:set,a;"), "2 1" },
    { "rules of one pattern are asked by number: what the later one sets the earlier one does not see",
      SNORT("1", "flowbits:isset,a; content:\"abcd\";") SNORT("2", "content:\"abcd\",depth 4; flowbits:set,a;"), "1 2" },
    { "and what the earlier one sets the later one sees", SNORT("2", "flowbits:isset,a; content:\"abcd\";") SNORT("1", "content:\"abcd\",depth 4; flowbits:set,a;"), "1 2" },
    { "without case it is another pattern", SNORT("1", "flowbits:isset,a; content:\"abcd\",nocase;") SNORT("2", "content:\"abcd\"; flowbits:set,a;"), "2 1" },
    { "of patterns as long the last counts", SNORT("1", "flowbits:isset,a; content:\"abcd\"; content:\"efgh\";") SNORT("2", "content:\"abcd\"; flowbits:set,a;"), "2 1" },
    { "another bit", SNORT("1", "flowbits:isset,b; content:\"abcd\";") SNORT("2", "content:\"abcd\"; flowbits:set,a;"), "2 1" },
};
/* clang-format on */

static void test_rules(const char *text, enum dialect dialect, const struct detect_settings *settings, const char *want, const char *why)
{
    struct rule_context c = { .keywords = keyword_table, .transforms = transform_table, .protos = proto_table, .addresses = any_addresses, .ports = any_ports };
    struct rules rules;
    struct text got;

    rules_init(&rules);
    rules_read_text(&rules, &c, "test.rules", text, strlen(text), dialect);
    is_int(rules.failed_n, 0, "all are rules");
    ok(rules_order(rules.rule, rules.rule_n, settings), "there is memory");
    text_init(&got, 0);
    for (uint32_t k = 0; k < rules.rule_n; k++) {
        text_printf(&got, k ? " %u" : "%u", (unsigned)rules.rule[k]->sid);
    }
    text_byte(&got, '\0');
    is_str(got.p, want, why);
    text_fini(&got);
    rules_fini(&rules);
}

/* A firewall's rules come first and stand as their files have them, whatever they do. */
static void test_firewall(void)
{
    struct rule rule[4] = { { .sid = 9, .action = ACTION_ALERT, .line = 1 }, { .sid = 5, .firewall = true, .action = ACTION_DROP, .line = 7 },
                            { .sid = 8, .firewall = true, .action = ACTION_ACCEPT, .line = 3, .priority = 9 }, { .sid = 1, .action = ACTION_PASS, .line = 2 } };
    struct rule *list[4] = { &rule[0], &rule[1], &rule[2], &rule[3] };
    static const unsigned want[4] = { 8, 5, 1, 9 };

    ok(rules_order(list, 4, &usual), "there is memory");
    for (unsigned i = 0; i < 4; i++) {
        is_int(list[i]->sid, want[i], "a firewall's rules as they are written, before all others");
    }
}

int main(void)
{
    for (size_t i = 0; i < ROWS(rows); i++) {
        test_rules(rows[i].rules, DIALECT_SURICATA, rows[i].settings, rows[i].want, rows[i].why);
    }
    for (size_t i = 0; i < ROWS(snort_rows); i++) {
        test_rules(snort_rows[i].rules, DIALECT_SNORT3, &usual, snort_rows[i].want, snort_rows[i].why);
    }
    test_firewall();
    return done_testing();
}
