/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/tenants.h"

#include "engine/again.h"

#include "engine/reload.h"
#include "packet/tenant.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* ---- settings ---- */

static const char *value_of(const struct conf *conf, const struct conf_node *n, const char *key)
{
    const struct conf_node *v = conf_child(conf, n, key);

    return v != NULL ? conf_value(v) : NULL;
}

static bool wrong(const struct conf_node *n, struct err *err, const char *what)
{
    struct conf_place p = conf_place(n);

    return err_set(err, "%s:%u:%u: multi-detect: %s", p.file, p.line, p.column, what);
}

static bool number_of(const struct conf *conf, const struct conf_node *n, const char *key, uint32_t low, uint32_t high, uint32_t *out)
{
    const char *text = value_of(conf, n, key);
    uint64_t v;

    if (text == NULL || !conf_text_u64(text, &v) || v < low || v > high) {
        return false;
    }
    *out = (uint32_t)v;
    return true;
}

static struct tenant_rules *tenant_find(struct tenants *t, uint32_t id)
{
    for (unsigned i = 0; i < t->n; i++) {
        if (t->list[i].id == id) {
            return &t->list[i];
        }
    }
    return NULL;
}

bool tenants_add(struct tenants *t, uint32_t id, const char *yaml, struct err *err)
{
    bool ok = true;

    pthread_mutex_lock(&t->lock);
    if (tenant_find(t, id) != NULL) {
        ok = err_set(err, "tenant already registered");
    } else if (t->n == TENANTS_MAX || (t->list[t->n] = (struct tenant_rules){ id, strdup(yaml) }).yaml == NULL) {
        ok = err_set(err, "more than %d tenants", TENANTS_MAX);
    } else {
        t->n++;
    }
    pthread_mutex_unlock(&t->lock);
    return ok;
}

bool tenants_has(struct tenants *t, uint32_t id)
{
    pthread_mutex_lock(&t->lock);
    bool has = tenant_find(t, id) != NULL;
    pthread_mutex_unlock(&t->lock);
    return has;
}

bool tenants_remove(struct tenants *t, uint32_t id, struct err *err)
{
    pthread_mutex_lock(&t->lock);
    struct tenant_rules *x = tenant_find(t, id);
    if (x != NULL) {
        free(x->yaml);
        *x = t->list[--t->n];
    }
    pthread_mutex_unlock(&t->lock);
    return x != NULL || err_set(err, "tenant detect engine not found");
}

static bool tenant_read(struct tenants *t, const struct conf *conf, const struct conf_node *n, const char *folder, struct err *err)
{
    const char *yaml = value_of(conf, n, "yaml");
    char path[PATH_MAX];
    uint32_t id;

    if (!number_of(conf, n, "id", 1, UINT32_MAX, &id) || yaml == NULL) {
        return wrong(n, err, "a tenant has an id from 1 on and a yaml");
    }
    int k = folder != NULL && yaml[0] != '/' ? snprintf(path, sizeof path, "%s/%s", folder, yaml) : snprintf(path, sizeof path, "%s", yaml);
    return (k > 0 && (size_t)k < sizeof path && tenants_add(t, id, path, err)) || wrong(n, err, "a tenant's id stands twice, or its yaml has too long a name");
}

static bool mapping_read(struct tenants *t, struct tenant_map *map, const struct conf *conf, const struct conf_node *n, struct err *err)
{
    const char *device = value_of(conf, n, "device");
    uint32_t id, vlan;

    if (!number_of(conf, n, "tenant-id", 1, UINT32_MAX, &id)) {
        return wrong(n, err, "a mapping has a tenant-id from 1 on");
    }
    if (t->selector == TENANT_VLAN) {
        if (!number_of(conf, n, "vlan-id", 1, TENANT_VLAN_LAST - 1, &vlan)) {
            return wrong(n, err, "a mapping has a vlan-id from 1 to 4094");
        }
        map->vlan[vlan] = id;
        return true;
    }
    if (t->selector != TENANT_DEVICE || device == NULL) {
        return wrong(n, err, "a mapping has the device that the selector asks for");
    }
    if (t->device_n == ROWS(t->device) || (t->device[t->device_n].name = strdup(device)) == NULL) {
        return wrong(n, err, "too many devices");
    }
    t->device[t->device_n++].id = id;
    return true;
}

static bool lists_read(struct tenants *t, struct tenant_map *map, struct conf *conf, struct err *err)
{
    const struct conf_node *tenants = conf_node(conf, "multi-detect.tenants"), *mappings = conf_node(conf, "multi-detect.mappings");
    const char *folder = conf_get(conf, "multi-detect.config-path");

    for (const struct conf_node *n = tenants != NULL ? conf_first(tenants) : NULL; n != NULL; n = conf_next(n)) {
        if (!tenant_read(t, conf, n, folder, err)) {
            return false;
        }
    }
    for (const struct conf_node *n = mappings != NULL ? conf_first(mappings) : NULL; n != NULL; n = conf_next(n)) {
        if (!mapping_read(t, map, conf, n, err)) {
            return false;
        }
    }
    return true;
}

struct tenants *tenants_make(struct conf *conf, struct tenant_map *map, struct err *err)
{
    static const char *const selectors[] = { [TENANT_DIRECT] = "direct", [TENANT_VLAN] = "vlan", [TENANT_DEVICE] = "device" };
    const char *selector = conf_get(conf, "multi-detect.selector");
    struct tenants *t = calloc(1, sizeof *t);
    unsigned k = 0;

    if (t == NULL || pthread_mutex_init(&t->lock, NULL) != 0) {
        free(t);
        err_set(err, "multi-detect: not enough memory");
        return NULL;
    }
    t->on = true;
    for (; selector != NULL && k < ROWS(selectors) && strcmp(selectors[k], selector) != 0; k++) {
    }
    t->selector = (enum tenant_selector)k;
    if (k == ROWS(selectors)) {
        err_set(err, "multi-detect.selector: '%s' is not direct, vlan or device", selector);
    } else if (lists_read(t, map, conf, err)) {
        return t;
    }
    tenants_free(t);
    return NULL;
}

void tenants_free(struct tenants *t)
{
    if (t == NULL) {
        return;
    }
    for (unsigned i = 0; i < t->n; i++) {
        free(t->list[i].yaml);
    }
    for (unsigned i = 0; i < t->device_n; i++) {
        free(t->device[i].name);
    }
    pthread_mutex_destroy(&t->lock);
    free(t);
}

bool tenants_vlan(struct engine_settings *s, uint32_t vlan, uint32_t id, bool add)
{
    struct tenant_map *map = (struct tenant_map *)(uintptr_t)s->decode.tenants; /* workers read a word at a time */

    if (!add && map->vlan[vlan & TENANT_VLAN_LAST] != id) {
        return false;
    }
    map->vlan[vlan & TENANT_VLAN_LAST] = add ? id : 0;
    return true;
}

/* A device is named as it is, or with its kind before it ("ring:eth0"). */
static bool is_device(const char *path, const char *name)
{
    const char *colon = strchr(path, ':');

    return strcmp(path, name) == 0 || (colon != NULL && strcmp(colon + 1, name) == 0);
}

void tenants_inputs(const struct tenants *t, struct tenant_map *map, const char *const *paths, size_t n, uint32_t direct)
{
    for (size_t i = 0; i < TENANT_INPUTS; i++) {
        map->input[i] = direct;
        for (unsigned k = 0; i < n && direct == 0 && k < t->device_n; k++) {
            map->input[i] = is_device(paths[i], t->device[k].name) ? t->device[k].id : map->input[i];
        }
    }
}

/* ---- rules ---- */

/* multi-detect.ID.key of the engine's settings (as --set gives them) stands over the tenant's file. */
static bool overrides(const struct conf *main, uint32_t id, struct conf *own, struct err *err)
{
    char path[64], set[4096];
    snprintf(path, sizeof path, "multi-detect.%u", id);
    const struct conf_node *at = conf_node(main, path);

    for (const struct conf_node *n = at != NULL ? conf_first(at) : NULL; n != NULL; n = conf_next(n)) {
        if (conf_value(n) == NULL) {
            continue;
        }
        int k = snprintf(set, sizeof set, "%s=%s", conf_name(n), conf_value(n));
        if (k <= 0 || (size_t)k >= sizeof set || !conf_set(own, set, err)) {
            return err_add(err, "%s", path);
        }
    }
    return true;
}

static struct ruleset *rules_of(struct engine *e, struct conf *own, const struct rule_load *load, struct err *err)
{
    const char *class = conf_get(own, "classification-file"), *reference = conf_get(own, "reference-config-file"), *threshold = conf_get(own, "threshold-file");
    const struct rule_home home = { conf_node(own, "vars") != NULL ? own : again_conf(e), class, reference, threshold };
    struct rules rules;
    struct arena a;
    unsigned n;

    arena_init(&a, NULL, 0);
    const char **files = settings_rule_files(own, &a, 0, &n);
    if (files == NULL) {
        arena_fini(&a);
        err_set(err, "rule files: not enough memory");
        return NULL;
    }
    struct rule_load l = { .files = files, .file_n = n, .dialect = load->dialect, .strict = load->strict, .home = &home };
    bool read = engine_read_rules(e, &l, &rules, err);
    arena_fini(&a);
    if (!read && l.file_n != 0) {
        rules_fini(&rules);
        return NULL;
    }
    return detect_compile(&rules, &e->settings->detect, e->patterns, err);
}

static struct ruleset *tenant_load(struct engine *e, const struct tenant_rules *t, const struct rule_load *load, struct err *err)
{
    struct conf *own = conf_new();
    struct ruleset *r = NULL;

    if (own == NULL) {
        err_set(err, "not enough memory");
    } else if (overrides(again_conf(e), t->id, own, err) && conf_load(own, t->yaml, err)) {
        r = rules_of(e, own, load, err);
    }
    if (own != NULL) {
        conf_free(own);
    }
    if (r == NULL) {
        (void)err_add(err, "tenant %u", t->id);
    }
    return r;
}

/* A copy of the list, so that no lock is held while rules are read; the caller frees it with its names. */
static struct tenant_rules *list_copy(struct tenants *t, unsigned *n)
{
    struct tenant_rules *copy = calloc(TENANTS_MAX, sizeof *copy);

    pthread_mutex_lock(&t->lock);
    for (*n = 0; copy != NULL && *n < t->n; ++*n) {
        copy[*n] = (struct tenant_rules){ t->list[*n].id, strdup(t->list[*n].yaml) };
    }
    pthread_mutex_unlock(&t->lock);
    return copy;
}

bool tenants_load(struct engine *e, struct generation *g, struct reload_result *r, const struct rule_load *load, struct err *err)
{
    struct tenants *t = e->settings->multi;
    unsigned n = 0;
    struct tenant_rules *list = t != NULL ? list_copy(t, &n) : NULL;
    bool ok = true;

    g->tenant = n != 0 ? calloc(n, sizeof *g->tenant) : NULL;
    for (unsigned i = 0; ok && i < n; i++) {
        struct ruleset *rules = g->tenant != NULL && list[i].yaml != NULL ? tenant_load(e, &list[i], load, err) : NULL;
        ok = rules != NULL;
        if (ok) {
            const struct rules *all = ruleset_source(rules);
            g->tenant[g->tenant_n++] = (struct tenant_set){ list[i].id, rules };
            r->loaded += ruleset_rules(rules);
            r->refused += all->failed_n;
            for (uint32_t k = 0; load->refused != NULL && k < all->failure_n; k++) {
                load->refused(load->ctx, all, &all->failure[k]);
            }
        }
    }
    for (unsigned i = 0; i < n && list != NULL; i++) {
        free(list[i].yaml);
    }
    free(list);
    return ok;
}
