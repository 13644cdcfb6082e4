/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Growing bytes, chance, and the transforms that can be gone back through. */
#include "generate/scene.h"

uint64_t chance_next(struct chance *c)
{
    c->state += 0x9e3779b97f4a7c15ULL;
    uint64_t x = c->state;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ULL;
    x = (x ^ x >> 27) * 0x94d049bb133111ebULL;
    return x ^ x >> 31;
}

void make_init(struct make *m, struct arena *a)
{
    *m = (struct make){ .arena = a };
}

void make_add(struct make *m, struct bytes b)
{
    if (m->full || b.n == 0) {
        return;
    }
    if (m->n + b.n > m->room) {
        size_t room = m->room ? m->room * 2 : 256;
        while (room < m->n + b.n) {
            room *= 2;
        }
        uint8_t *more = m->n + b.n <= 2 * BUFFER_MAX ? arena_take(m->arena, room) : NULL;
        if (!more) {
            m->full = true;
            return;
        }
        if (m->n) {
            memcpy(more, m->p, m->n);
        }
        m->p = more;
        m->room = room;
    }
    memcpy(m->p + m->n, b.p, b.n);
    m->n += b.n;
}

void make_str(struct make *m, const char *s)
{
    make_add(m, bytes_str(s));
}

void make_byte(struct make *m, uint8_t c)
{
    make_add(m, bytes_of(&c, 1));
}

void make_be16(struct make *m, uint16_t x)
{
    make_byte(m, (uint8_t)(x >> 8));
    make_byte(m, (uint8_t)x);
}

void make_be24(struct make *m, uint32_t x)
{
    make_byte(m, (uint8_t)(x >> 16));
    make_be16(m, (uint16_t)x);
}

/* ---- transforms ---- */

static bool is_blank(uint8_t c)
{
    return c == ' ' || (c >= 9 && c <= 13);
}

static struct bytes plain_transform(struct arena *a, const char *name, struct bytes in)
{
    struct make out;

    make_init(&out, a);
    if (strcmp(name, "dotprefix") == 0) {
        make_byte(&out, '.');
        make_add(&out, in);
        return make_bytes(&out);
    }
    for (size_t i = 0; i < in.n; i++) {
        uint8_t c = in.p[i];
        if (strcmp(name, "to_lowercase") == 0 && c >= 'A' && c <= 'Z') {
            c |= 0x20;
        } else if (strcmp(name, "to_uppercase") == 0 && c >= 'a' && c <= 'z') {
            c &= 0x5f;
        } else if (strcmp(name, "strip_whitespace") == 0 && is_blank(c)) {
            continue;
        } else if (strcmp(name, "compress_whitespace") == 0 && is_blank(c)) {
            if (i && is_blank(in.p[i - 1])) {
                continue;
            }
        }
        make_byte(&out, c);
    }
    return make_bytes(&out);
}

/* ---- what Snort's HTTP inspector makes of a buffer ---- */

static int hex_digit(uint8_t c) { return c >= '0' && c <= '9' ? c - '0' : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : -1; }

/* Escapes decoded once; characters of several bytes are left alone, since none are made. */
static struct bytes unescaped(struct arena *a, struct bytes in)
{
    struct make out;

    make_init(&out, a);
    for (size_t i = 0; i < in.n; i++) {
        bool escape = in.p[i] == '%' && i + 2 < in.n && hex_digit(in.p[i + 1]) >= 0 && hex_digit(in.p[i + 2]) >= 0;
        make_byte(&out, escape ? (uint8_t)(hex_digit(in.p[i + 1]) << 4 | hex_digit(in.p[i + 2])) : in.p[i]);
        i += escape ? 2 : 0;
    }
    return make_bytes(&out);
}

/* Separators and blanks as one of their kind, the path without empty and dotted steps; of the target up to its query. */
static struct bytes simplified(struct arena *a, struct bytes in)
{
    size_t query = bytes_find_byte(in, '?');
    struct make out;

    make_init(&out, a);
    for (size_t i = 0; i < in.n; i++) {
        uint8_t c = in.p[i] == '\\' ? '/' : in.p[i] == '+' ? ' ' : in.p[i];
        if (i < query && c == '/' && out.n && out.p[out.n - 1] == '/') {
            continue;
        }
        make_byte(&out, c);
        if (i < query && out.n >= 3 && memcmp(out.p + out.n - 3, "/./", 3) == 0) {
            out.n -= 2;
        } else if (i < query && out.n >= 4 && memcmp(out.p + out.n - 4, "/../", 4) == 0) {
            out.n -= 4;
            while (out.n && out.p[out.n - 1] != '/') {
                out.n--;
            }
        }
    }
    return make_bytes(&out);
}

static struct bytes snort_transform(struct arena *a, const char *name, struct bytes in)
{
    struct bytes plain = unescaped(a, unescaped(a, in));

    return strcmp(name, "snort_normalize_uri") == 0 ? simplified(a, plain) : plain;
}

static const char *const transform_names[] = { "dotprefix", "to_lowercase", "to_uppercase", "strip_whitespace", "compress_whitespace", "snort_normalize", "snort_normalize_uri" };

bool transforms_known(const struct group *g)
{
    for (uint16_t i = 0; i < g->transform_n; i++) {
        bool known = false;
        for (size_t k = 0; k < ROWS(transform_names); k++) {
            known |= strcmp(transform_names[k], g->transform[i].name) == 0;
        }
        if (!known) {
            return false;
        }
    }
    return true;
}

bool transforms_run(struct arena *a, const struct group *g, struct bytes in, struct bytes *out)
{
    *out = in;
    if (!transforms_known(g)) {
        return false;
    }
    for (uint16_t i = 0; i < g->transform_n; i++) {
        const char *name = g->transform[i].name;
        *out = bytes_starts(bytes_str(name), "snort_") ? snort_transform(a, name, *out) : plain_transform(a, name, *out);
    }
    return true;
}
