/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record/index_parts.h"

#include "base/hash.h"
#include "record/bytes.h"

#include <netinet/in.h>
#include <stdlib.h>

enum { FOUR_AT = 12 /* of an IPv4 address in its 16 bytes */ };

/* ---- kinds ---- */

struct kind_entry {
    struct flow_kind kind;
    uint32_t n, number;          /* pieces that have it; its place among all */
};

static bool kind_has_icmp(const struct flow_kind *k) { return k->proto == IPPROTO_ICMP || k->proto == IPPROTO_ICMPV6; }

static void kind_of(const struct piece *p, struct flow_kind *k)
{
    memset(k, 0, sizeof *k); /* padding too: kinds are compared as bytes */
    unsigned own = RECORD_TENANT | RECORD_PARENT | RECORD_CUT; /* what stands in the row decides */
    k->flags = (uint16_t)((p->flags & ~own) | (p->key.tenant != 0 ? RECORD_TENANT : 0u) | (p->parent != 0 ? RECORD_PARENT : 0u) | (p->cut != 0 ? RECORD_CUT : 0u));
    k->tenant = p->key.tenant;
    k->port = p->key.port[1];
    k->family = p->key.family;
    k->proto = p->key.proto;
    k->level = p->key.level;
    k->vlan_n = p->key.vlan_n < VIEW_VLANS_MAX ? p->key.vlan_n : VIEW_VLANS_MAX;
    memcpy(k->vlan, p->key.vlan, k->vlan_n * sizeof *k->vlan);
    k->app_n = p->app_n;
    memcpy(k->app, p->app, p->app_n);
    if (kind_has_icmp(k)) {
        memcpy(k->icmp, p->icmp, sizeof k->icmp);
    }
}

static void kind_put(struct text *t, const struct flow_kind *k)
{
    text_varint(t, k->flags);
    text_byte(t, (char)k->family);
    text_byte(t, (char)k->proto);
    text_byte(t, (char)((unsigned)k->level << 3 | (k->vlan_n & 7u)));
    for (unsigned i = 0; i < k->vlan_n; i++) {
        text_le16(t, k->vlan[i]);
    }
    if ((k->flags & RECORD_TENANT) != 0) {
        text_le32(t, k->tenant);
    }
    text_le16(t, k->port);
    text_byte(t, (char)k->app_n);
    text_add(t, k->app, k->app_n);
    if (kind_has_icmp(k)) {
        text_add(t, k->icmp, sizeof k->icmp);
    }
}

static bool kind_get(struct rd *r, struct flow_kind *k)
{
    *k = (struct flow_kind){ .flags = (uint16_t)rd_varint(r) };
    k->family = rd_u8(r);
    k->proto = rd_u8(r);
    uint8_t level = rd_u8(r);
    k->level = level >> 3;
    k->vlan_n = level & 7;
    if (k->vlan_n > VIEW_VLANS_MAX || (k->family != FAMILY_NONE && k->family != FAMILY_4 && k->family != FAMILY_6)) {
        return false;
    }
    for (unsigned i = 0; i < k->vlan_n; i++) {
        k->vlan[i] = rd_le16(r);
    }
    k->tenant = (k->flags & RECORD_TENANT) != 0 ? rd_le32(r) : 0;
    k->port = rd_le16(r);
    k->app_n = rd_u8(r);
    struct bytes app = rd_bytes(r, k->app_n), icmp = rd_bytes(r, kind_has_icmp(k) ? sizeof k->icmp : 0);
    if (!rd_ok(r) || k->app_n > PIECE_APPS) {
        return false;
    }
    memcpy(k->app, app.p, app.n);
    memcpy(k->icmp, icmp.p, icmp.n);
    return true;
}

static int entry_compare(const void *a, const void *b)
{
    const struct kind_entry *x = *(struct kind_entry *const *)a, *y = *(struct kind_entry *const *)b;

    return x->n != y->n ? (x->n > y->n ? -1 : 1) : memcmp(&x->kind, &y->kind, sizeof x->kind);
}

bool kinds_build(const struct ledger *l, struct text *out, uint32_t *of)
{
    size_t room = 64;
    uint32_t n = 0;
    while (room < 2 * (size_t)l->piece_n) {
        room *= 2;
    }
    struct kind_entry *entry = calloc(room, sizeof *entry), **order = calloc((size_t)l->piece_n + 1, sizeof *order);

    if (entry == NULL || order == NULL) {
        free(entry);
        free(order);
        return false;
    }
    for (uint32_t i = 0; i < l->piece_n; i++) {
        struct flow_kind k;
        kind_of(&l->piece[i], &k);
        size_t at = hash_bytes(&k, sizeof k, l->first_ts) & (room - 1);
        while (entry[at].n != 0 && memcmp(&entry[at].kind, &k, sizeof k) != 0) {
            at = (at + 1) & (room - 1);
        }
        if (entry[at].n++ == 0) {
            entry[at].kind = k;
            order[n++] = &entry[at];
        }
        of[i] = (uint32_t)at;
    }
    qsort(order, n, sizeof *order, entry_compare);
    text_le32(out, n);
    for (uint32_t i = 0; i < n; i++) {
        order[i]->number = i;
        kind_put(out, &order[i]->kind);
    }
    for (uint32_t i = 0; i < l->piece_n; i++) {
        of[i] = entry[of[i]].number;
    }
    free(entry);
    free(order);
    return true;
}

bool kinds_read(struct bytes section, struct flow_kind **kinds, uint32_t *n)
{
    enum { KIND_LEAST = 7 };
    struct rd r = rd_of(section);
    uint32_t wanted = rd_le32(&r);

    *n = 0;
    if (!rd_ok(&r) || wanted > rd_left(&r) / KIND_LEAST) {
        return false;
    }
    *kinds = calloc((size_t)wanted + 1, sizeof **kinds);
    while (*kinds != NULL && *n < wanted) {
        if (!kind_get(&r, &(*kinds)[(*n)++])) {
            return false;
        }
    }
    return *kinds != NULL;
}

/* ---- addresses ---- */

static int addr_compare(const void *a, const void *b) { return memcmp(a, b, sizeof(struct addr)); }

struct address_list {
    struct addr *all;
    uint32_t n4, n6;
};

/* Sorted, each once; returns how many. */
static uint32_t addr_unique(struct addr *a, uint32_t n)
{
    uint32_t kept = 0;

    qsort(a, n, sizeof *a, addr_compare);
    for (uint32_t i = 0; i < n; i++) {
        if (kept == 0 || !addr_equal(&a[kept - 1], &a[i])) {
            a[kept++] = a[i];
        }
    }
    return kept;
}

bool addresses_build(const struct ledger *l, struct text *out)
{
    struct address_list all = { NULL, 0, 0 }, *list = &all;
    struct addr *six = calloc(2 * (size_t)l->piece_n + 1, sizeof *six);

    list->all = calloc(2 * (size_t)l->piece_n + 1, sizeof *list->all);
    if (six == NULL || list->all == NULL) {
        free(six);
        free(list->all);
        return false;
    }
    for (uint32_t i = 0; i < l->piece_n; i++) {
        const struct flow_key *k = &l->piece[i].key;
        for (unsigned side = 0; side < 2 && k->family != FAMILY_NONE; side++) {
            struct addr *to = k->family == FAMILY_4 ? &list->all[list->n4++] : &six[list->n6++];
            *to = k->addr[side];
        }
    }
    list->n4 = addr_unique(list->all, list->n4);
    list->n6 = addr_unique(six, list->n6);
    memcpy(list->all + list->n4, six, list->n6 * sizeof *six);
    free(six);
    text_le32(out, list->n4);
    text_le32(out, list->n6);
    for (uint32_t i = 0; i < list->n4; i++) {
        text_add(out, list->all[i].b + FOUR_AT, 4);
    }
    text_add(out, list->all + list->n4, list->n6 * sizeof *list->all);
    free(list->all);
    return true;
}

struct addr address_at(const struct address_table *t, uint32_t i)
{
    return i < t->n4 ? addr_from4(t->four.p + 4 * (size_t)i) : addr_from6(t->six.p + sizeof(struct addr) * (size_t)(i - t->n4));
}

uint32_t address_number(const struct address_table *t, const struct addr *a, uint8_t family)
{
    uint32_t from = family == FAMILY_4 ? 0 : t->n4, low = from, high = family == FAMILY_4 ? t->n4 : t->n4 + t->n6, end = high;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        struct addr m = address_at(t, middle);
        if (addr_compare(&m, a) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    struct addr found = low < end ? address_at(t, low) : (struct addr){ .q = { 0 } };
    return low < end && addr_equal(&found, a) ? low : UINT32_MAX;
}

bool addresses_read(struct bytes section, struct address_table *t)
{
    struct rd r = rd_of(section);

    t->n4 = rd_le32(&r);
    t->n6 = rd_le32(&r);
    if (!rd_ok(&r) || t->n4 > rd_left(&r) / 4 || t->n6 > (rd_left(&r) - 4 * (size_t)t->n4) / sizeof(struct addr)) {
        *t = (struct address_table){ .n4 = 0 };
        return false;
    }
    t->four = rd_bytes(&r, 4 * (size_t)t->n4);
    t->six = rd_bytes(&r, sizeof(struct addr) * (size_t)t->n6);
    return true;
}
