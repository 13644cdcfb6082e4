/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "script/script.h"

#include "tap.h"

#ifdef HAVE_LUA

/* Its length is what stands at the end of powers of two. */
#define ENDLESS "local t = {[1 << 0] = 1, [1 << 1] = 1, [1 << 2] = 1, [1 << 3] = 1, [1 << 4] = 1, [1 << 5] = 1, [1 << 6] = 1, [1 << 7] = 1, [1 << 8] = 1, [1 << 9] = 1, [1 << 10] = 1, [1 << 11] = 1, [1 << 12] = 1, [1 << 13] = 1, [1 << 14] = 1, [1 << 15] = 1, [1 << 16] = 1, [1 << 17] = 1, [1 << 18] = 1, [1 << 19] = 1, [1 << 20] = 1, [1 << 21] = 1, [1 << 22] = 1, [1 << 23] = 1, [1 << 24] = 1, [1 << 25] = 1, [1 << 26] = 1, [1 << 27] = 1, [1 << 28] = 1, [1 << 29] = 1, [1 << 30] = 1, [1 << 31] = 1, [1 << 32] = 1, [1 << 33] = 1, [1 << 34] = 1, [1 << 35] = 1, [1 << 36] = 1, [1 << 37] = 1, [1 << 38] = 1, [1 << 39] = 1, [1 << 40] = 1, } "
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
    { "x = string.rep('a', 8 << 20)", "memory", "so does one big text" },
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
    { "local s = ('a'):rep(3000) s:find(('a*'):rep(20) .. 'b')", "steps", "a pattern that goes back without end" },
    { "local s = ('a'):rep(3000) s:gsub('(.-)(.-)(.-)b', '')", "steps", "… in gsub" },
    { "for a in (('a'):rep(3000)):gmatch('.-.-.-b') do end", "steps", "… in gmatch" },
    { "table.move({ 1 }, 1, 1 << 40, 2)", "steps", "a move of more values than there are" },
    { "x = (''):rep(math.maxinteger)", "steps", "nothing, times without end" },
    { "x = (''):rep(3) x = ('ab'):rep(3, ',') if x ~= 'ab,ab,ab' then error('other') end", NULL, "a few times it is nothing" },
    { ENDLESS "table.insert(t, 1, 1)", "steps", "an insertion into a table that seems to have no end" },
    { ENDLESS "table.remove(t, 1)", "steps", "a removal" },
    { "table.concat({}, ',', 1, math.maxinteger)", "steps", "values that are joined" },
    { "local t = {} for i = 1, 50000 do t[i] = i end for i = 1, 100 do table.sort(t) end", "steps", "sorting over and over" },
    { "local s = ('a'):rep(1 << 20) while true do s:upper() end", "steps", "a long text over and over" },
    { "local s = ('a'):rep(1 << 20) while true do local x = s .. 'b' end", "steps", "texts joined over and over" },
    { "local s = ('a'):rep(100000) s:find('[' .. ('b'):rep(100000) .. ']')", "steps", "a pattern whose sets are long" },
    { "if #table.pack(('abc'):byte(1, -1)) ~= 3 or ('abc'):byte(-1) ~= 99 or ('abc'):byte(9) then error('other') end", NULL, "bytes" },
    { "local t = { 3, 1, 2 } table.sort(t) table.insert(t, 4) table.insert(t, 1, 0) table.remove(t, 2) if table.concat(t, ',') ~= '0,2,3,4' or table.remove({}) then error('other') end",
      NULL, "lists" },
    { "if utf8.len('aé') ~= 2 or utf8.offset('aé', 2) ~= 2 or utf8.codepoint('é') ~= 233 or string.unpack('<H', 'ab') ~= 0x6261 then error('other') end", NULL, "characters, and numbers in texts" },
    { "table.insert(nil, 1)", "bad argument #1", "what is no table is the function's to tell" },
    { "error(1)", "no text", "an error that is a number" },
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

/* Each is an expression that must be true: the language's own results. */
static const struct {
    const char *expression;
    const char *why;
} pattern_rows[] = {
    { "select(1, ('hello world'):find('wor')) == 7 and select(2, ('hello world'):find('wor')) == 9", "find: both ends" },
    { "('hello'):find('l', 1, true) == 3 and ('a.b'):find('.', 1, true) == 2", "find: plain" },
    { "('hello'):find('') == 1 and ('hello'):find('', 10) == nil and ('hello'):find('', 6) == 6", "find: nothing, and behind the end" },
    { "('hello'):find('l', -2) == 4 and ('hello'):find('h', -100) == 1", "find: from the end" },
    { "('key = value'):match('^(%w+)%s*=%s*(%w+)$') == 'key' and select(2, ('key = value'):match('^(%w+)%s*=%s*(%w+)$')) == 'value'", "match: captures" },
    { "('abc'):match('^b') == nil and ('abc'):match('b') == 'b'", "match: an anchor" },
    { "('abc'):match('()b()') == 2 and select(2, ('abc'):match('()b()')) == 3", "match: places" },
    { "('xabcabcx'):match('(abc)%1') == 'abc' and ('xabcabdx'):match('(abc)%1') == nil", "match: the same again" },
    { "('f(a(b)c)d'):match('%b()') == '(a(b)c)'", "match: what is balanced" },
    { "('THE (quick) fox'):find('%f[%a]%a+%f[%A]') == 1 and ('THE (quick) fox'):match('%f[%l]%l+') == 'quick'", "match: frontiers" },
    { "('a-b_c]'):match('[%w_-]+') == 'a-b_c' and (']x'):match('[]]') == ']' and ('^x'):match('[x^]+') == '^x' and ('q'):match('[^a-p]') == 'q'", "match: sets" },
    { "('aaa'):match('a-') == '' and ('aaab'):match('a-b') == 'aaab' and ('b'):match('a?b') == 'b' and ('ab'):match('a?b') == 'ab'", "match: as little, or none" },
    { "('192.168.1.10'):match('(%d+)%.(%d+)%.(%d+)%.(%d+)') == '192'", "match: an address" },
    { "('a$'):match('a$') == nil and ('a$'):match('a%$') == 'a$' and ('a$b'):match('a$b') == 'a$b'", "match: the end, and its sign" },
    { "(function() local t = {} for k, v in ('a=1, b=2'):gmatch('(%w+)=(%w+)') do t[k] = v end return t.a == '1' and t.b == '2' end)()", "gmatch: pairs" },
    { "(function() local n = 0 for w in ('one two'):gmatch('%a*') do n = n + 1 end return n end)() == 2", "gmatch: nothing behind a match counts not" },
    { "('hello'):gsub('l', 'L') == 'heLLo' and select(2, ('hello'):gsub('l', 'L')) == 2 and ('hello'):gsub('l', 'L', 1) == 'heLlo'", "gsub: a text" },
    { "('hello world'):gsub('(%w+)', '<%1>') == '<hello> <world>' and ('abc'):gsub('%w', '%0%0') == 'aabbcc' and ('a'):gsub('a', '%%') == '%'", "gsub: captures" },
    { "('$name is $x'):gsub('%$(%w+)', { name = 'Lua' }) == 'Lua is $x'", "gsub: a table" },
    { "('4+5'):gsub('%d', function(d) return d + 1 end) == '5+6' and ('ab'):gsub('a', function() end) == 'ab'", "gsub: a function" },
    { "('abc'):gsub('', '-') == '-a-b-c-' and ('abc'):gsub('b*', 'x') == 'xaxcx'", "gsub: nothing is found everywhere" },
    { "('abc'):gsub('^a', 'x') == 'xbc' and ('aaa'):gsub('^a', 'x') == 'xaa'", "gsub: an anchor" },
    { "table.concat(table.move({ 1, 2, 3 }, 1, 3, 2)) == '1123' and table.concat(table.move({ 1, 2, 3 }, 2, 3, 1)) == '233'", "move: within a table, both ways" },
    { "table.concat(table.move({ 1, 2 }, 1, 2, 3, { 8, 9 })) == '8912'", "move: into another" },
};

static void test_patterns(void)
{
    for (size_t i = 0; i < sizeof pattern_rows / sizeof *pattern_rows; i++) {
        struct err err = { "" };
        char text[512];
        struct script *s = script_new(&(struct script_limits){ 4 << 20, 1000000 }, NULL, &err);
        snprintf(text, sizeof text, "if not (%s) then error('it is not') end", pattern_rows[i].expression);
        ok(script_run(s, bytes_str(text), "test", &err), pattern_rows[i].why);
        if (err.text[0] != '\0') {
            diag("%s", err.text);
        }
        script_free(s);
    }
    static const char *const wrong[] = { "('a'):find('[a')", "('a'):find('%')", "('a'):find('(a')", "('a'):match('a)')", "('a'):find('%1')", "('a'):find('%b')",
                                         "('a'):find('%f')", "('a'):gsub('a', '%2')", "('a'):find(('(a)'):rep(40))" };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct err err = { "" };
        struct script *s = script_new(&(struct script_limits){ 4 << 20, 1000000 }, NULL, &err);
        ok(!script_run(s, bytes_str(wrong[i]), "test", &err) || i == 8, wrong[i]);
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
    test_patterns();
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
