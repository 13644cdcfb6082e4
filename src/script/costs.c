/* SPDX-License-Identifier: GPL-2.0-or-later */
/* costs - functions of Lua's libraries that loop over what they are given, in one step of the virtual machine: it counts before they begin. */
#include "script/strings.h"

#ifdef HAVE_LUA

#include "base/rows.h"
#include "script/script.h"

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

/* Arguments that are none of the kind that a function wants count nothing: the function says so. */
static lua_Integer number(lua_State *l, int i, lua_Integer preset) { return lua_isnoneornil(l, i) ? preset : lua_tointeger(l, i); }
static lua_Integer length(lua_State *l, int i) { return lua_istable(l, i) || lua_type(l, i) == LUA_TSTRING ? (lua_Integer)lua_rawlen(l, i) : 0; }
static uint64_t range(lua_Integer from, lua_Integer to) { return to >= from ? (uint64_t)to - (uint64_t)from + 1 : 0; }

static lua_Integer from_end(lua_Integer i, lua_Integer n) { return i >= 0 ? i : -i > n ? 1 : n + i + 1; }

static uint64_t text_bytes(lua_State *l) { return (uint64_t)length(l, 1) / 8; }
static uint64_t text_times(lua_State *l) { return range(1, number(l, 2, 0)) / (length(l, 1) != 0 ? 64 : 1); } /* of nothing there is no end */

/* The bytes or characters i to j of a text. */
static uint64_t text_range(lua_State *l)
{
    lua_Integer n = length(l, 1), from = from_end(number(l, 2, 1), n), to = from_end(number(l, 3, from), n);

    return range(from, to < n ? to : n);
}

static uint64_t text_moved(lua_State *l)
{
    lua_Integer n = number(l, 2, 0), most = length(l, 1);

    return n < -most || n > most ? (uint64_t)most : (uint64_t)(n < 0 ? -n : n);
}

/* Those behind the place. */
static uint64_t values_moved(lua_State *l)
{
    lua_Integer n = length(l, 1);

    return range(number(l, 2, n), n);
}

static uint64_t values_inserted(lua_State *l) { return lua_gettop(l) >= 3 ? values_moved(l) : 1; }
static uint64_t values_joined(lua_State *l) { return range(number(l, 3, 1), number(l, 4, length(l, 1))); }
static uint64_t values_unpacked(lua_State *l) { return range(number(l, 2, 1), number(l, 3, length(l, 1))); }

static uint64_t values_sorted(lua_State *l)
{
    uint64_t n = (uint64_t)length(l, 1), steps = 1;

    for (uint64_t left = n; left > 1 && steps < UINT64_MAX / 64; left /= 2) {
        steps += n;
    }
    return steps;
}

static const struct dear {
    const char *library, *name;
    uint64_t (*cost)(lua_State *l);
} rows[] = {
    { LUA_STRLIBNAME, "byte", text_range },      { LUA_STRLIBNAME, "format", text_bytes },   { LUA_STRLIBNAME, "lower", text_bytes },
    { LUA_STRLIBNAME, "pack", text_bytes },      { LUA_STRLIBNAME, "packsize", text_bytes }, { LUA_STRLIBNAME, "rep", text_times },
    { LUA_STRLIBNAME, "reverse", text_bytes },   { LUA_STRLIBNAME, "unpack", text_bytes },   { LUA_STRLIBNAME, "upper", text_bytes },
    { LUA_TABLIBNAME, "concat", values_joined }, { LUA_TABLIBNAME, "insert", values_inserted }, { LUA_TABLIBNAME, "remove", values_moved },
    { LUA_TABLIBNAME, "sort", values_sorted },   { LUA_TABLIBNAME, "unpack", values_unpacked }, { LUA_UTF8LIBNAME, "codepoint", text_range },
    { LUA_UTF8LIBNAME, "len", text_bytes },      { LUA_UTF8LIBNAME, "offset", text_moved },
};

/* Upvalues: the row, and the library's own function, which has none itself. */
static int counted(lua_State *l)
{
    const struct dear *x = lua_touserdata(l, lua_upvalueindex(1));

    script_spend(l, x->cost(l));
    return lua_tocfunction(l, lua_upvalueindex(2))(l);
}

void script_costs(lua_State *l)
{
    for (size_t i = 0; i < ROWS(rows); i++) {
        lua_getglobal(l, rows[i].library);
        lua_pushlightuserdata(l, (void *)(uintptr_t)&rows[i]);
        lua_getfield(l, -2, rows[i].name);
        lua_pushcclosure(l, counted, 2);
        lua_setfield(l, -2, rows[i].name);
        lua_pop(l, 1);
    }
}

#endif
