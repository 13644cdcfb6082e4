/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "flow/rewrite.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "packet/decode.h"

enum { TCP_SUM_AT = 16, UDP_SUM_AT = 6, TCP_FLAGS_AT = 13, TCP_URGENT_AT = 18, TCP_URG = 32 };

struct copy {
    struct copy *next;
    size_t got;
    uint8_t bytes[];
};

struct rewrites {
    struct pages *pages;
    struct copy *copies; /* newest first */
};

struct rewrites *rewrites_new(size_t cap)
{
    struct rewrites *w = calloc(1, sizeof(*w));

    if (w && !(w->pages = pages_new(cap))) {
        free(w);
        w = NULL;
    }
    return w;
}

void rewrites_done(struct rewrites *w)
{
    while (w->copies) {
        struct copy *c = w->copies;
        w->copies = c->next;
        pages_give(w->pages, c, c->got);
    }
}

void rewrites_free(struct rewrites *w)
{
    if (w) {
        rewrites_done(w);
        pages_free(w->pages);
        free(w);
    }
}

static bool holds(struct bytes whole, struct bytes part)
{
    return part.p >= whole.p && part.p + part.n <= whole.p + whole.n;
}

static void move(struct bytes *b, struct bytes from, uint8_t *to)
{
    if (b->p && holds(from, *b)) {
        b->p = to + (b->p - from.p);
    }
}

static void move_view(struct view *v, struct bytes from, uint8_t *to)
{
    struct bytes *const all[] = { &v->bytes, &v->ip, &v->ip_header, &v->l4, &v->l4_header, &v->payload, &v->ether };

    for (size_t i = 0; i < ROWS(all); i++) {
        move(all[i], from, to);
    }
    if (view_has(v, LAYER_TCP)) {
        move(&v->tcp.sack, from, to);
    }
}

/* The copy that v stands in, made if there is none yet. */
static uint8_t *copy_of(struct rewrites *w, struct view *v)
{
    struct view *root = v;
    size_t got;

    while (root->outer && holds(root->outer->bytes, root->payload)) {
        root = root->outer;
    }
    struct bytes from = root->bytes;
    bug_if(!holds(from, v->l4));
    for (struct copy *c = w->copies; c; c = c->next) {
        if (c->bytes == from.p) {
            return c->bytes;
        }
    }
    struct copy *c = pages_take(w->pages, sizeof(*c) + from.n, &got);
    if (!c) {
        return NULL;
    }
    c->got = got;
    c->next = w->copies;
    w->copies = c;
    memcpy(c->bytes, from.p, from.n);
    for (struct view *x = v; x; x = x->next) { /* those before v have had their turn */
        move_view(x, from, c->bytes);
    }
    if (root == v->packet->outermost) {
        v->packet->frame.p = c->bytes;
        v->packet->rewritten = true;
    }
    return c->bytes;
}

/* RFC 9293 3.1, RFC 768: of this packet and of the UDP packets that carry it. */
static void sums_mend(uint8_t *copy, const struct view *inner)
{
    for (const struct view *v = inner; v && v->l4.p && !v->packet->partial; v = v->outer) { /* its length and ends stay as they are */
        bool tcp = view_has(v, LAYER_TCP), udp = view_has(v, LAYER_UDP);
        struct bytes sum = bytes_head(bytes_from(v->l4, tcp ? TCP_SUM_AT : UDP_SUM_AT), 2);
        if (v->flags & VIEW_FRAGMENT || sum.n < 2 || !(tcp || (udp && (sum.p[0] | sum.p[1])))) {
            continue;
        }
        uint8_t *at = copy + (sum.p - copy);
        at[0] = at[1] = 0;
        uint16_t right = (uint16_t)~view_l4_sum(v);
        if (udp && right == 0) { /* 0 says that there is none */
            right = 0xffff;
        }
        at[0] = (uint8_t)(right >> 8);
        at[1] = (uint8_t)right;
    }
}

bool rewrite_payload(struct rewrites *w, struct view *v, size_t at, struct bytes with)
{
    uint8_t *copy = copy_of(w, v);

    if (!copy) {
        return false;
    }
    struct bytes part = bytes_head(bytes_from(v->payload, at), with.n);
    memcpy(copy + (part.p - copy), with.p, part.n);
    sums_mend(copy, v);
    return holds(v->packet->frame, v->payload);
}

bool rewrite_urgent(struct rewrites *w, struct view *v)
{
    uint8_t *copy = v->l4.n >= 20 ? copy_of(w, v) : NULL;

    if (!copy) {
        return false;
    }
    uint8_t *header = copy + (v->l4.p - copy);
    header[TCP_FLAGS_AT] &= (uint8_t)~TCP_URG;
    header[TCP_URGENT_AT] = header[TCP_URGENT_AT + 1] = 0;
    sums_mend(copy, v);
    return holds(v->packet->frame, v->l4);
}
