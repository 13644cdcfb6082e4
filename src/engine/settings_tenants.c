/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tenants:
 *   7:
 *     networks: [5001, 6000-6999]   # VNI, VSID, service numbers
 *     vlans: 100-199
 */
#include "engine/settings_eve.h"

#include "engine/tenants.h"
#include "packet/tenant.h"

#include <stdlib.h>
#include <string.h>

typedef bool (*tenant_add)(struct tenant_map *m, uint32_t low, uint32_t high, uint32_t tenant);

static bool number(const char *text, uint32_t *out, const char **rest)
{
    char *end;
    unsigned long long v = strtoull(text, &end, 10);

    *out = (uint32_t)v;
    *rest = end;
    return *text >= '0' && *text <= '9' && v <= UINT32_MAX;
}

/* "5001" or "6000-6999". */
static bool range_add(struct tenant_map *m, tenant_add add, const char *text, uint32_t tenant)
{
    uint32_t low, high;
    const char *rest;

    if (!number(text, &low, &rest)) {
        return false;
    }
    high = low;
    if (*rest == '-' && !number(rest + 1, &high, &rest)) {
        return false;
    }
    return *rest == '\0' && add(m, low, high, tenant);
}

/* A list, or one string of ranges with commas between them. */
static bool ranges_add(struct tenant_map *m, tenant_add add, const struct conf_node *n, uint32_t tenant, struct err *err)
{
    const char *text = conf_value(n);
    char *copy = text != NULL ? strdup(text) : NULL, *save = NULL;
    struct conf_place p = conf_place(n);
    bool ok = true;

    for (char *one = copy != NULL ? strtok_r(copy, "[], \t", &save) : NULL; ok && one != NULL; one = strtok_r(NULL, "[], \t", &save)) {
        ok = range_add(m, add, one, tenant) || err_set(err, "%s:%u:%u: tenants: '%s' is no range, or another tenant's", p.file, p.line, p.column, one);
    }
    free(copy);
    for (const struct conf_node *k = conf_first(n); ok && k != NULL; k = conf_next(k)) {
        ok = conf_value(k) == NULL || range_add(m, add, conf_value(k), tenant) ||
             err_set(err, "%s:%u:%u: tenants: '%s' is no range, or another tenant's", p.file, p.line, p.column, conf_value(k));
    }
    return ok;
}

static bool tenant_make(struct tenant_map *m, const struct conf_node *n, struct err *err)
{
    struct conf_place p = conf_place(n);
    uint32_t tenant;
    const char *rest;
    bool ok = true;

    if (!number(conf_name(n), &tenant, &rest) || *rest != '\0' || tenant == 0) {
        return err_set(err, "%s:%u:%u: tenants: '%s' is no tenant's number", p.file, p.line, p.column, conf_name(n));
    }
    for (const struct conf_node *k = conf_first(n); ok && k != NULL; k = conf_next(k)) {
        if (strcmp(conf_name(k), "networks") == 0) {
            ok = ranges_add(m, tenant_map_networks, k, tenant, err);
        } else if (strcmp(conf_name(k), "vlans") == 0) {
            ok = ranges_add(m, tenant_map_vlans, k, tenant, err);
        } else {
            ok = err_set(err, "%s:%u:%u: tenants: a tenant has networks and vlans, not '%s'", p.file, p.line, p.column, conf_name(k));
        }
    }
    return ok;
}

bool settings_tenants(struct engine_settings *s, struct conf *conf, struct err *err)
{
    const struct conf_node *at = conf_node(conf, "tenants");
    bool multi = false, read = conf_bool(conf, "multi-detect.enabled", &multi, err);
    struct tenant_map *m = at != NULL || multi ? calloc(1, sizeof *m) : NULL;
    bool ok = read && ((at == NULL && !multi) || m != NULL || err_set(err, "tenants: not enough memory"));

    s->decode.tenants = m;
    conf_mark_used(conf, "tenants.**");
    conf_mark_used(conf, "multi-detect.**");
    for (const struct conf_node *n = m != NULL && at != NULL ? conf_first(at) : NULL; ok && n != NULL; n = conf_next(n)) {
        ok = tenant_make(m, n, err);
    }
    return ok && (!multi || (s->multi = tenants_make(conf, m, err)) != NULL);
}
