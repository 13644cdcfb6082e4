/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * txn - what protocols call: transactions, notes, change of protocol, inner protocols.
 */
#include "proto/protos.h"

#include <stdlib.h>
#include <string.h>

void *conn_state(struct conn *c) { return c->state; }

void conn_state_drop(struct conn *c)
{
    if (c->state != NULL && c->proto != NULL && c->proto->state_fini != NULL) {
        c->proto->state_fini(c->state);
    }
    c->state = NULL;
}
struct arena *conn_arena(struct conn *c) { return &c->arena; }
struct flow *conn_flow(struct conn *c) { return c->flow; }
const char *conn_from(const struct conn *c) { return c->original != PROTO_NONE ? proto_name(c->original) : NULL; }
bool conn_eof(const struct conn *c, enum side side) { return c->eof[side]; }
bool conn_datagram(const struct conn *c) { return c->datagram; }
bool conn_bodies_unread(const struct conn *c) { return c->protos->settings->bodies_unread; }
uint64_t conn_time(const struct conn *c) { return c->protos->ts; }
uint64_t conn_number(const struct conn *c) { return c->protos->number; }

/* While a record is made, with the options of that record's output. */
static const void *settings_of(const struct protos *p, unsigned id)
{
    const void *log = p->rendering != NULL ? p->settings->log_settings[p->rendering->index][id - 1] : NULL;

    return log != NULL ? log : p->settings->settings[id - 1];
}

const void *conn_settings(const struct conn *c) { return c->id >= 1 && c->id < PROTO_IDS ? settings_of(c->protos, c->id) : NULL; }

const void *txn_settings(const struct txn *t)
{
    return settings_of(t->conn->protos, txn_proto(t));
}

struct memo *conn_memo(const struct conn *c) { return c->protos->memo; }
bool conn_asked(const struct conn *c) { return c->id >= 1 && c->id < PROTO_IDS && c->protos->settings->asked[c->id - 1]; }

/* ------- what a turn is about ------- */

static void due_add(struct txn *t, unsigned side)
{
    struct txn **last = &t->conn->head->due_last[side], *before = *last;

    if (before == NULL) {
        t->due_next[side] = t->due_prev[side] = *last = t;
        return;
    }
    bool newest = (int32_t)(t->place - before->place) > 0, oldest = (int32_t)(t->place - before->due_next[side]->place) < 0;
    while (!newest && !oldest && (int32_t)(t->place - before->place) < 0) {
        before = before->due_prev[side];
    }
    t->due_prev[side] = before;
    t->due_next[side] = before->due_next[side];
    before->due_next[side]->due_prev[side] = t;
    before->due_next[side] = t;
    *last = newest ? t : *last;
}

void txn_due_not(struct txn *t, unsigned side)
{
    struct txn **last = &t->conn->head->due_last[side], *next = t->due_next[side], *prev = t->due_prev[side];

    if (next == NULL) {
        return;
    }
    next->due_prev[side] = prev;
    prev->due_next[side] = next;
    *last = *last != t ? *last : prev != t ? prev : NULL;
    t->due_next[side] = NULL;
}

void txn_due(struct txn *t)
{
    for (unsigned side = 0; side < 2; side++) {
        if (t->due_next[side] == NULL) {
            due_add(t, side);
        }
    }
}

/* ------- transactions ------- */

struct txn *txn_first_open(struct conn *c)
{
    struct txn *t = c->head != NULL && c->head->open != NULL ? c->head->open : c->head;

    while (t != NULL && t->complete[0] && t->complete[1]) {
        t = t->next;
    }
    if (c->head != NULL) {
        c->head->open = t != NULL ? t : c->tail;
    }
    return t;
}

struct txn *txn_last_open(struct conn *c) { return txn_first_open(c) != NULL ? c->tail : NULL; }
struct txn *txn_older_open(const struct txn *t) { return t != t->conn->head->open ? t->prev : NULL; }

void txn_over(struct txn *t, unsigned note)
{
    t->conn->protos->counter[PROTO_TX_OVER]++;
    txn_note(t, note);
    txn_finish(t);
}

/* cap: beyond twice of it there is none. */
static struct txn *txn_make(struct conn *c, uint32_t cap)
{
    const struct proto *row = c->proto;
    size_t size = sizeof(struct txn) + row->txn_size;
    struct arena arena;

    if (c->txn_live / 2 >= cap) {
        c->protos->counter[PROTO_TX_REFUSED]++;
        return NULL;
    }
    arena_init(&arena, c->protos->pages, row->txn_bytes_max != 0 ? row->txn_bytes_max : 1024 * 1024);
    if (row->txn_room != 0) {
        arena_room(&arena, size + row->txn_room);
    }
    struct txn *t = arena_zero(&arena, size);
    if (t == NULL) {
        c->protos->counter[PROTO_TX_REFUSED]++;
        c->protos->each[c->id][PROTOS_ERROR_ALLOC]++;
        return NULL;
    }
    t->arena = arena;
    t->conn = c;
    t->proto = row;
    t->id = c->txn_next++;
    t->first_number = t->last_number = c->protos->number;
    t->first_ts = t->last_ts = c->protos->ts;
    t->updated[0] = t->updated[1] = true;
    t->prev = c->tail;
    t->place = c->tail != NULL ? c->tail->place + 1 : 0;
    *(c->tail != NULL ? &c->tail->next : &c->head) = t;
    c->tail = t;
    txn_due(t);
    c->txn_live++;
    if (c->txn_live > c->protos->counter[PROTO_TX_LIVE_MAX]) {
        c->protos->counter[PROTO_TX_LIVE_MAX] = c->txn_live;
    }
    c->protos->each[c->id][c->datagram ? PROTOS_TX_UDP : PROTOS_TX_TCP]++;
    return t;
}

static uint32_t row_cap(const struct proto *row) { return row->txn_max != 0 ? row->txn_max : 4096; }

struct txn *txn_new_within(struct conn *c, uint32_t max, unsigned note)
{
    struct txn *oldest = c->txn_live > max ? txn_first_open(c) : NULL;

    if (oldest != NULL) {
        txn_over(oldest, note);
    }
    return txn_make(c, max > row_cap(c->proto) ? max : row_cap(c->proto));
}

struct txn *txn_new(struct conn *c)
{
    const struct proto *row = c->proto;
    const unsigned char *set = row->max_tx != 0 ? conn_settings(c) : NULL;

    if (set != NULL) {
        uint32_t max;
        memcpy(&max, set + row->max_tx - 1, sizeof max);
        return txn_new_within(c, max, row->max_tx_note);
    }
    struct txn *oldest = c->txn_live >= row_cap(row) ? txn_first_open(c) : NULL;
    if (oldest != NULL) {
        c->protos->counter[PROTO_TX_OVER]++;
        txn_finish(oldest);
    }
    return txn_make(c, row_cap(row));
}

void txn_free(struct txn *t)
{
    struct conn *c = t->conn;

    txn_due_not(t, TO_SERVER);
    txn_due_not(t, TO_CLIENT);
    if (c->head->open == t) {
        c->head->open = t->next != NULL ? t->next : t->prev;
    }
    if (t == c->head && t->next != NULL) {
        t->next->open = t->open;
        t->next->due_last[0] = t->due_last[0];
        t->next->due_last[1] = t->due_last[1];
    }
    *(t->prev != NULL ? &t->prev->next : &c->head) = t->next;
    *(t->next != NULL ? &t->next->prev : &c->tail) = t->prev;
    c->txn_live--;
    if (t->proto->txn_fini != NULL) {
        t->proto->txn_fini(t);
    }
    txn_files_fini(t);
    c->protos->counter[PROTO_TX_CUT] += t->arena.full;
    struct arena arena = t->arena; /* the transaction lives in its own arena */
    arena_fini(&arena);
}

struct txn *txn_first(struct conn *c) { return c->head; }
struct txn *txn_last(struct conn *c) { return c->tail; }

struct txn *txn_by_id(struct conn *c, uint64_t id)
{
    struct txn *t = c->tail;

    while (t != NULL && t->id > id) {
        t = t->prev;
    }
    return t != NULL && t->id == id ? t : NULL;
}

void txn_touch(struct txn *t, enum side side)
{
    t->updated[side] = true;
    txn_due(t);
    t->last_number = t->conn->protos->number;
    t->last_ts = t->conn->protos->ts;
}

void txn_raise(struct txn *t, enum side side, uint8_t progress)
{
    if (progress > t->progress[side]) {
        t->progress[side] = progress;
        txn_touch(t, side);
    }
}

void txn_beyond(struct txn *t, enum side side)
{
    t->beyond[side] = true;
    txn_due(t);
}

void txn_done(struct txn *t, enum side side)
{
    if (!t->complete[side]) {
        t->complete[side] = true;
        txn_raise(t, side, proto_complete(t->proto, side));
        txn_touch(t, side);
        if (!t->proto->whole_never) {
            conn_whole(t->conn, side);
        }
    }
}

void txn_message(struct txn *t, enum side side)
{
    t->skip_inspect[side_other(side)] = true;
    txn_done(t, TO_SERVER);
    txn_done(t, TO_CLIENT);
}

unsigned txn_proto(const struct txn *t)
{
    unsigned i = 0;

    if (t->proto == t->conn->proto) {
        return t->conn->id;
    }
    while (i < proto_n && proto_table[i] != t->proto) {
        i++;
    }
    return i < proto_n ? i + 1 : PROTO_NONE;
}

enum side txn_log_message(const struct txn *t, enum side turn)
{
    (void)turn;
    return t->skip_inspect[TO_CLIENT] ? TO_SERVER : TO_CLIENT;
}

enum side txn_log_turn(const struct txn *t, enum side turn)
{
    (void)t;
    return turn;
}

void txn_finish(struct txn *t)
{
    for (struct file *f = t->files; f != NULL; f = f->next) {
        if (f->state == FILE_OPEN) {
            txn_file_close(t, f, true);
        }
    }
    txn_done(t, TO_SERVER);
    txn_done(t, TO_CLIENT);
}

void txn_note(struct txn *t, unsigned note)
{
    for (unsigned i = 0; i < t->note_n && i < sizeof t->note; i++) {
        if (t->note[i] == note) {
            return;
        }
    }
    if (t->note_n < sizeof t->note) {
        t->note[t->note_n++] = (uint8_t)note;
        txn_due(t);
    }
}

void conn_note(struct conn *c, enum side side, unsigned note)
{
    (void)side;
    if (c->tail != NULL) {
        txn_note(c->tail, note);
        return;
    }
    struct conn_notes *k = conn_notes_make(c);
    for (unsigned i = 0; k != NULL && i < k->n; i++) {
        if (k->note[i] == note) {
            return;
        }
    }
    if (k != NULL && k->n < sizeof k->note) {
        k->note[k->n++] = (uint8_t)note;
    }
}

void conn_forgot(struct conn *c, enum side side, unsigned note)
{
    c->protos->counter[PROTO_FORGOTTEN]++;
    conn_note(c, side, note);
}

void conn_opaque(struct conn *c, enum side side) { c->opaque[side] = true; }

static void app_tell(struct conn *c, struct app_told told)
{
    if (told.by > c->app_by) {
        c->app = told.id;
        c->app_by = told.by & 3u;
    }
}

void conn_host(struct conn *c, struct bytes host)
{
    const struct apps *apps = c->protos->settings->apps;
    struct conn *root = c->flow->app;

    if (apps != NULL && root != NULL && !root->named) {
        root->named = 1;
        app_tell(root, apps_host(apps, host));
    }
}

void conn_unknown(struct conn *c, enum side side, struct bytes first)
{
    const struct apps *apps = c->protos->settings->apps;
    const struct flow_key *k = &c->flow->key;

    if (apps != NULL) {
        app_tell(c, apps_bytes(apps, c->datagram, k->port[side == TO_CLIENT], k->port[side == TO_SERVER], first));
    }
}

struct app_told proto_app(const struct protos *p, const struct flow *f)
{
    const struct conn *c = f->app;
    const struct apps *apps = p->settings->apps;

    if (c == NULL || apps == NULL || c->app != 0) {
        return (struct app_told){ c != NULL ? c->app : 0, c != NULL ? c->app_by : APP_BY_NONE };
    }
    return c->proto == NULL ? apps_port(apps, c->datagram, f->key.port[1]) : (struct app_told){ 0, APP_BY_NONE };
}

const char *proto_app_name(const struct flow *f)
{
    const struct apps *apps = f->app != NULL ? f->app->protos->settings->apps : NULL;

    return apps != NULL ? apps_name(apps, proto_app(f->app->protos, f).id) : NULL;
}

void conn_depth(struct conn *c, uint64_t n)
{
    if (c->flow->tcp != NULL) {
        stream_set_depth(c->flow, TO_SERVER, n);
        stream_set_depth(c->flow, TO_CLIENT, n);
    }
}

void conn_whole(struct conn *c, enum side side)
{
    if (c->flow->tcp != NULL) {
        stream_raw_trigger(c->flow, side);
    }
}

bool conn_spans_wanted(const struct conn *c) { return c->protos->settings->spans; }

void conn_encrypted(struct conn *c, bool parse_on)
{
    struct flow *f = c->flow;
    uint8_t handling = c->id >= 1 && c->id < PROTO_IDS ? c->protos->settings->encryption_handling[c->id - 1] : 0;
    bool opaque = !parse_on || handling == 1;

    c->opaque[0] |= opaque;
    c->opaque[1] |= opaque;
    c->encrypted = true;
    if (c->datagram || c->parent != NULL) {
        return;
    }
    if (opaque) {
        stream_app_off(f, TO_SERVER);
        stream_app_off(f, TO_CLIENT);
    }
    if (handling == 2) { /* full: the raw bytes are still matched */
        return;
    }
    f->flags |= FLOW_PAYLOAD_ENDS; /* the packet that told so is looked at as any other */
    f->flags |= c->proto->cipher_at_end ? FLOW_STREAM_AT_END : 0;
    stream_raw_off(f, TO_SERVER);
    stream_raw_off(f, TO_CLIENT);
    if (handling == 1) {
        f->flags |= FLOW_BYPASS_LOCAL;
    }
}

/* Do the settings have the protocol over the flow's transport? */
static bool allowed(const struct conn *c, unsigned id) { return (c->protos->settings->enabled[id - 1] >> c->datagram & 1) != 0; }

bool proto_switch(struct conn *c, const char *name, uint16_t port_hint)
{
    unsigned id = name != NULL ? proto_by_name(name) : PROTO_NONE;

    (void)port_hint;
    if (name != NULL && (id == PROTO_NONE || !allowed(c, id))) {
        return false;
    }
    conn_state_drop(c);
    for (struct txn *t = c->head; t != NULL; t = t->next) {
        txn_finish(t);
    }
    c->original = c->id;
    c->expected = (uint16_t)id;
    c->switching = true;
    conn_changed(c, TO_SERVER);
    conn_changed(c, TO_CLIENT);
    c->opaque[0] = c->opaque[1] = false;
    c->resync[0] = c->resync[1] = false;
    c->body_left[0] = c->body_left[1] = 0;
    c->recognised_off[0] = c->recognised_off[1] = false;
    c->id_side[0] = c->id_side[1] = PROTO_NONE;
    conn_spans_switch(c);
    c->txn_next = 0; /* each protocol counts its own */
    return true;
}

void conn_hand_over(struct conn *c, struct bytes note)
{
    struct bytes *kept = arena_take(&c->arena, sizeof *kept);

    if (kept != NULL) {
        *kept = arena_copy(&c->arena, note);
    }
    c->announced = kept;
}

bool proto_become(struct conn *c, const char *name)
{
    unsigned id = proto_by_name(name);

    if (id == PROTO_NONE || id == c->id || !allowed(c, id)) {
        return id != PROTO_NONE && id == c->id;
    }
    for (struct txn *t = c->head; t != NULL; t = t->next) {
        t->proto = t->proto == c->proto ? proto_by_id(id) : t->proto;
        t->offered[0] = t->offered[1] = 0; /* they have other fields now */
    }
    c->original = c->id;
    c->id = c->id_side[0] = c->id_side[1] = (uint16_t)id;
    c->proto = proto_by_id(id);
    conn_changed(c, TO_SERVER);
    conn_changed(c, TO_CLIENT);
    conn_spans_become(c, id);
    return true;
}

struct conn *proto_child(struct conn *c, const char *name)
{
    unsigned id = proto_by_name(name), children = 0;

    for (struct conn *k = c->child; k != NULL; k = k->sibling) {
        children++;
    }
    if (id == PROTO_NONE || children >= 64 || !allowed(c, id)) {
        return NULL;
    }
    struct conn *k = conn_make(c->protos, c->flow, c->datagram);
    if (k == NULL) {
        return NULL;
    }
    k->parent = c;
    k->sibling = c->child;
    c->child = k;
    conn_take(k, id);
    return k;
}

void proto_child_feed(struct conn *child, enum side side, struct bytes b, bool eof)
{
    (void)conn_feed(child, side, b, eof);
}

void conn_expect(struct conn *c, const struct flow_expectation *e, struct bytes note, const char *proto)
{
    struct flow_expectation x = *e;

    x.app_proto = proto_by_name(proto);
    x.parent = c->flow->id;
    x.tenant = c->flow->key.tenant;
    x.note_n = (uint16_t)(note.n < sizeof x.note ? note.n : sizeof x.note);
    memcpy(x.note, note.p, x.note_n);
    if (x.app_proto != PROTO_NONE && (c->protos->settings->enabled[x.app_proto - 1] & (e->proto == 17 ? 2 : 1)) != 0 && c->protos->flows != NULL && flow_expect(c->protos->flows, &x)) {
        c->protos->counter[PROTO_EXPECTATIONS]++;
    }
}

struct bytes conn_expected(const struct conn *c) { return c->announced != NULL ? *c->announced : bytes_none(); }
