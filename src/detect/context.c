/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a rule found out on its way (what a set knows of a value, what an expression captured), for the alert's context. */
#include "detect/inspect.h"

void scope_context(struct detect_scope *s, const char *key, struct bytes value, bool json)
{
    struct alert_context **at = &s->detect->context;
    unsigned n = 0;

    /* Found again, in another item or at another place: the last stays. */
    for (; *at && strcmp((*at)->key, key) != 0; at = &(*at)->next) {
        n++;
    }
    if (!*at) {
        struct alert_context *c = n < CONTEXT_MAX ? arena_zero(scope_arena(s), sizeof *c) : NULL;
        if (!c) {
            s->detect->counter[DETECT_CONTEXT_LOST]++;
            return;
        }
        c->key = key;
        *at = c;
    }
    (*at)->value = value;
    (*at)->json = json;
}

const struct alert_context *context_take(struct detect *d)
{
    for (unsigned i = 0; i < d->verifier.captured_n; i++) {
        const struct captured *c = &d->verifier.captured[i];
        const char *name = c->how->alert ? rule_names_get(d->rules->rules.names, "alertvar", c->how->variable) : NULL;
        if (name) {
            scope_context(&d->scope, name, c->value, false);
        }
    }
    return d->context;
}

void context_write(struct json *j, const struct alert_context *c)
{
    json_object(j, "context");
    for (; c; c = c->next) {
        if (c->json) {
            json_raw(j, c->key, c->value);
        } else {
            json_bytes(j, c->key, c->value);
        }
    }
    json_end_object(j);
}

static bool is_key(struct bytes name)
{
    for (size_t i = 0; i < name.n; i++) {
        if (name.p[i] < 0x20 || name.p[i] >= 0x7f || name.p[i] == '"' || name.p[i] == '\\') {
            return false;
        }
    }
    return name.n != 0;
}

/* A name that JSON would have to escape is left out: names are keys. */
void context_pktvar(struct detect *d, const struct captured *c)
{
    const char *name = rule_names_get(d->rules->rules.names, "pktvar", c->how->variable);
    struct bytes key = c->how->key ? c->key : bytes_str(name ? name : "");
    unsigned n = 0;

    for (const struct alert_context *v = d->pktvar; v; v = v->next) {
        n++;
    }
    d->counter[DETECT_CONTEXT_LOST] += n >= CONTEXT_MAX;
    struct alert_context *v = is_key(key) && n < CONTEXT_MAX ? arena_zero(&d->arena, sizeof *v) : NULL;
    const char *text = v ? arena_str(&d->arena, key) : NULL;
    if (text) {
        *v = (struct alert_context){ .next = d->pktvar, .key = text, .value = c->value };
        d->pktvar = v;
    }
}

bool scope_pktvar(const struct detect_scope *s, const char *name, struct bytes *value)
{
    for (const struct alert_context *v = s->detect->pktvar; v; v = v->next) {
        if (strcmp(v->key, name) == 0) {
            *value = v->value;
            return true;
        }
    }
    return false;
}

void context_pktvars_write(const struct detect *d, struct json *j)
{
    if (!d->pktvar) {
        return;
    }
    json_array(j, "pktvars");
    for (const struct alert_context *v = d->pktvar; v; v = v->next) {
        json_object(j, NULL);
        json_bytes(j, v->key, v->value);
        json_end_object(j);
    }
    json_end_array(j);
}
