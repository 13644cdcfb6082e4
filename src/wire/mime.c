/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mime - lines, fields and parts of a message.
 */
#include "wire/mime_state.h"

#include <openssl/evp.h>

enum part_kind { PART_NOTHING, PART_DISPOSITION, PART_ENCODING, PART_TYPE };
enum { LINE_TEXT_MAX = 8192, FIELD_NAME_USUAL = 75 };

struct mime *mime_new(struct arena *a, const struct mime_settings *s, const struct mime_sink *sink)
{
    struct mime *m = arena_zero(a, sizeof *m);

    if (m == NULL) {
        return NULL;
    }
    m->arena = a;
    m->set = s;
    m->sink = *sink;
    m->text = m->fresh = true;
    m->link_end = &m->link;
    m->attachment_end = &m->attachment;
    arena_text_init(&m->hold, a, MIME_LINE_MAX);
    arena_text_init(&m->part, a, MIME_VALUE_MAX);
    arena_text_init(&m->line, a, LINE_TEXT_MAX);
    return m;
}

void mime_fini(struct mime *m)
{
    EVP_MD_CTX_free(m->digest);
    m->digest = NULL;
}

/* A new part: its header comes. */
static void restart(struct mime *m)
{
    m->in_body = m->inner_message = m->cut = m->attached = m->other = false;
    m->text = true;
    m->name = bytes_none();
    m->hold.n = m->line.n = m->part.n = 0;
    m->part_kind = PART_NOTHING;
    m->own_field = false;
    m->body.coding = CODING_NONE;
    mime_body_start(m);
}

/* ------- what fields say of a part ------- */

static void name_found(struct mime *m, struct bytes name)
{
    if (name.n > MIME_NAME_MAX) {
        m->sink.note(m->sink.ctx, MIME_LONG_NAME);
        name = bytes_head(name, MIME_NAME_MAX);
    }
    m->name = arena_copy(m->arena, name);
    struct mime_text *t = m->attachment_n < MIME_NAMES_MAX ? arena_zero(m->arena, sizeof *t) : NULL;
    if (t != NULL) {
        t->text = m->name;
        *m->attachment_end = t;
        m->attachment_end = &t->next;
        m->attachment_n++;
    }
}

static void boundary_found(struct mime *m, struct bytes name)
{
    struct arena_text t;

    if (name.n > MIME_BOUNDARY_USUAL) {
        m->sink.note(m->sink.ctx, MIME_LONG_BOUNDARY);
    }
    struct mime_boundary *b = m->depth < MIME_DEPTH_MAX && name.n < MIME_LINE_MAX / 2 ? arena_zero(m->arena, sizeof *b) : NULL;
    if (b == NULL) {
        return;
    }
    arena_text_init(&t, m->arena, MIME_LINE_MAX);
    arena_text_add(&t, bytes_str("--"));
    arena_text_add(&t, name);
    b->text = arena_text_bytes(&t);
    b->outer = m->boundary;
    m->boundary = b;
    m->depth++;
}

static void part_type(struct mime *m, struct bytes value)
{
    struct bytes kind = bytes_trim(bytes_head(value, bytes_find_byte(value, ';')), " \t"), found;

    if (m->name.n == 0 && mime_parameter(m->arena, value, "name", &found) && found.n != 0) {
        name_found(m, found);
    }
    if (mime_parameter(m->arena, value, "boundary", &found)) {
        boundary_found(m, found);
    }
    m->inner_message |= bytes_starts_nocase(kind, "message/");
    m->text = bytes_is_nocase(kind, "text/plain") || bytes_is_nocase(kind, "text/html");
    m->other = kind.n != 0 && !bytes_starts_nocase(kind, "text/") && !bytes_starts_nocase(kind, "multipart/");
}

/* The field at hand is whole. */
static void part_field_over(struct mime *m)
{
    struct bytes value = arena_text_bytes(&m->part), found;

    switch ((enum part_kind)m->part_kind) {
    case PART_DISPOSITION:
        if (m->name.n == 0 && mime_parameter(m->arena, value, "filename", &found) && found.n != 0) {
            name_found(m, found);
        }
        m->attached = bytes_is_nocase(bytes_trim(bytes_head(value, bytes_find_byte(value, ';')), " \t"), "attachment"); /* RFC 2183 2.2 */
        break;
    case PART_ENCODING:
        value = bytes_trim(value, " \t");
        if (bytes_is_nocase(value, "base64")) {
            m->body.coding = CODING_BASE64;
        } else if (bytes_is_nocase(value, "quoted-printable")) {
            m->body.coding = CODING_QUOTED;
        } else if (m->set->decode_uu && (bytes_is_nocase(value, "x-uuencode") || bytes_is_nocase(value, "uuencode") || bytes_is_nocase(value, "x-uue"))) {
            m->body.coding = CODING_UU;
        }
        break;
    case PART_TYPE: part_type(m, value); break;
    case PART_NOTHING: break;
    }
    m->part_kind = PART_NOTHING;
    m->part.n = 0;
}

/* ------- header lines ------- */

static uint8_t part_kind_of(struct bytes name)
{
    static const struct {
        const char *name;
        uint8_t kind;
    } rows[] = { { "content-disposition", PART_DISPOSITION }, { "content-transfer-encoding", PART_ENCODING }, { "content-type", PART_TYPE } };

    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (bytes_is_nocase(name, rows[i].name)) {
            return rows[i].kind;
        }
    }
    return PART_NOTHING;
}

static void field_keep(struct mime *m, struct bytes name, struct bytes value)
{
    struct mime_field *f = m->field_n < MIME_FIELDS_MAX ? arena_zero(m->arena, sizeof *f) : NULL;

    m->own_field = f != NULL;
    if (f == NULL) {
        return;
    }
    f->name = arena_copy(m->arena, name);
    arena_text_init(&f->value, m->arena, MIME_VALUE_MAX);
    arena_text_add(&f->value, value);
    *(m->last != NULL ? &m->last->next : &m->first) = f;
    m->last = f;
    m->field_n++;
}

static void header_over(struct mime *m)
{
    part_field_over(m);
    m->own_field = false;
    if (!m->own_done) {
        m->own_done = true;
        if (m->set->digest && (m->digest = EVP_MD_CTX_new()) != NULL) {
            (void)EVP_DigestInit_ex(m->digest, EVP_md5(), NULL);
        }
    }
    if (m->inner_message) { /* RFC 2046 5.2: another header */
        restart(m);
        return;
    }
    m->in_body = m->at_start = true;
    mime_body_start(m);
    if (m->name.n != 0) {
        m->open = true;
        m->text = true;
        m->sink.open(m->sink.ctx, m->name);
    } else if (m->set->nameless && ((m->attached && m->body.coding != CODING_UU) || (m->other && m->body.coding == CODING_BASE64))) {
        m->open = true;
        m->sink.open(m->sink.ctx, m->name);
    }
}

static void header_line(struct mime *m, struct bytes line)
{
    size_t colon = bytes_find_byte(line, ':');

    if (line.n == 0) {
        header_over(m);
        return;
    }
    if (line.n > MIME_LINE_USUAL) {
        m->sink.note(m->sink.ctx, MIME_LONG_LINE);
    }
    if (line.p[0] == ' ' || line.p[0] == '\t') { /* RFC 5322 2.2.3 */
        if (m->own_field) {
            arena_text_add(&m->last->value, bytes_from(line, 1));
        }
        if (m->part_kind != PART_NOTHING) {
            arena_text_add(&m->part, bytes_from(line, 1));
        }
        return;
    }
    if (colon == SIZE_MAX) {
        return;
    }
    struct bytes name = bytes_head(line, colon), value = bytes_from(line, colon + 1);
    while (value.n != 0 && (value.p[0] == ' ' || value.p[0] == '\t' || value.p[0] == '\r')) {
        value = bytes_from(value, 1);
    }
    if (name.n > FIELD_NAME_USUAL) {
        m->sink.note(m->sink.ctx, MIME_LONG_FIELD_NAME);
    }
    if (value.n > m->set->value_max) {
        m->sink.note(m->sink.ctx, MIME_LONG_FIELD_VALUE);
    }
    part_field_over(m);
    m->part_kind = part_kind_of(name);
    if (m->part_kind != PART_NOTHING) {
        arena_text_add(&m->part, value);
    }
    if (!m->own_done) {
        field_keep(m, name, value);
    }
}

/* ------- boundaries ------- */

static void attachment_close(struct mime *m, bool truncated)
{
    if (m->open) {
        m->open = false;
        m->sink.close(m->sink.ctx, truncated);
    }
}

void mime_attachment_open(struct mime *m, struct bytes name)
{
    name_found(m, name);
    m->open = true;
    m->sink.open(m->sink.ctx, m->name);
}

void mime_attachment_close(struct mime *m)
{
    m->name = bytes_none();
    attachment_close(m, false);
}

/* Is the line a boundary of a multipart that is open?  One further out ends those within. */
static bool boundary_line(struct mime *m, struct bytes line)
{
    struct mime_boundary *b = m->boundary;
    unsigned depth = m->depth;

    while (b != NULL && !bytes_equal(bytes_head(line, b->text.n), b->text)) {
        b = b->outer;
        depth--;
    }
    if (b == NULL) {
        return false;
    }
    bool over = bytes_starts(bytes_from(line, b->text.n), "--");
    if (m->in_body) {
        mime_body_end(m);
    }
    attachment_close(m, false);
    m->boundary = over ? b->outer : b;
    m->depth = over ? depth - 1 : depth;
    restart(m);
    return true;
}

/* ------- bytes ------- */

static struct bytes line_text(struct bytes line)
{
    size_t n = line.n;

    if (n != 0 && line.p[n - 1] == '\n') {
        n--;
        n -= n != 0 && line.p[n - 1] == '\r';
    }
    return bytes_head(line, n);
}

/* A line seen whole (or as much of it as is kept). */
static void whole_line(struct mime *m, struct bytes line)
{
    if (m->boundary != NULL && bytes_starts(line, "--") && boundary_line(m, line)) {
        return;
    }
    if (m->in_body) {
        mime_body_bytes(m, line);
    } else {
        header_line(m, line_text(line));
    }
}

/* Must the line that begins with `head` be seen whole? */
static bool line_waits(const struct mime *m, struct bytes head)
{
    if (!m->in_body) {
        return true;
    }
    return m->boundary != NULL && bytes_equal(head, bytes_head(bytes_str("--"), head.n));
}

/* Bytes of a line that is gathered; how many were taken. */
static size_t gather(struct mime *m, struct bytes b)
{
    size_t lf = bytes_find_byte(b, '\n'), n = lf == SIZE_MAX ? b.n : lf + 1;

    if (m->hold.n == 0 && lf != SIZE_MAX && n <= MIME_LINE_MAX) {
        whole_line(m, bytes_head(b, n));
        return n;
    }
    if (m->in_body && m->hold.n + n > MIME_LINE_MAX) { /* no boundary: body after all */
        struct bytes held = arena_text_bytes(&m->hold);
        m->hold.n = 0;
        m->at_start = false;
        mime_body_bytes(m, held);
        return 0;
    }
    arena_text_add(&m->hold, bytes_head(b, n));
    if (lf != SIZE_MAX) {
        struct bytes line = arena_text_bytes(&m->hold);
        if (m->hold.cut) {
            m->sink.note(m->sink.ctx, MIME_LINE_CUT);
        }
        m->hold.n = 0;
        m->hold.cut = false;
        whole_line(m, line);
    }
    return n;
}

static size_t step(struct mime *m, struct bytes b)
{
    if (m->set->dots && m->fresh && b.p[0] == '.') {
        return 1;
    }
    if (m->cut) {
        size_t lf = bytes_find_byte(b, '\n');
        m->cut = lf == SIZE_MAX;
        return lf == SIZE_MAX ? b.n : lf + 1;
    }
    if (m->in_body && m->hold.n == 0 && !m->at_start) { /* within a line */
        size_t lf = bytes_find_byte(b, '\n'), n = lf == SIZE_MAX ? b.n : lf + 1;
        m->at_start = lf != SIZE_MAX;
        mime_body_bytes(m, bytes_head(b, n));
        return n;
    }
    if (m->hold.n == 1 && m->in_body && b.p[0] != '-') {
        uint8_t dash = '-';
        m->hold.n = 0;
        m->at_start = false;
        mime_body_bytes(m, bytes_of(&dash, 1));
        return 0;
    }
    if (m->hold.n != 0 || line_waits(m, bytes_head(b, 2))) {
        return gather(m, b);
    }
    m->at_start = false;
    return 0;
}

void mime_feed(struct mime *m, struct bytes piece)
{
    while (piece.n != 0) {
        bool counts = m->digest != NULL;
        size_t n = step(m, piece);
        if (n == 0) {
            continue;
        }
        if (counts) {
            (void)EVP_DigestUpdate(m->digest, piece.p, n);
        }
        m->fresh = piece.p[n - 1] == '\n';
        piece = bytes_from(piece, n);
    }
}

void mime_gap(struct mime *m)
{
    m->hold.n = m->line.n = 0;
    m->body.quad_n = m->body.pending = 0;
    mime_uu_gap(m);
    m->cut = true;
    m->at_start = true;
}

void mime_end(struct mime *m, bool truncated)
{
    unsigned n = 16;

    if (m->hold.n != 0) {
        struct bytes line = arena_text_bytes(&m->hold);
        m->hold.n = 0;
        whole_line(m, line);
    }
    if (m->in_body) {
        mime_body_end(m);
        mime_body_links_end(m);
    }
    attachment_close(m, truncated);
    if (m->digest != NULL) {
        uint8_t sum[EVP_MAX_MD_SIZE];
        m->has_sum = !truncated && EVP_DigestFinal_ex(m->digest, sum, &n) == 1;
        for (unsigned i = 0; m->has_sum && i < sizeof m->sum; i++) {
            m->sum[i] = sum[i];
        }
        mime_fini(m);
    }
}

/* ------- what is known ------- */

bool mime_field(const struct mime *m, unsigned i, struct bytes *name, struct bytes *value)
{
    const struct mime_field *f = m->first;

    while (f != NULL && i-- != 0) {
        f = f->next;
    }
    if (f == NULL) {
        return false;
    }
    *name = f->name;
    *value = arena_text_bytes(&f->value);
    return true;
}

bool mime_field_named(const struct mime *m, const char *name, unsigned nth, struct bytes *value)
{
    for (const struct mime_field *f = m->first; f != NULL; f = f->next) {
        if (bytes_is_nocase(f->name, name) && nth-- == 0) {
            *value = arena_text_bytes(&f->value);
            return true;
        }
    }
    return false;
}

static bool text_at(const struct mime_text *t, unsigned i, struct bytes *out)
{
    while (t != NULL && i-- != 0) {
        t = t->next;
    }
    if (t != NULL) {
        *out = t->text;
    }
    return t != NULL;
}

bool mime_link(const struct mime *m, unsigned i, struct bytes *out) { return text_at(m->link, i, out); }
bool mime_attachment(const struct mime *m, unsigned i, struct bytes *out) { return text_at(m->attachment, i, out); }

bool mime_digest(const struct mime *m, struct bytes *out)
{
    *out = bytes_of(m->sum, sizeof m->sum);
    return m->has_sum;
}
