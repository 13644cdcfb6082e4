/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "proto/sip/sip.h"

enum { UNIT_HEAD, UNIT_BODY };
enum sip_note { INCOMPLETE, INVALID };
enum { SPAN_PDU, SPAN_REQUEST_LINE, SPAN_REQUEST_HEADERS, SPAN_REQUEST_BODY, SPAN_RESPONSE_LINE, SPAN_RESPONSE_HEADERS, SPAN_RESPONSE_BODY };
enum { DONE = 1 };

struct state {
    uint64_t body[2];          /* bytes of the body that follows, of the message last read */
    uint64_t txn[2];           /* its transaction; UINT64_MAX: none */
};

static const char *const methods[] = { "REGISTER", "INVITE", "ACK",    "BYE",   "CANCEL", "OPTIONS", "PRACK",
                                       "SUBSCRIBE", "NOTIFY", "PUBLISH", "INFO", "REFER",  "MESSAGE", "UPDATE" };

/* ------- recognition ------- */

#define BOTH_WAYS(text) { text, sizeof(text) - 1, 0, 0, TO_SERVER, false }, { text, sizeof(text) - 1, 0, 0, TO_CLIENT, false }
static const struct proto_pattern patterns[] = {
    BOTH_WAYS("SIP/2.0 "), BOTH_WAYS("REGISTER "), BOTH_WAYS("INVITE "), BOTH_WAYS("ACK "),    BOTH_WAYS("BYE "),
    BOTH_WAYS("CANCEL "),  BOTH_WAYS("OPTIONS "),  BOTH_WAYS("PRACK "),  BOTH_WAYS("SUBSCRIBE "), BOTH_WAYS("NOTIFY "),
    BOTH_WAYS("PUBLISH "), BOTH_WAYS("INFO "),     BOTH_WAYS("REFER "),  BOTH_WAYS("MESSAGE "), BOTH_WAYS("UPDATE "),
};

/* Is it one of the methods that are known, or only looks like one? */
static bool is_method(struct bytes word)
{
    for (unsigned i = 0; i < ROWS(methods); i++) {
        if (bytes_is(word, methods[i])) {
            return true;
        }
    }
    return false;
}

static enum probe sip_probe(struct rd data, enum side side, bool whole)
{
    bool found;
    struct bytes line = rd_line(&data, &found);

    (void)side;
    if (bytes_starts(line, "SIP/2.0 ")) {
        return PROBE_YES;
    }
    struct rd r = rd_of(line);
    struct bytes word = rd_until_any(&r, " ");
    if (!is_method(word)) {
        return found || whole || word.n > 12 ? PROBE_NO : PROBE_MORE;
    }
    if (!found) {
        return whole ? PROBE_NO : PROBE_MORE;
    }
    return bytes_find(line, bytes_str(" SIP/")) != SIZE_MAX ? PROBE_YES : PROBE_NO;
}

/* ------- framing ------- */

/* Bytes up to and with the empty line that ends the head; 0: it has not come, and the line that is not whole begins at *from, where
 * looking begins. */
static size_t head_length(struct rd data, size_t *from)
{
    size_t all = rd_left(&data);
    bool found = true;

    rd_skip(&data, *from);
    while (rd_left(&data) != 0) {
        *from = all - rd_left(&data);
        struct bytes line = rd_line(&data, &found);
        if (!found) {
            return 0;
        }
        if (line.n == 0) {
            return all - rd_left(&data);
        }
    }
    return 0;
}

static struct frame sip_frame(struct conn *c, enum side side, struct rd data)
{
    struct state *st = conn_state(c);
    size_t have = rd_left(&data), head;

    if (st->body[side] != 0) {
        uint64_t n = st->body[side];
        if (n > SIP_BODY_MAX) { /* a long body goes by */
            st->body[side] = 0;
            return (struct frame){ FRAME_BODY, 0, n };
        }
        return have >= n ? (struct frame){ FRAME_UNIT, UNIT_BODY, n } : (struct frame){ FRAME_MORE, 0, n };
    }
    struct rd blank = data;
    size_t ends = rd_skip_any(&blank, "\r\n"); /* keep-alives and what may stand before a message (7.5) */
    if (ends != 0) {
        return (struct frame){ FRAME_SKIP, 0, ends };
    }
    size_t line = conn_looked(c, side);
    head = conn_datagram(c) ? have : head_length(data, &line); /* a datagram is one message, whatever it says of its length (18.3) */
    if (head != 0) {
        return (struct frame){ FRAME_UNIT, UNIT_HEAD, head };
    }
    if (conn_eof(c, side)) {
        return (struct frame){ FRAME_UNIT, UNIT_HEAD, have };
    }
    return have > SIP_HEAD_MAX ? (struct frame){ FRAME_BAD, 0, 0 } : frame_searched(rd_peek(&data), line);
}

/* Goes on at the next line that begins a message. */
static struct frame sip_resync(struct conn *c, enum side side, struct rd data)
{
    size_t all = rd_left(&data);
    bool found = true;

    (void)c;
    while (rd_left(&data) != 0 && found) {
        size_t left = rd_left(&data);
        if (sip_probe(data, side, false) == PROBE_YES) {
            return (struct frame){ FRAME_SKIP, 0, all - left };
        }
        (void)rd_line(&data, &found);
        if (!found) {
            return (struct frame){ FRAME_MORE, 0, left < SIP_HEAD_MAX ? left : 0 }; /* the line is not whole */
        }
    }
    return (struct frame){ FRAME_MORE, 0, 0 };
}

/* ------- reading ------- */

/* "METHOD uri SIP/2.0" (25.1 Request-Line): the words lie between single blanks. */
static bool read_request(struct sip *d)
{
    struct rd r = rd_of(d->line);

    d->method = rd_until_any(&r, " ");
    rd_skip(&r, 1);
    d->uri = rd_until_any(&r, " ");
    rd_skip(&r, 1);
    d->version = rd_rest(&r);
    return rd_ok(&r) && d->method.n != 0 && d->uri.n != 0 && bytes_starts(d->version, "SIP/");
}

/* "SIP/2.0 200 OK" */
static bool read_status(struct sip *d)
{
    struct rd r = rd_of(d->line);

    d->version = rd_until_any(&r, " ");
    rd_skip(&r, 1);
    d->code = rd_until_any(&r, " ");
    bool ok = rd_ok(&r) && d->code.n == 3;
    if (rd_left(&r) != 0) {
        rd_skip(&r, 1);
        d->reason = rd_rest(&r);
    }
    return ok;
}

/* A line that begins with a blank goes on with the value before it (7.3.1): put together once, as long as lines follow. */
static void fold(struct txn *t, struct arena_text *text, struct sip_header *h, struct bytes more)
{
    if (text->arena == NULL) {
        arena_text_init(text, txn_arena(t), SIP_HEAD_MAX);
        arena_text_add(text, h->value);
    }
    arena_text_byte(text, ' ');
    arena_text_add(text, bytes_trim(more, " \t"));
    h->value = arena_text_bytes(text);
}

/* "Name: value" */
static void read_headers(struct txn *t, struct sip *d, struct rd *r)
{
    struct sip_header *list = arena_zero(txn_arena(t), SIP_HEADERS_MAX * sizeof *list);
    struct arena_text folded = { .arena = NULL };
    bool found = true;

    d->header = list;
    while (list != NULL && found && rd_left(r) != 0) {
        struct bytes line = rd_line(r, &found);
        if (line.n == 0) {
            break;
        }
        if ((line.p[0] == ' ' || line.p[0] == '\t') && d->header_n != 0) {
            fold(t, &folded, &list[d->header_n - 1], line);
            continue;
        }
        if (d->header_n == SIP_HEADERS_MAX) {
            txn_note(t, INVALID);
            break;
        }
        folded.arena = NULL;
        size_t colon = bytes_find_byte(line, ':');
        if (colon == SIZE_MAX) {
            txn_note(t, INVALID);
            continue;
        }
        list[d->header_n++] = (struct sip_header){ bytes_trim(bytes_head(line, colon), " \t"), bytes_trim(bytes_from(line, colon + 1), " \t") };
    }
}

/* ------- fields of the head ------- */

bool sip_header_value(const struct sip *d, const char *name, const char *compact, unsigned i, struct bytes *out)
{
    for (unsigned k = 0; k < d->header_n; k++) {
        const struct sip_header *h = &d->header[k];
        if ((bytes_is_nocase(h->name, name) || (compact != NULL && bytes_is_nocase(h->name, compact))) && i-- == 0) {
            *out = h->value;
            return true;
        }
    }
    return false;
}

/* Over a stream a body is as long as is said; none when nothing is (18.3). */
static uint64_t content_length(const struct sip *d)
{
    struct bytes v;
    uint64_t n;

    return sip_header_value(d, "Content-Length", "l", 0, &v) && bytes_u64(v, &n) && n < UINT32_MAX ? n : 0;
}

/* ------- messages ------- */

static void message_spans(struct conn *c, enum side side, const struct txn *t, const struct sip *d, size_t line, size_t head)
{
    size_t headers = head > line ? head - line : 0;

    headers = headers >= 2 ? headers - 2 : 0; /* without the empty line */
    conn_span(c, side, d->response ? SPAN_RESPONSE_LINE : SPAN_REQUEST_LINE, 0, line, t);
    if (headers != 0) {
        conn_span(c, side, d->response ? SPAN_RESPONSE_HEADERS : SPAN_REQUEST_HEADERS, line, headers, t);
    }
}

static void message_end(struct txn *t)
{
    txn_done(t, TO_SERVER);
    txn_done(t, TO_CLIENT);
}

static bool is_sdp(const struct sip *d)
{
    struct bytes type;

    return sip_header_value(d, "Content-Type", "c", 0, &type) && bytes_starts_nocase(type, "application/sdp");
}

/* The body stands `at` bytes into the unit. */
static void read_body(struct conn *c, enum side side, struct txn *t, size_t at, struct bytes body)
{
    struct sip *d = txn_data(t);

    conn_span(c, side, d->response ? SPAN_RESPONSE_BODY : SPAN_REQUEST_BODY, at, body.n, t);
    d->body = arena_copy(txn_arena(t), body);
    if (d->body.n != body.n) { /* no room for it */
        txn_note(t, INVALID);
    }
    if (is_sdp(d)) {
        d->has_sdp = sdp_read(d->body, txn_arena(t), &d->sdp);
        if (d->has_sdp) {
            sip_media(c, d);
        }
    }
    message_end(t);
}

static enum outcome parse_head(struct conn *c, enum side side, struct rd bytes)
{
    struct state *st = conn_state(c);
    bool response = bytes_starts(rd_peek(&bytes), "SIP/");

    if (response != (side == TO_CLIENT)) { /* whoever opened the flow asks */
        conn_note(c, side, INVALID);
        return OUTCOME_BAD;
    }
    struct txn *t = txn_new(c);
    size_t from = 0, all = rd_left(&bytes), head_n = head_length(bytes, &from);
    bool found;

    if (t == NULL) {
        return OUTCOME_OK;
    }
    struct sip *d = txn_data(t);
    head_n = head_n != 0 ? head_n : all;
    struct rd head = rd_of(arena_copy(txn_arena(t), rd_bytes(&bytes, head_n)));
    t->skip_inspect[side_other(side)] = true;
    d->side = (uint8_t)side;
    d->line = rd_line(&head, &found);
    size_t line = head_n - rd_left(&head);
    d->headers = rd_peek(&head);
    d->response = response;
    if (!(d->response ? read_status(d) : read_request(d))) {
        txn_note(t, INVALID);
        message_end(t);
        return OUTCOME_BAD;
    }
    read_headers(t, d, &head);
    uint64_t body = conn_datagram(c) ? all - head_n : content_length(d);
    conn_span(c, side, SPAN_PDU, 0, head_n + body, t);
    message_spans(c, side, t, d, line, head_n);
    if (conn_datagram(c) && body != 0) {
        read_body(c, side, t, head_n, rd_rest(&bytes));
    } else if (body == 0) {
        message_end(t);
    } else {
        st->body[side] = body;
        st->txn[side] = t->id;
    }
    return OUTCOME_OK;
}

static enum outcome parse_body(struct conn *c, enum side side, struct rd bytes)
{
    struct state *st = conn_state(c);
    struct txn *t = txn_by_id(c, st->txn[side]);

    st->body[side] = 0;
    if (t != NULL) {
        read_body(c, side, t, 0, rd_rest(&bytes));
    }
    return OUTCOME_OK;
}

static enum outcome sip_parse(struct conn *c, enum side side, unsigned unit, struct rd bytes)
{
    return unit == UNIT_HEAD ? parse_head(c, side, bytes) : parse_body(c, side, bytes);
}

/* A body too long to be kept has gone by. */
static void sip_body(struct conn *c, enum side side, struct bytes chunk, bool last)
{
    struct state *st = conn_state(c);
    struct txn *t = last ? txn_by_id(c, st->txn[side]) : NULL;

    (void)chunk;
    if (t != NULL) {
        message_end(t);
    }
}

static void sip_gap(struct conn *c, enum side side, uint64_t n, bool in_body)
{
    struct state *st = conn_state(c);
    struct txn *t = in_body || st->body[side] == 0 ? NULL : txn_by_id(c, st->txn[side]);

    (void)n;
    if (t != NULL) { /* its body is not whole */
        txn_note(t, INCOMPLETE);
        message_end(t);
    }
    st->body[side] = in_body ? st->body[side] : 0;
}

static const struct note_row sip_notes[] = {
    [INCOMPLETE] = { "incomplete_data", 0, 0, "a message whose end did not come" },
    [INVALID] = { "invalid_data", 140, 0, "a first line or header that is none" },
};

static const char *const sip_spans[] = { "pdu", "request.line", "request.headers", "request.body", "response.line", "response.headers", "response.body", NULL };
static const struct proto_state request_states[] = { { "request_started", 0 }, { "request_complete", DONE }, { NULL, 0 } };
static const struct proto_state response_states[] = { { "response_started", 0 }, { "response_complete", DONE }, { NULL, 0 } };

const struct proto proto_sip = {
    .name = "sip",
    .snort_late = true,
    .snort_port = 5060,
    .transports = 3,
    .first_server = true,
    .patterns = patterns,
    .pattern_n = ROWS(patterns),
    .probe = sip_probe,
    .state_size = sizeof(struct state),
    .txn_size = sizeof(struct sip),
    .unit_max = SIP_HEAD_MAX + SIP_BODY_MAX,
    .frame = sip_frame,
    .parse = sip_parse,
    .body = sip_body,
    .gap = sip_gap,
    .resync = sip_resync,
    .states = { request_states, response_states },
    .spans = sip_spans,
    .fields = sip_fields,
    .field_n = SIP_FIELDS,
    .notes = sip_notes,
    .note_n = ROWS(sip_notes),
    .log = sip_log,
};
