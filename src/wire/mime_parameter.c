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

static struct bytes section_name(struct arena *a, const char *name, unsigned number)
{
    struct arena_text t;

    arena_text_init(&t, a, 64);
    arena_text_add(&t, bytes_str(name));
    arena_text_byte(&t, '*');
    if (number >= 10) {
        arena_text_byte(&t, (uint8_t)('0' + number / 10));
    }
    arena_text_byte(&t, (uint8_t)('0' + number % 10));
    return arena_text_bytes(&t);
}

bool mime_parameter(struct arena *a, struct bytes value, const char *name, struct bytes *out)
{
    struct bytes section;
    struct arena_text joined;

    if (token_find(value, bytes_str(name), out)) {
        return true;
    }
    if (bytes_find_byte(value, '*') == SIZE_MAX || !token_find(value, section_name(a, name, 0), &section)) {
        return false;
    }
    arena_text_init(&joined, a, MIME_VALUE_MAX);
    arena_text_add(&joined, section);
    for (unsigned i = 1; i < SECTIONS_MAX && token_find(value, section_name(a, name, i), &section); i++) {
        arena_text_add(&joined, section);
    }
    *out = arena_text_bytes(&joined);
    return true;
}
