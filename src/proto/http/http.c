/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * http - HTTP/1 (RFC 9112): units into messages, and the row.
 */
#include "proto/http/http.h"

/* Between messages in that direction. */
void http_message_over(struct conn *c, enum side side)
{
    struct http_lane *l = http_lane_of(c, side);

    *l = (struct http_lane){ .phase = PHASE_LINE, .last = l->last, .last_number = l->last_number };
}

enum {
    LINE_ROOM = 96, /* a request's line seldom takes more */
    HOST_ROOM = 40, /* nor a host, and what one piece takes beyond its bytes */
};

static void finish(struct conn *c, struct txn *t, enum side side)
{
    if (side == TO_SERVER) {
        http_request_finish(c, t);
    } else {
        http_response_finish(c, t);
    }
}

static struct bytes joined(struct arena *a, struct bytes one, struct bytes two)
{
    struct arena_text t;

    arena_text_init(&t, a, one.n + two.n + 1);
    arena_text_add(&t, one);
    arena_text_add(&t, two);
    return arena_text_bytes(&t);
}

static enum outcome parse_block(struct conn *c, struct txn *t, enum side side, struct bytes b)
{
    struct http_lane *l = http_lane_of(c, side);
    struct http *x = txn_data(t);
    struct http_half *h = http_half(x, side);
    bool trailer = l->phase == PHASE_TRAILER, cut = l->cut;

    arena_room(txn_arena(t), b.n + (l->lines + 1) * sizeof *h->header + HOST_ROOM);
    struct bytes block = arena_copy(txn_arena(t), b);
    http_header_room(t, side, l->lines + 1);
    l->lines = 0;
    l->cut = false;
    http_read_fields(c, t, side, block);
    h->raw = trailer && b.n > 2 ? joined(txn_arena(t), h->raw.p != NULL ? h->raw : bytes_none(), block) : trailer ? h->raw : block;
    if (trailer) {
        if (b.n > 2) {
            h->trailer_at = (uint32_t)(h->raw.n - block.n);
            http_made_clear(h);
            txn_raise(t, side, HTTP_TRAILER);
        }
        finish(c, t, side);
    } else if (side == TO_SERVER) {
        http_request_headers(c, t, cut);
    } else if (cut) {
        txn_raise(t, TO_CLIENT, HTTP_HEADERS);
    } else {
        http_response_headers(c, t);
    }
    return OUTCOME_OK;
}

static bool hex_digit(uint8_t c) { return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f'); }

/* RFC 9112 7.1.  False: no length there.  *none: a line of blanks. */
static bool chunk_length(struct txn *t, enum side side, struct bytes line, uint64_t *length, bool *none)
{
    struct bytes text = http_trim(line);
    size_t n = 0;

    *none = text.n == 0;
    while (n < text.n && hex_digit(text.p[n])) {
        n++;
    }
    if (n == 0) {
        return false;
    }
    if (t != NULL && bytes_find_byte(bytes_from(text, n), ';') != SIZE_MAX) {
        txn_note(t, side == TO_SERVER ? NOTE_REQUEST_CHUNK_EXTENSION : NOTE_RESPONSE_CHUNK_EXTENSION);
    }
    return bytes_hex(bytes_head(text, n), length);
}

static enum outcome parse_chunk_head(struct conn *c, struct txn *t, enum side side, struct bytes line)
{
    struct http_lane *l = http_lane_of(c, side);
    struct http *x = txn_data(t);
    uint64_t length = 0;
    bool none;

    if (chunk_length(t, side, line, &length, &none) && length <= INT32_MAX) {
        http_half(x, side)->message_len += line.n;
        l->left = length;
        l->phase = length != 0 ? PHASE_CHUNK_DATA : PHASE_TRAILER;
        return OUTCOME_OK;
    }
    if (none) {
        http_half(x, side)->message_len += line.n;
        return OUTCOME_OK;
    }
    txn_note(t, side == TO_SERVER ? NOTE_REQUEST_CHUNK_LENGTH : NOTE_RESPONSE_CHUNK_LENGTH);
    if (side == TO_SERVER) {
        http_request_finish(c, t);
        return OUTCOME_BAD;
    }
    l->until_close = true; /* browsers take the rest as it is */
    l->phase = PHASE_BODY;
    http_body_in(c, t, side, line);
    return OUTCOME_OK;
}

/* Named spans: by side. */
static const char *const http_spans[] = { "request", "response", NULL };

/* The message of that transaction is over: its span ends `at`. */
static void message_span_end(struct conn *c, enum side side, const struct txn *t, uint64_t at)
{
    const struct http_state *s = conn_state(c);

    if (s != NULL && s->lane[side].txn != t) {
        conn_span_end(c, side, side, at);
    }
}

static enum outcome parse_unit(struct conn *c, struct txn *t, enum side side, unsigned unit, struct bytes b)
{
    struct http_state *s = conn_state(c);
    struct http_lane *l = &s->lane[side];

    switch (unit) {
    case UNIT_LINE: return side == TO_SERVER ? http_request_line(c, t, b) : http_response_line(c, t, b);
    case UNIT_HEADERS: return parse_block(c, t, side, b);
    case UNIT_CHUNK_HEAD: return parse_chunk_head(c, t, side, b);
    case UNIT_CHUNK_END:
    default:
        http_half(http_of(t), side)->message_len += b.n;
        l->phase = b.n != 0 && b.p[b.n - 1] == '\n' ? PHASE_CHUNK_HEAD : PHASE_CHUNK_END;
        return OUTCOME_OK;
    }
}

/* The transaction went before its message's end, at a ceiling, which is counted: its chunks are still counted out. */
static enum outcome parse_rest(struct conn *c, enum side side, unsigned unit, struct bytes b)
{
    struct http_lane *l = http_lane_of(c, side);
    uint64_t length = 0;
    bool none = false;

    if (unit == UNIT_HEADERS) {
        http_message_over(c, side);
    } else if (unit == UNIT_CHUNK_END) {
        l->phase = b.n != 0 && b.p[b.n - 1] == '\n' ? PHASE_CHUNK_HEAD : PHASE_CHUNK_END;
    } else if (chunk_length(NULL, side, b, &length, &none) && length <= INT32_MAX) {
        l->left = length;
        l->phase = length != 0 ? PHASE_CHUNK_DATA : PHASE_TRAILER;
    } else if (!none) {
        conn_opaque(c, side);
    }
    return OUTCOME_OK;
}

static enum outcome http_parse(struct conn *c, enum side side, unsigned unit, struct rd r)
{
    struct http_state *s = conn_state(c);
    struct http_lane *l = &s->lane[side];
    struct bytes b = rd_rest(&r);

    if (l->txn == NULL && (l->phase == PHASE_CHUNK_HEAD || l->phase == PHASE_CHUNK_END || l->phase == PHASE_TRAILER)) {
        return parse_rest(c, side, unit, b);
    }
    struct txn *t = side == TO_CLIENT ? http_response_txn(c) : l->txn;

    if (t == NULL) {
        t = l->txn = side == TO_SERVER && unit == UNIT_LINE ? http_txn_new(c) : NULL;
    }
    if (t == NULL) { /* at a ceiling, which is counted */
        conn_opaque(c, side);
        return OUTCOME_OK;
    }
    if (unit == UNIT_LINE && http_half(http_of(t), side)->message_len == 0) {
        conn_span(c, side, side, 0, SPAN_OPEN, t);
    }
    enum outcome out = parse_unit(c, t, side, unit, b);
    message_span_end(c, side, t, b.n);
    return out;
}

static void http_body(struct conn *c, enum side side, struct bytes chunk, bool last)
{
    struct http_state *s = conn_state(c);
    struct http_lane *l = s != NULL ? &s->lane[side] : NULL;

    if (l == NULL) {
        return;
    }
    struct txn *t = l->txn;
    l->left -= chunk.n < l->left ? chunk.n : l->left;
    if (chunk.n != 0 && t != NULL) {
        http_body_in(c, t, side, chunk);
    }
    if (!last) {
        return;
    }
    if (l->phase == PHASE_CHUNK_DATA && l->left == 0) {
        l->phase = PHASE_CHUNK_END;
    } else if (t == NULL) {
        http_message_over(c, side);
    } else {
        finish(c, t, side);
        message_span_end(c, side, t, chunk.n);
    }
}

static void http_gap(struct conn *c, enum side side, uint64_t n, bool in_body)
{
    struct http_state *s = conn_state(c);
    struct http_lane *l = s != NULL ? &s->lane[side] : NULL;

    if (l == NULL) {
        return;
    }
    if (in_body) {
        l->left -= n < l->left ? n : l->left;
        if (l->txn != NULL) {
            http_body_gap(c, l->txn, side, n);
        }
        return;
    }
    if (l->phase == PHASE_IGNORE) {
        return;
    }
    bool behind_chunk = l->phase == PHASE_CHUNK_END; /* it began in a chunk: what else of the message is missing nobody knows */
    if (l->txn == NULL) { /* whole messages are missing, as far as can be told: on with the next one */
        return;
    }
    conn_note(c, side, NOTE_GAP);
    finish(c, l->txn, side);
    conn_span_end(c, side, side, 0);
    http_message_over(c, side);
    l->last = NULL;
    if (!behind_chunk) {
        conn_opaque(c, side); /* which message it is that goes on nobody knows */
    }
}

static void http_end(struct conn *c, enum side side)
{
    struct http_state *s = conn_state(c);

    if (s != NULL && s->lane[side].txn != NULL) {
        finish(c, s->lane[side].txn, side);
        conn_span_end(c, side, side, 0);
    }
}

static void http_txn_fini(struct txn *t)
{
    struct http *x = txn_data(t);

    for (unsigned i = 0; i < 2; i++) {
        struct http_lane *l = &x->state->lane[i]; /* of the flow, also after another protocol took over */
        l->txn = l->txn == t ? NULL : l->txn;
        l->last = l->last == t ? NULL : l->last;
        struct http_half *h = http_half(x, (enum side)i);
        if (h != NULL) {
            http_coding_end(h);
        }
        if (h != NULL && h->body != NULL) {
            body_fini(h->body, t->conn);
        }
    }
}

/* ------- row ------- */

#define METHOD(word, n) { word " ", n + 1, 0, 0, TO_SERVER, true }, { word "\t", n + 1, 0, 0, TO_SERVER, true }
static const struct proto_pattern http_patterns[] = {
    METHOD("GET", 3), METHOD("POST", 4), METHOD("HEAD", 4), METHOD("PUT", 3), METHOD("OPTIONS", 7), METHOD("CONNECT", 7), METHOD("DELETE", 6),
    METHOD("TRACE", 5), METHOD("PATCH", 5), METHOD("PROPFIND", 8), METHOD("PROPPATCH", 9), METHOD("MKCOL", 5), METHOD("COPY", 4), METHOD("MOVE", 4),
    METHOD("LOCK", 4), METHOD("UNLOCK", 6), METHOD("CHECKOUT", 8), METHOD("UNCHECKOUT", 10), METHOD("CHECKIN", 7), METHOD("UPDATE", 6),
    METHOD("LABEL", 5), METHOD("REPORT", 6), METHOD("MKWORKSPACE", 11), METHOD("MKACTIVITY", 10), METHOD("MERGE", 5), METHOD("INVALID", 7),
    METHOD("VERSION-CONTROL", 15), METHOD("BASELINE-CONTROL", 16),
    { "\r\n", 2, 0, 0, TO_SERVER, false }, { "\n", 1, 0, 0, TO_SERVER, false },
    { "HTTP/0.9", 8, 0, 0, TO_CLIENT, true }, { "HTTP/1.0", 8, 0, 0, TO_CLIENT, true }, { "HTTP/1.1", 8, 0, 0, TO_CLIENT, true },
};
#undef METHOD

/* RFC 9110 5.6.2, as far as methods go. */
static bool token_byte(uint8_t c) { return c > ' ' && c < 0x7f && bytes_find_byte(bytes_str("\"(),/:;<=>?@[\\]{}"), c) == SIZE_MAX; }

/* A method that is known begins a request; another one does where its line ends in HTTP's name. */
static enum probe request_begins(struct bytes b, bool whole)
{
    enum { METHOD_LONGEST = 32, LINE_LONGEST = 4096 };
    enum probe later = whole ? PROBE_NO : PROBE_MORE;
    size_t n = 0, lf;

    for (unsigned i = 0; i < ROWS(http_patterns); i++) {
        const struct proto_pattern *p = &http_patterns[i];
        if (p->side == TO_SERVER && p->nocase && bytes_equal_nocase(bytes_head(b, p->n), bytes_of(p->bytes, p->n))) {
            return PROBE_YES;
        }
    }
    while (n < b.n && n <= METHOD_LONGEST && token_byte(b.p[n])) {
        n++;
    }
    if (n == b.n) {
        return n <= METHOD_LONGEST ? later : PROBE_NO;
    }
    if (n == 0 || b.p[n] != ' ') {
        return PROBE_NO;
    }
    lf = bytes_find_byte(b, '\n');
    if (lf == SIZE_MAX) {
        return b.n < LINE_LONGEST ? later : PROBE_NO;
    }
    return bytes_find(bytes_head(b, lf), bytes_str(" HTTP/1.")) != SIZE_MAX ? PROBE_YES : PROBE_NO;
}

static enum probe http_probe(struct rd data, enum side side, bool whole)
{
    struct bytes b = rd_peek(&data);

    if (side == TO_CLIENT) {
        return bytes_starts_nocase(b, "HTTP/") ? PROBE_YES : PROBE_NO;
    }
    while (b.n != 0 && (b.p[0] == '\r' || b.p[0] == '\n')) { /* RFC 9112 2.2: empty lines before a request mean nothing */
        b = bytes_from(b, 1);
    }
    return request_begins(b, whole);
}

static const struct proto_state request_states[] = { { "request_started", HTTP_STARTED }, { "request_line", HTTP_LINE },
    { "request_headers", HTTP_HEADERS }, { "request_body", HTTP_BODY }, { "request_trailer", HTTP_TRAILER }, { "request_complete", HTTP_COMPLETE },
    { NULL, 0 } };
static const struct proto_state response_states[] = { { "response_started", HTTP_STARTED }, { "response_line", HTTP_LINE },
    { "response_headers", HTTP_HEADERS }, { "response_body", HTTP_BODY }, { "response_trailer", HTTP_TRAILER }, { "response_complete", HTTP_COMPLETE },
    { NULL, 0 } };

static const struct note_row http_notes[] = {
#define NOTE(id, name, help) [id] = { name, 0, 0, help },
#include "http_notes.list"
#undef NOTE
};

#define LIBHTP "app-layer.protocols.http.libhtp.default-config."
#define AT(member) offsetof(struct http_settings, member)
#define LIMIT(key, member, preset, help) { LIBHTP key, OPTION_BYTES, AT(member), preset, NULL, 0, 0, "bytes", help }
#define SWITCH(key, member, preset, help) { LIBHTP key, OPTION_BOOL, AT(member), preset, NULL, 0, 0, NULL, help }
#define COUNT(key, member, preset, help) { LIBHTP key, OPTION_U32, AT(member), preset, NULL, 0, 0, NULL, help }
#define WORD(key, member, preset, help) { LIBHTP key, OPTION_STRING, AT(member), preset, NULL, 0, 0, NULL, help }
const struct option_row http_options[] = {
    WORD("personality", personality, "IDS", "which servers' reading of a URI: IDS, Minimal, Generic, IIS_7_0, Apache_2, ..."),
    LIMIT("request-body-limit", body_limit[TO_SERVER], "100 KiB", "of a request's body looked at; 0: all"),
    LIMIT("response-body-limit", body_limit[TO_CLIENT], "100 KiB", "of a response's body looked at; 0: all"),
    LIMIT("request-body-minimal-inspect-size", min_inspect[TO_SERVER], "32 KiB", "gathered before rules look"),
    LIMIT("request-body-inspect-window", window[TO_SERVER], "4 KiB", "looked at again with what follows"),
    LIMIT("response-body-minimal-inspect-size", min_inspect[TO_CLIENT], "40 KiB", "gathered before rules look"),
    LIMIT("response-body-inspect-window", window[TO_CLIENT], "16 KiB", "looked at again with what follows"),
    COUNT("response-body-decompress-layer-limit", layer_max, "2", "content codings undone, one inside another; 0: 8, the most"),
    COUNT("lzma-layers", lzma_layer_max, "1", "of them lzma"),
    SWITCH("lzma-enabled", lzma_enabled, "yes", "undo lzma"),
    LIMIT("lzma-memlimit", lzma_memory, "1 MiB", "the largest lzma dictionary"),
    LIMIT("compression-bomb-limit", bomb_limit, "1 MiB", "beyond which a body may not grow more than 2048 times"),
    COUNT("compression-bomb-count", bomb_count, "3", "such bodies in a flow, after which none is decompressed"),
    COUNT("decompression-time-limit", time_limit, "100000", "microseconds for a body, counted as 512 bytes each so that runs repeat"),
    COUNT("max-tx", transactions_limit, "512", "live transactions of a flow"),
    COUNT("headers-limit", headers_limit, "1024", "fields of a header"),
    LIMIT("meta-field-limit", field_limit, "18000", "bytes of a line"),
    SWITCH("double-decode-path", double_decode_path, "no", "decode a path twice"),
    SWITCH("double-decode-query", double_decode_query, "no", "decode a query twice"),
    SWITCH("path-convert-backslash-separators", backslash, "yes", "a backslash is a slash"),
    SWITCH("path-separators-decode", separators_decode, "yes", "decode an encoded slash"),
    SWITCH("path-separators-compress", separators_compress, "yes", "several slashes are one"),
    SWITCH("path-convert-lowercase", lowercase, "no", "paths in lower case"),
    SWITCH("path-convert-u-encoding", u_decode, "yes", "decode %uHHHH"),
    SWITCH("path-utf8-convert-bestfit", bestfit, "yes", "UTF-8 to the nearest single byte"),
    SWITCH("path-nul-raw-terminates", nul_raw_ends, "no", "a NUL ends a path"),
    SWITCH("path-nul-encoded-terminates", nul_encoded_ends, "no", "an encoded NUL ends a path"),
    SWITCH("query-plusspace-decode", plus_is_space, "no", "a plus in a query is a space"),
    SWITCH("uri-include-all", include_all, "no", "http.uri has scheme, user, host and port"),
    WORD("path-bestfit-replacement-char", replacement, "?", "for what has no nearest byte"),
    WORD("path-url-encoding-invalid-handling", invalid_handling, "preserve-percent", "of %XX without two digits: preserve-percent, remove-percent, decode-invalid"),
    SWITCH("swf-decompression.enabled", swf, "no", "rules see Flash of responses unpacked"),
    WORD("swf-decompression.type", swf_type, "both", "packed how: deflate, lzma, both"),
    LIMIT("swf-decompression.compress-depth", swf_in, "0", "packed that are looked at; 0: all"),
    LIMIT("swf-decompression.decompress-depth", swf_out, "0", "that come out; 0: 50 MB"),
    WORD("http-body-inline", ignored_inline, "auto", "taken for Suricata's sake; bodies are inspected as they come"),
    SWITCH("randomize-inspection-sizes", ignored_randomize, "no", "taken for Suricata's sake; sizes are never random"),
    COUNT("randomize-inspection-range", ignored_range, "10", "taken for Suricata's sake"),
    { "log.extended", OPTION_BOOL, AT(extended), "no", NULL, 0, 0, NULL, "method, protocol, status, length, referer, redirect" },
    { "log.custom", OPTION_LIST, AT(custom), NULL, NULL, 0, 0, NULL, "header fields to record" },
    { "log.dump-all-headers", OPTION_STRING, AT(dump), NULL, NULL, 0, 0, NULL, "all header fields: both, request, response" },
};
const unsigned http_option_n = ROWS(http_options);

const struct http_settings http_presets = {
    .body_limit = { 102400, 102400 }, .min_inspect = { 32768, 40960 }, .window = { 4096, 16384 }, .layer_max = 2, .lzma_layer_max = 1,
    .lzma_enabled = true, .lzma_memory = 1048576, .bomb_limit = 1048576, .bomb_count = 3, .time_limit = 100000, .headers_limit = 1024,
    .transactions_limit = 512, .field_limit = 18000, .backslash = true, .separators_decode = true, .separators_compress = true, .u_decode = true,
    .bestfit = true, .personality = "IDS", .replacement = "?", .invalid_handling = "preserve-percent", .extended = true,
};

const struct proto proto_http = {
    .name = "http",
    .aliases = "http1",
    .ports = "tcp/80 tcp/8080 tcp/8000 tcp/3128",
    .probe = http_probe,
    .pdu_is_body = true,
    .transports = 1,
    .files = true,
    .patterns = http_patterns,
    .pattern_n = ROWS(http_patterns),
    .state_size = sizeof(struct http_state),
    .txn_size = sizeof(struct http), .txn_room = LINE_ROOM,
    .unit_max = 256 * 1024,
    .txn_max = 512, .max_tx = MAX_TX(struct http_settings, transactions_limit), .max_tx_note = NOTE_TOO_MANY,
    .txn_bytes_max = 4 * 1024 * 1024,
    .frame = http_frame,
    .parse = http_parse,
    .body = http_body,
    .gap = http_gap,
    .resync = http_resync,
    .eof = http_end,
    .txn_fini = http_txn_fini,
    .states = { request_states, response_states },
    .spans = http_spans,
    .fields = http_fields,
    .field_n = HTTP_FIELDS,
    .notes = http_notes,
    .note_n = ROWS(http_notes),
    .log = http_log,
    .header = http_header_value,
    .options = http_options,
    .option_n = ROWS(http_options),
    .settings_size = sizeof(struct http_settings),
};
