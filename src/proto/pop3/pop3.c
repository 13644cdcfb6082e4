/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pop3 - post office protocol (RFC 1939, 2449, 5034): commands and their responses, up to STLS.
 *
 * A transaction is one command and its response.  Mails that are fetched flow by: what is attached to them are files, the rest is
 * not kept.
 */
#include "proto/proto.h"

enum { POP3_STARTED, POP3_DONE };
enum { UNIT_COMMAND, UNIT_COMMAND_CUT, UNIT_RESPONSE, UNIT_RESPONSE_CUT, UNIT_LINE, UNIT_PIECE /* of a line of a mail */ };
enum { NOTE_TOO_MANY, NOTE_REQUEST_LONG, NOTE_ARGUMENTS, NOTE_UNKNOWN, NOTE_RESPONSE_LONG };
enum { COMMAND_MAX = 255 /* RFC 2449 4 */, RESPONSE_MAX = 512 /* RFC 1939 3 */, LINE_LIMIT = 4096, ARGUMENTS_MAX = 16, DATA_MAX = 1024 };
enum pop3_lines { LINES_ONE, LINES_MANY, LINES_MANY_ALONE /* several when the command has no argument */, LINES_MAIL };

struct pop3_line {
    struct pop3_line *next;
    struct bytes text;
};

struct pop3_state;

struct pop3 {
    struct pop3_state *state;
    bool asked, answered, success;
    bool auth, stls;
    uint8_t lines;              /* enum pop3_lines: of a response that succeeds */
    struct bytes command, argument[ARGUMENTS_MAX];
    unsigned argument_n;
    struct bytes header;
    struct bytes user;          /* of a PASS: the name before it */
    struct pop3_line *data, *data_last;
    unsigned data_n;
    struct mail *mail;          /* under way; NULL: none, or nobody looks */
};

struct pop3_state {
    bool discard[2];            /* the rest of a line that was too long */
    bool within;                /* a line of a mail of which a part has come */
    bool sasl;                  /* the client's next line is no command (RFC 5034) */
    bool depth_set;
    struct bytes user;          /* the last name given */
    uint8_t users;              /* names given: no more than USERS_MAX are kept for a flow */
    struct txn *many;           /* whose response of several lines is not over */
    uint32_t forgotten;         /* commands given up at a ceiling, whose responses come before the others' */
};

struct pop3_settings {
    uint64_t depth;             /* stream-depth */
    uint32_t txn_max;
    bool files;
};

static const struct {
    const char *word;
    uint8_t least, most;        /* arguments */
    uint8_t lines;
} commands[] = {
    { "APOP", 2, 2, 0 }, { "AUTH", 1, 2, 0 }, { "CAPA", 0, 0, LINES_MANY }, { "DELE", 1, 1, 0 }, { "LIST", 0, 1, LINES_MANY_ALONE },
    { "NOOP", 0, 0, 0 }, { "PASS", 1, ARGUMENTS_MAX, 0 }, { "QUIT", 0, 0, 0 }, { "RETR", 1, 1, LINES_MAIL }, { "RSET", 0, 0, 0 },
    { "STAT", 0, 0, 0 }, { "STLS", 0, 0, 0 }, { "TOP", 2, 2, LINES_MANY }, { "UIDL", 0, 1, LINES_MANY_ALONE }, { "USER", 1, 1, 0 },
};

static unsigned command_row(struct bytes word)
{
    unsigned i = 0;

    while (i < ROWS(commands) && !bytes_is_nocase(word, commands[i].word)) {
        i++;
    }
    return i;
}

/* ------- framing ------- */

/* A line of a mail may be as long as it likes, and comes in pieces then. */
static struct frame mail_frame(const struct conn *c, bool within, struct bytes b)
{
    size_t looked = conn_looked(c, TO_CLIENT), lf = bytes_find_byte(bytes_from(b, looked), '\n'), n = lf == SIZE_MAX ? b.n : looked + lf + 1;

    if (lf == SIZE_MAX && n < LINE_LIMIT) {
        return frame_searched(b, n);
    }
    return (struct frame){ FRAME_UNIT, within || lf == SIZE_MAX ? UNIT_PIECE : UNIT_LINE, n };
}

static struct frame pop3_frame(struct conn *c, enum side side, struct rd data)
{
    struct pop3_state *s = conn_state(c);
    struct bytes b = rd_peek(&data);
    const struct pop3_settings *set = conn_settings(c);
    const struct pop3 *many = side == TO_CLIENT && s->many != NULL ? txn_data_const(s->many) : NULL;

    if (!s->depth_set && set != NULL) {
        s->depth_set = true;
        conn_depth(c, set->depth);
    }
    if (many != NULL && many->lines == LINES_MAIL) {
        return mail_frame(c, s->within, b);
    }
    struct frame f = frame_line(c, side, b, LINE_LIMIT, &s->discard[side]);

    if (f.kind == FRAME_UNIT) {
        f.unit = side == TO_SERVER ? UNIT_COMMAND : s->many != NULL ? UNIT_LINE : UNIT_RESPONSE;
    }
    return f;
}

/* ------- commands ------- */

static struct txn *exchange_new(struct conn *c)
{
    const struct pop3_settings *set = conn_settings(c);
    uint32_t max = set != NULL ? set->txn_max : 256;
    struct txn *oldest = txn_first_open(c);

    if (oldest != NULL && txn_last(c)->id + 1 - txn_first(c)->id > max) {
        struct pop3_state *s = conn_state(c);
        const struct pop3 *x = txn_data_const(oldest);
        txn_note(oldest, NOTE_TOO_MANY);
        if (s->many != oldest && x->lines == LINES_ONE) { /* its response will be nobody's */
            txn_done(oldest, TO_CLIENT);
            s->forgotten++;
        }
    }
    struct txn *t = txn_new(c);
    if (t != NULL) {
        struct pop3 *x = txn_data(t);
        x->state = conn_state(c);
        txn_done(t, TO_SERVER);
        t->updated[TO_CLIENT] = false;
    }
    return t;
}

static void arguments(struct txn *t, struct rd *r, unsigned row)
{
    struct pop3 *x = txn_data(t);
    unsigned n = 0;

    while (rd_left(r) != 0) {
        bool found;
        struct bytes one = rd_until(r, ' ', &found);
        if (n < ARGUMENTS_MAX) {
            x->argument[x->argument_n++] = arena_copy(txn_arena(t), one);
        }
        n++;
    }
    if (row < ROWS(commands) && (n < commands[row].least || (n > commands[row].most && commands[row].most != ARGUMENTS_MAX))) {
        txn_note(t, NOTE_ARGUMENTS);
    }
}

enum { USERS_MAX = 64 };

static void user_command(struct conn *c, struct txn *t)
{
    struct pop3_state *s = conn_state(c);
    struct pop3 *x = txn_data(t);

    if (bytes_is(x->command, "USER") && x->argument_n != 0 && s->users < USERS_MAX) {
        s->user = arena_copy(conn_arena(c), bytes_head(x->argument[0], 128));
        s->users++;
    } else if (bytes_is(x->command, "PASS") && s->user.p != NULL) {
        x->user = arena_copy(txn_arena(t), s->user);
    }
}

static enum outcome command(struct conn *c, struct bytes line)
{
    struct pop3_state *s = conn_state(c);
    struct bytes text = bytes_trim(line, "\r\n");
    struct rd r = rd_of(text);
    bool found;
    struct bytes word = rd_until(&r, ' ', &found);
    unsigned row = command_row(word);

    conn_whole(c, TO_SERVER);
    struct txn *t = exchange_new(c);
    if (t == NULL) { /* counted; its response will be told of another */
        return OUTCOME_OK;
    }
    struct pop3 *x = txn_data(t);
    x->asked = true;
    if (s->sasl) {
        s->sasl = false;
        x->command = bytes_str("<SASL DATA>");
        return OUTCOME_OK;
    }
    x->command = row < ROWS(commands) ? bytes_str(commands[row].word) : arena_copy(txn_arena(t), word);
    x->lines = row < ROWS(commands) ? commands[row].lines : LINES_ONE;
    x->auth = bytes_is(x->command, "AUTH");
    x->stls = bytes_is(x->command, "STLS");
    arguments(t, &r, row);
    user_command(c, t);
    if (row == ROWS(commands)) {
        txn_note(t, NOTE_UNKNOWN);
    }
    if (line.n > COMMAND_MAX) {
        txn_note(t, NOTE_REQUEST_LONG);
    }
    if (x->lines == LINES_MANY_ALONE) {
        x->lines = x->argument_n == 0 ? LINES_MANY : LINES_ONE;
    }
    return OUTCOME_OK;
}

/* ------- responses ------- */

static struct txn *response_txn(struct conn *c)
{
    struct txn *t = txn_first_open(c);

    while (t != NULL && t->complete[TO_CLIENT]) {
        t = t->next;
    }
    if (t == NULL && (t = exchange_new(c)) != NULL) { /* the greeting */
        t->skip_inspect[TO_SERVER] = true;
    }
    return t;
}

/* ------- mails ------- */

static void mail_begin(struct conn *c, struct txn *t)
{
    const struct pop3_settings *s = conn_settings(c);
    struct pop3 *x = txn_data(t);

    if (s != NULL && s->files && !conn_bodies_unread(c)) {
        x->mail = txn_mail_new(t, TO_CLIENT, &(struct mail_how){ .dots = true /* RFC 1939 3 */ });
    }
}

static void mail_end(struct pop3 *x, bool truncated)
{
    if (x->mail != NULL) {
        txn_mail_end(x->mail, truncated);
        x->mail = NULL;
    }
}

static enum outcome response(struct conn *c, struct bytes line)
{
    struct pop3_state *s = conn_state(c);
    struct bytes text = bytes_trim(line, "\r\n");
    bool good = bytes_starts_nocase(text, "+OK"), bad = bytes_starts_nocase(text, "-ERR"), challenge = !good && bytes_starts(text, "+");

    if (s->forgotten != 0 && (good || bad)) {
        s->forgotten--;
        return OUTCOME_OK;
    }
    struct txn *t = response_txn(c);
    conn_whole(c, TO_CLIENT);
    if (t == NULL || (!good && !bad && !challenge)) {
        return OUTCOME_BAD;
    }
    struct pop3 *x = txn_data(t);
    x->answered = true;
    x->success = good || challenge;
    x->header = arena_copy(txn_arena(t), bytes_trim(bytes_from(text, good ? 3 : bad ? 4 : 1), " "));
    if (line.n > RESPONSE_MAX) {
        txn_note(t, NOTE_RESPONSE_LONG);
    }
    if (x->success && x->auth && (challenge || x->header.n == 0)) {
        s->sasl = true;
    }
    if (good && x->lines != LINES_ONE) {
        s->many = t;
        if (x->lines == LINES_MAIL) {
            mail_begin(c, t);
        }
        txn_touch(t, TO_CLIENT);
        return OUTCOME_OK;
    }
    txn_done(t, TO_CLIENT);
    if (good && x->stls) {
        (void)proto_switch(c, "tls", 0);
    }
    return OUTCOME_OK;
}

/* A line of a response of several: one dot ends it, else a dot at its head is one too many (RFC 1939 3). */
static void line_in(struct txn *t, struct bytes line)
{
    struct pop3 *x = txn_data(t);
    struct bytes text = bytes_trim(line, "\r\n");

    if (bytes_is(text, ".")) {
        mail_end(x, false);
        x->state->many = NULL;
        txn_done(t, TO_CLIENT);
        return;
    }
    if (x->mail != NULL) {
        txn_mail_data(x->mail, line);
    }
    struct pop3_line *l = x->lines != LINES_MAIL && x->data_n < DATA_MAX ? arena_zero(txn_arena(t), sizeof *l) : NULL;
    if (l != NULL) {
        l->text = arena_copy(txn_arena(t), bytes_from(text, text.n != 0 && text.p[0] == '.'));
        *(x->data_last != NULL ? &x->data_last->next : &x->data) = l;
        x->data_last = l;
        x->data_n++;
    }
    txn_touch(t, TO_CLIENT);
}

static void piece_in(struct pop3_state *s, struct bytes piece)
{
    struct pop3 *x = s->many != NULL ? txn_data(s->many) : NULL;

    s->within = piece.p[piece.n - 1] != '\n';
    if (x != NULL && x->mail != NULL) {
        txn_mail_data(x->mail, piece);
        txn_touch(s->many, TO_CLIENT);
    }
}

static enum outcome pop3_parse(struct conn *c, enum side side, unsigned unit, struct rd r)
{
    struct pop3_state *s = conn_state(c);
    struct bytes b = rd_rest(&r);

    (void)side;
    switch (unit) {
    case UNIT_COMMAND:
    case UNIT_COMMAND_CUT: return command(c, b);
    case UNIT_RESPONSE:
    case UNIT_RESPONSE_CUT: return response(c, b);
    case UNIT_PIECE: piece_in(s, b); return OUTCOME_OK;
    default:
        if (s->many != NULL) {
            line_in(s->many, b);
        }
        return OUTCOME_OK;
    }
}

static void pop3_gap(struct conn *c, enum side side, uint64_t n, bool in_body)
{
    struct pop3_state *s = conn_state(c);
    struct pop3 *x = side == TO_CLIENT && s->many != NULL ? txn_data(s->many) : NULL;

    (void)in_body;
    if (x != NULL && x->mail != NULL) {
        txn_mail_gap(x->mail, n);
    }
}

static void pop3_eof(struct conn *c, enum side side)
{
    struct pop3_state *s = conn_state(c);

    if (s != NULL && side == TO_CLIENT && s->many != NULL) {
        mail_end(txn_data(s->many), true);
    }
}

/* On with the next line. */
static struct frame pop3_resync(struct conn *c, enum side side, struct rd data)
{
    struct pop3_state *s = conn_state(c);
    size_t lf = bytes_find_byte(rd_peek(&data), '\n');

    s->discard[side] = s->within = false;
    return lf == SIZE_MAX ? (struct frame){ FRAME_MORE, 0, 0 } : (struct frame){ FRAME_SKIP, 0, lf + 1 };
}

static void pop3_txn_fini(struct txn *t)
{
    struct pop3 *x = txn_data(t);

    if (x->state != NULL && x->state->many == t) { /* of the flow, also after another protocol took over */
        x->state->many = NULL;
    }
    if (x->mail != NULL) {
        txn_mail_fini(x->mail);
    }
}

/* ------- fields ------- */

/* Whom the server let in, or did not (RFC 1939 7). */
static bool user_in(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct pop3 *x = txn_data_const(t);

    (void)side;
    *out = x->user;
    return i == 0 && x->user.n != 0 && x->answered && x->success;
}

static bool user_refused(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct pop3 *x = txn_data_const(t);

    (void)side;
    *out = x->user;
    return i == 0 && x->user.n != 0 && x->answered && !x->success;
}

#define ANSWERED .type = FIELD_BYTES, .sides = SIDE_CLIENT_BIT, .stage = { POP3_DONE, POP3_DONE }
static const struct field fields[] = {
    { .name = "pop3.user", ANSWERED, .bytes = user_in, .sign = SIGN_USER, .help = "whom the server let in, with the answer to the password" },
    { .name = "pop3.user_refused", ANSWERED, .bytes = user_refused, .sign = SIGN_USER_REFUSED, .help = "… and whom it did not" },
};

/* ------- log ------- */

static void pop3_log(const struct txn *t, struct json *j)
{
    const struct pop3 *x = txn_data_const(t);

    if (x->asked) {
        json_object(j, "request");
        json_bytes(j, "command", x->command);
        json_array(j, "args");
        for (unsigned i = 0; i < x->argument_n; i++) {
            json_bytes(j, NULL, x->argument[i]);
        }
        json_end_array(j);
        json_end_object(j);
    }
    if (x->answered) {
        json_object(j, "response");
        json_bool(j, "success", x->success);
        json_string(j, "status", x->success ? "OK" : "ERR");
        json_bytes(j, "header", x->header);
        json_array(j, "data");
        for (const struct pop3_line *l = x->data; l != NULL; l = l->next) {
            json_bytes(j, NULL, l->text);
        }
        json_end_array(j);
        json_end_object(j);
    }
}

/* ------- row ------- */

static enum probe pop3_probe(struct rd data, enum side side, bool whole)
{
    struct bytes b = rd_peek(&data);

    (void)whole;
    if (side == TO_CLIENT) {
        return bytes_starts(b, "+OK") || bytes_starts(b, "-ERR") ? PROBE_YES : b.n < 4 ? PROBE_MORE : PROBE_NO;
    }
    struct bytes word = bytes_trim(rd_until_any(&data, " \r\n"), "\r");
    return command_row(word) < ROWS(commands) ? PROBE_YES : b.n < 4 ? PROBE_MORE : PROBE_NO;
}

static const struct proto_state request_states[] = { { "request_started", POP3_STARTED }, { "request_complete", POP3_DONE }, { NULL, 0 } };
static const struct proto_state response_states[] = { { "response_started", POP3_STARTED }, { "response_complete", POP3_DONE }, { NULL, 0 } };

static const struct note_row pop3_notes[] = {
    [NOTE_TOO_MANY] = { "too_many_transactions", 0, 0, "more commands without a response than max-tx" },
    [NOTE_REQUEST_LONG] = { "request_too_long", 0, 0, "a command of more than 255 bytes" },
    [NOTE_ARGUMENTS] = { "incorrect_argument_count", 0, 0, "a command with more or fewer arguments than it takes" },
    [NOTE_UNKNOWN] = { "unknown_command", 0, 0, "a command of no known name" },
    [NOTE_RESPONSE_LONG] = { "response_too_long", 0, 0, "a response line of more than 512 bytes" },
};

static const struct option_row pop3_options[] = {
    { "app-layer.protocols.pop3.max-tx", OPTION_U32, offsetof(struct pop3_settings, txn_max), "256", NULL, 0, 0, NULL, "commands of a flow that wait for their response" },
    { "app-layer.protocols.pop3.stream-depth", OPTION_BYTES, offsetof(struct pop3_settings, depth), "0", NULL, 0, 0, "bytes",
      "of a direction that are read; 0: all" },
    { "app-layer.protocols.pop3.files", OPTION_BOOL, offsetof(struct pop3_settings, files), "yes", NULL, 0, 0, NULL, "what is attached to mails are files" },
};

const struct proto proto_pop3 = {
    .name = "pop3",
    .pdu_lines = true,
    .ports = "tcp/110",
    .transports = 1,
    .files = true,
    .first_server = true,
    .probe = pop3_probe,
    .state_size = sizeof(struct pop3_state),
    .txn_size = sizeof(struct pop3),
    .unit_max = 64 * 1024,
    .txn_bytes_max = 256 * 1024,
    .frame = pop3_frame,
    .parse = pop3_parse,
    .gap = pop3_gap,
    .resync = pop3_resync,
    .eof = pop3_eof,
    .txn_fini = pop3_txn_fini,
    .states = { request_states, response_states },
    .notes = pop3_notes,
    .note_n = ROWS(pop3_notes),
    .fields = fields,
    .field_n = ROWS(fields),
    .log = pop3_log,
    .options = pop3_options,
    .option_n = ROWS(pop3_options),
    .settings_size = sizeof(struct pop3_settings),
};
