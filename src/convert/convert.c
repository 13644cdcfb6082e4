/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "convert/parts.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const struct buffer_row buffer_rows[] = {
    { "pkt_data", "pkt_data", "pkt_data", 0, true },
    { "http.uri", "http_uri", "http_uri", 'U', false },
    { "http.uri.raw", "http_raw_uri", "http_raw_uri", 'I', false },
    { "http.method", "http_method", "http_method", 'M', false },
    { "http.header", "http_header", "http_header", 'H', false },
    { "http.header.raw", "http_raw_header", "http_raw_header", 'D', false },
    { "http.cookie", "http_cookie", "http_cookie", 'C', false },
    { NULL, "http_raw_cookie", "http_raw_cookie", 'K', false },
    { "http.request_body", "http_client_body", "http_client_body", 'P', false },
    { "http.stat_code", "http_stat_code", "http_stat_code", 'S', false },
    { "http.stat_msg", "http_stat_msg", "http_stat_msg", 'Y', false },
    { "http.user_agent", "http_header:field user-agent", NULL, 'V', false },
    { "http.host", "http_header:field host", NULL, 'W', false },
    { "http.referer", "http_header:field referer", NULL, 0, false },
    { "http.content_type", "http_header:field content-type", NULL, 0, false },
    { "http.content_len", "http_header:field content-length", NULL, 0, false },
    { "http.accept", "http_header:field accept", NULL, 0, false },
    { "http.accept_enc", "http_header:field accept-encoding", NULL, 0, false },
    { "http.accept_lang", "http_header:field accept-language", NULL, 0, false },
    { "http.connection", "http_header:field connection", NULL, 0, false },
    { "http.server", "http_header:field server", NULL, 0, false },
    { "http.location", "http_header:field location", NULL, 0, false },
    { "http.protocol", "http_version", NULL, 0, false },
    { "file.data", "file_data", "file_data", 0, true },
    { "base64_data", "base64_data", "base64_data", 0, true },
    { "dce_stub_data", "dce_stub_data", "dce_stub_data", 0, true },
    { NULL, "sip_header", "sip_header", 0, true },
    { NULL, "raw_data", NULL, 0, false },
    { NULL, "dnp3_data", "dnp3_data", 0, true },
    { NULL, "modbus_data", "modbus_data", 0, true },
    { NULL, "sip_body", "sip_body", 0, true },
};
const unsigned buffer_row_n = ROWS(buffer_rows);

static const char *said(struct parts *p, const char *format, va_list list)
{
    char text[160];

    vsnprintf(text, sizeof text, format, list);
    return arena_str(p->arena, bytes_str(text));
}

bool parts_refuse(struct parts *p, const char *format, ...)
{
    va_list list;

    va_start(list, format);
    p->c->refused = said(p, format, list);
    va_end(list);
    return false;
}

void parts_lose(struct parts *p, const char *format, ...)
{
    va_list list;

    va_start(list, format);
    const char *text = said(p, format, list);
    va_end(list);
    if (text && p->c->lost_n < CONVERT_LOST) {
        p->c->lost[p->c->lost_n++] = text;
    }
}

const struct modifier *part_modifier(const struct part *x, const char *name)
{
    for (unsigned i = 0; i < x->modifier_n; i++) {
        if (strcmp(x->modifier[i].name, name) == 0) {
            return &x->modifier[i];
        }
    }
    return NULL;
}

void convert_rule(struct arena *a, struct bytes rule, enum convert_dialect from, enum convert_dialect to, struct text *out, struct conversion *c)
{
    struct parts *p = arena_zero(a, sizeof *p);
    size_t before = out->n;

    *c = (struct conversion){ 0 };
    if (!p) {
        c->refused = "not enough memory";
        return;
    }
    p->arena = a;
    p->c = c;
    p->from = from;
    p->to = to;
    c->done = parts_read(p, rule) && parts_write(p, out) && !c->refused;
    if (!c->done) {
        out->n = before;
    }
}
