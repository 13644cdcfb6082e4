/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tenants - rules of tenants: each has a settings file of its own with its rule files, variables and lists (multi-detect).
 *
 * Which tenant a packet is of the decoder says (packet/tenant.h); whose rules it is looked at with is chosen here.  Traffic of no
 * tenant, or of one without rules, is looked at with the rules that are everybody's.
 */
#ifndef ENGINE_TENANTS_H
#define ENGINE_TENANTS_H

#include "engine/settings.h"

#include <pthread.h>

enum { TENANTS_MAX = 1024 };
enum tenant_selector { TENANT_DIRECT, TENANT_VLAN, TENANT_DEVICE };

struct tenant_rules {
    uint32_t id;
    char *yaml;                   /* its settings file */
};
/* The list changes while the engine runs: under its lock. */
struct tenants {
    pthread_mutex_t lock;
    bool on;
    enum tenant_selector selector;
    struct tenant_rules list[TENANTS_MAX];
    unsigned n;
    struct tenant_device { char *name; uint32_t id; } device[64];
    unsigned device_n;
};

/* multi-detect of the settings; NULL: there is none, or err. */
struct tenants *tenants_make(struct conf *conf, struct tenant_map *map, struct err *err);
void tenants_free(struct tenants *t);
/* False with err: it is there already, or is not. */
bool tenants_add(struct tenants *t, uint32_t id, const char *yaml, struct err *err);
bool tenants_has(struct tenants *t, uint32_t id);
bool tenants_remove(struct tenants *t, uint32_t id, struct err *err);
/* Of the inputs in order, by the devices' names; direct: all of one tenant. */
void tenants_inputs(const struct tenants *t, struct tenant_map *map, const char *const *paths, size_t n, uint32_t direct);

/* A VLAN is that tenant's from here on, or no more (false: it was not).  Open flows keep whose they are. */
bool tenants_vlan(struct engine_settings *s, uint32_t vlan, uint32_t id, bool add);

/* A generation's rules of one tenant. */
struct ruleset;
struct tenant_set {
    uint32_t id;
    struct ruleset *rules;
};

struct engine;
struct generation;
struct reload_result;
/* Reads and compiles the rules of all tenants into g; what cannot be read fails all. */
struct rule_load;
bool tenants_load(struct engine *e, struct generation *g, struct reload_result *r, const struct rule_load *load, struct err *err);

#endif
