/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "script/script.h"
#include "script/strings.h"

#include <stdlib.h>

#ifdef HAVE_LUA

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

enum { STEPS_A_LOOK = 100 }; /* how often the steps are counted */

struct script {
    lua_State *l;
    struct script_limits limits;
    size_t used;
    uint64_t steps;            /* of the call that runs */
    enum script_failure failure;
    const struct script_module *modules;
    void *owner;
};

void script_lift(struct script *s) { s->limits = (struct script_limits){ 0 }; }

enum script_failure script_failure(const struct script *s) { return s->failure; }

bool script_built(void) { return true; }

static struct script *script_of(lua_State *l) { return *(struct script **)lua_getextraspace(l); }
void *script_owner(lua_State *l) { return script_of(l)->owner; }
lua_State *script_state(struct script *s) { return s->l; }

/* Lua's allocator: nothing beyond the cap. */
static void *script_alloc(void *ctx, void *p, size_t old, size_t new)
{
    struct script *s = ctx;

    old = p != NULL ? old : 0;
    if (new == 0) {
        s->used -= old;
        free(p);
        return NULL;
    }
    if (new > old && s->limits.memory != 0 && s->used - old + new > s->limits.memory) {
        s->failure = SCRIPT_MEMORY;
        return NULL;
    }
    void *to = realloc(p, new);
    if (to != NULL) {
        s->used += new - old;
        s->steps += new > old ? (new - old) / SCRIPT_BYTES_A_STEP : 0;
    }
    return to;
}

/* level: of the function whose steps they are. */
static void spend(lua_State *l, uint64_t steps, int level)
{
    struct script *s = script_of(l);

    s->steps += steps;
    if (s->limits.steps != 0 && s->steps > s->limits.steps) {
        s->failure = SCRIPT_STEPS;
        luaL_where(l, level);
        lua_pushfstring(l, "the script took more than %d steps", (int)(s->limits.steps < INT32_MAX ? s->limits.steps : INT32_MAX));
        lua_concat(l, 2);
        lua_error(l);
    }
}

static void script_step(lua_State *l, lua_Debug *at)
{
    (void)at;
    spend(l, STEPS_A_LOOK, 0);
}

void script_spend(lua_State *l, uint64_t steps) { spend(l, steps, 1); }

uint64_t script_left(lua_State *l)
{
    const struct script *s = script_of(l);

    return s->limits.steps == 0 ? 0 : s->steps < s->limits.steps ? s->limits.steps - s->steps : 1;
}

static int script_blocked(lua_State *l)
{
    script_of(l)->failure = SCRIPT_BLOCKED;
    return luaL_error(l, "Blocked Lua function called: %s", lua_tostring(l, lua_upvalueindex(1)));
}

/* Of the language itself a script does not get: the system, code from outside, ways to catch its own end, other's metatables. */
static void take_out(lua_State *l)
{
    static const char *const gone[] = { "collectgarbage", "dofile", "getmetatable", "loadfile", "load", "pcall", "setmetatable", "xpcall" };

    for (size_t i = 0; i < sizeof gone / sizeof *gone; i++) {
        lua_pushstring(l, gone[i]);
        lua_pushcclosure(l, script_blocked, 1);
        lua_setglobal(l, gone[i]);
    }
}

static int script_print(lua_State *l)
{
    (void)l;
    return 0; /* nobody listens */
}

static int script_require(lua_State *l)
{
    const char *name = luaL_checkstring(l, 1);

    for (const struct script_module *m = script_of(l)->modules; m != NULL && m->name != NULL; m++) {
        if (strcmp(m->name, name) == 0) {
            return m->open(l);
        }
    }
    return luaL_error(l, "there is no module '%s' here", name);
}

static int script_open(lua_State *l)
{
    static const struct luaL_Reg libraries[] = { { LUA_GNAME, luaopen_base },      { LUA_TABLIBNAME, luaopen_table }, { LUA_STRLIBNAME, luaopen_string },
                                                 { LUA_MATHLIBNAME, luaopen_math }, { LUA_UTF8LIBNAME, luaopen_utf8 } };

    for (size_t i = 0; i < sizeof libraries / sizeof *libraries; i++) {
        luaL_requiref(l, libraries[i].name, libraries[i].func, 1);
        lua_pop(l, 1);
    }
    take_out(l);
    script_strings(l);
    script_costs(l);
    lua_register(l, "print", script_print);
    lua_register(l, "warn", script_print);
    lua_register(l, "require", script_require);
    return 0;
}

struct script *script_new(const struct script_limits *limits, void *owner, struct err *err)
{
    struct script *s = calloc(1, sizeof *s);

    if (s == NULL || (s->l = lua_newstate(script_alloc, s)) == NULL) {
        free(s);
        err_set(err, "script: not enough memory");
        return NULL;
    }
    *(struct script **)lua_getextraspace(s->l) = s;
    s->limits = *limits;
    s->owner = owner;
    lua_sethook(s->l, script_step, LUA_MASKCOUNT, STEPS_A_LOOK);
    lua_pushcfunction(s->l, script_open);
    if (!script_call(s, 0, 0, err)) {
        script_free(s);
        return NULL;
    }
    return s;
}

void script_free(struct script *s)
{
    if (s != NULL) {
        lua_close(s->l);
        free(s);
    }
}

void script_modules(struct script *s, const struct script_module *rows) { s->modules = rows; }

bool script_call(struct script *s, int arguments, int results, struct err *err)
{
    s->steps = 0;
    s->failure = SCRIPT_WRONG;
    if (lua_pcall(s->l, arguments, results, 0) == LUA_OK) {
        return true;
    }
    /* Nothing catches an error any more: a number is not made a text here. */
    err_set(err, "%s", lua_type(s->l, -1) == LUA_TSTRING ? lua_tostring(s->l, -1) : "an error that is no text");
    lua_pop(s->l, 1);
    return false;
}

bool script_run(struct script *s, struct bytes text, const char *name, struct err *err)
{
    char chunk[512];

    snprintf(chunk, sizeof chunk, "@%s", name);
    if (luaL_loadbufferx(s->l, (const char *)text.p, text.n, chunk, "t") != LUA_OK) {
        err_set(err, "%s", lua_type(s->l, -1) == LUA_TSTRING ? lua_tostring(s->l, -1) : "no script");
        lua_pop(s->l, 1);
        return false;
    }
    return script_call(s, 0, 0, err);
}

#else

bool script_built(void) { return false; }

struct script *script_new(const struct script_limits *limits, void *owner, struct err *err)
{
    (void)limits;
    (void)owner;
    err_set(err, "this peccary was built without Lua");
    return NULL;
}

void script_free(struct script *s) { (void)s; }

bool script_run(struct script *s, struct bytes text, const char *name, struct err *err)
{
    (void)s;
    (void)text;
    (void)name;
    return err_set(err, "this peccary was built without Lua");
}

#endif
