/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * http_request - the request line, what its fields mean for the rest, and the request's end.
 */
#include "proto/http/http.h"

static const struct {
    struct bytes name;
    uint8_t id;
} methods[] = {
    { BYTES("GET"), METHOD_GET }, { BYTES("POST"), METHOD_POST }, { BYTES("HEAD"), METHOD_HEAD }, { BYTES("PUT"), METHOD_PUT },
    { BYTES("CONNECT"), METHOD_CONNECT }, { BYTES("DELETE"), METHOD_OTHER }, { BYTES("OPTIONS"), METHOD_OTHER }, { BYTES("TRACE"), METHOD_OTHER },
    { BYTES("PATCH"), METHOD_OTHER }, { BYTES("PROPFIND"), METHOD_OTHER }, { BYTES("PROPPATCH"), METHOD_OTHER }, { BYTES("MKCOL"), METHOD_OTHER },
    { BYTES("COPY"), METHOD_OTHER }, { BYTES("MOVE"), METHOD_OTHER }, { BYTES("LOCK"), METHOD_OTHER }, { BYTES("UNLOCK"), METHOD_OTHER },
    { BYTES("VERSION-CONTROL"), METHOD_OTHER }, { BYTES("CHECKOUT"), METHOD_OTHER }, { BYTES("UNCHECKOUT"), METHOD_OTHER },
    { BYTES("CHECKIN"), METHOD_OTHER }, { BYTES("UPDATE"), METHOD_OTHER }, { BYTES("LABEL"), METHOD_OTHER }, { BYTES("REPORT"), METHOD_OTHER },
    { BYTES("MKWORKSPACE"), METHOD_OTHER }, { BYTES("MKACTIVITY"), METHOD_OTHER }, { BYTES("BASELINE-CONTROL"), METHOD_OTHER },
    { BYTES("MERGE"), METHOD_OTHER }, { BYTES("INVALID"), METHOD_OTHER },
};

/* RFC 9110 9.1: in capitals, or another method. */
uint8_t http_method_of(struct bytes word)
{
    for (unsigned i = 0; i < ROWS(methods); i++) {
        if (word.n == methods[i].name.n && bytes_equal(word, methods[i].name)) {
            return methods[i].id;
        }
    }
    return METHOD_UNKNOWN;
}

bool http_method_begins(struct bytes word)
{
    for (unsigned i = 0; i < ROWS(methods); i++) {
        if (bytes_equal(word, bytes_head(methods[i].name, word.n))) {
            return true;
        }
    }
    return false;
}

struct txn *http_txn_new(struct conn *c)
{
    struct txn *t = txn_new(c);

    if (t != NULL) {
        struct http *x = txn_data(t);
        x->txn = t;
        x->state = conn_state(c);
        x->settings = http_settings_of(c);
        x->port = -1;
        t->updated[TO_CLIENT] = false; /* nothing came from there yet */
    }
    return t;
}

static bool other_blank(struct bytes b)
{
    for (size_t i = 0; i < b.n; i++) {
        if (http_space(b.p[i]) && b.p[i] != ' ') {
            return true;
        }
    }
    return false;
}

static bool any_blank(uint8_t c) { return http_space(c); }
static bool space_only(uint8_t c) { return c == ' '; }

/* URI and protocol: parted by the last blank, as a URI may hold blanks. */
static void split_last(struct bytes b, bool (*blank)(uint8_t), struct bytes *uri, struct bytes *protocol)
{
    size_t at = b.n;

    while (at > 0 && !blank(b.p[at - 1])) {
        at--;
    }
    *uri = at > 0 ? http_trim(bytes_head(b, at - 1)) : b;
    *protocol = at > 0 ? http_trim(bytes_from(b, at)) : bytes_none();
}

static void no_protocol(struct txn *t, struct http *x, unsigned note)
{
    x->is_09 = true;
    x->request.version = HTTP_VERSION_09;
    if (x->method_id == METHOD_UNKNOWN) {
        txn_note(t, note);
        txn_note(t, NOTE_REQUEST_LINE);
    }
}

static void split_line(struct txn *t, struct http *x, struct bytes line)
{
    struct rd r = rd_of(line);

    if (rd_skip_any(&r, HTTP_SPACES) != 0) {
        txn_note(t, NOTE_LEADING_SPACE);
    }
    x->method = rd_until_any(&r, HTTP_SPACES);
    x->method_id = http_method_of(x->method);
    struct bytes gap = rd_peek(&r);
    gap = bytes_head(gap, rd_skip_any(&r, HTTP_SPACES));
    if (other_blank(gap)) {
        txn_note(t, NOTE_METHOD_DELIMITER);
    }
    struct bytes rest = http_trim(rd_rest(&r)), protocol;
    if (rest.n == 0) {
        no_protocol(t, x, NOTE_METHOD_UNKNOWN);
        return;
    }
    split_last(rest, space_only, &x->uri_raw, &protocol);
    if (other_blank(x->uri_raw)) {
        txn_note(t, NOTE_URI_DELIMITER);
        if (x->uri_raw.n == rest.n) {
            split_last(rest, any_blank, &x->uri_raw, &protocol);
        }
    }
    if (protocol.n == 0) {
        no_protocol(t, x, NOTE_METHOD_UNKNOWN_NO_PROTOCOL);
        return;
    }
    x->request.protocol = protocol;
    x->request.version = http_version_of(t, protocol);
    if (x->method_id == METHOD_UNKNOWN && x->request.version == HTTP_VERSION_INVALID) {
        txn_note(t, NOTE_METHOD_UNKNOWN_BAD_PROTOCOL);
    }
}

enum outcome http_request_line(struct conn *c, struct txn *t, struct bytes line)
{
    struct http_lane *l = http_lane_of(c, TO_SERVER);
    struct http *x = txn_data(t);

    line = arena_copy(txn_arena(t), bytes_trim(line, "\r\n"));
    x->request.line = line;
    split_line(t, x, line);
    if (x->uri_raw.p != NULL) {
        http_uri_read(x, x->uri_raw);
    }
    l->phase = PHASE_HEADERS;
    if (x->is_09 && l->more) { /* a header follows: the protocol was left out only */
        x->is_09 = false;
        txn_note(t, NOTE_NO_PROTOCOL);
    }
    txn_raise(t, TO_SERVER, HTTP_LINE);
    if (x->is_09) {
        http_request_finish(c, t);
        l->phase = PHASE_IGNORE;
    }
    return OUTCOME_OK;
}

/* RFC 9112 3.2: the URI's host counts before the field's. */
static void read_host(struct txn *t, struct http *x)
{
    struct http_half *h = &x->request;
    struct http_stored *field = http_find_loose(h, HEADER_HOST);
    struct http_stored *plain = http_find(h, HEADER_HOST);
    struct bytes host = bytes_none();
    int32_t port = -1;

    if (!x->host_in_uri && plain != NULL) {
        x->host_raw = http_value(plain);
    }
    if (field == NULL) {
        if (h->version == HTTP_VERSION_11) {
            txn_note(t, NOTE_NO_HOST);
        }
        return;
    }
    if (!http_host_read(http_value(field), &host, &port)) {
        txn_note(t, NOTE_HEADER_HOST);
    }
    if (host.n == 0) {
        if (x->host_in_uri) {
            txn_note(t, NOTE_TWO_HOSTS);
        }
        return;
    }
    if (!x->host_in_uri) {
        x->host = arena_lower(txn_arena(t), host);
        x->port = port > 0 ? port : -1;
    } else if (!bytes_equal_nocase(x->host, host) || (port != -1 && x->port != -1 && x->port != port)) {
        txn_note(t, NOTE_TWO_HOSTS);
    }
}

static void read_authorization(struct txn *t, struct http *x)
{
    struct http_stored *h = http_find_loose(&x->request, HEADER_AUTHORIZATION);

    if (h != NULL && !bytes_starts_nocase(http_value(h), "basic") && !bytes_starts_nocase(http_value(h), "digest") &&
        !bytes_starts_nocase(http_value(h), "bearer")) {
        txn_note(t, NOTE_AUTHORIZATION);
    }
}

enum coding { CODING_NONE, CODING_LENGTH, CODING_CHUNKED };

/* RFC 9112 6.3 */
static enum coding body_coding(struct txn *t, struct http *x, uint64_t *length)
{
    struct http_half *h = &x->request;
    struct http_stored *transfer = http_find_loose(h, HEADER_TRANSFER_ENCODING), *content = http_find_loose(h, HEADER_CONTENT_LENGTH);

    if (transfer != NULL) {
        if (http_value_has(http_value(transfer), "chunked")) {
            if (h->version < HTTP_VERSION_11) {
                txn_note(t, NOTE_REQUEST_TRANSFER_ENCODING);
            }
            return CODING_CHUNKED;
        }
        txn_note(t, NOTE_REQUEST_TRANSFER_ENCODING);
    }
    if (content == NULL) {
        return CODING_NONE;
    }
    if (!http_content_length(t, http_value(content), length)) {
        txn_note(t, NOTE_REQUEST_LENGTH);
        return CODING_NONE;
    }
    return *length != 0 ? CODING_LENGTH : CODING_NONE;
}

void http_request_headers(struct conn *c, struct txn *t, bool cut)
{
    struct http_lane *l = http_lane_of(c, TO_SERVER);
    struct http *x = txn_data(t);
    uint64_t length = 0;
    enum coding coding = body_coding(t, x, &length);

    read_host(t, x);
    if (x->host.n != 0) {
        conn_host(c, x->host);
    }
    read_authorization(t, x);
    txn_raise(t, TO_SERVER, HTTP_HEADERS);
    if (cut) {
        return;
    }
    if (x->method_id == METHOD_CONNECT) {
        l->phase = PHASE_WAIT;
        return;
    }
    if (coding == CODING_NONE) {
        http_request_finish(c, t);
        return;
    }
    http_coding_begin(c, t, TO_SERVER);
    l->until_close = false;
    l->left = length;
    l->phase = coding == CODING_CHUNKED ? PHASE_CHUNK_HEAD : PHASE_BODY;
}

void http_request_finish(struct conn *c, struct txn *t)
{
    struct http_state *s = conn_state(c);
    struct http_lane *l = &s->lane[TO_SERVER];

    http_body_over(c, t, TO_SERVER, l->left != 0 && l->phase == PHASE_BODY);
    txn_done(t, TO_SERVER);
    http_message_over(c, TO_SERVER);
    l->last = t;
    l->last_number = conn_number(c);
}
