/* SPDX-License-Identifier: GPL-2.0-or-later */
/* smb1_open - how files are opened and made in SMB 1, in four ways (MS-CIFS). */
#include "proto/smb/smb1.h"

enum { CREATE_DIRECTORY = 1, CREATE_DELETE_ON_CLOSE = 0x1000 };
enum { DISPOSITION_OPEN = 1, DISPOSITION_CREATE, DISPOSITION_OPEN_IF, DISPOSITION_OVERWRITE, DISPOSITION_OVERWRITE_IF }; /* 2.2.4.64.1 */
#define FILETIME_1970 116444736000000000ULL

/* The end of an opening's question, whose words (or parameters) were w. */
static struct txn *opening(struct txn *t, const struct rd *w)
{
    if (!rd_ok(w)) {
        txn_note(t, SMB_MALFORMED);
    }
    txn_done(t, TO_SERVER);
    return t;
}

static void options_read(struct smb *d, struct rd *w)
{
    d->disposition = rd_le32(w);
    uint32_t options = rd_le32(w);
    d->directory = (options & CREATE_DIRECTORY) != 0;
    d->delete_on_close = (options & CREATE_DELETE_ON_CLOSE) != 0;
}

/* 2.2.4.64.1 */
struct txn *smb1_ask_nt_create(struct smb_record *r)
{
    struct txn *t = smb_txn(r, SMB_CREATE);

    if (t == NULL) {
        return NULL;
    }
    struct smb *d = txn_data(t);
    rd_skip(&r->words, 35);
    options_read(d, &r->words);
    d->name = smb1_string(r, t, r->unicode);
    return opening(t, &r->words);
}

/* 2.2.4.41.1: what to do when the file is there, and when it is not. */
struct txn *smb1_ask_open_andx(struct smb_record *r)
{
    static const uint8_t there[4] = { 0, DISPOSITION_OPEN, DISPOSITION_OVERWRITE, 0 };
    static const uint8_t either[4] = { DISPOSITION_CREATE, DISPOSITION_OPEN_IF, DISPOSITION_OVERWRITE_IF, 0 };
    struct txn *t = smb_txn(r, SMB_CREATE);

    if (t == NULL) {
        return NULL;
    }
    struct smb *d = txn_data(t);
    rd_skip(&r->words, 16);
    uint16_t mode = rd_le16(&r->words);
    d->disposition = (mode & 0x10) != 0 ? either[mode & 3] : there[mode & 3];
    d->name = smb1_string(r, t, r->unicode);
    return opening(t, &r->words);
}

/* 2.2.4.3.1, 2.2.4.4.1, 2.2.4.16.1: the name stands behind a byte that says it is one. */
struct txn *smb1_ask_open(struct smb_record *r)
{
    struct txn *t = smb_txn(r, SMB_CREATE);

    if (t == NULL) {
        return NULL;
    }
    struct smb *d = txn_data(t);
    d->disposition = r->command == SMB1_OPEN ? DISPOSITION_OPEN : r->command == SMB1_CREATE ? DISPOSITION_OVERWRITE_IF : DISPOSITION_CREATE;
    rd_skip(&r->body, 1);
    d->name = smb1_string(r, t, r->unicode);
    return opening(t, &r->body);
}

/* 2.2.7.1.1 */
struct txn *smb1_ask_trans_create(struct smb_record *r, struct bytes parameters, uint32_t at)
{
    struct txn *t = smb_txn(r, SMB_CREATE);
    struct rd p = rd_of(parameters);

    if (t == NULL) {
        return NULL;
    }
    struct smb *d = txn_data(t);
    rd_skip(&p, 28);
    options_read(d, &p);
    rd_skip(&p, 8);
    uint32_t n = rd_le32(&p);
    rd_skip(&p, 5);
    at += 53;
    rd_skip(&p, r->unicode ? at % 2 : 0); /* 2.2.1.1: from the header's start */
    d->name = smb_string(t, r->unicode, bytes_head(rd_peek(&p), n));
    return opening(t, &p);
}

static void opened(struct smb_record *r, struct txn *t, const struct rd *w)
{
    struct smb *d = txn_data(t);

    d->opened = rd_ok(w);
    if (d->opened) {
        smb_handle_put(r, &d->id, d->name);
    } else {
        txn_note(t, SMB_MALFORMED);
    }
}

/* 2.2.4.64.2, 2.2.7.1.2: from the file's number on they are alike, but for what stands before the times. */
void smb1_created(struct smb_record *r, struct txn *t, struct rd *w, unsigned between)
{
    struct smb *d = txn_data(t);

    d->id = smb_id_read(w, 2);
    rd_skip(w, between);
    for (unsigned i = 0; i < 4; i++) {
        d->times[i] = rd_le64(w);
    }
    rd_skip(w, 12);
    d->size = rd_le64(w);
    opened(r, t, w);
}

void smb1_answer_nt_create(struct smb_record *r, struct txn *t)
{
    if (t == NULL || r->status != 0) {
        return;
    }
    rd_skip(&r->words, 5);
    smb1_created(r, t, &r->words, 4);
}

/* Seconds since 1970 as a FILETIME. */
static uint64_t filetime(uint32_t seconds) { return seconds != 0 ? FILETIME_1970 + seconds * 10000000ULL : 0; }

/* 2.2.4.41.2; 2.2.4.3.2; of the others (2.2.4.4.2) only the number */
void smb1_answer_open(struct smb_record *r, struct txn *t)
{
    if (t == NULL || r->status != 0) {
        return;
    }
    struct smb *d = txn_data(t);
    rd_skip(&r->words, r->command == SMB1_OPEN_ANDX ? 4 : 0);
    d->id = smb_id_read(&r->words, 2);
    if (r->command == SMB1_OPEN_ANDX || r->command == SMB1_OPEN) {
        rd_skip(&r->words, 2);
        d->times[2] = filetime(rd_le32(&r->words));
        d->size = rd_le32(&r->words);
    }
    opened(r, t, &r->words);
}
