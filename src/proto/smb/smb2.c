/* SPDX-License-Identifier: GPL-2.0-or-later */
/* smb2 - records of SMB 2 and 3 (MS-SMB2). */
#include "proto/smb/smb.h"

enum { CMD_NEGOTIATE, CMD_SESSION_SETUP, CMD_LOGOFF, CMD_TREE_CONNECT, CMD_TREE_DISCONNECT, CMD_CREATE, CMD_CLOSE, CMD_FLUSH, CMD_READ, CMD_WRITE, CMD_LOCK,
       CMD_IOCTL, CMD_CANCEL, CMD_KEEPALIVE, CMD_FIND, CMD_CHANGE_NOTIFY, CMD_GET_INFO, CMD_SET_INFO, CMD_OPLOCK_BREAK, CMD_N };
enum { FLAG_RESPONSE = 1, FLAG_ASYNC = 2, FLAG_RELATED = 4, WRITE_FIXED = 48, READ_FIXED = 16, CREATE_DIRECTORY = 1, CREATE_DELETE_ON_CLOSE = 0x1000,
       INFO_FILE = 1, LEVEL_RENAME = 10, LEVEL_DISPOSITION = 13, PIPE_TRANSCEIVE = 0x11c017, SHARE_PIPE = 2 };

/* 2.2.1 */
bool smb2_header(struct rd *r, struct smb_record *out, uint32_t *next)
{
    struct rd h = rd_sub(r, SMB2_HEADER);

    rd_skip(&h, 8);
    out->status = rd_le32(&h);
    out->command = rd_le16(&h);
    rd_skip(&h, 2);
    uint32_t flags = rd_le32(&h);
    *next = rd_le32(&h);
    out->message = rd_le64(&h);
    rd_skip(&h, 4);
    out->tree = rd_le32(&h);
    out->session = rd_le64(&h);
    if ((flags & FLAG_ASYNC) != 0) { /* an async id stands in the tree's place */
        out->tree = 0;
    }
    out->version = 2;
    out->unicode = true;
    out->dos = false;
    out->related = (flags & FLAG_RELATED) != 0;
    return rd_ok(&h);
}

/* n bytes that stand `at` bytes from the record's start. */
static struct bytes part(const struct smb_record *r, uint32_t at, uint32_t n) { return bytes_head(bytes_from(r->all, at), n); }

static bool id_is_related(const struct smb_id *id)
{
    for (unsigned i = 0; i < 16; i++) {
        if (id->b[i] != 0xff) {
            return false;
        }
    }
    return id->n == 16;
}

/* The file's id.  3.3.5.2.7.2: ff..ff of a related request is what the newest create opens, a handle of its own here. */
static struct smb_id file_id(const struct smb_record *r, struct rd *from)
{
    struct smb_id id = smb_id_read(from, 16);
    struct txn *create = id_is_related(&id) && r->s->related != r->s->last_create ? txn_by_id(r->c, r->s->last_create - 1) : NULL;

    if (create != NULL) {
        struct smb_record asked = *r;
        asked.tree = smb_of(create)->tree;
        asked.session = smb_of(create)->session;
        r->s->related = smb_handle_put(&asked, &id, smb_of(create)->name) != NULL ? r->s->last_create : 0;
    }
    return id;
}

/* ------- data that goes by in chunks ------- */

/* 2.2.21: offset and length, then the file's offset and its id. */
static enum outcome write_data(struct conn *c, const struct smb_record *r, struct bytes have, uint64_t record, struct smb_data *out)
{
    struct rd b = rd_of(bytes_from(have, SMB2_HEADER));

    if (have.n < SMB2_HEADER + WRITE_FIXED) {
        return record <= have.n ? OUTCOME_BAD : OUTCOME_MORE;
    }
    rd_skip(&b, 2);
    out->head = rd_le16(&b);
    out->n = rd_le32(&b);
    rd_skip(&b, 8);
    struct smb_id id = file_id(r, &b);
    struct bytes data = bytes_from(have, (size_t)out->head);
    if (out->n >= DCE_HEADER && data.n < DCE_HEADER && record > have.n) {
        return OUTCOME_MORE;
    }
    if (record <= SMB_PIPE_MAX && smb_has_calls(conn_state(c), r->session, r->tree, &id, data)) {
        return OUTCOME_BAD;
    }
    return OUTCOME_OK;
}

/* 2.2.20 */
static enum outcome read_data(struct conn *c, const struct smb_record *r, struct bytes have, uint64_t record, struct smb_data *out)
{
    struct rd b = rd_of(bytes_from(have, SMB2_HEADER));
    const struct smb_read *asked = smb_read_peek(conn_state(c), r->message);
    static const struct smb_id none = { .n = 0 };

    if (have.n < SMB2_HEADER + READ_FIXED) {
        return record <= have.n ? OUTCOME_BAD : OUTCOME_MORE;
    }
    rd_skip(&b, 2);
    out->head = rd_u8(&b);
    rd_skip(&b, 1);
    out->n = rd_le32(&b);
    struct bytes data = bytes_from(have, (size_t)out->head);
    if (out->n >= DCE_HEADER && data.n < DCE_HEADER && record > have.n) {
        return OUTCOME_MORE;
    }
    if (record <= SMB_PIPE_MAX && smb_has_calls(conn_state(c), r->session, r->tree, asked != NULL ? &asked->id : &none, data)) {
        return OUTCOME_BAD;
    }
    return OUTCOME_OK;
}

enum outcome smb2_data(struct conn *c, enum side side, struct bytes have, uint64_t record, struct smb_data *out)
{
    struct smb_record r = { .c = c, .s = conn_state(c), .side = side };
    struct rd h = rd_of(have);
    uint32_t next;
    enum outcome found = OUTCOME_BAD;

    if (!smb2_header(&h, &r, &next)) {
        return OUTCOME_BAD;
    }
    if (r.command == CMD_WRITE && side == TO_SERVER) {
        found = write_data(c, &r, have, record, out);
    } else if (r.command == CMD_READ && side == TO_CLIENT && (r.status == 0 || r.status == SMB_STATUS_OVERFLOW)) {
        found = read_data(c, &r, have, record, out);
    }
    if (found == OUTCOME_OK && (out->head < SMB2_HEADER || out->head > record)) {
        return OUTCOME_BAD;
    }
    return found;
}

/* ------- requests ------- */

/* Every command has these; each may make the transaction its answer is for. */

/* 2.2.3 */
static struct txn *ask_negotiate(struct smb_record *r)
{
    struct txn *t = smb_txn(r, SMB_NEGOTIATE);
    unsigned n;

    if (t == NULL) {
        return NULL;
    }
    struct smb *d = txn_data(t);
    rd_skip(&r->body, 2);
    n = rd_le16(&r->body);
    rd_skip(&r->body, 8);
    d->client_guid = smb_id_read(&r->body, 16);
    rd_skip(&r->body, 8);
    for (unsigned i = 0; i < n && d->dialect_n < SMB_DIALECTS_MAX && rd_left(&r->body) >= 2; i++) {
        d->dialect2[d->dialect_n++] = rd_le16(&r->body);
    }
    if (!rd_ok(&r->body)) {
        txn_note(t, SMB_MALFORMED);
    }
    txn_done(t, TO_SERVER);
    return t;
}

/* 2.2.5 */
static struct txn *ask_session(struct smb_record *r)
{
    struct txn *t = smb_txn(r, SMB_SESSION);

    if (t == NULL) {
        return NULL;
    }
    rd_skip(&r->body, 12);
    uint16_t at = rd_le16(&r->body), n = rd_le16(&r->body);
    smb_session_token(t, part(r, at, n));
    txn_done(t, TO_SERVER);
    return t;
}

/* 2.2.9 */
static struct txn *ask_tree(struct smb_record *r)
{
    struct txn *t = smb_txn(r, SMB_TREE);

    if (t == NULL) {
        return NULL;
    }
    struct smb *d = txn_data(t);
    rd_skip(&r->body, 4);
    uint16_t at = rd_le16(&r->body), n = rd_le16(&r->body);
    d->name = smb_string(t, true, part(r, at, n));
    smb_tree_asked(t);
    return t;
}

/* 2.2.13 */
static struct txn *ask_create(struct smb_record *r)
{
    struct txn *t = smb_txn(r, SMB_CREATE);

    if (t == NULL) {
        return NULL;
    }
    struct smb *d = txn_data(t);
    rd_skip(&r->body, 36);
    d->disposition = rd_le32(&r->body);
    uint32_t options = rd_le32(&r->body);
    uint16_t at = rd_le16(&r->body), n = rd_le16(&r->body);
    d->directory = (options & CREATE_DIRECTORY) != 0;
    d->delete_on_close = (options & CREATE_DELETE_ON_CLOSE) != 0;
    d->name = smb_string(t, true, part(r, at, n));
    r->s->last_create = 1 + t->id;
    if (!rd_ok(&r->body)) {
        txn_note(t, SMB_MALFORMED);
    }
    txn_done(t, TO_SERVER);
    return t;
}

/* 2.2.15 */
static struct txn *ask_close(struct smb_record *r)
{
    rd_skip(&r->body, 8);
    struct smb_id id = file_id(r, &r->body);
    smb_file_close(r, &id);
    return smb_ask_generic(r);
}

/* 2.2.19 */
static struct txn *ask_read(struct smb_record *r)
{
    const struct smb_settings *s = conn_settings(r->c);

    rd_skip(&r->body, 4);
    uint32_t n = rd_le32(&r->body);
    uint64_t offset = rd_le64(&r->body);
    struct smb_id id = file_id(r, &r->body);
    if (rd_ok(&r->body)) {
        smb_read_put(r, &id, offset);
    }
    if ((s != NULL && s->max_read != 0 && n > s->max_read) || (r->s->max_read != 0 && n > r->s->max_read)) {
        conn_note(r->c, r->side, SMB_READ_TOO_LARGE);
    }
    return NULL;
}

/* 2.2.21 */
static struct txn *ask_write(struct smb_record *r)
{
    const struct smb_settings *s = conn_settings(r->c);
    struct smb_lane *l = &r->s->lane[r->side];

    rd_skip(&r->body, 2);
    uint16_t at = rd_le16(&r->body);
    uint32_t n = rd_le32(&r->body);
    uint64_t offset = rd_le64(&r->body);
    struct smb_id id = file_id(r, &r->body);
    if (!rd_ok(&r->body)) {
        conn_note(r->c, r->side, SMB_MALFORMED);
        return NULL;
    }
    if ((s != NULL && s->max_write != 0 && n > s->max_write) || (r->s->max_write != 0 && n > r->s->max_write)) {
        conn_note(r->c, r->side, SMB_WRITE_TOO_LARGE);
    }
    if (l->body_left == 0 && smb_has_calls(r->s, r->session, r->tree, &id, part(r, at, n))) {
        return smb_pipe(r, &id, part(r, at, n));
    }
    const struct smb_tree *tree = smb_tree_find(r->s, r->session, r->tree);
    struct txn *t = tree != NULL && tree->pipe ? NULL : smb_file_txn(r, &id);
    if (t != NULL) {
        smb_file_begin(r, t, offset, n);
        l->body = LANE_FILE;
        l->body_txn = 1 + t->id;
        l->body_offset = offset;
    }
    return t;
}

/* 2.2.31 */
static struct txn *ask_ioctl(struct smb_record *r)
{
    rd_skip(&r->body, 4);
    uint32_t function = rd_le32(&r->body);
    struct smb_id id = file_id(r, &r->body);
    uint32_t at = rd_le32(&r->body), n = rd_le32(&r->body);
    struct txn *t = function == PIPE_TRANSCEIVE ? smb_pipe(r, &id, part(r, at, n)) : NULL;
    if (t != NULL) {
        smb_of(t)->function = function;
        return t;
    }
    t = smb_txn(r, SMB_IOCTL);
    if (t != NULL) {
        smb_of(t)->function = function;
        txn_done(t, TO_SERVER);
    }
    return t;
}

/* Questions about files are too many for records. */
static struct txn *ask_silent(struct smb_record *r)
{
    (void)r;
    return NULL;
}

/* 2.2.39; MS-FSCC 2.4.37, 2.4.11 */
static struct txn *ask_set_info(struct smb_record *r)
{
    rd_skip(&r->body, 2);
    uint8_t class = rd_u8(&r->body), level = rd_u8(&r->body);
    uint32_t n = rd_le32(&r->body);
    uint16_t at = rd_le16(&r->body);
    rd_skip(&r->body, 6);
    struct smb_id id = file_id(r, &r->body);
    if (class != INFO_FILE || (level != LEVEL_RENAME && level != LEVEL_DISPOSITION)) {
        return NULL;
    }
    struct txn *t = smb_txn(r, level == LEVEL_RENAME ? SMB_RENAME : SMB_SET_INFO);
    if (t == NULL) {
        return NULL;
    }
    struct smb *d = txn_data(t);
    const struct smb_handle *h = smb_handle_find(r->s, &id);
    struct rd b = rd_of(part(r, at, n));
    d->id = id;
    d->class = class;
    d->level = level;
    d->name = h != NULL ? arena_copy(txn_arena(t), smb_text(&h->name)) : bytes_none();
    if (level == LEVEL_RENAME) {
        rd_skip(&b, 16);
        uint32_t length = rd_le32(&b);
        d->to = smb_string(t, true, bytes_head(rd_peek(&b), length));
    } else {
        d->delete_on_close = (rd_u8(&b) & 1) != 0;
    }
    if (!rd_ok(&b)) {
        txn_note(t, SMB_MALFORMED);
    }
    txn_done(t, TO_SERVER);
    return t;
}

/* ------- answers ------- */

/* 2.2.4 */
static void answer_negotiate(struct smb_record *r, struct txn *t)
{
    const struct smb_settings *set = conn_settings(r->c);
    struct smb *d = t != NULL ? txn_data(t) : NULL;

    rd_skip(&r->body, 4);
    uint16_t dialect = rd_le16(&r->body);
    rd_skip(&r->body, 2);
    struct smb_id guid = smb_id_read(&r->body, 16);
    rd_skip(&r->body, 8);
    uint32_t max_read = rd_le32(&r->body), max_write = rd_le32(&r->body);
    if (!rd_ok(&r->body)) {
        conn_note(r->c, r->side, SMB_MALFORMED);
        return;
    }
    r->s->dialect = dialect;
    r->s->max_read = max_read;
    r->s->max_write = max_write;
    if (d != NULL) {
        struct bytes time = rd_bytes(&r->body, sizeof d->system_time);
        d->server_guid = guid;
        d->has_time = time.n != 0;
        for (unsigned i = 0; i < time.n; i++) {
            d->system_time[i] = time.p[i];
        }
    }
    if (set != NULL && set->max_read != 0 && max_read > set->max_read) {
        conn_note(r->c, r->side, SMB_MAX_READ);
    }
    if (set != NULL && set->max_write != 0 && max_write > set->max_write) {
        conn_note(r->c, r->side, SMB_MAX_WRITE);
    }
}

/* 2.2.10 */
static void answer_tree(struct smb_record *r, struct txn *t)
{
    struct smb *d = t != NULL ? txn_data(t) : NULL;

    rd_skip(&r->body, 2);
    uint8_t type = rd_u8(&r->body);
    if (d == NULL || r->status != 0) {
        return;
    }
    d->share_type = type;
    d->pipe = type == SHARE_PIPE;
    d->tree = r->tree;
    smb_tree_put(r, r->session, r->tree, d->name, d->pipe);
}

/* 2.2.14 */
static void answer_create(struct smb_record *r, struct txn *t)
{
    static const unsigned order[4] = { 0, 1, 2, 3 };
    struct smb *d = t != NULL ? txn_data(t) : NULL;
    uint64_t times[4];

    rd_skip(&r->body, 8);
    for (unsigned i = 0; i < 4; i++) {
        times[order[i]] = rd_le64(&r->body);
    }
    rd_skip(&r->body, 8);
    uint64_t size = rd_le64(&r->body);
    rd_skip(&r->body, 8);
    struct smb_id id = smb_id_read(&r->body, 16);
    if (d == NULL || r->status != 0) {
        return;
    }
    if (!rd_ok(&r->body)) {
        txn_note(t, SMB_MALFORMED);
        return;
    }
    for (unsigned i = 0; i < 4; i++) {
        d->times[i] = times[i];
    }
    d->size = size;
    d->id = id;
    d->opened = true;
    struct smb_record asked = *r;
    asked.tree = d->tree;
    smb_handle_put(&asked, &id, d->name);
}

/* 2.2.20: into a pipe, or the head before a file's data. */
static void answer_read(struct smb_record *r, struct txn *t)
{
    const struct smb_settings *s = conn_settings(r->c);
    struct smb_lane *l = &r->s->lane[r->side];
    struct smb_read asked;

    (void)t;
    rd_skip(&r->body, 2);
    uint8_t at = rd_u8(&r->body);
    rd_skip(&r->body, 1);
    uint32_t n = rd_le32(&r->body);
    if (!smb_read_take(r->s, r->message, &asked) || (r->status != 0 && r->status != SMB_STATUS_OVERFLOW)) {
        return;
    }
    if ((s != NULL && s->max_read != 0 && n > s->max_read) || (r->s->max_read != 0 && n > r->s->max_read)) {
        conn_note(r->c, r->side, SMB_READ_ANSWER_TOO_LARGE);
    }
    if (l->body_left == 0 && smb_has_calls(r->s, r->session, r->tree, &asked.id, part(r, at, n))) {
        (void)smb_pipe(r, &asked.id, part(r, at, n));
        return;
    }
    const struct smb_tree *tree = smb_tree_find(r->s, r->session, r->tree);
    struct txn *file = tree != NULL && tree->pipe ? NULL : smb_file_txn(r, &asked.id);
    if (file != NULL) {
        smb_file_begin(r, file, asked.offset, n);
        l->body = LANE_FILE;
        l->body_txn = 1 + file->id;
        l->body_offset = asked.offset;
    }
}

/* 2.2.32 */
static void answer_ioctl(struct smb_record *r, struct txn *t)
{
    (void)t;
    rd_skip(&r->body, 4);
    uint32_t function = rd_le32(&r->body);
    struct smb_id id = smb_id_read(&r->body, 16);
    rd_skip(&r->body, 8);
    uint32_t at = rd_le32(&r->body), n = rd_le32(&r->body);
    if (rd_ok(&r->body) && function == PIPE_TRANSCEIVE) {
        (void)smb_pipe(r, &id, part(r, at, n));
    }
}

static void answer_session(struct smb_record *r, struct txn *t)
{
    if (t != NULL) {
        smb_of(t)->session = r->session;
        rd_skip(&r->body, 4); /* 2.2.6: size, flags */
        uint16_t at = rd_le16(&r->body), n = rd_le16(&r->body);
        smb_challenge(t, part(r, at, n));
    }
}

static const struct {
    struct txn *(*ask)(struct smb_record *r);
    void (*answer)(struct smb_record *r, struct txn *t);
} commands[CMD_N] = {
    [CMD_NEGOTIATE] = { ask_negotiate, answer_negotiate }, [CMD_SESSION_SETUP] = { ask_session, answer_session },
    [CMD_TREE_CONNECT] = { ask_tree, answer_tree }, [CMD_CREATE] = { ask_create, answer_create }, [CMD_CLOSE] = { ask_close, NULL },
    [CMD_TREE_DISCONNECT] = { smb_ask_tree_end, NULL },
    [CMD_READ] = { ask_read, answer_read }, [CMD_WRITE] = { ask_write, NULL }, [CMD_IOCTL] = { ask_ioctl, answer_ioctl },
    [CMD_GET_INFO] = { ask_silent, NULL }, [CMD_SET_INFO] = { ask_set_info, NULL },
};

/* The SMB1 negotiation that an SMB2 answer ends (3.3.5.3.1). */
static struct txn *negotiated_before(const struct smb_record *r)
{
    for (struct txn *t = txn_last(r->c); t != NULL; t = t->prev) {
        struct smb *d = txn_data(t);
        if (d->kind == SMB_NEGOTIATE && d->version == 1 && !d->answered) {
            return t;
        }
    }
    return NULL;
}

static enum outcome answer(struct smb_record *r)
{
    struct txn *t = smb_txn_asked(r);

    if (r->status == SMB_STATUS_PENDING) {
        return OUTCOME_OK; /* 3.3.4.4: the answer comes later */
    }
    if (t == NULL && r->command == CMD_NEGOTIATE) {
        t = negotiated_before(r);
    }
    if (r->command < CMD_N && commands[r->command].answer != NULL) {
        commands[r->command].answer(r, t);
    }
    if (t == NULL) {
        return OUTCOME_OK;
    }
    struct smb *d = txn_data(t);
    if (d->kind == SMB_CALL && (r->command == CMD_WRITE || r->status == SMB_STATUS_OVERFLOW) && (r->status == 0 || r->status == SMB_STATUS_OVERFLOW)) {
        d->has_status = true; /* what the call returns comes with a read */
        d->status = r->status;
        return OUTCOME_OK;
    }
    smb_txn_answer(t, r);
    return OUTCOME_OK;
}

enum outcome smb2_record(struct smb_record *r)
{
    uint32_t next;
    struct rd flags = rd_of(bytes_from(r->all, 16));
    bool response = (rd_le32(&flags) & FLAG_RESPONSE) != 0;

    r->body = rd_of(r->all);
    if (!smb2_header(&r->body, r, &next)) {
        return OUTCOME_BAD;
    }
    if (response != (r->side == TO_CLIENT)) {
        conn_note(r->c, r->side, response ? SMB_RESPONSE_TO_SERVER : SMB_REQUEST_TO_CLIENT);
        return OUTCOME_OK;
    }
    if (response) {
        return answer(r);
    }
    if (r->command < CMD_N && commands[r->command].ask != NULL) {
        (void)commands[r->command].ask(r);
    } else {
        (void)smb_ask_generic(r);
    }
    return OUTCOME_OK;
}
