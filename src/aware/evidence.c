/* SPDX-License-Identifier: GPL-2.0-or-later */
/* evidence - signs and services of a tenure, bounded; their texts, once for all. */
#include "aware/map.h"

#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

static void words_grow(struct map *m)
{
    size_t old = m->word_room;
    struct word **was = m->words, **now = calloc(old * 2, sizeof(struct word *));

    if (now == NULL) {
        return;
    }
    m->words = now;
    m->word_room = old * 2;
    for (size_t i = 0; i < old; i++) {
        for (struct word *w = was[i], *next; w != NULL; w = next) {
            next = w->chain;
            w->chain = now[w->hash & (m->word_room - 1)];
            now[w->hash & (m->word_room - 1)] = w;
        }
    }
    free(was);
}

struct word *word_take(struct map *m, const char *text, size_t n)
{
    uint32_t hash = (uint32_t)hash_bytes(text, n, m->seed);
    struct word *w = m->words[hash & (m->word_room - 1)];

    while (w != NULL && !(w->hash == hash && w->n == n && memcmp(w->text, text, n) == 0)) {
        w = w->chain;
    }
    if (w == NULL) {
        w = malloc(sizeof *w + n);
        if (w == NULL) {
            return NULL;
        }
        *w = (struct word){ .hash = hash, .n = (uint16_t)n };
        memcpy(w->text, text, n);
        if (m->word_n++ > m->word_room) {
            words_grow(m);
        }
        w->chain = m->words[hash & (m->word_room - 1)];
        m->words[hash & (m->word_room - 1)] = w;
        m->word_bytes += sizeof *w + n + 16;
    }
    w->refs++;
    return w;
}

void word_give(struct map *m, struct word *w)
{
    struct word **at = &m->words[w->hash & (m->word_room - 1)];

    if (--w->refs != 0) {
        return;
    }
    while (*at != w) {
        at = &(*at)->chain;
    }
    *at = w->chain;
    m->word_n--;
    m->word_bytes -= sizeof *w + w->n + 16;
    derive_matched_free(w->matched);
    free(w);
}

void evidence_free(struct map *m, struct tenure *t)
{
    for (struct evidence *e = t->evidence, *next; e != NULL; e = next) {
        next = e->next;
        word_give(m, e->word);
        slab_give(m->evidences, e);
    }
    for (struct service *s = t->service, *next; s != NULL; s = next) {
        next = s->next;
        slab_give(m->services, s);
    }
}

/* A place for one more of that kind: a free one, or that of the one unseen for longest, if that was not in this stretch of time.
 * Else what was told twice, or once, would differ. */
static struct evidence *evidence_room(struct map *m, struct tenure *t, uint8_t sign, uint32_t now)
{
    struct evidence *oldest = NULL;
    unsigned of_kind = 0;

    for (struct evidence *e = t->evidence; e != NULL; e = e->next) {
        of_kind += e->sign == sign;
        if (e->sign == sign && (oldest == NULL || e->last < oldest->last)) {
            oldest = e;
        }
    }
    if (of_kind < EVIDENCE_KIND_MAX && t->evidence_n < EVIDENCE_MAX) {
        struct evidence *e = slab_take(m->evidences);
        if (e != NULL) {
            *e = (struct evidence){ .next = t->evidence };
            t->evidence = e;
            t->evidence_n++;
        }
        return e;
    }
    if (oldest == NULL || slot_of(oldest->last) >= now) {
        return NULL;
    }
    word_give(m, oldest->word);
    struct evidence *next = oldest->next;
    *oldest = (struct evidence){ .next = next };
    return oldest;
}

bool evidence_add(struct map *m, struct tenure *t, const struct seen *s, const char *text, size_t n)
{
    struct evidence *e = t->evidence;

    while (e != NULL && !(e->sign == s->sign && e->port == s->port && e->word->n == n && memcmp(e->word->text, text, n) == 0)) {
        e = e->next;
    }
    if (e != NULL) {
        bool back = slot_of(e->last) < slot_of(t->entity->os_at);
        if (slot_of(s->ts) > slot_of(e->last)) {
            e->last = s->ts;
            e->count++;
            return back; /* seen before its system was another, and again: two share the address */
        }
        return false;
    }
    struct word *w = word_take(m, text, n);
    if (w == NULL || (e = evidence_room(m, t, s->sign, slot_of(s->ts))) == NULL) {
        if (w != NULL) {
            word_give(m, w);
        }
        return false;
    }
    e->word = w;
    e->first = e->last = s->ts;
    e->count = 1;
    e->port = s->port;
    e->sign = s->sign;
    e->source = s->said != 0 ? (uint8_t)(s->said - 1) : FUSE_SENSOR;
    return true;
}

static void service_by(struct service *v, const struct seen *s)
{
    for (unsigned i = 0; i < v->by_n; i++) {
        if (addr_equal(&v->by[i], &s->peer)) {
            return;
        }
    }
    if (v->by_n == ROWS(v->by)) {
        memmove(&v->by[0], &v->by[1], sizeof v->by - sizeof v->by[0]);
        v->by_n--;
    }
    v->by[v->by_n++] = s->peer;
    v->by_family = s->family;
}

struct service *service_add(struct map *m, struct tenure *t, const struct seen *s, bool *news)
{
    struct service *v = t->service;

    *news = false;
    while (v != NULL && !(v->port == s->port && v->proto == s->proto)) {
        v = v->next;
    }
    if (v == NULL) {
        if (t->service_n == SERVICES_MAX || (v = slab_take(m->services)) == NULL) {
            return NULL;
        }
        *v = (struct service){ .next = t->service, .port = s->port, .proto = s->proto, .app = s->app, .first = s->ts, .last = s->ts, .source = 1 };
        t->service = v;
        t->service_n++;
        *news = true;
    }
    if (s->app != 0 && v->app != s->app) {
        *news |= v->app == 0;
        v->app = v->app == 0 ? s->app : v->app;
    }
    time_touch(&v->last, s->ts, s->kind != SEEN_SIGN);
    if (s->kind == SEEN_SERVICE) {
        v->flows++;
        service_by(v, s);
    }
    return v;
}
