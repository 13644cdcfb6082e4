/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_fragments - fragments made by hand, and a plain model of what becomes of them: every byte by itself. For the tests and fuzz
 * targets of this folder; one thread.
 */
#ifndef FLOW_TEST_FRAGMENTS_H
#define FLOW_TEST_FRAGMENTS_H

#include "flow/defrag.h"
#include "flow/test_views.h"

enum { LINK = 14, HEADER4 = 20, HEADER6 = 40, FRAGMENT = 8, UNIT = 8 };

/* A fragment as a view over its own bytes, behind a link header. */
struct made {
    struct view view;
    size_t options;     /* IPv6: bytes of hop-by-hop options in front of the fragment header */
    struct packet packet;
    uint8_t frame[LINK + HEADER6 + 64 + FRAGMENT + 65536];
};

static inline struct defrag_settings test_defrag(void)
{
    return (struct defrag_settings){ .enabled = true, .memcap = 32 << 20, .trackers = 65535, .max_frags = 65535, .timeout = 60, .seed = 1 };
}

/* n bytes of `fill` at offset, IPv4. */
static inline struct view *make4(struct made *m, uint32_t id, uint32_t offset, bool more, size_t n, uint8_t fill)
{
    struct view *v = &m->view;
    uint8_t *b = m->frame + LINK;
    static const uint8_t header[HEADER4] = { 0x45, 0, 0, 0, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2 };

    memset(m->frame, fill, LINK);
    test_view(v, &m->packet, IPPROTO_UDP, 0x0a000001, 0x0a000002);
    memcpy(b, header, HEADER4);
    memset(b + HEADER4, fill, n);
    b[2] = (uint8_t)((HEADER4 + n) >> 8);
    b[3] = (uint8_t)(HEADER4 + n);
    b[6] = (uint8_t)((more ? 0x20 : 0) | offset >> 11);
    b[7] = (uint8_t)(offset >> 3);
    v->bytes = bytes_of(m->frame, LINK + HEADER4 + n);
    v->ip = bytes_of(b, HEADER4 + n);
    v->ip_header = bytes_of(b, HEADER4);
    v->l4 = bytes_of(b + HEADER4, n);
    v->flags = VIEW_FRAGMENT;
    v->frag_id = id;
    v->frag_offset = (uint16_t)(offset / UNIT);
    v->frag_flags = more;
    v->frag_total = (uint16_t)n;
    v->frag_next = IPPROTO_UDP;
    return v;
}

/* The same on IPv6. */
static inline struct view *make6(struct made *m, uint32_t id, uint32_t offset, bool more, size_t n, uint8_t fill)
{
    struct view *v = make4(m, id, offset, more, 0, fill);
    size_t options = m->options, head = HEADER6 + options;
    uint8_t *b = m->frame + LINK;

    memset(b, 0, head + FRAGMENT);
    b[0] = 0x60;
    b[6] = options ? IPPROTO_HOPOPTS : IPPROTO_FRAGMENT;
    if (options) {
        b[HEADER6] = IPPROTO_FRAGMENT;
        b[HEADER6 + 1] = (uint8_t)(options / 8 - 1);
    }
    b[head] = IPPROTO_UDP;
    memset(b + head + FRAGMENT, fill, n);
    v->family = FAMILY_6;
    v->src = test_addr6(1);
    v->dst = test_addr6(2);
    v->proto = IPPROTO_FRAGMENT;
    v->bytes = bytes_of(m->frame, LINK + head + FRAGMENT + n);
    v->ip = bytes_of(b, head + FRAGMENT + n);
    v->ip_header = bytes_of(b, HEADER6);
    v->l4 = bytes_of(b + head + FRAGMENT, n);
    v->frag_prev = (uint16_t)(options ? HEADER6 : 6);
    v->frag_total = (uint16_t)n;
    return v;
}

/* The model: every byte by itself. */
struct model_fragment {
    unsigned from, to;
    bool last;
};

static inline bool model_later(enum os_policy os, const struct model_fragment *was, const struct model_fragment *is)
{
    if (os == OS_FIRST || os == OS_LAST) {
        return os == OS_LAST;
    }
    if (os == OS_BSD) { /* "favors an original fragment with an offset that is less than or equal to the subsequent one" */
        return !(was->from <= is->from);
    }
    if (os == OS_BSD_RIGHT) { /* "favors a subsequent fragment" then */
        return was->from <= is->from;
    }
    if (os == OS_LINUX) { /* "favors an original fragment with an offset that is less than the subsequent one" */
        return !(was->from < is->from);
    }
    if (os == OS_WINDOWS) { /* first, but for a subsequent one that reaches out on both sides */
        return is->from < was->from && is->to > was->to;
    }
    return is->from < was->from && is->to >= was->to; /* Solaris: begins before and ends with it or behind */
}

enum { MODEL_MAX = 65536, MODEL_FRAGMENTS = 400 };

struct model {
    struct model_fragment list[MODEL_FRAGMENTS];
    int owner[MODEL_MAX]; /* -1: a hole */
    unsigned n, total, room; /* total: bytes when complete; room: no fragment reaches further */
    bool seen_last;
};

/* An empty datagram; fragments reach no further than `room`. */
static inline void model_init(struct model *m, unsigned room)
{
    m->n = 0;
    m->room = room;
    m->seen_last = false;
    for (unsigned i = 0; i < room; i++) {
        m->owner[i] = -1;
    }
}

/* The bytes that came, if there is no hole between them; 0: a hole. */
static inline unsigned model_reach(const struct model *m)
{
    unsigned reach = 0;

    while (reach < m->room && m->owner[reach] >= 0) {
        reach++;
    }
    for (unsigned i = reach; i < m->room; i++) {
        if (m->owner[i] >= 0) {
            return 0;
        }
    }
    return reach;
}

/* A last fragment that still has a byte ends the datagram, the one that begins first; what begins no later belongs to it too. */
static inline unsigned model_total(const struct model *m, unsigned reach)
{
    const struct model_fragment *last = NULL;
    unsigned total = 0;

    for (unsigned i = 0; i < reach; i++) {
        const struct model_fragment *f = &m->list[m->owner[i]];
        if (f->last && (!last || f->from < last->from)) {
            last = f;
        }
    }
    for (unsigned i = 0; last && i < reach; i++) {
        if (m->list[m->owner[i]].from <= last->from || i < last->to) {
            total = i + 1;
        }
    }
    return last ? total : reach;
}

/* Does the target take it, and how many bytes?  Where more follow, only multiples of eight; Linux cuts IPv4's. */
static inline bool model_takes(enum os_policy os, bool six, bool more, unsigned *n)
{
    unsigned odd = more ? *n % UNIT : 0;

    *n -= odd;
    return odd == 0 || (os == OS_LINUX && !six);
}

/* True when the datagram is complete. */
static inline bool model_add(struct model *m, enum os_policy os, unsigned from, unsigned n, bool last)
{
    int me = (int)m->n;
    bool won = false;

    m->list[m->n++] = (struct model_fragment){ from, from + n, last };
    for (unsigned i = from; i < from + n; i++) {
        if (m->owner[i] < 0 || model_later(os, &m->list[m->owner[i]], &m->list[me])) {
            m->owner[i] = me;
            won = true;
        }
    }
    m->seen_last = m->seen_last || (last && won);
    unsigned reach = m->seen_last ? model_reach(m) : 0;
    m->total = reach ? model_total(m, reach) : 0;
    return reach != 0;
}

#endif
