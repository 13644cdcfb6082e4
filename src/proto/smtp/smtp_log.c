/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "proto/smtp/smtp.h"
#include "wire/tlshello.h"

enum log_shape { SHAPE_TEXT, SHAPE_ALL /* an array of all of that name */, SHAPE_COMMAS /* an array of its parts */ };

/* What "extended" and "custom" may add; the key has underscores for the name's hyphens. */
static const struct {
    const char *key, *name;
    enum { NAMED_ONLY, EXTENDED, EXTENDED_OWN /* Suricata's schema has no such member */ } when;
    uint8_t shape;
} rows[] = {
    { "reply_to", "reply-to", NAMED_ONLY, SHAPE_TEXT }, { "bcc", "bcc", EXTENDED_OWN, SHAPE_COMMAS }, { "message_id", "message-id", EXTENDED, SHAPE_TEXT },
    { "subject", "subject", EXTENDED, SHAPE_TEXT }, { "x_mailer", "x-mailer", EXTENDED, SHAPE_TEXT }, { "user_agent", "user-agent", EXTENDED_OWN, SHAPE_TEXT },
    { "received", "received", NAMED_ONLY, SHAPE_ALL }, { "x_originating_ip", "x-originating-ip", NAMED_ONLY, SHAPE_TEXT },
    { "in_reply_to", "in-reply-to", NAMED_ONLY, SHAPE_TEXT }, { "references", "references", NAMED_ONLY, SHAPE_TEXT },
    { "importance", "importance", NAMED_ONLY, SHAPE_TEXT }, { "priority", "priority", NAMED_ONLY, SHAPE_TEXT },
    { "sensitivity", "sensitivity", NAMED_ONLY, SHAPE_TEXT }, { "organization", "organization", NAMED_ONLY, SHAPE_TEXT },
    { "content_md5", "content-md5", NAMED_ONLY, SHAPE_TEXT }, { "date", "date", NAMED_ONLY, SHAPE_TEXT },
};

static bool listed(const char *list, const char *one, const char *other)
{
    struct rd r = rd_of(bytes_str(list != NULL ? list : ""));

    while (rd_left(&r) != 0) {
        bool found;
        struct bytes word = bytes_trim(rd_until(&r, ',', &found), " ");
        if (bytes_is_nocase(word, one) || bytes_is_nocase(word, other)) {
            return true;
        }
    }
    return false;
}

/* How far a part of an address list reaches: to a comma outside quotes. */
static size_t part_length(struct bytes b)
{
    bool quoted = false;
    size_t n = 0;

    while (n < b.n && (quoted || b.p[n] != ',')) {
        quoted ^= b.p[n] == '"';
        n++;
    }
    return n;
}

static void log_commas(const struct mime *m, struct json *j, const char *key, const char *name)
{
    struct bytes value;
    bool open = false;

    if (!mime_field_named(m, name, 0, &value)) {
        return;
    }
    while (value.n != 0) {
        size_t n = part_length(value);
        struct bytes part = bytes_head(value, n);
        value = bytes_from(value, n + 1);
        while (part.n != 0 && (part.p[0] == ' ' || part.p[0] == '\t')) {
            part = bytes_from(part, 1);
        }
        if (part.n == 0) {
            continue;
        }
        if (!open) {
            json_array(j, key);
            open = true;
        }
        json_bytes(j, NULL, part);
    }
    if (open) {
        json_end_array(j);
    }
}

static void log_all(const struct mime *m, struct json *j, const char *key, const char *name)
{
    struct bytes value;

    if (!mime_field_named(m, name, 0, &value)) {
        return;
    }
    json_array(j, key);
    for (unsigned i = 0; mime_field_named(m, name, i, &value); i++) {
        json_bytes(j, NULL, value);
    }
    json_end_array(j);
}

static void log_text(const struct mime *m, struct json *j, const char *key, const char *name)
{
    struct bytes value;

    if (mime_field_named(m, name, 0, &value)) {
        json_bytes(j, key, value);
    }
}

static void log_shape(const struct mime *m, struct json *j, unsigned row)
{
    switch ((enum log_shape)rows[row].shape) {
    case SHAPE_TEXT: log_text(m, j, rows[row].key, rows[row].name); break;
    case SHAPE_ALL: log_all(m, j, rows[row].key, rows[row].name); break;
    case SHAPE_COMMAS: log_commas(m, j, rows[row].key, rows[row].name); break;
    }
}

static void log_attachments(const struct mime *m, struct json *j)
{
    struct bytes text;

    if (!mime_attachment(m, 0, &text)) {
        return;
    }
    json_array(j, "attachment");
    for (unsigned i = 0; mime_attachment(m, i, &text); i++) {
        json_bytes(j, NULL, text);
    }
    json_end_array(j);
}

/* Newest first, as Suricata has them. */
static void log_urls(const struct mime *m, struct json *j)
{
    struct bytes text;
    unsigned n = 0;

    while (mime_link(m, n, &text)) {
        n++;
    }
    if (n == 0) {
        return;
    }
    json_array(j, "url");
    while (n-- != 0 && mime_link(m, n, &text)) {
        json_bytes(j, NULL, text);
    }
    json_end_array(j);
}

void smtp_log_email(const struct txn *t, struct json *j)
{
    const struct smtp *x = txn_data_const(t);
    const struct smtp_settings *of_log = txn_settings(t), *s = of_log != NULL ? of_log : x->settings;
    struct bytes subject;

    if (x->mime == NULL) {
        return;
    }
    json_object(j, "email");
    log_text(x->mime, j, "from", "from");
    log_commas(x->mime, j, "to", "to");
    log_commas(x->mime, j, "cc", "cc");
    json_string(j, "status", "PARSE_DONE");
    log_attachments(x->mime, j);
    log_urls(x->mime, j);
    for (unsigned i = 0; i < ROWS(rows); i++) {
        if ((s->extended && (rows[i].when == EXTENDED || (rows[i].when == EXTENDED_OWN && json_own(j)))) ||
            listed(s->custom, rows[i].key, rows[i].name)) {
            log_shape(x->mime, j, i);
        }
    }
    if (listed(s->md5, "subject", "subject") && mime_field_named(x->mime, "subject", 0, &subject)) {
        json_bytes(j, "subject_md5", tlshello_md5(subject, NULL, txn_arena(x->txn)));
    }
    if (listed(s->md5, "body", "body") && x->body_md5.n != 0) {
        json_bytes(j, "body_md5", x->body_md5);
    }
    json_end_object(j);
}
