/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What rules and records ask of an exchange. */
#include "proto/mysql/mysql.h"

static const struct mysql *of(const struct txn *t) { return txn_data_const(t); }

#define MYSQL_BYTES(fn, member)                                                                                        \
    static bool fn(const struct txn *t, enum side side, unsigned i, struct bytes *out)                                 \
    {                                                                                                                  \
        (void)side;                                                                                                    \
        *out = of(t)->member;                                                                                          \
        return i == 0 && out->p != NULL && out->n != 0;                                                                \
    }
MYSQL_BYTES(version, version)
MYSQL_BYTES(user, user)
MYSQL_BYTES(client, client)
MYSQL_BYTES(database, database)
MYSQL_BYTES(plugin, plugin)
MYSQL_BYTES(text, text)
MYSQL_BYTES(error_text, error_text)

#define MYSQL_NUMBER(fn, member, there)                                                                                \
    static bool fn(const struct txn *t, enum side side, unsigned i, uint64_t *out)                                     \
    {                                                                                                                  \
        (void)side;                                                                                                    \
        *out = of(t)->member;                                                                                          \
        return i == 0 && of(t)->there;                                                                                 \
    }
MYSQL_NUMBER(code, command, has_command)
MYSQL_NUMBER(error_code, error_code, error)
MYSQL_NUMBER(rows, rows, has_rows)

#define CLIENTS .sides = SIDE_SERVER_BIT, .stage = { [TO_SERVER] = 1 }
#define SERVERS .sides = SIDE_CLIENT_BIT, .stage = { [TO_CLIENT] = 1 }
const struct field mysql_fields[MYSQL_FIELDS] = {
    { .name = "mysql.version", .type = FIELD_BYTES, SERVERS, .bytes = version, .log = "version", .sign = SIGN_SOFTWARE, .help = "the server's version" },
    { .name = "mysql.user", .type = FIELD_BYTES, CLIENTS, .bytes = user, .log = "user", .sign = SIGN_USER, .help = "who logs in" },
    { .name = "mysql.client", .type = FIELD_BYTES, CLIENTS, .bytes = client, .sign = SIGN_CLIENT, .help = "the client's connector and its version, as it tells them" },
    { .name = "mysql.database", .type = FIELD_BYTES, CLIENTS, .bytes = database, .log = "database", .help = "the database named at the login" },
    { .name = "mysql.auth_plugin", .type = FIELD_BYTES, CLIENTS, .bytes = plugin, .log = "auth_plugin", .help = "how the client proves who it is" },
    { .name = "mysql.command", .type = FIELD_BYTES, CLIENTS, .bytes = text, .help = "text of a command: the query, the statement, the database" },
    { .name = "mysql.command_code", .type = FIELD_NUMBER, CLIENTS, .number = code, .bits = 8, .names = &mysql_commands, .help = "kind of command: 3 query, 22 stmt_prepare, ..." },
    { .name = "mysql.error_code", .type = FIELD_NUMBER, SERVERS, .number = error_code, .bits = 16, .help = "the error's number: 1045 access denied, ..." },
    { .name = "mysql.error", .type = FIELD_BYTES, SERVERS, .bytes = error_text, .help = "the error's text" },
    { .name = "mysql.row_count", .type = FIELD_NUMBER, SERVERS, .number = rows, .help = "rows of the result" },
};

static void log_attributes(const struct mysql *d, struct json *j)
{
    json_array(j, "attributes");
    for (unsigned i = 0; i < d->attribute_n; i++) {
        json_object(j, NULL);
        json_bytes(j, "name", d->attribute[i].name);
        json_bytes(j, "value", d->attribute[i].value);
        json_end_object(j);
    }
    json_end_array(j);
}

void mysql_log(const struct txn *t, struct json *j)
{
    const struct mysql *d = of(t);

    if (d->login) {
        json_bool(j, "tls", d->tls);
    }
    if (d->attribute_n != 0) {
        log_attributes(d, j);
    }
    if (d->has_command) {
        json_string(j, "command", names_or_unknown(&mysql_commands, d->command));
        json_u64(j, "command_code", d->command);
    }
    if (d->text.n != 0) {
        json_bytes(j, "text", d->text);
    }
    if (d->cut) {
        json_bool(j, "truncated", true);
    }
    if (d->has_statement) {
        json_u64(j, "statement_id", d->statement);
    }
    if (d->ok || d->error) {
        json_string(j, "status", d->ok ? "ok" : "error");
    }
    if (d->has_rows) {
        json_u64(j, "rows", d->rows);
    } else if (d->ok && d->has_command) {
        json_u64(j, "affected_rows", d->affected);
    }
    if (d->error) {
        json_object(j, "error");
        json_u64(j, "code", d->error_code);
        if (d->error_state.n != 0) {
            json_bytes(j, "state", d->error_state);
        }
        json_bytes(j, "message", d->error_text);
        json_end_object(j);
    }
}
