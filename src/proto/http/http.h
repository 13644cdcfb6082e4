/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * http - what is known of an HTTP/1 exchange; shared by the files of this folder.
 *
 * A flow's `struct http_state` holds where each side stands in its message; a transaction's `struct http` holds the
 * request and its response.  Strings lie in the transaction's arena; decoders and body windows are given back by
 * http_txn_fini.  Worker's thread.
 */
#ifndef PROTO_HTTP_HTTP_H
#define PROTO_HTTP_HTTP_H

#include "file/file.h"
#include "proto/proto.h"

/* Progress, the same for both sides; the rows name them as rule hooks.  A value means: that part is complete. */
enum http_stage { HTTP_STARTED, HTTP_LINE, HTTP_HEADERS, HTTP_BODY, HTTP_TRAILER, HTTP_COMPLETE };

enum http_note {
#define NOTE(id, name, help) id,
#include "http_notes.list"
#undef NOTE
    HTTP_NOTE_N
};

/* Header fields that something here asks for. */
enum http_header_id {
#define HEADER(id, name) id,
#include "http_headers.list"
#undef HEADER
    HEADER_N,
    HEADER_OTHER = HEADER_N
};

struct http_header {
    struct bytes name, value; /* trimmed */
};

/* The same as it is kept, with what is shorter than a unit in as few bytes as that takes. */
struct http_stored {
    const uint8_t *name, *value; /* repetitions joined with ", " */
    uint32_t name_n : 24, id : 8;             /* enum http_header_id */
    uint32_t value_n : 24, loose : 7;         /* enum http_header_id; NUL bytes in the name overlooked */
    uint32_t repeated : 1;
};
enum { HTTP_STORED_MAX = (1 << 24) - 1 };
static inline struct bytes http_name(const struct http_stored *h) { return bytes_of(h->name, h->name_n); }
static inline struct bytes http_value(const struct http_stored *h) { return bytes_of(h->value, h->value_n); }

/* What is made of a half's fields when first asked for. */
struct http_made {
    struct bytes built, plain, names, start;
    struct bytes *pair;              /* "Name: value" of each field */
    uint32_t pair_n;                 /* fields they were made of */
};

enum http_version { HTTP_VERSION_UNKNOWN, HTTP_VERSION_INVALID, HTTP_VERSION_09, HTTP_VERSION_10, HTTP_VERSION_11 };
enum { HTTP_HEADERS_MAX = 4096, HTTP_CODINGS_MAX = 8 };

struct http_coding;
struct http_multipart;

/* One side's message. */
struct http_half {
    struct bytes line, protocol;
    struct bytes raw;                /* header block as it came, the trailer's behind it */
    struct http_stored *header;
    uint16_t header_n, header_room;
    uint16_t repetitions;
    uint32_t has;                    /* a bit for each enum http_header_id that is there */
    uint8_t version;                 /* enum http_version */
    bool body_over, file_tried, content_skipped;
    uint32_t trailer_at;             /* in `raw`: where the trailer begins; 0: none came */
    struct body *body;               /* NULL: no byte of it yet */
    struct http_coding *coding;      /* while a compressed body is under way */
    struct file *file, *closed;      /* while open; when the message was over */
    uint64_t message_len;            /* body bytes on the wire, chunk heads counted */
    uint64_t entity_len;             /* decoded */
    struct http_made *made;
};

struct http {
    struct txn *txn;
    struct http_state *state;
    const struct http_settings *settings;
    struct http_half request;
    struct http_half *response;      /* made with its first byte; NULL: none yet */
    struct bytes method, uri_raw, uri, path;
    struct bytes host, host_raw;     /* host in lower case without port; as the peer wrote it */
    int32_t port;                    /* named with the host; -1: none */
    struct bytes status, message;
    uint16_t status_number;          /* 0: none, or no number */
    uint8_t method_id;               /* enum http_method */
    bool is_09, request_missing, continued, host_in_uri;
    struct http_multipart *multipart;
};

enum http_method { METHOD_UNKNOWN, METHOD_GET, METHOD_HEAD, METHOD_POST, METHOD_PUT, METHOD_CONNECT, METHOD_OTHER };

enum http_phase {
    PHASE_LINE, PHASE_HEADERS, PHASE_BODY, PHASE_CHUNK_HEAD, PHASE_CHUNK_DATA, PHASE_CHUNK_END, PHASE_TRAILER,
    PHASE_WAIT,   /* CONNECT: the answer decides */
    PHASE_IGNORE, /* after a request of HTTP/0.9 */
};
enum http_unit { UNIT_LINE, UNIT_HEADERS, UNIT_CHUNK_HEAD, UNIT_CHUNK_END };

struct http_lane {
    uint8_t phase;
    bool cut;              /* the block at hand ends because the direction does */
    bool more;             /* bytes other than blanks lie behind the line at hand */
    bool until_close;
    bool behind;           /* within a line that belongs to the message before */
    uint32_t lines;        /* field lines counted so far in the block at hand */
    uint32_t mark, line_at; /* looked through up to here; start of the line at hand */
    uint64_t left;         /* body or chunk bytes still to come */
    struct txn *txn;       /* message under way; NULL: between messages */
    struct txn *last;      /* the message before, while it lives */
    uint64_t last_number;  /* turn in which that one ended */
};

struct http_state {
    struct http_lane lane[2];
    uint64_t response_next; /* id of the transaction that the next response may answer, at least */
    uint32_t exchanges;
    uint32_t bombs;
};

struct http_settings {
    uint64_t body_limit[2];
    uint64_t min_inspect[2], window[2];
    uint32_t layer_max, lzma_layer_max;
    bool lzma_enabled;
    uint64_t lzma_memory, bomb_limit;
    uint32_t bomb_count, time_limit;
    uint32_t headers_limit, transactions_limit;
    uint64_t field_limit;
    bool double_decode_path, double_decode_query;
    bool backslash, separators_decode, separators_compress, lowercase, u_decode, bestfit, nul_raw_ends, nul_encoded_ends;
    bool plus_is_space, include_all;
    const char *personality, *replacement, *invalid_handling;
    const char *ignored_inline;
    bool ignored_randomize;
    uint32_t ignored_range;
    bool swf;
    const char *swf_type;
    uint64_t swf_in, swf_out;
    bool extended;
    const char *custom, *dump;
};
extern const struct http_settings http_presets;
extern const struct option_row http_options[];
extern const unsigned http_option_n;

/* Blanks as C's isspace in the plain locale. */
static inline bool http_space(uint8_t c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
#define HTTP_SPACES " \t\r\n\v\f"

/* Without blanks at either end. */
static inline struct bytes http_trim(struct bytes b)
{
    size_t from = 0;

    while (b.n > 0 && http_space(b.p[b.n - 1])) {
        b.n--;
    }
    while (from < b.n && http_space(b.p[from])) {
        from++;
    }
    return from != 0 ? bytes_from(b, from) : b;
}

static inline struct http *http_of(struct txn *t) { return txn_data(t); }

/* The half whose bytes go to `side`; where the message is under way it is there. */
static inline struct http_half *http_half(struct http *x, enum side side) { return side == TO_SERVER ? &x->request : x->response; }
/* The same for those who only look: an empty one when there is none. */
extern const struct http_half http_no_half;
static inline const struct http_half *http_seen(const struct http *x, enum side side)
{
    return side == TO_SERVER ? &x->request : x->response != NULL ? x->response : &http_no_half;
}

static inline struct http_lane *http_lane_of(struct conn *c, enum side side)
{
    struct http_state *s = conn_state(c);
    return &s->lane[side];
}

static inline const struct http_settings *http_settings_of(const struct conn *c)
{
    const struct http_settings *s = conn_settings(c);
    return s != NULL ? s : &http_presets;
}

/* http_frame.c */
struct frame http_frame(struct conn *c, enum side side, struct rd data);
struct frame http_resync(struct conn *c, enum side side, struct rd data);
/* Length of a line end at offset i of a request's or response's header block; 0: none; SIZE_MAX: later bytes decide. */
size_t http_eol(struct bytes b, size_t i, enum side side, bool whole);

/* http_head.c: splits and stores. */
void http_read_fields(struct conn *c, struct txn *t, enum side side, struct bytes block);
uint8_t http_version_of(struct txn *t, struct bytes protocol);
/* RFC 9110 8.6, read as leniently as browsers do. */
bool http_content_length(struct txn *t, struct bytes value, uint64_t *out);
/* NULs overlooked. */
bool http_value_is(struct bytes value, const char *word);
bool http_value_has(struct bytes value, const char *word);
struct bytes http_without_nul(struct arena *a, struct bytes b);

/* http_header.c */
struct http_stored *http_find(const struct http_half *h, enum http_header_id id);       /* NULL: absent */
struct http_stored *http_find_loose(const struct http_half *h, enum http_header_id id);
void http_header_add(struct conn *c, struct txn *t, enum side side, struct http_header header);
bool http_header_room(struct txn *t, enum side side, uint32_t more);
void http_headers_clear(struct http_half *h);
void http_made_clear(struct http_half *h); /* the fields change */
struct bytes http_build_headers(struct http *x, enum side side);
struct bytes http_build_plain(struct http *x, enum side side); /* the lines as they came, cookies left out, no end behind the last */
struct bytes http_build_names(struct http *x, enum side side);
struct bytes http_build_start(struct http *x, enum side side);
struct bytes *http_build_pairs(struct http *x, enum side side);

/* http_request.c, http_response.c */
enum outcome http_request_line(struct conn *c, struct txn *t, struct bytes line);
void http_request_headers(struct conn *c, struct txn *t, bool block_cut);
void http_request_finish(struct conn *c, struct txn *t);
uint8_t http_method_of(struct bytes word);
bool http_method_begins(struct bytes word); /* is it the beginning of one? */
struct txn *http_response_txn(struct conn *c);
enum outcome http_response_line(struct conn *c, struct txn *t, struct bytes line);
void http_response_headers(struct conn *c, struct txn *t);
void http_response_finish(struct conn *c, struct txn *t);
void http_message_over(struct conn *c, enum side side);
struct txn *http_txn_new(struct conn *c);

/* http_uri.c */
struct http_uri {
    struct bytes scheme, user, password, host, port, path, query, fragment; /* p NULL: absent */
};
void http_uri_read(struct http *x, struct bytes raw);
/* Host with an optional port.  *port -1 none, -2 invalid; false: not a host name. */
bool http_host_read(struct bytes b, struct bytes *host, int32_t *port);

/* http_body.c */
void http_body_in(struct conn *c, struct txn *t, enum side side, struct bytes wire);
void http_body_more(struct conn *c, struct txn *t, enum side side, struct bytes wire); /* behind what was announced, in the same turn */
void http_body_decoded(struct conn *c, struct txn *t, enum side side, struct bytes plain);
void http_body_gap(struct conn *c, struct txn *t, enum side side, uint64_t n);
void http_body_over(struct conn *c, struct txn *t, enum side side, bool truncated);

/* http_coding.c */
void http_coding_begin(struct conn *c, struct txn *t, enum side side);
void http_coding_feed(struct conn *c, struct txn *t, enum side side, struct bytes wire);
void http_coding_end(struct http_half *h);

/* http_multipart.c */
bool http_multipart_begin(struct txn *t, struct bytes content_type);
void http_multipart_feed(struct txn *t, struct bytes chunk);
void http_multipart_end(struct txn *t, bool truncated);
void http_multipart_gap(struct txn *t, uint64_t n);          /* n bytes are missing */
struct file *http_file_open(struct txn *t, enum side side, struct bytes name);

/* http_fields.c */
enum { HTTP_FIELDS = 46 }; /* rows of http_fields; checked where they stand */
extern const struct field http_fields[HTTP_FIELDS];

void http_log(const struct txn *t, struct json *j);
bool http_header_value(const struct txn *t, enum side side, struct bytes name, struct bytes *value);

#endif
