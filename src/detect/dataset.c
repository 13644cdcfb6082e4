/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/dataset_store.h"

#include "base/addr.h"
#include "base/hash.h"
#include "base/rows.h"
#include "detect/outside.h"

#include <stdlib.h>

enum {
    COST_ROW = 64, COST_ENTRY = 104, COST_SPARE = 1000, /* Suricata's: a row of the table, an entry, entries made at once */
    VALUE_MAX = 1 << 20, LABELS_MAX = 64, BUCKETS_FIRST = 64,
};

struct datasets {
    const struct dataset_settings *settings;
    struct dataset *head;
    uint64_t hashsizes;
    pthread_mutex_t lock;      /* of the list: sets are made while others look for one */
    bool open;                 /* sets are changed from outside, too */
};

struct datasets *datasets_new(const struct dataset_settings *settings)
{
    struct datasets *s = calloc(1, sizeof *s);

    if (s && pthread_mutex_init(&s->lock, NULL) != 0) {
        free(s);
        return NULL;
    }
    if (s) {
        s->settings = settings;
    }
    return s;
}

static void dataset_free(struct dataset *s)
{
    arena_fini(&s->arena);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

void datasets_free(struct datasets *s)
{
    while (s && s->head) {
        struct dataset *d = s->head;
        s->head = d->next;
        dataset_free(d);
    }
    if (s) {
        pthread_mutex_destroy(&s->lock);
    }
    free(s);
}

const struct dataset_settings *datasets_settings(const struct datasets *s)
{
    return s->settings;
}

const char *dataset_name(const struct dataset *s)
{
    return s->name;
}

void dataset_will_change(struct dataset *s)
{
    s->changes = true;
}

static const char *const type_names[] = { "", "string", "md5", "sha256", "ipv4", "ipv6", "ip" };

enum dataset_type dataset_type_named(const char *name)
{
    for (size_t i = 1; i < ROWS(type_names); i++) {
        if (strcmp(type_names[i], name) == 0) {
            return (enum dataset_type)i;
        }
    }
    return DATASET_NO_TYPE;
}

/* ---- entries ---- */

static struct dataset_entry **place_of(const struct dataset *s, struct bytes v, uint64_t hash)
{
    struct dataset_entry **at = &s->bucket[hash & (s->room - 1)];

    while (*at && ((*at)->hash != hash || (*at)->n != v.n || memcmp((*at)->value, v.p, v.n) != 0)) {
        at = &(*at)->next;
    }
    return at;
}

static uint64_t hash_of(const struct dataset *s, struct bytes v)
{
    return hash_bytes(v.p, v.n, s->seed);
}

static void grow(struct dataset *s)
{
    uint32_t room = s->room * 2;
    struct dataset_entry **more = room ? arena_zero(&s->arena, room * sizeof(*more)) : NULL;

    for (uint32_t b = 0; more && b < s->room; b++) {
        while (s->bucket[b]) {
            struct dataset_entry *e = s->bucket[b];
            s->bucket[b] = e->next;
            e->next = more[e->hash & (room - 1)];
            more[e->hash & (room - 1)] = e;
        }
    }
    if (more) {
        s->bucket = more;
        s->room = room;
    }
}

static unsigned size_class(size_t n)
{
    unsigned c = 0;

    while (c < 15 && ((size_t)32 << c) < n) {
        c++;
    }
    return c;
}

/* Room for an entry: one that was taken out, or new. */
static struct dataset_entry *entry_room(struct dataset *s, size_t n)
{
    unsigned c = size_class(sizeof(struct dataset_entry) + n);
    struct dataset_entry *e = s->spare[c];

    if (e && c < 15) {
        s->spare[c] = e->next;
        return e;
    }
    return arena_take(&s->arena, c < 15 ? (size_t)32 << c : sizeof *e + n);
}

/* What a value costs beyond the entries that are counted from the start. */
static uint64_t cost_of(const struct dataset *s, size_t n)
{
    return (s->n >= COST_SPARE ? (uint64_t)COST_ENTRY : 0) + (s->type == DATASET_STRING ? n : 0);
}

enum put { PUT_NEW, PUT_THERE, PUT_FULL };

static enum put put(struct dataset *s, const struct dataset_value *v)
{
    uint64_t hash = hash_of(s, v->bytes), cost = cost_of(s, v->bytes.n);

    if (*place_of(s, v->bytes, hash)) {
        return PUT_THERE;
    }
    struct dataset_entry *e = s->used + cost > s->memcap || v->bytes.n > VALUE_MAX ? NULL : entry_room(s, v->bytes.n);
    if (!e) {
        s->refused++;
        return PUT_FULL;
    }
    if (s->n >= s->room) {
        grow(s);
    }
    struct dataset_entry **at = &s->bucket[hash & (s->room - 1)];
    *e = (struct dataset_entry){ .next = *at, .hash = hash, .json = v->json, .n = (uint32_t)v->bytes.n, .reputation = v->reputation };
    memcpy(e->value, v->bytes.p, v->bytes.n);
    *at = e;
    s->n++;
    s->used += cost;
    return PUT_NEW;
}

bool dataset_put(struct dataset *s, const struct dataset_value *v, struct err *err)
{
    return put(s, v) != PUT_FULL || err_set(err, "dataset too large for set memcap");
}

/* ---- what workers call ---- */

/* A buffer's bytes in the set's form; false when they cannot be one of its values. */
static bool value_of(const struct dataset *s, struct bytes in, uint8_t room[16], struct bytes *out)
{
    static const uint8_t sizes[] = { [DATASET_MD5] = 16, [DATASET_SHA256] = 32, [DATASET_IPV4] = 4, [DATASET_IPV6] = 16, [DATASET_IP] = 16 };
    bool either = s->type == DATASET_IPV6 || s->type == DATASET_IP;

    *out = in;
    if (s->type == DATASET_STRING) {
        return in.n != 0;
    }
    if (either && in.n == 4) {
        struct addr a = addr_from4(in.p);
        memcpy(room, a.b, sizeof a.b);
        *out = bytes_of(room, 16);
    }
    return out->n == sizes[s->type];
}

static void enter(struct dataset *s, const struct dataset_turn *t)
{
    if (s->changes) {
        if (t->turns) {
            turn_wait(t->turns, t->worker);
        }
        pthread_mutex_lock(&s->lock);
    }
}

static void leave(struct dataset *s)
{
    if (s->changes) {
        pthread_mutex_unlock(&s->lock);
    }
}

struct dataset_answer dataset_find(struct dataset *s, const struct dataset_turn *t, struct bytes value, bool labels)
{
    struct dataset_answer a = { .json = bytes_none() };
    const struct dataset_entry *e = NULL;
    uint8_t room[16];
    struct bytes v;

    if (!value_of(s, value, room, &v)) {
        return a;
    }
    enter(s, t);
    for (unsigned i = 0; !e && v.n != 0 && i < LABELS_MAX; i++) {
        e = *place_of(s, v, hash_of(s, v));
        size_t dot = labels ? bytes_find_byte(bytes_from(v, 1), '.') : SIZE_MAX;
        v = dot == SIZE_MAX ? bytes_none() : bytes_from(v, dot + 1);
    }
    if (e) {
        a = (struct dataset_answer){ true, e->reputation, e->json };
    }
    leave(s);
    return a;
}

bool dataset_add_json(struct dataset *s, const struct dataset_turn *t, struct bytes value, struct bytes json)
{
    struct dataset_value v = { .json = bytes_none() };
    uint8_t room[16];

    if (!value_of(s, value, room, &v.bytes)) {
        return false;
    }
    enter(s, t);
    v.json = s->used + json.n <= s->memcap ? arena_copy(&s->arena, json) : bytes_none();
    bool added = v.json.n == json.n && put(s, &v) == PUT_NEW;
    s->used += added ? json.n : 0;
    leave(s);
    return added;
}

bool dataset_add(struct dataset *s, const struct dataset_turn *t, struct bytes value) { return dataset_add_json(s, t, value, bytes_none()); }

static void entry_remove(struct dataset *s, struct dataset_entry **at)
{
    struct dataset_entry *e = *at;
    unsigned c = size_class(sizeof *e + e->n);

    *at = e->next;
    s->n--;
    s->used -= cost_of(s, e->n);
    if (c < 15) {
        e->next = s->spare[c];
        s->spare[c] = e;
    }
}

bool dataset_remove(struct dataset *s, const struct dataset_turn *t, struct bytes value)
{
    uint8_t room[16];
    struct bytes v;

    if (!value_of(s, value, room, &v)) {
        return false;
    }
    enter(s, t);
    struct dataset_entry **at = place_of(s, v, hash_of(s, v));
    bool there = *at != NULL;
    if (there) {
        entry_remove(s, at);
    }
    leave(s);
    return there;
}

/* ---- definitions ---- */

static bool same_path(const char *what, const char *name, const char *have, const char *want, struct err *err)
{
    return strcmp(have ? have : "", want ? want : "") == 0 ||
           err_set(err, "dataset %s %s mismatch: %s != %s", name, what, have ? have : "", want ? want : "");
}

/* Later namings may leave out what the first one said, and must not contradict it. */
bool dataset_agrees(const struct dataset *d, const struct dataset_wish *w, struct err *err)
{
    if (d->failed) {
        return err_set(err, "failed to set up dataset '%s'", w->name);
    }
    if (w->type != DATASET_NO_TYPE && w->type != d->type) {
        return err_set(err, "dataset %s already exists and is of type %s", w->name, type_names[d->type]);
    }
    return (w->load == NULL && w->save == NULL) ||
           (same_path("save", w->name, d->save, w->save, err) && same_path("load", w->name, d->load, w->load, err));
}

static bool budget(struct datasets *s, struct dataset *d, const struct dataset_wish *w, struct err *err)
{
    const struct dataset_settings *c = s->settings;
    uint32_t hashsize = w->hashsize ? w->hashsize : c->hashsize ? c->hashsize : 4096;

    if (c->hashsize_max != 0 && hashsize > c->hashsize_max) {
        return err_set(err, "hashsize %u in dataset '%s' exceeds configured 'single-hashsize' limit (%u)", hashsize, w->name, c->hashsize_max);
    }
    if (c->hashsizes_max != 0 && s->hashsizes + hashsize > c->hashsizes_max) {
        return err_set(err, "hashsize %u in dataset '%s' exceeds configured 'total-hashsizes' limit (%llu, in use %llu)", hashsize, w->name,
                       (unsigned long long)c->hashsizes_max, (unsigned long long)s->hashsizes);
    }
    s->hashsizes += hashsize;
    d->hashsize = hashsize;
    d->memcap = w->memcap ? w->memcap : w->load ? UINT64_MAX : c->memcap ? c->memcap : 100 << 20;
    d->used = (uint64_t)hashsize * COST_ROW + (uint64_t)COST_SPARE * COST_ENTRY;
    if (d->used > d->memcap) {
        return err_set(err, "dataset %s: a memcap of %llu bytes is less than an empty set takes (%llu)", w->name, (unsigned long long)d->memcap,
                       (unsigned long long)d->used);
    }
    return true;
}

static const char *kept(struct dataset *d, const char *text)
{
    return text ? arena_str(&d->arena, bytes_str(text)) : NULL;
}

static struct dataset *dataset_make(struct datasets *s, const struct dataset_wish *w)
{
    struct dataset *d = calloc(1, sizeof *d);

    if (!d) {
        return NULL;
    }
    if (pthread_mutex_init(&d->lock, NULL) != 0) {
        free(d);
        return NULL;
    }
    arena_init(&d->arena, NULL, 0);
    d->room = BUCKETS_FIRST;
    d->bucket = arena_zero(&d->arena, d->room * sizeof(*d->bucket));
    d->name = kept(d, w->name);
    d->load = kept(d, w->load);
    d->save = kept(d, w->save);
    d->type = w->type;
    d->format = w->format;
    d->seed = hash_random_seed();
    if (!d->bucket || d->arena.full) {
        dataset_free(d);
        return NULL;
    }
    d->changes = s->open;
    d->next = s->head;
    s->head = d;
    return d;
}

static struct dataset *dataset_get(struct datasets *s, const struct dataset_wish *w, struct dataset **own, struct err *err)
{
    struct dataset *d = s->head;

    while (d && (d->of_rules || strcmp(d->name, w->name) != 0)) {
        d = d->next;
    }
    if (d) {
        return dataset_agrees(d, w, err) ? d : NULL;
    }
    if (w->type == DATASET_NO_TYPE) {
        err_set(err, "dataset %s not defined", w->name);
        return NULL;
    }
    d = dataset_make(s, w);
    if (!d) {
        err_set(err, "not enough memory for dataset %s", w->name);
        return NULL;
    }
    if (own && w->load && !w->save) {
        *own = d;
        d->of_rules = s;
    }
    d->failed = !budget(s, d, w, err) || (w->load && !dataset_load(d, w, err));
    return d->failed ? NULL : d;
}

struct dataset *datasets_get_for_rules(struct datasets *s, const struct dataset_wish *w, struct dataset **own, struct err *err)
{
    *own = NULL;
    pthread_mutex_lock(&s->lock);
    struct dataset *d = dataset_get(s, w, own, err);
    pthread_mutex_unlock(&s->lock);
    return d;
}

void dataset_drop(void *set)
{
    struct dataset *d = set;
    struct datasets *s = d->of_rules;

    pthread_mutex_lock(&s->lock);
    struct dataset **at = &s->head;
    while (*at != d) {
        at = &(*at)->next;
    }
    *at = d->next;
    s->hashsizes -= d->hashsize;
    pthread_mutex_unlock(&s->lock);
    dataset_free(d);
}

struct dataset *datasets_get(struct datasets *s, const struct dataset_wish *w, struct err *err)
{
    pthread_mutex_lock(&s->lock);
    struct dataset *d = dataset_get(s, w, NULL, err);
    pthread_mutex_unlock(&s->lock);
    return d;
}

/* ---- from outside ---- */

void datasets_open(struct datasets *s)
{
    s->open = true;
    for (struct dataset *d = s->head; d; d = d->next) {
        d->changes = true;
    }
}

struct dataset *datasets_find(struct datasets *s, const char *name, enum dataset_type type)
{
    pthread_mutex_lock(&s->lock);
    struct dataset *d = s->head;
    while (d && (d->failed || d->type != type || strcmp(d->name, name) != 0)) {
        d = d->next;
    }
    return d;
}

void datasets_found(struct datasets *s) { pthread_mutex_unlock(&s->lock); }

void dataset_clear(struct dataset *s)
{
    pthread_mutex_lock(&s->lock);
    for (uint32_t b = 0; b < s->room; b++) {
        while (s->bucket[b]) {
            entry_remove(s, &s->bucket[b]);
        }
    }
    pthread_mutex_unlock(&s->lock);
}

void datasets_tell(struct datasets *s, struct json *j)
{
    pthread_mutex_lock(&s->lock);
    for (struct dataset *d = s->head; d; d = d->next) {
        pthread_mutex_lock(&d->lock);
        json_object(j, NULL);
        json_string(j, "name", d->name);
        json_string(j, "type", type_names[d->type]);
        json_u64(j, "entries", d->n);
        json_u64(j, "bytes", d->used);
        json_u64(j, "refused", d->refused);
        json_end_object(j);
        pthread_mutex_unlock(&d->lock);
    }
    pthread_mutex_unlock(&s->lock);
}

void datasets_written(const struct datasets *s, void (*tell)(void *ctx, const char *path), void *ctx)
{
    for (const struct dataset *d = s ? s->head : NULL; d; d = d->next) {
        if (d->save != NULL) {
            tell(ctx, d->save);
        }
    }
}

bool datasets_save(struct datasets *s, struct err *err)
{
    bool ok = true;

    for (const struct dataset *d = s ? s->head : NULL; d; d = d->next) {
        ok = (d->failed || d->save == NULL || dataset_write(d, err)) && ok;
    }
    return ok;
}
