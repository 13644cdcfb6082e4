/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/rule_script.h"

#include "detect/inspect.h"

#include <stdlib.h>

struct state {
    const struct rule_script *script;
    uint32_t generation;       /* of the ruleset it was made for */
    struct script *lua;        /* NULL: it could not be made, and is not tried again */
    struct script_owner owner;
};

struct rule_scripts {
    struct state **state;      /* by the script's index */
    uint32_t room;
};

static void state_free(struct state *x)
{
    if (x != NULL) {
        script_free(x->lua);
        free(x);
    }
}

void rule_scripts_free(struct rule_scripts *x)
{
    for (uint32_t i = 0; x != NULL && i < x->room; i++) {
        state_free(x->state[i]);
    }
    if (x != NULL) {
        free(x->state);
        free(x);
    }
}

#ifdef HAVE_LUA

/* Where the state of that script is kept; NULL: no memory. */
static struct state **place(struct detect *d, uint32_t index)
{
    if (d->scripts == NULL && (d->scripts = calloc(1, sizeof *d->scripts)) == NULL) {
        return NULL;
    }
    struct rule_scripts *x = d->scripts;
    if (index >= x->room) {
        uint32_t room = (index | 15) + 1;
        struct state **more = realloc(x->state, room * sizeof(struct state *));
        if (more == NULL) {
            return NULL;
        }
        memset(more + x->room, 0, (room - x->room) * sizeof(struct state *));
        x->state = more;
        x->room = room;
    }
    return &x->state[index];
}

static int call_thread_init(lua_State *l)
{
    lua_getglobal(l, "thread_init");
    if (lua_isfunction(l, -1)) {
        lua_call(l, 0, 0);
    }
    return 0;
}

void rule_script_failed(struct detect *d, const struct script *s)
{
    static const uint8_t counters[] = { [SCRIPT_BLOCKED] = DETECT_LUA_BLOCKED, [SCRIPT_STEPS] = DETECT_LUA_STEPS, [SCRIPT_MEMORY] = DETECT_LUA_MEMORY };

    d->counter[DETECT_LUA_ERRORS]++;
    if (script_failure(s) != SCRIPT_WRONG) {
        d->counter[counters[script_failure(s)]]++;
    }
}

/* Runs the script's text, and its thread_init() if it has one. */
static struct script *state_start(struct detect *d, struct state *x)
{
    struct err err;
    struct script *s = script_new(&x->script->limits, &x->owner, &err);

    if (s == NULL) {
        d->counter[DETECT_LUA_ERRORS]++;
        return NULL;
    }
    script_modules(s, rule_script_modules);
    bool ok = script_run(s, x->script->text, x->script->file, &err);
    if (ok) {
        lua_pushcfunction(script_state(s), call_thread_init);
        ok = script_call(s, 0, 0, &err);
    }
    if (!ok) {
        rule_script_failed(d, s);
        script_free(s);
        return NULL;
    }
    return s;
}

static struct state *state_of(struct detect *d, const struct rule_script *script)
{
    struct state **at = place(d, script->index);

    if (at == NULL) {
        return NULL;
    }
    if (*at != NULL && ((*at)->script != script || (*at)->generation != d->generation)) {
        state_free(*at);
        *at = NULL;
    }
    if (*at == NULL && (*at = calloc(1, sizeof **at)) != NULL) {
        (*at)->script = (*at)->owner.script = script;
        (*at)->generation = d->generation;
        (*at)->lua = state_start(d, *at);
    }
    return *at;
}

struct script *rule_script_running(struct detect *d, const struct rule_script *x)
{
    const struct state *st = state_of(d, x);

    return st != NULL ? st->lua : NULL;
}

/* Within a protected call: the arguments need memory, too. */
static int call_match(lua_State *l)
{
    const struct script_owner *o = script_owner(l);
    struct bytes b = o->scope->buffer;

    lua_getglobal(l, "match");
    lua_newtable(l);
    if (o->script->buffer != NULL) {
        lua_pushinteger(l, (lua_Integer)o->scope->cursor + 1);
        lua_setfield(l, -2, "offset");
        lua_pushlstring(l, (const char *)b.p, b.n);
        lua_setfield(l, -2, o->script->buffer);
    }
    lua_call(l, 1, 1);
    return 1;
}

/* Asked for JA3: not before it is there. */
static bool ja3_there(const struct detect_scope *s, const struct rule_script *x)
{
    const char *name = x->needs_ja3 ? "ja3.hash" : "ja3s.hash";
    struct bytes b;

    for (unsigned i = 0; s->txn != NULL && i < s->txn->proto->field_n; i++) {
        const struct field *f = &s->txn->proto->fields[i];
        if (strcmp(f->name, name) == 0 && f->bytes != NULL) {
            return f->bytes(s->txn, x->needs_ja3 ? TO_SERVER : TO_CLIENT, 0, &b);
        }
    }
    return false;
}

bool rule_script_match(struct detect_scope *s, const struct rule_script *x)
{
    struct err err;

    if ((x->needs_payload && (s->view == NULL || s->view->payload.n == 0)) || (x->needs_packet && s->view == NULL) ||
        ((x->needs_ja3 || x->needs_ja3s) && !ja3_there(s, x))) {
        return false;
    }
    struct state *st = state_of(s->detect, x);
    if (st == NULL || st->lua == NULL) {
        return false;
    }
    st->owner.scope = s;
    lua_State *l = script_state(st->lua);
    lua_pushcfunction(l, call_match);
    bool ran = script_call(st->lua, 0, 1, &err);
    st->owner.scope = NULL;
    if (!ran) {
        rule_script_failed(s->detect, st->lua);
        return false;
    }
    bool yes = lua_type(l, -1) == LUA_TNUMBER && lua_tointeger(l, -1) == 1;
    lua_settop(l, 0);
    return yes != x->negated;
}

#else

bool rule_script_match(struct detect_scope *s, const struct rule_script *x)
{
    (void)s;
    (void)x;
    return false; /* rules with scripts are not read */
}

#endif
