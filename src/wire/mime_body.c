/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mime_body - a part's bytes through its coding, to the attachment's sink and to the search for addresses.
 */
#include "wire/mime_state.h"

enum { CODED_LINE_USUAL = 76 /* RFC 2045 6.7, 6.8 */, TEXT_LINE_MAX = 8192, OUT = 1024 };

/* ------- addresses ------- */

static void link_keep(struct mime *m, struct bytes text)
{
    struct mime_text *t = m->link_n < MIME_LINKS_MAX ? arena_zero(m->arena, sizeof *t) : NULL;

    if (t != NULL) {
        t->text = arena_copy(m->arena, text);
        *m->link_end = t;
        m->link_end = &t->next;
        m->link_n++;
    }
}

static bool link_ends(uint8_t c)
{
    return c == ' ' || c == '"' || c == '\'' || c == '<' || c == '>' || c == ']' || c == '\t' || c == '\r' || c == '\n';
}

/* Does `b` have the scheme at its head?  How many bytes of it are "scheme://"; 0: no. */
static size_t scheme_at(struct bytes b, struct bytes scheme)
{
    bool whole = scheme.n != 0 && scheme.p[scheme.n - 1] == '/';

    if (!bytes_equal_nocase(bytes_head(b, scheme.n), scheme) || scheme.n == 0) {
        return 0;
    }
    return whole ? scheme.n : bytes_starts(bytes_from(b, scheme.n), "://") ? scheme.n + 3 : 0;
}

static void links_of_scheme(struct mime *m, struct bytes line, struct bytes scheme)
{
    while (line.n >= scheme.n + 3) {
        size_t head = scheme_at(line, scheme), n = head;
        if (head == 0) {
            line = bytes_from(line, 1);
            continue;
        }
        while (n < line.n && !link_ends(line.p[n])) {
            n++;
        }
        link_keep(m, bytes_from(bytes_head(line, n), m->set->link_schemes_kept ? 0 : head));
        line = bytes_from(line, n);
    }
}

static void links_of_line(struct mime *m, struct bytes line)
{
    struct rd schemes = rd_of(bytes_str(m->set->schemes != NULL ? m->set->schemes : "http"));

    if (bytes_find(line, bytes_str(":/")) == SIZE_MAX) {
        return;
    }
    while (rd_left(&schemes) != 0) {
        bool found;
        links_of_scheme(m, line, bytes_trim(rd_until(&schemes, ',', &found), " "));
    }
}

static void text_out(struct mime *m, struct bytes b)
{
    if (!m->set->links || !m->text) {
        return;
    }
    while (b.n != 0) {
        size_t lf = bytes_find_byte(b, '\n');
        struct bytes line = bytes_head(b, lf == SIZE_MAX ? b.n : lf + 1);
        b = bytes_from(b, line.n);
        if (m->line.n == 0 && lf != SIZE_MAX) {
            links_of_line(m, line);
            continue;
        }
        m->line.cut = false;
        arena_text_add(&m->line, line);
        if (lf != SIZE_MAX || m->line.cut) {
            links_of_line(m, arena_text_bytes(&m->line));
            m->line.n = 0;
        }
    }
}

void mime_body_links_end(struct mime *m)
{
    if (m->line.n != 0) {
        links_of_line(m, arena_text_bytes(&m->line));
        m->line.n = 0;
    }
}

/* ------- codings ------- */

void mime_body_plain(struct mime *m, struct bytes b)
{
    if (b.n == 0) {
        return;
    }
    if (m->open) {
        m->sink.data(m->sink.ctx, b);
    }
    text_out(m, b);
}

/* RFC 2046 5.1.1: the line end before a boundary belongs to the boundary; so it waits for what follows. */
static void pending_out(struct mime *m)
{
    static const char *const ends[] = { "", "\r", "\n", "\r\n" };
    struct bytes b = bytes_str(ends[m->body.pending & 3]);

    m->body.pending = 0;
    if (m->open && b.n != 0) {
        m->sink.data(m->sink.ctx, b);
    }
}

/* Text whose last line end waits. */
void mime_body_text(struct mime *m, struct bytes b)
{
    size_t n = b.n;
    uint8_t ends = 0;

    if (b.n == 0) {
        return;
    }
    if (m->body.pending == 1 && b.n == 1 && b.p[0] == '\n') {
        m->body.pending = 3;
        text_out(m, b);
        return;
    }
    pending_out(m);
    if (b.p[n - 1] == '\n') {
        ends = 2;
        n--;
    }
    if (n != 0 && b.p[n - 1] == '\r') {
        ends |= 1;
        n--;
    }
    m->body.pending = ends;
    if (m->open && n != 0) {
        m->sink.data(m->sink.ctx, bytes_head(b, n));
    }
    text_out(m, b);
}

/* 0 to 63; 64 '='; 65 none (RFC 2045 6.8: to be ignored). */
static const uint8_t base64_value[256] = {
    65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65,
    65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 62, 65, 65, 65, 63, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 65, 65, 65, 64, 65, 65,
    65, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 65, 65, 65, 65, 65,
    65, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 65, 65, 65, 65, 65,
    65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65,
    65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65,
    65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65,
    65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65, 65,
};

/* Four characters to at most three bytes. */
static size_t base64_quad(struct mime *m, uint8_t *out)
{
    uint8_t *q = m->body.quad;

    m->body.quad_n = 0;
    if (q[0] == 64 || q[1] == 64) {
        m->sink.note(m->sink.ctx, MIME_BASE64);
        return 0;
    }
    out[0] = (uint8_t)(q[0] << 2 | q[1] >> 4);
    if (q[2] == 64) {
        return 1;
    }
    out[1] = (uint8_t)(q[1] << 4 | q[2] >> 2);
    if (q[3] == 64) {
        return 2;
    }
    out[2] = (uint8_t)(q[2] << 6 | q[3]);
    return 3;
}

/* Whole groups of plain characters, as most are; returns how many of them were read.  `n`: the bytes in out, room for OUT. */
static size_t base64_groups(struct bytes b, uint8_t *out, size_t *n)
{
    size_t i = 0;

    for (; b.n - i >= 4 && *n <= OUT - 4; i += 4) {
        uint8_t v[4] = { base64_value[b.p[i]], base64_value[b.p[i + 1]], base64_value[b.p[i + 2]], base64_value[b.p[i + 3]] };
        if ((v[0] | v[1] | v[2] | v[3]) > 63) {
            break;
        }
        out[*n] = (uint8_t)(v[0] << 2 | v[1] >> 4);
        out[*n + 1] = (uint8_t)(v[1] << 4 | v[2] >> 2);
        out[*n + 2] = (uint8_t)(v[2] << 6 | v[3]);
        *n += 3;
    }
    return i;
}

static void base64_in(struct mime *m, struct bytes b)
{
    uint8_t out[OUT];
    size_t n = 0;

    while (b.n != 0) {
        size_t taken = m->body.quad_n == 0 ? base64_groups(b, out, &n) : 0;
        b = bytes_from(b, taken);
        if (n <= OUT - 4 && b.n != 0) { /* one character apart: of a group in pieces, or not plain */
            uint8_t v = base64_value[b.p[0]];
            b = bytes_from(b, 1);
            if (v != 65) {
                m->body.quad[m->body.quad_n++] = v;
                n += m->body.quad_n == 4 ? base64_quad(m, out + n) : 0;
            }
        }
        if (n > OUT - 4) {
            mime_body_plain(m, bytes_of(out, n));
            n = 0;
        }
    }
    mime_body_plain(m, bytes_of(out, n));
}

static int hex_value(uint8_t c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One byte behind a '=' (RFC 2045 6.7).  How many bytes were put out. */
static size_t quoted_escape(struct mime *m, uint8_t c, uint8_t *out)
{
    struct mime_body *b = &m->body;

    if (c == '\n') { /* a soft line end, or an escape cut short by a line end */
        if (b->quad_n == 2 && b->quad[1] != '\r') {
            m->sink.note(m->sink.ctx, MIME_QUOTED);
        }
        b->quad_n = 0;
        return 0;
    }
    b->quad[b->quad_n++] = c;
    if (b->quad_n < 3) {
        return 0;
    }
    int high = hex_value(b->quad[1]), low = hex_value(b->quad[2]);
    b->quad_n = 0;
    if (high < 0 || low < 0) {
        m->sink.note(m->sink.ctx, MIME_QUOTED);
        return 0;
    }
    *out = (uint8_t)(high << 4 | low);
    return 1;
}

static void quoted_in(struct mime *m, struct bytes b)
{
    uint8_t out[OUT];
    size_t n = 0;

    for (size_t i = 0; i < b.n; i++) {
        if (m->body.quad_n != 0) {
            n += quoted_escape(m, b.p[i], out + n);
        } else if (b.p[i] == '=') {
            m->body.quad[0] = '=';
            m->body.quad_n = 1;
        } else {
            out[n++] = b.p[i];
        }
        if (n == OUT || (n != 0 && out[n - 1] == '\n')) {
            mime_body_text(m, bytes_of(out, n));
            n = 0;
        }
    }
    mime_body_text(m, bytes_of(out, n));
}

/* ------- lines ------- */

/* Bytes of the piece that count: not its line end, of which the first half may have come before or may be followed by the second. */
static size_t counted(const struct mime_body *b, struct bytes piece, bool ends)
{
    size_t n = piece.n - ends;

    if (n != 0 && piece.p[n - 1] == '\r') {
        n--;
    }
    return n + (b->half_end && !(ends && piece.n == 1));
}

/* How many may come before the line is longer than is usual: what is wrong within is noted before that it is long, however it is cut. */
static size_t usual_left(const struct mime_body *b)
{
    size_t have = (size_t)b->line_n + b->half_end;

    if (b->coding != CODING_NONE && have < CODED_LINE_USUAL) {
        return CODED_LINE_USUAL - have;
    }
    return have < MIME_LINE_USUAL ? MIME_LINE_USUAL - have : SIZE_MAX;
}

static void line_count(struct mime *m, struct bytes piece, bool ends)
{
    struct mime_body *b = &m->body;
    size_t n = counted(b, piece, ends);

    b->half_end = !ends && piece.p[piece.n - 1] == '\r';
    b->line_n = (uint32_t)(b->line_n + n < 1u << 30 ? b->line_n + n : 1u << 30);
    if (b->coding != CODING_NONE && b->line_n > CODED_LINE_USUAL && !b->long_line && (m->open || (m->text && b->coding == CODING_BASE64))) {
        m->sink.note(m->sink.ctx, MIME_LONG_CODED_LINE);
        b->long_line = true;
    }
    if (b->line_n > MIME_LINE_USUAL) {
        m->sink.note(m->sink.ctx, MIME_LONG_LINE);
    }
    if (ends) {
        b->line_n = 0;
        b->long_line = false;
    }
}

static void line_in(struct mime *m, struct bytes b)
{
    if (!m->open && !m->text && m->body.coding != CODING_UU) {
        return;
    }
    switch ((enum mime_coding)m->body.coding) {
    case CODING_BASE64:
        if (m->set->decode_base64) {
            base64_in(m, b);
        }
        break;
    case CODING_QUOTED:
        if (m->set->decode_quoted) {
            quoted_in(m, b);
        }
        break;
    case CODING_UU: mime_uu_bytes(m, b); break;
    case CODING_NONE:
        if (m->set->decode_uu && (m->uu.within || !m->open)) {
            mime_uu_bytes(m, b);
        } else {
            mime_body_text(m, b);
        }
        break;
    }
}

void mime_body_start(struct mime *m)
{
    m->body.quad_n = m->body.pending = 0;
    m->body.line_n = 0;
    m->body.long_line = m->body.half_end = false;
    mime_uu_start(m);
}

void mime_body_bytes(struct mime *m, struct bytes b)
{
    while (b.n != 0) {
        size_t lf = bytes_find_byte(b, '\n');
        struct bytes piece = bytes_head(b, lf == SIZE_MAX ? b.n : lf + 1);
        size_t left = usual_left(&m->body);
        bool ends = lf != SIZE_MAX && counted(&m->body, piece, true) <= left;
        if (!ends && piece.n > left) {
            piece = bytes_head(piece, left);
        }
        line_count(m, piece, ends);
        line_in(m, piece);
        b = bytes_from(b, piece.n);
    }
}

void mime_body_end(struct mime *m)
{
    uint8_t out[4];

    if (m->body.coding == CODING_BASE64 && m->set->decode_base64 && m->body.quad_n != 0) {
        while (m->body.quad_n < 4) { /* padding left out */
            m->body.quad[m->body.quad_n++] = 64;
        }
        size_t n = base64_quad(m, out);
        mime_body_plain(m, bytes_of(out, n));
    }
    mime_uu_end(m);
    m->body.pending = 0;
}
