/* SPDX-License-Identifier: GPL-2.0-or-later */
/* evidence - signs and services of a tenure, bounded; their texts, once for all. */
#include "aware/map.h"

#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

enum { WORD_LINE = 64 };

static void words_grow(struct map *m)
{
    enum { AHEAD = 16 };
    size_t old = m->word_room;
    struct word **was = m->words, **now = map_table(m, old * 2 * sizeof(struct word *));

    if (now == NULL) {
        return;
    }
    m->words = now;
    m->word_room = old * 2;
    for (size_t i = 0; i < old; i++) {
        __builtin_prefetch(i + AHEAD < old ? was[i + AHEAD] : NULL, 1);
        for (struct word *w = was[i], *next; w != NULL; w = next) {
            next = w->chain;
            w->chain = now[w->hash & (m->word_room - 1)];
            now[w->hash & (m->word_room - 1)] = w;
        }
    }
    large_give(m->large, was, old * sizeof(struct word *));
}

static struct word *word_find(const struct map *m, const char *text, size_t n, uint32_t hash)
{
    struct word *w = m->words[hash & (m->word_room - 1)];

    while (w != NULL && !(w->hash == hash && w->n == n && memcmp(w->text, text, n) == 0)) {
        w = w->chain;
    }
    return w;
}

static struct shelf *word_shelf(struct map *m, size_t n)
{
    _Static_assert((sizeof(struct word) + SEEN_TEXT_MAX + WORD_LINE - 1) / WORD_LINE == WORD_LINES, "the longest word");
    return &m->texts[(sizeof(struct word) + n - 1) / WORD_LINE];
}

struct word *word_take(struct map *m, const char *text, size_t n, uint32_t hash)
{
    struct word *w = word_find(m, text, n, hash);

    if (w == NULL) {
        w = n <= SEEN_TEXT_MAX ? shelf_take(m, word_shelf(m, n)) : NULL;
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
    derive_matched_free(w->matched);
    shelf_give(m, word_shelf(m, w->n), w);
}

/* ---- arrays that grow, and behind their room marks by which a row is looked up without a look at it ---- */

static const uint8_t rooms[ROOMS] = { 1, 4, 16, 64 };
enum { EVIDENCE_LEAST = 1 /* of rooms */ };
_Static_assert(EVIDENCE_MAX == 64 && SERVICES_MAX == 64, "the largest room");

static size_t room_bytes(unsigned room, size_t size) { return rooms[room] * (size + sizeof(uint32_t)); }
static uint32_t *marks_of(void *rows, unsigned room, size_t size) { return (uint32_t *)(void *)((char *)rows + rooms[room] * size); }

bool evidence_init(struct map *m)
{
    bool made = true;

    for (unsigned i = 0; i < WORD_LINES; i++) {
        made &= shelf_make(m, &m->texts[i], (i + 1) * WORD_LINE);
    }
    for (unsigned i = 0; i < ROOMS; i++) {
        made &= shelf_make(m, &m->evidences[i], room_bytes(i, sizeof(struct evidence)));
        made &= shelf_make(m, &m->services[i], room_bytes(i, sizeof(struct service)));
    }
    return made;
}

/* Room for one more behind n rows of that size; NULL: none. */
static void *grow(struct map *m, struct shelf shelves[ROOMS], void *rows, uint8_t n, uint8_t *room, size_t size)
{
    if (rows != NULL && n < rooms[*room]) {
        return rows;
    }
    unsigned larger = rows != NULL ? *room + 1u : *room;
    char *now = larger < ROOMS ? shelf_take(m, &shelves[larger]) : NULL;
    if (now != NULL && rows != NULL) {
        memcpy(now, rows, n * size);
        memcpy(marks_of(now, larger, size), marks_of(rows, *room, size), n * sizeof(uint32_t));
        shelf_give(m, &shelves[*room], rows);
    }
    *room = now != NULL ? (uint8_t)larger : *room;
    return now;
}

static uint32_t *marks(const struct tenure *t) { return marks_of(t->evidence, t->evidence_room, sizeof *t->evidence); }

/* Its kind stands in the upper eight bits. */
static uint32_t mark_of(uint32_t hash, unsigned sign, unsigned port) { return sign << 24 | ((hash ^ port * 0x85ebca6bu) & 0xffffff); }

void evidence_ahead(const struct tenure *t)
{
    if (t->evidence_n != 0) {
        __builtin_prefetch(marks(t));
        __builtin_prefetch(&t->evidence[t->evidence_n - 1]);
    }
    if (t->service_n != 0) {
        __builtin_prefetch(marks_of(t->service, t->service_room, sizeof *t->service));
        __builtin_prefetch(t->service);
    }
}

void evidence_free(struct map *m, struct tenure *t)
{
    for (unsigned i = 0; i < t->evidence_n; i++) {
        word_give(m, t->evidence[i].word);
    }
    if (t->evidence != NULL) {
        shelf_give(m, &m->evidences[t->evidence_room], t->evidence);
    }
    if (t->service != NULL) {
        shelf_give(m, &m->services[t->service_room], t->service);
    }
}

static struct evidence *put(struct map *m, struct tenure *t, struct evidence *e, struct word *w, unsigned sign, unsigned port)
{
    if (e == NULL) {
        if (m->full) {
            m->counter[AWARE_UNLEARNED]++;
            word_give(m, w);
            return NULL;
        }
        t->evidence_room = t->evidence == NULL ? EVIDENCE_LEAST : t->evidence_room;
        struct evidence *rows = grow(m, m->evidences, t->evidence, t->evidence_n, &t->evidence_room, sizeof *rows);
        if (rows == NULL) {
            word_give(m, w);
            return NULL;
        }
        t->evidence = rows;
        e = &rows[t->evidence_n++];
    } else {
        word_give(m, e->word);
    }
    *e = (struct evidence){ .word = w, .sign = (uint8_t)sign, .port = (uint16_t)port, .source = FUSE_SENSOR };
    marks(t)[e - t->evidence] = mark_of(w->hash, sign, port);
    return e;
}

struct evidence *evidence_put(struct map *m, struct tenure *t, unsigned sign, unsigned port, struct bytes text)
{
    struct word *w = word_take(m, (const char *)text.p, text.n, seen_hash((const char *)text.p, text.n, m->seed));

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

/* Is there a place for one more of that kind and port?  A free one (*old NULL), or that of the one unseen for longest, if that was not in this
 * stretch of time.  Else what was told twice, or once, would differ.  A person's word gives way to another of a person's alone. */
static bool evidence_place(const struct tenure *t, const struct seen *s, struct evidence **old)
{
    unsigned most = s->sign == SIGN_ATTRIBUTE ? ATTRIBUTES_MAX : EVIDENCE_KIND_MAX, of_port = 0;

    *old = NULL;
    for (unsigned i = 0; i < t->evidence_n; i++) {
        of_port += marks(t)[i] >> 24 == s->sign && t->evidence[i].port == s->port;
    }
    if (of_port < most && t->evidence_n < EVIDENCE_MAX) {
        return true;
    }
    for (struct evidence *e = evidence_first(t); e != NULL; e = evidence_next(t, e)) {
        bool gives = e->source != FUSE_USER || seen_source(s) == FUSE_USER;
        if (e->sign == s->sign && gives && (of_port < most || e->port == s->port) && (*old == NULL || e->last < (*old)->last)) {
            *old = e;
        }
    }
    return *old != NULL && slot_of((*old)->last) < slot_of(s->ts);
}

bool tenure_said(const struct tenure *t)
{
    bool is = false;

    for (const struct evidence *v = evidence_first(t); v != NULL && !is; v = evidence_next(t, v)) {
        is = v->source == FUSE_USER;
    }
    for (const struct service *v = service_first(t); v != NULL && !is; v = service_next(t, v)) {
        is = v->source == FUSE_USER;
    }
    return is;
}

static size_t key_of(const char *text, size_t n) { return bytes_find_byte(bytes_of(text, n), '='); }

/* An attribute has one value: that of the same name; NULL: none. */
static struct evidence *attribute_find(const struct tenure *t, const char *text, size_t n)
{
    size_t key = key_of(text, n);

    for (struct evidence *e = evidence_first(t); e != NULL && key < n; e = evidence_next(t, e)) {
        if (e->sign == SIGN_ATTRIBUTE && key_of(e->word->text, e->word->n) == key && memcmp(e->word->text, text, key) == 0) {
            return e;
        }
    }
    return NULL;
}

/* Of files one lease of an address is kept, the last: each time it is read the rest of its time is another.  NULL: none is. */
static struct evidence *lease_find(const struct tenure *t)
{
    struct evidence *e = evidence_first(t);

    while (e != NULL && !(e->sign == SIGN_LEASE && e->source == FUSE_IMPORT)) {
        e = evidence_next(t, e);
    }
    return e;
}

void evidence_full(struct tenure *t, unsigned sign, uint32_t slot)
{
    t->full = 1ull << sign | (t->full_slot == slot ? t->full : 0);
    t->full_slot = slot;
}

/* There is no room beside what is known of the address; of what files say who brings them is told. */
static void crowded(struct map *m, const struct seen *s, bool is) { m->counter[s->said != 0 ? AWARE_UNLEARNED : AWARE_CROWDED] += is; }

bool evidence_add(struct map *m, struct tenure *t, const struct seen *s, const char *text, size_t n)
{
    _Static_assert(SIGN_N <= 64, "a bit each in `full`");
    uint32_t now = slot_of(s->ts);
    uint8_t source = seen_source(s);
    struct evidence *old;

    if (source == FUSE_USER) {
        entity_said(m, t->entity);
    }
    if (now <= t->full_slot && (t->full >> s->sign & 1) != 0) {
        return false;
    }
    uint32_t hash = s->hash != 0 ? s->hash : seen_hash(text, n, m->seed);
    struct evidence *e = evidence_find(t, s, bytes_of(text, n), hash);
    if (e != NULL) {
        m->learned = e;
        bool back = slot_of(e->last) < slot_of(t->entity->os_at) || source > e->source;
        if (source > e->source) { /* whoever knows better says so, too */
            e->source = source;
            e->saved = 0;
            e->last = s->ts > e->last ? s->ts : e->last;
            return true;
        }
        if (s->sign == SIGN_LEASE && s->ts > e->last && now == slot_of(e->last)) { /* each is told once: from it on the time counts */
            e->last = s->ts;
            e->saved = 0;
        }
        if (now > slot_of(e->last)) {
            e->last = s->ts;
            e->saved = s->sign == SIGN_LEASE ? 0 : e->saved;
            e->count++;
            return back; /* seen before its system was another, and again: two share the address */
        }
        return false;
    }
    old = s->sign == SIGN_ATTRIBUTE ? attribute_find(t, text, n) : s->sign == SIGN_LEASE && source == FUSE_IMPORT ? lease_find(t) : NULL;
    if (old != NULL && (source < old->source || (s->sign == SIGN_LEASE && s->ts < old->last))) {
        return false;
    }
    if (old == NULL) {
        bool place = evidence_place(t, s, &old);
        crowded(m, s, !place || old != NULL);
        if (!place) {
            if (s->said == 0) { /* what is said by others is said once */
                evidence_full(t, s->sign, now);
            }
            return false;
        }
    }
    struct word *w = word_take(m, text, n, hash);
    if (w == NULL || (e = put(m, t, old, w, s->sign, s->port)) == NULL) {
        return false;
    }
    e->first = e->last = s->ts;
    e->packet = s->tail != 0 && s->due != 0 ? 0 : s->turn;
    e->count = 1;
    m->learned = e;
    e->source = source;
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
    v->whom |= 1ULL << (hash_word(client->q[0] ^ hash_word(client->q[1])) & 63);
}

/* Of those whose list is longer, from how many of 64 places they fall on: so many different ones it takes for that, most likely. */
unsigned service_clients(const struct service *v)
{
    unsigned places = (unsigned)__builtin_popcountll(v->whom);
    double n = 0;

    for (unsigned i = 0; i < places; i++) {
        n += 64.0 / (64 - i);
    }
    return v->by_n < ROWS(v->by) || n < v->by_n ? v->by_n : (unsigned)(n + 0.5);
}

static uint32_t service_mark(unsigned proto, unsigned port) { return proto << 16 | port; }

struct service *service_of(const struct tenure *t, const struct seen *s)
{
    uint32_t mark = service_mark(s->proto, s->port), *all = t->service_n != 0 ? marks_of(t->service, t->service_room, sizeof *t->service) : NULL;
    unsigned i = 0;

    while (i < t->service_n && all[i] != mark) {
        i++;
    }
    return i < t->service_n ? &t->service[i] : NULL;
}

struct service *service_put(struct map *m, struct tenure *t, uint8_t proto, uint16_t port)
{
    if (m->full) {
        m->counter[AWARE_UNLEARNED]++;
        return NULL;
    }
    struct service *rows = t->service_n < SERVICES_MAX ? grow(m, m->services, t->service, t->service_n, &t->service_room, sizeof *rows) : NULL;

    if (rows == NULL) {
        return NULL;
    }
    t->service = rows;
    marks_of(rows, t->service_room, sizeof *rows)[t->service_n] = service_mark(proto, port);
    rows[t->service_n] = (struct service){ .proto = proto, .port = port, .source = 1 };
    return &rows[t->service_n++];
}

static bool service_behind(const struct service *x, const struct service *y)
{
    return x->first != y->first ? x->first > y->first : service_mark(x->proto, x->port) > service_mark(y->proto, y->port);
}

/* The last of them goes where it belongs: by when each was first seen, as they are read back, too (history_load.c). */
static struct service *service_sort(struct tenure *t)
{
    uint32_t *all = marks_of(t->service, t->service_room, sizeof *t->service), mark = all[t->service_n - 1];
    struct service last = t->service[t->service_n - 1];
    unsigned at = t->service_n - 1u;

    for (; at > 0 && service_behind(&t->service[at - 1], &last); at--) {
        t->service[at] = t->service[at - 1];
        all[at] = all[at - 1];
    }
    t->service[at] = last;
    all[at] = mark;
    return &t->service[at];
}

struct service *service_add(struct map *m, struct tenure *t, const struct seen *s, bool *news)
{
    struct service *v = service_of(t, s);
    uint8_t source = seen_source(s);

    *news = false;
    if (source == FUSE_USER) {
        entity_said(m, t->entity);
    }
    if (v == NULL) {
        if ((v = service_put(m, t, s->proto, s->port)) == NULL) {
            crowded(m, s, t->service_n == SERVICES_MAX && !m->full);
            return NULL;
        }
        v->app = s->app;
        v->source = source;
        v->first = v->last = s->ts;
        v = service_sort(t);
        *news = true;
    }
    /* Who knows better is believed; of sensors the first, of others, who speak seldom, the last. */
    if (s->app != 0 && (v->app == 0 || source > v->source || (source == v->source && source != FUSE_SENSOR && v->app != s->app))) {
        *news |= v->app != s->app;
        v->app = s->app;
        v->source = source;
        v->saved = 0;
    }
    if (s->kind != SEEN_SERVICE) { /* that comes once in many stretches; flows' ends say when it was used */
        time_touch(&v->last, s->ts, false);
    }
    if (*news && s->kind == SEEN_SERVICE && s->said == 0 && v->by_n == 0) {
        service_by(v, &s->peer, s->family);
    }
    return v;
}

/* A port has another protocol than it had when, for a minute and longer, answered flows of that one ended there and none of the old. */
bool service_changes(struct service *v, const struct seen *s)
{
    enum { LONG = 60 /* s */ };
    uint32_t now = (uint32_t)(s->ts / CLOCK_SECOND);

    if (s->app == 0 || v->app == 0 || seen_source(s) < v->source || (s->flags & SEEN_ANSWERED) == 0) {
        return false;
    }
    if (s->app == v->app || s->app != v->other) {
        v->other = s->app != v->app ? s->app : 0;
        v->other_since = now;
        return false;
    }
    if (now < v->other_since + LONG) {
        return false;
    }
    v->app = s->app;
    v->source = seen_source(s);
    v->other = 0;
    v->saved = 0;
    return true;
}

void service_used(struct service *v, const struct seen *s)
{
    v->flows++;
    time_touch(&v->last, s->ts, true);
    service_by(v, &s->addr, s->family);
}
