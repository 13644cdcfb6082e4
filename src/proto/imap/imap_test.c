/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IMAP through the real driver, however its bytes are cut. */
#include "file/file.h"
#include "proto/test_rig.h"

#define CRLF "%0d%0a"
#define HELLO "<* OK ready" CRLF
#define GREETED "{\"imap\":{\"response\":{\"status\":\"OK\",\"text\":\"ready\"}}}\n"
#define MAIL "Content-Disposition: attachment; filename=a.bin" CRLF CRLF "hello" CRLF /* 58 bytes */
#define ATTACHED "Content-Disposition: attachment; filename=a.bin" CRLF CRLF /* 51 */
#define STRUCTURE \
    "BODYSTRUCTURE ((\"text\" \"plain\" (\"charset\" \"utf-8\") NIL NIL \"7bit\" 5 1 NIL NIL NIL)" \
    "(\"application\" \"pdf\" NIL NIL NIL \"base64\" 10 NIL (\"attachment\" (\"filename\" \"b (1).bin\")) NIL)" \
    "((\"text\" \"html\" NIL NIL NIL \"7bit\" 5 1)(\"image\" \"png\" (\"name\" \"c.bin\") NIL NIL \"BASE64\" 8) \"alternative\" (\"boundary\" \"y\"))" \
    " \"mixed\" (\"boundary\" \"=_x\") NIL NIL)"

static const struct rig_row rows[] = {
    { "a login", HELLO ">a1 LOGIN \"me\" \"pass%5c\"word\"" CRLF "<a1 OK in" CRLF,
      GREETED "{\"imap\":{\"request\":{\"tag\":\"a1\",\"command\":\"LOGIN\",\"user\":\"me\"},\"response\":{\"status\":\"OK\",\"text\":\"in\"}}} #cleartext_password\n" },
    { "a login by literals (4.3)", HELLO ">a1 LOGIN %7b2%7d" CRLF "<+ go on" CRLF ">me %7b3+%7d" CRLF "abc" CRLF "<a1 NO who?" CRLF,
      GREETED "{\"imap\":{\"request\":{\"tag\":\"a1\",\"command\":\"LOGIN\",\"user\":\"me\"},\"response\":{\"status\":\"NO\",\"text\":\"who?\"}}} #cleartext_password\n" },
    { "AUTHENTICATE PLAIN, and the secret", HELLO ">1 authenticate plain" CRLF "<+ " CRLF ">AG1lAHB3" CRLF "<1 OK in" CRLF ">2 NOOP" CRLF "<2 OK" CRLF,
      GREETED "{\"imap\":{\"request\":{\"tag\":\"1\",\"command\":\"authenticate\",\"user\":\"me\"},\"response\":{\"status\":\"OK\",\"text\":\"in\"}}} #cleartext_password\n"
      "{\"imap\":{\"request\":{\"tag\":\"2\",\"command\":\"NOOP\"},\"response\":{\"status\":\"OK\",\"text\":\"\"}}}\n" },
    { "AUTHENTICATE PLAIN at once (RFC 4959)", HELLO ">1 AUTHENTICATE PLAIN AG1lAHB3" CRLF "<1 OK in" CRLF,
      GREETED "{\"imap\":{\"request\":{\"tag\":\"1\",\"command\":\"AUTHENTICATE\",\"user\":\"me\"},\"response\":{\"status\":\"OK\",\"text\":\"in\"}}} #cleartext_password\n" },
    { "lines of a challenge are no commands", HELLO ">1 AUTHENTICATE CRAM-MD5" CRLF "<+ PDE4OT4=" CRLF ">dGltIGI5MTNh" CRLF "<1 BAD no" CRLF,
      GREETED "{\"imap\":{\"request\":{\"tag\":\"1\",\"command\":\"AUTHENTICATE\"},\"response\":{\"status\":\"BAD\",\"text\":\"no\"}}}\n" },
    { "a mailbox, and what is told of it", HELLO ">2 SELECT INBOX" CRLF "<* 3 EXISTS" CRLF "* FLAGS (%5cSeen)" CRLF "2 OK [READ-WRITE] there" CRLF,
      GREETED "{\"imap\":{\"request\":{\"tag\":\"2\",\"command\":\"SELECT\",\"mailbox\":\"INBOX\",\"arguments\":\"INBOX\"},"
      "\"response\":{\"status\":\"OK\",\"text\":\"[READ-WRITE] there\",\"untagged\":2}}}\n" },
    { "two at once, answered in another order", HELLO ">a NOOP" CRLF "b CHECK" CRLF "<b OK one" CRLF "a OK two" CRLF,
      GREETED "{\"imap\":{\"request\":{\"tag\":\"a\",\"command\":\"NOOP\"},\"response\":{\"status\":\"OK\",\"text\":\"two\"}}}\n"
      "{\"imap\":{\"request\":{\"tag\":\"b\",\"command\":\"CHECK\"},\"response\":{\"status\":\"OK\",\"text\":\"one\"}}}\n" },
    { "IDLE ends with a line that is no command", HELLO ">i IDLE" CRLF "<+ idling" CRLF "* 4 EXISTS" CRLF ">DONE" CRLF "<i OK" CRLF,
      GREETED "{\"imap\":{\"request\":{\"tag\":\"i\",\"command\":\"IDLE\"},\"response\":{\"status\":\"OK\",\"text\":\"\",\"untagged\":1}}}\n" },
    { "bytes of a literal are no lines", HELLO ">f FETCH 1 (BODY[HEADER])" CRLF "<* 1 FETCH (BODY[HEADER] %7b9%7d" CRLF "f OK no" CRLF " UID 3)" CRLF "f OK yes" CRLF,
      GREETED "{\"imap\":{\"request\":{\"tag\":\"f\",\"command\":\"FETCH\",\"arguments\":\"1 (BODY[HEADER])\"},"
      "\"response\":{\"status\":\"OK\",\"text\":\"yes\",\"untagged\":1}}}\n" },
    { "not a command, nor asked for", HELLO ">x FROB" CRLF "<y OK" CRLF,
      GREETED "{\"imap\":{\"request\":{\"tag\":\"x\",\"command\":\"FROB\"}}} #unknown_command #unknown_tag (open)\n" },
    { "the server leaves", HELLO ">x LOGOUT" CRLF "<* BYE see you" CRLF "x OK" CRLF,
      GREETED "{\"imap\":{\"request\":{\"tag\":\"x\",\"command\":\"LOGOUT\"},\"response\":{\"status\":\"OK\",\"text\":\"\",\"untagged\":1}}}\n" },
};

static const struct rig_row mails[] = {
    { "a mail is fetched", HELLO ">f UID FETCH 7 (BODY.PEEK[])" CRLF "<* 1 FETCH (UID 7 BODY[] %7b58%7d" CRLF MAIL ")" CRLF "f OK" CRLF, "(none)\nFETCH\n(none) a.bin:5 closed\n" },
    { "two of them", HELLO ">f FETCH 1:2 RFC822" CRLF "<* 1 FETCH (RFC822 %7b58%7d" CRLF MAIL ")" CRLF "* 2 FETCH (RFC822 %7b58%7d" CRLF MAIL ")" CRLF "f OK" CRLF,
      "(none)\nFETCH\n(none) a.bin:5 closed\n(none) a.bin:5 closed\n" },
    { "a mail is stored", HELLO ">s APPEND Sent (%5cSeen) %7b58+%7d" CRLF MAIL CRLF "<s OK" CRLF, "(none)\nAPPEND a.bin:5 closed\n" },
    { "a mail that is refused does not come (RFC 9051 4.3)", HELLO ">s APPEND Sent %7b58%7d" CRLF "<s NO" CRLF ">t APPEND Sent %7b58+%7d" CRLF MAIL CRLF "<t OK" CRLF,
      "(none)\nAPPEND\nAPPEND a.bin:5 closed\n" },
    { "a mailbox by literal, and then a mail", HELLO ">s APPEND %7b4+%7d" CRLF "Sent %7b58+%7d" CRLF MAIL CRLF "<s OK" CRLF, "(none)\nAPPEND a.bin:5 closed\n" },
    { "cut off", HELLO ">f FETCH 1 BODY[]" CRLF "<* 1 FETCH (BODY[] %7b90%7d" CRLF MAIL "$", "(none)\nFETCH\n(none) a.bin:5 truncated\n" },
    { "a mail in pieces; its size tells the last", HELLO ">f UID FETCH 7 (RFC822.SIZE BODY.PEEK[]%3c0.30%3e)" CRLF "<* 1 FETCH (RFC822.SIZE 58 BODY[]%3c0%3e %7b30%7d" CRLF
      "Content-Disposition: attachmen)" CRLF "f OK" CRLF ">g UID FETCH 7 BODY.PEEK[]%3c30.28%3e" CRLF "<* 1 FETCH (BODY[]%3c30%3e %7b28%7d" CRLF "t; filename=a.bin" CRLF CRLF "hello" CRLF ")" CRLF "g OK" CRLF,
      "(none)\nFETCH\n(none) a.bin:5 closed\nFETCH\n" },
    { "… or that less came than was asked for", HELLO ">f FETCH 1 BODY[]%3c0.51%3e" CRLF "<* 1 FETCH (BODY[]%3c0%3e %7b51%7d" CRLF ATTACHED ")" CRLF "f OK" CRLF
      ">g FETCH 1 BODY[]%3c51.51%3e" CRLF "<* 1 FETCH (BODY[]%3c51%3e %7b7%7d" CRLF "hello" CRLF ")" CRLF "g OK" CRLF, "(none)\nFETCH\n(none) a.bin:5 closed\nFETCH\n" },
    { "the rest is not asked for", HELLO ">f FETCH 1 BODY[]%3c0.51%3e" CRLF "<* 1 FETCH (BODY[]%3c0%3e %7b51%7d" CRLF ATTACHED ")" CRLF "f OK" CRLF ">n NOOP" CRLF "<n OK" CRLF,
      "(none)\nFETCH\n(none) a.bin:0 truncated\nNOOP\n" },
    { "a piece from the middle is none", HELLO ">g FETCH 1 BODY[]%3c51.51%3e" CRLF "<* 1 FETCH (BODY[]%3c51%3e %7b7%7d" CRLF "hello" CRLF ")" CRLF "g OK" CRLF, "(none)\nFETCH\n" },
    { "the head, and then the text", HELLO ">f FETCH 1 BODY[HEADER]" CRLF "<* 1 FETCH (BODY[HEADER] %7b51%7d" CRLF ATTACHED ")" CRLF "f OK" CRLF
      ">g FETCH 1 BODY[TEXT]" CRLF "<* 1 FETCH (BODY[TEXT] %7b7%7d" CRLF "hello" CRLF ")" CRLF "g OK" CRLF, "(none)\nFETCH\nFETCH\n(none) a.bin:5 closed\n" },
    { "a part, behind its own head", HELLO ">f FETCH 1 (BODY[2.MIME] BODY[2])" CRLF "<* 1 FETCH (BODY[2.MIME] %7b51%7d" CRLF ATTACHED " BODY[2] %7b7%7d" CRLF "hello" CRLF ")" CRLF "f OK" CRLF,
      "(none)\nFETCH\n(none) a.bin:5 closed\n" },
    { "a part whose coding BODYSTRUCTURE tells", HELLO ">f FETCH 1 BODYSTRUCTURE" CRLF "<* 1 FETCH (" STRUCTURE ")" CRLF "f OK" CRLF ">g UID FETCH 9 (BODY.PEEK[2])" CRLF
      "<* 1 FETCH (UID 9 BODY[2] %7b10%7d" CRLF "aGVsbG8=" CRLF ")" CRLF "g OK" CRLF, "(none)\nFETCH\nFETCH\n(none) b (1).bin:5 closed\n" },
    { "the same, not coded (RFC 3516)", HELLO ">f FETCH 1 BODYSTRUCTURE" CRLF "<* 1 FETCH (" STRUCTURE ")" CRLF "f OK" CRLF ">g UID FETCH 9 (BINARY[2])" CRLF
      "<* 1 FETCH (UID 9 BINARY[2] ~%7b5%7d" CRLF "hello)" CRLF "g OK" CRLF, "(none)\nFETCH\nFETCH\n(none) b (1).bin:5 closed\n" },
    { "a part of a part, in pieces", HELLO ">f FETCH 1 BODYSTRUCTURE" CRLF "<* 1 FETCH (" STRUCTURE ")" CRLF "f OK" CRLF ">g FETCH 1 BODY[3.2]%3c0.4%3e" CRLF
      "<* 1 FETCH (BODY[3.2]%3c0%3e %7b4%7d" CRLF "aGVs)" CRLF "g OK" CRLF ">h FETCH 1 BODY[3.2]%3c4.90%3e" CRLF "<* 1 FETCH (BODY[3.2]%3c4%3e %7b4%7d" CRLF "bG8=)" CRLF "h OK" CRLF,
      "(none)\nFETCH\nFETCH\n(none) c.bin:5 closed\nFETCH\n" },
    { "text is no file", HELLO ">f FETCH 1 BODYSTRUCTURE" CRLF "<* 1 FETCH (" STRUCTURE ")" CRLF "f OK" CRLF ">g FETCH 1 BODY[1]" CRLF
      "<* 1 FETCH (BODY[1] %7b5%7d" CRLF "hello)" CRLF "g OK" CRLF, "(none)\nFETCH\nFETCH\n" },
    { "all of the text, whose parts BODYSTRUCTURE bounds", HELLO ">f FETCH 1 BODYSTRUCTURE" CRLF "<* 1 FETCH (" STRUCTURE ")" CRLF "f OK" CRLF ">g FETCH 1 BODY[TEXT]" CRLF
      "<* 1 FETCH (BODY[TEXT] %7b74%7d" CRLF "--=_x" CRLF ATTACHED "hello" CRLF "--=_x--" CRLF ")" CRLF "g OK" CRLF, "(none)\nFETCH\nFETCH\n(none) a.bin:5 closed\n" },
    { "a part of which nothing is known", HELLO ">f FETCH 1 BODY[2]" CRLF "<* 1 FETCH (BODY[2] %7b58%7d" CRLF MAIL ")" CRLF "f OK" CRLF, "(none)\nFETCH\n" },
};

static void say(struct text *out, struct txn *t)
{
    static const char *const states[] = { "open", "closed", "truncated", "error" };
    struct bytes word = bytes_none();

    (void)t->proto->fields[0].bytes(t, TO_SERVER, 0, &word);
    rig_say_bytes(out, word.n != 0 ? "" : "(none)", word);
    for (struct file *f = t->files; f != NULL; f = f->next) {
        rig_say_bytes(out, " ", f->name);
        text_printf(out, ":%u %s", (unsigned)f->size, states[f->state]);
    }
    text_byte(out, '\n');
}

static void test_row(const char *why, const char *script, const char *want)
{
    struct rig *r = rig_new(false, 143);
    struct text out;
    const char *name;

    text_init(&out, 0);
    rig_play(r, script, RIG_HELD, &out);
    name = conn_name(&r->flow);
    is_str(name != NULL ? name : "", want, why);
    text_fini(&out);
    rig_free(r);
}

int main(void)
{
    rig_rows(rows, ROWS(rows), &(struct rig_how){ .port = 143 });
    rig_rows(mails, ROWS(mails), &(struct rig_how){ .port = 143, .say = say });
    test_row("a greeting", HELLO, "imap");
    test_row("a client's question, behind its tag", ">a001 CAPABILITY" CRLF, "imap");
    test_row("a tag too long to be looked behind", ">a0000000000001 CAPABILITY" CRLF "<hello, I am no mail server" CRLF, "failed");
    test_row("TLS takes over", HELLO ">a STARTTLS" CRLF "<a OK go" CRLF ">{16 03 01 00 05 01 00 00 01 03}", "tls");
    return done_testing();
}
