/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/kw/dcerpc.h"

enum { OPNUM_RANGES_MAX = 256 };

struct opnum {
    struct kw_carriers carriers;
    unsigned n;
    struct {
        uint16_t low, high;
    } range[];
};

static bool parse_range(struct bytes b, struct opnum *to)
{
    struct rd r = rd_of(b);
    bool dash;
    uint64_t low, high;
    struct bytes first = bytes_trim(rd_until(&r, '-', &dash), " \t");

    if (!bytes_u64(first, &low)) {
        return false;
    }
    high = low;
    if (dash && !bytes_u64(bytes_trim(rd_rest(&r), " \t"), &high)) {
        return false;
    }
    to->range[to->n].low = (uint16_t)low;
    to->range[to->n++].high = (uint16_t)high;
    return low <= high && high <= UINT16_MAX;
}

/* "15", "0-4,10" */
static bool parse(struct rule_parse *p, struct rule *r, const char *argument, uint8_t *place, const void **data, struct err *err)
{
    struct rd b = rd_of(bytes_trim(bytes_str(argument), " \t\""));
    unsigned room = 1;

    (void)r;
    (void)place;
    for (size_t i = 0; i < rd_left(&b); i++) {
        room += rd_peek(&b).p[i] == ',';
    }
    if (room > OPNUM_RANGES_MAX) {
        return err_set(err, "more than %d operations", OPNUM_RANGES_MAX);
    }
    struct opnum *to = kw_data(p, sizeof *to + room * sizeof to->range[0], err);
    *data = to;
    if (to == NULL || !kw_carriers_find(&to->carriers, p, "dcerpc.call_opnum", err)) {
        return false;
    }
    for (bool more = true; more;) {
        struct bytes w = bytes_trim(rd_until(&b, ',', &more), " \t");
        if (!parse_range(w, to)) {
            return err_set(err, "'%.*s' is no operation number or range of them", (int)w.n, (const char *)w.p);
        }
    }
    return true;
}

static bool match(struct detect_scope *s, const struct rule *r, const void *data)
{
    const struct opnum *o = data;
    const struct field *f = kw_carriers_field(&o->carriers, s);
    uint64_t x;

    (void)r;
    if (f == NULL || !f->number(s->txn, s->side, 0, &x)) {
        return false;
    }
    for (unsigned i = 0; i < o->n; i++) {
        if (x >= o->range[i].low && x <= o->range[i].high) {
            return true;
        }
    }
    return false;
}

const struct keyword keyword_dcerpc_opnum = {
    .name = "dcerpc.opnum",
    .aliases = "dce_opnum",
    .dialects = 1 << DIALECT_SURICATA | 1 << DIALECT_SNORT2 | 1 << DIALECT_SNORT3,
    .place = KEYWORD_TXN,
    .proto = "dcerpc",
    .parse = parse,
    .match = match,
    .help = "numbers of the operation that is called: dcerpc.opnum:15, 0-4",
};
