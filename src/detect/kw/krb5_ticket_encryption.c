/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "detect/kw/kw.h"

enum { ETYPES_MAX = 64 };

struct etypes {
    const struct field *field, *weakness;
    bool negated, weak;
    unsigned n;
    int64_t etype[ETYPES_MAX];
};

static bool etype_of(const struct field *f, struct bytes w, int64_t *out)
{
    uint64_t v;
    bool minus = bytes_starts(w, "-");

    if (bytes_u64(minus ? bytes_from(w, 1) : w, &v) && v <= INT32_MAX) {
        *out = minus ? -(int64_t)v : (int64_t)v;
        return true;
    }
    bool found = field_named(f, w, &v);
    *out = found ? (int64_t)v : 0;
    return found;
}

/* "[!]weak", "[!]rc4-hmac,18,-133" */
static bool parse(struct rule_parse *p, struct rule *r, const char *argument, uint8_t *place, const void **data, struct err *err)
{
    struct etypes *to = kw_data(p, sizeof *to, err);
    struct rd b = rd_of(bytes_trim(bytes_str(argument), " \t"));

    (void)r;
    (void)place;
    *data = to;
    if (to == NULL || (to->field = kw_field(p, "krb5", "krb5.ticket_etype", err)) == NULL ||
        (to->weakness = kw_field(p, "krb5", "krb5.ticket_weak", err)) == NULL) {
        return false;
    }
    if (bytes_starts(rd_peek(&b), "!")) {
        to->negated = true;
        rd_skip(&b, 1);
    }
    to->weak = bytes_is(rd_peek(&b), "weak");
    for (bool more = !to->weak; more;) {
        struct bytes w = bytes_trim(rd_until(&b, ',', &more), " \t");
        if (to->n == ETYPES_MAX || !etype_of(to->field, w, &to->etype[to->n++])) {
            return err_set(err, "'%.*s' is no encryption", (int)w.n, (const char *)w.p);
        }
    }
    return true;
}

static bool match(struct detect_scope *s, const struct rule *r, const void *data)
{
    const struct etypes *e = data;
    uint64_t x, weak;

    (void)r;
    if (!kw_field_number(s, e->field, &x) || !kw_field_number(s, e->weakness, &weak)) {
        return false;
    }
    bool found = e->weak && weak != 0;
    for (unsigned i = 0; i < e->n; i++) {
        found |= e->etype[i] == (int64_t)x;
    }
    return found != e->negated;
}

const struct keyword keyword_krb5_ticket_encryption = {
    .name = "krb5.ticket_encryption",
    .dialects = 1 << DIALECT_SURICATA,
    .place = KEYWORD_TXN,
    .proto = "krb5",
    .parse = parse,
    .match = match,
    .help = "encryption of the ticket that a reply carries: weak, or some by name or number",
};
