/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tell - the map's events as EVE records of type "entity". */
#include "aware/tell.h"
#include "proto/proto.h"

#include <string.h>

static const char *const kind_names[TOLD_KINDS] = {
    [TOLD_NEW] = "new", [TOLD_CHANGED] = "changed", [TOLD_GONE] = "gone", [TOLD_MOVED] = "moved", [TOLD_CONFLICT] = "conflict", [TOLD_SILENT] = "silent",
};

const char *told_name(unsigned kind) { return kind < TOLD_KINDS ? kind_names[kind] : ""; }

void teller_init(struct teller *t, const struct event_settings *events, struct event_ring *ring)
{
    event_out_init(&t->out, events, ring);
    t->made = true;
}

void teller_fini(struct teller *t)
{
    if (t->made) {
        event_out_fini(&t->out);
    }
}

static void tell_service(const struct service *v, struct json *j)
{
    json_object(j, "service");
    json_u64(j, "port", v->port);
    json_string(j, "transport", v->proto == 6 ? "tcp" : v->proto == 17 ? "udp" : "other");
    if (v->app != 0) {
        json_string(j, "app", proto_name(v->app));
    }
    json_end_object(j);
}

static void tell_host(const struct entity *e, struct json *j)
{
    char text[ADDR_TEXT_MAX];
    struct bytes name = entity_name(e);
    const struct tenure *mac = entity_mac(e);

    json_u64(j, "id", e->id);
    json_string(j, "kind", entity_kind(e, e->device));
    if (name.n != 0) {
        json_bytes(j, "name", name);
    }
    if (mac != NULL) {
        tenure_text(mac, text);
        json_string(j, "mac", text);
    }
    if (e->place != NULL && e->place[e->place_now].vlan != 0) {
        json_u64(j, "vlan", e->place[e->place_now].vlan);
    }
    if (e->scope != 0) {
        json_u64(j, "tenant", e->scope);
    }
}

static void tell_object(const struct told *t, struct json *j)
{
    char text[ADDR_TEXT_MAX];

    json_object(j, "entity");
    json_string(j, "event", kind_names[t->kind]);
    json_string(j, "what", t->what);
    if (t->entity != NULL) {
        tell_host(t->entity, j);
    }
    if (t->tenure != NULL && t->tenure->family != FAMILY_MAC) {
        tenure_text(t->tenure, text);
        json_string(j, "address", text);
    }
    if (t->service != NULL) {
        tell_service(t->service, j);
    }
    if (t->other != NULL) {
        json_u64(j, "other", t->other->id);
    }
    if (t->from[0] != '\0') {
        json_string(j, "from", t->from);
    }
    if (t->to[0] != '\0') {
        json_bytes(j, "to", bytes_str(t->to));
    }
    if (t->reason != NULL) {
        json_string(j, "reason", t->reason);
    }
    json_object(j, "rna");
    json_u64(j, "type", t->rna_type);
    json_u64(j, "event", t->rna_event);
    json_end_object(j);
    json_end_object(j);
}

void teller_tell(void *teller, const struct map *m, const struct told *told)
{
    struct teller *t = teller;
    struct event_head head = { .ts = told->ts, .tenant = told->entity != NULL ? told->entity->scope : 0 };

    (void)m;
    EVE_EACH(&t->out, EVENT_ENTITY, 0) {
        struct json *j = eve_begin(&t->out, &head, "entity");
        tell_object(told, j);
        eve_end(&t->out, EVENT_ENTITY);
    }
}
