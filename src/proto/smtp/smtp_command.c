/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * smtp_command - what a client's command line means (RFC 5321 4.1.1, RFC 3030, RFC 3207).
 */
#include "proto/smtp/smtp.h"

enum { RECIPIENTS_MAX = 4096, WAIT_FIRST = 16 };

static uint8_t command_of(struct bytes line)
{
    static const struct {
        const char *word;
        uint8_t command;
    } rows[] = {
        { "starttls", COMMAND_STARTTLS }, { "data", COMMAND_DATA }, { "bdat", COMMAND_BDAT }, { "helo", COMMAND_HELO }, { "ehlo", COMMAND_HELO },
        { "mail from", COMMAND_MAIL }, { "rcpt to", COMMAND_RCPT }, { "rset", COMMAND_RSET }, { "quit", COMMAND_QUIT },
    };
    for (unsigned i = 0; i < ROWS(rows); i++) {
        if (bytes_starts_nocase(line, rows[i].word)) {
            return rows[i].command;
        }
    }
    return COMMAND_OTHER;
}

/* Of the commands that wait the older half does no longer; their replies will be nobody's. */
static void older_forget(struct smtp_state *s)
{
    unsigned n = (s->wait_n - s->wait_at + 1) / 2;

    smtp_note(s, NOTE_TOO_MANY);
    s->wait_at += n;
    s->forgotten += n;
}

/* The commands whose replies have not come: those answered already make room first. */
void smtp_wait_add(struct conn *c, uint8_t command, const struct txn *t)
{
    struct smtp_state *s = conn_state(c);

    if (s->wait_n > s->wait_at && (s->wait[s->wait_n - 1].command == COMMAND_STARTTLS || s->wait[s->wait_n - 1].command == COMMAND_DATA)) {
        smtp_note(s, NOTE_PIPELINED); /* RFC 2920 3.1 */
    }
    if (s->wait_n == s->wait_room && s->wait_at == 0) {
        unsigned room = s->wait_room != 0 ? s->wait_room * 2 : WAIT_FIRST;
        struct smtp_wait *more = room <= SMTP_WAIT_MAX ? arena_take(conn_arena(c), room * sizeof *more) : NULL;
        for (unsigned i = 0; more != NULL && i < s->wait_n; i++) {
            more[i] = s->wait[i];
        }
        s->wait = more != NULL ? more : s->wait;
        s->wait_room = more != NULL ? room : s->wait_room;
    }
    if (s->wait_n == s->wait_room && s->wait_at == 0) {
        older_forget(s);
    }
    if (s->wait_room == 0) { /* no memory for one: its reply is nobody's */
        s->forgotten++;
        return;
    }
    if (s->wait_n == s->wait_room) {
        for (unsigned i = s->wait_at; i < s->wait_n; i++) {
            s->wait[i - s->wait_at] = s->wait[i];
        }
        s->wait_n -= s->wait_at;
        s->wait_at = 0;
    }
    s->wait[s->wait_n++] = (struct smtp_wait){ t != NULL ? t->id : UINT64_MAX, command };
}

static struct txn *mail_new(struct conn *c)
{
    struct smtp_state *s = conn_state(c);
    const struct smtp_settings *set = conn_settings(c);

    set = set != NULL ? set : &smtp_presets;
    struct txn *oldest = s->live >= set->txn_max ? txn_first_open(c) : NULL;
    if (oldest != NULL) {
        if (!oldest->complete[TO_SERVER]) {
            smtp_mail_end(oldest, true);
        }
        txn_over(oldest, NOTE_TOO_MANY);
    }
    struct txn *t = txn_new(c);
    if (t == NULL) {
        s->txn = NULL; /* the one before is over */
        return NULL;
    }
    struct smtp *x = txn_data(t);
    x->state = s;
    x->settings = set;
    x->txn = t;
    s->txn = t;
    s->txn_n++;
    s->live++;
    return t;
}

/* The words behind a command, up to a blank: parameters of extensions follow there (RFC 1870). */
static struct bytes argument(struct arena *a, struct bytes line, size_t from)
{
    struct rd r = rd_of(bytes_from(line, from));

    rd_skip_any(&r, " ");
    return arena_copy(a, rd_until_any(&r, " "));
}

static void helo(struct conn *c, struct smtp *x, struct bytes line)
{
    struct smtp_state *s = x->state;

    if (s->helo.p != NULL) {
        smtp_note(s, NOTE_DUPLICATE);
    } else {
        s->helo = argument(conn_arena(c), line, 5);
    }
    if (x->mail_from.p != NULL || x->to != NULL || x->txn->progress[TO_SERVER] != SMTP_STARTED) {
        s->chunk_n = 0; /* RFC 5321 4.1.4: as RSET */
        s->command = COMMAND_RSET;
    }
}

static void mail_from(struct smtp *x, struct bytes line)
{
    if (x->mail_from.p != NULL) {
        txn_note(x->txn, NOTE_DUPLICATE);
        return;
    }
    x->mail_from = argument(txn_arena(x->txn), line, 10);
    txn_touch(x->txn, TO_SERVER);
}

static void rcpt_to(struct smtp *x, struct bytes line)
{
    struct smtp_recipient *r = x->to_n < RECIPIENTS_MAX ? arena_zero(txn_arena(x->txn), sizeof *r) : NULL;

    if (r == NULL) {
        return;
    }
    r->text = argument(txn_arena(x->txn), line, 8);
    *(x->to_last != NULL ? &x->to_last->next : &x->to) = r;
    x->to_last = r;
    x->to_n++;
    txn_touch(x->txn, TO_SERVER);
}

/* False: DATA again before the first was answered. */
static bool data(struct conn *c, struct smtp *x, size_t line_n)
{
    struct smtp_state *s = x->state;

    txn_raise(x->txn, TO_SERVER, SMTP_DATA);
    if (x->data_asked) {
        txn_note(x->txn, NOTE_UNPARSABLE);
        return false;
    }
    x->data_asked = true;
    smtp_mail_begin(x->txn, true);
    conn_span(c, TO_SERVER, SMTP_SPAN_DATA, line_n, SPAN_OPEN, x->txn);
    s->line_start = true;
    if (s->pipelining) { /* without waiting for the server's word */
        s->data_mode = true;
    }
    return true;
}

/* RFC 3030 2: BDAT length [LAST]. */
static bool bdat_read(struct bytes line, uint32_t *n, bool *last)
{
    struct rd r = rd_of(bytes_from(line, 4));
    uint64_t length;
    bool blank = rd_skip_any(&r, " ") != 0;
    struct bytes number = rd_until_any(&r, " ");
    struct bytes rest = bytes_trim(rd_rest(&r), " ");

    *last = bytes_is_nocase(rest, "last");
    if (!blank || !bytes_u64(number, &length) || length > UINT32_MAX || (rest.n != 0 && !*last)) {
        return false;
    }
    *n = (uint32_t)length;
    return true;
}

static void bdat(struct smtp *x, struct bytes line)
{
    struct smtp_state *s = x->state;
    bool last;

    if (!bdat_read(line, &s->chunk_n, &last)) {
        txn_note(x->txn, NOTE_BDAT_INVALID);
        s->command = COMMAND_OTHER;
        return;
    }
    s->command = last ? COMMAND_BDAT_LAST : COMMAND_BDAT;
    txn_raise(x->txn, TO_SERVER, SMTP_DATA);
    s->data_mode = s->chunk_n != 0;
    if (!x->data_asked) {
        x->data_asked = true;
        smtp_mail_begin(x->txn, false); /* RFC 3030 2: its data is sent as it is */
    }
    if (s->chunk_n == 0 && last) {
        smtp_mail_end(x->txn, false);
        txn_done(x->txn, TO_SERVER);
    }
}

/* One line feed, and one carriage return before it. */
static struct bytes without_end(struct bytes line)
{
    if (line.n == 0 || line.p[line.n - 1] != '\n') {
        return line;
    }
    line.n--;
    line.n -= line.n != 0 && line.p[line.n - 1] == '\r';
    return line;
}

void smtp_command(struct conn *c, struct bytes line)
{
    struct smtp_state *s = conn_state(c);
    struct bytes text = line.n < SMTP_LINE_MAX ? without_end(line) : line;
    uint8_t command = command_of(bytes_trim(line, "\r\n"));
    bool goes_on = command == COMMAND_RSET || command == COMMAND_QUIT; /* they begin no mail */
    struct txn *t = s->txn;

    if (!goes_on || (t == NULL && s->txn_n == 0)) {
        if (t == NULL || t->complete[TO_SERVER]) {
            t = mail_new(c);
        }
    }
    conn_span(c, TO_SERVER, SMTP_SPAN_COMMAND, 0, line.n, t);
    conn_whole(c, TO_SERVER);
    if (!s->welcomed) {
        smtp_note(s, NOTE_NO_WELCOME);
    }
    s->command = command;
    if (t != NULL) {
        struct smtp *x = txn_data(t);
        txn_touch(t, TO_SERVER);
        switch (command) {
        case COMMAND_HELO: helo(c, x, text); break;
        case COMMAND_MAIL: mail_from(x, text); break;
        case COMMAND_RCPT: rcpt_to(x, text); break;
        case COMMAND_BDAT: bdat(x, text); break;
        case COMMAND_DATA:
            if (!data(c, x, line.n)) {
                return;
            }
            break;
        default: break;
        }
    } else if (command == COMMAND_BDAT) { /* its bytes are no commands all the same */
        bool last;
        s->data_mode = bdat_read(text, &s->chunk_n, &last) && s->chunk_n != 0;
    }
    smtp_wait_add(c, s->command, t);
}
