/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "aware/history.h"

#include "aware/history_rows.h"

#ifdef HAVE_SQLITE3

#include "base/hash.h"
#include "proto/proto.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum { BURIED_MAX = 64 << 20 /* bytes, and no more than a quarter of the map's */, ROWS_LEAST = 8 << 20, ROWS_FIRST = 4 << 10, ROWS_SOON = 512 << 10,
       AT_ONCE = 128, LAZY_SECONDS = 60, TRY_ROUNDS = 8 /* again after a failure */ };

/* Rows that wait to be written, one behind the other. */
struct rows {
    uint8_t *p;
    size_t n, room;           /* bytes */
};
enum event_text { EVENT_WHAT, EVENT_ADDRESS, EVENT_FROM, EVENT_TO, EVENT_REASON, EVENT_TEXTS };
struct kept_event {           /* its texts behind it, each with its end */
    uint64_t ts, entity, other;
    uint32_t scope;
    uint16_t rna_type, rna_event, bytes /* of all of it */;
    uint8_t kind;
};
struct kept_end { uint64_t entity, at; };
struct kept_stay { uint64_t entity; struct place place; };

struct history {
    struct database db;
    const char *dir;          /* the settings' */
    uint64_t bytes_max;
    struct hosts *hosts;
    pthread_t thread;
    bool started;
    bool large;               /* larger than it may be, and told */
    bool last;                /* what is written now is the last: nothing of it may be late */
    _Atomic bool end, hurry;  /* hurry: rows wait that there may be too many of */
    /* Under the map's lock. */
    bool failing;             /* the last time nothing could be written */
    bool writing;             /* what was put last may not be there in the end */
    struct rows event, gone, stay;
    struct entity *buried, *buried_last; /* gone, and not there yet: the next one of them is `next` */
    struct entity *unput;     /* the first of them that was not put in this transaction */
};

struct history *history_open(const char *dir, uint64_t bytes_max, struct err *err)
{
    struct history *h = calloc(1, sizeof *h);

    if (h == NULL) {
        (void)err_set(err, "%s: not enough memory", dir);
        return NULL;
    }
    h->db.lock = -1;
    h->dir = dir;
    h->bytes_max = bytes_max;
    if (!database_open(&h->db, dir, true, err)) {
        (void)history_close(h, NULL);
        return NULL;
    }
    return h;
}

void history_dirty(struct map *m, struct entity *e)
{
    if (m->history != NULL && !e->is_dirty) {
        e->is_dirty = true;
        e->dirty = m->dirty;
        e->dirty_before = NULL;
        if (e->dirty != NULL) {
            e->dirty->dirty_before = e;
        }
        m->dirty = e;
    }
}

static void clean(struct map *m, struct entity *e)
{
    if (e->is_dirty) {
        *(e->dirty_before != NULL ? &e->dirty_before->dirty : &m->dirty) = e->dirty;
        if (e->dirty != NULL) {
            e->dirty->dirty_before = e->dirty_before;
        }
        e->is_dirty = false;
    }
}

void history_lost(struct map *m) { m->counter[AWARE_HISTORY_LOST] += m->history != NULL; }

static size_t buried_most(const struct map *m)
{
    uint64_t quarter = m->settings.memcap / 4;

    return quarter != 0 && quarter < BURIED_MAX ? (size_t)quarter : BURIED_MAX;
}

/* Of all kinds. */
static size_t rows_wait(const struct history *h) { return h->event.n + h->gone.n + h->stay.n; }

/* Room for one more, of n bytes; NULL: there is none, for all together have as much as what is buried, and 8 MiB at least.  Where many wait they are
 * written sooner. */
static void *row_new(struct map *m, struct rows *r, size_t n)
{
    struct history *h = m->history;
    size_t all = h->event.room + h->gone.room + h->stay.room, most = buried_most(m), room = r->room != 0 ? 2 * r->room : ROWS_FIRST;

    if (rows_wait(h) > ROWS_SOON) {
        atomic_store(&h->hurry, true);
    }
    if (r->n + n > r->room) {
        uint8_t *p = all - r->room + room <= (most > ROWS_LEAST ? most : ROWS_LEAST) ? realloc(r->p, room) : NULL;
        if (p == NULL) {
            history_lost(m);
            return NULL;
        }
        r->p = p;
        r->room = room;
    }
    r->n += n;
    return r->p + r->n - n;
}

/* The first n bytes are written. */
static void rows_drop(struct rows *r, size_t n)
{
    if (r->n == n) {
        free(r->p);
        *r = (struct rows){ 0 };
    } else {
        memmove(r->p, r->p + n, r->n -= n);
    }
}

static void row_add(struct map *m, struct rows *r, const void *row, size_t n)
{
    void *to = row_new(m, r, n);

    if (to != NULL) {
        memcpy(to, row, n);
    }
}

/* When it is gone: what was due is not of when it was noticed. */
static uint64_t ended(const struct map *m, const struct entity *e) { return e->gone != 0 ? e->gone : m->now; }

/* Its memory is not the map's any more, but counted apart: what is gone makes room for others. */
static bool bury(struct map *m, struct entity *e)
{
    struct history *h = m->history;
    size_t n = entity_bytes(m, e), most = buried_most(m);

    if (m->buried + n > most / 2) {
        atomic_store(&h->hurry, true);
    }
    if (m->buried + n > most && (m->settings.memcap == 0 || map_bytes(m) + m->buried > m->settings.memcap + most)) { /* that many at once it held anyway */
        history_lost(m);
        return false;
    }
    m->held -= n;
    m->buried += n;
    e->gone = ended(m, e);
    e->next = NULL;
    *(h->buried != NULL ? &h->buried_last->next : &h->buried) = e;
    h->buried_last = e;
    h->unput = h->unput != NULL ? h->unput : e;
    return true;
}

bool history_gone(struct map *m, struct entity *e)
{
    struct history *h = m->history;

    if (h == NULL) {
        return false;
    }
    bool news = e->saved == 0 || e->is_dirty || e->late || h->writing;
    clean(m, e);
    if (news && e->tenure != NULL && bury(m, e)) { /* without an address it is part of another by now */
        return true;
    }
    if (e->saved != 0) {
        const struct kept_end end = { .entity = e->id, .at = ended(m, e) };
        row_add(m, &h->gone, &end, sizeof end);
    }
    return false;
}

void history_stay(struct map *m, const struct entity *e, const struct place *p)
{
    const struct kept_stay stay = { .entity = e->id, .place = *p };

    if (m->history != NULL) {
        row_add(m, &m->history->stay, &stay, sizeof stay);
    }
}

void history_event(struct map *m, const struct told *t)
{
    const struct tenure *about = t->tenure != NULL ? t->tenure : t->entity != NULL ? t->entity->tenure : NULL;
    char address[ADDR_TEXT_MAX] = "", service[80];
    const char *const texts[EVENT_TEXTS] = { [EVENT_WHAT] = t->what, [EVENT_ADDRESS] = address, [EVENT_FROM] = t->from, [EVENT_TO] = service,
                                             [EVENT_REASON] = t->reason != NULL ? t->reason : "" };
    struct kept_event k = { .ts = t->ts, .entity = t->entity != NULL ? t->entity->id : 0, .other = t->other != NULL ? t->other->id : 0, .bytes = sizeof k,
                            .rna_type = t->rna_type, .rna_event = t->rna_event, .kind = t->kind, .scope = t->entity != NULL ? t->entity->scope : 0 };
    uint8_t *to;

    if (m->history == NULL) {
        return;
    }
    if (about != NULL) {
        tenure_text(about, address);
    }
    snprintf(service, sizeof service, "%s", t->to);
    if (t->service != NULL && t->to[0] == '\0') {
        snprintf(service, sizeof service, "%s/%u%s", t->service->app != 0 ? proto_name(t->service->app) : "?", t->service->port, t->service->proto == 17 ? "u" : "");
    }
    for (unsigned i = 0; i < EVENT_TEXTS; i++) {
        k.bytes += (uint16_t)(strlen(texts[i]) + 1);
    }
    if ((to = row_new(m, &m->history->event, k.bytes)) == NULL) {
        return;
    }
    memcpy(to, &k, sizeof k);
    to += sizeof k;
    for (unsigned i = 0; i < EVENT_TEXTS; i++) {
        to = (uint8_t *)memcpy(to, texts[i], strlen(texts[i]) + 1) + strlen(texts[i]) + 1;
    }
}

/* ---- writing ---- */

uint32_t history_name(struct bytes name) { return name.n != 0 ? (uint32_t)hash_bytes(name.p, name.n, 0) | 1 : 0; }
static uint32_t second(uint64_t ts) { return (uint32_t)(ts / CLOCK_SECOND) | 1; }

/* Is its row to be written?  That it was seen again, not at once. */
static bool due(const struct history *h, struct entity *e, uint32_t saved, uint64_t last)
{
    bool is = saved == 0 || last / CLOCK_SECOND >= (uint64_t)saved + LAZY_SECONDS || (h->last && saved != second(last));

    e->late |= !is && saved != second(last);
    return is;
}

static void save_evidence(struct history *h, const struct tenure *t, struct evidence *v)
{
    struct database *db = &h->db;

    if (!due(h, t->entity, v->saved, v->last)) {
        return;
    }
    sqlite3_stmt *s = db->put[PUT_EVIDENCE];
    put_i64(s, 1, t->id);
    put_text(s, 2, sign_rows[v->sign].name);
    put_i64(s, 3, v->port);
    put_bytes(s, 4, v->word->text, v->word->n);
    put_i64(s, 5, v->source);
    put_i64(s, 6, v->first);
    put_i64(s, 7, v->last);
    put_i64(s, 8, v->count);
    put_i64(s, 9, v->packet);
    put_done(db, s);
    v->saved = second(v->last);
}

static void save_service(struct history *h, const struct tenure *t, struct service *v)
{
    struct database *db = &h->db;

    if (!due(h, t->entity, v->saved, v->last)) {
        return;
    }
    sqlite3_stmt *s = db->put[PUT_SERVICE];
    put_i64(s, 1, t->id);
    put_i64(s, 2, v->proto);
    put_i64(s, 3, v->port);
    put_text(s, 4, v->app != 0 ? proto_name(v->app) : "");
    put_i64(s, 5, v->first);
    put_i64(s, 6, v->last);
    put_i64(s, 7, v->flows);
    put_bytes(s, 8, v->by, v->by_n * sizeof v->by[0]);
    put_i64(s, 9, v->by_family);
    put_i64(s, 10, v->whom);
    put_i64(s, 11, v->source);
    put_done(db, s);
    v->saved = second(v->last);
}

static void save_tenure(struct history *h, struct tenure *t)
{
    struct database *db = &h->db;

    if (due(h, t->entity, t->saved, t->last)) {
        sqlite3_stmt *s = db->put[PUT_TENURE];
        put_i64(s, 1, t->id);
        put_i64(s, 2, t->entity->id);
        put_i64(s, 3, t->family);
        put_bytes(s, 4, t->family == FAMILY_MAC ? t->addr.b : t->family == FAMILY_4 ? t->addr.b + 12 : t->addr.b, t->family == FAMILY_MAC ? 6 : t->family == FAMILY_4 ? 4 : 16);
        put_i64(s, 5, t->scope);
        put_i64(s, 6, t->hold);
        put_i64(s, 7, t->since);
        put_i64(s, 8, t->last);
        put_i64(s, 9, t->until);
        put_i64(s, 10, t->ttl);
        put_done(db, s);
        t->saved = second(t->last);
    }
    for (struct evidence *v = evidence_first(t); v != NULL; v = evidence_next(t, v)) {
        save_evidence(h, t, v);
    }
    for (struct service *v = service_first(t); v != NULL; v = service_next(t, v)) {
        save_service(h, t, v);
    }
}

/* A row a stay. */
static void save_place(struct database *db, uint64_t entity, const struct place *p, bool now)
{
    sqlite3_stmt *s = db->put[PUT_PLACE];

    put_i64(s, 1, entity);
    put_i64(s, 2, p->vlan);
    put_i64(s, 3, p->network);
    put_bytes(s, 4, p->vtep.b, p->vtep_family != FAMILY_NONE ? 16 : 0);
    put_i64(s, 5, p->vtep_family);
    put_i64(s, 6, p->first);
    put_i64(s, 7, now);
    put_done(db, s);
}

static void save_places(struct database *db, struct entity *e)
{
    if (e->moved) {
        put_i64(db->put[PUT_LEFT], 1, e->id);
        put_done(db, db->put[PUT_LEFT]);
    }
    for (unsigned i = 0; e->moved && i < e->place_n; i++) {
        save_place(db, e->id, &e->place[i], i == e->place_now);
    }
    e->moved = false;
}

static void save_entity(struct history *h, struct entity *e)
{
    struct bytes name = entity_name(e);
    uint32_t called = history_name(name);
    struct database *db = &h->db;
    bool counted = e->late && h->last;

    e->late = false;
    if (due(h, e, e->saved, e->last) || e->saved_flags != e->flags || e->saved_name != called || counted) {
        sqlite3_stmt *s = db->put[PUT_ENTITY];
        put_i64(s, 1, e->id);
        put_i64(s, 2, e->first);
        put_i64(s, 3, e->last);
        put_i64(s, 4, e->scope);
        put_i64(s, 5, e->flags);
        put_bytes(s, 6, name.p, name.n);
        put_i64(s, 7, e->sent);
        put_i64(s, 8, e->received);
        put_i64(s, 9, e->flows);
        put_i64(s, 10, 0);
        put_done(db, s);
        e->saved = second(e->last);
        e->saved_flags = e->flags;
        e->saved_name = called;
    } else {
        e->late = true;       /* at least its counts */
    }
    save_places(db, e);
    for (struct tenure *t = e->tenure; t != NULL; t = t->next) {
        save_tenure(h, t);
    }
}

/* Returns how long it is. */
static size_t save_event(struct database *db, const uint8_t *row)
{
    sqlite3_stmt *s = db->put[PUT_EVENT];
    const char *text = (const char *)row + sizeof(struct kept_event);
    struct kept_event k;

    memcpy(&k, row, sizeof k);
    put_i64(s, 1, k.ts);
    put_i64(s, 2, k.entity);
    put_i64(s, 3, k.kind);
    for (int i = 0; i < EVENT_TEXTS; i++, text += strlen(text) + 1) {
        put_text(s, 4 + i, text);
    }
    put_i64(s, 9, k.other);
    put_i64(s, 10, k.rna_type);
    put_i64(s, 11, k.rna_event);
    put_i64(s, 12, k.scope);
    put_done(db, s);
    return k.bytes;
}

static void save_gone(struct database *db, uint64_t entity, uint64_t at)
{
    sqlite3_stmt *s = db->put[PUT_GONE];

    put_i64(s, 1, at);
    put_i64(s, 2, entity);
    put_done(db, s);
}

static void put_entity_again(struct entity *e)
{
    e->saved_flags = ~e->flags; /* `saved` stays: of those that are there the end will have to be */
    e->moved = e->place_n != 0;
    for (struct tenure *t = e->tenure; t != NULL; t = t->next) {
        t->saved = 0;
        for (struct evidence *v = evidence_first(t); v != NULL; v = evidence_next(t, v)) {
            v->saved = 0;
        }
        for (struct service *v = service_first(t); v != NULL; v = service_next(t, v)) {
            v->saved = 0;
        }
    }
}

/* Nothing that was put is there: all of it is new again. */
static void put_again(struct map *m)
{
    struct history *h = m->history;

    for (struct entity *e = m->first; e != NULL; e = e->next) {
        history_dirty(m, e);
        put_entity_again(e);
    }
    for (struct entity *e = h->buried; e != NULL; e = e->next) {
        put_entity_again(e);
    }
    h->unput = h->buried;
}

/* One that is gone, with all that is known of it. */
static void save_buried(struct history *h, struct entity *e)
{
    bool last = h->last;

    h->last = true;
    save_entity(h, e);
    save_gone(&h->db, e->id, e->gone);
    h->last = last;
}

/* What was put is there, and its memory goes; a little at a time. */
static void buried_free(struct history *h)
{
    struct map *m = h->hosts->map;
    bool more = true;

    while (more) {
        pthread_mutex_lock(&h->hosts->lock);
        for (unsigned i = 0; i < AT_ONCE && h->buried != h->unput; i++) {
            struct entity *e = h->buried;
            size_t n = entity_bytes(m, e);
            h->buried = e->next;
            m->held += n;
            m->buried -= n;
            entity_release(m, e);
        }
        more = h->buried != h->unput;
        pthread_mutex_unlock(&h->hosts->lock);
    }
}

/* What waits beside the entities; how many bytes of each it was. */
struct waited {
    size_t events, gone, stays;
};

static struct waited save_waiting(struct history *h)
{
    struct kept_end end;
    struct kept_stay stay;

    for (size_t at = 0; at < h->event.n; at += save_event(&h->db, h->event.p + at)) {
    }
    for (size_t at = 0; at < h->gone.n; at += sizeof end) {
        memcpy(&end, h->gone.p + at, sizeof end);
        save_gone(&h->db, end.entity, end.at);
    }
    for (size_t at = 0; at < h->stay.n; at += sizeof stay) {
        memcpy(&stay, h->stay.p + at, sizeof stay);
        save_place(&h->db, stay.entity, &stay.place, false);
    }
    return (struct waited){ h->event.n, h->gone.n, h->stay.n };
}

static void drop(struct history *h, struct waited n)
{
    rows_drop(&h->event, n.events);
    rows_drop(&h->gone, n.gone);
    rows_drop(&h->stay, n.stays);
}

static void say(const struct history *h, const char *what, const char *reason)
{
    const struct aware_settings *s = &h->hosts->map->settings;
    struct err err;

    if (s->say != NULL) {
        (void)err_set(&err, "%s: %s%s", h->dir, what, reason);
        s->say(s->say_ctx, &err);
    }
}

/* All that is new, a little at a time under the lock. */
static void save(struct history *h)
{
    struct map *m = h->hosts->map;
    struct waited n = { 0 };
    bool more = database_begin(&h->db), begun = more;

    atomic_store(&h->hurry, false);
    while (more) {
        pthread_mutex_lock(&h->hosts->lock);
        h->writing = true;
        for (unsigned i = 0; i < AT_ONCE && m->dirty != NULL; i++) {
            struct entity *e = m->dirty;
            clean(m, e);
            save_entity(h, e);
        }
        for (unsigned i = 0; i < AT_ONCE && h->unput != NULL; i++, h->unput = h->unput->next) {
            save_buried(h, h->unput);
        }
        more = (m->dirty != NULL || h->unput != NULL) && !h->db.failed;
        if (!more) {
            n = save_waiting(h);
            database_numbers(&h->db, m->next_id, m->next_tenure);
        }
        pthread_mutex_unlock(&h->hosts->lock);
    }
    bool good = begun && database_commit(&h->db);
    pthread_mutex_lock(&h->hosts->lock);
    if (good) {
        drop(h, n);
    } else {
        m->counter[AWARE_HISTORY_FAILED]++;
    }
    if (begun && !good) {
        put_again(m);
    }
    bool news = h->failing == good;
    h->failing = !good;
    h->writing = false;
    pthread_mutex_unlock(&h->hosts->lock);
    if (good) {
        buried_free(h);
    }
    if (news && good) {
        say(h, "the map is written again", "");
    } else if (news) {
        say(h, "the map cannot be written; what is new is kept in memory, and tried again: ", h->db.reason);
    }
}

static void shrink(struct history *h)
{
    uint64_t rows = 0;
    bool large = !database_shrink(&h->db, h->bytes_max, &rows);

    if (large && !h->large) {
        say(h, "the map is larger than aware.history, with nothing older in it that could be forgotten", "");
    }
    h->large = large;
    pthread_mutex_lock(&h->hosts->lock);
    h->hosts->map->counter[AWARE_HISTORY_FORGOTTEN] += rows;
    pthread_mutex_unlock(&h->hosts->lock);
}

/* All that is not there yet; the map keeps nothing from then on. */
static void save_last(struct history *h)
{
    struct map *m = h->hosts->map;
    bool more = true;

    h->last = true;
    pthread_mutex_lock(&h->hosts->lock);
    for (struct entity *e = m->first; e != NULL; e = e->next) {
        if (e->late) {
            history_dirty(m, e);
        }
    }
    pthread_mutex_unlock(&h->hosts->lock);
    while (more) {
        save(h);
        pthread_mutex_lock(&h->hosts->lock);
        more = (m->dirty != NULL || h->unput != NULL) && !h->failing; /* somebody imports */
        m->history = more ? h : NULL;
        pthread_mutex_unlock(&h->hosts->lock);
    }
}

static void *save_main(void *arg)
{
    struct history *h = arg;

    for (unsigned round = 0; !atomic_load(&h->end); round++) {
        const struct timespec some = { .tv_nsec = 20000000 };
        for (unsigned i = 0; i < 25 && !atomic_load(&h->end) && (!atomic_load(&h->hurry) || h->failing); i++) {
            (void)nanosleep(&some, NULL);
        }
        if (h->failing && round % TRY_ROUNDS != 0) {
            continue;
        }
        save(h);
        if (round % 64 == 0) {
            shrink(h);
        }
    }
    save_last(h);
    shrink(h);
    return NULL;
}

bool history_start(struct history *h, struct hosts *hosts, struct err *err)
{
    h->hosts = hosts;
    h->started = pthread_create(&h->thread, NULL, save_main, h) == 0;
    return h->started || err_sys(err, "start the thread of the map's history");
}

bool history_behind(const struct history *h)
{
    return h != NULL && !h->failing && (h->hosts->map->buried > buried_most(h->hosts->map) / 2 || rows_wait(h) > ROWS_SOON);
}

bool history_close(struct history *h, struct err *err)
{
    if (h == NULL) {
        return true;
    }
    if (h->started) {
        atomic_store(&h->end, true);
        pthread_join(h->thread, NULL);
    }
    bool good = !h->failing || err_set(err, "%s: what is new of the map could not be written: %s", h->dir, h->db.reason);
    database_close(&h->db);
    free(h->event.p);
    free(h->gone.p);
    free(h->stay.p);
    free(h);
    return good;
}

#else

struct history *history_open(const char *dir, uint64_t bytes_max, struct err *err)
{
    (void)bytes_max;
    (void)err_set(err, "%s: peccary is built without SQLite, which keeps the map", dir);
    return NULL;
}
bool history_close(struct history *h, struct err *err)
{
    (void)h, (void)err;
    return true;
}
bool history_behind(const struct history *h)
{
    (void)h;
    return false;
}
bool history_start(struct history *h, struct hosts *hosts, struct err *err)
{
    (void)h;
    (void)hosts;
    return err_set(err, "peccary is built without SQLite");
}
void history_dirty(struct map *m, struct entity *e) { (void)m, (void)e; }
void history_lost(struct map *m) { (void)m; }
bool history_gone(struct map *m, struct entity *e)
{
    (void)m, (void)e;
    return false;
}
void history_stay(struct map *m, const struct entity *e, const struct place *p) { (void)m, (void)e, (void)p; }
void history_event(struct map *m, const struct told *t) { (void)m, (void)t; }
bool history_load(struct map *m, const char *dir, uint64_t at, const char *which, struct err *err)
{
    (void)m, (void)at, (void)which;
    return err_set(err, "%s: peccary is built without SQLite, which keeps the map", dir);
}

#endif
