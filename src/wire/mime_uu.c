/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mime_uu - uuencode (POSIX uuencode, "begin MODE NAME" to "end"): a part coded so as a whole, or files in a message's text.
 */
#include "wire/mime_state.h"

#include <string.h>

/* "begin", blank, three or four octal digits, blank, a name. */
static bool begin_line(struct bytes line, struct bytes *name)
{
    size_t n = line.n;
    bool blank;
    struct bytes mode;

    while (n != 0 && (line.p[n - 1] == '\n' || line.p[n - 1] == '\r')) {
        n--;
    }
    struct rd r = rd_of(bytes_head(line, n));
    if (!bytes_is(rd_until(&r, ' ', &blank), "begin")) {
        return false;
    }
    mode = rd_until(&r, ' ', &blank);
    for (size_t i = 0; i < mode.n; i++) {
        if (mode.p[i] < '0' || mode.p[i] > '7') {
            return false;
        }
    }
    *name = bytes_trim(rd_rest(&r), " \t");
    return (mode.n == 3 || mode.n == 4) && name->n != 0;
}

/* Can a line that begins so be a "begin" line? */
static bool may_begin(struct bytes head)
{
    return head.n < MIME_UU_HEAD_MAX && bytes_equal(bytes_head(bytes_str("begin "), head.n), bytes_head(head, 6));
}

static void over(struct mime *m)
{
    struct mime_uu *u = &m->uu;

    u->within = false;
    if (u->opened) {
        u->opened = false;
        mime_attachment_close(m);
    }
}

/* Text that no file is in.  Within a part that is coded as a whole it is nothing. */
static void outside(struct mime *m, struct bytes b)
{
    if (m->body.coding == CODING_NONE) {
        mime_body_text(m, b);
    }
}

/* Bytes of a line (with its end) that no file is in; how many were taken. */
static size_t outside_in(struct mime *m, struct bytes b)
{
    struct mime_uu *u = &m->uu;
    size_t lf = bytes_find_byte(b, '\n'), n = lf == SIZE_MAX ? b.n : lf + 1;
    struct bytes line, name;

    if (!u->start && u->head_n == 0) { /* within a line */
        u->start = lf != SIZE_MAX;
        outside(m, bytes_head(b, n));
        return n;
    }
    n = n < sizeof u->head - u->head_n ? n : sizeof u->head - u->head_n;
    memcpy(u->head + u->head_n, b.p, n);
    u->head_n = (uint16_t)(u->head_n + n);
    line = bytes_of(u->head, u->head_n);
    u->start = line.p[line.n - 1] == '\n';
    if (!u->start && may_begin(line)) {
        return n;
    }
    u->head_n = 0;
    if (!u->start || !begin_line(line, &name)) {
        outside(m, line);
        return n;
    }
    u->within = true;
    if (!m->open) {
        u->opened = true;
        mime_attachment_open(m, name);
    }
    return n;
}

/* Four characters to at most three bytes, and no more than the line says. */
static void quad_out(struct mime *m)
{
    struct mime_uu *u = &m->uu;
    const uint8_t *q = u->quad;
    const uint8_t out[3] = { (uint8_t)(q[0] << 2 | q[1] >> 4), (uint8_t)(q[1] << 4 | q[2] >> 2), (uint8_t)(q[2] << 6 | q[3]) };
    uint8_t n = u->left < 3 ? u->left : 3;

    u->left = (uint8_t)(u->left - n);
    u->quad_n = 0;
    mime_body_plain(m, bytes_of(out, n));
}

static void value_in(struct mime *m, uint8_t value)
{
    m->uu.quad[m->uu.quad_n++] = value;
    if (m->uu.quad_n == 4) {
        quad_out(m);
    }
}

/* A character of a file's lines. */
static void within_in(struct mime *m, uint8_t c)
{
    struct mime_uu *u = &m->uu;
    bool coded = c >= ' ' && c <= '`';

    if (c == '\n') {
        while (u->left != 0) { /* blanks at its end were cut off on the way */
            value_in(m, 0);
        }
        u->quad_n = 0;
        u->start = true;
    } else if (u->start && c != '\r') {
        u->start = false;
        u->left = coded ? (c - ' ') & 63 : 0;
        if (!coded) { /* "end", or what should be it */
            if (c != 'e') {
                m->sink.note(m->sink.ctx, MIME_UU);
            }
            over(m);
        }
    } else if (u->left != 0 && coded) {
        value_in(m, (c - ' ') & 63);
    } else if (u->left != 0 && c != '\r') {
        m->sink.note(m->sink.ctx, MIME_UU);
    }
}

void mime_uu_start(struct mime *m)
{
    m->uu.start = true;
    m->uu.within = m->uu.opened = false;
    m->uu.head_n = 0;
}

void mime_uu_bytes(struct mime *m, struct bytes b)
{
    while (b.n != 0) {
        size_t n = 1;
        if (m->uu.within) {
            within_in(m, b.p[0]);
        } else {
            n = outside_in(m, b);
        }
        b = bytes_from(b, n);
    }
}

void mime_uu_end(struct mime *m)
{
    if (m->uu.head_n != 0) {
        outside(m, bytes_of(m->uu.head, m->uu.head_n));
        m->uu.head_n = 0;
    }
    if (m->uu.within) {
        m->sink.note(m->sink.ctx, MIME_UU);
        over(m);
    }
}

void mime_uu_gap(struct mime *m)
{
    m->uu.head_n = 0;
    m->uu.quad_n = m->uu.left = 0;
    m->uu.start = true;
}
