/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Mails through the real driver: what becomes of them, however their bytes are cut. */
#include "file/file.h"
#include "proto/smtp/smtp.h"
#include "proto/test_rig.h"

extern const struct proto proto_smtp;

static void say(struct text *out, struct txn *t)
{
    text_printf(out, "%u:", (unsigned)t->id);
    for (unsigned i = 0; i < SMTP_FIELDS; i++) {
        rig_say_field(out, t, smtp_fields[i].name);
    }
    for (struct file *f = t->files; f != NULL; f = f->next) {
        rig_say_bytes(out, " file=", f->name);
        rig_say_bytes(out, ":", f->data != NULL ? bytes_of(f->data->p, f->data->n) : bytes_none());
        if (f->gaps) {
            text_printf(out, "(%u)", (unsigned)f->size);
        }
        text_str(out, f->state == FILE_CLOSED ? "" : "!");
    }
    rig_say_end(out, t);
}

#define CRLF "%0d%0a"
#define HI "<220 m.example ESMTP" CRLF ">EHLO c" CRLF "<250-m.example" CRLF "250 OK" CRLF
#define FROM(a) ">MAIL FROM:" a CRLF "<250 OK" CRLF
#define TO(a) ">RCPT TO:" a CRLF "<250 OK" CRLF
#define DATA(text) ">DATA" CRLF "<354 go on" CRLF ">" text "." CRLF "<250 queued" CRLF
#define ENVELOPE HI FROM("a@x") TO("b@y")
#define SAID "0: smtp.helo=c smtp.mail_from=a@x smtp.rcpt_to=b@y"

static const struct rig_row rows[] = {
    { "a mail", ENVELOPE DATA("From: a" CRLF "Subject: s" CRLF CRLF "hi" CRLF), SAID " email.from=a email.subject=s\n" },
    { "parameters stand behind a blank (RFC 1870)", HI FROM("a@x SIZE=1") TO("b@y") TO("c@z"), "0: smtp.helo=c smtp.mail_from=a@x smtp.rcpt_to=b@y|c@z (asking) (waiting)\n" },
    { "a folded field is joined without its blank", ENVELOPE DATA("Subject: a" CRLF "%09b" CRLF " c" CRLF CRLF), SAID " email.subject=abc\n" },
    { "line feeds alone are lines", ENVELOPE ">DATA%0a<354 go on%0a>From: a%0a%0ax%0a.%0a<250 queued%0a", SAID " email.from=a\n" },
    { "two mails in a flow", ENVELOPE DATA("From: a" CRLF CRLF) FROM("c@x") TO("d@y") DATA("From: c" CRLF CRLF),
      SAID " email.from=a\n1: smtp.helo=c smtp.mail_from=c@x smtp.rcpt_to=d@y email.from=c\n" },
    { "QUIT belongs to no mail of its own", ENVELOPE DATA("From: a" CRLF CRLF) ">QUIT" CRLF "<221 bye" CRLF, SAID " email.from=a\n" },
    { "RSET ends a mail", ENVELOPE ">RSET" CRLF "<250 OK" CRLF FROM("c@x"), SAID "\n1: smtp.helo=c smtp.mail_from=c@x (asking) (waiting)\n" },
    { "HELO in the middle is as RSET (RFC 5321 4.1.4)", ENVELOPE ">EHLO d" CRLF "<250 OK" CRLF, SAID " #DUPLICATE_FIELDS\n" },
    { "MAIL again", ENVELOPE FROM("c@x"), SAID " #DUPLICATE_FIELDS (asking) (waiting)\n" },
    { "DATA refused", ENVELOPE ">DATA" CRLF "<554 no" CRLF ">RSET" CRLF "<250 OK" CRLF, SAID " #DATA_COMMAND_REJECTED\n" },
    { "commands before the greeting", ">HELO c" CRLF, "0: smtp.helo=c #NO_SERVER_WELCOME_MESSAGE (asking) (waiting)\n" },
    { "a greeting of several lines", "<220-m" CRLF "220 ESMTP" CRLF ">HELO c" CRLF, "0: smtp.helo=c (asking) (waiting)\n" },
    { "a reply that is none, and on with the next line", HI "<hello" CRLF FROM("a@x"), "0: smtp.helo=c smtp.mail_from=a@x #INVALID_REPLY (asking) (waiting)\n" },
    { "a code of no standard ends nothing", HI ">NOOP" CRLF "<459 so" CRLF FROM("a@x") TO("b@y") DATA("From: a" CRLF CRLF), SAID " email.from=a #INVALID_REPLY\n" },
    { "DATA is followed by data only when the server agrees or says PIPELINING", HI ">DATA" CRLF "MAIL FROM:a@x" CRLF,
      "0: smtp.helo=c smtp.mail_from=a@x #INVALID_PIPELINED_SEQUENCE (asking) (waiting)\n" },
    { "with PIPELINING at once, which is noted all the same (RFC 2920 3.1)", "<220 m" CRLF ">EHLO c" CRLF "<250-m" CRLF "250-PIPELINING" CRLF "250 OK" CRLF
      ">MAIL FROM:a@x" CRLF "RCPT TO:b@y" CRLF "DATA" CRLF "From: a" CRLF CRLF "." CRLF "<250 OK" CRLF "250 OK" CRLF "354 go" CRLF "250 OK" CRLF,
      SAID " email.from=a #INVALID_PIPELINED_SEQUENCE\n" },
    { "BDAT is counted, not read by lines (RFC 3030)", ENVELOPE ">BDAT 10" CRLF "QUIT" CRLF ".x" CRLF "<250 OK" CRLF ">BDAT 3 LAST" CRLF "yz%0a<250 OK" CRLF, SAID "\n" },
    { "a mail in chunks, dots as they are", ENVELOPE ">BDAT 47" CRLF "Content-Disposition: x; filename=f" CRLF CRLF ".a" CRLF "..b" CRLF "<250 OK" CRLF ">BDAT 4 LAST" CRLF ".%0d%0ac<250 OK" CRLF,
      SAID " file=f:.a%0d%0a..b%0d%0a.%0d%0ac\n" },
    { "an empty last chunk", ENVELOPE ">BDAT 0 LAST" CRLF "<250 OK" CRLF, SAID "\n" },
    { "a BDAT with another word than LAST", ENVELOPE ">BDAT 3 FIRST" CRLF "<501 no" CRLF, SAID " #INVALID_BDAT (asking) (waiting)\n" },
    { "a BDAT that is none", ENVELOPE ">BDAT x" CRLF "<501 no" CRLF, SAID " #INVALID_BDAT (asking) (waiting)\n" },
    { "STARTTLS refused", HI ">STARTTLS" CRLF "<454 no" CRLF, "0: smtp.helo=c #TLS_REJECTED (asking) (waiting)\n" },
    { "STARTTLS agreed", HI ">STARTTLS" CRLF "<220 go" CRLF, "0: smtp.helo=c\n" },
    { "an attachment", ENVELOPE DATA("Content-Type: multipart/mixed; boundary=\"B\"" CRLF CRLF "--B" CRLF "Content-Disposition: attachment; filename=f.txt" CRLF
      "Content-Transfer-Encoding: base64" CRLF CRLF "aGVs" CRLF "bG8=" CRLF "--B--" CRLF), SAID " file=f.txt:hello\n" },
    { "the dialogue ends within an attachment", ENVELOPE ">DATA" CRLF "<354 go on" CRLF ">Content-Disposition: x; filename=f" CRLF CRLF "abc$", SAID " file=f:abc!\n" },
    { "a gap in an attachment", ENVELOPE ">DATA" CRLF "<354 go on" CRLF ">Content-Disposition: x; filename=f" CRLF CRLF "abc" CRLF "^>de" CRLF "fg" CRLF "." CRLF "<250 OK" CRLF,
      SAID " file=f:fg(15)!\n" },
    { "a dot too many is taken away (RFC 5321 4.5.2)", ENVELOPE DATA("Content-Disposition: x; filename=f" CRLF CRLF "..a" CRLF "...b" CRLF), SAID " file=f:.a%0d%0a..b\n" },
    { "addresses", ENVELOPE DATA(CRLF "see http://x.example/a?b=c. or %3cHTTP://y%3e now" CRLF), SAID " email.url=x.example/a?b=c.|y\n" },
};

/* At the ceilings of mails and of commands without a reply the dialogue is read on. */
static void test_caps(void)
{
    struct rig *r = rig_open(&(struct rig_how){ .proto = "smtp", .say = say }, false);
    struct text script, out;

    text_init(&script, 0);
    text_init(&out, 0);
    text_str(&script, "<220 m" CRLF ">");
    for (unsigned i = 0; i < 300; i++) {
        text_str(&script, "BDAT 0 LAST" CRLF);
    }
    for (unsigned i = 0; i < 5000; i++) {
        text_str(&script, "NOOP" CRLF);
    }
    text_str(&script, "MAIL FROM:a@x" CRLF);
    text_byte(&script, '\0');
    rig_play(r, script.p, RIG_HELD, &out);
    ok(strstr(out.p, "#TOO_MANY_TRANSACTIONS\n") != NULL, "noted");
    ok(strstr(out.p, "smtp.mail_from=a@x") != NULL, "what follows is read");
    text_fini(&out);
    text_fini(&script);
    rig_free(r);
}

int main(void)
{
    test_caps();
    rig_rows(rows, ROWS(rows), &(struct rig_how){ .proto = "smtp", .say = say });
    return done_testing();
}
