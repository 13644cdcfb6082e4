/* SPDX-License-Identifier: GPL-2.0-or-later */
/* HTTP/1 (RFC 9112): buffers to a request and a response, and what an engine sees of them. */
#include "generate/scene.h"

#include <netinet/in.h>
#include <stdio.h>

enum { HEADERS_MAX = 48 };

struct header {
    struct bytes name, value, line;
};
struct message {
    struct bytes first;        /* its first line */
    struct bytes word[3];      /* method, URI, protocol; or protocol, code, text */
    struct header header[HEADERS_MAX];
    unsigned header_n;
    struct bytes body;
    bool has_body;
};
struct http {
    struct message message[2];
};

static const struct {
    const char *buffer, *name;
    uint8_t sides;
} header_buffers[] = {
    { "http.host", "Host", 1 }, { "http.host.raw", "Host", 1 }, { "http.user_agent", "User-Agent", 1 }, { "http.accept", "Accept", 1 },
    { "http.accept_enc", "Accept-Encoding", 1 }, { "http.accept_lang", "Accept-Language", 1 }, { "http.referer", "Referer", 1 },
    { "http.cookie", "Cookie", 1 }, { "http.server", "Server", 2 }, { "http.location", "Location", 2 }, { "http.cookie", "Set-Cookie", 2 },
    { "http.content_type", "Content-Type", 3 }, { "http.content_len", "Content-Length", 3 }, { "http.connection", "Connection", 3 },
};

/* ---- bytes for a slot ---- */

static bool http_solve(struct scene *s, struct slot *x, struct bytes *out)
{
    struct solve_wish w = { .max = 8000, .start = s->attempt, .tries = 60 };

    if (strcmp(x->name, "http.uri") == 0 || strcmp(x->name, "http.uri.raw") == 0) {
        w.first = "/";
    } else if (strcmp(x->name, "http.header_names") == 0) {
        w.first = s->attempt % 3 ? "\r\n" : NULL;
    } else if (strcmp(x->name, "http.stat_code") == 0) {
        w.filler = "0123456789";
    } else if (strcmp(x->name, "file.data") == 0 || strcmp(x->name, "http.response_body") == 0 || strcmp(x->name, "http.request_body") == 0) {
        w.max = BUFFER_MAX - 1;
    }
    if (strcmp(x->name, "payload") == 0) {
        bool nothing = s->attempt % 5 == 0;
        *out = (struct bytes){ NULL, 0 };
        return nothing || solve_groups(s, x->group, x->group_n, &w, out);
    }
    return solve_groups(s, x->group, x->group_n, &w, out);
}

/* ---- headers ---- */

static struct header *header_find(struct message *m, struct bytes name)
{
    for (unsigned i = 0; i < m->header_n; i++) {
        if (bytes_equal_nocase(m->header[i].name, name)) {
            return &m->header[i];
        }
    }
    return NULL;
}

static void header_line(struct header *h, struct bytes line)
{
    size_t colon = bytes_find_byte(line, ':');

    h->line = line;
    h->name = bytes_head(line, colon == SIZE_MAX ? line.n : colon);
    h->value = colon == SIZE_MAX ? bytes_none() : bytes_trim(bytes_from(line, colon + 1), " \t");
}

static struct bytes joined(struct scene *s, struct bytes a, const char *between, struct bytes b)
{
    struct make m;

    make_init(&m, s->arena);
    make_add(&m, a);
    make_str(&m, between);
    make_add(&m, b);
    return make_bytes(&m);
}

static bool header_add(struct message *m, struct bytes line, bool replace)
{
    struct header h, *old;

    header_line(&h, line);
    old = header_find(m, h.name);
    if (old) {
        if (replace) {
            *old = h;
        }
        return true;
    }
    if (m->header_n == HEADERS_MAX) {
        return false;
    }
    m->header[m->header_n++] = h;
    return true;
}

static bool header_set(struct scene *s, struct message *m, const char *name, struct bytes value, bool replace)
{
    return header_add(m, joined(s, bytes_str(name), ": ", value), replace);
}

/* Lines, or parts of lines at both ends, as headers. */
static bool headers_add(struct scene *s, struct message *m, struct bytes text)
{
    bool first = true;

    if (bytes_starts(text, "\r\n") && m->header_n == 0 && !header_set(s, m, "Host", bytes_str("example.com"), false)) {
        return false;
    }
    while (text.n) {
        size_t end = bytes_find(text, bytes_str("\r\n"));
        struct bytes line = bytes_head(text, end == SIZE_MAX ? text.n : end);
        bool last = end == SIZE_MAX;
        text = last ? bytes_none() : bytes_from(text, end + 2);
        if (last && line.n && line.p[line.n - 1] == '\r') {
            line.n--;
        }
        if (line.n == 0) {
            if (first) {
                first = false;
                continue;
            }
            break; /* the end of all headers */
        }
        size_t colon = bytes_find_byte(line, ':');
        if (first && (colon == 0 || colon == SIZE_MAX)) {
            line = joined(s, bytes_str("X-Ray"), colon == 0 ? "" : ": ", line);
        } else if (colon == SIZE_MAX) {
            if (!last) {
                return false;
            }
            line = joined(s, line, ": ", bytes_str("x"));
        }
        if (!header_add(m, line, s->attempt % 2 == 0)) {
            return false;
        }
        first = false;
    }
    return true;
}

static const char *preset_value(struct bytes name)
{
    static const char *const rows[][2] = { { "Host", "example.com" }, { "User-Agent", "agent/1.0" }, { "Accept", "*/*" }, { "Connection", "close" }, { "Accept-Encoding", "identity" },
                                           { "Accept-Language", "en" }, { "Cache-Control", "no-cache" }, { "Pragma", "no-cache" }, { "Content-Type", "text/html" } };

    for (size_t i = 0; i < ROWS(rows); i++) {
        if (bytes_is_nocase(name, rows[i][0])) {
            return rows[i][1];
        }
    }
    return "x";
}

/* Puts the headers in the order that a list of names says; adds those that are missing. */
static bool headers_order(struct scene *s, struct message *m, struct bytes names)
{
    struct header out[HEADERS_MAX];
    unsigned n = 0;

    while (names.n && n < HEADERS_MAX) {
        size_t end = bytes_find(names, bytes_str("\r\n"));
        struct bytes name = bytes_head(names, end == SIZE_MAX ? names.n : end);
        names = end == SIZE_MAX ? bytes_none() : bytes_from(names, end + 2);
        if (name.n == 0) {
            continue;
        }
        struct header *h = header_find(m, name);
        header_line(&out[n++], joined(s, name, ": ", h ? h->value : bytes_str(preset_value(name))));
        if (h) {
            *h = m->header[--m->header_n];
        }
    }
    if (n + m->header_n > HEADERS_MAX) {
        return false;
    }
    memcpy(out + n, m->header, m->header_n * sizeof *out);
    m->header_n += n;
    memcpy(m->header, out, m->header_n * sizeof *out);
    return true;
}

/* ---- a message ---- */

/* A URI with what cannot stand in it escaped (RFC 3986 2.1): engines decode it once, the query too. */
static bool uri_escaped(struct scene *s, struct bytes in, struct bytes *out)
{
    struct make m;

    make_init(&m, s->arena);
    for (size_t i = 0; i < in.n; i++) {
        uint8_t c = in.p[i];
        if (c > 0x20 && c < 0x7f && c != '%') {
            make_byte(&m, c);
        } else {
            char text[4];
            snprintf(text, sizeof text, "%%%02X", c);
            make_str(&m, text);
        }
    }
    *out = make_bytes(&m);
    return true;
}

/* The URI that is asked; what is asked of it as it was sent goes behind it. */
static bool uri_both(struct scene *s, struct bytes *uri)
{
    struct bytes raw = *uri;

    if (!uri_escaped(s, slot_bytes(s, "http.uri", TO_SERVER, "/"), uri)) {
        return false;
    }
    if (raw.n && slot_has(s, "http.uri", TO_SERVER)) {
        *uri = joined(s, *uri, "", raw.p[0] == '/' && uri->n && uri->p[uri->n - 1] == '/' ? bytes_from(raw, 1) : raw);
    } else if (raw.n) {
        *uri = raw;
    }
    return true;
}

/* A target that is asked as it is sent: only what would end it is escaped, which is seen decoded where rules of Snort's look. */
static struct bytes uri_sent(struct scene *s, struct bytes in)
{
    struct make m;

    make_init(&m, s->arena);
    for (size_t i = 0; i < in.n; i++) {
        char text[4];
        snprintf(text, sizeof text, "%%%02X", in.p[i]);
        if (in.p[i] > 0x20 && in.p[i] < 0x7f) {
            make_byte(&m, in.p[i]);
        } else {
            make_str(&m, text);
        }
    }
    return make_bytes(&m);
}

static void words_split(struct message *m)
{
    struct rd r = rd_of(m->first);
    bool found;

    m->word[0] = rd_until(&r, ' ', &found);
    m->word[1] = rd_until(&r, ' ', &found);
    m->word[2] = rd_rest(&r);
}

static bool first_line(struct scene *s, struct message *m, unsigned side)
{
    const char *line_name = side == TO_SERVER ? "http.request_line" : "http.response_line";
    bool posts = slot_has(s, "http.request_body", TO_SERVER) || slot_has(s, "file.data", TO_SERVER);
    struct bytes uri, line = slot_bytes(s, line_name, (uint8_t)side, "");
    struct make t;

    if (slot_has(s, "http.start", (uint8_t)side)) {
        size_t end = bytes_find(slot_bytes(s, "http.start", (uint8_t)side, ""), bytes_str("\r\n"));
        line = bytes_head(slot_bytes(s, "http.start", (uint8_t)side, ""), end);
        line = bytes_find(line, bytes_str(" HTTP/")) == SIZE_MAX ? bytes_none() : line;
    }
    make_init(&t, s->arena);
    if (line.n && s->attempt % 4 == 0) {
        make_add(&t, line);
    } else if (side == TO_CLIENT) {
        make_add(&t, slot_bytes(s, "http.protocol", TO_CLIENT, "HTTP/1.1"));
        make_str(&t, " ");
        make_add(&t, slot_bytes(s, "http.stat_code", TO_CLIENT, "200"));
        make_str(&t, " ");
        make_add(&t, line.n ? line : slot_bytes(s, "http.stat_msg", TO_CLIENT, "OK"));
    } else {
        make_add(&t, slot_bytes(s, "http.method", TO_SERVER, posts ? "POST" : "GET"));
        make_str(&t, " ");
        uri = uri_sent(s, slot_bytes(s, "http.uri.raw", TO_SERVER, ""));
        if (line.n) {
            make_str(&t, s->attempt % 4 == 1 ? "" : "/");
            uri = line;
        } else if ((uri.n == 0 || s->attempt % 2 == 0) && !uri_both(s, &uri)) {
            return false;
        }
        make_add(&t, uri);
        if (!line.n || bytes_find(line, bytes_str(" HTTP/")) == SIZE_MAX) {
            make_str(&t, " ");
            make_add(&t, slot_bytes(s, "http.protocol", TO_SERVER, "HTTP/1.1"));
        }
    }
    m->first = make_bytes(&t);
    words_split(m);
    return !t.full;
}

static bool presets_add(struct scene *s, struct message *m, unsigned side)
{
    static const char *const requests[] = { "Host", "User-Agent", "Accept", NULL }, *const responses[] = { "Content-Type", "Connection", NULL };
    unsigned how = s->attempt % 4, upto = how == 0 ? 1 : how == 1 ? 3 : how == 2 ? 0 : 2;
    const char *const *names = side == TO_SERVER ? requests : responses;

    for (unsigned i = 0; i < upto && names[i]; i++) {
        if (!header_set(s, m, names[i], bytes_str(preset_value(bytes_str(names[i]))), false)) {
            return false;
        }
    }
    return true;
}

/* Payload that no buffer names: in a header's value, as header lines, or in the body. */
static bool payload_add(struct scene *s, struct message *m, unsigned side)
{
    struct slot *x = slot_find(s, "payload", (uint8_t)side);

    if (!x || !x->there) {
        return true;
    }
    bool binary = bytes_find_byte(x->bytes, 0) != SIZE_MAX;
    if (s->attempt % 5 == 1 && !binary) {
        return headers_add(s, m, x->bytes);
    }
    if (s->attempt % 5 == 2 && !binary) {
        return bytes_find(x->bytes, bytes_str("\r\n")) == SIZE_MAX && header_set(s, m, "X-Ray", x->bytes, true);
    }
    m->body = joined(s, m->body, "", x->bytes);
    m->has_body = true;
    return true;
}

static bool message_headers(struct scene *s, struct message *m, unsigned side)
{
    bool lines_first = s->attempt / 2 % 2 == 1;
    struct bytes lines = slot_bytes(s, "http.header", (uint8_t)side, ""), raw = slot_bytes(s, "http.header.raw", (uint8_t)side, "");
    struct bytes start = slot_bytes(s, "http.start", (uint8_t)side, ""), plain = slot_bytes(s, "http.header.plain", (uint8_t)side, "");

    lines = lines.n ? lines : plain;
    if (lines_first && (!headers_add(s, m, lines) || !headers_add(s, m, raw))) {
        return false;
    }
    for (size_t i = 0; i < ROWS(header_buffers); i++) {
        struct slot *x = slot_find(s, header_buffers[i].buffer, (uint8_t)side);
        if (x && x->there && (header_buffers[i].sides >> side & 1) != 0 && !header_set(s, m, header_buffers[i].name, x->bytes, true)) {
            return false;
        }
    }
    if (!headers_add(s, m, lines) || !headers_add(s, m, raw)) {
        return false;
    }
    if (start.n) {
        size_t end = bytes_find(start, bytes_str("\r\n"));
        if (!headers_add(s, m, end == SIZE_MAX ? start : bytes_from(start, bytes_find(bytes_head(start, end), bytes_str(" HTTP/")) != SIZE_MAX ? end + 2 : 0))) {
            return false;
        }
    }
    return presets_add(s, m, side);
}

static bool message_build(struct scene *s, struct message *m, unsigned side)
{
    const char *body = side == TO_SERVER ? "http.request_body" : "http.response_body";
    char size[24];

    if (!first_line(s, m, side)) {
        return false;
    }
    m->body = slot_bytes(s, body, (uint8_t)side, "");
    if (m->body.n == 0) {
        m->body = slot_bytes(s, "file.data", (uint8_t)side, "");
    } else if (slot_has(s, "file.data", (uint8_t)side)) {
        m->body = joined(s, m->body, "", slot_bytes(s, "file.data", (uint8_t)side, ""));
    }
    m->has_body = side == TO_CLIENT || m->body.n != 0;
    if (!message_headers(s, m, side) || !payload_add(s, m, side)) {
        return false;
    }
    snprintf(size, sizeof size, "%zu", m->body.n);
    if (m->has_body && !slot_has(s, "http.content_len", (uint8_t)side) && !header_set(s, m, "Content-Length", bytes_str(size), true)) {
        return false;
    }
    if (slot_has(s, "http.content_len", (uint8_t)side)) { /* as long as it says, if it is a number that can be */
        uint64_t n = 0;
        const struct header *h = header_find(m, bytes_str("Content-Length"));
        if (h && bytes_u64(h->value, &n) && n > m->body.n && n < BUFFER_MAX) {
            uint8_t *more = arena_take(s->arena, n);
            if (!more) {
                return false;
            }
            memset(more, 'b', n);
            memcpy(more, m->body.p, m->body.n);
            m->body = bytes_of(more, n);
        } else if (h && n < m->body.n) {
            return false;
        }
    }
    if (slot_has(s, "http.header_names", (uint8_t)side) && !headers_order(s, m, slot_bytes(s, "http.header_names", (uint8_t)side, ""))) {
        return false;
    }
    const struct header *said = header_find(m, bytes_str("Content-Length"));
    uint64_t number;
    snprintf(size, sizeof size, "%zu", m->body.n);
    /* A rule that asks for the field alone: it says the truth. */
    return !said || bytes_u64(said->value, &number) || header_set(s, m, "Content-Length", bytes_str(size), true);
}

static void headers_text(const struct message *m, struct make *t)
{
    for (unsigned i = 0; i < m->header_n; i++) {
        make_add(t, m->header[i].line);
        make_str(t, "\r\n");
    }
    make_str(t, "\r\n");
}

/* No line ends or NULs where they would begin something else. */
static bool line_clean(struct bytes b)
{
    return bytes_find_byte(b, '\n') == SIZE_MAX && bytes_find_byte(b, '\r') == SIZE_MAX && bytes_find_byte(b, 0) == SIZE_MAX;
}

static bool message_say(struct scene *s, const struct message *m, unsigned side)
{
    struct make t;
    bool clean = line_clean(m->first);

    make_init(&t, s->arena);
    make_add(&t, m->first);
    make_str(&t, "\r\n");
    headers_text(m, &t);
    make_add(&t, m->body);
    for (unsigned i = 0; i < m->header_n; i++) {
        clean &= line_clean(m->header[i].line) && m->header[i].name.n != 0;
    }
    return clean && !t.full && scene_say(s, (uint8_t)side, make_bytes(&t));
}

static bool http_build(struct scene *s)
{
    struct http *h = arena_zero(s->arena, sizeof *h);

    s->own = h;
    return h && message_build(s, &h->message[TO_SERVER], TO_SERVER) && message_build(s, &h->message[TO_CLIENT], TO_CLIENT) &&
           message_say(s, &h->message[TO_SERVER], TO_SERVER) && message_say(s, &h->message[TO_CLIENT], TO_CLIENT);
}

/* ---- what is seen ---- */

static int hex_of(uint8_t c)
{
    return c >= '0' && c <= '9' ? c - '0' : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : -1;
}

/* The byte at *i, or the one that an escape there stands for. */
static uint8_t decoded_at(struct bytes b, size_t *i)
{
    uint8_t c = b.p[*i];

    if (c == '%' && *i + 2 < b.n && hex_of(b.p[*i + 1]) >= 0 && hex_of(b.p[*i + 2]) >= 0) {
        c = (uint8_t)(hex_of(b.p[*i + 1]) << 4 | hex_of(b.p[*i + 2]));
        *i += 2;
    }
    return c;
}

/* Decoded once; the path's separators and dots in their simplest form (RFC 3986 5.2.4). */
static struct bytes uri_seen(const struct scene *s, struct bytes raw)
{
    size_t query = bytes_find_byte(raw, '?');
    struct bytes path = bytes_head(raw, query == SIZE_MAX ? raw.n : query);
    struct make m;

    make_init(&m, s->arena);
    for (size_t i = 0; i < path.n; i++) {
        uint8_t c = decoded_at(path, &i);
        c = c == '\\' ? '/' : c;
        if (c == '/' && m.n && m.p[m.n - 1] == '/') {
            continue;
        }
        make_byte(&m, c);
        if (m.n >= 3 && c == '/' && m.p[m.n - 2] == '.' && m.p[m.n - 3] == '/') {
            m.n -= 2;
        } else if (m.n >= 4 && c == '/' && memcmp(m.p + m.n - 4, "/..", 3) == 0) {
            m.n -= 4;
            while (m.n && m.p[m.n - 1] != '/') {
                m.n--;
            }
            m.n += m.n == 0;
        }
    }
    for (size_t i = path.n; i < raw.n; i++) {
        make_byte(&m, decoded_at(raw, &i));
    }
    return make_bytes(&m);
}

static struct bytes host_seen(const struct scene *s, struct bytes value)
{
    size_t colon = bytes_find_byte(value, ':');

    return arena_lower(s->arena, bytes_head(value, colon == SIZE_MAX ? value.n : colon));
}

static struct bytes headers_seen(const struct scene *s, const struct message *m, unsigned side, bool names)
{
    struct make t;

    make_init(&t, s->arena);
    make_str(&t, names ? "\r\n" : "");
    for (unsigned i = 0; i < m->header_n; i++) {
        const struct header *h = &m->header[i];
        if (names) {
            make_add(&t, h->name);
            make_str(&t, "\r\n");
        } else if (!bytes_is_nocase(h->name, side == TO_SERVER ? "cookie" : "set-cookie")) {
            make_add(&t, h->name);
            make_str(&t, ": ");
            make_add(&t, h->value);
            make_str(&t, "\r\n");
        }
    }
    make_str(&t, names ? "\r\n" : "");
    return make_bytes(&t);
}

/* As they are sent, the cookies left out, no line's end behind the last. */
static struct bytes plain_seen(const struct scene *s, const struct message *m, unsigned side)
{
    struct make t;

    make_init(&t, s->arena);
    for (unsigned i = 0; i < m->header_n; i++) {
        if (!bytes_is_nocase(m->header[i].name, side == TO_SERVER ? "cookie" : "set-cookie")) {
            make_str(&t, t.n ? "\r\n" : "");
            make_add(&t, m->header[i].line);
        }
    }
    return make_bytes(&t);
}

static bool header_seen(const struct scene *s, const struct message *m, const struct slot *x, struct bytes *out)
{
    for (size_t i = 0; i < ROWS(header_buffers); i++) {
        if (strcmp(header_buffers[i].buffer, x->name) != 0 || (header_buffers[i].sides >> x->side & 1) == 0) {
            continue;
        }
        const struct header *h = header_find((struct message *)(uintptr_t)m, bytes_str(header_buffers[i].name));
        *out = h ? strcmp(x->name, "http.host") == 0 ? host_seen(s, h->value) : h->value : bytes_none();
        return h != NULL;
    }
    return false;
}

static bool http_sees(const struct scene *s, const struct slot *x, struct bytes *out)
{
    const struct http *h = s->own;
    const struct message *m = &h->message[x->side];
    struct make t;

    make_init(&t, s->arena);
    if (strcmp(x->name, "payload") == 0) {
        *out = scene_said(s, x->side);
        return true;
    }
    if (strcmp(x->name, "http.uri") == 0) {
        *out = uri_seen(s, m->word[1]);
        return true;
    }
    if (strcmp(x->name, "http.header") == 0 || strcmp(x->name, "http.header_names") == 0) {
        *out = headers_seen(s, m, x->side, strcmp(x->name, "http.header") != 0);
        return m->header_n != 0;
    }
    if (strcmp(x->name, "http.header.plain") == 0) {
        *out = plain_seen(s, m, x->side);
        return m->header_n != 0;
    }
    if (strcmp(x->name, "http.header.raw") == 0 || strcmp(x->name, "http.start") == 0) {
        if (strcmp(x->name, "http.start") == 0) {
            make_add(&t, m->first);
            make_str(&t, "\r\n");
        }
        headers_text(m, &t);
        *out = make_bytes(&t);
        return true;
    }
    static const struct {
        const char *name;
        unsigned word;
    } words[] = { { "http.method", 0 }, { "http.uri.raw", 1 }, { "http.stat_code", 1 }, { "http.stat_msg", 2 } };
    for (size_t i = 0; i < ROWS(words); i++) {
        if (strcmp(x->name, words[i].name) == 0) {
            *out = m->word[words[i].word];
            return true;
        }
    }
    if (strcmp(x->name, "http.protocol") == 0) {
        *out = m->word[x->side == TO_SERVER ? 2 : 0];
        return true;
    }
    if (strcmp(x->name, "http.request_line") == 0 || strcmp(x->name, "http.response_line") == 0) {
        *out = m->first;
        return true;
    }
    if (strcmp(x->name, "http.request_body") == 0 || strcmp(x->name, "http.response_body") == 0 || strcmp(x->name, "file.data") == 0) {
        *out = m->body;
        return m->body.n != 0;
    }
    return header_seen(s, m, x, out);
}

const struct carrier carrier_http = { "http", IPPROTO_TCP, 80, 24, http_solve, http_build, http_sees };
