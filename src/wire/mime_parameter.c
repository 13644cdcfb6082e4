/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wire/mime.h"

#define BLANKS " \t\r\n"

enum { SECTIONS_MAX = 100 };

/* RFC 2045 5.1.  The quotes are left out, backslashes are kept; a quote that does not close is as good as none. */
static struct bytes token_value(struct rd *r)
{
    struct bytes rest = rd_peek(r);
    bool found;

    if (rest.n != 0 && rest.p[0] == '"') {
        size_t n = 1;
        while (n < rest.n && (rest.p[n] != '"' || rest.p[n - 1] == '\\')) {
            n++;
        }
        if (n < rest.n) {
            rd_skip(r, n + 1);
            (void)rd_until(r, ';', &found);
            return bytes_from(bytes_head(rest, n), 1);
        }
        rd_skip(r, 1);
    }
    return bytes_trim(rd_until(r, ';', &found), BLANKS);
}

static bool token_find(struct bytes value, struct bytes name, struct bytes *out)
{
    struct rd r = rd_of(value);
    bool found;

    (void)rd_until(&r, ';', &found);
    while (rd_left(&r) != 0) {
        struct bytes key = rd_until_any(&r, "=;"), rest = rd_peek(&r);
        rd_skip(&r, rest.n != 0);
        if (rest.n == 0 || rest.p[0] == ';') {
            continue;
        }
        struct bytes text = token_value(&r);
        if (bytes_equal_nocase(bytes_trim(key, BLANKS), name)) {
            *out = text;
            return true;
        }
    }
    return false;
}

/* name*, or name*N, or name*N*: sections are counted from 0, below 0 there is none. */
static struct bytes section_name(struct arena *a, const char *name, int number, bool coded)
{
    struct arena_text t;

    arena_text_init(&t, a, 64);
    arena_text_add(&t, bytes_str(name));
    if (number >= 0) {
        arena_text_byte(&t, '*');
    }
    if (number >= 10) {
        arena_text_byte(&t, (uint8_t)('0' + number / 10));
    }
    if (number >= 0) {
        arena_text_byte(&t, (uint8_t)('0' + number % 10));
    }
    if (coded) {
        arena_text_byte(&t, '*');
    }
    return arena_text_bytes(&t);
}

/* RFC 2231 4: in the first, or only, one charset'language' stands before the text; %XX is a byte. */
static void add_coded(struct arena_text *t, struct bytes b, bool first)
{
    size_t one = first ? bytes_find_byte(b, '\'') : SIZE_MAX;
    size_t two = one != SIZE_MAX ? bytes_find_byte(bytes_from(b, one + 1), '\'') : SIZE_MAX;

    b = two != SIZE_MAX ? bytes_from(b, one + two + 2) : b;
    for (size_t i = 0; i < b.n; i++) {
        uint64_t code;
        bool coded = b.p[i] == '%' && i + 2 < b.n && bytes_hex(bytes_head(bytes_from(b, i + 1), 2), &code);
        arena_text_byte(t, coded ? (uint8_t)code : b.p[i]);
        i += coded ? 2 : 0;
    }
}

/* Section `number`, in either form; false: there is none. */
static bool section_add(struct arena *a, struct bytes value, const char *name, int number, struct arena_text *to)
{
    struct bytes section;

    if (number >= 0 && token_find(value, section_name(a, name, number, false), &section)) {
        arena_text_add(to, section);
        return true;
    }
    if (token_find(value, section_name(a, name, number, true), &section)) {
        add_coded(to, section, number <= 0);
        return true;
    }
    return false;
}

bool mime_parameter(struct arena *a, struct bytes value, const char *name, struct bytes *out)
{
    struct arena_text joined;

    if (token_find(value, bytes_str(name), out)) {
        return true;
    }
    if (bytes_find_byte(value, '*') == SIZE_MAX) {
        return false;
    }
    arena_text_init(&joined, a, MIME_VALUE_MAX);
    int n = 0;
    while (n < SECTIONS_MAX && section_add(a, value, name, n, &joined)) {
        n++;
    }
    if (n == 0 && !section_add(a, value, name, -1, &joined)) {
        return false;
    }
    *out = arena_text_bytes(&joined);
    return true;
}
