/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * span - named stretches of a direction's bytes: kept until detection and records have passed them.
 *
 * A conn holds at most CONN_SPANS_MAX a direction, in memory of its arena that is used again.
 */
#include "proto/protos.h"

static void span_drop(struct conn *c, enum side side, struct span **at)
{
    struct span *s = *at;

    *at = s->next;
    s->next = c->span_free;
    c->span_free = s;
    c->span_n[side]--;
}

static struct span *span_take(struct conn *c, enum side side)
{
    if (c->span_n[side] >= CONN_SPANS_MAX) {
        c->protos->counter[PROTO_SPANS_LOST]++;
        span_drop(c, side, &c->span[side]);
    }
    struct span *s = c->span_free;
    if (s != NULL) {
        c->span_free = s->next;
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
    struct span *s = span_take(c, side), **end = &c->span[side];
    if (s == NULL) {
        return;
    }
    *s = (struct span){ .offset = c->given[side] + at, .n = n, .txn = t != NULL ? t->id : UINT64_MAX, .kind = (uint8_t)kind };
    while (*end != NULL) {
        end = &(*end)->next;
    }
    *end = s;
    c->span_n[side]++;
}

void conn_span_end(struct conn *c, enum side side, unsigned kind, uint64_t at)
{
    struct span *open = NULL;
    uint64_t end = c->given[side] + at;

    for (struct span *s = c->span[side]; s != NULL; s = s->next) {
        if (s->kind == kind && s->n == SPAN_OPEN) {
            open = s;
        }
    }
    if (open != NULL && end >= open->offset) {
        open->n = end - open->offset;
    }
}

void proto_spans_release(struct conn *c, enum side side, bool logs)
{
    for (struct span **at = &c->span[side]; *at != NULL;) {
        if ((*at)->done && ((*at)->logged || !logs)) {
            span_drop(c, side, at);
        } else {
            at = &(*at)->next;
        }
    }
}
