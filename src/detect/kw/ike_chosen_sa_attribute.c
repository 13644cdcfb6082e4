/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/kw/kw.h"

/* "alg_hash=2": an attribute's name, and a number or range for its value. */
struct attribute {
    const struct field *field;
    uint64_t type;
    struct range range;
};

static bool parse(struct rule_parse *p, struct rule *r, const char *argument, uint8_t *place, const void **data, struct err *err)
{
    struct attribute *to = kw_data(p, sizeof *to, err);
    size_t n = strspn(argument, "abcdefghijklmnopqrstuvwxyz_");
    const char *value = argument + n + (argument[n] == '=');

    (void)r;
    (void)place;
    *data = to;
    if (to == NULL || (to->field = kw_field(p, "ike", "ike.chosen_sa", err)) == NULL) {
        return false;
    }
    if (!field_named(to->field, bytes_of(argument, n), &to->type)) {
        return err_set(err, "'%.*s' is no attribute of an association", (int)n, argument);
    }
    return range_parse_max(value, UINT32_MAX, &to->range, err);
}

/* The first attribute of that type decides. */
static bool match(struct detect_scope *s, const struct rule *r, const void *data)
{
    const struct attribute *k = data;
    uint64_t x;

    (void)r;
    if (!s->txn || (k->field->sides >> s->side & 1) == 0) {
        return false;
    }
    for (unsigned i = 0; k->field->number(s->txn, s->side, i, &x); i++) {
        if (x >> 32 == k->type) {
            return range_has(&k->range, x & UINT32_MAX);
        }
    }
    return false;
}

const struct keyword keyword_ike_chosen_sa_attribute = {
    .name = "ike.chosen_sa_attribute",
    .dialects = 1 << DIALECT_SURICATA,
    .place = KEYWORD_TXN,
    .proto = "ike",
    .parse = parse,
    .match = match,
    .help = "an attribute of the association that the responder chose: alg_enc, alg_hash, alg_auth, alg_dh, alg_prf, sa_life_type, sa_key_length, ...",
};
