/* SPDX-License-Identifier: GPL-2.0-or-later */
/* map - memory and the index of addresses. */
#include "aware/history.h"
#include "aware/publish.h"

#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

struct map *map_new(const struct aware_settings *s, const struct prints *prints)
{
    struct map *m = calloc(1, sizeof *m);

    if (m == NULL) {
        return NULL;
    }
    m->settings = *s;
    m->prints = prints;
    m->room = derive_room_new();
    m->next_id = m->next_tenure = 1;
    m->seed = s->ordered ? 0x6d6170 : hash_random_seed();
    m->key[0] = hash_word(m->seed);
    m->key[1] = hash_word(~m->seed);
    m->index_room = m->word_room = 1024;
    if (m->room == NULL || (m->large = large_new()) == NULL) {
        map_free(m);
        return NULL;
    }
    m->index = map_table(m, m->index_room * sizeof(struct tenure *));
    m->words = map_table(m, m->word_room * sizeof(struct word *));
    m->named = map_table(m, NAMED_MAX * sizeof *m->named);
    m->owned = map_table(m, OWNED_MAX * sizeof *m->owned);
    bool shelves = shelf_make(m, &m->entities, sizeof(struct entity)) & shelf_make(m, &m->tenures, sizeof(struct tenure)) &
                   shelf_make(m, &m->places[0], sizeof(struct place)) & shelf_make(m, &m->places[1], sizeof(struct place) * PLACES_MAX) & evidence_init(m);
    if (m->index == NULL || m->words == NULL || m->named == NULL || m->owned == NULL || !shelves) {
        map_free(m);
        return NULL;
    }
    return m;
}

void *map_table(struct map *m, size_t n)
{
    void *p = large_take(m->large, n);

    return p != NULL ? memset(p, 0, n) : NULL;
}

bool shelf_make(struct map *m, struct shelf *s, size_t size)
{
    *s = (struct shelf){ slab_new_in(size, 0, m->large), size };
    return s->slab != NULL;
}

void *shelf_take(struct map *m, struct shelf *s)
{
    void *p = slab_take(s->slab);

    m->held += p != NULL ? s->size : 0;
    return p;
}

void shelf_give(struct map *m, struct shelf *s, void *p)
{
    m->held -= s->size;
    slab_give(s->slab, p);
}

static void shelf_drop(struct shelf *s)
{
    if (s->slab != NULL) {
        slab_free(s->slab);
    }
}

void map_free(struct map *m)
{
    if (m == NULL) {
        return;
    }
    for (size_t i = 0; m->words != NULL && i < m->word_room; i++) {
        for (struct word *w = m->words[i], *next; w != NULL; w = next) {
            next = w->chain;
            derive_matched_free(w->matched);
        }
    }
    for (unsigned i = 0; i < WORD_LINES; i++) {
        shelf_drop(&m->texts[i]);
    }
    shelf_drop(&m->entities);
    shelf_drop(&m->tenures);
    for (unsigned i = 0; i < ROOMS; i++) {
        shelf_drop(&m->evidences[i]);
        shelf_drop(&m->services[i]);
    }
    shelf_drop(&m->places[0]);
    shelf_drop(&m->places[1]);
    large_free(m->large);
    derive_room_free(m->room);
    free(m);
}

static size_t slot(const struct map *m, uint32_t scope, const struct addr *a, unsigned family)
{
    return (size_t)map_hash(m, scope, a, family) & (m->index_room - 1);
}

struct tenure *map_find(const struct map *m, uint32_t scope, const struct addr *a, unsigned family)
{
    struct tenure *t = m->index[slot(m, scope, a, family)];

    while (t != NULL && !(t->family == family && t->scope == scope && addr_equal(&t->addr, a))) {
        t = t->chain;
    }
    return t;
}

/* By steps, in each of which all loads are under way at once: where tables have it, who holds it, what hangs on that. */
void map_ahead(const struct map *m, const struct seen *const *some, unsigned n)
{
    enum { MOST = 64 };
    UNSET struct { struct tenure *const *at; const struct named *named; /* NULL: not asked */ const struct tenure *tenure; bool whole; /* more than its first line */ } row[2 * MOST];
    UNSET struct word *const *word[MOST];
    unsigned rows = 0, words = 0, found = 0;

    n = n < MOST ? n : MOST;
    for (unsigned i = 0; i < n; i++) {
        const struct seen *s = some[i];
        bool whole = s->kind != SEEN_PRESENT;
        uint64_t hash = map_hash(m, s->scope, &s->addr, s->family);
        row[rows].at = &m->index[hash & (m->index_room - 1)];
        __builtin_prefetch(row[rows].at);
        row[rows].named = map_named(m, hash);
        row[rows++].whole = whole;
        if (s->kind == SEEN_END || s->has_mac != 0) {
            struct addr mac = addr_of_station(s);
            row[rows].at = &m->index[s->kind == SEEN_END ? slot(m, s->scope, &s->peer, s->family) : slot(m, s->scope, &mac, FAMILY_MAC)];
            __builtin_prefetch(row[rows].at);
            row[rows].named = NULL;
            row[rows++].whole = whole;
        }
        if (s->hash != 0) {
            word[words] = &m->words[s->hash & (m->word_room - 1)];
            __builtin_prefetch(word[words++]);
        }
    }
    for (unsigned i = 0; i < rows; i++) {
        const struct tenure *t = *row[i].at;
        if (t != NULL) {
            __builtin_prefetch(t);
            if (row[i].whole) {
                __builtin_prefetch((const char *)t + 64);
            }
            row[found].tenure = t;
            row[found++].whole = row[i].whole;
        } else if (row[i].named != NULL) { /* a new host: it may have a name already, or gets one */
            __builtin_prefetch(row[i].named);
        }
    }
    for (unsigned i = 0; i < words; i++) {
        __builtin_prefetch(*word[i]);
    }
    for (unsigned i = 0; i < found; i++) {
        __builtin_prefetch(row[i].tenure->entity);
        if (row[i].whole) {
            __builtin_prefetch((const char *)row[i].tenure->entity + 64);
            evidence_ahead(row[i].tenure);
        }
    }
    for (unsigned i = 0; i < found; i++) {
        const struct entity *e = row[i].tenure->entity;
        __builtin_prefetch(e->mac);
        __builtin_prefetch(e->place);
    }
}

static void index_grow(struct map *m)
{
    enum { AHEAD = 16 };
    size_t old = m->index_room;
    bool fits = m->settings.memcap == 0 || map_bytes(m) + old * sizeof(void *) + MAP_SPARE < m->settings.memcap;
    struct tenure **was = m->index, **now = fits ? map_table(m, old * 2 * sizeof(struct tenure *)) : NULL;

    if (now == NULL) {
        return; /* longer chains */
    }
    m->index = now;
    m->index_room = old * 2;
    for (size_t i = 0; i < old; i++) {
        __builtin_prefetch(i + AHEAD < old ? was[i + AHEAD] : NULL, 1);
        for (struct tenure *t = was[i], *next; t != NULL; t = next) {
            next = t->chain;
            struct tenure **at = &now[slot(m, t->scope, &t->addr, t->family)];
            t->chain = *at;
            *at = t;
        }
    }
    large_give(m->large, was, old * sizeof(struct tenure *));
}

static void index_add(struct map *m, struct tenure *t)
{
    if (m->index_n++ > m->index_room / 4) {
        index_grow(m);
    }
    struct tenure **at = &m->index[slot(m, t->scope, &t->addr, t->family)];
    t->chain = *at;
    *at = t;
}

static void index_drop(struct map *m, struct tenure *t)
{
    struct tenure **at = &m->index[slot(m, t->scope, &t->addr, t->family)];

    while (*at != NULL && *at != t) {
        at = &(*at)->chain;
    }
    if (*at == t) {
        *at = t->chain;
        m->index_n--;
        publish_left(m, t);
    }
}

struct addr addr_of_mac(const uint8_t mac[6])
{
    struct addr a = { 0 };

    memcpy(a.b, mac, 6);
    return a;
}

bool mac_read(struct bytes text, uint8_t mac[6])
{
    struct rd r = rd_of(text);

    for (unsigned i = 0; i < 6; i++) {
        uint8_t between = i != 0 ? rd_u8(&r) : ':';
        struct bytes two = rd_bytes(&r, 2);
        uint64_t v;
        if (!rd_ok(&r) || (between != ':' && between != '-') || !bytes_hex(two, &v)) {
            return false;
        }
        mac[i] = (uint8_t)v;
    }
    return rd_done(&r);
}

static void age_drop(struct map *m, struct entity *e)
{
    *(e->older != NULL ? &e->older->newer : &m->age[e->said].oldest) = e->newer;
    *(e->newer != NULL ? &e->newer->older : &m->age[e->said].newest) = e->older;
    e->older = e->newer = NULL;
}

static void age_add(struct map *m, struct entity *e)
{
    e->older = m->age[e->said].newest;
    *(e->older != NULL ? &e->older->newer : &m->age[e->said].oldest) = e;
    m->age[e->said].newest = e;
}

void entity_said(struct map *m, struct entity *e)
{
    if (!e->said) {
        age_drop(m, e);
        e->said = true;
        age_add(m, e);
    }
}

void entity_prove(struct map *m, struct entity *e, uint64_t ts)
{
    if ((e->flags & ENTITY_PROVEN) == 0) {
        e->flags |= ENTITY_PROVEN;
        derive_later(m, e, ts);
    }
}

void entity_again(struct map *m, struct entity *e, uint64_t ts)
{
    entity_prove(m, e, ts);
    if (m->age[e->said].newest != e) {
        age_drop(m, e);
        age_add(m, e);
    }
}

/* Room for one more: first those that nobody ever answered, the longest unseen first; then the longest unseen of all that were not
 * seen for an hour; none of which a person said something. */
static bool make_room(struct map *m)
{
    enum { LOOK = 64 };
    struct entity *victim = NULL, *oldest = m->age[0].oldest, *e = oldest;

    for (unsigned i = 0; i < LOOK && e != NULL && victim == NULL; i++, e = e->newer) {
        if ((e->flags & ENTITY_PROVEN) == 0) {
            victim = e;
        }
    }
    if (victim == NULL && oldest != NULL && m->now > oldest->last + 3600 * CLOCK_SECOND) {
        victim = oldest;
    }
    if (victim != NULL) {
        m->counter[AWARE_EVICTED]++;
        entity_free(m, victim);
    }
    return victim != NULL;
}

void map_room(struct map *m, uint64_t ts)
{
    while (map_short(m) && make_room(m)) {
    }
    m->full = map_short(m);
    if ((m->full || m->counter[AWARE_EVICTED] != m->evicted_told) && ts >= m->full_told + 10 * CLOCK_SECOND) {
        struct told t = { .ts = ts, .kind = TOLD_CHANGED, .what = "limit", .rna_type = 1001, .rna_event = 22, .reason = "aware.memcap is reached" };
        m->full_told = ts;
        m->evicted_told = m->counter[AWARE_EVICTED];
        map_tell(m, &t);
    }
}

static void scope_note(struct map *m, uint32_t scope)
{
    unsigned i = 0;

    while (i < m->scope_n && m->scope[i] != scope) {
        i++;
    }
    if (i == m->scope_n && i < SCOPES_MAX) {
        m->scope[m->scope_n++] = scope;
    }
}

struct entity *entity_new(struct map *m, uint32_t scope, uint64_t ts)
{
    if (m->full) {
        m->counter[AWARE_REFUSED]++;
        return NULL;
    }
    struct entity *e = shelf_take(m, &m->entities);
    if (e == NULL) {
        m->counter[AWARE_REFUSED]++;
        return NULL;
    }
    memset(e, 0, sizeof *e);
    e->id = m->next_id++;
    e->scope = scope;
    scope_note(m, scope);
    e->first = e->last = ts;
    e->prev = m->last;
    *(m->last != NULL ? &m->last->next : &m->first) = e;
    m->last = e;
    age_add(m, e);
    m->n++;
    return e;
}

static void tenure_free(struct map *m, struct tenure *t)
{
    evidence_free(m, t);
    shelf_give(m, &m->tenures, t);
}

size_t entity_bytes(const struct map *m, const struct entity *e)
{
    size_t n = m->entities.size + (e->place != NULL ? m->places[e->place_n > 1].size : 0);

    for (const struct tenure *t = e->tenure; t != NULL; t = t->next) {
        n += m->tenures.size + (t->evidence != NULL ? m->evidences[t->evidence_room].size : 0) + (t->service != NULL ? m->services[t->service_room].size : 0);
    }
    return n;
}

void entity_release(struct map *m, struct entity *e)
{
    for (struct tenure *t = e->tenure, *next; t != NULL; t = next) {
        next = t->next;
        tenure_free(m, t);
    }
    places_free(m, e);
    shelf_give(m, &m->entities, e);
}

void entity_free(struct map *m, struct entity *e)
{
    derive_forget(m, e);
    publish_forget(m, e);
    for (struct tenure *t = e->tenure; t != NULL; t = t->next) {
        if (t->until == 0) {
            index_drop(m, t);
        }
    }
    moves_forget(m, e);
    age_drop(m, e);
    *(e->prev != NULL ? &e->prev->next : &m->first) = e->next;
    *(e->next != NULL ? &e->next->prev : &m->last) = e->prev;
    m->n--;
    if (!history_gone(m, e)) {
        entity_release(m, e);
    }
}

static void entity_add(struct entity *e, struct tenure *t)
{
    t->entity = e;
    t->next = e->tenure;
    e->tenure = t;
    e->mac = t->family == FAMILY_MAC && t->until == 0 ? t : e->mac;
    *(t->until == 0 ? &e->open : &e->closed) += 1;
    e->weak = (uint16_t)(e->weak + (t->until == 0 && t->hold == HOLD_NEAR));
}

static void entity_take_off(struct entity *e, struct tenure *t)
{
    struct tenure **at = &e->tenure;

    while (*at != t) {
        at = &(*at)->next;
    }
    *at = t->next;
    if (e->mac == t) {
        for (at = &e->tenure; *at != NULL && ((*at)->family != FAMILY_MAC || (*at)->until != 0); at = &(*at)->next) {
        }
        e->mac = *at;
    }
    *(t->until == 0 ? &e->open : &e->closed) -= 1;
    e->weak = (uint16_t)(e->weak - (t->until == 0 && t->hold == HOLD_NEAR));
}

struct tenure *tenure_open(struct map *m, struct entity *e, const struct addr *a, unsigned family, uint64_t ts)
{
    struct tenure *t = shelf_take(m, &m->tenures);

    if (t == NULL) {
        return NULL;
    }
    *t = (struct tenure){ .addr = *a, .family = (uint8_t)family, .scope = e->scope, .since = ts, .last = ts, .id = m->next_tenure++ };
    entity_add(e, t);
    index_add(m, t);
    publish_host(m, e);
    if (family == FAMILY_4 && e->mac != NULL && (e->mac->addr.b[0] & 2) != 0) { /* of cards that nobody bought some carry it (derive_card) */
        derive_later(m, e, ts);
    }
    return t;
}

struct tenure *tenure_load(struct map *m, struct entity *e, const struct addr *a, unsigned family, uint64_t until)
{
    struct tenure *t = shelf_take(m, &m->tenures);

    if (t == NULL) {
        return NULL;
    }
    *t = (struct tenure){ .addr = *a, .family = (uint8_t)family, .scope = e->scope, .until = until };
    entity_add(e, t);
    if (until == 0) {
        index_add(m, t);
    }
    return t;
}

void hold_set(struct tenure *t, enum hold hold)
{
    struct entity *e = t->entity;

    if (t->until == 0) {
        e->weak = (uint16_t)(e->weak - (t->hold == HOLD_NEAR) + (hold == HOLD_NEAR));
    }
    t->hold = (uint8_t)hold;
    t->saved = 0;
}

/* The one that ended first is forgotten, of those that the history has; false: it has none. */
static bool forget_closed(struct map *m, struct entity *e)
{
    bool any = m->history == NULL || e->closed > TENURES_UNSAVED_MAX;
    struct tenure *oldest = NULL;

    for (struct tenure *x = e->tenure; x != NULL; x = x->next) {
        if (x->until != 0 && (x->saved != 0 || any) && (oldest == NULL || x->until < oldest->until)) {
            oldest = x;
        }
    }
    if (oldest == NULL) {
        return false;
    }
    if (oldest->saved == 0) {
        history_lost(m);
    }
    entity_take_off(e, oldest);
    tenure_free(m, oldest);
    return true;
}

void tenure_end(struct map *m, struct tenure *t, uint64_t ts)
{
    struct entity *e = t->entity;

    entity_take_off(e, t);
    index_drop(m, t);
    t->until = ts != 0 ? ts : 1;
    t->saved = 0;
    history_dirty(m, e);
    entity_add(e, t);
}

void tenure_close(struct map *m, struct tenure *t, uint64_t ts)
{
    struct entity *e = t->entity;

    tenure_end(m, t, ts);
    while (e->closed > TENURES_CLOSED_MAX && forget_closed(m, e)) {
    }
}

void tenure_give(struct map *m, struct tenure *t, struct entity *to)
{
    history_dirty(m, to);
    t->saved = 0;
    if (t->entity->said && tenure_said(t)) {
        entity_said(m, to);
    }
    entity_take_off(t->entity, t);
    to->meant |= t->entity->meant;
    entity_add(to, t);
    publish_host(m, to);
}
