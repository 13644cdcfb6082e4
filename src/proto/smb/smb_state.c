/* SPDX-License-Identifier: GPL-2.0-or-later */
/* smb_state - transactions by what they answer; the tables of trees, files and reads. */
#include "proto/smb/smb.h"

#include "wire/utf16.h"

#define PIPES "IPC$" /* MS-SMB2 2.2.10: the share of pipes, as it is always called */

/* ------- tables ------- */

static struct smb_tables *tables(const struct smb_record *r)
{
    if (r->s->tables == NULL) {
        r->s->tables = arena_zero(conn_arena(r->c), sizeof *r->s->tables);
    }
    return r->s->tables;
}

struct bytes smb_text(const struct smb_text *t) { return bytes_of(t->p, t->n); }

static void text_set(struct conn *c, struct smb_text *t, struct bytes b)
{
    b = bytes_head(b, SMB_NAME_MAX);
    if (b.n > t->room) {
        uint16_t room = (uint16_t)((b.n + 63) & ~(size_t)63);
        uint8_t *p = arena_take(conn_arena(c), room);
        t->room = p != NULL ? room : 0;
        t->p = p;
    }
    t->n = (uint16_t)(b.n < t->room ? b.n : t->room);
    for (size_t i = 0; i < t->n; i++) {
        t->p[i] = b.p[i];
    }
}

/* Where the next one of a ring goes; NULL: no memory. */
static void *ring_next(struct conn *c, void **piece, unsigned *at, unsigned n, size_t size)
{
    unsigned i = *at % n;

    if (piece[i / SMB_PIECE] == NULL) {
        piece[i / SMB_PIECE] = arena_zero(conn_arena(c), SMB_PIECE * size);
    }
    if (piece[i / SMB_PIECE] == NULL) {
        return NULL;
    }
    ++*at;
    return (uint8_t *)piece[i / SMB_PIECE] + i % SMB_PIECE * size;
}

/* The place had another that is still in use, or there is none. */
static void forgets(const struct smb_record *r, bool in_use, enum smb_note note)
{
    if (in_use) {
        conn_forgot(r->c, r->side, note);
    }
}

static unsigned ring_used(unsigned at, unsigned n) { return at < n ? at : n; }

struct smb_tree *smb_tree_find(struct smb_state *s, uint64_t session, uint32_t tree)
{
    unsigned n = s->tables != NULL ? ring_used(s->tables->tree_at, SMB_TREES) : 0;

    for (unsigned i = 0; i < n; i++) {
        struct smb_tree *t = &s->tables->tree[i / SMB_PIECE][i % SMB_PIECE];
        if (t->tree == tree && t->session == session) {
            return t;
        }
    }
    return NULL;
}

void smb_tree_put(const struct smb_record *r, uint64_t session, uint32_t tree, struct bytes name, bool pipe)
{
    struct smb_tree *t = smb_tree_find(r->s, session, tree);
    struct smb_tables *all = tables(r);

    if (all == NULL) {
        return;
    }
    if (t == NULL) {
        t = ring_next(r->c, (void **)all->tree, &all->tree_at, SMB_TREES, sizeof *t);
        forgets(r, t == NULL || t->open, SMB_TREES_FORGOTTEN);
    }
    if (t == NULL) {
        return;
    }
    t->open = true;
    t->session = session;
    t->tree = tree;
    t->pipe = pipe;
    text_set(r->c, &t->name, name);
}

struct txn *smb_ask_tree_end(struct smb_record *r)
{
    struct smb_tree *t = smb_tree_find(r->s, r->version == 2 ? r->session : 0, r->tree);

    if (t != NULL) {
        t->open = false;
    }
    return smb_ask_generic(r);
}

void smb_tree_asked(struct txn *t)
{
    const struct bytes name = smb_const(t)->name;
    size_t n = sizeof PIPES - 1;

    if (name.n < n || !bytes_is_nocase(bytes_from(name, name.n - n), PIPES)) {
        txn_done(t, TO_SERVER);
    }
}

bool smb_id_is(const struct smb_id *a, const struct smb_id *b) { return a->n == b->n && bytes_equal(bytes_of(a->b, a->n), bytes_of(b->b, b->n)); }

struct smb_id smb_id_read(struct rd *r, unsigned n)
{
    struct bytes b = rd_bytes(r, n);
    struct smb_id id = { .n = (uint8_t)b.n };

    for (size_t i = 0; i < b.n; i++) {
        id.b[i] = b.p[i];
    }
    return id;
}

static uint8_t tag_of(const struct smb_id *id)
{
    unsigned tag = id->n;

    for (unsigned i = 0; i < id->n; i++) {
        tag = tag * 31 + id->b[i];
    }
    return (uint8_t)(tag % 255 + 1);
}

struct smb_handle *smb_handle_find(struct smb_state *s, const struct smb_id *id)
{
    struct bytes tags = s->tables != NULL ? bytes_of(s->tables->tag, ring_used(s->tables->handle_at, SMB_HANDLES)) : bytes_none();
    uint8_t tag = tag_of(id);
    size_t i = 0;

    for (size_t at; (at = bytes_find_byte(bytes_from(tags, i), tag)) != SIZE_MAX; i++) {
        i += at;
        struct smb_handle *h = &s->tables->handle[i / SMB_PIECE][i % SMB_PIECE];
        if (smb_id_is(&h->id, id)) {
            return h;
        }
    }
    return NULL;
}

struct smb_handle *smb_handle_put(const struct smb_record *r, const struct smb_id *id, struct bytes name)
{
    struct smb_tables *all = tables(r);
    struct smb_handle *h = smb_handle_find(r->s, id);

    if (all != NULL && h == NULL) {
        unsigned i = all->handle_at % SMB_HANDLES;
        h = ring_next(r->c, (void **)all->handle, &all->handle_at, SMB_HANDLES, sizeof *h);
        all->tag[i] = h != NULL ? tag_of(id) : 0;
        forgets(r, h == NULL || h->open, SMB_FILES_FORGOTTEN);
    }
    if (h == NULL) {
        return NULL;
    }
    *h = (struct smb_handle){ .id = *id, .open = true, .name = h->name, .session = r->session, .tree = r->tree, .binds.row = h->binds.row,
                              .piece = { h->piece[0], h->piece[1] } };
    for (unsigned i = 0; i < 2; i++) {
        if (h->piece[i] != NULL) {
            h->piece[i]->n = 0;
        }
    }
    text_set(r->c, &h->name, name);
    return h;
}

void smb_read_put(const struct smb_record *r, const struct smb_id *id, uint64_t offset)
{
    struct smb_tables *all = tables(r);
    struct smb_read *x = all != NULL ? ring_next(r->c, (void **)all->read, &all->read_at, SMB_READS, sizeof *x) : NULL;

    forgets(r, x == NULL || x->used, SMB_READS_FORGOTTEN);
    if (x != NULL) {
        *x = (struct smb_read){ r->message, *id, offset, true };
    }
}

/* The newest that was asked under that number. */
static struct smb_read *read_find(struct smb_state *s, uint64_t message)
{
    unsigned n = s->tables != NULL ? ring_used(s->tables->read_at, SMB_READS) : 0;

    for (unsigned k = 1; k <= n; k++) {
        unsigned i = (s->tables->read_at - k) % SMB_READS;
        struct smb_read *x = &s->tables->read[i / SMB_PIECE][i % SMB_PIECE];
        if (x->used && x->message == message) {
            return x;
        }
    }
    return NULL;
}

const struct smb_read *smb_read_peek(struct smb_state *s, uint64_t message) { return read_find(s, message); }

bool smb_read_take(struct smb_state *s, uint64_t message, struct smb_read *out)
{
    struct smb_read *x = read_find(s, message);

    if (x == NULL) {
        return false;
    }
    *out = *x;
    x->used = false;
    return true;
}

/* Pipes that are known to carry calls, by name. */
static bool name_has_calls(struct bytes name)
{
    static const char *const names[] = { "svcctl", "srvsvc", "atsvc", "lsarpc", "samr", "spoolss", "winreg", "wkssvc", "netlogon", "epmapper",
                                         "browser", "efsrpc", "eventlog", "drsuapi", "lsass", "ntsvcs", "tapsrv", "trkwks", "dssetup",
                                         "netdfs", "initshutdown", "protected_storage", "router", "scerpc", "keysvc", "msgsvc", "rpcrt" };

    name = bytes_starts(name, "\\") ? bytes_from(name, 1) : name;
    name = bytes_starts_nocase(name, "PIPE\\") ? bytes_from(name, 5) : name;
    for (unsigned i = 0; i < ROWS(names); i++) {
        if (bytes_is_nocase(name, names[i])) {
            return true;
        }
    }
    return false;
}

bool smb_on_disk(struct smb_state *s, uint64_t session, uint32_t tree, const struct smb_handle *h)
{
    const struct smb_tree *t = smb_tree_find(s, session, tree);

    t = t == NULL && h != NULL ? smb_tree_find(s, h->session, h->tree) : t;
    return t != NULL && !t->pipe;
}

bool smb_has_calls(struct smb_state *s, uint64_t session, uint32_t tree, const struct smb_id *id, struct bytes data)
{
    struct smb_handle *h = smb_handle_find(s, id);
    struct dcepdu p;

    if (smb_on_disk(s, session, tree, h)) {
        return false;
    }
    if (h != NULL && h->calls) {
        return true;
    }
    bool yes = (h != NULL && name_has_calls(smb_text(&h->name))) || dcepdu_header(rd_of(data), &p);
    if (yes && h != NULL) {
        h->calls = true;
    }
    return yes;
}

/* ------- transactions ------- */

struct txn *smb_txn(const struct smb_record *r, enum smb_kind kind)
{
    struct txn *t = txn_new(r->c);

    if (t == NULL) {
        return NULL;
    }
    struct smb *d = txn_data(t);
    d->kind = (uint8_t)kind;
    d->version = r->version;
    d->command = r->command;
    d->session = r->session;
    d->message = r->message;
    d->tree = r->tree;
    return t;
}

/* The newest that asks for this answer.  SMB1 counts messages in 16 bits and uses them again. */
struct txn *smb_txn_asked(const struct smb_record *r)
{
    for (struct txn *t = txn_last(r->c); t != NULL; t = t->prev) {
        struct smb *d = txn_data(t);
        if (d->message == r->message && d->version == r->version && d->command == r->command && !d->answered && d->kind != SMB_FILE) {
            return t;
        }
    }
    return NULL;
}

void smb_txn_answer(struct txn *t, const struct smb_record *r)
{
    struct smb *d = txn_data(t);

    d->answered = d->has_status = true;
    d->status = r->status;
    d->dos = r->dos;
    txn_done(t, TO_SERVER);
    txn_done(t, TO_CLIENT);
}

struct bytes smb_string(struct txn *t, bool unicode, struct bytes b)
{
    if (unicode) {
        return utf16_text(bytes_head(b, SMB_NAME_MAX), txn_arena(t), SMB_NAME_MAX);
    }
    return arena_copy(txn_arena(t), bytes_head(b, bytes_find_byte(bytes_head(b, SMB_NAME_MAX), 0)));
}

void smb_session_token(struct txn *t, struct bytes token)
{
    struct smb *d = txn_data(t);
    struct ntlmssp m;

    if (ntlmssp_find(token, txn_arena(t), &m)) {
        if (m.odd) {
            txn_note(t, SMB_NTLMSSP_REQUEST);
        }
        d->ntlmssp = m.type == NTLMSSP_AUTHENTICATE ? arena_zero(txn_arena(t), sizeof m) : NULL;
        if (d->ntlmssp != NULL) {
            *d->ntlmssp = m;
        }
    } else if (m.type != 0) {
        txn_note(t, SMB_NTLMSSP_REQUEST);
    } else {
        struct krb5_ticket ticket;
        struct bytes kept = arena_copy(txn_arena(t), token);
        d->ticket = kept.n == token.n && krb5_ticket_find(kept, &ticket) ? arena_zero(txn_arena(t), sizeof ticket) : NULL;
        if (d->ticket != NULL) {
            *d->ticket = ticket;
        }
    }
}

void smb_challenge(struct txn *t, struct bytes token)
{
    struct smb *d = txn_data(t);
    struct ntlmssp m;

    if (ntlmssp_find(token, txn_arena(t), &m) && m.type == NTLMSSP_CHALLENGE && (d->challenge = arena_zero(txn_arena(t), sizeof m)) != NULL) {
        *d->challenge = m;
    }
}

struct txn *smb_ask_generic(struct smb_record *r)
{
    struct txn *t = smb_txn(r, SMB_GENERIC);

    if (t != NULL) {
        txn_done(t, TO_SERVER);
    }
    return t;
}
