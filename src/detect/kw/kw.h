/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kw - what the keyword files share: a keyword that compares one number of the packet or its flow is a getter and a line.
 *
 * Included by the files of this folder only.
 */
#ifndef DETECT_KW_H
#define DETECT_KW_H

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
    return r != NULL && range_parse_max(argument, max, r, err);
}

/* One decimal number, blanks around it. */
static inline bool kw_number(struct rule_parse *p, const char *argument, uint64_t max, const void **data, struct err *err)
{
    struct range *r = kw_data(p, sizeof *r, err);

    *data = r;
    if (r == NULL) {
        return false;
    }
    r->op = RANGE_EQ;
    return (bytes_u64(bytes_trim(bytes_str(argument), " \t"), &r->low) && r->low <= max) ||
           err_set(err, "'%.64s' is no number up to %llu", argument, (unsigned long long)max);
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

/* "valid" or "invalid". */
static inline bool kw_checksum(struct rule_parse *p, struct rule *r, const char *argument, uint8_t *place, const void **data, struct err *err)
{
    static const bool answers[2] = { false, true };
    bool valid = strcasecmp(argument, "valid") == 0;

    (void)p;
    (void)r;
    (void)place;
    *data = &answers[valid];
    return valid || strcasecmp(argument, "invalid") == 0 || err_set(err, "'%.64s' is neither valid nor invalid", argument);
}

/* A keyword over one number: `get` says false when there is none (then it does not match). */
#define KW_NUMBER(id, word, alias, largest, packet, get, text)                                                         \
    static bool parse(struct rule_parse *p, struct rule *r, const char *argument, uint8_t *place, const void **data, struct err *err) \
    {                                                                                                                  \
        (void)r;                                                                                                       \
        (void)place;                                                                                                   \
        return kw_range(p, argument, largest, data, err);                                                              \
    }                                                                                                                  \
    static bool match(struct detect_scope *s, const struct rule *r, const void *data)                                  \
    {                                                                                                                  \
        uint64_t x;                                                                                                    \
        (void)r;                                                                                                       \
        return get(s, &x) && range_has(data, x);                                                                       \
    }                                                                                                                  \
    extern const struct keyword keyword_##id;                                                                             \
    const struct keyword keyword_##id = { .name = word, .aliases = alias, .dialects = 1 << DIALECT_SURICATA, .place = KEYWORD_PACKET, \
                                          .needs_packet = packet, .parse = parse, .match = match, .help = text }

#endif
