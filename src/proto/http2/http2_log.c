/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * http2_log - records: a stream as an HTTP record of version 2, and the DNS message in it.
 */
#include "proto/http2/http2.h"

/* As Suricata writes them: GOAWAY's in capitals, RST_STREAM's not. */
static const char *const errors[][2] = {
    { "NOERROR", "NoError" }, { "PROTOCOLERROR", "ProtocolError" }, { "INTERNALERROR", "InternalError" }, { "FLOWCONTROLERROR", "FlowControlError" },
    { "SETTINGSTIMEOUT", "SettingsTimeout" }, { "STREAMCLOSED", "StreamClosed" }, { "FRAMESIZEERROR", "FrameSizeError" },
    { "REFUSEDSTREAM", "RefusedStream" }, { "CANCEL", "Cancel" }, { "COMPRESSIONERROR", "CompressionError" }, { "CONNECTERROR", "ConnectError" },
    { "ENHANCEYOURCALM", "EnhanceYourCalm" }, { "INADEQUATESECURITY", "InadequateSecurity" }, { "HTTP11REQUIRED", "Http11Required" },
};
static const char *const settings[] = { [1] = "SETTINGSHEADERTABLESIZE", "SETTINGSENABLEPUSH", "SETTINGSMAXCONCURRENTSTREAMS", "SETTINGSINITIALWINDOWSIZE",
                                        "SETTINGSMAXFRAMESIZE", "SETTINGSMAXHEADERLISTSIZE", [8] = "SETTINGSENABLECONNECTPROTOCOL", "SETTINGSNORFC7540PRIORITIES" };

static void log_headers(struct json *j, const char *key, const struct http2_half *h)
{
    if (h->header_n == 0) {
        return;
    }
    json_array(j, key);
    for (uint32_t i = 0; i < h->header_n; i++) {
        const struct http2_header *f = &h->header[i];
        json_object(j, NULL);
        if (f->is_size) {
            json_u64(j, "table_size_update", f->size);
        } else {
            json_bytes(j, "name", f->name);
            json_bytes(j, "value", f->value);
        }
        json_end_object(j);
    }
    json_end_array(j);
}

/* The last value of that name, on either side. */
static bool value_last(const struct http2 *x, const char *name, struct bytes *out)
{
    for (unsigned side = 2; side-- > 0;) {
        const struct http2_half *h = &x->half[side == 1 ? TO_CLIENT : TO_SERVER];
        for (uint32_t i = h->header_n; i-- > 0;) {
            if (bytes_is_nocase(h->header[i].name, name)) {
                *out = h->header[i].value;
                return true;
            }
        }
    }
    return false;
}

static void log_common(struct json *j, const struct http2 *x)
{
    static const struct {
        const char *name, *key;
        bool number;
    } rows[] = { { ":method", "http_method", false }, { ":path", "url", false }, { "host", "hostname", false }, { "user-agent", "http_user_agent", false },
                 { "content-length", "length", true }, { ":status", "status", true } };
    struct bytes v;
    uint64_t n;

    for (unsigned i = 0; i < ROWS(rows); i++) {
        if (!value_last(x, rows[i].name, &v)) {
            continue;
        }
        if (!rows[i].number) {
            json_bytes(j, rows[i].key, v);
        } else if (bytes_u64(v, &n)) {
            json_u64(j, rows[i].key, n);
        }
    }
}

static void log_settings(struct json *j, const struct http2_numbers *n)
{
    bool open = false;

    for (uint32_t i = 0; i + 1 < n->n; i += 2) {
        const char *name = n->v[i] < ROWS(settings) ? settings[n->v[i]] : NULL;
        if (name == NULL) { /* RFC 9113 6.5.2: of no known kind */
            continue;
        }
        if (!open) {
            json_array(j, "settings");
            open = true;
        }
        json_object(j, NULL);
        json_string(j, "settings_id", name);
        json_u64(j, "settings_value", n->v[i + 1]);
        json_end_object(j);
    }
    if (open) {
        json_end_array(j);
    }
}

static void log_error(struct json *j, const struct http2_half *h)
{
    struct text text;
    uint32_t code = h->errors.v[0];

    if (code < ROWS(errors)) {
        json_string(j, "error_code", errors[code][h->error_is_reset]);
        return;
    }
    text_init(&text, 16);
    text_u64(&text, code);
    json_bytes(j, "error_code", text_bytes(&text));
    text_fini(&text);
}

static bool has_setting(const struct http2_numbers *n)
{
    for (uint32_t i = 0; i + 1 < n->n; i += 2) {
        if (n->v[i] < ROWS(settings) && settings[n->v[i]] != NULL) {
            return true;
        }
    }
    return false;
}

static bool has_frames(const struct http2_half *h) { return has_setting(&h->settings) || h->errors.n != 0 || h->priorities.n != 0; }

static void log_frames(struct json *j, const char *key, const struct http2_half *h)
{
    if (!has_frames(h)) {
        return;
    }
    json_object(j, key);
    log_settings(j, &h->settings);
    if (h->errors.n != 0) {
        log_error(j, h);
    }
    if (h->priorities.n != 0) {
        json_u64(j, "priority", h->priorities.v[0]);
    }
    if (h->errors.n > 1 || h->priorities.n > 1) {
        json_string(j, "has_multiple", h->errors.n > 1 ? "error_code" : "priority");
    }
    json_end_object(j);
}

bool http2_log_wanted(const struct txn *t)
{
    const struct http2 *x = txn_data_const(t);

    for (unsigned i = 0; i < 2; i++) {
        if (has_frames(&x->half[i]) || x->half[i].header_n != 0) {
            return true;
        }
    }
    return false;
}

static void log_grpc(struct json *j, const struct http2 *x)
{
    const struct http2_grpc *asked = x->half[TO_SERVER].grpc, *told = x->half[TO_CLIENT].grpc;
    struct bytes service, method;
    uint64_t status;

    json_object(j, "grpc");
    if (http2_grpc_call(x, &service, &method)) {
        json_bytes(j, "service", service);
        json_bytes(j, "method", method);
    }
    if (asked != NULL) {
        json_u64(j, "request_messages", asked->messages);
    }
    if (told != NULL) {
        json_u64(j, "response_messages", told->messages);
    }
    if (http2_grpc_status(x, &status)) {
        json_u64(j, "status", status);
    }
    if (http2_grpc_status_message(txn_data(x->txn), &method)) {
        json_bytes(j, "status_message", method);
    }
    json_end_object(j);
}

void http2_log(const struct txn *t, struct json *j)
{
    const struct http2 *x = txn_data_const(t);

    json_string(j, "version", "2");
    log_headers(j, "request_headers", &x->half[TO_SERVER]);
    log_headers(j, "response_headers", &x->half[TO_CLIENT]);
    log_common(j, x);
    json_object(j, "http2");
    json_u64(j, "stream_id", x->stream);
    log_frames(j, "request", &x->half[TO_SERVER]);
    log_frames(j, "response", &x->half[TO_CLIENT]);
    if (json_own(j) && http2_is_grpc(x) && http2_settings_of(t->conn)->grpc) {
        log_grpc(j, x);
    }
    json_end_object(j);
}

/* ------- DNS ------- */

/* The message that a record tells of: the answer, once it is there. */
static const struct dnsmsg *message_of(const struct txn *t)
{
    const struct http2 *x = txn_data_const(t);

    return x->half[TO_CLIENT].dns != NULL ? x->half[TO_CLIENT].dns : x->half[TO_SERVER].dns;
}

static struct dnsmsg_shown shown(const struct http2_settings *s)
{
    return s != NULL ? (struct dnsmsg_shown){ s->formats, s->types } : (struct dnsmsg_shown){ NULL, NULL };
}

static bool message_wanted(const struct txn *t)
{
    const struct http2_settings *s = txn_settings(t);
    const struct dnsmsg *m = message_of(t);
    struct dnsmsg_shown how = shown(s);

    return m != NULL && (s == NULL || (dnsmsg_response(m) ? s->responses : s->requests)) && dnsmsg_is_shown(m, &how);
}

bool doh2_log_wanted(const struct txn *t) { return message_wanted(t) || http2_log_wanted(t); }

const char *doh2_log_event(const struct txn *t) { return message_of(t) != NULL ? "dns" : "http"; }

void doh2_log_beside(const struct txn *t, struct json *j)
{
    const struct dnsmsg *m = message_of(t);
    struct dnsmsg_shown how = shown(txn_settings(t));

    if (m != NULL) {
        json_object(j, "dns");
        dnsmsg_log(j, m, 0, &how);
        json_end_object(j);
    }
}
