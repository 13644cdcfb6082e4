/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lua:[!]script.lua  a script decides: its init() says what it needs, its match() returns 1 or 0. */
#include "detect/kw/kw.h"
#include "detect/rule_script.h"

#include <string.h>

#ifdef HAVE_LUA

/* The table that init() returned: what the script needs. */
static bool needs_read(lua_State *l, struct rule_script *x, struct err *err)
{
    lua_pushnil(l);
    while (lua_next(l, -2) != 0) {
        const char *k = lua_type(l, -2) == LUA_TSTRING ? lua_tostring(l, -2) : "";
        bool wanted = lua_toboolean(l, -1);
        lua_pop(l, 1);
        if (!wanted || strcmp(k, "flowvar") == 0 || strcmp(k, "flowint") == 0) {
            continue;
        }
        x->needs_ja3 |= strcmp(k, "ja3") == 0;
        x->needs_ja3s |= strcmp(k, "ja3s") == 0;
        x->needs_packet |= strcmp(k, "packet") == 0;
        x->needs_payload |= strcmp(k, "payload") == 0;
        if (strcmp(k, "buffer") == 0 || strcmp(k, "stream") == 0) {
            x->buffer = k[0] == 'b' ? "buffer" : "stream";
        } else if (strcmp(k, "ja3") != 0 && strcmp(k, "ja3s") != 0 && strcmp(k, "packet") != 0 && strcmp(k, "payload") != 0) {
            return err_set(err, "lua: %s: data type %s is not supported; protocols are asked at rule hooks", x->file, k);
        }
    }
    return true;
}

/* Old scripts name variables in a list of the returned table. */
static void names_read(struct rule_parse *p, lua_State *l, const char *kind, struct script_name *names, unsigned *n)
{
    lua_getfield(l, -1, kind);
    if (lua_istable(l, -1)) {
        lua_pushnil(l);
        while (lua_next(l, -2) != 0) {
            if (lua_type(l, -1) == LUA_TSTRING && *n < SCRIPT_NAMES_MAX) {
                const char *name = arena_str(rule_parse_arena(p), bytes_str(lua_tostring(l, -1)));
                names[(*n)++] = (struct script_name){ name, rule_parse_name(p, kind, name) };
            }
            lua_pop(l, 1);
        }
    }
    lua_pop(l, 1);
}

static int call_init(lua_State *l)
{
    const struct script_owner *o = script_owner(l);

    lua_getglobal(l, "init");
    if (!lua_isfunction(l, -1)) {
        return luaL_error(l, "no init function in script");
    }
    lua_pushlightuserdata(l, o->parse);
    lua_call(l, 1, 1);
    return lua_istable(l, -1) ? 1 : luaL_error(l, "init function in script should return table, returned is not table");
}

/* Runs the script once while its rule is read. */
static bool init_run(struct rule_parse *p, struct rule_script *x, struct err *err)
{
    struct script_owner owner = { .parse = p, .made = x, .script = x };
    struct script_limits once = { .memory = x->limits.memory != 0 ? x->limits.memory + (1 << 20) : 0, .steps = x->limits.steps };
    struct script *s = script_new(&once, &owner, err);
    lua_State *l = s != NULL ? script_state(s) : NULL;
    bool ok = s != NULL;

    if (ok) {
        script_modules(s, rule_script_modules);
        ok = script_run(s, x->text, x->file, err);
    }
    if (ok) {
        lua_pushcfunction(l, call_init);
        ok = script_call(s, 0, 1, err);
    }
    if (ok) {
        script_lift(s);
        names_read(p, l, "flowint", x->flowint, &x->flowint_n);
        names_read(p, l, "flowvar", x->flowvar, &x->flowvar_n);
        ok = needs_read(l, x, err);
    } else {
        err_add(err, "lua: %s", x->file);
    }
    script_free(s);
    return ok;
}

#else

static bool init_run(struct rule_parse *p, struct rule_script *x, struct err *err)
{
    (void)p;
    return err_set(err, "lua: %s: this peccary was built without Lua", x->file);
}

#endif

static bool parse(struct rule_parse *p, struct rule *r, const char *argument, uint8_t *place, const void **data, struct err *err)
{
    struct rule_script *x = kw_data(p, sizeof *x, err);

    *data = x;
    if (x == NULL) {
        return false;
    }
    x->negated = argument[0] == '!';
    if (!rule_script_open(p, x, argument + x->negated, err)) {
        return err_add(err, "lua");
    }
    if (!init_run(p, x, err)) {
        return false;
    }
    if (rule_parse_buffer(p) != NULL) {
        *place = KEYWORD_BUFFER;
    } else if ((r->hook != NULL && rule_parse_is_bound(p)) || x->needs_ja3 || x->needs_ja3s) {
        *place = KEYWORD_TXN;
        if ((x->needs_ja3 || x->needs_ja3s) && !rule_parse_is_bound(p)) {
            return rule_parse_bind(p, "tls", err);
        }
    } else if (x->bytevar_n != 0) {
        *place = KEYWORD_PAYLOAD; /* behind the options that make its variables */
    }
    return true;
}

static bool asks(const void *data, const char *field)
{
    const struct rule_script *x = data;

    return ((x->wants_ja3 || x->needs_ja3) && strncmp(field, "ja3.", 4) == 0) || ((x->wants_ja3 || x->needs_ja3s) && strncmp(field, "ja3s.", 5) == 0) ||
           (x->wants_hassh && strncmp(field, "ssh.hassh", 9) == 0);
}

static bool match(struct detect_scope *s, const struct rule *r, const void *data)
{
    (void)r;
    return rule_script_match(s, data);
}

const struct keyword keyword_lua = { .name = "lua", .dialects = 1 << DIALECT_SURICATA, .place = KEYWORD_PACKET, .changes = true, .parse = parse, .match = match, .asks = asks,
                                     .help = "a script decides: lua:match-this.lua" };
