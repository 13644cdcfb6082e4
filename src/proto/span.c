/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * span - named stretches of a direction's bytes: kept until detection and records have passed them.
 *
 * A conn holds at most CONN_SPANS_MAX a direction, in memory of its arena that is used again.
 */
#include "proto/protos.h"

#include <stdio.h>

static void span_drop(struct conn *c, enum side side, struct span **at)
{
    struct span *s = *at;

    *at = s->next;
    s->next = c->spans->free;
    c->spans->free = s;
    c->spans->n[side]--;
}

static struct span *span_take(struct conn *c, enum side side)
{
    if (c->spans == NULL && (c->spans = arena_zero(&c->arena, sizeof *c->spans)) == NULL) {
        c->protos->counter[PROTO_SPANS_LOST]++;
        return NULL;
    }
    if (c->spans->n[side] >= CONN_SPANS_MAX) {
        c->protos->counter[PROTO_SPANS_LOST]++;
        span_drop(c, side, &c->spans->first[side]);
    }
    struct span *s = c->spans->free;
    if (s != NULL) {
        c->spans->free = s->next;
        return s;
    }
    s = arena_take(&c->arena, sizeof *s);
    c->protos->counter[PROTO_SPANS_LOST] += s == NULL;
    return s;
}

void conn_span(struct conn *c, enum side side, unsigned kind, uint64_t at, uint64_t n, const struct txn *t)
{
    if (!c->protos->settings->spans) {
        return;
    }
    struct span *s = span_take(c, side);
    if (s == NULL) {
        return;
    }
    struct span **end = &c->spans->first[side];
    *s = (struct span){ .offset = c->given[side] + at, .n = n, .txn = t != NULL ? t->id : UINT64_MAX, .kind = (uint8_t)kind, .side = (uint8_t)side,
                        .name = kind == SPAN_STREAM ? "stream" : c->proto->spans[kind], .id = ++c->spans->next[side], .proto = c->id };
    while (*end != NULL) {
        end = &(*end)->next;
    }
    *end = s;
    c->spans->n[side]++;
}

void conn_span_end(struct conn *c, enum side side, unsigned kind, uint64_t at)
{
    struct span *open = NULL;
    uint64_t end = c->given[side] + at;

    for (struct span *s = conn_spans_first(c, side); s != NULL; s = s->next) {
        if (s->kind == kind && s->n == SPAN_OPEN) {
            open = s;
        }
    }
    if (open != NULL && end >= open->offset) {
        open->n = end - open->offset;
    }
}

void conn_span_stream(struct conn *c, enum side side)
{
    if (!c->protos->settings->spans || c->switching || c->datagram || c->proto->spans == NULL || (c->spans != NULL && c->spans->stream[side])) {
        return;
    }
    for (struct span *s = conn_spans_first(c, side); s != NULL; s = s->next) {
        if (s->n == SPAN_OPEN && c->given[side] >= s->offset) {
            s->n = c->given[side] - s->offset;
        }
    }
    conn_span(c, side, SPAN_STREAM, 0, SPAN_OPEN, NULL);
    if (c->spans != NULL) {
        c->spans->stream[side] = true;
    }
}

void conn_spans_switch(struct conn *c)
{
    if (c->spans != NULL) {
        c->spans->stream[0] = c->spans->stream[1] = false;
    }
}

void conn_spans_become(struct conn *c, unsigned id)
{
    for (unsigned side = 0; side < 2; side++) {
        for (struct span *s = conn_spans_first(c, side); s != NULL; s = s->next) {
            s->proto = (uint16_t)id;
        }
    }
}

struct bytes proto_span_bytes(const struct conn *c, const struct span *s, struct bytes payload, uint64_t from, size_t max, uint64_t *have)
{
    uint64_t end = c->datagram ? payload.n : stream_app_mark(c->flow, (enum side)s->side);

    *have = end <= s->offset ? 0 : end - s->offset < s->n ? end - s->offset : s->n;
    if (from >= *have) {
        return bytes_none();
    }
    size_t n = *have - from < max ? (size_t)(*have - from) : max;
    return c->datagram ? bytes_head(bytes_from(payload, (size_t)(s->offset + from)), n) : stream_at(c->flow, (enum side)s->side, s->offset + from, n);
}

/* The first n bytes of a stream's span, as far as they are stored, with their holes named. */
static struct bytes span_shown(const struct conn *c, const struct span *s, uint64_t n, size_t max, struct arena *a)
{
    uint64_t at = s->offset, end = at + n, start = 0;
    struct arena_text out;

    arena_text_init(&out, a, max);
    while (at < end && arena_text_bytes(&out).n < max) {
        struct bytes run = bytes_none();
        if (!stream_stored(c->flow, (enum side)s->side, at, &start, &run)) {
            break; /* nothing behind: it has not come yet */
        }
        if (start > at) {
            char hole[48];
            uint64_t missing = (start < end ? start : end) - at;
            int k = snprintf(hole, sizeof hole, "[%llu bytes missing]", (unsigned long long)missing);
            arena_text_add(&out, bytes_of(hole, (size_t)k));
            at += missing;
            continue;
        }
        run = bytes_from(run, (size_t)(at - start));
        run = bytes_head(run, end - at < run.n ? (size_t)(end - at) : run.n);
        arena_text_add(&out, run);
        at += run.n;
    }
    return arena_text_bytes(&out);
}

void proto_span_log(const struct conn *c, const struct span *s, struct bytes payload, size_t payload_max, struct json *j)
{
    char printable[4095];
    uint64_t have;
    struct arena a;
    struct bytes b = proto_span_bytes(c, s, payload, 0, payload_max, &have);

    arena_init(&a, c->protos->pages, 4 * payload_max + (64 << 10));
    uint64_t all = s->n != SPAN_OPEN ? s->n : have;
    if (!c->datagram && b.n < all && b.n < payload_max) {
        b = span_shown(c, s, all, payload_max, &a);
    }
    json_string(j, "type", s->name);
    json_u64(j, "id", s->id);
    json_string(j, "direction", s->side == TO_SERVER ? "toserver" : "toclient");
    if (!c->datagram) {
        json_u64(j, "stream_offset", s->offset);
    }
    if (s->n != SPAN_OPEN) {
        json_u64(j, "length", s->n);
        json_bool(j, "complete", have == s->n);
    } else {
        json_bool(j, "complete", false);
    }
    if (s->txn != UINT64_MAX) {
        json_u64(j, "tx_id", s->txn + (c->proto != NULL && c->proto->span_txn_from_one && j->strict));
    }
    json_base64(j, "payload", b);
    b = bytes_head(b, sizeof printable);
    for (size_t i = 0; i < b.n; i++) {
        uint8_t ch = b.p[i];
        printable[i] = (char)((ch >= 0x20 && ch < 0x7f) || ch == '\n' || ch == '\r' ? ch : '.');
    }
    json_bytes(j, "payload_printable", bytes_of(printable, b.n));
    arena_fini(&a);
}

bool proto_span_waits(const struct conn *c, const struct span *s)
{
    return !s->pdu_seen && c->proto->pdu_span != NULL && strcmp(s->name, c->proto->pdu_span) == 0;
}

void proto_spans_release(struct conn *c, enum side side, bool logs, bool pdus)
{
    if (c->spans == NULL) {
        return;
    }
    for (struct span **at = &c->spans->first[side]; *at != NULL;) {
        if ((*at)->done && ((*at)->logged || !logs) && !(pdus && proto_span_waits(c, *at))) {
            span_drop(c, side, at);
        } else {
            at = &(*at)->next;
        }
    }
}
