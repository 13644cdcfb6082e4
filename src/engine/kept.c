/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kept - what rules ask beside traffic and lives over reloads: the settings' datasets, reputations of addresses.
 */
#include "engine/kept.h"

#include "detect/reputation.h"
#include "engine/again.h"
#include "match/match.h"

#include <stdlib.h>
#include <string.h>

/* A path of the settings: below the data folder when it is relative and `name` is not there as it is. */
static char *list_path(const struct engine *e, const char *name)
{
    const char *data = e->settings->detect.dataset.data_dir;
    char *out = NULL;

    if (name == NULL || name[0] == '/' || data == NULL) {
        return name != NULL ? strdup(name) : NULL;
    }
    return asprintf(&out, "%s/%s", data, name) >= 0 ? out : NULL;
}

static const char *value_of(struct engine *e, const struct conf_node *n, const char *key)
{
    const struct conf_node *v = conf_child(again_conf(e), n, key);

    return v != NULL ? conf_value(v) : NULL;
}

static bool dataset_define(struct engine *e, const struct conf_node *n, struct err *err)
{
    const char *type = value_of(e, n, "type"), *memcap = value_of(e, n, "memcap"), *hashsize = value_of(e, n, "hashsize");
    const char *state = value_of(e, n, "state");
    struct dataset_wish w = { .name = conf_name(n), .type = dataset_type_named(type) };
    uint64_t size = 0;

    if (w.type == DATASET_NO_TYPE) {
        return err_set(err, "datasets.%s: bad type %s", w.name, type);
    }
    if ((memcap != NULL && !conf_text_size(memcap, &w.memcap)) || (hashsize != NULL && (!conf_text_u64(hashsize, &size) || size > UINT32_MAX))) {
        return err_set(err, "datasets.%s: memcap or hashsize is no number", w.name);
    }
    w.hashsize = (uint32_t)size;
    char *load = list_path(e, state != NULL ? state : value_of(e, n, "load"));
    char *save = list_path(e, state != NULL ? state : value_of(e, n, "save"));
    w.load = load;
    w.save = save;
    bool ok = datasets_get(e->datasets, &w, err) != NULL;
    free(load);
    free(save);
    return ok;
}

/* ---- reputations ---- */

static void reputation_say(const struct engine *e, const char *path, bool good, unsigned bad, const struct err *err)
{
    if (!good) {
        log_say(e->log, LOG_ERROR, "%s", err->text);
    } else if (bad != 0) {
        log_say(e->log, LOG_WARNING, "%s: %u lines left out", path, bad);
    }
}

static void reputation_read(struct engine *e, const char *folder, const char *name)
{
    char path[4096];
    struct err err;
    unsigned bad = 0;

    snprintf(path, sizeof path, "%s%s%s", name[0] == '/' || folder == NULL ? "" : folder, name[0] == '/' || folder == NULL ? "" : "/", name);
    log_say(e->log, LOG_INFO, "Loading reputation file: %s", path);
    bool good = reputation_list(e->reputation, path, &bad, &err);
    reputation_say(e, path, good, bad, &err);
}

static bool reputations_load(struct engine *e, struct err *err)
{
    struct conf *conf = again_conf(e);
    const char *categories = conf_get(conf, "reputation-categories-file"), *folder = conf_get(conf, "default-reputation-path");
    const struct conf_node *files = conf_node(conf, "reputation-files");
    unsigned bad = 0;
    struct err one;

    e->reputation = reputation_new();
    if (e->reputation == NULL) {
        return err_set(err, "reputations: not enough memory");
    }
    if (categories == NULL) {
        return true;
    }
    bool good = reputation_categories(e->reputation, categories, &bad, &one);
    reputation_say(e, categories, good, bad, &one);
    if (files != NULL && conf_value(files) != NULL) { /* set by hand: one name */
        reputation_read(e, folder, conf_value(files));
    } else {
        for (const struct conf_node *n = files != NULL ? conf_first(files) : NULL; n != NULL; n = conf_next(n)) {
            if (conf_value(n) != NULL) {
                reputation_read(e, folder, conf_value(n));
            }
        }
    }
    return reputation_done(e->reputation, err);
}

static bool datasets_define(struct engine *e, struct err *err)
{
    const struct conf_node *at = conf_node(again_conf(e), "datasets");

    for (const struct conf_node *n = at != NULL ? conf_first(at) : NULL; n != NULL; n = conf_next(n)) {
        if (value_of(e, n, "type") != NULL && !dataset_define(e, n, err)) {
            return false;
        }
    }
    return true;
}

bool kept_load(struct engine *e, struct err *err)
{
    if (e->datasets != NULL) {
        return true;
    }
    e->patterns = literals_store_new(e->settings->detect.cache_dir);
    e->datasets = datasets_new(&e->settings->detect.dataset);
    if (e->datasets == NULL || e->patterns == NULL) {
        return err_set(err, "datasets: not enough memory");
    }
    return datasets_define(e, err) && reputations_load(e, err);
}

bool kept_again(struct engine *e, struct err *err)
{
    if (e->datasets == NULL) {
        return kept_load(e, err);
    }
    e->again.before = e->reputation;
    return datasets_define(e, err) && reputations_load(e, err);
}

void kept_settle(struct engine *e, bool loaded)
{
    struct reputation *gone = loaded ? e->again.before : e->reputation;

    if (e->again.before != NULL) {
        e->reputation = loaded ? e->reputation : e->again.before;
        if (gone != e->reputation) {
            reputation_free(gone);
        }
        e->again.before = NULL;
    }
}

void kept_save(struct engine *e)
{
    struct err err;

    if (!datasets_save(e->datasets, &err)) {
        log_say(e->log, LOG_ERROR, "%s", err.text);
    }
}
