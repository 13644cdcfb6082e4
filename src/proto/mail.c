/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mail - mails that flow by in a protocol that fetches or stores them: what is attached are files of the transaction.
 */
#include "proto/protos.h"
#include "wire/mime.h"

enum { VALUE_MAX = 2000 };

struct mail {
    struct txn *txn;
    enum side side;
    struct mime_settings settings; /* mime's, as long as it is */
    struct mime *mime;
    struct file *file;          /* the attachment under way */
};

static void attachment_open(void *ctx, struct bytes name)
{
    struct mail *m = ctx;

    m->file = txn_file_open(m->txn, m->side, name);
}

static void attachment_data(void *ctx, struct bytes plain)
{
    struct mail *m = ctx;

    if (m->file != NULL) {
        txn_file_data(m->txn, m->file, plain);
    }
}

static void attachment_close(void *ctx, bool truncated)
{
    struct mail *m = ctx;

    if (m->file != NULL) {
        txn_file_close(m->txn, m->file, truncated || m->file->gaps);
    }
    m->file = NULL;
}

static void noted(void *ctx, enum mime_note note)
{
    (void)ctx;
    (void)note;
}

struct mail *txn_mail_new(struct txn *t, enum side side, bool dots)
{
    struct mail *m = arena_zero(txn_arena(t), sizeof *m);

    if (m == NULL) {
        return NULL;
    }
    m->txn = t;
    m->side = side;
    m->settings = (struct mime_settings){ .decode_base64 = true, .decode_quoted = true, .dots = dots, .value_max = VALUE_MAX };
    m->mime = mime_new(txn_arena(t), &m->settings, &(struct mime_sink){ m, attachment_open, attachment_data, attachment_close, noted });
    return m->mime != NULL ? m : NULL;
}

void txn_mail_data(struct mail *m, struct bytes piece) { mime_feed(m->mime, piece); }

void txn_mail_gap(struct mail *m, uint64_t n)
{
    if (m->file != NULL) {
        txn_file_gap(m->txn, m->file, n);
    }
    mime_gap(m->mime);
}

void txn_mail_end(struct mail *m, bool truncated)
{
    mime_end(m->mime, truncated);
    mime_fini(m->mime);
}

void txn_mail_fini(struct mail *m) { mime_fini(m->mime); }

bool txn_mail_field(const struct mail *m, const char *name, struct bytes *value) { return mime_field_named(m->mime, name, 0, value); }
