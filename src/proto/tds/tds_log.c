/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What rules and records ask of an exchange. */
#include "proto/tds/tds.h"

static const struct tds *of(const struct txn *t) { return txn_data_const(t); }

static const char *const types[] = {
    [TDS_BATCH] = "batch", [TDS_OLD_LOGIN] = "old_login", [TDS_RPC] = "rpc", [TDS_RESULT] = "result", [TDS_ATTENTION] = "attention", [TDS_BULK] = "bulk",
    [TDS_FEDERATED] = "federated_authentication", [TDS_TRANSACTION] = "transaction", [TDS_LOGIN] = "login", [TDS_SSPI] = "sspi", [TDS_PRELOGIN] = "prelogin",
};

const char *tds_type_name(unsigned type) { return type < ROWS(types) ? types[type] : NULL; }

#define TDS_BYTES(fn, member)                                                                                          \
    static bool fn(const struct txn *t, enum side side, unsigned i, struct bytes *out)                                 \
    {                                                                                                                  \
        (void)side;                                                                                                    \
        *out = of(t)->member;                                                                                          \
        return i == 0 && out->p != NULL && out->n != 0;                                                                \
    }
TDS_BYTES(user, user)
TDS_BYTES(database, database)
TDS_BYTES(app, app)
TDS_BYTES(client, client)
TDS_BYTES(query, text)
TDS_BYTES(procedure, procedure)
TDS_BYTES(version, version[TO_CLIENT])

static bool type(const struct txn *t, enum side side, unsigned i, uint64_t *out)
{
    (void)side;
    *out = of(t)->type;
    return i == 0 && of(t)->asked;
}

static bool error_number(const struct txn *t, enum side side, unsigned i, uint64_t *out)
{
    (void)side;
    *out = i < of(t)->error_n ? of(t)->error[i].number : 0;
    return i < of(t)->error_n;
}

static bool error(const struct txn *t, enum side side, unsigned i, struct bytes *out)
{
    (void)side;
    *out = i < of(t)->error_n ? of(t)->error[i].message : bytes_none();
    return i < of(t)->error_n && out->p != NULL;
}

#define CLIENTS .sides = SIDE_SERVER_BIT, .stage = { [TO_SERVER] = 1 }
#define SERVERS .sides = SIDE_CLIENT_BIT, .stage = { [TO_CLIENT] = 1 }
const struct field tds_fields[TDS_FIELDS] = {
    { .name = "tds.type", .type = FIELD_NUMBER, CLIENTS, .number = type, .bits = 8, .names = NAMES_LIST(types), .help = "kind of request: 1 batch, 3 rpc, 16 login, ..." },
    { .name = "tds.user", .type = FIELD_BYTES, CLIENTS, .bytes = user, .log = "user", .help = "who logs in" },
    { .name = "tds.database", .type = FIELD_BYTES, CLIENTS, .bytes = database, .log = "database", .help = "the database named at the login" },
    { .name = "tds.app", .type = FIELD_BYTES, CLIENTS, .bytes = app, .log = "app", .sign = SIGN_CLIENT, .help = "the client's program" },
    { .name = "tds.client", .type = FIELD_BYTES, CLIENTS, .bytes = client, .log = "client", .help = "the client's name for its host" },
    { .name = "tds.query", .type = FIELD_BYTES, CLIENTS, .bytes = query, .log = "query", .help = "text of a batch, or the statement that a call carries, as UTF-8" },
    { .name = "tds.procedure", .type = FIELD_BYTES, CLIENTS, .bytes = procedure, .log = "procedure", .help = "the procedure called" },
    { .name = "tds.error_number", .type = FIELD_NUMBER, SERVERS, .number = error_number, .bits = 32, .help = "number of each error: 18456 login failed, ..." },
    { .name = "tds.error", .type = FIELD_LIST, SERVERS, .bytes = error, .help = "text of each error" },
    { .name = "tds.version", .type = FIELD_BYTES, SERVERS, .bytes = version, .sign = SIGN_SOFTWARE, .help = "the server's version, of its answer before the login" },
};

static void log_text(struct json *j, const char *key, struct bytes b)
{
    if (b.p != NULL && b.n != 0) {
        json_bytes(j, key, b);
    }
}

static void log_prelogin(struct json *j, const char *key, struct bytes version, uint8_t encryption)
{
    static const char *const names[] = { "off", "on", "not_supported", "required" };

    if (version.p == NULL || version.n == 0) {
        return;
    }
    json_object(j, key);
    json_bytes(j, "version", version);
    if (encryption != 0) {
        unsigned e = (encryption - 1u) & 0x7f;
        json_string(j, "encryption", e < ROWS(names) ? names[e] : "unknown");
    }
    json_end_object(j);
}

static void log_errors(struct json *j, const struct tds *d)
{
    json_array(j, "errors");
    for (unsigned i = 0; i < d->error_n; i++) {
        const struct tds_error *e = &d->error[i];
        json_object(j, NULL);
        json_u64(j, "number", e->number);
        json_u64(j, "severity", e->severity);
        json_bytes(j, "message", e->message);
        log_text(j, "procedure", e->procedure);
        json_u64(j, "line", e->line);
        json_end_object(j);
    }
    json_end_array(j);
}

void tds_log(const struct txn *t, struct json *j)
{
    const struct tds *d = of(t);

    if (d->asked) {
        json_string(j, "type", tds_type_name(d->type));
    }
    log_prelogin(j, "client_prelogin", d->version[TO_SERVER], d->encryption[TO_SERVER]);
    log_prelogin(j, "server_prelogin", d->version[TO_CLIENT], d->encryption[TO_CLIENT]);
    log_text(j, "instance", d->instance);
    log_text(j, "domain", d->domain);
    log_text(j, "server", d->server);
    log_text(j, "library", d->library);
    log_text(j, "language", d->language);
    if (d->cut) {
        json_bool(j, "truncated", true);
    }
    if (d->accepted) {
        json_bytes(j, "program", d->program);
    }
    if (d->answered && !d->is_prelogin) {
        json_string(j, "status", d->failed ? "error" : "ok");
    }
    if (d->has_rows) {
        json_u64(j, "rows", d->rows);
    }
    if (d->error_n != 0) {
        log_errors(j, d);
    }
}
