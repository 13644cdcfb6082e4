/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "proto/ftp/ftp.h"

static bool command(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct ftp *x = txn_data_const(t);

    (void)side;
    *out = x->name;
    return i == 0 && x->name.n != 0;
}

static bool command_data(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct ftp *x = txn_data_const(t);

    (void)side;
    *out = x->data;
    return i == 0 && x->name.n != 0 && x->data.n != 0;
}

static const struct ftp_reply *reply_at(const struct txn *t, unsigned i, bool coded)
{
    const struct ftp *x = txn_data_const(t);
    const struct ftp_reply *r = x->name.n != 0 ? x->reply : NULL; /* of known commands only */

    for (; r != NULL; r = r->next) {
        if ((!coded || r->code.n != 0) && i-- == 0) {
            break;
        }
    }
    return r;
}

static bool reply(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct ftp_reply *r = reply_at(t, i, false);

    (void)side;
    *out = r != NULL ? r->text : bytes_none();
    return r != NULL;
}

static bool completion_code(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    const struct ftp_reply *r = reply_at(t, i, true);

    (void)side;
    *out = r != NULL ? r->code : bytes_none();
    return r != NULL;
}

static bool dynamic_port(const struct txn *t, enum side side, unsigned i, uint64_t *out)
{
    const struct ftp *x = txn_data_const(t);

    (void)side;
    *out = x->port;
    return i == 0 && x->port != 0;
}

static bool mode(const struct txn *t, enum side side, unsigned i, uint64_t *out)
{
    const struct ftp *x = txn_data_const(t);

    (void)side;
    *out = x->active;
    return i == 0 && x->port != 0;
}

static const char *const modes[] = { "passive", "active" };

static bool reply_received(const struct txn *t, enum side side, unsigned i, uint64_t *out)
{
    const struct ftp *x = txn_data_const(t);

    (void)side;
    *out = t->complete[TO_CLIENT];
    return i == 0 && x->name.n != 0;
}

static const struct code answers[] = { { 1, "yes" }, { 1, "on" }, { 1, "true" }, { 0, "no" }, { 0, "off" }, { 0, "false" } };

static bool bounce(const struct txn *t, enum side side, unsigned i, uint64_t *out)
{
    const struct ftp *x = txn_data_const(t);

    (void)side;
    *out = x->bounce;
    return i == 0 && x->bounce;
}

/* The name that was given before, once its password was taken or not (RFC 959 5.4). */
static bool user_answered(const struct txn *t, unsigned i, bool good, struct bytes *out)
{
    const struct ftp *x = txn_data_const(t);

    *out = x->user;
    if (i != 0 || x->user.n == 0) {
        return false;
    }
    for (const struct ftp_reply *r = x->reply; r != NULL; r = r->next) {
        if (r->code.n == 3 && (r->code.p[0] == (good ? '2' : '5'))) {
            return true;
        }
    }
    return false;
}

static bool user_in(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    (void)side;
    return user_answered(t, i, true, out);
}

static bool user_refused(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    (void)side;
    return user_answered(t, i, false, out);
}

#define SERVER .sides = SIDE_SERVER_BIT, .stage = { FTP_DONE, FTP_DONE }
#define CLIENT .sides = SIDE_CLIENT_BIT, .stage = { FTP_DONE, FTP_DONE }
#define BOTH .sides = SIDE_BOTH_BITS, .stage = { FTP_DONE, FTP_DONE }
const struct field ftp_fields[FTP_FIELDS] = {
    { .name = "ftp.user", .type = FIELD_BYTES, CLIENT, .bytes = user_in, .sign = SIGN_USER, .help = "whom the server let in, with the answer to the password" },
    { .name = "ftp.user_refused", .type = FIELD_BYTES, CLIENT, .bytes = user_refused, .sign = SIGN_USER_REFUSED, .help = "… and whom it did not" },
    { .name = "ftp.command", .type = FIELD_BYTES, SERVER, .bytes = command, .help = "a known command, in upper case" },
    { .name = "ftp.command_data", .type = FIELD_BYTES, SERVER, .bytes = command_data, .help = "what stands behind the command" },
    { .name = "ftp.reply", .type = FIELD_LIST, CLIENT, .bytes = reply, .help = "each line of the replies, without its code" },
    { .name = "ftp.completion_code", .type = FIELD_LIST, CLIENT, .bytes = completion_code, .help = "each code of the replies" },
    { .name = "ftp.dynamic_port", .type = FIELD_NUMBER, BOTH, .number = dynamic_port, .bits = 16, .help = "the port agreed on for data" },
    { .name = "ftp.mode", .type = FIELD_NUMBER, BOTH, .number = mode, .names = NAMES_LIST(modes), .bits = 8, .help = "how data connects: active, passive" },
    { .name = "ftp.reply_received", .type = FIELD_NUMBER, .sides = SIDE_CLIENT_BIT, .flags = FIELD_GROWS, .number = reply_received, .names = NAMES_CODES(answers),
      .bits = 8, .help = "was the command answered: yes, no" },
    { .name = "ftpbounce", .type = FIELD_FLAG, SERVER, .number = bounce, .help = "PORT with an address that is not the client's" },
};

static void log_replies(const struct ftp *x, struct json *j)
{
    bool any = false;

    for (const struct ftp_reply *r = x->reply; r != NULL; r = r->next) {
        if (r->code.n != 0) {
            if (!any) {
                json_array(j, "completion_code");
                any = true;
            }
            json_bytes(j, NULL, r->code);
        }
    }
    if (any) {
        json_end_array(j);
    }
    any = false;
    for (const struct ftp_reply *r = x->reply; r != NULL; r = r->next) {
        if (r->text.n != 0) {
            if (!any) {
                json_array(j, "reply");
                any = true;
            }
            json_bytes(j, NULL, r->text);
        }
    }
    if (any) {
        json_end_array(j);
    }
}

void ftp_log(const struct txn *t, struct json *j)
{
    const struct ftp *x = txn_data_const(t);

    if (x->name.n != 0) {
        json_bytes(j, "command", x->command == FTP_AUTH_TLS ? bytes_str("AUTH_TLS") : x->name);
        if (x->data.n != 0) {
            json_bytes(j, "command_data", x->data);
            json_bool(j, "command_truncated", x->cut);
        }
    }
    log_replies(x, j);
    if (x->port != 0) {
        json_u64(j, "dynamic_port", x->port);
    }
    if (x->command >= FTP_PORT && x->command <= FTP_EPSV) {
        json_string(j, "mode", x->active ? "active" : "passive");
    }
    json_string(j, "reply_received", t->complete[TO_CLIENT] ? "yes" : "no");
    json_bool(j, "reply_truncated", x->reply_cut);
}
