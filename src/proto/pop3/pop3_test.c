/* SPDX-License-Identifier: GPL-2.0-or-later */
/* POP3 through the real driver, however its bytes are cut. */
#include "file/file.h"
#include "proto/test_rig.h"

#define CRLF "%0d%0a"
static const struct rig_row rows[] = {
    { "greeting, user", "<+OK ready" CRLF ">user me" CRLF "<-ERR no" CRLF,
      "{\"pop3\":{\"response\":{\"success\":true,\"status\":\"OK\",\"header\":\"ready\",\"data\":[]}}}\n"
      "{\"pop3\":{\"request\":{\"command\":\"USER\",\"args\":[\"me\"]},\"response\":{\"success\":false,\"status\":\"ERR\",\"header\":\"no\",\"data\":[]}}}\n" },
    { "several lines, a dot too many", "<+OK" CRLF ">CAPA" CRLF "<+OK list" CRLF "TOP" CRLF "..x" CRLF "." CRLF ">LIST 1" CRLF "<+OK 1 20" CRLF,
      "{\"pop3\":{\"response\":{\"success\":true,\"status\":\"OK\",\"header\":\"\",\"data\":[]}}}\n"
      "{\"pop3\":{\"request\":{\"command\":\"CAPA\",\"args\":[]},\"response\":{\"success\":true,\"status\":\"OK\",\"header\":\"list\",\"data\":[\"TOP\",\".x\"]}}}\n"
      "{\"pop3\":{\"request\":{\"command\":\"LIST\",\"args\":[\"1\"]},\"response\":{\"success\":true,\"status\":\"OK\",\"header\":\"1 20\",\"data\":[]}}}\n" },
    { "a mail flows by", "<+OK" CRLF ">RETR 1" CRLF "<+OK 9 octets" CRLF "Subject: x" CRLF CRLF "." CRLF ">NOOP" CRLF "<+OK" CRLF,
      "{\"pop3\":{\"response\":{\"success\":true,\"status\":\"OK\",\"header\":\"\",\"data\":[]}}}\n"
      "{\"pop3\":{\"request\":{\"command\":\"RETR\",\"args\":[\"1\"]},\"response\":{\"success\":true,\"status\":\"OK\",\"header\":\"9 octets\",\"data\":[]}}}\n"
      "{\"pop3\":{\"request\":{\"command\":\"NOOP\",\"args\":[]},\"response\":{\"success\":true,\"status\":\"OK\",\"header\":\"\",\"data\":[]}}}\n" },
    { "data of SASL is no command (RFC 5034)", "<+OK" CRLF ">AUTH PLAIN" CRLF "<+ " CRLF ">c2VjcmV0" CRLF "<+OK in" CRLF,
      "{\"pop3\":{\"response\":{\"success\":true,\"status\":\"OK\",\"header\":\"\",\"data\":[]}}}\n"
      "{\"pop3\":{\"request\":{\"command\":\"AUTH\",\"args\":[\"PLAIN\"]},\"response\":{\"success\":true,\"status\":\"OK\",\"header\":\"\",\"data\":[]}}}\n"
      "{\"pop3\":{\"request\":{\"command\":\"<SASL DATA>\",\"args\":[]},\"response\":{\"success\":true,\"status\":\"OK\",\"header\":\"in\",\"data\":[]}}}\n" },
    { "unknown, wrong arguments", "<+OK" CRLF ">XYZ" CRLF "DELE" CRLF "<-ERR a" CRLF "-ERR b" CRLF,
      "{\"pop3\":{\"response\":{\"success\":true,\"status\":\"OK\",\"header\":\"\",\"data\":[]}}}\n"
      "{\"pop3\":{\"request\":{\"command\":\"XYZ\",\"args\":[]},\"response\":{\"success\":false,\"status\":\"ERR\",\"header\":\"a\",\"data\":[]}}} #unknown_command\n"
      "{\"pop3\":{\"request\":{\"command\":\"DELE\",\"args\":[]},\"response\":{\"success\":false,\"status\":\"ERR\",\"header\":\"b\",\"data\":[]}}} #incorrect_argument_count\n" },
    { "TLS agreed (RFC 2595)", "<+OK" CRLF ">STLS" CRLF "<+OK go" CRLF,
      "{\"pop3\":{\"response\":{\"success\":true,\"status\":\"OK\",\"header\":\"\",\"data\":[]}}}\n"
      "{\"pop3\":{\"request\":{\"command\":\"STLS\",\"args\":[]},\"response\":{\"success\":true,\"status\":\"OK\",\"header\":\"go\",\"data\":[]}}}\n" },
};

/* Attachments of a mail that is fetched. */
static const struct rig_row mails[] = {
    { "an attachment", "<+OK" CRLF ">RETR 1" CRLF "<+OK" CRLF "Content-Type: multipart/mixed; boundary=B" CRLF CRLF "--B" CRLF CRLF "text" CRLF "--B" CRLF
      "Content-Type: application/x; name=a.bin" CRLF "Content-Disposition: attachment; filename=a.bin" CRLF "Content-Transfer-Encoding: base64" CRLF CRLF
      "aGVsbG8=" CRLF "--B--" CRLF "." CRLF ">NOOP" CRLF "<+OK" CRLF, "(none)\nRETR a.bin:5 closed\nNOOP\n" },
    { "cut off", "<+OK" CRLF ">RETR 1" CRLF "<+OK" CRLF "Content-Disposition: attachment; filename=a.bin" CRLF CRLF "abc" CRLF "$",
      "(none)\nRETR a.bin:3 truncated\n" },
};

static void say(struct text *out, struct txn *t)
{
    static const char *const states[] = { "open", "closed", "truncated", "error" };
    struct json j;
    struct text all;

    text_init(&all, 0);
    json_init(&j, &all);
    json_object(&j, NULL);
    t->proto->log(t, &j);
    json_end_object(&j);
    text_byte(&all, '\0');
    const char *at = strstr(all.p, "\"command\":\"");
    if (at != NULL) {
        text_printf(out, "%.4s", at + 11);
    } else {
        text_str(out, "(none)");
    }
    text_fini(&all);
    for (struct file *f = t->files; f != NULL; f = f->next) {
        rig_say_bytes(out, " ", f->name);
        text_printf(out, ":%u %s", (unsigned)f->size, states[f->state]);
    }
    text_byte(out, '\n');
}

static void repeat(struct text *to, const char *s, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        text_str(to, s);
    }
}

/* A line of a mail may be longer than others may. */
static void test_long(void)
{
    struct text script;

    text_init(&script, 0);
    text_str(&script, "<+OK" CRLF ">RETR 1" CRLF "<+OK" CRLF "Content-Disposition: attachment; filename=a.bin" CRLF CRLF);
    repeat(&script, "0123456789", 1000);
    text_str(&script, CRLF "." CRLF ">NOOP" CRLF "<+OK" CRLF);
    text_byte(&script, '\0');
    rig_rows(&(struct rig_row){ "a line of 10,000 bytes", script.p, "(none)\nRETR a.bin:10000 closed\nNOOP\n", false }, 1, &(struct rig_how){ .port = 110, .say = say });
    text_fini(&script);
}

/* More commands at once than may wait: responses find theirs. */
static void test_cap(void)
{
    struct rig *r = rig_new(false, 110);
    struct text script, out;

    text_init(&script, 0);
    text_init(&out, 0);
    text_str(&script, "<+OK" CRLF ">");
    repeat(&script, "NOOP" CRLF, 300);
    text_str(&script, "DELE 1" CRLF "<");
    repeat(&script, "+OK" CRLF, 300);
    text_str(&script, "-ERR no" CRLF);
    text_byte(&script, '\0');
    rig_play(r, script.p, RIG_HELD, &out);
    ok(strstr(out.p, "#too_many_transactions\n") != NULL, "noted");
    ok(strstr(out.p, "\"DELE\",\"args\":[\"1\"]},\"response\":{\"success\":false,\"status\":\"ERR\",\"header\":\"no\"") != NULL, "the last one has its response");
    text_fini(&script);
    text_fini(&out);
    rig_free(r);
}

int main(void)
{
    test_long();
    test_cap();
    rig_rows(rows, ROWS(rows), &(struct rig_how){ .port = 110 });
    rig_rows(mails, ROWS(mails), &(struct rig_how){ .port = 110, .say = say });
    return done_testing();
}
