/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * smtp_mail - the data of a mail: to the reader of MIME, or, with raw-extraction, into one file.
 */
#include "proto/smtp/smtp.h"
#include "wire/mime.h"

static const uint8_t notes[] = {
    [MIME_BASE64] = NOTE_MIME_BASE64, [MIME_QUOTED] = NOTE_MIME_QUOTED, [MIME_UU] = NOTE_MIME_UU,
    [MIME_LONG_LINE] = NOTE_MIME_LINE,
    [MIME_LONG_CODED_LINE] = NOTE_MIME_CODED_LINE, [MIME_LONG_FIELD_NAME] = NOTE_MIME_FIELD_NAME,
    [MIME_LONG_FIELD_VALUE] = NOTE_MIME_FIELD_VALUE, [MIME_LONG_BOUNDARY] = NOTE_MIME_BOUNDARY, [MIME_LONG_NAME] = NOTE_MIME_NAME,
    [MIME_LINE_CUT] = NOTE_TRUNCATED_LINE,
};

void smtp_mail_begin(struct txn *t, bool dots)
{
    struct smtp *x = txn_data(t);
    const struct smtp_settings *s = x->settings;
    const struct mail_how how = { .mime = &s->mime, .dots = dots && s->mime.dots, .notes = notes, .whole = s->decode_mime ? NULL : "rawmsg",
                                  .min_inspect = (uint32_t)s->min_inspect, .window = (uint32_t)s->window };

    if (!s->decode_mime && !s->raw_extraction) {
        return;
    }
    x->mail = txn_mail_new(t, TO_SERVER, &how);
    x->mime = x->mail != NULL ? txn_mail_mime(x->mail) : NULL;
    if (x->mail == NULL && s->decode_mime) {
        txn_note(t, NOTE_MIME_FAILED);
    }
}

void smtp_mail_data(struct txn *t, struct bytes piece)
{
    struct smtp *x = txn_data(t);

    if (x->mail != NULL) {
        txn_mail_data(x->mail, piece);
    }
    txn_touch(t, TO_SERVER);
}

void smtp_mail_gap(struct txn *t, uint64_t n)
{
    struct smtp *x = txn_data(t);

    if (x->mail != NULL) {
        txn_mail_gap(x->mail, n);
    }
}

static const char digits[] = "0123456789abcdef";

void smtp_mail_end(struct txn *t, bool truncated)
{
    struct smtp *x = txn_data(t);
    struct bytes sum;

    if (x->mail == NULL) {
        return;
    }
    txn_mail_end(x->mail, truncated);
    if (x->mime != NULL && mime_digest(x->mime, &sum)) {
        struct arena_text text;
        arena_text_init(&text, txn_arena(t), 2 * sum.n);
        for (size_t i = 0; i < sum.n; i++) {
            arena_text_byte(&text, (uint8_t)digits[sum.p[i] >> 4]);
            arena_text_byte(&text, (uint8_t)digits[sum.p[i] & 15]);
        }
        x->body_md5 = arena_text_bytes(&text);
    }
}
