/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * http_head - a header block into its fields, as the most lenient peers read it (RFC 9112 5 and what is made of it).
 *
 * Line ends: CRLF or LF; in responses also LFCR, CR and some mixtures, because browsers take them.
 */
#include "proto/http/http.h"

/* ------- small grammars ------- */

static bool token_char(uint8_t c)
{
    if (c <= ' ' || c > '~') {
        return false;
    }
    return bytes_find_byte(bytes_str("()<>@,;:\\\"/[]?={}"), c) == SIZE_MAX;
}

static bool digit(uint8_t c) { return c >= '0' && c <= '9'; }

/* Spaces, anything but digits, digits, anything. */
bool http_content_length(struct txn *t, struct bytes value, uint64_t *out)
{
    size_t i = 0, from;

    while (i < value.n && http_space(value.p[i])) {
        i++;
    }
    from = i;
    while (i < value.n && !digit(value.p[i])) {
        i++;
    }
    if (t != NULL && i > from) {
        txn_note(t, NOTE_LENGTH_EXTRA_START);
    }
    from = i;
    while (i < value.n && digit(value.p[i])) {
        i++;
    }
    struct bytes number = bytes_head(bytes_from(value, from), i - from);
    if (number.n == 0 || !bytes_u64(number, out)) {
        return false;
    }
    if (t != NULL && http_trim(bytes_from(value, i)).n != 0) {
        txn_note(t, NOTE_LENGTH_EXTRA_END);
    }
    return *out < UINT64_MAX;
}

static uint8_t lower(uint8_t c) { return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c; }

/* How many bytes of `value` from i on spell `word` in any case, NULs overlooked; 0: they don't. */
static size_t spells(struct bytes value, size_t i, const char *word)
{
    struct bytes w = bytes_str(word);
    size_t from = i, k = 0;

    for (; k < w.n && i < value.n; i++) {
        if (value.p[i] == 0) {
            continue;
        }
        if (lower(value.p[i]) != w.p[k]) {
            return 0;
        }
        k++;
    }
    return k == w.n ? i - from : 0;
}

bool http_value_is(struct bytes value, const char *word)
{
    size_t n = spells(value, 0, word);

    if (n == 0) {
        return false;
    }
    for (; n < value.n; n++) {
        if (value.p[n] != 0) {
            return false;
        }
    }
    return true;
}

bool http_value_has(struct bytes value, const char *word)
{
    for (size_t i = 0; i < value.n; i++) {
        if (value.p[i] != 0 && spells(value, i, word) != 0) {
            return true;
        }
    }
    return false;
}

/* "HTTP/1.1", with blanks and zeros where they do no harm. */
uint8_t http_version_of(struct txn *t, struct bytes protocol)
{
    struct rd r = rd_of(protocol);
    bool extra;

    rd_skip_any(&r, HTTP_SPACES);
    if (!bytes_is_nocase(bytes_head(rd_peek(&r), 4), "http")) {
        return HTTP_VERSION_INVALID;
    }
    rd_skip(&r, 4);
    extra = rd_skip_any(&r, HTTP_SPACES) != 0;
    if (rd_u8(&r) != '/') {
        return HTTP_VERSION_INVALID;
    }
    bool zero = rd_left(&r) != 0 && rd_peek(&r).p[0] == '0';
    size_t skipped = rd_skip_any(&r, HTTP_SPACES "0");
    struct bytes version = http_trim(rd_rest(&r));
    extra |= bytes_is(version, ".9") ? skipped != 1 || !zero : skipped != 0;
    if (extra) {
        txn_note(t, NOTE_PROTOCOL_EXTRA);
    }
    if (bytes_is(version, "1.1")) {
        return HTTP_VERSION_11;
    }
    if (bytes_is(version, "1.0")) {
        return HTTP_VERSION_10;
    }
    return bytes_is(version, ".9") ? HTTP_VERSION_09 : HTTP_VERSION_INVALID;
}

/* ------- one field ------- */

struct block {
    struct bytes b;
    enum side side;
    struct arena *arena;
};

/* First byte at or behind i that ends a line. */
static size_t line_end(const struct block *k, size_t i)
{
    for (;;) {
        struct bytes rest = bytes_from(k->b, i);
        size_t lf = bytes_find_byte(rest, '\n');
        if (k->side == TO_CLIENT) {
            size_t cr = bytes_find_byte(bytes_head(rest, lf), '\r');
            return cr != SIZE_MAX ? i + cr : lf != SIZE_MAX ? i + lf : k->b.n;
        }
        if (lf == SIZE_MAX) {
            return k->b.n;
        }
        return lf > 0 && rest.p[lf - 1] == '\r' ? i + lf - 1 : i + lf;
    }
}

static bool fold_at(const struct block *k, size_t i)
{
    return i < k->b.n && (k->b.p[i] == ' ' || k->b.p[i] == '\t' || k->b.p[i] == 0);
}

/* Behind a fold in a response: is that a field of its own after all? */
static bool field_at(const struct block *k, size_t i)
{
    size_t from;

    while (i < k->b.n && (k->b.p[i] == ' ' || k->b.p[i] == '\t')) {
        i++;
    }
    from = i;
    while (i < k->b.n && token_char(k->b.p[i])) {
        i++;
    }
    if (i == from) {
        return false;
    }
    while (i < k->b.n && (k->b.p[i] == ' ' || k->b.p[i] == '\t')) {
        i++;
    }
    return i < k->b.n && k->b.p[i] == ':';
}

enum { FOLDS_MAX = 128 };

/* The value that begins at *at, its continuation lines joined; *at behind it. */
static struct bytes read_value(const struct block *k, size_t *at)
{
    size_t end = line_end(k, *at);
    struct bytes value = bytes_head(bytes_from(k->b, *at), end - *at);
    size_t next = end + http_eol(k->b, end, k->side, true);
    struct arena_text t;

    *at = next;
    if (next == end || !fold_at(k, next)) {
        return value;
    }
    arena_text_init(&t, k->arena, k->b.n - end + value.n + FOLDS_MAX);
    arena_text_add(&t, value);
    for (unsigned i = 0; i < FOLDS_MAX && fold_at(k, *at); i++) {
        uint8_t blank = k->b.p[*at];
        if (k->side == TO_CLIENT && field_at(k, *at + 1)) {
            *at += 1;
            break;
        }
        end = line_end(k, *at + 1);
        if (http_trim(arena_text_bytes(&t)).n != 0) {
            arena_text_byte(&t, blank);
        }
        arena_text_add(&t, bytes_head(bytes_from(k->b, *at + 1), end - *at - 1));
        *at = end + http_eol(k->b, end, k->side, true);
        if (*at == end) {
            break;
        }
    }
    return arena_text_bytes(&t);
}

/* Offset of the colon that ends the name at `at`; SIZE_MAX: none.  A name goes on over a line end when a space follows. */
static size_t find_colon(const struct block *k, size_t at)
{
    for (size_t from = at;;) {
        size_t end = line_end(k, from);
        size_t colon = bytes_find_byte(bytes_head(bytes_from(k->b, from), end - from), ':');
        if (colon != SIZE_MAX) {
            return from + colon;
        }
        size_t next = end + http_eol(k->b, end, k->side, true);
        if (next == end || next >= k->b.n || k->b.p[next] != ' ') {
            return SIZE_MAX;
        }
        from = next;
    }
}

static void name_notes(struct txn *t, enum side side, struct bytes raw, struct bytes name)
{
    bool request = side == TO_SERVER;

    if (name.n == 0) {
        txn_note(t, request ? NOTE_REQUEST_EMPTY_NAME : NOTE_RESPONSE_NO_COLON);
        return;
    }
    if (raw.n != name.n) {
        uint8_t last = raw.p[raw.n - 1];
        if (last == ' ' || last == '\t') {
            txn_note(t, request ? NOTE_REQUEST_SPACE_BEHIND_NAME : NOTE_RESPONSE_SPACE_BEHIND_NAME);
        } else if (http_space(last)) { /* a vertical tab is no space of RFC 9112 5.1 */
            txn_note(t, request ? NOTE_REQUEST_HEADER : NOTE_RESPONSE_NAME_NO_TOKEN);
        }
        if (http_space(raw.p[0])) {
            txn_note(t, request ? NOTE_REQUEST_FOLDING : NOTE_RESPONSE_FOLDING);
        }
    }
    for (size_t i = 0; i < name.n; i++) {
        if (!token_char(name.p[i])) {
            txn_note(t, request ? NOTE_REQUEST_HEADER : NOTE_RESPONSE_NAME_NO_TOKEN);
            return;
        }
    }
}

static struct http_header read_field(struct txn *t, const struct block *k, size_t *at)
{
    struct http_header h = { .name = bytes_none() };
    size_t from = *at, colon = find_colon(k, from);

    if (colon == SIZE_MAX) {
        txn_note(t, k->side == TO_SERVER ? NOTE_REQUEST_NO_COLON : NOTE_RESPONSE_NO_COLON);
    } else {
        struct bytes raw = bytes_head(bytes_from(k->b, from), colon - from);
        h.name = http_trim(raw);
        name_notes(t, k->side, raw, h.name);
        *at = colon + 1;
    }
    h.value = http_trim(read_value(k, at));
    if (*at <= from) { /* a loop must consume */
        *at = from + 1;
    }
    return h;
}

static bool deformed(const struct block *k)
{
    return k->side == TO_CLIENT && (bytes_find(k->b, bytes_str("\n\r\r\n")) != SIZE_MAX || bytes_find(k->b, bytes_str("\r\n\r\r")) != SIZE_MAX);
}

void http_read_fields(struct conn *c, struct txn *t, enum side side, struct bytes block)
{
    struct block k = { block, side, txn_arena(t) };

    if (deformed(&k)) {
        txn_note(t, NOTE_DEFORMED_EOL);
    }
    bool stray = side == TO_CLIENT && block.n > 1 && block.p[0] == '\r' && block.p[1] != '\n';
    for (size_t at = stray; at < block.n;) {
        uint8_t first = block.p[at];
        if (first == '\n' || (first == '\r' && (side == TO_CLIENT || (at + 1 < block.n && block.p[at + 1] == '\n')))) {
            return; /* the empty line */
        }
        struct http_header h = read_field(t, &k, &at);
        http_header_add(c, t, side, h);
    }
}
