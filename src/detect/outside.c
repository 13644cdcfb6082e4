/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/outside.h"

#include "base/json_read.h"
#include "detect/dataset_store.h"
#include "detect/shared.h"

/* ---- sets ---- */

static const char *set_answer(enum dataset_request what, bool done, bool there, struct err *err)
{
    switch (what) {
    case DATASET_ADD:
        if (!done && !there) {
            err_set(err, "failed to add data");
            return NULL;
        }
        return done ? "data added" : "data already in set";
    case DATASET_REMOVE:
        if (!done) {
            err_set(err, "failed to remove data");
        }
        return done ? "data removed" : NULL;
    case DATASET_LOOKUP:
        if (!there) {
            err_set(err, "item not found in set");
        }
        return there ? "item found in set" : NULL;
    case DATASET_CLEAR:
    default: return "dataset cleared";
    }
}

static const char *set_asked(struct dataset *d, const struct dataset_call *c, struct err *err)
{
    const struct dataset_turn nobody = { NULL, 0 };
    struct bytes v = bytes_none(), known = bytes_none(), object;
    struct arena a;
    bool done = false;

    if (!d) {
        err_set(err, "set not found or wrong type");
        return NULL;
    }
    if (c->what == DATASET_CLEAR) {
        dataset_clear(d);
        return set_answer(c->what, true, true, err);
    }
    arena_init(&a, NULL, 4 << 20);
    if (c->json != NULL && (json_whole(bytes_str(c->json), &object) == JSON_BAD || !json_compact(&a, object, NULL, &known))) {
        arena_fini(&a);
        err_set(err, "what is known of the value is no JSON");
        return NULL;
    }
    bool read = dataset_value_read(d, &a, bytes_str(c->value), &v, err), there = read && dataset_find(d, &nobody, v, false).known;
    if (read && c->what == DATASET_ADD && !there) {
        done = dataset_add_json(d, &nobody, v, known);
    } else if (read && c->what == DATASET_REMOVE) {
        done = dataset_remove(d, &nobody, v);
    }
    arena_fini(&a);
    return set_answer(c->what, done, there, err);
}

const char *dataset_outside(struct datasets *s, const struct dataset_call *c, struct err *err)
{
    const char *answer = set_asked(datasets_find(s, c->name, dataset_type_named(c->type)), c, err);

    datasets_found(s);
    return answer;
}

/* ---- bits of hosts ---- */

static bool host_key(const struct host_bits_of *h, const char *bit, struct shared_key *k, struct err *err)
{
    enum family family;

    *k = (struct shared_key){ .kind = SHARED_HOSTBIT };
    if (!addr_parse(h->address, &k->a, &family)) {
        return err_set(err, "invalid address string");
    }
    k->family = (uint8_t)family;
    uint32_t id = bit ? rule_names_find(h->names, "hostbits", bit) : 0;
    k->id = id;
    return id != RULE_NAME_NONE || err_set(err, "hostbit not found");
}

bool host_bit_set(const struct host_bits_of *h, const char *bit, uint32_t seconds, struct err *err)
{
    struct shared_key k;
    bool made;

    if (!host_key(h, bit, &k, err)) {
        return false;
    }
    struct shared_entry *e = shared_get(h->shared, SHARED_OUTSIDE, &k, h->now, &made);
    if (e) {
        e->expires = h->now + seconds * CLOCK_SECOND;
    }
    shared_done(h->shared, &k);
    return e != NULL || err_set(err, "no room for another bit");
}

bool host_bit_clear(const struct host_bits_of *h, const char *bit, struct err *err)
{
    struct shared_key k;

    if (!host_key(h, bit, &k, err)) {
        return false;
    }
    bool was = shared_get(h->shared, SHARED_OUTSIDE, &k, h->now, NULL) != NULL;
    if (was) {
        shared_remove(h->shared, &k);
    }
    shared_done(h->shared, &k);
    return was || err_set(err, "hostbit not found");
}

bool host_bits_tell(const struct host_bits_of *h, struct json *j, const char *key, struct err *err)
{
    struct shared_key k;
    unsigned found = 0;

    if (!host_key(h, NULL, &k, err)) {
        return false;
    }
    json_object(j, key);
    json_array(j, "hostbits");
    for (uint32_t id = 0, n = rule_names_count(h->names, "hostbits"); id < n; id++) {
        k.id = id;
        const struct shared_entry *e = shared_get(h->shared, SHARED_OUTSIDE, &k, h->now, NULL);
        if (e && e->expires >= h->now) {
            json_object(j, NULL);
            json_string(j, "hostbit", rule_names_get(h->names, "hostbits", id));
            json_u64(j, "expire", (e->expires - h->now) / CLOCK_SECOND);
            json_end_object(j);
            found++;
        }
        shared_done(h->shared, &k);
    }
    json_end_array(j);
    json_u64(j, "count", found);
    json_end_object(j);
    return found != 0 || err_set(err, "host not found");
}
