/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * history_load - the map out of its folder: as it is, or as it was.
 *
 * What stands there was written by peccary, but a file is a file: each value is checked against what the map allows, and a row that
 * does not fit is left out.
 */
#include "aware/history.h"

#include "aware/history_rows.h"

#include <stdlib.h>

#ifdef HAVE_SQLITE3

#include "proto/proto.h"

#include <stdio.h>
#include <string.h>

enum { NAME_MAX_BYTES = 255 };

struct load {
    struct map *m;
    struct database db;
    int64_t at;               /* INT64_MAX: as it is */
    struct entity **entity;   /* by id, hashed */
    size_t room;
    sqlite3_stmt *tenures, *signs, *evidence, *evidence_few, *services, *places, *told;
    int broken;               /* SQLite's reason why what stands there could not be read to its end; SQLITE_OK: it could */
};

static bool prepare(struct load *l, const char *sql, sqlite3_stmt **s, struct err *err)
{
    return sqlite3_prepare_v2(l->db.db, sql, -1, s, NULL) == SQLITE_OK || err_set(err, "map.db: %s", sqlite3_errmsg(l->db.db));
}

/* The next row; false: there is none, or it cannot be read. */
static bool next_row(struct load *l, sqlite3_stmt *s)
{
    int got = l->broken != SQLITE_OK ? SQLITE_DONE : sqlite3_step(s);

    l->broken = got != SQLITE_ROW && got != SQLITE_DONE ? got : l->broken;
    return got == SQLITE_ROW;
}

/* As of then nothing is known of later: who was seen since was there then; what was counted until later is left out.  True: so it is. */
static bool cut(const struct load *l, uint64_t *last)
{
    bool later = (int64_t)*last > l->at;

    *last = later ? (uint64_t)l->at : *last;
    return later;
}

static unsigned sign_named(struct bytes name)
{
    for (unsigned i = 1; i < SIGN_N; i++) {
        if (bytes_is(name, sign_rows[i].name)) {
            return i;
        }
    }
    return SIGN_NONE;
}

/* How to ask for its evidence: where there is little, none is to be chosen.  NULL: there is none. */
static sqlite3_stmt *evidence_of(struct load *l, const struct tenure *t)
{
    sqlite3_stmt *s = l->signs;

    put_i64(s, 1, t->id);
    bool any = next_row(l, s) && got_u64(s, 0) != 0, few = any && got_u64(s, 0) <= EVIDENCE_KIND_MAX && got_u64(s, 1) == 0;
    (void)sqlite3_reset(s);
    return few ? l->evidence_few : any ? l->evidence : NULL;
}

static void load_evidence(struct load *l, struct tenure *t)
{
    sqlite3_stmt *s = evidence_of(l, t);

    if (s == NULL) {
        return;
    }
    put_i64(s, 1, t->id);
    put_i64(s, 2, (uint64_t)l->at);
    _Static_assert(EVIDENCE_MAX == 64 && EVIDENCE_KIND_MAX == 6, "as many are asked for");
    while (next_row(l, s)) {
        unsigned sign = sign_named(got_bytes(s, 0));
        struct bytes text = got_bytes(s, 2);
        struct evidence *v = sign != SIGN_NONE && text.n <= SEEN_TEXT_MAX ? evidence_put(l->m, t, sign, (unsigned)got_u64(s, 1) & 65535, text) : NULL;
        if (v != NULL) {
            v->first = got_u64(s, 4);
            v->last = got_u64(s, 5);
            v->count = cut(l, &v->last) ? 0 : (uint32_t)got_u64(s, 6);
            v->source = (uint8_t)(got_u64(s, 3) & 3);
            v->packet = got_u64(s, 7);
            v->saved = (uint32_t)(v->last / CLOCK_SECOND) | 1;
        }
    }
    (void)sqlite3_reset(s);
}

static uint16_t app_named(struct bytes name)
{
    char app[64];

    name = bytes_head(name, sizeof app - 1);
    memcpy(app, name.p, name.n);
    app[name.n] = '\0';
    return (uint16_t)proto_by_name(app);
}

/* What its services spoke then, by what was told of them until then: "http/8080", "dns/53u" (history_event). */
static void spoke_then(struct load *l, struct tenure *t)
{
    sqlite3_stmt *s = l->told;
    char address[ADDR_TEXT_MAX];

    tenure_text(t, address);
    put_i64(s, 1, t->entity->id);
    put_i64(s, 2, (uint64_t)l->at);
    put_text(s, 3, address);
    while (next_row(l, s)) {
        struct bytes told = got_bytes(s, 0), app = bytes_head(told, bytes_find_byte(told, '/')), port = bytes_from(told, app.n + 1);
        bool udp = port.n != 0 && port.p[port.n - 1] == 'u';
        uint64_t n = 0;
        if (!bytes_u64(bytes_head(port, port.n - udp), &n)) {
            continue;
        }
        for (struct service *v = service_first(t); v != NULL; v = service_next(t, v)) {
            v->app = v->port == n && (v->proto == 17) == udp ? app_named(app) : v->app;
        }
    }
    (void)sqlite3_reset(s);
}

static void load_services(struct load *l, struct tenure *t)
{
    sqlite3_stmt *s = l->services;
    bool later = false;

    put_i64(s, 1, t->id);
    put_i64(s, 2, (uint64_t)l->at);
    while (next_row(l, s) && t->service_n < SERVICES_MAX) {
        struct service *v = service_put(l->m, t, (uint8_t)got_u64(s, 0), (uint16_t)got_u64(s, 1));
        if (v == NULL) {
            break;
        }
        v->app = app_named(got_bytes(s, 2));
        v->first = got_u64(s, 3);
        v->last = got_u64(s, 4);
        v->told = true;
        v->source = (uint8_t)(got_u64(s, 9) & 3);
        v->saved = (uint32_t)(v->last / CLOCK_SECOND) | 1;
        if (cut(l, &v->last)) {
            later = true;
            continue;
        }
        v->flows = got_u64(s, 5);
        struct bytes by = got_bytes(s, 6);
        for (v->by_family = (uint8_t)got_u64(s, 7); v->by_n < ROWS(v->by) && (v->by_n + 1u) * 16 <= by.n; v->by_n++) {
            v->by[v->by_n] = addr_from6(by.p + v->by_n * 16u);
        }
        v->whom = got_u64(s, 8);
    }
    (void)sqlite3_reset(s);
    if (later) {
        spoke_then(l, t);
    }
}

/* Its address; false: it is none. */
static bool addr_read(struct bytes b, unsigned family, struct addr *a)
{
    if (family == FAMILY_MAC && b.n == 6) {
        *a = addr_of_mac(b.p);
    } else if (family == FAMILY_4 && b.n == 4) {
        *a = addr_from4(b.p);
    } else if (family == FAMILY_6 && b.n == 16) {
        *a = addr_from6(b.p);
    } else {
        return false;
    }
    return true;
}

static void load_tenures(struct load *l, struct entity *e)
{
    sqlite3_stmt *s = l->tenures;

    put_i64(s, 1, e->id);
    put_i64(s, 2, (uint64_t)l->at);
    while (next_row(l, s)) {
        unsigned family = (unsigned)got_u64(s, 1);
        uint64_t until = got_u64(s, 7), hold = got_u64(s, 4);
        uint64_t since = got_u64(s, 5);
        bool ended = until != 0 && (l->at == INT64_MAX || until <= (uint64_t)l->at);
        struct addr a;
        if (!addr_read(got_bytes(s, 2), family, &a) || hold > HOLD_USER) {
            continue;
        }
        struct tenure *holder = ended ? NULL : map_find(l->m, e->scope, &a, family);
        if (holder != NULL && holder->since < since) { /* the end of one was not written: who began last has it */
            tenure_end(l->m, holder, since);
        } else if (holder != NULL) {
            ended = true;
            until = holder->since;
        }
        struct tenure *t = tenure_load(l->m, e, &a, family, ended ? until : 0);
        if (t == NULL) {
            break;
        }
        t->id = got_u64(s, 0);
        t->since = since;
        t->last = got_u64(s, 6);
        t->ttl = (uint8_t)got_u64(s, 8);
        hold_set(t, (enum hold)hold);
        t->saved = (uint32_t)(t->last / CLOCK_SECOND) | 1;
        (void)cut(l, &t->last);
        load_evidence(l, t);
        load_services(l, t);
        if (tenure_said(t)) {
            entity_said(l->m, e);
        }
    }
    (void)sqlite3_reset(s);
}

static struct place place_got(sqlite3_stmt *s)
{
    struct place p = { .vlan = (uint16_t)got_u64(s, 0), .network = (uint32_t)got_u64(s, 1), .first = got_u64(s, 4), .last = got_u64(s, 4) };
    struct bytes vtep = got_bytes(s, 2);
    uint64_t family = got_u64(s, 3);

    if (vtep.n == 16 && (family == FAMILY_4 || family == FAMILY_6)) {
        p.vtep = addr_from6(vtep.p);
        p.vtep_family = (uint8_t)family;
    }
    return p;
}

/* To the end of so many different ones; the first goes where there is no room. */
static unsigned place_last(struct place have[PLACES_MAX], unsigned n, const struct place *p)
{
    unsigned at = 0;

    while (at < n && !(have[at].vlan == p->vlan && have[at].network == p->network && have[at].vtep_family == p->vtep_family && addr_equal(&have[at].vtep, &p->vtep))) {
        at++;
    }
    at = at == PLACES_MAX ? 0 : at;
    if (at < n) {
        memmove(have + at, have + at + 1, (--n - at) * sizeof *have);
    }
    have[n] = *p;
    return n + 1;
}

/* The places of its last stays, where it is (as of then: came to last) at the end. */
static void load_places(struct load *l, struct entity *e)
{
    sqlite3_stmt *s = l->places;
    struct place have[PLACES_MAX], here, *p;
    unsigned n = 0;
    bool is_here = false;

    put_i64(s, 1, e->id);
    put_i64(s, 2, (uint64_t)l->at);
    while (next_row(l, s)) {
        const struct place stay = place_got(s);
        if (l->at == INT64_MAX && got_u64(s, 5) != 0) {
            is_here = true;
            here = stay;
        } else {
            n = place_last(have, n, &stay);
        }
    }
    (void)sqlite3_reset(s);
    n = is_here ? place_last(have, n, &here) : n;
    for (unsigned i = 0; i < n && (p = place_add(l->m, e)) != NULL; i++) {
        *p = have[i];
        e->place_was = e->place_now;
        e->place_now = (uint8_t)(e->place_n - 1);
    }
}

static void load_entity(struct load *l, sqlite3_stmt *s)
{
    struct map *m = l->m;
    struct entity *e = entity_new(m, (uint32_t)got_u64(s, 3), got_u64(s, 1));

    if (e == NULL) {
        return;
    }
    e->id = got_u64(s, 0);
    e->last = got_u64(s, 2);
    e->flags = (uint32_t)got_u64(s, 4) | ENTITY_TOLD;
    e->saved = (uint32_t)(e->last / CLOCK_SECOND) | 1;
    if (cut(l, &e->last)) {
        e->flags &= ~(uint32_t)(ENTITY_SILENT | ENTITY_GONE | ENTITY_CONFLICT | ENTITY_OS_CONFLICT | ENTITY_CLONE | ENTITY_NAT);
    } else {
        e->sent = got_u64(s, 5);
        e->received = got_u64(s, 6);
        e->flows = got_u64(s, 7);
    }
    e->saved_flags = e->flags;
    e->saved_name = history_name(got_bytes(s, 8));
    m->now = e->last > m->now ? e->last : m->now;
    load_tenures(l, e);
    if (e->tenure == NULL) { /* it is part of another by now, which has what it held */
        entity_free(m, e);
        return;
    }
    load_places(l, e);
    derive_settle(m, e);
}

/* What was seen last, of each kind (and port) and of all, as many as the map holds; the newest at the end.  A person's word is kept before all; of an
 * attribute's values the last one holds. */
_Static_assert(FUSE_USER == 3, "as is asked for");
#define EVIDENCE_SQL(packet)                                                                                                                       \
    "SELECT sign,port,text,source,first,last,count," packet " FROM (SELECT * FROM"                                                                 \
    " (SELECT *,row_number() OVER (PARTITION BY sign,port,CASE sign WHEN 'attribute' THEN substr(text,1,instr(text,x'3d')) END"                      \
    " ORDER BY CASE sign WHEN 'attribute' THEN first END DESC,source=3 DESC,last DESC,text) AS of_kind FROM evidence WHERE tenure=?1 AND first<=?2)"   \
    " WHERE of_kind<=CASE sign WHEN 'attribute' THEN 1 ELSE 6 END ORDER BY source=3 DESC,last DESC,sign,of_kind LIMIT 64) ORDER BY last,sign DESC,of_kind DESC"

/* The same of those that the map holds all of. */
#define EVIDENCE_FEW_SQL(packet)                                                                                                                   \
    "SELECT sign,port,text,source,first,last,count," packet " FROM evidence WHERE tenure=?1 AND first<=?2 ORDER BY last,sign DESC,source=3,text DESC"

#define SERVICE_SQL(more) "SELECT proto,port,app,first,last,flows,clients,clients_family," more " FROM service WHERE tenure=?1 AND first<=?2 ORDER BY first,proto,port"

static bool load_prepare(struct load *l, struct err *err)
{
    return prepare(l, "SELECT id,family,addr,scope,hold,since,last,until,ttl FROM tenure WHERE entity=?1 AND since<=?2 ORDER BY id", &l->tenures, err) &&
           prepare(l, "SELECT count(*),coalesce(sum(sign='attribute'),0) FROM evidence WHERE tenure=?1", &l->signs, err) &&
           prepare(l, database_tells_packets(&l->db) ? EVIDENCE_SQL("packet") : EVIDENCE_SQL("0"), &l->evidence, err) &&
           prepare(l, database_tells_packets(&l->db) ? EVIDENCE_FEW_SQL("packet") : EVIDENCE_FEW_SQL("0"), &l->evidence_few, err) &&
           prepare(l, database_tells_clients(&l->db) ? SERVICE_SQL("whom,source") : SERVICE_SQL("0,1"), &l->services, err) &&
           prepare(l, "SELECT vlan,network,vtep,vtep_family,since,now FROM place WHERE entity=?1 AND since<=?2 ORDER BY since", &l->places, err) &&
           prepare(l, "SELECT new FROM event WHERE entity=?1 AND ts<=?2 AND what='service' AND old='' AND address=?3 ORDER BY ts,rowid", &l->told, err);
}

/* What routers let hosts make their addresses of, the newest last.  A map that was written before there was that index has none. */
static void load_prefixes(struct load *l)
{
    static const char sql[] = "SELECT v.text,t.scope,v.last FROM evidence v INDEXED BY evidence_prefix CROSS JOIN tenure t ON t.id=v.tenure"
                              " WHERE v.sign='lease' AND instr(v.text,x'2f')!=0 AND v.first<=?1 ORDER BY v.last";
    sqlite3_stmt *s = NULL;

    if (sqlite3_prepare_v2(l->db.db, sql, -1, &s, NULL) != SQLITE_OK) {
        return;
    }
    put_i64(s, 1, (uint64_t)l->at);
    while (next_row(l, s)) {
        uint64_t last = got_u64(s, 2);
        (void)cut(l, &last);
        (void)prefix_put(l->m, (uint32_t)got_u64(s, 1), got_bytes(s, 0), last);
    }
    sqlite3_finalize(s);
}

/* The entities that have it: an address, or a name, also one from before. */
static bool which_prepare(struct load *l, const char *which, sqlite3_stmt **s, struct err *err)
{
    static const char columns[] = "SELECT id,first,last,scope,flags,sent,received,flows,name FROM entity WHERE ";
    char named[1024] = "", sql[1536];
    struct addr a;
    enum family family;
    uint8_t m[6];

    if (which == NULL) {
        snprintf(sql, sizeof sql, "%sfirst<=?1 AND (gone=0 OR gone>?1) ORDER BY last, id", columns);
        return prepare(l, sql, s, err);
    }
    bool ip = addr_parse(which, &a, &family), mac = !ip && mac_read(bytes_str(which), m);
    (void)database_names(named, sizeof named, "id IN (SELECT t.entity FROM evidence v JOIN tenure t ON t.id=v.tenure WHERE ", "=?2 COLLATE NOCASE AND", " AND v.first<=?1)");
    snprintf(sql, sizeof sql, "%sfirst<=?1 AND (gone=0 OR gone>?1) AND %s ORDER BY last, id", columns,
             ip || mac ? "id IN (SELECT entity FROM tenure WHERE addr=?2 AND since<=?1 AND (until=0 OR until>?1))" : named);
    if (!prepare(l, sql, s, err)) {
        return false;
    }
    const bool four = ip && family == FAMILY_4;
    int bound = !ip && !mac ? sqlite3_bind_text(*s, 2, which, -1, SQLITE_TRANSIENT) : sqlite3_bind_blob(*s, 2, mac ? m : four ? a.b + 12 : a.b, mac ? 6 : four ? 4 : 16, SQLITE_TRANSIENT);
    return bound == SQLITE_OK || err_set(err, "map.db: not enough memory");
}

/* The first number that is free, whatever the file says of it. */
static uint64_t free_number(struct load *l, const char *sql)
{
    int64_t v = 1;

    if (l->broken == SQLITE_OK && !database_number(&l->db, sql, &v)) {
        l->broken = sqlite3_errcode(l->db.db);
    }
    return (uint64_t)v;
}

static bool whole(struct load *l, const char *dir, struct err *err)
{
    return l->broken == SQLITE_OK || err_set(err, "%s/map.db: cannot be read: %s", dir, sqlite3_errstr(l->broken));
}

bool history_load(struct map *m, const char *dir, uint64_t at, const char *which, struct err *err)
{
    struct load l = { .m = m, .at = at != 0 && at < INT64_MAX ? (int64_t)at : INT64_MAX };
    sqlite3_stmt *s = NULL;
    bool ok = database_open(&l.db, dir, false, err) && load_prepare(&l, err) && which_prepare(&l, which, &s, err);

    m->at = at;
    if (ok) {
        (void)sqlite3_exec(l.db.db, "BEGIN", NULL, NULL, NULL); /* one state of all tables */
        load_prefixes(&l);
        put_i64(s, 1, (uint64_t)l.at);
        while (next_row(&l, s)) {
            load_entity(&l, s);
        }
        if (which != NULL && at == 0) { /* it is as late as it is for all */
            m->now = free_number(&l, "SELECT coalesce(max(last),1) FROM entity");
        }
        m->next_id = free_number(&l, "SELECT max(coalesce((SELECT value FROM meta WHERE key='next_entity'),1),coalesce((SELECT max(id) FROM entity),0)+1)");
        m->next_tenure = free_number(&l, "SELECT max(coalesce((SELECT value FROM meta WHERE key='next_tenure'),1),coalesce((SELECT max(id) FROM tenure),0)+1)");
        ok = whole(&l, dir, err);
        (void)sqlite3_exec(l.db.db, "COMMIT", NULL, NULL, NULL);
    }
    sqlite3_finalize(s);
    sqlite3_finalize(l.tenures);
    sqlite3_finalize(l.signs);
    sqlite3_finalize(l.evidence);
    sqlite3_finalize(l.evidence_few);
    sqlite3_finalize(l.services);
    sqlite3_finalize(l.places);
    sqlite3_finalize(l.told);
    database_close(&l.db);
    return ok;
}

/* ---- changes ---- */

#define CHANGES_SQL(scope) "SELECT ts,entity,kind,what,address,old,new,reason,other," scope " FROM event WHERE ts>=?1 AND ts<=?2 ORDER BY ts, rowid"

size_t hosts_changes(const char *dir, uint64_t since, uint64_t until, void (*row)(void *ctx, const struct host_change *c), void *ctx, struct err *err)
{
    struct load l = { .at = 0 };
    sqlite3_stmt *s = NULL;
    size_t n = 0;

    if (database_open(&l.db, dir, false, err) &&
        prepare(&l, database_tells_tenants(&l.db) ? CHANGES_SQL("scope") : CHANGES_SQL(EVENT_SCOPE), &s, err)) {
        put_i64(s, 1, since);
        put_i64(s, 2, until < INT64_MAX ? until : INT64_MAX);
        for (; next_row(&l, s); n++) {
            struct host_change c = { .ts = got_u64(s, 0), .id = got_u64(s, 1), .other = got_u64(s, 8), .tenant = (uint32_t)got_u64(s, 9), .event = told_name((unsigned)got_u64(s, 2)) };
            char *const to[] = { c.what, c.address, c.from, c.to, c.reason };
            const size_t room[] = { sizeof c.what, sizeof c.address, sizeof c.from, sizeof c.to, sizeof c.reason };
            for (unsigned i = 0; i < 5; i++) {
                struct bytes b = got_bytes(s, 3 + (int)i);
                snprintf(to[i], room[i], "%.*s", (int)(b.n < room[i] ? b.n : room[i] - 1), (const char *)b.p);
            }
            row(ctx, &c);
        }
        (void)whole(&l, dir, err);
    }
    sqlite3_finalize(s);
    database_close(&l.db);
    return n;
}

#else

size_t hosts_changes(const char *dir, uint64_t since, uint64_t until, void (*row)(void *ctx, const struct host_change *c), void *ctx, struct err *err)
{
    (void)since, (void)until, (void)row, (void)ctx;
    (void)err_set(err, "%s: peccary is built without SQLite, which keeps the map", dir);
    return 0;
}

#endif

struct hosts *hosts_open(const char *dir, uint64_t at, const char *which, struct err *err)
{
    struct hosts *h = calloc(1, sizeof *h);
    struct aware_settings s = { .on = true, .ordered = true };

    (void)err_set(err, "%s: not enough memory", dir);
    if (h == NULL || (h->prints = prints_load(NULL, NULL, NULL, err)) == NULL || (h->map = map_new(&s, h->prints)) == NULL) {
        hosts_close(h);
        return NULL;
    }
    pthread_mutex_init(&h->lock, NULL);
    if (!history_load(h->map, dir, at, which, err)) {
        hosts_close(h);
        return NULL;
    }
    h->map->now = at != 0 ? at : h->map->now;
    return h;
}

void hosts_close(struct hosts *h)
{
    if (h != NULL) {
        map_free(h->map);
        if (h->prints != NULL) {
            prints_free(h->prints);
        }
        free(h);
    }
}
