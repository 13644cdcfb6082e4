/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * http2 - what is known of an HTTP/2 connection (RFC 9113); shared by the files of this folder.
 *
 * A flow's `struct http2_state` holds where each direction stands in its frames and header blocks; a transaction's
 * `struct http2` is a stream, or one frame of the connection itself (stream 0).  Both rows of this folder, http2 and doh2,
 * have the same state, transactions and settings.  Worker's thread.
 */
#ifndef PROTO_HTTP2_HTTP2_H
#define PROTO_HTTP2_HTTP2_H

#include "file/file.h"
#include "proto/proto.h"
#include "wire/dnsmsg.h"
#include "wire/hpack.h"

enum http2_type { HTTP2_DATA, HTTP2_HEADERS, HTTP2_PRIORITY, HTTP2_RST_STREAM, HTTP2_SETTINGS, HTTP2_PUSH_PROMISE, HTTP2_PING, HTTP2_GOAWAY,
                  HTTP2_WINDOW_UPDATE, HTTP2_CONTINUATION };
enum { HTTP2_END_STREAM = 0x01, HTTP2_END_HEADERS = 0x04, HTTP2_PADDED = 0x08, HTTP2_WITH_PRIORITY = 0x20 };
enum { HTTP2_FRAME_HEAD = 9, HTTP2_SETTING_TABLE_SIZE = 1 };

/* Progress, the same for both sides: how far the stream has come. */
enum http2_stage { HTTP2_STARTED, HTTP2_OPEN, HTTP2_RESERVED, HTTP2_DATA_CLIENT, HTTP2_HALF_CLIENT, HTTP2_DATA_SERVER, HTTP2_HALF_SERVER, HTTP2_CLOSED };

enum http2_note {
#define NOTE(id, name, help) id,
#include "http2_notes.list"
#undef NOTE
    HTTP2_NOTE_N
};

struct http2_header {
    struct bytes name, value;
    uint64_t size;
    bool is_size;                    /* no field: the table's new size */
};

struct http2_numbers {
    uint32_t *v, n, room;
};

/* Values of fields of one name, joined; made when asked for. */
struct http2_joined {
    struct http2_joined *next;
    const char *name;
    struct bytes value;
};

/* One side of a stream. */
struct http2_half {
    uint64_t types[4];               /* bit per frame type seen */
    uint32_t frames;
    struct http2_numbers errors, priorities, windows, settings; /* settings: number, value, number, value … */
    bool error_is_reset;             /* the first of errors is RST_STREAM's */
    struct http2_header *header;
    uint32_t header_n, header_room;
    uint64_t header_bytes;
    struct http2_joined *joined;     /* made when first asked for, like those below; gone when a field comes */
    struct bytes names, lines, raw, first_line, host;
    struct bytes *pair;
    struct unpack *unpack;           /* while a compressed body is under way */
    uint8_t coding;                  /* enum http2_coding */
    uint64_t packed, plain;          /* body bytes before and after decompression */
    struct body body;
    bool body_seen, file_tried, is_dns, is_grpc;
    struct file *file;
    struct arena_text message;       /* a DNS message as it comes */
    struct dnsmsg *dns;              /* read; NULL: none */
    struct http2_grpc *grpc;         /* made with its first byte; NULL: none came */
    struct bytes grpc_message;       /* grpc-message, decoded when asked for */
};

/* One side of a gRPC call. */
enum { HTTP2_GRPC_MESSAGE_MAX = 65536 }; /* bytes of each message that are kept */
struct http2_grpc_kept {
    uint32_t at, n;                  /* in the text */
};
struct http2_grpc {
    uint8_t head[5], head_n;         /* of the message under way */
    uint8_t coding;                  /* what grpc-encoding says */
    bool lost;                       /* where the next message begins is not known: the rest is taken as it is */
    uint64_t left, plain;            /* of the message under way: bytes still to come, and those unpacked */
    uint64_t messages, turn;         /* turn: of the last one kept */
    struct arena_text text;          /* messages, one behind the other */
    struct http2_grpc_kept *kept;
    uint32_t kept_n, begin;          /* begin: where the one under way is in the text */
};

enum http2_coding { HTTP2_CODING_UNKNOWN, HTTP2_CODING_OTHER, HTTP2_CODING_GZIP, HTTP2_CODING_DEFLATE, HTTP2_CODING_BROTLI,
                    HTTP2_CODING_FAILED /* nothing of the rest of the frame is taken */, HTTP2_CODING_DEAD /* nothing of the rest at all */ };

struct http2 {
    struct txn *txn, *next;          /* next: of the same bucket */
    struct http2_state *state;
    uint32_t stream;
    uint8_t stage;                   /* enum http2_stage */
    struct http2_half half[2];       /* by side of the bytes */
};

/* A header block under way. */
struct http2_block {
    uint32_t stream;                 /* of the frame that began it; 0: none */
    struct txn *txn;                 /* whose fields these are; NULL: it is gone */
    bool ends_stream;
    struct arena_text bytes;
};

struct http2_lane {
    struct hpack table;
    struct http2_block block;
    struct txn *body;                /* whose DATA frame is under way */
    uint64_t left, skip;             /* of its payload; bytes then to pass over */
    bool ends_stream, magic_done;
};

enum { HTTP2_BUCKETS = 64 };
struct http2_state {
    struct http2_lane lane[2];
    struct txn *bucket[HTTP2_BUCKETS];
    uint32_t streams;                /* live transactions */
    bool begun;
};

struct http2_settings {
    uint32_t streams_max, table_max, block_max, frames_max;
    uint64_t bomb_limit;
    bool grpc;                       /* messages are taken apart */
    bool requests, responses;        /* of doh2: records of messages */
    const char *formats, *types;
};

enum { HTTP2_HEADERS_MAX = 4096, HTTP2_HEADER_BYTES_MAX = 256 * 1024, HTTP2_NUMBERS_MAX = 4096 };

static inline struct http2 *http2_of(struct txn *t) { return txn_data(t); }

static inline struct http2_lane *http2_lane_of(struct conn *c, enum side side)
{
    struct http2_state *s = conn_state(c);
    return &s->lane[side];
}

/* http2.c */
const struct http2_settings *http2_settings_of(const struct conn *c);
struct txn *http2_stream_find(struct conn *c, uint32_t stream);
struct txn *http2_stream_of(struct conn *c, uint32_t stream); /* made when new; NULL at a ceiling */
struct txn *http2_stream_new(struct conn *c, uint32_t stream);
void http2_reach(struct txn *t, enum http2_stage stage);
void http2_ends_stream(struct txn *t, enum side side);

/* http2_frame.c */
struct frame http2_frame(struct conn *c, enum side side, struct rd data);
enum outcome http2_parse(struct conn *c, enum side side, unsigned unit, struct rd bytes);
void http2_settings_read(struct txn *t, enum side side, struct rd r);

/* http2_headers.c */
void http2_block_read(struct conn *c, struct txn *t, enum side side, struct bytes block);
void http2_header_add(struct txn *t, enum side side, struct bytes name, struct bytes value);
bool http2_value_first(const struct http2_half *h, const char *name, struct bytes *out);
bool http2_value(struct http2 *x, enum side side, const char *name, struct bytes *out); /* all of that name, joined */
struct bytes http2_build_names(struct http2 *x, enum side side);
struct bytes http2_build_lines(struct http2 *x, enum side side, bool raw);
struct bytes http2_build_first_line(struct http2 *x, enum side side);
struct bytes http2_build_host(struct http2 *x);
bool http2_build_pair(struct http2 *x, enum side side, unsigned i, struct bytes *out);

/* http2_body.c */
void http2_body(struct conn *c, enum side side, struct bytes chunk, bool last);
void http2_body_gap(struct conn *c, enum side side, uint64_t n);
void http2_body_over(struct txn *t, enum side side, bool truncated);
void http2_body_in(struct conn *c, struct txn *t, enum side side, struct bytes chunk); /* decompressed, to rules and files */
void http2_coding_set(struct txn *t, enum side side, struct bytes value);
enum http2_coding http2_coding_of(struct bytes name);
void http2_unpack_end(struct http2_half *h, enum http2_coding rest); /* how what comes next is taken */
void http2_dns_read(struct conn *c, struct txn *t, enum side side, struct bytes message);
bool http2_dns_query(struct arena *a, struct bytes path, struct bytes *message); /* the dns= of a path (RFC 8484 4.1), decoded */

/* http2_grpc.c */
bool http2_grpc_type(struct bytes content_type);
bool http2_is_grpc(const struct http2 *x);
bool http2_grpc_add(struct conn *c, struct txn *t, enum side side, struct bytes chunk);
void http2_grpc_plain(struct http2_grpc *g, struct bytes plain);
void http2_grpc_gap(struct http2_half *h, uint64_t n);
void http2_grpc_over(struct txn *t, enum side side);
bool http2_grpc_message(const struct http2 *x, enum side side, unsigned i, struct bytes *out);
bool http2_grpc_call(const struct http2 *x, struct bytes *service, struct bytes *method);
bool http2_grpc_status(const struct http2 *x, uint64_t *status);
bool http2_grpc_status_message(struct http2 *x, struct bytes *out);

/* http2_log.c */
void http2_log(const struct txn *t, struct json *j);
bool http2_log_wanted(const struct txn *t);
void doh2_log_beside(const struct txn *t, struct json *j);
bool doh2_log_wanted(const struct txn *t);
const char *doh2_log_event(const struct txn *t);

/* http2_fields.c */
enum { HTTP2_FIELDS = 41, DOH2_FIELDS = 55 }; /* rows; checked where they stand */
extern const struct field http2_fields[HTTP2_FIELDS], doh2_fields[DOH2_FIELDS];

#endif
