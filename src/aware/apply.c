/* SPDX-License-Identifier: GPL-2.0-or-later */
/* apply - one observation after the other onto the map, and what is due when time passes. */
#include "aware/history.h"
#include "aware/publish.h"
#include "proto/proto.h"

#include <stdio.h>
#include <string.h>

void map_tell(struct map *m, struct told *t)
{
    struct entity *e = (struct entity *)(uintptr_t)t->entity;

    if (e != NULL && t->rate != TOLD_RATE_NONE) {
        uint64_t *last = &e->told_at[t->rate - 1];
        if (*last != 0 && t->ts < *last + CLOCK_SECOND) {
            m->counter[AWARE_EVENTS_HELD]++;
            return;
        }
        *last = t->ts;
    }
    m->counter[AWARE_EVENTS] += map_heard(m);
    if (e != NULL) {
        publish_host(m, e);
    }
    history_event(m, t);
    if (m->tell != NULL) {
        m->tell(m->tell_ctx, m, t);
    }
}

void map_tell_first(struct map *m, struct tenure *t, uint64_t ts)
{
    struct entity *e = t->entity;

    if ((e->flags & ENTITY_TOLD) != 0 && m->settings.silent != 0 && ts + m->settings.silent * CLOCK_SECOND <= m->now) {
        return; /* a flow's end says what was then */
    }
    if ((e->flags & ENTITY_TOLD) != 0) {
        struct told back = { .ts = ts, .entity = e, .tenure = t, .kind = TOLD_CHANGED, .what = "back", .rna_type = 1001, .rna_event = 15 };
        e->flags &= ~(unsigned)(ENTITY_SILENT | ENTITY_GONE);
        map_tell(m, &back);
        return;
    }
    e->flags |= ENTITY_TOLD;
    if (!map_heard(m)) {
        return;
    }
    struct told told = { .ts = ts, .entity = e, .tenure = t, .kind = TOLD_NEW, .what = "host", .rna_type = 1000, .rna_event = 1 };
    map_tell(m, &told);
}

/* Names that answers gave to the address before it was seen. */
void named_take(struct map *m, struct tenure *t, const struct seen *s)
{
    const struct named *n = map_named(m, map_hash(m, s->scope, &s->addr, s->family));

    if (n->lost != 0) { /* it may have been of this address: told again by another worker, it would be news */
        evidence_full(t, SIGN_DNS_ANSWER, n->lost);
    }
    if (n->n == 0 || n->family != s->family || n->scope != s->scope || !addr_equal(&n->addr, &s->addr)) {
        return;
    }
    for (unsigned i = 0; i < n->n; i++) {
        struct seen sign = { .ts = n->at[i], .kind = SEEN_SIGN, .sign = SIGN_DNS_ANSWER, .hash = n->word[i]->hash };
        evidence_add(m, t, &sign, n->word[i]->text, n->word[i]->n);
    }
}

/* Of addresses that share a place the same one stays, and the same names of it, however often they are told in a stretch of time. */
static void name_keep(struct map *m, const struct seen *s, const char *text, size_t n)
{
    uint64_t hash = map_hash(m, s->scope, &s->addr, s->family);
    struct named *to = map_named(m, hash);
    uint32_t word = s->hash != 0 ? s->hash : seen_hash(text, n, m->seed);
    bool same = to->family == s->family && to->scope == s->scope && addr_equal(&to->addr, &s->addr);
    struct word *w;

    if (to->n != 0 && slot_of(to->at[0]) >= slot_of(s->ts)) {
        for (unsigned i = 0; i < to->n && same; i++) {
            if (to->part[i] == (uint16_t)word && to->word[i]->n == n && memcmp(to->word[i]->text, text, n) == 0) {
                return;
            }
        }
        if (!same || to->n == NAMES_MAX) {
            to->lost = slot_of(s->ts);
        }
        if (!same ? map_hash(m, to->scope, &to->addr, to->family) >= hash : to->n == NAMES_MAX) {
            return;
        }
    } else {
        same = false;
    }
    if ((w = word_take(m, text, n, word)) == NULL) {
        return;
    }
    for (; !same && to->n != 0; to->n--) {
        word_give(m, to->word[to->n - 1]);
    }
    to->addr = s->addr;
    to->scope = s->scope;
    to->family = s->family;
    to->word[to->n] = w;
    to->part[to->n] = (uint16_t)word;
    to->at[to->n++] = s->ts;
}

static void told_service(struct map *m, struct tenure *t, const struct service *v, const struct seen *s, unsigned was)
{
    bool udp = v->proto == 17;

    if (!map_heard(m)) {
        return;
    }
    struct told told = { .ts = s->ts, .entity = t->entity, .tenure = t, .service = v, .what = "service" };

    told.kind = v->told ? TOLD_CHANGED : TOLD_NEW;
    told.rna_type = v->told ? 1001 : 1000;
    told.rna_event = v->told ? (udp ? 10 : 6) : udp ? 6 : 2;
    if (was != 0) {
        snprintf(told.from, sizeof told.from, "%s", proto_name(was));
        snprintf(told.to, sizeof told.to, "%s", proto_name(v->app));
    }
    map_tell(m, &told);
}

static void apply_service(struct map *m, struct tenure *t, const struct seen *s)
{
    bool news;
    struct service *v = service_add(m, t, s, &news);

    if (v != NULL && news) {
        told_service(m, t, v, s, 0);
        v->told = true;
    }
}

/* A flow ended that was of a known protocol: its server may not have spoken. */
static void apply_used(struct map *m, struct tenure *t, const struct seen *s)
{
    struct service *v = service_of(t, s);

    if (v == NULL || v->app == 0) {
        apply_service(m, t, s);
        v = service_of(t, s);
    }
    unsigned was = v != NULL ? v->app : 0;
    if (v != NULL && service_changes(v, s)) {
        told_service(m, t, v, s, was);
    }
    if (v != NULL) {
        service_used(v, s);
    }
}

/* Where it stands, by a file: that counts until a packet shows it. */
static void stands(struct map *m, struct entity *e, const struct seen *s)
{
    if (s->vlan != 0 && e->place == NULL) {
        moves_place(m, e, s);
    }
}

static struct tenure *apply_present(struct map *m, const struct seen *s)
{
    struct tenure *frame = NULL, *t = map_place(m, s, &frame);

    if (t == NULL) {
        return NULL;
    }
    map_tell_new(m, t, s->ts);
    if (s->has_mac == 0 || mac_is(entity_mac(t->entity), s->mac)) {
        moves_place(m, t->entity, s);
    } else {
        struct addr mac = addr_of_station(s);
        struct tenure *router = frame != NULL ? frame : map_find(m, s->scope, &mac, FAMILY_MAC);
        if (router != NULL) {
            map_tell_new(m, router, s->ts);
            moves_place(m, router->entity, s);
        }
    }
    return t;
}

static bool serves_names(const struct tenure *t)
{
    for (const struct service *v = service_first(t); v != NULL; v = service_next(t, v)) {
        if (v->port == 53) {
            return true;
        }
    }
    return false;
}

static void apply_sign(struct map *m, const struct seen *s, const char *text)
{
    size_t n = s->text_n;

    if (s->sign == SIGN_LEASE) {
        if (!prefix_told(m, s, text)) {
            map_lease(m, s, text, n);
        }
        return;
    }
    if (s->sign == SIGN_FLOW_EXPORT) {
        struct service *v;
        struct tenure *from = map_export(m, s, text, n, &v);
        if (from != NULL) {
            map_tell_new(m, from, s->ts);
        }
        if (v != NULL && !v->told) {
            told_service(m, from, v, s, 0);
            v->told = true;
        }
        return;
    }
    struct tenure *t = (s->flags & SEEN_FLOW) != 0 ? apply_present(m, s) : map_place(m, s, NULL);
    if (s->sign == SIGN_DNS_ANSWER) {
        if (t != NULL) {
            evidence_add(m, t, s, text, n);
        } else if (map_find(m, s->scope, &s->addr, s->family) == NULL) {
            name_keep(m, s, text, n);
        }
        return;
    }
    if (t == NULL || (s->sign == SIGN_ASKED && ((t->entity->flags & ENTITY_ROUTER) != 0 || serves_names(t)))) { /* who serves names asks for others */
        return;
    }
    map_tell_new(m, t, s->ts);
    if (s->said != 0) {
        stands(m, t->entity, s);
    }
    if (s->sign == SIGN_START) {
        moves_boot(m, t->entity, s);
        return;
    }
    if (s->sign == SIGN_TCP_SYNACK) {
        apply_service(m, t, s);
    }
    if (s->sign == SIGN_CLOCK) {
        moves_clock(m, t, s, text);
        return;
    }
    bool news = evidence_add(m, t, s, text, n);
    if (news && (s->sign == SIGN_SMB_GUID || s->sign == SIGN_DHCPV6_DUID || s->sign == SIGN_NTLM_NAME)) {
        moves_own(m, t, s);
    }
    if (s->sign == SIGN_ROUTER) {
        t->entity->flags |= ENTITY_ROUTER;
    } else if (s->sign == SIGN_BRIDGE) {
        t->entity->flags |= ENTITY_BRIDGE;
    }
    if (news) {
        derive_news(m, t, s);
    }
}

static void apply_end(struct map *m, const struct seen *s)
{
    struct tenure *client = map_find(m, s->scope, &s->addr, s->family), *server = map_find(m, s->scope, &s->peer, s->family);
    struct tenure *end[2] = { client, server };

    for (unsigned i = 0; i < 2; i++) {
        struct tenure *t = end[i];
        if (t == NULL || t->since > s->ts) { /* another holds the address by now */
            continue;
        }
        if (i == 1 && s->app != 0) {
            apply_used(m, t, s);
        }
        if (i == 0 || (s->flags & SEEN_ANSWERED) != 0) {
            time_touch(&t->last, s->ts, true);
            entity_touch(m, t->entity, s->ts, true);
            if (t->hold >= HOLD_NEAR && entity_mac(t->entity) != NULL) {
                time_touch(&entity_mac(t->entity)->last, s->ts, true);
            }
        }
        t->entity->flows++;
        t->entity->sent += s->bytes[i];
        t->entity->received += s->bytes[!i];
        if ((s->flags & SEEN_ANSWERED) != 0) {
            entity_prove(m, t->entity, s->ts);
        }
    }
}

static void apply_bind(struct map *m, const struct seen *s)
{
    if (s->has_mac == 0) {
        return;
    }
    (void)map_bind(m, s, (s->flags & SEEN_STRANGE) != 0 ? HOLD_NEAR : HOLD_SAID, map_find(m, s->scope, &s->addr, s->family));
    struct addr mac = addr_of_station(s);
    struct tenure *hw = map_find(m, s->scope, &mac, FAMILY_MAC);
    if (hw != NULL) {
        map_tell_new(m, hw, s->ts);
        (s->said != 0 ? stands : moves_place)(m, hw->entity, s);
    }
}

static struct tenure *station(struct map *m, const struct seen *s)
{
    UNSET struct seen mac;

    seen_copy(&mac, s);
    mac.family = FAMILY_NONE;
    struct tenure *t = s->has_mac != 0 ? map_place(m, &mac, NULL) : NULL;
    if (t != NULL) {
        map_tell_new(m, t, s->ts);
    }
    return t;
}

/* False: it was seen lately. */
static bool unseen(struct map *m, struct entity *e)
{
    uint64_t gone = e->last + m->settings.gone * CLOCK_SECOND, silent = e->last + m->settings.silent * CLOCK_SECOND;

    if (m->settings.gone != 0 && m->now >= gone) {
        if ((e->flags & ENTITY_GONE) == 0) {
            struct told t = { .ts = gone, .entity = e, .kind = TOLD_GONE, .what = "host", .rna_type = 1001, .rna_event = 7 };
            map_tell(m, &t);
        }
        if (e->said) { /* what a person said of it waits for its return */
            entity_mark(m, e, ENTITY_GONE | ENTITY_SILENT);
        } else {
            e->gone = gone; /* not when it was noticed */
            entity_free(m, e);
        }
        return true;
    }
    if (m->settings.silent == 0 || m->now < silent) {
        return false;
    }
    if ((e->flags & ENTITY_SILENT) == 0 && (e->flags & ENTITY_PROVEN) != 0) {
        struct told t = { .ts = silent, .entity = e, .kind = TOLD_SILENT, .what = "host", .rna_type = 1001, .rna_event = 15 };
        entity_mark(m, e, ENTITY_SILENT);
        map_tell(m, &t);
    }
    return true;
}

/* Hosts that nothing was seen of for long; the longest first. */
void map_silence(struct map *m)
{
    for (unsigned said = 0; said < ROWS(m->age); said++) {
        for (struct entity *e = m->age[said].oldest, *newer; e != NULL; e = newer) {
            newer = e->newer;
            if (!unseen(m, e)) {
                break;
            }
        }
    }
}

void map_time(struct map *m, uint64_t ts)
{
    if (ts <= m->now) {
        return;
    }
    bool slot = slot_of(ts) != slot_of(m->now);
    m->now = ts;
    if (m->waiting != NULL && m->waiting->announced < ts) {
        moves_due(m, ts);
    }
    if (m->stale != NULL && m->stale->stale_at < ts && !m->lazy) {
        derive_due(m, ts);
    }
    if (slot) {
        map_silence(m);
    }
}

void map_apply(struct map *m, const struct seen *s, const char *text)
{
    struct tenure *t;

    m->counter[AWARE_OBSERVATIONS]++;
    map_time(m, s->clock);
    if (m->full || map_short(m) || m->counter[AWARE_EVICTED] != m->evicted_told) {
        map_room(m, s->ts);
    }
    switch (s->kind) {
    case SEEN_PRESENT: apply_present(m, s); break;
    case SEEN_BIND: apply_bind(m, s); break;
    case SEEN_SIGN: apply_sign(m, s, text); break;
    case SEEN_END: apply_end(m, s); break;
    case SEEN_SERVICE:
        if ((t = map_place(m, s, NULL)) != NULL) {
            apply_service(m, t, s);
        }
        break;
    case SEEN_ANNOUNCE:
        if ((t = station(m, s)) != NULL) {
            moves_announce(m, t->entity, s);
        }
        break;
    case SEEN_PROBE:
        if ((t = station(m, s)) != NULL) {
            moves_boot(m, t->entity, s);
        }
        break;
    case SEEN_CONTINUES:
        if ((t = station(m, s)) != NULL) {
            moves_continue(m, t->entity, s);
        }
        break;
    default: break;
    }
}

void map_settle(struct map *m)
{
    moves_due(m, UINT64_MAX);
    if (!m->lazy) {
        derive_due(m, UINT64_MAX);
    }
}
