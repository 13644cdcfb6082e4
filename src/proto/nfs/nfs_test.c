/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Dialogues of NFS: what becomes of them, and that it does not matter where the bytes are cut. */
#include "proto/test_rig.h"
#include "tap.h"

/* A call's and a reply's head behind the record mark; x: the transaction's number. */
#define CALL(x, version, procedure) "{00 00 00 " x " 00 00 00 00 00 00 00 02 00 01 86 a3 00 00 00 " version " 00 00 00 " procedure " 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00}"
#define UNIX_CALL(x, version, procedure) "{00 00 00 " x " 00 00 00 00 00 00 00 02 00 01 86 a3 00 00 00 " version " 00 00 00 " procedure \
    " 00 00 00 01 00 00 00 18 00 00 00 00 00 00 00 04}host{00 00 00 07 00 00 00 08 00 00 00 00 00 00 00 00 00 00 00 00}"
#define REPLY(x) "{00 00 00 " x " 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00}"
#define HANDLE "{00 00 00 04}hand"
#define MARK(n) "{80 00 00 " n "}"
#define RECORD(version, procedure, name, hash, id, rest) "{\"nfs\":{\"version\":" version ",\"procedure\":\"" procedure "\",\"filename\":\"" name "\"" hash ",\"id\":" id rest
#define HASH ",\"hhash\":\"2762428f\""
#define OTHER(status) ",\"file_tx\":false,\"type\":\"response\",\"status\":\"" status "\""
#define RPC(x, auth) "},\"rpc\":{\"xid\":" x ",\"status\":\"ACCEPTED\",\"auth_type\":\"" auth "\"}}"

/* clang-format off */
static const struct {
    const char *why, *script, *want;
} rows[] = {
    { "a name is looked for: the handle that comes back has it from then on",
      ">" MARK("38") CALL("01", "03", "03") HANDLE "{00 00 00 01}f{00 00 00}<" MARK("28") REPLY("01") "{00 00 00 00}" HANDLE "{00 00 00 00}"
      ">" MARK("34") CALL("02", "03", "04") HANDLE "{00 00 00 3f}<" MARK("1c") REPLY("02") "{00 00 00 00}",
      RECORD("3", "LOOKUP", "f", HASH, "1", OTHER("OK")) RPC("1", "NULL") "\n" RECORD("3", "ACCESS", "f", HASH, "2", OTHER("OK")) RPC("2", "NULL") "\n" },
    { "who calls", ">" MARK("48") UNIX_CALL("01", "03", "01") HANDLE "<" MARK("1c") REPLY("01") "{00 00 00 46}",
      RECORD("3", "GETATTR", "", HASH, "1", OTHER("ERR_STALE")) "},\"rpc\":{\"xid\":1,\"status\":\"ACCEPTED\",\"auth_type\":\"UNIX\",\"creds\":{\"machine_name\":\"host\",\"uid\":7,\"gid\":8}}}\n" },
    { "a call in three fragments (RFC 5531 11)", ">" MARK("30") CALL("03", "03", "01") HANDLE "<" MARK("1c") REPLY("03") "{00 00 00 46}"
      ">{00 00 00 04}{00 00 00 01}{00 00 00 00}{80 00 00 2c}{00 00 00 00 00 00 00 02 00 01 86 a3 00 00 00 03 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00}" HANDLE
      "<" MARK("1c") REPLY("01") "{00 00 00 46}", RECORD("3", "GETATTR", "", HASH, "1", OTHER("ERR_STALE")) RPC("3", "NULL") "\n"
      RECORD("3", "GETATTR", "", HASH, "2", OTHER("ERR_STALE")) RPC("1", "NULL") "\n" },
    { "a file that is written at once", ">" MARK("4c") CALL("01", "03", "07") HANDLE "{00 00 00 00 00 00 00 00 00 00 00 05 00 00 00 02 00 00 00 05}hello{00 00 00}",
      RECORD("3", "WRITE", "", HASH, "1", ",\"file_tx\":true,\"type\":\"response\",\"status\":\"OK\",\"write\":{\"first\":true,\"last\":true,\"last_xid\":1,\"chunks\":0}") RPC("1", "NULL") " (open)\n" },
    { "a file in two reads is one transaction", ">" MARK("3c") CALL("01", "03", "06") HANDLE "{00 00 00 00 00 00 00 00 00 00 00 04}|" MARK("3c") CALL("02", "03", "06") HANDLE "{00 00 00 00 00 00 00 04 00 00 00 04}"
      "<" MARK("30") REPLY("01") "{00 00 00 00 00 00 00 00 00 00 00 04 00 00 00 00 00 00 00 04}abcd|" MARK("30") REPLY("02") "{00 00 00 00 00 00 00 00 00 00 00 04 00 00 00 01 00 00 00 04}efgh",
      RECORD("3", "READ", "", HASH, "1", ",\"file_tx\":true,\"type\":\"response\",\"status\":\"OK\",\"read\":{\"first\":true,\"last\":true,\"last_xid\":2,\"chunks\":2}") RPC("1", "NULL") "\n" },
    { "version 4: a compound that removes", ">" MARK("4c") CALL("01", "04", "01") "{00 00 00 00 00 00 00 00 00 00 00 02 00 00 00 16 00 00 00 04}hand{00 00 00 1c 00 00 00 01}x{00 00 00}"
      "<" MARK("34") REPLY("01") "{00 00 00 00 00 00 00 00 00 00 00 02 00 00 00 16 00 00 00 00 00 00 00 1c 00 00 00 02}",
      RECORD("4", "REMOVE", "x", "", "1", OTHER("ERR_NOENT")) RPC("1", "NULL") "\n" },
    { "version 4 renames", ">" MARK("54") CALL("01", "04", "01") "{00 00 00 00 00 00 00 01 00 00 00 02 00 00 00 18 00 00 00 1d 00 00 00 04}aaaa{00 00 00 04}bbbb{00 00 00 00 00 00 00 00}",
      RECORD("4", "RENAME", "aaaa", "", "1", OTHER("OK") ",\"rename\":{\"from\":\"aaaa\",\"to\":\"bbbb\"}") RPC("1", "NULL") " (open)\n" },
    { "a reply to no call is nothing", ">" MARK("30") CALL("01", "03", "01") HANDLE "<" MARK("1c") REPLY("09") "{00 00 00 00}",
      RECORD("3", "GETATTR", "", HASH, "1", OTHER("OK")) RPC("1", "NULL") " (open)\n" },
    { "a handle longer than its call", ">" MARK("30") CALL("01", "03", "01") "{00 00 00 40}hand", RECORD("3", "GETATTR", "", "", "1", OTHER("OK")) RPC("1", "NULL") " (open)\n#malformed_data\n" },
    { "a second fragment goes by, what follows is read", ">{00 00 00 30}" CALL("01", "03", "01") HANDLE MARK("04") "more" MARK("30") CALL("02", "03", "01") HANDLE,
      RECORD("3", "GETATTR", "", HASH, "1", OTHER("OK")) RPC("1", "NULL") " (open)\n" RECORD("3", "GETATTR", "", HASH, "2", OTHER("OK")) RPC("2", "NULL") " (open)\n" },
};
/* clang-format on */

/* Calls of which no reply comes: those there is no room for are told. */
static void test_calls(void)
{
    struct rig *r = rig_new(false, 2049);
    char script[512];
    struct text out;

    text_init(&out, 0);
    for (unsigned i = 1; i <= 513; i++) {
        rig_tell(r, &out);
        if (strstr(out.p, "calls_forgotten") != NULL) {
            ok(false, "as many as max-requests are kept");
            break;
        }
        snprintf(script, sizeof script, ">" MARK("30") "{00 00 %02x %02x 00 00 00 00 00 00 00 02 00 01 86 a3 00 00 00 03 00 00 00 01}{00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00}" HANDLE, i >> 8, i & 255);
        rig_play(r, script, RIG_HELD, &out);
    }
    ok(strstr(out.p, "calls_forgotten") != NULL, "one more is told");
    text_fini(&out);
    rig_free(r);
}

/* A write of a megabyte: its head is read when it is there, the data goes by, the next call is found behind it. */
static void test_large(void)
{
    struct rig *r = rig_new(false, 2049);
    size_t n = 1 << 20;
    uint8_t *data = calloc(1, n);
    struct text out;

    text_init(&out, 0);
    rig_play(r, ">{80 10 00 44}" CALL("01", "03", "07") HANDLE "{00 00 00 00 00 00 00 00 00 10 00 00 00 00 00 00 00 10 00 00}", RIG_HELD, &out);
    rig_send(r, TO_SERVER, data, n, 1400);
    rig_play(r, ">" MARK("3c") CALL("02", "03", "15") HANDLE "{00 00 00 00 00 00 00 00 00 00 00 00}", RIG_HELD, &out);
    is_str(out.p, RECORD("3", "WRITE", "", HASH, "1", ",\"file_tx\":true,\"type\":\"response\",\"status\":\"OK\",\"write\":{\"first\":true,\"last\":true,\"last_xid\":2,\"chunks\":1}") RPC("1", "NULL") " (open)\n",
           "a large write and its commit");
    const struct txn *t = ((struct conn *)r->flow.app)->head;
    is_int(t->files->size, n, "all of it is in the file");
    ok(t->files->state == FILE_CLOSED, "which is closed");
    text_fini(&out);
    free(data);
    rig_free(r);
}

/* What is written behind comes first: it waits, and the file is whole. */
static void test_order(void)
{
    struct rig *r = rig_new(false, 2049);
    struct text out;

    text_init(&out, 0);
    rig_play(r, ">" MARK("48") CALL("01", "03", "07") HANDLE "{00 00 00 00 00 00 00 04 00 00 00 04 00 00 00 00 00 00 00 04}last"
             "|" MARK("48") CALL("02", "03", "07") HANDLE "{00 00 00 00 00 00 00 00 00 00 00 04 00 00 00 00 00 00 00 04}head"
             "|" MARK("3c") CALL("03", "03", "15") HANDLE "{00 00 00 00 00 00 00 00 00 00 00 00}", RIG_HELD, &out);
    const struct txn *t = ((struct conn *)r->flow.app)->head;
    ok(t->files->size == 8 && !t->files->gaps && t->files->state == FILE_CLOSED, "two writes in the wrong order");
    ok(t->next == NULL, "are one transaction");
    text_fini(&out);
    rig_free(r);
}

/* Over UDP a message is a datagram, without a mark. */
static void test_datagram(void)
{
    struct text out;
    bool same;

    text_init(&out, 0);
    rig_cuts(">" CALL("01", "02", "01") "0123456789abcdef0123456789abcdef<" REPLY("01") "{00 00 00 00 00 00 00 00}", true, 2049, &out, &same);
    ok(strstr(out.p, "\"version\":2,\"procedure\":\"GETATTR\"") != NULL && strstr(out.p, "open") == NULL, "version 2 over UDP");
    text_fini(&out);
}

int main(void)
{
    struct text out;
    bool same;

    text_init(&out, 0);
    for (size_t i = 0; i < ROWS(rows); i++) {
        rig_cuts(rows[i].script, false, 2049, &out, &same);
        is_str(out.p, rows[i].want, rows[i].why);
        ok(same, rows[i].why);
    }
    text_fini(&out);
    test_calls();
    test_large();
    test_order();
    test_datagram();
    return done_testing();
}
