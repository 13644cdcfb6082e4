/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "proto/http2/http2.h"

/* Getters see a constant transaction; what they make at first asking lies in its arena. */
static struct http2 *of(const struct txn *t)
{
    const struct http2 *x = txn_data_const(t);
    return txn_data(x->txn);
}

#define GETTER(fn) static bool fn(const struct txn *t, enum side side, unsigned i, struct bytes *out)

#define HTTP2_BUILT(fn, expression)                                                                                    \
    GETTER(fn)                                                                                                         \
    {                                                                                                                  \
        struct http2 *x = of(t);                                                                                       \
        (void)side;                                                                                                    \
        *out = (expression);                                                                                           \
        return i == 0 && out->p != NULL;                                                                               \
    }

#define HTTP2_FIRST(fn, called)                                                                                        \
    GETTER(fn)                                                                                                         \
    {                                                                                                                  \
        return i == 0 && http2_value_first(&of(t)->half[side], called, out);                                           \
    }

#define HTTP2_VALUE(fn, called)                                                                                        \
    GETTER(fn)                                                                                                         \
    {                                                                                                                  \
        return i == 0 && http2_value(of(t), side, called, out);                                                        \
    }

static struct bytes some(struct bytes b) { return b.n != 0 ? b : (struct bytes){ 0 }; }
static struct bytes without_end(struct bytes b) { return b.n > 2 ? bytes_head(b, b.n - 2) : (struct bytes){ 0 }; }

HTTP2_BUILT(protocol, x != NULL ? bytes_str("HTTP/2") : (struct bytes){ 0 })
HTTP2_BUILT(message, x != NULL ? bytes_none() : (struct bytes){ 0 })
HTTP2_BUILT(first_line, http2_build_first_line(x, side))
HTTP2_BUILT(host, some(http2_build_host(x)))
HTTP2_BUILT(lines, some(http2_build_lines(x, side, false)))
HTTP2_BUILT(lines_raw, some(http2_build_lines(x, side, true)))
HTTP2_BUILT(lines_plain, without_end(http2_build_lines(x, side, false)))
HTTP2_BUILT(names, some(http2_build_names(x, side)))

HTTP2_FIRST(path, ":path")
HTTP2_FIRST(method, ":method")
HTTP2_FIRST(status, ":status")

HTTP2_VALUE(host_raw, ":authority")
HTTP2_VALUE(cookie, side == TO_SERVER ? "cookie" : "set-cookie")
HTTP2_VALUE(user_agent, "user-agent")
HTTP2_VALUE(accept, "accept")
HTTP2_VALUE(accept_enc, "accept-encoding")
HTTP2_VALUE(accept_lang, "accept-language")
HTTP2_VALUE(connection, "connection")
HTTP2_VALUE(content_len, "content-length")
HTTP2_VALUE(content_type, "content-type")
HTTP2_VALUE(referer, "referer")
HTTP2_VALUE(location, "location")
HTTP2_VALUE(server, "server")

GETTER(pairs) { return http2_build_pair(of(t), side, i, out); }

GETTER(header_name)
{
    const struct http2_half *h = &of(t)->half[side];

    *out = i < h->header_n ? h->header[i].name : bytes_none();
    return i < h->header_n;
}

/* ------- gRPC ------- */

GETTER(grpc_service)
{
    struct bytes method;

    (void)side;
    return i == 0 && http2_grpc_call(of(t), out, &method);
}

GETTER(grpc_method)
{
    struct bytes service;

    (void)side;
    return i == 0 && http2_grpc_call(of(t), &service, out);
}

GETTER(grpc_message) { return http2_grpc_message(of(t), side, i, out); }

GETTER(grpc_status_message)
{
    (void)side;
    return i == 0 && http2_grpc_status_message(of(t), out);
}

static bool grpc_status(const struct txn *t, enum side side, unsigned i, uint64_t *out)
{
    (void)side;
    return i == 0 && http2_grpc_status(of(t), out);
}

/* As gRPC's description of status codes has them. */
static const char *const grpc_codes[] = { "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS",
    "UNAUTHENTICATED" };

static bool grpc_enabled(const void *settings)
{
    const struct http2_settings *s = settings;
    return s == NULL || s->grpc;
}

static struct body *body(const struct txn *t, enum side side)
{
    struct http2 *x = of(t);
    return x->half[side].body_seen ? &x->half[side].body : NULL;
}

/* ------- numbers ------- */

/* The i-th type seen. */
static bool frame_type(const struct txn *t, enum side side, unsigned i, uint64_t *out)
{
    const struct http2_half *h = &of(t)->half[side];

    for (unsigned word = 0; word < ROWS(h->types); word++) {
        for (uint64_t left = h->types[word]; left != 0; left &= left - 1) {
            if (i-- == 0) {
                *out = word * 64 + (unsigned)__builtin_ctzll(left);
                return true;
            }
        }
    }
    return false;
}

static bool number_at(const struct http2_numbers *n, unsigned i, uint64_t *out)
{
    if (i >= n->n) {
        return false;
    }
    *out = n->v[i];
    return true;
}

#define HTTP2_NUMBER(fn, member)                                                                                       \
    static bool fn(const struct txn *t, enum side side, unsigned i, uint64_t *out)                                     \
    {                                                                                                                  \
        return number_at(&of(t)->half[side].member, i, out);                                                           \
    }
HTTP2_NUMBER(error_code, errors)
HTTP2_NUMBER(priority, priorities)
HTTP2_NUMBER(window, windows)
HTTP2_NUMBER(setting, settings)

static bool size_update(const struct txn *t, enum side side, unsigned i, uint64_t *out)
{
    const struct http2_half *h = &of(t)->half[side];

    for (uint32_t k = 0; k < h->header_n; k++) {
        if (h->header[k].is_size && i-- == 0) {
            *out = h->header[k].size;
            return true;
        }
    }
    return false;
}

static const char *const frame_types[] = { "DATA", "HEADERS", "PRIORITY", "RSTSTREAM", "SETTINGS", "PUSHPROMISE", "PING", "GOAWAY", "WINDOWUPDATE", "CONTINUATION" };

static const char *const error_codes[] = { "NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT", "STREAM_CLOSED",
    "FRAME_SIZE_ERROR", "REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR", "CONNECT_ERROR", "ENHANCE_YOUR_CALM",
    "INADEQUATE_SECURITY", "HTTP_1_1_REQUIRED" };

static const char *const settings_names[] = { NULL, "SETTINGS_HEADER_TABLE_SIZE", "SETTINGS_ENABLE_PUSH", "SETTINGS_MAX_CONCURRENT_STREAMS",
    "SETTINGS_INITIAL_WINDOW_SIZE", "SETTINGS_MAX_FRAME_SIZE", "SETTINGS_MAX_HEADER_LIST_SIZE", NULL,
    "SETTINGS_ENABLE_CONNECT_PROTOCOL", "SETTINGS_NO_RFC7540_PRIORITIES" };

/* ------- DNS ------- */

#define NAMES(fn, called, also, asked, get, text)                                                                      \
    GETTER(fn)                                                                                                         \
    {                                                                                                                  \
        const struct dnsmsg *m = of(t)->half[side].dns;                                                                \
        return m != NULL && (get);                                                                                     \
    }
#define NUMBERS(fn, called, also, width, words, get, text)                                                             \
    static bool fn(const struct txn *t, enum side side, unsigned i, uint64_t *out)                                     \
    {                                                                                                                  \
        const struct dnsmsg *m = of(t)->half[side].dns;                                                                \
        return m != NULL && (get);                                                                                     \
    }
#define SIGNS(fn, called, of, get, text) NAMES(fn, called, NULL, SIDE_CLIENT_BIT, get, text)
#include "wire/dnsmsg_fields.list"
#undef SIGNS
#undef NAMES
#undef NUMBERS

/* ------- rows ------- */

#define SERVER SIDE_SERVER_BIT
#define CLIENT SIDE_CLIENT_BIT
#define BOTH SIDE_BOTH_BITS
#define OPEN_STAGE { HTTP2_OPEN, HTTP2_OPEN }
#define BODY_STAGE { HTTP2_DATA_CLIENT, HTTP2_DATA_SERVER }
/* A request's fields are there while it is open; a response's when its data is. */
#define OPEN .stage = OPEN_STAGE, .flags = FIELD_GROWS
#define SIDES .stage = { HTTP2_OPEN, HTTP2_DATA_SERVER }, .flags = FIELD_GROWS

const struct field http2_fields[HTTP2_FIELDS] = {
#include "http2_fields.list"
};

const struct field doh2_fields[DOH2_FIELDS] = {
#include "http2_fields.list"
#define NAMES(fn, called, also, asked, get, text) \
    { .name = called, .aliases = also, .type = FIELD_LIST, .sides = asked, .stage = OPEN_STAGE, .flags = FIELD_OPEN, .bytes = fn, .help = text },
#define NUMBERS(fn, called, also, width, words, get, text)                                                             \
    { .name = called, .aliases = also, .type = FIELD_NUMBER, .sides = BOTH, .stage = OPEN_STAGE, .flags = FIELD_OPEN, .number = fn, .bits = width, .names = words, .help = text },
#define SIGNS(fn, called, kind, get, text) \
    { .name = called, .type = FIELD_LIST, .sides = CLIENT, .stage = OPEN_STAGE, .flags = FIELD_OPEN, .bytes = fn, .sign = kind, .help = text },
#include "wire/dnsmsg_fields.list"
#undef SIGNS
#undef NAMES
#undef NUMBERS
};
_Static_assert(ROWS(http2_fields) == HTTP2_FIELDS && ROWS(doh2_fields) == DOH2_FIELDS, "http2.h counts the rows");
