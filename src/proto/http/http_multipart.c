/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * http_multipart - files that a form uploads (RFC 7578), cut out of the body as it comes.
 */
#include "proto/http/http.h"
#include "wire/mime.h"

enum { BOUNDARY_MAX = 255, LINE_MAX_BYTES = 4096, PIECE = 4096, JOIN_MAX = 2 * LINE_MAX_BYTES + PIECE };
enum part_state { PART_BEFORE, PART_BOUNDARY_LINE, PART_HEADERS, PART_DATA };

struct http_multipart {
    uint8_t state;
    bool at_start;              /* of a line: a boundary may stand here without a line end before it */
    struct bytes boundary;      /* "--" and the name */
    struct bytes delimiter;     /* the same with LF in front; a CR before that is no data either */
    struct arena_text tail[2];  /* what was not yet decided, and its next copy */
    unsigned use;
    struct file *file;
    bool named, any;
    struct bytes name;
};

/* A parameter of a header field, backslashes left out; p NULL: absent. */
static struct bytes parameter(struct arena *a, struct bytes value, const char *name)
{
    struct arena_text t;
    struct bytes whole;

    if (!mime_parameter(a, value, name, &whole)) {
        return (struct bytes){ 0 };
    }
    arena_text_init(&t, a, LINE_MAX_BYTES);
    for (size_t i = 0; i < whole.n; i++) {
        if (whole.p[i] != '\\') {
            arena_text_byte(&t, whole.p[i]);
        }
    }
    return t.n != 0 ? arena_text_bytes(&t) : (struct bytes){ 0 };
}

bool http_multipart_begin(struct txn *t, struct bytes content_type)
{
    struct http *x = txn_data(t);
    struct bytes name = parameter(txn_arena(t), content_type, "boundary");
    struct arena_text text;

    if (name.p == NULL || name.n > BOUNDARY_MAX) {
        return false;
    }
    struct http_multipart *m = arena_zero(txn_arena(t), sizeof *m);
    if (m == NULL) {
        return false;
    }
    arena_text_init(&text, txn_arena(t), BOUNDARY_MAX + 8);
    arena_text_add(&text, bytes_str("\n--"));
    arena_text_add(&text, name);
    m->delimiter = arena_text_bytes(&text);
    m->boundary = bytes_from(m->delimiter, 1);
    m->at_start = true;
    arena_text_init(&m->tail[0], txn_arena(t), JOIN_MAX);
    arena_text_init(&m->tail[1], txn_arena(t), JOIN_MAX);
    x->multipart = m;
    return true;
}

static void part_header(struct txn *t, struct http_multipart *m, struct bytes line)
{
    size_t colon = bytes_find_byte(line, ':');
    struct bytes value = http_trim(bytes_from(line, colon == SIZE_MAX ? line.n : colon + 1));

    if (colon == SIZE_MAX || value.n == 0) {
        txn_note(t, NOTE_MULTIPART_HEADER);
        return;
    }
    if (bytes_is_nocase(bytes_head(line, colon), "content-disposition")) {
        struct bytes name = parameter(txn_arena(t), value, "filename");
        if (name.n != 0) {
            m->name = name;
        }
    }
}

static void part_open(struct txn *t, struct http_multipart *m)
{
    m->named = m->name.n != 0;
    m->any = false;
    m->file = m->named ? http_file_open(t, TO_SERVER, m->name) : NULL;
    m->name = (struct bytes){ 0 };
}

static void part_close(struct txn *t, struct http_multipart *m, bool truncated)
{
    if (m->named && !m->any && !truncated) {
        txn_note(t, NOTE_MULTIPART_NO_DATA);
    }
    if (m->file != NULL) {
        txn_file_close(t, m->file, truncated || m->file->gaps);
    }
    m->file = NULL;
    m->named = false;
}

static void part_data(struct txn *t, struct http_multipart *m, struct bytes b)
{
    m->any |= b.n != 0;
    if (m->file != NULL && b.n != 0) {
        txn_file_data(t, m->file, b);
    }
}

/* Lines before the first boundary, the boundary's own line, header lines.  False: no whole line yet. */
static bool step_line(struct txn *t, struct http_multipart *m, struct rd *r)
{
    struct rd look = *r;
    bool found;
    struct bytes line = rd_line(&look, &found);

    if (!found) {
        if (line.n <= LINE_MAX_BYTES) {
            return false;
        }
        txn_note(t, NOTE_MULTIPART);
        m->state = PART_BEFORE;
    }
    *r = look;
    switch (m->state) {
    case PART_BEFORE:
        if (bytes_equal(bytes_head(line, m->boundary.n), m->boundary)) {
            m->state = PART_HEADERS;
        }
        break;
    case PART_BOUNDARY_LINE: m->state = bytes_starts(line, "--") ? PART_BEFORE : PART_HEADERS; break;
    case PART_HEADERS:
    default:
        if (line.n != 0) {
            part_header(t, m, line);
        } else {
            part_open(t, m);
            m->state = PART_DATA;
            m->at_start = true;
        }
        break;
    }
    return true;
}

/* May the line end before a boundary begin here? */
static bool may_begin(const struct http_multipart *m, struct bytes b)
{
    b = b.p[0] == '\r' ? bytes_from(b, 1) : b;
    return bytes_equal(b, bytes_head(m->delimiter, b.n));
}

/* Bytes up to a boundary.  False: what is left may begin one. */
static bool step_data(struct txn *t, struct http_multipart *m, struct rd *r)
{
    struct bytes rest = rd_peek(r);

    if (m->at_start) { /* an empty part: its boundary follows the empty line at once */
        struct bytes head = bytes_head(rest, m->boundary.n);
        if (bytes_equal(head, bytes_head(m->boundary, head.n))) {
            if (head.n < m->boundary.n) {
                return false;
            }
            part_close(t, m, false);
            rd_skip(r, head.n);
            m->state = PART_BOUNDARY_LINE;
            return true;
        }
        m->at_start = false;
    }
    size_t at = bytes_find(rest, m->delimiter);
    if (at != SIZE_MAX) {
        part_data(t, m, bytes_head(rest, at - (at != 0 && rest.p[at - 1] == '\r')));
        part_close(t, m, false);
        rd_skip(r, at + m->delimiter.n);
        m->state = PART_BOUNDARY_LINE;
        return true;
    }
    size_t keep = rest.n < m->delimiter.n ? rest.n : m->delimiter.n;
    size_t end = rest.n - keep;
    while (end < rest.n && !may_begin(m, bytes_from(rest, end))) {
        end++;
    }
    part_data(t, m, bytes_head(rest, end));
    rd_skip(r, end);
    return false;
}

static void feed_piece(struct txn *t, struct http_multipart *m, struct bytes piece)
{
    struct arena_text *now = &m->tail[m->use], *next = &m->tail[1 - m->use];
    bool joined = now->n != 0;

    if (joined) {
        arena_text_add(now, piece);
    }
    struct rd r = rd_of(joined ? arena_text_bytes(now) : piece);
    bool on = true;
    while (on && rd_left(&r) != 0) {
        on = m->state == PART_DATA ? step_data(t, m, &r) : step_line(t, m, &r);
    }
    next->n = 0;
    arena_text_add(next, rd_rest(&r));
    now->n = 0;
    m->use = 1 - m->use;
}

void http_multipart_feed(struct txn *t, struct bytes chunk)
{
    struct http *x = txn_data(t);

    while (chunk.n != 0) {
        feed_piece(t, x->multipart, bytes_head(chunk, PIECE));
        chunk = bytes_from(chunk, PIECE);
    }
}

void http_multipart_gap(struct txn *t, uint64_t n)
{
    struct http *x = txn_data(t);
    struct http_multipart *m = x->multipart;
    struct arena_text *tail = &m->tail[m->use];

    if (m->state == PART_DATA) {
        part_data(t, m, arena_text_bytes(tail));
        m->any = true;
        if (m->file != NULL) {
            txn_file_gap(t, m->file, n);
        }
    } else { /* on at the next boundary */
        txn_note(t, NOTE_MULTIPART);
        m->state = PART_BEFORE;
        m->name = (struct bytes){ 0 };
    }
    m->at_start = false;
    tail->n = 0;
}

void http_multipart_end(struct txn *t, bool truncated)
{
    struct http *x = txn_data(t);
    struct http_multipart *m = x->multipart;

    if (m->state == PART_DATA) {
        part_data(t, m, arena_text_bytes(&m->tail[m->use]));
        part_close(t, m, true);
    }
    m->tail[m->use].n = 0;
    m->state = PART_BEFORE;
    (void)truncated;
}
