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

/* Most of a record are words of the program and numbers: written one behind the other, with room asked for once.  No escape is due in them. */
enum { TELL_ROOM = 1024 };
#define PUT_TEXT(p, text) ((char *)memcpy(p, text, sizeof(text) - 1) + sizeof(text) - 1)

static inline char *put_number(char *p, uint64_t v) { return p + text_digits(v, p); }

static char *put_string(char *p, const char *s)
{
    p = stpcpy(p, s);
    *p++ = '"';
    return p;
}

static char *put_address(char *p, const struct tenure *t)
{
    p += tenure_text(t, p);
    *p++ = '"';
    return p;
}

static char *put_service(char *p, const struct service *v)
{
    p = put_number(PUT_TEXT(p, ",\"service\":{\"port\":"), v->port);
    p = put_string(PUT_TEXT(p, ",\"transport\":\""), v->proto == 6 ? "tcp" : v->proto == 17 ? "udp" : "other");
    if (v->app != 0) {
        p = put_string(PUT_TEXT(p, ",\"app\":\""), proto_name(v->app));
    }
    *p++ = '}';
    return p;
}

static char *put_host(char *p, const struct entity *e)
{
    p = put_number(PUT_TEXT(p, ",\"id\":"), e->id);
    return put_string(PUT_TEXT(p, ",\"kind\":\""), entity_kind(e, e->device));
}

/* Where it stands. */
static char *put_place(char *p, const struct entity *e)
{
    const struct tenure *mac = entity_mac(e);

    if (mac != NULL) {
        p = put_address(PUT_TEXT(p, ",\"mac\":\""), mac);
    }
    if (e->place != NULL && e->place[e->place_now].vlan != 0) {
        p = put_number(PUT_TEXT(p, ",\"vlan\":"), e->place[e->place_now].vlan);
    }
    return e->scope != 0 ? put_number(PUT_TEXT(p, ",\"tenant\":"), e->scope) : p;
}

/* Up to what may need an escape: the host's name. */
static char *put_head(char *p, const struct told *t)
{
    p = put_string(PUT_TEXT(p, "\"entity\":{\"event\":\""), kind_names[t->kind]);
    p = put_string(PUT_TEXT(p, ",\"what\":\""), t->what);
    return t->entity != NULL ? put_host(p, t->entity) : p;
}

/* Behind the name, up to what it was and is. */
static char *put_about(char *p, const struct told *t)
{
    p = t->entity != NULL ? put_place(p, t->entity) : p;
    if (t->tenure != NULL && t->tenure->family != FAMILY_MAC) {
        p = put_address(PUT_TEXT(p, ",\"address\":\""), t->tenure);
    }
    if (t->service != NULL) {
        p = put_service(p, t->service);
    }
    return t->other != NULL ? put_number(PUT_TEXT(p, ",\"other\":"), t->other->id) : p;
}

static char *put_tail(char *p, const struct told *t)
{
    if (t->reason != NULL) {
        p = put_string(PUT_TEXT(p, ",\"reason\":\""), t->reason);
    }
    p = put_number(PUT_TEXT(p, ",\"rna\":{\"type\":"), t->rna_type);
    p = put_number(PUT_TEXT(p, ",\"event\":"), t->rna_event);
    return PUT_TEXT(p, "}}");
}

/* The object's end is written here, and its members stand at the level of the record: there is always a comma before them. */
static void tell_object(const struct told *t, struct json *j)
{
    struct bytes name = t->entity != NULL ? entity_name(t->entity) : bytes_none();
    char *p = json_room(j, TELL_ROOM);

    if (p == NULL) {
        return;
    }
    p = put_head(p, t);
    if (name.n != 0) {
        json_wrote(j, p);
        json_bytes(j, "name", name);
        if (!text_reserve(j->out, TELL_ROOM)) {
            return;
        }
        p = j->out->p + j->out->n;
    }
    p = put_about(p, t);
    if ((t->from[0] | t->to[0]) != '\0') {
        json_wrote(j, p);
        if (t->from[0] != '\0') {
            json_string(j, "from", t->from);
        }
        if (t->to[0] != '\0') {
            json_bytes(j, "to", bytes_str(t->to));
        }
        if (!text_reserve(j->out, TELL_ROOM)) {
            return;
        }
        p = j->out->p + j->out->n;
    }
    json_wrote(j, put_tail(p, t));
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
