/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands about rules. */
#include "control/command.h"
#include "control/inside.h"

#include "base/clock.h"
#include "engine/outside.h"
#include "engine/tenants.h"

enum { FAILED_MAX = 1000 };

static bool reload_begin(struct request *r)
{
    if (r->control->settings.reload_refused != NULL) {
        return err_set(&r->err, "%s", r->control->settings.reload_refused);
    }
    if (!engine_reload(r->engine, NULL, NULL, NULL, &r->err)) {
        return false;
    }
    r->control->reload_said = NULL;
    r->control->reload_fresh = 0;
    return true;
}

bool command_reload(struct request *r)
{
    return r->waits = reload_begin(r);
}

bool command_reload_begin(struct request *r)
{
    return reload_begin(r);
}

bool command_reload_answer(struct request *r)
{
    struct reload_result x;

    if (!engine_reload_last(r->engine, &x)) {
        return err_set(&r->err, "nothing was loaded");
    }
    if (!x.ok) {
        struct err ignored;
        r->err = x.err;
        if (r->control->reload_fresh != 0) {
            (void)tenants_remove(r->engine->settings->multi, r->control->reload_fresh, &ignored);
        }
        return false;
    }
    json_string(r->out, MESSAGE, r->control->reload_said != NULL ? r->control->reload_said : "done");
    json_object(r->out, "rules");
    json_u64(r->out, "loaded", x.loaded);
    json_u64(r->out, "refused", x.refused);
    json_u64(r->out, "unchanged", x.kept);
    json_u64(r->out, "changed", x.changed);
    json_u64(r->out, "added", x.added);
    json_u64(r->out, "removed", x.removed);
    json_u64(r->out, "milliseconds", x.ns / 1000000);
    json_end_object(r->out);
    if (x.settings_read) {
        json_object(r->out, "settings");
        json_u64(r->out, "changed", x.settings_taken);
        json_u64(r->out, "waiting", x.settings_waiting);
        json_array(r->out, "for_restart");
        for (unsigned i = 0; i < x.settings_waiting && i < RELOAD_NAMES; i++) {
            json_string(r->out, NULL, x.waiting[i]);
        }
        json_end_array(r->out);
        json_end_object(r->out);
    }
    json_object(r->out, "patterns");
    json_u64(r->out, "shared", x.patterns_shared);
    json_u64(r->out, "from_disk", x.patterns_loaded);
    json_u64(r->out, "compiled", x.patterns_made);
    json_end_object(r->out);
    return true;
}

bool command_reload_time(struct request *r)
{
    struct clock_zone zone = { 0 };
    char when[CLOCK_TEXT_MAX];

    pthread_mutex_lock(&r->engine->lock);
    clock_iso(&zone, r->engine->loaded != 0 ? r->engine->loaded : r->engine->started, when);
    pthread_mutex_unlock(&r->engine->lock);
    json_array(r->out, MESSAGE);
    json_object(r->out, NULL);
    json_u64(r->out, "id", 0);
    json_string(r->out, "last_reload", when);
    json_end_object(r->out);
    json_end_array(r->out);
    return true;
}

bool command_ruleset_stats(struct request *r)
{
    struct engine *e = r->engine;

    pthread_mutex_lock(&e->lock);
    json_array(r->out, MESSAGE);
    json_object(r->out, NULL);
    json_u64(r->out, "id", 0);
    json_u64(r->out, "rules_loaded", e->rules_loaded);
    json_u64(r->out, "rules_failed", e->rules_refused);
    json_u64(r->out, "rules_skipped", e->rules_skipped);
    json_end_object(r->out);
    json_end_array(r->out);
    pthread_mutex_unlock(&e->lock);
    return true;
}

bool command_failed_rules(struct request *r)
{
    struct engine *e = r->engine;

    json_array(r->out, MESSAGE);
    pthread_mutex_lock(&e->lock); /* the newest set stays */
    const struct rules *all = e->rules != NULL ? ruleset_source(e->rules) : NULL;
    for (uint32_t i = 0, told = 0; all != NULL && i < all->failure_n && told < FAILED_MAX; i++) {
        const struct rule_failure *f = &all->failure[i];
        if (f->warning || f->skipped) {
            continue;
        }
        json_object(r->out, NULL);
        json_u64(r->out, "tenant_id", 0);
        json_string(r->out, "rule", f->text != NULL ? f->text : "");
        json_string(r->out, "filename", f->source < all->source_n ? all->source[f->source] : "");
        json_u64(r->out, "line", f->line);
        json_string(r->out, "error", f->reason);
        json_end_object(r->out);
        told++;
    }
    pthread_mutex_unlock(&e->lock);
    json_end_array(r->out);
    return true;
}
