/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * imap - mail access (RFC 9051, RFC 3501): commands with all that answers them, up to STARTTLS.
 *
 * A transaction is a command and its tagged response; what comes between is counted with it.  Lines have literals in them: bytes of an
 * announced number.  A mail that is fetched so is a transaction of its own, one that is stored belongs to its command; what is attached
 * are files, a few fields of its head are kept.
 */
#include "proto/imap/imap.h"
#include "wire/base64url.h"

enum { IMAP_STARTED, IMAP_DONE };
enum { UNIT_LINE, UNIT_LINE_CUT };
enum { NOTE_TOO_MANY, NOTE_LINE_LONG, NOTE_UNKNOWN, NOTE_UNTAGGED_UNKNOWN, NOTE_CLEARTEXT_PASSWORD };
enum { LINE_MAX = 64 * 1024, KEPT_MAX = 1024, TAG_MAX = 64, TEXT_MAX = 512, NAMES_MAX = 2 };

struct imap_lane {
    uint64_t literal;           /* 1 + bytes of the literal that comes next; 0: none */
    uint64_t left;              /* of the one under way */
    uint8_t as;                 /* enum imap_literal: of that */
    bool goes_on;               /* the next line is the rest of one that had a literal */
    bool agreed;                /* the literal comes only when the server says so (RFC 9051 4.3) */
    bool begins;                /* nothing of it came yet */
    bool discard;
};

struct imap_state {
    struct imap_lane lane[2];
    struct txn *asking;         /* whose command is not whole; NULL */
    struct txn *mailing[2];     /* whose mail flows by in that direction, or may go on; NULL */
    struct imap_fetch fetch;
    bool sasl;                  /* the client's lines are no commands (RFC 9051 6.2.2) */
};

struct imap {
    struct imap_state *state;
    bool asked, answered;
    bool fetched;               /* a mail that came, and no command */
    uint8_t command;            /* row of commands; ROWS(commands): none of them */
    bool plain;                 /* AUTHENTICATE PLAIN: the next line is a name and a secret */
    struct bytes tag, word, arguments;
    struct bytes name[NAMES_MAX]; /* the first arguments, when they are strings */
    struct arena_text spelled;    /* the one of them that a literal tells, in pieces */
    bool spelling;
    unsigned name_n;
    struct bytes user;
    struct bytes status, text;  /* of the tagged response */
    struct bytes server;        /* "(…)": what the server says of itself (RFC 2971) */
    uint32_t untagged;
    struct mail *mail;          /* NULL: none, or nobody looks */
    bool mail_over;
};

struct imap_settings {
    uint32_t txn_max;
    bool files;
};

enum imap_command { IMAP_APPEND, IMAP_AUTHENTICATE, IMAP_EXAMINE, IMAP_IDLE, IMAP_LOGIN, IMAP_SELECT, IMAP_STARTTLS, IMAP_COMPRESS };
static const struct {
    const char *word;
    uint8_t names;              /* arguments that are names, and not lists or sets */
    bool secret;                /* the second one is a password */
} commands[] = {
    [IMAP_APPEND] = { "APPEND", 1, false }, [IMAP_AUTHENTICATE] = { "AUTHENTICATE", 2, false }, [IMAP_EXAMINE] = { "EXAMINE", 1, false },
    [IMAP_IDLE] = { "IDLE", 0, false }, [IMAP_LOGIN] = { "LOGIN", 2, true }, [IMAP_SELECT] = { "SELECT", 1, false },
    [IMAP_STARTTLS] = { "STARTTLS", 0, false }, [IMAP_COMPRESS] = { "COMPRESS", 0, false },
    { "CAPABILITY", 0, false }, { "CHECK", 0, false }, { "CLOSE", 0, false }, { "COPY", 0, false }, { "CREATE", 1, false }, { "DELETE", 1, false },
    { "ENABLE", 0, false }, { "EXPUNGE", 0, false }, { "FETCH", 0, false }, { "GETQUOTAROOT", 1, false }, { "GETQUOTA", 1, false }, { "GETACL", 1, false }, { "GETMETADATA", 0, false }, { "ID", 0, false },
    { "LIST", 2, false }, { "LOGOUT", 0, false }, { "LSUB", 2, false }, { "MOVE", 0, false }, { "MYRIGHTS", 1, false }, { "NAMESPACE", 0, false }, { "NOOP", 0, false }, { "NOTIFY", 0, false },
    { "RENAME", 2, false }, { "SEARCH", 0, false }, { "SETACL", 2, false }, { "SETQUOTA", 1, false }, { "SETMETADATA", 1, false }, { "SORT", 0, false }, { "STATUS", 1, false },
    { "STORE", 0, false }, { "SUBSCRIBE", 1, false }, { "THREAD", 0, false }, { "UID", 0, false }, { "UNAUTHENTICATE", 0, false }, { "UNSELECT", 0, false }, { "UNSUBSCRIBE", 1, false },
    { "XLIST", 2, false },
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

/* RFC 9051 4.3: a line that ends in {n}, {n+} or ~{n} goes on behind n bytes.  False: no such end. */
static bool literal_of(struct bytes text, uint64_t *n, struct bytes *before)
{
    size_t open = text.n;

    if (text.n < 3 || text.p[text.n - 1] != '}') {
        return false;
    }
    struct bytes inside = bytes_head(text, text.n - 1);
    while (open > 0 && text.p[open - 1] != '{' && text.n - open < 24) {
        open--;
    }
    if (open == 0 || text.p[open - 1] != '{') {
        return false;
    }
    inside = bytes_trim(bytes_from(inside, open), "+-");
    *before = bytes_head(text, open - 1);
    return bytes_u64(inside, n);
}

static struct frame imap_frame(struct conn *c, enum side side, struct rd data)
{
    struct imap_state *s = conn_state(c);
    struct imap_lane *l = &s->lane[side];

    if (l->literal != 0) {
        uint64_t n = l->literal - 1;
        l->literal = 0;
        l->left = n;
        l->begins = true;
        return (struct frame){ FRAME_BODY, 0, n };
    }
    return frame_line(c, side, rd_peek(&data), LINE_MAX, &l->discard);
}

/* ------- commands ------- */

static struct imap *of(struct txn *t) { return txn_data(t); }

static struct txn *exchange_new(struct conn *c)
{
    struct txn *t = txn_new(c);

    if (t != NULL) {
        of(t)->state = conn_state(c);
        of(t)->command = ROWS(commands);
    }
    return t;
}

/* The next argument: an atom, or a string in quotes (RFC 9051 9); false: a list, a literal, or none. */
static bool argument(struct rd *r, struct txn *t, struct bytes *out)
{
    struct arena_text text;
    struct bytes b;

    rd_skip_any(r, " ");
    b = rd_peek(r);
    if (b.n == 0 || b.p[0] == '(' || b.p[0] == '{' || b.p[0] == '~') {
        return false;
    }
    if (b.p[0] != '"') {
        *out = arena_copy(txn_arena(t), bytes_head(rd_until_any(r, " "), KEPT_MAX));
        return true;
    }
    rd_skip(r, 1);
    arena_text_init(&text, txn_arena(t), KEPT_MAX);
    while (rd_left(r) != 0) {
        uint8_t ch = rd_u8(r);
        if (ch == '"') {
            break;
        }
        arena_text_byte(&text, ch == '\\' && rd_left(r) != 0 ? rd_u8(r) : ch);
    }
    *out = arena_text_bytes(&text);
    return true;
}

static unsigned names_of(const struct imap *x) { return x->command < ROWS(commands) ? commands[x->command].names : 0; }

static void names(struct txn *t, struct bytes text)
{
    struct imap *x = of(t);
    struct rd r = rd_of(text);

    while (x->name_n < names_of(x) && argument(&r, t, &x->name[x->name_n])) {
        x->name_n++;
    }
}

/* RFC 4616 2: whose rights, 0, name, 0, password. */
static void plain(struct txn *t, struct bytes coded)
{
    struct imap *x = of(t);
    struct bytes text;
    bool found;

    if (base64url_read(txn_arena(t), bytes_head(coded, KEPT_MAX), &text)) {
        struct rd r = rd_of(text);
        (void)rd_until(&r, 0, &found);
        x->user = rd_until(&r, 0, &found);
        txn_note(t, NOTE_CLEARTEXT_PASSWORD);
    }
}

/* The command is there, arguments and all. */
static void asked(struct conn *c, struct txn *t)
{
    struct imap_state *s = conn_state(c);
    struct imap *x = of(t);

    s->asking = NULL;
    switch (x->command) {
    case IMAP_LOGIN:
        x->user = x->name[0];
        txn_note(t, NOTE_CLEARTEXT_PASSWORD);
        break;
    case IMAP_AUTHENTICATE:
        s->sasl = true;
        x->plain = bytes_is_nocase(x->name[0], "PLAIN");
        if (x->plain && x->name_n == 2) { /* RFC 4959 */
            plain(t, x->name[1]);
            x->plain = false;
        }
        break;
    default: break;
    }
    txn_done(t, TO_SERVER);
}

/* What stands behind a command's name, or behind a literal: up to the next literal, or the end. */
static void command_part(struct conn *c, struct txn *t, struct bytes text)
{
    struct imap_state *s = conn_state(c);
    struct imap_lane *l = &s->lane[TO_SERVER];
    struct imap *x = of(t);
    struct bytes before = text;
    uint64_t n;
    bool more = literal_of(text, &n, &before);

    names(t, before);
    if (x->arguments.p == NULL && !(x->command < ROWS(commands) && commands[x->command].secret)) {
        x->arguments = arena_copy(txn_arena(t), bytes_head(before, KEPT_MAX));
    }
    if (!more) {
        asked(c, t);
        return;
    }
    s->asking = t;
    l->goes_on = true;
    l->agreed = text.p[text.n - 2] != '+';
    l->literal = n + 1;
    l->as = x->name_n < names_of(x) ? IMAP_LITERAL_NAME : x->command == IMAP_APPEND ? IMAP_LITERAL_MAIL : IMAP_LITERAL_SKIP;
}

static enum outcome command(struct conn *c, struct bytes text)
{
    struct imap_state *s = conn_state(c);
    struct rd r = rd_of(text);
    struct txn *last = txn_last(c);

    if (s->sasl || bytes_is_nocase(text, "DONE")) { /* RFC 9051 6.3.13 */
        if (last != NULL && of(last)->plain) {
            plain(last, text);
            of(last)->plain = false;
        }
        return OUTCOME_OK;
    }
    struct bytes tag = rd_until_any(&r, " ");
    rd_skip_any(&r, " ");
    struct bytes word = rd_until_any(&r, " ");
    if (word.n == 0) {
        return OUTCOME_OK;
    }
    struct txn *t = exchange_new(c);
    if (t == NULL) {
        return OUTCOME_OK;
    }
    struct imap *x = of(t);
    if (bytes_is_nocase(word, "UID")) { /* of the other commands, by unique numbers (6.4.9) */
        rd_skip_any(&r, " ");
        x->word = arena_copy(txn_arena(t), bytes_head(rd_until_any(&r, " "), TAG_MAX));
    } else {
        x->word = arena_copy(txn_arena(t), bytes_head(word, TAG_MAX));
    }
    x->asked = true;
    x->tag = arena_copy(txn_arena(t), bytes_head(tag, TAG_MAX));
    x->command = (uint8_t)command_row(x->word);
    if (x->command == ROWS(commands)) {
        txn_note(t, NOTE_UNKNOWN);
    }
    rd_skip_any(&r, " ");
    command_part(c, t, rd_rest(&r));
    return OUTCOME_OK;
}

/* ------- responses ------- */

/* Untagged ones belong to the oldest command that waits; several at a time are answered in turn. */
static struct txn *waiting(struct conn *c)
{
    struct txn *t = txn_first_open(c);

    while (t != NULL && (t->complete[TO_CLIENT] || of(t)->fetched)) {
        t = t->next;
    }
    return t;
}

static struct txn *tagged(struct conn *c, struct bytes tag)
{
    struct txn *t = txn_first_open(c);

    while (t != NULL && (t->complete[TO_CLIENT] || of(t)->fetched || !bytes_equal(of(t)->tag, bytes_head(tag, TAG_MAX)))) {
        t = t->next;
    }
    return t;
}

static void mail_over(struct imap_state *s, enum side side, bool truncated);

static void over(struct conn *c, struct txn *t, bool good)
{
    struct imap_state *s = conn_state(c);
    struct imap *x = of(t);

    if (x->command == IMAP_AUTHENTICATE) {
        s->sasl = false;
    }
    if (s->fetch.open.section != IMAP_NOTHING && !bytes_is_nocase(x->word, "FETCH")) { /* no more of it is asked for */
        mail_over(s, TO_CLIENT, true);
    }
    struct imap_lane *l = &s->lane[TO_SERVER];
    if (s->asking == t && l->literal != 0 && l->agreed) { /* it was not agreed to, and does not come */
        l->literal = 0;
        l->goes_on = false;
        s->asking = NULL;
    }
    x->answered = true;
    txn_done(t, TO_SERVER);
    txn_done(t, TO_CLIENT);
    if (good && x->command == IMAP_STARTTLS) {
        (void)proto_switch(c, "tls", 0);
    } else if (good && x->command == IMAP_COMPRESS) { /* RFC 4978 */
        conn_opaque(c, TO_SERVER);
        conn_opaque(c, TO_CLIENT);
    }
}

/* "OK text", "NO text", "BAD text", of a tag, or of none: a greeting, or news. */
static void result(struct txn *t, struct rd r)
{
    struct imap *x = of(t);

    x->status = arena_copy(txn_arena(t), bytes_head(rd_until_any(&r, " "), TAG_MAX));
    rd_skip_any(&r, " ");
    x->text = arena_copy(txn_arena(t), bytes_head(rd_rest(&r), TEXT_MAX));
}

static bool is_status(struct bytes b)
{
    struct rd r = rd_of(b);
    struct bytes word = rd_until_any(&r, " ");

    return bytes_is_nocase(word, "OK") || bytes_is_nocase(word, "NO") || bytes_is_nocase(word, "BAD") || bytes_is_nocase(word, "PREAUTH") || bytes_is_nocase(word, "BYE");
}

/* RFC 2971 3.2: ID and a list of names and values, or NIL. */
static void server_id(struct txn *t, struct rd r)
{
    struct bytes word = rd_until_any(&r, " ");

    rd_skip_any(&r, " ");
    if (bytes_is_nocase(word, "ID") && bytes_starts(rd_peek(&r), "(")) {
        of(t)->server = arena_copy(txn_arena(t), bytes_head(rd_rest(&r), TEXT_MAX));
    }
}

/* A piece of an untagged response, up to its literal or end. */
static void untagged_part(struct conn *c, struct txn *t, struct bytes text)
{
    struct imap_state *s = conn_state(c);
    struct imap_lane *l = &s->lane[TO_CLIENT];
    struct bytes before = text;
    uint64_t n = 0;
    enum imap_literal as;

    l->goes_on = literal_of(text, &n, &before);
    as = imap_fetch_part(c, &s->fetch, before, l->goes_on, n);
    if (l->goes_on) {
        l->literal = n + 1;
        l->as = (uint8_t)(t != NULL ? as : IMAP_LITERAL_SKIP);
        if (n == 0 && imap_fetch_goes_on(&s->fetch)) { /* there is no more of it */
            mail_over(s, TO_CLIENT, false);
        }
    }
}

/* "7 FETCH …" is about message 7; what is about none of them has no mail. */
static uint64_t fetched_message(struct rd r)
{
    uint64_t n;
    bool number = bytes_u64(rd_until_any(&r, " "), &n);

    rd_skip_any(&r, " ");
    return number && bytes_is_nocase(rd_until_any(&r, " ("), "FETCH") ? n : 0;
}

static enum outcome response(struct conn *c, struct bytes text)
{
    struct imap_state *s = conn_state(c);
    struct rd r = rd_of(text);
    bool untagged = bytes_starts(text, "* ");

    if (s->lane[TO_CLIENT].goes_on) {
        untagged_part(c, waiting(c), text);
        return OUTCOME_OK;
    }
    if (bytes_starts(text, "+")) { /* go on */
        return OUTCOME_OK;
    }
    struct bytes tag = rd_until_any(&r, " ");
    rd_skip_any(&r, " ");
    if (!untagged) {
        struct txn *t = tagged(c, tag);
        if (t == NULL) {
            conn_note(c, TO_CLIENT, NOTE_UNTAGGED_UNKNOWN);
            return OUTCOME_OK;
        }
        result(t, r);
        over(c, t, bytes_is_nocase(of(t)->status, "OK"));
        return OUTCOME_OK;
    }
    struct txn *t = waiting(c);
    if (t == NULL && txn_last(c) == NULL && is_status(rd_peek(&r)) && (t = exchange_new(c)) != NULL) { /* the greeting */
        t->skip_inspect[TO_SERVER] = true;
        result(t, r);
        over(c, t, false);
        return OUTCOME_OK;
    }
    if (t != NULL) {
        of(t)->untagged++;
        server_id(t, r);
        txn_touch(t, TO_CLIENT);
    }
    s->fetch.message = fetched_message(r);
    untagged_part(c, t, text);
    return OUTCOME_OK;
}

static enum outcome imap_parse(struct conn *c, enum side side, unsigned unit, struct rd r)
{
    struct imap_state *s = conn_state(c);
    struct imap_lane *l = &s->lane[side];
    struct bytes text = bytes_trim(rd_rest(&r), "\r\n");

    if (unit == UNIT_LINE_CUT) {
        conn_note(c, side, NOTE_LINE_LONG);
    }
    if (side == TO_CLIENT) {
        return response(c, text);
    }
    if (l->goes_on) {
        l->goes_on = false;
        if (s->asking != NULL) {
            command_part(c, s->asking, text);
        }
        return OUTCOME_OK;
    }
    return command(c, text);
}

/* ------- literals ------- */

static void mail_end(struct imap *x, bool truncated)
{
    if (x->mail != NULL && !x->mail_over) {
        txn_mail_end(x->mail, truncated);
    }
    x->mail_over = true;
}

static void mail_over(struct imap_state *s, enum side side, bool truncated)
{
    struct txn *t = s->mailing[side];

    s->mailing[side] = NULL;
    if (side == TO_CLIENT) {
        s->fetch.open.section = IMAP_NOTHING;
    }
    if (t == NULL) {
        return;
    }
    mail_end(of(t), truncated);
    if (of(t)->fetched) {
        txn_done(t, TO_CLIENT);
    }
}

static struct txn *mail_txn(struct conn *c, enum side side)
{
    struct imap_state *s = conn_state(c);
    struct txn *t = side == TO_SERVER ? s->asking : exchange_new(c);

    if (t != NULL && side == TO_CLIENT) {
        of(t)->fetched = true;
        t->skip_inspect[TO_SERVER] = true;
        txn_done(t, TO_SERVER);
    }
    return t;
}

static void mail_piece(struct conn *c, enum side side, struct bytes chunk)
{
    const struct imap_settings *set = conn_settings(c);
    struct imap_state *s = conn_state(c);
    struct txn *t = s->mailing[side];

    if (t == NULL && (t = mail_txn(c, side)) != NULL) {
        s->mailing[side] = t;
        of(t)->mail = set != NULL && !set->files ? NULL : txn_mail_new(t, side, &(struct mail_how){ 0 });
        of(t)->mail_over = false;
        if (side == TO_CLIENT && of(t)->mail != NULL) {
            imap_fetch_begin(&s->fetch, of(t)->mail);
        }
    }
    if (t != NULL && of(t)->mail != NULL) {
        txn_mail_data(of(t)->mail, chunk);
        txn_touch(t, side);
    }
}

/* A name that is told by a literal comes in pieces. */
static void name_piece(struct txn *t, struct bytes chunk, bool last)
{
    struct imap *x = of(t);

    if (!x->spelling) {
        arena_text_init(&x->spelled, txn_arena(t), KEPT_MAX);
    }
    arena_text_add(&x->spelled, chunk);
    x->name[x->name_n] = arena_text_bytes(&x->spelled);
    x->name_n += last;
    x->spelling = !last;
}

/* The arguments of the command that is being answered. */
static struct bytes asked_for(struct conn *c)
{
    struct txn *t = waiting(c);

    return t != NULL ? of(t)->arguments : bytes_none();
}

static void imap_body(struct conn *c, enum side side, struct bytes chunk, bool last)
{
    struct imap_state *s = conn_state(c);
    struct imap_lane *l = &s->lane[side];

    l->left -= chunk.n;
    if (l->as == IMAP_LITERAL_NAME && s->asking != NULL && of(s->asking)->name_n < NAMES_MAX) {
        name_piece(s->asking, chunk, last);
    } else if (l->as == IMAP_LITERAL_HEAD) {
        imap_fetch_head(&s->fetch, chunk);
    } else if (l->as == IMAP_LITERAL_MAIL) {
        if (side == TO_CLIENT && l->begins && !imap_fetch_goes_on(&s->fetch)) {
            mail_over(s, side, true); /* another one, of which no more came */
        }
        l->begins = false;
        mail_piece(c, side, chunk);
        if (last && (side == TO_SERVER || l->left != 0 || imap_fetch_over(&s->fetch, asked_for(c)))) {
            mail_over(s, side, l->left != 0);
        }
    }
}

static void imap_gap(struct conn *c, enum side side, uint64_t n, bool in_body)
{
    struct imap_state *s = conn_state(c);
    struct txn *t = s->mailing[side];

    s->lane[side].left -= in_body ? n : 0;
    if (in_body && t != NULL && of(t)->mail != NULL && !of(t)->mail_over) {
        txn_mail_gap(of(t)->mail, n);
    }
    if (!in_body) {
        mail_over(s, side, true);
        s->lane[side].goes_on = false;
    }
}

/* On with the next line. */
static struct frame imap_resync(struct conn *c, enum side side, struct rd data)
{
    struct imap_state *s = conn_state(c);
    size_t lf = bytes_find_byte(rd_peek(&data), '\n');

    s->lane[side] = (struct imap_lane){ 0 };
    return lf == SIZE_MAX ? (struct frame){ FRAME_MORE, 0, 0 } : (struct frame){ FRAME_SKIP, 0, lf + 1 };
}

static void imap_eof(struct conn *c, enum side side)
{
    struct imap_state *s = conn_state(c);

    if (s != NULL) {
        mail_over(s, side, true);
    }
}

static void imap_txn_fini(struct txn *t)
{
    struct imap *x = of(t);

    for (unsigned side = 0; x->state != NULL && side < 2; side++) {
        if (side == TO_CLIENT && x->state->mailing[side] == t) {
            x->state->fetch.open.section = IMAP_NOTHING;
        }
        x->state->mailing[side] = x->state->mailing[side] == t ? NULL : x->state->mailing[side];
    }
    if (x->state != NULL && x->state->asking == t) {
        x->state->asking = NULL;
    }
    if (x->mail != NULL && !x->mail_over) {
        txn_mail_fini(x->mail);
    }
}

/* ------- fields ------- */

#define IMAP_BYTES(fn, value, there)                                                                                   \
    static bool fn(const struct txn *t, enum side side, unsigned i, struct bytes *out)                                 \
    {                                                                                                                  \
        const struct imap *x = txn_data_const(t);                                                                      \
        (void)side;                                                                                                    \
        *out = x->value;                                                                                               \
        return i == 0 && out->p != NULL && (there);                                                                    \
    }
IMAP_BYTES(word, word, true)
IMAP_BYTES(arguments, arguments, x->arguments.n != 0)
IMAP_BYTES(status, status, x->answered)
IMAP_BYTES(user, user, x->user.n != 0)
IMAP_BYTES(user_in, user, x->answered && x->user.n != 0 && bytes_is_nocase(x->status, "OK"))
IMAP_BYTES(user_refused, user, x->answered && x->user.n != 0 && bytes_is_nocase(x->status, "NO"))

static bool has_mailbox(const struct imap *x)
{
    return x->name_n != 0 && x->command != IMAP_LOGIN && x->command != IMAP_AUTHENTICATE;
}
IMAP_BYTES(mailbox, name[0], has_mailbox(x))

IMAP_BYTES(client_id, arguments, bytes_is_nocase(x->word, "ID") && bytes_starts(x->arguments, "("))
IMAP_BYTES(server_told, server, x->server.n != 0)

static bool mail_subject(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct imap *x = txn_data_const(t);

    (void)side;
    return i == 0 && x->mail != NULL && txn_mail_field(x->mail, "subject", out);
}

static bool mail_from(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct imap *x = txn_data_const(t);

    (void)side;
    return i == 0 && x->mail != NULL && txn_mail_field(x->mail, "from", out);
}

#define ASKED .type = FIELD_BYTES, .sides = SIDE_SERVER_BIT, .stage = { IMAP_DONE, IMAP_DONE }
#define ANSWERED .type = FIELD_BYTES, .sides = SIDE_CLIENT_BIT, .stage = { IMAP_DONE, IMAP_DONE }
static const struct field fields[] = {
    { .name = "imap.command", ASKED, .bytes = word, .help = "the command's name, as it came, without its tag" },
    { .name = "imap.arguments", ASKED, .bytes = arguments, .help = "what stands behind it, up to its first literal; not of LOGIN" },
    { .name = "imap.mailbox", ASKED, .bytes = mailbox, .flags = FIELD_KEY, .help = "the mailbox that the command is about" },
    { .name = "imap.user", ASKED, .bytes = user, .flags = FIELD_KEY, .help = "who wants in, by LOGIN or AUTHENTICATE PLAIN" },
    { .name = "imap.status", ANSWERED, .bytes = status, .help = "OK, NO, BAD, BYE or PREAUTH" },
    { .name = "imap.mail_subject", .type = FIELD_BYTES, .sides = SIDE_BOTH_BITS, .stage = { IMAP_DONE, IMAP_DONE }, .bytes = mail_subject, .flags = FIELD_KEY, .help = "subject of a mail that is fetched or stored" },
    { .name = "imap.mail_from", .type = FIELD_BYTES, .sides = SIDE_BOTH_BITS, .stage = { IMAP_DONE, IMAP_DONE }, .bytes = mail_from, .flags = FIELD_KEY, .help = "its sender, as its head says" },
    { .name = "imap.client_id", ASKED, .bytes = client_id, .sign = SIGN_CLIENT, .help = "what a client says of itself by ID: names and values in a list" },
    { .name = "imap.server_id", ANSWERED, .bytes = server_told, .sign = SIGN_SOFTWARE, .help = "and what its server does" },
    { .name = "imap.user_in", ANSWERED, .bytes = user_in, .sign = SIGN_USER, .help = "whom the server let in" },
    { .name = "imap.user_refused", ANSWERED, .bytes = user_refused, .sign = SIGN_USER_REFUSED, .help = "… and whom it did not" },
};

/* ------- log ------- */

static void imap_log(const struct txn *t, struct json *j)
{
    const struct imap *x = txn_data_const(t);

    if (x->asked) {
        json_object(j, "request");
        json_bytes(j, "tag", x->tag);
        json_bytes(j, "command", x->word);
        if (x->user.n != 0) {
            json_bytes(j, "user", x->user);
        }
        if (has_mailbox(x)) {
            json_bytes(j, "mailbox", x->name[0]);
        }
        if (x->arguments.n != 0 && x->command != IMAP_AUTHENTICATE) { /* a secret */
            json_bytes(j, "arguments", x->arguments);
        }
        json_end_object(j);
    }
    if (x->answered) {
        json_object(j, "response");
        json_bytes(j, "status", x->status);
        json_bytes(j, "text", x->text);
        if (x->untagged != 0) {
            json_u64(j, "untagged", x->untagged);
        }
        json_end_object(j);
    }
}

/* As Suricata's records of SMTP have a mail. */
static void imap_log_beside(const struct txn *t, struct json *j)
{
    static const struct { const char *field, *key; bool list; } shown[] = { { "from", "from", false }, { "to", "to", true }, { "cc", "cc", true },
                                                                             { "subject", "subject", false }, { "date", "date", false }, { "message-id", "message_id", false } };
    const struct imap *x = txn_data_const(t);
    struct bytes value;

    if (x->mail == NULL) {
        return;
    }
    json_object(j, "email");
    for (unsigned i = 0; i < ROWS(shown); i++) {
        if (!txn_mail_field(x->mail, shown[i].field, &value)) {
            continue;
        }
        if (shown[i].list) {
            json_array(j, shown[i].key);
            json_bytes(j, NULL, value);
            json_end_array(j);
        } else {
            json_bytes(j, shown[i].key, value);
        }
    }
    json_end_object(j);
}

/* ------- row ------- */

static const struct proto_pattern patterns[] = {
    { "* OK ", 5, 0, 0, TO_CLIENT, true }, { "* NO ", 5, 0, 0, TO_CLIENT, true }, { "* BAD ", 6, 0, 0, TO_CLIENT, true },
    { "* LIST ", 7, 0, 0, TO_CLIENT, true }, { "* ESEARCH ", 10, 0, 0, TO_CLIENT, true }, { "* STATUS ", 9, 0, 0, TO_CLIENT, true },
    { "* FLAGS ", 8, 0, 0, TO_CLIENT, true }, { " CAPABILITY", 11, 0, 17, TO_SERVER, true },
};

static const struct proto_state request_states[] = { { "request_started", IMAP_STARTED }, { "request_complete", IMAP_DONE }, { NULL, 0 } };
static const struct proto_state response_states[] = { { "response_started", IMAP_STARTED }, { "response_complete", IMAP_DONE }, { NULL, 0 } };

static const struct note_row notes[] = {
    [NOTE_TOO_MANY] = { "too_many_transactions", 0, 0, "more commands without their response than max-tx" },
    [NOTE_LINE_LONG] = { "line_too_long", 0, 0, "a line of more than 64 KB" },
    [NOTE_UNKNOWN] = { "unknown_command", 0, 0, "a command of no known name" },
    [NOTE_UNTAGGED_UNKNOWN] = { "unknown_tag", 0, 0, "a response to a command that was not seen" },
    [NOTE_CLEARTEXT_PASSWORD] = { "cleartext_password", 0, 0, "a name and a password as they are" },
};

static const struct option_row options[] = {
    { "app-layer.protocols.imap.max-tx", OPTION_U32, offsetof(struct imap_settings, txn_max), "256", NULL, 1, 0, NULL, "commands of a flow that wait for their response" },
    { "app-layer.protocols.imap.files", OPTION_BOOL, offsetof(struct imap_settings, files), "yes", NULL, 0, 0, NULL, "what is attached to mails are files" },
};

const struct proto proto_imap = {
    .name = "imap",
    .own_object = true,
    .pdu_lines = true,
    .transports = 1,
    .files = true,
    .first_server = true,
    .whole_never = true, /* to Suricata its stream is as that of any protocol it does not read */
    .patterns = patterns,
    .pattern_n = ROWS(patterns),
    .state_size = sizeof(struct imap_state),
    .txn_size = sizeof(struct imap),
    .unit_max = LINE_MAX + 1,
    .max_tx = MAX_TX(struct imap_settings, txn_max), .max_tx_note = NOTE_TOO_MANY,
    .txn_bytes_max = 256 * 1024,
    .frame = imap_frame,
    .parse = imap_parse,
    .body = imap_body,
    .gap = imap_gap,
    .resync = imap_resync,
    .eof = imap_eof,
    .txn_fini = imap_txn_fini,
    .states = { request_states, response_states },
    .fields = fields,
    .field_n = ROWS(fields),
    .notes = notes,
    .note_n = ROWS(notes),
    .log = imap_log,
    .log_beside = imap_log_beside,
    .options = options,
    .option_n = ROWS(options),
    .settings_size = sizeof(struct imap_settings),
};
