/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pgsql_log - records. */
#include "proto/pgsql/pgsql.h"

/* As a key of a record: parameters under their own names, some written otherwise; bytes that a key may not have become '_'. */
static void log_pair(struct json *j, const struct pgsql_pair *p)
{
    static const char *const other[][2] = { { "DateStyle", "date_style" }, { "IntervalStyle", "interval_style" }, { "TimeZone", "time_zone" } };
    char room[128];
    const char *key = json_key_of(p->name, room, sizeof room);

    if (!text_is_utf8(p->name)) {
        key = "unknown_parameter";
    }
    for (unsigned i = 0; i < ROWS(other); i++) {
        key = bytes_is(p->name, other[i][0]) ? other[i][1] : key;
    }
    json_object(j, NULL);
    json_bytes(j, key, p->value);
    json_end_object(j);
}

/* Manual, "Error and Notice Message Fields". */
static void log_error(struct json *j, const struct pgsql_message *m)
{
    static const char *const names[256] = {
        ['S'] = "severity_localizable", ['V'] = "severity_non_localizable", ['C'] = "code", ['M'] = "message", ['D'] = "detail", ['H'] = "hint",
        ['P'] = "position", ['p'] = "internal_position", ['q'] = "internal_query", ['W'] = "where", ['s'] = "schema_name", ['t'] = "table_name",
        ['c'] = "column_name", ['d'] = "data_type", ['n'] = "constraint_name", ['F'] = "file", ['L'] = "line", ['R'] = "routine",
    };

    static const char published[] = "SVCMFLR"; /* those that Suricata's schema has */

    for (const struct pgsql_pair *p = m->pairs; p != NULL; p = p->next) {
        const char *name = p->name.n != 0 ? names[p->name.p[0]] : NULL;
        if (json_own(j) || (name != NULL && bytes_find_byte(bytes_str(published), p->name.p[0]) != SIZE_MAX)) {
            json_bytes(j, name != NULL ? name : "unknown_field_type", p->value);
        }
    }
}

static void log_startup(struct json *j, const struct pgsql_message *m)
{
    char version[24];
    size_t n = text_digits(m->number[0], version);

    version[n++] = '.';
    n += text_digits(m->number[1], version + n);
    json_bytes(j, "protocol_version", bytes_of(version, n));
    json_object(j, "startup_parameters");
    if (m->pairs != NULL) {
        json_bytes(j, "user", m->pairs->value);
        if (m->pairs->next != NULL) {
            json_array(j, "optional_parameters");
            for (const struct pgsql_pair *p = m->pairs->next; p != NULL; p = p->next) {
                log_pair(j, p);
            }
            json_end_array(j);
        }
    }
    json_end_object(j);
}

static void log_counts(struct json *j, const char *object, const char *count, const struct pgsql_message *m)
{
    if (object != NULL) {
        json_object(j, object);
    }
    json_u64(j, count, m->count);
    json_u64(j, "data_size", m->size);
    if (object != NULL) {
        json_end_object(j);
    }
}

static void log_columns(struct json *j, const char *object, const struct pgsql_message *m)
{
    json_object(j, object);
    json_u64(j, "columns", m->number[0]);
    json_end_object(j);
}

static void log_key(struct json *j, const struct pgsql_message *m)
{
    json_u64(j, "process_id", m->number[0]);
    json_u64(j, "secret_key", m->number[1]);
}

static void log_request(struct json *j, const struct pgsql_message *m, const struct pgsql_settings *s)
{
    switch (m->kind) {
    case PGSQL_STARTUP: log_startup(j, m); break;
    case PGSQL_SSL_REQUEST: json_string(j, "message", "SSL Request"); break;
    case PGSQL_CANCEL:
        json_string(j, "message", "cancel_request");
        log_key(j, m);
        break;
    case PGSQL_PASSWORD:
        if (s != NULL && s->passwords) {
            json_bytes(j, "password", m->text);
        } else {
            json_bool(j, "password_redacted", true);
        }
        break;
    case PGSQL_SASL_FIRST:
        json_string(j, "sasl_authentication_mechanism", m->plus ? "scram_SHA256_plus" : "scram_SHA256");
        json_bytes(j, "sasl_param", m->text);
        break;
    case PGSQL_SASL_NEXT: json_bytes(j, "sasl_response", m->text); break;
    case PGSQL_QUERY: json_bytes(j, "simple_query", m->text); break;
    case PGSQL_COPY_DATA: log_counts(j, "copy_data_in", "msg_count", m); break;
    case PGSQL_COPY_DONE: json_string(j, "message", "copy_done"); break;
    case PGSQL_COPY_FAIL:
        if (json_own(j)) {
            json_bytes(j, "copy_fail", m->text);
        }
        break;
    case PGSQL_TERMINATE: json_string(j, "message", "termination_message"); break;
    default: break;
    }
}

static void log_response(struct json *j, const struct pgsql_message *m)
{
    static const char *const plain[PGSQL_KINDS] = {
        [PGSQL_AUTH_OK] = "authentication_ok", [PGSQL_AUTH_CLEAR] = "authentication_cleartext_password", [PGSQL_AUTH_SASL] = "authentication_sasl",
        [PGSQL_AUTH_SASL_MORE] = "authentication_sasl_continue", [PGSQL_COPY_DONE] = "copy_done",
    };

    switch (m->kind) {
    case PGSQL_SSL_YES:
    case PGSQL_SSL_NO: json_bool(j, "ssl_accepted", m->kind == PGSQL_SSL_YES); break;
    case PGSQL_AUTH_MD5: json_bytes(j, "authentication_md5_password", m->text); break;
    case PGSQL_AUTH_SASL_LAST: json_bytes(j, "authentication_sasl_final", m->text); break;
    case PGSQL_BACKEND_KEY: log_key(j, m); break;
    case PGSQL_ROW_HEAD: json_u64(j, "field_count", m->number[0]); break;
    case PGSQL_ROW: log_counts(j, NULL, "data_rows", m); break;
    case PGSQL_COPY_DATA: log_counts(j, "copy_data_out", "row_count", m); break;
    case PGSQL_COPY_IN: log_columns(j, "copy_in_response", m); break;
    case PGSQL_COPY_OUT: log_columns(j, "copy_out_response", m); break;
    case PGSQL_COMPLETE: json_bytes(j, "command_completed", m->text); break;
    case PGSQL_ERROR: log_error(j, m); break;
    default:
        if (plain[m->kind] != NULL) {
            json_string(j, "message", plain[m->kind]);
        }
        break;
    }
}

/* Parameters that follow each other are one array. */
static void log_responses(struct json *j, const struct pgsql_message *m)
{
    bool open = false;

    for (; m != NULL; m = m->next) {
        if (open != (m->kind == PGSQL_PARAMETER)) {
            open = !open;
            if (open) {
                json_array(j, "parameter_status");
            } else {
                json_end_array(j);
            }
        }
        if (!open) {
            log_response(j, m);
        } else if (m->pairs != NULL) {
            log_pair(j, m->pairs);
        }
    }
    if (open) {
        json_end_array(j);
    }
}

void pgsql_log(const struct txn *t, struct json *j)
{
    const struct pgsql_settings *s = txn_settings(t);
    const struct pgsql *d = txn_data_const(t);

    json_u64(j, "tx_id", d->id);
    if (d->first[TO_SERVER] != NULL) {
        json_object(j, "request");
        for (const struct pgsql_message *m = d->first[TO_SERVER]; m != NULL; m = m->next) {
            log_request(j, m, s);
        }
        json_end_object(j);
    }
    if (d->first[TO_CLIENT] != NULL) {
        json_object(j, "response");
        log_responses(j, d->first[TO_CLIENT]);
        json_end_object(j);
    }
}
