/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rules - what can be said of rules without traffic.
 */
#include "app/confine.h"
#include "app/rules.h"

#include <stdlib.h>
#include <string.h>

static const struct flag flags[] = {
    { 'r', "rules", "FILE", "why, cost: the rules; may be given again" },
    { 'c', "config", "FILE", "settings whose variables and classes the rules use; default: built in" },
    { 0, "set", "KEY=VALUE", "one setting; may be given again" },
    { 0, "dialect", "NAME", "read as suricata, snort2 or snort3 whatever they look like" },
    { 0, "every", "N", "cost: one check in so many is timed; default: each" },
    { 0, "generate", "DIR", "test: keep the traffic that is made, and the tables of what must come of it" },
    { 0, "sid", "N", "test: of one rule" },
    { 0, "misses", "N", "test: near misses for a rule at most; default: 4" },
    { 0, "to", "NAME", "convert: the dialect to write: suricata, snort2 or snort3" },
    { 0, "output", "DIR", "update: where peccary.rules and the lists go; default: rules" },
    { 0, "disable", "FILE", "update: rules to leave out: SID, GID:SID, re:EXPRESSION, group:FILE, filename:PATH, metadata:KEY VALUE, a line each" },
    { 0, "enable", "FILE", "update: rules to take although they are commented out; the same" },
    { 0, "drop", "FILE", "update: rules that drop; the same" },
    { 0, "modify", "FILE", "update: changes: what rules, \"expression\", \"text\", a line each" },
    { 0, "local", "PATH", "update: rules of one's own; may be given again" },
    { 0, "dry-run", NULL, "update: say what would change, write nothing" },
    { 0, "force", NULL, "update: fetch all anew" },
    { 0, "no-checksum", NULL, "update: look for no .sha256 or .md5 beside URLs" },
    { 0, "json", NULL, "as JSON" },
    { 'h', "help", NULL, "this" },
    { 0, NULL, NULL, NULL },
};

static const char *const dialects[] = { "suricata", "snort2", "snort3" };
static const char *const actions[] = { "alert", "pass", "drop", "reject", "rejectdst", "rejectboth", "config", "accept", "log", "rewrite" };

static const char *source_of(const struct rules *r, unsigned source)
{
    return source < r->source_n ? r->source[source] : "rules";
}

static void say(void *ctx, const struct rules *r, const struct rule_failure *f)
{
    (void)ctx;
    printf("%s:%u:%u: %ssid %u: %s%s%s%s\n", source_of(r, f->source), f->line, f->column, f->skipped ? "skipped: " : f->warning ? "warning: " : "", f->sid, f->reason,
           f->hint != NULL ? " (" : "", f->hint != NULL ? f->hint : "", f->hint != NULL ? ")" : "");
}

static void failure_json(struct json *j, const struct rules *r, const struct rule_failure *f)
{
    json_object(j, NULL);
    json_string(j, "file", source_of(r, f->source));
    json_u64(j, "line", f->line);
    json_u64(j, "column", f->column);
    json_u64(j, "sid", f->sid);
    if (f->option != NULL) {
        json_bytes(j, "option", bytes_str(f->option));
    }
    json_bytes(j, "reason", bytes_str(f->reason));
    if (f->hint != NULL) {
        json_bytes(j, "hint", bytes_str(f->hint));
    }
    json_end_object(j);
}

/* The failures of one kind: refused rules, warnings, rules whose requirements are not met. */
static void failures_json(struct json *j, const struct rules *r, const char *key, bool warning, bool skipped)
{
    json_array(j, key);
    for (uint32_t i = 0; i < r->failure_n; i++) {
        if (r->failure[i].warning == warning && r->failure[i].skipped == skipped) {
            failure_json(j, r, &r->failure[i]);
        }
    }
    json_end_array(j);
}

static void json_print(struct text *t)
{
    text_byte(t, '\n');
    fwrite(t->p, 1, t->n, stdout);
    text_fini(t);
}

static void check_json(const struct rules *r, const unsigned by_dialect[3])
{
    struct text t;
    struct json j;

    text_init(&t, 0);
    json_init(&j, &t);
    json_object(&j, NULL);
    failures_json(&j, r, "refused", false, false);
    failures_json(&j, r, "warnings", true, false);
    failures_json(&j, r, "skipped", false, true);
    json_object(&j, "dialects");
    for (size_t i = 0; i < ROWS(dialects); i++) {
        json_u64(&j, dialects[i], by_dialect[i]);
    }
    json_end_object(&j);
    json_u64(&j, "loaded_count", r->rule_n);
    json_u64(&j, "refused_count", r->failed_n);
    json_u64(&j, "warning_count", r->warning_n);
    json_end_object(&j);
    json_print(&t);
}

bool rules_dialect(const struct arguments *a, int *dialect, struct err *err)
{
    const char *v = argument_value(a, "dialect");

    *dialect = -1;
    for (int i = 0; v != NULL && i < 3; i++) {
        *dialect = strcmp(v, dialects[i]) == 0 ? i : *dialect;
    }
    return v == NULL || *dialect >= 0 || err_set(err, "--dialect %s: suricata, snort2 or snort3 is wanted", v);
}

bool rules_given(struct session *s, const struct arguments *a)
{
    struct rule_load l = { .dialect = -1, .refused = report_refused, .ctx = &s->log };
    const char *files[GIVEN_MAX];

    l.files = files;
    for (unsigned i = 0; i < a->n; i++) {
        if (a->given[i].flag->letter == 'r') {
            files[l.file_n++] = a->given[i].value;
        }
    }
    return rules_dialect(a, &l.dialect, &s->err) && engine_load_rules(&s->engine, &l, &s->err);
}

bool rules_over(struct session *s, const struct arguments *a, unsigned first, struct run_result *r)
{
    struct paths paths = { 0 };
    const _Atomic bool *stop = interrupt_watch();
    bool ok = stop != NULL;

    for (unsigned i = first; i < a->rest_n && ok; i++) {
        ok = paths_add(&paths, a->rest[i], &s->err);
    }
    struct run run = { .paths = paths.path, .path_n = paths.n, .merge = paths.n > 1, .log_dir = "." };
    ok = ok && confine_once(s, &(struct confine_once){ 0 }, stop) && engine_run(&s->engine, &run, r, stop, &s->err);
    if (ok && r->packets == 0 && r->input_failed) {
        s->err = r->inputs[0].err;
        ok = false;
    }
    paths_fini(&paths);
    return ok;
}

/* What files hold, read and checked; the caller frees with rules_fini. */
static bool read_all(struct session *s, const struct arguments *a, struct rules *out, void (*refused)(void *ctx, const struct rules *r, const struct rule_failure *f))
{
    struct rule_load l = { .files = a->rest + 1, .file_n = a->rest_n - 1, .dialect = -1, .refused = refused };

    if (!rules_dialect(a, &l.dialect, &s->err)) {
        return false;
    }
    if (!engine_read_rules(&s->engine, &l, out, &s->err)) {
        rules_fini(out);
        return false;
    }
    return true;
}

/* What a rule asks, in short: its buffers. */
static void buffers_json(struct json *j, const struct rule *x)
{
    static const char *const kinds[] = { "payload", "transaction", "file.data", "file", "base64_data", "header", "frame" };

    json_array(j, "buffers");
    for (uint16_t i = 0; i < x->group_n; i++) {
        const struct group *g = &x->group[i];
        json_string(j, NULL, g->name != NULL ? g->name : g->kind < ROWS(kinds) ? kinds[g->kind] : "");
    }
    json_end_array(j);
}

static void head_json(struct json *j, const struct rules *r, const struct rule *x)
{
    json_u64(j, "gid", x->gid);
    json_u64(j, "sid", x->sid);
    json_u64(j, "rev", x->rev);
    json_string(j, "dialect", dialects[x->dialect % ROWS(dialects)]);
    json_string(j, "action", x->action < ROWS(actions) ? actions[x->action] : "");
    json_string(j, "proto", x->app_name != NULL ? x->app_name : "");
    json_string(j, "file", source_of(r, x->source));
    json_u64(j, "line", x->line);
    json_bytes(j, "msg", bytes_str(x->msg != NULL ? x->msg : ""));
    json_string(j, "classtype", x->classtype != NULL ? x->classtype : "");
    json_u64(j, "priority", x->priority);
    buffers_json(j, x);
}

/* A line per rule; as JSON an object a line. */
static int list(struct session *s, const struct arguments *a)
{
    bool as_json = argument_given(a, "json");
    struct rules r;

    if (!read_all(s, a, &r, NULL)) {
        return EXIT_USAGE;
    }
    for (uint32_t i = 0; i < r.rule_n; i++) {
        const struct rule *x = r.rule[i];
        struct text t;
        struct json j;
        if (!as_json) {
            printf("%u:%u:%u\t%s\t%s\t%s:%u\t%s\n", x->gid, x->sid, x->rev, x->action < ROWS(actions) ? actions[x->action] : "?",
                   x->app_name != NULL ? x->app_name : "", source_of(&r, x->source), x->line, x->msg != NULL ? x->msg : "");
            continue;
        }
        text_init(&t, 0);
        json_init(&j, &t);
        json_object(&j, NULL);
        head_json(&j, &r, x);
        json_end_object(&j);
        json_print(&t);
    }
    bool refused = r.failed_n != 0;
    rules_fini(&r);
    return refused ? EXIT_SOME : EXIT_DONE;
}

static void show_json(struct session *s, const struct rules *r, const struct rule *x)
{
    struct text t, tree;
    struct json j;
    struct err err;

    text_init(&t, 0);
    text_init(&tree, 0);
    json_init(&j, &t);
    json_object(&j, NULL);
    head_json(&j, r, x);
    rule_print(x, &tree);
    json_array(&j, "tree");
    struct rd lines = rd_of(text_bytes(&tree));
    for (bool found = true; found && rd_left(&lines) != 0;) {
        json_bytes(&j, NULL, rd_line(&lines, &found));
    }
    json_end_array(&j);
    json_object(&j, "analysis");
    bool loads = engine_explain_json(&s->engine, x, &j, &err);
    json_end_object(&j);
    if (!loads) {
        json_bytes(&j, "cannot_load", bytes_str(err.text));
    }
    json_end_object(&j);
    text_fini(&tree);
    json_print(&t);
}

static void show_text(struct session *s, const struct rule *x)
{
    struct text t;
    struct err err;

    text_init(&t, 0);
    rule_print(x, &t);
    if (!engine_explain(&s->engine, x, &t, &err)) {
        text_printf(&t, "    Rule cannot be loaded: %s\n", err.text);
    }
    fwrite(t.p, 1, t.n, stdout);
    text_fini(&t);
}

/* One rule's tree: show SID FILE… */
static int show(struct session *s, const struct arguments *a)
{
    struct arguments files = *a;
    struct rules r;
    uint64_t sid;
    bool found = false;

    if (a->rest_n < 3 || !conf_text_u64(a->rest[1], &sid)) {
        err_set(&s->err, "show SID FILE… is wanted");
        return EXIT_USAGE;
    }
    files.rest_n--;
    memmove(files.rest + 1, files.rest + 2, (files.rest_n - 1) * sizeof *files.rest);
    if (!read_all(s, &files, &r, NULL)) {
        return EXIT_USAGE;
    }
    for (uint32_t i = 0; i < r.rule_n; i++) {
        if (r.rule[i]->sid != sid) {
            continue;
        }
        if (argument_given(a, "json")) {
            show_json(s, &r, r.rule[i]);
        } else {
            show_text(s, r.rule[i]);
        }
        found = true;
    }
    rules_fini(&r);
    if (!found) {
        err_set(&s->err, "no rule %llu is in these files", (unsigned long long)sid);
    }
    return found ? EXIT_DONE : EXIT_USAGE;
}

static int check(struct session *s, const struct arguments *a)
{
    bool json = argument_given(a, "json");
    unsigned by_dialect[ROWS(dialects)] = { 0 };
    struct rules r;

    if (!read_all(s, a, &r, json ? NULL : say)) {
        return EXIT_USAGE;
    }
    for (uint32_t i = 0; i < r.rule_n; i++) {
        by_dialect[r.rule[i]->dialect % ROWS(dialects)]++;
    }
    if (json) {
        check_json(&r, by_dialect);
    } else {
        for (size_t i = 0; i < ROWS(dialects); i++) {
            if (by_dialect[i] != 0) {
                printf("%s: %u\n", dialects[i], by_dialect[i]);
            }
        }
        if (r.warning_n != 0) {
            printf("warnings: %u\n", r.warning_n);
        }
        printf("loaded: %u, refused: %u\n", r.rule_n, r.failed_n);
    }
    bool refused = r.failed_n != 0;
    rules_fini(&r);
    return refused ? EXIT_SOME : EXIT_DONE;
}

/* An explanation writes no records. */
static const char alerts_only[] = "%YAML 1.1\n---\npacket-alert-max: 1000\noutputs:\n  - eve-log:\n      enabled: yes\n      filename: eve.json\n      append: no\n"
                                  "      types:\n        - alert:\n            metadata: no\n";
static const char alerts_counted[] = "%YAML 1.1\n---\npacket-alert-max: 1000\noutputs:\n  - fast:\n      enabled: no\n";
static const char no_outputs[] = "%YAML 1.1\n---\noutputs:\n  - fast:\n      enabled: no\n";

static const struct {
    const char *name;
    int (*run)(struct session *s, const struct arguments *a);
} parts[] = { { "check", check }, { "convert", rules_convert }, { "cost", rules_cost }, { "list", list }, { "show", show }, { "test", rules_test }, { "update", rules_update }, { "why", rules_why } };

static int rules_run(int argc, char **argv)
{
    struct arguments a;
    struct session s = { .log = { .to = stderr, .level = LOG_WARNING } };
    struct engine_overrides o = { .checksums = -1 };
    int code = EXIT_USAGE;

    if (!arguments_read(flags, argc, argv, &a, &s.err)) {
        fprintf(stderr, "peccary rules: %s\n", s.err.text);
        return EXIT_USAGE;
    }
    if (argument_given(&a, "help")) {
        command_usage(&command_rules, stdout);
        return EXIT_DONE;
    }
    int (*part)(struct session *s, const struct arguments *a) = NULL;
    for (size_t i = 0; a.rest_n >= 1 && i < ROWS(parts); i++) {
        part = strcmp(parts[i].name, a.rest[0]) == 0 ? parts[i].run : part;
    }
    if (part == NULL || (a.rest_n < 2 && part != rules_update)) {
        command_usage(&command_rules, stderr);
        if (a.rest_n != 0) {
            fprintf(stderr, "\npeccary rules: %s%s\n", a.rest[0], part == NULL ? ": nothing is called so" : " of what?");
        }
        return EXIT_USAGE;
    }
    o.workers = 1;
    const char *told = part != rules_test ? no_outputs : rules_expected(a.rest[1]) ? alerts_counted : alerts_only;
    if (session_load(&s, argument_value(&a, "config"), preset_settings, &a) &&
        (part == check || part == list || part == show || conf_load_text(s.conf, bytes_str(told), "(built-in settings)", &s.err)) && session_settle(&s, &o)) {
        code = part(&s, &a);
    }
    if (code == EXIT_USAGE) {
        fprintf(stderr, "peccary rules: %s\n", s.err.text);
    }
    session_end(&s);
    return code;
}

const struct command command_rules = {
    "rules", rules_run, "check rule files, explain rules", "check|list|test FILE…|show SID FILE…|why SID -r FILE CAPTURE…|cost -r FILE CAPTURE…|update [SOURCE…]|convert --to NAME FILE…",
    "check   reads rule files and names each rule that cannot be loaded, with file, line, column and reason\n"
    "convert writes rules in another dialect on standard output; what is lost, and rules that cannot be said there, are named on standard error\n"
    "cost    runs the rules over captures and says what each took: checks, alerts, time, searches that a limit stopped; costly ones first\n"
    "list    a line per rule: number, action, protocol, place, message\n"
    "show    a rule as it is understood: header, conditions, buffers with their matches, thresholds; its kind and fast pattern\n"
    "test    FILE…: makes traffic from rules, for each a flow that must raise it and near misses that must not, runs the rules over it and\n"
    "        says what came of it; rules that nothing can be made for are named with the reason.  FOLDER…: a folder, or those in it, with rules\n"
    "        (*.rules), captures and a table expect.tsv of what must come of them, tabs between: capture, sid (or gid:sid, or * for all that the\n"
    "        table does not name), alerts (3, >0, >=2, <5)\n"
    "update  rule sets from URLs, archives (.tar.gz), folders and files into one file: fetched when they changed, checked, chosen from by lists,\n"
    "        merged, written whole; says what changed.  Without sources those of the settings (rule-update.sources)\n"
    "why     runs the rules over captures and says where one of them (SID or GID:SID) stopped, for each flow and transaction that came near: group,\n"
    "        literal, option, condition, flowbit, threshold, suppression", flags,
};
