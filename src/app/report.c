/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * report - what a run saw, for a person or for a program.
 */
#include "app/app.h"

#include <stdlib.h>
#include <string.h>

#define REPORT_ALERTS 30
#define REPORT_HOSTS 15
#define REPORT_COSTS 30

struct top {
    uint32_t rule, count;
};

static int more_alerts(const void *a, const void *b)
{
    const struct top *x = a, *y = b;

    return x->count != y->count ? (x->count < y->count ? 1 : -1) : x->rule < y->rule ? -1 : 1;
}

/* Rules that alerted, most first; the array is the caller's. */
static struct top *top_alerts(const struct engine *e, const struct run_result *r, size_t *n)
{
    unsigned rules = e->rules != NULL ? ruleset_rules(e->rules) : 0;
    struct top *top = calloc(rules + 1, sizeof *top);

    *n = 0;
    for (unsigned i = 0; top != NULL && r->rule_alerts != NULL && i < rules; i++) {
        if (r->rule_alerts[i] != 0) {
            top[(*n)++] = (struct top){ i, r->rule_alerts[i] };
        }
    }
    if (top != NULL) {
        qsort(top, *n, sizeof *top, more_alerts);
    }
    return top;
}

static void human(uint64_t bytes, char out[32])
{
    static const char *const unit[] = { "B", "kB", "MB", "GB", "TB" };
    double v = (double)bytes;
    unsigned i = 0;

    for (; v >= 1000 && i < 4; i++) {
        v /= 1000;
    }
    snprintf(out, 32, i == 0 ? "%.0f %s" : "%.1f %s", v, unit[i]);
}

static void report_alerts(const struct engine *e, const struct run_result *r, FILE *to)
{
    size_t n;
    struct top *top = top_alerts(e, r, &n);

    if (e->rules == NULL) {
        fprintf(to, "\nno rules were loaded: give --rules FILE to raise alerts\n");
    } else if (n == 0 && r->alerts != 0) {
        fprintf(to, "\nalerts: %llu, by rules of tenants\n", (unsigned long long)r->alerts);
    } else if (n == 0) {
        fprintf(to, "\nno alerts (%u rules)\n", ruleset_rules(e->rules));
    } else {
        fprintf(to, "\nalerts: %llu by %zu rules of %u\n", (unsigned long long)r->alerts, n, ruleset_rules(e->rules));
    }
    for (size_t i = 0; i < n && i < REPORT_ALERTS; i++) {
        const struct rule *rule = ruleset_rule(e->rules, top[i].rule);
        fprintf(to, "  %7u  [%u:%u:%u] %s  (priority %u)\n", top[i].count, rule->gid, rule->sid, rule->rev, rule->msg != NULL ? rule->msg : "",
                rule->priority);
    }
    if (n > REPORT_ALERTS) {
        fprintf(to, "  … and %zu rules more\n", n - REPORT_ALERTS);
    }
    free(top);
}

static void report_protocols(const struct run_result *r, FILE *to)
{
    const struct summary *s = &r->summary;

    fprintf(to, "\nflows: %llu", (unsigned long long)s->flows);
    const char *between = " (";
    for (unsigned id = 1; id <= proto_n && id < PROTO_IDS; id++) {
        if (s->by_proto[id] != 0) {
            fprintf(to, "%s%s %llu", between, proto_name(id), (unsigned long long)s->by_proto[id]);
            between = ", ";
        }
    }
    uint64_t unknown = s->by_proto[0];
    if (unknown != 0) {
        fprintf(to, "%snot recognised %llu", between, (unsigned long long)unknown);
        between = ", ";
    }
    fprintf(to, "%s\n", between[0] == ',' ? ")" : "");
}

static void report_hosts(const struct run_result *r, FILE *to)
{
    size_t n;
    struct summary_host *host = summary_hosts(&r->summary, &n);

    fprintf(to, "\nhosts: %zu%s\n", n, r->summary.hosts_more != 0 ? " (and more, beyond the cap)" : "");
    for (size_t i = 0; host != NULL && i < n && i < REPORT_HOSTS; i++) {
        char address[ADDR_TEXT_MAX], sent[32];
        addr_text(&host[i].addr, host[i].family, address);
        human(host[i].bytes, sent);
        fprintf(to, "  %-40s %6llu flows  sent %s\n", address, (unsigned long long)host[i].flows, sent);
    }
    if (n > REPORT_HOSTS) {
        fprintf(to, "  … and %zu more\n", n - REPORT_HOSTS);
    }
    free(host);
}

/* Live: every frame that came is in one of these. */
static void report_capture(const struct run_result *r, FILE *to)
{
    static const struct { enum source_counter counter; const char *what; } rows[] = {
        { SOURCE_DROPPED, "had no room in the kernel's ring and were not looked at" },
        { SOURCE_UNWANTED, "did not match the filter" },
        { SOURCE_UNREAD, "lay in the kernel's ring at the end" },
        { SOURCE_MISSING, "are missing: they came, nobody looked at them, and nothing says why" },
        { SOURCE_TRUNCATED, "were longer than the room for them" },
        { SOURCE_GATED, "more were dropped by XDP, of hosts that are kept out" },
        { SOURCE_OFFLOADED, "more were of flows that were left to the kernel" },
        { SOURCE_OPEN, "went on uninspected, while a worker gave no sign of life" },
        { SOURCE_PASSED, "more went on uninspected, as there was no room on their way from the firewall's queue" },
        { SOURCE_QUEUE_FULL, "times a queue was full, and what came then went on uninspected: the kernel does not tell how much" },
        { SOURCE_HELD, "were held back" },
        { SOURCE_SHADOWED, "went on and would have been held back" },
        { SOURCE_SEND_FAILED, "were not taken by the interface they should go out by" },
        { SOURCE_TAGGED, "had VLAN tags: for a minute behind one no flow is left to the kernel (capture.offload)" },
        { SOURCE_RENEWED, "times somebody took away from an interface what lets its bridge fail open, and it was put there again" },
        { SOURCE_REOPENED, "times an interface that was gone was opened again" },
        { SOURCE_ERRORS, "times a device could not be read" },
    };

    for (unsigned i = 0; i < ROWS(rows); i++) {
        if (r->capture[rows[i].counter] != 0) {
            fprintf(to, "  %llu %s\n", (unsigned long long)r->capture[rows[i].counter], rows[i].what);
        }
    }
    if (r->handover_lost != 0) {
        fprintf(to, "  %llu did not get to the worker whose flow was in them\n", (unsigned long long)r->handover_lost);
    }
}

/* Live: what was done about packets that rules reject or drop. */
static void report_respond(const struct run_result *r, FILE *to)
{
    static const char *const answers[RESPOND_COUNTER_N] = {
        [RESPOND_RESETS] = "TCP resets were sent",
        [RESPOND_UNREACHABLES] = "ICMP messages were sent",
        [RESPOND_FAILED] = "answers could not be sent: no way there, no right to",
        [RESPOND_RATE] = "answers were not sent: there were more than respond.max-rate a second",
    }, *const hosts[BLOCKS_COUNTER_N] = {
        [BLOCKS_ADDED] = "hosts were kept out",
        [BLOCKS_SPARED] = "times a host was not kept out that never is to be (respond.never-block)",
        [BLOCKS_PUSHED] = "hosts were let in before their time: others needed the room",
        [BLOCKS_REMOVED] = "hosts were let in before their time: somebody said so",
        [BLOCKS_UNGATED] = "hosts had no room in XDP's table",
        [BLOCKS_UNTOLD] = "hosts were not kept out by the firewall: its helper was busy or gone, or could not",
        [BLOCKS_TOLD_ANEW] = "times nft had ended and was started again",
    };
    const struct { const char *const *what; const uint64_t *count; unsigned n; } lists[] = { { answers, r->respond, RESPOND_COUNTER_N }, { hosts, r->blocks, BLOCKS_COUNTER_N } };
    const char *before = "answers:\n";

    for (unsigned i = 0; i < ROWS(lists); i++) {
        for (unsigned k = 0; k < lists[i].n; k++) {
            if (lists[i].count[k] != 0) {
                fprintf(to, "%s  %llu %s\n", before, (unsigned long long)lists[i].count[k], lists[i].what[k]);
                before = "";
            }
        }
    }
}

static void report_capture_json(const struct engine *e, const struct run_result *r, struct json *j)
{
    if (!e->settings->live) {
        return;
    }
    json_object(j, "capture");
    for (unsigned i = 0; i < SOURCE_COUNTER_N; i++) {
        json_u64(j, strrchr(source_counters[i].name, '.') + 1, r->capture[i]);
    }
    json_u64(j, "handover_lost", r->handover_lost);
    json_end_object(j);
    json_object(j, "respond");
    for (unsigned i = 0; i < RESPOND_COUNTER_N; i++) {
        json_u64(j, strrchr(respond_counters[i].name, '.') + 1, r->respond[i]);
    }
    for (unsigned i = 0; i < BLOCKS_COUNTER_N; i++) {
        json_u64(j, strrchr(blocks_counters[i].name, '.') + 1, r->blocks[i]);
    }
    json_end_object(j);
}

static void report_caps(const struct run_result *r, FILE *to)
{
    const char *before = "\nmemory caps were reached:\n";

    for (unsigned i = 0; i < SUMMARY_CAP_N; i++) {
        if (r->summary.cap[i] != 0) {
            fprintf(to, "%s  %-24s %llu %s\n", before, summary_caps[i].setting, (unsigned long long)r->summary.cap[i], summary_caps[i].what);
            before = "";
        }
    }
}

void report_run(const struct engine *e, const struct run_result *r, const char *log_dir, FILE *to)
{
    char bytes[32];

    human(r->bytes, bytes);
    fprintf(to, "packets: %llu\nbytes: %s\n", (unsigned long long)r->packets, bytes);
    if (e->settings->live) {
        report_capture(r, to);
        report_respond(r, to);
    }
    if (r->summary.last > r->summary.first) {
        fprintf(to, "time span: %.1f s\n", (double)(r->summary.last - r->summary.first) / 1e9);
    }
    report_alerts(e, r, to);
    report_protocols(r, to);
    report_hosts(r, to);
    report_caps(r, to);
    if (e->rules_refused != 0) {
        fprintf(to, "\nrules refused: %u (named above, with file, line and reason)\n", e->rules_refused);
    }
    fprintf(to, "\nrecords: %s\n", log_dir);
}

void report_run_json(const struct engine *e, const struct run_result *r, const char *log_dir, FILE *to)
{
    struct text t;
    struct json j;
    size_t n;
    struct top *top = top_alerts(e, r, &n);
    struct summary_host *host;

    text_init(&t, 0);
    json_init(&j, &t);
    json_object(&j, NULL);
    json_u64(&j, "packets", r->packets);
    json_u64(&j, "bytes", r->bytes);
    json_u64(&j, "flows", r->summary.flows);
    json_object(&j, "protocols");
    for (unsigned id = 1; id <= proto_n && id < PROTO_IDS; id++) {
        if (r->summary.by_proto[id] != 0) {
            json_u64(&j, proto_name(id), r->summary.by_proto[id]);
        }
    }
    json_u64(&j, "not_recognised", r->summary.by_proto[0]);
    json_end_object(&j);
    json_u64(&j, "rules_loaded", e->rules_loaded);
    json_u64(&j, "rules_refused", e->rules_refused);
    json_array(&j, "alerts");
    for (size_t i = 0; i < n; i++) {
        const struct rule *rule = ruleset_rule(e->rules, top[i].rule);
        json_object(&j, NULL);
        json_u64(&j, "gid", rule->gid);
        json_u64(&j, "sid", rule->sid);
        json_u64(&j, "rev", rule->rev);
        json_string(&j, "msg", rule->msg != NULL ? rule->msg : "");
        json_u64(&j, "count", top[i].count);
        json_end_object(&j);
    }
    json_end_array(&j);
    report_costs_json(e, r, REPORT_COSTS, &j);
    free(top);
    host = summary_hosts(&r->summary, &n);
    json_array(&j, "hosts");
    for (size_t i = 0; host != NULL && i < n; i++) {
        char address[ADDR_TEXT_MAX];
        addr_text(&host[i].addr, host[i].family, address);
        json_object(&j, NULL);
        json_string(&j, "address", address);
        json_u64(&j, "flows", host[i].flows);
        json_u64(&j, "bytes_sent", host[i].bytes);
        json_end_object(&j);
    }
    json_end_array(&j);
    free(host);
    json_array(&j, "inputs");
    for (size_t i = 0; i < r->input_n; i++) {
        json_object(&j, NULL);
        json_string(&j, "path", r->inputs[i].path);
        json_u64(&j, "packets", r->inputs[i].packets);
        if (r->inputs[i].err.text[0] != '\0') {
            json_string(&j, "error", r->inputs[i].err.text);
        }
        json_end_object(&j);
    }
    json_end_array(&j);
    report_capture_json(e, r, &j);
    json_object(&j, "memory_caps");
    for (unsigned i = 0; i < SUMMARY_CAP_N; i++) {
        if (r->summary.cap[i] != 0) {
            json_u64(&j, summary_caps[i].key, r->summary.cap[i]);
        }
    }
    json_end_object(&j);
    json_string(&j, "log_dir", log_dir);
    json_u64(&j, "records_lost", r->lost);
    json_end_object(&j);
    text_byte(&t, '\n');
    fwrite(t.p, 1, t.n, to);
    text_fini(&t);
}
