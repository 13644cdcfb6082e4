/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * moves - where stations stand, that they moved, and whether what announced itself came up or came from elsewhere.
 *
 * A move is told with the first packet from the new place.  An announcement (RARP, gratuitous ARP, unsolicited advertisement)
 * waits up to five seconds for what it was: a question for leases, routers or a free address is a start; a connection from before
 * that goes on is a live move.
 */
#include "aware/history.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint64_t decide = 5 * CLOCK_SECOND;

static void place_text(const struct place *p, char out[80])
{
    char vtep[ADDR_TEXT_MAX];
    int n = 0;

    out[0] = '\0';
    if (p->vtep_family != FAMILY_NONE) {
        addr_text(&p->vtep, (enum family)p->vtep_family, vtep);
        n = snprintf(out, 80, "vtep %s", vtep);
    }
    if (p->vlan != 0 || n == 0) {
        snprintf(out + n, 80 - (size_t)n, "%svlan %u", n != 0 ? ", " : "", p->vlan);
    }
}

static bool place_same(const struct place *p, const struct seen *s)
{
    return p->vlan == s->vlan && p->vtep_family == s->vtep_family && (s->vtep_family == FAMILY_NONE || addr_equal(&p->vtep, &s->vtep));
}

static void place_set(struct place *p, const struct seen *s)
{
    static const struct addr none;

    *p = (struct place){ .vtep = s->vtep_family != FAMILY_NONE ? s->vtep : none, .first = s->ts, .last = s->ts, .network = s->network, .vlan = s->vlan, .vtep_family = s->vtep_family };
}

/* Most stand in one place all their lives. */
struct place *place_add(struct map *m, struct entity *e)
{
    struct place *was = e->place, *now = was;

    if (e->place_n < 2) {
        if ((now = shelf_take(m, &m->places[e->place_n])) == NULL) {
            return NULL;
        }
        if (was != NULL) {
            *now = *was;
            shelf_give(m, &m->places[0], was);
        }
        e->place = now;
    }
    return &now[e->place_n++];
}

void places_free(struct map *m, struct entity *e)
{
    if (e->place != NULL) {
        shelf_give(m, &m->places[e->place_n > 1], e->place);
        e->place = NULL;
    }
}

/* In the order of their announcements. */
static void wait_for(struct map *m, struct entity *e)
{
    if (e->waits) {
        return;
    }
    e->waits = true;
    e->waiting_before = m->waiting_last;
    *(m->waiting_last != NULL ? &m->waiting_last->waiting : &m->waiting) = e;
    m->waiting_last = e;
}

void moves_forget(struct map *m, struct entity *e)
{
    if (!e->waits) {
        return;
    }
    *(e->waiting_before != NULL ? &e->waiting_before->waiting : &m->waiting) = e->waiting;
    *(e->waiting != NULL ? &e->waiting->waiting_before : &m->waiting_last) = e->waiting_before;
    e->waiting = e->waiting_before = NULL;
    e->waits = false;
}

static void told_moved(struct map *m, struct entity *e, uint64_t ts, const char *what, const char *reason)
{
    struct told t = { .ts = ts, .entity = e, .kind = TOLD_MOVED, .what = what, .reason = reason, .rna_type = 1001, .rna_event = 18,
                      .rate = what[0] == 'l' ? TOLD_RATE_LIVE : TOLD_RATE_PLACE };

    if (e->place != NULL && e->place_n > 1) {
        place_text(&e->place[e->place_was], t.from);
        place_text(&e->place[e->place_now], t.to);
    }
    map_tell(m, &t);
}

/* In several places by what they are. */
enum { HOMELESS = ENTITY_TRUNK | ENTITY_ROUTER | ENTITY_SHARED | ENTITY_SERVICE_ADDRESS };

/* It stands in its i-th place now; the stay that had that room is over. */
static void stay(struct map *m, struct entity *e, uint8_t i, const struct place *over)
{
    if (e->moved && over != NULL) { /* else that is kept already */
        history_stay(m, e, over);
    }
    e->place_was = e->place_now;
    e->place_now = i;
    e->moved = true;
}

void moves_place(struct map *m, struct entity *e, const struct seen *s)
{
    if (e->place == NULL) {
        struct place *first = place_add(m, e);
        if (first != NULL) {
            place_set(first, s);
            e->moved = true;
        }
        return;
    }
    struct place *now = &e->place[e->place_now];
    if (place_same(now, s)) {
        time_touch(&now->last, s->ts, seen_exact(s));
        return;
    }
    uint8_t was = e->place_n;
    for (unsigned i = 0; i < e->place_n; i++) {
        if (place_same(&e->place[i], s)) { /* it was there before: at home in both, or mirrored twice */
            if (!seen_exact(s) && s->kind != SEEN_CONTINUES && slot_of(s->ts) == slot_of(e->place[i].last)) { /* told twice, or once: the same */
                return;
            }
            if (s->ts < now->last + decide) {
                e->flags |= ENTITY_TRUNK;
            }
            time_touch(&e->place[i].last, s->ts, seen_exact(s));
            if ((e->flags & ENTITY_TRUNK) == 0) {
                stay(m, e, (uint8_t)i, &e->place[i]);
                e->place[i].first = s->ts;
                if ((e->flags & HOMELESS) == 0) {
                    told_moved(m, e, s->ts, "place", "back where it was");
                }
            }
            return;
        }
    }
    if (e->place_n < PLACES_MAX && place_add(m, e) == NULL) {
        return;
    }
    uint8_t to = e->place_n > was ? was : (uint8_t)((e->place_now + 1) % PLACES_MAX);
    stay(m, e, to, to < was ? &e->place[to] : NULL);
    place_set(&e->place[to], s);
    if ((e->flags & HOMELESS) == 0) {
        told_moved(m, e, s->ts, "place", NULL);
    }
}

static void told_boot(struct map *m, struct entity *e, uint64_t ts, const char *what, const char *reason)
{
    struct told t = { .ts = ts, .entity = e, .kind = TOLD_CHANGED, .what = what, .reason = reason, .rna_type = 1001, .rna_event = 15, .rate = TOLD_RATE_ANNOUNCE };

    map_tell(m, &t);
}

static void decided(struct map *m, struct entity *e, uint64_t ts, enum boot what)
{
    moves_forget(m, e);
    e->boot = (uint8_t)what;
    if (what == BOOT_UP) {
        struct told t = { .ts = ts, .entity = e, .kind = TOLD_CHANGED, .what = "boot", .reason = "it asks for an address or for routers", .rna_type = 1001, .rna_event = 15 };
        map_tell(m, &t);
    } else if (what == BOOT_LIVE) {
        told_moved(m, e, ts, "live", "its connections go on");
    }
}

void moves_announce(struct map *m, struct entity *e, const struct seen *s)
{
    bool fresh = e->announced == 0 || s->ts > e->announced_last + decide;

    moves_place(m, e, s);
    e->announced_last = s->ts;
    e->announces++;
    if (!fresh) {
        return;
    }
    e->announced = s->ts;
    e->announces = 1;
    e->boot = BOOT_NONE;
    if ((e->flags & ENTITY_SERVICE_ADDRESS) != 0) {
        return;
    }
    told_boot(m, e, s->ts, "announced", (s->flags & SEEN_SELF) != 0 ? "a hypervisor announces it: RARP" : "it announces its address");
    wait_for(m, e);
    if (e->probed != 0 && s->ts <= e->probed + decide) { /* RFC 5227 2.3: it asked before it announced */
        decided(m, e, s->ts, BOOT_UP);
    }
}

void moves_boot(struct map *m, struct entity *e, const struct seen *s)
{
    moves_place(m, e, s);
    e->probed = s->ts;
    if (e->announced != 0 && e->boot == BOOT_NONE && s->ts <= e->announced + decide) {
        decided(m, e, s->ts, BOOT_UP);
    }
}

void moves_continue(struct map *m, struct entity *e, const struct seen *s)
{
    if (e->announced != 0 && e->boot == BOOT_NONE && s->ts <= e->announced + decide) { /* the first of them: the others are one worker's, or each's */
        moves_place(m, e, s);
        decided(m, e, s->ts, BOOT_LIVE);
    }
}

void moves_due(struct map *m, uint64_t now)
{
    while (m->waiting != NULL && (now == UINT64_MAX || m->waiting->announced + decide < now)) {
        struct entity *e = m->waiting;
        decided(m, e, e->announced + decide < m->now ? e->announced + decide : m->now, BOOT_ANNOUNCED);
    }
}

enum { CLOCK_BACK = 150 /* seconds; more than two stretches of time */ };

/* A clock that shows what it has shown before: a snapshot was restored.  One that stood still, or was put right, has not gone back.  Of hosts on the
 * link only: what comes from afar may come out of a cache.  Of a stretch of time what it shows first and least counts, and that it went back once: what
 * it shows again, one worker tells, or each. */
void moves_clock(struct map *m, struct tenure *t, const struct seen *s, const char *text)
{
    char room[16];
    size_t n = s->text_n < sizeof room - 1 ? s->text_n : sizeof room - 1;

    memcpy(room, text, n);
    room[n] = '\0';
    uint16_t slot = (uint16_t)slot_of(s->ts);
    int64_t says = (int64_t)(((uint64_t)slot_of(s->ts) << SLOT_SHIFT) / CLOCK_SECOND) + strtol(room, NULL, 10);
    uint32_t shows = says < 0 ? 0 : says < UINT32_MAX ? (uint32_t)says : UINT32_MAX, was = t->clock;
    bool known = (t->marks & TENURE_CLOCK) != 0, back = (t->marks & TENURE_CLOCK_BACK) != 0;

    if (known && (int16_t)(uint16_t)(slot - t->clock_slot) < 0) {
        return;
    }
    if (!known || slot != t->clock_slot) {
        was = back ? t->clock_low : known ? t->clock : shows;
        t->clock = t->clock_low = shows;
        t->clock_slot = slot;
        t->marks = (uint8_t)((t->marks | TENURE_CLOCK) & ~TENURE_CLOCK_BACK);
        back = false;
    }
    t->clock_low = shows < t->clock_low ? shows : t->clock_low;
    if (back || (uint64_t)shows + CLOCK_BACK >= was) {
        return;
    }
    t->marks |= TENURE_CLOCK_BACK;
    if (t->hold >= HOLD_NEAR) {
        struct told told = { .ts = s->ts, .entity = t->entity, .tenure = t, .kind = TOLD_CHANGED, .what = "rollback", .reason = "its clock went back", .rna_type = 1001,
                             .rna_event = 15 };
        snprintf(told.to, sizeof told.to, "%u s back", was - shows);
        map_tell(m, &told);
    }
}

/* Two machines that live at once and both have it: one is a copy. */
void moves_own(struct map *m, struct tenure *t, const struct seen *s)
{
    enum { ALIVE_MINUTES = 10 };
    const struct evidence *v = evidence_first(t); /* the newest stands first, or in an old one's place */
    struct entity *e = t->entity;

    while (v != NULL && !(v->sign == s->sign && v->first == s->ts)) {
        v = evidence_next(t, v);
    }
    if (v == NULL) {
        return;
    }
    struct owned *o = &m->owned[(v->word->hash ^ s->sign * 0x9e3779b9u) & (OWNED_MAX - 1)];
    struct tenure *there = o->word == v->word && o->sign == s->sign && o->entity != e->id ? map_find(m, o->scope, &o->addr, o->family) : NULL;
    struct entity *other = there != NULL && there->entity->id == o->entity ? there->entity : NULL; /* it holds the address still */
    const struct tenure *mine = entity_mac(e), *theirs = other != NULL ? entity_mac(other) : NULL;
    if (mine != NULL && theirs != NULL && s->ts < other->last + ALIVE_MINUTES * 60 * CLOCK_SECOND) {
        struct told told = { .ts = s->ts, .entity = e, .tenure = t, .kind = TOLD_CONFLICT, .what = "clone", .other = other, .rate = TOLD_RATE_CLONE,
                             .reason = sign_rows[s->sign].name, .rna_type = 1001, .rna_event = 25 };
        entity_mark(m, e, ENTITY_CLONE);
        entity_mark(m, other, ENTITY_CLONE);
        map_tell(m, &told);
    }
    if (o->word != v->word) {
        v->word->refs++;
        if (o->word != NULL) {
            word_give(m, o->word);
        }
    }
    *o = (struct owned){ .word = v->word, .entity = e->id, .sign = s->sign, .addr = t->addr, .scope = t->scope, .family = t->family };
}
