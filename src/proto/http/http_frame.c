/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * http_frame - where lines, header blocks, chunk heads and bodies end.  What was looked through once is not again.
 */
#include "proto/http/http.h"

static const struct frame frame_more = { FRAME_MORE, 0, 0 };

static struct frame unit(uint16_t kind, size_t n) { return (struct frame){ FRAME_UNIT, kind, n }; }
static struct frame skip(uint64_t n) { return (struct frame){ FRAME_SKIP, 0, n }; }

enum three { NO, YES, LATER };

/* Does `what` stand at i?  LATER when the bytes end before that is decided. */
static enum three stands(struct bytes b, size_t i, const char *what, bool whole)
{
    struct bytes w = bytes_str(what), have = bytes_head(bytes_from(b, i), w.n);

    if (i > b.n || !bytes_equal(have, bytes_head(w, have.n))) {
        return NO;
    }
    return have.n == w.n ? YES : whole ? NO : LATER;
}

static enum three either(enum three a, enum three b) { return a == YES || b == YES ? YES : a == LATER || b == LATER ? LATER : NO; }

static size_t eol_request(struct bytes b, size_t i, bool whole)
{
    enum three r = stands(b, i, "\r\n", whole);

    if (r != NO) {
        return r == YES ? 2 : SIZE_MAX;
    }
    if (b.p[i] != '\n') {
        return 0;
    }
    r = either(stands(b, i, "\n\r\r\n\n", whole), stands(b, i, "\n\r\r\n\r\n", whole));
    enum three two = stands(b, i, "\n\r\r\n", whole);
    if (r == LATER || two == LATER) {
        return stands(b, i, "\n\r\r", whole) != NO ? SIZE_MAX : 1;
    }
    return r == YES ? 4 : two == YES ? 2 : 1;
}

/* CRLF, CR, CRs and blanks, perhaps LF, and then no empty line: one line end all together. */
static size_t eol_mixture(struct bytes b, size_t i, bool whole)
{
    enum three r = stands(b, i, "\r\n\r", whole);
    size_t at = i + 3;

    if (r != YES) {
        return r == LATER ? SIZE_MAX : 0;
    }
    while (at < b.n && (b.p[at] == '\r' || b.p[at] == ' ' || b.p[at] == '\t')) {
        at++;
    }
    if (at == i + 3) {
        return at < b.n || whole ? 0 : SIZE_MAX;
    }
    if (at == b.n) {
        return whole ? at - i : SIZE_MAX;
    }
    at += b.p[at] == '\n';
    r = either(stands(b, at, "\n", whole), stands(b, at, "\r\n", whole));
    return r == LATER ? SIZE_MAX : r == YES ? 0 : at - i;
}

static size_t eol_response(struct bytes b, size_t i, bool whole)
{
    if (b.p[i] == '\r') {
        size_t n = eol_mixture(b, i, whole);
        if (n != 0) {
            return n;
        }
        enum three r = stands(b, i, "\r\n", whole);
        return r == LATER ? SIZE_MAX : r == YES ? 2 : 1;
    }
    if (b.p[i] != '\n') {
        return 0;
    }
    enum three r = either(stands(b, i, "\n\r\r\n\n", whole), stands(b, i, "\n\r\r\n\r\n", whole));
    if (r == YES) {
        return 4;
    }
    enum three pair = stands(b, i, "\n\r", whole), line = stands(b, i, "\n\r\n", whole);
    if (pair == LATER || line == LATER || (r == LATER && stands(b, i, "\n\r\r", true) == YES)) {
        return SIZE_MAX;
    }
    /* LF CR LF: the CR belongs to the empty line. */
    return pair == YES && line == NO ? 2 : 1;
}

size_t http_eol(struct bytes b, size_t i, enum side side, bool whole)
{
    if (i >= b.n) {
        return 0;
    }
    return side == TO_SERVER ? eol_request(b, i, whole) : eol_response(b, i, whole);
}

/* Length of an empty line at i: 0 none, SIZE_MAX later. */
static size_t empty_line(struct bytes b, size_t i, enum side side, bool whole)
{
    enum three r = stands(b, i, "\r\n", whole);

    if (r != NO) {
        return r == YES ? 2 : SIZE_MAX;
    }
    if (i < b.n && b.p[i] == '\n') {
        return 1;
    }
    return i < b.n && b.p[i] == '\r' && side == TO_CLIENT ? 1 : 0;
}

/* First byte at or behind i that may begin a line end; SIZE_MAX none. */
static size_t line_end(struct bytes b, size_t i, size_t line_at, enum side side)
{
    struct bytes rest = bytes_from(b, i);
    size_t lf = bytes_find_byte(rest, '\n');

    if (side == TO_CLIENT) {
        size_t cr = bytes_find_byte(bytes_head(rest, lf), '\r');
        return cr != SIZE_MAX ? i + cr : lf != SIZE_MAX ? i + lf : SIZE_MAX;
    }
    if (lf == SIZE_MAX) {
        return SIZE_MAX;
    }
    size_t at = i + lf;
    return at > line_at && b.p[at - 1] == '\r' ? at - 1 : at;
}

static struct frame too_long(struct conn *c, enum side side)
{
    struct http_state *s = conn_state(c);
    unsigned note = side == TO_SERVER ? NOTE_REQUEST_TOO_LONG : NOTE_RESPONSE_TOO_LONG;

    if (s->lane[side].txn != NULL) {
        txn_note(s->lane[side].txn, note);
    } else {
        conn_note(c, side, note);
    }
    http_message_over(c, side);
    return (struct frame){ FRAME_BAD, 0, 0 };
}

static struct frame lane_unit(struct http_lane *l, uint16_t kind, size_t n)
{
    l->mark = l->line_at = 0;
    return unit(kind, n);
}

/* The whole of a header block, its empty line included. */
static struct frame frame_block(struct conn *c, enum side side, struct bytes b, bool whole)
{
    struct http_lane *l = http_lane_of(c, side);
    uint64_t limit = http_settings_of(c)->field_limit;
    size_t n = l->mark == 0 ? empty_line(b, 0, side, whole) : 0;

    if (n == 1 && b.p[0] == '\r') { /* left over from a status line that ended in LFCR */
        l->mark = l->line_at = 1;
    } else if (n != 0) {
        return n == SIZE_MAX ? frame_more : lane_unit(l, UNIT_HEADERS, n);
    }
    for (;;) {
        size_t e = line_end(b, l->mark, l->line_at, side);
        if (e == SIZE_MAX) { /* a line that came whole may be longer */
            if (!whole && b.n - l->line_at > limit) {
                return too_long(c, side);
            }
            l->mark = (uint32_t)b.n;
            break;
        }
        size_t eol = http_eol(b, e, side, whole), next = e + eol;
        if (eol == SIZE_MAX || next >= b.n) {
            l->mark = (uint32_t)e;
            break;
        }
        if (eol == 0) { /* a lone CR in a request */
            l->mark = (uint32_t)(e + 1);
            continue;
        }
        uint8_t first = b.p[next];
        if (first == ' ' || first == '\t' || first == 0) {
            size_t blank = http_eol(b, next + 1, side, whole);
            if (blank == SIZE_MAX || next + 1 >= b.n) {
                l->mark = (uint32_t)e;
                break;
            }
            if (blank == 1) { /* between bare line ends, a line of one blank is an empty one */
                n = next + 2;
                if (n >= b.n && !whole) {
                    l->mark = (uint32_t)e;
                    break;
                }
                return lane_unit(l, UNIT_HEADERS, n + (n < b.n && b.p[n] == '\n'));
            }
            l->mark = (uint32_t)(next + 1);
            continue;
        }
        n = empty_line(b, next, side, whole);
        if (n == SIZE_MAX) {
            l->mark = (uint32_t)e;
            break;
        }
        l->lines++;
        if (n != 0) {
            return lane_unit(l, UNIT_HEADERS, next + n);
        }
        l->mark = l->line_at = (uint32_t)next;
    }
    if (whole) {
        l->cut = true;
        l->lines++;
        return lane_unit(l, UNIT_HEADERS, b.n);
    }
    return frame_more;
}

/* ------- first lines ------- */

static bool blanks_only(struct bytes b) { return http_trim(b).n == 0; }

static struct frame frame_request_line(struct conn *c, struct bytes b, bool whole)
{
    struct http_state *s = conn_state(c);
    struct http_lane *l = &s->lane[TO_SERVER];

    if (l->mark == 0) { /* RFC 9112 2.2: empty lines before a request mean nothing */
        if (b.p[0] == '\n') {
            return skip(1);
        }
        enum three r = stands(b, 0, "\r\n", whole);
        if (r != NO) {
            return r == YES ? skip(2) : frame_more;
        }
    }
    struct bytes rest = bytes_from(b, l->mark);
    size_t lf = bytes_find_byte(rest, '\n');
    if ((lf == SIZE_MAX ? b.n : l->mark + lf) > http_settings_of(c)->field_limit) {
        return too_long(c, TO_SERVER);
    }
    if (lf == SIZE_MAX && !whole) {
        l->mark = (uint32_t)b.n;
        if (l->txn == NULL) {
            l->txn = http_txn_new(c);
        }
        return frame_more;
    }
    size_t n = lf == SIZE_MAX ? b.n : l->mark + lf + 1;
    struct bytes behind = bytes_from(b, n);
    l->more = !blanks_only(behind) || behind.n > 16;
    return lane_unit(l, UNIT_LINE, n);
}

/* What browsers take for a status line: blanks, NULs, "http" in any case. */
static bool status_like(struct bytes line)
{
    size_t i = 0;

    while (i < line.n && (http_space(line.p[i]) || line.p[i] == 0)) {
        i++;
    }
    return bytes_starts_nocase(bytes_from(line, i), "http");
}

static struct frame body_to_the_end(struct conn *c, struct http_lane *l)
{
    l->txn = http_response_txn(c);
    if (l->txn == NULL) {
        return (struct frame){ FRAME_OPAQUE, 0, 0 };
    }
    l->phase = PHASE_BODY;
    l->until_close = true;
    l->mark = 0;
    return (struct frame){ FRAME_BODY, 0, UINT64_MAX };
}

static struct frame frame_status_line(struct conn *c, struct bytes b, bool whole)
{
    struct http_lane *l = http_lane_of(c, TO_CLIENT);

    if (l->mark == 0) {
        size_t n = empty_line(b, 0, TO_CLIENT, whole);
        if (n != 0) {
            return n == SIZE_MAX ? frame_more : skip(n);
        }
        struct txn *t = http_response_txn(c);
        struct http *x = t != NULL ? txn_data(t) : NULL;
        if (x != NULL && x->is_09) {
            return body_to_the_end(c, l);
        }
    }
    size_t e = line_end(b, l->mark, 0, TO_CLIENT), n;
    if ((e == SIZE_MAX ? b.n : e) > http_settings_of(c)->field_limit) {
        return status_like(b) ? too_long(c, TO_CLIENT) : body_to_the_end(c, l);
    }
    if (e == SIZE_MAX) {
        l->mark = (uint32_t)b.n;
        if (!whole) {
            return frame_more;
        }
        n = e = b.n;
    } else {
        enum three r = stands(b, e, "\r\n", whole);
        if (r == LATER) {
            l->mark = (uint32_t)e;
            return frame_more;
        }
        n = e + (r == YES ? 2 : 1);
    }
    if (status_like(bytes_head(b, e))) {
        return lane_unit(l, UNIT_LINE, n);
    }
    if (n + 1 >= b.n && !whole) { /* the byte behind it tells whether the line counts */
        l->mark = (uint32_t)e;
        return frame_more;
    }
    if (n + 1 < b.n && (b.p[n] == 'H' || e <= 2)) {
        l->mark = 0;
        return skip(n);
    }
    return body_to_the_end(c, l);
}

/* ------- chunks ------- */

static bool hex_digit(uint8_t c) { return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f'); }

/* A line of blanks before a chunk's length is passed over. */
static struct frame frame_chunk_head(struct conn *c, enum side side, struct bytes b, bool whole)
{
    struct http_lane *l = http_lane_of(c, side);
    struct bytes rest = bytes_from(b, l->mark);
    size_t lf = bytes_find_byte(rest, '\n');

    if (lf == SIZE_MAX) {
        struct bytes text = http_trim(b);
        bool junk = text.n != 0 && !hex_digit(text.p[0]);
        if (!junk && !whole) {
            if (b.n > http_settings_of(c)->field_limit) {
                return too_long(c, side);
            }
            l->mark = (uint32_t)b.n;
            return frame_more;
        }
        return lane_unit(l, UNIT_CHUNK_HEAD, b.n);
    }
    return lane_unit(l, UNIT_CHUNK_HEAD, l->mark + lf + 1);
}

static struct frame frame_chunk_end(struct http_lane *l, struct bytes b)
{
    size_t lf = bytes_find_byte(b, '\n');

    l->mark = 0;
    return unit(UNIT_CHUNK_END, lf == SIZE_MAX ? b.n : lf + 1);
}

/* ------- bytes behind a message ------- */

/* `whole`: the line's end is there; else its first word may go on. */
enum begins { BEGINS_NOT, BEGINS_MAYBE, BEGINS };

static enum begins begins_request(struct bytes b, bool whole)
{
    size_t i = 0, from;

    while (i < b.n && http_space(b.p[i])) {
        i++;
    }
    from = i;
    while (i < b.n && !http_space(b.p[i])) {
        i++;
    }
    struct bytes word = bytes_head(bytes_from(b, from), i - from);
    if (!whole && i == b.n) {
        return http_method_begins(word) ? BEGINS_MAYBE : BEGINS_NOT;
    }
    return http_method_of(word) != METHOD_UNKNOWN ? BEGINS : BEGINS_NOT;
}

static enum begins begins_response(struct bytes b, bool whole)
{
    size_t i = 0;

    while (i < b.n && (http_space(b.p[i]) || b.p[i] == 0)) {
        i++;
    }
    struct bytes word = bytes_from(b, i), http = bytes_str("http");
    if (bytes_starts_nocase(word, "http")) {
        return BEGINS;
    }
    return !whole && bytes_equal_nocase(word, bytes_head(http, word.n)) ? BEGINS_MAYBE : BEGINS_NOT;
}

/* In the very delivery that ended a message, what begins no other belongs to it, empty lines too: peers that count
 * wrongly, and old browsers that end a form with a line end of their own.  *n: its bytes; 0: that is not yet to be told. */
static bool belongs_before(struct conn *c, enum side side, struct bytes b, size_t *n)
{
    struct http_lane *l = http_lane_of(c, side);

    if (l->last == NULL || l->txn != NULL || l->last_number != conn_number(c) || l->mark != 0) {
        l->behind = false;
        return false;
    }
    size_t lf = bytes_find_byte(b, '\n');
    struct bytes line = bytes_head(b, lf == SIZE_MAX ? b.n : lf + 1);
    enum begins is = l->behind ? BEGINS_NOT : (side == TO_SERVER ? begins_request : begins_response)(line, lf != SIZE_MAX || conn_eof(c, side));
    l->behind = is == BEGINS_NOT && lf == SIZE_MAX;
    *n = is == BEGINS_NOT ? line.n : 0;
    return is != BEGINS;
}

static struct frame frame_behind(struct conn *c, enum side side, struct bytes b, size_t n)
{
    struct http_lane *l = http_lane_of(c, side);

    if (side == TO_CLIENT || !blanks_only(bytes_head(b, n))) {
        txn_note(l->last, side == TO_SERVER ? NOTE_REQUEST_BODY_UNEXPECTED : NOTE_RESPONSE_BODY_UNEXPECTED);
    }
    http_body_more(c, l->last, side, bytes_head(b, n));
    txn_touch(l->last, side);
    return skip(n);
}

/* ------- the contract's ------- */

struct frame http_frame(struct conn *c, enum side side, struct rd data)
{
    struct http_state *s = conn_state(c);
    struct bytes b = rd_rest(&data);
    bool whole = conn_eof(c, side);
    size_t n;

    if (s == NULL || b.n == 0) { /* another protocol is taking over */
        return skip(0);
    }
    struct http_lane *l = &s->lane[side];
    switch (l->phase) {
    case PHASE_LINE:
        if (belongs_before(c, side, b, &n)) {
            return n == 0 ? frame_more : frame_behind(c, side, b, n);
        }
        return side == TO_SERVER ? frame_request_line(c, b, whole) : frame_status_line(c, b, whole);
    case PHASE_HEADERS:
    case PHASE_TRAILER: return frame_block(c, side, b, whole);
    case PHASE_CHUNK_HEAD: return frame_chunk_head(c, side, b, whole);
    case PHASE_CHUNK_END: return frame_chunk_end(l, b);
    case PHASE_BODY:
    case PHASE_CHUNK_DATA: return (struct frame){ FRAME_BODY, 0, l->until_close ? UINT64_MAX : l->left };
    case PHASE_WAIT: return frame_more;
    case PHASE_IGNORE:
    default: return skip(b.n);
    }
}

/* After a gap, or bytes that made no sense: the next line that begins a message. */
struct frame http_resync(struct conn *c, enum side side, struct rd data)
{
    struct http_state *s = conn_state(c);
    struct bytes b = rd_rest(&data);

    if (s == NULL) {
        return skip(b.n);
    }
    for (size_t at = 0; at < b.n;) {
        struct bytes rest = bytes_from(b, at);
        size_t word = bytes_find_byte(bytes_head(rest, 20), ' ');
        bool begin = side == TO_SERVER ? word != SIZE_MAX && http_method_of(bytes_head(rest, word)) != METHOD_UNKNOWN
                                       : bytes_starts_nocase(rest, "http/1.") || bytes_starts_nocase(rest, "http/0.9");
        if (begin) {
            return skip(at);
        }
        size_t lf = bytes_find_byte(rest, '\n');
        if (lf == SIZE_MAX) { /* so far it may still become one */
            return (struct frame){ FRAME_MORE, 0, rest.n < 20 ? rest.n : 0 };
        }
        at += lf + 1;
    }
    return frame_more;
}
