/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Dialogues through the real driver. */
#include "file/file.h"
#include "proto/smb/smb.h"
#include "proto/test_rig.h"

#define Z2 "{00 00}"
#define Z4 Z2 Z2
#define Z8 Z4 Z4
#define Z16 Z8 Z8
#define LENGTH(n) Z2 "{00}" n
/* command, status, flags, message */
#define HEAD(command, flags, message) "{fe}SMB@{00}" Z2 Z4 command "{00}" Z2 flags Z2 "{00}" Z4 message "{00}" Z2 Z4 Z4 "{07 00 00 00}" "{05}" Z4 Z2 "{00}" Z16
#define ID "M{00 00 00 00 00 00 00 09 00 00 00 ff ff ff ff}"
/* MS-SMB2 2.2.13: the name stands 120 bytes from the header */
#define CREATE LENGTH("{7c}") HEAD("{05}", "{00}", "{01}") "9{00}" Z2 Z4 Z8 Z8 Z4 Z4 Z4 "{02 00 00 00}" Z4 "x{00}" "{04 00}" Z4 Z4 "a{00}b{00}"
#define CREATED LENGTH("{98}") HEAD("{05}", "{01}", "{01}") "Y{00}" Z2 Z4 Z8 Z8 Z8 Z8 Z8 Z8 Z4 Z4 ID Z8
#define WRITE(message, offset, data) LENGTH("s") HEAD("{09}", "{00}", message) "1{00}" "p{00}" "{03 00 00 00}" offset Z4 "{00}" Z2 ID Z8 Z8 data
#define PIPE_WRITE(message, length, n, data) LENGTH(length) HEAD("{09}", "{00}", message) "1{00}" "p{00}" n Z8 ID Z8 Z8 data
/* C706 12.6.4.9: call 5, 24 bytes of stub, in fragments of its own or of one unit that is cut */
#define CALL "{05 00 00 03 10 00 00 00}" "0{00}" Z2 "{05 00 00 00}" Z4 Z2 "{07 00}"
/* MS-SMB2 2.2.5 with the AP-REQ of RFC 4121 4.1: realm EX.TEST, for cifs/srv */
#define TICKET \
    "{60 70 06 09 2a 86 48 86 f7 12 01 02 02 01 00 6e 61 30 5f a0 03 02 01 05 a1 03 02 01 0e a2 07 03 05 00 00 00 00 00 a3 3b 61 39 30 37 a0 03 02 01 05 a1 09 1b 07 45 58 2e 54 45 53 54}" \
    "{a2 16 30 14 a0 03 02 01 02 a1 0d 30 0b 1b 04 63 69 66 73 1b 03 73 72 76 a3 0d 30 0b a0 03 02 01 12 a2 04 04 02 63 63 a4 0d 30 0b a0 03 02 01 12 a2 04 04 02 61 61}"
#define SESSION(length, n) LENGTH(length) HEAD("{01}", "{00}", "{01}") "{19 00}" Z2 Z4 Z4 "X{00}" n Z8 TICKET
/* MS-SMB2 2.2.9, 2.2.10: a share of a disk is connected as tree 5; 2.2.31: FSCTL_PIPE_TRANSCEIVE with 24 bytes of a call */
#define TREE LENGTH("L") HEAD("{03}", "{00}", "{08}") "{09 00}" Z2 "H{00}" "{04 00}" "a{00}b{00}"
#define DISK LENGTH("P") HEAD("{03}", "{01}", "{08}") "{10 00}" "{01}{00}" Z4 Z4 Z4
#define IOCTL LENGTH("{90}") HEAD("{0b}", "{00}", "{05}") "9{00}" Z2 "{17 c0 11 00}" ID "x{00 00 00}" "{18 00 00 00}" Z8 Z8 "{01 00 00 00}" Z4 CALL
#define RELATED "{ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff}"
#define WRITE_RELATED(message, data) LENGTH("s") HEAD("{09}", "{04}", message) "1{00}" "p{00}" "{03 00 00 00}" Z8 RELATED Z8 Z8 data
#define CLOSE_RELATED LENGTH("X") HEAD("{06}", "{04}", "{09}") "{18 00}" Z2 Z4 RELATED
#define CLOSE LENGTH("X") HEAD("{06}", "{00}", "{09}") "{18 00}" Z2 Z4 ID
#define READ LENGTH("q") HEAD("{08}", "{00}", "{02}") "1{00}" Z2 "{03 00 00 00}" Z8 ID Z16 "{00}"
#define READ_ANSWER LENGTH("S") HEAD("{08}", "{01}", "{02}") "{11 00}" "P{00}" "{03 00 00 00}" Z8 "xyz"

/* SMB 1: command, flags, number of the message; text is one byte a character */
#define HEAD1(command, flags, message) "{ff}SMB" command Z4 flags Z2 Z2 Z8 Z2 "{01 00}" Z2 Z2 message "{00}"
#define OPEN_ANDX LENGTH("D") HEAD1("{2d}", "{00}", "{01}") "{0f ff 00 00 00}" Z8 Z4 "{01 00}" Z8 Z4 "{03 00}" "ab{00}"
#define OPENED_ANDX LENGTH("A") HEAD1("{2d}", "{80}", "{01}") "{0f ff 00 00 00}" "{04 40}" Z2 "{00 00 00 10 03 00 00 00}" Z2 Z4 Z8 Z2
#define READ_1 LENGTH("-") HEAD1("{0a}", "{00}", "{02}") "{05}" "{04 40}" "{03 00}" Z4 Z2 Z2
#define READ_1_ANSWER LENGTH("3") HEAD1("{0a}", "{80}", "{02}") "{05}" "{03 00}" Z8 "{06 00}" "{01 03 00}" "xyz"
#define WRITE_AND_CLOSE LENGTH("3") HEAD1("{2c}", "{00}", "{03}") "{06}" "{04 40}" "{03 00}" Z4 Z4 "{04 00}" "{00}" "xyz"
#define OPEN_1 LENGTH("-") HEAD1("{02}", "{00}", "{01}") "{02}" Z4 "{06 00}" "{04}a/bc{00}"
#define OPENED_1 LENGTH("1") HEAD1("{02}", "{80}", "{01}") "{07}" "{04 40}" Z8 Z4 Z2
/* MS-CIFS 2.2.7.1: parameters 76 (answer: 72) bytes from the header */
#define TRANS_CREATE LENGTH("{83}") HEAD1("{a0}", "{00}", "{01}") "{13}" "{00 00 00}" Z16 "{37 00 00 00}" "{4c 00 00 00}" Z8 "{00}" "{01 00}" "{3a 00}" "{00 00 00}" \
    Z16 Z8 Z4 "{02 00 00 00}" Z4 Z8 "{02 00 00 00}" Z4 "{00}" "ab"
#define TRANS_CREATED LENGTH("{8d}") HEAD1("{a0}", "{80}", "{01}") "{12}" "{00 00 00}" Z8 "{45 00 00 00}" "{48 00 00 00}" Z16 "{00}" "{46 00}" "{00}" Z2 "{04 40}" Z8 Z16 Z16 Z4 Z8 \
    "{09 00 00 00}" Z4 Z4 "{00}"
#define TRANS_IOCTL LENGTH("Q") HEAD1("{a0}", "{00}", "{04}") "{17}" "{00 00 00}" Z16 Z16 "{04}" "{02 00}" "{d4 01 14 00}" "{04 40 01 00}" Z2

static const struct rig_row rows[] = {
    { "a file is created", ">" CREATE "<" CREATED,
      "CREATE ab\n" },
    { "a file is written in two pieces", ">" CREATE "<" CREATED ">" WRITE("{02}", "{00}", "abc") WRITE("{03}", "{03}", "def") CLOSE,
      "CREATE ab\nWRITE ab 6 closed\nCLOSE (waiting)\n" },
    { "pieces come in any order", ">" CREATE "<" CREATED ">" WRITE("{02}", "{03}", "def") WRITE("{03}", "{00}", "abc") CLOSE,
      "CREATE ab\nWRITE ab 6 closed\nCLOSE (waiting)\n" },
    { "a piece that never comes is a gap", ">" CREATE "<" CREATED ">" WRITE("{02}", "{03}", "def") CLOSE,
      "CREATE ab\nWRITE ab 6 closed gaps\nCLOSE (waiting)\n" },
    { "what is written twice is told once", ">" CREATE "<" CREATED ">" WRITE("{02}", "{00}", "abc") WRITE("{03}", "{02}", "def") CLOSE,
      "CREATE ab\nWRITE ab 5 closed #file_overlap\nCLOSE (waiting)\n" },
    { "a file whose opening was not seen", ">" WRITE("{02}", "{00}", "abc"),
      "WRITE <unknown> 3 truncated (asking)\n" },
    { "a call in a pipe, in one write", ">" PIPE_WRITE("{02}", "{a0}", "0" "{00 00 00}", CALL "abcdefghijklmnopqrstuvwx"),
      "WRITE call 5 abcdefghijklmnopqrstuvwx (waiting)\n" },
    { "a call over two writes", ">" PIPE_WRITE("{02}", "{98}", "{28 00 00 00}", CALL "abcdefghijklmnop") PIPE_WRITE("{03}", "x", "{08 00 00 00}", "qrstuvwx"),
      "WRITE call 5 abcdefghijklmnopqrstuvwx (waiting)\n" },
    { "a call whose head is cut", ">" PIPE_WRITE("{02}", "{a0}", "0" "{00 00 00}", CALL "abcdefghijklmnopqrstuvwx") PIPE_WRITE("{03}", "u", "{05 00 00 00}", "{05 00 00 03 10}")
      PIPE_WRITE("{04}", "q", "{01 00 00 00}", "{00}") PIPE_WRITE("{05}", "{9a}", "{2a 00 00 00}", Z2 "0{00}" Z2 "{05 00 00 00}" Z4 Z2 "{07 00}" "ABCDEFGHIJKLMNOPQRSTUVWX"),
      "WRITE call 5 abcdefghijklmnopqrstuvwx (waiting)\nWRITE call 5 ABCDEFGHIJKLMNOPQRSTUVWX (waiting)\n" },
    { "a call that never ends, and one after it", ">" PIPE_WRITE("{02}", "{98}", "{28 00 00 00}", CALL "abcdefghijklmnop")
      PIPE_WRITE("{03}", "{a0}", "0" "{00 00 00}", CALL "ABCDEFGHIJKLMNOPQRSTUVWX"),
      "WRITE call 5 abcdefghijklmnop (asking) (waiting)\nWRITE call 5 ABCDEFGHIJKLMNOPQRSTUVWX (waiting)\n" },
    { "what is no unit, in a pipe", ">" PIPE_WRITE("{02}", "{a0}", "0" "{00 00 00}", CALL "abcdefghijklmnopqrstuvwx")
      PIPE_WRITE("{03}", "{80}", "{10 00 00 00}", "AAAAAAAAAAAAAAAA"),
      "WRITE call 5 abcdefghijklmnopqrstuvwx (waiting)\nWRITE call 1094795585 #malformed_data (waiting)\n" },
    { "in a disk's share a write is a file's, whatever a control code said before", ">" TREE "<" DISK ">" CREATE "<" CREATED ">" IOCTL WRITE("{02}", "{00}", "abc") CLOSE,
      "TREE_CONNECT ab\nCREATE ab\nIOCTL ioctl FSCTL_PIPE_TRANSCEIVE (waiting)\nWRITE ab 3 closed\nCLOSE (waiting)\n" },
    { "what is written to what the request before opens, twice", ">" CREATE WRITE_RELATED("{02}", "abc") CLOSE_RELATED CREATE WRITE_RELATED("{04}", "def") CLOSE_RELATED,
      "CREATE ab (waiting)\nWRITE ab 3 closed\nCLOSE (waiting)\nCREATE ab (waiting)\nWRITE ab 3 closed\nCLOSE (waiting)\n" },
    { "a session with a ticket of Kerberos", ">" SESSION("{ca}", "{72 00}"), "SESSION_SETUP ticket EX.TEST cifs srv (waiting)\n" },
    { "a file is read", ">" READ "<" READ_ANSWER ">" CLOSE,
      "READ <unknown> 3 closed\nCLOSE (waiting)\n" },
    { "SMB 1: what is opened by OPEN_ANDX has its name when it is read", ">" OPEN_ANDX "<" OPENED_ANDX ">" READ_1 "<" READ_1_ANSWER,
      "OPEN_ANDX ab size 3 disposition 1 modified 268435456\nREAD ab 3 truncated (waiting)\n" },
    { "SMB 1: the oldest opening, and a write that closes", ">" OPEN_1 "<" OPENED_1 ">" WRITE_AND_CLOSE,
      "OPEN a/bc size 0 disposition 1\nWRITE_AND_CLOSE a/bc 3 closed\nWRITE_AND_CLOSE (waiting)\n" },
    { "SMB 1: a file made with its rights", ">" TRANS_CREATE "<" TRANS_CREATED ">" WRITE_AND_CLOSE,
      "NT_TRANS ab size 9 disposition 2\nWRITE_AND_CLOSE ab 3 closed\nWRITE_AND_CLOSE (waiting)\n" },
    { "SMB 1: a control code", ">" TRANS_IOCTL, "NT_TRANS ioctl FSCTL_LMR_REQUEST_RESILIENCY (waiting)\n" },
    { "after a gap, on where a message begins", ">" CREATE "^>" "xyz" CLOSE, "CREATE ab (waiting)\nCLOSE (waiting)\n" },
    { "an answer to the server is passed over", ">" CREATE ">" CREATED,
      "CREATE ab #response_to_server (waiting)\n" },
};

static void say(struct text *out, struct txn *t)
{
    const struct smb *d = txn_data(t);
    char room[48];

    text_str(out, smb_command_name(d->version, d->command, room) + strlen("SMB2_COMMAND_"));
    if (d->name.n != 0) {
        rig_say_bytes(out, " ", d->name);
    }
    if (d->version == 1 && d->opened) {
        text_printf(out, " size %u disposition %u", (unsigned)d->size, (unsigned)d->disposition);
        if (d->times[2] != 0) {
            text_printf(out, " modified %u", (unsigned)(d->times[2] / 10000000 - 11644473600));
        }
    }
    if (d->kind == SMB_IOCTL) {
        text_printf(out, " ioctl %s", smb_function_name(d->function));
    }
    if (d->ticket != NULL) {
        struct rd parts = d->ticket->sname;
        struct bytes one;
        rig_say_bytes(out, " ticket ", d->ticket->realm);
        while (krb5_name_next(&parts, &one)) {
            rig_say_bytes(out, " ", one);
        }
    }
    if (d->call != NULL) {
        text_printf(out, " call %u", d->call->call);
        rig_say_bytes(out, d->call->half[TO_SERVER].stub.n != 0 ? " " : "", arena_text_bytes(&d->call->half[TO_SERVER].stub));
    }
    if (d->file != NULL) {
        text_printf(out, " %u %s%s", (unsigned)d->file->size, d->file->state == FILE_CLOSED ? "closed" : "truncated", d->file->gaps ? " gaps" : "");
    }
    rig_say_end(out, t);
}

/* '#' and '~' stand for a number's bytes: of a file, of a message, of a tree. */
#define FILE_ID "M{00 00 00 00 00 00 00 09 00 00 00 ff ff}#~"
#define WRITE_FILE ">" LENGTH("s") HEAD("{09}", "{00}", "{02}") "1{00}" "p{00}" "{03 00 00 00}" Z8 FILE_ID Z8 Z8 "abc"
#define CLOSE_FILE ">" LENGTH("X") HEAD("{06}", "{00}", "{09}") "{18 00}" Z2 Z4 FILE_ID
#define READ_FILE ">" LENGTH("q") HEAD("{08}", "{00}", "#") "1{00}" Z2 "{03 00 00 00}" Z8 ID Z16 "{00}"
#define TREE_HEAD(command, flags) "{fe}SMB@{00}" Z2 Z4 command "{00}" Z2 flags Z2 "{00}" Z4 "{08 00}" Z2 Z4 Z4 "#{00 00 00 05}" Z4 Z2 "{00}" Z16
#define CONNECT ">" LENGTH("L") TREE_HEAD("{03}", "{00}") "{09 00}" Z2 "H{00}" "{04 00}" "a{00}b{00}" "<" LENGTH("P") TREE_HEAD("{03}", "{01}") "{10 00}" "{01}{00}" Z4 Z4 Z4
#define DISCONNECT ">" LENGTH("D") TREE_HEAD("{04}", "{00}") "{04 00}" Z2

static const struct {
    const char *why, *one;
    unsigned n;       /* so many have room */
    const char *note; /* of one more; NULL: there is none */
} full[] = {
    { "reads that wait", READ_FILE, SMB_READS, "reads_forgotten" },
    { "open files", WRITE_FILE, SMB_HANDLES, "open_files_forgotten" },
    { "files that were closed", WRITE_FILE CLOSE_FILE, SMB_HANDLES, NULL },
    { "trees", CONNECT, SMB_TREES, "trees_forgotten" },
    { "trees that were left", CONNECT DISCONNECT, SMB_TREES, NULL },
};

/* n of them through the driver: is anything told forgotten? */
static bool forgets(const char *one, unsigned n, const char *note)
{
    struct rig *r = rig_open(&(struct rig_how){ .proto = "smb" }, false);
    struct text script, out;

    text_init(&script, 0);
    text_init(&out, 0);
    for (unsigned k = 0; k < n; k++) {
        for (const char *p = one; *p != '\0'; p++) {
            if (*p == '#' || *p == '~') {
                text_printf(&script, "{%02x}", *p == '#' ? k & 255 : k >> 8);
            } else {
                text_byte(&script, (uint8_t)*p);
            }
        }
    }
    text_byte(&script, '\0');
    rig_play(r, script.p, RIG_HELD, &out);
    bool told = strstr(out.p, note) != NULL;
    text_fini(&script);
    text_fini(&out);
    rig_free(r);
    return told;
}

static void test_full(void)
{
    for (unsigned i = 0; i < ROWS(full); i++) {
        ok(!forgets(full[i].one, full[i].n, "forgotten"), full[i].why);
        ok(forgets(full[i].one, full[i].n + 1, full[i].note != NULL ? full[i].note : "forgotten") == (full[i].note != NULL), "one more");
    }
}

int main(void)
{
    test_full();
    rig_rows(rows, ROWS(rows), &(struct rig_how){ .proto = "smb", .say = say });
    is_str(smb_status_name(0xc0000022), "STATUS_ACCESS_DENIED", "results have names");
    ok(smb_status_name(0x12345678) == NULL, "others have none");
    return done_testing();
}
