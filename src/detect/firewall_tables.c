/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The firewall's rules into their tables. */
#include "detect/firewall_tables.h"

#include "detect/compiler.h"

#include <stdio.h>

enum { POLICY_PACKET_SID = 2201000, POLICY_APP_SID = 2201001 };
const char firewall_policy_rules[] =
    "accept:hook ip:all any any -> any any (msg:\"SURICATA FW default packet policy\"; alert; sid:2201000; rev:1;)\n"
    "accept:hook ip:all any any -> any any (msg:\"SURICATA FW default app policy\"; alert; sid:2201001; rev:1;)\n";

static enum firewall_hook hook_of(const struct rule *r)
{
    return strcmp(r->hook, "pre_flow") == 0 ? FIREWALL_PRE_FLOW : strcmp(r->hook, "pre_stream") == 0 ? FIREWALL_PRE_STREAM : FIREWALL_FILTER;
}

/* Which row of the protocol's states the rule stands at; -1: at none. */
static int state_of(const struct rule *r, unsigned id)
{
    const struct proto *proto = proto_by_id(id);
    unsigned side = r->hook_side & 1;

    const struct proto_state *s = proto ? proto_states(proto, side) : NULL;

    for (int i = 0; s && s[i].name; i++) {
        if (state_is(proto, side, &s[i], r->hook)) {
            return i;
        }
    }
    return -1;
}

/* Puts the entry, or (room NULL) only counts it. */
static void table_add(struct firewall_table *t, struct firewall_entry e, bool count)
{
    if (!count) {
        t->entry[t->n] = e;
    }
    t->n++;
}

static void rule_place(struct firewall *f, const struct ruleset *r, uint32_t rule, bool count)
{
    const struct plan *p = &r->plan[rule];
    const struct rule *u = p->rule;

    if (u->hook_side > TO_CLIENT) {
        table_add(&f->packet[hook_of(u)], (struct firewall_entry){ .rule = rule, .flow_start = strcmp(u->hook, "flow_start") == 0 }, count);
        return;
    }
    for (unsigned id = 1; id <= proto_n && id < DETECT_PROTOS; id++) {
        int at = plan_app(p, id) ? state_of(u, id) : -1;
        for (int i = u->hook_before ? 0 : at; i >= 0 && i <= at && i < f->app_n[id][u->hook_side]; i++) {
            table_add(&f->app[id][u->hook_side][i], (struct firewall_entry){ .rule = rule, .before = i < at }, count);
        }
    }
}

static bool table_room(struct arena *a, struct firewall_table *t)
{
    t->entry = arena_take(a, t->n * sizeof *t->entry + 1);
    t->n = 0;
    return t->entry != NULL;
}

static bool app_tables(struct compiler *c, struct firewall *f, unsigned id, unsigned side)
{
    const struct proto *proto = proto_by_id(id);
    const struct proto_state *s = proto_states(proto, side);
    char name[128];
    unsigned n = 0;

    while (s[n].name && n < FIREWALL_STATES_MAX) {
        n++;
    }
    struct firewall_table *t = arena_zero(&c->r->arena, n * sizeof *t + 1);
    f->app[id][side] = t;
    f->app_n[id][side] = (uint8_t)n;
    for (unsigned i = 0; t && i < n; i++) {
        snprintf(name, sizeof name, "%s:%s", proto->name, s[i].name);
        t[i] = (struct firewall_table){ .name = arena_str(&c->r->arena, bytes_str(name)), .stage = s[i].progress,
                                        .policy = c->settings->firewall->app[id][side][i] };
    }
    return t != NULL;
}

static bool tables_make(struct compiler *c, struct firewall *f)
{
    static const char *const names[FIREWALL_HOOKS] = { "packet:pre_flow", "packet:pre_stream", "packet:filter" };
    bool good = true;

    for (unsigned i = 0; i < FIREWALL_HOOKS; i++) {
        f->packet[i] = (struct firewall_table){ .name = names[i], .policy = c->settings->firewall->packet[i] };
    }
    for (unsigned id = 1; id <= proto_n && id < DETECT_PROTOS; id++) {
        good = good && app_tables(c, f, id, TO_SERVER) && app_tables(c, f, id, TO_CLIENT);
    }
    return good;
}

static bool tables_room(struct compiler *c, struct firewall *f)
{
    bool good = true;

    for (unsigned i = 0; i < FIREWALL_HOOKS; i++) {
        good = good && table_room(&c->r->arena, &f->packet[i]);
    }
    for (unsigned id = 1; id <= proto_n && id < DETECT_PROTOS; id++) {
        for (unsigned k = 0; k < 2u * FIREWALL_STATES_MAX; k++) {
            unsigned side = k / FIREWALL_STATES_MAX, i = k % FIREWALL_STATES_MAX;
            good = good && (i >= f->app_n[id][side] || table_room(&c->r->arena, &f->app[id][side][i]));
        }
    }
    return good;
}

/* All rules of the firewall stand first, in their files' order. */
static void rules_place(struct compiler *c, struct firewall *f, bool count)
{
    const struct ruleset *r = c->r;

    for (uint32_t i = 0; i < r->plan_n && r->plan[i].type == PLAN_FIREWALL; i++) {
        const struct rule *u = r->plan[i].rule;
        if (strcmp(r->rules.source[u->source], FIREWALL_POLICY_SOURCE) == 0) {
            f->policy_rule[u->sid == POLICY_APP_SID] = i;
        } else {
            rule_place(f, r, i, count);
        }
    }
}

bool ruleset_firewall(struct compiler *c, struct err *err)
{
    if (!c->settings->firewall) {
        return true;
    }
    struct firewall *f = arena_zero(&c->r->arena, sizeof *f);
    if (!f || !tables_make(c, f)) {
        return err_set(err, "not enough memory for the firewall's tables");
    }
    rules_place(c, f, true);
    if (!tables_room(c, f)) {
        return err_set(err, "not enough memory for the firewall's tables");
    }
    rules_place(c, f, false);
    c->r->firewall = f;
    return true;
}
