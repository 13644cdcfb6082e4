/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What lines of threshold.config do to rules, and which are refused, where and why. */
#include "rule/test_tables.h"

#include "tap.h"

static const char rule_text[] = "alert tcp any any -> any any (msg:\"1\"; sid:1;)\n"
                                "alert tcp any any -> any any (msg:\"2\"; threshold:type limit, track by_src, count 9, seconds 9; sid:2;)\n"
                                "alert tcp any any -> any any (msg:\"3\"; gid:3; sid:1;)\n";

/* clang-format off */
static const struct {
    const char *why, *line;
    unsigned rule;             /* whose first threshold is looked at */
    unsigned n;                /* how many it has */
    struct threshold want;     /* of the first */
} rows[] = {
    { "a threshold for one rule", "threshold gen_id 1, sig_id 1, type both, track by_dst, count 3, seconds 60", 0, 1,
      { .type = THRESHOLD_BOTH, .track = TRACK_DST, .count = 3, .seconds = 60 } },
    { "event_filter is its other name", "event_filter gen_id 1,sig_id 1,type limit,track by_rule,count 1,seconds 10", 0, 1,
      { .type = THRESHOLD_LIMIT, .track = TRACK_RULE, .count = 1, .seconds = 10 } },
    { "for one rule it takes the place of the rule's own", "threshold gen_id 1, sig_id 2, type limit, track by_src, count 1, seconds 5", 1, 1,
      { .type = THRESHOLD_LIMIT, .track = TRACK_SRC, .count = 1, .seconds = 5 } },
    { "for all rules it leaves that alone", "threshold gen_id 0, sig_id 0, type limit, track by_src, count 1, seconds 5", 1, 1,
      { .type = THRESHOLD_LIMIT, .track = TRACK_SRC, .count = 9, .seconds = 9 } },
    { "and reaches the others", "threshold gen_id 0, sig_id 0, type limit, track by_src, count 1, seconds 5", 2, 1,
      { .type = THRESHOLD_LIMIT, .track = TRACK_SRC, .count = 1, .seconds = 5 } },
    { "sig_id 0 is every rule of the generator", "threshold gen_id 3, sig_id 0, type limit, track by_src, count 1, seconds 5", 2, 1,
      { .type = THRESHOLD_LIMIT, .track = TRACK_SRC, .count = 1, .seconds = 5 } },
    { "and of no other", "threshold gen_id 3, sig_id 0, type limit, track by_src, count 1, seconds 5", 0, 0, { .type = THRESHOLD_NONE } },
    { "a rate changes the action", "rate_filter gen_id 1, sig_id 1, track by_both, count 2, seconds 60, new_action drop, timeout 30", 0, 1,
      { .type = THRESHOLD_RATE, .track = TRACK_BOTH, .count = 2, .seconds = 60, .timeout = 30, .new_action = ACTION_DROP } },
    { "a whole rule is suppressed", "suppress gen_id 1, sig_id 1", 0, 1, { .type = THRESHOLD_SUPPRESS, .track = TRACK_EITHER } },
    { "beside a threshold of its own", "suppress gen_id 1, sig_id 2, track by_src, ip [10.0.0.1,10.0.0.2]", 1, 2,
      { .type = THRESHOLD_SUPPRESS, .track = TRACK_SRC } },
    { "lines are joined by a backslash, comments left out", "# a comment\n\nsuppress gen_id 1, \\\n  sig_id 1", 0, 1,
      { .type = THRESHOLD_SUPPRESS, .track = TRACK_EITHER } },
};

/* Rules of Snort: what their detection_filter asks stands beside what lines say of their alerts. */
static const char snort_text[] = "alert tcp any any -> any any ( detection_filter:track by_src,count 9,seconds 9; content:\"a\"; sid:1; )\n";
static const struct {
    const char *why, *lines;
    unsigned n;
    uint8_t type[4];
} snort_rows[] = {
    { "a filter of events", "event_filter gen_id 1, sig_id 1, type limit, track by_src, count 1, seconds 5", 2,
      { THRESHOLD_DETECTION_FILTER, THRESHOLD_LIMIT } },
    { "one of all rules", "event_filter gen_id 0, sig_id 0, type limit, track by_src, count 1, seconds 5", 2,
      { THRESHOLD_DETECTION_FILTER, THRESHOLD_LIMIT } },
    { "a rate is asked before it, in whatever order they are written",
      "event_filter gen_id 1, sig_id 1, type limit, track by_src, count 1, seconds 5\nsuppress gen_id 1, sig_id 1\n"
      "rate_filter gen_id 1, sig_id 1, track by_src, count 2, seconds 60, new_action drop, timeout 30", 4,
      { THRESHOLD_DETECTION_FILTER, THRESHOLD_RATE, THRESHOLD_SUPPRESS, THRESHOLD_LIMIT } },
    { "the later of two for one rule holds", "event_filter gen_id 1, sig_id 1, type limit, track by_src, count 1, seconds 5\n"
      "event_filter gen_id 1, sig_id 1, type both, track by_src, count 1, seconds 5", 2, { THRESHOLD_DETECTION_FILTER, THRESHOLD_BOTH } },
};

static const struct {
    const char *why, *text;
    unsigned line, wrong;
    const char *reason;
} refusals[] = {
    { "words that are no line", "\nthis is not correct", 2, 1, "threshold file: 'this' is not known" },
    { "a key nobody knows", "suppress gen_id 1, sig_id 1, colour red", 1, 1, "'colour' is not known here" },
    { "a number that is none", "suppress gen_id one, sig_id 1", 1, 1, "gen_id or sig_id: 'one' is no number from 0" },
    { "no rule is named", "suppress gen_id 1", 1, 1, "gen_id and sig_id are wanted" },
    { "addresses without a side", "suppress gen_id 1, sig_id 1, ip 10.0.0.1", 1, 1, "track and ip go together" },
    { "a threshold by neither side", "threshold gen_id 1, sig_id 1, type limit, track by_either, count 1, seconds 1", 1, 1,
      "track (not by_either), count and seconds are wanted" },
    { "a threshold without type", "threshold gen_id 1, sig_id 1, track by_src, count 1, seconds 1", 1, 1, "type limit, threshold or both is wanted" },
    { "a rate without action", "rate_filter gen_id 1, sig_id 1, track by_src, count 1, seconds 1", 1, 1, "rate_filter wants new_action and timeout" },
    { "a key without value", "suppress gen_id 1, sig_id", 1, 1, "'sig_id' has no value" },
    { "a line that reaches no rule is told, and no mistake", "rate_filter gen_id 1, sig_id 2, track by_src, count 1, seconds 1, new_action drop, timeout 1", 1, 0,
      "not for 1 of the rules it names: a threshold of their own holds" },
    { "a rule that is not there is told, and no mistake", "suppress gen_id 1, sig_id 99", 1, 0, "no rule has gid 1 and sid 99" },
};
/* clang-format on */

struct world {
    struct test_world tables;
    struct rule_context context;
    struct rules rules;
    struct rule_thresholds count;
};

static void world_make(struct world *w, const char *text, enum dialect dialect)
{
    const char *rules = dialect == DIALECT_SURICATA ? rule_text : snort_text;

    w->context = test_context(&w->tables);
    rules_init(&w->rules);
    rules_read_text(&w->rules, &w->context, "rules", rules, strlen(rules), dialect);
    (void)rules_thresholds_text(&w->rules, &w->context, "thresholds", text, strlen(text), &w->count);
}

static void world_end(struct world *w)
{
    rules_fini(&w->rules);
    test_context_fini(&w->tables);
}

static void test_row(size_t i)
{
    struct world w;
    const struct threshold *t, *want = &rows[i].want;
    unsigned n = 0;

    world_make(&w, rows[i].line, DIALECT_SURICATA);
    is_int(w.count.wrong, 0, rows[i].why);
    is_int(w.count.read, 1, rows[i].why);
    for (t = w.rules.rule[rows[i].rule]->threshold; t; t = t->next) {
        n++;
    }
    is_int(n, rows[i].n, rows[i].why);
    t = w.rules.rule[rows[i].rule]->threshold;
    if (t) {
        is_int(t->type, want->type, rows[i].why);
        is_int(t->track, want->track, rows[i].why);
        is_int(t->count, want->count, rows[i].why);
        is_int(t->seconds, want->seconds, rows[i].why);
        is_int(t->timeout, want->timeout, rows[i].why);
        is_int(t->new_action, want->new_action, rows[i].why);
    }
    world_end(&w);
}

static void test_refusal(size_t i)
{
    struct world w;
    unsigned before = 0;

    world_make(&w, "", DIALECT_SURICATA);
    before = w.rules.failure_n;
    world_end(&w);
    world_make(&w, refusals[i].text, DIALECT_SURICATA);
    is_int(w.count.wrong, refusals[i].wrong, refusals[i].why);
    if (refusals[i].reason && ok(w.rules.failure_n == before + 1, refusals[i].why)) {
        const struct rule_failure *f = &w.rules.failure[before];
        is_str(f->reason, refusals[i].reason, refusals[i].why);
        is_int(f->line, refusals[i].line, refusals[i].why);
        is_str(w.rules.source[f->source], "thresholds", refusals[i].why);
    }
    world_end(&w);
}

static void test_snort(size_t i)
{
    struct world w;
    unsigned n = 0;

    world_make(&w, snort_rows[i].lines, DIALECT_SNORT3);
    is_int(w.count.wrong, 0, snort_rows[i].why);
    for (const struct threshold *t = w.rules.rule_n ? w.rules.rule[0]->threshold : NULL; t; t = t->next) {
        is_int(t->type, n < 4 ? snort_rows[i].type[n] : 0, snort_rows[i].why);
        n++;
    }
    is_int(n, snort_rows[i].n, snort_rows[i].why);
    world_end(&w);
}

/* Pieces of a line that is too long are not left out of it without a word. */
static void test_long(void)
{
    struct world w;
    struct text t;

    text_init(&t, 0);
    for (unsigned i = 0; i < 9000; i++) {
        text_str(&t, "10.0.0.1,\\\n");
    }
    text_str(&t, "\nsuppress gen_id 1, sig_id 1\n");
    text_byte(&t, '\0');
    world_make(&w, t.p, DIALECT_SURICATA);
    is_int(w.count.wrong, 1, "a line of more than 64 KiB is wrong");
    is_int(w.count.read, 1, "and the next is read");
    text_fini(&t);
    world_end(&w);
}

int main(void)
{
    test_long();
    for (size_t i = 0; i < ROWS(snort_rows); i++) {
        test_snort(i);
    }
    for (size_t i = 0; i < ROWS(rows); i++) {
        test_row(i);
    }
    for (size_t i = 0; i < ROWS(refusals); i++) {
        test_refusal(i);
    }
    return done_testing();
}
