/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kw - what the keyword files share: a keyword that compares one number of the packet or its flow is a getter and a line.
 *
 * Included by the files of this folder only.
 */
#ifndef DETECT_KW_H
#define DETECT_KW_H

#include "base/text.h"
#include "detect/ruleset.h"
#include "detect/scope.h"

/* Room for a keyword's data in the ruleset; NULL: told in err. */
static inline void *kw_data(struct rule_parse *p, size_t n, struct err *err)
{
    void *to = arena_zero(rule_parse_arena(p), n);

    if (to == NULL) {
        err_set(err, "out of memory for rules");
    }
    return to;
}

static inline bool kw_range(struct rule_parse *p, const char *argument, uint64_t max, const void **data, struct err *err)
{
    struct range *r = kw_data(p, sizeof *r, err);

    *data = r;
    return r != NULL && rule_parse_range(p, argument, max, r, err);
}

/* A field's row, by protocol and name; NULL, told in err, when it is not built in. */
static inline const struct field *kw_field(const struct rule_parse *p, const char *proto, const char *name, struct err *err)
{
    const struct proto *const *protos = rule_parse_context(p)->protos;

    for (unsigned i = 0; protos && protos[i]; i++) {
        for (unsigned k = 0; strcmp(protos[i]->name, proto) == 0 && k < protos[i]->field_n; k++) {
            if (strcmp(protos[i]->fields[k].name, name) == 0) {
                return &protos[i]->fields[k];
            }
        }
    }
    err_set(err, "%s of protocol %s is not built in", name, proto);
    return NULL;
}

static inline bool kw_field_number(const struct detect_scope *s, const struct field *f, uint64_t *out)
{
    return s->txn && f->number && f->number(s->txn, s->side, 0, out);
}

/* A range's members in a rule's analysis; bounds of "range" as Suricata's, both outside. */
static inline void kw_tell_range(struct json *j, const struct range *r)
{
    static const char *const keys[] = { [RANGE_EQ] = "equal", [RANGE_NE] = "diff", [RANGE_LT] = "lt", [RANGE_LE] = "lte", [RANGE_GT] = "gt",
                                        [RANGE_GE] = "gte", [RANGE_IN] = "range", [RANGE_OUT] = "negated_range", [RANGE_IN_EQ] = "range_inclusive",
                                        [RANGE_BITS] = "bitmask", [RANGE_BITS_NOT] = "negated_bitmask" };
    bool bits = r->op == RANGE_BITS || r->op == RANGE_BITS_NOT;

    if (r->op <= RANGE_GE) {
        json_u64(j, keys[r->op], r->low);
        return;
    }
    json_object(j, keys[r->op]);
    json_u64(j, bits ? "mask" : "min", r->low);
    json_u64(j, bits ? "value" : "max", r->high);
    json_end_object(j);
}

#endif
