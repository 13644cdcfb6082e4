/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * syslog - logs sent over the network, as RFC 3164 describes them and RFC 5424 defines them: a datagram each, over TCP behind its
 * length or up to a line's end (RFC 6587).
 *
 * A message is a transaction of its own.
 */
#include "proto/proto.h"

enum { NOTE_MALFORMED_HEADER, NOTE_TOO_LONG };
enum { PRIORITY_MAX = 191, MESSAGE_KEPT = 8192, WORD_MAX = 255 };
enum { UNIT_MESSAGE, UNIT_CUT };

struct syslog_state {
    bool discard;             /* the rest of a line that was too long */
    uint64_t skip;            /* of a message that was */
};

struct syslog {
    uint8_t priority, version; /* version: 0 for RFC 3164 */
    struct bytes timestamp, host, app, process, id, data, text;
};

static const char *const facilities[] = { "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp", "ntp", "audit", "alert",
    "clock", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7" };
static const char *const severities[] = { "emergency", "alert", "critical", "error", "warning", "notice", "info", "debug" };

/* ------- grammar ------- */

/* RFC 5424 6.2.1: "<" 1 to 3 digits, no zero in front of others, at most 191, ">". */
static enum probe priority_read(struct rd *r, uint8_t *out)
{
    struct bytes b = rd_peek(r);
    size_t end = bytes_find_byte(bytes_head(b, 5), '>');
    uint64_t v;

    if (b.n == 0 || b.p[0] != '<') {
        return b.n == 0 ? PROBE_MORE : PROBE_NO;
    }
    if (end == SIZE_MAX) {
        return b.n >= 5 || (b.n > 1 && !bytes_u64(bytes_from(b, 1), &v)) ? PROBE_NO : PROBE_MORE;
    }
    struct bytes digits = bytes_from(bytes_head(b, end), 1);
    if (!bytes_u64(digits, &v) || v > PRIORITY_MAX || (digits.n > 1 && digits.p[0] == '0')) {
        return PROBE_NO;
    }
    *out = (uint8_t)v;
    rd_skip(r, end + 1);
    return PROBE_YES;
}

static enum probe syslog_probe(struct rd data, enum side side, bool whole)
{
    uint8_t priority;
    struct bytes b = rd_peek(&data);
    size_t blank = bytes_find_byte(bytes_head(b, 6), ' ');
    uint64_t length;

    if (side == TO_CLIENT) {
        return PROBE_NO;
    }
    if (blank != SIZE_MAX && bytes_u64(bytes_head(b, blank), &length)) { /* RFC 6587 3.4.1 */
        rd_skip(&data, blank + 1);
    } else if (b.n != 0 && b.n < 6 && bytes_u64(b, &length)) {
        return whole ? PROBE_NO : PROBE_MORE;
    }
    enum probe r = priority_read(&data, &priority);
    if (r == PROBE_YES && rd_left(&data) != 0) {
        uint8_t next = rd_u8(&data);
        r = next >= 0x20 && next != 0x7f ? PROBE_YES : PROBE_NO;
    } else if (r == PROBE_YES) {
        r = PROBE_MORE;
    }
    return r == PROBE_MORE && whole ? PROBE_NO : r;
}

static struct frame syslog_frame(struct conn *c, enum side side, struct rd data)
{
    struct syslog_state *s = conn_state(c);
    struct bytes b = rd_peek(&data);
    size_t blank = bytes_find_byte(bytes_head(b, 7), ' ');
    uint64_t n = 0;

    if (conn_datagram(c)) {
        return b.n > MESSAGE_KEPT ? (struct frame){ FRAME_UNIT, UNIT_CUT, b.n } : (struct frame){ FRAME_UNIT, UNIT_MESSAGE, b.n };
    }
    if (side == TO_CLIENT) {
        return (struct frame){ FRAME_OPAQUE, 0, 0 };
    }
    if (s->skip != 0) {
        n = s->skip;
        s->skip = 0;
        return (struct frame){ FRAME_BODY, 0, n };
    }
    if (!s->discard && b.p[0] >= '0' && b.p[0] <= '9' && blank == SIZE_MAX && b.n < 7) {
        return (struct frame){ FRAME_MORE, 0, b.n + 1 };
    }
    if (!s->discard && blank != SIZE_MAX && bytes_u64(bytes_head(b, blank), &n)) {
        uint64_t all = n + blank + 1, unit = all < MESSAGE_KEPT ? all : MESSAGE_KEPT;
        if (b.n < unit) {
            return (struct frame){ FRAME_MORE, 0, unit };
        }
        s->skip = all - unit;
        return (struct frame){ FRAME_UNIT, s->skip != 0 ? UNIT_CUT : UNIT_MESSAGE, unit };
    }
    struct frame f = frame_line(c, side, b, MESSAGE_KEPT, &s->discard);
    return f.kind == FRAME_MORE && conn_eof(c, side) ? (struct frame){ FRAME_UNIT, UNIT_MESSAGE, b.n } : f;
}

static void syslog_gap(struct conn *c, enum side side, uint64_t n, bool in_body)
{
    (void)c;
    (void)side;
    (void)n;
    (void)in_body;
}

/* On behind the next line's end. */
static struct frame syslog_resync(struct conn *c, enum side side, struct rd data)
{
    struct syslog_state *s = conn_state(c);
    size_t lf = bytes_find_byte(rd_peek(&data), '\n');

    (void)side;
    s->discard = false;
    return lf == SIZE_MAX ? (struct frame){ FRAME_MORE, 0, 0 } : (struct frame){ FRAME_SKIP, 0, lf + 1 };
}

/* A word of RFC 5424's header; "-" is none. */
static struct bytes header_word(struct txn *t, struct rd *r)
{
    struct bytes word = rd_until_any(r, " ");

    rd_skip(r, rd_left(r) != 0);
    return bytes_is(word, "-") ? bytes_none() : arena_copy(txn_arena(t), bytes_head(word, WORD_MAX));
}

/* RFC 5424 6.3: "-", or elements in brackets; within quotes a backslash goes before quotes and brackets. */
static struct bytes structured_data(struct rd *r)
{
    struct bytes all = rd_peek(r);
    bool quoted = false, open = false;
    size_t i = 0;

    if (bytes_starts(all, "-")) {
        rd_skip(r, 1);
        return bytes_none();
    }
    for (; i < all.n && (open || all.p[i] == '['); i++) {
        if (quoted) {
            quoted = all.p[i] != '"';
            i += all.p[i] == '\\' && i + 1 < all.n;
        } else {
            quoted = all.p[i] == '"';
            open = all.p[i] != ']';
        }
    }
    return rd_bytes(r, i < all.n ? i : all.n);
}

static void read_5424(struct txn *t, struct rd *r)
{
    struct syslog *d = txn_data(t);

    rd_skip(r, 2);
    d->version = 1;
    d->timestamp = header_word(t, r);
    d->host = header_word(t, r);
    d->app = header_word(t, r);
    d->process = header_word(t, r);
    d->id = header_word(t, r);
    bool there = rd_left(r) != 0;
    d->data = arena_copy(txn_arena(t), structured_data(r));
    if (!there || (rd_left(r) != 0 && rd_u8(r) != ' ')) {
        txn_note(t, NOTE_MALFORMED_HEADER);
    }
}

/* RFC 3164 4.1.2: "Mmm dd hh:mm:ss" */
static bool is_timestamp(struct bytes b)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    size_t at = bytes_find(bytes_str(months), bytes_head(b, 3));

    return b.n >= 15 && at != SIZE_MAX && at % 3 == 0 && b.p[3] == ' ' && b.p[6] == ' ' && b.p[9] == ':' && b.p[12] == ':';
}

/* RFC 3164 4.1.3: a tag of letters and digits, maybe a process in brackets, maybe a colon. */
static void tag_read(struct txn *t, struct rd *r)
{
    struct syslog *d = txn_data(t);
    struct rd at = *r;
    struct bytes tag = rd_until_any(&at, " [:"), rest = rd_peek(&at), process = bytes_none();
    bool found = true;

    if (bytes_starts(rest, "[")) {
        rd_skip(&at, 1);
        process = rd_until(&at, ']', &found);
        rest = rd_peek(&at);
    }
    if (!found || tag.n == 0 || tag.n > WORD_MAX || !bytes_starts(rest, ":")) {
        return;
    }
    d->app = arena_copy(txn_arena(t), tag);
    d->process = process.n != 0 ? arena_copy(txn_arena(t), bytes_head(process, WORD_MAX)) : process;
    rd_skip(&at, 1);
    rd_skip_any(&at, " ");
    *r = at;
}

static void read_3164(struct txn *t, struct rd *r)
{
    struct syslog *d = txn_data(t);

    if (is_timestamp(rd_peek(r))) {
        d->timestamp = arena_copy(txn_arena(t), rd_bytes(r, 15));
        rd_skip_any(r, " ");
        struct rd at = *r;
        struct bytes word = rd_until_any(&at, " ");
        if (word.n != 0 && bytes_find_byte(word, ':') != word.n - 1 && bytes_find_byte(word, '[') == SIZE_MAX) {
            d->host = arena_copy(txn_arena(t), bytes_head(word, WORD_MAX));
            rd_skip_any(&at, " ");
            *r = at;
        }
    }
    tag_read(t, r);
}

static enum outcome syslog_parse(struct conn *c, enum side side, unsigned unit, struct rd r)
{
    struct bytes all = bytes_head(rd_peek(&r), MESSAGE_KEPT);
    uint8_t priority = 0;

    while (all.n != 0 && (all.p[all.n - 1] == 0 || all.p[all.n - 1] == '\n' || all.p[all.n - 1] == '\r')) { /* RFC 6587 3.4.2 */
        all.n--;
    }
    r = rd_of(all);
    if (!conn_datagram(c) && rd_left(&r) != 0 && rd_peek(&r).p[0] != '<') { /* its length */
        (void)rd_until_any(&r, "<");
    }
    if (rd_left(&r) == 0) {
        return OUTCOME_OK;
    }
    struct txn *t = txn_new(c);
    if (t == NULL) {
        return OUTCOME_OK;
    }
    struct syslog *d = txn_data(t);
    if (priority_read(&r, &priority) != PROBE_YES) {
        txn_note(t, NOTE_MALFORMED_HEADER);
        priority = 13; /* RFC 3164 4.3.3 */
    }
    d->priority = priority;
    if (bytes_starts(rd_peek(&r), "1 ")) {
        read_5424(t, &r);
    } else {
        read_3164(t, &r);
    }
    d->text = arena_copy(txn_arena(t), rd_rest(&r));
    if (unit == UNIT_CUT) {
        txn_note(t, NOTE_TOO_LONG);
    }
    txn_message(t, side);
    return OUTCOME_OK;
}

/* ------- fields ------- */

static bool facility(const struct txn *t, enum side side, unsigned i, uint64_t *out)
{
    const struct syslog *d = txn_data_const(t);

    (void)side;
    *out = d->priority >> 3;
    return i == 0;
}

static bool severity(const struct txn *t, enum side side, unsigned i, uint64_t *out)
{
    const struct syslog *d = txn_data_const(t);

    (void)side;
    *out = d->priority & 7;
    return i == 0;
}

#define SYSLOG_BYTES(fn, member)                                                                                       \
    static bool fn(const struct txn *t, enum side side, unsigned i, struct bytes *out)                                 \
    {                                                                                                                  \
        const struct syslog *d = txn_data_const(t);                                                                    \
        (void)side;                                                                                                    \
        *out = d->member;                                                                                              \
        return i == 0 && out->p != NULL && out->n != 0;                                                                \
    }
SYSLOG_BYTES(timestamp, timestamp)
SYSLOG_BYTES(host, host)
SYSLOG_BYTES(app, app)
SYSLOG_BYTES(process, process)
SYSLOG_BYTES(id, id)
SYSLOG_BYTES(structured, data)
SYSLOG_BYTES(text, text)

#define BOTH .sides = SIDE_BOTH_BITS, .stage = { 1, 1 }
static const struct field fields[] = {
    { .name = "syslog.facility", .type = FIELD_NUMBER, BOTH, .number = facility, .bits = 8, .names = NAMES_LIST(facilities), .help = "what part of a system: 0 kern, 4 auth, 16 local0, ..." },
    { .name = "syslog.severity", .type = FIELD_NUMBER, BOTH, .number = severity, .bits = 8, .names = NAMES_LIST(severities), .help = "0 emergency to 7 debug" },
    { .name = "syslog.timestamp", .type = FIELD_BYTES, BOTH, .bytes = timestamp, .log = "timestamp", .help = "when it was, as written" },
    { .name = "syslog.host", .type = FIELD_BYTES, BOTH, .bytes = host, .log = "host", .help = "whose log it is" },
    { .name = "syslog.app", .type = FIELD_BYTES, BOTH, .bytes = app, .log = "app", .help = "the program" },
    { .name = "syslog.process", .type = FIELD_BYTES, BOTH, .bytes = process, .log = "process", .help = "its process" },
    { .name = "syslog.message_id", .type = FIELD_BYTES, BOTH, .bytes = id, .log = "message_id", .help = "kind of message (RFC 5424)" },
    { .name = "syslog.structured_data", .type = FIELD_BYTES, BOTH, .bytes = structured, .log = "structured_data", .help = "elements in brackets (RFC 5424)" },
    { .name = "syslog.message", .type = FIELD_BYTES, BOTH, .bytes = text, .log = "message", .help = "the text" },
};

static void syslog_log(const struct txn *t, struct json *j)
{
    const struct syslog *d = txn_data_const(t);

    json_string(j, "facility", facilities[d->priority >> 3]);
    json_string(j, "severity", severities[d->priority & 7]);
    json_u64(j, "priority", d->priority);
}

static const struct note_row notes[] = {
    [NOTE_MALFORMED_HEADER] = { "malformed_header", 0, 0, "no priority, or a header of RFC 5424 that ends within itself" },
    [NOTE_TOO_LONG] = { "message_too_long", 0, 0, "a message of more than 8 KB; the rest is not read" },
};

static const struct proto_pattern patterns[] = { { "<", 1, 0, 0, TO_SERVER, false } };

extern const struct proto proto_syslog;
const struct proto proto_syslog = {
    .name = "syslog",
    .ports = "udp/514 tcp/514 tcp/601",
    .transports = 3,
    .own_transports = 3,
    .by_name = true,
    .whole_never = true, /* Suricata's rules about the stream see it as what it does not know */
    .patterns = patterns,
    .pattern_n = ROWS(patterns),
    .probe = syslog_probe,
    .state_size = sizeof(struct syslog_state),
    .txn_size = sizeof(struct syslog),
    .unit_max = 65536,
    .txn_bytes_max = 32 * 1024,
    .frame = syslog_frame,
    .parse = syslog_parse,
    .gap = syslog_gap,
    .resync = syslog_resync,
    .fields = fields,
    .field_n = ROWS(fields),
    .notes = notes,
    .note_n = ROWS(notes),
    .log = syslog_log,
    .log_side = txn_log_message,
};
