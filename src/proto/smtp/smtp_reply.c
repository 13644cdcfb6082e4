/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * smtp_reply - what a server's reply line does to the command it answers (RFC 5321 4.2).
 */
#include "proto/smtp/smtp.h"

/* Is it a code that servers are known to use? */
static bool code_known(unsigned code)
{
    static const uint16_t known[] = { 211, 214, 220, 221, 235, 250, 251, 252, 334, 354, 401, 402, 421, 435, 450, 451, 452, 454, 455, 500, 501,
                                      502, 503, 504, 511, 521, 522, 525, 530, 534, 535, 541, 543, 550, 551, 552, 553, 554, 555 };

    for (unsigned i = 0; i < ROWS(known); i++) {
        if (known[i] == code) {
            return true;
        }
    }
    return false;
}

/* RFC 5321 4.2.1; 0: there is none. */
static unsigned reply_code(struct bytes line)
{
    uint64_t code;

    return line.n >= 3 && bytes_u64(bytes_head(line, 3), &code) && code >= 200 && code < 600 ? (unsigned)code : 0;
}

struct txn *smtp_reply_txn(struct conn *c)
{
    struct smtp_state *s = conn_state(c);

    if (s->forgotten != 0) {
        return NULL;
    }
    if (s->wait_at >= s->wait_n) {
        return s->txn;
    }
    uint64_t id = s->wait[s->wait_at].txn;
    return id != UINT64_MAX ? txn_by_id(c, id) : NULL;
}

static void mail_over(struct txn *t)
{
    txn_done(t, TO_SERVER);
    txn_done(t, TO_CLIENT);
}

/* RFC 3207 4.  True: the flow is another protocol's from here on. */
static bool starttls(struct conn *c, struct txn *t, unsigned code)
{
    struct smtp_state *s = conn_state(c);

    if (code != 220) {
        smtp_note(s, NOTE_TLS_REJECTED);
        return false;
    }
    if (t != NULL) {
        mail_over(t);
    }
    s->data_mode = true;
    if (!proto_switch(c, "tls", 0)) {
        smtp_note(s, NOTE_CHANGE_FAILED);
        return false;
    }
    return true;
}

static void data_answered(struct smtp_state *s, struct txn *t, unsigned code)
{
    if (code == 354) {
        if (t != NULL) {
            txn_raise(t, TO_CLIENT, SMTP_DATA);
        }
        s->data_mode = true;
        return;
    }
    if (s->pipelining) { /* data was taken to follow without waiting */
        s->data_mode = false;
    }
    smtp_note(s, NOTE_DATA_REJECTED);
}

/* True: the flow is another protocol's. */
static bool reply_to(struct conn *c, uint8_t command, struct txn *t, unsigned code)
{
    struct smtp_state *s = conn_state(c);
    bool last = !s->multiline;

    switch (command) {
    case COMMAND_STARTTLS: return starttls(c, t, code);
    case COMMAND_DATA: data_answered(s, t, code); break;
    case COMMAND_BDAT:
        if (t != NULL) {
            txn_raise(t, TO_CLIENT, SMTP_DATA);
        }
        break;
    case COMMAND_BDAT_LAST:
    case COMMAND_DATA_END:
        if (t != NULL && last) {
            txn_done(t, TO_CLIENT);
        }
        break;
    case COMMAND_RSET:
    case COMMAND_QUIT:
        if (t != NULL && last && code == (command == COMMAND_RSET ? 250 : 221)) {
            mail_over(t);
        }
        break;
    default: break;
    }
    return false;
}

enum outcome smtp_reply(struct conn *c, struct bytes line)
{
    struct smtp_state *s = conn_state(c);
    struct bytes text = bytes_trim(line, "\r\n");
    struct txn *t = smtp_reply_txn(c);

    if (text.n == 0 && line.n == 1) {
        return OUTCOME_OK;
    }
    conn_span(c, TO_CLIENT, SMTP_SPAN_RESPONSE, 0, line.n, t);
    if (t != NULL) {
        txn_touch(t, TO_CLIENT);
    }
    unsigned code = reply_code(text);
    s->multiline = text.n >= 4 && text.p[3] == '-';
    bool odd = !code_known(code) && line.n < SMTP_LINE_MAX; /* of a line that was cut something else is noted */
    enum outcome out = odd && !s->odd ? OUTCOME_BAD : OUTCOME_OK; /* counted once a flow, as by who reads no further */
    if (odd) {
        s->odd = true;
        smtp_note(s, NOTE_INVALID_REPLY);
    }
    if (code == 0) {
        return out;
    }
    if (s->forgotten != 0) {
        s->forgotten -= !s->multiline;
        return out;
    }
    if (s->wait_at == s->wait_n) { /* the greeting, or a reply to nothing */
        if (!s->welcomed) {
            s->welcomed = !s->multiline;
            if (code != 220) {
                smtp_note(s, NOTE_INVALID_REPLY);
            }
        }
        return out;
    }
    conn_whole(c, TO_CLIENT);
    if (reply_to(c, s->wait[s->wait_at].command, t, code)) {
        return out;
    }
    if (!s->multiline) {
        s->wait_at++;
    } else if (s->welcomed && code == 250 && bytes_is_nocase(bytes_from(text, 4), "pipelining")) { /* RFC 2920 */
        s->pipelining = true;
    }
    if (s->wait_at == s->wait_n) {
        s->wait_at = s->wait_n = 0;
    }
    return out;
}
