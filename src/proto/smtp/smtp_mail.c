/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * smtp_mail - the data of a mail: to the reader of MIME, or, with raw-extraction, into one file.
 */
#include "proto/smtp/smtp.h"

#include "file/file.h"

static void attachment_open(void *ctx, struct bytes name)
{
    struct smtp *x = ctx;

    x->file = txn_file_open(x->txn, TO_SERVER, name);
    if (x->file != NULL) {
        txn_file_window(x->file, UINT64_MAX, (uint32_t)x->settings->min_inspect, (uint32_t)x->settings->window);
    }
}

static void attachment_data(void *ctx, struct bytes plain)
{
    struct smtp *x = ctx;

    if (x->file != NULL) {
        txn_file_data(x->txn, x->file, plain);
    }
}

static void attachment_close(void *ctx, bool truncated)
{
    struct smtp *x = ctx;

    if (x->file != NULL) {
        txn_file_close(x->txn, x->file, truncated || x->file->gaps);
    }
    x->file = NULL;
}

static void mime_noted(void *ctx, enum mime_note note)
{
    static const uint8_t notes[] = {
        [MIME_BASE64] = NOTE_MIME_BASE64, [MIME_QUOTED] = NOTE_MIME_QUOTED, [MIME_LONG_LINE] = NOTE_MIME_LINE,
        [MIME_LONG_CODED_LINE] = NOTE_MIME_CODED_LINE, [MIME_LONG_FIELD_NAME] = NOTE_MIME_FIELD_NAME,
        [MIME_LONG_FIELD_VALUE] = NOTE_MIME_FIELD_VALUE, [MIME_LONG_BOUNDARY] = NOTE_MIME_BOUNDARY, [MIME_LONG_NAME] = NOTE_MIME_NAME,
        [MIME_LINE_CUT] = NOTE_TRUNCATED_LINE,
    };
    const struct smtp *x = ctx;

    txn_note(x->txn, notes[note]);
}

void smtp_mail_begin(struct conn *c, struct txn *t)
{
    struct smtp *x = txn_data(t);
    const struct mime_sink sink = { x, attachment_open, attachment_data, attachment_close, mime_noted };

    (void)c;
    if (x->settings->decode_mime) {
        x->mime = mime_new(txn_arena(t), &x->settings->mime, &sink);
        if (x->mime == NULL) {
            txn_note(t, NOTE_MIME_FAILED);
        }
    } else if (x->settings->raw_extraction) {
        attachment_open(x, bytes_str("rawmsg"));
    }
}

void smtp_mail_data(struct txn *t, struct bytes piece)
{
    struct smtp *x = txn_data(t);

    if (x->mime != NULL) {
        mime_feed(x->mime, piece);
    } else {
        attachment_data(x, piece);
    }
    txn_touch(t, TO_SERVER);
}

void smtp_mail_gap(struct txn *t, uint64_t n)
{
    struct smtp *x = txn_data(t);

    if (x->file != NULL) {
        txn_file_gap(t, x->file, n);
    }
    if (x->mime != NULL) {
        mime_gap(x->mime);
    }
}

static const char digits[] = "0123456789abcdef";

void smtp_mail_end(struct txn *t, bool truncated)
{
    struct smtp *x = txn_data(t);
    struct bytes sum;

    if (x->mime == NULL) {
        attachment_close(x, truncated);
        return;
    }
    mime_end(x->mime, truncated);
    if (mime_digest(x->mime, &sum)) {
        struct arena_text text;
        arena_text_init(&text, txn_arena(t), 2 * sum.n);
        for (size_t i = 0; i < sum.n; i++) {
            arena_text_byte(&text, (uint8_t)digits[sum.p[i] >> 4]);
            arena_text_byte(&text, (uint8_t)digits[sum.p[i] & 15]);
        }
        x->body_md5 = arena_text_bytes(&text);
    }
}
