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

void engine_read_again(struct engine *e, struct conf *(*read)(void *ctx, struct rule_load *l, struct err *err), void *ctx)
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

/* The settings' rule files, and behind them those that were named otherwise. */
static bool files_take(struct conf *conf, struct rule_load *l, struct arena *a)
{
    unsigned n;
    const char **files = settings_rule_files(conf, a, l->file_n - l->settings_n, &n);

    for (unsigned i = l->settings_n; files != NULL && i < l->file_n; i++) {
        files[n++] = l->files[i];
    }
    l->files = files;
    l->file_n = n;
    return files != NULL;
}

bool again_begin(struct engine *e, struct rule_load *l, struct arena *a, struct reload_result *r, struct err *err)
{
    struct differing d = { e, r };

    if (e->again.read == NULL) {
        return true;
    }
    struct conf *conf = e->again.read(e->again.ctx, l, err);
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
