/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/again.h"

#include "base/log.h"
#include "engine/kept.h"

#include <stdlib.h>
#include <string.h>

struct conf *again_conf(struct engine *e)
{
    return e->again.reading != NULL ? e->again.reading : e->again.fresh != NULL ? e->again.fresh : e->conf;
}

void engine_read_again(struct engine *e, struct conf *(*read)(void *ctx, struct err *err), void *ctx)
{
    e->again.read = read;
    e->again.ctx = ctx;
}

struct differing {
    struct engine *engine;
    struct reload_result *result;
};

/* Takes effect with the rules; all other settings are made once. */
static bool takes_effect(const char *path)
{
    static const char first[] = "vars rule-files default-rule-path classification-file reference-config-file threshold-file datasets geoip-database "
                                "reputation-categories-file default-reputation-path reputation-files multi-detect snort";

    return bytes_among(bytes_of(path, strcspn(path, ".")), first);
}

static void differs(void *arg, const char *path)
{
    struct differing *d = arg;
    struct reload_result *r = d->result;

    if (takes_effect(path)) {
        r->settings_taken++;
        return;
    }
    log_say(d->engine->log, LOG_WARNING, "%s changed: it takes effect with the next start", path);
    if (r->settings_waiting < RELOAD_NAMES) {
        snprintf(r->waiting[r->settings_waiting], sizeof r->waiting[0], "%s", path);
    }
    r->settings_waiting++;
}

static const char *joined(struct arena *a, const char *folder, const char *name)
{
    char path[4096];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    return arena_str(a, bytes_str(path));
}

/* The settings' rule files, and behind them those that were named otherwise. */
static bool files_take(struct conf *conf, struct rule_load *l, struct arena *a)
{
    const struct conf_node *list = conf_node(conf, "rule-files");
    const char *folder = conf_get(conf, "default-rule-path");
    unsigned n = l->file_n - l->settings_n, at = 0;

    for (const struct conf_node *f = list != NULL ? conf_first(list) : NULL; f != NULL; f = conf_next(f)) {
        n++;
    }
    const char **files = arena_zero(a, (n + 1u) * sizeof *files);
    for (const struct conf_node *f = list != NULL ? conf_first(list) : NULL; files != NULL && f != NULL; f = conf_next(f)) {
        const char *name = conf_value(f);
        bool below = l->settings_below && folder != NULL && name != NULL && name[0] != '/';
        if (name != NULL) {
            files[at] = below ? joined(a, folder, name) : arena_str(a, bytes_str(name));
            at += files[at] != NULL;
        }
    }
    for (unsigned i = l->settings_n; files != NULL && i < l->file_n; i++) {
        files[at++] = l->files[i];
    }
    l->files = files;
    l->file_n = at;
    return files != NULL && !a->full;
}

bool again_begin(struct engine *e, struct rule_load *l, struct arena *a, struct reload_result *r, struct err *err)
{
    struct differing d = { e, r };

    if (e->again.read == NULL) {
        return true;
    }
    struct conf *conf = e->again.read(e->again.ctx, err);
    if (conf == NULL) {
        return err_add(err, "settings");
    }
    r->settings_read = true;
    conf_differ(again_conf(e), conf, differs, &d);
    e->again.reading = conf;
    if ((!l->of_settings || files_take(conf, l, a) || err_set(err, "reload: not enough memory")) && kept_again(e, err)) {
        return true;
    }
    again_end(e, false);
    return false;
}

void again_end(struct engine *e, bool loaded)
{
    struct conf *gone = loaded ? e->again.fresh : e->again.reading;

    if (e->again.reading == NULL) {
        return;
    }
    if (loaded) {
        e->again.fresh = e->again.reading;
    }
    e->again.reading = NULL;
    kept_settle(e, loaded);
    if (gone != NULL) {
        conf_free(gone);
    }
}

void again_fini(struct engine *e)
{
    if (e->again.fresh != NULL) {
        conf_free(e->again.fresh);
        e->again.fresh = NULL;
    }
}
