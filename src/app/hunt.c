/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hunt - rules over a record: were we hit before the rule existed?
 */
#include "app/app.h"

#include "app/confine.h"
#include "app/coverage.h"
#include "app/hunt_hosts.h"
#include "app/hunt_progress.h"
#include "app/keep.h"
#include "app/selector.h"
#include "app/updates.h"
#include "base/file.h"
#include "hunt/fresh.h"
#include "hunt/wish.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct flag flags[] = {
    { 0, "record", "DIR", "the record's folder" },
    { 'r', "rules", "FILE", "rules to hunt with; may be given again; a folder means its *.rules" },
    { 0, "string", "TEXT", "hunt for bytes, as a rule's content has them: 'abc|00 01|'; may be given again" },
    { 0, "regex", "PATTERN", "hunt for a regular expression in packets and streams; may be given again" },
    { 0, "domain", "NAME", "hunt for a name in DNS, TLS, QUIC and HTTP, and what is below it; may be given again" },
    { 0, "hash", "HEX", "hunt for a file by its MD5, SHA1 or SHA256; may be given again" },
    { 0, "sha256", "HEX", "the same, SHA256 alone" },
    { 0, "ja4", "TEXT", "hunt for a client's fingerprint in TLS and QUIC; may be given again" },
    { 0, "address", "ADDRESS", "hunt for an address, or a network; may be given again" },
    { 0, "from", "TIME", "flows alive at it or later: " WHEN_HELP "; given again, another range of time" },
    { 0, "to", "TIME", "flows that began before it: of the range that --from before it began" },
    { 0, "keep", "DIR", "keep what is found as a case: alerts, the packets of their flows, hash sums (peccary case)" },
    { 0, "map", "DIR", "folder of a map that is kept (aware.dir), for what it says of the hosts as of then: in alerts, and with --keep" },
    { 0, "follow", NULL, "stay, and with each line on standard input hunt with what is new in the rules since: a sensor's helper (hunt.on-update)" },
    { 0, "fresh", "FILE", "hunt with rules as that helper puts them: of each file those that are new, read as if they lay there" },
    { 0, "days", "N", "with --follow: over so many days" },
    { 0, "cpu", "PERCENT", "with --follow: of a processor, no more (default 25)" },
    { 0, "read", "BYTES", "with --follow: from the disk in a second, no more; 0 (default): as fast as it goes" },
    { 0, "append", NULL, "with --log-dir: behind what is in eve.json" },
    { 0, "key", "FILE", "that opens encrypted segments (record.key-file)" },
    { 0, "plan", NULL, "only say what would be read" },
    { 'l', "log-dir", "DIR", "alerts go to DIR/eve.json; without it to standard output" },
    { 'c', "config", "FILE", "settings (YAML, suricata.yaml's keys); default: built in" },
    { 0, "set", "KEY=VALUE", "one setting; may be given again" },
    { 0, "dialect", "NAME", "read rules as suricata, snort2 or snort3 whatever they look like" },
    { 0, "checksums", "MODE", "on or off: are wrong checksums looked at" },
    { 0, "workers", "N", "threads (default: one for each processor)", 1, TURN_WORKERS_MAX },
    { 0, "json", NULL, "plan, alerts and result as JSON, an object a line" },
    { 'q', "quiet", NULL, "alerts alone" },
    { 'h', "help", NULL, "this" },
    { 0, NULL, NULL, NULL },
};

static int fail(const struct err *err)
{
    fprintf(stderr, "peccary hunt: %s\n", err->text);
    return EXIT_USAGE;
}

struct hunting {
    struct session session;
    const struct arguments *args;
    struct text preset;
    char when[CLOCK_TEXT_MAX];   /* it was started */
    struct hunt_hosts *hosts;    /* what the map knew; NULL: no map is named */
    struct wishes wishes;
    struct record *record;
    struct hunt_plan plan;
    uint64_t started;            /* ns */
    uint64_t from, to;           /* ns, that was asked for: of all ranges; to 0: no end */
    bool json, quiet, planned;
};

/* ---- rules ---- */

enum { TEXTS_MAX = 4096 };
struct rule_texts {
    struct bytes all;
    struct rule_text one[TEXTS_MAX + 1];
    struct fresh_source from[TEXTS_MAX];
    unsigned n;
};

static bool texts_read(struct rule_texts *t, const char *path, struct err *err)
{
    if (!file_read(path, 1u << 30, &t->all, err)) {
        return false;
    }
    struct rd r = rd_of(t->all);
    while (t->n < TEXTS_MAX && fresh_next(&r, &t->from[t->n])) {
        const struct fresh_source *s = &t->from[t->n];
        t->one[t->n++] = (struct rule_text){ s->path, s->text, (unsigned)s->dialect + 1 };
    }
    return (rd_ok(&r) && rd_left(&r) == 0) || err_set(err, "%s: is not what --follow writes", path);
}

static bool rules_load(struct hunting *h, struct rule_texts *texts, struct err *err)
{
    const char *files[GIVEN_MAX], *fresh = argument_value(h->args, "fresh");
    struct rule_load l = { .files = files, .refused = report_refused, .ctx = &h->session.log };

    for (unsigned i = 0; i < h->args->n; i++) {
        if (h->args->given[i].flag->letter == 'r') {
            files[l.file_n++] = h->args->given[i].value;
        }
    }
    for (unsigned i = 0; i < h->args->n; i++) {
        const struct given *g = &h->args->given[i];
        if (g->flag->name != NULL && (!selector_fits(g->flag->name, g->value, err) || !wishes_add(&h->wishes, g->flag->name, g->value, err))) {
            return false;
        }
    }
    if (fresh != NULL && !texts_read(texts, fresh, err)) {
        return false;
    }
    if (h->wishes.text.n != 0) { /* behind all others (wishes_source) */
        texts->one[texts->n++] = (struct rule_text){ .name = WISHES_NAME, .text = text_bytes(&h->wishes.text) };
    }
    l.texts = texts->one;
    l.text_n = texts->n;
    if (l.file_n == 0 && l.text_n == 0) {
        return err_set(err, "nothing to hunt for: --rules, --string, --regex, --domain, --hash, --ja4 or --address is wanted");
    }
    if (!native_dialect(h->args, &l.dialect, err) || !engine_load_rules(&h->session.engine, &l, err)) {
        return false;
    }
    return ruleset_rules(h->session.engine.rules) != 0 || err_set(err, "nothing to hunt for: no rule could be loaded");
}

/* ---- settings ---- */

/* Alerts to standard output, or to a file of the log folder. */
static bool preset_make(struct hunting *h)
{
    const char *keep = argument_value(h->args, "keep");
    bool filed = keep != NULL || argument_value(h->args, "log-dir") != NULL, lines = !h->json && !filed;

    if (!preset_quiet(&h->preset)) {
        return false;
    }
    h->preset.n--; /* its end */
    text_printf(&h->preset, "outputs:\n  - %s:\n      enabled: yes\n      append: %s\n%s", lines ? "fast" : "eve-log", argument_given(h->args, "append") ? "yes" : "no",
                keep != NULL ? "      filename: events.json\n" : filed ? "      filename: eve.json\n" : "      filetype: console\n");
    if (!lines) {
        text_str(&h->preset, "      community-id: true\n      types:\n        - alert\n");
    }
    text_byte(&h->preset, '\0');
    return !h->preset.cut;
}

/* What each alert gets in its object. */
static void beside(void *ctx, const struct event_head *head, struct json *j)
{
    const struct hunting *h = ctx;

    json_u64(j, "id", h->started);
    json_string(j, "started", h->when);
    json_string(j, "record", argument_value(h->args, "record"));
    if (h->hosts != NULL) {
        hunt_hosts_tell(h->hosts, head, j);
    }
}

static void beside_make(struct hunting *h)
{
    struct clock_zone zone = { 0 };

    clock_iso(&zone, h->started, h->when);
    h->session.settings.event.beside = beside;
    h->session.settings.event.beside_ctx = h;
}

static bool prepare(struct hunting *h, struct err *err)
{
    struct engine_overrides o = { 0 };
    const char *config = argument_value(h->args, "config");
    long processors = sysconf(_SC_NPROCESSORS_ONLN);

    if (!native_overrides(h->args, &o, err)) {
        return false;
    }
    o.workers = o.workers != 0 ? o.workers : processors > 1 ? (unsigned)(processors < TURN_WORKERS_MAX ? processors : TURN_WORKERS_MAX) : 1;
    if (!preset_make(h) || !session_load(&h->session, config, h->preset.p, h->args) || !session_settle(&h->session, &o)) {
        *err = h->session.err;
        return false;
    }
    h->session.settings.recorder.on = false; /* settings of a sensor */
    h->session.settings.aware.on = false;
    beside_make(h);
    const char *map = argument_value(h->args, "map");
    if (map != NULL && (h->hosts = hunt_hosts_new(map, err)) == NULL) {
        return false;
    }
    struct rule_texts *texts = calloc(1, sizeof *texts);
    bool good = texts != NULL ? rules_load(h, texts, err) : err_set(err, "not enough memory");
    if (texts != NULL) {
        file_free(texts->all);
        free(texts);
    }
    return good;
}

/* ---- telling ---- */

static void tell_json(struct hunting *h, const char *what, const struct hunt_result *r)
{
    const struct hunt_plan *p = &h->plan;
    struct text t;
    struct json j;

    text_init(&t, 0);
    json_init(&j, &t);
    json_object(&j, NULL);
    json_string(&j, "event_type", "hunt");
    json_object(&j, "hunt");
    json_u64(&j, "id", h->started);
    json_string(&j, "state", what);
    json_u64(&j, "rules", p->rule_n);
    json_u64(&j, "segments", h->record->n);
    json_u64(&j, "flows", p->flows);
    json_u64(&j, "flows_total", p->flows_all);
    json_u64(&j, "packets", p->packets);
    json_u64(&j, "packets_total", p->packets_all);
    json_u64(&j, "bytes", p->bytes);
    json_u64(&j, "bytes_total", p->bytes_all);
    json_u64(&j, "blocks", p->blocks);
    json_u64(&j, "blocks_total", p->blocks_all);
    json_u64(&j, "packets_looked_at", p->sifted.packets); /* before the engine does, for the literals of their rules */
    json_u64(&j, "bytes_looked_at", p->sifted.bytes);
    json_u64(&j, "blocks_looked_at", p->sifted.blocks);
    json_double(&j, "seconds_predicted", p->seconds);
    json_u64(&j, "packets_not_recorded", p->cut_packets);
    json_u64(&j, "segments_of_other_settings", p->other_sight);
    coverage_json(&j, h->record, h->from, h->to);
    if (r != NULL) {
        json_u64(&j, "alerts", r->alerts);
        json_double(&j, "seconds", (double)(clock_now() - h->started) / 1e9);
        json_bool(&j, "complete", !r->failed && h->record->problem_n == 0);
    }
    json_array(&j, "problems");
    for (size_t i = 0; i < h->record->problem_n && i < 100; i++) {
        json_string(&j, NULL, h->record->problem[i].text);
    }
    json_end_array(&j);
    json_end_object(&j);
    json_end_object(&j);
    text_byte(&t, '\n');
    fwrite(t.p, 1, t.n, stdout);
    fflush(stdout);
    text_fini(&t);
}

static double share(uint64_t part, uint64_t all) { return all != 0 ? 100.0 * (double)part / (double)all : 0; }

static void tell_plan(struct hunting *h)
{
    const struct hunt_plan *p = &h->plan;

    if (h->json) {
        tell_json(h, "planned", NULL);
        return;
    }
    if (h->quiet) {
        return;
    }
    coverage_tell(h->record, h->from, h->to);
    fprintf(stderr, "plan: %llu of %llu flows, %llu packets (%.2f %%), %llu of %llu blocks; about %.2f s\n", (unsigned long long)p->flows,
            (unsigned long long)p->flows_all, (unsigned long long)p->packets, share(p->packets, p->packets_all), (unsigned long long)p->blocks,
            (unsigned long long)p->blocks_all, p->seconds);
    if (p->sifted.packets != 0) {
        fprintf(stderr, "  and of %llu packets that are looked at first those of flows with the bytes that are wanted\n", (unsigned long long)p->sifted.packets);
    }
    for (unsigned i = 0; i < p->rule_n; i++) { /* dear ones are named */
        double of = share(p->rule[i].flows, p->flows_all);
        if (of >= 10 && p->rule_n > 1) {
            fprintf(stderr, "  sid %u alone names %.0f %% of the flows\n", p->rule[i].need.rule->sid, of);
        }
    }
    if (p->other_sight != 0) {
        fprintf(stderr, "recorded under other settings of what is seen: %zu segments; all of their flows are run\n", p->other_sight);
    }
    if (p->cut_packets != 0) {
        fprintf(stderr, "not recorded of these flows, beyond the cut-off: %llu packets\n", (unsigned long long)p->cut_packets);
    }
}

static void tell_problems(const struct hunting *h)
{
    for (size_t i = 0; i < h->record->problem_n && !h->json; i++) {
        fprintf(stderr, "peccary hunt: %s\n", h->record->problem[i].text);
    }
}

/* ---- the hunt ---- */

/* Each --from begins another range, and each --to that has none before it. */
static bool ranges_read(const struct arguments *a, struct search_limits *l, struct err *err)
{
    bool open = false;

    for (unsigned i = 0; i < a->n; i++) {
        const struct given *g = &a->given[i];
        bool from = g->flag->name != NULL && strcmp(g->flag->name, "from") == 0, to = g->flag->name != NULL && strcmp(g->flag->name, "to") == 0;
        if (!from && !to) {
            continue;
        }
        if ((from || !open) && l->range_n == SEARCH_RANGES_MAX) {
            return err_set(err, "--%s: there are too many ranges of time", g->flag->name);
        }
        l->range_n += from || !open;
        open = from;
        if (!when_read(g->value, from ? &l->range[l->range_n - 1].from : &l->range[l->range_n - 1].to, err)) {
            return err_add(err, "--%s", g->flag->name);
        }
    }
    for (unsigned i = 0; i < l->range_n; i++) {
        if (l->range[i].to != 0 && l->range[i].to <= l->range[i].from) {
            return err_set(err, "--to: there is nothing between it and --from");
        }
    }
    return true;
}

static void range_all(struct hunting *h, const struct search_limits *l)
{
    bool open = l->range_n == 0;

    h->from = l->range_n != 0 ? UINT64_MAX : 0;
    for (unsigned i = 0; i < l->range_n; i++) {
        h->from = l->range[i].from < h->from ? l->range[i].from : h->from;
        h->to = l->range[i].to > h->to ? l->range[i].to : h->to;
        open |= l->range[i].to == 0;
    }
    h->to = open ? 0 : h->to;
}

/* Texts are read behind all files. */
static uint16_t wishes_source(const struct rules *r)
{
    uint16_t at = r->source_n;

    while (at != 0 && strcmp(r->source[at - 1], WISHES_NAME) != 0) {
        at--;
    }
    return at != 0 ? at - 1 : UINT16_MAX;
}

static bool plan_make(struct hunting *h, struct err *err)
{
    unsigned n = ruleset_rules(h->session.engine.rules);
    const struct rule **rules = calloc(n + 1, sizeof *rules);
    struct hunt_limits limits = { .midstream = h->session.settings.stream.midstream, .keys = h->wishes.key, .key_n = h->wishes.key_n,
                                  .key_source = wishes_source(ruleset_source(h->session.engine.rules)), .sift = { &h->session.settings.decode, h->session.settings.proto.open.kinds != 0 },
                                  .alive.sight = h->session.settings.recorder.sight };

    if (rules == NULL) {
        return err_set(err, "not enough memory");
    }
    for (unsigned i = 0; i < n; i++) {
        rules[i] = ruleset_rule(h->session.engine.rules, i);
    }
    bool good = ranges_read(h->args, &limits.alive, err);
    range_all(h, &limits.alive);
    h->planned = good;
    good = good && hunt_plan(&h->plan, h->record, rules, n, &limits, err);
    free(rules);
    return good;
}

static int keep(struct hunting *h, const _Atomic bool *stop, struct err *err)
{
    const char *map = argument_value(h->args, "map"), *record = argument_value(h->args, "record");
    struct text about;

    text_init(&about, 0);
    case_about(&about, record, map, "hunt");
    struct case_wish w = { .dir = argument_value(h->args, "keep"), .about = about.p, .hosts = map != NULL ? case_hosts_of : NULL, .hosts_ctx = (void *)(uintptr_t)map };
    int code = case_keep(&w, h->record, h->quiet, stop, err);
    text_fini(&about);
    return code;
}

/* From here on what was recorded is read: what anybody sent. */
static bool give_up(struct hunting *h, const _Atomic bool *stop, struct err *err)
{
    const struct arguments *a = h->args;
    const char *keep = argument_value(a, "keep");
    struct confine_once w = { .there = argument_value(a, "map"), .mark = h->wishes.list_n != 0 ? h->wishes.list[0] : NULL };

    if (!argument_given(a, "plan")) {
        w.folder[0] = keep != NULL ? keep : argument_value(a, "log-dir") != NULL ? argument_value(a, "log-dir") : argument_given(a, "config") ? "." : NULL;
    }
    bool good = confine_once(&h->session, &w, stop);
    *err = h->session.err;
    return good;
}

static int hunt(struct hunting *h, const _Atomic bool *stop)
{
    struct hunt_result r = { 0 };
    struct err err = { "" };

    const char *into = argument_value(h->args, "keep");
    if ((into != NULL && !case_none(into, &err)) || !prepare(h, &err) || !give_up(h, stop, &err)) {
        return fail(&err);
    }
    h->record = record_open_with(argument_value(h->args, "record"), argument_value(h->args, "key"), &err);
    if (h->record == NULL || !plan_make(h, &err)) {
        return fail(&err);
    }
    tell_plan(h);
    if (!argument_given(h->args, "plan")) {
        const char *keep = argument_value(h->args, "keep"), *dir = keep != NULL ? keep : argument_value(h->args, "log-dir");
        struct hunt_progress *shown = h->json || h->quiet ? NULL : hunt_progress_begin(&h->session.engine, &h->plan);
        bool ran = (keep == NULL || file_make_folder(keep, &err)) && hunt_sift(&h->plan, stop, &err) &&
                   hunt_run(&h->session.engine, &h->plan, dir != NULL ? dir : ".", &r, stop, &err);
        hunt_progress_end(shown);
        if (!ran) {
            return fail(&err);
        }
        if (h->json) {
            tell_json(h, *stop ? "interrupted" : "done", &r);
        } else if (!h->quiet) {
            fprintf(stderr, "alerts: %llu, from %llu packets, in %.2f s%s\n", (unsigned long long)r.alerts, (unsigned long long)r.packets,
                    (double)(clock_now() - h->started) / 1e9, *stop ? ", when it was interrupted" : "");
        }
    }
    bool kept_wanted = argument_given(h->args, "keep") && !argument_given(h->args, "plan");
    if (kept_wanted && r.alerts == 0) {
        case_leave(argument_value(h->args, "keep"));
        kept_wanted = false;
        fprintf(stderr, "nothing was found: no case is kept\n");
    }
    int kept = kept_wanted ? keep(h, stop, &err) : EXIT_DONE;
    if (kept == EXIT_USAGE) {
        return fail(&err);
    }
    tell_problems(h);
    bool some = kept != EXIT_DONE || r.failed || *stop || h->record->problem_n != 0 || h->session.engine.rules_refused != 0;
    return some ? EXIT_SOME : EXIT_DONE;
}

/* What would have no effect is told. */
static bool options_fit(const struct arguments *a, struct err *err)
{
    for (unsigned i = 0; i < a->n && !argument_given(a, "follow"); i++) {
        const char *name = a->given[i].flag->name;
        if (name != NULL && bytes_among(bytes_str(name), "days cpu read")) {
            return err_set(err, "--%s: with --follow alone%s", name, strcmp(name, "days") == 0 ? "; the last days: --from 3d" : "");
        }
    }
    return !argument_given(a, "keep") || !argument_given(a, "log-dir") || err_set(err, "--keep and --log-dir: one of the two is wanted, alerts are in the case");
}

static int hunt_main(int argc, char **argv)
{
    struct arguments a;
    struct hunting h = { .session = { .log = { .to = stderr, .level = LOG_WARNING } }, .args = &a, .started = clock_now() };
    struct err err;

    if (!arguments_read(flags, argc, argv, &a, &err)) {
        return fail(&err);
    }
    if (argument_given(&a, "help")) {
        command_usage(&command_hunt, stdout);
        return EXIT_DONE;
    }
    if (a.rest_n != 0 || argument_value(&a, "record") == NULL) {
        command_usage(&command_hunt, stderr);
        return EXIT_USAGE;
    }
    if (!options_fit(&a, &err)) {
        return fail(&err);
    }
    if (argument_given(&a, "follow")) {
        int code = updates_follow(&a, &err);
        return code == EXIT_USAGE ? fail(&err) : code;
    }
    const _Atomic bool *stop = interrupt_watch();
    if (stop == NULL) {
        (void)err_sys(&err, "start");
        return fail(&err);
    }
    h.json = argument_given(&a, "json");
    h.quiet = argument_given(&a, "quiet");
    text_init(&h.preset, 0);
    wishes_init(&h.wishes);
    int code = hunt(&h, stop);
    if (h.planned) {
        hunt_plan_fini(&h.plan);
    }
    session_end(&h.session);
    record_close(h.record);
    text_fini(&h.preset);
    wishes_fini(&h.wishes);
    hunt_hosts_free(h.hosts);
    return code;
}

const struct command command_hunt = {
    "hunt", hunt_main, "run rules over a record, reading only what can match", "--record DIR (--rules FILE | --string TEXT | …) [OPTION…]",
    "Runs rules over what was recorded: chooses the flows that can match by the record's indexes and sketches, says what reading\n"
    "them takes, and runs the engine over those alone, whole.  Every alert that a run over all of the record raises is found.\n"
    "Alerts have the time of their packets, and an object `hunt`.",
    flags,
};
