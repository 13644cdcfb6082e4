/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rules - what can be said of rules without traffic.
 */
#include "app/app.h"

#include <stdlib.h>
#include <string.h>

static const struct flag flags[] = {
    { 'c', "config", "FILE", "settings whose variables and classes the rules use; default: built in" },
    { 0, "set", "KEY=VALUE", "one setting; may be given again" },
    { 0, "dialect", "NAME", "read as suricata, snort2 or snort3 whatever they look like" },
    { 0, "json", NULL, "as JSON" },
    { 'h', "help", NULL, "this" },
    { 0, NULL, NULL, NULL },
};

static void say(void *ctx, const struct rules *r, const struct rule_failure *f)
{
    (void)ctx;
    printf("%s:%u:%u: sid %u: %s%s%s%s\n", f->source < r->source_n ? r->source[f->source] : "rules", f->line, f->column, f->sid, f->reason,
           f->hint != NULL ? " (" : "", f->hint != NULL ? f->hint : "", f->hint != NULL ? ")" : "");
}

static void check_json(const struct rules *r)
{
    struct text t;
    struct json j;

    text_init(&t, 0);
    json_init(&j, &t);
    json_object(&j, NULL);
    json_array(&j, "refused");
    for (uint32_t i = 0; i < r->failure_n; i++) {
        const struct rule_failure *f = &r->failure[i];
        json_object(&j, NULL);
        json_string(&j, "file", f->source < r->source_n ? r->source[f->source] : "rules");
        json_u64(&j, "line", f->line);
        json_u64(&j, "column", f->column);
        json_u64(&j, "sid", f->sid);
        json_string(&j, "reason", f->reason);
        if (f->hint != NULL) {
            json_string(&j, "hint", f->hint);
        }
        json_end_object(&j);
    }
    json_end_array(&j);
    json_u64(&j, "loaded_count", r->rule_n);
    json_u64(&j, "refused_count", r->failure_n);
    json_end_object(&j);
    text_byte(&t, '\n');
    fwrite(t.p, 1, t.n, stdout);
    text_fini(&t);
}

static int check(struct session *s, const struct arguments *a)
{
    bool json = argument_given(a, "json");
    const char *dialect = argument_value(a, "dialect");
    struct rule_load l = { .files = a->rest + 1, .file_n = a->rest_n - 1, .dialect = -1, .refused = json ? NULL : say };
    struct rules r;

    for (int i = 0; dialect != NULL && i < 3; i++) {
        static const char *const names[] = { "suricata", "snort2", "snort3" };
        l.dialect = strcmp(dialect, names[i]) == 0 ? i : l.dialect;
    }
    if (dialect != NULL && l.dialect < 0) {
        err_set(&s->err, "--dialect %s: suricata, snort2 or snort3 is wanted", dialect);
        return EXIT_USAGE;
    }
    if (!engine_read_rules(&s->engine, &l, &r, &s->err)) {
        rules_fini(&r);
        return EXIT_USAGE;
    }
    if (json) {
        check_json(&r);
    } else {
        unsigned by_dialect[3] = { 0 };
        static const char *const names[] = { "suricata", "snort2", "snort3" };
        for (uint32_t i = 0; i < r.rule_n; i++) {
            by_dialect[r.rule[i]->dialect % 3]++;
        }
        for (unsigned i = 0; i < 3; i++) {
            if (by_dialect[i] != 0) {
                printf("%s: %u\n", names[i], by_dialect[i]);
            }
        }
        printf("loaded: %u, refused: %u\n", r.rule_n, r.failure_n);
    }
    bool refused = r.failure_n != 0;
    rules_fini(&r);
    return refused ? EXIT_SOME : EXIT_DONE;
}

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
    if (a.rest_n < 2 || strcmp(a.rest[0], "check") != 0) {
        command_usage(&command_rules, stderr);
        return EXIT_USAGE;
    }
    if (session_load(&s, argument_value(&a, "config"), preset_settings, &a) && session_settle(&s, &o)) {
        code = check(&s, &a);
    }
    if (code == EXIT_USAGE) {
        fprintf(stderr, "peccary rules: %s\n", s.err.text);
    }
    session_end(&s);
    return code;
}

const struct command command_rules = {
    "rules", rules_run, "check rule files", "check [OPTION…] FILE…",
    "check   reads rule files and names each rule that cannot be loaded, with file, line, column and reason", flags,
};
