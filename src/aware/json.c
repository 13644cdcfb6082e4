/* SPDX-License-Identifier: GPL-2.0-or-later */
/* json - an entity in full, as `peccary hosts --json` and the records have it. */
#include "aware/hosts.h"
#include "aware/roles.h"
#include "aware/software.h"
#include "proto/proto.h"

#include <string.h>

const char *hold_name(const struct tenure *t)
{
    static const char *const names[] = { [HOLD_ALONE] = "seen", [HOLD_NEAR] = "near", [HOLD_SAID] = "said", [HOLD_LEASE] = "lease", [HOLD_USER] = "user" };

    if (t->hold == HOLD_ALONE && t->family != FAMILY_MAC && entity_mac(t->entity) != NULL) {
        return "import"; /* nothing was seen by which it is that machine's (claim_counts) */
    }
    return t->hold < ROWS(names) ? names[t->hold] : "";
}

const char *source_name(unsigned source)
{
    static const char *const names[] = { [FUSE_IMPORT] = "import", [FUSE_SENSOR] = "sensor", [FUSE_SCANNER] = "scanner", [FUSE_USER] = "user" };

    return source < ROWS(names) ? names[source] : "";
}

size_t mac_text(const uint8_t mac[6], char out[MAC_TEXT_MAX])
{
    static const char digits[] = "0123456789abcdef";

    for (unsigned i = 0; i < 6; i++) {
        out[3 * i] = digits[mac[i] >> 4];
        out[3 * i + 1] = digits[mac[i] & 15];
        out[3 * i + 2] = i < 5 ? ':' : '\0';
    }
    return 17;
}

size_t tenure_text(const struct tenure *t, char out[ADDR_TEXT_MAX])
{
    if (t->family == FAMILY_MAC) {
        return mac_text(t->addr.b, out);
    }
    return addr_text(&t->addr, (enum family)t->family, out);
}

static void json_time(struct json *j, const char *key, uint64_t ns)
{
    struct clock_zone zone = { 0 };
    char when[CLOCK_TEXT_MAX];

    clock_iso(&zone, ns, when);
    json_string(j, key, when);
}

/* As of then there is no count of what went on. */
static void json_count(const struct map *m, struct json *j, const char *key, uint64_t n)
{
    if (n != 0 || m->at == 0) {
        json_u64(j, key, n);
    }
}

static unsigned hops(unsigned ttl) { return ttl <= 32 ? 32 - ttl : ttl <= 64 ? 64 - ttl : ttl <= 128 ? 128 - ttl : 255 - ttl; }

static void json_tenure(const struct map *m, const struct tenure *t, struct json *j)
{
    char text[ADDR_TEXT_MAX];
    uint64_t until = tenure_until(m, t), lent = until == 0 ? lease_end(t) : 0;

    json_object(j, NULL);
    tenure_text(t, text);
    json_string(j, t->family == FAMILY_MAC ? "mac" : "address", text);
    json_string(j, "known", hold_name(t));
    json_time(j, "since", t->since);
    json_time(j, "last", t->last);
    if (until != 0) {
        json_time(j, "until", until);
    }
    if (lent != 0) {
        json_time(j, "lease_until", lent);
    }
    if (t->family != FAMILY_MAC && t->ttl != 0) {
        json_u64(j, "hops", t->entity->flags & ENTITY_SHARED || t->hold <= HOLD_ALONE ? hops(t->ttl) : 0);
    }
    json_end_object(j);
}

/* An entity's tenures, oldest first: there are few, so each is looked for. */
static const struct tenure *tenure_after(const struct entity *e, const struct tenure *prev)
{
    const struct tenure *found = NULL;

    for (const struct tenure *t = e->tenure; t != NULL && t != prev; t = t->next) {
        found = t;
    }
    return found;
}

static void json_service(const struct map *m, const struct tenure *t, const struct service *v, struct json *j)
{
    char text[ADDR_TEXT_MAX];

    json_object(j, NULL);
    json_u64(j, "port", v->port);
    json_string(j, "transport", v->proto == 6 ? "tcp" : v->proto == 17 ? "udp" : "other");
    if (v->app != 0) {
        json_string(j, "app", proto_name(v->app));
    }
    addr_text(&t->addr, (enum family)t->family, text);
    json_string(j, "address", text);
    json_time(j, "first", v->first);
    json_time(j, "last", v->last);
    json_count(m, j, "flows", v->flows);
    if (v->by_n != 0) {
        json_array(j, "clients");
        for (unsigned i = 0; i < v->by_n; i++) {
            addr_text(&v->by[i], (enum family)v->by_family, text);
            json_string(j, NULL, text);
        }
        json_end_array(j);
        json_u64(j, "clients_seen", service_clients(v));
    }
    software_json(m, t, v, j);
    json_end_object(j);
}

/* Of a hundred hosts that show it so many are what the tables say. */
static unsigned strength(const struct map *m, const struct evidence *v)
{
    unsigned n;
    const struct guess *g = derive_guesses(m, (struct evidence *)(uintptr_t)v, &n);

    return n != 0 ? g[0].strength : 0;
}

static void json_evidence(const struct map *m, const struct tenure *t, const struct evidence *v, struct json *j)
{
    char text[ADDR_TEXT_MAX];

    json_object(j, NULL);
    json_string(j, "sign", sign_rows[v->sign].name);
    json_bytes(j, "text", bytes_of(v->word->text, v->word->n));
    tenure_text(t, text);
    json_string(j, "address", text);
    if (v->port != 0) {
        json_u64(j, "port", v->port);
    }
    json_time(j, "first", v->first);
    if (v->packet != 0) {
        json_u64(j, "packet", v->packet);
    }
    json_time(j, "last", v->last);
    json_count(m, j, "count", v->count);
    if (v->source != FUSE_SENSOR) {
        json_string(j, "source", source_name(v->source));
    }
    if (strength(m, v) != 0) {
        json_u64(j, "strength", strength(m, v));
    }
    json_end_object(j);
}

static void json_identity(const struct map *m, const struct identity *of, struct json *j)
{
    const struct identity id = *of;

    if (id.family != OS_FAMILY_UNKNOWN || id.os.n != 0) {
        json_object(j, "os");
        json_string(j, "family", os_family_names[id.family]);
        json_bytes(j, "name", id.os);
        if (id.version[0] != '\0') {
            json_string(j, "version", id.version);
        }
        if (id.vendor.n != 0) {
            json_bytes(j, "vendor", id.vendor);
        }
        json_u64(j, "confidence", id.confidence);
        json_bool(j, "conflict", id.conflict);
        json_bool(j, "shared", id.shared);
        json_array(j, "by");
        for (unsigned i = 0; i < id.evidence_n; i++) {
            const struct fuse_sign *s = derive_sign(m, id.evidence[i].sign);
            json_object(j, NULL);
            json_string(j, "sign", sign_rows[s->sign].name);
            json_string(j, "row", s->guesses[id.evidence[i].guess].row);
            json_end_object(j);
        }
        json_end_array(j);
        json_end_object(j);
    }
    if (id.device != DEVICE_UNKNOWN) {
        json_object(j, "device");
        json_string(j, "type", device_names[id.device]);
        json_u64(j, "confidence", id.device_confidence);
        json_end_object(j);
    }
    if (id.hypervisor != HYPERVISOR_NONE) {
        json_object(j, "vm");
        json_string(j, "hypervisor", hypervisor_names[id.hypervisor]);
        json_u64(j, "confidence", id.hypervisor_confidence);
        json_end_object(j);
    }
}

static void json_places(const struct entity *e, struct json *j)
{
    char text[ADDR_TEXT_MAX];

    json_array(j, "places");
    for (unsigned i = 0; i < e->place_n; i++) {
        const struct place *p = &e->place[i];
        json_object(j, NULL);
        json_u64(j, "vlan", p->vlan);
        if (p->vtep_family != FAMILY_NONE) {
            addr_text(&p->vtep, (enum family)p->vtep_family, text);
            json_string(j, "vtep", text);
            json_u64(j, "network", p->network);
        }
        json_time(j, "since", p->first);
        json_bool(j, "now", i == e->place_now);
        json_end_object(j);
    }
    json_end_array(j);
}

const struct entity_mark entity_marks[] = {
    { ENTITY_SHARED, "shared_mac" }, { ENTITY_TRUNK, "trunk" }, { ENTITY_SILENT, "silent" }, { ENTITY_GONE, "gone" }, { ENTITY_CONFLICT, "conflict" }, { ENTITY_CLONE, "clone" }, { ENTITY_NAT, "nat" },
};
const unsigned entity_mark_n = ROWS(entity_marks);

static void json_flags(const struct entity *e, struct json *j)
{
    for (unsigned i = 0; i < entity_mark_n; i++) {
        if ((e->flags & entity_marks[i].flag) != 0) {
            json_bool(j, entity_marks[i].name, true);
        }
    }
}

/* Who logged in, or tried to: "http alice". */
static void json_users(const struct entity *e, struct json *j)
{
    bool open = false;

    for (const struct tenure *t = tenure_after(e, NULL); t != NULL; t = tenure_after(e, t)) {
        for (const struct evidence *v = evidence_first(t); v != NULL; v = evidence_next(t, v)) {
            if (v->sign != SIGN_USER && v->sign != SIGN_USER_REFUSED) {
                continue;
            }
            if (!open) {
                json_array(j, "users");
            }
            open = true;
            struct bytes text = bytes_of(v->word->text, v->word->n);
            size_t blank = bytes_find_byte(text, ' ');
            json_object(j, NULL);
            json_bytes(j, "name", blank < text.n ? bytes_from(text, blank + 1) : text);
            json_bytes(j, "by", blank < text.n ? bytes_head(text, blank) : bytes_none());
            if (v->sign == SIGN_USER_REFUSED) {
                json_bool(j, "refused", true);
            }
            json_time(j, "last", v->last);
            json_end_object(j);
        }
    }
    if (open) {
        json_end_array(j);
    }
}

static void json_names(const struct entity *e, struct json *j)
{
    bool open = false;

    for (const struct tenure *t = tenure_after(e, NULL); t != NULL; t = tenure_after(e, t)) {
        for (const struct evidence *v = evidence_first(t); v != NULL; v = evidence_next(t, v)) {
            if (sign_is_name(v->sign)) {
                if (!open) {
                    json_array(j, "names");
                }
                open = true;
                json_object(j, NULL);
                json_bytes(j, "name", sign_name(bytes_of(v->word->text, v->word->n), v->sign));
                json_string(j, "by", sign_rows[v->sign].name);
                json_end_object(j);
            }
        }
    }
    if (open) {
        json_end_array(j);
    }
}

bool evidence_is_mark(const struct evidence *v) { return v->sign == SIGN_ATTRIBUTE && bytes_find_byte(bytes_of(v->word->text, v->word->n), '=') == SIZE_MAX; }

/* The length of an attribute's name; 0: it is none. */
static size_t attribute_key(const struct evidence *v)
{
    size_t n = v->sign == SIGN_ATTRIBUTE ? bytes_find_byte(bytes_of(v->word->text, v->word->n), '=') : SIZE_MAX;

    return n < v->word->n ? n : 0;
}

/* Of the values that several addresses have the one of who knows best, then the last, holds. */
static bool attribute_holds(const struct entity *e, const struct evidence *v, size_t key)
{
    bool holds = true;

    for (const struct tenure *t = e->tenure; t != NULL; t = t->next) {
        for (const struct evidence *x = evidence_first(t); x != NULL && t->until == 0; x = evidence_next(t, x)) {
            bool other = x != v && attribute_key(x) == key && memcmp(x->word->text, v->word->text, key) == 0;
            holds &= !other || (x->source != v->source ? x->source < v->source : x->first != v->first ? x->first < v->first : x < v);
        }
    }
    return holds;
}

struct bytes entity_attribute(const struct entity *e, const char *name)
{
    for (const struct tenure *t = e->tenure; t != NULL; t = t->next) {
        for (const struct evidence *v = evidence_first(t); v != NULL && t->until == 0; v = evidence_next(t, v)) {
            size_t key = attribute_key(v);
            if (key != 0 && bytes_is(bytes_of(v->word->text, key), name) && attribute_holds(e, v, key)) {
                return bytes_from(bytes_of(v->word->text, v->word->n), key + 1);
            }
        }
    }
    return bytes_none();
}

static void json_attribute(const struct evidence *v, size_t key, struct json *j)
{
    char room[128];
    struct bytes text = bytes_of(v->word->text, v->word->n);

    json_bytes(j, json_key_of(bytes_head(text, key), room, sizeof room), bytes_from(text, key + 1));
}

/* What a person gave to it: criticality stands for itself. */
static void json_attributes(const struct entity *e, struct json *j)
{
    struct bytes criticality = entity_attribute(e, "criticality");
    bool open = false;

    if (criticality.n != 0) {
        json_bytes(j, "criticality", criticality);
    }
    for (const struct tenure *t = tenure_after(e, NULL); t != NULL; t = tenure_after(e, t)) {
        for (const struct evidence *v = evidence_first(t); v != NULL && t->until == 0; v = evidence_next(t, v)) {
            size_t key = attribute_key(v);
            if (key == 0 || bytes_is(bytes_of(v->word->text, key), "criticality") || !attribute_holds(e, v, key)) {
                continue;
            }
            if (!open) {
                json_object(j, "attributes");
            }
            open = true;
            json_attribute(v, key, j);
        }
    }
    if (open) {
        json_end_object(j);
    }
}

void entity_json(const struct map *m, const struct entity *e, struct json *j, bool evidence)
{
    struct bytes name = entity_name(e);
    struct identity id;

    derive_identity(m, e, &id);
    json_u64(j, "id", e->id);
    json_string(j, "kind", entity_kind(e, id.device));
    if (name.n != 0) {
        json_bytes(j, "name", name);
    }
    if (e->scope != 0) {
        json_u64(j, "tenant", e->scope);
    }
    json_time(j, "first_seen", e->first);
    json_time(j, "last_seen", e->last);
    json_count(m, j, "flows", e->flows);
    json_count(m, j, "bytes_sent", e->sent);
    json_count(m, j, "bytes_received", e->received);
    json_flags(e, j);
    json_identity(m, &id, j);
    json_array(j, "addresses");
    for (const struct tenure *t = tenure_after(e, NULL); t != NULL; t = tenure_after(e, t)) {
        json_tenure(m, t, j);
    }
    json_end_array(j);
    if (e->place != NULL) {
        json_places(e, j);
    }
    roles_json(e, j);
    json_names(e, j);
    json_users(e, j);
    json_attributes(e, j);
    bool open = false;
    for (const struct tenure *t = tenure_after(e, NULL); t != NULL; t = tenure_after(e, t)) {
        for (const struct service *v = service_first(t); v != NULL; v = service_next(t, v)) {
            if (!open) {
                json_array(j, "services");
            }
            open = true;
            json_service(m, t, v, j);
        }
    }
    if (open) {
        json_end_array(j);
    }
    software_clients_json(m, e, j);
    if (!evidence) {
        return;
    }
    json_array(j, "evidence");
    for (const struct tenure *t = tenure_after(e, NULL); t != NULL; t = tenure_after(e, t)) {
        for (const struct evidence *v = evidence_first(t); v != NULL; v = evidence_next(t, v)) {
            if (!evidence_is_mark(v)) {
                json_evidence(m, t, v, j);
            }
        }
    }
    json_end_array(j);
}
