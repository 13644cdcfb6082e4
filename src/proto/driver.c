/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * driver - bytes in, through recognition and framing, to a protocol's parse() and body().
 */
#include "proto/protos.h"

#include <stdlib.h>
#include <string.h>

const struct counter_row proto_counters[] = {
#define COUNTER(id, name, kind, help) { name, help, kind },
#include "proto/counters.list"
#undef COUNTER
};
const unsigned proto_counter_n = PROTO_COUNTER_N;

enum { MEMO_PLACES = 512 };

const struct option_row driver_options[] = {
    { "app-layer.memcap", OPTION_BYTES, offsetof(struct proto_settings, memcap), "0", NULL, 0, 0, "bytes",
      "memory for what protocols keep of flows and transactions, of all workers together; 0: as much as stream.memcap and "
      "stream.reassembly.memcap together" },
    { "app-layer.applications", OPTION_BOOL, offsetof(struct proto_settings, applications), "yes", NULL, 0, 0, NULL,
      "tell in flow records which application a flow is of, by its first bytes, the name of its server, or its port" },
    { "app-layer.file-types", OPTION_BOOL, offsetof(struct proto_settings, file_types), "yes", NULL, 0, 0, NULL,
      "tell in records of files what they are, by their first bytes; under Suricata's own settings records have no such object" },
    { "magic-file", OPTION_STRING, offsetof(struct proto_settings, magic_file), NULL, NULL, 0, 0, NULL,
      "the database that libmagic tells types of files by (with or without .mgc); none: its own" },
    { "app-layer.nameless-attachments", OPTION_BOOL, offsetof(struct proto_settings, nameless), "yes", NULL, 0, 0, NULL,
      "what a mail attaches without a name is a file too, and so is what is coded in base64 and no text, or uuencoded; under Suricata's own settings only what "
      "has a name is" },
    { "app-layer.file-data.gzip", OPTION_BOOL, offsetof(struct proto_settings, open_gzip), "no", NULL, 0, 0, NULL, "rules see gzip files opened" },
    { "app-layer.file-data.zip", OPTION_BOOL, offsetof(struct proto_settings, open_zip), "no", NULL, 0, 0, NULL, "rules see zip files opened" },
    { "app-layer.file-data.tar", OPTION_BOOL, offsetof(struct proto_settings, open_tar), "no", NULL, 0, 0, NULL, "rules see the files in tar, opened in their turn" },
    { "app-layer.file-data.swf", OPTION_BOOL, offsetof(struct proto_settings, open_swf), "no", NULL, 0, 0, NULL, "rules see Flash opened" },
    { "app-layer.file-data.pdf", OPTION_BOOL, offsetof(struct proto_settings, open_pdf), "no", NULL, 0, 0, NULL, "rules see the packed streams of PDF opened" },
    { "app-layer.file-data.packed-max", OPTION_BYTES, offsetof(struct proto_settings, open.in_max), "0", NULL, 0, 0, "bytes", "of a container looked at; 0: all" },
    { "app-layer.file-data.opened-max", OPTION_BYTES, offsetof(struct proto_settings, open.out_max), "16 MiB", NULL, 0, 0, "bytes", "that come out of it" },
    { "app-layer.file-data.ratio", OPTION_U32, offsetof(struct proto_settings, open.ratio), "1000", NULL, 0, 0, NULL, "bytes out for one in, beyond which it is a bomb; 0: any" },
    { "app-layer.file-data.depth", OPTION_U32, offsetof(struct proto_settings, open.depth), "3", NULL, 0, OPENER_DEPTH_MAX, NULL, "containers in one another" },
    { "app-layer.protocols.http.byterange.memcap", OPTION_BYTES, offsetof(struct proto_settings, ranges.memcap), "100 MiB", NULL, 0, 0, "bytes",
      "memory for files that come in parts, until they are whole" },
    { "app-layer.protocols.http.byterange.timeout", OPTION_U32, offsetof(struct proto_settings, ranges.timeout), "60", NULL, 0, 0, "s",
      "after which a file of which no part comes is given up where others need the memory (half of byterange.memcap is in use)" },
};
const unsigned driver_option_n = ROWS(driver_options);

struct protos *protos_new(const struct proto_settings *s, struct flow_table *flows, struct streams **streams)
{
    struct protos *p = calloc(1, sizeof *p);

    if (p == NULL) {
        return NULL;
    }
    p->settings = s;
    p->flows = flows;
    p->streams = streams;
    p->pages = pages_new(s->memcap);
    p->memo = memo_new(MEMO_PLACES);
    p->magic = s->file_magic ? file_magic_new(s->magic_file) : NULL;
    if (p->pages == NULL) {
        protos_free(p);
        return NULL;
    }
    return p;
}

void protos_cap(struct protos *p, uint64_t bytes) { pages_cap(p->pages, bytes); }
uint64_t protos_used(const struct protos *p) { return pages_used(p->pages); }
void protos_ask(struct protos *p, const struct proto_settings *s) { p->settings = s; }

void protos_free(struct protos *p)
{
    if (p == NULL) {
        return;
    }
    pages_free(p->pages);
    memo_free(p->memo);
    file_magic_free(p->magic);
    free(p);
}

void protos_keep_files(struct protos *p, struct file_store *store)
{
    store->pages = p->pages;
    p->store = store;
}

void protos_share(struct protos *p, struct ranges *ranges, unsigned worker)
{
    p->ranges = ranges;
    p->worker = worker;
}

void proto_turn(struct protos *p, uint64_t number, uint64_t ts)
{
    p->number = number;
    p->ts = ts;
}

uint64_t *protos_counters(struct protos *p)
{
    p->counter[PROTO_MEMUSE] = pages_used(p->pages);
    if (p->ranges != NULL && p->worker == 0) { /* once for all workers */
        struct ranges_counts n = ranges_counts(p->ranges);
        p->counter[PROTO_RANGES_MEMUSE] = n.memuse;
        p->counter[PROTO_RANGES_REFUSED] = n.refused;
    }
    return p->counter;
}

uint64_t protos_each(const struct protos *p, unsigned id, enum protos_each what) { return p->each[id][what]; }

struct conn_notes *conn_notes_make(struct conn *c)
{
    if (c->notes == NULL) {
        c->notes = arena_zero(&c->arena, sizeof *c->notes);
    }
    return c->notes;
}

void driver_note(struct conn *c, unsigned note)
{
    struct conn_notes *k = conn_notes_make(c);

    for (unsigned i = 0; k != NULL && i < k->driver_n; i++) {
        if (k->driver[i] == note) {
            return;
        }
    }
    if (k != NULL && k->driver_n < sizeof k->driver) {
        k->driver[k->driver_n++] = (uint8_t)note;
    }
}

/* What protocols mostly keep of a flow: it lies behind the conn. */
enum { STREAM_STATE_ROOM = 112, DATAGRAM_STATE_ROOM = 48 };

struct conn *conn_make(struct protos *p, struct flow *f, bool datagram)
{
    struct arena arena;

    arena_init(&arena, p->pages, 4096);
    arena_room(&arena, sizeof(struct conn) + (datagram ? DATAGRAM_STATE_ROOM : STREAM_STATE_ROOM));
    struct conn *c = arena_zero(&arena, sizeof *c);
    if (c == NULL) {
        p->counter[PROTO_CONN_REFUSED]++;
        return NULL;
    }
    c->arena = arena;
    c->flow = f;
    c->protos = p;
    c->datagram = datagram;
    return c;
}

void conn_state_make(struct conn *c)
{
    size_t n = c->proto->state_size;

    c->arena.cap = (uint32_t)sizeof *c + (c->proto->conn_bytes_max != 0 ? c->proto->conn_bytes_max : 256 * 1024);
    if (n != 0) {
        arena_room(&c->arena, n);
        c->state = arena_zero(&c->arena, n);
        if (c->state == NULL) {
            c->protos->each[c->id][PROTOS_ERROR_ALLOC]++;
            c->opaque[0] = c->opaque[1] = true;
        }
    }
}

void conn_take(struct conn *c, unsigned id)
{
    struct protos *p = c->protos;

    c->id = (uint16_t)id;
    if (id == PROTO_FAILED) {
        p->each[0][c->datagram ? PROTOS_FLOW_UDP : PROTOS_FLOW_TCP]++;
        return;
    }
    c->proto = proto_by_id(id);
    c->looked[0] = c->looked[1] = 0;
    p->each[id][c->datagram ? PROTOS_FLOW_UDP : PROTOS_FLOW_TCP]++;
    if ((p->settings->detection_only[id - 1] >> c->datagram & 1) != 0 || c->proto->frame == NULL) {
        c->opaque[0] = c->opaque[1] = true;
    }
    conn_state_make(c);
}

void conn_drop(struct conn *c)
{
    while (c->child != NULL) {
        struct conn *child = c->child;
        c->child = child->sibling;
        conn_drop(child);
    }
    while (c->head != NULL) {
        txn_free(c->head);
    }
    conn_state_drop(c);
    c->protos->counter[PROTO_CONN_CUT] += c->arena.full;
    struct arena arena = c->arena; /* the conn lives in its own arena */
    arena_fini(&arena);
}

/* ------- framing ------- */

struct frame frame_searched(struct bytes b, size_t looked)
{
    return (struct frame){ FRAME_MORE, (uint16_t)(looked < UINT16_MAX ? looked : UINT16_MAX), b.n + 1 };
}

size_t conn_looked(const struct conn *c, enum side side) { return c->looked[side]; }

struct frame frame_line(const struct conn *c, enum side side, struct bytes b, size_t max, bool *discard)
{
    size_t looked = *discard ? 0 : conn_looked(c, side);
    size_t lf = bytes_find_byte(bytes_from(b, looked), '\n'), n = lf == SIZE_MAX ? b.n : looked + lf + 1;

    if (*discard) {
        *discard = lf == SIZE_MAX;
        return (struct frame){ FRAME_SKIP, 0, n };
    }
    if (n >= max) {
        *discard = n > max || lf == SIZE_MAX;
        return (struct frame){ FRAME_UNIT, 1, max };
    }
    return lf == SIZE_MAX ? frame_searched(b, b.n) : (struct frame){ FRAME_UNIT, 0, n };
}

/* A direction is at odds with its protocol: skip to where it may go on, or give up on it. */
static void feed_bad(struct conn *c, enum side side)
{
    c->protos->each[c->id][PROTOS_ERROR_PARSER]++;
    if (c->proto->resync != NULL && !c->opaque[side] && !c->datagram) {
        c->resync[side] = true;
        return;
    }
    c->flow->app->failed = true;
    if (!c->datagram) { /* the next datagram begins anew */
        conn_opaque(c, side);
    }
}

/* Bytes of a declared body; how many were taken. */
static size_t feed_body(struct conn *c, enum side side, struct bytes b)
{
    size_t n = b.n < c->body_left[side] ? b.n : (size_t)c->body_left[side];
    bool endless = c->body_left[side] == UINT64_MAX;

    if (!endless) {
        c->body_left[side] -= n;
    }
    if (c->proto->body != NULL) {
        c->proto->body(c, side, bytes_head(b, n), c->body_left[side] == 0);
    }
    return n;
}

/* One step of framing.  *taken: bytes consumed; false: nothing more can be done with what is there. */
static bool feed_step(struct conn *c, enum side side, struct bytes b, size_t *taken)
{
    const struct proto *row = c->proto;
    struct frame f = c->resync[side] ? row->resync(c, side, rd_of(b)) : row->frame(c, side, rd_of(b));

    *taken = 0;
    c->looked[side] = f.kind == FRAME_MORE && !c->resync[side] ? f.unit : 0;
    switch (f.kind) {
    case FRAME_MORE:
        c->wanted[side] = c->given[side] + f.n;
        if (c->resync[side]) {
            *taken = b.n - (f.n < b.n ? (size_t)f.n : b.n); /* looked through; the search goes on with what comes */
        } else if (b.n > row->unit_max || f.n > row->unit_max) {
            c->protos->counter[PROTO_UNIT_TOO_LARGE]++;
            feed_bad(c, side);
            return !c->datagram;
        }
        return false;
    case FRAME_SKIP:
        c->resync[side] = false;
        *taken = f.n < b.n ? (size_t)f.n : b.n;
        return *taken != 0 || b.n != 0;
    case FRAME_BODY:
        c->body_left[side] = f.n;
        if (f.n == 0 && row->body != NULL) {
            row->body(c, side, bytes_none(), true);
        }
        return true;
    case FRAME_UNIT:
        bug_if(f.n > b.n);
        *taken = (size_t)f.n;
        if (row->parse(c, side, f.unit, rd_of(bytes_head(b, (size_t)f.n))) == OUTCOME_BAD && c->proto == row) {
            feed_bad(c, side);
        }
        return true;
    case FRAME_OPAQUE:
        conn_opaque(c, side);
        return false;
    case FRAME_BAD: break;
    }
    feed_bad(c, side);
    return !c->datagram;
}

size_t conn_feed(struct conn *c, enum side side, struct bytes b, bool eof)
{
    size_t done = 0;
    unsigned idle = 0;

    c->protos->reading = side;
    c->eof[side] |= eof;
    c->given[side] = c->consumed[side];
    conn_span_stream(c, side);
    for (unsigned steps = 0; steps < PROTO_STEPS_MAX && !c->opaque[side]; steps++) {
        struct bytes rest = bytes_from(b, done);
        size_t taken = 0;
        c->given[side] = c->consumed[side] + done;
        c->protos->input_of = c;
        c->protos->input = rest;
        c->protos->input_at = c->given[side];
        if (rest.n == 0 && !eof) {
            break;
        }
        if (c->body_left[side] != 0) {
            if (rest.n == 0) {
                break;
            }
            done += feed_body(c, side, rest);
            continue;
        }
        if (rest.n == 0) {
            break;
        }
        const struct proto *before = c->proto;
        bool on = feed_step(c, side, rest, &taken);
        done += taken;
        if (c->proto != before || c->switching) { /* another protocol takes over: it starts with what is left */
            break;
        }
        idle = taken == 0 ? idle + 1 : 0;
        if (!on || idle > 8) {
            break;
        }
    }
    c->protos->input_of = NULL;
    return c->opaque[side] ? b.n : done;
}

void conn_gap(struct conn *c, enum side side, uint64_t n)
{
    c->gap[side] = true;
    c->looked[side] = 0;
    if (c->opaque[side] || c->proto == NULL || c->switching) {
        return;
    }
    if (c->body_left[side] != 0) {
        uint64_t in = n < c->body_left[side] ? n : c->body_left[side];
        if (c->body_left[side] != UINT64_MAX) {
            c->body_left[side] -= in;
        }
        if (c->proto->gap != NULL) {
            c->proto->gap(c, side, in, true);
        }
        if (c->body_left[side] == 0 && c->proto->body != NULL) {
            c->proto->body(c, side, bytes_none(), true);
        }
        n -= in;
        if (n == 0) {
            return;
        }
    }
    c->protos->each[c->id][PROTOS_ERROR_GAP]++;
    if (c->proto->gap == NULL || c->proto->resync == NULL) {
        if (c->proto->gap != NULL) {
            c->proto->gap(c, side, n, false);
        }
        conn_opaque(c, side);
        return;
    }
    c->proto->gap(c, side, n, false);
    c->resync[side] = true;
}

/* That side sends nothing more: an endless body ends here, the protocol is told once. */
static void conn_end_side(struct conn *c, enum side side)
{
    if (c->ended[side] || c->proto == NULL) {
        return;
    }
    c->ended[side] = c->eof[side] = true;
    if (c->body_left[side] != 0 && !c->opaque[side]) {
        c->body_left[side] = 0;
        if (c->proto->body != NULL) {
            c->proto->body(c, side, bytes_none(), true);
        }
    }
    if (c->proto->eof != NULL) {
        c->proto->eof(c, side);
    }
    for (struct txn *t = c->head; t != NULL; t = t->next) {
        txn_done(t, side);
    }
}

void conn_finish(struct conn *c)
{
    for (struct conn *k = c->child; k != NULL; k = k->sibling) {
        conn_finish(k);
    }
    conn_end_side(c, TO_SERVER);
    conn_end_side(c, TO_CLIENT);
    for (struct txn *t = c->head; t != NULL; t = t->next) {
        txn_finish(t);
    }
}

/* ------- recognition over a TCP flow ------- */

static void give_up(struct conn *c, struct flow *f)
{
    conn_take(c, PROTO_FAILED);
    conn_changed(c, TO_SERVER);
    conn_changed(c, TO_CLIENT);
    stream_app_off(f, TO_SERVER);
    stream_app_off(f, TO_CLIENT);
}

/* Nothing to recognise in this direction, nor anything to parse; the other one may still tell what it is. */
static void first_bytes_missing(struct conn *c, struct flow *f, enum side side)
{
    c->recognised_off[side] = c->opaque[side] = c->gap[side] = true;
    if (c->recognised_off[side_other(side)]) {
        driver_note(c, DRIVER_SKIPPED);
        give_up(c, f);
    }
}

/* The flow began with the server.  (A test's flow is in no table.) */
static void flow_turn(struct protos *p, struct flow *f)
{
    if (p->flows != NULL) {
        flow_swap(p->flows, f);
    }
}

/* Looks at the first bytes of a side while that side is not known.  False: nothing can be parsed yet. */
static bool recognise_side(struct conn *c, struct flow *f, enum side *side, struct bytes b, bool whole)
{
    enum side s = *side;

    if (c->id_side[s] != PROTO_NONE || c->recognised_off[s] || c->switching) { /* what follows a change is looked at when it settles */
        return c->proto != NULL;
    }
    struct recognised r = recognise(c->protos, f, c, s, b, whole);
    if (r.id == PROTO_FAILED && whole) { /* that no more comes is no failure */
        r = recognise(c->protos, f, c, s, b, false);
    }
    if (r.id == PROTO_NONE) {
        return c->proto != NULL;
    }
    if (r.id == PROTO_FAILED) {
        c->recognised_off[s] = true;
        if (c->proto != NULL) {
            conn_changed(c, s);
            driver_note(c, DRIVER_ONE_DIRECTION);
        } else if (c->recognised_off[side_other(s)]) {
            give_up(c, f);
        }
        return c->proto != NULL;
    }
    r.reversed &= stream_midstream(f); /* else the handshake told who began */
    if (r.reversed && c->proto == NULL && !c->started[side_other(s)]) {
        flow_turn(c->protos, f);
        *side = s = side_other(s);
        c->started[s] = true;
    }
    c->id_side[s] = (uint16_t)r.id;
    conn_changed(c, s);
    if (c->proto == NULL) {
        conn_take(c, r.id);
        if (!r.reversed && c->started[side_other(s)] && *c->protos->streams != NULL) {
            stream_app_again(*c->protos->streams, f, side_other(s)); /* what it sent before comes first */
        }
    } else if (c->id != r.id) {
        driver_note(c, DRIVER_MISMATCH);
    }
    return true;
}

/* After proto_switch: the new protocol's first bytes may be asked for. */
static bool switch_settle(struct conn *c, struct flow *f, enum side side, struct bytes b, bool whole)
{
    if (!c->switching) {
        return true;
    }
    struct recognised r = { PROTO_NONE, false };
    if (!c->recognised_off[side]) {
        r = recognise(c->protos, f, c, side, b, whole);
    }
    if (r.id == PROTO_NONE) {
        return false;
    }
    if (r.id == PROTO_FAILED && c->expected == PROTO_NONE && !c->recognised_off[side_other(side)]) { /* the other side may tell */
        c->recognised_off[side] = true;
        return false;
    }
    c->switching = false;
    if (r.id == PROTO_FAILED || (c->expected != PROTO_NONE && r.id != c->expected)) {
        const struct proto *want = proto_by_id(c->expected);
        bool tls = want != NULL && strcmp(want->name, "tls") == 0;
        driver_note(c, tls ? DRIVER_NO_TLS : DRIVER_UNEXPECTED);
    }
    if (r.id == PROTO_FAILED) {
        c->proto = NULL;
        give_up(c, f);
        return false;
    }
    c->id_side[side] = (uint16_t)r.id;
    conn_take(c, r.id);
    return true;
}

static size_t feed_known(struct conn *c, struct flow *f, enum side side, struct bytes b, bool eof)
{
    uint64_t offset = c->consumed[side];
    size_t done = 0;

    for (unsigned changes = 0; changes < 4; changes++) {
        struct bytes rest = bytes_from(b, done);
        if (c->switching && rest.n != 0 && !switch_settle(c, f, side, rest, eof)) {
            return c->id == PROTO_FAILED ? b.n : done;
        }
        const struct proto *before = c->proto;
        if (before == NULL) {
            return b.n;
        }
        c->consumed[side] = offset + done;
        done += conn_feed(c, side, rest, eof);
        if (c->proto == before && !c->switching) {
            break;
        }
    }
    return done;
}

size_t proto_stream_data(void *ctx, struct flow *f, enum side side, const struct stream_part *part)
{
    struct protos *p = ctx;
    struct bytes avail = part->avail;
    uint64_t offset = part->offset, gap = part->gap;
    unsigned flags = part->flags;
    bool eof = (flags & (STREAM_EOF | STREAM_DEPTH)) != 0;
    struct conn *c = f->app;

    if (c == NULL) {
        if (avail.n == 0 && (flags & STREAM_GAP) == 0) {
            return 0;
        }
        c = f->app = conn_make(p, f, false);
        if (c == NULL) {
            stream_app_off(f, side);
            return avail.n;
        }
    }
    if (c->id == PROTO_FAILED || (c->opaque[side] && !c->switching)) {
        if ((flags & STREAM_EOF) != 0 && c->proto != NULL) {
            conn_end_side(c, side);
        }
        return avail.n;
    }
    if ((flags & STREAM_GAP) != 0) {
        if (c->proto == NULL && !c->started[side]) {
            first_bytes_missing(c, f, side);
            return avail.n;
        }
        conn_gap(c, side, gap);
        if (avail.n == 0 && (flags & STREAM_EOF) == 0) {
            return 0;
        }
    }
    c->started[side] |= avail.n != 0;
    c->fed[side] |= offset + avail.n >= c->wanted[side];
    c->consumed[side] = offset;
    size_t done = 0;
    if (avail.n != 0) {
        enum side at = side;
        if (!recognise_side(c, f, &at, avail, eof)) {
            return c->id == PROTO_FAILED ? avail.n : 0;
        }
        side = at;
        done = feed_known(c, f, side, avail, eof);
    }
    if (c->proto != NULL && (flags & (STREAM_EOF | STREAM_DEPTH)) != 0) {
        conn_end_side(c, side);
    }
    for (struct txn *t = (flags & STREAM_ONE_SIDED) != 0 ? txn_first_open(c) : NULL; t != NULL; t = t->next) {
        txn_done(t, side_other(side)); /* it will not come */
    }
    c->consumed[side] = offset + done;
    if (c->opaque[side] && !c->switching && !c->encrypted) {
        stream_app_off(f, side);
    }
    return done;
}

enum { DATAGRAM_TRIES = 4 }; /* as many as two bits of rest.c tell */

/* Looks at a datagram of a side that is not known yet.  A flow fails with its first side, until the other one is known.  While nothing
 * is known one bad datagram is not the last word: of a few more it may still be what its ports are for. */
static void recognise_datagram(struct conn *c, struct flow *f, enum side *side, struct bytes payload)
{
    enum side s = *side;
    struct recognised r = recognise(c->protos, f, c, s, payload, true);
    bool failed = r.id == PROTO_FAILED || r.id == PROTO_NONE;

    if (failed || (c->recognised_off[s] && !recognised_at_home(c->protos, f, r.id))) {
        c->recognised_off[s] = true;
        c->looked[s]++;
        if (c->id == PROTO_NONE) {
            conn_take(c, PROTO_FAILED);
        }
        return;
    }
    if (r.reversed && c->proto == NULL && !c->recognised_off[side_other(s)]) {
        flow_turn(c->protos, f);
        *side = s = side_other(s);
    }
    c->id_side[s] = (uint16_t)r.id;
    if (c->recognised_off[s]) {
        c->recognised_off[s] = false;
        conn_changed(c, TO_SERVER);
        conn_changed(c, TO_CLIENT);
    }
    if (c->proto == NULL) {
        c->protos->each[0][PROTOS_FLOW_UDP] -= c->id == PROTO_FAILED;
        conn_take(c, r.id);
    }
}

void proto_datagram(struct protos *p, struct flow *f, enum side *side, struct bytes payload)
{
    struct conn *c = f->app;

    if (payload.n == 0) {
        return;
    }
    if (c == NULL) {
        c = f->app = conn_new(p, f);
        if (c == NULL) {
            return;
        }
    }
    c->fed[*side] = true;
    bool again = c->proto == NULL && c->id == PROTO_FAILED && c->recognised_off[*side] && c->looked[*side] < DATAGRAM_TRIES;
    if (again) {
        recognise_datagram(c, f, side, payload);
    } else if (c->id_side[*side] == PROTO_NONE && !c->recognised_off[*side]) {
        conn_changed(c, TO_SERVER);
        conn_changed(c, TO_CLIENT);
        recognise_datagram(c, f, side, payload);
    }
    if (c->proto == NULL) {
        return;
    }
    c->body_left[*side] = 0; /* nothing runs on from one datagram to the next */
    c->resync[*side] = false;
    (void)conn_feed(c, *side, payload, false);
    c->given[*side] = 0;
}

void proto_finish(struct protos *p, struct flow *f)
{
    (void)p;
    if (f->app != NULL) {
        conn_finish(f->app);
    }
}

void proto_ahead(const struct flow *f)
{
    const struct conn *c = f->app;

    if (c != NULL) {
        __builtin_prefetch(c->state, 1);
        __builtin_prefetch((const char *)c->state + 64, 1);
    }
    if (c != NULL && c->tail != NULL) {
        for (unsigned i = 0; i < 4; i++) {
            __builtin_prefetch((const char *)c->tail + 64 * i, 1);
        }
    }
}

void proto_end(struct protos *p, struct flow *f)
{
    proto_rest(p, f);
    if (f->app != NULL) {
        conn_drop(f->app);
        f->app = NULL;
    }
}

const char *conn_name(const struct flow *f) { return f->app != NULL ? proto_name(f->app->id) : NULL; }
