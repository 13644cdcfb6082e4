/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * luaxform:FILE[,argument…]  the script's transform(input, arguments) returns the bytes that take the place of the buffer's, and how many
 * they are.  Returns it anything else, or fails, the buffer stays as it is.  It knows the modules of rules' scripts that compute; in those
 * that ask for what is being looked at it ends with an error.
 */
#include "detect/rule_script.h"
#include "detect/transform.h"

#include <string.h>

enum { ARGUMENTS_MAX = 10 };

struct lua_transform {
    struct rule_script script;
    struct bytes argument[ARGUMENTS_MAX];
    unsigned argument_n;
};

#ifdef HAVE_LUA

struct call {
    const struct lua_transform *of;
    struct bytes in;
};

/* Within a protected call: the arguments need memory, too.  Two values are left: text and number, or nothing twice. */
static int call_transform(lua_State *l)
{
    const struct call *c = lua_touserdata(l, 1);

    lua_getglobal(l, "transform");
    lua_pushlstring(l, (const char *)c->in.p, c->in.n);
    lua_newtable(l);
    for (unsigned i = 0; i < c->of->argument_n; i++) {
        lua_pushlstring(l, (const char *)c->of->argument[i].p, c->of->argument[i].n);
        lua_rawseti(l, -2, (lua_Integer)i + 1);
    }
    lua_call(l, 2, LUA_MULTRET);
    if (lua_gettop(l) != 3 || lua_tolstring(l, -2, NULL) == NULL) { /* a number becomes a text here, where memory may fail */
        lua_settop(l, 0);
        lua_pushnil(l);
        lua_pushnil(l);
    }
    return 2;
}

bool transform_lua(const struct detect_scope *s, const void *data, struct bytes in, struct bytes *out)
{
    const struct lua_transform *t = data;
    struct call call = { t, in };
    struct script *x = in.n != 0 ? rule_script_running(s->detect, &t->script) : NULL;
    struct err err;

    *out = in;
    if (x == NULL) {
        return true;
    }
    lua_State *l = script_state(x);
    lua_pushcfunction(l, call_transform);
    lua_pushlightuserdata(l, &call);
    if (!script_call(x, 1, 2, &err)) {
        rule_script_failed(s->detect, x);
        return true;
    }
    size_t n = 0;
    const char *text = lua_tolstring(l, -2, &n);
    lua_Integer told = lua_tointeger(l, -1);
    uint8_t *room = text != NULL && told > 0 ? transform_room(s, n) : NULL;
    if (room != NULL) {
        memcpy(room, text, n);
        *out = bytes_of(room, (lua_Unsigned)told < n ? (size_t)told : n);
    }
    lua_settop(l, 0);
    return true;
}

/* While its rule is read: there must be transform(), and init() may object. */
static int call_check(lua_State *l)
{
    lua_getglobal(l, "transform");
    if (!lua_isfunction(l, -1)) {
        return luaL_error(l, "no transform function in script");
    }
    lua_getglobal(l, "init");
    if (lua_isfunction(l, -1)) {
        lua_newtable(l);
        lua_pushinteger(l, 1);
        lua_setfield(l, -2, "script_api_ver");
        lua_call(l, 1, 0);
    }
    return 0;
}

static bool check(struct rule_parse *p, struct rule_script *x, struct err *err)
{
    struct script_owner owner = { .parse = p, .made = x, .script = x };
    struct script *s = script_new(&x->limits, &owner, err);
    bool ok = s != NULL;

    if (ok) {
        script_modules(s, rule_script_modules);
        ok = script_run(s, x->text, x->file, err);
    }
    if (ok) {
        lua_pushcfunction(script_state(s), call_check);
        ok = script_call(s, 0, 0, err);
    }
    script_free(s);
    return ok || err_add(err, "%s", x->file);
}

#else

bool transform_lua(const struct detect_scope *s, const void *data, struct bytes in, struct bytes *out)
{
    (void)s;
    (void)data;
    *out = in;
    return true; /* rules with it are not read */
}

static bool check(struct rule_parse *p, struct rule_script *x, struct err *err)
{
    (void)p;
    return err_set(err, "%s: this peccary was built without Lua", x->file);
}

#endif

bool transform_lua_parse(struct rule_parse *p, const char *argument, const void **data, struct err *err)
{
    struct lua_transform *t = arena_zero(rule_parse_arena(p), sizeof *t);
    struct bytes rest = bytes_str(arena_str(rule_parse_arena(p), bytes_str(argument)));
    char name[1024];

    if (t == NULL || rest.p == NULL) {
        return err_set(err, "not enough memory for a rule");
    }
    *data = t;
    size_t n = strcspn(argument, ",");
    struct bytes file = bytes_trim(bytes_head(rest, n), " \t");
    if (file.n == 0 || file.n >= sizeof name) {
        return err_set(err, "the name of a script is wanted: luaxform:FILE[,argument...]");
    }
    memcpy(name, file.p, file.n);
    name[file.n] = '\0';
    while (n < rest.n) {
        rest = bytes_from(rest, n + 1);
        n = strcspn((const char *)rest.p, ",");
        if (n != 0 && t->argument_n == ARGUMENTS_MAX) {
            return err_set(err, "more than %d arguments", ARGUMENTS_MAX);
        }
        if (n != 0) {
            t->argument[t->argument_n++] = bytes_head(rest, n);
        }
    }
    return rule_script_open(p, &t->script, name, err) && check(p, &t->script, err);
}
