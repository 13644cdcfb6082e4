/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What Snort 3's HTTP inspector makes of a target, a header block, a cookie or a body before rules see it: percent escapes
 * decoded, twice; of a target also the path in its simplest form.  As its defaults have it: utf8, iis_double_decode,
 * backslash_to_slash, plus_to_space and simplify_path on; percent_u, utf8_bare_byte and iis_unicode off.
 */
#include "detect/macro_text.h"
#include "detect/script_text.h"
#include "detect/transform.h"

static int hex(uint8_t c)
{
    return c >= '0' && c <= '9' ? c - '0' : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : -1;
}

/* The byte that "%XX" at i stands for; -1: no escape. */
static int escaped(struct bytes in, size_t i)
{
    if (i + 2 >= in.n || in.p[i] != '%' || hex(in.p[i + 1]) < 0 || hex(in.p[i + 2]) < 0) {
        return -1;
    }
    return hex(in.p[i + 1]) << 4 | hex(in.p[i + 2]);
}

/* RFC 3629 3: a character of two or three escaped bytes, its escapes' length into *n; one that a byte cannot hold is 0xff. */
static int character(struct bytes in, size_t i, size_t *n)
{
    int first = escaped(in, i), second = escaped(in, i + 3), third = escaped(in, i + 6), value;

    *n = 3;
    if (first < 0xc0 || first >= 0xf0 || (second & 0xc0) != 0x80 || second < 0 || (first >= 0xe0 && (third < 0 || (third & 0xc0) != 0x80))) {
        return first;
    }
    *n = first < 0xe0 ? 6 : 9;
    value = first < 0xe0 ? (first & 0x1f) << 6 | (second & 0x3f) : (first & 0xf) << 12 | (second & 0x3f) << 6 | (third & 0x3f);
    return value > 0xff ? 0xff : value;
}

/* Decodes into `to`, which may be in.p itself; how many bytes it is. */
static size_t decode(struct bytes in, uint8_t *to, bool utf8)
{
    size_t n = 0;

    for (size_t i = 0; i < in.n;) {
        size_t taken = 3;
        int c = utf8 ? character(in, i, &taken) : escaped(in, i);

        if (c >= 0) {
            to[n++] = (uint8_t)c;
            i += taken;
        } else { /* "%%" is one of them */
            bool twice = in.p[i] == '%' && i + 1 < in.n && in.p[i + 1] == '%' && utf8;
            to[n++] = in.p[i];
            i += twice ? 2 : 1;
        }
    }
    return n;
}

static bool has(struct bytes in, uint8_t c) { return bytes_find_byte(in, c) != SIZE_MAX; }

static size_t escapes(struct bytes in, uint8_t *to)
{
    size_t n = decode(in, to, true);

    return decode(bytes_of(to, n), to, false);
}

bool transform_snort(const struct detect_scope *s, const void *data, struct bytes in, struct bytes *out)
{
    (void)data;
    *out = in;
    if (!has(in, '%')) {
        return true;
    }
    uint8_t *to = transform_room(s, in.n);
    *out = to ? bytes_of(to, escapes(in, to)) : bytes_none();
    return to != NULL;
}

/* "//" and "/./" are "/", "/x/../" is "/": in place, from the first slash up to n; how many bytes are left. */
static size_t simplify(uint8_t *p, size_t n)
{
    size_t to = 0;

    for (size_t i = 0; i < n;) {
        size_t end = i + 1;

        while (end < n && p[end] != '/') {
            end++;
        }
        bool slash = p[i] == '/';
        size_t len = end - i - slash;
        const uint8_t *name = p + i + slash;
        if (slash && len == 2 && name[0] == '.' && name[1] == '.') {
            while (to > 0 && p[--to] != '/') {
            }
            if (end == n) { /* what it leads to is a folder */
                p[to++] = '/';
            }
        } else if (!slash || !((len == 1 && name[0] == '.') || (len == 0 && end < n))) {
            memmove(p + to, p + i, end - i);
            to += end - i;
        } else if (len == 1 && end == n) {
            p[to++] = '/';
        }
        i = end;
    }
    return to;
}

/* Where the path begins: behind "scheme://authority". */
static size_t path_begin(struct bytes in)
{
    size_t at = bytes_find(in, bytes_str("://")), first = bytes_find_byte(in, '/');

    if (at == SIZE_MAX || at + 1 != first) {
        return 0;
    }
    first = bytes_find_byte(bytes_from(in, at + 3), '/');
    return first == SIZE_MAX ? in.n : at + 3 + first;
}

bool transform_snort_uri(const struct detect_scope *s, const void *data, struct bytes in, struct bytes *out)
{
    uint8_t *to = transform_room(s, in.n);
    size_t mark = bytes_find_byte(in, '?'), begin = path_begin(in), end, n;

    (void)data;
    *out = in;
    if (!to || in.n == 0) {
        return to != NULL || in.n == 0;
    }
    struct bytes before = bytes_head(in, mark), after = mark == SIZE_MAX ? bytes_none() : bytes_from(in, mark);
    end = escapes(before, to);
    n = end + escapes(after, to + end);
    for (size_t i = begin; i < n; i++) {
        to[i] = to[i] == '\\' ? '/' : to[i] == '+' ? ' ' : to[i];
    }
    size_t path = begin < end ? simplify(to + begin, end - begin) : 0;
    if (begin < end && path < end - begin) {
        memmove(to + begin + path, to + end, n - end);
        n -= end - begin - path;
    }
    *out = bytes_of(to, n);
    return true;
}

/* ---- one of several ---- */

/* The name, for the transforms that look something up by it; "NAME,nocase" overlooks case. */
struct wanted {
    struct bytes name;
    bool nocase;
};

bool transform_name_parse(struct rule_parse *p, const char *argument, const void **data, struct err *err)
{
    struct wanted *w = arena_zero(rule_parse_arena(p), sizeof *w);
    struct bytes all = bytes_str(argument), tail = bytes_str(",nocase");
    size_t n = all.n > tail.n && memcmp(all.p + all.n - tail.n, tail.p, tail.n) == 0 ? all.n - tail.n : all.n;

    if (w == NULL) {
        return err_set(err, "not enough memory for a rule");
    }
    w->nocase = n != all.n;
    w->name = arena_copy(rule_parse_arena(p), bytes_head(all, n));
    *data = w;
    return w->name.n != 0 || err_set(err, "a name is needed");
}

/* "a=1&b=2": the value of the first parameter of that name, decoded. */
bool transform_snort_param(const struct detect_scope *s, const void *data, struct bytes in, struct bytes *out)
{
    const struct wanted *w = data;
    struct rd r = rd_of(in);

    while (rd_left(&r) != 0) {
        struct bytes pair = rd_until_any(&r, "&;");
        size_t equals = bytes_find_byte(pair, '=');
        struct bytes name = bytes_head(pair, equals), value = equals == SIZE_MAX ? bytes_none() : bytes_from(pair, equals + 1);

        rd_skip(&r, rd_left(&r) != 0);
        if (w->nocase ? bytes_equal_nocase(name, w->name) : name.n == w->name.n && memcmp(name.p, w->name.p, name.n) == 0) {
            return transform_snort(s, NULL, value, out);
        }
    }
    return false;
}

/* "Name: value" lines: the values of the fields of that name, a comma between them. */
bool transform_snort_field(const struct detect_scope *s, const void *data, struct bytes in, struct bytes *out)
{
    const struct wanted *w = data;
    struct rd r = rd_of(in);
    uint8_t *to = transform_room(s, in.n);
    size_t n = 0;
    bool found = true, any = false;

    while (to && found && rd_left(&r) != 0) {
        struct bytes line = rd_line(&r, &found);
        size_t colon = bytes_find_byte(line, ':');
        struct bytes value = bytes_trim(bytes_from(line, colon == SIZE_MAX ? line.n : colon + 1), " \t\r\n");

        if (colon == SIZE_MAX || !bytes_equal_nocase(bytes_trim(bytes_head(line, colon), " \t"), w->name)) {
            continue;
        }
        if (any) {
            to[n++] = ',';
        }
        memcpy(to + n, value.p ? value.p : (const uint8_t *)"", value.n);
        n += value.n;
        any = true;
    }
    *out = bytes_of(to, n);
    return any;
}

bool transform_script(const struct detect_scope *s, const void *data, struct bytes in, struct bytes *out)
{
    (void)data;
    return script_text(scope_arena(s), in, out);
}

bool transform_macro(const struct detect_scope *s, const void *data, struct bytes in, struct bytes *out)
{
    (void)data;
    return macro_text(scope_arena(s), in, out);
}
