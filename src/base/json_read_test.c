/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/json_read.h"

#include "base/rows.h"
#include "tap.h"

/* clang-format off */
static const struct {
    const char *why, *text;
    enum json_kind kind;
} values[] = {
    { "an object", "{\"a\": 1}", JSON_OBJECT },
    { "blanks around", " [1 , 2]\n", JSON_ARRAY },
    { "nothing in it", "{}", JSON_OBJECT },
    { "a number with all its parts", "-1.5e+3", JSON_NUMBER },
    { "zero may not lead", "01", JSON_BAD },
    { "a point needs digits", "1.", JSON_BAD },
    { "a string with escapes", "\"\\u00e4\\n\"", JSON_STRING },
    { "an escape that is none", "\"\\x\"", JSON_BAD },
    { "a string without end", "\"abc", JSON_BAD },
    { "a control byte in a string", "\"a\tb\"", JSON_BAD },
    { "words", "true", JSON_TRUE },
    { "part of a word", "tru", JSON_BAD },
    { "a comma too many", "[1,]", JSON_BAD },
    { "a comma in an empty list", "[,]", JSON_BAD },
    { "a member without a value", "{\"a\"}", JSON_BAD },
    { "two values", "1 2", JSON_BAD },
    { "nothing", "", JSON_BAD },
    { "deeper than the cap", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]", JSON_BAD },
};
static const struct {
    const char *why, *text, *path, *want; /* NULL: nothing there */
} paths[] = {
    { "a member", "{\"a\":1,\"b\":[2]}", "b", "[2]" },
    { "through objects", "{\"a\":{\"b\":\"x\"}}", "a.b", "\"x\"" },
    { "the value itself", "[1]", "", "[1]" },
    { "a key is whole", "{\"ab\":1}", "a", NULL },
    { "not through a list", "{\"a\":[1]}", "a.b", NULL },
};
static const struct {
    const char *why, *text, *leave, *want;
} compact[] = {
    { "blanks go, but not in strings", "{ \"a b\" : \" c\\\" d \" }", NULL, "{\"a b\":\" c\\\" d \"}" },
    { "a member is left out", "{\"ip\": \"1\", \"x\" :2, \"y\":{\"ip\":3}}", "ip", "{\"x\":2,\"y\":{\"ip\":3}}" },
    { "the only one", "{\"ip\":1}", "ip", "{}" },
    { "a list is kept", "[ 1 ]", "ip", "[1]" },
};
static const struct {
    const char *why, *text, *want;
} texts[] = {
    { "plain", "\"abc\"", "abc" },
    { "escapes", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t" },
    { "two bytes", "\"\\u00e4\"", "\xc3\xa4" },
    { "a pair", "\"\\ud83d\\ude00\"", "\xf0\x9f\x98\x80" },
    { "half a pair", "\"\\ud83dx\"", "\xef\xbf\xbdx" },
};
/* clang-format on */

int main(void)
{
    struct arena a;
    struct bytes out;
    enum json_kind kind;

    arena_init(&a, NULL, 0);
    for (size_t i = 0; i < ROWS(values); i++) {
        is_int(json_whole(bytes_str(values[i].text), &out), values[i].kind, values[i].why);
    }
    for (size_t i = 0; i < ROWS(paths); i++) {
        bool there = json_find(bytes_str(paths[i].text), paths[i].path, &out, &kind);
        ok(there == (paths[i].want != NULL) && (!there || bytes_is(out, paths[i].want)), paths[i].why);
    }
    for (size_t i = 0; i < ROWS(compact); i++) {
        ok(json_compact(&a, bytes_str(compact[i].text), compact[i].leave, &out) && bytes_is(out, compact[i].want), compact[i].why);
    }
    for (size_t i = 0; i < ROWS(texts); i++) {
        ok(json_text(&a, bytes_str(texts[i].text), &out) && bytes_is(out, texts[i].want), texts[i].why);
    }
    arena_fini(&a);
    return done_testing();
}
