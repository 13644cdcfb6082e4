/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * record - transactions, files and notes of the application layer as EVE records.
 */
#include "proto/protos.h"

#include <stdio.h>
#include <string.h>

static const char *object_name(const struct proto *row) { return row->log_name != NULL ? row->log_name : row->name; }
static const char *event_name(const struct txn *t) { return t->proto->log_event != NULL ? t->proto->log_event(t) : object_name(t->proto); }

/* In records that are not its own (those somebody asked for) its object may be one that Suricata's schema does not know. */
static bool object_allowed(const struct txn *t, const struct json *j) { return json_own(j) || !(t->proto->by_name || t->proto->own_object); }

/* The members that field rows name. */
static void log_rows(const struct txn *t, struct json *j)
{
    for (unsigned i = 0; i < t->proto->field_n; i++) {
        const struct field *f = &t->proto->fields[i];
        enum side side = (f->sides & SIDE_SERVER_BIT) != 0 ? TO_SERVER : TO_CLIENT;
        struct bytes b;
        uint64_t v;
        if (f->log == NULL || (f->flags & FIELD_SHOWN) != 0 || ((f->flags & FIELD_OWN) != 0 && !json_own(j))) {
            continue;
        }
        if (f->type == FIELD_BYTES && f->bytes(t, side, 0, &b) && (b.n != 0 || (f->flags & FIELD_LOG_ALWAYS) != 0)) {
            json_bytes(j, f->log, b);
        } else if (f->type == FIELD_NUMBER && f->number(t, side, 0, &v)) {
            json_u64(j, f->log, v);
        } else if (f->type == FIELD_FLAG && f->number(t, side, 0, &v)) {
            json_bool(j, f->log, v != 0);
        } else if (f->type == FIELD_LIST && f->bytes(t, side, 0, &b)) {
            json_array(j, f->log);
            for (unsigned k = 0; f->bytes(t, side, k, &b); k++) {
                json_bytes(j, NULL, b);
            }
            json_end_array(j);
        }
    }
}

/* Bodies, as alerts may show them. */
static void log_bodies(const struct txn *t, const struct eve_settings *eve, struct json *j)
{
    char key[64];

    for (unsigned i = 0; i < t->proto->field_n; i++) {
        const struct field *f = &t->proto->fields[i];
        enum side side = (f->sides & SIDE_SERVER_BIT) != 0 ? TO_SERVER : TO_CLIENT;
        const struct body *b = f->type == FIELD_BODY && f->log != NULL ? f->body(t, side) : NULL;
        if (b == NULL || b->n == 0) {
            continue;
        }
        if (eve->alert.http_body) {
            json_base64(j, f->log, bytes_of(b->p, b->n));
        }
        if (eve->alert.http_body_printable) {
            snprintf(key, sizeof key, "%s_printable", f->log);
            json_printable(j, key, bytes_of(b->p, b->n));
        }
    }
}

/* Payloads, likewise. */
static void log_payloads(const struct txn *t, const struct eve_settings *eve, struct json *j)
{
    char key[64];
    struct bytes b;

    for (unsigned i = 0; i < t->proto->field_n; i++) {
        const struct field *f = &t->proto->fields[i];
        enum side side = (f->sides & SIDE_SERVER_BIT) != 0 ? TO_SERVER : TO_CLIENT;
        if ((f->flags & FIELD_SHOWN) == 0 || !f->bytes(t, side, 0, &b)) {
            continue;
        }
        if (eve->alert.websocket_payload_printable) {
            snprintf(key, sizeof key, "%s_printable", f->log);
            json_bytes(j, key, b);
        }
        if (eve->alert.websocket_payload) {
            snprintf(key, sizeof key, "%s_base64", f->log);
            json_base64(j, key, b);
        }
    }
}

/* The transaction's object, and what stands beside it, with the options that `eve` has for the protocol. */
static void log_object(const struct txn *t, const struct eve_settings *eve, bool alert, struct json *j)
{
    struct protos *p = t->conn->protos;

    p->rendering = eve;
    json_object(j, object_name(t->proto));
    log_rows(t, j);
    if (t->proto->log != NULL) {
        t->proto->log(t, j);
    }
    if (alert && (eve->alert.http_body || eve->alert.http_body_printable)) {
        log_bodies(t, eve, j);
    }
    if (alert && (eve->alert.websocket_payload || eve->alert.websocket_payload_printable)) {
        log_payloads(t, eve, j);
    }
    json_end_object(j);
    if (t->proto->log_beside != NULL) {
        t->proto->log_beside(t, j);
    }
    p->rendering = NULL;
}

bool proto_log_object(struct protos *p, const struct txn *t, const struct eve_settings *eve, struct json *j)
{
    (void)p;
    if (t->proto->log_not || !object_allowed(t, j) || (t->proto->log == NULL && t->proto->field_n == 0)) {
        return false;
    }
    log_object(t, eve, true, j);
    return true;
}

/* ---- a proxy's client ---- */

/* The first address of the list (a forward proxy's client) or the last (a reverse one's), a port behind it left out. */
static bool proxied_address(struct bytes v, bool forward, struct addr *out, enum family *family)
{
    struct rd r = rd_of(v);
    struct bytes one = bytes_none();
    bool more = true;

    while (more && (one.n == 0 || !forward)) {
        one = bytes_trim(rd_until(&r, ',', &more), " \t");
    }
    size_t colon = bytes_find_byte(one, ':');
    if (one.n != 0 && one.p[0] == '[') { /* [2001:db8::1]:80 */
        one = bytes_from(one, 1);
        one = bytes_head(one, bytes_find_byte(one, ']'));
    } else if (colon != SIZE_MAX && bytes_find_byte(bytes_from(one, colon + 1), ':') == SIZE_MAX) { /* 192.0.2.1:80 */
        one = bytes_head(one, colon);
    }
    return addr_text_read(one, out, family);
}

bool proto_proxied(const struct flow *f, const struct txn *t, const struct eve_xff *x, struct addr *out, enum family *family)
{
    struct bytes v;

    if (!x->on) {
        return false;
    }
    if (t != NULL) {
        return t->proto->header != NULL && t->proto->header(t, TO_SERVER, bytes_str(x->header), &v) && proxied_address(v, x->forward, out, family);
    }
    for (t = f != NULL && f->app != NULL ? f->app->head : NULL; t != NULL; t = t->next) {
        if (proto_proxied(f, t, x, out, family)) {
            return true;
        }
    }
    return false;
}

static const char *const file_states[] = { "UNKNOWN", "CLOSED", "TRUNCATED", "ERROR" };

void file_log_members(struct file *f, struct json *j)
{
    file_settle(f);
    if (f->name.n != 0) {
        json_bytes(j, "filename", f->name);
    }
    if (f->sid_n != 0) {
        json_array(j, "sid");
        for (uint32_t i = 0; i < f->sid_n; i++) {
            json_u64(j, NULL, f->sid[i]);
        }
        json_end_array(j);
    }
    if (f->magic.n != 0) {
        json_bytes(j, "magic", f->magic);
    }
    json_bool(j, "gaps", f->gaps);
    json_string(j, "state", file_states[f->state]);
    if (f->has_md5) {
        json_hex(j, "md5", bytes_of(f->md5, sizeof f->md5), 0);
    }
    if (f->has_sha1) {
        json_hex(j, "sha1", bytes_of(f->sha1, sizeof f->sha1), 0);
    }
    if (f->has_sha256) {
        json_hex(j, "sha256", bytes_of(f->sha256, sizeof f->sha256), 0);
    }
    json_bool(j, "stored", f->stored);
    if (f->stored) {
        json_u64(j, "file_id", f->store_id);
    } else if (f->fate == FILE_TO_STORE) {
        json_bool(j, "storing", true);
    }
    if (f->has_range) {
        json_u64(j, "start", f->start);
        json_u64(j, "end", f->end);
    }
    json_u64(j, "size", f->size);
    json_u64(j, "tx_id", f->tx_id);
}

/* The head of a record about what went in one direction. */
static struct event_head side_head(const struct event_head *h, enum side side)
{
    struct event_head out = *h;

    if (side == TO_CLIENT) {
        out.src = h->dst;
        out.dst = h->src;
        out.sport = h->dport;
        out.dport = h->sport;
        out.src_mac = h->dst_mac;
        out.dst_mac = h->src_mac;
    }
    return out;
}

/* Beside the file's object, whose members are Suricata's. */
static void type_log(const struct file *f, struct json *j)
{
    const struct file_type *type = file_type_of(f);

    if (type != NULL) {
        json_object(j, "file_type");
        json_string(j, "name", type->name);
        json_string(j, "group", type->group);
        json_string(j, "mime", type->mime);
        json_end_object(j);
    }
}

static void file_record(struct txn *t, struct file *f, struct event_out *out, const struct event_head *head)
{
    const struct eve_xff *x = &out->eve->xff;
    struct event_head h = side_head(head, f->side);
    struct addr client;
    enum family family;
    bool proxied = proto_proxied(t->conn->flow, t, x, &client, &family);
    char text[ADDR_TEXT_MAX];

    if (proxied && x->overwrite && family == h.family) {
        *(f->side == TO_SERVER ? &h.src : &h.dst) = client;
    }
    struct json *j = eve_begin(out, &h, "fileinfo");
    if (!t->proto->log_not && object_allowed(t, j)) {
        log_object(t, out->eve, false, j);
    }
    json_string(j, "app_proto", conn_name(t->conn->flow));
    json_object(j, "fileinfo");
    file_log_members(f, j);
    json_end_object(j);
    if (t->conn->protos->settings->file_types) {
        type_log(f, j);
    }
    if (proxied && !x->overwrite) {
        addr_text(&client, family, text);
        json_string(j, "xff", text);
    }
}

/* The record of one file, to the logs and, when that is wanted, beside the stored file. */
static void log_file(struct txn *t, struct file *f, const struct proto_log_ctx *ctx)
{
    static const struct eve_settings plain = { 0 };
    struct protos *p = t->conn->protos;
    struct bytes line = bytes_none();

    EVE_EACH(ctx->out, EVENT_FILE, 0) {
        file_record(t, f, ctx->out, ctx->head(ctx->of));
        eve_end(ctx->out, EVENT_FILE);
    }
    if (p->store == NULL) {
        return;
    }
    if (f->stored && p->settings->store.fileinfo) {
        ctx->out->eve = &plain;
        file_record(t, f, ctx->out, ctx->head(ctx->of));
        line = eve_finish(ctx->out);
        ctx->out->eve = NULL;
    }
    store_done(p->store, f, ctx->head(ctx->of)->ts, line);
}

static void log_files(struct txn *t, const struct proto_log_ctx *ctx, bool all)
{
    struct file_store *store = t->conn->protos->store;

    for (struct file *f = t->files; f != NULL; f = f->next) {
        bool passed = txn_file_passed(t, f, all || !ctx->inspects);
        bool due = f->state == FILE_OPEN ? all : passed || f->fate != FILE_MAY_BE_STORED; /* rules may still ask to store it */
        if (f->logged || !due) {
            continue;
        }
        if (store != NULL && !passed && f->state != FILE_OPEN) {
            store_end(store, f);
        }
        f->logged = true;
        log_file(t, f, ctx);
    }
}

struct anomaly {
    const char *app_proto, *event, *layer;
    const struct txn *txn; /* NULL: of no transaction */
};

static void log_anomaly(const struct proto_log_ctx *ctx, const struct event_head *h, const struct anomaly *a)
{
    EVE_EACH(ctx->out, EVENT_ANOMALY, 0) {
        if (!ctx->out->eve->anomaly.applayer) {
            continue;
        }
        struct json *j = eve_begin(ctx->out, h, "anomaly");
        if (a->txn != NULL) {
            json_u64(j, "tx_id", a->txn->id);
        }
        json_object(j, "anomaly");
        json_string(j, "app_proto", a->app_proto);
        json_string(j, "type", "applayer");
        json_string(j, "event", a->event);
        json_string(j, "layer", a->layer);
        json_end_object(j);
        eve_end(ctx->out, EVENT_ANOMALY);
    }
}

/* Notes, as records of the packet at work. */
/* The conversation itself has a note that nobody was told of. */
static bool conn_notes_due(const struct conn *c)
{
    const struct conn_notes *k = c->notes;

    return k != NULL && (k->driver_logged < k->driver_n || (c->proto != NULL && k->logged < k->n));
}

static bool notes_due(const struct conn *c, enum side side, bool all)
{
    for (const struct txn *t = txn_first_due(c, side, all); t != NULL; t = txn_next_due(t, side, all)) {
        if (t->note_logged < t->note_n) {
            return true;
        }
    }
    return conn_notes_due(c);
}

static void log_notes(struct conn *c, const struct proto_log_ctx *ctx, enum side turn)
{
    const struct event_head h = side_head(ctx->head(ctx->of), turn);
    const char *name = c->id == PROTO_NONE || c->id == PROTO_FAILED ? "unknown" : proto_name(c->id);

    struct conn_notes *k = c->notes;
    for (; k != NULL && k->driver_logged < k->driver_n; k->driver_logged++) {
        struct anomaly a = { name, driver_notes[k->driver[k->driver_logged]].name, "proto_detect", NULL };
        log_anomaly(ctx, &h, &a);
    }
    for (; k != NULL && c->proto != NULL && k->logged < k->n; k->logged++) {
        struct anomaly a = { name, c->proto->notes[k->note[k->logged]].name, "proto_parser", NULL };
        log_anomaly(ctx, &h, &a);
    }
    for (struct txn *t = txn_first_due(c, turn, ctx->all); t != NULL; t = txn_next_due(t, turn, ctx->all)) {
        for (; t->note_logged < t->note_n; t->note_logged++) {
            struct anomaly a = { t->proto->name, t->proto->notes[t->note[t->note_logged]].name, "proto_parser", t };
            log_anomaly(ctx, &h, &a);
        }
    }
}

/* What rules asked to keep of the transaction, as soon as it is there: an event a side, once. */
static void log_kept(struct txn *t, const struct proto_log_ctx *ctx, enum side side)
{
    struct text *out = &ctx->out->line;
    char when[CLOCK_TEXT_MAX], src[ADDR_TEXT_MAX], dst[ADDR_TEXT_MAX], room[12];
    const uint8_t want = (uint8_t)(1u << side), given = (uint8_t)(want << 2);
    size_t about = 0;

    if ((t->keep & (want | given)) != want) {
        return;
    }
    const struct event_head h = side_head(ctx->head(ctx->of), side);
    text_clear(out);
    clock_fast(&ctx->out->zone, h.ts, when);
    addr_text(&h.src, h.family, src);
    addr_text(&h.dst, h.family, dst);
    text_printf(out, "TIME:              %s\n", when);
    if (h.number != 0) {
        text_printf(out, "PCAP PKT NUM:      %llu\n", (unsigned long long)h.number);
    }
    text_printf(out, "SRC IP:            %s\nDST IP:            %s\nPROTO:             %s\n", src, dst, event_proto_name(h.proto, room));
    text_printf(out, "SRC PORT:          %u\nDST PORT:          %u\n", h.sport, h.dport);
    if (t->proto->keep(t, side, out, &about) && !out->cut) {
        struct cert_event head = { .ts = h.ts, .about_n = (uint32_t)about, .client = side == TO_SERVER };
        t->keep |= given;
        event_put_headed(ctx->out, EVENT_CERT, bytes_of(&head, sizeof head), text_bytes(out));
    }
}

/* Have both sides come far enough for the record? */
static bool log_due(const struct txn *t, bool all)
{
    const struct proto *row = t->proto;

    if (all) {
        return true;
    }
    for (unsigned s = 0; s < 2; s++) {
        if (row->log_stage[s] != 0 ? t->progress[s] < row->log_stage[s] : !t->complete[s]) {
            return false;
        }
    }
    return row->log_ready == NULL || row->log_ready(t);
}

/* Record i of a transaction that has several. */
static void log_part(struct txn *t, struct event_out *out, const struct event_head *h, unsigned i)
{
    struct json *j = eve_begin(out, h, object_name(t->proto));

    json_object(j, object_name(t->proto));
    log_rows(t, j);
    t->proto->log_part(t, i, j);
    json_end_object(j);
    eve_end(out, EVENT_TXN);
}

/* The records of t for one set of options. */
static void log_records(struct txn *t, const struct proto_log_ctx *ctx, enum side turn)
{
    struct protos *p = t->conn->protos;
    const struct proto *row = t->proto;

    p->rendering = ctx->out->eve;
    bool wanted = row->log_wanted == NULL || row->log_wanted(t);
    struct event_head h = side_head(ctx->head(ctx->of), row->log_side != NULL ? row->log_side(t, turn) : TO_SERVER);
    const unsigned parts = !wanted || row->log_part == NULL ? 0 : row->log_parts == NULL ? 1 : row->log_parts(t);
    for (unsigned i = 0; i < parts; i++) {
        log_part(t, ctx->out, &h, i);
    }
    p->rendering = NULL;
    if (wanted && row->log_part == NULL) {
        struct json *j = eve_begin(ctx->out, &h, event_name(t));
        json_u64(j, "tx_id", t->id);
        log_object(t, ctx->out->eve, false, j);
        eve_end(ctx->out, EVENT_TXN);
    }
}

static void log_txn(struct txn *t, const struct proto_log_ctx *ctx, enum side turn)
{
    unsigned id = txn_proto(t);

    if (t->proto->log_not || t->proto->log_alerts_only) {
        return;
    }
    EVE_EACH(ctx->out, EVENT_TXN, id) {
        log_records(t, ctx, turn);
    }
}

void proto_log(struct flow *f, enum side side, const struct proto_log_ctx *ctx)
{
    const bool anomalies = eve_wants(ctx->out, EVENT_ANOMALY, 0);

    for (struct conn *c = f->app; c != NULL; c = conn_next(f, c)) {
        if (anomalies && notes_due(c, side, ctx->all)) {
            log_notes(c, ctx, side);
        }
        for (struct txn *t = txn_first_due(c, side, ctx->all); t != NULL; t = txn_next_due(t, side, ctx->all)) {
            log_files(t, ctx, ctx->end);
            if (t->keep != 0 && t->proto->keep != NULL && ctx->out->settings->certs_on) {
                log_kept(t, ctx, TO_SERVER);
                log_kept(t, ctx, TO_CLIENT);
            }
            if (!t->logged && log_due(t, ctx->end)) {
                t->logged = true;
                if (!f->app->log_off) {
                    log_txn(t, ctx, side);
                }
            }
        }
    }
}

bool proto_quiet(const struct flow *f)
{
    for (const struct conn *c = f->app; c != NULL; c = conn_next(f, c)) {
        if (c->head != NULL || conn_notes_due(c)) {
            return false;
        }
    }
    return true;
}

bool proto_pending(const struct flow *f, enum side side)
{
    for (const struct conn *c = f->app; c != NULL; c = conn_next(f, c)) {
        for (const struct txn *t = c->head; t != NULL; t = t->next) {
            if (!t->logged || !(t->gone[side] || t->skip_inspect[side])) {
                return true;
            }
        }
    }
    return false;
}

/* Something came that rules of that side have not seen, or its record waits for what no change of it tells. */
static bool still_due(const struct txn *t, enum side side, bool passed)
{
    bool asks = t->updated[side] || t->beyond[side] || t->complete[side] || t->progress[side] >= proto_complete(t->proto, side);

    return (!passed && !t->skip_inspect[side] && !t->gone[side] && asks) || (!t->logged && t->proto->log_ready != NULL);
}

void proto_release(struct flow *f, enum side side, const struct proto_release *by, bool all)
{
    for (struct conn *c = f->app; c != NULL; c = conn_next(f, c)) {
        for (struct txn *t = txn_first_due(c, side, all), *next; t != NULL; t = next) {
            bool passed = by->passed(by->ctx, t);
            next = txn_next_due(t, side, all);
            if (t->logged && t->complete[0] && t->complete[1] && passed) {
                txn_free(t);
                continue;
            }
            if (all && still_due(t, side_other(side), passed)) { /* rules look at the flow again */
                txn_due(t);
            }
            if (!still_due(t, side, passed)) {
                txn_due_not(t, side);
            }
        }
    }
}
