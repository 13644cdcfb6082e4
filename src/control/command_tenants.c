/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands about tenants: their rules, and which VLANs are theirs. */
#include "control/command.h"
#include "control/inside.h"

#include "engine/tenants.h"

#include <string.h>

static struct tenants *tenants_of(struct request *r)
{
    struct tenants *t = r->engine->settings->multi;

    if (t == NULL) {
        err_set(&r->err, "multi-tenant support not enabled");
    }
    return t;
}

static bool id_of(struct request *r, const char *name, uint32_t *id)
{
    uint64_t n;

    if (!request_number(r, name, &n) || n == 0 || n > UINT32_MAX) {
        return err_set(&r->err, "%s is no tenant's number", name);
    }
    *id = (uint32_t)n;
    return true;
}

/* All rules are loaded anew; what `said` tells is true when that is done.  fresh: a tenant that goes again when it fails. */
static bool reload_for(struct request *r, const char *said, uint32_t fresh)
{
    if (!engine_reload(r->engine, NULL, NULL, NULL, &r->err)) {
        return false;
    }
    r->control->reload_said = said;
    r->control->reload_fresh = fresh;
    return r->waits = true;
}

bool command_tenant_register(struct request *r)
{
    struct tenants *t = tenants_of(r);
    uint32_t id;

    if (t == NULL || !id_of(r, "id", &id) || !tenants_add(t, id, request_text(r, "filename"), &r->err)) {
        return false;
    }
    if (!reload_for(r, "adding tenant succeeded", id)) {
        struct err ignored;
        (void)tenants_remove(t, id, &ignored);
        return false;
    }
    return true;
}

bool command_tenant_unregister(struct request *r)
{
    struct tenants *t = tenants_of(r);
    uint32_t id;

    return t != NULL && id_of(r, "id", &id) && tenants_remove(t, id, &r->err) && reload_for(r, "removing tenant succeeded", 0);
}

/* Under another settings file, or the one it has. */
bool command_tenant_reload(struct request *r)
{
    struct tenants *t = tenants_of(r);
    const char *yaml = request_text(r, "filename");
    uint32_t id;

    if (t == NULL || !id_of(r, "id", &id)) {
        return false;
    }
    if (!tenants_has(t, id)) {
        return err_set(&r->err, "tenant detect engine not found");
    }
    if (yaml != NULL && (!tenants_remove(t, id, &r->err) || !tenants_add(t, id, yaml, &r->err))) {
        return false;
    }
    return reload_for(r, "reloading tenant succeeded", 0);
}

bool command_tenants_reload(struct request *r)
{
    return tenants_of(r) != NULL && reload_for(r, "reloading tenants succeeded", 0);
}

/* A VLAN is told to be a tenant's, or nobody's.  Flows that are open keep whose they are. */
static bool handler(struct request *r, bool add)
{
    struct tenants *t = tenants_of(r);
    const char *kind = request_text(r, "htype");
    uint64_t vlan;
    uint32_t id;

    if (t == NULL || !id_of(r, "id", &id)) {
        return false;
    }
    if (strcmp(kind, "vlan") != 0 || !request_number(r, "hargs", &vlan) || vlan == 0 || vlan > 4094) {
        return err_set(&r->err, "a handler is of htype vlan, hargs its number from 1 to 4094");
    }
    if (!tenants_vlan(r->engine->settings, (uint32_t)vlan, id, add)) {
        return err_set(&r->err, "handler not found");
    }
    json_string(r->out, MESSAGE, add ? "handler added" : "handler removed");
    return true;
}

bool command_tenant_handler(struct request *r) { return handler(r, true); }
bool command_tenant_handler_remove(struct request *r) { return handler(r, false); }
