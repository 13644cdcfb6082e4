/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/rows.h"
#include "base/text.h"
#include "tap.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#define B(literal) bytes_of(literal, sizeof(literal) - 1)

static bool is_text(const struct text *t, const char *want, const char *why)
{
    return is_mem(t->p, t->n, want, strlen(want), why);
}

static void test_text(void)
{
    struct text t;

    text_init(&t, 0);
    text_str(&t, "a");
    text_byte(&t, 'b');
    text_u64(&t, 0);
    text_u64(&t, 9);
    text_u64(&t, 10);
    text_u64(&t, 12345);
    text_u64(&t, UINT64_MAX);
    text_printf(&t, "%s%d", "x", -1);
    is_text(&t, "ab0910123" "4518446744073709551615x-1", "bytes, numbers and formats follow each other");
    text_clear(&t);
    for (int i = 0; i < 5000; i++) {
        text_printf(&t, "%04d ", i);
    }
    is_int(t.n, 25000, "the buffer grows as it must");
    ok(memcmp(t.p + 24995, "4999 ", 5) == 0 && !t.cut, "and nothing is lost");
    size_t room = t.room;
    text_clear(&t);
    is_int(t.room, room, "clearing keeps the room");
    text_fini(&t);

    text_init(&t, 10);
    text_str(&t, "12345678");
    ok(!t.cut, "under the cap");
    text_str(&t, "abc");
    ok(t.cut && t.n <= 10, "at the cap bytes are dropped and cut is set");
    text_printf(&t, "%d", 123456);
    ok(t.n <= 10, "a format does not pass the cap either");
    text_clear(&t);
    ok(!t.cut, "clearing forgets the cut");
    text_fini(&t);
}

/* Around each power of ten and of two, where the count of digits turns. */
static void test_digits(void)
{
    unsigned wrong = 0;
    uint64_t ten = 1;

    for (unsigned i = 0; i < 64; i++) {
        const uint64_t v[] = { ten - 1, ten, ten + 1, (1ULL << i) - 1, 1ULL << i, UINT64_MAX - i };
        for (unsigned k = 0; k < ROWS(v); k++) {
            char digits[20], want[24];
            size_t n = text_digits(v[k], digits);
            wrong += n != (size_t)snprintf(want, sizeof(want), "%llu", (unsigned long long)v[k]) || memcmp(digits, want, n) != 0;
        }
        ten = i < 19 ? ten * 10 : 1;
    }
    is_int(wrong, 0, "numbers of every length");
}

static void test_strings(void)
{
    static const struct {
        const char *why;
        struct bytes in;
        const char *want, *binary;
    } rows[] = {
        { "plain text", BYTES("GET /"), "GET /", "GET /" },
        { "nothing", BYTES(""), "", "" },
        { "quotes and backslashes are escaped", BYTES("a\"b\\c"), "a\\\"b\\\\c", "a\\\"b\\\\c" },
        { "a slash is not", BYTES("a/b"), "a/b", "a/b" },
        { "the short escapes", BYTES("\b\t\n\f\r"), "\\b\\t\\n\\f\\r",
          "\\\\x08\\\\x09\\\\x0A\\\\x0C\\\\x0D" },
        { "other control bytes by number", BYTES("\0\x1f\v"), "\\u0000\\u001f\\u000b",
          "\\\\x00\\\\x1F\\\\x0B" },
        { "DEL stands for itself in UTF-8", BYTES("\x7f"), "\x7f", "\\\\x7F" },
        { "UTF-8 is kept", BYTES("na\xc3\xafve \xe2\x82\xac \xf0\x9f\x90\x97"),
          "na\xc3\xafve \xe2\x82\xac \xf0\x9f\x90\x97",
          "na\\\\xC3\\\\xAFve \\\\xE2\\\\x82\\\\xAC \\\\xF0\\\\x9F\\\\x90\\\\x97" },
        { "one bad byte makes all above 0x7f text", BYTES("\xc3\xaf\xff\n"),
          "\\\\xc3\\\\xaf\\\\xff\\n", "\\\\xC3\\\\xAF\\\\xFF\\\\x0A" },
        { "an overlong form is not UTF-8", BYTES("\xc0\xaf"), "\\\\xc0\\\\xaf", "\\\\xC0\\\\xAF" },
        { "an overlong form of three is not", BYTES("\xe0\x80\xaf"), "\\\\xe0\\\\x80\\\\xaf",
          "\\\\xE0\\\\x80\\\\xAF" },
        { "a surrogate is not", BYTES("\xed\xa0\x80"), "\\\\xed\\\\xa0\\\\x80",
          "\\\\xED\\\\xA0\\\\x80" },
        { "above U+10FFFF is not", BYTES("\xf4\x90\x80\x80"), "\\\\xf4\\\\x90\\\\x80\\\\x80",
          "\\\\xF4\\\\x90\\\\x80\\\\x80" },
        { "a cut sequence is not", BYTES("a\xe2\x82"), "a\\\\xe2\\\\x82", "a\\\\xE2\\\\x82" },
        { "a stray continuation is not", BYTES("\x80"), "\\\\x80", "\\\\x80" },
        { "an escape in the middle of long runs",
          BYTES("0123456789abcdef\"0123456789abcdefghi\\0123456789"),
          "0123456789abcdef\\\"0123456789abcdefghi\\\\0123456789",
          "0123456789abcdef\\\"0123456789abcdefghi\\\\0123456789" },
        { "continuation bytes look like control bytes with the high bit",
          BYTES("\xd0\x90\xd0\x91\xd0\x92\xd0\x93\x01\xd0\x94\xd0\x95"),
          "\xd0\x90\xd0\x91\xd0\x92\xd0\x93\\u0001\xd0\x94\xd0\x95",
          "\\\\xD0\\\\x90\\\\xD0\\\\x91\\\\xD0\\\\x92\\\\xD0\\\\x93\\\\x01\\\\xD0\\\\x94\\\\xD0\\\\x95" },
    };
    struct text t;
    struct json j;
    char want[512];

    text_init(&t, 0);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        text_clear(&t);
        json_init(&j, &t);
        json_bytes(&j, NULL, rows[i].in);
        snprintf(want, sizeof(want), "\"%s\"", rows[i].want);
        is_text(&t, want, rows[i].why);
        text_clear(&t);
        json_init(&j, &t);
        json_bytes_hexed(&j, NULL, rows[i].in);
        snprintf(want, sizeof(want), "\"%s\"", rows[i].binary);
        is_text(&t, want, "  the same as binary");
    }
    text_fini(&t);
}

/* Each byte at each place of a run of eight: the fast scan must stop where the table says. */
static void test_every_byte(void)
{
    struct text t;
    struct json j;
    unsigned wrong = 0;

    text_init(&t, 0);
    for (int c = 0; c < 0x80; c++) {
        for (size_t at = 0; at < 17; at++) {
            char in[17], want[64];
            memset(in, 'x', sizeof(in));
            in[at] = (char)c;
            text_clear(&t);
            json_init(&j, &t);
            json_bytes(&j, NULL, bytes_of(in, sizeof(in)));
            char esc[8] = { (char)c };
            const char *at_short = c != 0 ? strchr("\bb\tt\nn\ff\rr\"\"\\\\", c) : NULL;
            if (c == 'b' || c == 't' || c == 'n' || c == 'f' || c == 'r') {
                at_short = NULL;
            }
            if (at_short != NULL) {
                snprintf(esc, sizeof(esc), "\\%c", at_short[1]);
            } else if (c < 0x20) {
                snprintf(esc, sizeof(esc), "\\u%04x", c);
            }
            snprintf(want, sizeof(want), "\"%.*s%s%.*s\"", (int)at, "xxxxxxxxxxxxxxxxx", esc,
                     (int)(16 - at), "xxxxxxxxxxxxxxxxx");
            wrong += t.n != strlen(want) || memcmp(t.p, want, t.n) != 0;
        }
    }
    is_int(wrong, 0, "every byte below 0x80 is escaped as RFC 8259 7 asks, at every place");
    text_fini(&t);
}

static void test_structure(void)
{
    struct text t;
    struct json j;

    text_init(&t, 0);
    json_init(&j, &t);
    json_object(&j, NULL);
    json_u64(&j, "a", 1);
    json_object(&j, "o");
    json_end_object(&j);
    json_array(&j, "l");
    json_i64(&j, NULL, INT64_MIN);
    json_bool(&j, NULL, true);
    json_array(&j, NULL);
    json_end_array(&j);
    json_null(&j, NULL);
    json_end_array(&j);
    json_string(&j, "s", "x");
    json_raw(&j, "r", B("{\"k\":0}"));
    json_bool(&j, "f", false);
    json_end_object(&j);
    is_text(&t,
            "{\"a\":1,\"o\":{},\"l\":[-9223372036854775808,true,[],null],\"s\":\"x\","
            "\"r\":{\"k\":0},\"f\":false}",
            "commas stand between members, at every depth");

    text_clear(&t);
    json_init(&j, &t);
    json_array(&j, NULL);
    json_hex(&j, NULL, B("\x00\xab"), 0);
    json_hex(&j, NULL, B("\x00\xab\x01"), ':');
    json_base64(&j, NULL, B(""));
    json_base64(&j, NULL, B("f"));
    json_base64(&j, NULL, B("fo"));
    json_base64(&j, NULL, B("foo"));
    json_base64(&j, NULL, B("\xff\xfe\xfd\xfc"));
    json_end_array(&j);
    is_text(&t, "[\"00ab\",\"00:ab:01\",\"\",\"Zg==\",\"Zm8=\",\"Zm9v\",\"//79/A==\"]",
            "hexadecimal, and base64 (RFC 4648 10)");

    text_clear(&t);
    json_init(&j, &t);
    json_array(&j, NULL);
    static const double numbers[] = { 0, 1, -1.5, 0.1, 1e21, 123456.789, 5e-7 };
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        json_double(&j, NULL, numbers[i]);
    }
    json_double(&j, NULL, NAN);
    json_double(&j, NULL, INFINITY);
    json_end_array(&j);
    is_text(&t, "[0,1,-1.5,0.1,1000000000000000000000,123456.789,0.0000005,null,null]",
            "the shortest digits that say the same number; JSON has no infinity");
    text_clear(&t);
    json_init(&j, &t);
    json_double(&j, NULL, DBL_MIN);
    ok(t.n > 0 && (text_byte(&t, '\0'), strtod(t.p, NULL) == DBL_MIN), "the smallest reads back");
    text_fini(&t);
}

static void test_caps(void)
{
    struct text t;
    struct json j;

    text_init(&t, 0);
    json_init(&j, &t);
    j.string_max = 4;
    json_array(&j, NULL);
    json_bytes(&j, NULL, B("abcdef"));
    json_bytes(&j, NULL, B("abc\xc3\xaf"));
    json_bytes(&j, NULL, B("ab\xe2\x82\xac"));
    json_bytes(&j, NULL, B("abc\xff\xff"));
    json_bytes_hexed(&j, NULL, B("abcdef"));
    json_end_array(&j);
    is_text(&t, "[\"abcd\",\"abc\",\"ab\",\"abc\\\\xff\",\"abcd\"]",
            "long strings are cut, but not inside a UTF-8 sequence");
    text_fini(&t);

    text_init(&t, 4096);
    json_init(&j, &t);
    json_object(&j, NULL);
    static const char big[8192] = { 0 };
    json_bytes(&j, "big", bytes_of(big, sizeof(big)));
    ok(t.cut, "a string that escaping makes too long for the text is a cut");
    json_u64(&j, "n", 1);
    json_end_object(&j);
    is_text(&t, "{\"n\":1}", "and is left out whole, its comma too");
    text_fini(&t);

    text_init(&t, 0);
    json_init(&j, &t);
    static char mixed[7000];
    for (size_t i = 0; i < sizeof(mixed); i++) {
        mixed[i] = "\xc3\xaf"[i & 1];
    }
    json_bytes(&j, NULL, bytes_of(mixed, sizeof(mixed)));
    ok(t.n == sizeof(mixed) + 2 && memcmp(t.p + 1, mixed, sizeof(mixed)) == 0,
       "a sequence over the border of two pieces is kept");
    text_clear(&t);
    json_init(&j, &t);
    json_base64(&j, NULL, bytes_of(mixed, 6145));
    is_int(t.n, (6145 + 2) / 3 * 4 + 2, "base64 over several pieces is padded once");
    text_fini(&t);
}

int main(void)
{
    test_text();
    test_digits();
    test_strings();
    test_every_byte();
    test_structure();
    test_caps();
    return done_testing();
}
