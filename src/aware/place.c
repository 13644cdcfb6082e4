/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * place - who holds which address: joining, splitting and handing over, by the rules of README.md.
 */
#include "aware/map.h"

#include "base/hash.h"

#include <stdio.h>
#include <string.h>

enum { ALIVE_SECONDS = 130 /* a holder seen so lately is there still: a minute, and a stretch of time, by which what was seen last may be older than it says */,
       SILENT_SECONDS = 600 };
static const uint64_t alive = ALIVE_SECONDS * CLOCK_SECOND, silent = SILENT_SECONDS * CLOCK_SECOND;

/* Virtual routers' addresses: VRRP and CARP, HSRP 1 and 2, GLBP (RFC 9568 7.3; the others their makers'). */
static bool mac_virtual(const uint8_t *m)
{
    static const struct { uint8_t n, b[5]; } rows[] = {
        { 5, { 0x00, 0x00, 0x5e, 0x00, 0x01 } }, { 5, { 0x00, 0x00, 0x5e, 0x00, 0x02 } }, { 5, { 0x00, 0x00, 0x0c, 0x07, 0xac } },
        { 4, { 0x00, 0x00, 0x0c, 0x9f } }, { 4, { 0x00, 0x05, 0x73, 0xa0 } }, { 4, { 0x00, 0x07, 0xb4, 0x00 } },
    };

    for (unsigned i = 0; i < ROWS(rows); i++) {
        if (memcmp(m, rows[i].b, rows[i].n) == 0) {
            return true;
        }
    }
    return false;
}

/* The NAT of VMware's, VirtualBox's and QEMU's own networks (docs, as prints/mac.prints has them): it ends connections and makes them anew, so what comes from
 * far has a TTL of its own, as if it were near. */
static bool mac_nat(const uint8_t *m)
{
    static const uint8_t vmware[3] = { 0x00, 0x50, 0x56 }, virtualbox[5] = { 0x52, 0x54, 0x00, 0x12, 0x35 }, qemu[2] = { 0x52, 0x55 };

    return (memcmp(m, vmware, 3) == 0 && m[3] >= 0xe0) || (memcmp(m, virtualbox, 5) == 0 && m[5] <= 4) || memcmp(m, qemu, 2) == 0;
}

/* Said in this stretch of time before: the most that are.  (A history is told of each all the same.) */
static inline bool touched(const struct map *m, const struct tenure *t, const struct seen *s)
{
    const struct entity *e = t->entity;
    uint32_t now = slot_of(s->ts);

    return now <= slot_of(t->last) && now <= slot_of(e->last) && m->history == NULL && (t->ttl != 0 || s->ttl == 0 || t->family == FAMILY_MAC) &&
           ((e->flags & ENTITY_PROVEN) != 0 || (s->flags & SEEN_ANSWERED) == 0) && !seen_exact(s);
}

static uint8_t slot_mark(uint64_t ts) { return (uint8_t)(1 + slot_of(ts) % UINT8_MAX); }

/* Its address was another's in this stretch of time.  What was said of it then, and is said again, one worker tells no more, or each does: nothing is
 * taken but what its holder alone can have said, and only since. */
static inline bool unsure(const struct tenure *t, const struct seen *s)
{
    if ((t->marks & TENURE_HANDED) == 0 || seen_exact(s) || stretch_of(s->kind, s->ts) > stretch_of(s->kind, t->since)) {
        return false;
    }
    return s->has_mac == 0 || !mac_is(entity_mac(t->entity), s->mac) || t->stranger == slot_mark(s->ts);
}

static void touch(struct map *m, struct tenure *t, const struct seen *s)
{
    if (touched(m, t, s) || unsure(t, s)) {
        return;
    }
    bool first = seen_exact(s) || slot_of(s->ts) > slot_of(t->last);

    time_touch(&t->last, s->ts, seen_exact(s));
    if (s->ttl != 0 && t->family != FAMILY_MAC && (t->ttl == 0 || first)) {
        t->ttl = s->ttl;
    }
    entity_touch(m, t->entity, s->ts, seen_exact(s));
    if ((s->flags & SEEN_ANSWERED) != 0) {
        entity_prove(m, t->entity, s->ts);
    }
}

static struct tenure *open_alone(struct map *m, const struct seen *s, const struct addr *a, unsigned family)
{
    struct entity *e = entity_new(m, s->scope, s->ts);
    struct tenure *t = e != NULL ? tenure_open(m, e, a, family, s->ts) : NULL;

    if (e != NULL && t == NULL) {
        entity_free(m, e);
    }
    if (t != NULL && family == FAMILY_MAC && mac_virtual(a->b)) {
        e->flags |= ENTITY_SERVICE_ADDRESS;
    }
    return t;
}

static struct tenure *find_mac(struct map *m, const struct seen *s)
{
    struct addr a = addr_of_station(s);

    return map_find(m, s->scope, &a, FAMILY_MAC);
}

/* A far address behind it.  True: one too many for a host. */
static bool far_note(struct entity *e, uint32_t far)
{
    for (unsigned i = 0; i < e->far_n; i++) {
        if (e->far[i] == far) {
            return false;
        }
    }
    if (e->far_n < ROWS(e->far)) {
        e->far[e->far_n++] = far;
    }
    return e->far_n == ROWS(e->far) && (e->flags & ENTITY_ROUTER) == 0;
}

/* All tenures of one go to the other; what is told of it says so. */
static void absorb(struct map *m, struct entity *into, struct entity *from)
{
    while (from->tenure != NULL) {
        tenure_give(m, from->tenure, into);
    }
    into->first = from->first < into->first ? from->first : into->first;
    time_touch(&into->last, from->last, true);
    into->sent += from->sent;
    into->received += from->received;
    into->flows += from->flows;
    into->flags |= from->flags & (ENTITY_PROVEN | ENTITY_ROUTER | ENTITY_BRIDGE | ENTITY_TOLD);
    for (unsigned i = 0; i < from->far_n; i++) {
        into->flags |= far_note(into, from->far[i]) ? ENTITY_ROUTER : 0;
    }
    if (from->stale_at != 0) {
        derive_later(m, into, m->now);
    }
    if (into->place == NULL && from->place != NULL) {
        into->place = from->place;
        into->place_n = from->place_n;
        into->place_now = from->place_now;
        into->place_was = from->place_was;
        into->moved = true;
        from->place = NULL;
    }
    if ((from->flags & ENTITY_TOLD) != 0 && (into->flags & ENTITY_TOLD) != 0) {
        struct told t = { .ts = m->now, .entity = into, .kind = TOLD_CHANGED, .what = "joined", .rna_type = 1001, .rna_event = 14, .other = from };
        map_tell(m, &t);
    }
    entity_free(m, from);
}

/* Its hardware address stands before addresses that are not its own: those that it holds by nothing but TTL go their ways, as new hosts.  They are told
 * at once: what is said of them again in this stretch of time, one worker tells no more. */
static void split_weak(struct map *m, struct entity *e, uint64_t ts)
{
    e->flags |= ENTITY_SHARED;
    for (bool any = true; any;) {
        any = false;
        for (struct tenure *t = e->tenure; t != NULL; t = t->next) {
            if (t->until == 0 && t->hold == HOLD_NEAR) {
                struct entity *own = entity_new(m, e->scope, t->since);
                if (own == NULL) {
                    return;
                }
                any = true;
                tenure_give(m, t, own);
                hold_set(t, HOLD_ALONE);
                own->last = t->last;
                own->flags |= (e->flags & ENTITY_PROVEN);
                map_tell_new(m, t, ts);
                derive_later(m, own, ts);
                break;
            }
        }
    }
}

static void told_address(struct map *m, struct tenure *t, const struct entity *from, const struct seen *s, bool conflict)
{
    struct told told = { .ts = s->ts, .entity = t->entity, .tenure = t, .other = from, .rate = conflict ? TOLD_RATE_CONFLICT : TOLD_RATE_NONE };

    told.kind = conflict ? TOLD_CONFLICT : TOLD_CHANGED;
    told.what = "address";
    told.reason = conflict ? "two machines claim it" : from != NULL ? "it was another's" : "one more";
    told.rna_type = 1001;
    told.rna_event = from != NULL ? 3 : 1;
    map_tell(m, &told);
}

/* The address was another's, who had a hardware address of its own. */
static void hand_over(struct map *m, struct tenure *t, struct entity *to, const struct seen *s, enum hold hold)
{
    struct entity *from = t->entity;
    const struct tenure *mac = entity_mac(from);
    bool both = ((from->flags | to->flags) & ENTITY_SERVICE_ADDRESS) != 0;
    bool conflict = !both && hold == HOLD_SAID && t->hold >= HOLD_SAID && s->ts < t->last + alive && mac != NULL && s->ts < mac->last + alive;
    struct addr a = t->addr;
    unsigned family = t->family;

    if (both && (from->flags & ENTITY_SERVICE_ADDRESS) != 0) {
        return; /* a member answers for the virtual address with its own: it stays where it is */
    }
    uint8_t stranger = t->stranger;
    uint64_t end = tenure_until(m, t);
    tenure_close(m, t, end != 0 ? end : s->ts);
    struct tenure *now = tenure_open(m, to, &a, family, s->ts);
    if (now == NULL) {
        return;
    }
    hold_set(now, hold);
    now->marks = TENURE_HANDED;
    now->stranger = stranger;
    if (conflict) {
        entity_mark(m, from, ENTITY_CONFLICT);
        entity_mark(m, to, ENTITY_CONFLICT);
    }
    told_address(m, now, from, s, conflict);
}

static void hold_raise(struct tenure *t, enum hold hold)
{
    if (hold > t->hold) {
        hold_set(t, hold);
    }
}

/* Of those that it holds by nothing but its packets' TTL, what ended by itself (leases, IPv6 addresses of a week ago) is over. */
static void near_over(struct map *m, struct entity *e)
{
    struct tenure *t = e->tenure;

    while (t != NULL) {
        uint64_t end = t->until == 0 && t->hold == HOLD_NEAR ? tenure_until(m, t) : 0;
        if (end != 0) {
            tenure_close(m, t, end);
        }
        t = end != 0 ? e->tenure : t->next;
    }
}

/* It holds as many as it may: the one unseen for longest ends.  False: each was seen in this stretch of time, in which it may be told again, or has a
 * person's word. */
static bool make_way(struct map *m, struct entity *e, uint64_t ts)
{
    struct tenure *oldest = NULL;

    for (struct tenure *t = e->tenure; t != NULL; t = t->next) {
        bool may = t->until == 0 && t->family != FAMILY_MAC && slot_of(t->last) < slot_of(ts);
        if (may && (oldest == NULL || t->last < oldest->last) && !tenure_said(t)) {
            oldest = t;
        }
    }
    m->counter[AWARE_ADDRESSES]++;
    if (oldest != NULL) {
        uint64_t end = tenure_until(m, oldest);
        tenure_close(m, oldest, end != 0 ? end : ts);
    }
    return oldest != NULL;
}

/* May this entity hold one more address, known so surely? */
static bool may_hold(struct map *m, struct entity *e, const struct seen *s, enum hold hold)
{
    if (hold == HOLD_NEAR) {
        if ((e->flags & (ENTITY_SHARED | ENTITY_SERVICE_ADDRESS)) != 0 || mac_nat(s->mac)) {
            return false;
        }
        unsigned most = s->family == FAMILY_6 ? 4 * WEAK_MAX : WEAK_MAX;
        if (e->weak >= most) {
            near_over(m, e);
        }
        if (e->weak >= most) {
            split_weak(m, e, s->ts);
            return false;
        }
    }
    return e->open < TENURES_OPEN_MAX || make_way(m, e, s->ts);
}

static struct entity *older_of(struct entity *a, struct entity *b) { return a->id < b->id ? a : b; }

/* The entity's own hardware address has come to be known. */
static void join(struct map *m, struct tenure *ip, struct tenure *mac, enum hold hold)
{
    struct entity *a = ip->entity, *b = mac->entity, *into = older_of(a, b);

    absorb(m, into, into == a ? b : a);
    hold_raise(ip, hold == HOLD_NEAR && ip->hold == HOLD_ALONE ? HOLD_NEAR : hold);
}

/* Does another's address go to who says so, or sends as if it were his?  By packets, which tell it once a stretch of time or twice, no sooner than in the
 * next stretch: of two that take turns the first in it has the address. */
static bool may_take(const struct tenure *ip, const struct seen *s, enum hold hold)
{
    if (hold == HOLD_NEAR) {
        return ip->hold < HOLD_NEAR || (ip->hold == HOLD_NEAR && s->ts > ip->last + silent); /* a file alone gave it to who has it */
    }
    return seen_exact(s) || slot_of(s->ts) > slot_of(ip->since);
}

/* Does what a file says of who holds the address count?  A person's word does.  A scan's, if its holder was not seen since.  Others give away but what
 * nobody or another such file holds (as HOLD_ALONE: seen, it is held more surely), and of these the last holds; `end`: of a lease, 0: it has none. */
static bool claim_counts(const struct tenure *ip, const struct seen *s, uint64_t end)
{
    if (s->said == 0 || ip == NULL || seen_source(s) == FUSE_USER || mac_is(entity_mac(ip->entity), s->mac)) {
        return true;
    }
    if (entity_mac(ip->entity) == NULL) {
        return end == 0 || end >= ip->last;
    }
    return (seen_source(s) == FUSE_SCANNER || ip->hold == HOLD_ALONE) && s->ts >= ip->last;
}

/* The address is held by that hardware address already, as surely. */
static bool bound(struct map *m, const struct seen *s, enum hold hold, struct tenure *ip)
{
    struct tenure *hw = ip != NULL && ip->hold >= hold ? entity_mac(ip->entity) : NULL;

    if (!mac_is(hw, s->mac)) {
        return false;
    }
    time_touch(&hw->last, s->ts, seen_exact(s));
    touch(m, ip, s);
    return true;
}

struct tenure *map_bind(struct map *m, const struct seen *s, enum hold hold, struct tenure *ip)
{
    struct addr mac = addr_of_station(s);

    if (bound(m, s, hold, ip)) {
        return ip;
    }
    if (!claim_counts(ip, s, 0)) {
        m->counter[AWARE_CLAIMS_REFUSED]++;
        return ip;
    }
    struct tenure *hw = map_find(m, s->scope, &mac, FAMILY_MAC);
    if (hw == NULL) {
        bool alone = ip != NULL && entity_mac(ip->entity) == NULL && !(hold == HOLD_NEAR && (ip->entity->weak > WEAK_MAX || mac_nat(s->mac)));
        hw = alone ? tenure_open(m, ip->entity, &mac, FAMILY_MAC, s->ts) : open_alone(m, s, &mac, FAMILY_MAC);
        if (hw == NULL) {
            return ip;
        }
        hw->hold = HOLD_SAID;
        if (mac_virtual(mac.b)) {
            hw->entity->flags |= ENTITY_SERVICE_ADDRESS;
        }
    }
    touch(m, hw, s);
    if (ip == NULL) {
        if (may_hold(m, hw->entity, s, hold)) {
            bool more = (hw->entity->flags & ENTITY_TOLD) != 0;
            ip = tenure_open(m, hw->entity, &s->addr, s->family, s->ts);
            if (ip != NULL) {
                hold_raise(ip, hold);
            }
            if (ip != NULL && more) {
                told_address(m, ip, NULL, s, false);
            }
        } else {
            ip = open_alone(m, s, &s->addr, s->family);
        }
    } else if (ip->entity == hw->entity) {
        hold_raise(ip, hold);
    } else if (entity_mac(ip->entity) == NULL) {
        if (may_hold(m, hw->entity, s, hold)) {
            join(m, ip, hw, hold);
        }
    } else if (may_take(ip, s, hold)) {
        hand_over(m, ip, hw->entity, s, hold);
        ip = map_find(m, s->scope, &s->addr, s->family);
    } else {
        ip->stranger = slot_mark(s->ts);
    }
    if (ip != NULL) {
        touch(m, ip, s);
    }
    return ip;
}

/* Routers are between: its frames come from the last one (who is returned), who stands before more than one far address. */
static struct tenure *behind(struct map *m, const struct seen *s)
{
    struct tenure *hw = find_mac(m, s);

    if (hw == NULL) {
        struct addr mac = addr_of_station(s);
        if ((hw = open_alone(m, s, &mac, FAMILY_MAC)) == NULL) {
            return NULL;
        }
        hw->hold = HOLD_SAID;
    }
    struct entity *e = hw->entity;
    touch(m, hw, s);
    if ((e->flags & ENTITY_ROUTER) != 0 && e->far_n == ROWS(e->far)) {
        return hw;
    }
    if (far_note(e, (uint32_t)hash_word(s->addr.q[0] ^ s->addr.q[1]))) {
        UNSET struct seen sign;
        seen_copy(&sign, s);
        sign.kind = SEEN_SIGN;
        sign.sign = SIGN_ROUTER;
        sign.port = 0;
        e->flags |= ENTITY_ROUTER;
        evidence_add(m, hw, &sign, "ttl", 3);
    }
    return hw;
}

struct tenure *map_place(struct map *m, const struct seen *s, struct tenure **frame)
{
    if (s->has_mac != 0 && s->family == FAMILY_NONE) {
        struct tenure *hw = find_mac(m, s);
        if (hw == NULL) {
            struct addr mac = addr_of_station(s);
            if ((hw = open_alone(m, s, &mac, FAMILY_MAC)) == NULL) {
                return NULL;
            }
            hw->hold = HOLD_SAID;
        }
        touch(m, hw, s);
        return hw;
    }
    if (s->family == FAMILY_NONE) {
        return NULL;
    }
    struct tenure *t = map_find(m, s->scope, &s->addr, s->family);
    bool here = s->kind == SEEN_PRESENT || (s->flags & SEEN_FLOW) != 0, known = t != NULL;
    if (here && s->has_mac != 0) {
        if ((s->flags & (SEEN_NEAR | SEEN_LINK)) != 0) {
            t = map_bind(m, s, (s->flags & SEEN_LINK) != 0 ? HOLD_SAID : HOLD_NEAR, t);
        } else if ((s->flags & SEEN_FAR) != 0 && (t == NULL || t->hold <= HOLD_NEAR)) {
            struct tenure *hw = behind(m, s);
            *(frame != NULL ? frame : &hw) = hw;
        }
    }
    if (t == NULL && (here || s->kind == SEEN_SIGN) && s->ttl != 0) {
        t = open_alone(m, s, &s->addr, s->family);
    }
    if (t != NULL && !(here && s->has_mac != 0 && (s->flags & (SEEN_NEAR | SEEN_LINK)) != 0)) {
        touch(m, t, s);
    }
    if (t != NULL && !known) {
        named_take(m, t, s);
    }
    return t != NULL && unsure(t, s) ? NULL : t;
}

/* Of a lease the server says who holds it from now on; of one given back its holder does, that it is free. */
void map_lease(struct map *m, const struct seen *s, const char *text, size_t n)
{
    struct seen seen = { .ts = s->ts, .kind = SEEN_BIND, .scope = s->scope, .has_mac = 1, .flags = SEEN_LINK, .said = s->said };
    struct lease lease;

    if (!lease_read(bytes_of(text, n), &lease) || !mac_own(lease.mac)) {
        return;
    }
    seen.addr = lease.addr;
    seen.family = lease.family;
    memcpy(seen.mac, lease.mac, sizeof seen.mac);
    struct tenure *t = map_find(m, s->scope, &lease.addr, lease.family);
    uint64_t end = s->ts + lease.seconds * CLOCK_SECOND;
    if (lease.seconds != 0 && !claim_counts(t, &seen, end)) {
        m->counter[AWARE_CLAIMS_REFUSED]++;
        t = NULL;
    } else if (lease.seconds != 0) {
        t = map_bind(m, &seen, s->said != 0 ? HOLD_ALONE : HOLD_LEASE, t);
    } else if (t != NULL && !mac_is(entity_mac(t->entity), lease.mac)) {
        t = NULL;
    }
    if (t != NULL && (s->said == 0 || lease_end(t) != end)) { /* a file that is read again says the same in other words */
        evidence_add(m, t, s, text, n);
    }
}

/* "SOURCE DESTINATION PROTOCOL PORT PORT FLAGS PACKETS BYTES LAST" */
struct told_flow {
    struct addr from;
    enum family family;
    unsigned proto, port[2], flags;
    unsigned long long packets, bytes, last;
};

static bool told_flow_read(struct told_flow *f, const char *text, size_t n)
{
    char room[256], from[48], to[48];
    struct addr other;
    enum family family;

    if (n >= sizeof room) {
        return false;
    }
    memcpy(room, text, n);
    room[n] = '\0';
    return sscanf(room, "%47s %47s %u %u %u %u %llu %llu %llu", from, to, &f->proto, &f->port[0], &f->port[1], &f->flags, &f->packets, &f->bytes, &f->last) == 9 &&
           addr_parse(from, &f->from, &f->family) && addr_parse(to, &other, &family) && family == f->family;
}

bool addr_of_host(const struct addr *a, unsigned family)
{
    static const uint8_t self[16] = { [15] = 1 };

    return family == FAMILY_4 ? a->b[12] != 0 && a->b[12] < 224 && a->b[12] != 127 : a->b[0] != 0xff && (a->q[0] != 0 || a->q[1] != 0) && memcmp(a->b, self, 16) != 0;
}

struct tenure *map_export(struct map *m, const struct seen *s, const char *text, size_t n, struct service **v)
{
    enum { ACK = 16, KNOWN_PORTS = 1024, DAY = 86400 };
    struct told_flow f = { 0 };
    char exporter[ADDR_TEXT_MAX];

    *v = NULL;
    if (!told_flow_read(&f, text, n) || !addr_of_host(&f.from, f.family)) {
        return NULL;
    }
    struct seen one = { .ts = s->ts, .clock = s->clock, .kind = SEEN_SIGN, .sign = SIGN_FLOW_EXPORT, .scope = s->scope, .addr = f.from, .family = (uint8_t)f.family,
                        .proto = (uint8_t)f.proto, .port = (uint16_t)f.port[0], .said = 1 + FUSE_IMPORT };
    uint64_t last = f.last * (CLOCK_SECOND / 1000);
    one.ts = last != 0 && last < s->ts && s->ts - last < DAY * CLOCK_SECOND ? last : s->ts; /* an exporter's clock may be anywhere */
    struct tenure *t = map_find(m, one.scope, &one.addr, one.family);
    if (t == NULL) {
        if ((t = open_alone(m, &one, &one.addr, one.family)) == NULL) {
            return NULL;
        }
        t->source = FUSE_IMPORT;
        named_take(m, t, &one);
    }
    touch(m, t, &one);
    t->entity->sent += f.bytes;
    one.port = 0;
    size_t k = addr_text(&s->addr, (enum family)s->family, exporter);
    (void)evidence_add(m, t, &one, exporter, s->family != FAMILY_NONE ? k : 0);
    one.port = (uint16_t)f.port[0];
    bool serves = f.port[0] != 0 && f.port[0] < KNOWN_PORTS && f.port[1] >= KNOWN_PORTS && (f.proto == 17 || (f.proto == 6 && (f.flags & ACK) != 0));
    bool news = false;
    *v = serves ? service_add(m, t, &one, &news) : NULL;
    return t;
}
