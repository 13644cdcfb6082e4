/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "script/strings.h"

#ifdef HAVE_LUA

#include "script/pattern.h"
#include "script/script.h"

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

/* A text and a pattern that a function was given: arguments 1 and 2. */
static bool pattern_begin(lua_State *l, struct pattern *x)
{
    *x = (struct pattern){ .steps_max = script_left(l) };
    x->s = (const uint8_t *)luaL_checklstring(l, 1, &x->s_n);
    x->p = (const uint8_t *)luaL_checklstring(l, 2, &x->p_n);
    bool anchored = x->p_n != 0 && x->p[0] == '^';
    x->p += anchored;
    x->p_n -= anchored;
    return anchored;
}

/* What it took counts; a pattern that is none is the script's error. */
static void pattern_done(lua_State *l, struct pattern *x)
{
    script_spend(l, x->steps);
    x->steps = 0;
    x->steps_max = script_left(l);
    if (x->wrong != NULL) {
        luaL_error(l, "%s", x->wrong);
    }
}

/* The first match from `from` on. */
static bool search(lua_State *l, struct pattern *x, bool anchored, size_t from, size_t *at, size_t *end)
{
    for (*at = from; *at <= x->s_n; ++*at) {
        bool found = pattern_at(x, *at, end);
        if (found || x->wrong != NULL || anchored) {
            pattern_done(l, x);
            return found;
        }
    }
    pattern_done(l, x);
    return false;
}

static void push_capture(lua_State *l, const struct pattern *x, unsigned i)
{
    const struct pattern_capture *c = &x->capture[i];

    if (c->n == PATTERN_OPEN) {
        luaL_error(l, "unfinished capture");
    }
    if (c->n == PATTERN_POSITION) {
        lua_pushinteger(l, (lua_Integer)c->at + 1);
    } else {
        lua_pushlstring(l, (const char *)x->s + c->at, c->n);
    }
}

/* All captures; the whole match when there are none and it is wanted. */
static int push_captures(lua_State *l, const struct pattern *x, bool whole, size_t at, size_t end)
{
    luaL_checkstack(l, PATTERN_CAPTURES, "too many captures");
    for (unsigned i = 0; i < x->capture_n; i++) {
        push_capture(l, x, i);
    }
    if (x->capture_n == 0 && whole) {
        lua_pushlstring(l, (const char *)x->s + at, end - at);
        return 1;
    }
    return (int)x->capture_n;
}

/* Argument 3: where to begin, from 1 on, or from the end.  False: behind the text. */
static bool begin_at(lua_State *l, size_t n, size_t *from)
{
    lua_Integer i = luaL_optinteger(l, 3, 1);

    *from = i > 0 ? (size_t)i - 1 : i == 0 || (size_t)-i > n ? 0 : n - (size_t)-i;
    return *from <= n;
}

static int nothing(lua_State *l)
{
    lua_pushnil(l);
    return 1;
}

/* Nothing in it means more than itself. */
static bool is_plain(struct bytes pattern)
{
    for (size_t i = 0; i < pattern.n; i++) {
        if (pattern.p[i] != '\0' && strchr("^$*+?.([%-", pattern.p[i]) != NULL) {
            return false;
        }
    }
    return true;
}

static int string_find(lua_State *l)
{
    struct pattern x;
    bool anchored = pattern_begin(l, &x);
    size_t from, at, end;

    if (!begin_at(l, x.s_n, &from)) {
        return nothing(l);
    }
    if (lua_toboolean(l, 4) || is_plain(bytes_of(lua_tostring(l, 2), lua_rawlen(l, 2)))) {
        size_t n;
        const char *needle = luaL_checklstring(l, 2, &n);
        script_spend(l, x.s_n / 8 + 1);
        at = n == 0 ? 0 : bytes_find(bytes_of(x.s + from, x.s_n - from), bytes_of(needle, n));
        if (at == SIZE_MAX) {
            return nothing(l);
        }
        lua_pushinteger(l, (lua_Integer)(from + at + 1));
        lua_pushinteger(l, (lua_Integer)(from + at + n));
        return 2;
    }
    if (!search(l, &x, anchored, from, &at, &end)) {
        return nothing(l);
    }
    lua_pushinteger(l, (lua_Integer)at + 1);
    lua_pushinteger(l, (lua_Integer)end);
    return 2 + push_captures(l, &x, false, at, end);
}

static int string_match(lua_State *l)
{
    struct pattern x;
    bool anchored = pattern_begin(l, &x);
    size_t from, at, end;

    return begin_at(l, x.s_n, &from) && search(l, &x, anchored, from, &at, &end) ? push_captures(l, &x, true, at, end) : nothing(l);
}

/* The iterator of gmatch: text, pattern, where the next search begins, where the last match ended (-1: none). */
static int gmatch_next(lua_State *l)
{
    struct pattern x = { .steps_max = script_left(l) };
    size_t from = (size_t)lua_tointeger(l, lua_upvalueindex(3)), at, end;
    lua_Integer last = lua_tointeger(l, lua_upvalueindex(4));

    x.s = (const uint8_t *)lua_tolstring(l, lua_upvalueindex(1), &x.s_n);
    x.p = (const uint8_t *)lua_tolstring(l, lua_upvalueindex(2), &x.p_n); /* '^' is no anchor here */
    for (; from <= x.s_n && search(l, &x, false, from, &at, &end); from = at + 1) {
        if ((lua_Integer)end == last) {
            continue; /* nothing, right behind the last match */
        }
        lua_pushinteger(l, (lua_Integer)end);
        lua_copy(l, -1, lua_upvalueindex(3));
        lua_replace(l, lua_upvalueindex(4));
        return push_captures(l, &x, true, at, end);
    }
    return 0;
}

static int string_gmatch(lua_State *l)
{
    size_t n, from;

    (void)luaL_checklstring(l, 1, &n);
    (void)luaL_checkstring(l, 2);
    bool within = begin_at(l, n, &from);
    lua_settop(l, 2);
    lua_pushinteger(l, within ? (lua_Integer)from : (lua_Integer)n + 1);
    lua_pushinteger(l, -1);
    lua_pushcclosure(l, gmatch_next, 4);
    return 1;
}

/* The replacement's own text: %0 to %9 are captures, %% a percent. */
static void add_text(lua_State *l, luaL_Buffer *out, const struct pattern *x, size_t at, size_t end)
{
    size_t n;
    const char *with = lua_tolstring(l, 3, &n);

    for (size_t i = 0; i < n; i++) {
        if (with[i] != '%') {
            luaL_addchar(out, with[i]);
            continue;
        }
        char c = ++i < n ? with[i] : 0;
        if (c == '%') {
            luaL_addchar(out, '%');
        } else if (c == '0' || (c == '1' && x->capture_n == 0)) {
            luaL_addlstring(out, (const char *)x->s + at, end - at);
        } else if (c >= '1' && c <= '9' && (unsigned)(c - '1') < x->capture_n) {
            push_capture(l, x, (unsigned)(c - '1'));
            luaL_tolstring(l, -1, NULL);
            lua_remove(l, -2);
            luaL_addvalue(out);
        } else {
            luaL_error(l, "invalid use of '%c' in replacement string", '%');
        }
    }
}

/* What stands for a match: a text, what a table has, what a function returns; nothing and false: the match stays. */
static void add_value(lua_State *l, luaL_Buffer *out, const struct pattern *x, size_t at, size_t end)
{
    switch (lua_type(l, 3)) {
    case LUA_TFUNCTION: {
        lua_pushvalue(l, 3);
        int n = push_captures(l, x, true, at, end);
        lua_call(l, n, 1);
        break;
    }
    case LUA_TTABLE:
        if (x->capture_n != 0) {
            push_capture(l, x, 0);
        } else {
            lua_pushlstring(l, (const char *)x->s + at, end - at);
        }
        lua_gettable(l, 3);
        break;
    default: add_text(l, out, x, at, end); return;
    }
    if (!lua_toboolean(l, -1)) {
        lua_pop(l, 1);
        luaL_addlstring(out, (const char *)x->s + at, end - at);
    } else if (lua_isstring(l, -1)) {
        luaL_addvalue(out);
    } else {
        luaL_error(l, "invalid replacement value (a %s)", luaL_typename(l, -1));
    }
}

static int string_gsub(lua_State *l)
{
    struct pattern x;
    bool anchored = pattern_begin(l, &x);
    lua_Integer most = luaL_optinteger(l, 4, (lua_Integer)x.s_n + 1), n = 0;
    int type = lua_type(l, 3);
    size_t at = 0, end, last = SIZE_MAX;
    luaL_Buffer out;

    luaL_argexpected(l, type == LUA_TSTRING || type == LUA_TNUMBER || type == LUA_TFUNCTION || type == LUA_TTABLE, 3, "string/function/table");
    luaL_buffinit(l, &out);
    while (n < most) {
        bool found = pattern_at(&x, at, &end);
        pattern_done(l, &x);
        if (found && end != last) {
            n++;
            add_value(l, &out, &x, at, end);
            at = last = end;
        } else if (at < x.s_n) {
            luaL_addchar(&out, (char)x.s[at++]);
        } else {
            break;
        }
        if (anchored) {
            break;
        }
    }
    if (at < x.s_n) {
        luaL_addlstring(&out, (const char *)x.s + at, x.s_n - at);
    }
    luaL_pushresult(&out);
    lua_pushinteger(l, n);
    return 2;
}

/* move(a, f, e, t[, b]): as many steps as values. */
static int table_move(lua_State *l)
{
    lua_Integer f = luaL_checkinteger(l, 2), e = luaL_checkinteger(l, 3), t = luaL_checkinteger(l, 4);
    int to = lua_isnoneornil(l, 5) ? 1 : 5;

    luaL_checktype(l, 1, LUA_TTABLE);
    luaL_checktype(l, to, LUA_TTABLE);
    if (e >= f) {
        luaL_argcheck(l, f > 0 || e < LUA_MAXINTEGER + f, 3, "too many elements to move");
        lua_Integer n = e - f + 1;
        luaL_argcheck(l, t <= LUA_MAXINTEGER - n + 1, 4, "destination wrap around");
        script_spend(l, (uint64_t)n);
        bool up = t > e || t <= f || to != 1;
        for (lua_Integer i = 0; i < n; i++) {
            lua_Integer k = up ? i : n - 1 - i;
            lua_geti(l, 1, f + k);
            lua_seti(l, to, t + k);
        }
    }
    lua_pushvalue(l, to);
    return 1;
}

void script_strings(lua_State *l)
{
    static const luaL_Reg strings[] = { { "find", string_find }, { "match", string_match }, { "gmatch", string_gmatch }, { "gsub", string_gsub }, { NULL, NULL } };

    lua_getglobal(l, LUA_STRLIBNAME);
    luaL_setfuncs(l, strings, 0);
    lua_getglobal(l, LUA_TABLIBNAME);
    lua_pushcfunction(l, table_move);
    lua_setfield(l, -2, "move");
    lua_pop(l, 2);
}

#endif
