/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Dialogues of FTP through the real driver, however their bytes are cut. */
#include "proto/ftp/ftp.h"
#include "proto/test_rig.h"

extern const struct proto proto_ftp;

static void say(struct text *out, struct txn *t)
{
    text_printf(out, "%u:", (unsigned)t->id);
    for (unsigned i = 0; i < FTP_FIELDS; i++) {
        rig_say_field(out, t, ftp_fields[i].name);
    }
    rig_say_end(out, t);
}

#define CRLF "%0d%0a"
#define DONE " ftp.reply_received=1\n"
static const struct rig_row rows[] = {
    { "a greeting answers nothing", "<220 hello" CRLF, "0:\n" },
    { "a command and its reply", ">USER me" CRLF "<331 word?" CRLF, "0: ftp.command=USER ftp.command_data=me ftp.reply=word? ftp.completion_code=331" DONE },
    { "without a reply", ">PWD" CRLF, "0: ftp.command=PWD ftp.reply_received=0 (waiting)\n" },
    { "any case, a line feed alone", ">pwd%0a<257 /%0a", "0: ftp.command=PWD ftp.reply=/ ftp.completion_code=257" DONE },
    { "only the word itself is a command", ">USERS me" CRLF, "" },
    { "several lines (RFC 959 4.2)", ">HELP" CRLF "<214-one" CRLF "214two" CRLF "three" CRLF "214 four" CRLF,
      "0: ftp.command=HELP ftp.reply=214-one|214two|three|four ftp.completion_code=214" DONE },
    { "a preliminary reply and another", ">RETR f" CRLF "<150 comes" CRLF "226 done" CRLF,
      "0: ftp.command=RETR ftp.command_data=f ftp.reply=comes|done ftp.completion_code=150|226 ftp.reply_received=1 #file_before_port\n" },
    { "two commands at once, answered in order", ">USER a" CRLF "PASS b" CRLF "<331 x" CRLF "230 y" CRLF,
      "0: ftp.command=USER ftp.command_data=a ftp.reply=x ftp.completion_code=331" DONE
      "1: ftp.user=a ftp.command=PASS ftp.command_data=b ftp.reply=y ftp.completion_code=230" DONE },
    { "PORT, with somebody else's address", ">PORT 1,2,3,4,5,6" CRLF "<200 OK" CRLF,
      "0: ftp.command=PORT ftp.command_data=1,2,3,4,5,6 ftp.reply=OK ftp.completion_code=200 ftp.dynamic_port=1286 ftp.mode=1 ftp.reply_received=1 ftpbounce=1\n" },
    { "EPRT (RFC 2428)", ">EPRT %7c2%7c::1%7c1234%7c" CRLF "<200 OK" CRLF,
      "0: ftp.command=EPRT ftp.command_data=|2|::1|1234| ftp.reply=OK ftp.completion_code=200 ftp.dynamic_port=1234 ftp.mode=1" DONE },
    { "PASV, then a file", ">PASV" CRLF "<227 Entering (1,2,3,4,0,21)." CRLF ">RETR f" CRLF,
      "0: ftp.command=PASV ftp.reply=Entering (1,2,3,4,0,21). ftp.completion_code=227 ftp.dynamic_port=21 ftp.mode=0" DONE
      "1: ftp.command=RETR ftp.command_data=f ftp.reply_received=0 (waiting)\n" },
    { "EPSV", ">EPSV" CRLF "<229 Entering (%7c%7c%7c58612%7c)" CRLF,
      "0: ftp.command=EPSV ftp.reply=Entering (|||58612|) ftp.completion_code=229 ftp.dynamic_port=58612 ftp.mode=0" DONE },
    { "a file without a name", ">RETR" CRLF, "0: ftp.command=RETR ftp.reply_received=0 #file_without_name (waiting)\n" },
    { "TLS agreed (RFC 4217)", ">AUTH TLS" CRLF "<234 go" CRLF, "0: ftp.command=AUTH TLS ftp.reply=go ftp.completion_code=234" DONE },
    { "missing bytes: on with the next line", ">USER a" CRLF "^>b" CRLF "PWD" CRLF, "0: ftp.command=USER ftp.command_data=a ftp.reply_received=0 (waiting)\n"
      "1: ftp.command=PWD ftp.reply_received=0 (waiting)\n" },
};

static void test_ports(void)
{
    static const struct {
        const char *why, *text;
        uint16_t (*read)(struct bytes text);
        uint16_t want;
    } ports[] = {
        { "PORT", "1,2,3,4,5,6", ftp_port_read, 1286 },
        { "blanks", "1, 2, 3, 4, 5, 6", ftp_port_read, 1286 },
        { "a number too large", "1,2,3,4,256,6", ftp_port_read, 0 },
        { "too few", "1,2,3,4,5", ftp_port_read, 0 },
        { "somewhere in a sentence", "227 Entering Passive Mode (10,0,0,1,200,10).", ftp_port_read, 51210 },
        { "EPRT with another delimiter", "!1!1.2.3.4!21!", ftp_eprt_read, 21 },
        { "EPRT not closed", "|1|1.2.3.4|21", ftp_eprt_read, 0 },
        { "EPRT beyond all ports", "|1|1.2.3.4|65536|", ftp_eprt_read, 0 },
        { "nothing", "", ftp_eprt_read, 0 },
        { "EPSV without parentheses", "|||21|", ftp_epsv_read, 0 },
    };
    for (size_t i = 0; i < sizeof ports / sizeof ports[0]; i++) {
        is_int(ports[i].read(bytes_str(ports[i].text)), ports[i].want, ports[i].why);
    }
}

int main(void)
{
    rig_rows(rows, ROWS(rows), &(struct rig_how){ .proto = "ftp", .say = say });
    test_ports();
    return done_testing();
}
