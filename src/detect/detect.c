/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A worker's detection: made once, fitted to each new ruleset, run each turn. */
#include "detect/rule_script.h"
#include "detect/firewall_tables.h"
#include "detect/tag.h"
#include "detect/why.h"

#include <stdlib.h>

enum { PAGES_CAP = 256 << 20, TURN_ARENA_CAP = 16 << 20 };

const struct counter_row detect_counter_rows[] = {
#define COUNTER(id, name, kind, help) { name, help, kind },
#include "detect/counters.list"
#undef COUNTER
};
const unsigned detect_counter_n = DETECT_COUNTER_N;

const struct option_row detect_options[] = {
    { "packet-alert-max", OPTION_U32, offsetof(struct detect_settings, alert_max), "15", NULL, 0, ALERTS_ROOM, "alerts",
      "alerts of one packet that are written, 0: the default; further ones are counted" },
    { "pcre.match-limit", OPTION_U32, offsetof(struct detect_settings, pcre_match_limit), "3500", NULL, 0, UINT32_MAX, "steps",
      "steps a regular expression of a rule may take" },
    { "pcre.match-limit-recursion", OPTION_U32, offsetof(struct detect_settings, pcre_recursion_limit), "1500", NULL, 0, UINT32_MAX, "levels",
      "depth a regular expression of a rule may reach" },
    { "detect.inspection-recursion-limit", OPTION_U32, offsetof(struct detect_settings, inspection_recursion_limit), "3000", NULL, 0,
      UINT32_MAX, "steps", "matches one rule may try in one buffer; 0: no limit" },
    { "detect.thresholds.memcap", OPTION_BYTES, offsetof(struct detect_settings, memcap_thresholds), "16mb", NULL, 0, 0, "bytes",
      "memory for thresholds and other state across flows; at the cap what has expired goes, else nothing more is counted" },
    { "detect.rule-cost-sample", OPTION_U32, offsetof(struct detect_settings, cost_sample), "64", NULL, 0, UINT32_MAX / 2, "checks",
      "one check of a rule in so many is timed, for the list of costly rules; 0: none" },
    { "detect.sgh-mpm-caching", OPTION_BOOL, offsetof(struct detect_settings, cache_on), "yes", NULL, 0, 0, NULL,
      "keep compiled pattern databases on disk: the next start with the same rules reads them" },
    { "detect.sgh-mpm-caching-path", OPTION_STRING, offsetof(struct detect_settings, cache_dir), NULL, NULL, 0, 0, NULL,
      "folder of compiled pattern databases; default: peccary in the user's cache folder (CACHE_DIRECTORY, XDG_CACHE_HOME, ~/.cache)" },
    { "detect.sgh-mpm-caching-max-age", OPTION_SECONDS, offsetof(struct detect_settings, cache_age), "7d", NULL, 0, 0, NULL,
      "databases that were not used for so long are removed" },
    { "detect.shadow.rules", OPTION_LIST, offsetof(struct detect_settings, shadow_rules), "", NULL, 0, 0, NULL,
      "rules that only say what they would drop or reject: SID, GID:SID, SID-SID" },
    { "detect.shadow.metadata", OPTION_LIST, offsetof(struct detect_settings, shadow_metadata), "", NULL, 0, 0, NULL,
      "the same of rules with that metadata: a key, or a key and its value with a blank between" },
    { "threshold-file", OPTION_STRING, offsetof(struct detect_settings, threshold_file), NULL, NULL, 0, 0, NULL,
      "file of thresholds and suppressions" },
    { "default-data-dir", OPTION_STRING, offsetof(struct detect_settings, dataset.data_dir), NULL, NULL, 0, 0, NULL,
      "folder of what is kept from run to run; default: the working folder" },
    { "datasets.defaults.memcap", OPTION_BYTES, offsetof(struct detect_settings, dataset.memcap), "100mb", NULL, 0, 0, "bytes",
      "memory of a set of values that says nothing itself; at the cap no value is added" },
    { "datasets.defaults.hashsize", OPTION_U32, offsetof(struct detect_settings, dataset.hashsize), "2048", NULL, 0, 0, "rows",
      "rows of a set's table that says nothing itself; they count against its memcap" },
    { "datasets.limits.single-hashsize", OPTION_U32, offsetof(struct detect_settings, dataset.hashsize_max), "65536", NULL, 0, 0, "rows",
      "most rows a set may ask for" },
    { "datasets.limits.total-hashsizes", OPTION_U64, offsetof(struct detect_settings, dataset.hashsizes_max), "16777216", NULL, 0, 0, "rows",
      "most rows of all sets together" },
    { "datasets.rules.allow-absolute-filenames", OPTION_BOOL, offsetof(struct detect_settings, dataset.allow_absolute), "no", NULL, 0, 0, NULL,
      "let rules save sets outside the data folder" },
    { "datasets.rules.allow-write", OPTION_BOOL, offsetof(struct detect_settings, dataset.allow_write), "yes", NULL, 0, 0, NULL,
      "let rules save sets" },
    { "detect.guess-applayer-tx", OPTION_BOOL, offsetof(struct detect_settings, guess_applayer_tx), "no", NULL, 0, 0, NULL,
      "give an alert about a packet the flow's only live transaction" },
};
const unsigned detect_option_n = ROWS(detect_options);

struct detect *detect_new(const struct detect_settings *s, struct detect_shared *shared, unsigned worker, const struct detect_parts *parts)
{
    struct detect *d = calloc(1, sizeof *d);

    if (!d) {
        return NULL;
    }
    d->settings = *s;
    d->settings.alert_max = s->alert_max ? s->alert_max : 15;
    d->shared = shared;
    d->worker = worker;
    d->flows = parts->flows;
    d->streams = parts->streams;
    d->protos = parts->protos;
    d->out = parts->out;
    d->tenant = parts->tenant;
    d->host = parts->host;
    d->host_ctx = parts->host_ctx;
    d->alerted = parts->alerted;
    d->alerted_ctx = parts->ctx;
    d->pages = pages_new(PAGES_CAP);
    d->flow_slab = slab_new(sizeof(struct flow_detect), 0);
    d->match = match_scratch_new();
    struct verifier *v = &d->verifier;
    v->regex = regex_scratch_new(s->pcre_match_limit ? s->pcre_match_limit : 3500, s->pcre_recursion_limit ? s->pcre_recursion_limit : 1500);
    v->limit = s->inspection_recursion_limit ? s->inspection_recursion_limit : UINT32_MAX;
    v->arena = &d->arena;
    cost_init(&d->cost, s->cost_sample);
    if (!d->pages || !d->flow_slab || !d->match || !v->regex) {
        detect_free(d);
        return NULL;
    }
    arena_init(&d->arena, d->pages, TURN_ARENA_CAP);
    return d;
}

static void detect_unfit(struct detect *d)
{
    free(d->header_memo);
    free(d->rule_alerts);
    free(d->cost.rule);
    free(d->rule_stamp);
    free(d->candidate);
    free(d->state);
    free(d->slot);
    free(d->verifier.stack);
    free(d->verifier.variable);
    free(d->verifier.place);
    d->header_memo = d->rule_alerts = d->rule_stamp = d->candidate = d->state = NULL;
    d->cost.rule = NULL;
    d->slot = NULL;
    d->verifier.stack = NULL;
    d->verifier.place = NULL;
    d->verifier.variable = NULL;
    d->rules = NULL;
}

void detect_free(struct detect *d)
{
    if (!d) {
        return;
    }
    detect_unfit(d);
    rule_scripts_free(d->scripts);
    arena_fini(&d->arena);
    match_scratch_free(d->match);
    regex_scratch_free(d->verifier.regex);
    slab_free(d->flow_slab);
    if (d->pages) {
        pages_free(d->pages);
    }
    free(d);
}

static bool scratch_fit(struct detect *d, const struct prefilter *f, size_t n)
{
    struct err err;

    for (size_t i = 0; i < n; i++) {
        if (f[i].db && !match_scratch_fit(d->match, f[i].db, &err)) {
            return false;
        }
    }
    return true;
}

/* Room for what the ruleset needs; once per worker and ruleset.  False: no memory, the worker goes on without rules. */
static bool detect_fit(struct detect *d, const struct ruleset *r)
{
    struct verifier *v = &d->verifier;

    detect_unfit(d);
    d->header_memo = calloc(r->header_n + 1u, sizeof *d->header_memo);
    d->rule_alerts = calloc(r->plan_n + 1u, sizeof *d->rule_alerts);
    d->cost.rule = calloc(r->plan_n + 1u, sizeof *d->cost.rule);
    d->rule_stamp = calloc(r->plan_n + 1u, sizeof *d->rule_stamp);
    d->candidate = calloc(r->plan_n + 1u, sizeof *d->candidate);
    d->state = calloc(r->plan_n + 1u, sizeof *d->state);
    d->slot = calloc(r->buffer_n + 1u, sizeof *d->slot);
    v->stack_room = r->program_max * 2 + 2;
    v->stack = calloc(v->stack_room, sizeof *v->stack);
    v->variable = calloc(r->variables_max + 1u, sizeof *v->variable);
    if (evidence_wanted(d->out->settings)) {
        v->place = calloc(v->stack_room, sizeof *v->place);
    }
    if (!d->header_memo || !d->rule_alerts || !d->cost.rule || !d->rule_stamp || !d->candidate || !d->state || !d->slot || !v->stack || !v->variable) {
        return false;
    }
    for (unsigned class = 0; class < CLASS_N; class++) {
        if (!scratch_fit(d, r->payload[class], 2)) {
            return false;
        }
    }
    if (!scratch_fit(d, r->stream, 2) || !scratch_fit(d, r->buffer_fast, r->buffer_n * 2u)) {
        return false;
    }
    d->turn_stamp = d->txn_stamp = d->pass_stamp = 0;
    d->rules = r;
    d->generation++;
    return true;
}

/* What was counted of each rule goes on with the rule of that number. */
static void counts_add(const struct ruleset *before, const uint32_t *alerts, const struct rule_cost *costs, const struct ruleset *rules, uint32_t *into_alerts,
                       struct rule_cost *into_costs)
{
    for (uint32_t i = 0; i < before->plan_n; i++) {
        bool any = alerts[i] != 0 || costs[i].timed != 0 || costs[i].stopped != 0;
        uint32_t now = !any ? NO_RULE : before == rules ? i : ruleset_find(rules, before->identity[i].id);
        if (now != NO_RULE) {
            into_alerts[now] += alerts[i];
            into_costs[now].timed += costs[i].timed;
            into_costs[now].ns += costs[i].ns;
            into_costs[now].stopped += costs[i].stopped;
        }
    }
}

void detect_counts(const struct detect *d, const struct ruleset *rules, uint32_t *alerts, struct rule_cost *costs)
{
    if (d->rules && rules) {
        counts_add(d->rules, d->rule_alerts, d->cost.rule, rules, alerts, costs);
    }
}

void detect_follow(struct detect *d, const struct ruleset *rules)
{
    const struct ruleset *before = d->rules;
    uint32_t *alerts = d->rule_alerts;
    struct rule_cost *costs = d->cost.rule;

    d->rule_alerts = NULL;
    d->cost.rule = NULL;
    if (rules == NULL) {
        detect_unfit(d);
    } else if (detect_fit(d, rules) && before != NULL) {
        counts_add(before, alerts, costs, rules, d->rule_alerts, d->cost.rule);
    }
    free(alerts);
    free(costs);
}

static void turn_begin(struct detect *d, const struct detect_turn *t)
{
    d->turn = t;
    d->pktvar = NULL;
    d->queue_n = d->discarded = d->suppressed = d->alerts = 0;
    d->drop = NULL;
    d->replacing = NULL;
    d->replacer = NULL;
    d->replace_lost = false;
    d->drop_reason = DROP_NOT;
    d->accepted = t->accepted;
    d->others_off = d->packet_dropped = false;
    d->dropped = d->rejected = d->passed = d->bypass = d->drop_by_rate = d->tagging = false;
    if (++d->turn_stamp >= 1u << 31) {
        memset(d->header_memo, 0, d->rules->header_n * sizeof *d->header_memo);
        d->turn_stamp = 1;
    }
    if (d->arena.used != 0) {
        arena_fini(&d->arena);
        arena_init(&d->arena, d->pages, TURN_ARENA_CAP);
    }
    d->scope = (struct detect_scope){ .detect = d, .rules = d->rules, .turn = t };
    look_make(d, t);
}

bool detect_looks(const struct ruleset *rules, const struct flow *f)
{
    uint32_t flags = f ? f->flags : 0;

    if (!rules || (flags & (FLOW_DROPPED | FLOW_NO_PACKET_INSPECTION)) != 0) {
        return false;
    }
    return (flags & FLOW_PASSED) == 0 || (rules->firewall && (flags & FLOW_ACCEPTED) == 0);
}

enum drop_reason detect_drop_reason(const struct detect *d)
{
    return d->drop_reason ? d->drop_reason : d->drop_by_rate ? DROP_DETECTION_FILTER : DROP_RULES;
}

/* What came of the turn: alerts and the drop are told. */
static struct detect_result turn_end(struct detect *d)
{
    bool tagged = tag_packet(d);
    if (d->queue_n != 0 || d->discarded != 0) {
        queue_finish(d);
    }
    if (tagged) {
        tag_write(d);
    }
    if (d->dropped) {
        drop_write(d);
    }
    d->pktvar = NULL; /* with the turn's memory */
    d->counter[DETECT_TURN_FULL] += d->arena.full;
    d->arena.full = false;
    return (struct detect_result){
        .verdict = d->rejected ? VERDICT_REJECT : d->dropped ? VERDICT_DROP : VERDICT_PASS,
        .reject = !d->rejected ? 0 : d->drop_action == ACTION_REJECT_BOTH ? REJECT_SOURCE | REJECT_TARGET
                  : d->drop_action == ACTION_REJECT_DST ? REJECT_TARGET : REJECT_SOURCE,
        .alerts = (uint8_t)(d->alerts < UINT8_MAX ? d->alerts : UINT8_MAX), .passed = d->passed, .bypass = d->bypass,
        .tagged = tagged || d->tagging, .accepted = d->accepted, .drop_told = d->dropped, .drop_reason = d->dropped ? (uint8_t)detect_drop_reason(d) : DROP_NOT,
    };
}

/* The tables that stand before the packet rules.  False: dropped.  An open session's end is told what accepts it. */
static bool filter(struct detect *d)
{
    const struct detect_turn *t = d->turn;

    bool over = !t->view && !(t->flow && t->flow->tcp && stream_state(t->flow) != TCP_CLOSED);
    if (!d->rules->firewall || over || d->accepted || (t->flow && (t->flow->flags & FLOW_ACCEPTED) != 0)) {
        return true;
    }
    return firewall_packet(d, FIREWALL_FILTER);
}

struct detect_result detect_run(struct detect *d, const struct ruleset *rules, const struct detect_turn *t)
{
    if (d->rules != rules && !detect_fit(d, rules)) {
        d->counter[DETECT_UNFITTED]++;
        return (struct detect_result){ .verdict = VERDICT_PASS };
    }
    if (!detect_looks(rules, t->flow) || (!t->view && t->flow && !t->flow->tcp)) {
        return (struct detect_result){ .verdict = VERDICT_PASS }; /* a datagram has no end that brings more of it */
    }
    turn_begin(d, t);
    if (d->settings.why) {
        why_before(d);
    }
    if (filter(d)) {
        d->others_off |= t->flow && (t->flow->flags & FLOW_PASSED) != 0;
        if (!d->others_off) {
            packet_addresses(d);
            packet_inspect(d);
            if (rules->has_frames) {
                frames_inspect(d);
            }
        }
        txns_inspect(d);
    }
    struct detect_result r = turn_end(d);
    if (d->settings.why) {
        why_after(d);
    }
    return r;
}

struct detect_result detect_firewall(struct detect *d, const struct ruleset *rules, const struct detect_turn *t, enum firewall_hook hook)
{
    if (d->rules != rules && !detect_fit(d, rules)) {
        d->counter[DETECT_UNFITTED]++;
        return (struct detect_result){ .verdict = VERDICT_PASS };
    }
    turn_begin(d, t);
    firewall_packet(d, hook);
    return turn_end(d);
}

bool ruleset_firewall_hook(const struct ruleset *r, enum firewall_hook hook)
{
    const struct firewall_table *t = r && r->firewall ? &r->firewall->packet[hook] : NULL;

    return t && (t->n != 0 || t->policy.action != ACTION_ACCEPT || t->policy.scope != SCOPE_HOOK || t->policy.alert || t->policy.pass);
}

uint64_t detect_tried(const struct detect *d)
{
    return d->counter[DETECT_CANDIDATES];
}

uint64_t *detect_counters(struct detect *d)
{
    return d->counter;
}

uint64_t detect_alerts(const struct detect *d) { return d->counter[DETECT_ALERT]; }

const struct rule_cost *detect_rule_costs(const struct detect *d)
{
    return d->cost.rule;
}
