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
