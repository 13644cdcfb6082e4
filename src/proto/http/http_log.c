/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "proto/http/http.h"

#include "wire/httprange.h"

/* Names that "custom" takes, with the field each means where that is not the name with hyphens. */
static const struct {
    const char *name, *field;
} custom_names[] = {
    { "accept_range", "accept-range" }, { "etag", "etags" }, { "referer", NULL },
};

enum { NAME_MAX_BYTES = 255, VALUE_MAX_BYTES = 2047 };

static const struct http_stored *field(const struct http *x, enum side side, enum http_header_id id) { return http_find(http_seen(x, side), id); }

static void log_field(struct json *j, const char *key, const struct http_stored *h)
{
    if (h != NULL) {
        json_bytes(j, key, http_value(h));
    }
}

static void log_range(struct json *j, struct bytes value)
{
    struct httprange r;

    json_object(j, "content_range");
    json_bytes(j, "raw", value);
    if (httprange_read(value, &r)) {
        if (r.has_start) {
            json_u64(j, "start", r.start);
        }
        if (r.has_end) {
            json_u64(j, "end", r.end);
        }
        if (r.has_size) {
            json_u64(j, "size", r.size);
        }
    }
    json_end_object(j);
}

static void log_basic(const struct http *x, struct json *j)
{
    const struct http_stored *type = field(x, TO_CLIENT, HEADER_CONTENT_TYPE), *range = field(x, TO_CLIENT, HEADER_CONTENT_RANGE);

    if (x->host.p != NULL) {
        json_bytes(j, "hostname", x->host);
    }
    if (x->port >= 0) {
        json_u64(j, "http_port", (uint64_t)x->port);
    }
    if (x->uri_raw.p != NULL) {
        json_bytes(j, "url", x->uri_raw);
    }
    log_field(j, "http_user_agent", field(x, TO_SERVER, HEADER_USER_AGENT));
    log_field(j, "xff", field(x, TO_SERVER, HEADER_X_FORWARDED_FOR));
    if (type != NULL) {
        json_bytes(j, "http_content_type", bytes_head(http_value(type), bytes_find_byte(http_value(type), ';')));
    }
    if (range != NULL) {
        log_range(j, http_value(range));
    }
}

static void log_extended(const struct http *x, struct json *j)
{
    log_field(j, "http_refer", field(x, TO_SERVER, HEADER_REFERER));
    if (x->method.p != NULL) {
        json_bytes(j, "http_method", x->method);
    }
    if (http_seen(x, TO_SERVER)->protocol.p != NULL) {
        json_bytes(j, "protocol", http_seen(x, TO_SERVER)->protocol);
    }
    if (x->status_number != 0) {
        json_u64(j, "status", x->status_number);
    } else if (x->status.p != NULL) {
        json_bytes(j, "status_string", x->status);
    }
    log_field(j, "redirect", field(x, TO_CLIENT, HEADER_LOCATION));
    json_u64(j, "length", http_seen(x, TO_CLIENT)->message_len);
}

/* Is `name` what the word of "custom" means?  Underscores there stand for hyphens. */
static bool names_field(struct bytes word, struct bytes name)
{
    for (unsigned i = 0; i < ROWS(custom_names); i++) {
        if (bytes_is(word, custom_names[i].name)) {
            return custom_names[i].field != NULL && bytes_is_nocase(name, custom_names[i].field);
        }
    }
    if (word.n != name.n) {
        return false;
    }
    for (size_t i = 0; i < word.n; i++) {
        uint8_t want = word.p[i] == '_' ? '-' : word.p[i] | 0x20;
        if (want != (name.p[i] == '-' ? '-' : (name.p[i] | 0x20))) {
            return false;
        }
    }
    return true;
}

static bool custom_wants(const char *custom, struct bytes name)
{
    struct rd r = rd_of(bytes_str(custom));

    while (rd_left(&r) != 0) {
        bool found;
        if (names_field(bytes_trim(rd_until(&r, ',', &found), " "), name)) {
            return true;
        }
    }
    return false;
}

static void log_headers(const struct http *x, enum side side, bool all, const char *custom, struct json *j)
{
    const struct http_half *h = http_seen(x, side);
    bool open = false;

    for (unsigned i = 0; i < h->header_n; i++) {
        if (!all && !custom_wants(custom, http_name(&h->header[i]))) {
            continue;
        }
        if (!open) {
            json_array(j, side == TO_SERVER ? "request_headers" : "response_headers");
            open = true;
        }
        struct bytes name = bytes_head(http_name(&h->header[i]), NAME_MAX_BYTES), value = bytes_head(http_value(&h->header[i]), VALUE_MAX_BYTES);
        json_object(j, NULL);
        json_bytes(j, "name", bytes_head(name, bytes_find_byte(name, 0)));
        json_bytes(j, "value", bytes_head(value, bytes_find_byte(value, 0)));
        json_end_object(j);
    }
    if (open) {
        json_end_array(j);
    }
}

bool http_header_value(const struct txn *t, enum side side, struct bytes name, struct bytes *value)
{
    const struct http *x = txn_data_const(t);
    const struct http_half *h = http_seen(x, side);

    for (unsigned i = 0; i < h->header_n; i++) {
        if (bytes_equal_nocase(http_name(&h->header[i]), name)) {
            *value = http_value(&h->header[i]);
            return true;
        }
    }
    return false;
}

void http_log(const struct txn *t, struct json *j)
{
    const struct http *x = txn_data_const(t);
    const struct http_settings *of_log = txn_settings(t), *s = of_log != NULL ? of_log : x->settings;
    struct bytes dump = bytes_str(s->dump != NULL ? s->dump : "");
    bool custom = s->custom != NULL && s->custom[0] != '\0';
    bool both = bytes_is(dump, "both"), request = both || bytes_is(dump, "request"), response = both || bytes_is(dump, "response");

    log_basic(x, j);
    if (s->extended) {
        log_extended(x, j);
    }
    if (request || custom) {
        log_headers(x, TO_SERVER, request, s->custom, j);
    }
    if (response || custom) {
        log_headers(x, TO_CLIENT, response, s->custom, j);
    }
}
