/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * irc - Internet Relay Chat (RFC 1459, RFC 2812, IRCv3's tags): a message is a line, and a transaction of its own.
 *
 * Who the client is (nick, user, real name) is kept of the connection and stands in every record.  DCC offers inside of
 * messages are read.  After STARTTLS the flow is TLS's.
 */
#include "proto/proto.h"

enum { NOTE_MALFORMED_LINE, NOTE_LINE_TOO_LONG, NOTE_TOO_MANY_PARAMETERS, NOTE_MALFORMED_DCC };
enum { LINE_KEPT = 8191 + 512 /* IRCv3 message tags */, LINE_PLAIN = 512 /* RFC 2812 2.3 */, PARAMETERS_MAX = 15 };
enum { UNIT_LINE, UNIT_LINE_CUT };

struct irc_state {
    bool discard[2];           /* the rest of a line that was too long */
    bool starttls;
    struct bytes nick, user, name;
};

struct irc {
    struct bytes nick, user, name;   /* of the client, as known by then */
    struct bytes prefix, command, parameter[PARAMETERS_MAX];
    unsigned parameter_n;
    uint16_t numeric;                /* of a reply; 0: a command */
    bool server, dcc;
    struct bytes dcc_type, dcc_file, dcc_address;
    uint64_t dcc_port, dcc_size;
};

/* ------- recognition ------- */

static bool is_word(struct bytes b)
{
    for (size_t i = 0; i < b.n; i++) {
        if (b.p[i] <= ' ' || b.p[i] > '~') {
            return false;
        }
    }
    return b.n != 0;
}

static bool is_host(struct bytes b)
{
    bool dot = false;

    for (size_t i = 0; i < b.n; i++) {
        dot |= b.p[i] == '.';
    }
    return is_word(b) && dot;
}

/* A client begins with NICK, USER (of four words), CAP, STARTTLS; or PASS.  USER and PASS are FTP's before, if the server has not spoken. */
static enum probe client_likely(struct rd r)
{
    bool found;
    struct bytes line = rd_line(&r, &found);
    struct rd words = rd_of(line);
    struct bytes word = rd_until_any(&words, " ");

    if (!found) {
        return line.n < LINE_PLAIN ? PROBE_MORE : PROBE_NO;
    }
    rd_skip_any(&words, " ");
    struct bytes one = rd_until_any(&words, " ");
    if (bytes_is_nocase(word, "NICK")) {
        return is_word(bytes_trim(one, ":")) && rd_left(&words) == 0 ? PROBE_YES : PROBE_NO;
    }
    if (bytes_is_nocase(word, "CAP")) {
        return bytes_among(one, "ls list req end") ? PROBE_YES : PROBE_NO;
    }
    if (bytes_is_nocase(word, "USER")) {
        for (unsigned i = 0; i < 2; i++) {
            rd_skip_any(&words, " ");
            one = rd_until_any(&words, " ");
        }
        rd_skip_any(&words, " ");
        return is_word(one) && rd_left(&words) != 0 ? PROBE_YES : PROBE_NO;
    }
    if (bytes_is_nocase(word, "PRIVMSG")) { /* picked up midstream */
        rd_skip_any(&words, " ");
        return is_word(one) && bytes_starts(rd_peek(&words), ":") ? PROBE_YES : PROBE_NO;
    }
    return bytes_is_nocase(word, "PASS") || bytes_is_nocase(word, "STARTTLS") ? PROBE_YES : PROBE_NO;
}

/* A server: ":host 001 …", ":host NOTICE …", "NOTICE AUTH …". */
static enum probe server_likely(struct rd r)
{
    bool found;
    struct bytes line = rd_line(&r, &found);
    struct rd words = rd_of(line);
    bool prefixed = bytes_starts(line, ":");
    struct bytes word = rd_until_any(&words, " ");

    if (!found) {
        return line.n < LINE_PLAIN ? PROBE_MORE : PROBE_NO;
    }
    rd_skip_any(&words, " ");
    struct bytes one = rd_until_any(&words, " ");
    if (prefixed) {
        return is_host(bytes_from(word, 1)) && bytes_among(one, "notice 001 020 cap ping error 451 433") ? PROBE_YES : PROBE_NO;
    }
    return bytes_is(word, "NOTICE") && bytes_among(one, "auth *") ? PROBE_YES : PROBE_NO;
}

static enum probe irc_probe(struct rd data, enum side side, bool whole)
{
    enum probe r = side == TO_SERVER ? client_likely(data) : server_likely(data);

    return r == PROBE_MORE && whole ? PROBE_NO : r;
}

/* ------- framing ------- */

static struct frame irc_frame(struct conn *c, enum side side, struct rd data)
{
    struct irc_state *s = conn_state(c);

    return frame_line(c, side, rd_peek(&data), LINE_KEPT, &s->discard[side]);
}

static void irc_gap(struct conn *c, enum side side, uint64_t n, bool in_body)
{
    (void)c;
    (void)side;
    (void)n;
    (void)in_body;
}

/* On with the next line. */
static struct frame irc_resync(struct conn *c, enum side side, struct rd data)
{
    struct irc_state *s = conn_state(c);
    size_t lf = bytes_find_byte(rd_peek(&data), '\n');

    s->discard[side] = false;
    return lf == SIZE_MAX ? (struct frame){ FRAME_MORE, 0, 0 } : (struct frame){ FRAME_SKIP, 0, lf + 1 };
}

/* ------- messages ------- */

/* CTCP's "\001DCC SEND file address port size\001"; CHAT has no size. */
static void dcc_read(struct txn *t, struct bytes text)
{
    struct irc *d = txn_data(t);
    struct rd r = rd_of(bytes_trim(bytes_from(text, 5), "\1"));

    d->dcc = true;
    d->dcc_type = arena_copy(txn_arena(t), rd_until_any(&r, " "));
    rd_skip_any(&r, " ");
    if (rd_left(&r) != 0 && rd_peek(&r).p[0] == '"') {
        bool found;
        rd_skip(&r, 1);
        d->dcc_file = arena_copy(txn_arena(t), rd_until(&r, '"', &found));
    } else {
        d->dcc_file = arena_copy(txn_arena(t), rd_until_any(&r, " "));
    }
    rd_skip_any(&r, " ");
    if (!bytes_among(d->dcc_type, "send chat schat xmit")) { /* RESUME and ACCEPT name a port and an offset */
        return;
    }
    d->dcc_address = arena_copy(txn_arena(t), rd_until_any(&r, " "));
    rd_skip_any(&r, " ");
    bool good = bytes_u64(rd_until_any(&r, " "), &d->dcc_port) && d->dcc_port <= UINT16_MAX && d->dcc_address.n != 0;
    rd_skip_any(&r, " ");
    (void)bytes_u64(rd_until_any(&r, " "), &d->dcc_size);
    if (!good) {
        d->dcc_port = 0;
        txn_note(t, NOTE_MALFORMED_DCC);
    }
}

static struct bytes kept(struct conn *c, struct bytes old, struct bytes now)
{
    return bytes_equal(old, now) ? old : arena_copy(conn_arena(c), bytes_head(now, LINE_PLAIN));
}

/* Who the client is: by what it says, and by what the server calls it. */
static void remember(struct conn *c, const struct irc *d)
{
    struct irc_state *s = conn_state(c);
    bool own = d->server && s->nick.n != 0 && bytes_equal(bytes_head(d->prefix, s->nick.n), s->nick) &&
               bytes_starts(bytes_from(d->prefix, s->nick.n), "!");

    if (d->parameter_n != 0 && bytes_is_nocase(d->command, "NICK") && (!d->server || own)) {
        s->nick = kept(c, s->nick, d->parameter[0]);
    } else if (d->numeric == 1 && d->parameter_n != 0) {
        s->nick = kept(c, s->nick, d->parameter[0]);
    } else if (!d->server && d->parameter_n >= 4 && bytes_is_nocase(d->command, "USER")) {
        s->user = kept(c, s->user, d->parameter[0]);
        s->name = kept(c, s->name, d->parameter[3]);
    }
}

/* RFC 2812 2.3.1: [":" prefix SPACE] command [params]; IRCv3 puts "@tags " before it. */
static bool line_read(struct txn *t, struct bytes line)
{
    struct irc *d = txn_data(t);
    struct rd r = rd_of(line);
    uint64_t number;

    rd_skip_any(&r, " "); /* servers pass them over */
    struct bytes word = rd_until_any(&r, " ");
    if (bytes_starts(word, "@")) {
        rd_skip_any(&r, " ");
        word = rd_until_any(&r, " ");
    }
    if (bytes_starts(word, ":")) {
        d->prefix = arena_copy(txn_arena(t), bytes_from(word, 1));
        rd_skip_any(&r, " ");
        word = rd_until_any(&r, " ");
    }
    d->command = arena_copy(txn_arena(t), word);
    if (word.n == 3 && bytes_u64(word, &number)) {
        d->numeric = (uint16_t)number;
    }
    while (rd_skip_any(&r, " "), rd_left(&r) != 0) {
        bool last = rd_peek(&r).p[0] == ':';
        struct bytes one = last ? bytes_from(rd_rest(&r), 1) : rd_until_any(&r, " ");
        if (d->parameter_n == PARAMETERS_MAX) {
            txn_note(t, NOTE_TOO_MANY_PARAMETERS);
            break;
        }
        d->parameter[d->parameter_n++] = arena_copy(txn_arena(t), one);
    }
    return is_word(word);
}

static enum outcome irc_parse(struct conn *c, enum side side, unsigned unit, struct rd r)
{
    struct irc_state *s = conn_state(c);
    struct bytes b = rd_rest(&r), line = bytes_trim(b, "\r\n");

    if (line.n == 0) {
        return OUTCOME_OK;
    }
    struct txn *t = txn_new(c);
    if (t == NULL) {
        return OUTCOME_OK;
    }
    struct irc *d = txn_data(t);
    d->server = side == TO_CLIENT;
    bool good = line_read(t, line);
    if (!good) {
        txn_note(t, NOTE_MALFORMED_LINE);
    }
    if (unit == UNIT_LINE_CUT || (b.n > LINE_PLAIN && line.p[0] != '@')) {
        txn_note(t, NOTE_LINE_TOO_LONG);
    }
    remember(c, d);
    d->nick = s->nick;
    d->user = s->user;
    d->name = s->name;
    if (d->parameter_n >= 2 && bytes_among(d->command, "privmsg notice") && bytes_starts(d->parameter[d->parameter_n - 1], "\1DCC ")) {
        dcc_read(t, d->parameter[d->parameter_n - 1]);
    }
    txn_message(t, side);
    s->starttls |= !d->server && bytes_is_nocase(d->command, "STARTTLS");
    if (d->numeric == 670 && d->server && s->starttls) { /* RPL_STARTTLS */
        (void)proto_switch(c, "tls", 0);
    }
    return OUTCOME_OK;
}

/* ------- fields ------- */

#define IRC_BYTES(fn, member)                                                                                          \
    static bool fn(const struct txn *t, enum side side, unsigned i, struct bytes *out)                                 \
    {                                                                                                                  \
        const struct irc *d = txn_data_const(t);                                                                       \
        (void)side;                                                                                                    \
        *out = d->member;                                                                                              \
        return i == 0 && out->p != NULL && out->n != 0;                                                                \
    }
IRC_BYTES(nick, nick)
IRC_BYTES(user, user)
IRC_BYTES(prefix, prefix)
IRC_BYTES(command, command)
IRC_BYTES(dcc_file, dcc_file)

static bool parameter(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct irc *d = txn_data_const(t);

    (void)side;
    *out = i < d->parameter_n ? d->parameter[i] : bytes_none();
    return i < d->parameter_n;
}

/* RPL_MYINFO: nick, server, version (RFC 2812 5.1). */
static bool server_version(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct irc *d = txn_data_const(t);

    (void)side;
    *out = i == 0 && d->server && d->numeric == 4 && d->parameter_n > 2 ? d->parameter[2] : bytes_none();
    return out->n != 0;
}

#define BOTH .sides = SIDE_BOTH_BITS, .stage = { 1, 1 }
static const struct field fields[] = {
    { .name = "irc.nick", .type = FIELD_BYTES, BOTH, .bytes = nick, .log = "nick", .help = "the client's nick, as known by then" },
    { .name = "irc.user", .type = FIELD_BYTES, BOTH, .bytes = user, .log = "user", .help = "the client's user name" },
    { .name = "irc.prefix", .type = FIELD_BYTES, BOTH, .bytes = prefix, .log = "prefix", .help = "who a message is from: nick!user@host, or a server" },
    { .name = "irc.command", .type = FIELD_BYTES, BOTH, .bytes = command, .log = "command", .help = "PRIVMSG, JOIN, ...; of a server's reply its three digits" },
    { .name = "irc.parameter", .type = FIELD_LIST, BOTH, .bytes = parameter, .help = "each parameter: target, channel, text, ..." },
    { .name = "irc.dcc_file", .type = FIELD_BYTES, BOTH, .bytes = dcc_file, .help = "the file of a DCC offer" },
    { .name = "irc.server_version", .type = FIELD_BYTES, .sides = SIDE_CLIENT_BIT, .stage = { 1, 1 }, .bytes = server_version, .sign = SIGN_SOFTWARE,
      .help = "the server's version, as it tells it after the login" },
};

static void irc_log(const struct txn *t, struct json *j)
{
    const struct irc *d = txn_data_const(t);
    bool secret = !d->server && bytes_among(d->command, "pass oper authenticate");

    if (d->name.n != 0) {
        json_bytes(j, "real_name", d->name);
    }
    json_array(j, "parameters");
    for (unsigned i = 0; i < d->parameter_n; i++) {
        json_bytes(j, NULL, secret && i + 1 == d->parameter_n ? bytes_str("***") : d->parameter[i]);
    }
    json_end_array(j);
    if (d->dcc) {
        json_object(j, "dcc");
        json_bytes(j, "type", d->dcc_type);
        json_bytes(j, "file", d->dcc_file);
        if (d->dcc_port != 0) {
            json_bytes(j, "address", d->dcc_address);
            json_u64(j, "port", d->dcc_port);
            json_u64(j, "size", d->dcc_size);
        }
        json_end_object(j);
    }
}

/* Of what a server says by number the welcome and refusals are worth a record; what keeps a connection alive is not. */
static bool irc_log_wanted(const struct txn *t)
{
    const struct irc *d = txn_data_const(t);

    return d->numeric != 0 ? d->numeric == 1 || (d->numeric >= 400 && d->numeric < 600) : !bytes_among(d->command, "ping pong");
}

static const struct note_row notes[] = {
    [NOTE_MALFORMED_LINE] = { "malformed_line", 0, 0, "a line without a command, or with one of other than printable characters" },
    [NOTE_LINE_TOO_LONG] = { "line_too_long", 0, 0, "a line of more than 512 bytes, or with tags of more than 8,703" },
    [NOTE_TOO_MANY_PARAMETERS] = { "too_many_parameters", 0, 0, "a line of more than 15 parameters" },
    [NOTE_MALFORMED_DCC] = { "malformed_dcc", 0, 0, "a DCC offer without an address or a port" },
};

static const struct proto_pattern patterns[] = {
    { "NICK ", 5, 0, 0, TO_SERVER, true }, { "USER ", 5, 0, 0, TO_SERVER, true }, { "PASS ", 5, 0, 0, TO_SERVER, true }, { "CAP ", 4, 0, 0, TO_SERVER, true },
    { "PRIVMSG ", 8, 0, 0, TO_SERVER, true }, { "STARTTLS", 8, 0, 0, TO_SERVER, true },
    { ":", 1, 0, 0, TO_CLIENT, false }, { "NOTICE ", 7, 0, 0, TO_CLIENT, false },
};

extern const struct proto proto_irc;
const struct proto proto_irc = {
    .name = "irc",
    .transports = 1,
    .own_transports = 1,
    .by_name = true,
    .whole_never = true, /* Suricata's rules about the stream see it as what it does not know */
    .first_server = true,
    .patterns = patterns,
    .pattern_n = ROWS(patterns),
    .probe = irc_probe,
    .state_size = sizeof(struct irc_state),
    .txn_size = sizeof(struct irc),
    .unit_max = LINE_KEPT + 1,
    .txn_bytes_max = 64 * 1024,
    .frame = irc_frame,
    .parse = irc_parse,
    .gap = irc_gap,
    .resync = irc_resync,
    .fields = fields,
    .field_n = ROWS(fields),
    .notes = notes,
    .note_n = ROWS(notes),
    .log = irc_log,
    .log_wanted = irc_log_wanted,
    .log_side = txn_log_message,
};
