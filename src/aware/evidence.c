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

uint32_t word_hash(const struct map *m, const char *text, size_t n) { return (uint32_t)hash_bytes(text, n, m->seed); }

struct word *word_find(const struct map *m, const char *text, size_t n, uint32_t hash)
{
    struct word *w = m->words[hash & (m->word_room - 1)];

    while (w != NULL && !(w->hash == hash && w->n == n && memcmp(w->text, text, n) == 0)) {
        w = w->chain;
    }
    return w;
}

static struct word *take(struct map *m, const char *text, size_t n, uint32_t hash)
{
    struct word *w = word_find(m, text, n, hash);

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

struct word *word_take(struct map *m, const char *text, size_t n) { return take(m, text, n, word_hash(m, text, n)); }

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

/* ---- evidence: an array that grows, and marks by which a text is looked up without a look at its word ---- */

static const uint8_t rooms[EVIDENCE_ROOMS] = { 4, 16, EVIDENCE_MAX };

static size_t room_bytes(unsigned i) { return rooms[i] * (sizeof(struct evidence) + sizeof(uint32_t)); }

bool evidence_init(struct map *m)
{
    bool made = true;

    for (unsigned i = 0; i < EVIDENCE_ROOMS; i++) {
        made &= (m->evidences[i] = slab_new(room_bytes(i), 0)) != NULL;
    }
    return made;
}

size_t evidence_bytes(const struct map *m)
{
    size_t n = 0;

    for (unsigned i = 0; i < EVIDENCE_ROOMS; i++) {
        n += slab_used(m->evidences[i]) * room_bytes(i);
    }
    return n;
}

static uint32_t *marks(const struct tenure *t) { return (uint32_t *)(void *)(t->evidence + rooms[t->evidence_room]); }

static uint32_t mark_of(uint32_t hash, unsigned sign, unsigned port) { return hash ^ (sign * 0x9e3779b1u + port * 0x85ebca6bu); }

void evidence_free(struct map *m, struct tenure *t)
{
    for (unsigned i = 0; i < t->evidence_n; i++) {
        word_give(m, t->evidence[i].word);
    }
    if (t->evidence != NULL) {
        slab_give(m->evidences[t->evidence_room], t->evidence);
    }
    for (struct service *s = t->service, *next; s != NULL; s = next) {
        next = s->next;
        slab_give(m->services, s);
    }
}

static bool grow(struct map *m, struct tenure *t)
{
    unsigned room = t->evidence == NULL ? 0 : t->evidence_room + 1u;
    struct evidence *now = slab_take(m->evidences[room]);

    if (now == NULL) {
        return false;
    }
    if (t->evidence != NULL) {
        memcpy(now, t->evidence, t->evidence_n * sizeof *now);
        memcpy(now + rooms[room], marks(t), t->evidence_n * sizeof(uint32_t));
        slab_give(m->evidences[t->evidence_room], t->evidence);
    }
    t->evidence = now;
    t->evidence_room = (uint8_t)room;
    return true;
}

static struct evidence *put(struct map *m, struct tenure *t, struct evidence *e, struct word *w, unsigned sign, unsigned port)
{
    if (e == NULL) {
        if (t->evidence_n == EVIDENCE_MAX || ((t->evidence == NULL || t->evidence_n == rooms[t->evidence_room]) && !grow(m, t))) {
            word_give(m, w);
            return NULL;
        }
        e = &t->evidence[t->evidence_n++];
    } else {
        word_give(m, e->word);
    }
    *e = (struct evidence){ .word = w, .sign = (uint8_t)sign, .port = (uint16_t)port, .source = FUSE_SENSOR };
    marks(t)[e - t->evidence] = mark_of(w->hash, sign, port);
    return e;
}

struct evidence *evidence_put(struct map *m, struct tenure *t, unsigned sign, unsigned port, struct bytes text)
{
    struct word *w = word_take(m, (const char *)text.p, text.n);

    return w != NULL ? put(m, t, NULL, w, sign, port) : NULL;
}

static struct evidence *evidence_find(const struct tenure *t, const struct seen *s, struct bytes text, uint32_t hash)
{
    uint32_t mark = mark_of(hash, s->sign, s->port);

    for (unsigned i = t->evidence_n; i-- > 0;) {
        struct evidence *e = &t->evidence[i];
        if (marks(t)[i] == mark && e->sign == s->sign && e->port == s->port && e->word->n == text.n && memcmp(e->word->text, text.p, text.n) == 0) {
            return e;
        }
    }
    return NULL;
}

/* Is there a place for one more of that kind?  A free one (*old NULL), or that of the one unseen for longest, if that was not in this
 * stretch of time.  Else what was told twice, or once, would differ. */
static bool evidence_place(const struct tenure *t, uint8_t sign, uint32_t now, struct evidence **old)
{
    unsigned of_kind = 0;

    *old = NULL;
    for (struct evidence *e = evidence_first(t); e != NULL; e = evidence_next(t, e)) {
        of_kind += e->sign == sign;
        if (e->sign == sign && (*old == NULL || e->last < (*old)->last)) {
            *old = e;
        }
    }
    if (of_kind < EVIDENCE_KIND_MAX && t->evidence_n < EVIDENCE_MAX) {
        *old = NULL;
        return true;
    }
    return *old != NULL && slot_of((*old)->last) < now;
}

bool evidence_add(struct map *m, struct tenure *t, const struct seen *s, const char *text, size_t n)
{
    _Static_assert(SIGN_N <= 64, "a bit each in `full`");
    uint32_t now = slot_of(s->ts);
    struct evidence *old;

    if (now <= t->full_slot && (t->full >> s->sign & 1) != 0) {
        return false;
    }
    uint32_t hash = word_hash(m, text, n);
    struct evidence *e = evidence_find(t, s, bytes_of(text, n), hash);
    if (e != NULL) {
        bool back = slot_of(e->last) < slot_of(t->entity->os_at);
        if (now > slot_of(e->last)) {
            e->last = s->ts;
            e->count++;
            return back; /* seen before its system was another, and again: two share the address */
        }
        return false;
    }
    if (!evidence_place(t, s->sign, now, &old)) {
        t->full = 1ull << s->sign | (t->full_slot == now ? t->full : 0);
        t->full_slot = now;
        return false;
    }
    struct word *w = take(m, text, n, hash);
    if (w == NULL || (e = put(m, t, old, w, s->sign, s->port)) == NULL) {
        return false;
    }
    e->first = e->last = s->ts;
    e->count = 1;
    e->source = s->said != 0 ? (uint8_t)(s->said - 1) : FUSE_SENSOR;
    return true;
}

static void service_by(struct service *v, const struct addr *client, unsigned family)
{
    for (unsigned i = 0; i < v->by_n; i++) {
        if (addr_equal(&v->by[i], client)) {
            return;
        }
    }
    if (v->by_n == ROWS(v->by)) {
        memmove(&v->by[0], &v->by[1], sizeof v->by - sizeof v->by[0]);
        v->by_n--;
    }
    v->by[v->by_n++] = *client;
    v->by_family = (uint8_t)family;
}

struct service *service_of(const struct tenure *t, const struct seen *s)
{
    struct service *v = t->service;

    while (v != NULL && !(v->port == s->port && v->proto == s->proto)) {
        v = v->next;
    }
    return v;
}

struct service *service_add(struct map *m, struct tenure *t, const struct seen *s, bool *news)
{
    struct service *v = service_of(t, s);

    *news = false;
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
    time_touch(&v->last, s->ts, false);
    if (*news && s->kind == SEEN_SERVICE && v->by_n == 0) {
        service_by(v, &s->peer, s->family);
    }
    return v;
}

void service_used(struct service *v, const struct seen *s)
{
    v->flows++;
    time_touch(&v->last, s->ts, true);
    service_by(v, &s->addr, s->family);
}
