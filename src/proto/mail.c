/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mail - mails that flow by in a protocol that sends, fetches or stores them: what is attached are files of the transaction.
 */
#include "proto/protos.h"
#include "wire/mime.h"

enum { VALUE_MAX = 2000 };

struct mail {
    struct txn *txn;
    enum side side;
    struct mail_how how;
    struct mime_settings settings; /* mime's, where the protocol has none */
    struct mime *mime;          /* NULL: all of it is a file */
    struct file *file;          /* the attachment under way */
};

static void attachment_open(void *ctx, struct bytes name)
{
    struct mail *m = ctx;

    m->file = txn_file_open(m->txn, m->side, name);
    if (m->file != NULL && m->how.window != 0) {
        txn_file_window(m->file, UINT64_MAX, m->how.min_inspect, m->how.window);
    }
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
    struct mail *m = ctx;

    if (m->how.notes != NULL) {
        txn_note(m->txn, m->how.notes[note]);
    }
}

struct mail *txn_mail_new(struct txn *t, enum side side, const struct mail_how *how)
{
    struct mail *m = arena_zero(txn_arena(t), sizeof *m);

    if (m == NULL) {
        return NULL;
    }
    m->txn = t;
    m->side = side;
    m->how = *how;
    if (how->whole != NULL) {
        attachment_open(m, bytes_str(how->whole));
        return m;
    }
    m->settings = how->mime != NULL ? *how->mime : (struct mime_settings){ .decode_base64 = true, .decode_quoted = true, .value_max = VALUE_MAX };
    m->settings.dots = how->dots;
    m->settings.nameless = m->settings.decode_uu = t->conn->protos->settings->nameless;
    m->mime = mime_new(txn_arena(t), &m->settings, &(struct mime_sink){ m, attachment_open, attachment_data, attachment_close, noted });
    return m->mime != NULL ? m : NULL;
}

void txn_mail_data(struct mail *m, struct bytes piece)
{
    if (m->mime != NULL) {
        mime_feed(m->mime, piece);
    } else {
        attachment_data(m, piece);
    }
}

void txn_mail_gap(struct mail *m, uint64_t n)
{
    if (m->file != NULL) {
        txn_file_gap(m->txn, m->file, n);
    }
    if (m->mime != NULL) {
        mime_gap(m->mime);
    }
}

void txn_mail_end(struct mail *m, bool truncated)
{
    if (m->mime == NULL) {
        attachment_close(m, truncated);
        return;
    }
    mime_end(m->mime, truncated);
    mime_fini(m->mime);
}

void txn_mail_fini(struct mail *m)
{
    if (m->mime != NULL) {
        mime_fini(m->mime);
    }
}

bool txn_mail_field(const struct mail *m, const char *name, struct bytes *value) { return m->mime != NULL && mime_field_named(m->mime, name, 0, value); }
const struct mime *txn_mail_mime(const struct mail *m) { return m->mime; }
