/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * http_response - which request a response answers, its status line, what its fields mean for the rest, and its end.
 */
#include "proto/http/http.h"

enum { HAND_OVER_MAX = 128 * 1024 };

/* A response nobody asked for, or whose request was not seen. */
static struct txn *unasked(struct conn *c)
{
    struct txn *t = http_txn_new(c);

    if (t == NULL) {
        return NULL;
    }
    struct http *x = txn_data(t);
    x->request_missing = true;
    x->uri_raw = x->uri = x->path = bytes_str("/libhtp::request_uri_not_seen");
    txn_note(t, NOTE_NO_REQUEST);
    txn_done(t, TO_SERVER);
    return t;
}

struct txn *http_response_txn(struct conn *c)
{
    struct http_state *s = conn_state(c);
    struct http_lane *l = &s->lane[TO_CLIENT];
    struct txn *t = l->txn;

    if (t != NULL) {
        return t;
    }
    for (t = txn_last(c); t != NULL && t->prev != NULL && t->prev->id >= s->response_next; t = t->prev) {
    }
    while (t != NULL && (t->id < s->response_next || t->complete[TO_CLIENT])) {
        t = t->next;
    }
    if (t == NULL) {
        t = unasked(c);
    } else if (t->progress[TO_SERVER] < HTTP_LINE) {
        txn_note(t, NOTE_REQUEST_LINE_INCOMPLETE);
    }
    struct http *x = t != NULL ? txn_data(t) : NULL;
    if (x == NULL || (x->response == NULL && (x->response = arena_zero(txn_arena(t), sizeof *x->response)) == NULL)) {
        return NULL;
    }
    s->response_next = t->id + 1;
    l->txn = t;
    return t;
}

static uint16_t status_number(struct bytes status)
{
    uint64_t v;

    return bytes_u64(status, &v) && v >= 100 && v <= 999 ? (uint16_t)v : 0;
}

enum outcome http_response_line(struct conn *c, struct txn *t, struct bytes line)
{
    struct http_lane *l = http_lane_of(c, TO_CLIENT);
    struct http *x = txn_data(t);
    struct http_half *h = x->response;
    size_t blank = 0;

    h->line = arena_copy(txn_arena(t), line);
    line = bytes_trim(h->line, "\r\n");
    while (blank < line.n && (http_space(line.p[blank]) || line.p[blank] == 0)) {
        blank++;
    }
    struct rd r = rd_of(bytes_from(line, blank));
    h->protocol = rd_until_any(&r, HTTP_SPACES);
    h->version = http_version_of(t, h->protocol);
    rd_skip_any(&r, HTTP_SPACES);
    x->status = rd_until_any(&r, HTTP_SPACES);
    x->status_number = status_number(x->status);
    x->message = (struct bytes){ 0 };
    if (rd_skip_any(&r, HTTP_SPACES) != 0) {
        x->message = rd_rest(&r);
    }
    if (x->status.n == 0) {
        x->status = (struct bytes){ 0 };
    }
    if (h->version == HTTP_VERSION_INVALID) {
        txn_note(t, NOTE_RESPONSE_LINE_PROTOCOL);
    }
    if (x->status_number == 0) {
        txn_note(t, NOTE_RESPONSE_LINE_STATUS);
    }
    l->phase = PHASE_HEADERS;
    if (x->status_number == 0 || x->status_number >= 200 || x->status_number == 101) {
        txn_raise(t, TO_CLIENT, HTTP_LINE);
    }
    return OUTCOME_OK;
}

/* CONNECT was answered: a tunnel, or not. */
static bool connect_answered(struct conn *c, struct txn *t, struct http *x)
{
    struct http_state *s = conn_state(c);
    bool waiting = s->lane[TO_SERVER].phase == PHASE_WAIT && s->lane[TO_SERVER].txn == t;

    if (x->status_number < 200 || x->status_number > 299) {
        if (waiting) {
            http_request_finish(c, t);
        }
        return false;
    }
    bool first = s->exchanges == 0;
    if (waiting) {
        http_request_finish(c, t);
    }
    txn_raise(t, TO_CLIENT, HTTP_HEADERS);
    http_response_finish(c, t);
    if (!first || !proto_switch(c, NULL, x->port > 0 ? (uint16_t)x->port : 0)) {
        conn_opaque(c, TO_SERVER);
        conn_opaque(c, TO_CLIENT);
    }
    return true;
}

static void pair_add(struct arena_text *to, struct bytes name, struct bytes value)
{
    struct bytes two[] = { bytes_head(name, UINT16_MAX), bytes_head(value, UINT16_MAX) };

    for (unsigned i = 0; i < 2; i++) {
        arena_text_byte(to, (uint8_t)(two[i].n >> 8));
        arena_text_byte(to, (uint8_t)two[i].n);
        arena_text_add(to, two[i]);
    }
}

/* The request, for HTTP/2, which answers it: names and values, two bytes of length before each. */
static void hand_over(struct conn *c, struct txn *t, const struct http *x)
{
    const struct http_half *h = &x->request;
    struct arena_text text;

    if (x->method.p == NULL) {
        return;
    }
    arena_text_init(&text, txn_arena(t), HAND_OVER_MAX);
    pair_add(&text, bytes_str(":method"), x->method);
    if (x->uri_raw.p != NULL) {
        pair_add(&text, bytes_str(":path"), x->uri_raw);
    }
    for (unsigned i = 0; i < h->header_n && text.n < HAND_OVER_MAX / 2; i++) {
        pair_add(&text, http_name(&h->header[i]), http_value(&h->header[i]));
    }
    conn_hand_over(c, arena_text_bytes(&text));
}

/* 101: what follows is of another protocol (RFC 9110 15.2.2). */
static void upgraded(struct conn *c, struct txn *t, struct http *x)
{
    struct http_stored *upgrade = http_find(x->response, HEADER_UPGRADE);
    struct http_state *s = conn_state(c);
    const char *name = NULL;
    bool asked = x->request_missing || http_find(&x->request, HEADER_UPGRADE) != NULL;

    if (!asked) { /* RFC 9110 15.2.2: nothing to change to was named */
        txn_raise(t, TO_CLIENT, HTTP_HEADERS);
        http_response_finish(c, t);
        return;
    }
    if (upgrade != NULL && bytes_is(http_value(upgrade), "h2c")) {
        name = "http2";
        hand_over(c, t, x);
    } else if (upgrade != NULL && bytes_is_nocase(http_value(upgrade), "websocket")) {
        name = "websocket";
    }
    txn_raise(t, TO_CLIENT, HTTP_HEADERS);
    if (s->lane[TO_SERVER].txn == t) {
        http_request_finish(c, t);
    }
    http_response_finish(c, t);
    if (name == NULL || !proto_switch(c, name, x->port > 0 ? (uint16_t)x->port : 0)) {
        conn_opaque(c, TO_SERVER);
        conn_opaque(c, TO_CLIENT);
    }
}

/* An interim response (RFC 9110 15.2): another one follows. */
static bool interim(struct conn *c, struct txn *t, struct http *x)
{
    struct http_lane *l = http_lane_of(c, TO_CLIENT);
    struct http_half *h = x->response;
    struct http_stored *content = http_find_loose(h, HEADER_CONTENT_LENGTH);
    uint64_t length = 0;

    if (x->status_number < 100 || x->status_number > 199 || x->status_number == 101 || http_find_loose(h, HEADER_TRANSFER_ENCODING) != NULL) {
        return false;
    }
    if (content != NULL && http_content_length(t, http_value(content), &length) && length > 0) {
        return false;
    }
    if (x->status_number == 100) {
        if (x->continued) {
            txn_note(t, NOTE_CONTINUE_TWICE);
        }
        x->continued = true;
    }
    http_headers_clear(h);
    h->raw = (struct bytes){ 0 };
    l->phase = PHASE_LINE;
    return true;
}

static void body_by_length(struct conn *c, struct txn *t, struct bytes value)
{
    struct http_lane *l = http_lane_of(c, TO_CLIENT);
    uint64_t length = 0;

    if (!http_content_length(t, value, &length)) { /* browsers read on to the end */
        txn_note(t, NOTE_RESPONSE_LENGTH);
        l->until_close = true;
    } else if (length == 0) {
        http_response_finish(c, t);
        return;
    }
    l->left = length;
    l->phase = PHASE_BODY;
}

static void body_by_chunks(struct conn *c, struct txn *t, struct bytes value)
{
    struct http_lane *l = http_lane_of(c, TO_CLIENT);
    struct http *x = txn_data(t);

    if (!bytes_is_nocase(value, "chunked")) {
        txn_note(t, NOTE_ABNORMAL_TRANSFER);
    }
    if (x->response->version < HTTP_VERSION_11) {
        txn_note(t, NOTE_CHUNKED_OLD);
    }
    l->phase = PHASE_CHUNK_HEAD;
}

/* RFC 9112 6.3, and what browsers make of it. */
static void body_determine(struct conn *c, struct txn *t, struct http *x)
{
    struct http_lane *l = http_lane_of(c, TO_CLIENT);
    struct http_half *h = x->response;
    struct http_stored *transfer = http_find_loose(h, HEADER_TRANSFER_ENCODING), *content = http_find_loose(h, HEADER_CONTENT_LENGTH);
    struct http_stored *type = http_find_loose(h, HEADER_CONTENT_TYPE);
    uint16_t status = x->status_number;

    l->until_close = false;
    l->left = 0;
    if (x->method_id == METHOD_HEAD) {
        http_response_finish(c, t);
        return;
    }
    if ((status >= 100 && status <= 199) || status == 204 || status == 304) {
        if (transfer == NULL && content == NULL) {
            http_response_finish(c, t);
            return;
        }
        txn_note(t, NOTE_RESPONSE_BODY_UNEXPECTED);
    }
    http_coding_begin(c, t, TO_CLIENT);
    if (transfer != NULL && http_value_has(http_value(transfer), "chunked")) {
        body_by_chunks(c, t, http_value(transfer));
    } else if (content != NULL) {
        body_by_length(c, t, http_value(content));
    } else {
        if (type != NULL && bytes_starts_nocase(http_value(type), "multipart/byteranges")) {
            txn_note(t, NOTE_BYTERANGES);
        }
        l->until_close = true;
        l->phase = PHASE_BODY;
    }
}

void http_response_headers(struct conn *c, struct txn *t)
{
    struct http *x = txn_data(t);
    struct http_half *h = x->response;

    if (x->method_id == METHOD_CONNECT && connect_answered(c, t, x)) {
        return;
    }
    if (x->status_number == 101) {
        if (http_find_loose(h, HEADER_TRANSFER_ENCODING) == NULL && http_find_loose(h, HEADER_CONTENT_LENGTH) == NULL) {
            upgraded(c, t, x);
            return;
        }
        txn_note(t, NOTE_SWITCH_WITH_LENGTH);
    } else if (interim(c, t, x)) {
        return;
    }
    txn_raise(t, TO_CLIENT, HTTP_HEADERS);
    body_determine(c, t, x);
}

void http_response_finish(struct conn *c, struct txn *t)
{
    struct http_state *s = conn_state(c);
    struct http_lane *l = &s->lane[TO_CLIENT];

    http_body_over(c, t, TO_CLIENT, false);
    txn_done(t, TO_CLIENT);
    http_message_over(c, TO_CLIENT);
    s->exchanges++;
    l->last = t;
    l->last_number = conn_number(c);
}
