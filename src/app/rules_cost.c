/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rules_cost - what each rule took over captures: its own checks, without the search for patterns that rules share.
 */
#include "app/rules.h"

#include <stdlib.h>

struct line {
    const struct rule *rule;
    struct rule_cost cost;
    uint32_t alerts;
};

static int dearer(const void *a, const void *b)
{
    const struct line *x = a, *y = b;

    if (x->cost.ns != y->cost.ns) {
        return x->cost.ns < y->cost.ns ? 1 : -1;
    }
    return x->rule->sid < y->rule->sid ? -1 : x->rule->sid > y->rule->sid;
}

static struct line *lines_make(const struct engine *e, const struct run_result *r, size_t *n, uint64_t *total)
{
    unsigned rules = e->rules != NULL ? ruleset_rules(e->rules) : 0;
    struct line *line = calloc(rules + 1, sizeof *line);

    *n = *total = 0;
    for (unsigned i = 0; line != NULL && r->rule_costs != NULL && r->rule_alerts != NULL && i < rules; i++) {
        const struct rule_cost *c = &r->rule_costs[i];
        if (c->timed != 0 || c->stopped != 0 || r->rule_alerts[i] != 0) {
            line[(*n)++] = (struct line){ ruleset_rule(e->rules, i), *c, r->rule_alerts[i] };
            *total += c->ns;
        }
    }
    if (line != NULL) {
        qsort(line, *n, sizeof *line, dearer);
    }
    return line;
}

static void tell_text(const struct line *line, size_t n, uint64_t total, uint64_t every)
{
    uint64_t timed = 0;

    printf("%12s %10s %12s %6s %10s %8s  %s\n", "checks", "alerts", "us", "share", "ns each", "stopped", "rule");
    for (size_t i = 0; i < n; i++) {
        const struct line *l = &line[i];
        const struct rule_cost *c = &l->cost;
        timed += c->timed;
        printf("%12llu %10u %12.1f %5.1f%% %10llu %8llu  %u:%u:%u %s\n", (unsigned long long)(c->timed * every), l->alerts, (double)(c->ns * every) / 1000,
               total != 0 ? 100.0 * (double)c->ns / (double)total : 0, (unsigned long long)(c->timed != 0 ? c->ns / c->timed : 0), (unsigned long long)c->stopped,
               l->rule->gid, l->rule->sid, l->rule->rev, l->rule->msg != NULL ? l->rule->msg : "");
    }
    printf("rules: %zu, checks timed: %llu (one in %llu), us: %.1f\n", n, (unsigned long long)timed, (unsigned long long)every, (double)(total * every) / 1000);
}

static void lines_json(struct json *j, const struct line *line, size_t n, uint64_t every)
{
    json_u64(j, "every", every);
    json_array(j, "rules");
    for (size_t i = 0; i < n; i++) {
        const struct line *l = &line[i];
        json_object(j, NULL);
        json_u64(j, "gid", l->rule->gid);
        json_u64(j, "sid", l->rule->sid);
        json_u64(j, "rev", l->rule->rev);
        json_string(j, "msg", l->rule->msg != NULL ? l->rule->msg : "");
        json_u64(j, "checks", l->cost.timed * every);
        json_u64(j, "alerts", l->alerts);
        json_u64(j, "ns", l->cost.ns * every);
        json_u64(j, "stopped", l->cost.stopped);
        json_end_object(j);
    }
    json_end_array(j);
}

void report_costs_json(const struct engine *e, const struct run_result *r, size_t most, struct json *j)
{
    uint64_t total;
    size_t n;
    struct line *line = lines_make(e, r, &n, &total);

    json_object(j, "rule_costs");
    lines_json(j, line, line == NULL ? 0 : n < most ? n : most, e->settings->detect.cost_sample);
    json_end_object(j);
    free(line);
}

static void tell_json(const struct line *line, size_t n, uint64_t every)
{
    struct text t;
    struct json j;

    text_init(&t, 0);
    json_init(&j, &t);
    json_object(&j, NULL);
    lines_json(&j, line, n, every);
    json_end_object(&j);
    text_byte(&t, '\n');
    fwrite(t.p, 1, t.n, stdout);
    text_fini(&t);
}

int rules_cost(struct session *s, const struct arguments *a)
{
    const char *given = argument_value(a, "every");
    uint64_t every = 1, total;
    struct run_result r = { 0 };
    int code = EXIT_USAGE;
    size_t n;

    if (!argument_given(a, "rules")) {
        err_set(&s->err, "cost -r RULES CAPTURE… is wanted");
        return EXIT_USAGE;
    }
    if (given != NULL && (!conf_text_u64(given, &every) || every == 0 || every > UINT32_MAX / 2)) {
        err_set(&s->err, "--every %s: a number from 1 on is wanted", given);
        return EXIT_USAGE;
    }
    if (!rules_given(s, a)) {
        return EXIT_USAGE;
    }
    engine_cost(&s->engine, (uint32_t)every);
    if (rules_over(s, a, 1, &r)) {
        struct line *line = lines_make(&s->engine, &r, &n, &total);
        if (line != NULL && argument_given(a, "json")) {
            tell_json(line, n, every);
        } else if (line != NULL) {
            tell_text(line, n, total, every);
        }
        free(line);
        code = r.input_failed ? EXIT_SOME : EXIT_DONE;
    }
    run_result_fini(&r);
    return code;
}
