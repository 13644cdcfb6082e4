/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ftp - file transfer's control connection (RFC 959, 2228, 2428): lines, commands, replies, announced data connections.
 */
#include "proto/ftp/ftp.h"

enum { UNIT_LINE, UNIT_CUT };
enum { DATA_NAME_MAX = 255, DATA_SECONDS = 30, REPLIES_MAX = 4096, LINE_PRESET = 4096 };

struct ftp_state {
    uint8_t command;      /* the last known one */
    bool discard[2];      /* the rest of a line that was too long */
    uint16_t port;        /* agreed on, not used yet */
    bool active;
    struct txn *multi;    /* whose reply of several lines is not over */
    struct bytes user;    /* the last name given, cut */
    uint8_t users;        /* names given: no more than USERS_MAX are kept for a flow */
};
enum { USER_MAX = 128, USERS_MAX = 64 };

static const struct {
    const char *word;
    uint8_t command;
} commands[] = {
    { "PORT", FTP_PORT }, { "EPRT", FTP_EPRT }, { "PASV", FTP_PASV }, { "EPSV", FTP_EPSV }, { "AUTH TLS", FTP_AUTH_TLS }, { "RETR", FTP_RETR },
    { "STOR", FTP_STOR }, { "APPE", FTP_APPE }, { "STOU", FTP_STOU }, { "NLST", FTP_NLST }, { "LIST", FTP_LIST }, { "MLSD", FTP_MLSD },
    { "ABOR", 0 }, { "ACCT", 0 }, { "ALLO", 0 }, { "CDUP", 0 }, { "CHMOD", 0 }, { "CWD", 0 }, { "DELE", 0 }, { "HELP", 0 }, { "IDLE", 0 },
    { "MAIL", 0 }, { "MDTM", 0 }, { "MKD", 0 }, { "MLFL", 0 }, { "MODE", 0 }, { "MRCP", 0 }, { "MRSQ", 0 }, { "MSAM", 0 }, { "MSND", 0 },
    { "MSOM", 0 }, { "NOOP", 0 }, { "PASS", 0 }, { "PWD", 0 }, { "QUIT", 0 }, { "REIN", 0 }, { "REST", 0 }, { "RMD", 0 }, { "RNFR", 0 },
    { "RNTO", 0 }, { "SITE", 0 }, { "SIZE", 0 }, { "SMNT", 0 }, { "STAT", 0 }, { "STRU", 0 }, { "SYST", 0 }, { "TYPE", 0 }, { "UMASK", 0 },
    { "USER", 0 },
};

static const struct ftp_settings presets = { .line_max = LINE_PRESET, .txn_max = 1024 };

static const struct ftp_settings *settings_of(const struct conn *c)
{
    const struct ftp_settings *s = conn_settings(c);
    return s != NULL ? s : &presets;
}

/* ------- lines ------- */

static struct frame ftp_frame(struct conn *c, enum side side, struct rd data)
{
    struct ftp_state *s = conn_state(c);
    struct bytes b = rd_peek(&data);
    struct frame f = frame_line(c, side, b, (size_t)settings_of(c)->line_max, &s->discard[side]);

    return f.kind == FRAME_MORE && conn_eof(c, side) ? (struct frame){ FRAME_UNIT, UNIT_LINE, b.n } : f;
}

/* ------- commands ------- */

/* The row of a known command; ROWS(commands): none. */
static unsigned command_row(struct bytes line)
{
    unsigned i = 0;

    while (i < ROWS(commands)) {
        struct bytes rest = bytes_from(line, bytes_str(commands[i].word).n);
        if (bytes_starts_nocase(line, commands[i].word) && (rest.n == 0 || rest.p[0] == ' ' || rest.p[0] == '\t')) {
            break;
        }
        i++;
    }
    return i;
}

/* More wait than are allowed: as in Suricata that is told, and the flow is followed no further. */
static bool crowded(struct conn *c)
{
    struct txn *first = txn_first(c), *oldest = txn_first_open(c);

    if (oldest == NULL || txn_last(c)->id + 1 - first->id <= settings_of(c)->txn_max) {
        return false;
    }
    txn_note(oldest, NOTE_TOO_MANY);
    txn_done(oldest, TO_CLIENT);
    return true;
}

static struct txn *exchange_new(struct conn *c)
{
    struct txn *t = crowded(c) ? NULL : txn_new(c);

    if (t != NULL) {
        struct ftp *x = txn_data(t);
        x->state = conn_state(c);
        txn_done(t, TO_SERVER);
        t->updated[TO_CLIENT] = false; /* nothing came from the server */
    }
    return t;
}

/* A data connection begins as soon as the server agrees: announces it with what it will carry. */
static void expect_data(struct conn *c, struct txn *t, const char *word)
{
    struct ftp_state *s = conn_state(c);
    struct ftp *x = txn_data(t);
    const struct flow *f = conn_flow(c);
    bool named = x->command <= FTP_STOU && x->data.n != 0, sends = x->command >= FTP_STOR && x->command <= FTP_STOU;
    struct flow_expectation e = { .addr = { f->key.addr[0], f->key.addr[1] }, .family = (enum family)f->key.family, .port = { 0, s->port },
                                  .proto = 6, .seconds = DATA_SECONDS };
    struct arena_text note;

    if (x->command <= FTP_APPE && !named) {
        txn_note(t, NOTE_FILE_WITHOUT_NAME);
        return;
    }
    if (s->port == 0) {
        txn_note(t, NOTE_FILE_BEFORE_PORT);
        return;
    }
    arena_text_init(&note, txn_arena(t), DATA_NAME_MAX + 16);
    arena_text_add(&note, bytes_str(word));
    /* the data flow's client is who opens it: in active mode this flow's server */
    arena_text_add(&note, bytes_str(sends != s->active ? " c " : " s "));
    arena_text_add(&note, named ? bytes_head(x->data, DATA_NAME_MAX) : bytes_str(x->command == FTP_STOU ? "<stou>" : ""));
    conn_expect(c, &e, arena_text_bytes(&note), "ftp-data");
    s->port = 0;
    s->active = false;
}

static void port_command(struct conn *c, struct ftp *x)
{
    struct addr a;

    x->active = true;
    x->port = x->command == FTP_PORT ? ftp_port_read(x->data) : ftp_eprt_read(x->data);
    x->bounce = x->command == FTP_PORT && ftp_port_address(x->data, &a) && !addr_equal(&a, &conn_flow(c)->key.addr[0]);
}

static void user_command(struct conn *c, struct txn *t)
{
    struct ftp_state *s = conn_state(c);
    struct ftp *x = txn_data(t);

    if (bytes_is(x->name, "USER")) {
        s->user = s->users < USERS_MAX ? arena_copy(conn_arena(c), bytes_head(x->data, USER_MAX)) : bytes_none();
        s->users = (uint8_t)(s->users < USERS_MAX ? s->users + 1 : s->users);
    } else if (bytes_is(x->name, "PASS") && s->user.p != NULL) {
        x->user = arena_copy(txn_arena(t), s->user);
    }
}

static enum outcome command(struct conn *c, struct bytes line, bool cut)
{
    struct ftp_state *s = conn_state(c);
    struct bytes text = cut ? line : bytes_trim(line, "\r\n");
    unsigned row = command_row(text);

    if (row == ROWS(commands)) {
        return OUTCOME_OK;
    }
    struct txn *t = exchange_new(c);
    if (t == NULL) { /* which reply belongs to which command is lost */
        conn_opaque(c, TO_CLIENT);
        conn_opaque(c, TO_SERVER);
        return OUTCOME_BAD;
    }
    struct ftp *x = txn_data(t);
    x->name = bytes_str(commands[row].word);
    x->command = s->command = commands[row].command;
    while (text.n > x->name.n && (text.p[text.n - 1] == ' ' || text.p[text.n - 1] == '\t' || text.p[text.n - 1] == '\r')) {
        text = bytes_head(text, text.n - 1);
    }
    x->data = arena_copy(txn_arena(t), bytes_from(text, x->name.n + 1));
    x->cut = cut;
    user_command(c, t);
    if (cut) {
        txn_note(t, NOTE_COMMAND_TOO_LONG);
    }
    if (x->command == FTP_PORT || x->command == FTP_EPRT) {
        port_command(c, x);
    } else if (x->command >= FTP_RETR) {
        expect_data(c, t, commands[row].word);
    }
    return OUTCOME_OK;
}

/* ------- replies ------- */

/* Whose reply comes: of the oldest command without one; else the newest's again, else nobody's. */
static struct txn *reply_txn(struct conn *c)
{
    struct ftp_state *s = conn_state(c);
    struct txn *t = s->multi;

    for (t = t != NULL ? t : txn_first_open(c); t != NULL && t != s->multi && t->complete[TO_CLIENT];) {
        t = t->next;
    }
    t = t != NULL ? t : txn_last(c);
    if (t == NULL && (t = exchange_new(c)) != NULL) {
        t->skip_inspect[TO_SERVER] = true;
    }
    return t;
}

static void reply_keep(struct txn *t, struct bytes code, struct bytes text)
{
    struct ftp *x = txn_data(t);
    struct ftp_reply *r = x->reply_n < REPLIES_MAX ? arena_zero(txn_arena(t), sizeof *r) : NULL;

    if (r != NULL) {
        r->code = arena_copy(txn_arena(t), code);
        r->text = arena_copy(txn_arena(t), text);
        *(x->reply_last != NULL ? &x->reply_last->next : &x->reply) = r;
        x->reply_last = r;
        x->reply_n++;
    }
}

/* What an agreed reply means for the data connection.  True: the flow is TLS from here on (RFC 4217). */
static bool agreed(struct conn *c, struct ftp *x, struct bytes code, struct bytes text)
{
    struct ftp_state *s = conn_state(c);

    switch (x->command) {
    case FTP_PASV: x->port = bytes_is(code, "227") ? ftp_port_read(text) : 0; break;
    case FTP_EPSV: x->port = bytes_is(code, "229") ? ftp_epsv_read(text) : 0; break;
    case FTP_AUTH_TLS: return bytes_is(code, "234");
    case FTP_PORT:
    case FTP_EPRT: break;
    default: return false;
    }
    if (x->port != 0) {
        s->port = x->port;
        s->active = x->active;
    }
    return false;
}

static bool three_digits(struct bytes b)
{
    uint64_t v;
    return b.n == 3 && bytes_u64(b, &v);
}

static enum outcome reply(struct conn *c, struct bytes line, bool cut)
{
    struct ftp_state *s = conn_state(c);
    struct bytes text = cut ? line : bytes_trim(line, "\r\n"), head = bytes_head(text, 3), code = bytes_none();
    struct txn *t = reply_txn(c);

    if (t == NULL) {
        return OUTCOME_BAD;
    }
    struct ftp *x = txn_data(t);
    txn_touch(t, TO_CLIENT);
    if (cut) {
        x->reply_cut = true;
        txn_note(t, NOTE_REPLY_TOO_LONG);
    }
    bool numbered = three_digits(head) && text.n > 3, last = three_digits(head) && (text.n == 3 || text.p[3] == ' ');
    if (numbered && text.p[3] == ' ') {
        code = head;
        text = bytes_from(text, 4);
    }
    if (text.n != 0 || code.n != 0) {
        reply_keep(t, code, text);
    }
    if (agreed(c, x, code, text)) {
        s->multi = NULL;
        txn_done(t, TO_CLIENT);
        (void)proto_switch(c, "tls", 0);
        return OUTCOME_OK;
    }
    /* RFC 959 4.2: several lines begin with "ddd-" and end with "ddd " */
    if (numbered && text.n > 3 && code.n == 0 && text.p[3] == '-' && s->multi == NULL) {
        s->multi = t;
        return OUTCOME_OK;
    }
    if (s->multi != NULL && !last) {
        return OUTCOME_OK;
    }
    s->multi = NULL;
    if (!(last && head.p[0] == '1')) { /* RFC 959 4.2.1: another reply follows */
        txn_done(t, TO_CLIENT);
    }
    return OUTCOME_OK;
}

static enum outcome ftp_parse(struct conn *c, enum side side, unsigned unit, struct rd r)
{
    return side == TO_SERVER ? command(c, rd_rest(&r), unit == UNIT_CUT) : reply(c, rd_rest(&r), unit == UNIT_CUT);
}

static void ftp_gap(struct conn *c, enum side side, uint64_t n, bool in_body)
{
    struct ftp_state *s = conn_state(c);

    (void)n;
    (void)in_body;
    if (s != NULL && side == TO_CLIENT) {
        s->multi = NULL;
    }
}

static struct frame ftp_resync(struct conn *c, enum side side, struct rd data)
{
    struct ftp_state *s = conn_state(c);
    size_t lf = bytes_find_byte(rd_peek(&data), '\n');

    s->discard[side] = false;
    return lf == SIZE_MAX ? (struct frame){ FRAME_MORE, 0, 0 } : (struct frame){ FRAME_SKIP, 0, lf + 1 };
}

static void ftp_txn_fini(struct txn *t)
{
    struct ftp *x = txn_data(t);

    if (x->state != NULL && x->state->multi == t) { /* of the flow, also after another protocol took over */
        x->state->multi = NULL;
    }
}

/* ------- row ------- */

static enum probe ftp_probe(struct rd data, enum side side, bool whole)
{
    struct bytes b = rd_peek(&data);

    if (side == TO_SERVER) {
        return bytes_starts_nocase(b, "FEAT") || bytes_starts(b, "USER ") || bytes_starts_nocase(b, "PASS ") || bytes_starts_nocase(b, "PORT ") ||
                       bytes_starts_nocase(b, "PASV") || bytes_starts_nocase(b, "EPSV")
                   ? PROBE_YES
                   : PROBE_NO;
    }
    if (!bytes_equal(bytes_head(b, 3), bytes_head(bytes_str("220"), b.n)) || (b.n > 3 && b.p[3] != ' ' && b.p[3] != '-')) {
        return PROBE_NO;
    }
    return bytes_find_byte(b, '\n') != SIZE_MAX || bytes_starts(b, "220 (") ? PROBE_YES : whole ? PROBE_NO : PROBE_MORE;
}

static const struct proto_pattern ftp_patterns[] = {
    { "220 (", 5, 0, 0, TO_CLIENT, true }, { "FEAT", 4, 0, 0, TO_SERVER, true }, { "USER ", 5, 0, 0, TO_SERVER, false },
    { "PASS ", 5, 0, 0, TO_SERVER, true }, { "PORT ", 5, 0, 0, TO_SERVER, true },
    { "PASV\r\n", 6, 0, 0, TO_SERVER, true }, { "EPSV\r\n", 6, 0, 0, TO_SERVER, true }, /* picked up midstream */
};

static const struct proto_state request_states[] = { { "request_started", FTP_STARTED }, { "request_complete", FTP_DONE }, { NULL, 0 } };
static const struct proto_state response_states[] = { { "response_started", FTP_STARTED }, { "response_complete", FTP_DONE }, { NULL, 0 } };

static const struct note_row ftp_notes[] = {
    [NOTE_COMMAND_TOO_LONG] = { "request_command_too_long", 0, 0, "a command longer than max-line-length" },
    [NOTE_REPLY_TOO_LONG] = { "response_command_too_long", 0, 0, "a reply longer than max-line-length" },
    [NOTE_TOO_MANY] = { "too_many_transactions", 0, 0, "more commands without a reply than max-tx" },
    [NOTE_FILE_BEFORE_PORT] = { "file_before_port", 0, 0, "a file asked for before a data connection was agreed on" },
    [NOTE_FILE_WITHOUT_NAME] = { "file_without_name", 0, 0, "a file asked for without a name" },
};

#define AT(member) offsetof(struct ftp_settings, member)
static const struct option_row ftp_options[] = {
    { "app-layer.protocols.ftp.max-line-length", OPTION_BYTES, AT(line_max), "4096", NULL, 8, 65536, "bytes", "of a line that are kept" },
    { "app-layer.protocols.ftp.max-tx", OPTION_U32, AT(txn_max), "1024", NULL, 0, 0, NULL, "transactions of a flow that wait for their reply" },
    { "app-layer.protocols.ftp.memcap", OPTION_BYTES, AT(ignored_memcap), "0", NULL, 0, 0, "bytes", "taken for Suricata's sake; app-layer memory has one cap" },
};

const struct proto proto_ftp = {
    .name = "ftp",
    .pdu_lines = true,
    .ports = "tcp/21",
    .transports = 1,
    .files = true,
    .first_server = true,
    .whole_never = true, /* commands are short and many: stream rules see them together */
    .patterns = ftp_patterns,
    .pattern_n = ROWS(ftp_patterns),
    .probe = ftp_probe,
    .state_size = sizeof(struct ftp_state),
    .txn_size = sizeof(struct ftp),
    .unit_max = 128 * 1024,
    .txn_bytes_max = 256 * 1024,
    .frame = ftp_frame,
    .parse = ftp_parse,
    .gap = ftp_gap,
    .resync = ftp_resync,
    .txn_fini = ftp_txn_fini,
    .states = { request_states, response_states },
    .fields = ftp_fields,
    .field_n = FTP_FIELDS,
    .notes = ftp_notes,
    .note_n = ROWS(ftp_notes),
    .log = ftp_log,
    .options = ftp_options,
    .option_n = ROWS(ftp_options),
    .settings_size = sizeof(struct ftp_settings),
};
