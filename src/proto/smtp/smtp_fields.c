/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "proto/smtp/smtp.h"

static bool helo(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct smtp *x = txn_data_const(t);

    (void)side;
    *out = x->state->helo;
    return i == 0 && out->p != NULL;
}

FIELD_OFFSET_BYTES(mail_from, struct smtp, mail_from)
FIELD_OFFSET_BYTES(body_md5, struct smtp, body_md5)

static bool rcpt_to(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct smtp *x = txn_data_const(t);
    const struct smtp_recipient *r = x->to;

    (void)side;
    while (r != NULL && i-- != 0) {
        r = r->next;
    }
    if (r != NULL) {
        *out = r->text;
    }
    return r != NULL;
}

#define HEADER(fn, name)                                                                                               \
    static bool fn(const struct txn *t, enum side side, unsigned i, struct bytes *out)                                 \
    {                                                                                                                  \
        const struct smtp *x = txn_data_const(t);                                                                      \
        (void)side;                                                                                                    \
        return i == 0 && x->mime != NULL && mime_field_named(x->mime, name, 0, out);                                   \
    }
HEADER(from, "from")
HEADER(subject, "subject")
HEADER(to, "to")
HEADER(cc, "cc")
HEADER(date, "date")
HEADER(message_id, "message-id")
HEADER(x_mailer, "x-mailer")

static bool received(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct smtp *x = txn_data_const(t);

    (void)side;
    return x->mime != NULL && mime_field_named(x->mime, "received", i, out);
}

static bool url(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct smtp *x = txn_data_const(t);

    (void)side;
    return x->mime != NULL && mime_link(x->mime, i, out);
}

#define ENVELOPE .sides = SIDE_SERVER_BIT, .flags = FIELD_GROWS, .stage = { SMTP_STARTED, SMTP_STARTED }
#define MAIL .sides = SIDE_SERVER_BIT, .flags = FIELD_GROWS, .stage = { SMTP_DATA, SMTP_DATA }
const struct field smtp_fields[SMTP_FIELDS] = {
    { .name = "smtp.helo", .log = "helo", .type = FIELD_BYTES, ENVELOPE, .bytes = helo, .sign = SIGN_CLIENT, .help = "what the client calls itself" },
    { .name = "smtp.mail_from", .log = "mail_from", .type = FIELD_BYTES, ENVELOPE, .bytes = mail_from, .help = "the envelope's sender" },
    { .name = "smtp.rcpt_to", .log = "rcpt_to", .type = FIELD_LIST, .sides = SIDE_SERVER_BIT, .stage = { SMTP_DATA, 0 }, .bytes = rcpt_to, .help = "the envelope's recipients" },
    { .name = "email.from", .type = FIELD_BYTES, MAIL, .bytes = from, .help = "From" },
    { .name = "email.subject", .type = FIELD_BYTES, MAIL, .bytes = subject, .help = "Subject" },
    { .name = "email.to", .type = FIELD_BYTES, MAIL, .bytes = to, .help = "To" },
    { .name = "email.cc", .type = FIELD_BYTES, MAIL, .bytes = cc, .help = "Cc" },
    { .name = "email.date", .type = FIELD_BYTES, MAIL, .bytes = date, .help = "Date" },
    { .name = "email.message_id", .type = FIELD_BYTES, MAIL, .bytes = message_id, .help = "Message-Id" },
    { .name = "email.x_mailer", .type = FIELD_BYTES, MAIL, .bytes = x_mailer, .help = "X-Mailer" },
    { .name = "email.url", .type = FIELD_LIST, MAIL, .bytes = url, .help = "addresses in the body, of the schemes set" },
    { .name = "email.received", .type = FIELD_LIST, MAIL, .bytes = received, .help = "each Received" },
    { .name = "email.body_md5", .type = FIELD_BYTES, .sides = SIDE_SERVER_BIT, .stage = { SMTP_COMPLETE, SMTP_COMPLETE }, .bytes = body_md5,
      .help = "MD5 of the body, when body-md5 is set" },
};
