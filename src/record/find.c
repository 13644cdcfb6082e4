/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Flows by a key: by what each flow's row says of it, or by the lists of what was told besides. */
#include "record/read.h"

#include <netinet/in.h>
#include <string.h>

struct finding {
    struct choice *c;
    struct record *record;
    size_t segment;
    struct bytes value;
    struct index_cursor cursor;
};

/* What cannot be read may hold it: all flows of the segment. */
static void add_all(struct finding *f, const struct err *why)
{
    record_problem(f->record, why);
    for (uint32_t i = 0; i < f->record->segment[f->segment].about->flows; i++) {
        choice_add(f->c, f->segment, i);
    }
}

static void add_found(void *ctx, uint32_t flow)
{
    struct finding *f = ctx;

    if (flow < f->record->segment[f->segment].about->flows) {
        choice_add(f->c, f->segment, flow);
    }
}

/* ---- what rows say ---- */

static bool has_address(void *ctx, const struct flow_part *p)
{
    const struct finding *f = ctx;
    struct addr a;

    memcpy(&a, f->value.p, sizeof a);
    return p->key.family != FAMILY_NONE && (addr_equal(&p->key.addr[0], &a) || addr_equal(&p->key.addr[1], &a));
}

static bool has_port(void *ctx, const struct flow_part *p)
{
    const struct finding *f = ctx;
    struct rd r = rd_of(f->value);
    uint8_t proto = rd_u8(&r);
    uint16_t port = rd_be16(&r);

    return (p->flags & (RECORD_FRAGMENTS | RECORD_LOOSE)) == 0 && p->key.proto == proto && p->key.port[1] == port;
}

static bool has_app(void *ctx, const struct flow_part *p)
{
    const struct finding *f = ctx;
    const struct index_about *about = f->record->segment[f->segment].about;

    for (unsigned i = 0; i < p->app_n; i++) {
        if (p->app[i] < about->app_n && bytes_equal(bytes_str(about->app[p->app[i]]), f->value)) {
            return true;
        }
    }
    return (p->flags & RECORD_APPS_MORE) != 0;
}

static bool has_tuple(void *ctx, const struct flow_part *p)
{
    const struct finding *f = ctx;
    struct flow flow = { .key = p->key, .icmp_type = { p->icmp[0], p->icmp[2] }, .icmp_code = { p->icmp[1], p->icmp[3] } };
    char community[FLOW_COMMUNITY_MAX];

    flow_community_id(&flow, 0, community);
    return (p->flags & (RECORD_FRAGMENTS | RECORD_LOOSE)) == 0 && bytes_equal(bytes_str(community), f->value);
}

typedef bool (*row_test)(void *ctx, const struct flow_part *p);

static void rows_find(struct finding *f, row_test fits)
{
    const struct record_segment *s = &f->record->segment[f->segment];
    struct flow_part part;
    struct err err;

    for (uint32_t i = 0; i < s->about->flows; i++) {
        if (!index_flow(s->index, &f->cursor, i, &part, &err)) {
            record_problem(f->record, &err);
            for (uint32_t end = i | (INDEX_GROUP - 1); i <= end && i < s->about->flows; i++) { /* the whole group is lost, and may hold it */
                choice_add(f->c, f->segment, i);
            }
            i--;
        } else if (fits(f, &part)) {
            choice_add(f->c, f->segment, i);
        }
    }
}

static void find_address(struct finding *f)
{
    struct addr a;

    memcpy(&a, f->value.p, sizeof a);
    if (index_may_have_address(f->record->segment[f->segment].index, &a)) {
        rows_find(f, has_address);
    }
}

static void find_kind(struct finding *f, row_test fits)
{
    if (index_may_have(f->record->segment[f->segment].index, fits, f)) {
        rows_find(f, fits);
    }
}

static void tuple_candidate(void *ctx, uint32_t flow)
{
    struct finding *f = ctx;
    struct flow_part part;
    struct err err;

    if (!index_flow(f->record->segment[f->segment].index, &f->cursor, flow, &part, &err)) {
        record_problem(f->record, &err);
        choice_add(f->c, f->segment, flow);
    } else if (has_tuple(f, &part)) {
        choice_add(f->c, f->segment, flow);
    }
}

void choice_find(struct choice *c, struct record *r, enum record_key kind, struct bytes value)
{
    uint32_t hash = record_key_hash(kind, value);

    for (size_t i = 0; i < r->n; i++) {
        struct finding f = { .c = c, .record = r, .segment = i, .value = value };
        const struct index *ix = r->segment[i].index;
        struct err err;
        if (kind == KEY_ADDRESS) {
            find_address(&f);
        } else if (kind == KEY_PORT || kind == KEY_PROTOCOL) {
            find_kind(&f, kind == KEY_PORT ? has_port : has_app);
        } else if (kind == KEY_TUPLE) {
            if (!index_find_tuple(ix, hash, tuple_candidate, &f, &err)) {
                add_all(&f, &err);
            }
        } else if (!index_find(ix, hash, add_found, &f, &err)) {
            add_all(&f, &err);
        }
    }
}
