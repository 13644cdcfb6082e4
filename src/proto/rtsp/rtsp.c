/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rtsp - Real Time Streaming Protocol (RFC 2326, RFC 7826): cameras and players.
 *
 * A request and its response, which has the same CSeq, are a transaction, whichever side asks.  Bodies, and media that is interleaved
 * with messages, flow by.
 */
#include "proto/proto.h"

enum { NOTE_MALFORMED_LINE, NOTE_MALFORMED_HEADER, NOTE_TOO_MANY_HEADERS, NOTE_UNSOLICITED };
enum { HEADERS_MAX = 64, HEAD_MAX = 16 * 1024, MEDIA_MARK = '$', MEDIA_HEAD = 4 };

struct header {
    struct bytes name, value;
};

struct message {
    bool there, response;
    struct bytes method, uri, version, code, reason;
    struct header *header;
    unsigned n;
};

struct rtsp {
    struct bytes sequence;
    uint8_t asker;               /* enum side */
    struct message message[2];
};

struct rtsp_state {
    uint64_t body[2];            /* of the message just read */
    bool within[2];              /* looking on, within a line */
};

static const char methods[] = "OPTIONS DESCRIBE ANNOUNCE SETUP PLAY PAUSE TEARDOWN GET_PARAMETER SET_PARAMETER REDIRECT RECORD PLAY_NOTIFY";

/* ------- recognition ------- */

/* The bytes may go on as a known first word does. */
static bool is_prefix(struct bytes b)
{
    struct rd r = rd_of(bytes_str(methods));
    bool found = bytes_equal(b, bytes_head(bytes_str("RTSP/"), b.n));

    while (!found && rd_left(&r) != 0) {
        struct bytes word = rd_until_any(&r, " ");
        rd_skip_any(&r, " ");
        found = b.n <= word.n && bytes_equal(b, bytes_head(word, b.n));
    }
    return found;
}

static enum probe rtsp_probe(struct rd data, enum side side, bool whole)
{
    bool found;
    struct bytes line = rd_line(&data, &found);
    struct rd r = rd_of(line);
    struct bytes word = rd_until_any(&r, " ");

    (void)side;
    if (line.n < 13 && !found && !whole && is_prefix(line)) { /* of a method, or of a response's first word */
        return PROBE_MORE;
    }
    if (bytes_starts(line, "RTSP/")) {
        return PROBE_YES;
    }
    if (!bytes_among(word, methods) || word.p[0] < 'A' || word.p[0] > 'Z') {
        return PROBE_NO;
    }
    rd_skip_any(&r, " ");
    struct bytes uri = rd_until_any(&r, " ");
    if (bytes_starts_nocase(uri, "rtsp:") || bytes_starts_nocase(uri, "rtsps:") || bytes_starts_nocase(uri, "rtspu:")) {
        return PROBE_YES;
    }
    bool may = bytes_equal_nocase(bytes_head(uri, 6), bytes_head(bytes_str("rtsps:"), uri.n)) || bytes_is(uri, "*");
    rd_skip_any(&r, " ");
    return may && bytes_starts(rd_peek(&r), "RTSP/") ? PROBE_YES : !may || found || whole || line.n > 512 ? PROBE_NO : PROBE_MORE;
}

/* ------- framing ------- */

/* Bytes of the head, the empty line included; 0: its end is not there, and the line that is not whole begins at *from, where looking begins. */
static size_t head_size(struct bytes b, size_t *from)
{
    size_t at = *from;

    for (;;) {
        size_t lf = bytes_find_byte(bytes_from(b, at), '\n');
        if (lf == SIZE_MAX) {
            *from = at;
            return 0;
        }
        bool empty = lf == 0 || (lf == 1 && b.p[at] == '\r');
        at += lf + 1;
        if (empty) {
            return at;
        }
    }
}

static struct frame rtsp_frame(struct conn *c, enum side side, struct rd data)
{
    struct rtsp_state *s = conn_state(c);
    struct bytes b = rd_peek(&data);

    if (s->body[side] != 0) {
        uint64_t n = s->body[side];
        s->body[side] = 0;
        return (struct frame){ FRAME_BODY, 0, n };
    }
    if (b.p[0] == MEDIA_MARK) { /* RFC 2326 10.12: a channel, a length */
        rd_skip(&data, 2);
        uint64_t n = MEDIA_HEAD + (uint64_t)rd_be16(&data);
        return rd_ok(&data) ? (struct frame){ FRAME_BODY, 0, n } : (struct frame){ FRAME_MORE, 0, MEDIA_HEAD };
    }
    if (b.p[0] == '\r' || b.p[0] == '\n') { /* between messages */
        return (struct frame){ FRAME_SKIP, 0, 1 };
    }
    size_t line = conn_looked(c, side), n = head_size(bytes_head(b, HEAD_MAX), &line);
    if (n == 0) {
        return b.n >= HEAD_MAX ? (struct frame){ FRAME_BAD, 0, 0 } : frame_searched(b, line);
    }
    return (struct frame){ FRAME_UNIT, 0, n };
}

static void rtsp_gap(struct conn *c, enum side side, uint64_t n, bool in_body)
{
    struct rtsp_state *s = conn_state(c);

    (void)n;
    s->within[side] = !in_body;
}

/* On with what begins a message or media. */
static struct frame rtsp_resync(struct conn *c, enum side side, struct rd data)
{
    struct rtsp_state *s = conn_state(c);
    size_t have = rd_left(&data);

    while (rd_left(&data) != 0) {
        bool found;
        enum probe r = s->within[side] ? PROBE_NO : rtsp_probe(data, side, false);
        if (r != PROBE_NO) {
            return (struct frame){ r == PROBE_YES ? FRAME_SKIP : FRAME_MORE, 0, r == PROBE_YES ? have - rd_left(&data) : rd_left(&data) };
        }
        (void)rd_line(&data, &found);
        s->within[side] = !found;
    }
    return (struct frame){ FRAME_MORE, 0, 0 };
}

/* ------- messages ------- */

static bool header_of(const struct message *m, const char *name, struct bytes *out)
{
    for (unsigned i = 0; i < m->n; i++) {
        if (bytes_is_nocase(m->header[i].name, name)) {
            *out = m->header[i].value;
            return true;
        }
    }
    return false;
}

static bool first_line(struct txn *t, struct message *m, struct bytes line)
{
    struct rd r = rd_of(line);
    struct bytes one = rd_until_any(&r, " ");

    m->response = bytes_starts(one, "RTSP/");
    rd_skip_any(&r, " ");
    struct bytes two = rd_until_any(&r, " ");
    rd_skip_any(&r, " ");
    struct bytes three = arena_copy(txn_arena(t), rd_rest(&r));
    *(m->response ? &m->version : &m->method) = arena_copy(txn_arena(t), one);
    *(m->response ? &m->code : &m->uri) = arena_copy(txn_arena(t), two);
    *(m->response ? &m->reason : &m->version) = three;
    return m->response ? two.n == 3 : bytes_starts(three, "RTSP/");
}

static void headers_read(struct txn *t, struct message *m, struct rd *r)
{
    bool found;

    m->header = arena_zero(txn_arena(t), HEADERS_MAX * sizeof *m->header);
    while (m->header != NULL && rd_left(r) != 0) {
        struct bytes line = rd_line(r, &found);
        size_t colon = bytes_find_byte(line, ':');
        if (line.n == 0) {
            return;
        }
        if (colon == SIZE_MAX || colon == 0) {
            txn_note(t, NOTE_MALFORMED_HEADER);
        } else if (m->n == HEADERS_MAX) {
            txn_note(t, NOTE_TOO_MANY_HEADERS);
            return;
        } else {
            m->header[m->n++] = (struct header){ arena_copy(txn_arena(t), bytes_trim(bytes_head(line, colon), " \t")),
                                                 arena_copy(txn_arena(t), bytes_trim(bytes_from(line, colon + 1), " \t")) };
        }
    }
}

/* The request of the other side with that CSeq; without one, the first that waits. */
static struct txn *asked(struct conn *c, struct bytes sequence, enum side asker)
{
    for (struct txn *t = txn_first(c); t != NULL; t = t->next) {
        const struct rtsp *d = txn_data_const(t);
        if (!t->complete[side_other(asker)] && d->asker == asker && (sequence.n == 0 || bytes_equal(d->sequence, sequence))) {
            return t;
        }
    }
    return NULL;
}

/* The value of CSeq among the lines, which are not taken apart yet. */
static struct bytes sequence_find(struct rd r)
{
    bool found = true;

    while (found && rd_left(&r) != 0) {
        struct bytes line = rd_line(&r, &found);
        if (bytes_starts_nocase(line, "cseq:")) {
            return bytes_trim(bytes_from(line, 5), " \t");
        }
    }
    return bytes_none();
}

enum { MEDIA_SECONDS = 120 };

/* RFC 2326 12.39: ";client_port=3456-3457": media to the first, reports to the second. */
static void announce(struct conn *c, struct bytes transport, const char *key)
{
    const struct flow *f = conn_flow(c);
    size_t at = bytes_find(transport, bytes_str(key));
    struct rd r = rd_of(bytes_from(transport, at != SIZE_MAX ? at + bytes_str(key).n : transport.n));
    uint64_t low = 0, high = 0;

    if (!bytes_u64(rd_until_any(&r, "-;"), &low) || low == 0 || low > UINT16_MAX) {
        return;
    }
    rd_skip(&r, rd_left(&r) != 0);
    if (!bytes_u64(rd_until_any(&r, ";"), &high) || high != low + 1) {
        high = low;
    }
    for (uint64_t port = low; port <= high && port <= UINT16_MAX; port++) {
        struct flow_expectation e = { .addr = { f->key.addr[0], f->key.addr[1] }, .family = (enum family)f->key.family, .port = { 0, (uint16_t)port },
                                      .proto = 17, .seconds = MEDIA_SECONDS };
        conn_expect(c, &e, bytes_head(transport, FLOW_EXPECT_NOTE_MAX), "rtp");
    }
}

static enum outcome rtsp_parse(struct conn *c, enum side side, unsigned unit, struct rd r)
{
    struct rtsp_state *s = conn_state(c);
    bool found, response = bytes_starts(rd_peek(&r), "RTSP/");
    struct bytes sequence = sequence_find(r), value;
    uint64_t body = 0;

    (void)unit;
    struct txn *t = response ? asked(c, sequence, side_other(side)) : NULL;
    bool alone = response && t == NULL;
    if (t == NULL && (t = txn_new(c)) == NULL) {
        return OUTCOME_OK;
    }
    struct rtsp *d = txn_data(t);
    struct message *m = &d->message[side];
    if (!response || alone) {
        d->sequence = arena_copy(txn_arena(t), sequence);
        d->asker = (uint8_t)(response ? side_other(side) : side);
    }
    m->there = true;
    if (!first_line(t, m, rd_line(&r, &found))) {
        txn_note(t, NOTE_MALFORMED_LINE);
    }
    headers_read(t, m, &r);
    if (response && header_of(m, "Transport", &value)) {
        announce(c, value, "client_port=");
        announce(c, value, "server_port=");
    }
    if (header_of(m, "Content-Length", &value) && bytes_u64(value, &body)) {
        s->body[side] = body < UINT32_MAX ? body : UINT32_MAX;
    }
    if (alone) {
        txn_note(t, NOTE_UNSOLICITED);
        txn_message(t, side);
    } else {
        txn_done(t, side);
    }
    return OUTCOME_OK;
}

/* ------- fields ------- */

static const struct message *message_of(const struct txn *t, enum side side)
{
    const struct rtsp *d = txn_data_const(t);

    return &d->message[side];
}

#define RTSP_BYTES(fn, member)                                                                                         \
    static bool fn(const struct txn *t, enum side side, unsigned i, struct bytes *out)                                 \
    {                                                                                                                  \
        *out = message_of(t, side)->member;                                                                            \
        return i == 0 && out->p != NULL && out->n != 0;                                                                \
    }
RTSP_BYTES(method, method)
RTSP_BYTES(uri, uri)
RTSP_BYTES(code, code)

#define RTSP_HEADER(fn, name)                                                                                          \
    static bool fn(const struct txn *t, enum side side, unsigned i, struct bytes *out)                                 \
    {                                                                                                                  \
        return i == 0 && header_of(message_of(t, side), name, out);                                                    \
    }
RTSP_HEADER(agent, "User-Agent")
RTSP_HEADER(server, "Server")
RTSP_HEADER(authorization, "Authorization")

static bool header(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct message *m = message_of(t, side);

    *out = i < m->n ? m->header[i].name : bytes_none();
    return i < m->n;
}

#define BOTH .sides = SIDE_BOTH_BITS, .stage = { 1, 1 }
static const struct field fields[] = {
    { .name = "rtsp.method", .type = FIELD_BYTES, BOTH, .bytes = method, .help = "OPTIONS, DESCRIBE, SETUP, PLAY, ..." },
    { .name = "rtsp.uri", .type = FIELD_BYTES, BOTH, .bytes = uri, .help = "what is asked for" },
    { .name = "rtsp.status_code", .type = FIELD_BYTES, BOTH, .bytes = code, .help = "a response's three digits" },
    { .name = "rtsp.user_agent", .type = FIELD_BYTES, BOTH, .bytes = agent, .sign = SIGN_CLIENT, .help = "the player" },
    { .name = "rtsp.server", .type = FIELD_BYTES, BOTH, .bytes = server, .sign = SIGN_SOFTWARE, .help = "the server's product" },
    { .name = "rtsp.authorization", .type = FIELD_BYTES, BOTH, .bytes = authorization, .help = "how a request proves whose it is" },
    { .name = "rtsp.header_name", .type = FIELD_LIST, BOTH, .bytes = header, .help = "the name of each header field" },
};

static void log_header(struct json *j, const char *key, const struct message *m, const char *name)
{
    struct bytes value;

    if (header_of(m, name, &value)) {
        json_bytes(j, key, value);
    }
}

static void log_message(struct json *j, const char *key, const struct message *m)
{
    json_object(j, key);
    if (m->response) {
        json_bytes(j, "status", m->code);
        json_bytes(j, "reason", m->reason);
    } else {
        json_bytes(j, "method", m->method);
        json_bytes(j, "uri", m->uri);
    }
    json_bytes(j, "version", m->version);
    log_header(j, "user_agent", m, "User-Agent");
    log_header(j, "server", m, "Server");
    log_header(j, "session", m, "Session");
    log_header(j, "transport", m, "Transport");
    log_header(j, "content_type", m, "Content-Type");
    log_header(j, "content_length", m, "Content-Length");
    json_end_object(j);
}

static void rtsp_log(const struct txn *t, struct json *j)
{
    const struct rtsp *d = txn_data_const(t);

    if (d->sequence.n != 0) {
        json_bytes(j, "cseq", d->sequence);
    }
    if (d->message[d->asker].there) {
        log_message(j, "request", &d->message[d->asker]);
    }
    if (d->message[!d->asker].there) {
        log_message(j, "response", &d->message[!d->asker]);
    }
}

static enum side rtsp_log_side(const struct txn *t, enum side turn)
{
    const struct rtsp *d = txn_data_const(t);

    (void)turn;
    return (enum side)d->asker;
}

static const struct note_row notes[] = {
    [NOTE_MALFORMED_LINE] = { "malformed_line", 0, 0, "a first line without its parts" },
    [NOTE_MALFORMED_HEADER] = { "malformed_header", 0, 0, "a header field without a name or a colon" },
    [NOTE_TOO_MANY_HEADERS] = { "too_many_headers", 0, 0, "more than 64 header fields; the others are not read" },
    [NOTE_UNSOLICITED] = { "unsolicited_response", 0, 0, "a response that nobody asked for" },
};

static const struct proto_pattern patterns[] = {
    { "OPTIONS ", 8, 0, 0, TO_SERVER, false }, { "DESCRIBE ", 9, 0, 0, TO_SERVER, false }, { "ANNOUNCE ", 9, 0, 0, TO_SERVER, false }, { "SETUP ", 6, 0, 0, TO_SERVER, false },
    { "RTSP/", 5, 0, 0, TO_CLIENT, false },
};

extern const struct proto proto_rtsp;
const struct proto proto_rtsp = {
    .name = "rtsp",
    .ports = "tcp/554 tcp/8554",
    .transports = 1,
    .own_transports = 1,
    .by_name = true,
    .whole_never = true, /* Suricata's rules about the stream see it as what it does not know */
    .patterns = patterns,
    .pattern_n = ROWS(patterns),
    .probe = rtsp_probe,
    .state_size = sizeof(struct rtsp_state),
    .txn_size = sizeof(struct rtsp),
    .unit_max = HEAD_MAX,
    .txn_max = 512,
    .txn_bytes_max = 64 * 1024,
    .frame = rtsp_frame,
    .parse = rtsp_parse,
    .gap = rtsp_gap,
    .resync = rtsp_resync,
    .fields = fields,
    .field_n = ROWS(fields),
    .notes = notes,
    .note_n = ROWS(notes),
    .log = rtsp_log,
    .log_side = rtsp_log_side,
};
