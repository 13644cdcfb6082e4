/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * smtp - what is known of a mail and of its flow; shared by smtp.c (framing, the row), smtp_command.c, smtp_reply.c, smtp_mail.c,
 * smtp_fields.c and smtp_log.c.
 *
 * A transaction is one mail: its envelope, its data and the reply to it.  Replies find the transaction of the command they answer.
 */
#ifndef PROTO_SMTP_SMTP_H
#define PROTO_SMTP_SMTP_H

#include "proto/proto.h"
#include "wire/mime.h"

enum { SMTP_STARTED, SMTP_DATA, SMTP_COMPLETE }; /* progress, either side */
enum { SMTP_LINE_MAX = 4096, SMTP_WAIT_MAX = 4096 };

enum smtp_note {
#define NOTE(id, name, help) id,
#include "smtp_notes.list"
#undef NOTE
    SMTP_NOTE_N
};

enum smtp_span { SMTP_SPAN_COMMAND, SMTP_SPAN_DATA, SMTP_SPAN_RESPONSE };

enum smtp_command {
    COMMAND_OTHER, COMMAND_HELO, COMMAND_MAIL, COMMAND_RCPT, COMMAND_DATA, COMMAND_BDAT, COMMAND_RSET, COMMAND_QUIT, COMMAND_STARTTLS,
    COMMAND_BDAT_LAST, COMMAND_DATA_END, /* what stands in the queue for the reply to a mail's end */
};

enum smtp_unit { UNIT_COMMAND, UNIT_COMMAND_CUT, UNIT_DATA, UNIT_DATA_END, UNIT_REPLY, UNIT_REPLY_CUT };

/* A command whose reply has not come. */
struct smtp_wait {
    uint64_t txn;            /* UINT64_MAX: of none */
    uint8_t command;
};

struct smtp_state {
    struct txn *txn;         /* the mail at hand; NULL: none, or let go already */
    uint32_t txn_n, live;    /* made so far; not let go yet */
    struct bytes helo;       /* p NULL: none */
    uint8_t command;         /* the last one */
    bool data_mode;          /* what the client sends is the data of that command */
    bool line_start;         /* of data */
    bool discard[2];         /* the rest of a line that was too long */
    bool line_over[2];       /* what made no sense was a whole line */
    bool welcomed, multiline, pipelining;
    bool odd;                /* a reply of no known code came */
    uint32_t chunk_n;        /* of BDAT, still to come */
    struct smtp_wait *wait;  /* from the conn's arena */
    unsigned wait_at, wait_n, wait_room;
    uint32_t forgotten;      /* commands given up at a ceiling, whose replies come before the others' */
};

struct smtp {
    struct smtp_state *state;
    const struct smtp_settings *settings;
    struct txn *txn;
    struct bytes mail_from;  /* p NULL: none */
    struct smtp_recipient {
        struct smtp_recipient *next;
        struct bytes text;
    } *to, *to_last;
    unsigned to_n;
    bool data_asked;
    struct mail *mail;       /* its data; NULL: none yet, or nobody looks */
    const struct mime *mime; /* … read; NULL: it is not */
    struct bytes body_md5;   /* as text, when it is known */
};

struct smtp_settings {
    bool raw_extraction, decode_mime;
    struct mime_settings mime;
    uint64_t ignored_limit, min_inspect, window;
    uint32_t txn_max;
    bool extended;
    const char *custom, *md5;
};

enum { SMTP_FIELDS = 13 };
extern const struct field smtp_fields[SMTP_FIELDS];
extern const struct smtp_settings smtp_presets; /* where nobody gives any */

void smtp_note(struct smtp_state *s, unsigned note); /* of the mail at hand, if there is one */
void smtp_command(struct conn *c, struct bytes line);
enum outcome smtp_reply(struct conn *c, struct bytes line);
struct txn *smtp_reply_txn(struct conn *c); /* whose the next reply is; NULL: nobody's */
void smtp_wait_add(struct conn *c, uint8_t command, const struct txn *t);

/* The mail's data: begins at DATA or BDAT, comes in pieces, ends with a line of one dot or the last chunk (or the flow, truncated). */
void smtp_mail_begin(struct txn *t, bool dots); /* dots: one that begins a line is one too many */
void smtp_mail_data(struct txn *t, struct bytes piece);
void smtp_mail_gap(struct txn *t, uint64_t n);
void smtp_mail_end(struct txn *t, bool truncated);

void smtp_log_email(const struct txn *t, struct json *j);

#endif
