/* SPDX-License-Identifier: GPL-2.0-or-later */
/* settings_firewall - is there a firewall, its rule files, and what each of its tables does with what no rule decides. */
#include "engine/settings_eve.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool wrong(const struct conf_node *n, const char *why, struct err *err)
{
    struct conf_place p = conf_place(n);
    char path[256];

    return err_set(err, "%s:%u:%u: %s: '%s' %s", p.file, p.line, p.column, conf_path(n, path, sizeof path),
                   conf_value(n) != NULL ? conf_value(n) : "", why);
}

/* "accept:hook", "drop:flow", …: what decides.  app: of a state's table. */
static bool action_read(const struct conf_node *n, bool app, struct firewall_policy *out, struct err *err)
{
    static const struct { const char *word; uint8_t action; } actions[] = {
        { "accept", ACTION_ACCEPT }, { "drop", ACTION_DROP }, { "reject", ACTION_REJECT }, { "rejectsrc", ACTION_REJECT },
        { "rejectdst", ACTION_REJECT_DST }, { "rejectboth", ACTION_REJECT_BOTH },
    };
    static const struct { const char *word; uint8_t scope; } scopes[] = {
        { "packet", SCOPE_PACKET }, { "flow", SCOPE_FLOW }, { "hook", SCOPE_HOOK }, { "tx", SCOPE_TXN },
    };
    const char *v = conf_value(n), *colon = v != NULL ? strchr(v, ':') : NULL;
    unsigned a = 0, s = 0;

    if (colon == NULL) {
        return wrong(n, "is no action with a scope: accept:hook, drop:flow, …", err);
    }
    while (a < ROWS(actions) && (strlen(actions[a].word) != (size_t)(colon - v) || strncmp(actions[a].word, v, (size_t)(colon - v)) != 0)) {
        a++;
    }
    while (s < ROWS(scopes) && strcmp(scopes[s].word, colon + 1) != 0) {
        s++;
    }
    if (a == ROWS(actions) || s == ROWS(scopes)) {
        return wrong(n, a == ROWS(actions) ? "has no action of the firewall" : "has no scope: packet, flow, hook or tx", err);
    }
    if ((s == 3 && !app) || (s >= 2 && actions[a].action != ACTION_ACCEPT)) {
        return wrong(n, "has a scope that does not fit here", err);
    }
    *out = (struct firewall_policy){ .action = actions[a].action, .scope = scopes[s].scope };
    return true;
}

/* A list: the action, then "alert" and "pass:…". */
static bool policy_read(const struct conf_node *list, bool app, struct firewall_policy *out, struct err *err)
{
    const struct conf_node *n = conf_first(list);

    if (n == NULL) {
        return action_read(list, app, out, err);
    }
    if (!action_read(n, app, out, err)) {
        return false;
    }
    for (n = conf_next(n); n != NULL; n = conf_next(n)) {
        const char *v = conf_value(n);
        if (v != NULL && strcmp(v, "alert") == 0) {
            out->alert = true;
        } else if (v != NULL && strncmp(v, "pass", 4) == 0 && out->action == ACTION_ACCEPT) {
            out->pass = true;
        } else {
            return wrong(n, "cannot follow the action: alert or pass can", err);
        }
    }
    return true;
}

/* The policy under `key` (blanks of names are '-' in settings); absent: *out stays. */
static bool policy_at(const struct conf *conf, const struct conf_node *at, const char *key, bool app, struct firewall_policy *out, struct err *err)
{
    char name[64];
    unsigned n = 0;

    for (; key[n] != '\0' && n + 1 < sizeof name; n++) {
        name[n] = key[n] == '_' ? '-' : key[n];
    }
    name[n] = '\0';
    const struct conf_node *found = at != NULL ? conf_child(conf, at, name) : NULL;
    return found == NULL || policy_read(found, app, out, err);
}

static bool proto_policies(const struct conf *conf, const struct conf_node *at, unsigned id, struct firewall_policies *p, struct err *err)
{
    static const char *const ends[2][2] = { { "request_started", "request_complete" }, { "response_started", "response_complete" } };
    const struct proto *proto = proto_by_id(id);

    for (unsigned side = 0; side < 2; side++) {
        const struct proto_state *s = proto_states(proto, side);
        struct firewall_policy *row = p->app[id][side];
        for (unsigned i = 0; s[i].name != NULL && i < FIREWALL_STATES_MAX; i++) {
            bool last = s[i + 1].name == NULL;
            if (!policy_at(conf, at, "default_policy", true, &row[i], err) || (i == 0 && !policy_at(conf, at, ends[side][0], true, &row[i], err)) ||
                (last && !policy_at(conf, at, ends[side][1], true, &row[i], err)) || !policy_at(conf, at, s[i].name, true, &row[i], err)) {
                return false;
            }
        }
    }
    return true;
}

static bool app_policies(const struct conf *conf, const struct conf_node *policies, struct firewall_policies *p, struct err *err)
{
    struct firewall_policy preset = { .action = ACTION_DROP, .scope = SCOPE_FLOW };
    const struct conf_node *apps = policies != NULL ? conf_child(conf, policies, "app") : NULL;

    if (!policy_at(conf, policies, "default_policy", true, &preset, err) || !policy_at(conf, apps, "default_policy", true, &preset, err)) {
        return false;
    }
    for (unsigned id = 0; id < PROTO_IDS; id++) {
        for (unsigned i = 0; i < 2u * FIREWALL_STATES_MAX; i++) {
            p->app[id][i / FIREWALL_STATES_MAX][i % FIREWALL_STATES_MAX] = preset;
        }
    }
    for (const struct conf_node *n = apps != NULL ? conf_first(apps) : NULL; n != NULL; n = conf_next(n)) {
        unsigned id = proto_by_name(conf_name(n));
        if (strcmp(conf_name(n), "default-policy") != 0 && id != PROTO_NONE && id < PROTO_IDS && !proto_policies(conf, n, id, p, err)) {
            return false;
        }
    }
    return true;
}

static bool packet_policies(const struct conf *conf, const struct conf_node *policies, struct firewall_policies *p, struct err *err)
{
    static const struct { const char *key; enum firewall_hook hook; uint8_t action, scope; } rows[] = {
        { "pre_flow", FIREWALL_PRE_FLOW, ACTION_ACCEPT, SCOPE_HOOK }, { "pre_stream", FIREWALL_PRE_STREAM, ACTION_ACCEPT, SCOPE_HOOK },
        { "filter", FIREWALL_FILTER, ACTION_DROP, SCOPE_PACKET },
    };
    const struct conf_node *at = policies != NULL ? conf_child(conf, policies, "packet") : NULL;

    for (size_t i = 0; i < ROWS(rows); i++) {
        struct firewall_policy *to = &p->packet[rows[i].hook];
        *to = (struct firewall_policy){ .action = rows[i].action, .scope = rows[i].scope };
        if (!policy_at(conf, policies, "default_policy", false, to, err) || !policy_at(conf, at, "default_policy", false, to, err) ||
            !policy_at(conf, at, rows[i].key, false, to, err)) {
            return false;
        }
    }
    return true;
}

static bool firewall_file_add(struct engine_settings *s, const char *folder, const char *file)
{
    bool whole = file[0] == '/' || folder == NULL;

    return asprintf(&s->firewall_files[s->firewall_file_n], "%s%s%s", whole ? "" : folder, whole ? "" : "/", file) >= 0 && ++s->firewall_file_n != 0;
}

/* The file given alone, else those of the settings below their folder. */
static bool files_make(struct engine_settings *s, struct conf *conf, const char *given, struct err *err)
{
    const struct conf_node *list = given == NULL ? conf_node(conf, "firewall.rule-files") : NULL;
    unsigned n = 1;

    for (const struct conf_node *f = list != NULL ? conf_first(list) : NULL; f != NULL; f = conf_next(f)) {
        n++;
    }
    s->firewall_files = calloc(n, sizeof(char *));
    bool good = s->firewall_files != NULL && (given == NULL || firewall_file_add(s, NULL, given));
    for (const struct conf_node *f = list != NULL ? conf_first(list) : NULL; good && f != NULL; f = conf_next(f)) {
        good = conf_value(f) == NULL || firewall_file_add(s, conf_get(conf, "firewall.rule-path"), conf_value(f));
    }
    return good || err_set(err, "firewall.rule-files: not enough memory");
}

bool settings_firewall(struct engine_settings *s, struct conf *conf, const struct engine_overrides *o, struct err *err)
{
    const struct conf_node *policies = conf_node(conf, "firewall.policies");
    bool on = o->firewall_file != NULL;

    conf_mark_used(conf, "firewall.**");
    if (!conf_bool(conf, "firewall.enabled", &on, err)) {
        return false;
    }
    if (!on) {
        return true;
    }
    struct firewall_policies *p = calloc(1, sizeof *p);
    if (p == NULL) {
        return err_set(err, "firewall: not enough memory");
    }
    s->detect.firewall = p;
    return packet_policies(conf, policies, p, err) && app_policies(conf, policies, p, err) && files_make(s, conf, o->firewall_file, err);
}

void settings_firewall_free(struct engine_settings *s)
{
    for (unsigned i = 0; i < s->firewall_file_n; i++) {
        free(s->firewall_files[i]);
    }
    free(s->firewall_files);
    free((void *)(uintptr_t)s->detect.firewall);
}
