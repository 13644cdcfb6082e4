/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/kw/kw.h"

/* A number or range; or a name, which is another number in each version. */
struct procedure {
    const struct field *field, *version;
    bool named, negated;
    struct range range;
    uint64_t numbers;       /* of the name: 1 + it, 16 bits for each version from 2 on */
};

enum { FIRST = 2, LAST = 4 };

static bool parse(struct rule_parse *p, struct rule *r, const char *argument, uint8_t *place, const void **data, struct err *err)
{
    struct procedure *to = kw_data(p, sizeof *to, err);
    struct bytes word = bytes_trim(bytes_str(argument), " \t");

    (void)r;
    (void)place;
    *data = to;
    if (to == NULL || (to->field = kw_field(p, "nfs", "nfs.procedure", err)) == NULL || (to->version = kw_field(p, "nfs", "nfs.version", err)) == NULL) {
        return false;
    }
    if (range_parse_as(argument, UINT32_MAX, true, &to->range)) {
        return true;
    }
    to->named = true;
    to->negated = bytes_starts(word, "!");
    return field_named(to->field, bytes_from(word, to->negated), &to->numbers) || err_set(err, "'%s' is no procedure", argument);
}

static bool match(struct detect_scope *s, const struct rule *r, const void *data)
{
    const struct procedure *k = data;
    uint64_t version, x;

    (void)r;
    if ((k->field->sides >> s->side & 1) == 0 || !kw_field_number(s, k->version, &version) || version < FIRST) {
        return false;
    }
    uint64_t want = k->numbers >> 16 * (version < LAST ? version - FIRST : LAST - FIRST) & 0xffff;
    for (unsigned i = 0; k->field->number(s->txn, s->side, i, &x); i++) {
        if (k->named ? want != 0 && (x == want - 1) != k->negated : range_has(&k->range, x)) {
            return true;
        }
    }
    return false;
}

const struct keyword keyword_nfs_procedure = {
    .name = "nfs_procedure",
    .dialects = 1 << DIALECT_SURICATA,
    .place = KEYWORD_TXN,
    .proto = "nfs",
    .parse = parse,
    .match = match,
    .help = "procedure of NFS, by number (ranges hold their ends) or name; of version 4 the operation",
};
