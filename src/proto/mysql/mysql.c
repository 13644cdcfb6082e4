/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mysql - the client/server protocol of MySQL and MariaDB, version 10: greeting, login, commands and their results.
 *
 * The greeting, the login and its outcome are the first transaction, each command with its response is one more.  A packet's
 * number tells a command (0) from what goes on with one.  Text of a packet beyond the unit flows by.  After TLS the flow is TLS's;
 * compressed connections are not followed.
 */
#include "proto/mysql/mysql.h"

enum { HEAD = 4, GREETING_MAX = 1024, GREETING_LEAST = 20, VERSION = 10, LOGIN_LEAST = 32, ERROR_MARK = 0xff };

/* What each command takes and what comes back. */
static const struct {
    const char *name;
    uint8_t expect;
    enum { TAKES_NOTHING, TAKES_TEXT, TAKES_QUERY, TAKES_STATEMENT, TAKES_TABLE, TAKES_USER } takes;
} commands[] = {
    { "sleep", EXPECT_RESULT, TAKES_NOTHING }, { "quit", EXPECT_NOTHING, TAKES_NOTHING }, { "init_db", EXPECT_RESULT, TAKES_TEXT },
    { "query", EXPECT_RESULT, TAKES_QUERY }, { "field_list", EXPECT_FIELDS, TAKES_TABLE }, { "create_db", EXPECT_RESULT, TAKES_TEXT },
    { "drop_db", EXPECT_RESULT, TAKES_TEXT }, { "refresh", EXPECT_RESULT, TAKES_NOTHING }, { "shutdown", EXPECT_RESULT, TAKES_NOTHING },
    { "statistics", EXPECT_TEXT, TAKES_NOTHING }, { "process_info", EXPECT_RESULT, TAKES_NOTHING }, { "connect", EXPECT_RESULT, TAKES_NOTHING },
    { "process_kill", EXPECT_RESULT, TAKES_NOTHING }, { "debug", EXPECT_RESULT, TAKES_NOTHING }, { "ping", EXPECT_RESULT, TAKES_NOTHING },
    { "time", EXPECT_RESULT, TAKES_NOTHING }, { "delayed_insert", EXPECT_RESULT, TAKES_NOTHING }, { "change_user", EXPECT_AUTH, TAKES_USER },
    { "binlog_dump", EXPECT_ROWS, TAKES_NOTHING }, { "table_dump", EXPECT_ROWS, TAKES_NOTHING }, { "connect_out", EXPECT_RESULT, TAKES_NOTHING },
    { "register_slave", EXPECT_RESULT, TAKES_NOTHING }, { "stmt_prepare", EXPECT_PREPARED, TAKES_TEXT }, { "stmt_execute", EXPECT_RESULT, TAKES_STATEMENT },
    { "stmt_send_long_data", EXPECT_NOTHING, TAKES_STATEMENT }, { "stmt_close", EXPECT_NOTHING, TAKES_STATEMENT },
    { "stmt_reset", EXPECT_RESULT, TAKES_STATEMENT }, { "set_option", EXPECT_RESULT, TAKES_NOTHING }, { "stmt_fetch", EXPECT_ROWS, TAKES_STATEMENT },
    { "daemon", EXPECT_RESULT, TAKES_NOTHING }, { "binlog_dump_gtid", EXPECT_ROWS, TAKES_NOTHING }, { "reset_connection", EXPECT_RESULT, TAKES_NOTHING },
    { "clone", EXPECT_RESULT, TAKES_NOTHING },
};

const struct names mysql_commands = { .first = &commands[0].name, .step = sizeof commands[0], .n = ROWS(commands) };

static struct mysql *of(struct txn *t) { return txn_data(t); }

/* Protocol::Packet: three bytes of length, one that counts. */
static struct mysql_packet packet_read(struct rd r)
{
    uint32_t low = rd_le16(&r);
    struct mysql_packet p = { .length = low | (uint32_t)rd_u8(&r) << 16 };

    p.sequence = rd_u8(&r);
    p.r = r;
    p.cut = rd_left(&r) < p.length;
    return p;
}

/* ------- recognition ------- */

/* Protocol::HandshakeV10: version, a name, an id, eight bytes of salt, a zero. */
static bool greeting_likely(struct rd r)
{
    bool found;
    uint8_t version = rd_u8(&r);
    struct bytes name = rd_until(&r, '\0', &found);

    for (size_t i = 0; i < name.n; i++) {
        found &= name.p[i] >= 0x20 && name.p[i] < 0x7f;
    }
    rd_skip(&r, 4 + 8);
    uint8_t filler = rd_u8(&r);
    rd_skip(&r, 2);
    return rd_ok(&r) && found && version == VERSION && name.n >= 3 && name.n <= 64 && filler == 0;
}

/* Protocol::HandshakeResponse41 and SSLRequest: 19 zeros at least behind the character set. */
static bool login_likely(struct rd r)
{
    uint32_t can = rd_le32(&r);

    rd_skip(&r, 4 + 1);
    struct bytes filler = rd_bytes(&r, 19);
    uint8_t any = 0;
    for (size_t i = 0; i < filler.n; i++) {
        any |= filler.p[i];
    }
    return rd_ok(&r) && (can & CAN_PROTOCOL_41) != 0 && any == 0;
}

static enum probe mysql_probe(struct rd data, enum side side, bool whole)
{
    size_t have = rd_left(&data);
    struct mysql_packet p = packet_read(data);
    bool server = side == TO_CLIENT;
    uint8_t first = rd_peek(&p.r).n != 0 ? rd_peek(&p.r).p[0] : 0;

    if (have <= HEAD) {
        return whole ? PROBE_NO : PROBE_MORE;
    }
    if (p.length > GREETING_MAX || p.sequence != (server ? 0 : 1) || p.length < (server ? GREETING_LEAST : LOGIN_LEAST) ||
        (server && first != VERSION && first != ERROR_MARK)) {
        return PROBE_NO;
    }
    if (p.cut && !whole) {
        return PROBE_MORE;
    }
    /* Too many connections, a host that is blocked: an error in place of the greeting. */
    if (server && first == ERROR_MARK) {
        return p.length > 8 && have == HEAD + (size_t)p.length ? PROBE_YES : PROBE_NO;
    }
    return (server ? greeting_likely(p.r) : login_likely(p.r)) ? PROBE_YES : PROBE_NO;
}

/* ------- framing ------- */

/* The exchange that the server's next packet belongs to. */
static struct txn *asked(struct conn *c)
{
    struct txn *t = txn_first(c);

    while (t != NULL && t->complete[TO_CLIENT]) {
        t = t->next;
    }
    return t;
}

static struct frame mysql_frame(struct conn *c, enum side side, struct rd data)
{
    struct mysql_state *s = conn_state(c);
    size_t have = rd_left(&data);

    if (s->squeezed) {
        return (struct frame){ FRAME_OPAQUE, 0, 0 };
    }
    if (s->skip[side] != 0) {
        uint64_t n = s->skip[side];
        s->skip[side] = 0;
        return (struct frame){ FRAME_BODY, 0, n };
    }
    if (have < HEAD) {
        return (struct frame){ FRAME_MORE, 0, HEAD };
    }
    size_t n = HEAD + (size_t)packet_read(data).length, unit = MYSQL_UNIT_MAX;
    struct txn *t = side == TO_CLIENT ? asked(c) : NULL;
    if (t != NULL && of(t)->expect == EXPECT_ROWS) {
        unit = MYSQL_ROW_UNIT;
    }
    unit = n < unit ? n : unit;
    if (have < unit) {
        return (struct frame){ FRAME_MORE, 0, unit };
    }
    s->skip[side] = n - unit;
    return (struct frame){ FRAME_UNIT, 0, unit };
}

/* ------- packets ------- */

struct bytes mysql_text(struct rd *r)
{
    bool found;

    return rd_until(r, '\0', &found);
}

/* Protocol::LengthEncodedInteger */
uint64_t mysql_number(struct rd *r)
{
    uint8_t first = rd_u8(r);
    uint64_t low;

    switch (first) {
    case 0xfc: return rd_le16(r);
    case 0xfd:
        low = rd_le16(r);
        return low | (uint64_t)rd_u8(r) << 16;
    case 0xfe: return rd_le64(r);
    case 0xfb: /* NULL, which is no number */
    case 0xff: rd_fail(r); return 0;
    default: return first;
    }
}

static void greeting(struct conn *c, struct mysql_packet p)
{
    struct mysql_state *s = conn_state(c);
    struct txn *t = txn_new(c);
    struct mysql *d = t != NULL ? txn_data(t) : NULL;

    if (t == NULL) {
        return;
    }
    d->login = true;
    if (rd_peek(&p.r).n != 0 && rd_peek(&p.r).p[0] == ERROR_MARK) {
        t->skip_inspect[TO_SERVER] = true;
        txn_done(t, TO_SERVER);
        mysql_reply(c, t, p);
        return;
    }
    d->expect = EXPECT_AUTH;
    rd_skip(&p.r, 1);
    d->version = arena_copy(txn_arena(t), mysql_text(&p.r));
    rd_skip(&p.r, 4 + 8 + 1);
    s->server_can = rd_le16(&p.r);
    if (!rd_ok(&p.r)) {
        txn_note(t, MYSQL_MALFORMED_GREETING);
    }
    if (rd_left(&p.r) >= 1 + 2 + 2) { /* older servers end here */
        rd_skip(&p.r, 1 + 2);
        s->server_can |= (uint32_t)rd_le16(&p.r) << 16;
        uint8_t salt = rd_u8(&p.r);
        rd_skip(&p.r, 10);
        rd_skip(&p.r, salt > 21 ? salt - 8u : 13);
        if ((s->server_can & CAN_PLUGIN_AUTH) != 0) {
            d->plugin = arena_copy(txn_arena(t), mysql_text(&p.r));
        }
    }
}

static void command_read(struct conn *c, struct txn *t, struct mysql_packet p)
{
    const struct mysql_state *s = conn_state(c);
    struct mysql *d = txn_data(t);
    bool good = true;

    d->cut = p.cut;
    d->has_command = true;
    d->command = rd_u8(&p.r);
    if (!rd_ok(&p.r) || d->command >= ROWS(commands)) {
        d->expect = EXPECT_RESULT;
        txn_note(t, MYSQL_UNKNOWN_COMMAND);
        return;
    }
    d->expect = commands[d->command].expect;
    switch (commands[d->command].takes) {
    case TAKES_QUERY:
        good = (s->can & CAN_QUERY_ATTRIBUTES) == 0 || mysql_query_attributes(&p.r);
        d->text = arena_copy(txn_arena(t), rd_rest(&p.r));
        break;
    case TAKES_TEXT: d->text = arena_copy(txn_arena(t), rd_rest(&p.r)); break;
    case TAKES_TABLE: d->text = arena_copy(txn_arena(t), mysql_text(&p.r)); break;
    case TAKES_STATEMENT:
        d->statement = rd_le32(&p.r);
        d->has_statement = good = rd_ok(&p.r);
        break;
    case TAKES_USER: mysql_user_change(c, t, p.r); break;
    case TAKES_NOTHING: break;
    }
    if (!good) {
        txn_note(t, MYSQL_MALFORMED_COMMAND);
    }
}

static enum outcome from_client(struct conn *c, struct mysql_packet p)
{
    struct mysql_state *s = conn_state(c);
    struct txn *t = txn_first(c);
    const struct mysql *first = t != NULL ? txn_data_const(t) : NULL;

    if (p.sequence != 0) { /* goes on with something: the login, or an answer to the server */
        if (first != NULL && first->login && !t->complete[TO_SERVER]) {
            mysql_login(c, t, p.r);
        } else if (t == NULL && p.sequence == 1 && !s->known && p.length >= LOGIN_LEAST && (t = txn_new(c)) != NULL) { /* whose greeting was missed */
            s->server_can = UINT32_MAX;
            of(t)->login = true;
            of(t)->expect = EXPECT_AUTH;
            mysql_login(c, t, p.r);
        }
        return OUTCOME_OK;
    }
    t = txn_new(c);
    if (t == NULL) {
        return OUTCOME_OK;
    }
    if (!s->known) {
        s->can |= CAN_PROTOCOL_41; /* begun midstream: all servers of today have it */
    }
    command_read(c, t, p);
    txn_done(t, TO_SERVER);
    if (of(t)->expect == EXPECT_NOTHING) {
        t->skip_inspect[TO_CLIENT] = true;
        txn_done(t, TO_CLIENT);
    }
    return OUTCOME_OK;
}

static enum outcome mysql_parse(struct conn *c, enum side side, unsigned unit, struct rd bytes)
{
    struct mysql_packet p = packet_read(bytes);
    struct txn *t = asked(c);

    (void)unit;
    if (side == TO_SERVER) {
        return from_client(c, p);
    }
    if (t != NULL) {
        mysql_reply(c, t, p);
    } else if (p.sequence == 0 && txn_first(c) == NULL && (greeting_likely(p.r) || (rd_left(&p.r) > 8 && rd_peek(&p.r).p[0] == ERROR_MARK))) {
        greeting(c, p);
    }
    return OUTCOME_OK;
}

static const struct note_row notes[] = {
    [MYSQL_MALFORMED_GREETING] = { "malformed_greeting", 0, 0, "a server's greeting that ends within itself" },
    [MYSQL_MALFORMED_LOGIN] = { "malformed_login", 0, 0, "a client's login that ends within itself" },
    [MYSQL_MALFORMED_COMMAND] = { "malformed_command", 0, 0, "a command that ends within what it takes" },
    [MYSQL_MALFORMED_RESPONSE] = { "malformed_response", 0, 0, "a response that ends within itself" },
    [MYSQL_UNKNOWN_COMMAND] = { "unknown_command", 0, 0, "a command that is not defined" },
    [MYSQL_CLEARTEXT_PASSWORD] = { "cleartext_password", 0, 0, "the password is asked for, or sent, as it is, outside of TLS" },
};

extern const struct proto proto_mysql;
const struct proto proto_mysql = {
    .name = "mysql",
    .ports = "tcp/3306",
    .transports = 1,
    .own_transports = 1,
    .by_name = true,
    .whole_never = true, /* Suricata's rules about the stream see it as what it does not know */
    .first_server = true,
    .probe = mysql_probe,
    .state_size = sizeof(struct mysql_state),
    .txn_size = sizeof(struct mysql),
    .unit_max = MYSQL_UNIT_MAX,
    .txn_bytes_max = 64 * 1024,
    .frame = mysql_frame,
    .parse = mysql_parse,
    .fields = mysql_fields,
    .field_n = MYSQL_FIELDS,
    .notes = notes,
    .note_n = ROWS(notes),
    .log = mysql_log,
};
