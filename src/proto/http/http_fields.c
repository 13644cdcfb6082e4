/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "proto/http/http.h"

#include "wire/base64url.h"
#include "wire/ntlmssp.h"

/* Getters see a constant transaction; what they make at first asking lies in its arena. */
static struct http *of(const struct txn *t)
{
    const struct http *x = txn_data_const(t);
    return txn_data(x->txn);
}

#define GIVE(value)                                                                                                    \
    *out = (value);                                                                                                    \
    return i == 0 && out->p != NULL

#define HTTP_BYTES(fn, expression)                                                                                     \
    static bool fn(const struct txn *t, enum side side, unsigned i, struct bytes *out)                                 \
    {                                                                                                                  \
        struct http *x = of(t);                                                                                        \
        (void)side;                                                                                                    \
        GIVE(expression);                                                                                              \
    }

static struct bytes some(struct bytes b) { return b.n != 0 ? b : (struct bytes){ 0 }; }

/* The trailer with the empty line behind it. */
static struct bytes trailer_of(const struct http_half *h) { return h->trailer_at != 0 ? bytes_from(h->raw, h->trailer_at) : bytes_none(); }

HTTP_BYTES(uri, x->request_missing ? (struct bytes){ 0 } : x->uri)
HTTP_BYTES(uri_raw, x->request_missing ? (struct bytes){ 0 } : x->uri_raw)
HTTP_BYTES(method, x->method)
HTTP_BYTES(host, x->host)
HTTP_BYTES(host_raw, x->host_raw)
HTTP_BYTES(status, x->status)
HTTP_BYTES(message, x->message)
HTTP_BYTES(first_line, http_seen(x, side)->line)
HTTP_BYTES(protocol, http_seen(x, side)->protocol)
HTTP_BYTES(raw_headers, http_seen(x, side)->raw)
HTTP_BYTES(trailer, some(trailer_of(http_seen(x, side))))
HTTP_BYTES(headers, some(http_build_headers(x, side)))
HTTP_BYTES(plain, some(http_build_plain(x, side)))
HTTP_BYTES(names, some(http_build_names(x, side)))
HTTP_BYTES(start, http_seen(x, side)->line.p != NULL ? http_build_start(x, side) : (struct bytes){ 0 })

static struct bytes value_of(const struct http *x, enum side side, enum http_header_id id)
{
    const struct http_stored *h = http_find(http_seen(x, side), id);
    return h != NULL ? http_value(h) : (struct bytes){ 0 };
}

HTTP_BYTES(cookie, value_of(x, side, side == TO_SERVER ? HEADER_COOKIE : HEADER_SET_COOKIE))
HTTP_BYTES(user_agent, value_of(x, side, HEADER_USER_AGENT))
HTTP_BYTES(accept, value_of(x, side, HEADER_ACCEPT))
HTTP_BYTES(accept_enc, value_of(x, side, HEADER_ACCEPT_ENCODING))
HTTP_BYTES(accept_lang, value_of(x, side, HEADER_ACCEPT_LANGUAGE))
HTTP_BYTES(connection, value_of(x, side, HEADER_CONNECTION))
HTTP_BYTES(content_len, value_of(x, side, HEADER_CONTENT_LENGTH))
HTTP_BYTES(content_type, value_of(x, side, HEADER_CONTENT_TYPE))
HTTP_BYTES(referer, value_of(x, side, HEADER_REFERER))
HTTP_BYTES(location, value_of(x, side, HEADER_LOCATION))
HTTP_BYTES(server, value_of(x, side, HEADER_SERVER))
HTTP_BYTES(powered_by, value_of(x, side, HEADER_X_POWERED_BY))
HTTP_BYTES(generator, value_of(x, side, HEADER_X_GENERATOR))
/* A number alone: told with whose it is. */
static struct bytes aspnet(const struct http *x)
{
    enum { LONGEST = 64 };
    struct bytes number = value_of(x, TO_CLIENT, HEADER_X_ASPNET_VERSION);
    struct arena_text all;

    if (number.n == 0 || number.n > LONGEST) {
        return (struct bytes){ 0 };
    }
    arena_text_init(&all, txn_arena(x->txn), LONGEST + 16);
    arena_text_add(&all, bytes_str("ASP.NET/"));
    arena_text_add(&all, number);
    return some(arena_text_bytes(&all));
}
HTTP_BYTES(aspnet_version, aspnet(x))
/* The last address of those that proxies name. */
static struct bytes true_ip(const struct http *x)
{
    struct bytes all = value_of(x, TO_SERVER, HEADER_X_FORWARDED_FOR), last = bytes_none();
    struct rd r;
    bool found = true;

    if (all.n == 0) {
        const struct http_half *h = http_seen(x, TO_SERVER);
        for (unsigned i = 0; i < h->header_n && all.n == 0; i++) {
            all = bytes_equal_nocase(http_name(&h->header[i]), bytes_str("true-client-ip")) ? http_value(&h->header[i]) : all;
        }
    }
    r = rd_of(all);
    while (found && rd_left(&r) != 0) {
        last = rd_until(&r, ',', &found);
    }
    return bytes_trim(last, " \t");
}
HTTP_BYTES(client, some(true_ip(x)))

HTTP_BYTES(date, value_of(x, side, HEADER_DATE))

/* What is behind the scheme's name (RFC 9110 11.4), decoded; empty: it is another. */
static struct bytes credentials(const struct http *x, struct bytes value, const char *scheme)
{
    struct bytes name = bytes_str(scheme), out = bytes_none();

    if (!bytes_starts_nocase(value, scheme) || value.n <= name.n || value.p[name.n] != ' ') {
        return out;
    }
    (void)base64url_read(txn_arena(x->txn), bytes_trim(bytes_from(value, name.n), " "), &out);
    return out;
}

static bool ntlm_of(const struct http *x, struct bytes value, struct ntlmssp *out)
{
    struct bytes blob = credentials(x, value, "ntlm");

    blob = blob.n != 0 ? blob : credentials(x, value, "negotiate");
    return blob.n != 0 && ntlmssp_find(blob, txn_arena(x->txn), out);
}

/* Who asks: the name of Basic (RFC 7617 2), or NTLM's (MS-NTHT). */
static struct bytes user_of(const struct http *x)
{
    struct bytes value = value_of(x, TO_SERVER, HEADER_AUTHORIZATION);
    struct ntlmssp m;

    if (value.n == 0) {
        return bytes_none();
    }
    struct bytes basic = credentials(x, value, "basic");
    size_t colon = bytes_find_byte(basic, ':');
    if (colon < basic.n) {
        return bytes_head(basic, colon);
    }
    return ntlm_of(x, value, &m) && m.type == NTLMSSP_AUTHENTICATE ? m.user : bytes_none();
}

enum { UNAUTHORIZED = 401, FORBIDDEN = 403 };
HTTP_BYTES(user_in, x->status_number != 0 && x->status_number != UNAUTHORIZED && x->status_number != FORBIDDEN ? some(user_of(x)) : (struct bytes){ 0 })
HTTP_BYTES(user_refused, x->status_number == UNAUTHORIZED ? some(user_of(x)) : (struct bytes){ 0 })

/* NTLM in a field: a client's in Authorization, a server's in WWW-Authenticate. */
static struct bytes ntlm_version_of(const struct http *x, enum side side)
{
    struct bytes value = value_of(x, side, side == TO_SERVER ? HEADER_AUTHORIZATION : HEADER_WWW_AUTHENTICATE);
    struct ntlmssp m;

    return value.n != 0 && ntlm_of(x, value, &m) ? m.version : bytes_none();
}
HTTP_BYTES(ntlm_version, some(ntlm_version_of(x, side)))

static struct bytes ntlm_host_of(const struct http *x, enum side side)
{
    struct bytes value = value_of(x, side, side == TO_SERVER ? HEADER_AUTHORIZATION : HEADER_WWW_AUTHENTICATE);
    struct ntlmssp m;

    return value.n != 0 && ntlm_of(x, value, &m) ? m.host : bytes_none();
}
HTTP_BYTES(ntlm_host, some(ntlm_host_of(x, side)))

static bool pairs(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    struct http *x = of(t);
    struct bytes *pair = i < http_seen(x, side)->header_n ? http_build_pairs(x, side) : NULL;

    if (pair == NULL) {
        return false;
    }
    *out = pair[i];
    return true;
}

/* What a form sends: the target's query, and behind it a body of that kind, as far as it has come. */
static bool params(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    struct http *x = of(t);
    const struct http_half *h = http_seen(x, TO_SERVER);
    struct bytes form = bytes_str("application/x-www-form-urlencoded"), type = value_of(x, TO_SERVER, HEADER_CONTENT_TYPE);
    size_t mark = bytes_find_byte(x->uri_raw, '?');
    struct bytes query = mark == SIZE_MAX ? bytes_none() : bytes_from(x->uri_raw, mark + 1);

    (void)side;
    *out = query;
    if (h->body != NULL && h->body->n != 0 && bytes_equal_nocase(bytes_head(type, form.n), form)) {
        struct arena_text text;
        arena_text_init(&text, txn_arena(x->txn), query.n + 1 + h->body->n);
        arena_text_add(&text, query);
        arena_text_add(&text, query.n != 0 ? bytes_str("&") : bytes_none());
        arena_text_add(&text, bytes_of(h->body->p, h->body->n));
        *out = arena_text_bytes(&text);
    }
    return i == 0 && out->n != 0;
}

#define HTTP_NUMBER(fn, expression)                                                                                    \
    static bool fn(const struct txn *t, enum side side, unsigned i, uint64_t *out)                                     \
    {                                                                                                                  \
        struct http *x = of(t);                                                                                        \
        *out = (expression);                                                                                           \
        return i == 0;                                                                                                 \
    }

/* A request's cookies stand in one field, apart by semicolons; a response has a field for each. */
static uint64_t cookies(const struct http *x, enum side side)
{
    struct rd r = rd_of(value_of(x, side, side == TO_SERVER ? HEADER_COOKIE : HEADER_SET_COOKIE));
    uint64_t n = rd_left(&r) != 0;
    bool found = true;

    while (side == TO_SERVER && rd_left(&r) != 0) {
        (void)rd_until(&r, ';', &found);
        n += found && rd_left(&r) != 0;
    }
    for (unsigned i = 0; side == TO_CLIENT && i < http_seen(x, side)->header_n; i++) {
        n += http_seen(x, side)->header[i].repeated && bytes_equal_nocase(http_name(&http_seen(x, side)->header[i]), bytes_str("set-cookie"));
    }
    return n;
}

static uint64_t longest(struct bytes block)
{
    struct rd r = rd_of(block);
    uint64_t n = 0;
    bool found = true;

    while (found && rd_left(&r) != 0) {
        struct bytes line = rd_line(&r, &found);
        n = line.n > n ? line.n : n;
    }
    return n;
}

static uint64_t lines(struct bytes block)
{
    struct rd r = rd_of(block);
    uint64_t n = 0;
    bool found = true;

    while (found && rd_left(&r) != 0) {
        n += rd_line(&r, &found).n != 0;
    }
    return n;
}

HTTP_NUMBER(header_count, http_seen(x, side)->header_n)
HTTP_NUMBER(cookie_count, cookies(x, side))
HTTP_NUMBER(header_longest, longest(bytes_head(http_seen(x, side)->raw, http_seen(x, side)->trailer_at != 0 ? http_seen(x, side)->trailer_at : SIZE_MAX)))
HTTP_NUMBER(trailer_longest, longest(trailer_of(http_seen(x, side))))
HTTP_NUMBER(trailer_count, lines(trailer_of(http_seen(x, side))))

static struct body *body(const struct txn *t, enum side side)
{
    struct http *x = of(t);
    return http_seen(x, side)->body;
}

#define LINE_STAGE { HTTP_LINE, HTTP_LINE }
#define HEADERS_STAGE { HTTP_HEADERS, HTTP_HEADERS }
#define BODY_STAGE { HTTP_BODY, HTTP_BODY }
#define TRAILER_STAGE { HTTP_TRAILER, HTTP_TRAILER }
#define SERVER SIDE_SERVER_BIT
#define CLIENT SIDE_CLIENT_BIT
#define BOTH SIDE_BOTH_BITS
const struct field http_fields[HTTP_FIELDS] = {
    { .name = "http.uri", .aliases = "http.uri.normalized", .modifier = "http_uri", .pcre = "U", .type = FIELD_BYTES,
      .sides = SERVER, .stage = LINE_STAGE, .bytes = uri, .help = "path and query, decoded and normalised" },
    { .name = "http.uri.raw", .modifier = "http_raw_uri", .pcre = "I", .snort = "http_uri http_raw_uri http_decoded_uri", .type = FIELD_BYTES,
      .sides = SERVER, .stage = LINE_STAGE, .bytes = uri_raw, .help = "the request target as it came" },
    { .name = "http.method", .modifier = "http_method", .pcre = "M", .snort = "http_method", .type = FIELD_BYTES, .sides = SERVER,
      .stage = LINE_STAGE, .bytes = method, .help = "the method" },
    { .name = "http.protocol", .aliases = "http_protocol", .snort = "http_version", .type = FIELD_BYTES, .sides = BOTH, .stage = LINE_STAGE,
      .bytes = protocol, .help = "HTTP/1.1 and the like" },
    { .name = "http.request_line", .aliases = "http_request_line", .snort = "http_raw_request", .type = FIELD_BYTES, .sides = SERVER,
      .stage = LINE_STAGE, .bytes = first_line, .help = "the whole request line" },
    { .name = "http.response_line", .aliases = "http_response_line", .snort = "http_raw_status", .type = FIELD_BYTES, .sides = CLIENT,
      .stage = LINE_STAGE, .bytes = first_line, .help = "the whole status line" },
    { .name = "http.stat_code", .modifier = "http_stat_code", .pcre = "S", .snort = "http_stat_code", .type = FIELD_BYTES, .sides = CLIENT,
      .stage = LINE_STAGE, .bytes = status, .help = "the status, as text" },
    { .name = "http.stat_msg", .modifier = "http_stat_msg", .pcre = "Y", .snort = "http_stat_msg", .type = FIELD_BYTES, .sides = CLIENT,
      .stage = LINE_STAGE, .bytes = message, .help = "the words behind the status" },
    { .name = "http.host", .modifier = "http_host", .pcre = "W", .type = FIELD_BYTES, .sides = SERVER, .stage = HEADERS_STAGE, .flags = FIELD_LOWER,
      .bytes = host, .sign = SIGN_HTTP_HOST, .help = "host asked for, in lower case, without port" },
    { .name = "http.host.raw", .modifier = "http_raw_host", .pcre = "Z", .type = FIELD_BYTES, .sides = SERVER, .stage = HEADERS_STAGE,
      .bytes = host_raw, .help = "host asked for, as it came" },
    { .name = "http.header", .modifier = "http_header", .pcre = "H", .type = FIELD_BYTES, .sides = BOTH,
      .stage = HEADERS_STAGE, .bytes = headers, .help = "each field as a line \"Name: value\", cookies left out" },
    { .name = "http.header.raw", .modifier = "http_raw_header", .pcre = "D", .snort = "http_raw_header", .type = FIELD_BYTES, .sides = BOTH,
      .stage = HEADERS_STAGE, .bytes = raw_headers, .help = "the header block as it came" },
    { .name = "http.header.plain", .snort = "http_header", .type = FIELD_BYTES, .sides = BOTH, .stage = HEADERS_STAGE, .bytes = plain,
      .help = "each field's line as it came, cookies left out, no CRLF behind the last (Snort 3's http_header)" },
    { .name = "http.header_names", .aliases = "http_header_names", .type = FIELD_BYTES, .sides = BOTH, .stage = HEADERS_STAGE, .bytes = names,
      .help = "the fields' names, CRLF before each and twice at the end" },
    { .name = "http.start", .aliases = "http_start", .type = FIELD_BYTES, .sides = BOTH, .stage = HEADERS_STAGE, .bytes = start,
      .help = "first line and all fields" },
    { .name = "http.cookie", .modifier = "http_cookie", .pcre = "C", .snort = "http_cookie http_raw_cookie", .type = FIELD_BYTES, .sides = BOTH,
      .stage = HEADERS_STAGE, .bytes = cookie, .help = "Cookie of a request, Set-Cookie of a response" },
    { .name = "http.user_agent", .modifier = "http_user_agent", .pcre = "V", .type = FIELD_BYTES, .sides = SERVER, .stage = HEADERS_STAGE,
      .bytes = user_agent, .sign = SIGN_HTTP_USER_AGENT, .help = "User-Agent" },
    { .name = "http.accept", .aliases = "http_accept", .type = FIELD_BYTES, .sides = SERVER, .stage = HEADERS_STAGE, .bytes = accept, .help = "Accept" },
    { .name = "http.accept_enc", .aliases = "http_accept_enc", .type = FIELD_BYTES, .sides = SERVER, .stage = HEADERS_STAGE, .bytes = accept_enc,
      .help = "Accept-Encoding" },
    { .name = "http.accept_lang", .aliases = "http_accept_lang", .type = FIELD_BYTES, .sides = SERVER, .stage = HEADERS_STAGE, .bytes = accept_lang,
      .help = "Accept-Language" },
    { .name = "http.connection", .aliases = "http_connection", .type = FIELD_BYTES, .sides = BOTH, .stage = HEADERS_STAGE, .bytes = connection,
      .help = "Connection" },
    { .name = "http.content_len", .aliases = "http_content_len", .type = FIELD_BYTES, .sides = BOTH, .stage = HEADERS_STAGE, .bytes = content_len,
      .help = "Content-Length" },
    { .name = "http.content_type", .aliases = "http_content_type", .type = FIELD_BYTES, .sides = BOTH, .stage = HEADERS_STAGE, .bytes = content_type,
      .help = "Content-Type" },
    { .name = "http.referer", .aliases = "http_referer", .type = FIELD_BYTES, .sides = SERVER, .stage = HEADERS_STAGE, .bytes = referer, .help = "Referer" },
    { .name = "http.location", .type = FIELD_BYTES, .sides = CLIENT, .stage = HEADERS_STAGE, .bytes = location, .help = "Location" },
    { .name = "http.server", .type = FIELD_BYTES, .sides = CLIENT, .stage = HEADERS_STAGE, .bytes = server, .sign = SIGN_HTTP_SERVER, .help = "Server" },
    { .name = "http.powered_by", .type = FIELD_BYTES, .sides = CLIENT, .stage = HEADERS_STAGE, .bytes = powered_by, .sign = SIGN_HTTP_PART, .help = "X-Powered-By" },
    { .name = "http.generator", .type = FIELD_BYTES, .sides = CLIENT, .stage = HEADERS_STAGE, .bytes = generator, .sign = SIGN_HTTP_PART, .help = "X-Generator" },
    { .name = "http.aspnet_version", .type = FIELD_BYTES, .sides = CLIENT, .stage = HEADERS_STAGE, .bytes = aspnet_version, .sign = SIGN_HTTP_PART,
      .help = "X-AspNet-Version, with ASP.NET/ in front" },
    { .name = "http.date", .type = FIELD_BYTES, .sides = CLIENT, .stage = HEADERS_STAGE, .bytes = date, .sign = SIGN_CLOCK, .help = "Date" },
    { .name = "http.user_in", .type = FIELD_BYTES, .sides = CLIENT, .stage = HEADERS_STAGE, .bytes = user_in, .sign = SIGN_USER,
      .help = "user whom the server let in, by Basic or NTLM" },
    { .name = "http.user_refused", .type = FIELD_BYTES, .sides = CLIENT, .stage = HEADERS_STAGE, .bytes = user_refused, .sign = SIGN_USER_REFUSED,
      .help = "… and whom it did not" },
    { .name = "http.ntlmssp_version", .type = FIELD_BYTES, .sides = BOTH, .stage = HEADERS_STAGE, .bytes = ntlm_version, .sign = SIGN_NTLM_VERSION,
      .help = "version of an end's system, eight bytes as they came (MS-NLMP 2.2.2.10)" },
    { .name = "http.ntlmssp_host", .type = FIELD_BYTES, .sides = BOTH, .stage = HEADERS_STAGE, .bytes = ntlm_host, .sign = SIGN_NTLM_NAME,
      .help = "an end's NetBIOS name" },
    { .name = "http.request_header", .type = FIELD_LIST, .sides = SERVER, .stage = HEADERS_STAGE, .bytes = pairs, .help = "each field of a request" },
    { .name = "http.response_header", .type = FIELD_LIST, .sides = CLIENT, .stage = HEADERS_STAGE, .bytes = pairs, .help = "each field of a response" },
    { .name = "http.params", .snort = "http_param", .type = FIELD_BYTES, .sides = SERVER, .stage = BODY_STAGE, .flags = FIELD_GROWS, .bytes = params,
      .help = "a form's parameters: the query, and a body of that kind behind it" },
    { .name = "http.header_count", .snort = "http_num_headers", .type = FIELD_NUMBER, .sides = BOTH, .stage = HEADERS_STAGE, .number = header_count,
      .help = "header fields of the message" },
    { .name = "http.cookie_count", .snort = "http_num_cookies", .type = FIELD_NUMBER, .sides = BOTH, .stage = HEADERS_STAGE, .number = cookie_count,
      .help = "cookies of the message" },
    { .name = "http.header_longest", .snort = "http_max_header_line", .type = FIELD_NUMBER, .sides = BOTH, .stage = HEADERS_STAGE,
      .number = header_longest, .help = "bytes of its longest header line" },
    { .name = "http.trailer", .snort = "http_trailer http_raw_trailer", .type = FIELD_BYTES, .sides = BOTH, .stage = TRAILER_STAGE, .bytes = trailer,
      .help = "the header fields behind a body in chunks" },
    { .name = "http.trailer_count", .snort = "http_num_trailers", .type = FIELD_NUMBER, .sides = BOTH, .stage = TRAILER_STAGE, .number = trailer_count,
      .help = "fields of its trailer" },
    { .name = "http.trailer_longest", .snort = "http_max_trailer_line", .type = FIELD_NUMBER, .sides = BOTH, .stage = TRAILER_STAGE,
      .number = trailer_longest, .help = "bytes of its longest trailer line" },
    { .name = "http.true_ip", .snort = "http_true_ip", .type = FIELD_BYTES, .sides = SERVER, .stage = HEADERS_STAGE, .bytes = client,
      .help = "the last address that proxies name" },
    { .name = "http.request_body", .modifier = "http_client_body", .pcre = "P", .snort = "http_client_body http_raw_body", .type = FIELD_BODY, .sides = SERVER,
      .stage = BODY_STAGE, .body = body, .log = "http_request_body", .help = "a request's body, decoded" },
    { .name = "http.response_body", .modifier = "http_server_body", .pcre = "Q", .type = FIELD_BODY, .sides = CLIENT, .stage = BODY_STAGE,
      .flags = FIELD_FILE_DATA, .body = body, .log = "http_response_body", .help = "a response's body, decoded" },
};
_Static_assert(ROWS(http_fields) == HTTP_FIELDS, "http.h counts the rows");
