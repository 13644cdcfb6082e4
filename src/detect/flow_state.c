/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/flow_state.h"

enum { FLOW_STATE_MAX = 64 << 10 };

struct flow_detect *flow_detect_of(struct detect *d, struct flow *f, bool make)
{
    if (!f || f->detect || !make) {
        return f ? f->detect : NULL;
    }
    struct flow_detect *s = slab_take(d->flow_slab);
    if (s) {
        *s = (struct flow_detect){ 0 };
        arena_init(&s->arena, d->pages, FLOW_STATE_MAX);
        f->detect = s;
    }
    d->counter[DETECT_FLOW_STATE_FULL] += s == NULL;
    return s;
}

void detect_flow_end(struct detect *d, struct flow *f)
{
    if (f->detect) {
        arena_fini(&f->detect->arena);
        slab_give(d->flow_slab, f->detect);
        f->detect = NULL;
    }
}

struct flow_entry *flow_entry_find(const struct flow_detect *s, uint8_t kind, uint32_t id)
{
    for (struct flow_entry *e = s ? s->head : NULL; e; e = e->next) {
        if (e->id == id && e->kind == kind) {
            return e;
        }
    }
    return NULL;
}

struct flow_entry *flow_entry_make(struct detect *d, struct flow_detect *s, uint8_t kind, uint32_t id, size_t text)
{
    struct flow_entry *e = arena_zero(&s->arena, sizeof *e + text);

    if (e) {
        e->kind = kind;
        e->id = id;
        e->next = s->head;
        s->head = e;
    }
    d->counter[DETECT_FLOW_STATE_FULL] += e == NULL;
    return e;
}

struct flow_entry *flow_entry_get(struct detect *d, struct flow *f, uint8_t kind, uint32_t id)
{
    struct flow_detect *s = flow_detect_of(d, f, true);
    struct flow_entry *e = flow_entry_find(s, kind, id);

    return e || !s ? e : flow_entry_make(d, s, kind, id, 0);
}

/* ---- what keywords call ---- */

bool scope_flowbit(const struct detect_scope *s, uint32_t id)
{
    const struct flow_entry *e = s->flow ? flow_entry_find(s->flow->detect, ENTRY_BIT, id) : NULL;

    return e && e->on;
}

void scope_flowbit_set(struct detect_scope *s, uint32_t id, bool on)
{
    struct flow_entry *e = s->flow ? flow_entry_find(s->flow->detect, ENTRY_BIT, id) : NULL;

    if (!e && on && s->flow) {
        e = flow_entry_get(s->detect, s->flow, ENTRY_BIT, id);
    }
    if (e) {
        e->on = on;
    }
}

bool scope_flowint(const struct detect_scope *s, uint32_t id, uint32_t *value)
{
    const struct flow_entry *e = s->flow ? flow_entry_find(s->flow->detect, ENTRY_INT, id) : NULL;

    *value = e ? e->value : 0;
    return e != NULL;
}

void scope_flowint_set(struct detect_scope *s, uint32_t id, uint32_t value)
{
    struct flow_entry *e = s->flow ? flow_entry_get(s->detect, s->flow, ENTRY_INT, id) : NULL;

    if (e) {
        e->value = value;
    }
}

bool scope_flowvar(const struct detect_scope *s, uint32_t id, struct bytes *value)
{
    const struct flow_entry *e = s->flow ? flow_entry_find(s->flow->detect, ENTRY_TEXT, id) : NULL;

    *value = e ? bytes_of(e->text, e->value) : bytes_none();
    return e != NULL;
}

/* A longer text than before takes a new entry in front, with as much room again to grow; the old one is not found any more. */
void scope_flowvar_set(struct detect_scope *s, uint32_t id, struct bytes value)
{
    struct flow_detect *f = flow_detect_of(s->detect, s->flow, true);
    struct flow_entry *e = flow_entry_find(f, ENTRY_TEXT, id);

    if (!f) {
        return;
    }
    if (!e || e->extra[0] < value.n) {
        size_t room = e ? value.n + value.n / 2 : value.n;
        e = flow_entry_make(s->detect, f, ENTRY_TEXT, id, room);
        if (!e) {
            return;
        }
        e->extra[0] = room;
    }
    if (value.n) {
        memcpy(e->text, value.p, value.n);
    }
    e->value = (uint32_t)value.n;
}

void scope_bypass(struct detect_scope *s)
{
    s->detect->bypass = true;
}

void scope_flow_entropy(struct detect_scope *s, uint32_t id, double value)
{
    struct flow_entry *e = s->flow ? flow_entry_get(s->detect, s->flow, ENTRY_ENTROPY, id) : NULL;

    if (e) {
        memcpy(&e->extra[0], &value, sizeof value);
    }
}

struct regex_scratch *scope_regex_scratch(const struct detect_scope *s)
{
    return s->detect->verifier.regex;
}

struct arena *scope_arena(const struct detect_scope *s)
{
    return &s->detect->arena;
}

uint16_t scope_app_proto(const struct detect_scope *s)
{
    bool known = s->flow && s->flow->app && (!s->detect->look.unasked || s->rule->dialect != DIALECT_SURICATA);

    return known ? s->flow->app->id : PROTO_NONE;
}

bool scope_has_map(const struct detect_scope *s) { return s->detect->host != NULL; }

uint32_t scope_tenant(const struct detect_scope *s) { return s->view != NULL ? s->view->tenant : s->flow != NULL ? s->flow->key.tenant : 0; }

const struct host_fact *scope_host(const struct detect_scope *s, const struct addr *a, enum family family)
{
    return s->detect->host != NULL ? s->detect->host(s->detect->host_ctx, scope_tenant(s), a, family) : NULL;
}

bool scope_addresses(const struct detect_scope *s, struct addr *src, struct addr *dst, enum family *family)
{
    const struct look *l = &s->detect->look;

    *src = l->src;
    *dst = l->dst;
    *family = l->family;
    return l->family != FAMILY_NONE;
}
