/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "script/script.h"

#include "tap.h"

#ifdef HAVE_LUA

static const struct {
    const char *text, *wrong; /* a part of the error; NULL: none */
    const char *why;
} rows[] = {
    { "x = 1 + 1", NULL, "what computes runs" },
    { "local t = {} for i = 1, 100 do t[i] = tostring(i) end x = table.concat(t)", NULL, "tables and texts are there" },
    { "x = (", "unexpected", "a text that is no Lua is told" },
    { "error('mine')", "mine", "a script's own error is told" },
    { "while true do end", "steps", "a loop without end is ended" },
    { "local function f() return f() end f()", "steps", "so is a tail call without end" },
    { "local s = 'x' while true do s = s .. s end", "memory", "a text without end meets the memory" },
    { "x = string.rep('a', 1 << 30)", "memory", "so does one big text" },
    { "local t = {} for i = 1, 1e9 do t[i] = {} end", "", "or a table" },
    { "io.open('/etc/passwd')", "nil", "no files" },
    { "os.execute('true')", "nil", "no processes" },
    { "debug.getregistry()", "nil", "no debugger" },
    { "coroutine.create(function() end)", "nil", "no coroutines, whose steps would count anew" },
    { "pcall(error)", "Blocked Lua function called: pcall", "nobody catches the end of the script" },
    { "load('x = 1')()", "Blocked", "no code out of texts" },
    { "dofile('x')", "Blocked", "no code out of files" },
    { "\27Lua", "", "no byte code in" },
    { "require('os')", "no module 'os'", "modules are the owner's alone" },
    { "x = require('mine').answer if x ~= 42 then error('other') end", NULL, "… and these are there" },
    { "print('x')", NULL, "printing is allowed and goes nowhere" },
};

#include <lauxlib.h>

static int mine(struct lua_State *l)
{
    lua_newtable(l);
    lua_pushinteger(l, 42);
    lua_setfield(l, -2, "answer");
    return 1;
}

static const struct script_module modules[] = { { "mine", mine }, { NULL, NULL } };

static void test_rows(void)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct err err = { "" };
        struct script *s = script_new(&(struct script_limits){ 4 << 20, 1000000 }, NULL, &err);
        script_modules(s, modules);
        bool done = script_run(s, bytes_str(rows[i].text), "test", &err);
        ok(done == (rows[i].wrong == NULL) && (done || strstr(err.text, rows[i].wrong) != NULL), rows[i].why);
        if (done != (rows[i].wrong == NULL)) {
            diag("%s", err.text);
        }
        script_free(s);
    }
}

static void test_again(void)
{
    struct err err;
    int owner = 0;
    struct script *s = script_new(&(struct script_limits){ 4 << 20, 100000 }, &owner, &err);

    ok(!script_run(s, bytes_str("while true do end"), "test", &err), "a script that took too many steps");
    ok(script_run(s, bytes_str("function f(a) return a + 1 end"), "test", &err), "… has fresh ones the next time");
    lua_getglobal(script_state(s), "f");
    lua_pushinteger(script_state(s), 4);
    ok(script_call(s, 1, 1, &err) && lua_tointeger(script_state(s), -1) == 5, "a function is called with arguments and gives results");
    ok(script_owner(script_state(s)) == &owner, "functions of C find the owner");
    script_free(s);
}

int main(void)
{
    test_rows();
    test_again();
    return done_testing();
}

#else

int main(void)
{
    struct err err;

    ok(!script_built() && script_new(&(struct script_limits){ 0 }, NULL, &err) == NULL, "without Lua there are no scripts");
    return done_testing();
}

#endif
