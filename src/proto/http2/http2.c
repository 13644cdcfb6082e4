/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * http2 - the rows http2 and doh2, streams, and how far they have come.
 *
 * DNS in HTTP/2 (RFC 8484) is known by its messages: with the first one the flow becomes doh2, whose row reads the same
 * bytes with the same state and has the fields and records of both.
 */
#include "proto/http2/http2.h"

#include "base/hash.h"
#include "base/unpack.h"

static const struct http2_settings presets = { .streams_max = 4096, .table_max = 65536, .block_max = 102400, .frames_max = 65536,
                                               .bomb_limit = 1048576, .grpc = true, .requests = true, .responses = true };

const struct http2_settings *http2_settings_of(const struct conn *c)
{
    const struct http2_settings *s = conn_settings(c);
    return s != NULL ? s : &presets;
}

/* ------- streams ------- */

static struct txn **bucket_of(struct http2_state *s, struct conn *c, uint32_t stream)
{
    return &s->bucket[hash_word(conn_flow(c)->id ^ stream) % HTTP2_BUCKETS];
}

struct txn *http2_stream_find(struct conn *c, uint32_t stream)
{
    struct http2_state *s = conn_state(c);
    struct txn *t = *bucket_of(s, c, stream);

    while (t != NULL && http2_of(t)->stream != stream) {
        t = http2_of(t)->next;
    }
    return t;
}

/* More than the settings allow: all that live end here. */
static void streams_end(struct conn *c)
{
    for (struct txn *t = txn_first_open(c); t != NULL; t = txn_first_open(c)) {
        http2_reach(t, HTTP2_CLOSED);
        txn_over(t, NOTE_STREAMS);
    }
}

struct txn *http2_stream_new(struct conn *c, uint32_t stream)
{
    struct http2_state *s = conn_state(c);

    if (s->streams >= http2_settings_of(c)->streams_max) {
        streams_end(c);
    }
    struct txn *t = txn_new(c);
    if (t == NULL) {
        return NULL;
    }
    struct http2 *x = txn_data(t);
    x->txn = t;
    x->state = s;
    x->stream = stream;
    s->streams++;
    if (stream != 0) {
        struct txn **bucket = bucket_of(s, c, stream);
        x->next = *bucket;
        *bucket = t;
        http2_reach(t, HTTP2_OPEN);
    }
    return t;
}

struct txn *http2_stream_of(struct conn *c, uint32_t stream)
{
    struct txn *t = stream != 0 ? http2_stream_find(c, stream) : NULL;

    return t != NULL ? t : http2_stream_new(c, stream);
}

void http2_reach(struct txn *t, enum http2_stage stage)
{
    struct http2 *x = txn_data(t);

    if (stage <= x->stage) {
        return;
    }
    x->stage = (uint8_t)stage;
    txn_raise(t, TO_SERVER, x->stage);
    txn_raise(t, TO_CLIENT, x->stage);
    if (stage == HTTP2_CLOSED) {
        http2_body_over(t, TO_SERVER, true);
        http2_body_over(t, TO_CLIENT, true);
        txn_done(t, TO_SERVER);
        txn_done(t, TO_CLIENT);
    }
}

/* RFC 9113 5.1: that side sends no more on the stream. */
void http2_ends_stream(struct txn *t, enum side side)
{
    struct http2 *x = txn_data(t);
    bool client_ended = x->stage == HTTP2_HALF_CLIENT, server_ended = x->stage == HTTP2_HALF_SERVER;

    if (side == TO_CLIENT ? client_ended || x->stage == HTTP2_DATA_SERVER : server_ended) {
        http2_reach(t, HTTP2_CLOSED);
    } else {
        http2_reach(t, side == TO_CLIENT ? HTTP2_HALF_SERVER : HTTP2_HALF_CLIENT);
    }
}

/* ------- the connection ------- */

static void http2_gap(struct conn *c, enum side side, uint64_t n, bool in_body)
{
    if (conn_state(c) != NULL && in_body) {
        http2_body_gap(c, side, n);
    } /* elsewhere: where the next frame begins is not known, and the tables are not either */
}

static void http2_txn_fini(struct txn *t)
{
    struct http2 *x = txn_data(t);

    if (x->state == NULL) {
        return;
    }
    x->state->streams--;
    if (x->stream != 0) {
        struct txn **at = bucket_of(x->state, t->conn, x->stream);
        while (*at != t) {
            at = &http2_of(*at)->next;
        }
        *at = x->next;
    }
    for (unsigned i = 0; i < 2; i++) {
        struct http2_lane *l = &x->state->lane[i];
        l->body = l->body == t ? NULL : l->body;
        l->block.txn = l->block.txn == t ? NULL : l->block.txn;
        unpack_free(x->half[i].unpack);
        body_fini(&x->half[i].body, t->conn);
    }
}

static bool http2_header_value(const struct txn *t, enum side side, struct bytes name, struct bytes *value)
{
    const struct http2 *x = txn_data_const(t);
    const struct http2_half *h = &x->half[side];

    for (uint32_t i = 0; i < h->header_n; i++) {
        if (bytes_equal_nocase(h->header[i].name, name)) {
            *value = h->header[i].value;
            return true;
        }
    }
    return false;
}

/* ------- recognition ------- */

static const struct proto_pattern http2_patterns[] = { { "PRI * HTTP/2.0\r\n", 16, 0, 0, TO_SERVER, true } };

enum { HTTP2_PREFACE = 24 }; /* bytes a client begins with (RFC 9113 3.4) */

/* A server begins with SETTINGS (RFC 9113 3.4). */
static enum probe http2_probe(struct rd data, enum side side, bool whole)
{
    if (side == TO_SERVER) {
        if (rd_left(&data) <= HTTP2_PREFACE && !whole) { /* on its port the preface may still come, as Suricata has it */
            return PROBE_MORE;
        }
        return bytes_equal_nocase(bytes_head(rd_peek(&data), 16), bytes_str("PRI * HTTP/2.0\r\n")) ? PROBE_YES : PROBE_NO;
    }
    uint32_t length = rd_be24(&data);
    uint8_t type = rd_u8(&data), flags = rd_u8(&data);
    uint32_t stream = rd_be32(&data);
    if (!rd_ok(&data)) {
        return whole ? PROBE_NO : PROBE_MORE;
    }
    return type == HTTP2_SETTINGS && length <= 16384 && (flags & 0xfe) == 0 && stream == 0 && length % 6 == 0 ? PROBE_YES : PROBE_NO;
}

/* ------- rows ------- */

static const struct proto_state request_states[] = { { "request_started", HTTP2_STARTED }, { "request_complete", HTTP2_CLOSED }, { NULL, 0 } };
static const struct proto_state response_states[] = { { "response_started", HTTP2_STARTED }, { "response_complete", HTTP2_CLOSED }, { NULL, 0 } };

static const char *const http2_spans[] = { "hdr", "data", "pdu", NULL };

static const struct note_row http2_notes[] = {
#define NOTE(id, name, help) [id] = { name, 0, 0, help },
#include "http2_notes.list"
#undef NOTE
};

#define AT(member) offsetof(struct http2_settings, member)
#define HTTP2_OPTIONS                                                                                                               \
    { "app-layer.protocols.http2.max-streams", OPTION_U32, AT(streams_max), "4096", NULL, 1, 65536, NULL, "live streams of a flow" }, \
    { "app-layer.protocols.http2.max-table-size", OPTION_U32, AT(table_max), "65536", NULL, 0, 1 << 24, NULL,                       \
      "bytes of fields kept to be named again, whatever the peer allows" },                                                        \
    { "app-layer.protocols.http2.max-reassembly-size", OPTION_U32, AT(block_max), "102400", NULL, 0, 1 << 20, NULL,                 \
      "bytes of a header block put together from several frames" },                                                                 \
    { "app-layer.protocols.http2.max-frames", OPTION_U32, AT(frames_max), "65536", NULL, 0, UINT32_MAX, NULL,                       \
      "frames of a stream that rules and records are told of" },                                                                    \
    { "app-layer.protocols.http2.compression-bomb-limit", OPTION_BYTES, AT(bomb_limit), "1 MiB", NULL, 0, 0, "bytes",              \
      "beyond which a body may not grow more than 2048 times" },                                                                    \
    { "app-layer.protocols.http2.grpc", OPTION_BOOL, AT(grpc), "yes", NULL, 0, 0, NULL,                                             \
      "bodies of gRPC are taken apart, and their messages unpacked; no: rules and files see them as they come" }
static const struct option_row http2_options[] = { HTTP2_OPTIONS };
static const struct option_row doh2_options[] = {
    HTTP2_OPTIONS,
    { "log.requests", OPTION_BOOL, AT(requests), "yes", NULL, 0, 0, NULL, "records of requests" },
    { "log.responses", OPTION_BOOL, AT(responses), "yes", NULL, 0, 0, NULL, "records of responses" },
    { "log.formats", OPTION_LIST, AT(formats), NULL, NULL, 0, 0, NULL, "detailed, grouped: how answers are shown" },
    { "log.types", OPTION_LIST, AT(types), NULL, NULL, 0, 0, NULL, "record types that get records; none: all" },
};

#define HTTP2_ROW                                                                                                      \
    .transports = 1, .first_server = true, .whole_never = true, .state_size = sizeof(struct http2_state),              \
    .txn_size = sizeof(struct http2), .unit_max = 128 * 1024, .txn_max = 1 << 17, .txn_bytes_max = 4 << 20,            \
    .conn_bytes_max = 2 << 20, .frame = http2_frame, .parse = http2_parse, .body = http2_body, .gap = http2_gap,       \
    .txn_fini = http2_txn_fini, .states = { request_states, response_states }, .spans = http2_spans,                   \
    .notes = http2_notes, .note_n = ROWS(http2_notes), .log_name = "http", .log = http2_log,                           \
    .header = http2_header_value, .settings_size = sizeof(struct http2_settings)

const struct proto proto_http2 = {
    .name = "http2",
    .files = true,
    .aliases = "http",
    .pdu_is_body = true,
    .ports = "tcp/80",
    .patterns = http2_patterns,
    .pattern_n = ROWS(http2_patterns),
    .probe = http2_probe,
    HTTP2_ROW,
    .fields = http2_fields,
    .field_n = HTTP2_FIELDS,
    .log_wanted = http2_log_wanted,
    .options = http2_options,
    .option_n = ROWS(http2_options),
};

const struct proto proto_doh2 = {
    .name = "doh2",
    .aliases = "http2 dns",
    HTTP2_ROW,
    .fields = doh2_fields,
    .field_n = DOH2_FIELDS,
    .log_wanted = doh2_log_wanted,
    .log_event = doh2_log_event,
    .log_beside = doh2_log_beside,
    .options = doh2_options,
    .option_n = ROWS(doh2_options),
};
