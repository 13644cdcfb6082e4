/* SPDX-License-Identifier: GPL-2.0-or-later */
/* native - what scan, watch and guard have in common: their options, their rules, how they end. */
#include "app/app.h"

#include <string.h>

/* Within the bounds of its row. */
static void number(const struct arguments *a, const char *name, unsigned *out)
{
    const char *v = argument_value(a, name);
    uint64_t n;

    if (v != NULL && conf_text_u64(v, &n)) {
        *out = (unsigned)n;
    }
}

const char *argument_socket(const struct arguments *a)
{
    const char *path = argument_value(a, "control");

    return path != NULL ? path : argument_given(a, "control") ? "" : NULL;
}

bool native_overrides(const struct arguments *a, struct engine_overrides *o, struct err *err)
{
    const char *sums = argument_value(a, "checksums");

    o->checksums = -1;
    o->log_dir = argument_value(a, "log-dir");
    o->simulate_ips |= argument_given(a, "simulate-ips");
    if (sums != NULL) {
        if (strcmp(sums, "on") != 0 && strcmp(sums, "off") != 0) {
            return err_set(err, "--checksums %s: on or off is wanted", sums);
        }
        o->checksums = strcmp(sums, "on") == 0;
    }
    number(a, "workers", &o->workers);
    number(a, "batch", &o->batch);
    return true;
}

bool native_dialect(const struct arguments *a, int *dialect, struct err *err)
{
    static const char *const names[] = { "suricata", "snort2", "snort3" };
    const char *v = argument_value(a, "dialect");

    *dialect = -1;
    for (int i = 0; v != NULL && i < 3; i++) {
        if (strcmp(v, names[i]) == 0) {
            *dialect = i;
        }
    }
    return v == NULL || *dialect >= 0 || err_set(err, "--dialect %s: suricata, snort2 or snort3 is wanted", v);
}

bool native_load(const struct session *s, const struct arguments *a, const char **files, struct rule_load *l, struct err *err)
{
    *l = (struct rule_load){ .files = files, .refused = report_refused, .ctx = (void *)(uintptr_t)&s->log };
    for (unsigned i = 0; i < a->n; i++) {
        if (a->given[i].flag->letter == 'r') {
            files[l->file_n++] = a->given[i].value;
        }
    }
    if (l->file_n == 0 && s->settings.rule_file_n != 0) {
        l->files = s->settings.rule_files;
        l->file_n = l->settings_n = s->settings.rule_file_n;
        l->of_settings = true;
    }
    return native_dialect(a, &l->dialect, err);
}

bool native_rules(struct session *s, const struct arguments *a, struct err *err)
{
    const char *files[GIVEN_MAX];
    struct rule_load l;

    return native_load(s, a, files, &l, err) && ((l.file_n == 0 && s->settings.detect.firewall == NULL && s->settings.multi == NULL) || engine_load_rules(&s->engine, &l, err));
}

void inputs_told(struct session *s, const struct run_result *r)
{
    for (size_t i = 0; i < r->input_n; i++) {
        if (r->inputs[i].err.text[0] != '\0') {
            log_say(&s->log, LOG_ERROR, "%s", r->inputs[i].err.text);
        }
    }
}

int native_finish(struct session *s, const struct run_result *r, const struct arguments *a, const char *dir)
{
    inputs_told(s, r);
    if (argument_given(a, "json")) {
        report_run_json(&s->engine, r, dir, stdout);
    } else if (!argument_given(a, "quiet")) {
        report_run(&s->engine, r, dir, stdout);
    }
    bool nothing = r->packets == 0 && r->input_failed;
    return nothing ? EXIT_USAGE : r->input_failed || r->lost != 0 || !aware_kept(r->aware) || s->engine.rules_refused != 0 || s->engine.thresholds_wrong != 0 ? EXIT_SOME : EXIT_DONE;
}
