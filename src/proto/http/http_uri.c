/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * http_uri - a request target into its parts (RFC 3986, read leniently) and into the one spelling that rules look at.
 */
#include "proto/http/http.h"

/* How the servers of a personality read a path. */
struct reading {
    bool backslash, decode_separators, compress, lowercase, u_decode, bestfit, plus, raw_nul_ends, nul_ends, remove_percent, decode_invalid;
    uint8_t replacement;
};

static struct reading reading_of(const struct http_settings *s)
{
    struct bytes p = bytes_str(s->personality != NULL ? s->personality : "IDS");
    struct bytes bad = bytes_str(s->invalid_handling != NULL ? s->invalid_handling : "");
    struct reading r = { .lowercase = s->lowercase, .plus = s->plus_is_space, .raw_nul_ends = s->nul_raw_ends, .nul_ends = s->nul_encoded_ends,
                         .remove_percent = bytes_starts_nocase(bad, "remove"), .decode_invalid = bytes_starts_nocase(bad, "decode"),
                         .replacement = s->replacement != NULL && s->replacement[0] != '\0' ? (uint8_t)s->replacement[0] : '?' };

    if (bytes_is_nocase(p, "minimal")) {
        return r;
    }
    bool apache = bytes_starts_nocase(p, "apache"), ids = bytes_is_nocase(p, "ids");
    r.compress = s->separators_compress;
    r.backslash = s->backslash && !apache;
    r.decode_separators = s->separators_decode && !apache;
    r.u_decode = s->u_decode && (ids || bytes_starts_nocase(p, "iis_5") || bytes_starts_nocase(p, "iis_6"));
    r.bestfit = s->bestfit && ids;
    r.raw_nul_ends |= apache;
    return r;
}

/* Latin Extended-A without its marks. */
static const char latin[] =
    "AaAaAaCcCcCcCcDdDdEeEeEeEeEeGgGgGgGgHhHhIiIiIiIiIiIiJjKk\?LlLlLlL"
    "lLlNnNnNn\?\?\?OoOoOo\?\?RrRrRrSsSsSsSsTtTtTtUuUuUuUuUuUuWwYyYZzZzZzs";

static uint8_t nearest(const struct reading *r, uint32_t c)
{
    if (c < 0x100) {
        return (uint8_t)c;
    }
    if (c < 0x180) {
        return latin[c - 0x100] != '?' ? (uint8_t)latin[c - 0x100] : r->replacement;
    }
    if (c >= 0xff01 && c <= 0xff5e) { /* full width forms */
        return (uint8_t)(c - 0xff01 + '!');
    }
    switch (c) {
    case 0x2010: case 0x2011: case 0x2212: return '-';
    case 0x2032: case 0x2035: return '\'';
    case 0x2033: return '"';
    case 0x2044: case 0x2215: return '/';
    case 0x2216: return '\\';
    case 0x2217: return '*';
    case 0x2223: return '|';
    case 0x2236: return ':';
    case 0x223c: return '~';
    case 0x3000: case 0x2000: case 0x2001: case 0x2002: case 0x2003: return ' ';
    case 0x3008: return '<';
    case 0x3009: return '>';
    default: return r->replacement;
    }
}

static int hex_value(uint8_t c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* `digits` hexadecimal digits at i; -1: not so. */
static int32_t hex_at(struct bytes b, size_t i, unsigned digits)
{
    int32_t v = 0;

    if (b.n < digits || i > b.n - digits) {
        return -1;
    }
    for (unsigned k = 0; k < digits; k++) {
        int d = hex_value(b.p[i + k]);
        if (d < 0) {
            return -1;
        }
        v = v * 16 + d;
    }
    return v;
}

/* What stands for the '%' at i: its byte, and how many bytes it took; -1: nothing. */
static int unescape(const struct reading *r, struct bytes b, size_t i, size_t *took)
{
    bool u = i + 1 < b.n && (b.p[i + 1] | 0x20) == 'u';
    int32_t v = u ? (r->u_decode ? hex_at(b, i + 2, 4) : -1) : hex_at(b, i + 1, 2);

    *took = 1;
    if (v < 0) {
        return r->remove_percent && (!u || r->u_decode) ? -1 : '%';
    }
    *took = u ? 6 : 3;
    return u ? nearest(r, (uint32_t)v) : v;
}

/* A path: decoded, slashes turned and pressed together. */
static struct bytes decode_path(const struct reading *r, struct arena *a, struct bytes b)
{
    struct arena_text t;
    size_t took;

    arena_text_init(&t, a, b.n + 1);
    for (size_t i = 0; i < b.n; i += took) {
        int c = b.p[i];
        took = 1;
        if (c == '%') {
            c = unescape(r, b, i, &took);
            if (took == 3 && !r->decode_separators && (c == '/' || (c == '\\' && r->backslash))) {
                c = '%';
                took = 1;
            }
            if (c == 0 && r->nul_ends) {
                break;
            }
        } else if (c == 0 && r->raw_nul_ends) {
            break;
        }
        if (c < 0) {
            continue;
        }
        if (c == '\\' && r->backslash) {
            c = '/';
        }
        if (r->lowercase && c >= 'A' && c <= 'Z') {
            c |= 0x20;
        }
        if (c != '/' || !r->compress || t.n == 0 || t.p[t.n - 1] != '/') {
            arena_text_byte(&t, (uint8_t)c);
        }
    }
    return arena_text_bytes(&t);
}

static struct bytes decode_plain(const struct reading *r, struct arena *a, struct bytes b)
{
    struct arena_text t;
    size_t took;

    if (bytes_find_byte(b, '%') == SIZE_MAX && !r->plus) {
        return b;
    }
    arena_text_init(&t, a, b.n + 1);
    for (size_t i = 0; i < b.n; i += took) {
        int c = b.p[i];
        took = 1;
        if (c == '%') {
            c = unescape(r, b, i, &took);
        } else if (c == '+' && r->plus) {
            c = ' ';
        }
        if (c >= 0) {
            arena_text_byte(&t, (uint8_t)c);
        }
    }
    return arena_text_bytes(&t);
}

/* The UTF-8 character at i (RFC 3629, overlong forms taken too); its length, 0: none. */
static unsigned utf8_at(struct bytes b, size_t i, uint32_t *out)
{
    uint8_t c = b.p[i];
    unsigned n = c >= 0xf0 && c < 0xf8 ? 4 : c >= 0xe0 && c < 0xf0 ? 3 : c >= 0xc0 && c < 0xe0 ? 2 : 0;

    if (n == 0 || b.n - i < n) {
        return 0;
    }
    *out = c & (0x7fu >> n);
    for (unsigned k = 1; k < n; k++) {
        if ((b.p[i + k] & 0xc0) != 0x80) {
            return 0;
        }
        *out = *out << 6 | (b.p[i + k] & 0x3f);
    }
    return n;
}

static struct bytes decode_utf8(const struct reading *r, struct arena *a, struct bytes b)
{
    struct arena_text t;
    bool any = false;

    for (size_t i = 0; i < b.n && !any; i++) {
        any = b.p[i] >= 0x80;
    }
    if (!any) {
        return b;
    }
    arena_text_init(&t, a, b.n + 1);
    for (size_t i = 0; i < b.n;) {
        uint32_t c = 0;
        unsigned n = utf8_at(b, i, &c);
        arena_text_byte(&t, n != 0 ? nearest(r, c) : b.p[i]);
        i += n != 0 ? n : 1;
    }
    return arena_text_bytes(&t);
}

/* RFC 3986 5.2.4 */
static struct bytes remove_dots(struct arena *a, struct bytes in)
{
    struct arena_text t;
    size_t i = 0;

    arena_text_init(&t, a, in.n + 1);
    while (i < in.n) {
        struct bytes rest = bytes_from(in, i);
        if (bytes_starts(rest, "../")) {
            i += 3;
        } else if (bytes_starts(rest, "./") || bytes_starts(rest, "/./")) {
            i += 2;
        } else if (bytes_is(rest, "/.")) {
            arena_text_byte(&t, '/');
            break;
        } else if (bytes_starts(rest, "/../") || bytes_is(rest, "/..")) {
            while (t.n > 0 && t.p[--t.n] != '/') {
            }
            i += 3;
            if (i == in.n) {
                arena_text_byte(&t, '/');
            }
        } else if (bytes_is(rest, ".") || bytes_is(rest, "..")) {
            break;
        } else {
            do {
                arena_text_byte(&t, in.p[i++]);
            } while (i < in.n && in.p[i] != '/');
        }
    }
    return arena_text_bytes(&t);
}

/* Does anything in it want a second look? */
static bool path_plain(const struct reading *r, struct bytes b)
{
    uint8_t before = '/'; /* a dot at the very start counts too */

    for (size_t i = 0; i < b.n; i++) {
        uint8_t c = b.p[i];
        if (c == '%' || c == '\\' || c >= 0x80 || c == 0 || (before == '/' && (c == '.' || (c == '/' && i != 0)))) {
            return false;
        }
        before = c;
    }
    return !r->lowercase;
}

static struct bytes normal_path(const struct reading *r, struct arena *a, struct bytes path)
{
    if (path_plain(r, path)) {
        return path;
    }
    path = decode_path(r, a, path);
    if (r->bestfit) {
        path = decode_utf8(r, a, path);
    }
    return bytes_find_byte(path, '.') != SIZE_MAX ? remove_dots(a, path) : path;
}

/* ------- parts ------- */

static bool label_char(uint8_t c)
{
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '-' || c == '_' || c >= 0x80;
}

static bool ipv6_like(struct bytes b)
{
    unsigned colons = 0;

    for (size_t i = 0; i < b.n; i++) {
        colons += b.p[i] == ':';
        if (b.p[i] != ':' && b.p[i] != '.' && hex_value(b.p[i]) < 0) {
            return false;
        }
    }
    return colons >= 2 && b.n <= 45;
}

/* RFC 1123 2.1, underscores taken too. */
static bool host_valid(struct bytes b)
{
    size_t label = 0;

    if (b.n == 0 || b.n > 255 || b.p[0] == '.') {
        return false;
    }
    if (b.p[0] == '[') {
        return b.n > 2 && b.p[b.n - 1] == ']' && ipv6_like(bytes_head(bytes_from(b, 1), b.n - 2));
    }
    for (size_t i = 0; i < b.n; i++) {
        if (b.p[i] == '.') {
            if (label == 0) {
                return false;
            }
            label = 0;
        } else if (!label_char(b.p[i]) || ++label > 63) {
            return false;
        }
    }
    return true;
}

/* 1 to 65535; -2: no port. */
static int32_t port_number(struct bytes b)
{
    uint64_t v;

    b = bytes_trim(b, " ");
    return bytes_u64(b, &v) && v >= 1 && v <= 65535 ? (int32_t)v : -2;
}

/* A host up to one of "/?#:", or an address in brackets. */
static struct bytes take_host(struct rd *r)
{
    rd_skip_any(r, " ");
    struct bytes rest = rd_peek(r);
    if (rest.n != 0 && rest.p[0] == '[') {
        struct rd look = *r;
        struct bytes inner = rd_until_any(&look, "]/?#");
        struct bytes behind = rd_peek(&look);
        return rd_bytes(r, inner.n + (behind.n != 0 && behind.p[0] == ']'));
    }
    struct bytes host = rd_until_any(r, "/?#:");
    while (host.n > 0 && host.p[host.n - 1] == ' ') {
        host.n--;
    }
    return host;
}

bool http_host_read(struct bytes b, struct bytes *host, int32_t *port)
{
    struct rd r = rd_of(b);

    *port = -1;
    *host = take_host(&r);
    bool valid = host_valid(*host);
    if (rd_left(&r) == 0) {
        return valid;
    }
    if (rd_u8(&r) != ':') {
        return false;
    }
    *port = port_number(rd_until_any(&r, "/?#"));
    return valid && *port > 0;
}

static struct http_uri split(struct bytes raw)
{
    struct http_uri u = { .path = { 0 } };
    struct rd r = rd_of(raw);
    size_t colon = bytes_find_byte(raw, ':');

    if (raw.n != 0 && raw.p[0] != '/' && colon != SIZE_MAX) {
        u.scheme = rd_bytes(&r, colon);
        rd_skip(&r, 1);
        struct bytes rest = rd_peek(&r);
        if (bytes_starts(rest, "//") && !bytes_starts(rest, "///")) {
            rd_skip(&r, 2);
            struct rd look = r;
            struct bytes authority = rd_until_any(&look, "/?#");
            size_t at = bytes_find_byte(authority, '@');
            if (at != SIZE_MAX) {
                u.user = rd_bytes(&r, at);
                rd_skip(&r, 1);
            }
        }
        rest = rd_peek(&r);
        if (rest.n != 0 && rest.p[0] != '/') {
            u.host = take_host(&r);
            rest = rd_peek(&r);
            if (rest.n != 0 && rest.p[0] == ':') {
                rd_skip(&r, 1);
                u.port = bytes_trim(rd_until_any(&r, "/?#"), " ");
            }
        }
    }
    struct bytes path = rd_until_any(&r, "?#");
    u.path = path.n != 0 ? path : u.path;
    if (rd_left(&r) != 0 && rd_peek(&r).p[0] == '?') {
        rd_skip(&r, 1);
        u.query = rd_until_any(&r, "#");
    }
    if (rd_left(&r) != 0) {
        rd_skip(&r, 1);
        u.fragment = rd_rest(&r);
    }
    return u;
}

static void uri_host(struct http *x, const struct reading *r, const struct http_uri *u)
{
    struct arena *a = txn_arena(x->txn);

    if (u->host.p == NULL || u->host.n == 0) {
        return;
    }
    struct bytes host = arena_lower(a, decode_plain(r, a, u->host));
    while (host.n > 0 && host.p[host.n - 1] == '.') {
        host.n--;
    }
    x->host = x->host_raw = host;
    x->host_in_uri = true;
    if (!host_valid(host)) {
        txn_note(x->txn, NOTE_URI_HOST);
    }
    if (u->port.p != NULL) {
        int32_t port = port_number(u->port);
        x->port = port > 0 ? port : -1;
        if (port < 0) {
            txn_note(x->txn, NOTE_URI_HOST);
        }
    }
}

/* CONNECT: the target is host and port. */
static void read_authority(struct http *x, struct bytes raw)
{
    struct bytes host;
    int32_t port;
    bool valid = http_host_read(raw, &host, &port);

    if (host.n != 0) {
        x->host = x->host_raw = arena_lower(txn_arena(x->txn), host);
        x->host_in_uri = true;
        x->port = port > 0 ? port : -1;
    }
    if (!valid) {
        txn_note(x->txn, NOTE_URI_HOST);
    }
}

static struct bytes twice(struct http *x, const struct reading *r, struct bytes b)
{
    struct bytes again = decode_plain(r, txn_arena(x->txn), b);

    if (again.n < b.n) {
        txn_note(x->txn, NOTE_DOUBLE_ENCODED);
    }
    return again;
}

static void add_authority(struct arena_text *t, const struct http *x, const struct http_uri *u)
{
    if (u->scheme.p != NULL) {
        arena_text_add(t, u->scheme);
        arena_text_add(t, bytes_str("://"));
    }
    if (u->user.p != NULL) {
        arena_text_add(t, u->user);
        arena_text_byte(t, '@');
    }
    arena_text_add(t, x->host_in_uri ? x->host : bytes_none());
    if (u->port.p != NULL) {
        arena_text_byte(t, ':');
        arena_text_add(t, u->port);
    }
}

void http_uri_read(struct http *x, struct bytes raw)
{
    const struct http_settings *s = x->settings;
    struct arena *a = txn_arena(x->txn);
    struct reading r = reading_of(s);
    struct arena_text t;

    if (x->method_id == METHOD_CONNECT) {
        read_authority(x, raw);
        return;
    }
    struct http_uri u = split(raw);
    uri_host(x, &r, &u);
    struct bytes path = u.path, query = u.query, fragment = u.fragment;
    if (path.p != NULL) {
        x->path = path = normal_path(&r, a, path);
    }
    if (query.p != NULL) {
        query = decode_plain(&r, a, query);
    }
    if (fragment.p != NULL) {
        fragment = decode_plain(&r, a, fragment);
    }
    if (s->double_decode_path && path.p != NULL) {
        path = twice(x, &r, path);
    }
    if (s->double_decode_query && query.p != NULL) {
        query = twice(x, &r, query);
    }
    if (u.scheme.p == NULL && path.p == u.path.p && query.p == u.query.p && fragment.p == u.fragment.p && path.n == u.path.n &&
        query.n == u.query.n) {
        x->uri = raw; /* nothing was to be done */
        return;
    }
    arena_text_init(&t, a, raw.n + path.n + query.n + fragment.n + 16);
    if (s->include_all) {
        add_authority(&t, x, &u);
    }
    arena_text_add(&t, path);
    if (query.p != NULL) {
        arena_text_byte(&t, '?');
        arena_text_add(&t, query);
    }
    if (fragment.p != NULL) {
        arena_text_byte(&t, '#');
        arena_text_add(&t, fragment);
    }
    if (t.n != 0) {
        x->uri = arena_text_bytes(&t);
    }
}
