/* SPDX-License-Identifier: GPL-2.0-or-later */
/* smb1 - records of SMB 1 (MS-CIFS, MS-SMB). */
#include "proto/smb/smb1.h"

enum { FLAG_RESPONSE = 0x80, FLAGS2_NT_STATUS = 0x4000, FLAGS2_UNICODE = 0x8000, CHAIN_MAX = 16, TRANSACT_PIPE = 0x26, SET_PATH_INFO = 6, SET_FILE_INFO = 8,
       LEVEL_DISPOSITION = 0x102, LEVEL_RENAME_PASS = 1010, LEVEL_DISPOSITION_PASS = 1013, NT_TRANS_CREATE = 1,
       NT_TRANS_IOCTL = 2, IOCTL_PIPE_TRANSCEIVE = 0x11c017 };

/* MS-CIFS 2.2.3.1 */
bool smb1_header(struct rd *r, struct smb_record *out)
{
    struct rd h = rd_sub(r, SMB1_HEADER);

    rd_skip(&h, 4);
    out->command = rd_u8(&h);
    out->status = rd_le32(&h);
    rd_skip(&h, 1);
    uint16_t flags2 = rd_le16(&h);
    rd_skip(&h, 12);
    out->tree = rd_le16(&h);
    uint32_t process = rd_le16(&h);
    out->session = rd_le16(&h);
    out->message = process << 16 | rd_le16(&h);
    out->version = 1;
    out->dos = (flags2 & FLAGS2_NT_STATUS) == 0;
    out->unicode = (flags2 & FLAGS2_UNICODE) != 0;
    return rd_ok(&h);
}

struct bytes smb1_part(const struct smb_record *r, uint32_t at, uint32_t n) { return bytes_head(bytes_from(r->all, at), n); }

/* Words and bytes of the command that stands `at` bytes from the header's start (2.2.3.2, 2.2.3.3). */
static bool block(struct smb_record *r, size_t at)
{
    struct rd b = rd_of(bytes_from(r->all, at));
    unsigned words = rd_u8(&b);

    r->words = rd_sub(&b, words * 2u);
    rd_skip(&b, 2); /* the count is wrong in records of more than 64 KB */
    r->body = b;
    return rd_ok(&b) && rd_ok(&r->words);
}

/* A string of the bytes, up to its NUL; in UTF-16 it stands at an even offset from the header (2.2.1.1). */
struct bytes smb1_string(struct smb_record *r, struct txn *t, bool unicode)
{
    size_t at = r->all.n - rd_left(&r->body);
    bool found;

    if (!unicode) {
        return smb_string(t, false, rd_until(&r->body, 0, &found));
    }
    if (at % 2 != 0 && rd_left(&r->body) != 0) {
        rd_skip(&r->body, 1);
    }
    struct bytes b = rd_peek(&r->body);
    size_t n = 0;
    while (n + 1 < b.n && (b.p[n] != 0 || b.p[n + 1] != 0)) {
        n += 2;
    }
    rd_skip(&r->body, n + 2 <= b.n ? n + 2 : b.n);
    return smb_string(t, true, bytes_head(b, n));
}

/* ------- data that goes by in chunks ------- */

struct moved { /* what a read's answer or a write moves */
    struct smb_id id;
    uint64_t offset, n;
    uint32_t at;
};

/* 2.2.4.43.1, with the high part of the length of MS-SMB 2.2.4.3.1 */
static bool write_words(struct rd w, struct moved *m)
{
    bool wide = rd_left(&w) >= 28;

    rd_skip(&w, 4);
    m->id = smb_id_read(&w, 2);
    m->offset = rd_le32(&w);
    rd_skip(&w, 8);
    m->n = (uint64_t)rd_le16(&w) << 16;
    m->n |= rd_le16(&w);
    m->at = rd_le16(&w);
    if (wide) {
        m->offset |= (uint64_t)rd_le32(&w) << 32;
    }
    return rd_ok(&w);
}

/* 2.2.4.42.2, MS-SMB 2.2.4.2.2 */
static bool read_words(struct rd w, struct moved *m)
{
    rd_skip(&w, 10);
    m->n = rd_le16(&w);
    m->at = rd_le16(&w);
    m->n |= (uint64_t)rd_le16(&w) << 16;
    return rd_ok(&w);
}

/* What is written in the share of pipes is taken for calls, whatever it is. */
static bool pipe_write(struct smb_state *s, enum side side, uint32_t tree)
{
    const struct smb_tree *t = side == TO_SERVER ? smb_tree_find(s, 0, tree) : NULL;

    return t != NULL && t->pipe;
}

enum outcome smb1_data(struct conn *c, enum side side, struct bytes have, uint64_t record, struct smb_data *out)
{
    struct smb_record r = { .c = c, .all = have };
    struct smb_state *s = conn_state(c);
    struct rd h = rd_of(have);
    struct moved m = { .n = 0 };

    if (!smb1_header(&h, &r) || !((r.command == SMB1_WRITE_ANDX && side == TO_SERVER) || (r.command == SMB1_READ_ANDX && side == TO_CLIENT && r.status == 0))) {
        return OUTCOME_BAD;
    }
    if (!block(&r, SMB1_HEADER)) {
        return record <= have.n ? OUTCOME_BAD : OUTCOME_MORE;
    }
    if (!(side == TO_SERVER ? write_words(r.words, &m) : read_words(r.words, &m)) || m.at < SMB1_HEADER || m.at > record) {
        return OUTCOME_BAD;
    }
    struct bytes data = bytes_from(have, m.at);
    const struct smb_read *asked = side == TO_CLIENT ? smb_read_peek(s, r.message) : NULL;
    if (m.n >= DCE_HEADER && data.n < DCE_HEADER && record > have.n) {
        return OUTCOME_MORE;
    }
    if (record <= SMB_PIPE_MAX && (pipe_write(s, side, r.tree) || smb_has_calls(s, 0, r.tree, asked != NULL ? &asked->id : &m.id, data))) {
        return OUTCOME_BAD;
    }
    *out = (struct smb_data){ m.at, m.n };
    return OUTCOME_OK;
}

/* ------- requests ------- */

/* 2.2.4.52.1 */
static struct txn *ask_negotiate(struct smb_record *r)
{
    struct txn *t = smb_txn(r, SMB_NEGOTIATE);
    bool found = true;

    if (t == NULL) {
        return NULL;
    }
    struct smb *d = txn_data(t);
    while (rd_left(&r->body) != 0 && d->dialect_n < SMB_DIALECTS_MAX && found) {
        rd_skip(&r->body, 1);
        d->dialect1[d->dialect_n++] = arena_copy(txn_arena(t), rd_until(&r->body, 0, &found));
    }
    if (!found) {
        txn_note(t, SMB_MALFORMED);
    }
    txn_done(t, TO_SERVER);
    return t;
}

static void native_names(struct smb_record *r, struct txn *t)
{
    struct smb *d = txn_data(t);

    d->native_os[r->side] = smb1_string(r, t, r->unicode);
    d->native_lm[r->side] = smb1_string(r, t, r->unicode);
}

/* 2.2.4.53.1; with a token MS-SMB 2.2.4.6.1 */
static struct txn *ask_session(struct smb_record *r)
{
    struct txn *t = smb_txn(r, SMB_SESSION);

    if (t == NULL) {
        return NULL;
    }
    size_t words = rd_left(&r->words) / 2;
    rd_skip(&r->words, 14);
    if (words == 12) {
        struct rd token = rd_sub(&r->body, rd_le16(&r->words));
        smb_session_token(t, rd_rest(&token));
    } else if (words == 13) {
        uint32_t secrets = rd_le16(&r->words);
        secrets += rd_le16(&r->words);
        rd_skip(&r->body, secrets);
        (void)smb1_string(r, t, r->unicode); /* account, domain */
        (void)smb1_string(r, t, r->unicode);
    }
    if (words == 12 || words == 13) {
        native_names(r, t);
    }
    txn_done(t, TO_SERVER);
    return t;
}

/* 2.2.4.55.1 */
static struct txn *ask_tree(struct smb_record *r)
{
    struct txn *t = smb_txn(r, SMB_TREE);

    if (t == NULL) {
        return NULL;
    }
    struct smb *d = txn_data(t);
    rd_skip(&r->words, 6);
    rd_skip(&r->body, rd_le16(&r->words));
    d->name = smb1_string(r, t, r->unicode);
    d->service[TO_SERVER] = smb1_string(r, t, false);
    d->pipe = bytes_is(d->service[TO_SERVER], "IPC");
    smb_tree_asked(t);
    return t;
}

static struct txn *ask_close(struct smb_record *r)
{
    struct smb_id id = smb_id_read(&r->words, 2);

    smb_file_close(r, &id);
    return smb_ask_generic(r);
}

/* 2.2.4.11.1 */
static struct txn *ask_read(struct smb_record *r)
{
    struct smb_id id = smb_id_read(&r->words, 2);

    rd_skip(&r->words, 2);
    uint32_t offset = rd_le32(&r->words);
    if (rd_ok(&r->words)) {
        smb_read_put(r, &id, offset);
    }
    return NULL;
}

/* 2.2.4.42.1 */
static struct txn *ask_read_andx(struct smb_record *r)
{
    bool wide = rd_left(&r->words) >= 24;

    rd_skip(&r->words, 4);
    struct smb_id id = smb_id_read(&r->words, 2);
    uint64_t offset = rd_le32(&r->words);
    rd_skip(&r->words, 10);
    if (wide) {
        offset |= (uint64_t)rd_le32(&r->words) << 32;
    }
    if (rd_ok(&r->words)) {
        smb_read_put(r, &id, offset);
    }
    return NULL;
}

static void data_begins(struct smb_record *r, struct txn *t, const struct moved *m)
{
    struct smb_lane *l = &r->s->lane[r->side];

    smb_file_begin(r, t, m->offset, m->n);
    l->body = LANE_FILE;
    l->body_txn = 1 + t->id;
    l->body_offset = m->offset;
}

/* Data that moves: calls in a pipe, or a file's head.  The transaction; NULL: none. */
static struct txn *move(struct smb_record *r, const struct moved *m)
{
    const struct smb_tree *tree = smb_tree_find(r->s, 0, r->tree);

    if (r->s->lane[r->side].body_left == 0 &&
        (pipe_write(r->s, r->side, r->tree) || smb_has_calls(r->s, 0, r->tree, &m->id, smb1_part(r, m->at, (uint32_t)m->n)))) {
        return smb_pipe(r, &m->id, smb1_part(r, m->at, (uint32_t)m->n));
    }
    struct txn *t = tree != NULL && tree->pipe ? NULL : smb_file_txn(r, &m->id);
    if (t != NULL) {
        data_begins(r, t, m);
    }
    return t;
}

static struct txn *ask_write_andx(struct smb_record *r)
{
    struct moved m = { .n = 0 };

    return write_words(r->words, &m) ? move(r, &m) : NULL;
}

/* Data that is all in one record. */
static struct txn *move_whole(struct smb_record *r, const struct smb_id *id, uint64_t offset, struct bytes data)
{
    if (smb_has_calls(r->s, 0, r->tree, id, data)) {
        return smb_pipe(r, id, data);
    }
    const struct smb_tree *tree = smb_tree_find(r->s, 0, r->tree);
    struct txn *t = tree != NULL && tree->pipe ? NULL : smb_file_txn(r, id);
    if (t != NULL) {
        smb_file_begin(r, t, offset, data.n);
        smb_file_chunk(r->c, t, offset, data);
    }
    return t;
}

/* The data of 2.2.4.11.2 and 2.2.4.12.1: a byte that says what it is, and how much there is. */
static struct bytes block_data(struct smb_record *r)
{
    rd_skip(&r->body, 1);
    uint16_t n = rd_le16(&r->body);
    return bytes_head(rd_peek(&r->body), n);
}

/* 2.2.4.12.1 */
static struct txn *ask_write(struct smb_record *r)
{
    struct smb_id id = smb_id_read(&r->words, 2);

    rd_skip(&r->words, 2);
    uint64_t offset = rd_le32(&r->words);
    struct bytes data = block_data(r);
    return rd_ok(&r->words) && rd_ok(&r->body) ? move_whole(r, &id, offset, data) : NULL;
}

/* 2.2.4.40.1 */
static struct txn *ask_write_and_close(struct smb_record *r)
{
    struct smb_id id = smb_id_read(&r->words, 2);
    uint16_t n = rd_le16(&r->words);
    uint64_t offset = rd_le32(&r->words);

    rd_skip(&r->body, 1);
    if (rd_ok(&r->words) && rd_ok(&r->body)) {
        (void)move_whole(r, &id, offset, bytes_head(rd_peek(&r->body), n));
    }
    smb_file_close(r, &id);
    return smb_ask_generic(r);
}

/* 2.2.4.33.1: where parameters and data stand. */
struct trans {
    struct bytes parameters, data;
    uint16_t setup[2];
};

static bool read_trans(struct smb_record *r, struct trans *out)
{
    rd_skip(&r->words, 18);
    uint16_t parameter_n = rd_le16(&r->words), parameter_at = rd_le16(&r->words);
    uint16_t data_n = rd_le16(&r->words), data_at = rd_le16(&r->words);
    rd_skip(&r->words, 2);
    out->parameters = smb1_part(r, parameter_at, parameter_n);
    out->data = smb1_part(r, data_at, data_n);
    bool good = rd_ok(&r->words);
    out->setup[0] = rd_left(&r->words) >= 2 ? rd_le16(&r->words) : 0;
    out->setup[1] = rd_left(&r->words) >= 2 ? rd_le16(&r->words) : 0;
    return good;
}

static struct smb_id id_of(uint16_t fid) { return (struct smb_id){ .b = { (uint8_t)fid, (uint8_t)(fid >> 8) }, .n = 2 }; }

static struct txn *ask_trans(struct smb_record *r)
{
    struct trans x;

    if (!read_trans(r, &x) || x.setup[0] != TRANSACT_PIPE) {
        return NULL;
    }
    struct smb_id id = id_of(x.setup[1]);
    smb_read_put(r, &id, 0); /* the answer does not say which pipe */
    return smb_pipe(r, &id, x.data);
}

/* MS-CIFS 2.2.6.7, 2.2.6.9; MS-FSCC 2.4.37 */
static struct txn *ask_trans2(struct smb_record *r)
{
    struct trans x;

    if (!read_trans(r, &x) || (x.setup[0] != SET_FILE_INFO && x.setup[0] != SET_PATH_INFO)) {
        return NULL;
    }
    bool by_file = x.setup[0] == SET_FILE_INFO;
    struct rd p = rd_of(x.parameters), b = rd_of(x.data);
    struct smb_id id = by_file ? smb_id_read(&p, 2) : (struct smb_id){ .n = 0 };
    uint16_t level = rd_le16(&p);
    bool rename = level == LEVEL_RENAME_PASS;
    if (!rename && level != LEVEL_DISPOSITION && level != LEVEL_DISPOSITION_PASS) {
        return NULL;
    }
    struct txn *t = smb_txn(r, rename ? SMB_RENAME : SMB_SET_INFO);
    if (t == NULL) {
        return NULL;
    }
    struct smb *d = txn_data(t);
    const struct smb_handle *h = by_file ? smb_handle_find(r->s, &id) : NULL;
    d->id = id;
    d->class = (uint8_t)x.setup[0];
    d->function = level;
    if (by_file) {
        d->name = h != NULL ? arena_copy(txn_arena(t), smb_text(&h->name)) : bytes_none();
    } else {
        rd_skip(&p, 4);
        d->name = smb_string(t, r->unicode, rd_rest(&p));
    }
    if (rename) {
        rd_skip(&b, 8);
        uint32_t n = rd_le32(&b);
        d->to = smb_string(t, r->unicode, bytes_head(rd_peek(&b), n));
    } else {
        d->delete_on_close = (rd_u8(&b) & 1) != 0;
    }
    txn_done(t, TO_SERVER);
    return t;
}

/* 2.2.7.2.1 */
static struct txn *ask_trans_ioctl(struct smb_record *r, struct bytes data)
{
    uint32_t function = rd_le32(&r->words);
    struct smb_id id = smb_id_read(&r->words, 2);
    struct txn *t = NULL;

    if (function == IOCTL_PIPE_TRANSCEIVE) {
        smb_read_put(r, &id, 0);
        t = smb_pipe(r, &id, data);
    } else if ((t = smb_txn(r, SMB_IOCTL)) != NULL) {
        txn_done(t, TO_SERVER);
    }
    if (t != NULL) {
        smb_of(t)->function = function;
    }
    return t;
}

/* 2.2.4.62.1 */
static struct txn *ask_nt_trans(struct smb_record *r)
{
    rd_skip(&r->words, 19);
    uint32_t parameter_n = rd_le32(&r->words), parameter_at = rd_le32(&r->words);
    uint32_t data_n = rd_le32(&r->words), data_at = rd_le32(&r->words);
    rd_skip(&r->words, 1);
    uint16_t function = rd_le16(&r->words);
    if (rd_ok(&r->words) && function == NT_TRANS_CREATE) {
        return smb1_ask_trans_create(r, smb1_part(r, parameter_at, parameter_n), parameter_at);
    }
    if (rd_ok(&r->words) && function == NT_TRANS_IOCTL) {
        return ask_trans_ioctl(r, smb1_part(r, data_at, data_n));
    }
    return smb_ask_generic(r);
}

/* 2.2.4.8.1 */
static struct txn *ask_rename(struct smb_record *r)
{
    struct txn *t = smb_txn(r, SMB_RENAME);

    if (t == NULL) {
        return NULL;
    }
    struct smb *d = txn_data(t);
    rd_skip(&r->body, 1);
    d->name = smb1_string(r, t, r->unicode);
    rd_skip(&r->body, 1);
    d->to = smb1_string(r, t, r->unicode);
    txn_done(t, TO_SERVER);
    return t;
}

/* ------- answers ------- */

/* 2.2.4.52.2 */
static void answer_negotiate(struct smb_record *r, struct txn *t)
{
    struct smb *d = t != NULL ? txn_data(t) : NULL;
    uint16_t chosen = rd_le16(&r->words);

    if (d == NULL || !rd_ok(&r->words)) {
        return;
    }
    if (chosen < d->dialect_n) {
        r->s->dialect1 = arena_copy(conn_arena(r->c), d->dialect1[chosen]);
    } else if (chosen != 0xffff) {
        txn_note(t, SMB_BAD_DIALECTS);
    }
}

/* 2.2.4.53.2; with a token MS-SMB 2.2.4.6.2 */
static void answer_session(struct smb_record *r, struct txn *t)
{
    size_t words = rd_left(&r->words) / 2;

    if (t == NULL || (words != 3 && words != 4)) {
        return;
    }
    rd_skip(&r->words, 6);
    if (words == 4) {
        smb_challenge(t, rd_bytes(&r->body, rd_le16(&r->words)));
    }
    native_names(r, t);
    smb_of(t)->session = r->session;
}

/* 2.2.4.55.2 */
static void answer_tree(struct smb_record *r, struct txn *t)
{
    if (t == NULL || r->status != 0) {
        return;
    }
    struct smb *d = txn_data(t);
    d->service[TO_CLIENT] = smb1_string(r, t, false);
    d->pipe = bytes_is(d->service[TO_CLIENT], "IPC");
    d->tree = r->tree;
    smb_tree_put(r, 0, r->tree, d->name, d->pipe);
}

/* 2.2.4.62.2 */
static void answer_nt_trans(struct smb_record *r, struct txn *t)
{
    struct smb_read asked;

    rd_skip(&r->words, 11);
    uint32_t parameter_n = rd_le32(&r->words), parameter_at = rd_le32(&r->words);
    rd_skip(&r->words, 4);
    uint32_t data_n = rd_le32(&r->words), data_at = rd_le32(&r->words);
    if (t != NULL && smb_of(t)->kind == SMB_CREATE && r->status == 0) {
        struct rd p = rd_of(smb1_part(r, parameter_at, parameter_n));
        rd_skip(&p, 2);
        smb1_created(r, t, &p, 8);
    } else if (smb_read_take(r->s, r->message, &asked) && rd_ok(&r->words)) {
        (void)smb_pipe(r, &asked.id, smb1_part(r, data_at, data_n));
    }
}

/* 2.2.4.11.2 */
static void answer_read(struct smb_record *r, struct txn *t)
{
    struct smb_read asked;

    (void)t;
    struct bytes data = block_data(r);
    if (smb_read_take(r->s, r->message, &asked) && r->status == 0 && rd_ok(&r->body)) {
        (void)move_whole(r, &asked.id, asked.offset, data);
    }
}

static void answer_read_andx(struct smb_record *r, struct txn *t)
{
    struct smb_read asked;
    struct moved m = { .n = 0 };

    (void)t;
    if (!smb_read_take(r->s, r->message, &asked) || r->status != 0 || !read_words(r->words, &m)) {
        return;
    }
    m.id = asked.id;
    m.offset = asked.offset;
    (void)move(r, &m);
}

/* 2.2.4.33.2 */
static void answer_trans(struct smb_record *r, struct txn *t)
{
    struct smb_read asked;

    (void)t;
    rd_skip(&r->words, 12);
    uint16_t n = rd_le16(&r->words), at = rd_le16(&r->words);
    if (smb_read_take(r->s, r->message, &asked) && rd_ok(&r->words)) {
        (void)smb_pipe(r, &asked.id, smb1_part(r, at, n));
    }
}

static const struct command {
    uint8_t command;
    bool chained;  /* AndX: names the next command */
    struct txn *(*ask)(struct smb_record *r);
    void (*answer)(struct smb_record *r, struct txn *t);
} commands[] = {
    { SMB1_OPEN, false, smb1_ask_open, smb1_answer_open }, { SMB1_CREATE, false, smb1_ask_open, smb1_answer_open }, { SMB1_CREATE_NEW, false, smb1_ask_open, smb1_answer_open },
    { SMB1_CLOSE, false, ask_close, NULL }, { SMB1_RENAME, false, ask_rename, NULL }, { SMB1_WRITE, false, ask_write, NULL },
    { SMB1_WRITE_AND_UNLOCK, false, ask_write, NULL }, { SMB1_WRITE_AND_CLOSE, false, ask_write_and_close, NULL },
    { SMB1_READ, false, ask_read, answer_read }, { SMB1_LOCK_AND_READ, false, ask_read, answer_read },
    { SMB1_LOCKING_ANDX, true, NULL, NULL }, { SMB1_TRANS, false, ask_trans, answer_trans },
    { SMB1_OPEN_ANDX, true, smb1_ask_open_andx, smb1_answer_open }, { SMB1_READ_ANDX, true, ask_read_andx, answer_read_andx },
    { SMB1_WRITE_ANDX, true, ask_write_andx, NULL }, { SMB1_TRANS2, false, ask_trans2, NULL },
    { SMB1_TREE_DISCONNECT, false, smb_ask_tree_end, NULL }, { SMB1_NEGOTIATE, false, ask_negotiate, answer_negotiate },
    { SMB1_SESSION_SETUP_ANDX, true, ask_session, answer_session }, { SMB1_LOGOFF_ANDX, true, NULL, NULL },
    { SMB1_TREE_CONNECT_ANDX, true, ask_tree, answer_tree }, { SMB1_NT_CREATE_ANDX, true, smb1_ask_nt_create, smb1_answer_nt_create },
    { SMB1_NT_TRANS, false, ask_nt_trans, answer_nt_trans },
};

static const struct command *command_of(unsigned command)
{
    static const struct command other = { 0, false, NULL, NULL };

    for (unsigned i = 0; i < ROWS(commands); i++) {
        if (commands[i].command == command) {
            return &commands[i];
        }
    }
    return &other;
}

static void answer(struct smb_record *r, const struct command *k)
{
    struct txn *t = smb_txn_asked(r);

    if (k->answer != NULL) {
        k->answer(r, t);
    }
    if (t == NULL) {
        return;
    }
    struct smb *d = txn_data(t);
    if (d->kind == SMB_CALL && r->status == 0) { /* what the call returns comes with a read, or came just now */
        d->has_status = true;
        d->status = r->status;
        return;
    }
    smb_txn_answer(t, r);
}

/* 2.2.3.4: commands of a chain share the header. */
enum outcome smb1_record(struct smb_record *r)
{
    struct rd head = rd_of(r->all), flags = rd_of(bytes_from(r->all, 9));
    bool response = (rd_u8(&flags) & FLAG_RESPONSE) != 0;
    size_t at = SMB1_HEADER;

    if (!smb1_header(&head, r)) {
        return OUTCOME_BAD;
    }
    if (response != (r->side == TO_CLIENT)) {
        conn_note(r->c, r->side, response ? SMB_RESPONSE_TO_SERVER : SMB_REQUEST_TO_CLIENT);
        return OUTCOME_OK;
    }
    for (unsigned i = 0; i < CHAIN_MAX; i++) {
        const struct command *k = command_of(r->command);
        if (!block(r, at)) {
            return OUTCOME_BAD;
        }
        struct rd andx = r->words;
        uint8_t next = rd_u8(&andx);
        rd_skip(&andx, 1);
        uint16_t next_at = rd_le16(&andx);
        if (response) {
            answer(r, k);
        } else if (k->ask != NULL) {
            (void)k->ask(r);
        } else {
            (void)smb_ask_generic(r);
        }
        if (!k->chained || !rd_ok(&andx) || next == SMB1_NONE || next_at <= at || next_at >= r->all.n) {
            break;
        }
        at = next_at;
        r->command = next;
    }
    return OUTCOME_OK;
}
