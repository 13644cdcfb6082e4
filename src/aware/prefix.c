/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * prefix - until when an IPv6 address is held that its host made itself.
 *
 * Routers say of which prefixes hosts may do so, and for how long these addresses are valid from then on (RFC 4862 5.5.3): a sign "lease" of
 * the router, "2001:0db8:0001:0000:0000:0000:0000:0000/64 7200".
 */
#include "aware/map.h"

#include <stdio.h>
#include <string.h>

enum { LEAST_SECONDS = 7200 /* RFC 4862 5.5.3 e: no advertisement leaves it less */,
       MOST_SECONDS = 7 * 86400 /* a temporary one lives no longer, whatever routers say: RFC 4941 5 has a week, RFC 8981 3.8 two days */ };

static struct prefix *prefix_find(const struct map *m, uint32_t scope, uint64_t half)
{
    const struct prefix *p = m->prefix, *end = p + m->prefix_n;

    while (p < end && !(p->half == half && p->scope == scope)) {
        p++;
    }
    return p < end ? (struct prefix *)(uintptr_t)p : NULL;
}

/* A new one; that which was told longest ago goes where there is no room. */
static struct prefix *prefix_new(struct map *m, uint32_t scope, uint64_t half)
{
    struct prefix *p = &m->prefix[0];

    if (m->prefix_n < PREFIXES_MAX) {
        p = &m->prefix[m->prefix_n++];
    }
    for (unsigned i = 0; i < m->prefix_n && p->last != 0; i++) {
        p = m->prefix[i].last < p->last ? &m->prefix[i] : p;
    }
    *p = (struct prefix){ .half = half, .scope = scope };
    return p;
}

bool prefix_put(struct map *m, uint32_t scope, struct bytes text, uint64_t ts)
{
    char room[80], address[48];
    unsigned bits, seconds;
    struct addr a;
    enum family family;

    if (text.n >= sizeof room) {
        return false;
    }
    memcpy(room, text.p, text.n);
    room[text.n] = '\0';
    if (sscanf(room, "%47[0-9a-f:]/%u %u", address, &bits, &seconds) != 3 || bits != 64 || !addr_parse(address, &a, &family) || family != FAMILY_6) {
        return false;
    }
    struct prefix *p = prefix_find(m, scope, a.q[0]);
    p = p != NULL ? p : prefix_new(m, scope, a.q[0]);
    if (ts >= p->last) {
        p->last = ts;
        p->seconds = seconds;
    }
    return true;
}

bool prefix_told(struct map *m, const struct seen *s, const char *text)
{
    if (!prefix_put(m, s->scope, bytes_of(text, s->text_n), s->ts)) {
        return false;
    }
    struct tenure *router = map_place(m, s, NULL);
    if (router != NULL) {
        (void)evidence_add(m, router, s, text, s->text_n);
    }
    return true;
}

uint64_t prefix_end(const struct map *m, const struct tenure *t)
{
    const struct prefix *p = t->family == FAMILY_6 && t->hold != HOLD_LEASE ? prefix_find(m, t->scope, t->addr.q[0]) : NULL;

    if (p == NULL) {
        return 0;
    }
    uint64_t told = p->last + p->seconds * CLOCK_SECOND, least = t->last + LEAST_SECONDS * CLOCK_SECOND, most = t->last + MOST_SECONDS * CLOCK_SECOND;
    uint64_t end = told > least ? told : least;
    return end < most ? end : most;
}
