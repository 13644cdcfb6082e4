/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * telnet - terminal sessions (RFC 854): commands and lines, as spans for rules; there is nothing to record.
 */
#include "proto/proto.h"

enum { SPAN_PDU, SPAN_CTL, SPAN_DATA };
enum { IAC = 255, WILL = 251, SB = 250, SE = 240, LINE_LIMIT = 4096, LOGIN_LINES = 64 /* of the server, among which logins are looked for */ };

struct telnet_state {
    bool prompted; /* the server's first prompt is over: from here on lines are lines */
    bool asked;    /* … and it asked who logs in, which the client has not answered yet */
    uint8_t lines; /* of the server */
};

/* How many bytes the command at the head has; 0: not all of it is here. */
static size_t command_length(struct bytes b)
{
    static const char end[] = { (char)IAC, (char)SE };
    size_t at;

    if (b.n < 2) {
        return 0;
    }
    if (b.p[1] == SB) { /* RFC 855: up to IAC SE, which is a command of its own */
        at = bytes_find(bytes_from(b, 2), bytes_of(end, sizeof end));
        return at == SIZE_MAX ? b.n > LINE_LIMIT ? b.n : 0 : at + 2;
    }
    at = b.p[1] >= WILL && b.p[1] != IAC ? 3 : 2;
    return b.n >= at ? at : 0;
}

/* Data up to a line's end or a command; what the server says first, up to its prompt.  0: it goes on. */
static size_t data_length(struct telnet_state *s, enum side side, struct bytes b)
{
    bool opening = side == TO_CLIENT && !s->prompted;
    size_t end = opening ? bytes_find(b, bytes_str(": ")) : bytes_find_byte(b, '\n'), iac = bytes_find_byte(b, IAC);

    if (end == SIZE_MAX || iac < end) {
        return iac != SIZE_MAX ? iac : 0;
    }
    s->prompted = true; /* or the client sends a line */
    return end + (opening ? 2 : 1);
}

/* Does it end in a question who logs in?  "Last login:" is none. */
static bool asks_user(struct bytes b)
{
    static const char *const words[] = { "login:", "username:", "user name:" };
    bool asks = false;

    b = bytes_trim(b, " \t\r\n");
    for (size_t i = 0; i < ROWS(words); i++) {
        size_t n = bytes_str(words[i]).n;
        asks |= b.n >= n && bytes_is_nocase(bytes_from(b, b.n - n), words[i]);
    }
    return asks && !bytes_starts_nocase(b, "last ");
}

/* What a client types first, a line or a key at a time, which ends with CR NUL. */
static void user_typed(struct conn *c, struct telnet_state *s, struct bytes b)
{
    size_t cr = bytes_find_byte(b, '\r'), lf = bytes_find_byte(b, '\n'), end = cr < lf ? cr : lf;

    if (end != SIZE_MAX) {
        s->asked = false;
        conn_user(c, bytes_trim(bytes_head(b, end), " \t"));
    }
}

/* What a server says: its first question, or a later one with what it echoed behind it. */
static void user_asked(struct conn *c, struct telnet_state *s, struct bytes line)
{
    size_t colon = bytes_find_byte(line, ':');

    if (asks_user(line)) {
        s->asked = true;
    } else if (colon != SIZE_MAX && s->lines < LOGIN_LINES && asks_user(bytes_head(line, colon + 1))) {
        conn_user(c, bytes_trim(bytes_from(line, colon + 1), " \t\r\n"));
    }
    if (s->lines < LOGIN_LINES) {
        s->lines++;
    }
}

static struct frame telnet_frame(struct conn *c, enum side side, struct rd data)
{
    struct telnet_state *s = conn_state(c);
    struct bytes b = rd_peek(&data);
    bool control = b.p[0] == IAC;
    size_t n;

    if (control) {
        n = command_length(b);
    } else {
        if (side == TO_SERVER && s->asked) {
            user_typed(c, s, b);
        }
        n = data_length(s, side, b);
        n = n == 0 && (b.n >= LINE_LIMIT || conn_eof(c, side)) ? b.n : n;
    }
    if (n == 0) {
        return (struct frame){ FRAME_MORE, 0, 0 };
    }
    if (!control && side == TO_CLIENT) {
        user_asked(c, s, bytes_head(b, n));
    }
    conn_span(c, side, SPAN_PDU, 0, n, NULL);
    conn_span(c, side, control ? SPAN_CTL : SPAN_DATA, 0, n, NULL);
    return (struct frame){ FRAME_SKIP, 0, n };
}

static enum outcome telnet_parse(struct conn *c, enum side side, unsigned unit, struct rd r)
{
    (void)c;
    (void)side;
    (void)unit;
    (void)rd_rest(&r);
    return OUTCOME_OK;
}

static void telnet_gap(struct conn *c, enum side side, uint64_t n, bool in_body)
{
    (void)c;
    (void)side;
    (void)n;
    (void)in_body;
}

/* On with the next line. */
static struct frame telnet_resync(struct conn *c, enum side side, struct rd data)
{
    size_t lf = bytes_find_byte(rd_peek(&data), '\n');

    (void)c;
    (void)side;
    return lf == SIZE_MAX ? (struct frame){ FRAME_MORE, 0, 0 } : (struct frame){ FRAME_SKIP, 0, lf + 1 };
}

/* Negotiation comes first, from either side. */
static enum probe telnet_probe(struct rd data, enum side side, bool whole)
{
    uint8_t first = rd_u8(&data), command = rd_u8(&data);

    (void)side;
    (void)whole;
    return !rd_ok(&data) ? PROBE_MORE : first == IAC && command >= SE && command != IAC ? PROBE_YES : PROBE_NO;
}

static const char *const telnet_spans[] = { [SPAN_PDU] = "pdu", [SPAN_CTL] = "ctl", [SPAN_DATA] = "data", NULL };

const struct proto proto_telnet = {
    .name = "telnet",
    .ports = "tcp/23",
    .transports = 1,
    .first_server = true,
    .probe = telnet_probe,
    .state_size = sizeof(struct telnet_state),
    .unit_max = 64 * 1024,
    .frame = telnet_frame,
    .parse = telnet_parse,
    .gap = telnet_gap,
    .resync = telnet_resync,
    .spans = telnet_spans,
    .log_not = true,
};
