/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * http_body - body bytes, decoded, to the window that rules look through and to files.
 */
#include "proto/http/http.h"

#include "base/opener.h"
#include "wire/httprange.h"

enum { FILE_NAME_MAX = 4096 };

struct file *http_file_open(struct txn *t, enum side side, struct bytes name)
{
    struct http *x = txn_data(t);
    const struct http_settings *s = x->settings;

    if (name.n > FILE_NAME_MAX) {
        name = bytes_head(name, FILE_NAME_MAX);
        txn_note(t, NOTE_FILE_NAME);
    }
    struct file *f = txn_file_open(t, side, name);
    if (f != NULL) {
        txn_file_window(f, s->body_limit[side] != 0 ? s->body_limit[side] : UINT64_MAX, (uint32_t)s->min_inspect[side],
                        (uint32_t)s->window[side]);
    }
    return f;
}

/* ------- names and ranges ------- */

/* The file= of RFC 6266: parameters parted by ';' outside quotes. */
static struct bytes disposition_name(struct bytes value)
{
    struct rd r = rd_of(value);

    while (rd_left(&r) != 0) {
        rd_skip_any(&r, HTTP_SPACES);
        struct bytes rest = rd_peek(&r);
        size_t n = 0;
        bool quoted = false;
        while (n < rest.n && (quoted || rest.p[n] != ';')) {
            quoted ^= rest.p[n] == '"' && (n == 0 || rest.p[n - 1] != '\\');
            n++;
        }
        struct bytes one = rd_bytes(&r, n);
        rd_skip(&r, rd_left(&r) != 0);
        if (one.n > 9 && bytes_starts_nocase(one, "filename=")) {
            one = bytes_from(one, 9);
            one = one.p[0] == '"' ? bytes_from(one, 1) : one;
            return one.n != 0 && one.p[one.n - 1] == '"' ? bytes_head(one, one.n - 1) : one;
        }
    }
    return (struct bytes){ 0 };
}

static void set_range(struct txn *t, struct http *x, struct file *f, struct bytes value)
{
    struct httprange range;
    enum httprange_is is = httprange_judge(value, &range);

    if (is == HTTPRANGE_BAD) {
        txn_note(t, NOTE_RANGE);
    } else if (is == HTTPRANGE_PART) {
        f->has_range = true;
        f->start = range.start;
        f->end = range.end;
        if (x->host.n != 0) { /* without one nobody can tell whose it is */
            txn_file_part(t, f, &(struct file_part){ x->host, f->name, range.start, range.end, range.size });
        }
    }
}

static void open_response_file(struct txn *t, struct http *x)
{
    struct http_half *h = x->response;
    struct http_stored *disposition = http_find(h, HEADER_CONTENT_DISPOSITION), *range = http_find(h, HEADER_CONTENT_RANGE);
    struct bytes name = disposition != NULL ? disposition_name(http_value(disposition)) : (struct bytes){ 0 };

    if (name.p == NULL) {
        name = x->path;
    }
    if (name.p == NULL) {
        return;
    }
    h->file = http_file_open(t, TO_CLIENT, name);
    if (h->file != NULL && range != NULL) {
        set_range(t, x, h->file, http_value(range));
    }
}

static void open_request_file(struct txn *t, struct http *x)
{
    struct http_half *h = &x->request;
    struct http_stored *type = http_find(h, HEADER_CONTENT_TYPE);

    if (x->method_id == METHOD_POST && type != NULL && http_multipart_begin(t, http_value(type))) {
        return;
    }
    if ((x->method_id == METHOD_POST || x->method_id == METHOD_PUT) && x->path.p != NULL) {
        h->file = http_file_open(t, TO_SERVER, x->path);
    }
}

/* ------- bytes ------- */

static bool wanted_whole(const struct http_half *h) { return h->file != NULL && h->file->store_wanted; }

/* The settings of libhtp about Flash, as an opener has them. */
static const struct opener_settings *flash(struct txn *t, const struct http_settings *s)
{
    enum { OUT_DEFAULT = 50 << 20 };
    struct opener_settings *o = arena_zero(txn_arena(t), sizeof *o);
    struct bytes type = bytes_str(s->swf_type != NULL ? s->swf_type : "both");

    if (o != NULL) {
        *o = (struct opener_settings){ .in_max = s->swf_in, .out_max = s->swf_out != 0 ? s->swf_out : OUT_DEFAULT, .depth = 1 };
        o->kinds |= bytes_is(type, "lzma") ? 0u : OPENER_SWF;
        o->kinds |= bytes_is(type, "deflate") ? 0u : OPENER_SWF_LZMA;
    }
    return o;
}

void http_body_decoded(struct conn *c, struct txn *t, enum side side, struct bytes plain)
{
    struct http *x = txn_data(t);
    struct http_half *h = http_half(x, side);
    uint64_t limit = x->settings->body_limit[side] != 0 ? x->settings->body_limit[side] : UINT64_MAX;

    if (plain.n == 0) {
        return;
    }
    uint64_t before = h->entity_len;
    h->entity_len += plain.n;
    if (before == 0 && (h->body = arena_take(txn_arena(t), sizeof *h->body)) != NULL) {
        (void)body_init(h->body, c, limit, (uint32_t)x->settings->min_inspect[side], (uint32_t)x->settings->window[side]);
        h->body->open = side == TO_CLIENT && x->settings->swf ? flash(t, x->settings) : conn_opens(c);
    }
    txn_raise(t, side, HTTP_BODY);
    if (before >= limit && !wanted_whole(h)) {
        if (h->file != NULL) {
            txn_file_close(t, h->file, true);
            h->file = NULL;
        }
        if (x->multipart != NULL && side == TO_SERVER) {
            http_multipart_end(t, true);
        }
        txn_beyond(t, side);
        return;
    }
    if (before + plain.n > limit && !wanted_whole(h)) {
        plain = bytes_head(plain, (size_t)(limit - before));
    }
    if (h->body != NULL) {
        body_add(h->body, c, plain);
    }
    txn_touch(t, side);
    if (!h->file_tried) {
        h->file_tried = true;
        if (side == TO_CLIENT) {
            open_response_file(t, x);
        } else {
            open_request_file(t, x);
        }
    }
    if (side == TO_SERVER && x->multipart != NULL) {
        http_multipart_feed(t, plain);
    } else if (h->file != NULL) {
        txn_file_data(t, h->file, plain);
    }
}

void http_body_in(struct conn *c, struct txn *t, enum side side, struct bytes wire)
{
    struct http *x = txn_data(t);
    struct http_half *h = http_half(x, side);

    h->message_len += wire.n;
    if (h->coding != NULL) {
        http_coding_feed(c, t, side, wire);
    } else if (!h->content_skipped) {
        http_body_decoded(c, t, side, wire);
    }
}

void http_body_more(struct conn *c, struct txn *t, enum side side, struct bytes wire)
{
    struct http *x = txn_data(t);
    struct http_half *h = http_half(x, side);

    h->file = h->closed != NULL && !h->content_skipped && file_reopen(h->closed) ? h->closed : NULL;
    http_body_in(c, t, side, wire);
    if (h->file != NULL) {
        txn_file_close(t, h->file, h->file->gaps);
        h->file = NULL;
    }
}

void http_body_gap(struct conn *c, struct txn *t, enum side side, uint64_t n)
{
    struct http *x = txn_data(t);
    struct http_half *h = http_half(x, side);

    (void)c;
    h->message_len += n;
    if (h->coding != NULL) { /* nothing behind it can be decompressed */
        http_coding_end(h);
        h->content_skipped = true;
    }
    if (h->body != NULL) {
        h->body->gap = true;
    }
    if (h->file != NULL) {
        txn_file_gap(t, h->file, n);
    }
    if (side == TO_SERVER && x->multipart != NULL) {
        http_multipart_gap(t, n);
    }
    txn_touch(t, side);
}

void http_body_over(struct conn *c, struct txn *t, enum side side, bool truncated)
{
    struct http *x = txn_data(t);
    struct http_half *h = http_half(x, side);

    if (h->coding != NULL) {
        http_coding_end(h);
        h->content_skipped = true;
    }
    if (side == TO_SERVER && x->multipart != NULL) {
        http_multipart_end(t, truncated);
    }
    if (h->file != NULL) {
        txn_file_close(t, h->file, truncated || h->file->gaps);
        h->closed = h->file;
        h->file = NULL;
    }
    h->body_over = true;
    if (h->body != NULL) {
        body_end(h->body, c);
    }
}
